/* SPDX-License-Identifier: MIT */
/* reports/dashboard/web.c - what the HTML pages share (see web.h).  */
#include "reports/dashboard/web.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "core/base/json.h"
#include "core/base/version.h"
#include "reports/html_page.h"
#include "reports/svg.h"
#include "reports/template.h"
#include "reports/words.h"

static void put(struct pr_buf *out, const char *text)
{
	pr_svg_text(out, text);
}

/* ---- the frame ------------------------------------------------------------------------------- */

static void put_navigation(struct pr_buf *out, const struct pr_page_ops *here)
{
	pr_buf_puts(out, "<nav aria-label=\"Pages\"><ul>\n");
	for (size_t i = 0; i < pr_page_count; i++) {
		if (pr_pages[i]->title == NULL)
			continue;
		pr_buf_printf(out, "<li><a href=\"%s\"%s>%s</a></li>\n", pr_pages[i]->file,
		              pr_pages[i] == here ? " aria-current=\"page\"" : "",
		              pr_pages[i]->title);
	}
	pr_buf_puts(out, "</ul></nav>\n");
}

void pr_web_heartbeat(struct pr_buf *out, const struct pr_board *board, const char *what,
                      int64_t time)
{
	pr_buf_printf(out,
	              "<p id=\"heartbeat\" data-time=\"%lld\" data-period=\"%lld\">"
	              "<span>%s: ",
	              (long long)time, (long long)board->opts->period_s, what);
	pr_web_time(out, board, time, false);
	pr_buf_puts(out, " UTC.</span></p>\n");
}

void pr_web_begin(struct pr_buf *out, const struct pr_board *board, const struct pr_page_ops *page,
                  const char *title)
{
	pr_html_page_begin(out);
	pr_buf_puts(out, "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"feed.xml\" "
	                 "title=\"Changes\">\n<title>");
	put(out, title);
	pr_buf_puts(out, " \u2013 ");
	put(out, board->opts->title);
	pr_buf_puts(out, "</title>\n");
	pr_html_page_style(out, "board.css");
	pr_buf_puts(out,
	            "</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n"
	            "<header>\n<p class=\"site\"><a href=\"index.html\">");
	put(out, board->opts->title);
	pr_buf_puts(out, "</a></p>\n");
	put_navigation(out, page);
	if (page != NULL)
		pr_web_heartbeat(out, board, "Newest run", board->newest);
	pr_buf_puts(out, "</header>\n<main id=\"main\">\n<h1>");
	put(out, title);
	pr_buf_puts(out, "</h1>\n");
}

void pr_web_end(struct pr_buf *out, const struct pr_board *board, const char *more)
{
	pr_buf_puts(out, "</main>\n<footer>\n<p>Made by proctor ");
	put(out, pr_version);
	pr_buf_puts(out, " from ");
	put(out, board->place);
	pr_buf_puts(out,
	            ". Everything here as data: <a href=\"dashboard.json\">dashboard.json</a>; "
	            "changes as they come: <a href=\"feed.xml\">Atom feed</a>; for a README: <a "
	            "href=\"badge.svg\">badge</a>.</p>\n</footer>\n"
	            "<div id=\"status\" role=\"status\" class=\"hidden\"></div>\n<script>\n");
	pr_buf_puts(out, pr_template("page.js"));
	pr_buf_puts(out, "</script>\n<script>\n");
	pr_buf_puts(out, pr_template("board.js"));
	pr_buf_puts(out, "</script>\n");
	if (more != NULL) {
		pr_buf_puts(out, "<script>\n");
		pr_buf_puts(out, pr_template(more));
		pr_buf_puts(out, "</script>\n");
	}
	pr_buf_puts(out, "</body>\n</html>\n");
}

void pr_web_section(struct pr_buf *out, const char *id, const char *title)
{
	pr_buf_printf(out, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">", id, id,
	              id);
	put(out, title);
	pr_buf_puts(out, "</h2>\n");
}

void pr_web_section_end(struct pr_buf *out)
{
	pr_buf_puts(out, "</section>\n");
}

/* ---- tables ---------------------------------------------------------------------------------- */

