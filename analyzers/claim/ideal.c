/* SPDX-License-Identifier: MIT */
/* analyzers/claim/ideal.c - "ideal is 1.0 or less with batching": derived from the workload.
 *
 * In ping-pong with one message under way each message must be read by itself, because the next one
 * is sent only when it has arrived: one receive per message, and with a window of W at least 1 / W.
 * In streaming a receive takes what its room (read-size) holds: frame / room.  No receive needs to
 * fail: 0 would-blocks per message.  What a phase of the run does with fewer is the ideal instead:
 * it is possible.  */
#include <math.h>
#include <string.h>

#include "analyzers/claim.h"
#include "analyzers/counted.h"
#include "analyzers/numbers.h"
#include "core/base/json.h"

#define ABOUT 0.1

/* A message of ZMTP 3 has 2 bytes before it, one of more than 255 bytes 9.  */
static double frame_size(double size)
{
	return size + (size > 255 ? 9 : 2);
}

static double derive(const struct pr_claim_facts *facts, size_t workload)
{
	const struct pr_run_workload *w = &facts->run->workloads[workload];
	double window = pr_run_number(w->options, "window");
	double size = pr_run_number(w->options, "size");
	double room = pr_claim_bytes(pr_run_option(&facts->run->phases[facts->phase], "read-size"));
	const char *transport = pr_json_text(w->options, "transport");

	if (transport != NULL && strcmp(transport, "inproc") == 0)
		return 0;
	if (strcmp(w->name, "pingpong") == 0)
		return fmax(1 / (window >= 1 ? window : 1),
		            room > 0 && size > 0 ? frame_size(size) / room : 0);
	return strcmp(w->name, "streaming") == 0 && room > 0 && size > 0 ? frame_size(size) / room
	                                                                 : NAN;
}

/* The least that any phase was counted with; *who gets its number.  */
static double least_counted(const struct pr_claim_facts *facts, size_t workload, size_t *who)
{
	double least = NAN;

	for (size_t p = 0; p < facts->run->phase_count; p++) {
		struct pr_counted counted = pr_counted_get(facts->run, p, workload);
		double value = counted.counts.receives / counted.messages;

		if (!isnan(value) && !(value >= least)) {
			least = value;
			*who = p;
		}
	}
	return least;
}

static void judge_one(const struct pr_claim *claim, struct pr_claim_facts *facts, size_t workload,
                      struct pr_claim_answer *answer)
{
	bool is_eagain = strcmp(claim->metric->name, "eagain_per_message") == 0;
	const char *place = facts->run->workloads[workload].label;
	double ideal = is_eagain ? 0 : derive(facts, workload), least;
	struct pr_claim_measure m = {.measured = true, .exact = true, .mde = NAN};
	double tolerance =
	        isnan(claim->tolerance) ? ABOUT * fabs(claim->value.lo) : claim->tolerance;
	size_t who = 0;

	if (isnan(ideal)) {
		pr_claim_lacks(answer, "no ideal can be derived for %s", place);
		return;
	}
	pr_buf_printf(&answer->evidence, "The ideal in %s is %s", place,
	              pr_numbers_value(ideal, "calls/msg").text);
	least = is_eagain ? NAN : least_counted(facts, workload, &who);
	if (!isnan(least))
		pr_buf_printf(&answer->evidence, "; %s has %s", facts->run->phases[who].label,
		              pr_numbers_value(least, "calls/msg").text);
	pr_buf_puts(&answer->evidence, ".");
	m.value = m.lo = m.hi = least < ideal ? least : ideal;
	answer->want_lo = isnan(claim->at_most) ? claim->value.lo - tolerance : -INFINITY;
	answer->want_hi = isnan(claim->at_most) ? claim->value.hi + tolerance : claim->at_most;
	answer->measure = m;
	answer->verdict = pr_claim_decide(&m, answer->want_lo, answer->want_hi);
}

static void judge(const struct pr_claim *claim, struct pr_claim_facts *facts,
                  struct pr_claim_answer *answer)
{
	pr_claim_each(claim, facts, answer, judge_one);
}

static enum pr_err check(const struct pr_claim *claim, const struct pr_json *at,
                         struct pr_error *why)
{
	if (strcmp(claim->metric->name, "recv_per_message") != 0 &&
	    strcmp(claim->metric->name, "eagain_per_message") != 0)
		return pr_json_error(at, why,
		                     "an ideal can be derived of recv_per_message and "
		                     "eagain_per_message, not of %s",
		                     claim->metric->name);
	if (isnan(claim->value.lo) == isnan(claim->at_most))
		return pr_json_error(at, why, "an ideal needs one of \"value\" and \"at_most\"");
	return PR_OK;
}

const struct pr_claim_ops pr_claim_ideal = {
        .name = "ideal",
        .question = "What is the least that the workload needs?",
        .version = PR_CLAIM_OPS_VERSION,
        .needs = (const char *const[]){"metric", NULL},
        .may = (const char *const[]){"value", "at_most", "tolerance", NULL},
        .check = check,
        .judge = judge,
};
