/* SPDX-License-Identifier: MIT */
/* core/test/monkey_test.c - random calls in random order from several threads: nothing breaks,
 * hangs or is left.
 *
 * Each thread has a few sockets in a context that all share and does with them whatever comes up:
 * opens, binds, connects to anybody's address, sends parts without finishing messages, receives,
 * unbinds, disconnects, closes.  Now and then the context is shut down under all of them.  What
 * single calls return is other tests' business; here they may return anything, but must return.
 * Sanitizers do the rest.  libzmq 4.3.4 does not survive it (its I/O thread crashes within
 * seconds), so this runs on ours only.  */
#include "core/test/kit.h"

#include "core/base/rng.h"

#include <stdio.h>
#include <stdlib.h>

#define THREADS   3
#define SOCKETS   4
#define ROUNDS    20
#define STEPS     800
#define ADDRESSES 5

struct cage {
	void *ctx;
	pthread_mutex_t lock;
	char addresses[ADDRESSES][KIT_ENDPOINT_SIZE]; /* where somebody is bound, or was */
};

struct monkey {
	struct cage *cage;
	struct pr_rng rng;
	void *sockets[SOCKETS];
	char bound[SOCKETS][KIT_ENDPOINT_SIZE], connected[SOCKETS][KIT_ENDPOINT_SIZE];
	pthread_t thread;
};

static void pick_address(struct monkey *monkey, char address[KIT_ENDPOINT_SIZE])
{
	pthread_mutex_lock(&monkey->cage->lock);
	memcpy(address, monkey->cage->addresses[pr_rng_below(&monkey->rng, ADDRESSES)],
	       KIT_ENDPOINT_SIZE);
	pthread_mutex_unlock(&monkey->cage->lock);
}

static void publish_address(struct monkey *monkey, const char *address)
{
	pthread_mutex_lock(&monkey->cage->lock);
	memcpy(monkey->cage->addresses[pr_rng_below(&monkey->rng, ADDRESSES)], address,
	       KIT_ENDPOINT_SIZE);
	pthread_mutex_unlock(&monkey->cage->lock);
}

static void do_open(struct monkey *monkey, size_t i)
{
	const int types[] = {ZMQ_ROUTER, ZMQ_DEALER, ZMQ_DEALER, ZMQ_DEALER, ZMQ_PAIR};
	const int marks[] = {0, 1, 3, 1000};
	void *socket;
	int linger = (int)pr_rng_below(&monkey->rng, 3);

	if (monkey->sockets[i])
		return;
	socket = zmq_socket(monkey->cage->ctx, types[pr_rng_below(&monkey->rng, KIT_COUNT(types))]);
	if (!socket)
		return;
	zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_setsockopt(socket, ZMQ_SNDHWM, &marks[pr_rng_below(&monkey->rng, 4)], sizeof(int));
	zmq_setsockopt(socket, ZMQ_RCVHWM, &marks[pr_rng_below(&monkey->rng, 4)], sizeof(int));
	zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &(int){1}, sizeof(int));
	zmq_setsockopt(socket, ZMQ_IMMEDIATE, &(int){pr_rng_below(&monkey->rng, 4) == 0},
	               sizeof(int));
	monkey->sockets[i] = socket;
	monkey->bound[i][0] = monkey->connected[i][0] = 0;
}

static void do_close(struct monkey *monkey, size_t i)
{
	if (monkey->sockets[i])
		pr_kit_close(monkey->sockets[i]);
	monkey->sockets[i] = NULL;
}

static void do_bind(struct monkey *monkey, size_t i)
{
	char wildcard[KIT_ENDPOINT_SIZE];
	size_t size = KIT_ENDPOINT_SIZE;

	snprintf(wildcard, sizeof(wildcard), "tcp://%s:*", pr_kit_address());
	if (zmq_bind(monkey->sockets[i], wildcard) == -1 ||
	    zmq_getsockopt(monkey->sockets[i], ZMQ_LAST_ENDPOINT, monkey->bound[i], &size) == -1)
		return;
	publish_address(monkey, monkey->bound[i]);
}

static void do_connect(struct monkey *monkey, size_t i)
{
	pick_address(monkey, monkey->connected[i]);
	zmq_connect(monkey->sockets[i], monkey->connected[i]);
}

static void do_unbind(struct monkey *monkey, size_t i)
{
	zmq_unbind(monkey->sockets[i], monkey->bound[i]);
}

static void do_disconnect(struct monkey *monkey, size_t i)
{
	zmq_disconnect(monkey->sockets[i], monkey->connected[i]);
}

static void do_send(struct monkey *monkey, size_t i)
{
	static const char body[20000];
	size_t size =
	        pr_rng_below(&monkey->rng, 10) ? pr_rng_below(&monkey->rng, 300) : sizeof(body);

	for (uint64_t n = pr_rng_below(&monkey->rng, 20); n > 0; n--)
		zmq_send(monkey->sockets[i], body, size,
		         ZMQ_DONTWAIT | (pr_rng_below(&monkey->rng, 3) == 0 ? ZMQ_SNDMORE : 0));
}

