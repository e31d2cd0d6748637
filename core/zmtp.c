/* SPDX-License-Identifier: MIT */
/* core/zmtp.c - greeting, READY, and the commands in traffic.  */
#include "core/zmtp.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "core/frame.h"
#include "core/include/proctor/zmq.h"

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

static bool peer_is_allowed(int socket_type, const uint8_t *name, size_t size)
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

void pr_zmtp_init(struct pr_zmtp *zmtp, int socket_type)
{
	memset(zmtp, 0, sizeof(*zmtp));
	zmtp->socket_type = socket_type;
}

void pr_zmtp_greeting(uint8_t out[PR_ZMTP_GREETING_SIZE])
{
	memset(out, 0, PR_ZMTP_GREETING_SIZE);
	out[0] = 0xff;
	out[9] = 0x7f;
	out[10] = 3; /* ZMTP 3.1 */
	out[11] = 1;
	memcpy(out + 12, "NULL", 4);
}

static size_t put_property(uint8_t *at, const char *name, const uint8_t *value, size_t size)
{
	size_t name_size = strlen(name);

	at[0] = (uint8_t)name_size;
	memcpy(at + 1, name, name_size);
	at += 1 + name_size;
	at[0] = at[1] = at[2] = 0;
	at[3] = (uint8_t)size;
	if (size > 0)
		memcpy(at + 4, value, size);
	return 1 + name_size + 4 + size;
}

size_t pr_zmtp_ready(uint8_t out[PR_ZMTP_READY_MAX], int socket_type, const uint8_t *routing_id,
                     size_t routing_id_size)
{
	const char *name = pr_zmtp_type_name(socket_type);
	uint8_t body[PR_ZMTP_READY_MAX];
	size_t size = 6;

	memcpy(body, "\5READY", 6);
	size += put_property(body + size, "Socket-Type", (const uint8_t *)name, strlen(name));
	if (socket_type == ZMQ_REQ || socket_type == ZMQ_DEALER || socket_type == ZMQ_ROUTER)
		size += put_property(body + size, "Identity", routing_id, routing_id_size);
	size_t header_size = pr_frame_encode(out, PR_FRAME_COMMAND, size);

	memcpy(out + header_size, body, size);
	return header_size + size;
}

static void fail(struct pr_zmtp *zmtp, int event, int value, const char *why)
{
	zmtp->state = PR_ZMTP_BAD;
	zmtp->failure = (struct pr_zmtp_failure){.event = event, .value = value, .why = why};
}

static void fail_protocol(struct pr_zmtp *zmtp, int value, const char *why)
{
	fail(zmtp, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, value, why);
}

/* Somebody who does not speak ZMTP, or an older one.  */
static void fail_version(struct pr_zmtp *zmtp, const char *why)
{
	fail(zmtp, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, EPROTO, why);
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
	if (zmtp->state == PR_ZMTP_BAD || zmtp->greeting_size < PR_ZMTP_GREETING_SIZE)
		return used;
	if (memcmp(greeting + 12, "NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20) != 0) {
		fail_protocol(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH,
		              "the peer wants another security mechanism than NULL");
		return used;
	}
	zmtp->peer_minor = greeting[11];
	zmtp->state = PR_ZMTP_WANT_READY;
	return used;
}

static bool name_is(const uint8_t *name, size_t size, const char *wanted)
{
	return size == strlen(wanted) && strncasecmp((const char *)name, wanted, size) == 0;
}

/* Properties of READY.  Names are case-insensitive (RFC 37).  */
static void parse_properties(struct pr_zmtp *zmtp, const uint8_t *at, size_t size)
{
	bool typed = false;

	while (size > 0) {
		size_t name_size = at[0];

		if (size < 1 + name_size + 4 || name_size == 0)
			return fail(zmtp, 0, 0, "a property of READY is cut short");
		const uint8_t *name = at + 1;
		const uint8_t *value = name + name_size + 4;
		uint32_t value_size = (uint32_t)value[-4] << 24 | (uint32_t)value[-3] << 16 |
		                      (uint32_t)value[-2] << 8 | value[-1];

		size -= 1 + name_size + 4;
		if (value_size > size)
			return fail(zmtp, 0, 0, "a property of READY is longer than READY");
		size -= value_size;
		at = value + value_size;
		if (name_is(name, name_size, "Socket-Type")) {
			if (!peer_is_allowed(zmtp->socket_type, value, value_size))
				return fail(zmtp, 0, 0, "the peer's socket type does not fit ours");
			typed = true;
		} else if (name_is(name, name_size, "Identity")) {
			if (value_size > PR_ZMTP_ROUTING_ID_MAX)
				return fail(zmtp, 0, 0,
				            "the peer's routing id is longer than 255 bytes");
			memcpy(zmtp->routing_id, value, value_size);
			zmtp->routing_id_size = (uint8_t)value_size;
		}
	}
	if (!typed)
		return fail(zmtp, 0, 0, "READY has no Socket-Type");
	zmtp->state = PR_ZMTP_DONE;
}

/* ERROR says why we are not wanted: "300", "400" or "500" come from an authenticator.  */
static void take_error(struct pr_zmtp *zmtp, const uint8_t *at, size_t size)
{
	if (size < 1 || at[0] > size - 1)
		fail_protocol(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR,
		              "the peer's ERROR is cut short");
	else if (at[0] == 3 && at[1] >= '3' && at[1] <= '5' && at[2] == '0' && at[3] == '0')
		fail(zmtp, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, (at[1] - '0') * 100,
		     "the peer's authenticator does not let us in");
	else
		fail(zmtp, 0, 0, "the peer sent ERROR");
}

static size_t feed_ready(struct pr_zmtp *zmtp, const uint8_t *data, size_t size)
{
	struct pr_frame frame;
	int header_size = pr_frame_decode(data, size, &frame);

	if (header_size == 0)
		return 0;
	if (header_size < 0 || !(frame.flags & PR_FRAME_COMMAND)) {
		fail_protocol(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND,
		              "the peer sent no command where READY is due");
		return 0;
	}
	if (frame.size > PR_ZMTP_COMMAND_MAX) {
		fail_protocol(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND,
		              "the peer's handshake command is too long");
		return 0;
	}
	if (size - (size_t)header_size < frame.size)
		return 0;
	const uint8_t *body = data + header_size;

	if (frame.size >= 6 && memcmp(body, "\5ERROR", 6) == 0)
		take_error(zmtp, body + 6, frame.size - 6);
	else if (frame.size < 6 || memcmp(body, "\5READY", 6) != 0)
		fail_protocol(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND,
		              "the peer sent another command than READY");
	else
		parse_properties(zmtp, body + 6, frame.size - 6);
	return (size_t)header_size + frame.size;
}

size_t pr_zmtp_feed(struct pr_zmtp *zmtp, const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (zmtp->state == PR_ZMTP_WANT_GREETING)
		return feed_greeting(zmtp, data, size);
	if (zmtp->state == PR_ZMTP_WANT_READY)
		return feed_ready(zmtp, data, size);
	return 0;
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

size_t pr_zmtp_is_subscribe(const uint8_t *body, size_t size, bool *subscribes)
{
	*subscribes = is_command(body, size, SUBSCRIBE, strlen(SUBSCRIBE));
	if (*subscribes)
		return strlen(SUBSCRIBE);
	return is_command(body, size, CANCEL, strlen(CANCEL)) ? strlen(CANCEL) : 0;
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
