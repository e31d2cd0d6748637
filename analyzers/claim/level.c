/* SPDX-License-Identifier: MIT */
/* analyzers/claim/level.c - "recvfrom/msg 1.56": how much there is of something.
 *
 * A ratio of counts has a denominator, and the claim says which: "per" message (as it is called),
 * receive (a successful one) or send.  Over several workloads numerator and denominator are added
 * up.  Where the claimed one does not give the number, the others are tried, so that the answer can
 * say what the number is.
 *
 * A time is a property of a machine: a level that was measured on "another" one cannot be tested
 * here.  A single number is taken as "about": a tenth up or down, unless "tolerance" says
 * otherwise.
 */
#include <math.h>
#include <string.h>

#include "analyzers/claim.h"
#include "analyzers/counted.h"
#include "analyzers/numbers.h"

#define ABOUT 0.1

enum per { MESSAGE, RECEIVE, SEND, PERS };

static const char *const pers[PERS] = {"message", "receive", "send"};
static const char *const per_words[PERS] = {"message", "successful receive", "send call"};

struct ratio {
	double top, bottom;
};

static bool is_ratio(const struct pr_metric *metric)
{
	return strcmp(metric->name, "recv_per_message") == 0 ||
	       strcmp(metric->name, "eagain_per_message") == 0;
}

static bool is_eagain(const struct pr_claim *claim)
{
	return strcmp(claim->metric->name, "eagain_per_message") == 0;
}

/* Adds the counts of one workload; NaN stays.  */
static void add_counts(struct ratio *ratio, const struct pr_claim *claim,
                       const struct pr_claim_facts *facts, size_t workload, enum per per)
{
	struct pr_counted counted = pr_counted_get(facts->run, facts->phase, workload);
	const struct pr_counts *c = &counted.counts;

	ratio->top += is_eagain(claim) ? c->would_blocks : c->receives;
	ratio->bottom += per == MESSAGE   ? counted.messages
	                 : per == RECEIVE ? c->receives - c->would_blocks
	                                  : c->sends;
}

/* workload PR_RUN_NONE: all that the claim covers.  */
static struct ratio count_ratio(const struct pr_claim *claim, const struct pr_claim_facts *facts,
                                size_t workload, enum per per)
{
	struct ratio ratio = {0, 0};

	for (size_t w = 0; w < facts->run->workload_count; w++)
		if (workload == w ||
		    (workload == PR_RUN_NONE && pr_claim_covers(claim, facts->run, w)))
			add_counts(&ratio, claim, facts, w, per);
	return ratio;
}

static enum per per_of(const struct pr_claim *claim)
{
	for (int per = 0; claim->per != NULL && per < PERS; per++)
		if (strcmp(claim->per, pers[per]) == 0)
			return (enum per)per;
	return MESSAGE;
}

static void wanted(const struct pr_claim *claim, double *lo, double *hi)
{
	double tolerance = claim->tolerance;

	if (isnan(tolerance))
		tolerance = claim->value.lo < claim->value.hi ? 0 : ABOUT * fabs(claim->value.lo);
	*lo = claim->value.lo - tolerance;
	*hi = claim->value.hi + tolerance;
}

static void add_ratio(struct pr_buf *out, const struct ratio *ratio, enum per per)
{
	pr_buf_printf(out, "%s per %s (%s / %s)",
	              pr_numbers_value(ratio->top / ratio->bottom, "calls/msg").text,
	              per_words[per], pr_numbers_count(ratio->top).text,
	              pr_numbers_count(ratio->bottom).text);
}

/* What the number is, if not what it is called.  */
static void add_other(struct pr_buf *out, const struct pr_claim *claim,
                      const struct pr_claim_facts *facts, enum per claimed, double lo, double hi)
{
	for (int per = 0; per < PERS; per++)
		for (size_t w = 0; w <= facts->run->workload_count; w++) {
			size_t place = w == 0 ? PR_RUN_NONE : w - 1;
			struct ratio ratio = count_ratio(claim, facts, place, (enum per)per);
			double value = ratio.top / ratio.bottom;

			if (per == (int)claimed || !(value >= lo && value <= hi) ||
			    (place != PR_RUN_NONE && !pr_claim_covers(claim, facts->run, place)))
				continue;
			pr_buf_puts(out, " What gives that number is ");
			add_ratio(out, &ratio, (enum per)per);
			pr_buf_printf(out, " in %s.", pr_claim_place(facts, place));
			return;
		}
}

