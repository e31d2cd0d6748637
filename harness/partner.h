/* SPDX-License-Identifier: MIT */
/* harness/partner.h - the process that holds end A of the links with roles=two.
 *
 * A helper of the worker (helper.h): the worker holds end B, the partner loads the same engine and
 * holds the other end of each link.  Stamps, ledgers and histograms lie in shared memory, so that
 * the worker can read what the partner did.  */
#ifndef PR_PARTNER_H
#define PR_PARTNER_H

#include <jansson.h>

#include "core/base/err.h"
#include "harness/helper.h"
#include "harness/workload.h"

struct pr_partner;

/* Forks: see pr_helper_start().  Borrows options; the benches of later calls must exist already. */
enum pr_err pr_partner_start(const struct pr_adapter_ops *ops, const json_t *options,
                             void (*on_death)(const struct pr_error *why),
                             struct pr_partner **partner, struct pr_error *why) PR_CHECKED;

/* Loads the engine there, and begins to watch the process.  */
enum pr_err pr_partner_load(struct pr_partner *partner, struct pr_error *why) PR_CHECKED;

/* Opens end B here and end A there, and lets them meet.  */
enum pr_err pr_partner_open(struct pr_partner *partner, struct pr_engine *engine,
                            const struct pr_link_spec *spec, struct pr_bench *bench,
                            struct pr_error *why) PR_CHECKED;

/* Runs a slice: half of it there, half here.  latency (may be NULL) must be shared memory.  halves
 * are by end.  */
enum pr_err pr_partner_slice(struct pr_partner *partner, const struct pr_workload_ops *ops,
                             struct pr_bench *bench, struct pr_hist *latency, uint64_t count,
                             struct pr_workload_half *halves, struct pr_error *why) PR_CHECKED;

/* What the engine counted there.  values is for count counters.  */
enum pr_err pr_partner_counters(struct pr_partner *partner, struct pr_bench *bench,
                                uint64_t *values, size_t count, struct pr_error *why) PR_CHECKED;

/* Closes the end there.  */
enum pr_err pr_partner_close(struct pr_partner *partner, struct pr_bench *bench,
                             struct pr_error *why) PR_CHECKED;

pid_t pr_partner_pid(const struct pr_partner *partner);
void pr_partner_destroy(struct pr_partner **partner);

#endif
