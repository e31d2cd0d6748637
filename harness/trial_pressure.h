/* SPDX-License-Identifier: MIT */
/* harness/trial_pressure.h - what a trial says of a stalled reader.  */
#ifndef PR_TRIAL_PRESSURE_H
#define PR_TRIAL_PRESSURE_H

#include <jansson.h>
#include <stdbool.h>

/* Adds the metrics of "pressure", as the worker gives it (pressure.h), to those of a trial.  What
 * was not measured is left out; where it was watched and not timed, so are times.  */
void pr_trial_put_pressure(const json_t *pressure, bool timed, json_t *metrics);

#endif
