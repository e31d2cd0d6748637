/* SPDX-License-Identifier: MIT */
/* analyzers/claims_test.c - claims in, answers out.
 *
 * fixtures/claims/kinds has cases for each kind, judged by the runs of fixtures/run: at least one
 * that is confirmed, one that is refuted and one that cannot be shown or tested.
 * fixtures/claims/bad.json has what is refused, with a part of the sentence.  */
#include "analyzers/claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzers/advice.h"
#include "analyzers/claim.h"
#include "analyzers/claims_judge.h"
#include "analyzers/repeated.h"
#include "core/base/json.h"
#include "core/base/test.h"

static json_t *read_fixture(const char *path)
{
	struct pr_error why;
	json_t *json = NULL;

	assert_int_equal(chdir(PR_FIXTURES), 0);
	assert_ok(pr_json_read_file(path, &json, &why), why);
	return json;
}

/* A document with these claims.  */
static json_t *document_of(json_t *claims)
{
	return json_pack("{s:s, s:i, s:O}", "format", "proctor.claims", "version", 1, "claims",
	                 claims);
}

/* ---- kinds ----------------------------------------------------------------------------------- */

/* The claims of a case: "claims", or the one "claim" with what it need not say.  */
static json_t *claims_of(const json_t *item, const char *kind)
{
	json_t *several = json_object_get(item, "claims"), *claim, *array;

	if (several != NULL)
		return json_incref(several);
	claim = json_deep_copy(json_object_get(item, "claim"));
	json_object_set_new(claim, "id", json_string("it"));
	json_object_set_new(claim, "text", json_string("it is so"));
	json_object_set_new(claim, "kind", json_string(kind));
	array = json_array();
	json_array_append_new(array, claim);
	return array;
}

static void expect(const char *kind, size_t index, const json_t *item, const json_t *answer)
{
	const char *verdict = pr_json_text_or(item, "verdict", "");

	if (strcmp(pr_json_text_or(answer, "verdict", ""), verdict) != 0 ||
	    strstr(pr_json_text_or(answer, "evidence", ""), pr_json_text_or(item, "says", "")) ==
	            NULL ||
	    strstr(pr_json_text_or(answer, "command", ""), pr_json_text_or(item, "command", "")) ==
	            NULL)
		fail_msg("%s, case %zu: expected %s (\"%s\"), found %s: %s [%s]", kind, index,
		         verdict, pr_json_text_or(item, "says", ""),
		         pr_json_text_or(answer, "verdict", ""),
		         pr_json_text_or(answer, "evidence", ""),
		         pr_json_text_or(answer, "command", ""));
}

/* The last claim of a case is the one that is judged.  */
static void check_case(const char *kind, size_t index, const json_t *item)
{
	json_t *list = claims_of(item, kind), *document = document_of(list);
	json_t *answers, *contradictions;
	struct pr_claims *claims;
	struct pr_run *run;
	struct pr_error why;

	assert_ok(pr_claims_parse(document, "x.json", &claims, &why), why);
	assert_ok(pr_run_load(pr_json_text_or(item, "run", ""), &run, &why), why);
	pr_claims_judge(claims, run, NULL, &answers, &contradictions);
	assert_int_equal(json_array_size(answers), json_array_size(list));
	expect(kind, index, item, json_array_get(answers, json_array_size(list) - 1));
	json_decref(answers);
	json_decref(contradictions);
	pr_claims_destroy(&claims);
	pr_run_destroy(&run);
	json_decref(document);
	json_decref(list);
}

static void check_kind(const char *kind)
{
	char *path = pr_asprintf("claims/kinds/%s.json", kind);
	json_t *file = read_fixture(path), *item;
	bool confirmed = false, refuted = false, other = false;
	size_t i;

	json_array_foreach(json_object_get(file, "cases"), i, item)
	{
		const char *verdict = pr_json_text_or(item, "verdict", "");

		check_case(kind, i, item);
		confirmed |= strcmp(verdict, "confirmed") == 0;
		refuted |= strcmp(verdict, "refuted") == 0;
		other |= strncmp(verdict, "not-", 4) == 0;
	}
	assert_true(confirmed && refuted && other);
	json_decref(file);
	free(path);
}

