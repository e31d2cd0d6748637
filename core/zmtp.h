/* SPDX-License-Identifier: MIT */
/* core/zmtp.h - the ZMTP 3.1 handshake as a machine that owns no socket.
 *
 * Feed it the bytes that arrive; it says what to send, when somebody has to be asked about the
 * peer, and when it is done.  Wire rules: RFC 37 (ZMTP 3.1), sections "Greeting" and "Commands";
 * what follows the greeting is the security mechanism's (core/mechanism.h).  Facts about peers that
 * are not in the RFC are named where they are used.  */
#ifndef PR_ZMTP_H
#define PR_ZMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"
#include "core/options.h"

struct pr_mechanism;

#define PR_ZMTP_GREETING_SIZE    64
#define PR_ZMTP_COMMAND_MAX      8192 /* largest handshake command that is accepted */
#define PR_ZMTP_ROUTING_ID_MAX   255
#define PR_ZMTP_SECRET_MAX       255
#define PR_ZMTP_PONG_MAX         32 /* frame with a PONG: 2 + 5 + up to 16 bytes of context */
#define PR_ZMTP_PING_CONTEXT_MAX 16
#define PR_ZMTP_PING_SIZE        9 /* frame with a PING of ours, which has no context */

/* What we have to say at once, at most: a greeting and a command.  Without ZMQ_METADATA a command
 * has at most a user's name and password, or socket type and identity.  */
#define PR_ZMTP_OUT_MAX (PR_ZMTP_GREETING_SIZE + 576 + PR_OPTIONS_METADATA_MAX)

enum pr_zmtp_state {
	PR_ZMTP_WANT_GREETING,
	PR_ZMTP_WANT_COMMAND, /* the mechanism's */
	PR_ZMTP_DONE,
	PR_ZMTP_BAD, /* not ZMTP 3, another mechanism, an impossible peer, a malformed command... */
};

/* Is the ZAP handler (core/zap.h) to be asked?  */
enum pr_zmtp_zap {
	PR_ZMTP_ZAP_NONE,
	PR_ZMTP_ZAP_DUE,   /* whoever feeds the machine must ask now and set ASKED... */
	PR_ZMTP_ZAP_ASKED, /* ...and give the answer when it is there */
};

/* Why a handshake failed, as ZMQ_EVENT_HANDSHAKE_FAILED_x tells it: the event (0: libzmq tells
 * nothing), its value, and a sentence.  */
struct pr_zmtp_failure {
	int event, value;
	const char *why; /* static text */
};

/* What a PLAIN client says of itself.  */
struct pr_zmtp_secret {
	uint8_t data[PR_ZMTP_SECRET_MAX];
	uint8_t size;
};

struct pr_zmtp {
	enum pr_zmtp_state state;
	enum pr_zmtp_zap zap;
	unsigned step;   /* the mechanism's */
	bool is_refused; /* an ERROR went out: nothing but the end is expected */
	bool is_passing; /* BAD, but it may be better next time */
	int socket_type; /* ours, ZMQ_x */
	const struct pr_options *options;
	const struct pr_mechanism *mechanism;
	struct pr_zmtp_failure failure; /* all 0 while there is none; set when BAD or refused */
	uint8_t greeting[PR_ZMTP_GREETING_SIZE];
	size_t greeting_size;
	uint8_t peer_minor; /* ZMTP 3.x */
	uint8_t routing_id[PR_ZMTP_ROUTING_ID_MAX];
	uint8_t routing_id_size; /* the peer's "Identity"; 0 when it has none */
	uint8_t *properties;     /* all the peer says of itself, as it came; heap */
	size_t properties_size;
	struct pr_zmtp_secret username, password; /* the peer's, while ZAP is to be asked */
	uint8_t out[PR_ZMTP_OUT_MAX];             /* to be sent; whoever does sets out_size to 0 */
	size_t out_size;
};

/* Says our greeting: libzmq holds back the rest of its own greeting until it has seen 11 bytes, so
 * all 64 go out at once (holding back past byte 10 would deadlock).  options must stay.  */
void pr_zmtp_init(struct pr_zmtp *zmtp, int socket_type, const struct pr_options *options);
void pr_zmtp_fini(struct pr_zmtp *zmtp);

/* Takes bytes of the handshake from data; returns how many it used.  It stops behind the last
 * command of the handshake (state DONE): what follows is traffic.  It may stop early for lack of
 * bytes; call again with those bytes and more, once what is in out was sent.  */
size_t pr_zmtp_feed(struct pr_zmtp *zmtp, const uint8_t *data, size_t size);

/* The ZAP handler's answer: 200, 300, 400 or 500; or that there is no handler.  */
void pr_zmtp_zap_answer(struct pr_zmtp *zmtp, int status);
void pr_zmtp_zap_absent(struct pr_zmtp *zmtp);

/* The handler went away, or memory did: nobody is to blame, and it may be better next time.  */
void pr_zmtp_zap_lost(struct pr_zmtp *zmtp, const char *why);

/* Gives up: state BAD.  */
void pr_zmtp_fail(struct pr_zmtp *zmtp, int event, int value, const char *why);

/* Writes a greeting with a mechanism's name.  */
void pr_zmtp_greeting(uint8_t out[PR_ZMTP_GREETING_SIZE], const char *mechanism);
/* Writes a PING as a frame; ttl is in tenths of a second.  */
void pr_zmtp_ping(uint8_t out[PR_ZMTP_PING_SIZE], uint16_t ttl);

/* A command frame's body in traffic.  Returns the size of the answer written to out (a PONG frame),
 * 0 when the command needs none or is unknown (those are ignored, as libzmq does), -1 when it is
 * malformed: a PING shorter than its TTL, or with a context of more than 16 bytes.  */
int pr_zmtp_command(const uint8_t *body, size_t size, uint8_t out[PR_ZMTP_PONG_MAX]);

/* A SUBSCRIBE or a CANCEL (RFC 37) as a frame, or as the message that a peer of ZMTP 3.0 knows
 * instead (01 or 00, then the topic): the size of what precedes the topic, written to out.  */
#define PR_ZMTP_SUBSCRIBE_MAX (PR_FRAME_HEADER_MAX + 10)
size_t pr_zmtp_subscribe(uint8_t out[PR_ZMTP_SUBSCRIBE_MAX], bool subscribes, uint8_t peer_minor,
                         size_t topic_size);

/* Turns a SUBSCRIBE or CANCEL, of which this is the command's body, into that message of a peer of
 * ZMTP 3.0, which is shorter.  to may be where the command's frame begins, or before.  Returns the
 * size of the message's frame, or 0 when it is another command.  */
size_t pr_zmtp_rewrite_subscription(uint8_t *to, const uint8_t *body, size_t size);

/* The name of a socket type on the wire ("ROUTER"), or NULL.  */
const char *pr_zmtp_type_name(int socket_type);

/* May sockets of our type talk to one of that name?  */
bool pr_zmtp_may_talk(int socket_type, const uint8_t *name, size_t size);

#endif
