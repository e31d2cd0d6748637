/* SPDX-License-Identifier: MIT */
/* harness/check_test.c - right counts pass, and each wrong one is caught by its own rule.  */
#include "harness/check.h"

#include <string.h>

#include "core/base/json.h"
#include "core/base/test.h"

/* The counts of a speculative reader: 1,000 round trips of 64 bytes, two races won.  */
static json_t *pingpong_counters(void)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}",
	                 "recv_calls", 3998, "recv_full", 0, "recv_short", 2000, "recv_eagain",
	                 1998, "recv_end", 0, "recv_error", 0, "recv_speculative", 2000,
	                 "eagain_speculative", 1998, "recv_bytes", 132000, "recv_handshake_bytes",
	                 0, "send_bytes", 132000, "send_handshake_bytes", 0);
}

static struct pr_check_facts pingpong_facts(void)
{
	return (struct pr_check_facts){
	        .workload = &pr_workload_pingpong,
	        .spec = &pr_workload_pingpong.defaults,
	        .habits = {8192, 8192, PR_READS_AHEAD},
	        .exact_wire = true,
	        .messages = 2000,
	};
}

/* 200,000 messages in ten slices: 162 receives of 8 KiB each, and 3 catch-ups.  */
static json_t *streaming_counters(void)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "recv_full", 1600, "recv_short", 23,
	                 "recv_bytes", 13200000, "send_full", 1620, "send_short", 0, "send_bytes",
	                 13200000);
}

static struct pr_check_facts streaming_facts(void)
{
	return (struct pr_check_facts){
	        .workload = &pr_workload_streaming,
	        .spec = &pr_workload_streaming.defaults,
	        .habits = {8192, 8192, PR_READS_AHEAD},
	        .exact_wire = true,
	        .messages = 200000,
	        .least_receives = 1620,
	        .least_sends = 1620,
	};
}

static json_t *run(const struct pr_check_facts *facts, const json_t *counters)
{
	json_t *checks = json_array();

	pr_check_hooks(facts, counters, checks);
	return checks;
}

static bool has_check(const json_t *checks, const char *part)
{
	const json_t *check;
	size_t i;

	json_array_foreach((json_t *)checks, i, check)
	{
		if (strstr(pr_json_text(check, "name"), part) != NULL)
			return true;
	}
	return false;
}

static void all_pass(const struct pr_check_facts *facts, json_t *counters)
{
	json_t *checks = run(facts, counters);
	const json_t *failed = pr_check_first_failed(checks);

	if (failed != NULL)
		fail_msg("%s: %s", pr_json_text(failed, "name"), pr_json_text(failed, "text"));
	assert_true(json_array_size(checks) >= 3);
	json_decref(checks);
	json_decref(counters);
}

/* Changes one counter; the first check to fail must be the one whose name has this part.  */
static void one_fails(const struct pr_check_facts *facts, json_t *counters, const char *counter,
                      int value, const char *part)
{
	json_t *checks;
	const json_t *failed;

	json_object_set_new(counters, counter, json_integer(value));
	checks = run(facts, counters);
	failed = pr_check_first_failed(checks);
	if (failed == NULL)
		fail_msg("nothing notices that %s is %d", counter, value);
	if (strstr(pr_json_text(failed, "name"), part) == NULL)
		assert_string_equal(pr_json_text(failed, "name"), part);
	json_decref(checks);
	json_decref(counters);
}

static void right_counts_pass(void **state)
{
	struct pr_check_facts pingpong = pingpong_facts(), streaming = streaming_facts();

	(void)state;
	all_pass(&pingpong, pingpong_counters());
	all_pass(&streaming, streaming_counters());
}

static void pingpong_rules(void **state)
{
	struct pr_check_facts facts = pingpong_facts();

	(void)state;
	one_fails(&facts, pingpong_counters(), "recv_calls", 3999, "recv_calls = recv_full");
	one_fails(&facts, pingpong_counters(), "recv_bytes", 132001, "bytes received");
	one_fails(&facts, pingpong_counters(), "send_bytes", 131999, "bytes sent");
	one_fails(&facts, pingpong_counters(), "recv_full", 1, "recv_calls = recv_full");
	one_fails(&facts, pingpong_counters(), "recv_speculative", 2030, "would-blocks = messages");
}

/* One receive too many, and the laws kept.  */
static void pingpong_receives_are_the_messages(void **state)
{
	struct pr_check_facts facts = pingpong_facts();
	json_t *counters = pingpong_counters();

	(void)state;
	json_object_set_new(counters, "recv_short", json_integer(2001));
	one_fails(&facts, counters, "recv_calls", 3999, "successful receives = messages");
}

