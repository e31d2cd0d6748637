/* SPDX-License-Identifier: MIT */
/* harness/sweep.h - one workload for each value of an option.
 *
 * "size=64:1024:65536", or in a file "size": [64, 1024, 65536], asks for three workloads.  Several
 * such options ask for every combination; the last one varies fastest.  No value of an option has a
 * colon in it.  */
#ifndef PR_SWEEP_H
#define PR_SWEEP_H

#include <jansson.h>

#include "core/base/err.h"

#define PR_SWEEP_MAX 96 /* workloads that one may become */

/* Options, as a plan gives them, as an array of objects in which each option has one value: one
 * object where nothing is swept.  *swept becomes an array of the names of the options that are.
 * what names the place.  PR_USAGE on an empty value, one that is there twice, and too many
 * combinations.  The caller owns both.  */
enum pr_err pr_sweep_expand(const json_t *options, const char *what, json_t **list, json_t **swept,
                            struct pr_error *why) PR_CHECKED;

#endif
