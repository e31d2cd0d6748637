/* SPDX-License-Identifier: MIT */
/* core/zap.h - asking the application whom to let in (RFC 27, ZAP).
 *
 * Whoever has bound inproc://zeromq.zap.01 with a REP or ROUTER is the handler.  Each handshake
 * that wants to know asks through an inproc pipe of its own, so an answer needs no address.  The
 * near ends of these pipes belong to a socket that each loop keeps for this; it sees no
 * application, does not count as one of the context's, and is watched through its descriptor as
 * everything on the loop is: nobody waits for a handler but the connection that asks.  Loop thread
 * only.  */
#ifndef PR_ZAP_H
#define PR_ZAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pr_conn;
struct pr_loop;

#define PR_ZAP_ENDPOINT "inproc://zeromq.zap.01"

/* An answer, taken frame by frame.  */
struct pr_zap_reply {
	unsigned frames;   /* taken */
	int fault;         /* ZMQ_PROTOCOL_ERROR_ZAP_x; 0: it is well-formed */
	int status;        /* 200, 300, 400 or 500 */
	uint8_t *user_id;  /* heap */
	uint8_t *metadata; /* properties as on the wire, well-formed; heap */
	size_t user_id_size, metadata_size;
};

/* The next frame of an answer, which begins as all zeros.  */
void pr_zap_reply_take(struct pr_zap_reply *reply, const uint8_t *body, size_t size, bool more);
void pr_zap_reply_fini(struct pr_zap_reply *reply);

/* Asks about the peer of a connection that shakes hands.  The answer comes later
 * (pr_handshake_answered).  False: there is nobody to ask.  */
bool pr_zap_ask(struct pr_conn *conn);

/* The connection does not want the answer any more.  Idempotent.  */
void pr_zap_forget(struct pr_conn *conn);

/* The loop ends: no connection is left.  Any thread, after the loop's.  */
void pr_zap_stop(struct pr_loop *loop);

#endif
