/* SPDX-License-Identifier: MIT */
/* harness/pressure_test.c - where the bytes are, what a stall took, and what the kernel says.  */
#include "harness/pressure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/test.h"
#include "harness/tcpdiag.h"
#include "harness/unixdiag.h"

#define MS 1000000

static struct pr_pressure pressure;

static const struct pr_pressure_facts facts = {.wire_bytes = 100, .hwm = 10, .senders = 1};

static json_int_t cell(const json_t *dump, size_t point, const char *column)
{
	const json_t *line = json_object_get(dump, "line"), *name;
	size_t i;

	json_array_foreach(json_object_get(line, "columns"), i, name)
	{
		if (strcmp(json_string_value(name), column) == 0) {
			const json_t *value = json_array_get(
			        json_array_get(json_object_get(line, "points"), point), i);

			return json_is_null(value) ? -1 : json_integer_value(value);
		}
	}
	fail_msg("no column %s", column);
	return 0;
}

static json_int_t number(const json_t *dump, const char *key)
{
	const json_t *value = json_object_get(dump, key);

	if (value == NULL)
		fail_msg("no member %s", key);
	return json_is_null(value) ? -1 : (json_int_t)json_number_value(value);
}

static struct pr_pressure_point point(int64_t ms, int stage, int64_t sent, int64_t received)
{
	return (struct pr_pressure_point){.at_ns = ms * MS,
	                                  .stage = stage,
	                                  .sent = sent,
	                                  .received = received,
	                                  .resident = 1};
}

static void add(struct pr_pressure_point point)
{
	pressure.points[pressure.point_count++] = point;
}

/* 1,000 messages of 100 bytes were handed over and 200 received; 60,000 bytes have arrived, of
 * which 25,000 were not read, and 35,000 are under way: 5,000 are with the sender's side, 15,000
 * with the receiver's.  */
static void bytes_are_somewhere(void **state)
{
	struct pr_pressure_point stalled = point(20, PR_STAGE_STALLED, 1000, 200);
	json_t *dump;

	(void)state;
	pr_pressure_begin(&pressure, 0);
	stalled.arrived = 60000;
	stalled.unread = 25000;
	stalled.unsent = 35000;
	stalled.limited_ns = 7 * MS;
	stalled.shut = 1;
	stalled.resident = 5001;
	add(point(0, PR_STAGE_BEFORE, 0, 0));
	add(stalled);
	dump = pr_pressure_dump(&pressure, &facts);
	assert_int_equal(cell(dump, 1, "sender_bytes"), 5000);
	assert_int_equal(cell(dump, 1, "kernel_bytes"), 60000);
	assert_int_equal(cell(dump, 1, "receiver_bytes"), 15000);
	assert_int_equal(cell(dump, 1, "engine_bytes"), 20000);
	assert_int_equal(number(dump, "engine_bytes_peak"), 20000);
	assert_int_equal(number(dump, "kernel_bytes_peak"), 60000);
	/* 15,000 and 25,000, without the 10 messages that it may queue.  */
	assert_int_equal(number(dump, "absorbed_bytes"), 39000);
	assert_int_equal(number(dump, "zero_window_time"), 7 * MS);
	assert_int_equal(number(dump, "memory_growth"), 5000);
	json_decref(dump);
}

/* Where the kernel cannot be seen, its bytes count as the engine's.  */
static void without_the_kernel(void **state)
{
	struct pr_pressure_point stalled = point(20, PR_STAGE_STALLED, 1000, 200);
	json_t *dump;

	(void)state;
	pr_pressure_begin(&pressure, 0);
	stalled.arrived = stalled.unread = stalled.unsent = stalled.limited_ns = -1;
	stalled.window = stalled.shut = stalled.begun = stalled.connections = -1;
	add(point(0, PR_STAGE_BEFORE, 0, 0));
	add(stalled);
	dump = pr_pressure_dump(&pressure, &facts);
	assert_int_equal(cell(dump, 1, "engine_bytes"), 80000);
	assert_int_equal(cell(dump, 1, "kernel_bytes"), -1);
	assert_int_equal(cell(dump, 1, "window"), -1);
	assert_int_equal(number(dump, "absorbed_bytes"), -1);
	assert_int_equal(number(dump, "zero_window_time"), -1);
	assert_int_equal(number(dump, "reconnects"), -1);
	json_decref(dump);
}

/* 300 messages go down with a connection: before it ends they are in the engine, afterwards they
 * are nowhere.  */
