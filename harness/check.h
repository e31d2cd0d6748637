/* SPDX-License-Identifier: MIT */
/* harness/check.h - counts that must come out exactly, or the trial has failed.
 *
 * A count that can be foretold is the best test of the one who counts: each trial with hooks, and
 * each traced trial, is held against the conservation laws of core/counters.def, the bytes that the
 * messages make, and the receives that the phase's options allow.  Where a rule does not apply, it
 * is not checked.  */
#ifndef PR_CHECK_H
#define PR_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/adapter.h"
#include "harness/workload.h"

/* What was asked for: all that the rules need to know.  */
struct pr_check_facts {
	const struct pr_workload_ops *workload;
	const struct pr_workload_spec *spec;
	struct pr_habits habits;
	bool exact_wire;         /* bytes can be foretold */
	bool reads_vary;         /* read_bytes is the most that one read asks for, it may be less */
	uint64_t messages;       /* one-way */
	uint64_t least_receives; /* sum over slices of ceil(bytes / read_bytes); 0 when not known */
	uint64_t least_sends;    /* the same for sends */
};

/* Adds {"name","ok","text"} to checks.  */
void pr_check_add(json_t *checks, const char *name, bool ok, const char *text);

/* The first check that is not ok, or NULL.  */
const json_t *pr_check_first_failed(const json_t *checks);

/* The laws of core/counters.def, over any set of counters (an object of integers, differences
 * allowed). A law with a counter that is not there is left out.  */
void pr_check_laws(const json_t *counters, json_t *checks);

/* The rules for the counters of one workload.  */
void pr_check_hooks(const struct pr_check_facts *facts, const json_t *counters, json_t *checks);

/* The rules for one stage of a trace: {"recvfrom": {"calls","ok","bytes","errors"}, ...}.  counters
 * is what the hooks say of the same stage, NULL without hooks: then they must agree to the unit.
 * facts may be NULL: only the agreement is checked.  */
void pr_check_strace(const struct pr_check_facts *facts, const json_t *counters,
                     const json_t *strace, json_t *checks);

/* The same for what another probe counted within the worker (watch.h): it must agree with strace,
 * where that saw the trial, else with the hooks; with neither, nothing is checked but that every
 * thread was counted.  */
void pr_check_watched(const char *probe, const json_t *reading, const json_t *counters,
                      const json_t *strace, json_t *checks);

/* Sums of a stage of a trace over the calls that receive, or send.  */
struct pr_check_calls {
	int64_t calls, ok, bytes, eagain;
};
struct pr_check_calls pr_check_receives(const json_t *strace);
struct pr_check_calls pr_check_sends(const json_t *strace);

#endif
