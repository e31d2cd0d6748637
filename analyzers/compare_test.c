/* SPDX-License-Identifier: MIT */
/* analyzers/compare_test.c - runs in, comparisons and explanations out.
 *
 * Three kinds of expectation.  What was planted in the runs of fixtures/run must be found, and what
 * was not must not.  The numbers must be those of fixtures/oracle/compare.py.  And each document
 * must be the one in fixtures/compare, which a person has read (fixtures/compare/update.sh writes
 * them anew).  */
#include "analyzers/compare.h"

#include <dirent.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "analyzers/compare_format.h"
#include "analyzers/explain.h"
#include "analyzers/explain_view.h"
#include "analyzers/sentence.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

/* Paths are relative to fixtures, so that "run.path" is the same everywhere.  */
static struct pr_run *load(const char *name)
{
	char *dir = pr_asprintf("run/%s", name);
	struct pr_run *run = NULL;
	struct pr_error why;

	assert_int_equal(chdir(PR_FIXTURES), 0);
	assert_ok(pr_run_load(dir, &run, &why), why);
	free(dir);
	return run;
}

static json_t *compare_with(const char *name, const char *baseline, double delta)
{
	struct pr_compare_opts opts = {baseline, delta > 0 ? delta : PR_COMPARE_DELTA, NULL};
	struct pr_run *run = load(name);
	struct pr_error why = {""};
	json_t *comparison = pr_compare(run, &opts, &why);

	if (comparison == NULL)
		fail_msg("%s: %s", name, why.text);
	pr_run_destroy(&run);
	return comparison;
}

static json_t *compare(const char *name)
{
	return compare_with(name, NULL, 0);
}

static json_t *explain(const char *name)
{
	struct pr_run *run = load(name);
	struct pr_error why = {""};
	json_t *explanation = pr_explain(run, NULL, &why);

	assert_non_null(explanation);
	pr_run_destroy(&run);
	return explanation;
}

static bool is(const json_t *object, const char *key, const char *value)
{
	const char *text = pr_json_text(object, key);

	return text != NULL && strcmp(text, value) == 0;
}

static json_t *find(const json_t *array, const char *workload, const char *phase,
                    const char *metric)
{
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)array, i, row)
	{
		if (is(row, "workload", workload) && is(row, "phase", phase) &&
		    (metric == NULL || is(row, "metric", metric)))
			return row;
	}
	fail_msg("no row for %s, %s, %s", workload, phase, metric != NULL ? metric : "-");
	return NULL;
}

static json_t *row_of(const json_t *comparison, const char *workload, const char *phase,
                      const char *metric)
{
	return find(json_object_get(comparison, "rows"), workload, phase, metric);
}

static double number(const json_t *object, const char *key)
{
	return pr_run_number(object, key);
}

static bool is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static void check_text(const json_t *object, const char *key, const char *part)
{
	const char *text = pr_json_text(object, key);

	if (text == NULL || strstr(text, part) == NULL)
		fail_msg("%s is '%s', expected '%s' in it", key, text != NULL ? text : "null",
		         part);
}

/* ---- what was planted ------------------------------------------------------------------------ */

static void check_planted(const json_t *comparison, const char *workload, const char *phase,
                          double effect, const char *verdict)
{
	const json_t *row = row_of(comparison, workload, phase, "throughput");

	assert_true(number(row, "effect_lo") <= effect && effect <= number(row, "effect_hi"));
	if (verdict != NULL)
		check_text(row, "verdict", verdict);
}

static void test_seed(void **state)
{
	static const char *const workloads[] = {"pingpong", "streaming"};
	json_t *comparison = compare("seed");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		check_planted(comparison, workloads[i], "slower", 0.937 - 1, "regressed");
		check_planted(comparison, workloads[i], "same", 0, NULL);
		check_planted(comparison, workloads[i], "faster", 0.6, "improved");
		check_planted(comparison, workloads[i], "zmq", 0.4 - 1, "regressed");
	}
	assert_int_equal(pr_compare_status(comparison), PR_WORSE);
	/* Other engines are shown and do not decide.  */
	assert_true(json_is_true(json_object_get(
	        row_of(comparison, "streaming", "faster", "throughput"), "gating")));
	assert_true(json_is_false(
	        json_object_get(row_of(comparison, "streaming", "zmq", "throughput"), "gating")));
	assert_true(json_is_false(json_object_get(
	        row_of(comparison, "pingpong", "faster", "latency_p99"), "gating")));
	check_text(comparison, "sentence", "slower is slower (");
	json_decref(comparison);
}

