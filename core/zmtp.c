/* SPDX-License-Identifier: MIT */
/* core/zmtp.c - greeting, the frames of the handshake, and the commands in traffic.  */
#include "core/zmtp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/include/proctor/zmq.h"
#include "core/mechanism.h"

/* The mechanism's name in the greeting, padded with zeros.  */
#define MECHANISM_AT   12
#define MECHANISM_SIZE 20

/* One line per socket type: its name on the wire and the peers it may talk to (RFC 37, "The
 * Socket-Type property").  */
static const struct {
	const char *name;
	int type;
	unsigned peers; /* set of 1u << type */
} types[] = {
        {"PAIR", ZMQ_PAIR, 1u << ZMQ_PAIR},
        {"DEALER", ZMQ_DEALER, 1u << ZMQ_REP | 1u << ZMQ_DEALER | 1u << ZMQ_ROUTER},
        {"ROUTER", ZMQ_ROUTER, 1u << ZMQ_REQ | 1u << ZMQ_DEALER | 1u << ZMQ_ROUTER},
        {"REQ", ZMQ_REQ, 1u << ZMQ_REP | 1u << ZMQ_ROUTER},
        {"REP", ZMQ_REP, 1u << ZMQ_REQ | 1u << ZMQ_DEALER},
        {"PUB", ZMQ_PUB, 1u << ZMQ_SUB | 1u << ZMQ_XSUB},
        {"SUB", ZMQ_SUB, 1u << ZMQ_PUB | 1u << ZMQ_XPUB},
        {"XPUB", ZMQ_XPUB, 1u << ZMQ_SUB | 1u << ZMQ_XSUB},
        {"XSUB", ZMQ_XSUB, 1u << ZMQ_PUB | 1u << ZMQ_XPUB},
        {"PUSH", ZMQ_PUSH, 1u << ZMQ_PULL},
        {"PULL", ZMQ_PULL, 1u << ZMQ_PUSH},
};

#define TYPES_COUNT (sizeof(types) / sizeof(types[0]))

const char *pr_zmtp_type_name(int socket_type)
{
	for (size_t i = 0; i < TYPES_COUNT; i++)
		if (types[i].type == socket_type)
			return types[i].name;
	return NULL;
}

bool pr_zmtp_may_talk(int socket_type, const uint8_t *name, size_t size)
{
	unsigned peers = 0;

	for (size_t i = 0; i < TYPES_COUNT; i++)
		if (types[i].type == socket_type)
			peers = types[i].peers;
	for (size_t i = 0; i < TYPES_COUNT; i++)
		if (strlen(types[i].name) == size && memcmp(types[i].name, name, size) == 0)
			return peers & 1u << types[i].type;
	return false;
}

void pr_zmtp_greeting(uint8_t out[PR_ZMTP_GREETING_SIZE], const char *mechanism)
{
	memset(out, 0, PR_ZMTP_GREETING_SIZE);
	out[0] = 0xff;
	out[9] = 0x7f;
	out[10] = 3; /* ZMTP 3.1 */
	out[11] = 1;
	memcpy(out + MECHANISM_AT, mechanism, strlen(mechanism));
}

void pr_zmtp_init(struct pr_zmtp *zmtp, int socket_type, const struct pr_options *options)
{
	memset(zmtp, 0, sizeof(*zmtp));
	zmtp->socket_type = socket_type;
	zmtp->options = options;
	zmtp->mechanism = pr_mechanism_find(options->mechanism);
	pr_zmtp_greeting(zmtp->out, zmtp->mechanism->name);
	zmtp->out_size = PR_ZMTP_GREETING_SIZE;
}

void pr_zmtp_fini(struct pr_zmtp *zmtp)
{
	free(zmtp->properties);
	zmtp->properties = NULL;
}

void pr_zmtp_fail(struct pr_zmtp *zmtp, int event, int value, const char *why)
{
	zmtp->state = PR_ZMTP_BAD;
	if (!zmtp->failure.why)
		zmtp->failure = (struct pr_zmtp_failure){event, value, why};
}

