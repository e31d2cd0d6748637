/* SPDX-License-Identifier: MIT */
/* harness/last_words.h - what a worker says of its running slice when a signal asks: how far it has
 * come.
 *
 * SIGUSR1: the line {"progress": MESSAGES} beside the answers.  SIGTERM: the same in words on
 * standard error; then a thread that slept until now may look at the engine and leave a testimony,
 * which a signal handler may not; and the end.  */
#ifndef PR_LAST_WORDS_H
#define PR_LAST_WORDS_H

#include "harness/workload.h"

/* Sets the handlers up.  answers_fd is where answers go.  */
void pr_last_words_init(int answers_fd);

/* From now on testify() is called, on a thread of its own, when a slice runs and the worker is told
 * to end; the process ends when it returns.  The engine may be in any state: it may never return,
 * and then whoever asked ends the process by force.  Call after all processes were forked.  */
void pr_last_words_watch(void (*testify)(void *arg), void *arg);

/* A slice begins on this bench, and ends.  */
void pr_last_words_begin(const struct pr_bench *bench);
void pr_last_words_end(void);

#endif
