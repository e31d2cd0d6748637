/* SPDX-License-Identifier: MIT */
/* analyzers/cause_test.c - counters in, verdicts out; and shares against what defines them.  */
#include "analyzers/cause.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/share.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

#define FOLDER PR_SOURCE_DIR "/fixtures/cause"

static struct pr_cause_facts read_facts(const json_t *facts)
{
	return (struct pr_cause_facts){
	        .messages = pr_run_number(facts, "messages"),
	        .hooks = json_object_get(facts, "hooks"),
	        .traced_messages = pr_run_number(facts, "traced_messages"),
	        .strace = json_object_get(facts, "strace"),
	        .interposed_messages = pr_run_number(facts, "interposed_messages"),
	        .interpose = json_object_get(facts, "interpose"),
	        .perf_messages = pr_run_number(facts, "perf_messages"),
	        .perf = json_object_get(facts, "perf"),
	        .callgrind = json_object_get(facts, "callgrind"),
	        .functions = json_object_get(facts, "functions"),
	        .process = json_object_get(facts, "process"),
	        .integrity = json_object_get(facts, "integrity"),
	};
}

static const struct pr_cause_ops *find(const char *name)
{
	for (size_t i = 0; pr_causes[i] != NULL; i++)
		if (strcmp(pr_causes[i]->name, name) == 0)
			return pr_causes[i];
	fail_msg("there is no cause %s", name);
	return NULL;
}

/* Every cause answers, with evidence; the named ones as expected.  */
static void check_file(const char *name)
{
	char *path = pr_asprintf("%s/%s", FOLDER, name);
	struct pr_error why;
	json_t *json = NULL, *verdict;
	struct pr_cause_facts facts;
	const char *cause;

	assert_ok(pr_json_read_file(path, &json, &why), why);
	facts = read_facts(json_object_get(json, "facts"));
	for (size_t i = 0; pr_causes[i] != NULL; i++) {
		struct pr_cause_finding finding;

		pr_cause_judge(pr_causes[i], &facts, &finding);
		assert_true(strlen(finding.evidence) > 10);
		free(finding.evidence);
	}
	json_object_foreach(json_object_get(json, "expect"), cause, verdict)
	{
		struct pr_cause_finding finding;
		const char *said;

		pr_cause_judge(find(cause), &facts, &finding);
		said = pr_cause_verdict_name(finding.verdict);
		if (strcmp(said, json_string_value(verdict)) != 0)
			fail_msg("%s: %s: %s and not %s: %s", name, cause, said,
			         json_string_value(verdict), finding.evidence);
		free(finding.evidence);
	}
	json_decref(json);
	free(path);
}

static void counters_in_verdicts_out(void **state)
{
	DIR *dir = opendir(FOLDER);
	struct dirent *entry;
	size_t files = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (strstr(entry->d_name, ".json") != NULL) {
			check_file(entry->d_name);
			files++;
		}
	closedir(dir);
	assert_true(files >= 46);
}

static char *evidence_of(const char *file, const char *cause)
{
	char *path = pr_asprintf("%s/%s.json", FOLDER, file);
	struct pr_cause_finding finding;
	struct pr_cause_facts facts;
	struct pr_error why;
	json_t *json = NULL;

	assert_ok(pr_json_read_file(path, &json, &why), why);
	facts = read_facts(json_object_get(json, "facts"));
	pr_cause_judge(find(cause), &facts, &finding);
	json_decref(json);
	free(path);
	return finding.evidence;
}

/* Losses are told apart by where on its way a message was last seen.  */
static void losses_are_told_apart(void **state)
{
	static const struct {
		const char *file, *words;
	} cases[] = {
	        {"not-woken", "was not woken"},
	        {"dropped-inside", "did not hand them on"},
	        {"partial-dropped", "rest of a partial send was dropped"},
	        {"deadlock", "were never sent"},
	        {"cap", "closed at the cap"},
	        {"fault-drop-remainder", "dropped when they were handed on"},
	        {"fault-overtake", "overtaken by newer ones"},
	        {"fault-partial-write", "rest of a partial send was dropped"},
	        {"fault-lost-wakeup", "was not woken"},
	        {"fault-drop-remainder", "That is: torn."},
	        {"fault-partial-write", "That is: lost, torn."},
	        {"reordered", "reordered"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *evidence = evidence_of(cases[i].file, "lost-data");

		if (strstr(evidence, cases[i].words) == NULL)
			fail_msg("%s: %s", cases[i].file, evidence);
		free(evidence);
	}
}

/* ---- shares ---------------------------------------------------------------------------------- */

/* The ends of Fieller's interval are the ratios r at which above - r below lies exactly z standard
 * errors from 0.  */
static void check_ends(struct pr_estimate above, struct pr_estimate below)
{
	double value, ends[2];

	assert_true(pr_share_ratio(above, below, &value, &ends[0], &ends[1]));
	assert_float_equal(value, above.value / below.value, 1e-12);
	assert_true(ends[0] <= value && value <= ends[1]);
	for (int i = 0; i < 2; i++) {
		double r = ends[i], d = fabs(above.value - r * below.value);
		double se = sqrt(above.se * above.se + r * r * below.se * below.se);

		assert_float_equal(d, PR_SHARE_Z * se, 1e-6 * (1 + d));
	}
}

static void the_interval_is_fiellers(void **state)
{
	double value, lo, hi;

	(void)state;
	check_ends((struct pr_estimate){-130, 10}, (struct pr_estimate){-133, 17});
	check_ends((struct pr_estimate){40, 5}, (struct pr_estimate){100, 30});
	check_ends((struct pr_estimate){-3, 5}, (struct pr_estimate){100, 30});
	check_ends((struct pr_estimate){0, 0}, (struct pr_estimate){100, 30});
	check_ends((struct pr_estimate){5, 0}, (struct pr_estimate){10, 0});
	/* No end: the difference is not told from 0.  */
	assert_false(pr_share_ratio((struct pr_estimate){40, 5}, (struct pr_estimate){100, 60},
	                            &value, &lo, &hi));
	assert_false(pr_share_ratio((struct pr_estimate){40, 5}, (struct pr_estimate){0, 0}, &value,
	                            &lo, &hi));
	assert_false(pr_share_ratio((struct pr_estimate){NAN, 5}, (struct pr_estimate){10, 1},
	                            &value, &lo, &hi));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(counters_in_verdicts_out),
	        cmocka_unit_test(losses_are_told_apart),
	        cmocka_unit_test(the_interval_is_fiellers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
