/* SPDX-License-Identifier: MIT */
/* harness/env.h - what is known of the machine and of how busy it was.
 *
 * Goes into every run, so that numbers from different machines, kernels or hours are not taken for
 * equal. Flat objects: a key is a sentence's worth of fact, a value a number or a text.  What
 * cannot be read is null, never zero.  No name of host or user is in it.  */
#ifndef PR_ENV_H
#define PR_ENV_H

#include <jansson.h>

/* Facts that stay the same while the machine runs: processor, memory, kernel, limits, TCP settings.
 */
json_t *pr_env_host(void);

/* How busy the machine is: load, and counts since it started (steal, switches, pressure), so that
 * two snapshots can be subtracted.  */
json_t *pr_env_noise(void);

/* This program: version, commit, compiler and its flags.  */
json_t *pr_env_proctor(void);

#endif
