/* SPDX-License-Identifier: MIT */
/* core/test/options_test.c - socket options: defaults, sizes, ranges, who knows which.  */
#include "core/test/kit.h"

struct int_option {
	int option, value; /* its default */
	int good, bad; /* a value that is taken; one that is refused (0: every value is taken) */
};

static const struct int_option int_options[] = {
        {ZMQ_SNDHWM, 1000, 5, -1},
        {ZMQ_RCVHWM, 1000, 0, -1},
        {ZMQ_LINGER, -1, 250, -2},
        {ZMQ_RECONNECT_IVL, 100, -1, -2},
        {ZMQ_RECONNECT_IVL_MAX, 0, 1000, -1},
        {ZMQ_BACKLOG, 100, 10, -1},
        {ZMQ_RCVTIMEO, -1, 100, -2},
        {ZMQ_SNDTIMEO, -1, 0, -2},
        {ZMQ_SNDBUF, -1, 65536, -2},
        {ZMQ_RCVBUF, -1, 65536, -2},
        {ZMQ_IMMEDIATE, 0, 1, 2},
        {ZMQ_IPV6, 0, 1, 2},
        {ZMQ_HANDSHAKE_IVL, 30000, 0, -1},
        {ZMQ_CONNECT_TIMEOUT, 0, 500, -1},
        {ZMQ_TCP_KEEPALIVE, -1, 1, 2},
        {ZMQ_TCP_KEEPALIVE_CNT, -1, 3, -2},
        {ZMQ_TCP_KEEPALIVE_IDLE, -1, 30, -2},
        {ZMQ_TCP_KEEPALIVE_INTVL, -1, 30, -2},
        {ZMQ_TOS, 0, 16, -1},
};

static const int types[] = {ZMQ_DEALER, ZMQ_ROUTER, ZMQ_PAIR, ZMQ_PUSH, ZMQ_PULL};

static void check_int_option(void *socket, const struct int_option *row)
{
	int value = row->good;

	if (pr_kit_get(socket, row->option) != row->value)
		pr_kit_fail(__FILE__, __LINE__, "option %d: default %d", row->option,
		            pr_kit_get(socket, row->option));
	if (zmq_setsockopt(socket, row->option, &value, sizeof(value)) == -1)
		pr_kit_fail(__FILE__, __LINE__, "option %d: %d refused", row->option, value);
	assert_int_equal(pr_kit_get(socket, row->option), row->good);
	value = row->bad;
	errno = 0;
	if (row->bad != 0 &&
	    (zmq_setsockopt(socket, row->option, &value, sizeof(value)) != -1 || errno != EINVAL))
		pr_kit_fail(__FILE__, __LINE__, "option %d: %d taken", row->option, value);
	assert_int_equal(pr_kit_get(socket, row->option), row->good);
}

static void test_ints(void **state)
{
	void *ctx = pr_kit_ctx();

	(void)state;
	for (size_t t = 0; t < KIT_COUNT(types); t++) {
		void *socket = zmq_socket(ctx, types[t]);

		assert_non_null(socket);
		for (size_t i = 0; i < KIT_COUNT(int_options); i++)
			check_int_option(socket, &int_options[i]);
		assert_int_equal(pr_kit_get(socket, ZMQ_TYPE), types[t]);
		assert_int_equal(pr_kit_get(socket, ZMQ_RCVMORE), 0);
		assert_int_equal(pr_kit_get(socket, ZMQ_MECHANISM), ZMQ_NULL);
		assert_int_equal(pr_kit_get(socket, ZMQ_THREAD_SAFE), 0);
		assert_true(pr_kit_get(socket, ZMQ_FD) >= 0);
		pr_kit_set(socket, ZMQ_LINGER, 0);
		pr_kit_close(socket);
	}
	pr_kit_term(ctx);
}

/* An int that is not four bytes is refused.  Four may be too few for what the socket itself
 * answers, where more is allowed and the size comes back.  */
