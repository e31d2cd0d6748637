/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/compare.c - any two of the newest runs, side by side.
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

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void put_runs(struct pr_buf *out, const struct pr_board *board)
{
	static const char *const keys[] = {"machine", "branch", "baseline", "revision"};
	json_t *run;
	size_t i;

	pr_buf_puts(out, "{\"runs\":[");
	json_array_foreach(board->runs, i, run)
	{
		char time[32];

		pr_history_format_time(json_integer_value(json_object_get(run, "time")), time);
		pr_buf_printf(out, "%s{\"id\":%lld,\"time\":\"%.10s %.5s\"", i > 0 ? ",\n" : "\n",
		              (long long)json_integer_value(json_object_get(run, "id")), time,
		              time + 11);
		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
			pr_buf_printf(out, ",\"%s\":", keys[k]);
			put_text(out, text_of(run, keys[k]));
		}
		pr_buf_puts(out, "}");
	}
	pr_buf_puts(out, "],\n\"cases\":[");
}

static bool is_listed(const json_t *ids, int64_t run)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)run);
	return json_object_get(ids, key) != NULL;
}

static void put_case(struct pr_buf *out, const struct pr_board_case *one, const json_t *ids)
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

		if (!is_listed(ids, point->run))
			continue;
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

static void put_data(struct pr_buf *out, const struct pr_board *board)
{
	json_t *ids = json_object(), *run;
	size_t i;

	json_array_foreach(board->runs, i, run)
	{
		char key[24];

		snprintf(key, sizeof(key), "%lld",
		         (long long)json_integer_value(json_object_get(run, "id")));
		pr_json_set(ids, key, json_true());
	}
	pr_buf_puts(out, "<script type=\"application/json\" id=\"data\">\n");
	put_runs(out, board);
	for (size_t k = 0; k < board->case_count; k++) {
		pr_buf_puts(out, k > 0 ? ",\n" : "\n");
		put_case(out, &board->cases[k], ids);
	}
	pr_buf_puts(out, "]}\n</script>\n");
	json_decref(ids);
}

static void write_compare(const struct pr_board *board, struct pr_buf *out)
{
	pr_web_begin(out, board, &pr_page_compare, "Compare two runs");
	pr_buf_printf(out,
	              "<p>Any two of the newest %zu runs. Two runs of different nights did not "
	              "alternate on the machine, so their values say little; each one's effect "
	              "against its own baseline does, and from both follows how the second run's "
	              "build stands to the first's.</p>\n",
	              json_array_size(board->runs));
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
	put_data(out, board);
	pr_web_end(out, board, "compare.js");
}

const struct pr_page_ops pr_page_compare = {.file = "compare.html",
                                            .title = "Compare",
                                            .version = PR_PAGE_OPS_VERSION,
                                            .write = write_compare};
