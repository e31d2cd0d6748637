/* SPDX-License-Identifier: MIT */
/* core/phase.h - a phase: how the engine reads, holds back and writes.
 *
 * A phase is a set of orthogonal options.  There is one read path (core/read.c) that honours them
 * all; a preset is one line of pr_phase_presets[].  This file is data and parsing only: the program
 * `proctor` uses it to check what the user typed without linking the engine.
 *
 * Option meanings, in the words of the report that started the project:
 *   speculate    read without prior readiness, after a completion and after a restart: always,
 *                never, or where it pays (adaptive; the rule is in core/adapt.h)
 *   reader       who makes the receives: we with recv(2), or libuv's uv_read_start with read(2)
 *                (core/uvread.h), which reads when the socket is readable, until a short read
 *   on-full      the application's queue is full (RCVHWM messages are waiting): stop reading, or go
 *                on and hold the bytes back
 *   store        where held bytes live: a deque of heap buffers, or the ring of input chunks
 *   size-check   how held bytes are counted at each completion: walk the store (O(n)) or a counter
 *   cap          held bytes allowed per connection
 *   cap-partial  whether the input that was read but not yet decoded when reading stopped counts
 *                towards the cap too
 *   at-cap       disconnect the peer, or pause so that TCP pushes back
 *   read-size    bytes asked of one recv(2)
 *   read-size-max  up to this many where large frames come (core/room.h)
 *   drain        how long one readiness keeps reading: once, until a short read, until EAGAIN, or
 *                bytes
 *   cork         most bytes handed to one send(2)
 *   io           who makes the system calls of a connection: the I/O thread always, or the calling
 *                thread itself while the connection is calm (core/caller.h)
 *   fault        a planted defect, for testing detectors; never part of a preset
 */
#ifndef PR_PHASE_H
#define PR_PHASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/opts.h"

enum pr_speculate { PR_SPECULATE_ALWAYS, PR_SPECULATE_NEVER, PR_SPECULATE_ADAPTIVE };
enum pr_reader_kind { PR_READER_RECV, PR_READER_LIBUV };
enum pr_on_full { PR_ON_FULL_STOP, PR_ON_FULL_HOLD };
enum pr_store_kind { PR_STORE_NONE, PR_STORE_DEQUE, PR_STORE_RING };
enum pr_size_check { PR_SIZE_WALK, PR_SIZE_COUNTER };
enum pr_at_cap { PR_AT_CAP_DISCONNECT, PR_AT_CAP_PAUSE };
enum pr_io_by { PR_IO_BY_THREAD, PR_IO_BY_CALLER };
enum pr_fault {
	PR_FAULT_NONE,
	PR_FAULT_DROP_REMAINDER,   /* held bytes dropped when the decoder wants more */
	PR_FAULT_OVERTAKE,         /* stopped flag cleared with data left: new bytes overtake old */
	PR_FAULT_PARTIAL_WRITE,    /* the rest of a partial write is dropped */
	PR_FAULT_UNDRAINED_WAKEUP, /* a wake-up descriptor is never drained: poll spins */
	PR_FAULT_LOSE_ON_CLOSE,    /* held bytes are dropped when the peer closes */
	PR_FAULT_LOST_WAKEUP,      /* one wake-up in 64 to the application is not sent */
	PR_FAULT_BLOCKING_POLL, /* a full socket is waited for, and with it the whole I/O thread */
};

#define PR_DRAIN_ONCE   PR_OPT_NAMED(0)
#define PR_DRAIN_SHORT  PR_OPT_NAMED(1)
#define PR_DRAIN_EAGAIN PR_OPT_NAMED(2)

struct pr_phase {
	int speculate;  /* enum pr_speculate */
	int reader;     /* enum pr_reader_kind */
	int on_full;    /* enum pr_on_full */
	int store;      /* enum pr_store_kind */
	int size_check; /* enum pr_size_check */
	uint64_t cap;   /* bytes, or PR_OPT_NONE */
	bool cap_partial;
	int at_cap;             /* enum pr_at_cap */
	uint64_t read_size;     /* bytes, 64 to 16 MiB */
	uint64_t read_size_max; /* the same, or PR_OPT_NONE; below read_size it is nothing */
	uint64_t drain;         /* PR_DRAIN_x, or bytes */
	uint64_t cork;          /* bytes, 64 to 16 MiB */
	int io;                 /* enum pr_io_by */
	int fault;              /* enum pr_fault */
};

/* Frames of this many bytes or more, header included, are large ones: read-size-max is for them. */
#define PR_LARGE_FRAME_MIN ((uint64_t)32 << 10)

struct pr_phase_preset {
	const char *name; /* "true-proactor" */
	const char *summary;
	struct pr_phase phase;
};

/* Ended by a NULL name.  The last one, "core", is our fastest correct setting.  */
extern const struct pr_phase_preset pr_phase_presets[];

/* The options above as a table for struct pr_phase.  */
extern const struct pr_opt pr_phase_opts[];

const struct pr_phase_preset *pr_phase_find(const char *name);

/* "PRESET[,option=value]...", e.g. "baseline,read-size=65536".  PR_USAGE with a sentence (and the
 * nearest valid name) when something is unknown or does not fit together.  */
enum pr_err pr_phase_parse(const char *spec, struct pr_phase *phase,
                           struct pr_error *why) PR_CHECKED;

#endif
