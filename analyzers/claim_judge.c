/* SPDX-License-Identifier: MIT */
/* analyzers/claim_judge.c - from a measure to an answer in words.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/claim.h"
#include "analyzers/command.h"
#include "analyzers/numbers.h"
#include "analyzers/stats.h"

/* So that a bound that is met exactly is not missed by the last bit.  */
#define SLACK 1e-12

enum pr_claim_verdict pr_claim_decide(const struct pr_claim_measure *m, double lo, double hi)
{
	double slack = SLACK *
	               fmax(fabs(lo) < INFINITY ? fabs(lo) : 0, fabs(hi) < INFINITY ? fabs(hi) : 0);

	if (isnan(m->lo) || isnan(m->hi))
		return PR_CLAIM_NOT_SHOWN;
	if (m->lo >= lo - slack && m->hi <= hi + slack)
		return PR_CLAIM_CONFIRMED;
	return m->hi < lo - slack || m->lo > hi + slack ? PR_CLAIM_REFUTED : PR_CLAIM_NOT_SHOWN;
}

void pr_claim_lacks(struct pr_claim_answer *answer, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	answer->verdict = PR_CLAIM_NOT_TESTABLE;
	free(answer->missing);
	free(answer->brief);
	answer->missing = pr_strdup(text);
	answer->brief = pr_strdup(text);
	pr_buf_clear(&answer->evidence);
	pr_buf_printf(&answer->evidence, "This run cannot tell: %s.", text);
}

const char *pr_claim_place(const struct pr_claim_facts *facts, size_t workload)
{
	return workload == PR_RUN_NONE ? "all workloads together"
	                               : facts->run->workloads[workload].label;
}

/* ---- words ----------------------------------------------------------------------------------- */

static struct pr_numbers number(double value, const char *unit)
{
	static const struct pr_numbers up = {"up from 0"}, down = {"down from 0"};

	if (isinf(value))
		return value > 0 ? up : down;
	return unit == NULL ? pr_numbers_change(value) : pr_numbers_value(value, unit);
}

static void add_wanted(struct pr_buf *out, double lo, double hi, const char *unit)
{
	if (lo == hi)
		pr_buf_puts(out, number(lo, unit).text);
	else if (isinf(lo))
		pr_buf_printf(out, "at most %s", number(hi, unit).text);
	else if (isinf(hi))
		pr_buf_printf(out, "at least %s", number(lo, unit).text);
	else
		pr_buf_printf(out, "%s to %s", number(lo, unit).text, number(hi, unit).text);
}

static void add_measure(struct pr_buf *out, const struct pr_claim_measure *m, const char *unit)
{
	if (unit == NULL && !isinf(m->value))
		pr_buf_puts(out, pr_numbers_effect(m->value, m->exact || m->once ? NAN : m->lo,
		                                   m->exact || m->once ? NAN : m->hi)
		                         .text);
	else
		pr_buf_puts(out, number(m->value, unit).text);
	if (unit != NULL && !m->exact && !m->once && !isnan(m->lo))
		pr_buf_printf(out, " [%s, %s]", number(m->lo, unit).text, number(m->hi, unit).text);
}

/* What it rests on.  */
static void add_basis(struct pr_buf *out, const struct pr_claim_measure *m)
{
	if (m->once)
		pr_buf_puts(out, " (counted once)");
	else if (m->n == 0)
		pr_buf_puts(out, " (in all trials)");
	else
		pr_buf_printf(out, " (%s%s)", m->exact ? "the same in " : "",
		              pr_numbers_plural((double)m->n, "block").text);
}

/* What could have been seen.  */
static void add_power(struct pr_buf *out, const struct pr_claim_facts *facts,
                      const struct pr_claim_measure *m, const char *unit)
{
	if (isnan(m->lo))
		pr_buf_printf(out,
		              " With %s there is no interval that holds for %s at once; it takes "
		              "%zu.",
		              pr_numbers_plural((double)m->n, "block").text,
		              pr_numbers_plural((double)facts->tests, "claim").text,
		              pr_stats_blocks_needed(facts->confidence));
	else if (unit == NULL && isfinite(m->mde))
		pr_buf_printf(out, " This run could have seen %s.",
		              pr_numbers_percent(m->mde).text);
	else
		pr_buf_puts(out, " The interval lies across the border of what is claimed.");
}

void pr_claim_put(const struct pr_claim *claim, const struct pr_claim_facts *facts, size_t workload,
                  const struct pr_claim_measure *m, const char *unit, double lo, double hi,
                  struct pr_claim_answer *answer)
{
	struct pr_buf *out = &answer->evidence, brief;

	pr_buf_init(&brief);
	answer->measure = *m;
	answer->want_lo = lo;
	answer->want_hi = hi;
	answer->verdict = pr_claim_decide(m, lo, hi);
	pr_buf_printf(out, "%s of %s in %s",
	              claim->metric != NULL ? claim->metric->name : claim->name,
	              facts->run->phases[facts->phase].label, pr_claim_place(facts, workload));
	if (unit == NULL)
		pr_buf_printf(out, " against %s", facts->run->phases[facts->baseline].label);
	add_measure(&brief, m, unit);
	answer->brief =
	        pr_asprintf("%s in %s", brief.text,
	                    workload == PR_RUN_NONE ? "all" : pr_claim_place(facts, workload));
	pr_buf_printf(out, ": %s", brief.text);
	add_basis(out, m);
	pr_buf_puts(out, "; claimed: ");
	pr_buf_fini(&brief);
	add_wanted(out, lo, hi, unit);
	pr_buf_puts(out, ".");
	if (answer->verdict == PR_CLAIM_NOT_SHOWN)
		add_power(out, facts, m, unit);
	if (m->depends) {
		answer->verdict = PR_CLAIM_NOT_SHOWN;
		pr_buf_puts(out, " It depends on the length of a run: slices of the whole length "
		                 "give something else.");
	}
}