static void test_counts(void **state)
{
	json_t *comparison = compare("seed"), *counted = json_object_get(comparison, "counted");
	const json_t *row = row_of(comparison, "pingpong", "faster", "eagain_per_message");
	const json_t *reported = json_array_get(json_object_get(comparison, "as_reported"), 0);

	(void)state;
	assert_true(number(row, "effect") == -1 && number(row, "effect_lo") == -1);
	check_text(row, "verdict", "improved");
	assert_true(is_true(row, "once") == false && is_true(row, "identical") == false);
	row = row_of(comparison, "pingpong", "same", "recv_per_message");
	check_text(row, "note", "the same in every block");
	assert_true(is_true(row, "identical"));
	check_text(row, "verdict", "equivalent");
	row = row_of(comparison, "pingpong", "zmq", "eagain_per_message");
	check_text(row, "verdict", "inconclusive");
	check_text(row, "note", "one traced trial");
	assert_true(is_true(row, "once"));
	row = find(counted, "pingpong", "baseline", NULL);
	assert_true(number(row, "receives_per_message") == 2);
	assert_true(number(row, "would_blocks_per_message") == 1);
	assert_true(json_is_true(json_object_get(row, "agree")));
	row = find(counted, "pingpong", "zmq", NULL);
	assert_true(json_is_null(json_object_get(row, "agree")));
	check_text(row, "note", "this engine has no hooks");
	assert_true(number(reported, "recvfrom") == 18 + 4000 + 1616 + 2);
	assert_true(number(reported, "eagain") == 10 + 2000 + 3);
	check_text(comparison, "as_reported_note", "1.56 is not per message");
	check_text(comparison, "as_reported_note", "moved 202,000 messages");
	check_text(comparison, "as_reported_note", "baseline makes 2.00 receives and 1.00");
	json_decref(comparison);
}

/* None of a count is -100 %, and there is nothing below it, however the baseline moves.  */
static void test_counts_do_not_fall_below_zero(void **state)
{
	json_t *comparison = compare("strays");
	const json_t *row = row_of(comparison, "streaming", "none", "eagain_per_message");
	size_t i;
	json_t *each;

	(void)state;
	assert_true(number(row, "effect") == -1 && number(row, "effect_lo") == -1);
	assert_true(number(row, "effect_hi") < -0.3);
	row = row_of(comparison, "streaming", "more", "eagain_per_message");
	assert_true(number(row, "effect") > 2 && number(row, "effect_lo") == -1);
	json_array_foreach(json_object_get(comparison, "rows"), i, each)
	{
		assert_false(number(each, "effect_lo") < -1);
	}
	json_decref(comparison);
}

/* What the best phase does against another engine is what a comparison with that engine as the
 * baseline says.  */
static void test_against_engines(void **state)
{
	static const char *const workloads[] = {"pingpong", "streaming"};
	static const char *const keys[] = {"effect", "effect_lo", "effect_hi"};
	json_t *comparison = compare("seed"), *reversed = compare_with("seed", "zmq", 0);
	json_t *list = json_object_get(comparison, "against_engines");

	(void)state;
	assert_int_equal(json_array_size(list), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *entry = json_array_get(list, i);
		const json_t *row = row_of(reversed, workloads[i], "faster", "throughput");

		check_text(entry, "workload", workloads[i]);
		check_text(entry, "phase", "faster");
		check_text(entry, "engine_phase", "zmq");
		for (size_t k = 0; k < 3; k++)
			assert_true(number(entry, keys[k]) == number(row, keys[k]));
		/* 1.6 / 0.4 was planted.  */
		assert_true(number(entry, "effect_lo") < 3 && number(entry, "effect_hi") > 3);
	}
	check_text(comparison, "sentence", " Against zmq, faster moves \u00d7");
	json_decref(comparison);
	json_decref(reversed);
	comparison = compare("versions");
	assert_int_equal(json_array_size(json_object_get(comparison, "against_engines")), 0);
	json_decref(comparison);
}

