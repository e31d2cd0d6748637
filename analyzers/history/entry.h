/* SPDX-License-Identifier: MIT */
/* analyzers/history/entry.h - what is added to a history at once: an entry.
 *
 * An entry is a JSON object whose members are named as the columns of the store (sql.c): those of
 * table runs, and the arrays "phases", "coverage", "points" (with the members of their case) and
 * "latencies".  It comes from a run (entry_run.c) or from lines of benchmark output
 * (entry_lines.c).
 */
#ifndef PR_HISTORY_ENTRY_H
#define PR_HISTORY_ENTRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/opts.h"

#define PR_ENTRY_NO_TIME INT64_MIN

struct pr_entry_opts {
	const char *baseline; /* label; NULL: of a run the first phase, of lines none */
	const char *revision; /* commit; NULL: of a run of engine core that of proctor, else none */
	const char *branch;   /* NULL: "" */
	const char *machine;  /* NULL: of a run processor and number of CPUs, of lines "unknown" */
	int64_t time;         /* seconds since 1970; PR_ENTRY_NO_TIME: when it was made */
	/* What is worth knowing and stops nothing; pr_cmd_warn.  */
	void (*warn)(const struct pr_error *sentence);
};

/* The comparison of a run against its baseline.  dir as in pr_run_load, whose failures it passes
 * on; PR_USAGE too when there is no such baseline or nothing to compare with it.  The caller owns
 * *entry, NULL on failure.  */
enum pr_err pr_entry_from_run(const char *dir, const struct pr_entry_opts *opts, json_t **entry,
                              struct pr_error *why) PR_CHECKED;

/* Lines RESULT,lib,pattern,transport,size,metric,value: the phase is the lib, the workload is made
 * of pattern, transport and size; several values of one case become their median (n of them; with
 * an interval from 6 on).  Other lines are left out, with a warning that says how many.  units:
 * texts METRIC=UNIT,higher|lower for metrics that `proctor list metrics` does not have.  name is
 * for sentences ("FILE:LINE: ...").  PR_USAGE when a line is no result though it begins like one;
 * PR_VOID when there is no result at all.  */
enum pr_err pr_entry_from_lines(const char *name, const char *text, size_t size,
                                const struct pr_opt_list *units, const struct pr_entry_opts *opts,
                                json_t **entry, struct pr_error *why) PR_CHECKED;

/* What both have in common: members key to blocks of the entry, all null or empty.  */
json_t *pr_entry_create(const struct pr_entry_opts *opts);

/* Sixteen hexadecimal digits that stand for a text (FNV-1a); the caller frees.  */
char *pr_entry_hash(const char *text, size_t size);

#endif
