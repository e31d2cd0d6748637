/* SPDX-License-Identifier: MIT */
/* analyzers/planted_test.c - a straight ruler passes, a crooked one is told.  */
#include "analyzers/planted.h"

#include <math.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/test.h"

#define ROW                                                                                        \
	"{s:[{s:s,s:s,s:s,s:s,s:b,s:f,s:f,s:f,s:f,s:f,s:f,s:i,s:s,s:b,s:f,s:f,s:f,s:{s:f},s:{s:f}" \
	","                                                                                        \
	"s:s}]}"

struct row {
	const char *metric;
	double effect, lo, hi, p_adjusted, mde;
	const char *verdict;
	bool total_disagrees;
	double total, total_lo, total_hi, baseline, current;
};

static enum pr_planted_result judge(enum pr_planted_kind kind, double size, const struct row *r)
{
	struct pr_planted planted = {kind, size, "part", "something"};
	json_t *comparison = json_pack(
	        ROW, "rows", "workload", "w", "phase", "b", "metric", r->metric, "direction",
	        "higher", "gating", 1, "effect", r->effect, "effect_lo", r->lo, "effect_hi", r->hi,
	        "p", r->p_adjusted, "p_adjusted", r->p_adjusted, "mde", r->mde, "pairs", 12,
	        "verdict", r->verdict, "total_disagrees", r->total_disagrees, "effect_total",
	        r->total, "effect_total_lo", r->total_lo, "effect_total_hi", r->total_hi,
	        "baseline", "value", r->baseline, "current", "value", r->current, "note", "why");
	json_t *checks = json_array();
	enum pr_planted_result result = PR_PLANTED_OK;
	const char *name;

	assert_non_null(comparison);
	pr_planted_judge(&planted, comparison, checks);
	assert_int_equal(json_array_size(checks), 1);
	name = pr_json_text(json_array_get(checks, 0), "result");
	assert_true(strlen(pr_json_text(json_array_get(checks, 0), "note")) > 0);
	while (strcmp(pr_planted_result_name(result), name) != 0)
		result++;
	json_decref(checks);
	json_decref(comparison);
	return result;
}

static void nothing_must_not_be_called_something(void **state)
{
	struct row r = {.metric = "throughput",
	                .effect = 0.001,
	                .lo = -0.004,
	                .hi = 0.005,
	                .p_adjusted = 0.8,
	                .mde = 0.01,
	                .verdict = "equivalent"};

	(void)state;
	assert_int_equal(judge(PR_PLANTED_NOTHING, 0, &r), PR_PLANTED_OK);
	r.verdict = "changed-below-floor"; /* one in twenty, by design */
	r.p_adjusted = 0.03;
	assert_int_equal(judge(PR_PLANTED_NOTHING, 0, &r), PR_PLANTED_OK);
	r.verdict = "regressed";
	assert_int_equal(judge(PR_PLANTED_NOTHING, 0, &r), PR_PLANTED_CROOKED);
	r.verdict = "inconclusive";
	r.p_adjusted = 0.8;
	r.mde = 0.2;
	assert_int_equal(judge(PR_PLANTED_NOTHING, 0, &r), PR_PLANTED_CANNOT_TELL);
	r.verdict = "void";
	assert_int_equal(judge(PR_PLANTED_NOTHING, 0, &r), PR_PLANTED_VOID);
}

static void a_slowdown_must_be_found_and_be_right(void **state)
{
	struct row r = {.metric = "throughput",
	                .effect = -0.05,
	                .lo = -0.06,
	                .hi = -0.04,
	                .p_adjusted = 0.001,
	                .mde = 0.01,
	                .verdict = "regressed"};

	(void)state;
	assert_int_equal(judge(PR_PLANTED_SLOWER, 0.05, &r), PR_PLANTED_OK);
	r.effect = 0.05; /* the wrong way round */
	r.lo = 0.04;
	r.hi = 0.06;
	r.verdict = "improved";
	assert_int_equal(judge(PR_PLANTED_SLOWER, 0.05, &r), PR_PLANTED_CROOKED);
	r.effect = -0.2; /* too much of it */
	r.lo = -0.22;
	r.hi = -0.18;
	r.verdict = "regressed";
	assert_int_equal(judge(PR_PLANTED_SLOWER, 0.05, &r), PR_PLANTED_CROOKED);
	r.effect = -0.03; /* a noisy machine */
	r.lo = -0.08;
	r.hi = 0.02;
	r.p_adjusted = 0.3;
	r.mde = 0.06;
	r.verdict = "inconclusive";
	assert_int_equal(judge(PR_PLANTED_SLOWER, 0.05, &r), PR_PLANTED_CANNOT_TELL);
	r.mde = 0.01; /* not found, and no excuse */
	assert_int_equal(judge(PR_PLANTED_SLOWER, 0.05, &r), PR_PLANTED_CROOKED);
	r.lo = -0.062; /* in blocks that a busy machine leaves too few of */
	r.hi = -0.041;
	r.p_adjusted = 0.078;
	assert_int_equal(judge(PR_PLANTED_SLOWER, 0.05, &r), PR_PLANTED_CANNOT_TELL);
}