static void test_int_sizes(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);
	const int wide[] = {ZMQ_RCVMORE, ZMQ_FD, ZMQ_EVENTS};
	uint64_t value = 0;
	size_t size;

	(void)state;
	for (size_t i = 0; i < KIT_COUNT(int_options); i++) {
		kit_assert_error(EINVAL, zmq_setsockopt(socket, int_options[i].option, &value, 3));
		kit_assert_error(EINVAL, zmq_setsockopt(socket, int_options[i].option, &value, 8));
		kit_assert_error(EINVAL, zmq_setsockopt(socket, int_options[i].option, NULL, 0));
		size = 3;
		kit_assert_error(EINVAL,
		                 zmq_getsockopt(socket, int_options[i].option, &value, &size));
		size = 8;
		kit_assert_error(EINVAL,
		                 zmq_getsockopt(socket, int_options[i].option, &value, &size));
	}
	for (size_t i = 0; i < KIT_COUNT(wide); i++) {
		size = 3;
		kit_assert_error(EINVAL, zmq_getsockopt(socket, wide[i], &value, &size));
		size = 8;
		kit_assert_ok(zmq_getsockopt(socket, wide[i], &value, &size));
		assert_int_equal(size, sizeof(int));
	}
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

static void test_64_bit(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_ROUTER);
	int64_t most = 0;
	uint64_t affinity = 7;
	size_t size = sizeof(most);

	(void)state;
	kit_assert_ok(zmq_getsockopt(socket, ZMQ_MAXMSGSIZE, &most, &size));
	assert_int_equal(size, 8);
	assert_true(most == -1);
	most = 12345678901;
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof(most)));
	most = 0;
	kit_assert_ok(zmq_getsockopt(socket, ZMQ_MAXMSGSIZE, &most, &size));
	assert_true(most == 12345678901);
	kit_assert_error(EINVAL, zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, 4));
	size = 4;
	kit_assert_error(EINVAL, zmq_getsockopt(socket, ZMQ_MAXMSGSIZE, &most, &size));

	size = sizeof(affinity);
	kit_assert_ok(zmq_getsockopt(socket, ZMQ_AFFINITY, &affinity, &size));
	assert_true(affinity == 0);
	affinity = 1;
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_AFFINITY, &affinity, sizeof(affinity)));
	affinity = 0;
	kit_assert_ok(zmq_getsockopt(socket, ZMQ_AFFINITY, &affinity, &size));
	assert_true(affinity == 1);
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

static void test_routing_id(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);
	uint8_t id[256], seen[256];
	size_t size = sizeof(seen);

	(void)state;
	pr_kit_fill(id, sizeof(id), 1);
	id[0] = 'x';
	kit_assert_ok(zmq_getsockopt(socket, ZMQ_ROUTING_ID, seen, &size));
	assert_int_equal(size, 0);
	kit_assert_error(EINVAL, zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, 0));
	kit_assert_error(EINVAL, zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, 256));
	for (size_t length = 1; length <= 255; length++) {
		kit_assert_ok(zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, length));
		size = sizeof(seen);
		kit_assert_ok(zmq_getsockopt(socket, ZMQ_ROUTING_ID, seen, &size));
		assert_int_equal(size, length);
		assert_memory_equal(seen, id, length);
	}
	size = 254;
	kit_assert_error(EINVAL, zmq_getsockopt(socket, ZMQ_ROUTING_ID, seen, &size));
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

static void test_last_endpoint(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);
	char endpoint[KIT_ENDPOINT_SIZE], seen[KIT_ENDPOINT_SIZE] = "?";
	size_t size = sizeof(seen);

	(void)state;
	kit_assert_ok(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, seen, &size));
	assert_int_equal(size, 1);
	assert_string_equal(seen, "");
	kit_bind(socket, endpoint);
	size = strlen(endpoint);
	kit_assert_error(EINVAL, zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, seen, &size));
	size = strlen(endpoint) + 1;
	kit_assert_ok(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, seen, &size));
	assert_string_equal(seen, endpoint);
	assert_int_equal(size, strlen(endpoint) + 1);
	pr_kit_unused_endpoint(endpoint);
	kit_assert_ok(zmq_connect(socket, endpoint));
	size = sizeof(seen);
	kit_assert_ok(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, seen, &size));
	assert_string_equal(seen, endpoint);
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

/* Options of the ROUTER can be set, not read, and only on a ROUTER.  */
static void test_router_options(void **state)
{
	const int options[] = {ZMQ_ROUTER_MANDATORY, ZMQ_ROUTER_HANDOVER};
	void *ctx = pr_kit_ctx();
	int value = 1;
	size_t size = sizeof(value);

	(void)state;
	for (size_t t = 0; t < KIT_COUNT(types); t++) {
		void *socket = pr_kit_socket(ctx, types[t]);

		for (size_t i = 0; i < KIT_COUNT(options); i++) {
			value = 1;
			if (types[t] == ZMQ_ROUTER)
				kit_assert_ok(zmq_setsockopt(socket, options[i], &value, 4));
			else
				kit_assert_error(EINVAL,
				                 zmq_setsockopt(socket, options[i], &value, 4));
			value = -1;
			kit_assert_error(EINVAL, zmq_setsockopt(socket, options[i], &value, 4));
			kit_assert_error(EINVAL, zmq_getsockopt(socket, options[i], &value, &size));
		}
		pr_kit_close(socket);
	}
	pr_kit_term(ctx);
}