/* What changed with its effect, the largest first; the others by name.  */
static void test_sentence(void **state)
{
	json_t *comparison = compare("seed"), *strays = compare("strays");
	const char *text = pr_json_text(comparison, "sentence");
	size_t size = pr_sentence_size(text);

	(void)state;
	assert_true(strncmp(text, "Throughput against baseline in pingpong: faster is faster (",
	                    59) == 0);
	assert_true(strncmp(text + size, " In streaming: faster is faster (", 33) == 0);
	check_text(strays, "sentence", "in pingpong: undecided: none, more. In streaming: ");
	assert_int_equal(pr_sentence_size("One 1.5 % more. two. Three."), 20);
	assert_int_equal(pr_sentence_size("None"), 4);
	assert_int_equal(pr_sentence_size("."), 1);
	assert_int_equal(pr_sentence_size(""), 0);
	json_decref(comparison);
	json_decref(strays);
}

static void test_few_blocks(void **state)
{
	json_t *few = compare("few"), *six = compare("six");
	const json_t *row = row_of(few, "streaming", "slower", "throughput");

	(void)state;
	check_text(row, "verdict", "inconclusive");
	check_text(row, "note", "too few blocks (4) for an interval: at least 6 are needed");
	assert_true(json_is_null(json_object_get(row, "effect_lo")));
	assert_true(fabs(number(row, "effect") + 0.2) < 0.05);
	check_text(few, "sentence", "With 4 blocks no change can be shown: at least 8 are needed.");
	assert_int_equal(pr_compare_status(few), PR_INCONCLUSIVE);
	row = row_of(six, "streaming", "slower", "throughput");
	check_text(row, "note", "6 blocks cannot pass the correction for 5 tests: at least 8");
	assert_true(number(row, "effect_hi") < 0);
	json_decref(few);
	json_decref(six);
}

static void test_equal_and_noisy(void **state)
{
	json_t *equal = compare("equal"), *noisy = compare("noisy");
	const json_t *row = row_of(equal, "streaming", "again", "throughput");

	(void)state;
	check_text(row, "verdict", "equivalent");
	check_text(row, "note", "no change larger than");
	assert_int_equal(pr_compare_status(equal), PR_OK);
	row = row_of(noisy, "streaming", "again", "throughput");
	check_text(row, "verdict", "inconclusive");
	check_text(row, "note", "may go unseen in 8 blocks");
	assert_int_equal(pr_compare_status(noisy), PR_INCONCLUSIVE);
	json_decref(equal);
	json_decref(noisy);
}

static void test_stall(void **state)
{
	json_t *comparison = compare("stall");
	const json_t *row = row_of(comparison, "streaming", "stalls", "throughput");

	(void)state;
	assert_true(fabs(number(row, "effect")) < 0.02);
	assert_true(number(row, "effect_total") < -0.5);
	check_text(row, "verdict", "regressed");
	check_text(row, "note", "some slices stalled");
	check_text(comparison, "sentence", "stalls is slower by total time (");
	json_decref(comparison);
}

static void test_failed(void **state)
{
	json_t *comparison = compare("failed");
	const json_t *row = row_of(comparison, "streaming", "crashes", "throughput");

	(void)state;
	check_text(row, "verdict", "void");
	check_text(row, "note", "not measured: crashes failed: the worker ended with signal 11");
	assert_true(json_is_null(json_object_get(json_object_get(row, "current"), "value")));
	row = row_of(comparison, "streaming", "loses", "messages_lost");
	assert_true(number(json_object_get(row, "current"), "value") == 7);
	check_text(row, "verdict", "regressed");
	assert_int_equal(pr_compare_status(comparison), PR_WORSE);
	check_text(comparison, "sentence",
	           "Messages were lost in pingpong by loses (7); in streaming by loses (7)");
	json_decref(comparison);
}

