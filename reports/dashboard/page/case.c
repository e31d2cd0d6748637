/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/case.c - one case: what it is, where it stands, its nights and changes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/document.h"
#include "core/base/json.h"
#include "reports/dashboard/levels.h"
#include "reports/dashboard/web.h"
#include "reports/svg.h"
#include "reports/words.h"

/* ---- what it is ------------------------------------------------------------------------------ */

static void put_fact(struct pr_buf *out, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	pr_buf_printf(out, "<div><dt>%s</dt><dd>", name);
	pr_svg_text(out, value);
	pr_buf_puts(out, "</dd></div>\n");
}

/* A label and what stands behind it in the newest run.  */
static void put_phase(struct pr_buf *out, const struct pr_board_case *one, const char *name,
                      const char *label)
{
	struct pr_buf text;

	pr_buf_init(&text);
	pr_board_describe_phase(one->group, label, &text);
	if (*label != '\0') {
		pr_buf_printf(out, "<div><dt>%s</dt><dd>", name);
		pr_svg_text(out, label);
		if (text.size > 0) {
			pr_buf_puts(out, "<span class=\"detail\">");
			pr_svg_text(out, text.text);
			pr_buf_puts(out, "</span>");
		}
		pr_buf_puts(out, "</dd></div>\n");
	}
	pr_buf_fini(&text);
}

static void put_facts(struct pr_buf *out, const struct pr_board_case *one)
{
	const struct pr_history_case *of = one->of;
	char *metric = pr_asprintf(
	        "%s%s%s%s, %s is better", of->metric, of->unit[0] != '\0' ? " (" : "", of->unit,
	        of->unit[0] != '\0' ? ")" : "", of->higher_is_better ? "higher" : "lower");

	pr_buf_puts(out, "<dl class=\"facts\">\n");
	put_fact(out, "Metric", metric);
	put_phase(out, one, "Phase", of->phase);
	put_phase(out, one, "Against", of->baseline);
	put_fact(out, "Workload", of->workload);
	put_fact(out, "What it does", of->work);
	put_fact(out, "Machine", of->machine);
	put_fact(out, "Branch", of->branch);
	pr_buf_puts(out, "</dl>\n");
	free(metric);
}

static void put_lead(struct pr_buf *out, const struct pr_board_case *one)
{
	const struct pr_history_point *point = pr_board_tonight(one);

	pr_buf_printf(out, "<p class=\"lead%s\">",
	              one->standing == PR_STANDING_WORSE || one->standing == PR_STANDING_FAILED
	                      ? " worse"
	                      : "");
	if (point == NULL) {
		pr_buf_puts(out, "The newest run of this machine did not measure it.</p>\n");
		return;
	}
	pr_svg_text(out, pr_words_value(point->value, one->of->unit).text);
	if (strchr(one->of->unit, '/') != NULL) {
		pr_buf_puts(out, " ");
		pr_svg_text(out, one->of->unit);
	}
	if (!isnan(point->effect)) {
		pr_buf_puts(out, ", ");
		pr_svg_text(
		        out,
		        pr_words_effect(point->effect, point->effect_lo, point->effect_hi).text);
		pr_buf_puts(out, " against ");
		pr_svg_text(out, one->of->baseline);
	}
	if (point->verdict != NULL) {
		pr_buf_puts(out, ": ");
		pr_svg_text(out, pr_words_verdict(point->verdict));
	}
	pr_buf_puts(out, ".</p>\n");
}

/* ---- pictures -------------------------------------------------------------------------------- */

static void put_picture(struct pr_buf *out, const char *svg, const char *alt)
{
	if (svg == NULL)
		return;
	pr_buf_puts(out, "<svg role=\"img\" aria-label=\"");
	pr_svg_text(out, alt);
	pr_buf_puts(out, "\"");
	pr_buf_puts(out, svg + strlen("<svg"));
}

static void put_pictures(struct pr_buf *out, const struct pr_board_case *one,
                         const struct pr_chart *chart, const char *missing)
{
	bool is_effect = one->shows_effect;

	pr_buf_puts(out, "<figure>\n<div class=\"panels\">\n");
	put_picture(out, chart->effect,
	            "The series night by night with its intervals, levels and changes; the table "
	            "of nights below has every number.");
	if (one->of->baseline[0] != '\0')
		put_picture(out, chart->values,
		            "Both sides as they were measured, night by night; the table of nights "
		            "below has every number.");
	pr_buf_puts(out, "</div>\n<figcaption>");
	if (is_effect)
		pr_buf_puts(
		        out,
		        "First: each mark is one night's effect, its line the 95 % interval. The "
		        "thick line is the median of a level; within the band around it (2 %, or "
		        "the noise floor of the machine if that is more) nothing is meant. "
		        "Upright: a change of level, numbered as in the table below; dashed and "
		        "grey, the baseline is another build from there; dotted, a release. "
		        "Point at a mark to read it, click to find its row. Second: what was "
		        "measured, which moves with the machine; the effect does not.");
	else
		pr_buf_puts(out,
		            "Each mark is one run. There is no baseline that ran beside it, so "
		            "the machine's own changes are in it, and no change is searched "
		            "for.");
	pr_buf_puts(out, "</figcaption>\n");
	if (missing != NULL) {
		pr_buf_puts(out, "<p class=\"warning\">No picture: ");
		pr_svg_text(out, missing);
		pr_buf_puts(out, "</p>\n");
	}
	pr_buf_puts(out, "</figure>\n");
}

