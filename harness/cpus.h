/* SPDX-License-Identifier: MIT */
/* harness/cpus.h - where the threads of a worker may run.
 *
 * `one`: all on one CPU (what a message costs); `spread`: on every CPU that the program may use
 * (how fast it is); or a list as in taskset(1), "0-1,3".  Two different questions, so the record
 * names the answer.  */
#ifndef PR_CPUS_H
#define PR_CPUS_H

#include "core/base/err.h"

/* What a workload asks for.  */
enum pr_pin {
	PR_PIN_PLAN, /* as the plan says */
	PR_PIN_ONE,
	PR_PIN_SPREAD,
};
#define PR_PINS 3

/* By enum pr_pin, as a user types them; ended by NULL.  */
extern const char *const pr_pin_names[];

/* Resolves one, spread or a list to a list of CPUs that the calling process may use; the caller
 * frees *list.  PR_USAGE with a sentence when it is none of them or names a CPU that is not there.
 */
enum pr_err pr_cpus_resolve(const char *pin, char **list, struct pr_error *why) PR_CHECKED;

/* Confines the calling thread, and the threads it will start, to a list.  */
enum pr_err pr_cpus_apply(const char *list, struct pr_error *why) PR_CHECKED;

#endif
