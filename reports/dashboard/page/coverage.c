/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/coverage.c - what the newest runs measured, skipped and why, and what is
 * missing: a night that measured nothing must not look green.  */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "reports/dashboard/web.h"
#include "reports/svg.h"

static size_t count_of(const json_t *row, const char *key)
{
	return (size_t)json_integer_value(json_object_get(row, key));
}

static void put_row(struct pr_buf *out, const json_t *row)
{
	const char *probe = pr_json_text_or(row, "probe", ""),
	           *workload = pr_json_text_or(row, "workload", "");

	pr_buf_puts(out, "<tr><th scope=\"row\">");
	pr_svg_text(out, *workload != '\0' ? workload : "all workloads");
	pr_buf_puts(out, "</th>");
	pr_web_cell(out, "", pr_json_text_or(row, "phase", ""));
	pr_web_cell(out, "", *probe != '\0' ? probe : "timed");
	pr_web_count(out, "", count_of(row, "ok"));
	pr_web_count(out, "unsure", count_of(row, "void"));
	pr_web_count(out, "bad", count_of(row, "failed"));
	pr_web_count(out, "unsure", count_of(row, "skipped"));
	pr_web_cell(out, "", pr_json_text_or(row, "reason", ""));
	pr_buf_puts(out, "</tr>\n");
}

static bool has_trouble(const json_t *row)
{
	return count_of(row, "void") + count_of(row, "failed") + count_of(row, "skipped") > 0;
}

/* What there is trouble with stands open; the rest is folded.  */
static void put_rows(struct pr_buf *out, const struct pr_board_group *group, size_t number,
                     bool trouble)
{
	static const struct pr_web_column columns[] = {
	        {"Workload", false}, {"Phase", false}, {"Trials", false},
	        {"Ok", true},        {"Void", true},   {"Failed", true},
	        {"Skipped", true},   {"Why", false},   {0}};
	size_t shown = 0, i;
	char id[40];
	json_t *row;

	snprintf(id, sizeof(id), "%s-%zu", trouble ? "trouble" : "whole", number);
	json_array_foreach(group->coverage, i, row)
	{
		if (has_trouble(row) != trouble)
			continue;
		if (shown++ == 0)
			pr_web_table(out, id,
			             trouble ? "Not everything was measured here."
			                     : "Measured whole: every trial counts.",
			             columns, !trouble);
		put_row(out, row);
	}
	if (shown > 0)
		pr_web_table_end(out, !trouble);
	else if (trouble)
		pr_buf_puts(out, "<p>Nothing failed, was void or was skipped.</p>\n");
}

static bool is_missing(const struct pr_board_case *one, const struct pr_board_group *group)
{
	return one->group == group && one->standing == PR_STANDING_MISSING;
}

/* Whether another case of the same phase and workload stands before this one.  */
static bool was_named(const struct pr_board *board, size_t which)
{
	const struct pr_board_case *one = &board->cases[which];

	for (size_t i = 0; i < which; i++)
		if (is_missing(&board->cases[i], one->group) &&
		    strcmp(board->cases[i].of->phase, one->of->phase) == 0 &&
		    strcmp(board->cases[i].of->workload, one->of->workload) == 0)
			return true;
	return false;
}

/* A phase in a workload with its metrics: what is lost is lost together.  */
static void put_missing_phase(struct pr_buf *out, const struct pr_board *board, size_t which)
{
	const struct pr_board_case *one = &board->cases[which];
	const char *before = " ";

	pr_buf_puts(out, "<li>");
	pr_svg_text(out, one->of->phase);
	pr_buf_puts(out, " in ");
	pr_svg_text(out, one->of->workload);
	pr_buf_puts(out, ", last ");
	pr_web_time(out, board, one->series.items[one->series.count - 1].time, false);
	pr_buf_puts(out, ":");
	for (size_t i = which; i < board->case_count; i++) {
		const struct pr_board_case *other = &board->cases[i];

		if (!is_missing(other, one->group) ||
		    strcmp(other->of->phase, one->of->phase) != 0 ||
		    strcmp(other->of->workload, one->of->workload) != 0)
			continue;
		pr_buf_printf(out, "%s<a href=\"case-%lld.html\">", before,
		              (long long)other->of->id);
		pr_svg_text(out, other->of->metric);
		pr_buf_puts(out, "</a>");
		before = ", ";
	}
	pr_buf_puts(out, "</li>\n");
}

static void put_missing(struct pr_buf *out, const struct pr_board *board,
                        const struct pr_board_group *group)
{
	size_t count = 0;

	for (size_t i = 0; i < board->case_count; i++) {
		if (!is_missing(&board->cases[i], group) || was_named(board, i))
			continue;
		if (count++ == 0)
			pr_buf_puts(out, "<p><b>Missing:</b> measured lately, and not in the "
			                 "newest run:</p>\n<ul>\n");
		put_missing_phase(out, board, i);
	}
	pr_buf_puts(out, count > 0 ? "</ul>\n"
	                           : "<p>Nothing is missing that was measured in the nights "
	                             "before.</p>\n");
}

static void write_coverage(const struct pr_board *board, struct pr_buf *out)
{
	pr_web_begin(out, board, &pr_page_coverage, "Coverage");
	pr_buf_puts(out, "<p>What the newest run of each machine measured. What it did not measure "
	                 "is neither better nor unchanged.</p>\n");
	for (size_t i = 0; i < board->group_count; i++) {
		const struct pr_board_group *group = &board->groups[i];
		char id[24];

		snprintf(id, sizeof(id), "g%zu", i + 1);
		pr_buf_printf(out, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">",
		              id, id, id);
		pr_web_group(out, group);
		pr_buf_printf(out, "</h2>\n<p>Run %lld, UTC ", (long long)group->run_id);
		pr_web_time(out, board, group->time, true);
		pr_buf_puts(out, "</p>\n");
		put_missing(out, board, group);
		put_rows(out, group, i + 1, true);
		put_rows(out, group, i + 1, false);
		pr_web_section_end(out);
	}
	pr_web_end(out, board, NULL);
}

const struct pr_page_ops pr_page_coverage = {.file = "coverage.html",
                                             .title = "Coverage",
                                             .version = PR_PAGE_OPS_VERSION,
                                             .write = write_coverage};
