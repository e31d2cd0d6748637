/* SPDX-License-Identifier: MIT */
/* harness/record.h - writes a run directory.
 *
 * RUN/run.json, RUN/samples.jsonl, RUN/histograms.json, RUN/traces/, RUN/libraries/,
 * RUN/logs/.  Saved after every
 * block, by way of a temporary file, so that whatever happens next loses at most the block under
 * way.  Until the run is finished its status is "interrupted": that is what a crash leaves behind.
 *
 * PR_RECORD_VERSION is raised when a key loses or changes its meaning, not when one is added.  */
#ifndef PR_RECORD_H
#define PR_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "harness/plan.h"

#define PR_RECORD_VERSION 1

struct pr_record;

/* Makes the directory, which may exist but must be empty, and begins the record.  argv[0] is the
 * name of the command.  */
enum pr_err pr_record_create(const char *dir, const struct pr_plan *plan, int argc,
                             const char **argv, struct pr_record **record,
                             struct pr_error *why) PR_CHECKED;

/* Frees.  A directory in which nothing was saved is removed.  */
void pr_record_destroy(struct pr_record **record);

/* In a repetition, what is repeated and what differs (replay.h): borrowed, NULL otherwise.  */
json_t *pr_record_set_repeats(struct pr_record *record, const struct pr_plan *plan);

/* Each takes its value.  */
void pr_record_set_phases(struct pr_record *record, json_t *phases, json_t *counters);
void pr_record_add_trial(struct pr_record *record, json_t *trial);
void pr_record_add_sample(struct pr_record *record, json_t *sample);
void pr_record_add_histogram(struct pr_record *record, json_t *histogram);

/* What a probe says of a phase; array is its place in run.json (probe.h).  */
void pr_record_add_report(struct pr_record *record, const char *array, json_t *report);

/* How busy the machine was: called at the end of each block.  */
void pr_record_add_noise(struct pr_record *record, uint64_t block);

/* The plan may have got its number of blocks from a time.  */
void pr_record_set_plan(struct pr_record *record, const struct pr_plan *plan);

/* Writes everything out.  */
enum pr_err pr_record_save(struct pr_record *record, struct pr_error *why) PR_CHECKED;

/* True when a save has succeeded: there is something to keep.  */
bool pr_record_is_saved(const struct pr_record *record);

/* Marks the run complete or interrupted and saves.  */
enum pr_err pr_record_finish(struct pr_record *record, bool complete,
                             struct pr_error *why) PR_CHECKED;

/* The files that a run of this plan writes, as an array of paths below dir.  */
json_t *pr_record_files(const char *dir, const struct pr_plan *plan);

#endif