static void judge_ratio(const struct pr_claim *claim, const struct pr_claim_facts *facts,
                        struct pr_claim_answer *answer)
{
	enum per per = per_of(claim);
	struct ratio ratio = count_ratio(claim, facts, PR_RUN_NONE, per);
	double value = ratio.top / ratio.bottom;

	wanted(claim, &answer->want_lo, &answer->want_hi);
	if (!isfinite(value)) {
		pr_claim_lacks(answer, "no probe counted what %s of %s is made of",
		               claim->metric->name, facts->run->phases[facts->phase].label);
		return;
	}
	answer->measure = (struct pr_claim_measure){.measured = true,
	                                            .exact = true,
	                                            .value = value,
	                                            .lo = value,
	                                            .hi = value,
	                                            .mde = NAN};
	answer->verdict = pr_claim_decide(&answer->measure, answer->want_lo, answer->want_hi);
	pr_buf_printf(&answer->evidence,
	              "%s of %s: ", is_eagain(claim) ? "would-blocks" : "receives",
	              facts->run->phases[facts->phase].label);
	add_ratio(&answer->evidence, &ratio, per);
	answer->brief =
	        pr_asprintf("%s per %s", pr_numbers_value(value, "calls/msg").text, per_words[per]);
	for (size_t w = 0; w < facts->run->workload_count; w++) {
		struct ratio one = count_ratio(claim, facts, w, per);

		if (pr_claim_covers(claim, facts->run, w) && one.bottom < ratio.bottom)
			pr_buf_printf(&answer->evidence, "; %s in %s",
			              pr_numbers_value(one.top / one.bottom, "calls/msg").text,
			              facts->run->workloads[w].label);
	}
	pr_buf_puts(&answer->evidence, ".");
	if (answer->verdict == PR_CLAIM_REFUTED)
		add_other(&answer->evidence, claim, facts, per, answer->want_lo, answer->want_hi);
}

static void judge_one(const struct pr_claim *claim, struct pr_claim_facts *facts, size_t workload,
                      struct pr_claim_answer *answer)
{
	struct pr_claim_measure m = pr_claim_side(claim, facts, facts->phase, workload);
	double lo, hi;

	wanted(claim, &lo, &hi);
	if (!m.measured)
		pr_claim_lacks(answer, "%s of %s was not measured in %s", claim->metric->name,
		               facts->run->phases[facts->phase].label,
		               pr_claim_place(facts, workload));
	else if (claim->machine != NULL && strcmp(claim->machine, "another") == 0 &&
	         claim->metric->kind == PR_METRIC_TIMED)
		pr_claim_lacks(answer,
		               "a time is a property of a machine, and this is another one (here "
		               "%s of %s in %s is %s)",
		               claim->metric->name, facts->run->phases[facts->phase].label,
		               pr_claim_place(facts, workload),
		               pr_numbers_value(m.value, claim->metric->unit).text);
	else
		pr_claim_put(claim, facts, workload, &m, claim->metric->unit, lo, hi, answer);
}

static void judge(const struct pr_claim *claim, struct pr_claim_facts *facts,
                  struct pr_claim_answer *answer)
{
	if (is_ratio(claim->metric))
		judge_ratio(claim, facts, answer);
	else
		pr_claim_each(claim, facts, answer, judge_one);
}

static enum pr_err check(const struct pr_claim *claim, const struct pr_json *at,
                         struct pr_error *why)
{
	if (claim->per != NULL && !is_ratio(claim->metric))
		return pr_json_error(at, why,
		                     "per is for recv_per_message and eagain_per_message; %s is "
		                     "no ratio",
		                     claim->metric->name);
	return PR_OK;
}

const struct pr_claim_ops pr_claim_level = {
        .name = "level",
        .question = "How much is there of something, and per what?",
        .version = PR_CLAIM_OPS_VERSION,
        .of_phase = true,
        .rests_on_interval = true,
        .needs = (const char *const[]){"metric", "value", NULL},
        .may = (const char *const[]){"per", "tolerance", "machine", NULL},
        .check = check,
        .judge = judge,
};
