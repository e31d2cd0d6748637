/* SPDX-License-Identifier: MIT */
/* core/test/ctx_test.c - contexts: options, limits, termination, shutdown, interruption.  */
#include "core/test/kit.h"

#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static void test_defaults(void **state)
{
	void *ctx = pr_kit_ctx();

	(void)state;
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_IO_THREADS), ZMQ_IO_THREADS_DFLT);
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_MAX_SOCKETS), ZMQ_MAX_SOCKETS_DFLT);
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_SOCKET_LIMIT), 65535);
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_MAX_MSGSZ), INT_MAX);
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_MSG_T_SIZE), sizeof(zmq_msg_t));
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_IPV6), 0);
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_BLOCKY), 1);
	pr_kit_term(ctx);
}

static void test_set_and_get(void **state)
{
	void *ctx = pr_kit_ctx();

	(void)state;
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_IO_THREADS, 3));
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_IO_THREADS), 3);
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_MAX_SOCKETS, 42));
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_MAX_SOCKETS), 42);
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_MAX_MSGSZ, 1000));
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_MAX_MSGSZ), 1000);
	kit_assert_error(EINVAL, zmq_ctx_set(ctx, ZMQ_IO_THREADS, -1));
	kit_assert_error(EINVAL, zmq_ctx_set(ctx, ZMQ_MAX_SOCKETS, 0));
	kit_assert_error(EINVAL, zmq_ctx_set(ctx, 12345, 1));
	kit_assert_error(EINVAL, zmq_ctx_get(ctx, 12345));
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_IO_THREADS), 3);
	pr_kit_term(ctx);
}

static void test_thread_options(void **state)
{
	void *ctx = pr_kit_ctx();

	(void)state;
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_THREAD_SCHED_POLICY), ZMQ_THREAD_SCHED_POLICY_DFLT);
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_THREAD_SCHED_POLICY, SCHED_BATCH));
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_THREAD_SCHED_POLICY), SCHED_BATCH);
	kit_assert_error(EINVAL, zmq_ctx_set(ctx, ZMQ_THREAD_SCHED_POLICY, -1));
	/* The number of the priority is that of the limit when it is got. */
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_THREAD_PRIORITY, 5));
	kit_assert_error(EINVAL, zmq_ctx_set(ctx, ZMQ_THREAD_PRIORITY, -1));
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_THREAD_PRIORITY), 65535);
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_THREAD_AFFINITY_CPU_ADD, 3));
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_THREAD_AFFINITY_CPU_REMOVE, 3));
	kit_assert_error(EINVAL, zmq_ctx_set(ctx, ZMQ_THREAD_AFFINITY_CPU_REMOVE, 3));
	kit_assert_error(EINVAL, zmq_ctx_set(ctx, ZMQ_THREAD_AFFINITY_CPU_ADD, -1));
	kit_assert_error(EINVAL, zmq_ctx_get(ctx, ZMQ_THREAD_AFFINITY_CPU_ADD));
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_THREAD_NAME_PREFIX), 0);
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_THREAD_NAME_PREFIX, 42));
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_THREAD_NAME_PREFIX), 42);
	kit_assert_error(EINVAL, zmq_ctx_set(ctx, ZMQ_MSG_T_SIZE, 64));
	pr_kit_term(ctx);
}

/* Calls visit for each thread of this process, by its id, until it returns true.  */
static bool find_thread(bool (*visit)(pid_t thread))
{
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;
	bool found = false;

	assert_non_null(folder);
	while (!found && (entry = readdir(folder)))
		found = atoi(entry->d_name) > 0 && visit(atoi(entry->d_name));
	closedir(folder);
	return found;
}

static bool is_named(pid_t thread)
{
	char path[64], name[32] = "";

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", (int)thread);
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	bool is_it = fgets(name, sizeof(name), file) && strncmp(name, "42/", 3) == 0;

	fclose(file);
	return is_it;
}

