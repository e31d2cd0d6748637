/* SPDX-License-Identifier: MIT */
/* analyzers/floor.h - what comparing a build with itself shows on this host: the floor.
 *
 * An A/A execution is a run in which two phases are the same engine: same options, same library by
 * its hash (its path may differ).  What it "finds" is what this host does to a comparison.  The
 * effects are kept, one JSON line an execution, in DIR/HOST-PLAN.jsonl (host.h), where DIR is
 * $XDG_DATA_HOME/proctor/floor, without it ~/.local/share/proctor/floor;
 * schemas/floor.schema.json describes a line.
 *
 * With PR_FLOOR_LEAST executions or more, of no more blocks than the run at hand (more blocks
 * move less, and would make the floor too low for it):
 *
 *   floor      the 95th percentile of |effect| (type 7), for each workload and metric
 *   between    the SD between executions that the blocks of one execution do not explain:
 *              sqrt(max(0, var(effect) - mean(se^2))), in logs for times
 *
 * With fewer the floor is PR_FLOOR_DEFAULT, and between is not known.  */
#ifndef PR_FLOOR_H
#define PR_FLOOR_H

#include <jansson.h>

#include "analyzers/run.h"

#define PR_FLOOR_LEAST   20
#define PR_FLOOR_DEFAULT 0.02

struct pr_floor; /* what is known for the host and plan of a run */

struct pr_floor_fact {
	double floor;   /* a fraction; PR_FLOOR_DEFAULT when not measured */
	double between; /* NaN when not measured */
	size_t executions;
};

/* Reads the store.  A store that does not exist, or a host that run.json does not describe, is an
 * empty floor and no error; PR_FAILED when a line cannot be read or understood.  dir: NULL for the
 * usual place.  */
enum pr_err pr_floor_load(const char *dir, const struct pr_run *run, struct pr_floor **floor,
                          struct pr_error *why) PR_CHECKED;

/* What a command uses: the floor as given (NaN: not given), else what is on record; NULL (nothing
 * is known) with a warning for the user when that cannot be read.  warning is "" otherwise.  */
struct pr_floor *pr_floor_for(const struct pr_run *run, double given, struct pr_error *warning);

/* One floor for everything, as a user gave it.  */
struct pr_floor *pr_floor_create_fixed(double floor);

void pr_floor_destroy(struct pr_floor **floor);

/* floor may be NULL: nothing is known.  */
struct pr_floor_fact pr_floor_get(const struct pr_floor *floor, const char *workload,
                                  const char *metric);

/* The SD of the difference of one block (of its logarithm, for times) that all A/A executions on
 * record show together, whatever their number of blocks: sqrt(0.955 mean(blocks se^2)), the reverse
 * of the standard error of a Hodges-Lehmann estimate.  NaN when there is none.  floor may be NULL.
 */
double pr_floor_block_sd(const struct pr_floor *floor, const char *workload, const char *metric,
                         size_t *executions);

/* Where the floor comes from, a sentence; the caller frees.  floor may be NULL.  */
char *pr_floor_source(const struct pr_floor *floor);

/* Executions that count for the run at hand, and the file they stand in (NULL: none).  */
size_t pr_floor_executions(const struct pr_floor *floor);
const char *pr_floor_path(const struct pr_floor *floor);

/* The first two phases that are the same engine; false when there are none.  */
bool pr_floor_find_pair(const struct pr_run *run, size_t *first, size_t *second);

/* Adds an A/A execution.  *path (the caller frees) gets the file, *count how many stand in it now.
 * PR_USAGE when the run is none, or has too few blocks for an interval; *count is 0 when it was
 * added before.  Two that add at once wait for each other.  */
enum pr_err pr_floor_add(const char *dir, const struct pr_run *run, char **path, size_t *count,
                         struct pr_error *why) PR_CHECKED;

#endif
