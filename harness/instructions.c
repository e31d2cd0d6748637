/* SPDX-License-Identifier: MIT */
/* harness/instructions.c - what callgrind counts in this process.
 *
 * A client request is a few instructions that do nothing and that valgrind understands; so the
 * header is needed when proctor is built, and the program only when it counts.  */
#include "harness/instructions.h"

#if defined(__has_include) && __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>

enum pr_err pr_instructions_dump(struct pr_error *why)
{
	if (!RUNNING_ON_VALGRIND)
		return pr_error_set(why, PR_FAILED,
		                    "instructions can only be counted under callgrind");
	CALLGRIND_DUMP_STATS;
	return PR_OK;
}

#else

enum pr_err pr_instructions_dump(struct pr_error *why)
{
	return pr_error_set(why, PR_FAILED,
	                    "proctor was built without valgrind/callgrind.h: install valgrind and "
	                    "build again");
}

#endif