static int first_cpu(void)
{
	cpu_set_t cpus;
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	while (!CPU_ISSET(cpu, &cpus))
		cpu++;
	return cpu;
}

static bool is_as_told(pid_t thread)
{
	cpu_set_t cpus;

	return is_named(thread) && sched_getscheduler(thread) == SCHED_BATCH &&
	       sched_getaffinity(thread, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) == 1 &&
	       CPU_ISSET(first_cpu(), &cpus);
}

/* The threads behind the sockets take the name, the policy and the processors.  */
static void test_threads_obey(void **state)
{
	void *ctx = pr_kit_ctx();

	(void)state;
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_THREAD_NAME_PREFIX, 42));
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_THREAD_SCHED_POLICY, SCHED_BATCH));
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_THREAD_AFFINITY_CPU_ADD, first_cpu()));
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);

	kit_until(find_thread(is_as_told));
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

static void test_null(void **state)
{
	(void)state;
	kit_assert_error(EFAULT, zmq_ctx_term(NULL));
	kit_assert_error(EFAULT, zmq_ctx_shutdown(NULL));
	kit_assert_error(EFAULT, zmq_ctx_set(NULL, ZMQ_IO_THREADS, 1));
	kit_assert_error(EFAULT, zmq_ctx_get(NULL, ZMQ_IO_THREADS));
	errno = 0;
	assert_null(zmq_socket(NULL, ZMQ_PAIR));
	assert_int_equal(errno, EFAULT);
}

static void test_old_names(void **state)
{
	void *ctx = zmq_init(2);

	(void)state;
	assert_non_null(ctx);
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_IO_THREADS), 2);
	kit_assert_ok(zmq_term(ctx));
	ctx = zmq_init(1);
	kit_assert_ok(zmq_ctx_destroy(ctx));
	errno = 0;
	assert_null(zmq_init(-1));
	assert_int_equal(errno, EINVAL);
}

static void test_unknown_socket_type(void **state)
{
	void *ctx = pr_kit_ctx();

	(void)state;
	errno = 0;
	assert_null(zmq_socket(ctx, 999));
	assert_int_equal(errno, EINVAL);
	errno = 0;
	assert_null(zmq_socket(ctx, -1));
	assert_int_equal(errno, EINVAL);
	pr_kit_term(ctx);
}

/* A closed socket gives its place back, though not necessarily at once.  */
static void test_socket_limit(void **state)
{
	void *ctx = pr_kit_ctx();
	void *first, *second = NULL;

	(void)state;
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_MAX_SOCKETS, 1));
	first = pr_kit_socket(ctx, ZMQ_DEALER);
	errno = 0;
	assert_null(zmq_socket(ctx, ZMQ_DEALER));
	assert_int_equal(errno, EMFILE);
	pr_kit_close(first);
	kit_until((second = zmq_socket(ctx, ZMQ_DEALER)) != NULL);
	pr_kit_close(second);
	pr_kit_term(ctx);
}

struct blocked {
	void *ctx, *socket;
	atomic_bool started, closing;
	int result, error;
};

static void *recv_until_term(void *arg)
{
	struct blocked *blocked = arg;
	char byte;

	atomic_store(&blocked->started, true);
	blocked->result = zmq_recv(blocked->socket, &byte, 1, 0);
	blocked->error = zmq_errno();
	atomic_store(&blocked->closing, true);
	pr_kit_close(blocked->socket);
	return NULL;
}

static void *send_until_term(void *arg)
{
	struct blocked *blocked = arg;

	atomic_store(&blocked->started, true);
	blocked->result = zmq_send(blocked->socket, "x", 1, 0);
	blocked->error = zmq_errno();
	atomic_store(&blocked->closing, true);
	pr_kit_close(blocked->socket);
	return NULL;
}

