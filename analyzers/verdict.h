/* SPDX-License-Identifier: MIT */
/* analyzers/verdict.h - what a difference means, in one of six words and a sentence.
 *
 *   improved, regressed   p (adjusted for the number of tests) is at most 0.05, the 95 % interval
 * leaves out 0, and the effect is larger than both delta and the floor changed-below-floor   the
 * same, but the effect is not larger equivalent            the 90 % interval lies within +-delta
 * (two one-sided tests at 0.05) inconclusive          everything else: too noisy or too few blocks
 * to tell void                  there is nothing to compare
 *
 * delta is what the team cares about (2 % unless said otherwise); the floor is what comparing a
 * build with itself shows on this host (unknown until that has been measured).  */
#ifndef PR_VERDICT_H
#define PR_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#define PR_VERDICT_ALPHA 0.05

enum pr_verdict {
	PR_VERDICT_IMPROVED,
	PR_VERDICT_REGRESSED,
	PR_VERDICT_BELOW_FLOOR,
	PR_VERDICT_EQUIVALENT,
	PR_VERDICT_INCONCLUSIVE,
	PR_VERDICT_VOID,
};

/* A difference of current against baseline.  NaN: not known.  */
struct pr_difference {
	size_t n;   /* blocks */
	double raw; /* in the metric's own unit, or a log-ratio: its sign is the direction */
	double effect, lo, hi; /* fractions, 95 % */
	double lo90, hi90;
	double p, p_adjusted;
	double mde;   /* the effect that this many blocks would find with a power of 80 % */
	size_t tests; /* how many p was adjusted for; 0 when it was not */
	bool higher_is_better;
	bool unpaired;   /* n is the smaller number of blocks of two runs (ranksum.h) */
	bool from_zero;  /* the baseline is 0, so there is no effect as a fraction */
	bool negligible; /* from_zero, and the difference is too small to matter */
	bool identical;  /* a count that is the same in every block */
	bool once;       /* one traced trial each: exact for it, but without an interval */
};

enum pr_verdict pr_verdict_decide(const struct pr_difference *difference, double delta,
                                  double floor);

/* "improved": the words of the formats.  */
const char *pr_verdict_name(enum pr_verdict verdict);

/* Why, in plain words, for a reader who does not know statistics; the caller frees.  Not for void,
 * whose reason the caller knows.  */
char *pr_verdict_note(const struct pr_difference *difference, enum pr_verdict verdict, double delta,
                      double floor);

/* The same in two or three words, for a cell of a table; the caller frees.  */
char *pr_verdict_short(const struct pr_difference *difference, enum pr_verdict verdict);

#endif
