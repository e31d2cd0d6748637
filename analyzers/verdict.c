/* SPDX-License-Identifier: MIT */
/* analyzers/verdict.c - what a difference means.  */
#include "analyzers/verdict.h"

#include <math.h>

#include "analyzers/numbers.h"
#include "analyzers/ranksum.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"

static bool has_interval(const struct pr_difference *d)
{
	return !isnan(d->lo) && !isnan(d->hi);
}

static bool leaves_out_zero(const struct pr_difference *d)
{
	return has_interval(d) && (d->lo > 0 || d->hi < 0);
}

/* Blocks with which m tests can come out significant.  */
static size_t blocks_for(const struct pr_difference *d, size_t m)
{
	return d->unpaired ? pr_ranksum_blocks_for_holm(m, PR_VERDICT_ALPHA)
	                   : pr_stats_blocks_for_holm(m, PR_VERDICT_ALPHA);
}

/* The smallest of the plausible effects, without its sign.  */
static double least_effect(const struct pr_difference *d)
{
	return d->lo > 0 ? d->lo : -d->hi;
}

static double largest_effect_90(const struct pr_difference *d)
{
	return fmax(fabs(d->lo90), fabs(d->hi90));
}

static enum pr_verdict better_or_worse(const struct pr_difference *d)
{
	return (d->raw > 0) == d->higher_is_better ? PR_VERDICT_IMPROVED : PR_VERDICT_REGRESSED;
}

/* A baseline of 0 has no effect as a fraction; then the raw difference decides.
 */
static enum pr_verdict decide_from_zero(const struct pr_difference *d)
{
	if (d->n < blocks_for(d, 1))
		return PR_VERDICT_INCONCLUSIVE;
	if (d->raw == 0)
		return PR_VERDICT_EQUIVALENT;
	if (!(d->p_adjusted <= PR_VERDICT_ALPHA))
		return d->negligible ? PR_VERDICT_EQUIVALENT : PR_VERDICT_INCONCLUSIVE;
	return d->negligible ? PR_VERDICT_BELOW_FLOOR : better_or_worse(d);
}

enum pr_verdict pr_verdict_decide(const struct pr_difference *d, double delta, double floor)
{
	double least = isnan(floor) ? delta : fmax(delta, floor);

	if (d->n == 0)
		return PR_VERDICT_VOID;
	if (d->once)
		return PR_VERDICT_INCONCLUSIVE;
	if (d->from_zero)
		return decide_from_zero(d);
	if (d->p_adjusted <= PR_VERDICT_ALPHA && leaves_out_zero(d))
		return fabs(d->effect) > least ? better_or_worse(d) : PR_VERDICT_BELOW_FLOOR;
	if (!isnan(d->lo90) && d->lo90 >= -delta && d->hi90 <= delta)
		return PR_VERDICT_EQUIVALENT;
	return PR_VERDICT_INCONCLUSIVE;
}

const char *pr_verdict_name(enum pr_verdict verdict)
{
	static const char *const names[] = {
	        [PR_VERDICT_IMPROVED] = "improved",
	        [PR_VERDICT_REGRESSED] = "regressed",
	        [PR_VERDICT_BELOW_FLOOR] = "changed-below-floor",
	        [PR_VERDICT_EQUIVALENT] = "equivalent",
	        [PR_VERDICT_INCONCLUSIVE] = "inconclusive",
	        [PR_VERDICT_VOID] = "void",
	};

	return names[verdict];
}

/* ---- words
 * -----------------------------------------------------------------------------------
 */

static char *change_note(const struct pr_difference *d, const char *word)
{
	double least = least_effect(d);

	if (d->from_zero)
		return pr_asprintf("%s: the baseline has none", word);
	if (d->effect >= 1 && least >= 1)
		return pr_asprintf("%s: at least \u00d7%.3g", word, 1 + least);
	return pr_asprintf("%s by at least %s", word, pr_numbers_percent(least).text);
}

static char *few_blocks_note(const struct pr_difference *d)
{
	return pr_asprintf("too few blocks (%zu) for an interval: at least %zu are needed", d->n,
	                   blocks_for(d, 1));
}

