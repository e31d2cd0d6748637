/* SPDX-License-Identifier: MIT */
/* harness/trial_watched.h - a trial and those who counted in it beside the hooks (watch.h).  */
#ifndef PR_TRIAL_WATCHED_H
#define PR_TRIAL_WATCHED_H

#include "harness/trial.h"

/* Whether a probe counts within the worker, and so is named by what it counted.  */
bool pr_trial_is_watch(const char *probe);

/* Holds each of them against strace, where that saw the trial, else against the hooks (counters;
 * NULL without).  */
void pr_trial_check_watched(struct pr_trial *trial, const json_t *counters);

/* Their names, and what each counted, flat.  */
void pr_trial_put_watched(const struct pr_trial *trial, json_t *probes, json_t *groups);

/* {"recvfrom": {"calls": 5, "ok": 3, "errors": {"EAGAIN": 2}, "fds": {"tcp": 5}}} as
 * {"recvfrom_calls": 5, "recvfrom_ok": 3, "recvfrom_eagain": 2, "recvfrom_tcp": 5}; a new object.
 */
json_t *pr_trial_flatten(const json_t *calls);

#endif
