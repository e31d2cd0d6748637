/* SPDX-License-Identifier: MIT */
/* analyzers/claim/mechanism.c - "the socket is often empty when the read is issued": how something
 * is said to work.
 *
 * Shares of what was counted, with bounds; metrics that must be lower than the baseline's; and the
 * cap, which bounds what a connection holds, and not what a process holds.  One line of a table
 * each.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/claim.h"
#include "analyzers/command.h"
#include "analyzers/counted.h"
#include "analyzers/numbers.h"

/* "Lower" is lower by this at least.  */
#define LOWER 0.01

/* A cap is reached from this part of it on, and kept up to this.  */
#define REACHED 0.9
#define KEPT    1.1

/* ---- shares ---------------------------------------------------------------------------------- */

enum item {
	RECEIVES,
	FOUND,
	WOULD_BLOCKS,
	SPECULATIVE,
	SPECULATIVE_FOUND,
	BLOCKED_SPECULATIVE,
	BLOCKED_RESTART,
	REGISTRATIONS
};

static const struct share {
	const char *name;
	enum item top, bottom;
	const char *words, *of;
} shares[] = {
        {"reads-find-data", FOUND, RECEIVES, "find data", "reads"},
        {"reads-are-speculative", SPECULATIVE, RECEIVES, "are made without prior readiness",
         "reads"},
        {"speculative-reads-find-data", SPECULATIVE_FOUND, SPECULATIVE, "find data",
         "reads made without prior readiness"},
        {"would-blocks-are-speculative", BLOCKED_SPECULATIVE, WOULD_BLOCKS,
         "are of reads made without prior readiness", "would-blocks"},
        {"would-blocks-of-restarts", BLOCKED_RESTART, WOULD_BLOCKS, "are of restarts",
         "would-blocks"},
        {"registrations-per-would-block", REGISTRATIONS, WOULD_BLOCKS,
         "are followed by a registration (epoll_ctl)", "would-blocks"},
};

#define SHARE_COUNT (sizeof(shares) / sizeof(shares[0]))

/* epoll_ctl in the traced stage; NaN when it was not traced.  */
static double registrations(const struct pr_claim_facts *facts, size_t workload)
{
	const json_t *stage =
	        pr_run_stage(facts->run, facts->phase, facts->run->workloads[workload].label);
	const json_t *strace = json_object_get(stage, "strace");
	double calls = pr_run_number(json_object_get(strace, "epoll_ctl"), "calls");

	return strace == NULL ? NAN : isnan(calls) ? 0 : calls;
}

static double count_of(const struct pr_claim_facts *facts, size_t workload, enum item item)
{
	struct pr_counted counted = pr_counted_get(facts->run, facts->phase, workload);
	const struct pr_counts *c = &counted.counts, *h = &counted.hooks;

	switch (item) {
	case RECEIVES:
		return c->receives;
	case FOUND:
		return c->receives - c->would_blocks;
	case WOULD_BLOCKS:
		return c->would_blocks;
	case SPECULATIVE:
		return h->receives_by[PR_COUNTS_SPECULATIVE];
	case SPECULATIVE_FOUND:
		return h->receives_by[PR_COUNTS_SPECULATIVE] -
		       h->would_blocks_by[PR_COUNTS_SPECULATIVE];
	case BLOCKED_SPECULATIVE:
		return h->would_blocks_by[PR_COUNTS_SPECULATIVE];
	case BLOCKED_RESTART:
		return h->would_blocks_by[PR_COUNTS_RESTART];
	case REGISTRATIONS:
		return registrations(facts, workload);
	}
	return NAN;
}

static const struct share *find_share(const char *name)
{
	for (size_t i = 0; i < SHARE_COUNT; i++)
		if (strcmp(shares[i].name, name) == 0)
			return &shares[i];
	return NULL;
}

static void judge_share(const struct pr_claim *claim, struct pr_claim_facts *facts, size_t workload,
                        struct pr_claim_answer *answer)
{
	const struct share *share = find_share(claim->name);
	double top = count_of(facts, workload, share->top);
	double bottom = count_of(facts, workload, share->bottom);
	struct pr_claim_measure m = {.measured = true, .exact = true, .mde = NAN};
	const char *place = facts->run->workloads[workload].label;

