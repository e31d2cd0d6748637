/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/compare.c - any two of the runs that are shown, side by side.
 *
 * The numbers stand in the page; the script (compare.js) puts the chosen two into a table, and the
 * choice into the address, so that it can be passed on.  */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "reports/dashboard/web.h"

/* A text as JSON that may stand inside of <script>.  */
static void put_text(struct pr_buf *out, const char *text)
{
	json_t *string = pr_json_new_string(text);
	char *dump = json_dumps(string, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

	for (const char *at = dump; at != NULL && *at != '\0'; at++)
		pr_buf_puts(out, *at == '<' ? "\\u003c" : (char[]){*at, '\0'});
	free(dump);
	json_decref(string);
}

static void put_number(struct pr_buf *out, const char *before, double value)
{
	if (isfinite(value))
		pr_buf_printf(out, "%s%.6g", before, value);
	else
		pr_buf_printf(out, "%snull", before);
}

/* A run that some series reaches back to.  */
struct known {
	int64_t id, time;
	const char *revision;
	const struct pr_board_group *group;
};

struct known_runs {
	struct known *items;
	size_t count;
};

static int by_number(const void *a, const void *b)
{
	const struct known *one = a, *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

/* The newest first.  */
static int by_time(const void *a, const void *b)
{
	const struct known *one = a, *other = b;

	return one->time != other->time ? (one->time < other->time) - (one->time > other->time)
	                                : by_number(b, a);
}

/* Every run of which a point is shown, once; the caller frees the items.  */
static struct known_runs know_runs(const struct pr_board *board)
{
	struct known_runs runs = {NULL, 0};
	size_t points = 0, kept = 0;

	for (size_t k = 0; k < board->case_count; k++)
		points += board->cases[k].series.count;
	runs.items = pr_alloc((points + 1) * sizeof(*runs.items));
	for (size_t k = 0; k < board->case_count; k++)
		for (size_t i = 0; i < board->cases[k].series.count; i++) {
			const struct pr_history_point *point = &board->cases[k].series.items[i];

			runs.items[runs.count++] = (struct known){
			        point->run, point->time, point->revision, board->cases[k].group};
		}
	qsort(runs.items, runs.count, sizeof(*runs.items), by_number);
	for (size_t i = 0; i < runs.count; i++)
		if (i == 0 || runs.items[i].id != runs.items[kept - 1].id)
			runs.items[kept++] = runs.items[i];
	runs.count = kept;
	qsort(runs.items, runs.count, sizeof(*runs.items), by_time);
	return runs;
}

static void put_named(struct pr_buf *out, const char *name, const char *text)
{
	pr_buf_printf(out, ",\"%s\":", name);
	put_text(out, text != NULL ? text : "");
}

static void put_runs(struct pr_buf *out, const struct known_runs *runs)
{
	pr_buf_puts(out, "{\"runs\":[");
	for (size_t i = 0; i < runs->count; i++) {
		const struct known *run = &runs->items[i];
		char time[32];

		pr_history_format_time(run->time, time);
		pr_buf_printf(out, "%s{\"id\":%lld,\"time\":\"%.10s %.5s\"", i > 0 ? ",\n" : "\n",
		              (long long)run->id, time, time + 11);
		put_named(out, "machine", run->group->machine);
		put_named(out, "branch", run->group->branch);
		put_named(out, "baseline", run->group->baseline);
		put_named(out, "revision", run->revision);
		pr_buf_puts(out, "}");
	}
	pr_buf_puts(out, "],\n\"cases\":[");
}

static void put_case(struct pr_buf *out, const struct pr_board_case *one)
{
	const char *before = "";

	pr_buf_printf(out, "{\"id\":%lld,\"higher\":%s,\"gating\":%s,\"workload\":",
	              (long long)one->of->id, one->of->higher_is_better ? "true" : "false",
	              one->gating ? "true" : "false");
	put_text(out, one->of->workload);
	pr_buf_puts(out, ",\"work\":");
	put_text(out, one->of->work);
	pr_buf_puts(out, ",\"phase\":");
	put_text(out, one->of->phase);
	pr_buf_puts(out, ",\"metric\":");
	put_text(out, one->of->metric);
	pr_buf_puts(out, ",\"unit\":");
	put_text(out, one->of->unit);
	pr_buf_puts(out, ",\"points\":{");
	for (size_t i = 0; i < one->series.count; i++) {
		const struct pr_history_point *point = &one->series.items[i];

		pr_buf_printf(out, "%s\"%lld\":[", before, (long long)point->run);
		put_number(out, "", point->value);
		put_number(out, ",", point->effect);
		put_number(out, ",", point->effect_lo);
		put_number(out, ",", point->effect_hi);
		put_number(out, ",", point->floor);
		pr_buf_puts(out, "]");
		before = ",";
	}
	pr_buf_puts(out, "}}");
}

static void put_data(struct pr_buf *out, const struct pr_board *board,
                     const struct known_runs *runs)
{
	pr_buf_puts(out, "<script type=\"application/json\" id=\"data\">\n");
	put_runs(out, runs);
	for (size_t k = 0; k < board->case_count; k++) {
		pr_buf_puts(out, k > 0 ? ",\n" : "\n");
		put_case(out, &board->cases[k]);
	}
	pr_buf_puts(out, "]}\n</script>\n");
}

static void write_compare(const struct pr_board *board, struct pr_buf *out)
{
	struct known_runs runs = know_runs(board);

	pr_web_begin(out, board, &pr_page_compare, "Compare two runs");
	pr_buf_printf(out,
	              "<p>Any two of the %zu runs that these pages reach back to (the newest %zu "
	              "of each series; <code>--nights</code> reaches further). Two runs of "
	              "different nights did not "
	              "alternate on the machine, so their values say little; each one's effect "
	              "against its own baseline does, and from both follows how the second run's "
	              "build stands to the first's.</p>\n",
	              runs.count, board->opts->nights);
	pr_buf_puts(
	        out,
	        "<noscript><p class=\"warning\">The table needs the script of this page; the "
	        "numbers of every run are in <a href=\"dashboard.json\">dashboard.json</a> and "
	        "the files it names.</p></noscript>\n"
	        "<div class=\"choice\" hidden>\n<label>First run <select "
	        "id=\"first\"></select></label>\n<label>Second run <select "
	        "id=\"second\"></select></label>\n<label><input type=\"checkbox\" id=\"every\"> "
	        "also the metrics that do not decide</label>\n</div>\n"
	        "<p id=\"sentence\" class=\"lead\" role=\"status\" hidden></p>\n<div "
	        "id=\"result\"></div>\n");
	put_data(out, board, &runs);
	free(runs.items);
	pr_web_end(out, board, "compare.js");
}

const struct pr_page_ops pr_page_compare = {.file = "compare.html",
                                            .title = "Compare",
                                            .version = PR_PAGE_OPS_VERSION,
                                            .write = write_compare};
