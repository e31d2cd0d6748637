/* SPDX-License-Identifier: MIT */
/* reports/dashboard/grid.c - cases as small pictures (see web.h).  */
#include <math.h>
#include <string.h>

#include "reports/dashboard/web.h"
#include "reports/svg.h"
#include "reports/words.h"

static void put_card(struct pr_buf *out, const struct pr_board_case *one)
{
	const struct pr_history_point *point = pr_board_tonight(one);

	pr_buf_printf(out, "<li class=\"%s\"><a href=\"case-%lld.html\">",
	              pr_web_tone(one->standing), (long long)one->of->id);
	pr_web_spark(out, one);
	pr_buf_puts(out, "<span>");
	pr_svg_text(out, one->of->phase);
	pr_buf_puts(out, ": ");
	pr_svg_text(out, one->of->metric);
	pr_buf_puts(out, "</span> <b>");
	if (point == NULL)
		pr_buf_puts(out, PR_DASH);
	else if (!isnan(point->effect))
		pr_buf_puts(out, pr_words_effect(point->effect, NAN, NAN).text);
	else
		pr_buf_puts(out, pr_words_value(point->value, one->of->unit).text);
	pr_buf_printf(out, "</b> <span class=\"word\">%s%s</span></a></li>\n",
	              pr_board_is_twin(one) ? "A/A: " : "",
	              one->standing == PR_STANDING_NONE ? "" : pr_standing_word(one->standing));
}

/* The cases of one group, by workload.  Returns how many.  */
static size_t put_group(struct pr_buf *out, const struct pr_board *board,
                        const struct pr_board_group *group,
                        bool (*is_shown)(const struct pr_board_case *one))
{
	const struct pr_board_case *before = NULL;
	size_t count = 0;

	for (size_t i = 0; i < board->case_count; i++) {
		const struct pr_board_case *one = &board->cases[i];

		if (one->group != group || !is_shown(one))
			continue;
		if (count++ == 0) {
			pr_buf_puts(out, "<h3>");
			pr_web_group(out, group);
			pr_buf_puts(out, "</h3>\n");
		}
		if (before == NULL || strcmp(before->of->workload, one->of->workload) != 0 ||
		    strcmp(before->of->work, one->of->work) != 0) {
			pr_buf_puts(out, before != NULL ? "</ul>\n<h4>" : "<h4>");
			pr_svg_text(out, one->of->workload);
			pr_buf_puts(out, " <span class=\"detail\">");
			pr_svg_text(out, one->of->work);
			pr_buf_puts(out, "</span></h4>\n<ul class=\"grid\">\n");
		}
		put_card(out, one);
		before = one;
	}
	pr_buf_puts(out, before != NULL ? "</ul>\n" : "");
	return count;
}

void pr_grid(struct pr_buf *out, const struct pr_board *board,
             bool (*is_shown)(const struct pr_board_case *one))
{
	size_t count = 0;

	for (size_t i = 0; i < board->group_count; i++)
		count += put_group(out, board, &board->groups[i], is_shown);
	if (count == 0)
		pr_buf_puts(out, "<p>None.</p>\n");
}