static void lost_bytes_are_nowhere(void **state)
{
	struct pr_pressure_point before = point(20, PR_STAGE_STALLED, 500, 100);
	struct pr_pressure_point after = point(30, PR_STAGE_STALLED, 500, 100);
	json_t *dump;

	(void)state;
	pr_pressure_begin(&pressure, 0);
	pressure.lost = 300;
	before.arrived = after.arrived = 50000;
	after.begun = 1;
	add(point(0, PR_STAGE_BEFORE, 0, 0));
	add(before);
	add(after);
	dump = pr_pressure_dump(&pressure, &facts);
	assert_int_equal(cell(dump, 1, "receiver_bytes"), 40000);
	assert_int_equal(cell(dump, 2, "receiver_bytes"), 10000);
	assert_int_equal(cell(dump, 2, "sender_bytes"), 0);
	assert_int_equal(number(dump, "reconnects"), 1);
	json_decref(dump);
}

/* Two stalls: rates over both, means of both; a stall for good has no release.  */
static void rates_and_means(void **state)
{
	json_t *dump;

	(void)state;
	pr_pressure_begin(&pressure, 0);
	add(point(0, PR_STAGE_BEFORE, 0, 0));
	pressure.stalls[0] = (struct pr_pressure_stall){.began_ns = 1,
	                                                .stalled_ns = 100 * MS + 1,
	                                                .released_ns = 200 * MS,
	                                                .first_ns = 201 * MS,
	                                                .last_ns = 210 * MS,
	                                                .ended_ns = 310 * MS,
	                                                .counts = {0, 1000, 1000, 1001, 1500, 2500},
	                                                .calls_first = 2,
	                                                .calls_last = 40};
	pressure.stalls[1] =
	        (struct pr_pressure_stall){.began_ns = 310 * MS,
	                                   .stalled_ns = 410 * MS,
	                                   .released_ns = 510 * MS,
	                                   .first_ns = 513 * MS,
	                                   .last_ns = 540 * MS,
	                                   .ended_ns = 640 * MS,
	                                   .counts = {2500, 5500, 5500, 5501, 7000, 9000},
	                                   .calls_first = 4,
	                                   .calls_last = 60};
	pressure.stall_count = 2;
	dump = pr_pressure_dump(&pressure, &facts);
	assert_int_equal(number(dump, "throughput_before"), 20000);
	assert_int_equal(number(dump, "throughput_drain"), 50000);
	assert_int_equal(number(dump, "throughput_after"), 15000);
	assert_int_equal(number(dump, "release_to_first"), 2 * MS);
	assert_int_equal(number(dump, "release_to_last"), 20 * MS);
	assert_int_equal(number(dump, "release_calls_first"), 3);
	assert_int_equal(number(dump, "release_calls_last"), 50);
	json_decref(dump);
	pressure.stalls[1].released_ns = pressure.stalls[1].first_ns = 0;
	pressure.stalls[1].last_ns = pressure.stalls[1].ended_ns = 0;
	pressure.stalls[1].calls_first = -1;
	dump = pr_pressure_dump(&pressure, &facts);
	assert_int_equal(number(dump, "release_to_first"), MS);
	assert_int_equal(number(dump, "release_calls_first"), -1);
	json_decref(dump);
}

static void latency_counts_from_the_mark(void **state)
{
	(void)state;
	pr_pressure_begin(&pressure, 0);
	atomic_store(&pressure.stage, PR_STAGE_STALLED);
	pr_pressure_mark(&pressure, 160, 1000);
	atomic_store(&pressure.stage, PR_STAGE_DRAIN);
	pr_pressure_arrived(&pressure, 160, 5 * MS + 1000);
	assert_int_equal(pressure.latency[PR_STAGE_STALLED].count, 1);
	assert_int_equal(pressure.latency[PR_STAGE_STALLED].max_ns, 5 * MS);
	/* Its place has been taken.  */
	pr_pressure_mark(&pressure, 160 + PR_PRESSURE_STRIDE * PR_PRESSURE_MARKS, 2000);
	pr_pressure_arrived(&pressure, 160, 9 * MS);
	assert_int_equal(pressure.latency[PR_STAGE_STALLED].count, 1);
	assert_int_equal(pressure.latency[PR_STAGE_DRAIN].count, 0);
}

/* ---- the kernel --------------------------------------------------------------------------- */

struct pair {
	int listener, far, near;
	char endpoint[64];
};

static void connect_pair(struct pair *pair)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	pair->listener = socket(AF_INET, SOCK_STREAM, 0);
	pair->far = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(pair->listener, (void *)&address, size), 0);
	assert_int_equal(listen(pair->listener, 1), 0);
	assert_int_equal(getsockname(pair->listener, (void *)&address, &size), 0);
	assert_int_equal(connect(pair->far, (void *)&address, size), 0);
	pair->near = accept(pair->listener, NULL, NULL);
	assert_true(pair->near >= 0);
	snprintf(pair->endpoint, sizeof(pair->endpoint), "tcp://127.0.0.1:%d",
	         ntohs(address.sin_port));
}

