/* SPDX-License-Identifier: MIT */
/* core/test/thread_test.c - threads: a socket that moves between them, many sockets, many contexts.
 */
#include "core/test/kit.h"

#include <stdatomic.h>

struct migrant {
	pthread_mutex_t lock;
	pthread_cond_t turned;
	int turn, rounds;
	void *socket;
};

/* Each thread takes its turn with the same socket; the mutex is the fence that libzmq asks for.  */
static void take_turns(struct migrant *migrant, int me)
{
	for (int i = 0; i < migrant->rounds; i++) {
		pthread_mutex_lock(&migrant->lock);
		while (migrant->turn != me)
			pthread_cond_wait(&migrant->turned, &migrant->lock);
		kit_send(migrant->socket, "from any thread");
		kit_expect(migrant->socket, "to any thread");
		migrant->turn = !me;
		pthread_cond_broadcast(&migrant->turned);
		pthread_mutex_unlock(&migrant->lock);
	}
}

static void *other_thread(void *arg)
{
	take_turns(arg, 1);
	return NULL;
}

static void *answer(void *socket)
{
	for (int i = 0; i < 400; i++) {
		kit_expect(socket, "from any thread");
		kit_send(socket, "to any thread");
	}
	return NULL;
}

static void test_migration(void **state)
{
	struct kit_pair pair;
	struct migrant migrant = {.lock = PTHREAD_MUTEX_INITIALIZER,
	                          .turned = PTHREAD_COND_INITIALIZER,
	                          .rounds = 200};
	pthread_t other, answers;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_DEALER, ZMQ_DEALER);
	migrant.socket = pair.a;
	pr_kit_thread(&answers, answer, pair.b);
	pr_kit_thread(&other, other_thread, &migrant);
	take_turns(&migrant, 0);
	pr_kit_join(other);
	pr_kit_join(answers);
	pr_kit_pair_close(&pair);
}

static void *use_and_close(void *socket)
{
	kit_send(socket, "from another thread");
	kit_expect(socket, "and back");
	pr_kit_close(socket);
	return NULL;
}

/* Made here, used and closed there.  */
static void test_close_in_another_thread(void **state)
{
	struct kit_pair pair;
	pthread_t thread;

	(void)state;
	for (int i = 0; i < 20; i++) {
		pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
		pr_kit_set(pair.a, ZMQ_LINGER, -1);
		pr_kit_thread(&thread, use_and_close, pair.a);
		kit_expect(pair.b, "from another thread");
		kit_send(pair.b, "and back");
		pr_kit_join(thread);
		pr_kit_close(pair.b);
		pr_kit_term(pair.ctx);
	}
}

static void *own_context(void *arg)
{
	struct kit_pair pair;
	int seen;

	(void)arg;
	for (int round = 0; round < 3; round++) {
		pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
		for (int i = 0; i < 200; i++) {
			assert_int_equal(zmq_send(pair.a, &i, sizeof(i), 0), sizeof(i));
			assert_int_equal(zmq_recv(pair.b, &seen, sizeof(seen), 0), sizeof(seen));
			assert_int_equal(seen, i);
			assert_int_equal(zmq_send(pair.b, &i, sizeof(i), 0), sizeof(i));
			assert_int_equal(zmq_recv(pair.a, &seen, sizeof(seen), 0), sizeof(seen));
			assert_int_equal(seen, i);
		}
		pr_kit_pair_close(&pair);
	}
	return NULL;
}

static void test_context_per_thread(void **state)
{
	pthread_t threads[8];

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(threads); i++)
		pr_kit_thread(&threads[i], own_context, NULL);
	for (size_t i = 0; i < KIT_COUNT(threads); i++)
		pr_kit_join(threads[i]);
}

#define CLIENTS  8
#define REQUESTS 300

struct client {
	void *ctx;
	const char *endpoint;
	int number;
};

static void *request(void *arg)
{
	const struct client *client = arg;
	void *socket = pr_kit_socket(client->ctx, ZMQ_DEALER);
	int head[2], seen[2];

	kit_assert_ok(zmq_connect(socket, client->endpoint));
	for (int i = 0; i < REQUESTS; i++) {
		head[0] = client->number;
		head[1] = i;
		assert_int_equal(zmq_send(socket, head, sizeof(head), 0), sizeof(head));
		assert_int_equal(zmq_recv(socket, seen, sizeof(seen), 0), sizeof(seen));
		assert_memory_equal(seen, head, sizeof(head));
	}
	pr_kit_close(socket);
	return NULL;
}

