/* SPDX-License-Identifier: MIT */
/* core/test/extension_test.c - proctor.h: the phase of a context and the list of counters.
 *
 * That counters and phases do what they say is the conformance suite's business; this is their
 * manners.  */
#include "core/test/kit.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/include/proctor.h"

static const char *(*version)(void);
static int (*set_phase)(void *context, const char *phase, char *error, size_t error_size);
static size_t (*list_counters)(const struct proctor_counter **list);
static int (*read_counters)(void *context, uint64_t *values, size_t count);
static int (*connections)(void *context,
                          void (*visit)(void *arg, const char *peer, const uint64_t *values,
                                        size_t count),
                          void *arg);

static void test_version(void **state)
{
	(void)state;
	assert_string_equal(version(), "0.1.0");
}

static void test_phases(void **state)
{
	const char *const good[] = {"baseline", "core", "reactive,read-size=64K",
	                            "true-proactor,cap=1M,fault=overtake",
	                            "core,drain=eagain,cork=8K"};
	const char *const bad[] = {"",
	                           ",",
	                           "nonsense",
	                           "baselin",
	                           "baseline,",
	                           "baseline,read-size=",
	                           "baseline,read-size=1",
	                           "baseline,color=red",
	                           "baseline,speculate=maybe",
	                           "read-size=64K"};

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(good); i++) {
		void *ctx = pr_kit_ctx();
		char error[256] = "";

		kit_assert_ok(set_phase(ctx, good[i], error, sizeof(error)));
		kit_assert_ok(set_phase(ctx, good[i], NULL, 0));
		assert_string_equal(error, "");
		pr_kit_term(ctx);
	}
	for (size_t i = 0; i < KIT_COUNT(bad); i++) {
		void *ctx = pr_kit_ctx();
		char error[256] = "";

		kit_assert_error(EINVAL, set_phase(ctx, bad[i], error, sizeof(error)));
		assert_true(strlen(error) > 10);
		kit_assert_error(EINVAL, set_phase(ctx, bad[i], NULL, 0));
		memset(error, '#', sizeof(error));
		kit_assert_error(EINVAL, set_phase(ctx, bad[i], error, 8));
		assert_int_equal(error[7], 0);
		assert_int_equal(error[8], '#');
		pr_kit_term(ctx);
	}
}

static void test_not_a_context(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_PAIR);
	uint64_t value;

	(void)state;
	kit_assert_error(EFAULT, set_phase(NULL, "core", NULL, 0));
	kit_assert_error(EFAULT, set_phase(socket, "core", NULL, 0));
	kit_assert_error(EFAULT, read_counters(NULL, &value, 1));
	kit_assert_error(EFAULT, read_counters(socket, &value, 1));
	kit_assert_error(EFAULT, connections(NULL, NULL, NULL));
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

/* Once there was a socket the phase stands.  */
static void test_busy(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_PAIR);

	(void)state;
	kit_assert_error(EBUSY, set_phase(ctx, "core", NULL, 0));
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

