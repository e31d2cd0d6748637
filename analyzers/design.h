/* SPDX-License-Identifier: MIT */
/* analyzers/design.h - what the checks of a run's design say of a row.
 *
 * Four checks here and one in layout.h, each by the paired machinery of the rows:
 *
 *   whole     some blocks also have slices of the workload's whole length.  The effect there less
 *             the effect of the short slices of the same block; corrected by Holm over the rows of
 *             a phase.  When it is there and larger than delta, the row depends on run length;
 *             slope.h says then what a slice costs by itself and what messages alone do.
 *   pair      of three phases or more, some blocks also have slices in which the first phase and
 *             another take turns alone.  Their effect less that of the others, by block, corrected
 *             and weighed like `whole`: it says whether the other phases change the difference.
 *   voids     the effect with the slices that were voided, beside the one without.
 *   control   fixed work without any engine after the slices of each phase.  When it differs
 *             between phases beyond the floor, the machine changes with the load; when that
 *             difference wanders from block to block beyond the floor, the machine moved.  The row
 *             is void.  Each phase and workload has a control, so both tests are corrected over
 *             all of them, by Benjamini and Hochberg, at 0.025 each: where the machine is still,
 *             one run in twenty at most voids anything; where it is not, most controls show it.
 *
 * design_test.c has what these checks find, and how often they find what is not there.  */
#ifndef PR_DESIGN_H
#define PR_DESIGN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "analyzers/layout.h"
#include "analyzers/run.h"
#include "analyzers/slope.h"

struct pr_rows;
struct pr_row;

/* Effects are fractions; NaN: not measured.  */
struct pr_design_effect {
	double effect, lo, hi;
	size_t n; /* blocks */
};

enum pr_design_machine { PR_MACHINE_STILL, PR_MACHINE_LOADED, PR_MACHINE_MOVED };

struct pr_design {
	struct pr_design_effect whole, pair, with_voids, control;
	double whole_p, whole_p_adjusted; /* that whole length and short slices agree */
	bool depends;                     /* on run length */
	double pair_p, pair_p_adjusted;   /* that it is the same without the other phases */
	bool crowded;                     /* it is not */
	double loaded_p;      /* that the control does not depend on the phase; then adjusted */
	double moved_p;       /* that it does not wander; then adjusted */
	double control_shift; /* between the halves of the blocks, a fraction */
	enum pr_design_machine machine;
	struct pr_slope slope;   /* of speed: what messages alone do (slope.h) */
	struct pr_layout layout; /* whether builds of the engine differ (layout.h) */
};

void pr_design_init(struct pr_design *design);

/* Fills the design of a paired, timed row that has its effect.  */
void pr_design_fill(struct pr_row *row, const struct pr_rows *rows);

/* Corrects the tests of all rows, and decides which depend on run length and where the machine was
 * not still.  */
void pr_design_correct(struct pr_rows *rows);

/* Changes the verdict and note of a judged row by what the checks found.  */
void pr_design_weigh(struct pr_row *row);

/* Adds "whole", "pair", "with_voids", "depends_on_length" and "builds" to the object of a row,
 * where there are such.
 */
void pr_design_add_json(json_t *object, const struct pr_row *row);

/* The control by workload and phase: {"workload", "phase", "effect", "effect_lo", "effect_hi", "n",
 * "machine"}.  The caller owns it.  */
json_t *pr_design_control_json(const struct pr_rows *rows);

/* Slices by phase: {"phase", "slices", "void", "slept_not"}; empty for runs that do not tell.
 * slept_not: slices of others that were voided because this phase did not sleep.  The caller owns
 * it.  */
json_t *pr_design_voids_json(const struct pr_run *run);

#endif