static void test_untraced(void **state)
{
	json_t *comparison = compare("untraced");
	const json_t *counted = json_object_get(comparison, "counted");
	const json_t *row = find(counted, "pingpong", "reactive", NULL);

	(void)state;
	check_text(row, "probe", "hooks");
	check_text(row, "note", "not traced: ptrace is not permitted here; the hooks of the timed");
	assert_true(number(row, "messages") == 8 * 2000);
	assert_true(number(row, "would_blocks") == 0);
	row = find(counted, "pingpong", "zmq", NULL);
	assert_true(json_is_null(json_object_get(row, "receives")));
	assert_true(json_is_null(json_object_get(row, "probe")));
	assert_int_equal(json_array_size(json_object_get(comparison, "as_reported")), 0);
	assert_true(json_is_null(json_object_get(comparison, "as_reported_note")));
	json_decref(comparison);
}

static void test_disagree(void **state)
{
	json_t *comparison = compare("disagree");
	const json_t *row =
	        find(json_object_get(comparison, "counted"), "pingpong", "baseline", NULL);

	(void)state;
	assert_true(json_is_false(json_object_get(row, "agree")));
	assert_true(number(row, "receives") == 4000);
	check_text(row, "note",
	           "hooks count 4,001 receives and 2,000 would-blocks, strace 4,000 and");
	check_text(row, "note", "strace is believed");
	json_decref(comparison);
}

static json_t *witness(const json_t *comparison, const char *name, const char *phase)
{
	size_t i;
	json_t *item;

	json_array_foreach(json_object_get(comparison, "witnesses"), i, item)
	{
		if (is(item, "name", name) && is(item, "phase", phase))
			return item;
	}
	fail_msg("no witness %s for %s", name, phase);
	return NULL;
}

static void test_witnesses(void **state)
{
	json_t *held = compare("held"), *seed = compare("seed");
	const char *first =
	        json_string_value(json_array_get(json_object_get(seed, "not_exercised"), 0));

	(void)state;
	assert_true(number(witness(held, "stops", "holds"), "value") == 12 * 9);
	check_text(witness(held, "stops", "baseline"), "text",
	           "stops 0: what the phases change under backpressure never ran in this workload");
	check_text(witness(seed, "recv_full", "faster"), "text", "recv_full 0: no receive filled");
	assert_non_null(
	        strstr(first, "Backpressure: hwm is 0 (unlimited) and input was never held"));
	first = json_string_value(json_array_get(json_object_get(held, "not_exercised"), 0));
	assert_null(strstr(first, "Backpressure"));
	json_decref(held);
	json_decref(seed);
}

/* Two versions of another engine are compared with each other.  */
static void test_candidates(void **state)
{
	json_t *comparison = compare("versions");

	(void)state;
	assert_true(json_is_true(
	        json_object_get(row_of(comparison, "streaming", "new", "throughput"), "gating")));
	assert_true(json_is_false(
	        json_object_get(row_of(comparison, "streaming", "floor", "throughput"), "gating")));
	assert_int_equal(pr_compare_status(comparison), PR_OK);
	json_decref(comparison);
	comparison = compare("alone");
	assert_int_equal(pr_compare_status(comparison), PR_VOID);
	json_decref(comparison);
}

static void test_options(void **state)
{
	json_t *comparison = compare_with("seed", "slower", 0.10);
	struct pr_compare_opts wrong = {.baseline = "slow", .delta = PR_COMPARE_DELTA};
	struct pr_run *run = load("seed");
	struct pr_error why = {""};

	(void)state;
	check_text(comparison, "baseline", "slower");
	check_text(row_of(comparison, "streaming", "baseline", "throughput"), "verdict",
	           "changed-below-floor");
	json_decref(comparison);
	assert_null(pr_compare(run, &wrong, &why));
	assert_string_equal(why.text,
	                    "run/seed has no phase 'slow' to compare with; did you mean 'slower'?");
	pr_run_destroy(&run);
}

/* ---- shares of the floor --------------------------------------------------------------------- */

