/* SPDX-License-Identifier: MIT */
/* analyzers/functions.h - instructions per message by function, as callgrind counted them: where
 * two phases differ.
 *
 * Each phase's numbers are those of the repeat whose count is the metric instructions_per_message,
 * so the differences of all functions add up to the difference of the metric.  */
#ifndef PR_FUNCTIONS_H
#define PR_FUNCTIONS_H

#include <jansson.h>

#include "analyzers/run.h"

/* The array "functions": one entry for each workload and each phase but the first, against the
 * first; where the first was not counted, or is alone, for each phase by itself (baseline null):
 *
 * {"workload","phase","baseline":LABEL|null,
 *  "instructions":N,"baseline_instructions":N|null,"difference":N|null,     per message
 *  "objects":[{"object","instructions","baseline","difference"}],             all; sorted as rows
 *  "rows":[{"function","object","instructions","baseline","difference","calls","baseline_calls"}]}
 *
 * Rows are sorted by the size of the difference (by instructions without a baseline); those behind
 * the 20th are one, "others".  NULL when no trial counted by function.  The caller owns it.  */
json_t *pr_functions_json(const struct pr_run *run);

#endif