static void fail(struct pr_zmtp *zmtp, int protocol_error, const char *why)
{
	pr_zmtp_fail(zmtp, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, protocol_error, why);
}

/* Somebody who does not speak ZMTP, or an older one; somebody who does may follow.  */
static void fail_version(struct pr_zmtp *zmtp, const char *why)
{
	zmtp->is_passing = true;
	pr_zmtp_fail(zmtp, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, EPROTO, why);
}

/* ---- Bytes ---- */

static void check_mechanism(struct pr_zmtp *zmtp)
{
	uint8_t wanted[PR_ZMTP_GREETING_SIZE];

	pr_zmtp_greeting(wanted, zmtp->mechanism->name);
	if (memcmp(zmtp->greeting + MECHANISM_AT, wanted + MECHANISM_AT, MECHANISM_SIZE) != 0) {
		fail(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH,
		     "the peer wants another security mechanism than we do");
		return;
	}
	zmtp->peer_minor = zmtp->greeting[11];
	zmtp->state = PR_ZMTP_WANT_COMMAND;
	zmtp->mechanism->start(zmtp);
}

/* The padding (bytes 1 to 8) and as-server (byte 32) are not looked at: libzmq writes the size of
 * its routing id into the former and leaves the latter 0 even as a server.  */
static size_t feed_greeting(struct pr_zmtp *zmtp, const uint8_t *data, size_t size)
{
	size_t room = PR_ZMTP_GREETING_SIZE - zmtp->greeting_size;
	size_t used = size < room ? size : room;

	memcpy(zmtp->greeting + zmtp->greeting_size, data, used);
	zmtp->greeting_size += used;
	const uint8_t *greeting = zmtp->greeting;

	if (greeting[0] != 0xff)
		fail_version(zmtp, "the peer does not speak ZMTP 2 or later");
	else if (zmtp->greeting_size > 9 && !(greeting[9] & 1))
		fail_version(zmtp, "the peer speaks ZMTP 1");
	else if (zmtp->greeting_size > 10 && greeting[10] < 3)
		fail_version(zmtp, "the peer speaks ZMTP 2 or older");
	else if (zmtp->greeting_size == PR_ZMTP_GREETING_SIZE)
		check_mechanism(zmtp);
	return used;
}

static void take_command(struct pr_zmtp *zmtp, const uint8_t *body, size_t size)
{
	if (zmtp->is_refused)
		pr_zmtp_fail(zmtp, 0, 0, "the peer goes on although it was refused");
	else
		zmtp->mechanism->take(zmtp, body, size);
}

static size_t feed_command(struct pr_zmtp *zmtp, const uint8_t *data, size_t size)
{
	struct pr_frame frame;
	int header_size = pr_frame_decode(data, size, &frame);

	if (header_size == 0)
		return 0;
	if (header_size < 0 || !(frame.flags & PR_FRAME_COMMAND)) {
		fail(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND,
		     "the peer sent no command where one is due");
		return 0;
	}
	if (frame.size > PR_ZMTP_COMMAND_MAX) {
		fail(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED,
		     "the peer's handshake command is too long");
		return 0;
	}
	if (size - (size_t)header_size < frame.size)
		return 0;
	take_command(zmtp, data + header_size, frame.size);
	return (size_t)header_size + frame.size;
}

size_t pr_zmtp_feed(struct pr_zmtp *zmtp, const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (zmtp->state == PR_ZMTP_WANT_GREETING)
		return feed_greeting(zmtp, data, size);
	if (zmtp->state == PR_ZMTP_WANT_COMMAND)
		return feed_command(zmtp, data, size);
	return 0;
}

/* ---- ZAP ---- */

/* 300 is a trouble that passes: the peer is not told, and may try again.  Otherwise it is, and the
 * connection stays until it has gone or the handshake's time is over.  */
void pr_zmtp_zap_answer(struct pr_zmtp *zmtp, int status)
{
	zmtp->zap = PR_ZMTP_ZAP_NONE;
	if (zmtp->state != PR_ZMTP_WANT_COMMAND)
		return;
	if (status == 200) {
		zmtp->mechanism->admit(zmtp);
		return;
	}
	if (status == 300) {
		zmtp->is_passing = true;
		pr_zmtp_fail(zmtp, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, status,
		             "the ZAP handler is in trouble");
		return;
	}
	zmtp->is_refused = true;
	zmtp->failure = (struct pr_zmtp_failure){ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, status,
	                                         "the ZAP handler refused the peer"};
	pr_mechanism_say_error(zmtp, status);
}