/* Turns a phase of a run into one of that engine with one option.  */
static void disguise(struct pr_run *run, const char *label, const char *engine, json_t *options)
{
	struct pr_run_phase *phase = &run->phases[pr_run_find_phase(run, label)];

	phase->engine = engine;
	phase->options = options;
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median_throughput(const struct pr_run *run, const char *phase, const char *workload)
{
	double values[64];
	size_t n = run->block_count;

	for (size_t i = 0; i < n; i++)
		values[i] = pr_run_metric(pr_run_find_trial(run, pr_run_find_phase(run, phase),
		                                            pr_run_find_workload(run, workload),
		                                            run->blocks[i]),
		                          "throughput");
	qsort(values, n, sizeof(*values), by_size);
	return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

/* The share of a phase in a workload that matches or does not; limit NULL: there must be none.  */
static void check_limit(const struct pr_run *run, const json_t *comparison, const char *workload,
                        const char *phase, bool matches, const char *limit, const char *kernel)
{
	const json_t *found = NULL;
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "limit"), i, row)
	{
		if (is(row, "workload", workload) && is(row, "phase", phase) &&
		    json_is_true(json_object_get(row, "matches")) == matches)
			found = row;
	}
	assert_int_equal(found != NULL, limit != NULL);
	if (limit == NULL)
		return;
	check_text(found, "limit_phase", limit);
	check_text(found, "kernel", kernel);
	assert_true(fabs(number(found, "share") - median_throughput(run, phase, workload) /
	                                                  median_throughput(run, limit, workload)) <
	            1e-9);
	assert_true(number(found, "share_lo") <= number(found, "share"));
	assert_true(number(found, "share_hi") >= number(found, "share"));
}

/* Which kernel is the measure depends on what the engine does with the workload.  */
static void test_limits(void **state)
{
	struct pr_compare_opts opts = {"baseline", PR_COMPARE_DELTA, NULL};
	json_t *handoff = json_pack("{s:s}", "kernel", "handoff");
	json_t *hops = json_pack("{s:s}", "kernel", "hops");
	json_t *caller = json_pack("{s:s}", "io", "caller");
	struct pr_run *run = load("seed");
	struct pr_error why;
	json_t *comparison;

	(void)state;
	disguise(run, "slower", "floor", handoff);
	disguise(run, "same", "floor", hops);
	disguise(run, "faster", "core", caller);
	comparison = pr_compare(run, &opts, &why);
	assert_non_null(comparison);
	check_limit(run, comparison, "pingpong", "baseline", true, "same", "hops");
	check_limit(run, comparison, "pingpong", "zmq", true, "same", "hops");
	check_limit(run, comparison, "pingpong", "faster", true, "floor", "parsed");
	check_limit(run, comparison, "streaming", "zmq", true, "slower", "handoff");
	check_limit(run, comparison, "streaming", "faster", true, "slower", "handoff");
	check_limit(run, comparison, "streaming", "zmq", false, "floor", "parsed");
	check_limit(run, comparison, "pingpong", "faster", false, "floor", "parsed");
	check_limit(run, comparison, "pingpong", "same", true, NULL, NULL);
	json_decref(comparison);
	pr_run_destroy(&run);
	json_decref(handoff);
	json_decref(hops);
	json_decref(caller);
}

/* ---- the oracle ------------------------------------------------------------------------------ */

static void check_number(const json_t *row, const char *key, const json_t *expected,
                         const char *other)
{
	double found = number(row, key), wanted = number(expected, other);

	if (isnan(wanted))
		return;
	if (!(fabs(found - wanted) <= 1e-9))
		fail_msg("%s of %s, %s, %s: found %.12g, expected %.12g", key,
		         pr_json_text(expected, "workload"), pr_json_text(expected, "phase"),
		         pr_json_text(expected, "metric"), found, wanted);
}

static void check_oracle(const json_t *comparison, const json_t *expected)
{
	const json_t *row =
	        row_of(comparison, pr_json_text(expected, "workload"),
	               pr_json_text(expected, "phase"), pr_json_text(expected, "metric"));

	check_number(row, "effect", expected, "effect");
	check_number(row, "effect_lo", expected, "effect_lo");
	check_number(row, "effect_hi", expected, "effect_hi");
	check_number(row, "p", expected, "p");
	/* The oracle corrects every phase; only those that decide are corrected so here.  */
	if (json_is_true(json_object_get(row, "gating")))
		check_number(row, "p_adjusted", expected, "p_holm");
}

static void test_oracle(void **state)
{
	struct pr_error why;
	const char *name;
	json_t *oracle, *rows, *expected;
	size_t i;

	(void)state;
	assert_ok(pr_json_read_file(PR_FIXTURES "/oracle/compare.json", &oracle, &why), why);
	json_object_foreach(oracle, name, rows)
	{
		json_t *comparison = compare(name);

		json_array_foreach(rows, i, expected) check_oracle(comparison, expected);
		json_decref(comparison);
	}
	json_decref(oracle);
}

