/* SPDX-License-Identifier: MIT */
/* analyzers/host.h - whether two runs were made under the same conditions, and what differs.
 *
 * Two runs are on "the same host" when what makes a message dearer or cheaper is equal: processor,
 * its number, microcode, mitigations, governor, kernel, memory, limits of the container.  Names of
 * hosts are not recorded, so they play no part.  */
#ifndef PR_HOST_H
#define PR_HOST_H

#include <jansson.h>
#include <stdbool.h>

#include "analyzers/run.h"

/* Sixteen hexadecimal digits that stand for the host of a run, and for what it did (workloads with
 * their options, slices, processors; neither phases nor blocks nor seed).  The caller frees.  The
 * host is NULL when run.json does not describe it.  */
char *pr_host_fingerprint(const struct pr_run *run);
char *pr_host_plan_fingerprint(const struct pr_run *run);

/* What differs: host, processors of the workers, proctor itself, workloads, and the engine
 * libraries and options of phases with one label in both.  An array of {"what": "kernel", "first",
 * "second": texts or null, "host": whether it makes them different hosts}.  */
json_t *pr_host_differences(const struct pr_run *first, const struct pr_run *second);

/* The first two alone, from two run.json documents.  */
json_t *pr_host_changes(const json_t *first, const json_t *second);

/* Whether any of these makes them different hosts; also when a host is not known.  */
bool pr_host_differs(const json_t *differences);

#endif
