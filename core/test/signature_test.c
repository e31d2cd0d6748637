/* SPDX-License-Identifier: MIT */
/* core/test/signature_test.c - conformance: what the engine counts about itself is true, and each
 * phase has the signature that it was built to have, on every stream transport.
 *
 * Ping-pong of L round trips by one application thread: 2L receives that find a message; then 2L
 * that find nothing where a phase speculates, none where it does not, and a few probes where it
 * adapts.  A stream: as many bytes as messages times their frames, in no fewer receives than
 * read-size allows.  At rest: no system call at all.  */
#include "core/adapt.h"
#include "core/test/phases.h"

#include <dlfcn.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define ROUND_TRIPS 200
#define BODY        64
#define FRAME       (2 + BODY)

/* The ways that bytes can go, and who makes the system calls; each test of a signature runs over
 * each of them.  */
struct way {
	const char *transport;
	const char *options;
};

static const struct way ways[] = {
        {"tcp", "io=thread"},
        {"ipc", "io=thread"},
        {"tcp", "io=caller"},
        {"ipc", "io=caller"},
};

static bool is_by_caller(const struct way *way)
{
	return strcmp(way->options, "io=caller") == 0;
}

/* libuv reads in its own loop and nowhere else.  */
static bool is_possible(const struct way *way)
{
	return pr_phases_current->phase.reader != PR_READER_LIBUV || !is_by_caller(way);
}

/* Runs a check over each way.  */
static void each_way(void (*check)(const struct way *way))
{
	if (!pr_phases_have_counters())
		skip();
	for (size_t i = 0; i < KIT_COUNT(ways); i++)
		if (is_possible(&ways[i]))
			check(&ways[i]);
}

/* The topology of the report: two ROUTERs in one context, unlimited.  */
struct scene {
	void *ctx, *a, *b;
};

static void bind_way(void *socket, const struct way *way, char endpoint[KIT_ENDPOINT_SIZE])
{
	static unsigned count;

	if (strcmp(way->transport, "tcp") == 0) {
		kit_bind(socket, endpoint);
		return;
	}
	snprintf(endpoint, KIT_ENDPOINT_SIZE, "%s://@proctor-signature-%d-%u", way->transport,
	         (int)getpid(), ++count);
	kit_assert_ok(zmq_bind(socket, endpoint));
}

static void open_scene(struct scene *scene, const struct way *way, const char *options)
{
	char endpoint[KIT_ENDPOINT_SIZE], all[128];

	snprintf(all, sizeof(all), "%s%s%s", options ? options : "", options ? "," : "",
	         way->options);
	scene->ctx = pr_phases_ctx(all);
	scene->a = pr_kit_socket(scene->ctx, ZMQ_ROUTER);
	scene->b = pr_kit_socket(scene->ctx, ZMQ_ROUTER);
	pr_kit_set(scene->a, ZMQ_RCVHWM, 0);
	pr_kit_set(scene->b, ZMQ_SNDHWM, 0);
	pr_kit_set(scene->a, ZMQ_SNDHWM, 0);
	pr_kit_set(scene->b, ZMQ_RCVHWM, 0);
	pr_kit_set_id(scene->a, "A");
	pr_kit_set_id(scene->b, "B");
	pr_kit_set(scene->a, ZMQ_ROUTER_MANDATORY, 1);
	pr_kit_set(scene->b, ZMQ_ROUTER_MANDATORY, 1);
	bind_way(scene->a, way, endpoint);
	kit_assert_ok(zmq_connect(scene->b, endpoint));
}

static void close_scene(struct scene *scene)
{
	pr_kit_close(scene->a);
	pr_kit_close(scene->b);
	pr_kit_term(scene->ctx);
}

static void pass(void *from, void *to, const char *id, void *body)
{
	kit_assert_ok(zmq_send(from, id, 1, ZMQ_SNDMORE));
	kit_assert_ok(zmq_send(from, body, BODY, 0));
	assert_int_equal(zmq_recv(to, body, 1, 0), 1);
	assert_int_equal(zmq_recv(to, body, BODY, 0), BODY);
}

/* A round trip, when both sides know each other.  */
static void round_trip(struct scene *scene)
{
	char body[BODY] = "body";

	pass(scene->a, scene->b, "B", body);
	pass(scene->b, scene->a, "A", body);
}

