/* SPDX-License-Identifier: MIT */
/* core/test/fault_test.c - the planted defects (fault=NAME) show, and without them the same tests
 * pass.
 *
 * The faults exist to test detectors of defects; a fault that does nothing would make every
 * detector look good.  Each row of the table is a small workload that ends in "as it should be" or
 * "something is wrong"; it must say the first without its fault and the second with it.  */
#include "core/base/buf.h"
#include "core/test/phases.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* With a fault a message may be missing for ever; without it, it is only late.  */
#define PATIENCE_MS 500

struct row {
	const char *fault;
	const char *options; /* that let it show */
	bool (*is_right)(void *ctx, int patience_ms);
};

struct stream {
	void *socket;
	uint32_t first, count; /* numbers from first to below count */
	size_t size;
	atomic_bool stop;
};

/* Sends numbered messages until they are sent or nobody wants them any more.  */
static void *send_stream(void *arg)
{
	struct stream *stream = arg;
	void *body = pr_alloc(stream->size);

	pr_kit_set(stream->socket, ZMQ_SNDTIMEO, 10);
	for (uint32_t number = stream->first; number < stream->count && !atomic_load(&stream->stop);
	     number++) {
		pr_kit_fill(body, stream->size, number);
		while (zmq_send(stream->socket, body, stream->size, 0) == -1 &&
		       !atomic_load(&stream->stop))
			assert_int_equal(errno, EAGAIN);
	}
	free(body);
	return NULL;
}

/* Receives the messages from first to below end: false at the first thing that is not as it was
 * sent.  */
static bool take_part(void *reader, size_t size, uint32_t first, uint32_t end)
{
	char *body = pr_alloc(size + 1);
	bool right = true;

	for (uint32_t number = first; right && number < end; number++)
		right = zmq_recv(reader, body, size + 1, 0) == (int)size &&
		        pr_kit_filled(body, size, number) && !pr_kit_get(reader, ZMQ_RCVMORE);
	free(body);
	return right;
}

static bool take_stream(void *reader, const struct stream *stream)
{
	return take_part(reader, stream->size, 0, stream->count);
}

struct scene {
	void *reader, *sender;
};

static void open_scene(struct scene *scene, void *ctx, int hwm, int patience_ms)
{
	char endpoint[KIT_ENDPOINT_SIZE];

	scene->reader = pr_kit_socket(ctx, ZMQ_DEALER);
	scene->sender = pr_kit_socket(ctx, ZMQ_DEALER);
	pr_kit_set(scene->reader, ZMQ_RCVHWM, hwm);
	pr_kit_set(scene->sender, ZMQ_SNDHWM, hwm);
	pr_kit_set(scene->sender, ZMQ_SNDBUF, 16384);
	pr_kit_set(scene->reader, ZMQ_RCVBUF, 16384);
	pr_kit_set(scene->reader, ZMQ_RCVTIMEO, patience_ms);
	kit_bind(scene->reader, endpoint);
	kit_assert_ok(zmq_connect(scene->sender, endpoint));
}

/* A reader that stalls until the engine has held back for a while, in buffers that end inside
 * frames; it takes a few, and more comes while the engine still holds the rest.  */
static bool survives_stalls(void *ctx, int patience_ms)
{
	struct stream stream = {.count = 1500, .size = 500};
	struct stream more = {.first = 1500, .count = 3000, .size = 500};
	struct scene scene;
	uint64_t before;
	bool right;

	open_scene(&scene, ctx, 5, patience_ms);
	pr_kit_set(scene.sender, ZMQ_SNDHWM, 0);
	stream.socket = more.socket = scene.sender;
	send_stream(&stream);
	for (int i = 0; i < 100; i++)
		pr_kit_pause();
	right = take_part(scene.reader, stream.size, 0, 20);
	before = pr_phases_counter(ctx, "recv_bytes");
	send_stream(&more);
	for (int i = 0; i < 100 && pr_phases_counter(ctx, "recv_bytes") == before; i++)
		pr_kit_pause();
	right = right && take_part(scene.reader, stream.size, 20, more.count);
	pr_kit_close(scene.sender);
	pr_kit_close(scene.reader);
	return right;
}

/* More than a socket buffer takes at once.  */
static bool survives_full_buffers(void *ctx, int patience_ms)
{
	struct stream stream = {.count = 20, .size = 1 << 20};
	struct scene scene;
	pthread_t thread;
	bool right;

	open_scene(&scene, ctx, 100, patience_ms);
	stream.socket = scene.sender;
	pr_kit_thread(&thread, send_stream, &stream);
	right = take_stream(scene.reader, &stream);
	atomic_store(&stream.stop, true);
	pr_kit_join(thread);
	pr_kit_close(scene.sender);
	pr_kit_close(scene.reader);
	return right;
}

static bool survives_full_buffers_over_ipc(void *ctx, int patience_ms)
{
	setenv("KIT_TRANSPORT", "ipc", 1);
	bool right = survives_full_buffers(ctx, patience_ms);

	unsetenv("KIT_TRANSPORT");
	return right;
}