static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; pr_claim_kinds[i] != NULL; i++) {
		assert_int_equal(pr_claim_kinds[i]->version, PR_CLAIM_OPS_VERSION);
		check_kind(pr_claim_kinds[i]->name);
	}
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void test_refused(void **state)
{
	json_t *file = read_fixture("claims/bad.json"), *item;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(file, "cases"), i, item)
	{
		json_t *given = json_object_get(item, "document"), *document;
		struct pr_claims *claims = NULL;
		struct pr_error why = {""};

		document = given != NULL ? json_incref(given)
		                         : document_of(json_object_get(item, "claims"));
		assert_int_equal(pr_claims_parse(document, "x.json", &claims, &why), PR_USAGE);
		assert_null(claims);
		if (strstr(why.text, pr_json_text_or(item, "says", "")) == NULL)
			fail_msg("case %zu: %s", i, why.text);
		json_decref(document);
	}
	json_decref(file);
}

/* ---- contradictions -------------------------------------------------------------------------- */

static bool contradict(const json_t *list, const char *first, const char *second)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		const json_t *ids = json_object_get(item, "claims");
		const char *other = json_string_value(json_array_get(ids, 1));

		if (strcmp(json_string_value(json_array_get(ids, 0)), first) == 0 &&
		    (second == NULL ? other == NULL : other != NULL && strcmp(other, second) == 0))
			return true;
	}
	return false;
}

/* What the original report says of one change, and what the commit of the same change says.  */
static void test_contradictions(void **state)
{
	struct pr_claims *claims;
	struct pr_error why;
	json_t *list;

	(void)state;
	assert_int_equal(chdir(PR_FIXTURES), 0);
	assert_ok(pr_claims_load("claims/true-proactor-report.json", &claims, &why), why);
	list = pr_claims_contradictions(claims);
	assert_true(contradict(list, "throughput-4-to-6", "throughput-6.3"));
	assert_true(contradict(list, "throughput-6.3", "throughput-4"));
	assert_true(contradict(list, "throughput-6.3", "commit+6"));
	assert_true(contradict(list, "throughput-4-to-6", "commit+6"));
	assert_true(contradict(list, "throughput-4", NULL)); /* -28K of 442K is -6.3 % */
	assert_false(contradict(list, "throughput-6.3", NULL));
	assert_false(contradict(list, "commit+6", NULL));
	assert_false(contradict(list, "throughput-4-to-6", "throughput-4"));
	assert_false(contradict(list, "eagain-reduction", "loop-as-before"));
	json_decref(list);
	pr_claims_destroy(&claims);
}

/* The run agrees with the -4 %; what refutes the claim is told in a table too, and not what agrees.
 */
static void test_a_contradiction_is_the_reason(void **state)
{
	json_t *answers, *contradictions, *answer;
	struct pr_claims *claims;
	struct pr_run *run;
	struct pr_error why;
	size_t i, seen = 0;

	(void)state;
	assert_int_equal(chdir(PR_FIXTURES), 0);
	assert_ok(pr_claims_load("claims/true-proactor-report.json", &claims, &why), why);
	assert_ok(pr_run_load("run/seed", &run, &why), why);
	pr_claims_judge(claims, run, NULL, &answers, &contradictions);
	json_array_foreach(answers, i, answer)
	{
		if (strcmp(pr_json_text_or(answer, "id", ""), "throughput-4") != 0)
			continue;
		seen++;
		assert_string_equal(pr_json_text_or(answer, "verdict", ""), "refuted");
		assert_non_null(
		        strstr(pr_json_text_or(answer, "brief", ""), "it contradicts itself"));
	}
	assert_int_equal(seen, 1);
	json_decref(answers);
	json_decref(contradictions);
	pr_claims_destroy(&claims);
	pr_run_destroy(&run);
}

