/* SPDX-License-Identifier: MIT */
/* analyzers/run_test.c - good runs are loaded, damaged ones are refused with one sentence.
 *
 * fixtures/run/broken.json lists damages to the run `few`, each with a part of the sentence.  */
#include "analyzers/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

#define FOLDER PR_FIXTURES "/run"

static struct pr_run *load(const char *name)
{
	char *dir = pr_asprintf(FOLDER "/%s/", name);
	struct pr_run *run = NULL;
	struct pr_error why;

	assert_ok(pr_run_load(dir, &run, &why), why);
	free(dir);
	return run;
}

static void test_seed(void **state)
{
	struct pr_run *run = load("seed");
	const struct pr_run_sample *samples;
	const struct pr_run_trial *trial;
	size_t count;

	(void)state;
	assert_int_equal(run->phase_count, 6);
	assert_int_equal(run->workload_count, 2);
	assert_int_equal(run->block_count, 10);
	assert_int_equal(run->trial_count, 6 * 2 * 11);
	assert_int_equal(run->sample_count, 6 * 10 * (4 + 5));
	assert_int_equal(pr_run_find_phase(run, "faster"), 3);
	assert_int_equal(pr_run_find_phase(run, "nobody"), PR_RUN_NONE);
	samples = pr_run_samples(run, 3, 1, 10, &count);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(samples[i].slice, i + 1);
		assert_int_equal(samples[i].phase, 3);
		assert_true(samples[i].messages == 40000);
	}
	assert_null(pr_run_samples(run, 3, 1, 11, &count));
	trial = pr_run_find_trial(run, 0, 0, 1);
	assert_non_null(trial);
	assert_true(pr_run_metric(trial, "throughput") > 50000);
	assert_true(isnan(pr_run_metric(trial, "latency_p9999")));
	assert_true(isnan(pr_run_metric(NULL, "throughput")));
	assert_non_null(pr_run_stage(run, 4, "streaming"));
	assert_null(pr_run_stage(run, 4, "nothing"));
	assert_string_equal(pr_run_option(&run->phases[3], "speculate"), "never");
	assert_null(pr_run_option(&run->phases[4], "speculate"));
	pr_run_destroy(&run);
	assert_null(run);
}

/* Samples of a trial that failed are kept out of sight, and the line that was cut is left out.  */
static void test_bad_trials(void **state)
{
	struct pr_run *run = load("failed");
	size_t count;

	(void)state;
	assert_null(pr_run_samples(run, 2, 0, 3, &count));
	assert_int_equal(count, 0);
	assert_non_null(pr_run_samples(run, 2, 0, 2, &count));
	pr_run_destroy(&run);
	run = load("interrupted");
	assert_string_equal(run->status, "interrupted");
	pr_run_destroy(&run);
}

/* The second workload of a name has a number.  */
static void test_labels(void **state)
{
	static const char text[] =
	        "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\",\"plan\":{"
	        "\"workloads\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"a\"}]},"
	        "\"phases\":[{\"label\":\"x\",\"engine\":\"e\"}],\"trials\":[{\"phase\":\"x\","
	        "\"workload\":\"a#2\",\"block\":0,\"status\":\"ok\",\"metrics\":{}}]}";
	struct pr_run *run = NULL;
	struct pr_error why;

	(void)state;
	assert_ok(pr_run_parse("dir", text, strlen(text), NULL, 0, &run, &why), why);
	assert_string_equal(run->workloads[0].label, "a");
	assert_string_equal(run->workloads[2].label, "a#2");
	assert_int_equal(run->trials[0].workload, 2);
	pr_run_destroy(&run);
}

/* A reader that stalled for good may have got nothing before: no times, and no damage.  */
static void test_slices_without_messages(void **state)
{
	static const char text[] =
	        "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\",\"plan\":{"
	        "\"workloads\":[{\"name\":\"a\"}]},\"phases\":[{\"label\":\"x\",\"engine\":"
	        "\"e\"}],\"trials\":[{\"phase\":\"x\",\"workload\":\"a\",\"block\":1,"
	        "\"status\":\"ok\",\"metrics\":{}},{\"phase\":\"x\",\"workload\":\"a\","
	        "\"block\":2,\"status\":\"ok\",\"metrics\":{}}]}";
	static const char samples[] =
	        "{\"phase\":\"x\",\"workload\":\"a\",\"block\":1,\"slice\":1,\"messages\":0,"
	        "\"elapsed_ns\":9,\"cpu_ns\":5}\n"
	        "{\"phase\":\"x\",\"workload\":\"a\",\"block\":2,\"slice\":1,\"messages\":7,"
	        "\"elapsed_ns\":9,\"cpu_ns\":5}\n";
	struct pr_run *run = NULL;
	struct pr_error why;
	size_t count;

	(void)state;
	assert_ok(pr_run_parse("dir", text, strlen(text), samples, strlen(samples), &run, &why),
	          why);
	pr_run_samples(run, 0, 0, 1, &count);
	assert_int_equal(count, 0);
	assert_non_null(pr_run_samples(run, 0, 0, 2, &count));
	pr_run_destroy(&run);
}

