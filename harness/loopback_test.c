/* SPDX-License-Identifier: MIT */
/* harness/loopback_test.c - endpoints on this machine.  No socket is opened.  */
#include "harness/loopback.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "core/base/test.h"

static void ports_are_of_this_machine(void **state)
{
	static const char *const texts[] = {"5555", "tcp://127.0.0.1:5555", "127.0.0.1:5555"};
	struct pr_loopback address;
	struct pr_error why;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_ok(pr_loopback_parse(texts[i], &address, &why), why);
		assert_int_equal(address.as.any.sa_family, AF_INET);
		assert_int_equal(ntohl(address.as.in.sin_addr.s_addr), INADDR_LOOPBACK);
		assert_int_equal(ntohs(address.as.in.sin_port), 5555);
		assert_int_equal(address.size, sizeof(struct sockaddr_in));
	}
	assert_ok(pr_loopback_parse("0", &address, &why), why);
	assert_int_equal(address.as.in.sin_port, 0);
}

/* A name may hold a colon, and has no byte of 0 at its end.  */
static void names_are_abstract(void **state)
{
	static const char *const texts[] = {"@a:1", "ipc://@a:1"};
	struct pr_loopback address;
	struct pr_error why;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_ok(pr_loopback_parse(texts[i], &address, &why), why);
		assert_int_equal(address.as.any.sa_family, AF_UNIX);
		assert_memory_equal(address.as.un.sun_path, "\0a:1", 5);
		assert_int_equal(address.size, offsetof(struct sockaddr_un, sun_path) + 4);
	}
}

static void others_are_refused(void **state)
{
	static const char *const texts[] = {"",
	                                    "inproc://x",
	                                    "tcp://127.0.0.1:",
	                                    "tcp://127.0.0.1:*",
	                                    "tcp://127.0.0.1:65536",
	                                    "-1",
	                                    "ipc:///tmp/x",
	                                    "5555x"};
	char longest[1 + 107 + 1 + 1] = "@";
	struct pr_loopback address;
	struct pr_error why;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(pr_loopback_parse(texts[i], &address, &why), PR_FAILED);
		assert_non_null(strstr(why.text, texts[i]));
	}
	memset(longest + 1, 'n', 107);
	assert_ok(pr_loopback_parse(longest, &address, &why), why);
	assert_int_equal(address.size, sizeof(struct sockaddr_un));
	longest[108] = 'n';
	assert_int_equal(pr_loopback_parse(longest, &address, &why), PR_FAILED);
	assert_non_null(strstr(why.text, "too long"));
}

PR_TEST_MAIN(cmocka_unit_test(ports_are_of_this_machine), cmocka_unit_test(names_are_abstract),
             cmocka_unit_test(others_are_refused))
