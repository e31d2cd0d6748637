/* SPDX-License-Identifier: MIT */
/* core/base/metrics_test.c - the table is complete, and no name stands twice.  */
#include "core/base/metrics.h"

#include <ctype.h>
#include <string.h>

#include "core/base/test.h"

static void every_line_is_complete(void **state)
{
	(void)state;
	for (const struct pr_metric *m = pr_metrics; m->name != NULL; m++) {
		assert_ptr_equal(pr_metrics_find(m->name), m);
		assert_true(m->unit != NULL && m->unit[0] != '\0');
		assert_true(m->help != NULL && m->help[0] != '\0');
		for (const char *c = m->name; *c != '\0'; c++)
			assert_true(islower(*c) || isdigit(*c) || *c == '_');
	}
}

static void directions_are_words(void **state)
{
	(void)state;
	assert_string_equal(pr_metrics_direction(pr_metrics_find("throughput")), "higher");
	assert_string_equal(pr_metrics_direction(pr_metrics_find("latency_p99")), "lower");
	assert_null(pr_metrics_find("latency"));
}

PR_TEST_MAIN(cmocka_unit_test(every_line_is_complete), cmocka_unit_test(directions_are_words))