/* ---- whole documents ------------------------------------------------------------------------- */

/* Equal, but for the last digits of real numbers: the C library's logarithms differ between
 * machines.  */
static bool nearly_equal(const json_t *left, const json_t *right)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_number(left) && json_is_number(right)) {
		double a = json_number_value(left), b = json_number_value(right);

		return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b));
	}
	if (json_is_object(left) && json_is_object(right)) {
		json_object_foreach((json_t *)left, key, value)
		{
			if (!nearly_equal(value, json_object_get(right, key)))
				return false;
		}
		return json_object_size(left) == json_object_size(right);
	}
	if (json_is_array(left) && json_is_array(right)) {
		json_array_foreach((json_t *)left, i, value)
		{
			if (!nearly_equal(value, json_array_get(right, i)))
				return false;
		}
		return json_array_size(left) == json_array_size(right);
	}
	return right != NULL && json_equal(left, right);
}

static void check_document(const char *name, const char *suffix, json_t *found)
{
	char *path = pr_asprintf(PR_FIXTURES "/compare/%s.%s.json", name, suffix);
	struct pr_error why;
	json_t *expected;
	const char *key;
	json_t *value;

	assert_ok(pr_json_read_file(path, &expected, &why), why);
	json_object_foreach(expected, key, value)
	{
		if (!nearly_equal(json_object_get(found, key), value))
			fail_msg("%s: member '%s' differs; fixtures/compare/update.sh writes it "
			         "anew "
			         "for you to read",
			         path, key);
	}
	assert_int_equal(json_object_size(found), json_object_size(expected));
	json_decref(expected);
	json_decref(found);
	free(path);
}

static void each_run(void (*check)(const char *name))
{
	DIR *dir = opendir(PR_FIXTURES "/run");
	size_t count = 0;

	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
			check(entry->d_name);
			count++;
		}
	closedir(dir);
	assert_int_equal(count, 15);
}

static void check_documents(const char *name)
{
	check_document(name, "comparison", compare(name));
	check_document(name, "explanation", explain(name));
}

static void test_documents(void **state)
{
	(void)state;
	each_run(check_documents);
}

/* ---- texts ----------------------------------------------------------------------------------- */

static void check_file(const char *name, char *found)
{
	char *path = pr_asprintf(PR_FIXTURES "/compare/%s", name);
	struct pr_buf expected;
	struct pr_error why;

	pr_buf_init(&expected);
	assert_ok(pr_buf_read_file(&expected, path, &why), why);
	assert_string_equal(found, expected.text);
	pr_buf_fini(&expected);
	free(found);
	free(path);
}

static void test_texts(void **state)
{
	json_t *comparison = compare("seed"), *explanation = explain("seed");
	struct pr_run *run = load("seed");
	struct pr_view *view = pr_compare_view(comparison, PR_COMPARE_BRIEF);

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	check_file("seed.compare.txt", pr_view_text(view, 120, false));
	pr_view_destroy(&view);
	view = pr_compare_view(comparison, PR_COMPARE_FULL);
	check_file("seed.compare.md", pr_view_markdown(view));
	pr_view_destroy(&view);
	view = pr_explain_view(explanation);
	check_file("seed.explain.txt", pr_view_text(view, 120, false));
	check_file("seed.explain.md", pr_view_markdown(view));
	pr_view_destroy(&view);
	check_file("seed.compare.csv", pr_compare_csv(comparison));
	check_file("seed.compare.go", pr_compare_go(run));
	json_decref(comparison);
	json_decref(explanation);
	pr_run_destroy(&run);
}

static size_t line_width(const char *line, size_t size)
{
	wchar_t wide[1024];
	char *copy = pr_asprintf("%.*s", (int)size, line);
	size_t count = mbstowcs(wide, copy, 1024);
	int width = wcswidth(wide, count);

	assert_true(width >= 0);
	free(copy);
	return (size_t)width;
}