static void a_reactive_reader_has_no_would_blocks(void **state)
{
	struct pr_check_facts facts = pingpong_facts();
	json_t *counters = pingpong_counters();

	(void)state;
	facts.habits.reads_ahead = PR_READS_WHEN_READY;
	json_object_set_new(counters, "recv_calls", json_integer(2020));
	json_object_set_new(counters, "recv_speculative", json_integer(0));
	json_object_set_new(counters, "eagain_speculative", json_integer(0));
	json_object_set_new(counters, "recv_eagain", json_integer(20));
	all_pass(&facts, json_deep_copy(counters));
	json_object_set_new(counters, "recv_calls", json_integer(2021));
	one_fails(&facts, counters, "recv_eagain", 21, "would-blocks are at most 0.01");
}

static void an_adaptive_reader_may_try(void **state)
{
	struct pr_check_facts facts = pingpong_facts();
	json_t *counters = pingpong_counters();

	(void)state;
	facts.habits.reads_ahead = PR_READS_WHERE_IT_PAYS;
	json_object_set_new(counters, "recv_calls", json_integer(2520));
	json_object_set_new(counters, "recv_speculative", json_integer(500));
	json_object_set_new(counters, "eagain_speculative", json_integer(500));
	json_object_set_new(counters, "recv_eagain", json_integer(520));
	all_pass(&facts, json_deep_copy(counters));
	json_object_set_new(counters, "recv_calls", json_integer(2521));
	one_fails(&facts, counters, "recv_eagain", 521, "would-blocks of reads that were not");
}

static void streaming_rules(void **state)
{
	struct pr_check_facts facts = streaming_facts();

	(void)state;
	one_fails(&facts, streaming_counters(), "recv_full", 1596, "0 <= successful receives");
	one_fails(&facts, streaming_counters(), "recv_full", 1621, "0 <= successful receives");
	one_fails(&facts, streaming_counters(), "send_full", 1619, "successful sends");
	one_fails(&facts, streaming_counters(), "recv_bytes", 13199934, "bytes received");
}

static void rules_that_do_not_apply_are_not_checked(void **state)
{
	struct pr_check_facts facts = streaming_facts();
	struct pr_workload_spec finite = pr_workload_streaming.defaults;
	json_t *counters = streaming_counters(), *checks;

	(void)state;
	finite.link.hwm = 1000;
	facts.spec = &finite;
	checks = run(&facts, counters);
	assert_false(has_check(checks, "successful receives"));
	assert_true(has_check(checks, "bytes received"));
	json_decref(checks);
	facts.exact_wire = false;
	checks = run(&facts, counters);
	assert_int_equal(json_array_size(checks), 0);
	json_decref(checks);
	json_decref(counters);
}