static void test_connect_routing_id(void **state)
{
	void *ctx = pr_kit_ctx();
	void *router = pr_kit_socket(ctx, ZMQ_ROUTER);
	void *dealer = pr_kit_socket(ctx, ZMQ_DEALER);

	(void)state;
	kit_assert_ok(zmq_setsockopt(router, ZMQ_CONNECT_ROUTING_ID, "peer", 4));
	kit_assert_error(EINVAL, zmq_setsockopt(dealer, ZMQ_CONNECT_ROUTING_ID, "peer", 4));
	pr_kit_close(router);
	pr_kit_close(dealer);
	pr_kit_term(ctx);
}

static void test_unknown(void **state)
{
	const int read_only[] = {ZMQ_RCVMORE, ZMQ_FD, ZMQ_EVENTS, ZMQ_TYPE, ZMQ_LAST_ENDPOINT};
	void *ctx = pr_kit_ctx();
	char value[64] = "";
	size_t size;

	(void)state;
	for (size_t t = 0; t < KIT_COUNT(types); t++) {
		void *socket = pr_kit_socket(ctx, types[t]);

		kit_assert_error(EINVAL, zmq_setsockopt(socket, 9999, value, 4));
		kit_assert_error(EINVAL, zmq_setsockopt(socket, -1, value, 4));
		kit_assert_error(EINVAL, zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0));
		size = sizeof(value);
		kit_assert_error(EINVAL, zmq_getsockopt(socket, 9999, value, &size));
		for (size_t i = 0; i < KIT_COUNT(read_only); i++)
			kit_assert_error(EINVAL, zmq_setsockopt(socket, read_only[i], value, 4));
		pr_kit_close(socket);
	}
	pr_kit_term(ctx);
}

/* A context that must not block has sockets that do not linger.  */
static void test_not_blocky(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket;

	(void)state;
	kit_assert_ok(zmq_ctx_set(ctx, ZMQ_BLOCKY, 0));
	assert_int_equal(zmq_ctx_get(ctx, ZMQ_BLOCKY), 0);
	socket = zmq_socket(ctx, ZMQ_DEALER);
	assert_int_equal(pr_kit_get(socket, ZMQ_LINGER), 0);
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

/* ---- Security ---- */

/* <zmq.h> declares them for drafts only.  */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif
#ifndef ZMQ_METADATA
#define ZMQ_METADATA 95
#endif

static void check_text(void *socket, int option, const char *text, size_t size)
{
	char value[256];
	size_t got = sizeof(value);

	kit_assert_ok(zmq_getsockopt(socket, option, value, &got));
	assert_int_equal(got, size + 1);
	assert_memory_equal(value, text, size);
	assert_int_equal(value[size], 0);
	got = size;
	kit_assert_error(EINVAL, zmq_getsockopt(socket, option, value, &got));
	got = size + 1;
	kit_assert_ok(zmq_getsockopt(socket, option, value, &got));
}

static void check_texts(void *socket, int option)
{
	char most[256];

	memset(most, 'm', sizeof(most));
	check_text(socket, option, "", 0);
	kit_assert_ok(zmq_setsockopt(socket, option, "longer", 6));
	check_text(socket, option, "longer", 6);
	kit_assert_ok(zmq_setsockopt(socket, option, "a\0b", 3));
	check_text(socket, option, "a\0b", 3);
	kit_assert_error(EINVAL, zmq_setsockopt(socket, option, "x", 0));
	kit_assert_error(EINVAL, zmq_setsockopt(socket, option, most, 256));
	check_text(socket, option, "a\0b", 3);
	kit_assert_ok(zmq_setsockopt(socket, option, most, 255));
	check_text(socket, option, most, 255);
}

static void test_security_texts(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);

	(void)state;
	check_texts(socket, ZMQ_PLAIN_USERNAME);
	check_texts(socket, ZMQ_PLAIN_PASSWORD);
	check_texts(socket, ZMQ_ZAP_DOMAIN);
	kit_assert_error(EINVAL, zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, NULL, 0));
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, "domain", 6));
	check_text(socket, ZMQ_ZAP_DOMAIN, "domain", 6);
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

