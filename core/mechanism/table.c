/* SPDX-License-Identifier: MIT */
/* core/mechanism/table.c - which mechanisms there are, and what they have in common.  */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/frame.h"
#include "core/include/proctor/zmq.h"
#include "core/mechanism.h"
#include "core/metadata.h"

static const struct pr_mechanism *const table[] = {
        &pr_mechanism_null,
        &pr_mechanism_plain,
};

const struct pr_mechanism *pr_mechanism_find(int id)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i]->id == id)
			return table[i];
	return NULL;
}

void pr_mechanism_fail(struct pr_zmtp *zmtp, int protocol_error, const char *why)
{
	pr_zmtp_fail(zmtp, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, protocol_error, why);
}

/* ---- Commands ---- */

bool pr_mechanism_is(const uint8_t *body, size_t size, const char *name)
{
	size_t name_size = strlen(name);

	return size >= 1 + name_size && body[0] == name_size &&
	       memcmp(body + 1, name, name_size) == 0;
}

static void say(struct pr_zmtp *zmtp, const void *begin, size_t begin_size, const void *data,
                size_t size)
{
	uint8_t *at = zmtp->out + zmtp->out_size;

	at += pr_frame_encode(at, PR_FRAME_COMMAND, begin_size + size);
	memcpy(at, begin, begin_size);
	at += begin_size;
	if (size > 0)
		memcpy(at, data, size);
	zmtp->out_size = (size_t)(at + size - zmtp->out);
}

void pr_mechanism_say(struct pr_zmtp *zmtp, const char *name, const void *data, size_t size)
{
	uint8_t begin[1 + UINT8_MAX];
	size_t name_size = strlen(name);

	begin[0] = (uint8_t)name_size;
	memcpy(begin + 1, name, name_size);
	say(zmtp, begin, 1 + name_size, data, size);
}

void pr_mechanism_say_error(struct pr_zmtp *zmtp, int status)
{
	const char *error = zmtp->mechanism->error;
	uint8_t reason[] = {3, (uint8_t)('0' + status / 100), '0', '0'};

	say(zmtp, error, strlen(error), reason, sizeof(reason));
}

/* Identity for REQ, DEALER and ROUTER, as libzmq does; the RFC's example leaves it out for ROUTER.
 */
void pr_mechanism_say_properties(struct pr_zmtp *zmtp, const char *name)
{
	const struct pr_options *options = zmtp->options;
	const char *type = pr_zmtp_type_name(zmtp->socket_type);
	uint8_t body[PR_ZMTP_OUT_MAX];
	size_t size = pr_property_put(body, "Socket-Type", type, strlen(type));

	if (zmtp->socket_type == ZMQ_REQ || zmtp->socket_type == ZMQ_DEALER ||
	    zmtp->socket_type == ZMQ_ROUTER)
		size += pr_property_put(body + size, "Identity", options->routing_id,
		                        options->routing_id_size);
	memcpy(body + size, options->metadata, options->metadata_size);
	pr_mechanism_say(zmtp, name, body, size + options->metadata_size);
}

/* ---- What the peer says of itself ---- */

/* Names are case-insensitive (RFC 37).  */
static bool name_is(const struct pr_property *property, const char *wanted)
{
	return property->name_size == strlen(wanted) &&
	       strncasecmp((const char *)property->name, wanted, property->name_size) == 0;
}

/* What is wrong with a property; NULL: nothing.  A peer that does not tell its Socket-Type is let
 * in, as libzmq does: it could tell any.  */
static const char *take_property(struct pr_zmtp *zmtp, const struct pr_property *property)
{
	if (name_is(property, "Socket-Type"))
		return pr_zmtp_may_talk(zmtp->socket_type, property->value, property->value_size)
		               ? NULL
		               : "the peer's socket type does not fit ours";
	if (!name_is(property, "Identity"))
		return NULL;
	if (property->value_size > PR_ZMTP_ROUTING_ID_MAX)
		return "the peer's routing id is longer than 255 bytes";
	memcpy(zmtp->routing_id, property->value, property->value_size);
	zmtp->routing_id_size = (uint8_t)property->value_size;
	return NULL;
}

static const char *take_properties(struct pr_zmtp *zmtp, const uint8_t *at, size_t size)
{
	const char *why = NULL;
	struct pr_property property;
	int found;

	while (!why && (found = pr_property_next(&at, &size, &property)) != 0)
		why = found < 0 ? "a property of the peer is cut short"
		                : take_property(zmtp, &property);
	return why;
}

bool pr_mechanism_take_properties(struct pr_zmtp *zmtp, const uint8_t *at, size_t size, int event)
{
	const char *why = take_properties(zmtp, at, size);

	if (!why) {
		zmtp->properties = malloc(size + 1); /* there may be none */
		why = zmtp->properties ? NULL : "no memory for what the peer says of itself";
	}
	if (why) {
		pr_zmtp_fail(zmtp, event, event ? ZMQ_PROTOCOL_ERROR_ZMTP_INVALID_METADATA : 0,
		             why);
		return false;
	}
	memcpy(zmtp->properties, at, size);
	zmtp->properties_size = size;
	return true;
}

/* The reason is a status of the peer's ZAP handler, or it is anything.  */
static void take_reason(struct pr_zmtp *zmtp, const uint8_t *at, size_t size)
{
	bool is_status = size >= 4 && at[0] == 3 && at[1] >= '3' && at[1] <= '5' && at[2] == '0' &&
	                 at[3] == '0';

	if (size == 0 || size - 1 < at[0])
		pr_mechanism_fail(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR,
		                  "the peer's ERROR is cut short");
	else if (is_status)
		pr_zmtp_fail(zmtp, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, (at[1] - '0') * 100,
		             "the peer does not let us in");
	else
		pr_zmtp_fail(zmtp, 0, 0, "the peer sent ERROR");
}

static bool begins_with(const uint8_t *body, size_t size, const char *begin)
{
	return size >= strlen(begin) && memcmp(body, begin, strlen(begin)) == 0;
}

bool pr_mechanism_take_error(struct pr_zmtp *zmtp, const uint8_t *body, size_t size)
{
	const char *const spellings[] = {PR_MECHANISM_ERROR, zmtp->mechanism->error};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		if (begins_with(body, size, spellings[i])) {
			take_reason(zmtp, body + strlen(spellings[i]), size - strlen(spellings[i]));
			return true;
		}
	return false;
}