/* ---- several workloads ----------------------------------------------------------------------- */

void pr_claim_answer_init(struct pr_claim_answer *answer)
{
	*answer = (struct pr_claim_answer){
	        .measure = {.value = NAN, .lo = NAN, .hi = NAN, .mde = NAN},
	        .want_lo = NAN,
	        .want_hi = NAN};
	pr_buf_init(&answer->evidence);
}

void pr_claim_answer_fini(struct pr_claim_answer *answer)
{
	pr_buf_fini(&answer->evidence);
	free(answer->brief);
	free(answer->missing);
	free(answer->command);
}

/* What cannot be told of one workload goes without saying when another tells.  */
static void merge(struct pr_claim_answer *all, struct pr_claim_answer *one, bool first)
{
	bool testable = one->verdict != PR_CLAIM_NOT_TESTABLE;

	if (first || (testable && all->verdict == PR_CLAIM_NOT_TESTABLE)) {
		pr_claim_answer_fini(all);
		*all = *one;
		return;
	}
	if (testable)
		pr_buf_printf(&all->evidence, " %s", one->evidence.text);
	if (testable && one->verdict > all->verdict) {
		char *brief = all->brief;

		all->brief = one->brief;
		one->brief = brief;
		all->verdict = one->verdict;
		all->measure = one->measure;
		all->want_lo = one->want_lo;
		all->want_hi = one->want_hi;
	}
	if (all->verdict == PR_CLAIM_NOT_TESTABLE && all->command == NULL) {
		all->command = one->command;
		one->command = NULL;
	}
	pr_claim_answer_fini(one);
}

static size_t count_covered(const struct pr_claim *claim, const struct pr_run *run)
{
	size_t count = 0;

	for (size_t w = 0; w < run->workload_count; w++)
		count += pr_claim_covers(claim, run, w);
	return count;
}

void pr_claim_each(const struct pr_claim *claim, struct pr_claim_facts *facts,
                   struct pr_claim_answer *answer,
                   void (*judge)(const struct pr_claim *claim, struct pr_claim_facts *facts,
                                 size_t workload, struct pr_claim_answer *answer))
{
	bool first = true;

	if (pr_claim_adds_up(claim->metric) && count_covered(claim, facts->run) > 1) {
		judge(claim, facts, PR_RUN_NONE, answer);
		return;
	}
	for (size_t w = 0; w < facts->run->workload_count; w++) {
		struct pr_claim_answer one;

		if (!pr_claim_covers(claim, facts->run, w))
			continue;
		pr_claim_answer_init(&one);
		judge(claim, facts, w, &one);
		merge(answer, &one, first);
		first = false;
	}
}

/* ---- commands -------------------------------------------------------------------------------- */

double pr_claim_bytes(const char *text)
{
	char *end;
	double value = text != NULL ? strtod(text, &end) : NAN;

	if (text == NULL || end == text || !isfinite(value))
		return NAN;
	return *end == 'K' ? value * 1024 : *end == 'M' ? value * 1048576 : value;
}

/* The phases and workloads of a claim; NULL: all of them.  The caller frees both.  */
static void mark(const struct pr_claim *claim, const struct pr_claim_facts *facts, bool **phases,
                 bool **workloads)
{
	const struct pr_run *run = facts->run;

	*phases = pr_alloc((run->phase_count + 1) * sizeof(bool));
	*workloads = pr_alloc((run->workload_count + 1) * sizeof(bool));
	for (size_t p = 0; p < run->phase_count; p++)
		(*phases)[p] = !claim->ops->of_phase || p == facts->phase || p == facts->baseline;
	for (size_t w = 0; w < run->workload_count; w++)
		(*workloads)[w] = pr_claim_covers(claim, run, w);
}

/* Takes run_line.  */
static char *then_explain(const struct pr_claim *claim, const struct pr_claim_facts *facts,
                          char *run_line, const char *more)
{
	const char *path = claim->path != NULL ? claim->path : facts->claims->path;
	char *file = pr_command_word(path);
	char *line = pr_asprintf("%s%s && proctor explain again --claims %s", run_line, more, file);

	free(run_line);
	free(file);
	return line;
}

char *pr_claim_repeat(const struct pr_claim *claim, const struct pr_claim_facts *facts)
{
	bool *phases, *workloads;
	char *line;

	mark(claim, facts, &phases, &workloads);
	line = then_explain(claim, facts, pr_command_run(facts->run, phases, workloads, NULL), "");
	free(phases);
	free(workloads);
	return line;
}

char *pr_claim_more(const struct pr_claim *claim, const struct pr_claim_facts *facts,
                    const char *workload)
{
	bool *phases, *workloads;
	char *line;

	mark(claim, facts, &phases, &workloads);
	line = then_explain(claim, facts, pr_command_run(facts->run, phases, workloads, workload),
	                    workload == NULL ? " --probe callgrind" : "");
	free(phases);
	free(workloads);
	return line;
}
