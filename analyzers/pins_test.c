/* SPDX-License-Identifier: MIT */
/* analyzers/pins_test.c - one workload on one CPU and on several, and libraries built otherwise. */
#include "analyzers/pins.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/builds.h"
#include "analyzers/rows.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

#define BLOCKS 10

static void add_trial(struct pr_buf *text, const char *phase, const char *pin, int block,
                      double latency_ns)
{
	pr_buf_printf(text,
	              "%s{\"phase\":\"%s\",\"workload\":\"w-%s\",\"block\":%d,\"status\":\"ok\","
	              "\"reason\":null,\"messages\":100,\"metrics\":{\"latency_p50\":{\"value\":%g,"
	              "\"unit\":\"ns\"}},\"counters\":{}}",
	              text->text[text->size - 1] == '[' ? "" : ",", phase, pin, block, latency_ns);
}

/* b needs `one` and `spread` times as long as a, give or take a tenth of a per cent.  */
static struct pr_run *make_run(double one, double spread)
{
	struct pr_run *run = NULL;
	struct pr_error why;
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_puts(&text, "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\","
	                   "\"plan\":{\"workloads\":[");
	pr_buf_puts(&text, "{\"name\":\"pingpong\",\"label\":\"w-one\",\"options\":"
	                   "{\"size\":64,\"pin\":\"one\"}},");
	pr_buf_puts(&text, "{\"name\":\"pingpong\",\"label\":\"w-spread\",\"options\":"
	                   "{\"size\":64,\"pin\":\"spread\"}}]},\"phases\":[");
	pr_buf_puts(&text, "{\"label\":\"a\",\"engine\":\"core\",\"library\":{\"sha256\":\"11\","
	                   "\"build\":{\"optimisation\":\"-O2\",\"relro\":\"partial\","
	                   "\"fortify\":true,\"pic\":true,\"stack_protector\":true,"
	                   "\"cf_protection\":false,\"lto\":false,\"march\":\"x86-64\"}}},");
	pr_buf_puts(&text, "{\"label\":\"b\",\"engine\":\"core\",\"library\":{\"sha256\":\"22\","
	                   "\"build\":{\"optimisation\":null,\"relro\":\"full\","
	                   "\"fortify\":false,\"pic\":true,\"stack_protector\":true,"
	                   "\"cf_protection\":false,\"lto\":null,\"march\":\"x86-64\"}}}],"
	                   "\"trials\":[");
	for (int block = 1; block <= BLOCKS; block++) {
		add_trial(&text, "a", "one", block, 10000);
		add_trial(&text, "b", "one", block, 10000 * (one + 0.0001 * block));
		add_trial(&text, "a", "spread", block, 20000);
		add_trial(&text, "b", "spread", block, 20000 * (spread + 0.0001 * block));
	}
	pr_buf_puts(&text, "]}");
	assert_ok(pr_run_parse("run", text.text, text.size, "", 0, &run, &why), why);
	pr_buf_fini(&text);
	return run;
}

/* The one pair of rows that decide.  */
static json_t *compare(double one, double spread, char **note, char **sentence)
{
	struct pr_run *run = make_run(one, spread);
	struct pr_rows_opts opts = {.delta = 0.02};
	struct pr_rows *rows = pr_rows_create(run, 0, &opts);
	json_t *pins = pr_pins_json(rows);

	assert_int_equal(json_array_size(pins), 1);
	*note = pr_strdup(pr_rows_find(rows, 1, 1, "latency_p50")->note);
	*sentence = pr_pins_sentence(pins);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
	return pins;
}

static void opposite_signs_have_no_single_verdict(void **state)
{
	char *note, *sentence;
	json_t *pins = compare(0.9, 1.1, &note, &sentence);

	(void)state;
	assert_true(json_is_true(json_object_get(json_array_get(pins, 0), "opposite")));
	assert_non_null(strstr(note, "no single verdict"));
	assert_non_null(strstr(sentence, "b, pingpong, latency_p50: on one CPU"));
	json_decref(pins);
	free(note);
	free(sentence);
}

static void equal_signs_and_doubtful_ones_are_left_alone(void **state)
{
	static const double spreads[] = {0.95, 0.9995};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *note, *sentence;
		json_t *pins = compare(0.9, spreads[i], &note, &sentence);

		assert_true(json_is_false(json_object_get(json_array_get(pins, 0), "opposite")));
		assert_null(strstr(note, "no single verdict"));
		assert_string_equal(sentence, "");
		json_decref(pins);
		free(note);
		free(sentence);
	}
}

static void libraries_that_were_built_otherwise_are_told(void **state)
{
	struct pr_run *run = make_run(1, 1);
	json_t *builds = pr_builds_json(run, 0), *entry = json_array_get(builds, 0);

	(void)state;
	assert_int_equal(json_array_size(builds), 1);
	assert_string_equal(pr_json_text(entry, "text"),
	                    "b was built in another way than a: RELRO full against partial, "
	                    "fortified calls no against yes; not known: optimisation, link-time "
	                    "optimisation");
	json_decref(builds);
	run->phases[0].library = run->phases[1].library = NULL;
	assert_null(pr_builds_json(run, 0));
	pr_run_destroy(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(opposite_signs_have_no_single_verdict),
	        cmocka_unit_test(equal_signs_and_doubtful_ones_are_left_alone),
	        cmocka_unit_test(libraries_that_were_built_otherwise_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
