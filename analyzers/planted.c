/* SPDX-License-Identifier: MIT */
/* analyzers/planted.c - whether a comparison found what was planted.  */
#include "analyzers/planted.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/run.h"
#include "analyzers/verdict.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* A comparison that would not see this much says nothing by seeing nothing.  */
#define SIGHT 0.05

/* Counts are exact but for races that a reader wins now and then.  */
#define READS_TOLERANCE 0.02

const char *pr_planted_result_name(enum pr_planted_result result)
{
	static const char *const names[] = {"ok", "crooked", "cannot-tell", "void"};

	return names[result];
}

/* A finding: a result and its reason.  */
struct finding {
	enum pr_planted_result result;
	char *note;
};

static bool is_text(const json_t *row, const char *key, const char *text)
{
	return strcmp(pr_json_text_or(row, key, ""), text) == 0;
}

static bool is_true(const json_t *row, const char *key)
{
	return json_is_true(json_object_get(row, key));
}

static bool is_called_changed(const json_t *row)
{
	return is_text(row, "verdict", "improved") || is_text(row, "verdict", "regressed");
}

static bool is_significant(const json_t *row)
{
	return pr_run_number(row, "p_adjusted") <= PR_VERDICT_ALPHA;
}

/* The detectable effect in words, or that there is none.  */
static char *sight_note(const json_t *row)
{
	double mde = pr_run_number(row, "mde");

	return isnan(mde) ? pr_strdup("too few blocks to see anything")
	                  : pr_asprintf("a change below %s may go unseen here",
	                                pr_numbers_percent(mde).text);
}

/* ---- by kind --------------------------------------------------------------------------------- */

static struct finding judge_nothing(const json_t *row)
{
	double p = pr_run_number(row, "p_adjusted"), mde = pr_run_number(row, "mde");

	if (is_called_changed(row))
		return (struct finding){PR_PLANTED_CROOKED,
		                        pr_asprintf("called %s although nothing differs (p %s)",
		                                    pr_json_text_or(row, "verdict", ""),
		                                    pr_numbers_p(p).text)};
	if (!(mde <= SIGHT))
		return (struct finding){PR_PLANTED_CANNOT_TELL, sight_note(row)};
	if (is_significant(row))
		return (struct finding){
		        PR_PLANTED_OK,
		        pr_asprintf("not called changed: significant (p %s), as one "
		                    "in twenty is by chance, but too small to matter",
		                    pr_numbers_p(p).text)};
	return (struct finding){PR_PLANTED_OK, pr_asprintf("not called changed; %s is what would "
	                                                   "be seen",
	                                                   pr_numbers_percent(mde).text)};
}

/* True when the interval, widened by half of what was planted to either side, leaves the truth out:
 * the interval alone does so in one test of twenty, by design.  */
static bool misses(const json_t *row, double truth)
{
	double lo = pr_run_number(row, "effect_lo"), hi = pr_run_number(row, "effect_hi");

	return truth < lo - fabs(truth) / 2 || truth > hi + fabs(truth) / 2;
}

static struct finding judge_slower(const json_t *row, double truth)
{
	double effect = pr_run_number(row, "effect"), mde = pr_run_number(row, "mde");

	if (is_significant(row) && effect * truth < 0)
		return (struct finding){PR_PLANTED_CROOKED,
		                        pr_strdup("significant in the wrong direction")};
	if (isnan(mde) || isnan(pr_run_number(row, "effect_lo")))
		return (struct finding){PR_PLANTED_CANNOT_TELL, sight_note(row)};
	if (misses(row, truth))
		return (struct finding){PR_PLANTED_CROOKED,
		                        pr_strdup("the interval is far from what was planted")};
	if (is_significant(row))
		return (struct finding){
		        PR_PLANTED_OK,
		        pr_asprintf("found (p %s)",
		                    pr_numbers_p(pr_run_number(row, "p_adjusted")).text)};
	if (pr_run_number(row, "effect_lo") * pr_run_number(row, "effect_hi") > 0)
		return (struct finding){PR_PLANTED_CANNOT_TELL,
		                        pr_strdup("the interval shows it, but there are too few "
		                                  "blocks to pass the correction")};
	if (fabs(truth) > 2 * mde)
		return (struct finding){PR_PLANTED_CROOKED,
		                        pr_asprintf("not found, though %s should be seen",
		                                    pr_numbers_percent(mde).text)};
	return (struct finding){PR_PLANTED_CANNOT_TELL, sight_note(row)};
}

