/* SPDX-License-Identifier: MIT */
/* analyzers/history/list.h - what `proctor history list` shows: runs, cases, what a run covered,
 * changes, releases.  */
#ifndef PR_HISTORY_LIST_H
#define PR_HISTORY_LIST_H

#include "analyzers/history/history.h"

/* In the order of pr_list_topics.  */
enum pr_list_topic {
	PR_LIST_RUNS,
	PR_LIST_CASES,
	PR_LIST_COVERAGE,
	PR_LIST_CHANGES,
	PR_LIST_RELEASES
};
enum pr_list_format { PR_LIST_TABLE, PR_LIST_JSON, PR_LIST_CSV };

/* Ended by NULL.  */
extern const char *const pr_list_topics[];
extern const char *const pr_list_formats[];

/* The document "proctor.history" with the part that is asked for.  run: of coverage, -1 is the
 * newest run that the filter leaves.  NULL in *document on failure; PR_VOID when there is no run to
 * tell the coverage of.  */
enum pr_err pr_list_document(struct pr_history *history, enum pr_list_topic topic,
                             const struct pr_history_filter *filter, int64_t run, json_t **document,
                             struct pr_error *why) PR_CHECKED;

/* Prints it on standard output.  */
void pr_list_print(const json_t *document, enum pr_list_topic topic, enum pr_list_format format);

#endif