/* ---- several files --------------------------------------------------------------------------- */

/* Two files about one change: each translates its own names, ids do not clash, and what one says is
 * held against what the other says.  */
static void test_files_are_held_against_each_other(void **state)
{
	const struct pr_opt_list files = {
	        {"claims/said/report.json", "claims/said/commit.json", "claims/said/commit.json"},
	        3};
	static const char *const ids[] = {"throughput", "clean", "commit:throughput",
	                                  "commit:commit:throughput"};
	json_t *contradictions;
	struct pr_claims *claims;
	struct pr_error why;

	(void)state;
	assert_int_equal(chdir(PR_FIXTURES), 0);
	assert_ok(pr_claims_load_files(&files, &claims, &why), why);
	assert_int_equal(claims->count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(claims->items[i].id, ids[i]);
	assert_string_equal(claims->items[0].phase, "true-proactor");
	assert_string_equal(claims->items[2].phase, "true-proactor");
	assert_string_equal(claims->items[2].path, files.items[1]);
	assert_string_equal(claims->files, "claims/said/report.json, claims/said/commit.json, "
	                                   "claims/said/commit.json");
	assert_int_equal(claims->option_count, 1);
	contradictions = pr_claims_contradictions(claims);
	assert_int_equal(json_array_size(contradictions), 2); /* the report against each commit */
	json_decref(contradictions);
	pr_claims_destroy(&claims);
	assert_ok(pr_claims_load_files(&(const struct pr_opt_list){.count = 0}, &claims, &why),
	          why);
	assert_null(claims);
}

static void test_a_bad_file_among_several_is_named(void **state)
{
	const struct pr_opt_list files = {{"claims/said/report.json", "claims/bad.json"}, 2};
	struct pr_claims *claims;
	struct pr_error why;

	(void)state;
	assert_int_equal(chdir(PR_FIXTURES), 0);
	assert_int_not_equal(pr_claims_load_files(&files, &claims, &why), PR_OK);
	assert_null(claims);
	assert_non_null(strstr(why.text, "claims/bad.json"));
}

/* ---- recommendations ------------------------------------------------------------------------- */

static json_t *advise(const json_t *item)
{
	json_t *list = json_object_get(item, "claims"), *options = json_object_get(item, "options");
	json_t *empty = json_array(), *document = document_of(list != NULL ? list : empty);
	json_t *answers, *contradictions, *advice;
	struct pr_claims *claims;
	struct pr_run *run;
	struct pr_error why;

	if (options != NULL)
		json_object_set(document, "options", options);
	assert_ok(pr_claims_parse(document, "x.json", &claims, &why), why);
	assert_ok(pr_run_load(pr_json_text_or(item, "run", ""), &run, &why), why);
	pr_claims_judge(claims, run, NULL, &answers, &contradictions);
	advice = pr_advice_json(run, claims, answers, NULL);
	json_decref(answers);
	json_decref(contradictions);
	json_decref(document);
	json_decref(empty);
	pr_claims_destroy(&claims);
	pr_run_destroy(&run);
	return advice;
}

static void expect_fates(size_t index, const json_t *fates, const json_t *advice)
{
	const char *name;
	json_t *fate, *option;
	size_t i;

	json_object_foreach((json_t *)fates, name, fate)
	{
		bool found = false;

		json_array_foreach(json_object_get(advice, "options"), i, option)
		{
			if (strcmp(pr_json_text_or(option, "name", ""), name) != 0)
				continue;
			found = true;
			if (strcmp(pr_json_text_or(option, "fate", ""), json_string_value(fate)) !=
			    0)
				fail_msg("case %zu: %s is %s", index, name,
				         pr_json_text_or(option, "fate", ""));
		}
		assert_true(found);
	}
}

static void test_advice(void **state)
{
	json_t *file = read_fixture("claims/advice.json"), *item;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(file, "cases"), i, item)
	{
		json_t *advice = advise(item), *wanted = json_object_get(item, "option");
		char *reasons = pr_json_dump(json_object_get(advice, "reasons"));

		if (wanted != NULL && !json_equal(json_object_get(advice, "option"), wanted))
			fail_msg("case %zu: the option is %s: %s", i,
			         pr_json_text_or(advice, "option", ""), reasons);
		if (strstr(reasons, pr_json_text_or(item, "says", "")) == NULL)
			fail_msg("case %zu: %s", i, reasons);
		expect_fates(i, json_object_get(item, "fates"), advice);
		free(reasons);
		json_decref(advice);
	}
	json_decref(file);
}