static struct finding judge_stalls(const json_t *row, double truth)
{
	double total = pr_run_number(row, "effect_total");
	double hi = pr_run_number(row, "effect_total_hi");
	bool unsure = is_text(row, "verdict", "inconclusive"), few = isnan(hi);

	if (few)
		return (struct finding){PR_PLANTED_CANNOT_TELL, sight_note(row)};
	if (is_text(row, "verdict", "regressed") && hi < 0 && total < truth / 2)
		return (struct finding){
		        PR_PLANTED_OK,
		        pr_asprintf("the median slice shows %s, the total time tells",
		                    pr_numbers_change(pr_run_number(row, "effect")).text)};
	if (unsure && is_true(row, "total_disagrees"))
		return (struct finding){PR_PLANTED_CANNOT_TELL,
		                        pr_strdup("the total time differs, but not beyond doubt")};
	return (struct finding){PR_PLANTED_CROOKED,
	                        pr_asprintf("stalls of %s of the time went unseen (%s)",
	                                    pr_numbers_percent(-truth).text,
	                                    pr_json_text_or(row, "verdict", ""))};
}

static double side_value(const json_t *row, const char *side)
{
	return pr_run_number(json_object_get(row, side), "value");
}

static double reads_fewer(const json_t *row)
{
	return side_value(row, "current") - side_value(row, "baseline");
}

static struct finding judge_reads(const json_t *row, double truth)
{
	double found = reads_fewer(row);

