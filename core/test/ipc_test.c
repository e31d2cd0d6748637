/* SPDX-License-Identifier: MIT */
/* core/test/ipc_test.c - unix sockets: paths, abstract names, temporary directories, what is left
 * in the file system.  That messages travel as over TCP the other tests state (core.test.NAME.ipc).
 */
#include "core/test/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATH_MOST (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

/* A directory of its own, which is the working directory as well.  */
static char directory[] = "/tmp/kit-ipc-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(directory) || chdir(directory) != 0)
		return -1;
	return setenv("TMPDIR", directory, 1);
}

static int tear_down(void **state)
{
	(void)state;
	return chdir("/") == 0 && rmdir(directory) == 0 ? 0 : -1;
}

static bool exists(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0;
}

static void last_endpoint(void *socket, char endpoint[256])
{
	size_t size = 256;

	kit_assert_ok(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size));
	assert_int_equal(size, strlen(endpoint) + 1);
}

static void check_messages(void *a, void *b)
{
	kit_send(a, "to b");
	kit_send_more(b, "to");
	kit_send(b, "a");
	kit_expect(b, "to b");
	kit_expect_more(a, "to");
	kit_expect(a, "a");
}

static void check_address(const char *address)
{
	void *ctx = pr_kit_ctx();
	void *a = pr_kit_socket(ctx, ZMQ_PAIR);
	void *b = pr_kit_socket(ctx, ZMQ_PAIR);
	char endpoint[256];

	kit_assert_ok(zmq_bind(a, address));
	last_endpoint(a, endpoint);
	assert_string_equal(endpoint, address);
	kit_assert_ok(zmq_connect(b, address));
	last_endpoint(b, endpoint);
	assert_string_equal(endpoint, address);
	check_messages(a, b);
	kit_assert_ok(zmq_disconnect(b, address));
	kit_assert_ok(zmq_unbind(a, address));
	kit_assert_error(ENOENT, zmq_unbind(a, address));
	pr_kit_close(a);
	pr_kit_close(b);
	pr_kit_term(ctx);
}

static void test_addresses(void **state)
{
	char longest[PATH_MOST + 16] = "ipc://@";
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "ipc://%s/a b", directory);
	check_address(path);
	assert_true(exists("a b")); /* the file stays */
	check_address(path);
	unlink("a b");
	check_address("ipc://relative");
	assert_true(exists("relative"));
	unlink("relative");
	memset(longest + 7, 'x', PATH_MOST - 1);
	check_address(longest);
	longest[6] = 'y';
	check_address(longest);
	unlink(longest + 6);
}

static void test_bad_addresses(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_DEALER);
	char longer[PATH_MOST + 16] = "ipc://@";

	(void)state;
	kit_assert_error(EINVAL, zmq_bind(socket, "ipc://"));
	kit_assert_error(EINVAL, zmq_connect(socket, "ipc://"));
	kit_assert_error(EINVAL, zmq_bind(socket, "ipc://@"));
	kit_assert_error(EINVAL, zmq_connect(socket, "ipc://@"));
	memset(longer + 7, 'x', PATH_MOST);
	kit_assert_error(ENAMETOOLONG, zmq_bind(socket, longer));
	kit_assert_error(ENAMETOOLONG, zmq_connect(socket, longer));
	longer[6] = 'y';
	kit_assert_error(ENAMETOOLONG, zmq_bind(socket, longer));
	kit_assert_error(ENAMETOOLONG, zmq_connect(socket, longer));
	kit_assert_error(ENOENT, zmq_bind(socket, "ipc:///no/such/directory"));
	kit_assert_error(EADDRINUSE, zmq_bind(socket, "ipc:///tmp"));
	kit_assert_ok(zmq_connect(socket, "ipc:///no/such/directory"));
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

/* The socket of a wildcard address lies in a directory of its own; both go with the listener.  */
static void check_wildcard(bool unbind)
{
	void *ctx = pr_kit_ctx();
	void *a = pr_kit_socket(ctx, ZMQ_PAIR);
	void *b = pr_kit_socket(ctx, ZMQ_PAIR);
	char endpoint[256], parent[256];

	kit_assert_ok(zmq_bind(a, "ipc://*"));
	last_endpoint(a, endpoint);
	assert_memory_equal(endpoint + 6, directory, strlen(directory));
	assert_true(exists(endpoint + 6));
	kit_assert_ok(zmq_connect(b, endpoint));
	check_messages(a, b);
	if (unbind)
		kit_assert_ok(zmq_unbind(a, endpoint));
	else
		pr_kit_close(a);
	kit_until(!exists(endpoint + 6));
	strcpy(parent, endpoint + 6);
	*strrchr(parent, '/') = '\0';
	kit_until(!exists(parent));
	if (unbind)
		pr_kit_close(a);
	pr_kit_close(b);
	pr_kit_term(ctx);
}

