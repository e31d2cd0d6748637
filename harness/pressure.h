/* SPDX-License-Identifier: MIT */
/* harness/pressure.h - what a stalled reader does to an engine, written down while it happens.
 *
 * The workload backpressure (workload/backpressure.c) has a reader that stops and goes; senders go
 * on. They meet in struct pr_pressure, which lies in shared memory, because either may be in a
 * process of its own.  What is known of a message's way: how many were handed to the engine, how
 * many the application has, and (tcpdiag.h, unixdiag.h) what lies in the kernel; the rest is in the
 * engine.
 *
 * Stages: the reader reads; it stalls; it is released and takes the backlog, which is what was sent
 * before the release; it reads again.  */
#ifndef PR_PRESSURE_H
#define PR_PRESSURE_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/hist.h"
#include "harness/adapter.h"

enum pr_stall {
	PR_STALL_ONCE,
	PR_STALL_PERIODIC, /* `count` times a block */
	PR_STALL_FOREVER,  /* it never reads again: what is held is seen, not what arrives */
};

/* What becomes of the senders in the last quarter of a stall.  */
enum pr_leave {
	PR_LEAVE_STAY,
	PR_LEAVE_CLOSE, /* they close their connections */
	PR_LEAVE_DIE,   /* their process is killed */
};

/* The words of the options, by number; ended by NULL.  */
extern const char *const pr_stall_names[];
extern const char *const pr_leave_names[];

/* Options of the workload.  */
struct pr_pressure_spec {
	int stall; /* enum pr_stall */
	int leave; /* enum pr_leave */
	int64_t stall_ns;
	int64_t flow_ns;   /* that it reads before a stall and after the backlog */
	int64_t sample_ns; /* between two points of the time line */
	uint64_t rate;     /* messages a second of all senders together; 0: what the engine takes */
};

enum pr_stage { PR_STAGE_BEFORE, PR_STAGE_STALLED, PR_STAGE_DRAIN, PR_STAGE_AFTER, PR_STAGES };

extern const char *const pr_stage_names[PR_STAGES];

/* ---- latency ----------------------------------------------------------------------------- */

/* Of every STRIDE-th message of the first sender it is kept when it was ready to be sent.  */
#define PR_PRESSURE_STRIDE 16
#define PR_PRESSURE_MARKS  ((uint64_t)1 << 16)

struct pr_pressure_mark {
	_Atomic uint64_t number;
	_Atomic int64_t ready_ns;
	_Atomic int stage;
};

/* ---- the time line ----------------------------------------------------------------------- */

/* Numbers are since the begin of the slice; -1: not known.  */
struct pr_pressure_point {
	int64_t at_ns;
	int stage;           /* enum pr_stage */
	int64_t sent;        /* messages that the engine (raw clients: the kernel) has taken */
	int64_t refused;     /* sends that it did not take: EAGAIN */
	int64_t received;    /* messages */
	int64_t connections; /* that are there */
	int64_t begun;       /* connections that took the place of others */
	int64_t unread, unsent, window, shut, arrived, limited_ns; /* tcpdiag.h */
	int64_t resident;                                          /* bytes, of the worker */
	int64_t cpu_ns; /* that the worker has used, without the watcher */
};

#define PR_PRESSURE_POINTS 256

/* What happened in one stall.  ns on the clock; 0: it did not.  */
struct pr_pressure_stall {
	int64_t began_ns, stalled_ns, released_ns, first_ns, last_ns, ended_ns;
	uint64_t backlog;   /* messages sent and not received at the release */
	uint64_t counts[6]; /* messages received until each of these moments */
	uint64_t sent_stalled, sent_released;
	int64_t calls_first, calls_last; /* system calls of the engine since the release; -1: not
	                                    counted */
};

#define PR_PRESSURE_STALLS 64

/* Zeroed when made.  */
struct pr_pressure {
	/* Between the processes.  */
	_Atomic int stage;
	atomic_bool stop;    /* no new messages */
	atomic_bool stopped; /* there will be none */
	atomic_bool leave;
	_Atomic uint64_t sent, refused, reconnects; /* reconnects: of raw clients */
	uint64_t first;                             /* number of the first message of the slice */
	struct pr_pressure_mark marks[PR_PRESSURE_MARKS];

	/* Of the worker alone.  */
	struct pr_hist latency[PR_STAGES]; /* by the stage in which the message was ready */
	struct pr_pressure_stall stalls[PR_PRESSURE_STALLS];
	size_t stall_count;
	struct pr_pressure_point points[PR_PRESSURE_POINTS];
	size_t point_count;
	int64_t step_ns; /* between two points */
	int64_t began_ns;
	_Atomic uint64_t received;
	uint64_t lost;   /* messages that never came */
	uint64_t unread; /* of a stall for good: messages that were never asked for */
};

/* Before a slice: everything but the options is zero.  */
void pr_pressure_begin(struct pr_pressure *pressure, uint64_t first);

/* The sender: message `number` of the slice is ready.  */
static inline void pr_pressure_mark(struct pr_pressure *pressure, uint64_t number, int64_t now_ns)
{
	struct pr_pressure_mark *mark =
	        &pressure->marks[number / PR_PRESSURE_STRIDE % PR_PRESSURE_MARKS];

	atomic_store_explicit(&mark->ready_ns, now_ns, memory_order_relaxed);
	atomic_store_explicit(&mark->stage,
	                      atomic_load_explicit(&pressure->stage, memory_order_relaxed),
	                      memory_order_relaxed);
	atomic_store_explicit(&mark->number, number + 1, memory_order_release);
}

/* The reader: it has come.  One whose mark was overwritten meanwhile is left out.  */
void pr_pressure_arrived(struct pr_pressure *pressure, uint64_t number, int64_t now_ns);

/* ---- the watcher ------------------------------------------------------------------------- */

struct pr_watcher;

/* Looks, and starts a thread that does so every sample_ns until it is ended; when there is no more
 * room, every second point goes and the step doubles.  Where a look takes long (thousands of
 * connections), steps are longer.  endpoint may be "": nothing is known of the kernel then.  */
enum pr_err pr_watcher_start(struct pr_pressure *pressure, const char *endpoint, int64_t sample_ns,
                             struct pr_watcher **watcher, struct pr_error *why) PR_CHECKED;

/* Looks a last time.  */
void pr_watcher_end(struct pr_watcher **watcher);

/* Looks now, from the reader's thread: so that the end of a stall is there.  Gives a copy of what
 * it saw.  */
struct pr_pressure_point pr_watcher_look(struct pr_watcher *watcher);

/* ---- what a slice gave ------------------------------------------------------------------- */

struct pr_pressure_facts {
	uint64_t wire_bytes; /* of a message */
	uint64_t hwm;        /* as in the link; per connection */
	uint64_t senders;    /* at least 1 */
	bool is_raw;         /* they are raw, and know themselves what was connected again */
};

/* An object: numbers of the slice ("release_to_first": null where there is none), "stalls" and the
 * time line, "columns" and "points"; see schemas/run.schema.json.  */
json_t *pr_pressure_dump(const struct pr_pressure *pressure, const struct pr_pressure_facts *facts);

#endif