	if (fabs(found - truth) > READS_TOLERANCE)
		return (struct finding){PR_PLANTED_CROOKED,
		                        pr_strdup("the counters say otherwise")};
	if (is_text(row, "verdict", "improved"))
		return (struct finding){PR_PLANTED_OK, pr_strdup("counted, and called improved")};
	return (struct finding){
	        is_text(row, "verdict", "inconclusive") ? PR_PLANTED_CANNOT_TELL
	                                                : PR_PLANTED_CROOKED,
	        pr_asprintf("counted, but called %s", pr_json_text_or(row, "verdict", ""))};
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* What the row must show: a fraction of throughput, or reads a message.  */
static double expected_of(const struct pr_planted *planted, const json_t *row)
{
	bool higher = is_text(row, "direction", "higher");

	switch (planted->kind) {
	case PR_PLANTED_SLOWER:
	case PR_PLANTED_STALLS:
		return higher ? 1 / (1 + planted->size) - 1 : planted->size;
	case PR_PLANTED_READS:
		return -planted->size;
	case PR_PLANTED_NOTHING:
		break;
	}
	return 0;
}

static bool belongs(const struct pr_planted *planted, const json_t *row)
{
	switch (planted->kind) {
	case PR_PLANTED_SLOWER:
	case PR_PLANTED_STALLS:
		return is_text(row, "metric", "throughput");
	case PR_PLANTED_READS:
		return is_text(row, "metric", "eagain_per_message") ||
		       is_text(row, "metric", "recv_per_message");
	case PR_PLANTED_NOTHING:
		break;
	}
	return is_true(row, "gating") && !isnan(pr_run_number(row, "p"));
}

static struct finding judge(const struct pr_planted *planted, const json_t *row, double expected)
{
	if (is_text(row, "verdict", "void"))
		return (struct finding){PR_PLANTED_VOID,
		                        pr_strdup(pr_json_text_or(row, "note", ""))};
	switch (planted->kind) {
	case PR_PLANTED_SLOWER:
		return judge_slower(row, expected);
	case PR_PLANTED_STALLS:
		return judge_stalls(row, expected);
	case PR_PLANTED_READS:
		return judge_reads(row, expected);
	case PR_PLANTED_NOTHING:
		break;
	}
	return judge_nothing(row);
}

json_t *pr_planted_add(const struct pr_planted *planted, const char *workload, const char *metric,
                       double expected, double found, enum pr_planted_result result,
                       const char *note, json_t *checks)
{
	json_t *check = json_object();

	pr_json_set(check, "part", json_string(planted->part));
	pr_json_set(check, "planted", json_string(planted->text));
	pr_json_set(check, "workload", pr_json_new_string(workload));
	pr_json_set(check, "metric", pr_json_new_string(metric));
	pr_json_set(check, "expected", pr_json_new_real(expected));
	pr_json_set(check, "found", pr_json_new_real(found));
	for (const char *const *key = (const char *const[]){"found_lo", "found_hi", "p",
	                                                    "p_adjusted", "mde", "blocks", NULL};
	     *key != NULL; key++)
		pr_json_set(check, *key, json_null());
	pr_json_set(check, "result", json_string(pr_planted_result_name(result)));
	pr_json_set(check, "note", json_string(note));
	pr_json_append(checks, check);
	return check;
}

static void add_row(const struct pr_planted *planted, const json_t *row, json_t *checks)
{
	double expected = expected_of(planted, row);
	struct finding finding = judge(planted, row, expected);
	bool reads = planted->kind == PR_PLANTED_READS;
	const char *found = planted->kind == PR_PLANTED_STALLS ? "effect_total" : "effect";
	json_t *check = pr_planted_add(planted, pr_json_text_or(row, "workload", ""),
	                               pr_json_text_or(row, "metric", ""), expected,
	                               reads ? reads_fewer(row) : pr_run_number(row, found),
	                               finding.result, finding.note, checks);
	char *lo = pr_asprintf("%s_lo", found), *hi = pr_asprintf("%s_hi", found);

	if (!reads) {
		pr_json_set(check, "found_lo", pr_json_new_real(pr_run_number(row, lo)));
		pr_json_set(check, "found_hi", pr_json_new_real(pr_run_number(row, hi)));
	}
	pr_json_set(check, "p", pr_json_new_real(pr_run_number(row, "p")));
	pr_json_set(check, "p_adjusted", pr_json_new_real(pr_run_number(row, "p_adjusted")));
	pr_json_set(check, "mde", pr_json_new_real(pr_run_number(row, "mde")));
	pr_json_set(check, "blocks", json_integer((json_int_t)pr_run_number(row, "pairs")));
	free(lo);
	free(hi);
	free(finding.note);
}

void pr_planted_judge(const struct pr_planted *planted, const json_t *comparison, json_t *checks)
{
	size_t before = json_array_size(checks), i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		if (belongs(planted, row))
			add_row(planted, row, checks);
	}
	if (json_array_size(checks) == before)
		pr_planted_add(planted, NULL, NULL, NAN, NAN, PR_PLANTED_VOID,
		               "the comparison has no row for it", checks);
}

enum pr_err pr_planted_status(const json_t *checks)
{
	size_t counts[4] = {0}, i;
	json_t *check;

	json_array_foreach((json_t *)checks, i, check)
	{
		for (int result = PR_PLANTED_OK; result <= PR_PLANTED_VOID; result++)
			counts[result] += is_text(check, "result", pr_planted_result_name(result));
	}
	if (counts[PR_PLANTED_CROOKED] > 0)
		return PR_WORSE;
	if (counts[PR_PLANTED_VOID] == json_array_size(checks))
		return PR_VOID;
	return counts[PR_PLANTED_CANNOT_TELL] + counts[PR_PLANTED_VOID] > 0 ? PR_INCONCLUSIVE
	                                                                    : PR_OK;
}
