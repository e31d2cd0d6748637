/* SPDX-License-Identifier: MIT */
/* core/zmtp.h - the ZMTP 3.1 handshake with the NULL mechanism, as a machine that owns no socket.
 *
 * Feed it the bytes that arrive; it says what to send and when it is done.  Wire rules: RFC 37
 * (ZMTP 3.1), sections "Greeting", "Mechanism NULL", "Commands".  Facts about peers that are not in
 * the RFC are named where they are used.  */
#ifndef PR_ZMTP_H
#define PR_ZMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

#define PR_ZMTP_GREETING_SIZE    64
#define PR_ZMTP_COMMAND_MAX      8192 /* largest handshake command that is accepted */
#define PR_ZMTP_READY_MAX        512 /* largest READY that we write: 1-255 byte identity included */
#define PR_ZMTP_ROUTING_ID_MAX   255
#define PR_ZMTP_PONG_MAX         32 /* frame with a PONG: 2 + 5 + up to 16 bytes of context */
#define PR_ZMTP_PING_CONTEXT_MAX 16

enum pr_zmtp_state {
	PR_ZMTP_WANT_GREETING,
	PR_ZMTP_WANT_READY,
	PR_ZMTP_DONE,
	PR_ZMTP_BAD, /* not ZMTP 3, another mechanism, an impossible peer, a malformed command */
};

/* Why a handshake failed, as ZMQ_EVENT_HANDSHAKE_FAILED_x tells it: the event (0: libzmq tells
 * nothing), its value, and a sentence.  */
struct pr_zmtp_failure {
	int event, value;
	const char *why; /* static text */
};

struct pr_zmtp {
	enum pr_zmtp_state state;
	int socket_type; /* ours, ZMQ_x */
	uint8_t greeting[PR_ZMTP_GREETING_SIZE];
	size_t greeting_size;
	uint8_t peer_minor; /* ZMTP 3.x */
	uint8_t routing_id[PR_ZMTP_ROUTING_ID_MAX];
	uint8_t routing_id_size;        /* the peer's "Identity"; 0 when it has none */
	struct pr_zmtp_failure failure; /* when BAD */
};

void pr_zmtp_init(struct pr_zmtp *zmtp, int socket_type);

/* Writes our greeting.  libzmq holds back the rest of its own greeting until it has seen 11 bytes,
 * so all 64 go out at once (holding back past byte 10 would deadlock).  */
void pr_zmtp_greeting(uint8_t out[PR_ZMTP_GREETING_SIZE]);

/* Writes our READY as a frame: Socket-Type, and Identity for REQ, DEALER and ROUTER (as libzmq
 * does; the RFC's example leaves it out for ROUTER).  Returns its size.  */
size_t pr_zmtp_ready(uint8_t out[PR_ZMTP_READY_MAX], int socket_type, const uint8_t *routing_id,
                     size_t routing_id_size);

/* Takes bytes of the handshake from data; returns how many it used.  It stops at the end of READY
 * (state DONE): what follows is traffic.  It may stop early for lack of bytes; call again with
 * those bytes and more. When the state goes from WANT_GREETING to WANT_READY the caller sends
 * READY.  */
size_t pr_zmtp_feed(struct pr_zmtp *zmtp, const uint8_t *data, size_t size);

/* A command frame's body in traffic.  Returns the size of the answer written to out (a PONG frame),
 * 0 when the command needs none or is unknown (those are ignored, as libzmq does), -1 when it is
 * malformed: a PING shorter than its TTL, or with a context of more than 16 bytes.  */
int pr_zmtp_command(const uint8_t *body, size_t size, uint8_t out[PR_ZMTP_PONG_MAX]);

/* A SUBSCRIBE or a CANCEL (RFC 37) as a frame, or as the message that a peer of ZMTP 3.0 knows
 * instead (01 or 00, then the topic): the size of what precedes the topic, written to out.  */
#define PR_ZMTP_SUBSCRIBE_MAX (PR_FRAME_HEADER_MAX + 10)
size_t pr_zmtp_subscribe(uint8_t out[PR_ZMTP_SUBSCRIBE_MAX], bool subscribes, uint8_t peer_minor,
                         size_t topic_size);

/* Is the body of a command frame one of them?  Returns the size of its name with the length byte,
 * which the topic follows, or 0.  */
size_t pr_zmtp_is_subscribe(const uint8_t *body, size_t size, bool *subscribes);

/* The name of a socket type on the wire ("ROUTER"), or NULL.  */
const char *pr_zmtp_type_name(int socket_type);

#endif
