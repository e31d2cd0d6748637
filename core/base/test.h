/* SPDX-License-Identifier: MIT */
/* core/base/test.h - what the test programs share: cmocka with its includes, and a main() line.  */
#ifndef PR_BASE_TEST_H
#define PR_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/err.h"

/* Says why when a call that must succeed did not.  */
#define assert_ok(call, why)                                                                       \
	do {                                                                                       \
		(why).text[0] = '\0';                                                              \
		if ((call) != PR_OK)                                                               \
			fail_msg("%s: %s", #call, (why).text);                                     \
	} while (0)

/* int main(): runs the tests named.  */
#define PR_TEST_MAIN(...)                                                                          \
	int main(void)                                                                             \
	{                                                                                          \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                                   \
		return cmocka_run_group_tests(tests, NULL, NULL);                                  \
	}

#endif
