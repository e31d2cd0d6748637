/* SPDX-License-Identifier: MIT */
/* harness/adapter.h - an engine under test, seen from the bench.
 *
 * The bench knows nothing else about an engine.  A worker process loads exactly one engine and
 * opens links on it: a link is one context with two connected ends, A (connects, streams) and B
 * (binds, receives), both in this process, or one of them, with the other in another.  An end is
 * used by one thread at a time; the two ends may be used by two.
 *
 * To add an engine: write adapter/NAME.c, declare it below, add a line to adapter/table.c and one
 * to CMakeLists.txt, then run `ctest -R harness.adapter`: the conformance suite takes every line of
 * the table.  */
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
#include "harness/link.h"

#define PR_ADAPTER_OPS_VERSION 3

enum pr_adapter_flags {
	PR_ADAPTER_FLOOR = 1u << 0, /* not an engine: what the machine itself can do */
	PR_ADAPTER_EXACT_WIRE = 1u
	                        << 1, /* frames are ZMTP's, so bytes can be foretold to the unit */
	PR_ADAPTER_POLLS = 1u << 2,   /* wait=poll is done: it has zmq_poll() */
};

enum pr_end { PR_END_A, PR_END_B };

/* A set of ends.  */
#define PR_HAS_END(ends, end) (((ends) >> (end)&1u) != 0)
#define PR_ONE_END(end)       (1u << (end))
#define PR_BOTH_ENDS          3u

#define PR_ENDPOINT_MAX 256

/* What was really loaded; goes into every record.  */
struct pr_engine_info {
	char path[PATH_MAX]; /* of the file, links resolved */
	char version[64];    /* as the engine says it */
	char build_id[65];   /* hexadecimal, or "" */
};

/* How an engine reads and writes, as far as its options fix it; from this the exact counts of a run
 * follow.  */
enum pr_reads_ahead {
	PR_READS_UNKNOWN,
	PR_READS_AHEAD,
	PR_READS_WHEN_READY,
	PR_READS_WHERE_IT_PAYS
};
struct pr_habits {
	uint64_t read_bytes; /* asked of one recv(2); 0 is not known */
	uint64_t send_bytes; /* most handed to one send(2); 0 is not known */
	int reads_ahead; /* enum pr_reads_ahead: another read follows each completion, none, or one
	                    now and then, as the engine has learnt */
	uint64_t large_frame, large_read_bytes; /* frames of so many bytes are read by up to so many
	                                           at once; 0: like the others */
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
	uint64_t traced_most; /* units of a traced trial, where a block would fill the disk; 0: a
	                         block */

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

	/* Files that are the same engine, linked in other orders, as an array of paths; NULL: there
	 * are none.  Asked when the options name no file.  NULL: the engine never has such.  */
	json_t *(*variants)(void);

	/* A folder with the same builds without hooks, a new string; NULL: it is not there.  NULL:
	 * the engine never has such.  */
	char *(*unhooked)(void);

	/* NULL when the engine can carry such a link, else why it cannot: half a sentence, without
	 * a full stop.  May be NULL: it carries every link.  */
	const char *(*refuses)(const struct pr_link_spec *spec);

	/* Makes the ends that the set has: B binds and writes where into endpoint (of
	 * PR_ENDPOINT_MAX), A connects to endpoint; where the link fans out, A binds instead.  They
	 * need not have met yet.  close ends the link and waits for the engine's threads.  */
	enum pr_err (*open)(struct pr_engine *engine, const struct pr_link_spec *spec,
	                    unsigned ends, char *endpoint, struct pr_link **link,
	                    struct pr_error *why);
	void (*close)(struct pr_link **link);

	/* Sends a first body as soon as the peer can be reached; gives up after 10 s.  */
	enum pr_err (*greet)(struct pr_link *link, int end, const void *body, size_t size,
	                     struct pr_error *why);

	/* Sends a body, waiting while the engine is full.  The engine may keep it back until flush.
	 */
	enum pr_err (*send)(struct pr_link *link, int end, const void *body, size_t size,
	                    struct pr_error *why);
	enum pr_err (*flush)(struct pr_link *link, int end, struct pr_error *why); /* may be NULL */

	/* Sends a body unless the engine is full or the peer cannot be reached now: then *sent is
	 * false.  Nothing is kept back.  NULL: the engine has no such call.  */
	enum pr_err (*try_send)(struct pr_link *link, int end, const void *body, size_t size,
	                        bool *sent, struct pr_error *why);

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

/* True when the engine has such an option of its own ("lib": it is loaded from a file).  */
bool pr_adapter_takes(const struct pr_adapter_ops *ops, const char *option);

/* True when the engine can carry such a link.  */
bool pr_adapter_carries(const struct pr_adapter_ops *ops, const struct pr_link_spec *spec);

/* NULL when it can, else why not, as from refuses().  */
const char *pr_adapter_refusal(const struct pr_adapter_ops *ops, const struct pr_link_spec *spec);

extern const struct pr_adapter_ops pr_adapter_core;
extern const struct pr_adapter_ops pr_adapter_zmq;
extern const struct pr_adapter_ops pr_adapter_nng;
extern const struct pr_adapter_ops pr_adapter_floor;

#endif
