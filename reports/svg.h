/* SPDX-License-Identifier: MIT */
/* reports/svg.h - turns what gnuplot wrote into SVG that may stand in a page.
 *
 * What changes: no XML prolog, no script, no fixed colours, no ids that two pictures could share.
 * Black becomes currentColor; the colour rgb(1, N, 0) of a script becomes var(--pN) (phase N),
 * rgb(2, N, 0) var(--cN) (cause N) and rgb(3, 0, 0) var(--grid), so that a style sheet decides, in
 * light and in dark. Hypertext of gnuplot becomes <title>, which browsers show on hover.  Tokens
 * (plot.h) become texts.  */
#ifndef PR_REPORTS_SVG_H
#define PR_REPORTS_SVG_H

#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/err.h"

#define PR_SVG_PHASES 10 /* colours for phases, then they start again */
#define PR_SVG_CAUSES 8  /* colours for parts of a bar */

/* What a gnuplot script says for the colours above.  */
#define PR_SVG_PHASE(n) (0x010000 + ((n) % PR_SVG_PHASES + 1) * 0x100)
#define PR_SVG_CAUSE(n) (0x020000 + ((n) % PR_SVG_CAUSES + 1) * 0x100)

/* raw is gnuplot's output; name prefixes the ids; texts[i] replaces token i.  PR_FAILED when raw is
 * not a whole picture.  */
enum pr_err pr_svg_clean(const char *raw, const char *name, char *const *texts, size_t text_count,
                         struct pr_buf *out, struct pr_error *why) PR_CHECKED;

/* The picture as a file of its own: colours fixed (light), a white ground, alt as its title.  */
void pr_svg_standalone(const char *svg, const char *alt, struct pr_buf *out);

/* Text with & < > " ' escaped, fit for HTML and SVG, text and attributes.  Control characters
 * become spaces.  */
void pr_svg_text(struct pr_buf *out, const char *text);

/* The style sheet's colours: `--p1:#...;` and so on, for light (dark 0) or dark grounds.  */
void pr_svg_colours(struct pr_buf *out, int dark);

#endif
