/* SPDX-License-Identifier: MIT */
/* core/test/proxy_test.c - zmq_proxy, zmq_proxy_steerable and zmq_device: what is forwarded and
 * where to, high-water marks, the capture socket, the commands of the control socket.
 *
 * A proxy runs in a thread of its own.  Around it are four peers, connected over tcp:
 * client -> front, server -> back, capture -> observer, control <- operator.  */
#include "core/test/kit.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct scene {
	void *ctx;
	void *front, *back, *capture, *control;      /* the proxy's */
	void *client, *server, *observer, *operator; /* their peers */
	pthread_t thread;
	int result, error;
	atomic_bool ended;
};

static void *run_proxy(void *arg)
{
	struct scene *scene = arg;

	scene->result =
	        zmq_proxy_steerable(scene->front, scene->back, scene->capture, scene->control);
	scene->error = zmq_errno();
	atomic_store(&scene->ended, true);
	return NULL;
}

static void join_peers(struct scene *scene, void **bound, int bound_type, void **peer,
                       int peer_type, int hwm)
{
	char endpoint[KIT_ENDPOINT_SIZE];

	*bound = pr_kit_socket(scene->ctx, bound_type);
	*peer = pr_kit_socket(scene->ctx, peer_type);
	if (hwm > 0) {
		pr_kit_set(*bound, ZMQ_SNDHWM, hwm);
		pr_kit_set(*bound, ZMQ_RCVHWM, hwm);
		pr_kit_set(*peer, ZMQ_SNDHWM, hwm);
		pr_kit_set(*peer, ZMQ_RCVHWM, hwm);
	}
	kit_bind(*bound, endpoint);
	kit_assert_ok(zmq_connect(*peer, endpoint));
}

/* ROUTER in front, DEALER behind: the usual broker.  */
static void open_scene(struct scene *scene, int hwm)
{
	memset(scene, 0, sizeof(*scene));
	scene->ctx = pr_kit_ctx();
	join_peers(scene, &scene->front, ZMQ_ROUTER, &scene->client, ZMQ_DEALER, hwm);
	join_peers(scene, &scene->back, ZMQ_DEALER, &scene->server, ZMQ_DEALER, hwm);
}

static void add_capture(struct scene *scene)
{
	join_peers(scene, &scene->capture, ZMQ_PAIR, &scene->observer, ZMQ_PAIR, 0);
}

static void add_control(struct scene *scene)
{
	join_peers(scene, &scene->control, ZMQ_PAIR, &scene->operator, ZMQ_PAIR, 0);
}

static void start(struct scene *scene)
{
	pr_kit_thread(&scene->thread, run_proxy, scene);
}

static void close_if(void *socket)
{
	if (socket)
		pr_kit_close(socket);
}

/* Whatever still runs is ended by the end of the context.  */
static void close_scene(struct scene *scene)
{
	kit_assert_ok(zmq_ctx_shutdown(scene->ctx));
	pr_kit_join(scene->thread);
	void *const sockets[] = {scene->front, scene->back, scene->capture, scene->control,
	                         scene->client, scene->server, scene->observer, scene->operator};

	for (size_t i = 0; i < KIT_COUNT(sockets); i++)
		close_if(sockets[i]);
	pr_kit_term(scene->ctx);
}

/* One question and its answer, so that both ways are known to work.  */
static void ask(struct scene *scene, const char *question, const char *answer)
{
	uint8_t id[256];

	kit_send(scene->client, question);
	size_t size = kit_recv_id(scene->server, id);

	kit_expect(scene->server, question);
	assert_int_equal(zmq_send(scene->server, id, size, ZMQ_SNDMORE), size);
	kit_send(scene->server, answer);
	kit_expect(scene->client, answer);
}

static void test_both_ways(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 0);
	start(&scene);
	for (int i = 0; i < 50; i++)
		ask(&scene, "question", "answer");
	close_scene(&scene);
	assert_int_equal(scene.result, -1);
	assert_int_equal(scene.error, ETERM);
}

static void test_parts_and_sizes(void **state)
{
	static const size_t sizes[] = {0, 1, 47, 48, 49, 255, 256, 8192, 65536, 1 << 20};
	uint8_t *body = malloc(1 << 20), *got = malloc(1 << 20);
	struct scene scene;
	uint8_t id[256];

	(void)state;
	open_scene(&scene, 0);
	start(&scene);
	for (size_t i = 0; i < KIT_COUNT(sizes); i++) {
		pr_kit_fill(body, sizes[i], i);
		kit_send_more(scene.client, "first");
		kit_send_more(scene.client, "");
		assert_int_equal(zmq_send(scene.client, body, sizes[i], 0), sizes[i]);
		kit_recv_id(scene.server, id);
		kit_expect_more(scene.server, "first");
		kit_expect_more(scene.server, "");
		assert_int_equal(zmq_recv(scene.server, got, 1 << 20, 0), sizes[i]);
		assert_true(pr_kit_filled(got, sizes[i], i));
		assert_int_equal(pr_kit_get(scene.server, ZMQ_RCVMORE), 0);
	}
	close_scene(&scene);
	free(body);
	free(got);
}