static void *poll_until_term(void *arg)
{
	struct blocked *blocked = arg;
	zmq_pollitem_t item = {.socket = blocked->socket, .events = ZMQ_POLLIN};

	atomic_store(&blocked->started, true);
	blocked->result = zmq_poll(&item, 1, -1);
	blocked->error = zmq_errno();
	atomic_store(&blocked->closing, true);
	pr_kit_close(blocked->socket);
	return NULL;
}

/* zmq_ctx_term ends a blocking call of another thread with ETERM, then waits for that thread's
 * close.  */
static void check_term_unblocks(void *(*blocking_call)(void *))
{
	struct blocked blocked = {.ctx = pr_kit_ctx()};
	pthread_t thread;

	blocked.socket = zmq_socket(blocked.ctx, ZMQ_DEALER);
	pr_kit_thread(&thread, blocking_call, &blocked);
	kit_until(atomic_load(&blocked.started));
	pr_kit_term(blocked.ctx);
	assert_true(atomic_load(&blocked.closing));
	pr_kit_join(thread);
	assert_int_equal(blocked.result, -1);
	assert_int_equal(blocked.error, ETERM);
}

static void test_term_unblocks(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		check_term_unblocks(recv_until_term);
		check_term_unblocks(send_until_term);
		check_term_unblocks(poll_until_term);
	}
}

static void test_shutdown(void **state)
{
	struct blocked blocked = {.ctx = pr_kit_ctx()};
	void *idle = pr_kit_socket(blocked.ctx, ZMQ_ROUTER);
	char endpoint[KIT_ENDPOINT_SIZE];
	pthread_t thread;

	(void)state;
	kit_bind(idle, endpoint);
	blocked.socket = zmq_socket(blocked.ctx, ZMQ_DEALER);
	pr_kit_thread(&thread, recv_until_term, &blocked);
	kit_until(atomic_load(&blocked.started));
	kit_assert_ok(zmq_ctx_shutdown(blocked.ctx));
	pr_kit_join(thread);
	assert_int_equal(blocked.result, -1);
	assert_int_equal(blocked.error, ETERM);

	kit_assert_error(ETERM, zmq_recv(idle, NULL, 0, 0));
	kit_assert_error(ETERM, zmq_send(idle, "x", 1, 0));
	kit_assert_error(ETERM, zmq_bind(idle, "tcp://127.0.0.1:*"));
	kit_assert_error(ETERM, zmq_connect(idle, endpoint));
	kit_assert_error(ETERM, zmq_setsockopt(idle, ZMQ_LINGER, &(int){0}, sizeof(int)));
	kit_assert_error(ETERM, zmq_getsockopt(idle, ZMQ_TYPE, &(int){0}, &(size_t){sizeof(int)}));
	errno = 0;
	assert_null(zmq_socket(blocked.ctx, ZMQ_DEALER));
	assert_int_equal(errno, ETERM);
	kit_assert_ok(zmq_ctx_shutdown(blocked.ctx));
	pr_kit_close(idle);
	pr_kit_term(blocked.ctx);
}

static void test_shutdown_without_sockets(void **state)
{
	void *ctx = pr_kit_ctx();

	(void)state;
	kit_assert_ok(zmq_ctx_shutdown(ctx));
	pr_kit_term(ctx);
}

static void *term(void *ctx)
{
	pr_kit_term(ctx);
	return NULL;
}

/* The socket is used only after the termination began, by a thread that never blocked.  */
static void test_term_waits_for_close(void **state)
{
	struct kit_pair pair;
	pthread_t thread;
	char byte;

	(void)state;
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	kit_send(pair.b, "x");
	kit_expect(pair.a, "x");
	pr_kit_thread(&thread, term, pair.ctx);
	kit_until(zmq_recv(pair.a, &byte, 1, ZMQ_DONTWAIT) == -1 && errno == ETERM);
	kit_assert_error(ETERM, zmq_recv(pair.b, &byte, 1, 0));
	pr_kit_close(pair.a);
	pr_kit_close(pair.b);
	pr_kit_join(thread);
}

