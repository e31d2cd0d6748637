/* SPDX-License-Identifier: MIT */
/* harness/env_test.c - facts are there with the right types, and what moves only moves forward.  */
#include "harness/env.h"

#include <string.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/base/test.h"
#include "core/base/version.h"

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value))
		fail_msg("%s is not a number", key);
	return json_number_value(value);
}

static void the_host_is_this_host(void **state)
{
	json_t *host = pr_env_host();

	(void)state;
	assert_int_equal(number(host, "cpus"), sysconf(_SC_NPROCESSORS_ONLN));
	assert_true(number(host, "cpus_allowed") >= 1);
	assert_true(number(host, "memory_bytes") > 1e8);
	assert_true(strlen(pr_json_text(host, "kernel")) > 0);
	assert_true(number(host, "loopback_mtu") >= 1500);
	json_decref(host);
}

/* Null says "unknown"; an empty text or a missing key would say nothing.  */
static void every_fact_is_a_scalar_and_none_is_empty(void **state)
{
	json_t *facts[] = {pr_env_host(), pr_env_noise(), pr_env_proctor()};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *key;
		json_t *value;

		assert_true(json_object_size(facts[i]) >= 4);
		json_object_foreach(facts[i], key, value)
		{
			assert_false(json_is_object(value) || json_is_array(value));
			if (json_is_string(value) && strcmp(key, "mitigations") != 0)
				assert_true(json_string_length(value) > 0);
		}
		json_decref(facts[i]);
	}
}

static void counts_only_grow(void **state)
{
	/* Not the idle time: what a kernel says of it may go back. */
	static const char *const keys[] = {"uptime_s", "cpu_user_ms", "context_switches",
	                                   "processes_started"};
	json_t *before = pr_env_noise(), *after;

	(void)state;
	usleep(20000);
	after = pr_env_noise();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_true(number(after, keys[i]) >= number(before, keys[i]));
	assert_true(number(after, "uptime_s") > number(before, "uptime_s"));
	assert_true(number(after, "context_switches") > number(before, "context_switches"));
	json_decref(before);
	json_decref(after);
}

static void the_program_names_itself(void **state)
{
	json_t *proctor = pr_env_proctor();

	(void)state;
	assert_string_equal(pr_json_text(proctor, "version"), pr_version);
	assert_non_null(strstr(pr_json_text(proctor, "flags"), "-O"));
	json_decref(proctor);
}

PR_TEST_MAIN(cmocka_unit_test(the_host_is_this_host),
             cmocka_unit_test(every_fact_is_a_scalar_and_none_is_empty),
             cmocka_unit_test(counts_only_grow), cmocka_unit_test(the_program_names_itself))