/* ---- damages --------------------------------------------------------------------------------- */

static json_t *step(json_t *at, const json_t *key)
{
	return json_is_string(key) ? json_object_get(at, json_string_value(key))
	                           : json_array_get(at, (size_t)json_integer_value(key));
}

/* Walks all but the last key of path.  */
static json_t *walk(json_t *at, const json_t *path)
{
	for (size_t i = 0; i + 1 < json_array_size(path); i++)
		at = step(at, json_array_get(path, i));
	assert_non_null(at);
	return at;
}

static void put(json_t **document, const json_t *path, json_t *value)
{
	size_t size = json_array_size(path);
	const json_t *last = json_array_get(path, size - 1);
	json_t *at;

	if (size == 0) {
		json_decref(*document);
		*document = json_incref(value);
		return;
	}
	at = walk(*document, path);
	if (json_is_string(last))
		assert_int_equal(json_object_set(at, json_string_value(last), value), 0);
	else
		assert_int_equal(json_array_set(at, (size_t)json_integer_value(last), value), 0);
}

static void damage(json_t **document, const json_t *change)
{
	json_t *set = json_object_get(change, "set"), *remove = json_object_get(change, "remove");
	json_t *copy = json_object_get(change, "copy");

	if (set != NULL)
		put(document, json_array_get(set, 0), json_array_get(set, 1));
	if (remove != NULL) {
		const json_t *last = json_array_get(remove, json_array_size(remove) - 1);

		assert_int_equal(json_object_del(walk(*document, remove), json_string_value(last)),
		                 0);
	}
	if (copy != NULL) {
		const json_t *from = json_array_get(copy, 0);
		json_t *value = step(walk(*document, from),
		                     json_array_get(from, json_array_size(from) - 1));

		put(document, json_array_get(copy, 1), value);
	}
}

static void check_damage(const json_t *change, const json_t *good, const struct pr_buf *samples)
{
	const json_t *other = json_object_get(change, "samples");
	const char *name = pr_json_text(change, "name");
	const char *lines = other != NULL ? json_string_value(other) : samples->text;
	const char *expected = pr_json_text(change, "expect");
	json_t *document = json_deep_copy(good);
	struct pr_error why = {""};
	struct pr_run *run = NULL;
	enum pr_err err;
	char *text;

	damage(&document, change);
	text = pr_json_dump(document);
	err = pr_run_parse("dir", text, strlen(text), lines, lines != NULL ? strlen(lines) : 0,
	                   &run, &why);
	if (err != PR_FAILED && err != PR_VOID)
		fail_msg("%s: the status is %d", name, err);
	assert_null(run);
	if (strstr(why.text, expected) == NULL)
		fail_msg("%s: found '%s', expected '%s'", name, why.text, expected);
	free(text);
	json_decref(document);
}

static void test_damages(void **state)
{
	json_t *changes, *good, *change;
	struct pr_buf samples;
	struct pr_error why;
	size_t i;

	(void)state;
	pr_buf_init(&samples);
	assert_ok(pr_json_read_file(FOLDER "/broken.json", &changes, &why), why);
	assert_ok(pr_json_read_file(FOLDER "/few/run.json", &good, &why), why);
	assert_ok(pr_buf_read_file(&samples, FOLDER "/few/samples.jsonl", &why), why);
	json_array_foreach(changes, i, change) check_damage(change, good, &samples);
	assert_true(i > 30);
	json_decref(changes);
	json_decref(good);
	pr_buf_fini(&samples);
}

static void check_refused(const char *dir, const char *expected)
{
	struct pr_error why = {""};
	struct pr_run *run = NULL;

	assert_int_equal(pr_run_load(dir, &run, &why), PR_FAILED);
	assert_null(run);
	if (strstr(why.text, expected) == NULL)
		fail_msg("found '%s', expected '%s'", why.text, expected);
}

static void test_paths(void **state)
{
	(void)state;
	check_refused(FOLDER "/nothing", "nothing: cannot be read: No such file or directory");
	check_refused(FOLDER,
	              "run: there is no run.json in it; give a directory that `proctor run` "
	              "wrote");
	check_refused(FOLDER "/few/run.json", "not a directory; give the directory that");
}

PR_TEST_MAIN(cmocka_unit_test(test_seed), cmocka_unit_test(test_bad_trials),
             cmocka_unit_test(test_labels), cmocka_unit_test(test_slices_without_messages),
             cmocka_unit_test(test_damages), cmocka_unit_test(test_paths))
