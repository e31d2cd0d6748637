/* SPDX-License-Identifier: MIT */
/* core/mechanism/plain.c - PLAIN (RFC 24, RFC 37): a user's name and password, for the server's ZAP
 * handler to judge.
 *
 *   client:  HELLO name password ->           INITIATE properties ->
 *   server:                       <- WELCOME                         <- READY properties
 *
 * Instead of WELCOME the server may say ERROR.  libzmq misspells it (it writes "\x5ERROR" in C,
 * which begins with the byte 5e) and as a client understands nothing else, so we say it like that;
 * either is understood.  Who is the server is known from our options alone: libzmq leaves as-server
 * 0 in every greeting.  */
#include <string.h>

#include "core/include/proctor/zmq.h"
#include "core/mechanism.h"

/* What is awaited.  */
enum step { HELLO, ZAP, INITIATE, WELCOME, READY };

static size_t put_text(uint8_t *at, const uint8_t *text, size_t size)
{
	at[0] = (uint8_t)size;
	memcpy(at + 1, text, size);
	return 1 + size;
}

static void start(struct pr_zmtp *zmtp)
{
	const struct pr_options *options = zmtp->options;
	uint8_t data[2 * (1 + PR_ZMTP_SECRET_MAX)];

	zmtp->step = options->as_server ? HELLO : WELCOME;
	if (options->as_server)
		return;
	size_t size = put_text(data, options->plain_username, options->plain_username_size);

	size += put_text(data + size, options->plain_password, options->plain_password_size);
	pr_mechanism_say(zmtp, "HELLO", data, size);
}

static void refuse_command(struct pr_zmtp *zmtp)
{
	pr_mechanism_fail(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND,
	                  "the peer sent a command of PLAIN out of order, or none of it");
}

/* ---- Server ---- */

static bool take_text(const uint8_t **at, size_t *size, struct pr_zmtp_secret *text)
{
	if (*size == 0 || *size - 1 < **at)
		return false;
	text->size = **at;
	memcpy(text->data, *at + 1, text->size);
	*at += 1 + text->size;
	*size -= 1u + text->size;
	return true;
}

static void take_hello(struct pr_zmtp *zmtp, const uint8_t *at, size_t size)
{
	if (!take_text(&at, &size, &zmtp->username) || !take_text(&at, &size, &zmtp->password) ||
	    size > 0) {
		pr_mechanism_fail(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_HELLO,
		                  "the peer's HELLO is malformed");
		return;
	}
	zmtp->step = ZAP;
	zmtp->zap = PR_ZMTP_ZAP_DUE;
}

static void admit(struct pr_zmtp *zmtp)
{
	pr_mechanism_say(zmtp, "WELCOME", NULL, 0);
	zmtp->step = INITIATE;
}

static void take_from_client(struct pr_zmtp *zmtp, const uint8_t *body, size_t size)
{
	if (zmtp->step == ZAP)
		pr_mechanism_fail(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_UNSPECIFIED,
		                  "the peer did not wait for WELCOME");
	else if (zmtp->step == HELLO && pr_mechanism_is(body, size, "HELLO"))
		take_hello(zmtp, body + 6, size - 6);
	else if (zmtp->step != INITIATE || !pr_mechanism_is(body, size, "INITIATE"))
		refuse_command(zmtp);
	else if (pr_mechanism_take_properties(zmtp, body + 9, size - 9, 0)) {
		pr_mechanism_say_properties(zmtp, "READY");
		zmtp->state = PR_ZMTP_DONE;
	}
}

/* ---- Client ---- */

static void take_welcome(struct pr_zmtp *zmtp, size_t size)
{
	if (size > 0) {
		pr_mechanism_fail(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_WELCOME,
		                  "the peer's WELCOME is malformed");
		return;
	}
	pr_mechanism_say_properties(zmtp, "INITIATE");
	zmtp->step = READY;
}

static void take_from_server(struct pr_zmtp *zmtp, const uint8_t *body, size_t size)
{
	if (pr_mechanism_take_error(zmtp, body, size))
		return;
	if (zmtp->step == WELCOME && pr_mechanism_is(body, size, "WELCOME"))
		take_welcome(zmtp, size - 8);
	else if (zmtp->step != READY || !pr_mechanism_is(body, size, "READY"))
		refuse_command(zmtp);
	else if (pr_mechanism_take_properties(zmtp, body + 6, size - 6,
	                                      ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL))
		zmtp->state = PR_ZMTP_DONE;
}

static void take(struct pr_zmtp *zmtp, const uint8_t *body, size_t size)
{
	if (zmtp->options->as_server)
		take_from_client(zmtp, body, size);
	else
		take_from_server(zmtp, body, size);
}

const struct pr_mechanism pr_mechanism_plain = {
        .id = ZMQ_PLAIN,
        .name = "PLAIN",
        .needs_zap = true,
        .error = "^RROR",
        .start = start,
        .take = take,
        .admit = admit,
};