/* ---- changes --------------------------------------------------------------------------------- */

/* Of a change that is too old for the search only what people said is known.  */
static void put_mark(struct pr_buf *out, const struct pr_level *level)
{
	pr_buf_puts(out, "<td class=\"number muted\">" PR_DASH "</td><td>");
	pr_svg_text(out, level->state);
	if (level->note != NULL) {
		pr_buf_puts(out, "<span class=\"detail\">");
		pr_svg_text(out, level->note);
		pr_buf_puts(out, "</span>");
	}
	pr_buf_puts(out, "</td>");
}

static void put_level(struct pr_buf *out, const struct pr_board *board,
                      const struct pr_board_case *one, const struct pr_level *level, size_t number)
{
	const struct pr_history_point *first = &one->series.items[level->first],
	                              *good = &one->series.items[level->first - 1];

	pr_buf_printf(out, "<tr><th scope=\"row\">%zu</th><td>", number);
	pr_web_time(out, board, first->time, false);
	if (level->change != NULL)
		pr_web_margin(out, level->change);
	pr_buf_printf(out, "<span class=\"detail\">run %lld</span></td><td class=\"%s\">%s</td>",
	              (long long)first->run, level->is_better ? "good" : "bad",
	              level->is_better ? "better" : "worse");
	pr_buf_printf(out, "<td class=\"number\">%s</td>",
	              pr_words_effect((level - 1)->middle, NAN, NAN).text);
	pr_buf_printf(out, "<td class=\"number\">%s</td><td>",
	              pr_words_effect(level->middle, NAN, NAN).text);
	if (level->change != NULL)
		pr_web_suspects(out, board, level->change);
	else
		pr_web_commit(out, board, good->revision, first->revision);
	pr_buf_puts(out, "</td>");
	if (level->change != NULL) {
		pr_web_p(out, level->change);
		pr_web_state(out, level->change);
	} else {
		put_mark(out, level);
	}
	pr_buf_puts(out, "</tr>\n");
}

static void put_changes(struct pr_buf *out, const struct pr_board *board,
                        const struct pr_board_case *one, const struct pr_levels *levels)
{
	static const struct pr_web_column columns[] = {
	        {"Change", false}, {"Since (UTC)", false}, {"", false},
	        {"Before", true},  {"After", true},        {"Commits", false},
	        {"p", true},       {"State", false},       {0}};
	struct pr_buf mark;

	pr_web_section(out, "changes", "Changes of level");
	if (levels->count == 1) {
		pr_buf_puts(out, one->gating ? "<p>None in the last 60 nights.</p>\n"
		                             : "<p>Not searched for: this metric does not decide, "
		                               "it explains.</p>\n");
		pr_web_section_end(out);
		return;
	}
	pr_web_table(out, "levels",
	             "Where the level changed. An open change is a candidate until a paired run of "
	             "builds from before and after confirms it; p is the share of reshuffled "
	             "series that split at "
	             "least as well.",
	             columns, false);
	for (size_t i = 1; i < levels->count; i++)
		put_level(out, board, one, &levels->items[i], i);
	pr_web_table_end(out, false);
	pr_buf_init(&mark);
	pr_buf_printf(&mark, "proctor history mark %lld %lld confirmed --note 'why'",
	              (long long)one->of->id,
	              (long long)one->series.items[levels->items[levels->count - 1].first].run);
	pr_web_option(&mark, "store", board->place);
	pr_web_command(out, "Say what the newest of them is (confirmed, rejected, intended, open)",
	               mark.text);
	pr_buf_fini(&mark);
	pr_web_section_end(out);
}

/* ---- nights ---------------------------------------------------------------------------------- */

