/* SPDX-License-Identifier: MIT */
/* harness/crowd.h - the clients of a fan-in or a fan-out: many connections, one process, no engine.
 *
 * A helper of the worker (helper.h).  Each client is a raw socket that speaks ZMTP 3.1 (greeting
 * and READY of the NULL mechanism, then frames), the same for every engine, so that the socket
 * under test is what is measured: a client costs a small part of what any engine spends on its
 * messages.
 *
 * While a slice runs the clients take turns: each sends a batch when its window has room for one.
 * The window counts messages that were sent and not yet received by the application, so it bounds
 * what lies in sockets and queues.
 *
 * Or the clients receive: each takes what is sent to it and is held to account for it.  Where every
 * client gets each message, or they are named in turn, each knows which number must come next;
 * where the engine chooses, a client's numbers must grow, and all of them together must be those
 * that were sent.  */
#ifndef PR_CROWD_H
#define PR_CROWD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "harness/helper.h"
#include "harness/link.h"
#include "harness/pressure.h"
#include "harness/stamp.h"

/* A link with many clients; shared memory.  Made before the fork.  */
struct pr_fan {
	size_t bytes; /* of this */
	char endpoint[PR_ENDPOINT_MAX];
	uint64_t clients;
	uint64_t size;    /* bytes of a body */
	uint64_t window;  /* messages */
	uint64_t batch;   /* messages of a turn */
	int pattern;      /* enum pr_pattern */
	int64_t began_ns; /* the crowd's first send of this slice */
	atomic_bool stop; /* no new messages */
	atomic_bool stopped;
	_Atomic int64_t idle_ns; /* that all clients had nothing to do in this slice; written by the
	                            crowd */
	_Atomic uint64_t *received; /* by client; written by the worker */
	uint64_t *sent;             /* by client; written by the crowd */
	uint64_t *partial;          /* bytes sent of the next message */
	int *fds;                   /* in the crowd */

	/* Of clients that receive; `received` is then written by the crowd.  */
	int spread;                 /* enum pr_spread; PR_SPREADS_NOT when the clients send */
	struct pr_ledger *ledger;   /* shared memory, of all clients together */
	uint64_t end;               /* the number behind the last of this slice */
	uint64_t received_at_least; /* what the ledger says then, when nothing is lost */
	int64_t ended_ns;           /* when the last had come */
	struct pr_intake *intake;   /* in the crowd */
};

struct pr_crowd;
struct pr_intake;

/* NULL is never returned.  */
struct pr_fan *pr_fan_create(const struct pr_link_spec *spec);
void pr_fan_destroy(struct pr_fan **fan);

/* The body of message `number` of a client, into size bytes.  */
void pr_fan_stamp(const struct pr_fan *fan, uint64_t client, uint64_t number, void *body);

/* Whose message a body is.  False when it is none of ours, or was changed.  */
bool pr_fan_read(const struct pr_fan *fan, const void *body, size_t size, uint64_t *client,
                 uint64_t *number);

/* What each client has received, or what has been received of each; the caller frees.  */
uint64_t *pr_fan_copy_received(const struct pr_fan *fan);

/* What came of, or to, the client with the fewest since `before` was copied, as a part of count /
 * clients: 1 is fair, 0 is a client that got nothing.  */
double pr_fan_fairness(const struct pr_fan *fan, const uint64_t *before, uint64_t count);

/* Forks: see pr_helper_start().  Raises the limit of open files, PR_FAILED when it is too low for
 * so many connections.  */
enum pr_err pr_crowd_start(uint64_t connections, void (*on_death)(const struct pr_error *why),
                           struct pr_crowd **crowd, struct pr_error *why) PR_CHECKED;
enum pr_err pr_crowd_watch(struct pr_crowd *crowd, struct pr_error *why) PR_CHECKED;

/* Connects every client and shakes hands.  endpoint is what the adapter's open() gave.  */
enum pr_err pr_crowd_connect(struct pr_crowd *crowd, struct pr_fan *fan, const char *endpoint,
                             struct pr_error *why) PR_CHECKED;

/* Lets the clients send, until fan->stop is set after about count messages; then fan->stopped is,
 * and `sent` is final.  A client sends batch messages at once, and two batches of it are under way
 * at most; 0: as many as all clients together may have under way, and so that each gets through its
 * window several times.  */
void pr_crowd_begin(struct pr_crowd *crowd, struct pr_fan *fan, uint64_t count, uint64_t batch);
enum pr_err pr_crowd_end(struct pr_crowd *crowd, struct pr_error *why) PR_CHECKED;

/* Lets the clients send whatever their sockets take, as spec says, until pressure->stop is set;
 * then pressure->stopped is, and `sent` is final.  pr_crowd_end() ends it.  spec is of before the
 * fork. */
void pr_crowd_press(struct pr_crowd *crowd, struct pr_fan *fan, struct pr_pressure *pressure,
                    const struct pr_pressure_spec *spec);

/* Lets the clients receive until each has heard something: then fan->stopped is set; or until
 * fan->stop is.  pr_crowd_end() ends it.  */
void pr_crowd_meet(struct pr_crowd *crowd, struct pr_fan *fan);

/* Lets the clients receive messages below fan->end, which the caller has set with
 * received_at_least.  The caller sets fan->stop when all are sent; pr_crowd_end() waits until they
 * have come or are known to be lost.  */
void pr_crowd_receive(struct pr_crowd *crowd, struct pr_fan *fan);

/* Closes the connections of a fan.  */
enum pr_err pr_crowd_close(struct pr_crowd *crowd, struct pr_fan *fan,
                           struct pr_error *why) PR_CHECKED;

pid_t pr_crowd_pid(const struct pr_crowd *crowd);
void pr_crowd_destroy(struct pr_crowd **crowd);

#endif
