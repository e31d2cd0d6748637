/* SPDX-License-Identifier: MIT */
/* core/mechanism.h - a security mechanism: the commands between the greeting and the traffic.
 *
 * A mechanism is one file in core/mechanism/ and one line in core/mechanism/table.c.  It works on a
 * struct pr_zmtp: it is given whole commands, says commands, and in the end sets the state to DONE;
 * or it fails, and the connection is closed.  It sees no socket and does not block.  */
#ifndef PR_MECHANISM_H
#define PR_MECHANISM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/zmtp.h"

#define PR_MECHANISM_ERROR "\5ERROR"

struct pr_mechanism {
	int id;            /* ZMQ_NULL... */
	const char *name;  /* in the greeting, at most 20 bytes */
	bool needs_zap;    /* whom to let in is the ZAP handler's to say; without one, nobody */
	const char *error; /* how ERROR begins, its length included, when libzmq sends it */

	/* Greetings were exchanged and fit.  */
	void (*start)(struct pr_zmtp *zmtp);

	/* A command came.  */
	void (*take)(struct pr_zmtp *zmtp, const uint8_t *body, size_t size);

	/* The ZAP handler, which it asked for, lets the peer in.  */
	void (*admit)(struct pr_zmtp *zmtp);
};

extern const struct pr_mechanism pr_mechanism_null;
extern const struct pr_mechanism pr_mechanism_plain;

/* NULL when there is none of that id.  */
const struct pr_mechanism *pr_mechanism_find(int id);

/* ---- For mechanisms ---- */

/* Is it this command?  */
bool pr_mechanism_is(const uint8_t *body, size_t size, const char *name);

/* Says a command: its name, then data; ERROR with a status; or a name, then what our socket is
 * (RFC 37, "Connection metadata").  */
void pr_mechanism_say(struct pr_zmtp *zmtp, const char *name, const void *data, size_t size);
void pr_mechanism_say_error(struct pr_zmtp *zmtp, int status);
void pr_mechanism_say_properties(struct pr_zmtp *zmtp, const char *name);

/* The peer's answer to that; at begins behind the command's name.  False: it is malformed, or the
 * peer does not fit.  Then the handshake has failed with this event.  */
bool pr_mechanism_take_properties(struct pr_zmtp *zmtp, const uint8_t *at, size_t size, int event);

/* Is it ERROR, as it should be or as the mechanism spells it?  Then the handshake has failed.  */
bool pr_mechanism_take_error(struct pr_zmtp *zmtp, const uint8_t *body, size_t size);

/* pr_zmtp_fail with ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL.  */
void pr_mechanism_fail(struct pr_zmtp *zmtp, int protocol_error, const char *why);

#endif