static void stalls_must_be_seen_in_the_total(void **state)
{
	struct row r = {.metric = "throughput",
	                .effect = -0.001,
	                .lo = -0.005,
	                .hi = 0.003,
	                .p_adjusted = 0.7,
	                .mde = 0.01,
	                .verdict = "regressed",
	                .total_disagrees = true,
	                .total = -0.3,
	                .total_lo = -0.35,
	                .total_hi = -0.25};

	(void)state;
	assert_int_equal(judge(PR_PLANTED_STALLS, 0.5, &r), PR_PLANTED_OK);
	r.verdict = "equivalent"; /* the median was believed */
	assert_int_equal(judge(PR_PLANTED_STALLS, 0.5, &r), PR_PLANTED_CROOKED);
	r.verdict = "inconclusive";
	assert_int_equal(judge(PR_PLANTED_STALLS, 0.5, &r), PR_PLANTED_CANNOT_TELL);
}

static void reads_must_be_counted(void **state)
{
	struct row r = {.metric = "eagain_per_message",
	                .effect = -1,
	                .lo = -1,
	                .hi = -1,
	                .p_adjusted = 0.001,
	                .mde = 0,
	                .verdict = "improved",
	                .baseline = 1.001,
	                .current = 0.001};

	(void)state;
	assert_int_equal(judge(PR_PLANTED_READS, 1, &r), PR_PLANTED_OK);
	r.baseline = 1.1;
	assert_int_equal(judge(PR_PLANTED_READS, 1, &r), PR_PLANTED_CROOKED);
	r.baseline = 1;
	r.verdict = "equivalent";
	assert_int_equal(judge(PR_PLANTED_READS, 1, &r), PR_PLANTED_CROOKED);
}

static enum pr_err status_of(const char *one, const char *other)
{
	json_t *checks = json_pack("[{s:s},{s:s}]", "result", one, "result", other);
	enum pr_err status = pr_planted_status(checks);

	json_decref(checks);
	return status;
}

static void the_worst_check_decides(void **state)
{
	(void)state;
	assert_int_equal(status_of("ok", "ok"), PR_OK);
	assert_int_equal(status_of("ok", "cannot-tell"), PR_INCONCLUSIVE);
	assert_int_equal(status_of("ok", "void"), PR_INCONCLUSIVE);
	assert_int_equal(status_of("crooked", "void"), PR_WORSE);
	assert_int_equal(status_of("void", "void"), PR_VOID);
}

static void without_rows_nothing_was_measured(void **state)
{
	struct pr_planted planted = {PR_PLANTED_SLOWER, 0.05, "part", "something"};
	json_t *comparison = json_pack("{s:[]}", "rows"), *checks = json_array();

	(void)state;
	pr_planted_judge(&planted, comparison, checks);
	assert_int_equal(json_array_size(checks), 1);
	assert_int_equal(pr_planted_status(checks), PR_VOID);
	json_decref(checks);
	json_decref(comparison);
}

PR_TEST_MAIN(cmocka_unit_test(nothing_must_not_be_called_something),
             cmocka_unit_test(a_slowdown_must_be_found_and_be_right),
             cmocka_unit_test(stalls_must_be_seen_in_the_total),
             cmocka_unit_test(reads_must_be_counted), cmocka_unit_test(the_worst_check_decides),
             cmocka_unit_test(without_rows_nothing_was_measured))