#define CROWD 3000

static void *send_crowd(void *socket)
{
	for (uint32_t i = 0; i < CROWD; i++)
		assert_int_equal(zmq_send(socket, &i, sizeof(i), 0), sizeof(i));
	return NULL;
}

/* Each direction through small queues: nothing lost, nothing out of order.  */
static void test_streams(void **state)
{
	struct scene scene;
	pthread_t there, back;
	uint32_t number, expected_there = 0, expected_back = 0;

	(void)state;
	memset(&scene, 0, sizeof(scene));
	scene.ctx = pr_kit_ctx();
	join_peers(&scene, &scene.front, ZMQ_DEALER, &scene.client, ZMQ_DEALER, 20);
	join_peers(&scene, &scene.back, ZMQ_DEALER, &scene.server, ZMQ_DEALER, 20);
	start(&scene);
	pr_kit_thread(&there, send_crowd, scene.client);
	while (expected_there < CROWD) {
		assert_int_equal(zmq_recv(scene.server, &number, sizeof(number), 0),
		                 sizeof(number));
		assert_int_equal(number, expected_there++);
	}
	pr_kit_join(there);
	pr_kit_thread(&back, send_crowd, scene.server);
	while (expected_back < CROWD) {
		assert_int_equal(zmq_recv(scene.client, &number, sizeof(number), 0),
		                 sizeof(number));
		assert_int_equal(number, expected_back++);
	}
	pr_kit_join(back);
	close_scene(&scene);
}

/* Nobody reads behind the proxy: what it takes is bounded by the high-water marks.  Ours lets the
 * answers through all the same; libzmq's waits in the middle of a burst.  */
static void test_high_water_mark(void **state)
{
	enum { HWM = 10 };
	struct scene scene;
	int sent = 0;

	(void)state;
	memset(&scene, 0, sizeof(scene));
	scene.ctx = pr_kit_ctx();
	join_peers(&scene, &scene.front, ZMQ_DEALER, &scene.client, ZMQ_DEALER, HWM);
	join_peers(&scene, &scene.back, ZMQ_DEALER, &scene.server, ZMQ_DEALER, HWM);
	start(&scene);
	uint8_t *body = calloc(1, 1 << 20);

	/* Large bodies: the kernel's buffers hold a handful. */
	pr_kit_set(scene.client, ZMQ_SNDTIMEO, 500);
	while (sent < 1000 && zmq_send(scene.client, body, 1 << 20, 0) >= 0)
		sent++;
	assert_true(sent < 200);
	if (pr_kit_is_proctor()) {
		kit_send(scene.server, "answer");
		kit_expect(scene.client, "answer");
	}
	for (int i = 0; i < sent; i++)
		assert_int_equal(zmq_recv(scene.server, body, 1 << 20, 0), 1 << 20);
	free(body);
	close_scene(&scene);
}

static void test_capture(void **state)
{
	struct scene scene;
	uint8_t id[256];

	(void)state;
	open_scene(&scene, 0);
	add_capture(&scene);
	start(&scene);
	ask(&scene, "question", "answer");
	kit_recv_id(scene.observer, id);
	kit_expect(scene.observer, "question");
	kit_recv_id(scene.observer, id);
	kit_expect(scene.observer, "answer");
	close_scene(&scene);
}

static void expect_numbers(void *socket, const uint64_t expected[8])
{
	for (int i = 0; i < 8; i++) {
		uint64_t number;

		assert_int_equal(zmq_recv(socket, &number, sizeof(number), 0), sizeof(number));
		assert_int_equal(number, expected[i]);
		assert_int_equal(pr_kit_get(socket, ZMQ_RCVMORE), i < 7);
	}
}

/* A message of several parts is one; the routing id is one of its parts.  */
static void test_statistics(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 0);
	add_control(&scene);
	start(&scene);
	ask(&scene, "12345678", "1234");
	ask(&scene, "12345678", "1234");
	kit_send(scene.operator, "STATISTICS");
	expect_numbers(scene.operator,(const uint64_t[8]){2, 26, 2, 18, 2, 18, 2, 26});
	close_scene(&scene);
}

static void test_terminate(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 0);
	add_control(&scene);
	start(&scene);
	ask(&scene, "question", "answer");
	kit_send(scene.operator, "TERMINATE");
	kit_until(atomic_load(&scene.ended));
	assert_int_equal(scene.result, 0);
	close_scene(&scene);
}

