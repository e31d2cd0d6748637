/* SPDX-License-Identifier: MIT */
/* core/base/unpaced_test.c - which sockets are not paced.  */
#include "core/base/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "core/base/unpaced.h"

static struct sockaddr_storage address_of(int family, const char *text)
{
	struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
	void *at = family == AF_INET ? (void *)&((struct sockaddr_in *)&address)->sin_addr
	                             : (void *)&((struct sockaddr_in6 *)&address)->sin6_addr;

	assert_int_equal(inet_pton(family, text, at), 1);
	return address;
}

static bool is_loopback(int family, const char *text)
{
	const struct sockaddr_storage address = address_of(family, text);

	return pr_unpaced_is_loopback((const struct sockaddr *)&address);
}

static void test_addresses(void **state)
{
	const struct sockaddr_storage other = {.ss_family = AF_UNIX};

	(void)state;
	assert_true(is_loopback(AF_INET, "127.0.0.1"));
	assert_true(is_loopback(AF_INET, "127.255.3.4"));
	assert_false(is_loopback(AF_INET, "0.0.0.0"));
	assert_false(is_loopback(AF_INET, "128.0.0.1"));
	assert_false(is_loopback(AF_INET, "10.0.0.127"));
	assert_true(is_loopback(AF_INET6, "::1"));
	assert_true(is_loopback(AF_INET6, "::ffff:127.0.0.2"));
	assert_false(is_loopback(AF_INET6, "::"));
	assert_false(is_loopback(AF_INET6, "::ffff:10.0.0.1"));
	assert_false(is_loopback(AF_INET6, "2001:db8::1"));
	assert_false(pr_unpaced_is_loopback((const struct sockaddr *)&other));
}

#define NAME_SIZE 16

struct name {
	char text[NAME_SIZE];
};

/* What a socket has behind pr_unpaced_prepare() that had `before`; "" where the system does not
 * have that.  */
static struct name prepared(const char *before, const char *host)
{
	const struct sockaddr_storage address = address_of(AF_INET, host);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct name name = {""};
	socklen_t size = sizeof(name.text);

	assert_true(fd >= 0);
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, before, (socklen_t)strlen(before)) == 0) {
		pr_unpaced_prepare(fd, (const struct sockaddr *)&address);
		assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.text, &size), 0);
	}
	close(fd);
	return name;
}

static void test_a_pacing_one_is_replaced(void **state)
{
	(void)state;
	if (prepared("bbr", "10.0.0.1").text[0] == '\0')
		skip(); /* the system has none */
	assert_string_equal(prepared("bbr", "127.0.0.1").text, "reno");
	assert_string_equal(prepared("bbr", "10.0.0.1").text, "bbr");
}

static void test_another_one_stays(void **state)
{
	struct name cubic = prepared("cubic", "127.0.0.1");

	(void)state;
	assert_string_equal(prepared("reno", "127.0.0.1").text, "reno");
	assert_true(cubic.text[0] == '\0' || strcmp(cubic.text, "cubic") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_addresses),
	        cmocka_unit_test(test_a_pacing_one_is_replaced),
	        cmocka_unit_test(test_another_one_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
