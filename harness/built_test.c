/* SPDX-License-Identifier: MIT */
/* harness/built_test.c - what a library says about how it was built.  */
#include "harness/built.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/test.h"
#include "harness/test/bench.h"

/* We build with debug information, which names the flags.  */
static void a_library_of_ours_says_how_it_was_built(void **state)
{
	char *path = bench_fake("good");
	json_t *built = pr_built_describe(path);

	(void)state;
	assert_non_null(pr_json_text(built, "compiler"));
	assert_non_null(pr_json_text(built, "flags_from"));
	assert_non_null(strstr(pr_json_text(built, "flags"), pr_json_text(built, "optimisation")));
	assert_int_equal(strncmp(pr_json_text(built, "optimisation"), "-O", 2), 0);
	assert_true(json_is_true(json_object_get(built, "pic")));
	assert_non_null(pr_json_text(built, "relro"));
	assert_true(json_is_boolean(json_object_get(built, "lto")));
	json_decref(built);
	free(path);
}

static void what_is_no_library_says_nothing(void **state)
{
	static const char *const paths[] = {__FILE__, "/nonexistent", "/proc/self/mem"};
	const char *key;
	json_t *value;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		json_t *built = pr_built_describe(paths[i]);

		assert_int_equal(json_object_size(built), 12);
		json_object_foreach(built, key, value)
		{
			assert_true(json_is_null(value));
		}
		json_decref(built);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_library_of_ours_says_how_it_was_built),
	        cmocka_unit_test(what_is_no_library_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
