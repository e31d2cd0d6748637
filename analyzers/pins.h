/* SPDX-License-Identifier: MIT */
/* analyzers/pins.h - one workload on one CPU and on several.
 *
 * Pinned to one CPU (pin=one) a figure says what a message costs, spread over several (pin=spread)
 * how fast it is.  They are two questions with a row each.  Where a change is shown by both and
 * they have opposite signs, there is no single verdict, and that is said beside both.  */
#ifndef PR_PINS_H
#define PR_PINS_H

#include <jansson.h>

#include "analyzers/rows.h"

/* An array of {"one", "spread": labels of workloads, "phase", "metric", "effect_one",
 * "effect_spread", "opposite", "text": a sentence, or null}, one for each pair of rows that decide.
 * NULL when no workload of the run is there with both.  */
json_t *pr_pins_json(const struct pr_rows *rows);

/* Adds to the notes of the rows that have opposite signs.  The verdicts are there.  */
void pr_pins_note(struct pr_rows *rows);

/* The sentences of all that are opposite; "" when none is.  The caller frees.  */
char *pr_pins_sentence(const json_t *pins);

#endif