static void warm_up(struct scene *scene)
{
	kit_until(zmq_send(scene->a, "B", 1, ZMQ_SNDMORE) != -1);
	kit_send(scene->a, "hello");
	kit_expect_more(scene->b, "A");
	kit_expect(scene->b, "hello");
	round_trip(scene);
}

static uint64_t ok(const struct phases_snapshot *before, const struct phases_snapshot *after)
{
	return pr_phases_delta(before, after, "recv_full") +
	       pr_phases_delta(before, after, "recv_short");
}

/* ---- Ping-pong ---- */

/* What a phase does after each message, in ping-pong: a read that finds nothing.  */
enum habit { LOOKS, WAITS, ADAPTS, DRAINS };

/* The probes of one connection (core/adapt.h) among its first `messages`.  */
static uint64_t probes(unsigned messages)
{
	uint64_t count = 0;

	for (unsigned at = PR_ADAPT_PROBE_FIRST, after = at; at <= messages; at += after, count++)
		if (after < PR_ADAPT_PROBE_MOST)
			after *= 2;
	return count;
}

static enum habit current_habit(void)
{
	const struct pr_phase *phase = &pr_phases_current->phase;

	if (phase->speculate == PR_SPECULATE_ADAPTIVE)
		return ADAPTS;
	return phase->speculate == PR_SPECULATE_ALWAYS ? LOOKS : WAITS;
}

/* Exactly: the few messages of the warm-up are not enough for a probe, nor enough to bring another
 * one into the time that is measured.  */
static void check_would_blocks(const struct phases_snapshot *before,
                               const struct phases_snapshot *after, enum habit habit)
{
	uint64_t each = 2 * ROUND_TRIPS, speculative = 0;

	assert_int_equal(probes(ROUND_TRIPS), probes(ROUND_TRIPS + 5));
	if (habit == LOOKS)
		speculative = each;
	else if (habit == ADAPTS)
		speculative = 2 * probes(ROUND_TRIPS);
	assert_int_equal(pr_phases_delta(before, after, "recv_speculative"), speculative);
	assert_int_equal(pr_phases_delta(before, after, "eagain_speculative"), speculative);
	assert_int_equal(pr_phases_delta(before, after, "eagain_drain"),
	                 habit == DRAINS ? each : 0);
	assert_int_equal(pr_phases_delta(before, after, "eagain_restart"), 0);
	assert_int_equal(pr_phases_delta(before, after, "eagain_on_readiness"), 0);
}

/* How often a caller tries depends on how often it is calm; only what it tries may find nothing. */
static void check_caller_adapts(const struct phases_snapshot *before,
                                const struct phases_snapshot *after)
{
	assert_int_equal(pr_phases_delta(before, after, "recv_eagain"),
	                 pr_phases_delta(before, after, "eagain_speculative"));
}

static void check_ping_pong(const struct way *way, const char *options, enum habit habit)
{
	struct phases_snapshot before, after;
	struct scene scene;

	open_scene(&scene, way, options);
	warm_up(&scene);
	pr_phases_rest(scene.ctx, &before);
	for (int i = 0; i < ROUND_TRIPS; i++)
		round_trip(&scene);
	pr_phases_rest(scene.ctx, &after);
	assert_int_equal(ok(&before, &after), 2 * ROUND_TRIPS);
	assert_int_equal(pr_phases_delta(&before, &after, "recv_messages"), 2 * ROUND_TRIPS);
	assert_int_equal(pr_phases_delta(&before, &after, "recv_bytes"), 2 * ROUND_TRIPS * FRAME);
	assert_int_equal(pr_phases_delta(&before, &after, "send_bytes"), 2 * ROUND_TRIPS * FRAME);
	assert_int_equal(pr_phases_delta(&before, &after, "send_full"), 2 * ROUND_TRIPS);
	assert_int_equal(pr_phases_delta(&before, &after, "recv_handshake_bytes"), 0);
	assert_int_equal(pr_phases_delta(&before, &after, "stops"), 0);
	if (is_by_caller(way)) /* every lease has ended */
		assert_int_equal(pr_phases_delta(&before, &after, "interest_changes") % 2, 0);
	else
		assert_int_equal(pr_phases_delta(&before, &after, "interest_changes"), 0);
	if (is_by_caller(way) && habit == ADAPTS)
		check_caller_adapts(&before, &after);
	else
		check_would_blocks(&before, &after, habit);
	close_scene(&scene);
}

