/* SPDX-License-Identifier: MIT */
/* core/heartbeat.h - ZMTP's PING, and giving up a peer that is silent (RFC 37, "Connection
 * heartbeating"; ZMQ_HEARTBEAT_IVL, _TTL and _TIMEOUT).
 *
 * Whatever arrives counts as life.  No clock is read for it: the read path counts what it receives,
 * and a timer that expires looks whether the count has moved.  While we do not read (the
 * application's queue is full, or the connection is ending) nobody is given up for silence.  Loop
 * thread only.  */
#ifndef PR_HEARTBEAT_H
#define PR_HEARTBEAT_H

#include <stddef.h>
#include <stdint.h>

struct pr_conn;
struct pr_timer;

struct pr_heartbeat {
	uint32_t heard; /* how often something was received; wraps around */

	/* Ours: a PING every HEARTBEAT_IVL, and an answer within HEARTBEAT_TIMEOUT.  */
	struct pr_timer *ping, *timeout;
	uint32_t heard_at_ping;

	/* The peer's: it has promised to be heard of that often.  */
	struct pr_timer *ttl;
	uint32_t heard_at_ttl;
	uint64_t ttl_ms;
};

/* The handshake is done.  */
void pr_heartbeat_start(struct pr_conn *conn);

/* The connection is over, or lost.  */
void pr_heartbeat_stop(struct pr_conn *conn);

/* A well-formed PING came (the body of a command frame, 7 bytes at least): takes the peer's
 * promise.  Its PONG is not sent here.  */
void pr_heartbeat_pinged(struct pr_conn *conn, const uint8_t *body);

#endif
