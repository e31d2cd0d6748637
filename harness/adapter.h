/* SPDX-License-Identifier: MIT */
/* harness/adapter.h - an engine under test, seen from the bench.
 *
 * The bench knows nothing else about an engine.  A worker process loads exactly one engine and
 * opens links on it: a link is one context with two connected ends, A (connects, streams) and B
 * (binds, receives), both in the same process.  An end is used by one thread at a time; the two
 * ends may be used by two.
 *
 * To add an engine: write adapter/NAME.c, add a line to adapter/table.c and one to CMakeLists.txt,
 * then run `ctest -R harness.adapter`: the conformance suite takes every line of the table.  */
#ifndef PR_ADAPTER_H
#define PR_ADAPTER_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/opts.h"
#include "core/include/proctor.h"

#define PR_ADAPTER_OPS_VERSION 1

enum pr_adapter_flags {
	PR_ADAPTER_FLOOR = 1u << 0, /* not an engine: what the machine itself can do */
	PR_ADAPTER_EXACT_WIRE = 1u
	                        << 1, /* frames are ZMTP's, so bytes can be foretold to the unit */
};

enum pr_end { PR_END_A, PR_END_B };

enum pr_pattern { PR_ROUTER_ROUTER, PR_DEALER_ROUTER, PR_DEALER_DEALER, PR_PAIR };

/* What a link must carry.  Links that compare equal are shared by the workloads of a worker.  */
struct pr_link_spec {
	int pattern;   /* enum pr_pattern: type of A, then type of B */
	int transport; /* index into the choices of option transport; 0 is tcp */
	uint64_t size; /* bytes of a body */
	uint64_t hwm;  /* messages either end may queue; 0 is unlimited */
};

/* What was really loaded; goes into every record.  */
struct pr_engine_info {
	char path[PATH_MAX]; /* of the file, links resolved */
	char version[64];    /* as the engine says it */
	char build_id[65];   /* hexadecimal, or "" */
};

/* How an engine reads and writes, as far as its options fix it; from this the exact counts of a run
 * follow.  */
enum pr_reads_ahead { PR_READS_UNKNOWN, PR_READS_AHEAD, PR_READS_WHEN_READY };
struct pr_habits {
	uint64_t read_bytes; /* asked of one recv(2); 0 is not known */
	uint64_t send_bytes; /* most handed to one send(2); 0 is not known */
	int reads_ahead; /* enum pr_reads_ahead: another read follows each completion, or none */
};

/* Both are the adapter's own; the link starts with what the bench may know.  */
struct pr_engine;
struct pr_link {
	const struct pr_adapter_ops *ops;
	bool answers_apart; /* ping-pong: B answers in a thread of its own */
};

struct pr_adapter_ops {
	const char *name; /* the word in --phase LABEL=NAME */
	const char *summary;
	uint32_t version; /* PR_ADAPTER_OPS_VERSION, checked when the table is first used */
	uint32_t flags;   /* enum pr_adapter_flags */
	const struct pr_opt *opts; /* its options, for `proctor list`; ended by { 0 } */

	/* Checks options (an object of texts) without loading anything.  *expanded becomes an
	 * object with every option of the engine as text.  what names the place for messages:
	 * "phase 'x'".  */
	enum pr_err (*expand)(const json_t *options, const char *what, json_t **expanded,
	                      struct pr_error *why);

	/* What the options fix.  May be NULL: nothing.  */
	void (*foretell)(const json_t *options, struct pr_habits *habits);

	/* Loads the engine.  Once per process; the file stays loaded.  */
	enum pr_err (*load)(const json_t *options, struct pr_engine **engine,
	                    struct pr_engine_info *info, struct pr_error *why);
	void (*unload)(struct pr_engine **engine);

	/* open returns when both ends can reach each other and one message has gone each way. close
	 * ends the link and waits for the engine's threads.  */
	enum pr_err (*open)(struct pr_engine *engine, const struct pr_link_spec *spec,
	                    struct pr_link **link, struct pr_error *why);
	void (*close)(struct pr_link **link);

	/* Sends a body, waiting while the engine is full.  The engine may keep it back until flush.
	 */
	enum pr_err (*send)(struct pr_link *link, int end, const void *body, size_t size,
	                    struct pr_error *why);
	enum pr_err (*flush)(struct pr_link *link, int end, struct pr_error *why); /* may be NULL */

	/* Waits for a body; with wait false, gives *body NULL when there is none.  The body is
	 * borrowed until the next call on this end.  */
	enum pr_err (*recv)(struct pr_link *link, int end, bool wait, const void **body,
	                    size_t *size, struct pr_error *why);

	/* The counters that the engine keeps, as proctor_counters() and proctor_ctx_counters().  0:
	 * it keeps none, which is absent, not zero.  */
	size_t (*counters)(struct pr_engine *engine, const struct proctor_counter **list);
	enum pr_err (*read_counters)(struct pr_link *link, uint64_t *values, size_t count,
	                             struct pr_error *why);
};

/* Ended by NULL.  */
extern const struct pr_adapter_ops *const pr_adapters[];

/* NULL when there is none of that name.  */
const struct pr_adapter_ops *pr_adapter_find(const char *name);

/* Bytes on the wire of a single-part message: ZMTP's header and the body.  */
static inline uint64_t pr_adapter_frame_bytes(uint64_t size)
{
	return size <= 255 ? 2 + size : 9 + size;
}

extern const struct pr_adapter_ops pr_adapter_core;
extern const struct pr_adapter_ops pr_adapter_zmq;
extern const struct pr_adapter_ops pr_adapter_floor;

#endif
