/* SPDX-License-Identifier: MIT */
/* core/counters_test.c - the list, sums and peaks; and that each conservation law names only
 * counters that exist.
 *
 * That the laws hold for a running engine is asserted by core/test/ and by every trial of the
 * harness.  */
#include "core/counters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/include/proctor.h"

#if PROCTOR_HOOKS

static size_t index_of(const char *name)
{
	for (size_t i = 0; i < pr_counters_count(); i++)
		if (strcmp(pr_counters_list()[i].name, name) == 0)
			return i;
	fail_msg("no counter is called %s", name);
	return 0;
}

static void names_are_unique_and_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < pr_counters_count(); i++) {
		const struct proctor_counter *counter = &pr_counters_list()[i];

		assert_int_equal(index_of(counter->name), i);
		assert_true(strlen(counter->help) > 10);
		assert_true(strlen(counter->unit) > 0);
	}
}

static void sums_add_up_and_peaks_do_not(void **state)
{
	struct pr_conn_counters a = {0}, b = {0};
	uint64_t values[256] = {0};

	(void)state;
	assert_true(pr_counters_count() <= 256);
	PR_COUNT(&a, recv_calls, 3);
	PR_COUNT(&b, recv_calls, 4);
	PR_COUNT_PEAK(&a, held_bytes_peak, 100);
	PR_COUNT_PEAK(&a, held_bytes_peak, 50);
	PR_COUNT_PEAK(&b, held_bytes_peak, 70);
	pr_counters_add(PR_SCOPE_CONN, &a, values);
	pr_counters_add(PR_SCOPE_CONN, &b, values);
	assert_int_equal(values[index_of("recv_calls")], 7);
	assert_int_equal(values[index_of("held_bytes_peak")], 100);
	pr_counters_fold(PR_SCOPE_CONN, &b, &a);
	assert_int_equal(b.recv_calls, 7);
	assert_int_equal(b.held_bytes_peak, 100);
}

static void scopes_do_not_mix(void **state)
{
	struct pr_loop_counters loop = {0};
	struct pr_sock_counters sock = {0};
	uint64_t values[256] = {0};

	(void)state;
	PR_COUNT(&loop, waits, 5);
	PR_COUNT(&sock, app_sleeps, 6);
	pr_counters_add(PR_SCOPE_LOOP, &loop, values);
	pr_counters_add(PR_SCOPE_SOCK, &sock, values);
	uint64_t total = 0;

	for (size_t i = 0; i < pr_counters_count(); i++)
		total += values[i];
	assert_int_equal(values[index_of("waits")], 5);
	assert_int_equal(values[index_of("app_sleeps")], 6);
	assert_int_equal(total, 11);
}

static void laws_name_counters_that_exist(void **state)
{
	uint64_t values[256] = {0};

	(void)state;
#define c(name)                   values[index_of(#name)]
#define PR_LAW(name, left, right) assert_int_equal(left, right);
#define PR_COUNTER(scope, name, unit, kind, help)
#include "core/counters.def"
#undef PR_COUNTER
#undef PR_LAW
#undef c
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(names_are_unique_and_explained),
	        cmocka_unit_test(sums_add_up_and_peaks_do_not),
	        cmocka_unit_test(scopes_do_not_mix),
	        cmocka_unit_test(laws_name_counters_that_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void without_hooks_there_are_no_counters(void **state)
{
	(void)state;
	assert_int_equal(pr_counters_count(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(without_hooks_there_are_no_counters)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