static uint64_t counter(void *ctx, const char *name)
{
	const struct proctor_counter *list;
	size_t count = list_counters(&list);
	uint64_t values[128];

	assert_int_equal(read_counters(ctx, values, 128), count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return values[i];
	fail();
	return 0;
}

static bool speculates(void *ctx)
{
	void *a = pr_kit_socket(ctx, ZMQ_PAIR), *b = pr_kit_socket(ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];

	kit_bind(a, endpoint);
	kit_assert_ok(zmq_connect(b, endpoint));
	for (int i = 0; i < 20; i++) {
		kit_send(b, "ping");
		kit_expect(a, "ping");
		kit_send(a, "pong");
		kit_expect(b, "pong");
	}
	pr_kit_close(a);
	pr_kit_close(b);
	return counter(ctx, "recv_speculative") > 0;
}

/* PROCTOR_PHASE is for contexts that were not told.  */
static void test_environment(void **state)
{
	void *ctx;

	(void)state;
	if (list_counters(NULL) == 0)
		skip();
	setenv("PROCTOR_PHASE", "baseline", 1);
	ctx = pr_kit_ctx();
	assert_true(speculates(ctx));
	pr_kit_term(ctx);
	ctx = pr_kit_ctx();
	kit_assert_ok(set_phase(ctx, "reactive", NULL, 0));
	assert_false(speculates(ctx));
	pr_kit_term(ctx);
	/* What does not parse is not taken for the default. */
	setenv("PROCTOR_PHASE", "nonsense", 1);
	errno = 0;
	assert_null(zmq_ctx_new());
	assert_int_equal(errno, EINVAL);
	unsetenv("PROCTOR_PHASE");
	/* Untold: core, whose callers wait for connections themselves. */
	ctx = pr_kit_ctx();
	for (int i = 0; i < 100 && counter(ctx, "app_polls") == 0; i++)
		speculates(ctx);
	assert_true(counter(ctx, "app_polls") > 0);
	pr_kit_term(ctx);
}

/* A caller waits for the connection itself when small messages go back and forth, not when large
 * ones do: it would be in the way of the thread that sends them.  */
static void test_large_messages_are_not_calm(void **state)
{
	static uint8_t body[100000];
	struct kit_pair pair;

	(void)state;
	if (list_counters(NULL) == 0)
		skip();
	pr_kit_pair_open(&pair, ZMQ_PAIR, ZMQ_PAIR);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(zmq_send(pair.a, body, sizeof(body), 0), sizeof(body));
		assert_int_equal(zmq_recv(pair.b, body, sizeof(body), 0), sizeof(body));
		assert_int_equal(zmq_send(pair.b, body, sizeof(body), 0), sizeof(body));
		assert_int_equal(zmq_recv(pair.a, body, sizeof(body), 0), sizeof(body));
	}
	assert_true(counter(pair.ctx, "app_polls") < 20);
	pr_kit_pair_close(&pair);
}

/* The list is a glossary: every entry is complete and stands once.  */
static void test_list(void **state)
{
	const struct proctor_counter *list;
	size_t count = list_counters(&list);
	uint64_t values[200];
	void *ctx = pr_kit_ctx();

	(void)state;
	assert_int_equal(list_counters(NULL), count);
	for (size_t i = 0; i < count; i++) {
		assert_true(strlen(list[i].name) > 0 && strlen(list[i].unit) > 0);
		assert_true(strlen(list[i].help) > 10);
		assert_true(!strcmp(list[i].scope, "conn") || !strcmp(list[i].scope, "loop") ||
		            !strcmp(list[i].scope, "sock"));
		assert_true(!strcmp(list[i].kind, "sum") || !strcmp(list[i].kind, "peak"));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(list[i].name, list[k].name);
	}
	memset(values, 0xee, sizeof(values));
	assert_int_equal(read_counters(ctx, values, 200), count);
	for (size_t i = 0; i < count; i++)
		assert_true(values[i] == 0);
	assert_true(values[count] == 0xeeeeeeeeeeeeeeee);
	if (count > 3) {
		values[3] = 4711;
		assert_int_equal(read_counters(ctx, values, 3), 3);
		assert_true(values[3] == 4711);
	}
	assert_int_equal(read_counters(ctx, values, 0), 0);
	assert_int_equal(connections(ctx, NULL, NULL), 0);
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_version),
	        cmocka_unit_test(test_phases),
	        cmocka_unit_test(test_not_a_context),
	        cmocka_unit_test(test_busy),
	        cmocka_unit_test(test_environment),
	        cmocka_unit_test(test_list),
	        cmocka_unit_test(test_large_messages_are_not_calm),
	};

	*(void **)&version = dlsym(RTLD_DEFAULT, "proctor_version");
	*(void **)&set_phase = dlsym(RTLD_DEFAULT, "proctor_ctx_set_phase");
	*(void **)&list_counters = dlsym(RTLD_DEFAULT, "proctor_counters");
	*(void **)&read_counters = dlsym(RTLD_DEFAULT, "proctor_ctx_counters");
	*(void **)&connections = dlsym(RTLD_DEFAULT, "proctor_ctx_connections");
	if (!version || !set_phase || !list_counters || !read_counters || !connections) {
		puts("not the proctor engine: skipped");
		return 77;
	}
	return KIT_RUN(tests);
}