static void check_mechanism(void *socket, int mechanism, int is_server)
{
	assert_int_equal(pr_kit_get(socket, ZMQ_MECHANISM), mechanism);
	assert_int_equal(pr_kit_get(socket, ZMQ_PLAIN_SERVER), is_server);
}

/* The option that was set last decides.  */
static void test_mechanism(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);
	int64_t wide = 1;

	(void)state;
	check_mechanism(socket, ZMQ_NULL, 0);
	kit_assert_error(EINVAL, zmq_setsockopt(socket, ZMQ_PLAIN_SERVER, &(int){2}, sizeof(int)));
	kit_assert_error(EINVAL, zmq_setsockopt(socket, ZMQ_PLAIN_SERVER, &(int){-1}, sizeof(int)));
	kit_assert_error(EINVAL, zmq_setsockopt(socket, ZMQ_PLAIN_SERVER, &wide, sizeof(wide)));
	kit_assert_error(EINVAL,
	                 zmq_setsockopt(socket, ZMQ_MECHANISM, &(int){ZMQ_PLAIN}, sizeof(int)));
	pr_kit_set(socket, ZMQ_PLAIN_SERVER, 1);
	check_mechanism(socket, ZMQ_PLAIN, 1);
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, "joe", 3));
	check_mechanism(socket, ZMQ_PLAIN, 0);
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, NULL, 0));
	check_mechanism(socket, ZMQ_NULL, 0);
	check_text(socket, ZMQ_PLAIN_USERNAME, "joe", 3);
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, "secret", 6));
	check_mechanism(socket, ZMQ_PLAIN, 0);
	pr_kit_set(socket, ZMQ_PLAIN_SERVER, 1);
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, NULL, 0));
	check_mechanism(socket, ZMQ_NULL, 0);
	pr_kit_set(socket, ZMQ_PLAIN_SERVER, 0);
	check_mechanism(socket, ZMQ_NULL, 0);
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

/* Any number is true or false.  */
static void test_enforced_domain(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);
	int64_t wide = 1;

	(void)state;
	assert_int_equal(pr_kit_get(socket, ZMQ_ZAP_ENFORCE_DOMAIN), 0);
	pr_kit_set(socket, ZMQ_ZAP_ENFORCE_DOMAIN, -3);
	assert_int_equal(pr_kit_get(socket, ZMQ_ZAP_ENFORCE_DOMAIN), 1);
	kit_assert_error(EINVAL,
	                 zmq_setsockopt(socket, ZMQ_ZAP_ENFORCE_DOMAIN, &wide, sizeof(wide)));
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

/* Properties for the peer; they cannot be read back.  */
static void test_metadata(void **state)
{
	const char *const bad[] = {"X-a", ":value", "X-abc:", "key:value", "x-key:value", "X-:v"};
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);
	char value[8];
	size_t size = sizeof(value);

	(void)state;
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_METADATA, "X-key:value:of", 14));
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_METADATA, "X-key:other", 11));
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_METADATA, "X-:value", 8));
	for (size_t i = 0; i < KIT_COUNT(bad); i++)
		kit_assert_error(EINVAL,
		                 zmq_setsockopt(socket, ZMQ_METADATA, bad[i], strlen(bad[i])));
	kit_assert_error(EINVAL, zmq_setsockopt(socket, ZMQ_METADATA, NULL, 0));
	kit_assert_error(EINVAL, zmq_getsockopt(socket, ZMQ_METADATA, value, &size));
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_ints),
	        cmocka_unit_test(test_int_sizes),
	        cmocka_unit_test(test_64_bit),
	        cmocka_unit_test(test_routing_id),
	        cmocka_unit_test(test_last_endpoint),
	        cmocka_unit_test(test_router_options),
	        cmocka_unit_test(test_connect_routing_id),
	        cmocka_unit_test(test_unknown),
	        cmocka_unit_test(test_not_blocky),
	        cmocka_unit_test(test_security_texts),
	        cmocka_unit_test(test_mechanism),
	        cmocka_unit_test(test_enforced_domain),
	        cmocka_unit_test(test_metadata),
	};
	return KIT_RUN(tests);
}