	if (isnan(top) || !(bottom > 0)) {
		pr_claim_lacks(answer,
		               bottom == 0 ? "there were no %s in %s"
		                           : "no probe counted %s by their reason in %s",
		               share->of, place);
		return;
	}
	m.value = m.lo = m.hi = top / bottom;
	answer->measure = m;
	answer->want_lo = isnan(claim->at_least) ? -INFINITY : claim->at_least;
	answer->want_hi = isnan(claim->at_most) ? INFINITY : claim->at_most;
	answer->verdict = pr_claim_decide(&m, answer->want_lo, answer->want_hi);
	answer->brief = pr_asprintf("%s in %s", pr_numbers_percent(m.value).text, place);
	pr_buf_printf(&answer->evidence, "In %s %s of %s %s of %s %s (%s).", place,
	              pr_numbers_count(top).text, pr_numbers_count(bottom).text, share->of,
	              facts->run->phases[facts->phase].label, share->words,
	              pr_numbers_percent(m.value).text);
}

/* ---- lower than the baseline ----------------------------------------------------------------- */

static const struct lower {
	const char *name, *metric;
} lowers[] = {
        {"window-stays-open", "zero_window_time"},
        {"data-at-once", "release_to_first"},
};

#define LOWER_COUNT (sizeof(lowers) / sizeof(lowers[0]))

static const struct lower *find_lower(const char *name)
{
	for (size_t i = 0; i < LOWER_COUNT; i++)
		if (strcmp(lowers[i].name, name) == 0)
			return &lowers[i];
	return NULL;
}

/* Times are compared as ratios, which do not exist where one of them is 0.  */
static void compare_with_zero(struct pr_claim_measure *m, const struct pr_claim_measure *base,
                              const struct pr_claim_measure *side)
{
	if (base->value != 0 && side->value != 0)
		return;
	m->measured = m->exact = true;
	m->n = side->n;
	m->value = m->lo = m->hi = base->value == side->value ? 0
	                           : base->value == 0         ? INFINITY
	                                                      : -1;
}

static void judge_lower(const struct pr_claim *claim, struct pr_claim_facts *facts, size_t workload,
                        struct pr_claim_answer *answer)
{
	struct pr_claim whole = *claim;
	struct pr_claim_measure m, base, side;

	whole.metric = pr_metrics_find(find_lower(claim->name)->metric);
	m = pr_claim_effect(&whole, facts, workload);
	base = pr_claim_side(&whole, facts, facts->baseline, workload);
	side = pr_claim_side(&whole, facts, facts->phase, workload);
	if (base.measured && side.measured && facts->phase != facts->baseline)
		compare_with_zero(&m, &base, &side);
	if (!m.measured) {
		pr_claim_lacks(answer, "%s was not measured: the reader never stalled in %s",
		               whole.metric->name, facts->run->workloads[workload].label);
		answer->command = pr_claim_more(claim, facts, "backpressure");
	} else if (base.value == 0 && side.value == 0) {
		pr_claim_lacks(answer, "%s is 0 with and without it", whole.metric->name);
	} else {
		pr_claim_put(&whole, facts, workload, &m, NULL, -INFINITY, -LOWER, answer);
	}
}

/* Waits per message, from one traced trial each.  */
static void judge_waits(const struct pr_claim *claim, struct pr_claim_facts *facts, size_t workload,
                        struct pr_claim_answer *answer)
{
	struct pr_counted base = pr_counted_get(facts->run, facts->baseline, workload);
	struct pr_counted current = pr_counted_get(facts->run, facts->phase, workload);
	double before = base.counts.waits / base.messages;
	double after = current.counts.waits / current.messages;
	struct pr_claim_measure m = {.measured = true, .once = true, .mde = NAN};

	(void)claim;
	if (!(before > 0) || isnan(after)) {
		pr_claim_lacks(answer, "no probe counted waits in %s",
		               facts->run->workloads[workload].label);
		return;
	}
	m.value = m.lo = m.hi = after / before - 1;
	answer->measure = m;
	answer->want_lo = -INFINITY;
	answer->want_hi = -LOWER;
	answer->verdict = pr_claim_decide(&m, answer->want_lo, answer->want_hi);
	answer->brief = pr_asprintf("%s waits per message", pr_numbers_change(m.value).text);
	pr_buf_printf(
	        &answer->evidence, "Waits (epoll_wait) per message in %s: %s of %s, %s of %s (%s).",
	        facts->run->workloads[workload].label, pr_numbers_value(after, "calls/msg").text,
	        facts->run->phases[facts->phase].label, pr_numbers_value(before, "calls/msg").text,
	        facts->run->phases[facts->baseline].label, pr_numbers_change(m.value).text);
}

