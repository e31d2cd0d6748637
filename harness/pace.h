/* SPDX-License-Identifier: MIT */
/* harness/pace.h - open loop: when each message ought to start, and how late it was.
 *
 * In a closed loop the sender waits for the engine, so a stall delays the messages that it would
 * have hit, and they are never measured (coordinated omission).  Here each message has an intended
 * start that no stall moves; its latency counts from there.  The latency from the moment at which
 * it was really sent is kept beside it, uncorrected, so that both can be seen.
 *
 * The sender asks the schedule for the next start, waits for it or is late, and leaves a mark for
 * each message; the receiver finds the mark by the message's number.  Both ends may be in two
 * processes: struct pr_pace lies in shared memory and the clock is the same.  */
#ifndef PR_PACE_H
#define PR_PACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/hist.h"
#include "core/base/rng.h"

/* Most messages of one slice.  */
#define PR_PACE_MARKS ((uint64_t)1 << 20)

enum pr_gaps {
	PR_GAPS_CONSTANT,
	PR_GAPS_EXPONENTIAL, /* as many independent users make them: a Poisson process */
};

/* The words of the option, by number; ended by NULL.  */
extern const char *const pr_gaps_names[];

struct pr_pace_spec {
	uint64_t rate;   /* messages a second, at least 1 */
	int gaps;        /* enum pr_gaps */
	uint64_t seed;   /* of exponential gaps */
	int64_t spin_ns; /* the last part of a wait that is spun through, not slept */
};

/* ---- the schedule ----------------------------------------------------------------------- */

struct pr_pace_schedule {
	double gap_ns, at_ns;
	int gaps;
	struct pr_rng rng;
};

/* The schedule of a slice; the same spec and slice give the same one.  */
void pr_pace_plan(struct pr_pace_schedule *schedule, const struct pr_pace_spec *spec,
                  uint64_t slice);

/* The intended start of the next message, in ns from the beginning of the slice.  The first comes
 * one gap after it.  An exponential gap is -mean x ln(1 - u), u uniform in [0, 1).  */
int64_t pr_pace_next_ns(struct pr_pace_schedule *schedule);

/* ---- what was done ------------------------------------------------------------------------ */

/* Of one message; the sender writes it before it sends, sent_ns last.  */
struct pr_pace_mark {
	int64_t intended_ns;
	_Atomic int64_t sent_ns;
};

/* What the sender of a slice spent.  All ns.  */
struct pr_pace_sums {
	int64_t began_ns;   /* on the clock: where the schedule has its 0 */
	int64_t offered_ns; /* by the schedule, from there to the last start */
	int64_t taken_ns;   /* from there until the engine had taken the last message */
	int64_t engine_ns;  /* of it, inside of the engine's send while behind the schedule */
	int64_t own_ns;     /* outside of it while behind: the generator's own work */
};

struct pr_pace {
	struct pr_hist sent; /* latency from the actual send: uncorrected */
	struct pr_hist late; /* from the intended start to the actual send */
	struct pr_pace_sums sums;
	uint64_t slices; /* that were sent */
	struct pr_pace_mark marks[PR_PACE_MARKS];
};

/* How long to spin: spin_ns, or not at all where the mean gap is shorter than four of them.  On one
 * CPU, a sender that spun half of its gaps of 10 us took so much from the engine that p50 rose from
 * 42 to 153 us.  */
int64_t pr_pace_spin_ns(const struct pr_pace_spec *spec);

/* Waits until the clock shows due_ns: sleeps, and spins the last spin_ns.  Returns the time.  */
int64_t pr_pace_wait(int64_t due_ns, int64_t spin_ns);

/* The sender: message index of the slice, due at intended_ns, is about to be sent.  */
static inline void pr_pace_mark(struct pr_pace *pace, uint64_t index, int64_t intended_ns,
                                int64_t sent_ns)
{
	struct pr_pace_mark *mark = &pace->marks[index];

	mark->intended_ns = intended_ns;
	atomic_store_explicit(&mark->sent_ns, sent_ns, memory_order_release);
}

/* The receiver: it has arrived.  corrected gets the latency from the intended start, pace->sent the
 * other; corrected NULL: not counted.  An index that no slice has is left alone.  */
void pr_pace_take(struct pr_pace *pace, uint64_t index, int64_t arrived_ns,
                  struct pr_hist *corrected);

/* Empties the histograms.  */
void pr_pace_clear(struct pr_pace *pace);

/* ---- judging ------------------------------------------------------------------------------ */

/* A sender that needs more than this part of the offered time longer is behind.  */
#define PR_PACE_BEHIND 0.05

/* True when the offered rate was not reached and the generator itself is why: while behind it spent
 * more time outside of the engine's send than inside.  Sums may be over several slices.  */
bool pr_pace_is_own_fault(const struct pr_pace_sums *sums);

#endif
