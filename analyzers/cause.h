/* SPDX-License-Identifier: MIT */
/* analyzers/cause.h - a suspicion about a phase, which counters can confirm or refute.
 *
 * A cause sees counters, never labels or options, and must be able to answer "no" and "cannot tell"
 * as well as "yes".  Its evidence quotes the counters it looked at.  It says that they are
 * consistent with the cause; only an experiment that switches it alone shows that it is one.
 *
 * Beside the verdict a cause says how many calls it stands for, by what they cost: what such a call
 * costs on the host was calibrated (harness/calibrate.h), so that two phases can be compared in
 * time (share.h).  No call is counted by two causes.
 *
 * To add a cause: one file in cause/, its declaration below, a line in cause/table.c and in
 * CMakeLists.txt.  */
#ifndef PR_CAUSE_H
#define PR_CAUSE_H

#include <jansson.h>
#include <stdint.h>

#include "analyzers/counts.h"

#define PR_CAUSE_OPS_VERSION 2

enum pr_cause_verdict { PR_CAUSE_YES, PR_CAUSE_NO, PR_CAUSE_CANNOT_TELL };

/* What a call costs: a key of the calibration.  */
enum pr_cost {
	PR_COST_RECV_EMPTY,
	PR_COST_RECV_SMALL,
	PR_COST_SEND_SMALL,
	PR_COST_EPOLL_CTL,
	PR_COST_EPOLL_WAIT,
	PR_COST_EVENTFD,
	PR_COST_SWITCH,
	PR_COST_ALLOCATION,
	PR_COST_MUTEX,
	PR_COST_COPY_KIB,
	PR_COST_WALK_STEP,
	PR_COSTS
};

extern const char *const pr_cost_names[PR_COSTS];

/* Counters of one phase under one workload, each group from one probe.  All objects are borrowed,
 * and NULL where nobody counted.  */
struct pr_cause_facts {
	double messages;            /* one-way, behind hooks; NaN without */
	const json_t *hooks;        /* {"recv_calls": n, ...}, see core/counters.def */
	double traced_messages;     /* behind strace; NaN without */
	const json_t *strace;       /* {"recvfrom": {"calls", ...}, ...}, see strace.h */
	double interposed_messages; /* behind interpose; NaN without */
	const json_t *interpose;    /* {"recvfrom_calls", "malloc_calls", ...} */
	double perf_messages;       /* behind perf; NaN without */
	const json_t *perf;         /* {"recvfrom_calls", "futex_wakes", ...} */
	const json_t *callgrind;    /* {"messages", "instruction_misses", ...} */
	const json_t *functions;    /* [{"function", "instructions", "calls", ...}], of the same */
	/* {"switches_voluntary", "switches_involuntary": per message; "blocks", "spread": of the
	 * CPU time per message, a fraction; "slices", "slices_void"} */
	const json_t *process;
	/* What the receiving application saw: {"sent", "received", "lost", "reordered",
	 * "duplicated", "corrupt", "wire_bytes": of one message, "stalled": it waited in vain} */
	const json_t *integrity;
};

struct pr_cause_finding {
	enum pr_cause_verdict verdict;
	char *evidence; /* one or a few sentences; the caller frees */
	/* Calls per message that the cause stands for; NaN: none of that kind, or not counted.  All
	 * NaN: it has no price.  */
	double calls[PR_COSTS];
};

struct pr_cause_ops {
	const char *name;     /* "speculation" */
	const char *question; /* what it asks */
	uint32_t version;     /* PR_CAUSE_OPS_VERSION */
	/* The finding comes as "cannot tell", without evidence and with all calls NaN.  */
	void (*judge)(const struct pr_cause_facts *facts, struct pr_cause_finding *finding);
};

extern const struct pr_cause_ops pr_cause_extra_reads;
extern const struct pr_cause_ops pr_cause_speculation;
extern const struct pr_cause_ops pr_cause_small_batches;
extern const struct pr_cause_ops pr_cause_wakeups;
extern const struct pr_cause_ops pr_cause_interest_toggling;
extern const struct pr_cause_ops pr_cause_allocations;
extern const struct pr_cause_ops pr_cause_size_walk;
extern const struct pr_cause_ops pr_cause_code_footprint;
extern const struct pr_cause_ops pr_cause_copying;
extern const struct pr_cause_ops pr_cause_lock_contention;
extern const struct pr_cause_ops pr_cause_lost_data;
extern const struct pr_cause_ops pr_cause_blocked_loop;
extern const struct pr_cause_ops pr_cause_noise;

/* All of them, ended by NULL.  */
extern const struct pr_cause_ops *const pr_causes[];

/* Judges: the finding as `judge` leaves it, with evidence in any case.  */
void pr_cause_judge(const struct pr_cause_ops *ops, const struct pr_cause_facts *facts,
                    struct pr_cause_finding *finding);

/* "yes", "no", "cannot tell".  */
const char *pr_cause_verdict_name(enum pr_cause_verdict verdict);

/* ---- for causes ------------------------------------------------------------------------------ */

/* A counter of the hooks, in all and per message; NaN when it was not counted.  */
double pr_cause_hook(const struct pr_cause_facts *facts, const char *name);
double pr_cause_rate(const struct pr_cause_facts *facts, const char *name);

/* A number of another group; NaN when it is not there.  */
double pr_cause_number(const json_t *group, const char *name);

/* What all probes count, per message, by the first of hooks, interpose, perf and strace that was
 * there.  *probe becomes its name, or NULL when nobody counted (all are NaN then).
 *
 * The interposing library does not see the wake-ups that libc makes in its own condition variables
 * and locks.  So where it counted, wake-ups are by perf or strace; where those are absent too, they
 * are what it saw, and pr_cause_sees_wakeups() is false.  */
struct pr_counts pr_cause_counts(const struct pr_cause_facts *facts, const char **probe);
bool pr_cause_sees_wakeups(const struct pr_cause_facts *facts);

/* A count that hooks do not have, "epoll_ctl_calls", by the first of interpose, perf and strace
 * that was there, per message: 0 where it saw none.  *probe as above; NaN when nobody counted.  */
double pr_cause_flat(const struct pr_cause_facts *facts, const char *name, const char **probe);

/* Allocations per message in the whole process, by the interposing library; NaN without.  */
double pr_cause_allocations_seen(const struct pr_cause_facts *facts);

/* Yes from yes_from on, no below no_below, cannot tell between the two and for NaN.  */
enum pr_cause_verdict pr_cause_by_rate(double rate, double no_below, double yes_from);

#endif