static void check_preset(const struct way *way)
{
	check_ping_pong(way, NULL, current_habit());
}

static void test_ping_pong(void **state)
{
	(void)state;
	each_way(check_preset);
}

/* A caller that has sent the message itself learns that it is there when it wants to receive it,
 * and then it waits for nothing.  A machine that takes the thread away for long ends its lease, so
 * it may take some tries.  */
static bool needs_no_wait(struct scene *scene)
{
	struct phases_snapshot before, after;

	pr_phases_rest(scene->ctx, &before);
	for (int i = 0; i < ROUND_TRIPS; i++)
		round_trip(scene);
	pr_phases_rest(scene->ctx, &after);
	return pr_phases_delta(&before, &after, "recv_speculative") -
	               pr_phases_delta(&before, &after, "eagain_speculative") >
	       ROUND_TRIPS;
}

static void check_caller_learns(const struct way *way)
{
	struct scene scene;
	int tries = 0;

	if (!is_by_caller(way))
		return;
	open_scene(&scene, way, "reader=recv,speculate=adaptive,drain=short");
	warm_up(&scene);
	while (!needs_no_wait(&scene))
		assert_true(++tries < 100);
	close_scene(&scene);
}

static void test_caller_learns(void **state)
{
	(void)state;
	each_way(check_caller_learns);
}

/* The option alone makes the difference, whatever the preset.  drain=eagain reads on until nothing
 * is left: its would-blocks have another cause, not another number.  */
static void check_options(const struct way *way)
{
	static const struct {
		const char *options;
		enum habit habit;
	} cases[] = {
	        {"reader=recv,speculate=always", LOOKS},
	        {"reader=recv,speculate=never,drain=once", WAITS},
	        {"reader=recv,speculate=never,drain=short", WAITS},
	        {"reader=recv,speculate=never,drain=eagain", DRAINS},
	        {"reader=recv,speculate=adaptive,drain=once", ADAPTS},
	        {"reader=recv,speculate=adaptive,drain=short", ADAPTS},
	        {"reader=recv,speculate=adaptive,drain=eagain", DRAINS},
	};

	for (size_t i = 0; i < KIT_COUNT(cases); i++) {
		/* Its reads are of two causes when a caller makes them. */
		if (is_by_caller(way) && strstr(cases[i].options, "adaptive,drain=eagain"))
			continue;
		check_ping_pong(way, cases[i].options, cases[i].habit);
	}
}

static void test_options(void **state)
{
	(void)state;
	each_way(check_options);
}

/* One send, many reads: the adaptive rule finds out at its first probe that it pays to read on, and
 * then it does so to the end of what is there.  */
static void check_burst(const struct way *way, const char *options, bool reads_on)
{
	static char body[16000];
	const uint64_t reads = (9 + sizeof(body) + 63) / 64;
	struct phases_snapshot before, after;
	struct scene scene;

	open_scene(&scene, way, options);
	warm_up(&scene);
	pr_phases_rest(scene.ctx, &before);
	kit_assert_ok(zmq_send(scene.b, "A", 1, ZMQ_SNDMORE));
	kit_assert_ok(zmq_send(scene.b, body, sizeof(body), 0));
	assert_int_equal(zmq_recv(scene.a, body, 1, 0), 1);
	assert_int_equal(zmq_recv(scene.a, body, sizeof(body), 0), sizeof(body));
	pr_phases_rest(scene.ctx, &after);
	assert_int_equal(pr_phases_delta(&before, &after, "send_full"), 1);
	assert_int_equal(ok(&before, &after), reads);
	if (reads_on) {
		assert_in_range(pr_phases_delta(&before, &after, "recv_on_readiness"), 1,
		                PR_ADAPT_PROBE_FIRST);
		assert_int_equal(pr_phases_delta(&before, &after, "recv_eagain"), 1);
	} else {
		assert_int_equal(pr_phases_delta(&before, &after, "recv_on_readiness"), reads);
		assert_int_equal(pr_phases_delta(&before, &after, "recv_eagain"), 0);
	}
	close_scene(&scene);
}