void pr_web_table(struct pr_buf *out, const char *id, const char *caption,
                  const struct pr_web_column *columns, bool folded)
{
	if (folded) {
		pr_buf_puts(out, "<details>\n<summary>");
		put(out, caption);
		pr_buf_puts(out, "</summary>\n");
	}
	pr_buf_printf(out,
	              "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
	              "aria-labelledby=\"%s-c\">\n<table id=\"%s\">\n<caption id=\"%s-c\"%s><span>",
	              id, id, id, folded ? " class=\"hidden\"" : "");
	put(out, caption);
	pr_buf_puts(out, "</span></caption>\n<thead><tr>");
	for (; columns->title != NULL; columns++) {
		pr_buf_printf(out, "<th scope=\"col\"%s>",
		              columns->is_number ? " class=\"number\"" : "");
		put(out, columns->title);
		pr_buf_puts(out, "</th>");
	}
	pr_buf_puts(out, "</tr></thead>\n<tbody>\n");
}

void pr_web_table_end(struct pr_buf *out, bool folded)
{
	pr_buf_printf(out, "</tbody>\n</table>\n</div>\n%s", folded ? "</details>\n" : "");
}

void pr_web_cell(struct pr_buf *out, const char *class, const char *text)
{
	pr_buf_puts(out, "<td");
	if (*class != '\0')
		pr_buf_printf(out, " class=\"%s\"", class);
	pr_buf_puts(out, ">");
	put(out, text);
	pr_buf_puts(out, "</td>");
}

void pr_web_count(struct pr_buf *out, const char *class, size_t number)
{
	pr_buf_printf(out, "<td class=\"number%s%s\">%zu</td>",
	              number == 0      ? " muted"
	              : *class != '\0' ? " "
	                               : "",
	              number == 0 ? "" : class, number);
}

/* ---- parts of cells -------------------------------------------------------------------------- */

void pr_web_time(struct pr_buf *out, const struct pr_board *board, int64_t time, bool late)
{
	char text[32];

	pr_history_format_time(time, text);
	pr_buf_printf(out, "<time datetime=\"%s\"", text);
	if (late)
		pr_buf_printf(out, " data-time=\"%lld\" data-period=\"%lld\"", (long long)time,
		              (long long)board->opts->period_s);
	pr_buf_printf(out, ">%.10s %.5s</time>", text, text + 11);
}

/* Hashes are cut as git does; other words stay.  */
static void put_revision(struct pr_buf *out, const char *revision)
{
	size_t size = strlen(revision);
	char *cut = strspn(revision, "0123456789abcdef") == size && size > 12
	                    ? strndup(revision, 10)
	                    : pr_strdup(revision);

	put(out, cut);
	free(cut);
}

static void put_about(struct pr_buf *out, const struct pr_board *board, const char *revision)
{
	const char *subject = pr_commits_about(&board->commits, revision, "subject");
	const char *author = pr_commits_about(&board->commits, revision, "author");

	if (subject == NULL)
		return;
	pr_buf_puts(out, " title=\"");
	put(out, subject);
	if (author != NULL) {
		pr_buf_puts(out, " (");
		put(out, author);
		pr_buf_puts(out, ")");
	}
	pr_buf_puts(out, "\"");
}

void pr_web_commit(struct pr_buf *out, const struct pr_board *board, const char *revision,
                   const char *after)
{
	const char *named = after != NULL ? after : revision;
	struct pr_buf url;

	if (revision == NULL) {
		revision = after;
		after = NULL;
	}
	if (named == NULL) {
		pr_buf_puts(out, PR_DASH);
		return;
	}
	pr_buf_init(&url);
	pr_commits_url(&board->commits, revision, after, &url);
	pr_buf_puts(out, url.size > 0 ? "<a class=\"code\" rel=\"noreferrer\" href=\""
	                              : "<span "
	                                "class="
	                                "\"code\"");
	if (url.size > 0) {
		put(out, url.text);
		pr_buf_puts(out, "\"");
	}
	put_about(out, board, named);
	pr_buf_puts(out, ">");
	if (after != NULL && revision != NULL) {
		put_revision(out, revision);
		pr_buf_puts(out, "\u2026<wbr>");
	}
	put_revision(out, named);
	pr_buf_puts(out, url.size > 0 ? "</a>" : "</span>");
	pr_buf_fini(&url);
}

