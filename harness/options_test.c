/* SPDX-License-Identifier: MIT */
/* harness/options_test.c - lists, JSON objects and structs say the same.  */
#include "harness/options.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/test.h"
#include "harness/workload.h"

static void lists_and_objects_agree(void **state)
{
	json_t *given =
	        json_pack("{s:i, s:s, s:b, s:f}", "count", 7, "size", "1K", "on", 1, "x", 0.5);
	json_t *from_json, *from_list;
	struct pr_error why;

	(void)state;
	assert_ok(pr_options_from_json(given, "test", &from_json, &why), why);
	assert_ok(pr_options_from_list("count=7,size=1K,on,x=0.5", "test", &from_list, &why), why);
	assert_true(json_equal(from_json, from_list));
	json_decref(given);
	json_decref(from_json);
	json_decref(from_list);
}

static void an_empty_list_is_an_empty_object(void **state)
{
	json_t *options;
	struct pr_error why;

	(void)state;
	assert_ok(pr_options_from_list("", "test", &options, &why), why);
	assert_int_equal(json_object_size(options), 0);
	json_decref(options);
}

static void a_struct_comes_out_as_it_went_in(void **state)
{
	struct pr_workload_spec spec = pr_workload_streaming.defaults;
	json_t *options, *texts = json_object(), *numbers = json_object();
	struct pr_error why;

	(void)state;
	assert_ok(pr_options_from_list("size=1K,hwm=5,pattern=pair", "test", &options, &why), why);
	assert_ok(pr_options_apply(pr_pingpong_opts, &spec, options, "test", &why), why);
	pr_options_expand(pr_pingpong_opts, &spec, false, texts);
	pr_options_expand(pr_pingpong_opts, &spec, true, numbers);
	assert_string_equal(pr_json_text(texts, "size"), "1K");
	assert_int_equal(json_integer_value(json_object_get(numbers, "size")), 1024);
	assert_string_equal(pr_json_text(numbers, "pattern"), "pair");
	assert_int_equal(json_integer_value(json_object_get(numbers, "count")), 200000);
	json_decref(options);
	json_decref(texts);
	json_decref(numbers);
}

static void what_is_not_a_scalar_has_no_text(void **state)
{
	json_t *array = json_array();

	(void)state;
	assert_null(pr_options_text(array));
	assert_null(pr_options_text(NULL));
	json_decref(array);
}

PR_TEST_MAIN(cmocka_unit_test(lists_and_objects_agree),
             cmocka_unit_test(an_empty_list_is_an_empty_object),
             cmocka_unit_test(a_struct_comes_out_as_it_went_in),
             cmocka_unit_test(what_is_not_a_scalar_has_no_text))