/* By the I/O thread: a caller decides about each read when it wants a message.  */
static void check_bursts(const struct way *way)
{
	if (is_by_caller(way))
		return;
	check_burst(way, "reader=recv,read-size=64,drain=once,cork=64K,speculate=adaptive", true);
	check_burst(way, "reader=recv,read-size=64,drain=once,cork=64K,speculate=never", false);
}

static void test_burst(void **state)
{
	(void)state;
	each_way(check_bursts);
}

/* ---- A stream ---- */

struct sending {
	void *socket;
	uint32_t count;
};

static void *send_all(void *arg)
{
	struct sending *sending = arg;
	char body[BODY] = "body";

	for (uint32_t i = 0; i < sending->count; i++) {
		memcpy(body, &i, sizeof(i));
		kit_assert_ok(zmq_send(sending->socket, "A", 1, ZMQ_SNDMORE));
		kit_assert_ok(zmq_send(sending->socket, body, BODY, 0));
	}
	return NULL;
}

static void check_stream(const struct way *way, const char *options, uint64_t read_size,
                         uint64_t cork)
{
	struct sending sending = {.count = 20000};
	struct phases_snapshot before, after;
	struct scene scene;
	pthread_t thread;
	char body[BODY];
	uint64_t bytes = (uint64_t)sending.count * FRAME, least;

	open_scene(&scene, way, options);
	warm_up(&scene);
	pr_phases_rest(scene.ctx, &before);
	sending.socket = scene.b;
	pr_kit_thread(&thread, send_all, &sending);
	for (uint32_t i = 0; i < sending.count; i++) {
		uint32_t seen;

		assert_int_equal(zmq_recv(scene.a, body, 1, 0), 1);
		assert_int_equal(zmq_recv(scene.a, body, BODY, 0), BODY);
		memcpy(&seen, body, sizeof(seen));
		assert_int_equal(seen, i);
	}
	pr_kit_join(thread);
	pr_phases_rest(scene.ctx, &after);
	assert_int_equal(pr_phases_delta(&before, &after, "recv_bytes"), bytes);
	assert_int_equal(pr_phases_delta(&before, &after, "send_bytes"), bytes);
	assert_int_equal(pr_phases_delta(&before, &after, "recv_messages"), sending.count);
	assert_int_equal(pr_phases_delta(&before, &after, "stops"), 0);
	least = (bytes + read_size - 1) / read_size;
	assert_true(ok(&before, &after) >= least);
	assert_true(ok(&before, &after) - least <= pr_phases_delta(&before, &after, "recv_short"));
	least = (bytes + cork - 1) / cork;
	assert_true(pr_phases_delta(&before, &after, "send_calls") >= least);
	close_scene(&scene);
}

static void check_streams(const struct way *way)
{
	check_stream(way, NULL, pr_phases_current->phase.read_size, pr_phases_current->phase.cork);
	check_stream(way, "read-size=1000,cork=500", 1000, 500);
	check_stream(way, "read-size=64,cork=64", 64, 64);
}

static void test_stream(void **state)
{
	(void)state;
	each_way(check_streams);
}

/* ---- What holds for all ---- */

/* All bytes are accounted for: those of the handshake and those of messages; every byte that was
 * sent was received.  */
static void check_all_bytes(const struct way *way)
{
	struct phases_snapshot now;
	struct scene scene;

	open_scene(&scene, way, NULL);
	warm_up(&scene);
	pr_phases_rest(scene.ctx, &now);
	assert_int_equal(pr_phases_value(&now, "recv_bytes"), pr_phases_value(&now, "send_bytes"));
	assert_int_equal(pr_phases_value(&now, "recv_handshake_bytes"),
	                 pr_phases_value(&now, "send_handshake_bytes"));
	/* "hello" and a round trip; READY is 8 + 26 + 15 bytes. */
	assert_int_equal(pr_phases_value(&now, "recv_bytes") -
	                         pr_phases_value(&now, "recv_handshake_bytes"),
	                 2 + 5 + 2 * FRAME);
	assert_int_equal(pr_phases_value(&now, "recv_handshake_bytes"), 2 * (64 + 2 + 28 + 14));
	assert_int_equal(pr_phases_value(&now, "recv_messages"), 3);
	assert_int_equal(pr_phases_value(&now, "connections"), 2);
	assert_int_equal(pr_phases_value(&now, "connections_closed"), 0);
	close_scene(&scene);
}