void pr_web_report(struct pr_buf *out, const struct pr_board *board, int64_t run)
{
	char key[24];
	const char *file;

	snprintf(key, sizeof(key), "%lld", (long long)run);
	file = pr_json_text(board->reports, key);
	if (file != NULL)
		pr_buf_printf(out, "<span class=\"detail\"><a href=\"%s\">report</a></span>", file);
}

void pr_web_case_name(struct pr_buf *out, const struct pr_board_case *one, bool with_machine)
{
	put(out, one->of->workload);
	pr_buf_puts(out, ", ");
	put(out, one->of->phase);
	pr_buf_puts(out, ": ");
	put(out, one->of->metric);
	if (with_machine) {
		pr_buf_puts(out, " on ");
		put(out, one->of->machine);
		if (one->of->branch[0] != '\0') {
			pr_buf_puts(out, ", ");
			put(out, one->of->branch);
		}
	}
}

void pr_web_case(struct pr_buf *out, const struct pr_board_case *one, bool with_machine)
{
	pr_buf_printf(out, "<a href=\"case-%lld.html\">", (long long)one->of->id);
	pr_web_case_name(out, one, with_machine);
	pr_buf_puts(out, "</a>");
}

const char *pr_web_tone(enum pr_standing standing)
{
	static const char *const tones[] = {"good", "bad", "", "unsure", "bad", "unsure", "muted"};

	return tones[standing];
}

void pr_web_spark(struct pr_buf *out, const struct pr_board_case *one)
{
	if (one->spark == NULL)
		return;
	pr_buf_printf(out, "<svg class=\"spark %s\" aria-hidden=\"true\"",
	              pr_web_tone(one->standing));
	pr_buf_puts(out, one->spark + strlen("<svg"));
}

void pr_web_group(struct pr_buf *out, const struct pr_board_group *group)
{
	pr_buf_puts(out, "machine ");
	put(out, group->machine);
	if (group->branch[0] != '\0') {
		pr_buf_puts(out, ", branch ");
		put(out, group->branch);
	}
	if (group->baseline[0] != '\0') {
		pr_buf_puts(out, ", against ");
		put(out, group->baseline);
	}
}

void pr_web_command(struct pr_buf *out, const char *label, const char *line)
{
	pr_buf_puts(out, "<p class=\"command\"><span>");
	put(out, label);
	pr_buf_puts(out, ":</span> <code>");
	put(out, line);
	pr_buf_puts(out, "</code></p>\n");
}

void pr_tonight(const struct pr_board *board, struct pr_buf *out)
{
	const char *before = "";

	for (size_t i = 0; i < PR_STANDING_COUNT; i++) {
		/* Failures and missing ones only when there are some; the rest always.  */
		if (i >= PR_STANDING_FAILED && board->counts[i] == 0)
			continue;
		pr_buf_printf(out, "%s%zu %s", before, board->counts[i],
		              pr_standing_word((enum pr_standing)i));
		before = ", ";
	}
}

void pr_web_option(struct pr_buf *out, const char *option, const char *text)
{
	if (*text == '\0')
		return;
	pr_buf_printf(out, " --%s '", option);
	for (; *text != '\0'; text++)
		pr_buf_puts(out, *text == '\'' ? "'\\''" : (char[]){*text, '\0'});
	pr_buf_puts(out, "'");
}

/* ---- changes --------------------------------------------------------------------------------- */

static double real_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* From one level to the other, as the step itself.  */
static void put_step(struct pr_buf *out, const json_t *change)
{
	double before = real_of(change, "before"), after = real_of(change, "after");
	double step = before > -1 ? (1 + after) / (1 + before) - 1 : after - before;
	bool is_better = json_is_true(json_object_get(change, "better"));

	pr_buf_printf(out,
	              "<td class=\"number %s\">%s<span class=\"note\">%s</span></td><td "
	              "class=\"number\">%s \u2192 %s</td>",
	              is_better ? "good" : "bad", pr_words_effect(step, NAN, NAN).text,
	              is_better ? "better" : "worse", pr_words_effect(before, NAN, NAN).text,
	              pr_words_effect(after, NAN, NAN).text);
}

