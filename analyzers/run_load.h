/* SPDX-License-Identifier: MIT */
/* analyzers/run_load.h - the two files of a run directory, checked while they are read.
 *
 * Private to run.c.  Errors are PR_USAGE with a sentence that names file and place; run.c makes
 * PR_FAILED of it, because what is wrong with a file is not the user's typing.  */
#ifndef PR_RUN_LOAD_H
#define PR_RUN_LOAD_H

#include "analyzers/run.h"
#include "core/base/json.h"

/* Fills run from run->json.  path is for messages.  */
enum pr_err pr_run_load_document(struct pr_run *run, const char *path,
                                 struct pr_error *why) PR_CHECKED;

/* Puts phases that a probe watches behind the others.  Before trials are loaded.  */
void pr_run_part_twins(struct pr_run *run);

/* Adds the lines of samples.jsonl.  The last line may be cut, when the run was interrupted or the
 * record can tell (pr_run_check_slices): it is left out then.  */
enum pr_err pr_run_load_samples(struct pr_run *run, const char *text, size_t size,
                                struct pr_error *why) PR_CHECKED;

/* Finds out what was lost: files of the run in folder; slices of trials, which are left out then.
 */
void pr_run_check_files(struct pr_run *run, const char *folder);
void pr_run_check_slices(struct pr_run *run);

/* The number of the phase or workload whose label stands under key.  */
enum pr_err pr_run_load_place(const struct pr_json *at, const char *key, const struct pr_run *run,
                              size_t (*find)(const struct pr_run *, const char *), size_t *number,
                              struct pr_error *why) PR_CHECKED;

/* Member "block", at least `least`.  */
enum pr_err pr_run_load_block(const struct pr_json *at, uint64_t least, uint64_t *block,
                              struct pr_error *why) PR_CHECKED;

/* The orders in which trials and samples are kept, for qsort(3) and bsearch(3).  */
int pr_run_compare_trials(const void *left, const void *right);
int pr_run_compare_samples(const void *left, const void *right);

/* The rank of a probe's own trial among those of block 0; 0 for one that has none.  */
int pr_run_probe_rank(const char *probe);

#endif
