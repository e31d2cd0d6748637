/* SPDX-License-Identifier: MIT */
/* analyzers/claim/property.c - "backpressure handling is correct": nothing may go wrong, ever.
 *
 * One lost, repeated or reordered message refutes it, and so does a connection that the engine
 * closed, or a trial that failed.  It is confirmed only where it was put to the test:
 * "backpressure" counts the workloads in which the phase's input was held back (stops), up to its
 * cap where it has one.  A property is confirmed for so many messages, and the evidence says how
 * many.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/claim.h"
#include "analyzers/command.h"
#include "analyzers/counts.h"
#include "analyzers/numbers.h"

/* Of the cap: from here on it was reached.  */
#define REACHED 0.9

/* What no correct engine does.  */
static const struct sin {
	const char *metric, *words;
} sins[] = {
        {"messages_lost", "messages lost"},
        {"messages_reordered", "messages reordered"},
        {"messages_duplicated", "messages repeated"},
        {"disconnects", "connections closed by the engine"},
};

#define SIN_COUNT (sizeof(sins) / sizeof(sins[0]))

struct record {
	double sins[SIN_COUNT];
	double messages, held; /* held: the most at once */
	size_t trials, failed;
	const char *reason;
};

static void add_trial(struct record *record, const struct pr_run_trial *trial)
{
	double held = pr_run_metric(trial, "held_bytes_peak");

	bool failed = strcmp(trial->status, "failed") == 0;

	/* Neither void ones, nor those in which nobody looked.  */
	if (!failed && (!trial->good || isnan(pr_run_metric(trial, sins[0].metric))))
		return;
	record->trials++;
	for (size_t i = 0; i < SIN_COUNT; i++) {
		double value = pr_run_metric(trial, sins[i].metric);

		if (!isnan(value))
			record->sins[i] = (isnan(record->sins[i]) ? 0 : record->sins[i]) + value;
	}
	record->messages += isnan(trial->messages) ? 0 : trial->messages;
	if (held > record->held)
		record->held = held;
	if (failed) {
		record->failed++;
		record->reason = trial->reason;
	}
}

/* Whether the property was put to the test in a workload.  */
static bool exercised(const struct pr_claim *claim, const struct pr_claim_facts *facts,
                      size_t workload)
{
	const struct pr_run *run = facts->run;

	if (!pr_claim_covers(claim, run, workload))
		return false;
	return strcmp(claim->name, "integrity") == 0 ||
	       strcmp(run->workloads[workload].name, "backpressure") == 0 ||
	       pr_counts_sum(run, facts->phase, workload, "stops") > 0;
}

static struct record gather(const struct pr_claim *claim, const struct pr_claim_facts *facts)
{
	struct record record = {.sins = {NAN, NAN, NAN, NAN}};

	for (size_t i = 0; i < facts->run->trial_count; i++) {
		const struct pr_run_trial *trial = &facts->run->trials[i];

		if (trial->phase == facts->phase && exercised(claim, facts, trial->workload))
			add_trial(&record, trial);
	}
	return record;
}

/* The cap in bytes; NaN when there is none.  */
static double cap_of(const struct pr_claim_facts *facts)
{
	return pr_claim_bytes(pr_run_option(&facts->run->phases[facts->phase], "cap"));
}

static void add_sins(struct pr_claim_answer *answer, const struct record *record)
{
	struct pr_buf text;

	pr_buf_init(&text);
	for (size_t i = 0; i < SIN_COUNT; i++)
		if (!isnan(record->sins[i]))
			pr_buf_printf(&text, "%s%s %s", text.size > 0 ? ", " : "",
			              pr_numbers_count(record->sins[i]).text, sins[i].words);
	pr_buf_printf(&answer->evidence, "%s in %s of %s.", text.text,
	              pr_numbers_plural((double)record->trials, "trial").text,
	              pr_numbers_plural(record->messages, "message").text);
	answer->brief = pr_buf_take(&text);
	pr_buf_fini(&text);
	if (record->failed > 0)
		pr_buf_printf(&answer->evidence, " %s failed: %s.",
		              pr_numbers_plural((double)record->failed, "trial").text,
		              record->reason != NULL ? record->reason : "no reason is recorded");
}

static enum pr_claim_verdict weigh(const struct record *record)
{
	for (size_t i = 0; i < SIN_COUNT; i++)
		if (record->sins[i] > 0)
			return PR_CLAIM_REFUTED;
	return record->failed > 0 ? PR_CLAIM_REFUTED : PR_CLAIM_CONFIRMED;
}

static void judge(const struct pr_claim *claim, struct pr_claim_facts *facts,
                  struct pr_claim_answer *answer)
{
	struct record record = gather(claim, facts);
	double cap = cap_of(facts);
	bool is_backpressure = strcmp(claim->name, "backpressure") == 0;

	if (record.trials == 0) {
		pr_claim_lacks(answer, "input of %s was never held back (stops 0)",
		               facts->run->phases[facts->phase].label);
		answer->command = pr_claim_more(claim, facts, "backpressure");
		return;
	}
	if (isnan(record.sins[0]) && record.failed == 0) {
		pr_claim_lacks(answer, "nobody counted lost messages");
		return;
	}
	add_sins(answer, &record);
	answer->verdict = weigh(&record);
	if (answer->verdict == PR_CLAIM_CONFIRMED && record.messages > 0)
		pr_buf_printf(&answer->evidence,
		              " So, with 95 %%, fewer than one in %s goes wrong there.",
		              pr_numbers_count(floor(record.messages / 3)).text);
	if (answer->verdict == PR_CLAIM_CONFIRMED && is_backpressure &&
	    record.held < REACHED * cap) {
		answer->verdict = PR_CLAIM_NOT_SHOWN;
		pr_buf_printf(&answer->evidence,
		              " At most %s were held back, of a cap of %s: what happens at the cap "
		              "was not seen.",
		              pr_numbers_value(record.held, "bytes").text,
		              pr_numbers_value(cap, "bytes").text);
	}
}

const struct pr_claim_ops pr_claim_property = {
        .name = "property",
        .question = "Does nothing go wrong?",
        .version = PR_CLAIM_OPS_VERSION,
        .of_phase = true,
        .needs = (const char *const[]){NULL},
        .may = (const char *const[]){NULL},
        .names = (const char *const[]){"backpressure", "integrity", NULL},
        .judge = judge,
};
