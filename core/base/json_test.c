/* SPDX-License-Identifier: MIT */
/* core/base/json_test.c - documents survive a round trip, and each mistake in one is named with its
 * place.  */
#include "core/base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/test.h"

static json_t *document(void)
{
	json_t *json = json_loads(
	        "{\"format\": \"proctor.test\", \"version\": 2, \"real\": 0.1, \"flag\": true,"
	        " \"none\": null, \"plan\": {\"phases\": [{\"label\": \"a\"}, {\"label\": 7}]}}",
	        0, NULL);

	assert_non_null(json);
	return json;
}

static void files_survive_a_round_trip(void **state)
{
	json_t *json = document(), *back;
	struct pr_error why;

	(void)state;
	assert_ok(pr_json_write_file("json_test.tmp", json, &why), why);
	assert_ok(pr_json_read_file("json_test.tmp", &back, &why), why);
	assert_true(json_equal(json, back));
	json_decref(json);
	json_decref(back);
	unlink("json_test.tmp");
}

static void text_keeps_order_and_digits(void **state)
{
	json_t *json =
	        json_pack("{s:f, s:i, s:[f,f]}", "z", 0.1, "a", 3, "l", 1234567.890625, 0.063);
	char *line = pr_json_dump_line(json), *text = pr_json_dump(json);

	(void)state;
	assert_string_equal(line, "{\"z\":0.1,\"a\":3,\"l\":[1234567.890625,0.063]}\n");
	assert_memory_equal(text, "{\n  \"z\": 0.1,\n", 14);
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(line);
	free(text);
	json_decref(json);
}

static void broken_files_are_named_with_line_and_column(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
	        {"{\n  \"a\": 1,\n  \"b\": ]\n}",
	         "json_test.tmp:3:8: not valid JSON: unexpected token near ']'"},
	        {"", "json_test.tmp:1:0: not valid JSON: it is empty"},
	        {"{\"a\": 1, \"a\": 2}",
	         "json_test.tmp:1:12: not valid JSON: duplicate object key near '\"a\"'"},
	        {"{\"a\": 1} x",
	         "json_test.tmp:1:10: not valid JSON: end of file expected near 'x'"},
	};
	struct pr_error why;
	json_t *json;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_ok(pr_buf_write_file("json_test.tmp", cases[i].text, strlen(cases[i].text),
		                            &why),
		          why);
		assert_int_equal(pr_json_read_file("json_test.tmp", &json, &why), PR_USAGE);
		assert_null(json);
		assert_string_equal(why.text, cases[i].sentence);
	}
	unlink("json_test.tmp");
	assert_int_equal(pr_json_read_file("json_test.tmp", &json, &why), PR_FAILED);
	assert_string_equal(why.text, "cannot open 'json_test.tmp': No such file or directory");
}

static void the_format_is_checked(void **state)
{
	json_t *json = document(), *array = json_array();
	struct pr_error why;

	(void)state;
	assert_ok(pr_json_check_format(json, "f.json", "proctor.test", 2, &why), why);
	assert_int_equal(pr_json_check_format(json, "f.json", "proctor.run", 2, &why), PR_USAGE);
	assert_string_equal(why.text,
	                    "f.json: the format is 'proctor.test', expected 'proctor.run'");
	assert_int_equal(pr_json_check_format(json, "f.json", "proctor.test", 1, &why), PR_USAGE);
	assert_string_equal(why.text,
	                    "f.json: version 2 of proctor.test is not known (newest known: 1); "
	                    "use a newer proctor");
	assert_int_equal(pr_json_check_format(array, "f.json", "proctor.run", 1, &why), PR_USAGE);
	assert_string_equal(why.text,
	                    "f.json: expected an object with \"format\": \"proctor.run\"");
	json_decref(json);
	json_decref(array);
}

static void members_are_fetched_by_type(void **state)
{
	json_t *json = document();
	struct pr_json top = pr_json_top("f.json", json), plan, phases, first;
	struct pr_error why;
	const char *text;
	int64_t number;
	double real;
	bool flag;

	(void)state;
	assert_ok(pr_json_string(&top, "format", &text, &why), why);
	assert_string_equal(text, "proctor.test");
	assert_ok(pr_json_integer(&top, "version", &number, &why), why);
	assert_int_equal(number, 2);
	assert_ok(pr_json_real(&top, "version", &real, &why), why);
	assert_true(real == 2);
	assert_ok(pr_json_bool(&top, "flag", &flag, &why), why);
	assert_true(flag);
	assert_ok(pr_json_object(&top, "plan", &plan, &why), why);
	assert_ok(pr_json_array(&plan, "phases", &phases, &why), why);
	first = pr_json_item(&phases, 0);
	assert_ok(pr_json_string(&first, "label", &text, &why), why);
	assert_string_equal(text, "a");
	assert_true(pr_json_has(&top, "real"));
	assert_false(pr_json_has(&top, "none"));
	assert_false(pr_json_has(&top, "absent"));
	json_decref(json);
}

