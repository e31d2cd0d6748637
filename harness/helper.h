/* SPDX-License-Identifier: MIT */
/* harness/helper.h - a process that a worker forks to hold the other side of its links.
 *
 * Forked before the worker has threads or an engine, it shares memory with it (shared.h) and
 * answers one question at a time: the worker writes the question into shared memory and begins, the
 * helper does it, the worker ends and reads the result.  Between questions it sleeps in read(2).
 *
 * It ends with the worker.  When it dies first, the worker may be waiting inside the engine for
 * messages that will never come: a thread of the worker then calls on_death, which must not return.
 */
#ifndef PR_HELPER_H
#define PR_HELPER_H

#include <sys/types.h>

#include "core/base/err.h"

struct pr_helper;

struct pr_helper_job {
	const char *name; /* "end A", for sentences */
	void *arg;

	/* In the helper: answers a question.  PR_FAILED ends the answer, not the helper.  */
	enum pr_err (*answer)(void *arg, struct pr_error *why);

	/* In the worker, on a thread of its own.  */
	void (*on_death)(const struct pr_error *why);
};

/* Forks.  The worker must have one thread.  */
enum pr_err pr_helper_start(const struct pr_helper_job *job, struct pr_helper **helper,
                            struct pr_error *why) PR_CHECKED;

/* Begins to watch for the helper's death; starts a thread.  */
enum pr_err pr_helper_watch(struct pr_helper *helper, struct pr_error *why) PR_CHECKED;

/* Begins and ends a question; why is the helper's sentence.  */
void pr_helper_begin(struct pr_helper *helper);
enum pr_err pr_helper_end(struct pr_helper *helper, struct pr_error *why) PR_CHECKED;

/* Both.  */
enum pr_err pr_helper_ask(struct pr_helper *helper, struct pr_error *why) PR_CHECKED;

/* In the helper, inside a question that the worker does not wait for in pr_helper_end() but in the
 * engine: says why and ends the process, so that on_death is called with this sentence.  */
_Noreturn void pr_helper_give_up(struct pr_helper *helper, const struct pr_error *why);

/* After a failure in the worker that the helper's death may have caused: when it has died, or does
 * so within a moment, on_death is called and this does not return.  */
void pr_helper_check(struct pr_helper *helper);

pid_t pr_helper_pid(const struct pr_helper *helper);

/* Ends the process and frees.  */
void pr_helper_destroy(struct pr_helper **helper);

#endif
