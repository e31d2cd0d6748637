/* SPDX-License-Identifier: MIT */
/* harness/instructions.h - what callgrind counts in this process.  */
#ifndef PR_INSTRUCTIONS_H
#define PR_INSTRUCTIONS_H

#include "core/base/err.h"

/* Lets callgrind write down the instructions of all threads since the last time, and begin again at
 * 0.  The n-th call makes the file NAME.n, where NAME is its --callgrind-out-file.  PR_FAILED when
 * this process does not run under callgrind, or was built without valgrind's header.  */
enum pr_err pr_instructions_dump(struct pr_error *why) PR_CHECKED;

#endif