/* ---- the cap --------------------------------------------------------------------------------- */

static double most_held(const struct pr_claim *claim, const struct pr_claim_facts *facts)
{
	double most = 0;

	for (size_t i = 0; i < facts->run->trial_count; i++) {
		const struct pr_run_trial *trial = &facts->run->trials[i];
		double held = pr_run_metric(trial, "held_bytes_peak");

		if (trial->phase == facts->phase &&
		    pr_claim_covers(claim, facts->run, trial->workload) && held > most)
			most = held;
	}
	return most;
}

static void judge_cap(const struct pr_claim *claim, struct pr_claim_facts *facts,
                      struct pr_claim_answer *answer)
{
	const char *text = pr_run_option(&facts->run->phases[facts->phase], "cap");
	const char *label = facts->run->phases[facts->phase].label;
	double cap = pr_claim_bytes(text), held = most_held(claim, facts);

	if (held == 0) {
		pr_claim_lacks(answer, "%s never held anything back", label);
		answer->command = pr_claim_more(claim, facts, "backpressure");
	} else if (isnan(cap)) {
		pr_buf_printf(&answer->evidence, "%s has no cap; it held up to %s.", label,
		              pr_numbers_value(held, "bytes").text);
		answer->verdict = PR_CLAIM_REFUTED;
	} else {
		pr_buf_printf(&answer->evidence, "%s held up to %s on a connection; its cap is %s.",
		              label, pr_numbers_value(held, "bytes").text,
		              pr_numbers_value(cap, "bytes").text);
		answer->verdict = held > KEPT * cap       ? PR_CLAIM_REFUTED
		                  : held >= REACHED * cap ? PR_CLAIM_CONFIRMED
		                                          : PR_CLAIM_NOT_SHOWN;
		if (answer->verdict == PR_CLAIM_NOT_SHOWN)
			pr_buf_puts(&answer->evidence, " The cap was not reached.");
	}
	if (!isnan(cap))
		pr_buf_printf(&answer->evidence,
		              " The cap is per connection: a thousand stalled peers may hold %s.",
		              pr_numbers_value(1000 * cap, "bytes").text);
}

/* ---- all ------------------------------------------------------------------------------------- */

static void judge(const struct pr_claim *claim, struct pr_claim_facts *facts,
                  struct pr_claim_answer *answer)
{
	if (find_share(claim->name) != NULL)
		pr_claim_each(claim, facts, answer, judge_share);
	else if (find_lower(claim->name) != NULL)
		pr_claim_each(claim, facts, answer, judge_lower);
	else if (strcmp(claim->name, "waits-amortised") == 0)
		pr_claim_each(claim, facts, answer, judge_waits);
	else
		judge_cap(claim, facts, answer);
}

static enum pr_err check(const struct pr_claim *claim, const struct pr_json *at,
                         struct pr_error *why)
{
	bool bounds = !isnan(claim->at_least) || !isnan(claim->at_most);

	if (find_share(claim->name) != NULL && !bounds)
		return pr_json_error(
		        at, why, "%s is a share: it needs \"at_least\" or \"at_most\", fractions",
		        claim->name);
	if (find_share(claim->name) == NULL && bounds)
		return pr_json_error(at, why, "%s takes no bounds", claim->name);
	return PR_OK;
}

static bool is_tested(const struct pr_claim *claim)
{
	return find_lower(claim->name) != NULL;
}

const struct pr_claim_ops pr_claim_mechanism = {
        .name = "mechanism",
        .question = "Does it work the way it is said to?",
        .version = PR_CLAIM_OPS_VERSION,
        .of_phase = true,
        .needs = (const char *const[]){NULL},
        .may = (const char *const[]){"at_least", "at_most", NULL},
        .names =
                (const char *const[]){"reads-find-data", "reads-are-speculative",
                                      "speculative-reads-find-data", "would-blocks-are-speculative",
                                      "would-blocks-of-restarts", "registrations-per-would-block",
                                      "waits-amortised", "window-stays-open", "data-at-once",
                                      "cap-bounds-memory", NULL},
        .check = check,
        .judge = judge,
        .is_tested = is_tested,
};