/* Sockets of many threads in one context, with one I/O thread or with several.  */
static void check_clients(int io_threads)
{
	void *ctx = pr_kit_ctx();
	void *router;
	char endpoint[KIT_ENDPOINT_SIZE];
	struct client clients[CLIENTS];
	pthread_t threads[CLIENTS];
	uint8_t id[256];
	int head[2];

	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_IO_THREADS, io_threads));
	router = pr_kit_socket(ctx, ZMQ_ROUTER);
	kit_bind(router, endpoint);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ctx, endpoint, i};
		pr_kit_thread(&threads[i], request, &clients[i]);
	}
	for (int i = 0; i < CLIENTS * REQUESTS; i++) {
		size_t size = kit_recv_id(router, id);

		assert_int_equal(zmq_recv(router, head, sizeof(head), 0), sizeof(head));
		assert_int_equal(zmq_send(router, id, size, ZMQ_SNDMORE), size);
		assert_int_equal(zmq_send(router, head, sizeof(head), 0), sizeof(head));
	}
	for (int i = 0; i < CLIENTS; i++)
		pr_kit_join(threads[i]);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

static void test_clients(void **state)
{
	(void)state;
	check_clients(1);
	check_clients(2);
	check_clients(4);
}

struct churn {
	void *ctx;
	const char *endpoint;
};

static void *come_and_go(void *arg)
{
	const struct churn *churn = arg;

	for (int i = 0; i < 50; i++) {
		void *socket = pr_kit_socket(churn->ctx, ZMQ_DEALER);

		kit_assert_ok(zmq_connect(socket, churn->endpoint));
		if (i % 3)
			kit_send(socket, "bye");
		if (i % 5 == 0)
			pr_kit_set(socket, ZMQ_LINGER, 100);
		pr_kit_close(socket);
	}
	return NULL;
}

/* Sockets that open and close all the time, while another one is in use.  */
static void test_churn(void **state)
{
	struct kit_pair pair;
	struct churn churn;
	pthread_t threads[4];

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
	pr_kit_set_id(pair.b, "set too late");
	churn = (struct churn){pair.ctx, pair.endpoint};
	for (size_t i = 0; i < KIT_COUNT(threads); i++)
		pr_kit_thread(&threads[i], come_and_go, &churn);
	for (int i = 0; i < 500; i++) {
		char seen[16] = "";

		kit_send(pair.b, "steady");
		while (strcmp(seen, "steady") != 0) {
			memset(seen, 0, sizeof(seen));
			assert_true(zmq_recv(pair.a, NULL, 0, 0) > 0);
			assert_true(zmq_recv(pair.a, seen, sizeof(seen) - 1, 0) > 0);
		}
	}
	for (size_t i = 0; i < KIT_COUNT(threads); i++)
		pr_kit_join(threads[i]);
	pr_kit_pair_close(&pair);
}

/* Contexts that end while their sockets have connections coming and going.  */
static void test_term_in_motion(void **state)
{
	(void)state;
	for (int i = 0; i < 30; i++) {
		struct kit_pair pair;
		void *more[4];

		pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
		for (size_t k = 0; k < KIT_COUNT(more); k++) {
			more[k] = pr_kit_socket(pair.ctx, ZMQ_DEALER);
			kit_assert_ok(zmq_connect(more[k], pair.endpoint));
			kit_send(more[k], "x");
		}
		if (i % 2)
			zmq_recv(pair.a, NULL, 0, 0);
		for (size_t k = 0; k < KIT_COUNT(more); k++)
			pr_kit_close(more[k]);
		pr_kit_pair_close(&pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_migration),
	        cmocka_unit_test(test_close_in_another_thread),
	        cmocka_unit_test(test_context_per_thread),
	        cmocka_unit_test(test_clients),
	        cmocka_unit_test(test_churn),
	        cmocka_unit_test(test_term_in_motion),
	};
	return KIT_RUN(tests);
}
