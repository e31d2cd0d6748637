/* SPDX-License-Identifier: MIT */
/* analyzers/company_test.c - runs that shared their CPUs, and what is made of their rows.  */
#include "analyzers/company.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/rows.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

#define BLOCKS 10

/* A second of two CPUs: what the run used itself, and all that was used.  */
static void add_noise(struct pr_buf *text, const char *key, int second, double own, double all)
{
	if (isnan(all)) {
		pr_buf_printf(text, "%s{\"uptime_s\":%d}", key, 1000 + second);
		return;
	}
	pr_buf_printf(text,
	              "%s{\"uptime_s\":%d,\"cpu_user_ms\":%g,\"cpu_nice_ms\":0,\"cpu_system_ms\":0,"
	              "\"cpu_irq_ms\":0,\"cpu_softirq_ms\":0,\"cpu_steal_ms\":0,\"own_cpu_ms\":%g}",
	              key, 1000 + second, 5000 + second * all * 1000, 100 + second * own * 1000);
}

struct scene {
	const char *pin;
	double others; /* CPUs */
	double effect; /* time of b through that of a */
};

static void add_trials(struct pr_buf *text, const struct scene *scene)
{
	for (int block = 1; block <= BLOCKS; block++)
		for (int phase = 0; phase < 2; phase++)
			pr_buf_printf(
			        text,
			        "%s{\"phase\":\"%s\",\"workload\":\"w\",\"block\":%d,"
			        "\"status\":\"ok\",\"reason\":null,\"messages\":100,"
			        "\"metrics\":{\"latency_p50\":{\"value\":%g,\"unit\":\"ns\"}},"
			        "\"counters\":{}}",
			        block + phase > 1 ? "," : "", phase == 0 ? "a" : "b", block,
			        phase == 0 ? 1000 : 1000 * (scene->effect + 0.001 * block));
}

static struct pr_run *make_run(const struct scene *scene)
{
	struct pr_run *run = NULL;
	struct pr_error why;
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_printf(
	        &text,
	        "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\","
	        "\"host\":{\"cpus\":2},\"plan\":{\"pin\":\"%s\",\"workloads\":[{\"name\":"
	        "\"pingpong\",\"label\":\"w\",\"options\":{\"size\":64}}]},\"phases\":["
	        "{\"label\":\"a\",\"engine\":\"core\"},{\"label\":\"b\",\"engine\":\"core\"}],"
	        "\"noise\":{",
	        scene->pin);
	add_noise(&text, "\"before\":", 0, 0.8, 0.8 + scene->others);
	pr_buf_puts(&text, ",\"during\":[");
	for (int block = 1; block <= BLOCKS; block++)
		add_noise(&text, block > 1 ? "," : "", block, 0.8, 0.8 + scene->others);
	pr_buf_puts(&text, "],\"after\":null},\"trials\":[");
	add_trials(&text, scene);
	pr_buf_puts(&text, "]}");
	assert_ok(pr_run_parse("run", text.text, text.size, "", 0, &run, &why), why);
	pr_buf_fini(&text);
	return run;
}

static enum pr_verdict verdict_of(const struct scene *scene, char **note)
{
	struct pr_run *run = make_run(scene);
	struct pr_rows_opts opts = {.delta = 0.02};
	struct pr_rows *rows = pr_rows_create(run, 0, &opts);
	const struct pr_row *row = pr_rows_find(rows, 0, 1, "latency_p50");
	enum pr_verdict verdict = row->verdict;

	*note = pr_strdup(row->note);
	pr_rows_destroy(&rows);
	pr_run_destroy(&run);
	return verdict;
}

static void expect(const char *pin, double others, double effect, enum pr_verdict verdict)
{
	struct scene scene = {pin, others, effect};
	char *note;

	assert_int_equal(verdict_of(&scene, &note), verdict);
	assert_int_equal(strstr(note, "other programs used") != NULL,
	                 verdict == PR_VERDICT_INCONCLUSIVE);
	free(note);
}

static void what_others_used_is_measured(void **state)
{
	struct pr_run *run = make_run(&(struct scene){"spread", 0.5, 1.1});
	struct pr_company company = pr_company_of(run);

	(void)state;
	assert_true(fabs(company.others - 0.5) < 1e-9);
	assert_true(fabs(company.least - 0.5) < 1e-9 && fabs(company.most - 0.5) < 1e-9);
	assert_true(company.cpus == 2);
	assert_true(pr_company_is_busy(&company));
	pr_run_destroy(&run);
}

static void shared_and_free_needs_an_effect_that_outlasts(void **state)
{
	(void)state;
	expect("spread", 1.0, 1.2, PR_VERDICT_INCONCLUSIVE);
	expect("0-1", 1.0, 0.8, PR_VERDICT_INCONCLUSIVE);
	expect("spread", 1.0, 1.6, PR_VERDICT_REGRESSED);
	expect("spread", 0.05, 1.2, PR_VERDICT_REGRESSED);
	expect("spread", NAN, 1.2, PR_VERDICT_REGRESSED);
	expect("one", 1.0, 1.2, PR_VERDICT_REGRESSED);
	expect("0", 1.0, 0.8, PR_VERDICT_IMPROVED);
}

static void readers_are_told(void **state)
{
	struct pr_run *busy = make_run(&(struct scene){"spread", 1.0, 1.1}),
	              *idle = make_run(&(struct scene){"spread", 0.0, 1.1});
	json_t *company = pr_company_json(busy);
	char *sentence;

	(void)state;
	assert_true(json_is_true(json_object_get(company, "busy")));
	assert_null(pr_company_sentence(company)); /* no slices: nobody was free */
	pr_json_append(json_object_get(company, "used"),
	               json_pack("{s:s,s:s,s:f}", "workload", "w", "phase", "a", "cpus", 1.0));
	sentence = pr_company_sentence(company);
	assert_non_null(sentence);
	assert_non_null(strstr(sentence, "Other programs used 1.0 of the 2 CPUs"));
	free(sentence);
	json_decref(company);
	company = pr_company_json(idle);
	assert_true(json_is_false(json_object_get(company, "busy")));
	assert_null(pr_company_sentence(company));
	json_decref(company);
	pr_run_destroy(&busy);
	pr_run_destroy(&idle);
}

PR_TEST_MAIN(cmocka_unit_test(what_others_used_is_measured),
             cmocka_unit_test(shared_and_free_needs_an_effect_that_outlasts),
             cmocka_unit_test(readers_are_told))
