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
	PR_COUNT(&a, stops, 3);
	PR_COUNT(&b, stops, 4);
	PR_COUNT_PEAK(&a, held_bytes_peak, 100);
	PR_COUNT_PEAK(&a, held_bytes_peak, 50);
	PR_COUNT_PEAK(&b, held_bytes_peak, 70);
	pr_counters_add(PR_SCOPE_CONN, &a, values);
	pr_counters_add(PR_SCOPE_CONN, &b, values);
	assert_int_equal(values[index_of("stops")], 7);
	assert_int_equal(values[index_of("held_bytes_peak")], 100);
	pr_counters_fold(PR_SCOPE_CONN, &b, &a);
	assert_int_equal(b.stops, 7);
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

static void assert_laws(const uint64_t *values)
{
#define c(name)                   values[index_of(#name)]
#define PR_LAW(name, left, right) assert_int_equal(left, right);
#define PR_COUNTER(scope, name, unit, kind, help)
#include "core/counters.def"
#undef PR_COUNTER
#undef PR_LAW
#undef c
}

static void laws_name_counters_that_exist(void **state)
{
	uint64_t values[256] = {0};

	(void)state;
	assert_laws(values);
}

static void count_calls(struct pr_conn_counters *counters)
{
	for (unsigned i = 0; i < 2; i++)
		PR_COUNT_CELL(counters, receives, PR_OUTCOME_EAGAIN, PR_READ_DRAIN);
	PR_COUNT_CELL(counters, receives, PR_OUTCOME_EAGAIN, PR_READ_START);
	PR_COUNT_CELL(counters, receives, PR_OUTCOME_FULL, PR_READ_DRAIN);
	PR_COUNT_SIZE(counters, recv, 8192);
	PR_COUNT_CELL(counters, receives, PR_OUTCOME_END, PR_READ_READINESS);
	PR_COUNT_CELL(counters, receives, PR_OUTCOME_ERROR, PR_READ_SPECULATIVE);
	PR_COUNT_CELL(counters, sends, PR_OUTCOME_SHORT, PR_SEND_MORE);
	PR_COUNT_SIZE(counters, send, 127);
	PR_COUNT_CELL(counters, sends, PR_OUTCOME_EAGAIN, PR_SEND_HANDSHAKE);
}

static void assert_value(const uint64_t *values, const char *name, uint64_t expected)
{
	if (values[index_of(name)] != expected)
		fail_msg("%s is %llu", name, (unsigned long long)values[index_of(name)]);
}

/* And go on doing so in the struct of an owner.  */
static void cells_become_counters(void **state)
{
	static const struct {
		const char *name;
		uint64_t value;
	} expected[] = {
	        {"recv_calls", 6},        {"recv_full", 1},        {"recv_short", 0},
	        {"recv_eagain", 3},       {"recv_end", 1},         {"recv_error", 1},
	        {"recv_on_readiness", 1}, {"recv_drain", 3},       {"recv_speculative", 1},
	        {"recv_restart", 0},      {"recv_start", 1},       {"eagain_on_readiness", 0},
	        {"eagain_drain", 2},      {"eagain_start", 1},     {"recv_size_lt_64k", 1},
	        {"send_calls", 2},        {"send_full", 0},        {"send_short", 1},
	        {"send_eagain", 1},       {"send_error", 0},       {"send_on_wakeup", 0},
	        {"send_more", 1},         {"send_on_writable", 0}, {"send_handshake", 1},
	        {"send_size_lt_128", 1},
	};
	struct pr_conn_counters conn = {0}, owner = {0};
	uint64_t values[256] = {0};

	(void)state;
	count_calls(&conn);
	pr_counters_fold(PR_SCOPE_CONN, &owner, &conn);
	pr_counters_add(PR_SCOPE_CONN, &conn, values);
	assert_laws(values);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_value(values, expected[i].name, expected[i].value);
	pr_counters_add(PR_SCOPE_CONN, &owner, values);
	assert_laws(values);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_value(values, expected[i].name, 2 * expected[i].value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(names_are_unique_and_explained),
	        cmocka_unit_test(sums_add_up_and_peaks_do_not),
	        cmocka_unit_test(scopes_do_not_mix),
	        cmocka_unit_test(laws_name_counters_that_exist),
	        cmocka_unit_test(cells_become_counters),
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