/* The interval leaves out 0 but p does not survive the correction.  */
static char *correction_note(const struct pr_difference *d)
{
	size_t needed = blocks_for(d, d->tests);

	if (d->n < needed)
		return pr_asprintf("%zu blocks cannot pass the correction for %zu tests: at least "
		                   "%zu are needed",
		                   d->n, d->tests, needed);
	return pr_asprintf("not after the correction for several tests (p %s, adjusted %s)",
	                   pr_numbers_p(d->p).text, pr_numbers_p(d->p_adjusted).text);
}

static char *inconclusive_note(const struct pr_difference *d)
{
	if (d->once)
		return pr_strdup("counted in one traced trial each: exact for it, but one trial "
		                 "has no interval");
	if (d->identical)
		return pr_asprintf("the same in every block; %zu are too few for an interval",
		                   d->n);
	if (d->n < blocks_for(d, 1))
		return few_blocks_note(d);
	if (leaves_out_zero(d) && d->tests > 0)
		return correction_note(d);
	if (isnan(d->mde))
		return pr_strdup("cannot tell");
	return pr_asprintf("cannot tell: a change below %s may go unseen in %zu blocks",
	                   pr_numbers_percent(d->mde).text, d->n);
}

static char *equivalent_note(const struct pr_difference *d)
{
	if (d->identical)
		return pr_strdup("the same in every block");
	if (d->from_zero)
		return pr_strdup(d->negligible ? "no more than a stray call in a hundred messages"
		                               : "no difference on balance over the blocks");
	return pr_asprintf("no change larger than %s",
	                   pr_numbers_percent(largest_effect_90(d)).text);
}

static char *below_note(const struct pr_difference *d, double delta, double floor)
{
	if (d->from_zero)
		return pr_strdup("less than one call in a hundred messages");
	if (floor > delta)
		return pr_asprintf("a change, but not more than the %s that a build may differ "
		                   "from itself",
		                   pr_numbers_percent(floor).text);
	return pr_asprintf("a change, but not more than the %s that matter here",
	                   pr_numbers_percent(delta).text);
}

char *pr_verdict_note(const struct pr_difference *d, enum pr_verdict verdict, double delta,
                      double floor)
{
	switch (verdict) {
	case PR_VERDICT_IMPROVED:
		return change_note(d, "better");
	case PR_VERDICT_REGRESSED:
		return change_note(d, "worse");
	case PR_VERDICT_BELOW_FLOOR:
		return below_note(d, delta, floor);
	case PR_VERDICT_EQUIVALENT:
		return equivalent_note(d);
	case PR_VERDICT_INCONCLUSIVE:
		return inconclusive_note(d);
	case PR_VERDICT_VOID:
		break;
	}
	return pr_strdup("nothing to compare");
}

char *pr_verdict_short(const struct pr_difference *d, enum pr_verdict verdict)
{
	bool few = d->n < blocks_for(d, 1);

	switch (verdict) {
	case PR_VERDICT_IMPROVED:
		return pr_strdup("better");
	case PR_VERDICT_REGRESSED:
		return pr_strdup("WORSE");
	case PR_VERDICT_BELOW_FLOOR:
		return pr_strdup("changed, too little");
	case PR_VERDICT_EQUIVALENT:
		if (d->from_zero || largest_effect_90(d) == 0)
			return pr_strdup("the same");
		return pr_asprintf("same within %s", pr_numbers_percent(largest_effect_90(d)).text);
	case PR_VERDICT_INCONCLUSIVE:
		if (d->once)
			return pr_strdup("counted once");
		if (d->identical)
			return pr_strdup("the same");
		if (few || isnan(d->mde))
			return pr_strdup(few ? "too few blocks" : "cannot tell");
		if (leaves_out_zero(d)) /* else a check of the design took the verdict back */
			return pr_strdup(d->p_adjusted <= PR_VERDICT_ALPHA
			                         ? "undecided"
			                         : "not after correction");
		return pr_asprintf("cannot tell (MDE %s)", pr_numbers_percent(d->mde).text);
	case PR_VERDICT_VOID:
		break;
	}
	return pr_strdup("void");
}