void pr_zmtp_zap_absent(struct pr_zmtp *zmtp)
{
	zmtp->zap = PR_ZMTP_ZAP_NONE;
	if (zmtp->state != PR_ZMTP_WANT_COMMAND)
		return;
	zmtp->is_passing = true;
	if (zmtp->mechanism->needs_zap || zmtp->options->zap_enforce_domain)
		pr_zmtp_fail(zmtp, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, EFAULT,
		             "there is no ZAP handler to ask");
	else
		zmtp->mechanism->admit(zmtp);
}

void pr_zmtp_zap_lost(struct pr_zmtp *zmtp, const char *why)
{
	zmtp->zap = PR_ZMTP_ZAP_NONE;
	zmtp->is_passing = true;
	pr_zmtp_fail(zmtp, 0, 0, why);
}

/* ---- Traffic ---- */

void pr_zmtp_ping(uint8_t out[PR_ZMTP_PING_SIZE], uint16_t ttl)
{
	size_t header_size = pr_frame_encode(out, PR_FRAME_COMMAND, PR_ZMTP_PING_SIZE - 2);

	memcpy(out + header_size, "\4PING", 5);
	out[header_size + 5] = (uint8_t)(ttl >> 8);
	out[header_size + 6] = (uint8_t)ttl;
}

int pr_zmtp_command(const uint8_t *body, size_t size, uint8_t out[PR_ZMTP_PONG_MAX])
{
	if (size < 5 || memcmp(body, "\4PING", 5) != 0)
		return 0;
	/* libzmq does not check these lengths and echoes stray bytes; we do check. */
	if (size < 7 || size - 7 > PR_ZMTP_PING_CONTEXT_MAX)
		return -1;
	size_t context_size = size - 7;
	size_t header_size = pr_frame_encode(out, PR_FRAME_COMMAND, 5 + context_size);

	memcpy(out + header_size, "\4PONG", 5);
	memcpy(out + header_size + 5, body + 7, context_size);
	return (int)(header_size + 5 + context_size);
}

/* With the length byte in front.  */
#define SUBSCRIBE "\11SUBSCRIBE"
#define CANCEL    "\6CANCEL"

static bool is_command(const uint8_t *body, size_t size, const char *name, size_t name_size)
{
	return size >= name_size && memcmp(body, name, name_size) == 0;
}

size_t pr_zmtp_subscribe(uint8_t out[PR_ZMTP_SUBSCRIBE_MAX], bool subscribes, uint8_t peer_minor,
                         size_t topic_size)
{
	const char *begin = subscribes ? "\1" : "\0";
	size_t begin_size = 1;
	unsigned flags = 0;

	if (peer_minor > 0) {
		flags = PR_FRAME_COMMAND;
		begin = subscribes ? SUBSCRIBE : CANCEL;
		begin_size = strlen(begin);
	}
	size_t header_size = pr_frame_encode(out, flags, begin_size + topic_size);

	memcpy(out + header_size, begin, begin_size);
	return header_size + begin_size;
}

size_t pr_zmtp_rewrite_subscription(uint8_t *to, const uint8_t *body, size_t size)
{
	bool subscribes = is_command(body, size, SUBSCRIBE, strlen(SUBSCRIBE));

	if (!subscribes && !is_command(body, size, CANCEL, strlen(CANCEL)))
		return 0;
	size_t name_size = strlen(subscribes ? SUBSCRIBE : CANCEL);
	size_t topic_size = size - name_size;
	uint8_t begin[PR_ZMTP_SUBSCRIBE_MAX];
	size_t begin_size = pr_zmtp_subscribe(begin, subscribes, 0, topic_size);

	memmove(to + begin_size, body + name_size, topic_size);
	memcpy(to, begin, begin_size);
	return begin_size + topic_size;
}