/* Every law is there when every counter is, and holds for zeros.  */
static void every_law_is_evaluated(void **state)
{
	json_t *counters = json_object(), *checks = json_array();
	size_t laws = 0;

	(void)state;
#define PR_COUNTER(scope, name, unit, kind, help)                                                  \
	json_object_set_new(counters, #name, json_integer(0));
#define PR_LAW(name, left, right) laws++;
#include "core/counters.def"
#undef PR_COUNTER
#undef PR_LAW
	pr_check_laws(counters, checks);
	assert_int_equal(json_array_size(checks), laws);
	assert_true(laws >= 9);
	assert_null(pr_check_first_failed(checks));
	json_array_clear(checks);
	json_object_set_new(counters, "waits", json_integer(1));
	pr_check_laws(counters, checks);
	assert_string_equal(pr_json_text(pr_check_first_failed(checks), "name"),
	                    "waits = waits_with_events + waits_empty");
	json_decref(checks);
	json_decref(counters);
}

/* ---- traces ------------------------------------------------------------------------------ */

static json_t *pingpong_trace(void)
{
	return json_pack(
	        "{s:{s:i, s:i, s:i, s:{s:i}}, s:{s:i, s:i, s:i, s:{}}, s:{s:i, s:i, s:i, s:{}}}",
	        "recvfrom", "calls", 3998, "ok", 2000, "bytes", 132000, "errors", "EAGAIN", 1998,
	        "sendto", "calls", 2000, "ok", 2000, "bytes", 132000, "errors", "read", "calls", 9,
	        "ok", 9, "bytes", 72, "errors");
}

static void trace(json_t *strace, const char *failing)
{
	struct pr_check_facts facts = pingpong_facts();
	json_t *counters = pingpong_counters(), *checks = json_array();
	const json_t *failed;

	json_object_set_new(counters, "send_calls", json_integer(2000));
	pr_check_strace(&facts, counters, strace, checks);
	failed = pr_check_first_failed(checks);
	if (failing == NULL)
		assert_null(failed);
	else
		assert_string_equal(pr_json_text(failed, "name"), failing);
	json_decref(strace);
	json_decref(counters);
	json_decref(checks);
}

static json_t *changed(const char *call, const char *key, int value)
{
	json_t *strace = pingpong_trace();

	json_object_set_new(json_object_get(strace, call), key, json_integer(value));
	return strace;
}

static void hooks_and_strace_must_agree(void **state)
{
	(void)state;
	trace(pingpong_trace(), NULL);
	trace(changed("recvfrom", "calls", 3997), "receives: hooks = strace");
	trace(changed("recvfrom", "bytes", 131934), "bytes received: hooks = strace");
	trace(changed("sendto", "calls", 2001), "sends: hooks = strace");
	trace(changed("sendto", "bytes", 132066), "bytes sent: hooks = strace");
	trace(changed("recvfrom", "ok", 1999), "successful receives (strace) = messages");
	trace(changed("read", "calls", 1000), NULL); /* of an eventfd: not a receive */
}

static void every_call_that_receives_counts(void **state)
{
	json_t *strace = json_pack(
	        "{s:{s:i, s:i, s:i, s:{}}, s:{s:i, s:i, s:i, s:{s:i}}, s:{s:i, s:i}}", "recvmsg",
	        "calls", 3, "ok", 3, "bytes", 30, "errors", "read_tcp", "calls", 5, "ok", 4,
	        "bytes", 40, "errors", "EAGAIN", 1, "read", "calls", 100, "ok", 100);
	struct pr_check_calls received = pr_check_receives(strace);

	(void)state;
	assert_int_equal(received.calls, 8);
	assert_int_equal(received.ok, 7);
	assert_int_equal(received.bytes, 70);
	assert_int_equal(received.eagain, 1);
	json_decref(strace);
}

/* With apostrophes for quotes.  */
static json_t *load(const char *quoted)
{
	char *text = strdup(quoted);
	json_t *json;

	for (char *at = text; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	free(text);
	return json;
}

/* Another probe beside strace, and beside the hooks where strace did not look.  */
static void probes_agree_to_the_unit(void **state)
{
	static const char calls[] =
	        "{'recvfrom':{'calls':30,'ok':20,'bytes':1320,'errors':{'EAGAIN':10}},"
	        "'readv_tcp':{'calls':2,'ok':2,'bytes':8,'errors':{}},"
	        "'sendto':{'calls':20,'ok':20,'bytes':1328,'errors':{}},"
	        "'write':{'calls':9,'ok':9,'bytes':72,'errors':{},'fds':{'eventfd':7,'pipe':2}}}";
	json_t *strace = load(calls), *checks = json_array();
	json_t *reading = json_pack("{s:o}", "calls", load(calls));
	json_t *hooks = load("{'recv_calls':32,'recv_eagain':11,'send_calls':20}");

	(void)state;
	pr_check_watched("interpose", reading, hooks, strace, checks);
	assert_int_equal(json_array_size(checks), 6); /* with strace, all of them */
	assert_null(pr_check_first_failed(checks));
	json_array_clear(checks);
	pr_check_watched("perf", reading, NULL, strace, checks);
	assert_int_equal(json_array_size(checks), 4); /* it tells no bytes */
	json_array_clear(checks);
	pr_check_watched("interpose", reading, hooks, NULL, checks);
	assert_int_equal(json_array_size(checks), 3);
	assert_string_equal(pr_json_text(pr_check_first_failed(checks), "name"),
	                    "would-blocks: interpose = hooks");
	json_array_clear(checks);
	json_object_set_new(reading, "lost", json_integer(3));
	pr_check_watched("interpose", reading, NULL, NULL, checks);
	assert_int_equal(json_array_size(checks), 1);
	assert_non_null(pr_check_first_failed(checks));
	json_decref(hooks);
	json_decref(reading);
	json_decref(strace);
	json_decref(checks);
}

PR_TEST_MAIN(cmocka_unit_test(probes_agree_to_the_unit), cmocka_unit_test(right_counts_pass),
             cmocka_unit_test(pingpong_rules), cmocka_unit_test(pingpong_receives_are_the_messages),
             cmocka_unit_test(a_reactive_reader_has_no_would_blocks),
             cmocka_unit_test(an_adaptive_reader_may_try), cmocka_unit_test(streaming_rules),
             cmocka_unit_test(rules_that_do_not_apply_are_not_checked),
             cmocka_unit_test(every_law_is_evaluated),
             cmocka_unit_test(hooks_and_strace_must_agree),
             cmocka_unit_test(every_call_that_receives_counts))
