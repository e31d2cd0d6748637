/* SPDX-License-Identifier: MIT */
/* core/address_test.c - addresses, good and bad.  */
#include "core/address.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int bind_error(const char *uri)
{
	struct pr_address address;

	return pr_address_parse_bind(uri, false, &address);
}

static int connect_error(const char *uri)
{
	struct pr_address address;

	return pr_address_parse_connect(uri, false, &address);
}

static void good_addresses(void **state)
{
	struct pr_address address;
	char uri[128];

	(void)state;
	assert_int_equal(pr_address_parse_bind("tcp://*:*", false, &address), 0);
	pr_address_format(&address, uri, sizeof(uri));
	assert_string_equal(uri, "tcp://0.0.0.0:0");
	assert_int_equal(pr_address_parse_bind("tcp://*:5555", true, &address), 0);
	pr_address_format(&address, uri, sizeof(uri));
	assert_string_equal(uri, "tcp://[::]:5555");
	assert_int_equal(pr_address_parse_bind("tcp://lo:7", false, &address), 0);
	pr_address_format(&address, uri, sizeof(uri));
	assert_string_equal(uri, "tcp://127.0.0.1:7");
	assert_int_equal(pr_address_parse_connect("tcp://127.0.0.1:80", false, &address), 0);
	assert_true(address.sockaddr_size > 0);
	assert_int_equal(pr_address_parse_connect("tcp://[::1]:80", true, &address), 0);
	pr_address_format(&address, uri, sizeof(uri));
	assert_string_equal(uri, "tcp://[::1]:80");
	assert_int_equal(pr_address_parse_connect("tcp://some-host.example:80", false, &address),
	                 0);
	assert_int_equal(address.sockaddr_size, 0);
	assert_string_equal(address.host, "some-host.example");
	assert_string_equal(address.service, "80");
}

static void bad_addresses(void **state)
{
	(void)state;
	assert_int_equal(bind_error("127.0.0.1:80"), EINVAL);
	assert_int_equal(bind_error("tcp://127.0.0.1"), EINVAL);
	assert_int_equal(bind_error("tcp://:80"), EINVAL);
	assert_int_equal(bind_error("tcp://127.0.0.1:99999"), EINVAL);
	assert_int_equal(bind_error("tcp://127.0.0.1:80x"), EINVAL);
	assert_int_equal(bind_error("tcp://127.0.0.1:-1"), EINVAL);
	assert_int_equal(bind_error("tcp://no-such-interface:80"), ENODEV);
	assert_int_equal(bind_error("udp://127.0.0.1:80"), EPROTONOSUPPORT);
	assert_int_equal(connect_error("tcp://127.0.0.1:0"), EINVAL);
	assert_int_equal(connect_error("tcp://127.0.0.1:*"), EINVAL);
	assert_int_equal(connect_error("tcp://*:80"), EINVAL);
	assert_int_equal(connect_error("tcp://bad host:80"), EINVAL);
	assert_int_equal(connect_error("http://127.0.0.1:80"), EPROTONOSUPPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(good_addresses),
	        cmocka_unit_test(bad_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