static void test_wildcard(void **state)
{
	(void)state;
	check_wildcard(true);
	check_wildcard(false);
}

/* Two wildcard addresses on one socket are two.  */
static void test_two_wildcards(void **state)
{
	void *ctx = pr_kit_ctx();
	void *socket = pr_kit_socket(ctx, ZMQ_ROUTER);
	char first[256], second[256];

	(void)state;
	kit_assert_ok(zmq_bind(socket, "ipc://*"));
	last_endpoint(socket, first);
	kit_assert_ok(zmq_bind(socket, "ipc://*"));
	last_endpoint(socket, second);
	assert_string_not_equal(first, second);
	pr_kit_close(socket);
	pr_kit_term(ctx);
	assert_false(exists(first + 6));
	assert_false(exists(second + 6));
}

/* What lies at the path gives way, whatever it is.  */
static void test_stale_file(void **state)
{
	FILE *file = fopen("stale", "w");

	(void)state;
	assert_non_null(file);
	fclose(file);
	check_address("ipc://stale");
	assert_true(exists("stale"));
	check_address("ipc://stale");
	unlink("stale");
}

/* A second bind takes the path over: who connects from then on finds the new one.  When the old one
 * closes, the file stays with the new one.  */
static void test_take_over(void **state)
{
	void *ctx = pr_kit_ctx();
	void *old = pr_kit_socket(ctx, ZMQ_PAIR);
	void *new = pr_kit_socket(ctx, ZMQ_PAIR);
	void *early = pr_kit_socket(ctx, ZMQ_PAIR);
	void *late = pr_kit_socket(ctx, ZMQ_PAIR);

	(void)state;
	kit_assert_ok(zmq_bind(old, "ipc://taken"));
	kit_assert_ok(zmq_connect(early, "ipc://taken"));
	check_messages(old, early);
	kit_assert_ok(zmq_bind(new, "ipc://taken"));
	kit_assert_ok(zmq_connect(late, "ipc://taken"));
	check_messages(new, late);
	check_messages(old, early);
	pr_kit_close(old);
	pr_kit_close(early);
	check_messages(new, late);
	assert_true(exists("taken"));
	pr_kit_close(new);
	pr_kit_close(late);
	pr_kit_term(ctx);
	unlink("taken");
}

/* An abstract name belongs to whoever has it.  */
static void test_abstract_name_in_use(void **state)
{
	void *ctx = pr_kit_ctx();
	void *a = pr_kit_socket(ctx, ZMQ_PAIR);
	void *b = pr_kit_socket(ctx, ZMQ_PAIR);
	char endpoint[KIT_ENDPOINT_SIZE];

	(void)state;
	snprintf(endpoint, sizeof(endpoint), "ipc://@%s", directory);
	kit_assert_ok(zmq_bind(a, endpoint));
	kit_assert_error(EADDRINUSE, zmq_bind(b, endpoint));
	pr_kit_close(a);
	kit_until(zmq_bind(b, endpoint) == 0);
	pr_kit_close(b);
	pr_kit_term(ctx);
}

#define BURST 500

/* Everything that was sent before close arrives, whatever the peer has sent meanwhile and we never
 * read.  */
static void test_close_loses_nothing(void **state)
{
	void *ctx = pr_kit_ctx();
	void *reader = pr_kit_socket(ctx, ZMQ_PAIR);
	void *writer_ctx = pr_kit_ctx();
	void *writer = zmq_socket(writer_ctx, ZMQ_PAIR);
	static char body[3000];

	(void)state;
	kit_assert_ok(zmq_bind(reader, "ipc://lossless"));
	kit_assert_ok(zmq_connect(writer, "ipc://lossless"));
	kit_send(writer, "first");
	kit_expect(reader, "first");
	for (int i = 0; i < 100; i++)
		kit_send(reader, "unread");
	for (int i = 0; i < BURST; i++)
		assert_int_equal(zmq_send(writer, body, sizeof(body), 0), sizeof(body));
	pr_kit_close(writer);
	for (int i = 0; i < BURST; i++)
		assert_int_equal(zmq_recv(reader, body, sizeof(body), 0), sizeof(body));
	pr_kit_term(writer_ctx);
	pr_kit_close(reader);
	pr_kit_term(ctx);
	unlink("lossless");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_addresses),
	        cmocka_unit_test(test_bad_addresses),
	        cmocka_unit_test(test_wildcard),
	        cmocka_unit_test(test_two_wildcards),
	        cmocka_unit_test(test_stale_file),
	        cmocka_unit_test(test_take_over),
	        cmocka_unit_test(test_abstract_name_in_use),
	        cmocka_unit_test(test_close_loses_nothing),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