/* What is said of it, by whom, and what the paired run of both commits showed.  */
void pr_web_state(struct pr_buf *out, const json_t *change)
{
	const json_t *confirmation = json_object_get(change, "confirmation");
	const char *state = pr_json_text(change, "state"), *note = pr_json_text(change, "note");
	const json_t *lo = json_object_get(confirmation, "effect_lo");

	pr_buf_printf(out, "<td class=\"%s\">", pr_board_is_alert(change) ? "bad" : "");
	put(out, state != NULL ? state : "open");
	if (json_is_object(confirmation))
		pr_buf_printf(out, "<span class=\"detail\">paired run: %s</span>",
		              pr_words_effect(
		                      real_of(confirmation, "effect"),
		                      json_is_number(lo) ? json_number_value(lo) : NAN,
		                      json_is_number(lo) ? real_of(confirmation, "effect_hi") : NAN)
		                      .text);
	if (note != NULL) {
		pr_buf_puts(out, "<span class=\"detail\">");
		put(out, note);
		pr_buf_puts(out, "</span>");
	}
	pr_buf_puts(out, "</td>");
}

void pr_web_p(struct pr_buf *out, const json_t *change)
{
	const json_t *p = json_object_get(change, "p");

	if (json_is_number(p))
		pr_buf_printf(out, "<td class=\"number\">%s</td>",
		              pr_numbers_p(json_number_value(p)).text);
	else
		pr_buf_puts(out, "<td class=\"number muted\">" PR_DASH "</td>");
}

void pr_web_margin(struct pr_buf *out, const json_t *change)
{
	json_int_t margin = json_integer_value(json_object_get(change, "margin"));

	if (margin > 0)
		pr_buf_printf(out, "<span class=\"detail\">give or take %s</span>",
		              pr_words_plural((double)margin, "night", "nights").text);
}

void pr_web_suspects(struct pr_buf *out, const struct pr_board *board, const json_t *change)
{
	const json_t *pair = json_object_get(change, "pair");

	pr_web_commit(out, board, pr_json_text(pair, "last_good"), pr_json_text(pair, "first"));
}

static void put_change(struct pr_buf *out, const struct pr_board *board,
                       const struct pr_board_case *one, const json_t *change)
{
	int64_t time = 0;
	struct pr_error unused;

	pr_buf_puts(out, "<tr><th scope=\"row\">");
	pr_web_case(out, one, true);
	pr_buf_puts(out, "</th><td>");
	pr_web_spark(out, one);
	pr_buf_puts(out, "</td>");
	put_step(out, change);
	pr_buf_puts(out, "<td>");
	if (pr_history_parse_time(pr_json_text(change, "time"), &time, &unused) == PR_OK)
		pr_web_time(out, board, time, false);
	pr_web_margin(out, change);
	pr_buf_printf(out, "<span class=\"detail\">%s</span>",
	              pr_words_plural((double)json_integer_value(json_object_get(change, "nights")),
	                              "night since", "nights since")
	                      .text);
	pr_buf_printf(out, "<span class=\"detail\">case %lld, run %lld</span></td><td>",
	              (long long)one->of->id,
	              (long long)json_integer_value(json_object_get(change, "run")));
	pr_web_suspects(out, board, change);
	if (!json_is_true(json_object_get(change, "same_reference")))
		pr_buf_puts(out, "<span class=\"note\">another reference since</span>");
	pr_buf_puts(out, "</td>");
	pr_web_p(out, change);
	pr_web_state(out, change);
	pr_buf_puts(out, "</tr>\n");
}

size_t pr_web_changes(struct pr_buf *out, const struct pr_board *board, const char *id,
                      const char *caption, bool only_alerts)
{
	static const struct pr_web_column columns[] = {{"What", false},
	                                               {"Nights", false},
	                                               {"Step", true},
	                                               {"Against the baseline", true},
	                                               {"Since (UTC)", false},
	                                               {"Commits", false},
	                                               {"p", true},
	                                               {"State", false},
	                                               {0}};
	size_t shown = 0, i;
	json_t *change;

	json_array_foreach(board->changes, i, change)
	{
		const struct pr_board_case *one = pr_board_case_of(board, change);

		if (one == NULL ||
		    (only_alerts && (!pr_board_is_alert(change) || pr_board_is_twin(one))))
			continue;
		if (shown++ == 0)
			pr_web_table(out, id, caption, columns, false);
		put_change(out, board, one, change);
	}
	if (shown > 0)
		pr_web_table_end(out, false);
	return shown;
}
