/* SPDX-License-Identifier: MIT */
/* harness/cpus_test.c - names of CPU sets become lists, and lists become affinities.  */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/test.h"
#include "harness/cpus.h"

static void test_spread_is_all_that_may_be_used(void **state)
{
	struct pr_error why;
	char *list, *again;

	(void)state;
	assert_int_equal(pr_cpus_resolve("spread", &list, &why), PR_OK);
	assert_int_equal(pr_cpus_resolve(list, &again, &why), PR_OK);
	assert_string_equal(list, again);
	free(list);
	free(again);
}

static void test_one_is_one(void **state)
{
	cpu_set_t before, set;
	struct pr_error why;
	char *list;

	(void)state;
	sched_getaffinity(0, sizeof(before), &before);
	assert_int_equal(pr_cpus_resolve("one", &list, &why), PR_OK);
	assert_int_equal(pr_cpus_apply(list, &why), PR_OK);
	sched_getaffinity(0, sizeof(set), &set);
	assert_int_equal(CPU_COUNT(&set), 1);
	sched_setaffinity(0, sizeof(before), &before);
	free(list);
}

static void refuse(const char *pin, const char *sentence)
{
	struct pr_error why = {.text = ""};
	char *list = NULL;

	assert_int_equal(pr_cpus_resolve(pin, &list, &why), PR_USAGE);
	assert_null(list);
	if (strstr(why.text, sentence) == NULL)
		assert_string_equal(why.text, sentence);
}

static void test_what_is_no_list_is_refused(void **state)
{
	static const char *const bad[] = {"",
	                                  "two",
	                                  "1-",
	                                  "-1",
	                                  "1,,2",
	                                  "0,",
	                                  "2-1",
	                                  "0x1",
	                                  "1 ",
	                                  "all",
	                                  "9999999999999999999",
	                                  "0-99999"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(bad[i], "is not one, spread or a list of CPUs such as 0-1,3");
}

static void test_a_cpu_that_is_not_there_is_refused(void **state)
{
	(void)state;
	refuse("1023", "names a CPU that may not be used; these may: ");
}

PR_TEST_MAIN(cmocka_unit_test(test_spread_is_all_that_may_be_used),
             cmocka_unit_test(test_one_is_one), cmocka_unit_test(test_what_is_no_list_is_refused),
             cmocka_unit_test(test_a_cpu_that_is_not_there_is_refused))
