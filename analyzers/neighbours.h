/* SPDX-License-Identifier: MIT */
/* analyzers/neighbours.h - whether the blocks of a run resemble their neighbours, by all rows
 * together.
 *
 * Every interval takes the blocks as independent.  One row of 20 blocks cannot tell whether they
 * are (series.h): an autocorrelation of 0.4, with which a 95 % interval holds the truth in 81 % of
 * the cases, is found in 19 % of them.  But what makes blocks resemble each other - a machine that
 * drifts - hits all rows of a run, so the rows are asked together:
 *
 *   T     the mean over the rows of the lag-1 autocorrelation of the ranks of the blocks
 *   p     one-sided, that blocks in random order give such a T: the order of the blocks is permuted
 *         for all rows at once, so that rows may depend on one another as they like (they share a
 *         baseline)
 *   lag1  (T - mean of the permuted) / max(0.6, 1 - 4 / n): without the bias of short series
 *         (Marriott and Pope, "Bias in the estimation of autocorrelations", 1954, by its first
 *         order; below 10 blocks the correction would only multiply noise)
 *   most  what cannot be excluded at 95 %, one-sided: lag1 (0 where it is below)
 *         + 1.645 SD of the permuted
 *
 * For blocks of a first-order autocorrelation r an interval is sqrt((1 + r) / (1 - r)) too narrow.
 * The careful interval of a row is the exact one, stretched by that factor at `most`: it holds the
 * truth in 95 % of the cases up to autocorrelations of 0.6, for what it costs in width, which more
 * rows and more blocks make small.  It stands in each row; and where p is 0.05 or less, a verdict
 * counts only if the careful interval says the same.  coverage_test.c has the figures.  */
#ifndef PR_NEIGHBOURS_H
#define PR_NEIGHBOURS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "analyzers/pairs.h"

struct pr_row;

/* The chance to call the blocks of a run dependent that are not.  */
#define PR_NEIGHBOURS_ALPHA 0.05

struct pr_neighbours {
	size_t rows;   /* that were asked; 0: nothing is known, and the numbers are NaN */
	double blocks; /* of a row, on average */
	double lag1;   /* 0 or more */
	double most;
	double p;
	double factor; /* how many times too narrow an interval is with `most`; 1 or more */
};

/* Gathers the rows.  */
struct pr_neighbours_rows;

/* blocks: numbers of all blocks of the run, rising; borrowed.  */
struct pr_neighbours_rows *pr_neighbours_create(const uint64_t *blocks, size_t count);

/* A row, by pairs with block numbers.  One with fewer than PR_SERIES_LEAST blocks, or in which all
 * are equal, says nothing.  */
void pr_neighbours_add(struct pr_neighbours_rows *rows, const struct pr_pairs *pairs);

/* What they say.  The permutations come from a seed made of the ranks.  */
struct pr_neighbours pr_neighbours_judge(const struct pr_neighbours_rows *rows);

void pr_neighbours_destroy(struct pr_neighbours_rows **rows);

bool pr_neighbours_are_alike(const struct pr_neighbours *neighbours);

/* The careful interval of a timed, paired row that has its effect.  */
void pr_neighbours_fill(struct pr_row *row, const struct pr_neighbours *neighbours);

/* Takes back a verdict that the careful interval does not give, and says so in the note.  */
void pr_neighbours_weigh(struct pr_row *row, const struct pr_neighbours *neighbours);

/* {"rows", "blocks", "lag1", "most", "p", "factor", "dependent", "text": a sentence}; NULL when
 * nothing is known.  The caller owns it.  */
json_t *pr_neighbours_json(const struct pr_neighbours *neighbours);

#endif
