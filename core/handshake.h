/* SPDX-License-Identifier: MIT */
/* core/handshake.h - the beginning of a connection: from its first byte until traffic starts.
 *
 * What is said is core/zmtp.h's; here is what that machine has no hands for: bytes in and out, the
 * time limit, the question to the ZAP handler (core/zap.h), and the pipe of a peer that is let in.
 * Loop thread only.  */
#ifndef PR_HANDSHAKE_H
#define PR_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"
#include "core/zmtp.h"

struct pr_conn;
struct pr_metadata;
struct pr_pipe;
struct pr_zap_reply;

/* The most that is received at once before there is a pipe to receive into; and room for two reads
 * of the largest command: what is left of one and a whole other.  */
#define PR_HANDSHAKE_READ_MAX ((size_t)8192)
#define PR_HANDSHAKE_ROOM                                                                          \
	((size_t)2 * (PR_ZMTP_COMMAND_MAX + PR_FRAME_HEADER_MAX + PR_ZMTP_GREETING_SIZE))

struct pr_handshake {
	struct pr_zmtp zmtp;
	struct pr_metadata *metadata; /* of the messages that the connection will bring */
	struct pr_pipe *zap;          /* the question that is out; NULL: none is */
	bool is_told;                 /* a failure was reported */
	char peer_address[64];        /* as ZAP and zmq_msg_gets tell it */
	size_t input_size;
	uint8_t input[PR_HANDSHAKE_ROOM]; /* bytes that were not used yet */
};

/* Part of making a connection.  False when memory ran out.  */
bool pr_handshake_create(struct pr_conn *conn);

/* Says our greeting; from now on time runs.  */
void pr_handshake_begin(struct pr_conn *conn);

/* size bytes have arrived behind input.  May close the connection, or turn it to TRAFFIC.  */
void pr_handshake_received(struct pr_conn *conn, size_t size);

/* The ZAP handler has answered; NULL: it has gone without.  May close the connection, or turn it to
 * TRAFFIC.  */
void pr_handshake_answered(struct pr_conn *conn, const struct pr_zap_reply *reply);

/* Gives everything up.  Idempotent.  */
void pr_handshake_end(struct pr_conn *conn);

#endif
