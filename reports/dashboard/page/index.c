/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/index.c - tonight in one line, what got worse, and every case as a small
 * picture.  */
#include <math.h>
#include <string.h>

#include "core/base/json.h"
#include "reports/dashboard/web.h"
#include "reports/svg.h"
#include "reports/words.h"

/* ---- tonight --------------------------------------------------------------------------------- */

/* What the newest run of a group lacks; "" when nothing.  */
static void put_troubles(struct pr_buf *out, const struct pr_board *board,
                         const struct pr_board_group *group)
{
	size_t failed = 0, skipped = 0, i;
	json_t *row;

	json_array_foreach(group->coverage, i, row)
	{
		failed += (size_t)json_integer_value(json_object_get(row, "failed"));
		skipped += (size_t)json_integer_value(json_object_get(row, "skipped"));
	}
	if (failed + skipped > 0)
		pr_buf_printf(out,
		              "<span class=\"detail\"><a href=\"coverage.html#g%zu\">%zu trials "
		              "failed, %zu skipped</a></span>",
		              (size_t)(group - board->groups) + 1, failed, skipped);
	if (strcmp(pr_json_text_or(group->run, "status", ""), "interrupted") == 0)
		pr_buf_puts(out, "<span class=\"note\">interrupted</span>");
	if (json_integer_value(json_object_get(group->run, "exit_status")) == 4)
		pr_buf_puts(out, "<span class=\"note\">nothing measured</span>");
	if (pr_json_text_or(group->run, "missing", "")[0] != '\0') {
		pr_buf_puts(out, "<span class=\"note\">");
		pr_svg_text(out, pr_json_text_or(group->run, "missing", ""));
		pr_buf_puts(out, "</span>");
	}
}

static void put_group(struct pr_buf *out, const struct pr_board *board,
                      const struct pr_board_group *group)
{
	pr_buf_puts(out, "<tr><th scope=\"row\">");
	pr_web_group(out, group);
	pr_buf_puts(out, "</th>");
	for (size_t i = 0; i < PR_STANDING_COUNT; i++)
		pr_web_count(out, pr_web_tone((enum pr_standing)i), group->counts[i]);
	pr_buf_puts(out, "<td>");
	pr_web_time(out, board, group->time, !group->is_retired);
	if (group->is_retired)
		pr_buf_puts(out, "<span class=\"note\">no longer runs</span>");
	put_troubles(out, board, group);
	pr_web_report(out, board, group->run_id);
	pr_buf_puts(out, "</td><td>");
	pr_web_commit(out, board, pr_json_text(group->run, "revision"), NULL);
	pr_buf_puts(out, "</td></tr>\n");
}

static void put_tonight(struct pr_buf *out, const struct pr_board *board)
{
	static const struct pr_web_column columns[] = {
	        {"Machine", false}, {"Better", true},
	        {"Worse", true},    {"Unchanged", true},
	        {"Noisy", true},    {"Failed", true},
	        {"Missing", true},  {"Newest run (UTC)", false},
	        {"Commit", false},  {0}};

	pr_web_table(out, "groups",
	             "The newest run of each machine, branch and baseline: how many of the cases "
	             "that decide are better or worse than the baseline, which ran in the same "
	             "blocks.",
	             columns, false);
	for (size_t i = 0; i < board->group_count; i++)
		put_group(out, board, &board->groups[i]);
	pr_web_table_end(out, false);
}

static void put_lead(struct pr_buf *out, const struct pr_board *board)
{
	struct pr_buf line;
	char time[32];

	pr_buf_init(&line);
	pr_tonight(board, &line);
	pr_history_format_time(board->newest, time);
	pr_buf_printf(out, "<p class=\"lead%s\" id=\"tonight\">Tonight (%.10s): %s.</p>\n",
	              board->counts[PR_STANDING_WORSE] + board->counts[PR_STANDING_FAILED] > 0
	                      ? " worse"
	                      : "",
	              time, line.text);
	pr_buf_fini(&line);
}

/* ---- worse tonight --------------------------------------------------------------------------- */

