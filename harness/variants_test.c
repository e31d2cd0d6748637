/* SPDX-License-Identifier: MIT */
/* harness/variants_test.c - lists of builds, and whose turn it is.  */
#include "harness/variants.h"

#include <string.h>

#include "core/base/json.h"
#include "core/base/test.h"

static enum pr_err parse(struct pr_variants *variants, const char *list, struct pr_error *why)
{
	json_t *options = list != NULL ? json_pack("{s:s}", "lib", list) : json_object();
	enum pr_err err = pr_variants_parse(variants, options, "phase 'x'", why);

	if (err == PR_OK && list != NULL)
		assert_string_equal(pr_json_text(options, "lib"), list);
	json_decref(options);
	return err;
}

static void a_list_has_colons(void **state)
{
	struct pr_variants variants;
	struct pr_error why;

	(void)state;
	assert_ok(parse(&variants, NULL, &why), why);
	assert_int_equal(variants.count, 1);
	assert_null(pr_variants_file(&variants, 0));
	pr_variants_fini(&variants);
	assert_ok(parse(&variants, "libzmq.so.5", &why), why);
	assert_int_equal(variants.count, 1);
	assert_string_equal(pr_variants_file(&variants, 0), "libzmq.so.5");
	pr_variants_fini(&variants);
	assert_ok(parse(&variants, "/a/x.so:/b/x.so:c.so", &why), why);
	assert_int_equal(variants.count, 3);
	assert_string_equal(pr_variants_file(&variants, 1), "/b/x.so");
	pr_variants_fini(&variants);
}

static void expect_refused(const char *list, const char *sentence)
{
	struct pr_variants variants;
	struct pr_error why;

	assert_int_equal(parse(&variants, list, &why), PR_USAGE);
	if (strstr(why.text, sentence) == NULL)
		fail_msg("'%s', expected '%s' in it", why.text, sentence);
	pr_variants_fini(&variants);
}

static void what_is_no_list_is_refused(void **state)
{
	(void)state;
	expect_refused("a.so:", "phase 'x': lib= has an empty place");
	expect_refused("a.so::b.so", "lib= has an empty place");
	expect_refused("a:b:c:d:e:f:g:h:i:j:k:l:m:n:o:p:q", "lib= names more than 16 files");
	expect_refused(PR_FIXTURES "/oracle", "is a folder without a library (*.so) in it");
}

static void each_has_its_turn(void **state)
{
	struct pr_variants three = {.count = 3}, also = {.count = 3}, one = {.count = 1};
	size_t orders = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		size_t seen[3] = {0};

		assert_int_equal(pr_variants_turn(&three, seed, 0), 0);
		for (uint64_t block = 1; block <= 9; block++) {
			size_t turn = pr_variants_turn(&three, seed, block);

			assert_int_equal(turn, pr_variants_turn(&also, seed, block));
			assert_int_equal(pr_variants_turn(&one, seed, block), 0);
			seen[turn]++;
			if (block % 3 == 0)
				assert_true(seen[0] == block / 3 && seen[1] == block / 3);
			orders += block == 1 && turn != 0;
		}
	}
	assert_true(orders > 0 && orders < 20); /* not always the same one first */
}

PR_TEST_MAIN(cmocka_unit_test(a_list_has_colons), cmocka_unit_test(what_is_no_list_is_refused),
             cmocka_unit_test(each_has_its_turn))
