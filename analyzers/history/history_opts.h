/* SPDX-License-Identifier: MIT */
/* analyzers/history/history_opts.h - the words and options of `proctor history`.  */
#ifndef PR_HISTORY_OPTS_H
#define PR_HISTORY_OPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/opts.h"

/* In the order of pr_history_verbs.  */
enum pr_history_verb {
	PR_HISTORY_ADD,
	PR_HISTORY_IMPORT,
	PR_HISTORY_LIST,
	PR_HISTORY_EXPORT,
	PR_HISTORY_CONFIRM,
	PR_HISTORY_MARK,
	PR_HISTORY_RELEASE,
	PR_HISTORY_PRUNE
};

/* Ended by NULL.  */
extern const char *const pr_history_verbs[];

/* What was given; texts are borrowed from argv, NULL or 0: not given.  */
struct pr_history_words {
	bool help, dry_run;
	const char *store, *baseline, *commit, *branch, *machine, *time, *before, *note;
	const char *workload, *phase, *metric, *format, *output, *from;
	struct pr_opt_list units, runs;
	uint64_t last, run, blocks;
	int64_t wait_ns, budget_ns;
	int direction;
};

/* Of a struct pr_history_words.  */
extern const struct pr_opt pr_history_options[];

/* PR_USAGE when an option was given that means nothing to the word.  */
enum pr_err pr_history_check_opts(enum pr_history_verb verb, const struct pr_history_words *given,
                                  struct pr_error *why) PR_CHECKED;

#endif
