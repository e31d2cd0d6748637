/* SPDX-License-Identifier: MIT */
/* analyzers/trace.h - what a traced program did, from the events of strace.h.
 *
 * A stream: events go in, one document comes out.  Memory depends on how many threads, descriptors,
 * call sites and stages there are, each up to a limit behind which they are taken together, and
 * never on the length of the log.  */
#ifndef PR_TRACE_H
#define PR_TRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzers/strace.h"

struct pr_trace_options {
	uint64_t messages;   /* delivered messages in the whole log; 0: not told */
	uint64_t frame_size; /* bytes of one message on the wire; 0: not told */
	int64_t idle_ns;     /* a gap of at least this cuts a stage; 0: markers cut */
};

struct pr_trace;

struct pr_trace *pr_trace_create(const struct pr_trace_options *options);
void pr_trace_destroy(struct pr_trace **trace);

/* A pr_strace_visit; arg is the struct pr_trace.  */
void pr_trace_visit(void *arg, const struct pr_strace_event *event);

/* The document `proctor.trace` (schemas/trace.schema.json); the caller's.  Call once, after the
 * parser's finish.  PR_FAILED when there was no system call at all.
 *
 * calls counts what strace -c counts: calls that returned, those that the kernel will run again
 * (`= ? ERESTARTSYS`, an error here as there) included; calls that were never seen to return are
 * `unfinished`, beside it.  So for every call, calls = ok + sum of errors, and the calls of all
 * stages add up to those of the log.  Only when the log shows no call at all (log.calls is 0) does
 * `syscalls` hold strace's own table (-c, -C) instead; such a document has no threads and no
 * processes, and empty stages.  */
enum pr_err pr_trace_json(struct pr_trace *trace, json_t **document,
                          struct pr_error *why) PR_CHECKED;

#endif