/* To whoever was heard last.  */
static void do_answer(struct monkey *monkey, size_t i)
{
	char id[256];
	int size = zmq_recv(monkey->sockets[i], id, sizeof(id), ZMQ_DONTWAIT);

	if (size < 0 || size > 255)
		return;
	zmq_send(monkey->sockets[i], id, (size_t)size, ZMQ_DONTWAIT | ZMQ_SNDMORE);
	zmq_send(monkey->sockets[i], "answer", 6, ZMQ_DONTWAIT);
}

static void do_receive(struct monkey *monkey, size_t i)
{
	zmq_msg_t msg;

	zmq_msg_init(&msg);
	for (uint64_t n = pr_rng_below(&monkey->rng, 50); n > 0; n--)
		if (zmq_msg_recv(&msg, monkey->sockets[i], ZMQ_DONTWAIT) == -1)
			break;
	zmq_msg_close(&msg);
}

static void do_wait(struct monkey *monkey, size_t i)
{
	zmq_pollitem_t items[SOCKETS];
	int count = 0;

	(void)i;
	for (size_t k = 0; k < SOCKETS; k++)
		if (monkey->sockets[k])
			items[count++] = (zmq_pollitem_t){.socket = monkey->sockets[k],
			                                  .events = ZMQ_POLLIN};
	zmq_poll(items, count, (long)pr_rng_below(&monkey->rng, 3));
}

static void do_look(struct monkey *monkey, size_t i)
{
	int value;
	size_t size = sizeof(value);

	zmq_getsockopt(monkey->sockets[i], ZMQ_EVENTS, &value, &size);
	value = (int)pr_rng_below(&monkey->rng, 5);
	zmq_setsockopt(monkey->sockets[i], ZMQ_RCVHWM, &value, sizeof(value));
}

/* How often each is done, relatively.  */
static const struct {
	void (*act)(struct monkey *, size_t);
	unsigned weight;
} actions[] = {
        {do_bind, 3},     {do_connect, 6}, {do_unbind, 1}, {do_disconnect, 1}, {do_send, 20},
        {do_receive, 20}, {do_answer, 20}, {do_wait, 20},  {do_look, 10},      {do_close, 2},
};

static void act(struct monkey *monkey, size_t i)
{
	unsigned sum = 0;
	uint64_t dice;

	for (size_t k = 0; k < KIT_COUNT(actions); k++)
		sum += actions[k].weight;
	dice = pr_rng_below(&monkey->rng, sum);
	for (size_t k = 0; k < KIT_COUNT(actions); dice -= actions[k++].weight)
		if (dice < actions[k].weight) {
			actions[k].act(monkey, i);
			return;
		}
}

static void *play(void *arg)
{
	struct monkey *monkey = arg;

	for (int step = 0; step < STEPS; step++) {
		size_t i = pr_rng_below(&monkey->rng, SOCKETS);

		do_open(monkey, i);
		if (monkey->sockets[i])
			act(monkey, i);
	}
	for (size_t i = 0; i < SOCKETS; i++)
		do_close(monkey, i);
	return NULL;
}

static void one_round(uint64_t seed)
{
	struct cage cage = {.ctx = pr_kit_ctx(), .lock = PTHREAD_MUTEX_INITIALIZER};
	struct monkey monkeys[THREADS] = {{.cage = &cage}, {.cage = &cage}, {.cage = &cage}};
	struct pr_rng rng;

	pr_rng_init(&rng, seed);
	kit_assert_ok(zmq_ctx_set(cage.ctx, ZMQ_IO_THREADS, (int)pr_rng_below(&rng, 3) + 1));
	for (int i = 0; i < ADDRESSES; i++)
		strcpy(cage.addresses[i], "tcp://127.0.0.1:1");
	for (int i = 0; i < THREADS; i++) {
		pr_rng_init(&monkeys[i].rng, pr_rng_next(&rng));
		pr_kit_thread(&monkeys[i].thread, play, &monkeys[i]);
	}
	if (pr_rng_below(&rng, 3) == 0) {
		for (uint64_t n = pr_rng_below(&rng, 10); n > 0; n--)
			pr_kit_pause();
		kit_assert_ok(zmq_ctx_shutdown(cage.ctx));
	}
	for (int i = 0; i < THREADS; i++)
		pr_kit_join(monkeys[i].thread);
	pr_kit_term(cage.ctx);
}

/* Opens what stays open for the life of the process: libuv keeps a pipe from its first loop on, and
 * the first round may be shut down before it has started one.  */
static void warm_up(void)
{
	struct kit_pair pair;

	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	kit_send(pair.a, "x");
	kit_expect(pair.b, "x");
	pr_kit_pair_close(&pair);
}

static void test_monkeys(void **state)
{
	const char *rounds = getenv("PROCTOR_TEST_ROUNDS");
	uint64_t count = rounds ? (uint64_t)atoi(rounds) : ROUNDS;
	size_t before;

	(void)state;
	warm_up();
	before = pr_kit_open_fds();
	for (uint64_t seed = 0; seed < count; seed++) {
		one_round(seed);
		kit_until(pr_kit_open_fds() == before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_monkeys),
	};
	return KIT_RUN(tests);
}
