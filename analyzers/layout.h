/* SPDX-License-Identifier: MIT */
/* analyzers/layout.h - whether an effect depends on which build of the engines was measured.
 *
 * Where the linker has put a function moves a figure, the same way in all blocks that load the same
 * file; so blocks take turns with several builds (harness/variants.h).  If the builds differ, the
 * blocks of one build resemble each other, and an interval that takes blocks as independent says
 * "with these files" where the reader understands "with this code".  So beside it stands what the
 * builds differ by, and the interval over builds.
 *
 * d[0..n) are the log-ratios of the blocks, build[0..n) which build each had (of both phases).
 *
 *   between, within   standard deviations from the one-way analysis of variance with random groups
 *                     (Searle, "Linear Models", 1971): between^2 = (MSB - MSW) / n0, at least 0
 *   p                 that builds in random order would differ as much: Kruskal and Wallis's H over
 *                     permutations.  Builds were given to blocks by chance, so it is exact
 *   value, lo, hi     over builds: Student's interval of the builds' Hodges-Lehmann estimates  */
#ifndef PR_LAYOUT_H
#define PR_LAYOUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct pr_row;
struct pr_rows;

struct pr_layout {
	size_t builds, n;       /* builds that blocks had, and blocks; 0: one build only */
	double between, within; /* NaN: too few blocks for each */
	double p, p_adjusted;   /* NaN: not tested */
	double value, lo, hi;   /* logs; NaN: not known */
	bool depends;           /* p_adjusted is small */
};

void pr_layout_init(struct pr_layout *layout);

/* build: any numbers, the same for the same build.  n may be 0.  */
void pr_layout_estimate(struct pr_layout *layout, const double *d, const size_t *build, size_t n);

/* Fills row->design.layout for a paired row whose blocks come from slices.  */
struct pr_pairs;
void pr_layout_fill(struct pr_row *row, const struct pr_rows *rows, const struct pr_pairs *pairs);

/* Corrects the tests of the rows of each phase by Holm.  */
void pr_layout_correct(struct pr_rows *rows);

/* Changes verdict and note of a judged row whose builds differ: a change that the interval over
 * builds does not show, or an equality that it does not, is inconclusive.  */
void pr_layout_weigh(struct pr_row *row);

/* {"count", "blocks", "between", "within", "p_adjusted", "effect", "effect_lo", "effect_hi",
 * "depends"}; NULL when there was one build.  The caller owns it.  */
json_t *pr_layout_json(const struct pr_layout *layout);

#endif
