/* SPDX-License-Identifier: MIT */
/* core/test/errno_test.c - error numbers, their texts, the version, and what is refused before
 * anything else is looked at: NULL and things that are not sockets.  */
#include "core/test/kit.h"

static void test_texts(void **state)
{
	(void)state;
	assert_string_equal(zmq_strerror(EFSM),
	                    "Operation cannot be accomplished in current state");
	assert_string_equal(zmq_strerror(ENOCOMPATPROTO),
	                    "The protocol is not compatible with the socket type");
	assert_string_equal(zmq_strerror(ETERM), "Context was terminated");
	assert_string_equal(zmq_strerror(EMTHREAD), "No thread available");
	assert_string_equal(zmq_strerror(EHOSTUNREACH), "Host unreachable");
	assert_string_equal(zmq_strerror(EAGAIN), strerror(EAGAIN));
	assert_string_equal(zmq_strerror(EINVAL), strerror(EINVAL));
	assert_string_equal(zmq_strerror(0), strerror(0));
}

static void test_values(void **state)
{
	(void)state;
	assert_int_equal(EFSM, 156384763);
	assert_int_equal(ENOCOMPATPROTO, 156384764);
	assert_int_equal(ETERM, 156384765);
	assert_int_equal(EMTHREAD, 156384766);
}

static void test_zmq_errno_is_errno(void **state)
{
	(void)state;
	errno = 4711;
	assert_int_equal(zmq_errno(), 4711);
	errno = 0;
	assert_int_equal(zmq_errno(), 0);
}

/* The library may be of a later patch level than the header, never of another API.  */
static void test_version(void **state)
{
	int major = -1, minor = -1, patch = -1;

	(void)state;
	zmq_version(&major, &minor, &patch);
	assert_int_equal(major, ZMQ_VERSION_MAJOR);
	assert_int_equal(minor, ZMQ_VERSION_MINOR);
	assert_true(patch >= 0 && patch < 100);
}

static void check_not_a_socket(void *thing)
{
	int value = 0;
	size_t size = sizeof(value);
	zmq_msg_t msg;

	kit_assert_error(ENOTSOCK, zmq_close(thing));
	kit_assert_error(ENOTSOCK, zmq_bind(thing, "tcp://127.0.0.1:*"));
	kit_assert_error(ENOTSOCK, zmq_connect(thing, "tcp://127.0.0.1:1"));
	kit_assert_error(ENOTSOCK, zmq_unbind(thing, "tcp://127.0.0.1:1"));
	kit_assert_error(ENOTSOCK, zmq_disconnect(thing, "tcp://127.0.0.1:1"));
	kit_assert_error(ENOTSOCK, zmq_setsockopt(thing, ZMQ_LINGER, &value, size));
	kit_assert_error(ENOTSOCK, zmq_getsockopt(thing, ZMQ_LINGER, &value, &size));
	kit_assert_error(ENOTSOCK, zmq_send(thing, "x", 1, 0));
	kit_assert_error(ENOTSOCK, zmq_recv(thing, &value, sizeof(value), 0));
	kit_assert_ok(zmq_msg_init(&msg));
	kit_assert_error(ENOTSOCK, zmq_msg_send(&msg, thing, 0));
	kit_assert_error(ENOTSOCK, zmq_msg_recv(&msg, thing, 0));
	kit_assert_ok(zmq_msg_close(&msg));
}

static void test_not_a_socket(void **state)
{
	void *ctx = pr_kit_ctx();

	(void)state;
	check_not_a_socket(NULL);
	check_not_a_socket(ctx);
	pr_kit_term(ctx);
}

static void test_not_a_context(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_PAIR);

	(void)state;
	kit_assert_error(EFAULT, zmq_ctx_shutdown(socket));
	kit_assert_error(EFAULT, zmq_ctx_set(socket, ZMQ_IO_THREADS, 1));
	errno = 0;
	assert_null(zmq_socket(socket, ZMQ_PAIR));
	assert_int_equal(errno, EFAULT);
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

/* Nothing to take or to give: EAGAIN, whatever the type.  A ROUTER drops instead.  */
static void test_would_block(void **state)
{
	const int types[] = {ZMQ_DEALER, ZMQ_PAIR, ZMQ_ROUTER};
	void *ctx = pr_kit_ctx();
	zmq_msg_t msg;

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(types); i++) {
		void *socket = pr_kit_socket(ctx, types[i]);

		kit_assert_error(EAGAIN, zmq_recv(socket, NULL, 0, ZMQ_DONTWAIT));
		kit_assert_ok(zmq_msg_init(&msg));
		kit_assert_error(EAGAIN, zmq_msg_recv(&msg, socket, ZMQ_DONTWAIT));
		kit_assert_ok(zmq_msg_close(&msg));
		if (types[i] == ZMQ_ROUTER)
			assert_int_equal(zmq_send(socket, "x", 1, ZMQ_DONTWAIT), 1);
		else
			kit_assert_error(EAGAIN, zmq_send(socket, "x", 1, ZMQ_DONTWAIT));
		pr_kit_close(socket);
	}
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_texts),
	        cmocka_unit_test(test_values),
	        cmocka_unit_test(test_zmq_errno_is_errno),
	        cmocka_unit_test(test_version),
	        cmocka_unit_test(test_not_a_socket),
	        cmocka_unit_test(test_not_a_context),
	        cmocka_unit_test(test_would_block),
	};
	return KIT_RUN(tests);
}