static void test_bytes(void **state)
{
	(void)state;
	each_way(check_all_bytes);
}

static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* An idle engine makes no system call: nothing is counted for a while, and next to no CPU time is
 * used.  */
static void check_idle(const struct way *way)
{
	struct phases_snapshot before, after;
	struct scene scene;
	int64_t cpu;

	open_scene(&scene, way, NULL);
	warm_up(&scene);
	pr_phases_rest(scene.ctx, &before);
	cpu = cpu_ns();
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	assert_true(cpu_ns() - cpu < 20000000);
	pr_phases_rest(scene.ctx, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	close_scene(&scene);
}

static void test_idle(void **state)
{
	(void)state;
	each_way(check_idle);
}

struct visited {
	struct phases_snapshot sum;
	int count;
	char peers[4][64];
};

static void visit(void *arg, const char *peer, const uint64_t *values, size_t count)
{
	struct visited *visited = arg;

	assert_true(count <= PHASES_COUNTERS_MAX);
	for (size_t i = 0; i < count; i++)
		visited->sum.values[i] += values[i];
	snprintf(visited->peers[visited->count++ % 4], 64, "%s", peer);
}

/* The connections' own counters add up to the totals of the context.  */
static void check_per_connection(const struct way *way)
{
	int (*connections)(void *, void (*)(void *, const char *, const uint64_t *, size_t),
	                   void *) = NULL;
	size_t (*list)(const struct proctor_counter **) = NULL;
	const struct proctor_counter *counters;
	struct visited visited = {.count = 0};
	struct phases_snapshot total;
	struct scene scene;

	*(void **)&connections = dlsym(RTLD_DEFAULT, "proctor_ctx_connections");
	*(void **)&list = dlsym(RTLD_DEFAULT, "proctor_counters");
	assert_non_null(connections);
	open_scene(&scene, way, NULL);
	warm_up(&scene);
	for (int i = 0; i < 50; i++)
		round_trip(&scene);
	pr_phases_rest(scene.ctx, &total);
	assert_int_equal(connections(scene.ctx, visit, &visited), 2);
	assert_int_equal(visited.count, 2);
	for (int i = 0; i < 2 && strcmp(way->transport, "tcp") == 0; i++)
		assert_memory_equal(visited.peers[i], "tcp://127.", 10);
	for (size_t i = 0, count = list(&counters); i < count; i++)
		if (strcmp(counters[i].scope, "conn") != 0)
			assert_int_equal(visited.sum.values[i], 0);
		else if (strcmp(counters[i].kind, "sum") == 0)
			assert_int_equal(visited.sum.values[i], total.values[i]);
	close_scene(&scene);
}

static void test_per_connection(void **state)
{
	(void)state;
	each_way(check_per_connection);
}

/* What closed connections counted is not forgotten.  */
static void check_closed_connections_count(const struct way *way)
{
	struct phases_snapshot before, after;
	struct scene scene;

	open_scene(&scene, way, NULL);
	warm_up(&scene);
	pr_phases_rest(scene.ctx, &before);
	pr_kit_close(scene.b);
	kit_until(pr_phases_counter(scene.ctx, "connections_closed") == 2);
	pr_phases_rest(scene.ctx, &after);
	assert_int_equal(pr_phases_delta(&before, &after, "recv_bytes"), 0);
	assert_int_equal(pr_phases_delta(&before, &after, "recv_messages"), 0);
	assert_true(pr_phases_delta(&before, &after, "recv_end") >= 1);
	scene.b = pr_kit_socket(scene.ctx, ZMQ_ROUTER);
	close_scene(&scene);
}

static void test_closed_connections_count(void **state)
{
	(void)state;
	each_way(check_closed_connections_count);
}

PHASES_MAIN(cmocka_unit_test(test_ping_pong), cmocka_unit_test(test_options),
            cmocka_unit_test(test_caller_learns), cmocka_unit_test(test_burst),
            cmocka_unit_test(test_stream), cmocka_unit_test(test_bytes),
            cmocka_unit_test(test_idle), cmocka_unit_test(test_per_connection),
            cmocka_unit_test(test_closed_connections_count))