static void members_may_be_absent(void **state)
{
	json_t *json = document();

	(void)state;
	assert_string_equal(pr_json_text(json, "format"), "proctor.test");
	assert_string_equal(pr_json_text_or(json, "format", "-"), "proctor.test");
	assert_null(pr_json_text(json, "version")); /* a number */
	assert_null(pr_json_text(json, "none"));
	assert_null(pr_json_text(json, "absent"));
	assert_null(pr_json_text(NULL, "format"));
	assert_null(pr_json_text_or(json, "absent", NULL));
	assert_string_equal(pr_json_text_or(json, "version", "-"), "-");
	assert_string_equal(pr_json_text_or(NULL, "format", ""), "");
	json_decref(json);
}

static void a_wrong_member_is_named_with_its_path(void **state)
{
	json_t *json = document();
	struct pr_json top = pr_json_top("f.json", json), plan, phases, second, out;
	struct pr_error why;
	const char *text;
	int64_t number;
	double real;
	bool flag;

	(void)state;
	assert_ok(pr_json_object(&top, "plan", &plan, &why), why);
	assert_ok(pr_json_array(&plan, "phases", &phases, &why), why);
	second = pr_json_item(&phases, 1);
	assert_int_equal(pr_json_string(&second, "label", &text, &why), PR_USAGE);
	assert_string_equal(
	        why.text, "f.json: plan.phases[1].label: expected a string, found a whole number");
	assert_int_equal(pr_json_integer(&top, "real", &number, &why), PR_USAGE);
	assert_string_equal(why.text, "f.json: real: expected a whole number, found a number");
	assert_int_equal(pr_json_real(&top, "none", &real, &why), PR_USAGE);
	assert_string_equal(why.text, "f.json: none: expected a number, found null");
	assert_int_equal(pr_json_bool(&top, "absent", &flag, &why), PR_USAGE);
	assert_string_equal(why.text, "f.json: absent: missing (expected true or false)");
	assert_int_equal(pr_json_array(&top, "plan", &out, &why), PR_USAGE);
	assert_string_equal(why.text, "f.json: plan: expected an array, found an object");
	assert_int_equal(pr_json_object(&plan, "phases", &out, NULL), PR_USAGE);
	assert_int_equal(pr_json_error(&second, &why, "label '%s' is used twice", "a"), PR_USAGE);
	assert_string_equal(why.text, "f.json: plan.phases[1]: label 'a' is used twice");
	json_decref(json);
}

static void unknown_keys_are_refused(void **state)
{
	static const char *const all[] = {"format", "version", "real", "flag",
	                                  "none",   "plan",    NULL};
	static const char *const near[] = {"format", "version", "reel", "flag",
	                                   "none",   "plan",    NULL};
	static const char *const far[] = {"format", "version", "flag", "none", "plan", NULL};
	json_t *json = document();
	struct pr_json top = pr_json_top("f.json", json);
	struct pr_error why;

	(void)state;
	assert_ok(pr_json_check_keys(&top, all, &why), why);
	assert_int_equal(pr_json_check_keys(&top, near, &why), PR_USAGE);
	assert_string_equal(why.text, "f.json: unknown key 'real'; did you mean 'reel'?");
	assert_int_equal(pr_json_check_keys(&top, far, &why), PR_USAGE);
	assert_string_equal(why.text, "f.json: unknown key 'real'");
	json_decref(json);
}

static void values_that_json_cannot_hold(void **state)
{
	json_t *json = json_array();
	char *line;

	(void)state;
	pr_json_append(json, pr_json_new_real(NAN));
	pr_json_append(json, pr_json_new_real(INFINITY));
	pr_json_append(json, pr_json_new_real(2.5));
	pr_json_append(json, pr_json_new_string(NULL));
	pr_json_append(json, pr_json_new_string("caf\xe9"));
	pr_json_append(json, pr_json_new_string("caf\xc3\xa9"));
	line = pr_json_dump_line(json);
	assert_string_equal(line, "[null,null,2.5,null,\"caf?\",\"caf\xc3\xa9\"]\n");
	free(line);
	json_decref(json);
}

PR_TEST_MAIN(cmocka_unit_test(files_survive_a_round_trip),
             cmocka_unit_test(text_keeps_order_and_digits),
             cmocka_unit_test(broken_files_are_named_with_line_and_column),
             cmocka_unit_test(the_format_is_checked), cmocka_unit_test(members_are_fetched_by_type),
             cmocka_unit_test(members_may_be_absent),
             cmocka_unit_test(a_wrong_member_is_named_with_its_path),
             cmocka_unit_test(unknown_keys_are_refused),
             cmocka_unit_test(values_that_json_cannot_hold))