/* ---- single runs, held against each other ---------------------------------------------------- */

#define PHASE(name, options)                                                                       \
	"{\"label\":\"" name "\",\"engine\":\"core\",\"options\":{" options "}}"
#define TRIAL(name)                                                                                \
	"{\"phase\":\"" name                                                                       \
	"\",\"workload\":\"w\",\"block\":0,\"status\":\"ok\",\"messages\":1000,"                   \
	"\"metrics\":{\"recv_calls\":{\"value\":1}}}"
#define TRACE(name, ns)                                                                            \
	"{\"phase\":\"" name "\",\"status\":\"ok\",\"stages\":[{\"name\":\"w\",\"messages\":1000," \
	"\"traced_ns\":" ns ",\"hooks\":null,\"strace\":{}}]}"

/* Of 100, 101, 110 and 100 (another engine's) only the first three count: two of three pairs differ
 * by 6.3 % or more.  */
static void test_repeated(void **state)
{
	static const char text[] =
	        "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\","
	        "\"plan\":{\"workloads\":[{\"name\":\"w\"}]},\"phases\":[" PHASE("a", "") "," PHASE("b", "") "," PHASE("c", "") "," PHASE("d", "\"x\":\"y\"") "],\"trials\":[" TRIAL(
	                "a") "," TRIAL("b") "," TRIAL("c") "," TRIAL("d") "],\"traces\":"
	                                                                  "[" TRACE(
	                                                                          "a",
	                                                                          "10000000"
	                                                                          "0") "," TRACE("b",
	                                                                                         "1"
	                                                                                         "0"
	                                                                                         "1"
	                                                                                         "0"
	                                                                                         "0"
	                                                                                         "0"
	                                                                                         "0"
	                                                                                         "0"
	                                                                                         "0") "," TRACE("c",
	                                                                                                        "110000000") "," TRACE("d",
	                                                                                                                               "900000000") "]}";
	struct pr_run *run;
	struct pr_error why;
	json_t *list, *entry;

	(void)state;
	assert_ok(pr_run_parse("dir", text, sizeof(text) - 1, "", 0, &run, &why), why);
	list = pr_repeated_json(run);
	assert_int_equal(json_array_size(list), 1);
	entry = json_array_get(list, 0);
	assert_int_equal(json_integer_value(json_object_get(entry, "pairs")), 3);
	assert_true(fabs(json_number_value(json_object_get(entry, "share")) - 2.0 / 3) < 1e-9);
	assert_true(json_number_value(json_object_get(entry, "fastest")) == 10000);
	assert_non_null(strstr(pr_json_text_or(entry, "text", ""), "says nothing about the code"));
	json_decref(list);
	pr_run_destroy(&run);
	assert_int_equal(chdir(PR_FIXTURES), 0);
	assert_ok(pr_run_load("run/seed", &run, &why), why);
	assert_null(pr_repeated_json(run));
	pr_run_destroy(&run);
}

PR_TEST_MAIN(cmocka_unit_test(test_repeated), cmocka_unit_test(test_advice),
             cmocka_unit_test(test_kinds), cmocka_unit_test(test_refused),
             cmocka_unit_test(test_contradictions),
             cmocka_unit_test(test_a_contradiction_is_the_reason),
             cmocka_unit_test(test_files_are_held_against_each_other),
             cmocka_unit_test(test_a_bad_file_among_several_is_named))
