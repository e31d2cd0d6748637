/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/badge.c - tonight as a badge, for a README: an SVG of our own, and the
 * document that shields.io fetches to draw one (its "endpoint" schema, version 1).  */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "reports/dashboard/web.h"
#include "reports/svg.h"

#define LABEL "performance"

/* What is worst decides.  */
static const struct verdict {
	enum pr_standing standing;
	const char *word, *colour, *name;
} verdicts[] = {
        {PR_STANDING_WORSE, "worse", "#b3261e", "red"},
        {PR_STANDING_FAILED, "failed", "#b3261e", "red"},
        {PR_STANDING_MISSING, "missing", "#8a5a00", "orange"},
        {PR_STANDING_NOISY, "noisy", "#8a5a00", "yellow"},
        {PR_STANDING_BETTER, "better", "#0b6b3a", "brightgreen"},
        {PR_STANDING_SAME, "unchanged", "#0b6b3a", "brightgreen"},
};

static const struct verdict none = {PR_STANDING_NONE, "nothing measured", "#b3261e", "red"};

static const struct verdict *worst(const struct pr_board *board, char **text)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++) {
		size_t count = board->counts[verdicts[i].standing];

		if (count == 0)
			continue;
		*text = pr_asprintf("%zu %s", count, verdicts[i].word);
		return &verdicts[i];
	}
	*text = pr_strdup(none.word);
	return &none;
}

/* Widths are given for texts, so that they fit whatever the font.  */
static void write_badge(const struct pr_board *board, struct pr_buf *out)
{
	char *text, time[32];
	const struct verdict *verdict = worst(board, &text);
	unsigned left = 7 * (unsigned)strlen(LABEL) + 10, right = 7 * (unsigned)strlen(text) + 10;

	pr_history_format_time(board->newest, time);
	pr_buf_printf(out,
	              "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"20\" "
	              "role=\"img\" aria-label=\"%s: %s\">\n<title>%s: %s (%.10s)</title>\n",
	              left + right, LABEL, text, LABEL, text, time);
	pr_buf_printf(out,
	              "<rect width=\"%u\" height=\"20\" rx=\"3\" fill=\"#3b3f45\"/>\n<path "
	              "d=\"M%u 0h%ua3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H%uz\" fill=\"%s\"/>\n",
	              left + right, left, right - 3, left, verdict->colour);
	pr_buf_printf(out,
	              "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" "
	              "font-size=\"11\"><text x=\"5\" y=\"14\" textLength=\"%u\" "
	              "lengthAdjust=\"spacingAndGlyphs\">%s</text><text x=\"%u\" y=\"14\" "
	              "textLength=\"%u\" lengthAdjust=\"spacingAndGlyphs\">%s</text></g>\n</svg>\n",
	              left - 10, LABEL, left + 5, right - 10, text);
	free(text);
}

static void write_shield(const struct pr_board *board, struct pr_buf *out)
{
	json_t *document = json_object();
	char *text, *dump;
	const struct verdict *verdict = worst(board, &text);

	pr_json_set(document, "schemaVersion", json_integer(1));
	pr_json_set(document, "label", json_string(LABEL));
	pr_json_set(document, "message", json_string(text));
	pr_json_set(document, "color", json_string(verdict->name));
	dump = pr_json_dump(document);
	pr_buf_puts(out, dump);
	free(dump);
	free(text);
	json_decref(document);
}

const struct pr_page_ops pr_page_badge = {
        .file = "badge.svg", .version = PR_PAGE_OPS_VERSION, .write = write_badge};
const struct pr_page_ops pr_page_shield = {
        .file = "badge.json", .version = PR_PAGE_OPS_VERSION, .write = write_shield};