static void check_lines(const char *name, const char *text, size_t width)
{
	for (const char *line = text; *line != '\0';) {
		size_t size = strcspn(line, "\n");

		/* One column and the repeated ones may need more than very little.  */
		if (width >= 120 && line_width(line, size) > width)
			fail_msg("%s: a line is wider than %zu: %.*s", name, width, (int)size,
			         line);
		if (size > 0 && line[size - 1] == ' ')
			fail_msg("%s: a line ends in a blank: %.*s", name, (int)size, line);
		line += size + (line[size] == '\n');
	}
	assert_null(strstr(text, "\\x"));
	assert_null(strstr(text, "nan"));
}

static void check_width(const char *name)
{
	json_t *comparison = compare(name);

	for (int detail = PR_COMPARE_BRIEF; detail <= PR_COMPARE_FULL; detail++) {
		struct pr_view *view = pr_compare_view(comparison, (enum pr_compare_detail)detail);

		for (size_t width = 60; width <= 200; width += 20) {
			char *text = pr_view_text(view, width, false);

			check_lines(name, text, width);
			free(text);
		}
		pr_view_destroy(&view);
	}
	json_decref(comparison);
}

static void test_widths(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	each_run(check_width);
}

/* ---- many workloads -------------------------------------------------------------------------- */

static void add_overview_row(json_t *rows, const char *workload, const char *metric,
                             const char *unit, double effect)
{
	json_array_append_new(
	        rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:f}, s:{s:f}, s:f, s:f, s:f}",
	                        "workload", workload, "phase", "core", "metric", metric, "unit",
	                        unit, "verdict", "improved", "short", "better", "baseline", "value",
	                        1000000.0, "current", "value", 2000000.0, "effect", effect,
	                        "effect_lo", effect - 0.01, "effect_hi", effect + 0.01));
}

/* One line a workload: factors, share of the floor, latencies where there are some.  */
static void test_overview(void **state)
{
	json_t *rows = json_array(), *workloads = json_array(), *comparison;
	struct pr_view *view;
	char *text;

	(void)state;
	for (int i = 0; i < 12; i++) {
		char *label = pr_asprintf("w%d", i);

		json_array_append_new(workloads, json_string(label));
		add_overview_row(rows, label, "throughput", "msg/s", 1);
		add_overview_row(rows, label, "messages_lost", "messages", 0);
		if (i == 3)
			add_overview_row(rows, label, "latency_p50", "ns", -0.5);
		free(label);
	}
	comparison = json_pack("{s:s, s:s, s:[s, s, s], s:o, s:o, s:[{s:s, s:s, s:s, s:f}], s:{}}",
	                       "baseline", "zmq", "sentence", "It is so.", "phases", "zmq", "core",
	                       "floor", "workloads", workloads, "rows", rows, "limit", "workload",
	                       "w2", "phase", "core", "limit_phase", "floor", "share", 0.42, "run");
	assert_non_null(comparison);
	view = pr_compare_view(comparison, PR_COMPARE_BRIEF);
	text = pr_view_markdown(view);
	assert_non_null(strstr(text, "better in 12 workloads, worse in 0"));
	assert_non_null(strstr(text, "Messages were lost"));
	assert_non_null(strstr(text, "42.0 %"));
	assert_non_null(strstr(text, "core against zmq: latency (service time"));
	assert_null(strstr(text, "many connections"));
	assert_null(strstr(text, "floor against zmq"));
	free(text);
	pr_view_destroy(&view);
	json_decref(comparison);
}

PR_TEST_MAIN(cmocka_unit_test(test_seed), cmocka_unit_test(test_counts),
             cmocka_unit_test(test_counts_do_not_fall_below_zero),
             cmocka_unit_test(test_against_engines), cmocka_unit_test(test_sentence),
             cmocka_unit_test(test_few_blocks), cmocka_unit_test(test_equal_and_noisy),
             cmocka_unit_test(test_stall), cmocka_unit_test(test_failed),
             cmocka_unit_test(test_untraced), cmocka_unit_test(test_disagree),
             cmocka_unit_test(test_witnesses), cmocka_unit_test(test_candidates),
             cmocka_unit_test(test_options), cmocka_unit_test(test_limits),
             cmocka_unit_test(test_oracle), cmocka_unit_test(test_documents),
             cmocka_unit_test(test_texts), cmocka_unit_test(test_widths),
             cmocka_unit_test(test_overview))