/* Two connections to one port; one ends, and what it counted stays.  */
static void the_kernel_knows(void **state)
{
	static const char bytes[1000];
	struct pr_tcpdiag_sums sums;
	struct pr_tcpdiag *diag;
	struct pair pair;

	(void)state;
	connect_pair(&pair);
	diag = pr_tcpdiag_open(pair.endpoint);
	if (diag == NULL || !pr_tcpdiag_look(diag, &sums)) {
		print_message("this kernel tells nothing of connections\n");
		skip();
	}
	assert_int_equal(sums.connections, 1);
	assert_int_equal(sums.unread, 0);
	assert_true(sums.window > 0);
	assert_int_equal(send(pair.far, bytes, sizeof(bytes), 0), sizeof(bytes));
	while (sums.unread < sizeof(bytes))
		assert_true(pr_tcpdiag_look(diag, &sums));
	assert_int_equal(sums.received, sizeof(bytes));
	assert_int_equal(sums.begun, 1);
	close(pair.far);
	close(pair.near);
	do
		assert_true(pr_tcpdiag_look(diag, &sums));
	while (sums.connections > 0);
	assert_int_equal(sums.received, sizeof(bytes));
	pr_tcpdiag_close(&diag);
	close(pair.listener);
}

static void only_of_tcp(void **state)
{
	(void)state;
	assert_null(pr_tcpdiag_open(""));
	assert_null(pr_tcpdiag_open("ipc://@name:1"));
	assert_null(pr_tcpdiag_open("tcp://127.0.0.1:*"));
}

/* A connection to a path, and one to another path that is not counted.  */
static void the_kernel_knows_ipc(void **state)
{
	static const char bytes[1000];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char *dir = mkdtemp(pr_strdup("/tmp/proctor-unixdiag-XXXXXX")), *endpoint;
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), far = socket(AF_UNIX, SOCK_STREAM, 0), near;
	struct pr_unixdiag_sums sums;
	struct pr_unixdiag *diag;

	(void)state;
	assert_non_null(dir);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir);
	endpoint = pr_asprintf("ipc://%s", address.sun_path);
	assert_int_equal(bind(listener, (void *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(connect(far, (void *)&address, sizeof(address)), 0);
	near = accept(listener, NULL, NULL);
	assert_int_equal(send(far, bytes, sizeof(bytes), 0), sizeof(bytes));
	diag = pr_unixdiag_open(endpoint);
	unlink(address.sun_path);
	rmdir(dir);
	free(dir);
	free(endpoint);
	if (diag == NULL || !pr_unixdiag_look(diag, &sums)) {
		print_message("this kernel tells nothing of unix sockets\n");
		skip();
	}
	assert_int_equal(sums.connections, 1);
	assert_int_equal(sums.unread, sizeof(bytes));
	close(far);
	close(near);
	assert_true(pr_unixdiag_look(diag, &sums));
	assert_int_equal(sums.connections, 0);
	assert_int_equal(sums.begun, 1);
	pr_unixdiag_close(&diag);
	close(listener);
	assert_null(pr_unixdiag_open("tcp://127.0.0.1:1"));
	assert_null(pr_unixdiag_open("ipc://"));
}

/* What the kernel has is not in the engine; how much has passed it is not known: what the sending
 * side may queue (1,000) is not counted as taken by the reading one, unless its senders are raw. */
static void ipc_tells_how_much_lies_there(void **state)
{
	struct pr_pressure_point stalled = point(20, PR_STAGE_STALLED, 100, 10);
	struct pr_pressure_facts raw = facts, unlimited = facts;
	json_t *dump;

	(void)state;
	raw.is_raw = true;
	unlimited.hwm = 0;
	pr_pressure_begin(&pressure, 0);
	stalled.unread = 4000;
	stalled.arrived = stalled.window = stalled.shut = stalled.limited_ns = -1;
	add(stalled);
	dump = pr_pressure_dump(&pressure, &facts);
	assert_int_equal(number(dump, "kernel_bytes_peak"), 4000);
	assert_int_equal(number(dump, "engine_bytes_peak"), 90 * 100 - 4000);
	assert_int_equal(number(dump, "absorbed_bytes"), 90 * 100 - 2 * 1000);
	json_decref(dump);
	dump = pr_pressure_dump(&pressure, &raw);
	assert_int_equal(number(dump, "absorbed_bytes"), 90 * 100 - 1000);
	json_decref(dump);
	dump = pr_pressure_dump(&pressure, &unlimited); /* what is queued where is not known */
	assert_int_equal(number(dump, "absorbed_bytes"), -1);
	json_decref(dump);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(bytes_are_somewhere),
	        cmocka_unit_test(without_the_kernel),
	        cmocka_unit_test(lost_bytes_are_nowhere),
	        cmocka_unit_test(rates_and_means),
	        cmocka_unit_test(latency_counts_from_the_mark),
	        cmocka_unit_test(the_kernel_knows),
	        cmocka_unit_test(only_of_tcp),
	        cmocka_unit_test(the_kernel_knows_ipc),
	        cmocka_unit_test(ipc_tells_how_much_lies_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
