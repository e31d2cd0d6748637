/* SPDX-License-Identifier: MIT */
/* analyzers/compare_format.h - a comparison in the formats that are not JSON.
 *
 * All but go are made from the document "proctor.comparison" alone.  The caller frees the texts. */
#ifndef PR_COMPARE_FORMAT_H
#define PR_COMPARE_FORMAT_H

#include <jansson.h>

#include "analyzers/run.h"
#include "analyzers/view.h"

/* Brief is for a terminal: two lines a cell, without the rows that say nothing, and says which.  */
enum pr_compare_detail { PR_COMPARE_BRIEF, PR_COMPARE_FULL };

/* The verdict; metrics down and phases across; counts per message and stage; as the report counted;
 * witnesses; what the words mean.  For table and md.  */
struct pr_view *pr_compare_view(const json_t *comparison, enum pr_compare_detail detail);

/* One line a row (RFC 4180 with newlines alone), full precision, empty where not measured.  */
char *pr_compare_csv(const json_t *comparison);

/* The Go benchmark text format, one line a trial: `benchstat -col /phase FILE` reads it.  */
char *pr_compare_go(const struct pr_run *run);

/* The unit by which benchstat knows a metric; NULL for one that it is not told.  */
const char *pr_compare_go_unit(const char *metric);

#endif
