/* SPDX-License-Identifier: MIT */
/* harness/crowd.h - the clients of a fan-in: many connections, one process, no engine.
 *
 * A helper of the worker (helper.h).  Each client is a raw socket that speaks ZMTP 3.1 (greeting
 * and READY of the NULL mechanism, then frames), the same for every engine, so that the socket
 * under test is what is measured: a client costs a small part of what any engine spends on its
 * messages.
 *
 * While a slice runs the clients take turns: each sends a batch when its window has room for one.
 * The window counts messages that were sent and not yet received by the application, so it bounds
 * what lies in sockets and queues.  */
#ifndef PR_CROWD_H
#define PR_CROWD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "harness/helper.h"
#include "harness/link.h"

/* A link with many clients; shared memory.  Made before the fork.  */
struct pr_fan {
	size_t bytes; /* of this */
	uint64_t clients;
	uint64_t size;    /* bytes of a body */
	uint64_t window;  /* messages */
	uint64_t batch;   /* messages of a turn */
	int pattern;      /* enum pr_pattern */
	int64_t began_ns; /* the crowd's first send of this slice */
	atomic_bool stop; /* no new messages */
	atomic_bool stopped;
	_Atomic uint64_t *received; /* by client; written by the worker */
	uint64_t *sent;             /* by client; written by the crowd */
	uint64_t *partial;          /* bytes sent of the next message */
	int *fds;                   /* in the crowd */
};

struct pr_crowd;

/* NULL is never returned.  */
struct pr_fan *pr_fan_create(const struct pr_link_spec *spec);
void pr_fan_destroy(struct pr_fan **fan);

/* The body of message `number` of a client, into size bytes.  */
void pr_fan_stamp(const struct pr_fan *fan, uint64_t client, uint64_t number, void *body);

/* Whose message a body is.  False when it is none of ours, or was changed.  */
bool pr_fan_read(const struct pr_fan *fan, const void *body, size_t size, uint64_t *client,
                 uint64_t *number);

/* Forks: see pr_helper_start().  Raises the limit of open files, PR_FAILED when it is too low for
 * so many connections.  */
enum pr_err pr_crowd_start(uint64_t connections, void (*on_death)(const struct pr_error *why),
                           struct pr_crowd **crowd, struct pr_error *why) PR_CHECKED;
enum pr_err pr_crowd_watch(struct pr_crowd *crowd, struct pr_error *why) PR_CHECKED;

/* Connects every client and shakes hands.  endpoint is what the adapter's open() gave.  */
enum pr_err pr_crowd_connect(struct pr_crowd *crowd, struct pr_fan *fan, const char *endpoint,
                             struct pr_error *why) PR_CHECKED;

/* Lets the clients send, until fan->stop is set after about count messages; then fan->stopped is,
 * and `sent` is final.  */
void pr_crowd_begin(struct pr_crowd *crowd, struct pr_fan *fan, uint64_t count);
enum pr_err pr_crowd_end(struct pr_crowd *crowd, struct pr_error *why) PR_CHECKED;

/* Closes the connections of a fan.  */
enum pr_err pr_crowd_close(struct pr_crowd *crowd, struct pr_fan *fan,
                           struct pr_error *why) PR_CHECKED;

pid_t pr_crowd_pid(const struct pr_crowd *crowd);
void pr_crowd_destroy(struct pr_crowd **crowd);

#endif
