/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/runs.c - the newest runs, of all machines.  */
#include "core/base/json.h"
#include "reports/dashboard/web.h"
#include "reports/svg.h"
#include "reports/words.h"

static void put_run(struct pr_buf *out, const struct pr_board *board, const json_t *run)
{
	static const struct {
		const char *word, *class;
	} verdicts[] = {{"nothing worse", ""},
	                {"worse", "bad"},
	                {"", ""},
	                {"inconclusive", "unsure"},
	                {"nothing measured", "bad"}};
	const json_t *status = json_object_get(run, "exit_status");
	json_int_t number = json_integer_value(status);
	bool is_known = json_is_integer(status) && number >= 0 && number <= 4;

	pr_buf_printf(out, "<tr id=\"run-%lld\"><th scope=\"row\">%lld",
	              (long long)json_integer_value(json_object_get(run, "id")),
	              (long long)json_integer_value(json_object_get(run, "id")));
	pr_web_report(out, board, json_integer_value(json_object_get(run, "id")));
	pr_buf_puts(out, "</th><td>");
	pr_web_time(out, board, json_integer_value(json_object_get(run, "time")), false);
	pr_buf_puts(out, "</td><td>");
	pr_web_commit(out, board, pr_json_text(run, "revision"), NULL);
	pr_buf_puts(out, "</td>");
	pr_web_cell(out, "", pr_json_text_or(run, "machine", ""));
	pr_web_cell(out, "", pr_json_text_or(run, "branch", ""));
	pr_web_cell(out, "", pr_json_text_or(run, "baseline", ""));
	pr_buf_printf(out, "<td class=\"number\">%lld</td>",
	              (long long)json_integer_value(json_object_get(run, "blocks")));
	pr_buf_printf(out, "<td class=\"%s\">%s</td><td>", is_known ? verdicts[number].class : "",
	              is_known ? verdicts[number].word : PR_DASH);
	pr_svg_text(out, pr_json_text_or(run, "sentence", ""));
	if (pr_json_text_or(run, "missing", "")[0] != '\0') {
		pr_buf_puts(out, "<span class=\"note\">");
		pr_svg_text(out, pr_json_text_or(run, "missing", ""));
		pr_buf_puts(out, "</span>");
	}
	pr_buf_puts(out, "</td></tr>\n");
}

static void write_runs(const struct pr_board *board, struct pr_buf *out)
{
	static const struct pr_web_column columns[] = {
	        {"Run", false},           {"Time (UTC)", false},
	        {"Commit", false},        {"Machine", false},
	        {"Branch", false},        {"Against", false},
	        {"Blocks", true},         {"Verdict", false},
	        {"In a sentence", false}, {0}};
	json_t *run;
	size_t i;

	pr_web_begin(out, board, &pr_page_runs, "Runs");
	pr_web_table(out, "runs", "The newest runs of all machines, newest first.", columns, false);
	json_array_foreach(board->runs, i, run) put_run(out, board, run);
	pr_web_table_end(out, false);
	pr_web_command(out, "Older ones too", "proctor history list --format csv");
	pr_web_end(out, board, NULL);
}

const struct pr_page_ops pr_page_runs = {
        .file = "runs.html", .title = "Runs", .version = PR_PAGE_OPS_VERSION, .write = write_runs};
