/* SPDX-License-Identifier: MIT */
/* analyzers/advice_option.c - one option, weighed: correctness, regressions, prerequisites, gains.
 */
#include "analyzers/advice_option.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/claim.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"
#include "core/base/json.h"

#define PROPERTY "property:"

const char *pr_advice_fate_name(enum pr_advice_fate fate)
{
	static const char *const names[] = {"possible", "no gain", "undecided", "out", "not run"};

	return names[fate];
}

/* Takes text.  */
static void add_text(json_t *array, char *text)
{
	pr_json_append(array, pr_json_take_string(text));
}

/* Takes text.  */
static void rule_out(struct pr_advice_option *weighed, char *text)
{
	weighed->fate = PR_ADVICE_OUT;
	add_text(weighed->reasons, text);
}

/* ---- correctness ----------------------------------------------------------------------------- */

/* A property of a phase, as a claim would ask for it.  The caller finishes the answer.  */
static void judge_property(const char *name, const struct pr_rows *rows, size_t phase,
                           struct pr_claim_answer *answer)
{
	const struct pr_claims none = {.path = "claims.json"};
	struct pr_claim claim = {.ops = &pr_claim_property, .name = name};
	struct pr_claim_facts facts = {
	        .run = rows->run, .claims = &none, .tests = 1, .confidence = 0.95, .phase = phase};

	pr_claim_answer_init(answer);
	claim.ops->judge(&claim, &facts, answer);
}

static void check_correct(struct pr_advice_option *weighed, const struct pr_rows *rows)
{
	struct pr_claim_answer answer;

	judge_property("integrity", rows, weighed->phase, &answer);
	if (answer.verdict == PR_CLAIM_REFUTED)
		rule_out(weighed, pr_asprintf("It is not correct: %s", answer.evidence.text));
	pr_claim_answer_fini(&answer);
}

/* ---- what decides ---------------------------------------------------------------------------- */

static char *row_text(const struct pr_rows *rows, const struct pr_row *row)
{
	const struct pr_difference *d = &row->difference;

	return pr_asprintf("%s in %s: %s against %s.", row->metric->name,
	                   rows->run->workloads[row->workload].label,
	                   pr_numbers_effect(d->effect, d->lo, d->hi).text,
	                   rows->run->phases[rows->baseline].label);
}

static void tally_row(struct pr_advice_option *weighed, const struct pr_rows *rows,
                      const struct pr_row *row, size_t *decided)
{
	if (row->verdict == PR_VERDICT_IMPROVED)
		add_text(weighed->reasons, row_text(rows, row));
	weighed->improved += row->verdict == PR_VERDICT_IMPROVED;
	*decided += row->verdict != PR_VERDICT_INCONCLUSIVE && row->verdict != PR_VERDICT_VOID &&
	            row->difference.tests > 0;
	if (strcmp(row->metric->name, "throughput") == 0 && row->difference.lo > -1)
		weighed->surely_gained += log1p(row->difference.lo);
}

/* Integrity has been weighed already.  */
static void check_worse(struct pr_advice_option *weighed, const struct pr_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (row->phase != weighed->phase || !row->gating || isnan(row->difference.effect) ||
		    row->verdict != PR_VERDICT_REGRESSED ||
		    strncmp(row->metric->name, "messages_", strlen("messages_")) == 0)
			continue;
		char *text = row_text(rows, row);

		rule_out(weighed, pr_asprintf("It is worse: %s", text));
		free(text);
	}
}

static void check_gains(struct pr_advice_option *weighed, const struct pr_rows *rows)
{
	size_t decided = 0;

	for (size_t i = 0; i < rows->count; i++)
		if (rows->items[i].phase == weighed->phase && rows->items[i].gating)
			tally_row(weighed, rows, &rows->items[i], &decided);
	weighed->fate = weighed->improved > 0 ? PR_ADVICE_POSSIBLE
	                : decided > 0         ? PR_ADVICE_NO_GAIN
	                                      : PR_ADVICE_UNDECIDED;
}

/* ---- prerequisites --------------------------------------------------------------------------- */

static const json_t *find_answer(const json_t *answers, const char *id)
{
	size_t i;
	json_t *answer;

	json_array_foreach((json_t *)answers, i, answer)
	{
		if (strcmp(pr_json_text(answer, "id"), id) == 0)
			return answer;
	}
	return NULL;
}

/* One prerequisite: verdict and evidence.  */
static void weigh_prerequisite(struct pr_advice_option *weighed, const char *what,
                               const char *verdict, const char *evidence)
{
	if (strcmp(verdict, pr_claim_verdict_name(PR_CLAIM_CONFIRMED)) == 0)
		return;
	if (strcmp(verdict, pr_claim_verdict_name(PR_CLAIM_REFUTED)) == 0)
		rule_out(weighed,
		         pr_asprintf("Its prerequisite '%s' is refuted: %s", what, evidence));
	else
		add_text(weighed->unverified, pr_asprintf("%s (%s)", what, verdict));
}

static void check_prerequisites(struct pr_advice_option *weighed,
                                const struct pr_advice_facts *facts)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)weighed->option->prerequisites, i, item)
	{
		const char *what = json_string_value(item);
		const json_t *answer = find_answer(facts->answers, what);

		if (answer != NULL) {
			weigh_prerequisite(weighed, what, pr_json_text(answer, "verdict"),
			                   pr_json_text(answer, "evidence"));
		} else if (strncmp(what, PROPERTY, strlen(PROPERTY)) == 0 &&
		           weighed->phase != PR_RUN_NONE) {
			struct pr_claim_answer judged;

			judge_property(what + strlen(PROPERTY), facts->rows, weighed->phase,
			               &judged);
			weigh_prerequisite(weighed, what, pr_claim_verdict_name(judged.verdict),
			                   judged.evidence.text);
			pr_claim_answer_fini(&judged);
		} else {
			add_text(weighed->unverified, pr_strdup(what));
		}
	}
}

/* ---- the whole ------------------------------------------------------------------------------- */

void pr_advice_option_weigh(struct pr_advice_option *weighed, const struct pr_claims_option *option,
                            const struct pr_advice_facts *facts)
{
	const struct pr_rows *rows = facts->rows;

	*weighed = (struct pr_advice_option){.option = option,
	                                     .phase = pr_run_find_phase(rows->run, option->phase),
	                                     .reasons = json_array(),
	                                     .unverified = json_array()};
	if (weighed->phase == PR_RUN_NONE) {
		weighed->fate = PR_ADVICE_NOT_RUN;
		add_text(weighed->reasons,
		         pr_asprintf("This run has no phase '%s'.", option->phase));
		return;
	}
	check_correct(weighed, rows);
	check_worse(weighed, rows);
	check_prerequisites(weighed, facts);
	if (weighed->fate == PR_ADVICE_OUT)
		return;
	check_gains(weighed, rows);
	if (weighed->phase == rows->baseline)
		weighed->fate = PR_ADVICE_POSSIBLE;
}

void pr_advice_option_fini(struct pr_advice_option *weighed)
{
	json_decref(weighed->reasons);
	json_decref(weighed->unverified);
}