static void put_night(struct pr_buf *out, const struct pr_board *board,
                      const struct pr_board_case *one, const struct pr_history_point *point)
{
	static const char *const tones[] = {"", "good", "bad", "unsure", "muted"};

	pr_buf_printf(out,
	              "<tr id=\"run-%lld\"><th scope=\"row\"><a "
	              "href=\"runs.html#run-%lld\">%lld</a></th><td>",
	              (long long)point->run, (long long)point->run, (long long)point->run);
	pr_web_time(out, board, point->time, false);
	pr_buf_puts(out, "</td><td>");
	pr_web_commit(out, board, point->revision, NULL);
	pr_buf_printf(out, "</td><td class=\"number\">%s</td>",
	              pr_words_value(point->value, one->of->unit).text);
	pr_buf_printf(out, "<td class=\"number\">%s</td>",
	              pr_words_value(point->base_value, one->of->unit).text);
	pr_buf_printf(out, "<td class=\"number\">%s</td>",
	              pr_words_effect(point->effect, point->effect_lo, point->effect_hi).text);
	pr_buf_printf(out, "<td class=\"number\">%s</td>", pr_words_percent(point->mde).text);
	pr_buf_printf(out, "<td class=\"number\">%lld</td>", (long long)point->n);
	pr_web_cell(out, tones[pr_words_tone(point->verdict)],
	            point->verdict != NULL ? pr_words_verdict(point->verdict) : PR_DASH);
	pr_buf_puts(out, "</tr>\n");
}

static void put_nights(struct pr_buf *out, const struct pr_board *board,
                       const struct pr_board_case *one)
{
	static const struct pr_web_column columns[] = {{"Run", false},      {"Time (UTC)", false},
	                                               {"Commit", false},   {"Value", true},
	                                               {"Baseline", true},  {"Effect", true},
	                                               {"Could see", true}, {"Blocks", true},
	                                               {"Verdict", false},  {0}};

	pr_web_section(out, "nights", "Nights");
	pr_web_table(out, "points",
	             "Every night that is shown, newest first. Could see: the smallest effect that "
	             "run would have found four times in five.",
	             columns, true);
	for (size_t i = one->series.count; i-- > 0;)
		put_night(out, board, one, &one->series.items[i]);
	pr_web_table_end(out, true);
}

static void put_data(struct pr_buf *out, const struct pr_board *board,
                     const struct pr_history_case *of)
{
	struct pr_buf command;

	pr_buf_printf(out,
	              "<p>The same as data: <a href=\"case-%lld.json\">case-%lld.json</a>.</p>\n",
	              (long long)of->id, (long long)of->id);
	pr_buf_init(&command);
	pr_buf_puts(&command, "proctor history export --format csv");
	pr_web_option(&command, "workload", of->workload);
	pr_web_option(&command, "phase", of->phase);
	pr_web_option(&command, "metric", of->metric);
	pr_web_option(&command, "machine", of->machine);
	pr_web_option(&command, "store", board->place);
	pr_web_command(out, "The whole series, older nights too", command.text);
	pr_buf_fini(&command);
	pr_web_section_end(out);
}

void pr_page_case(const struct pr_board *board, const struct pr_chart *chart, const char *missing,
                  struct pr_buf *out)
{
	const struct pr_board_case *one = chart->of;
	struct pr_levels levels;
	char *title =
	        pr_asprintf("%s of %s in %s", one->of->metric, one->of->phase, one->of->workload);

	pr_levels_find(one, &levels);
	pr_web_begin(out, board, NULL, title);
	pr_web_heartbeat(out, board, "Newest point", one->series.items[one->series.count - 1].time);
	put_lead(out, one);
	if (pr_board_is_twin(one))
		pr_buf_puts(out, "<p>This phase is the baseline once more (A/A): what it shows is "
		                 "the noise of the machine. It counts on the <a "
		                 "href=\"noise.html\">noise board</a> and nowhere else.</p>\n");
	put_facts(out, one);
	put_pictures(out, one, chart, missing);
	put_changes(out, board, one, &levels);
	put_nights(out, board, one);
	put_data(out, board, one->of);
	pr_web_end(out, board, NULL);
	free(title);
}

void pr_page_case_json(const struct pr_board *board, const struct pr_board_case *one,
                       struct pr_buf *out)
{
	json_t *document = json_object(), *cases = json_array(), *points = json_array();
	json_t *about = pr_document_case(one->of);
	char *text;

	pr_json_set(document, "format", json_string(PR_HISTORY_FORMAT));
	pr_json_set(document, "version", json_integer(PR_HISTORY_VERSION));
	pr_json_set(document, "store", pr_json_new_string(board->place));
	for (size_t i = 0; i < one->series.count; i++)
		pr_json_append(points, pr_document_point(&one->series.items[i]));
	pr_json_set(about, "points", points);
	pr_json_append(cases, about);
	pr_json_set(document, "cases", cases);
	text = pr_json_dump(document);
	pr_buf_puts(out, text);
	free(text);
	json_decref(document);
}