static void ignore_signal(int number)
{
	(void)number;
}

struct interrupted {
	void *socket;
	void *(*run)(void *);
	atomic_bool done;
	int result, error;
};

static void *recv_until_signal(void *arg)
{
	struct interrupted *interrupted = arg;

	interrupted->result = zmq_recv(interrupted->socket, NULL, 0, 0);
	interrupted->error = zmq_errno();
	atomic_store(&interrupted->done, true);
	return NULL;
}

static void *poll_until_signal(void *arg)
{
	struct interrupted *interrupted = arg;
	zmq_pollitem_t item = {.socket = interrupted->socket, .events = ZMQ_POLLIN};

	interrupted->result = zmq_poll(&item, 1, -1);
	interrupted->error = zmq_errno();
	atomic_store(&interrupted->done, true);
	return NULL;
}

static void check_interrupt(void *(*blocking_call)(void *))
{
	void *ctx = pr_kit_ctx();
	struct interrupted interrupted = {.socket = pr_kit_socket(ctx, ZMQ_DEALER)};
	pthread_t thread;

	pr_kit_set(interrupted.socket, ZMQ_RCVTIMEO, -1);
	pr_kit_thread(&thread, blocking_call, &interrupted);
	kit_until(atomic_load(&interrupted.done) || pthread_kill(thread, SIGUSR1) != 0);
	pr_kit_join(thread);
	assert_int_equal(interrupted.result, -1);
	assert_int_equal(interrupted.error, EINTR);
	pr_kit_close(interrupted.socket);
	pr_kit_term(ctx);
}

static void test_signals_interrupt(void **state)
{
	struct sigaction action = {.sa_handler = ignore_signal}, before;

	(void)state;
	sigaction(SIGUSR1, &action, &before);
	check_interrupt(recv_until_signal);
	check_interrupt(poll_until_signal);
	sigaction(SIGUSR1, &before, NULL);
}

/* A program that creates and destroys contexts for ever keeps nothing.  */
static void test_nothing_is_kept(void **state)
{
	struct kit_pair pair;
	size_t before = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		pr_kit_pair_open(&pair, ZMQ_ROUTER, ZMQ_DEALER);
		kit_send(pair.b, "x");
		zmq_recv(pair.a, NULL, 0, 0);
		kit_expect(pair.a, "x");
		pr_kit_pair_close(&pair);
		if (i == 0)
			before = pr_kit_open_fds();
	}
	assert_int_equal(pr_kit_open_fds(), before);
}

static void test_many_contexts_at_once(void **state)
{
	struct kit_pair pairs[16];

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(pairs); i++)
		pr_kit_pair_open(&pairs[i], ZMQ_PAIR, ZMQ_PAIR);
	for (size_t i = 0; i < KIT_COUNT(pairs); i++)
		kit_send(pairs[i].a, "over");
	for (size_t i = 0; i < KIT_COUNT(pairs); i++)
		kit_expect(pairs[i].b, "over");
	for (size_t i = 0; i < KIT_COUNT(pairs); i++)
		pr_kit_pair_close(&pairs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_defaults),
	        cmocka_unit_test(test_set_and_get),
	        cmocka_unit_test(test_thread_options),
	        cmocka_unit_test(test_threads_obey),
	        cmocka_unit_test(test_null),
	        cmocka_unit_test(test_old_names),
	        cmocka_unit_test(test_unknown_socket_type),
	        cmocka_unit_test(test_socket_limit),
	        cmocka_unit_test(test_term_unblocks),
	        cmocka_unit_test(test_shutdown),
	        cmocka_unit_test(test_shutdown_without_sockets),
	        cmocka_unit_test(test_term_waits_for_close),
	        cmocka_unit_test(test_signals_interrupt),
	        cmocka_unit_test(test_nothing_is_kept),
	        cmocka_unit_test(test_many_contexts_at_once),
	};
	return KIT_RUN(tests);
}
