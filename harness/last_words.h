/* SPDX-License-Identifier: MIT */
/* harness/last_words.h - what a worker says of its running slice when a signal asks: how far it has
 * come.
 *
 * SIGUSR1: the line {"progress": MESSAGES} beside the answers.  SIGTERM: the same in words on
 * standard error, and the end.  */
#ifndef PR_LAST_WORDS_H
#define PR_LAST_WORDS_H

#include "harness/workload.h"

/* Sets the handlers up.  answers_fd is where answers go.  */
void pr_last_words_init(int answers_fd);

/* A slice begins on this bench, and ends.  */
void pr_last_words_begin(const struct pr_bench *bench);
void pr_last_words_end(void);

#endif