static void put_worse_row(struct pr_buf *out, const struct pr_board_case *one)
{
	const struct pr_history_point *point = pr_board_tonight(one);

	pr_buf_puts(out, "<tr><th scope=\"row\">");
	pr_web_case(out, one, true);
	pr_buf_puts(out, "</th><td>");
	pr_web_spark(out, one);
	pr_buf_printf(out, "</td><td class=\"%s\">%s", pr_web_tone(one->standing),
	              pr_standing_word(one->standing));
	pr_buf_printf(
	        out, "</td><td class=\"number\">%s</td>",
	        point != NULL
	                ? pr_words_effect(point->effect, point->effect_lo, point->effect_hi).text
	                : PR_DASH);
	pr_buf_printf(out, "<td class=\"number\">%s</td></tr>\n",
	              point != NULL ? pr_words_value(point->value, one->of->unit).text : PR_DASH);
}

static bool is_bad(const struct pr_board_case *one)
{
	return one->gating && !one->group->is_retired && !pr_board_is_twin(one) &&
	       (one->standing == PR_STANDING_WORSE || one->standing == PR_STANDING_FAILED);
}

static void put_worse(struct pr_buf *out, const struct pr_board *board)
{
	static const struct pr_web_column columns[] = {
	        {"What", false},    {"Nights", false},
	        {"Tonight", false}, {"Against the baseline", true},
	        {"Measured", true}, {0}};
	size_t count = 0;

	pr_web_section(out, "worse", "Worse than the baseline tonight");
	for (size_t i = 0; i < board->case_count; i++) {
		if (!is_bad(&board->cases[i]))
			continue;
		if (count++ == 0)
			pr_web_table(
			        out, "worse-cases",
			        "Cases that decide and were worse than the baseline in the "
			        "newest run, beyond the noise floor, or whose trials were void. "
			        "One can stay worse for many nights: what is new stands "
			        "under Changes.",
			        columns, false);
		put_worse_row(out, &board->cases[i]);
	}
	if (count > 0)
		pr_web_table_end(out, false);
	else
		pr_buf_puts(out, "<p>None.</p>\n");
	if (board->counts[PR_STANDING_MISSING] > 0)
		pr_buf_printf(out,
		              "<p class=\"warning\">%zu cases that were measured in the nights "
		              "before are missing from the newest runs: neither better nor worse. "
		              "<a href=\"coverage.html\">Coverage</a> names them.</p>\n",
		              board->counts[PR_STANDING_MISSING]);
	pr_web_section_end(out);
}

static void put_alerts(struct pr_buf *out, const struct pr_board *board)
{
	size_t count;

	pr_web_section(out, "changes", "Changes for the worse");
	count = pr_web_changes(
	        out, board, "alerts",
	        "Where the level of a series got worse, the newest first, with the commits that "
	        "may "
	        "have done it. Open ones are candidates until a paired run of the builds from "
	        "before and after confirms them.",
	        true);
	if (count == 0)
		pr_buf_puts(out, "<p>None that somebody has to look at.</p>\n");
	if (count < json_array_size(board->changes))
		pr_buf_printf(out,
		              "<p><a href=\"changes.html\">All %zu changes</a>: those for the "
		              "better, rejected and intended ones too.</p>\n",
		              json_array_size(board->changes));
	pr_web_section_end(out);
}

/* ---- the grid -------------------------------------------------------------------------------- */

static bool is_in_grid(const struct pr_board_case *one)
{
	return !one->group->is_retired && (one->gating || one->of->baseline[0] == '\0');
}

static void write_index(const struct pr_board *board, struct pr_buf *out)
{
	pr_web_begin(out, board, &pr_page_index, "Tonight");
	put_lead(out, board);
	put_tonight(out, board);
	put_worse(out, board);
	put_alerts(out, board);
	pr_web_section(out, "grid", "Every case that decides");
	pr_buf_puts(out, "<p>Each line is the effect against the baseline over the last nights; "
	                 "upright strokes are changes of level; the dot is tonight. The <a "
	                 "href=\"cases.html\">other metrics</a> have pages too.</p>\n");
	pr_grid(out, board, is_in_grid);
	pr_web_section_end(out);
	pr_web_end(out, board, NULL);
}

const struct pr_page_ops pr_page_index = {.file = "index.html",
                                          .title = "Tonight",
                                          .version = PR_PAGE_OPS_VERSION,
                                          .write = write_index};