/* A sender that has closed before the reader takes anything.  */
static bool survives_close(void *ctx, int patience_ms)
{
	struct stream stream = {.count = 1000, .size = 500};
	struct scene scene;
	bool right;

	open_scene(&scene, ctx, 10, patience_ms);
	pr_kit_set(scene.sender, ZMQ_SNDHWM, 0);
	pr_kit_set(scene.sender, ZMQ_LINGER, -1);
	stream.socket = scene.sender;
	send_stream(&stream);
	pr_kit_close(scene.sender);
	kit_until(pr_phases_counter(ctx, "recv_end") > 0);
	right = take_stream(scene.reader, &stream);
	pr_kit_close(scene.reader);
	return right;
}

/* At rest the I/O thread sleeps.  */
static bool sleeps_at_rest(void *ctx, int patience_ms)
{
	struct scene scene;
	uint64_t waits;

	open_scene(&scene, ctx, 10, patience_ms);
	do { /* a thread that was never asleep was never woken */
		kit_send(scene.sender, "x");
		kit_expect(scene.reader, "x");
		for (int i = 0; i < 50; i++)
			pr_kit_pause();
	} while (pr_phases_counter(ctx, "wakeups_taken") == 0);
	waits = pr_phases_counter(ctx, "waits");
	for (int i = 0; i < 50; i++)
		pr_kit_pause();
	waits = pr_phases_counter(ctx, "waits") - waits;
	pr_kit_close(scene.sender);
	pr_kit_close(scene.reader);
	return waits < 100;
}

/* Single messages for a reader that sleeps: each has to wake it.  */
static bool wakes_sleepers(void *ctx, int patience_ms)
{
	struct scene scene;
	bool right = true;

	open_scene(&scene, ctx, 0, patience_ms);
	pr_kit_set(scene.sender, ZMQ_RCVTIMEO, patience_ms);
	for (int i = 0; right && i < 300; i++) {
		kit_send(scene.sender, "ping");
		right = zmq_recv(scene.reader, NULL, 0, 0) == 4;
		if (!right)
			break;
		kit_send(scene.reader, "pong");
		right = zmq_recv(scene.sender, NULL, 0, 0) == 4;
	}
	pr_kit_close(scene.sender);
	pr_kit_close(scene.reader);
	return right;
}

static const struct row rows[] = {
        {"drop-remainder", "on-full=hold,store=deque,read-size=1000", survives_stalls},
        {"overtake", "on-full=hold,store=deque,read-size=1000", survives_stalls},
        {"partial-write", "cork=64K", survives_full_buffers},
        /* A thread that the callers spare is never woken, so no wake-up can stay undrained.  */
        {"undrained-wakeup", "io=thread", sleeps_at_rest},
        {"lose-on-close", "on-full=hold,store=ring", survives_close},
        {"lose-on-close", "on-full=hold,store=deque", survives_close},
        {"lost-wakeup", NULL, wakes_sleepers},
        {"blocking-poll", NULL, survives_full_buffers},
        {"blocking-poll", NULL, survives_full_buffers_over_ipc},
};

static void *row_ctx(const struct row *row, bool with_fault)
{
	char options[128];

	snprintf(options, sizeof(options), "%s%sfault=%s", row->options ? row->options : "",
	         row->options ? "," : "", with_fault ? row->fault : "none");
	return pr_phases_ctx(options);
}

static bool run(const struct row *row, bool with_fault)
{
	void *ctx = row_ctx(row, with_fault);
	bool right;

	right = row->is_right(ctx, with_fault ? PATIENCE_MS : KIT_DEADLINE_MS);
	pr_kit_term(ctx);
	return right;
}

/* With this fault the I/O thread never ends, nor does the termination of its context.  */
static bool hangs(const struct row *row)
{
	return strcmp(row->fault, "blocking-poll") == 0;
}

/* In a process of its own, which takes the thread with it when it ends.  */
static bool run_apart(const struct row *row)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		alarm(KIT_DEADLINE_MS / 1000);
		_exit(row->is_right(row_ctx(row, true), PATIENCE_MS) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

/* One time of some is enough: whether a thread had fallen asleep before the wake-up that is lost is
 * the scheduler's affair.  */
static bool shows(const struct row *row)
{
	for (int i = 0; i < 5; i++)
		if (!(hangs(row) ? run_apart(row) : run(row, true)))
			return true;
	return false;
}

static void test_without(void **state)
{
	(void)state;
	if (!pr_phases_have_counters())
		skip();
	for (size_t i = 0; i < KIT_COUNT(rows); i++)
		if (!run(&rows[i], false))
			pr_kit_fail(__FILE__, __LINE__, "without fault=%s something is wrong",
			            rows[i].fault);
}

static void test_with(void **state)
{
	(void)state;
	if (!pr_phases_have_counters())
		skip();
	for (size_t i = 0; i < KIT_COUNT(rows); i++)
		if (!shows(&rows[i]))
			pr_kit_fail(__FILE__, __LINE__, "fault=%s (%s) does not show",
			            rows[i].fault,
			            rows[i].options ? rows[i].options : "no options");
}

PHASES_MAIN(cmocka_unit_test(test_without), cmocka_unit_test(test_with))
