/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/noise.c - the noise board: how far each machine can be trusted.  */
#include "reports/dashboard/noise.h"

#include <math.h>

#include "reports/dashboard/web.h"
#include "reports/svg.h"
#include "reports/words.h"

static void put_share(struct pr_buf *out, size_t part, size_t whole, double too_many)
{
	double share = whole > 0 ? (double)part / (double)whole : NAN;

	pr_buf_printf(out, "<td class=\"number%s\">%s<span class=\"detail\">%zu of %zu</span></td>",
	              share > too_many ? " unsure" : "", pr_words_percent(share).text, part, whole);
}

static void put_twin(struct pr_buf *out, const struct pr_noise *noise)
{
	if (noise->twin == NULL) {
		pr_buf_puts(out,
		            "<td class=\"muted\">no A/A phase</td><td class=\"number "
		            "muted\">" PR_DASH "</td><td class=\"number muted\">" PR_DASH "</td>");
		return;
	}
	pr_web_cell(out, "", noise->twin);
	pr_buf_printf(out, "<td class=\"number\">%s</td>", pr_words_percent(noise->twin_95).text);
	put_share(out, noise->twin_alarms, noise->twin_points, 0.05);
}

static void put_group(struct pr_buf *out, const struct pr_board *board,
                      const struct pr_board_group *group)
{
	struct pr_noise noise;

	pr_noise_of(board, group, &noise);
	pr_buf_puts(out, "<tr><th scope=\"row\">");
	pr_web_group(out, group);
	pr_buf_printf(out, "</th><td class=\"number\">%s</td>",
	              pr_words_percent(noise.scatter).text);
	pr_buf_printf(out, "<td class=\"number\">%s</td>", pr_words_percent(noise.mde).text);
	pr_buf_printf(out, "<td class=\"number\">%s</td>", pr_words_percent(noise.floor).text);
	put_share(out, noise.inconclusive, noise.points, 0.2);
	put_share(out, noise.voids, noise.points, 0.05);
	put_twin(out, &noise);
	pr_buf_puts(out, "</tr>\n");
}

/* What the A/A phase showed, night by night.  */
static void put_picture(struct pr_buf *out, const struct pr_board_group *group)
{
	if (group->picture == NULL)
		return;
	pr_buf_puts(out, "<figure>\n<h2>A/A, ");
	pr_web_group(out, group);
	pr_buf_puts(out, "</h2>\n<div class=\"scroll picture\" tabindex=\"0\" role=\"region\" "
	                 "aria-label=\"A/A of ");
	pr_web_group(out, group);
	pr_buf_puts(out, "\">\n");
	pr_buf_puts(out, group->picture);
	pr_buf_puts(out, "</div>\n<figcaption>Each mark is one case of one night: what the phase ");
	pr_svg_text(out, group->twin);
	pr_buf_puts(out,
	            ", which is the baseline once more, showed against it. The truth is 0. Within "
	            "the band (2 %, or the floor of the machine if that is more) nothing is called "
	            "a change; a square was called one all the same. Point at a mark to read "
	            "it.</figcaption>\n</figure>\n");
}

static void write_noise(const struct pr_board *board, struct pr_buf *out)
{
	static const struct pr_web_column columns[] = {
	        {"Machine", false},           {"Night to night", true},
	        {"A run can see", true},      {"Floor", true},
	        {"Inconclusive", true},       {"Void", true},
	        {"A/A phase", false},         {"A/A, 95 % within", true},
	        {"A/A called changed", true}, {0}};

	pr_web_begin(out, board, &pr_page_noise, "Noise of the machines");
	pr_buf_puts(out,
	            "<p>A difference is worth no more than the machine that showed it. Each row "
	            "is about the nights that are shown and the cases that decide.</p>\n");
	pr_web_table(out, "noise", "What each machine shows when nothing changed.", columns, false);
	for (size_t i = 0; i < board->group_count; i++)
		put_group(out, board, &board->groups[i]);
	pr_web_table_end(out, false);
	for (size_t i = 0; i < board->group_count; i++)
		put_picture(out, &board->groups[i]);
	pr_buf_puts(
	        out,
	        "<dl class=\"words\">\n<dt>Night to night</dt><dd>How the effects of one case "
	        "scatter around their level from night to night (a robust standard deviation; the "
	        "median over cases). A step of three times that is found within about three "
	        "nights.</dd>\n<dt>A run can see</dt><dd>The smallest effect that a single run "
	        "finds "
	        "four times in five (the median over points).</dd>\n<dt>Floor</dt><dd>What "
	        "comparisons of an engine with itself showed on this host: below it nothing is "
	        "called a change. <code>proctor floor add</code> learns it.</dd>\n"
	        "<dt>Inconclusive, void</dt><dd>How often there was no answer, or no measurement "
	        "that counts.</dd>\n<dt>A/A phase</dt><dd>A phase that is the same engine, library "
	        "and options as the baseline. Whatever it shows is noise; more than 5 % called "
	        "better or worse mean that the machine, or the floor, cannot be trusted. Put one "
	        "into the nightly plan.</dd>\n</dl>\n");
	pr_web_end(out, board, NULL);
}

const struct pr_page_ops pr_page_noise = {.file = "noise.html",
                                          .title = "Noise",
                                          .version = PR_PAGE_OPS_VERSION,
                                          .write = write_noise};