/* The answer to STATISTICS says that the commands before it were taken.  */
static void command(struct scene *scene, const char *text)
{
	uint64_t number;

	kit_send(scene->operator, text);
	kit_send(scene->operator, "STATISTICS");
	for (int i = 0; i < 8; i++)
		assert_int_equal(zmq_recv(scene->operator, & number, sizeof(number), 0),
		                 sizeof(number));
}

static void test_pause(void **state)
{
	struct scene scene;
	uint8_t id[256];

	(void)state;
	open_scene(&scene, 0);
	add_control(&scene);
	add_capture(&scene);
	start(&scene);
	ask(&scene, "question", "answer");
	command(&scene, "PAUSE");
	kit_send(scene.client, "held");
	assert_false(pr_kit_poll(scene.server, ZMQ_POLLIN, 50));
	command(&scene, "RESUME");
	kit_recv_id(scene.server, id);
	kit_expect(scene.server, "held");
	/* What was captured: the messages and the commands. */
	kit_recv_id(scene.observer, id);
	kit_expect(scene.observer, "question");
	kit_recv_id(scene.observer, id);
	kit_expect(scene.observer, "answer");
	kit_expect(scene.observer, "PAUSE");
	kit_expect(scene.observer, "STATISTICS");
	close_scene(&scene);
}

/* Ours only: libzmq ends the process.  */
static void test_unknown_command(void **state)
{
	struct scene scene;

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	open_scene(&scene, 0);
	add_control(&scene);
	start(&scene);
	command(&scene, "PAUS");
	command(&scene, "");
	ask(&scene, "question", "answer");
	close_scene(&scene);
}

static int64_t cpu_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Ours only: libzmq's spins while it is paused with something to read.  */
static void test_waiting_costs_nothing(void **state)
{
	struct scene scene;

	(void)state;
	if (!pr_kit_is_proctor())
		skip();
	open_scene(&scene, 0);
	add_control(&scene);
	start(&scene);
	ask(&scene, "question", "answer");
	command(&scene, "PAUSE");
	kit_send(scene.client, "held");
	int64_t before_ms = cpu_ms();

	assert_false(pr_kit_poll(scene.server, ZMQ_POLLIN, 400));
	assert_true(cpu_ms() - before_ms < 200);
	close_scene(&scene);
}

/* A socket that is proxied to itself sends its messages back.  */
static void test_to_itself(void **state)
{
	struct scene scene;

	(void)state;
	memset(&scene, 0, sizeof(scene));
	scene.ctx = pr_kit_ctx();
	join_peers(&scene, &scene.front, ZMQ_DEALER, &scene.client, ZMQ_DEALER, 0);
	scene.back = scene.front;
	start(&scene);
	for (int i = 0; i < 20; i++) {
		kit_send_more(scene.client, "echo");
		kit_send(scene.client, "");
		kit_expect_more(scene.client, "echo");
		kit_expect(scene.client, "");
	}
	kit_assert_ok(zmq_ctx_shutdown(scene.ctx));
	pr_kit_join(scene.thread);
	assert_int_equal(scene.error, ETERM);
	pr_kit_close(scene.front);
	pr_kit_close(scene.client);
	pr_kit_term(scene.ctx);
}

static void *run_device(void *arg)
{
	struct scene *scene = arg;

	scene->result = zmq_device(ZMQ_QUEUE, scene->front, scene->back);
	scene->error = zmq_errno();
	return NULL;
}

static void test_device(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 0);
	pr_kit_thread(&scene.thread, run_device, &scene);
	ask(&scene, "question", "answer");
	close_scene(&scene);
	assert_int_equal(scene.result, -1);
	assert_int_equal(scene.error, ETERM);
}

static void test_refusals(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 0);
	kit_assert_error(EFAULT, zmq_proxy(NULL, NULL, NULL));
	kit_assert_error(EFAULT, zmq_proxy(scene.front, NULL, NULL));
	kit_assert_error(EFAULT, zmq_proxy(NULL, scene.back, NULL));
	kit_assert_error(EFAULT, zmq_proxy_steerable(NULL, scene.back, NULL, NULL));
	start(&scene);
	close_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_both_ways),
	        cmocka_unit_test(test_parts_and_sizes),
	        cmocka_unit_test(test_streams),
	        cmocka_unit_test(test_high_water_mark),
	        cmocka_unit_test(test_capture),
	        cmocka_unit_test(test_statistics),
	        cmocka_unit_test(test_terminate),
	        cmocka_unit_test(test_pause),
	        cmocka_unit_test(test_unknown_command),
	        cmocka_unit_test(test_waiting_costs_nothing),
	        cmocka_unit_test(test_to_itself),
	        cmocka_unit_test(test_device),
	        cmocka_unit_test(test_refusals),
	};

	return KIT_RUN(tests);
}
