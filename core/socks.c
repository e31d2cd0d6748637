/* SPDX-License-Identifier: MIT */
/* core/socks.c - see socks.h.  */
#include "core/socks.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

enum {
	VERSION = 5,
	USER_VERSION = 1, /* of RFC 1929 */
	METHOD_NONE = 0,
	METHOD_USER = 2,
	COMMAND_CONNECT = 1,
	ADDRESS_IPV4 = 1,
	ADDRESS_NAME = 3,
	ADDRESS_IPV6 = 4,
	SUCCEEDED = 0,
	REPLY_MOST = 8, /* the last one with a meaning */
};

/* A choice, and a word on the user.  */
#define SHORT_SIZE ((size_t)2)

/* A reply up to its address's first byte, which is the size of a name.  */
#define REPLY_HEAD ((size_t)5)

static void add(struct pr_socks *socks, const void *bytes, size_t size)
{
	if (size == 0)
		return;
	memcpy(socks->out + socks->out_size, bytes, size);
	socks->out_size += size;
}

static void add_byte(struct pr_socks *socks, size_t byte)
{
	socks->out[socks->out_size++] = (uint8_t)byte;
}

/* With its size in front.  */
static void add_text(struct pr_socks *socks, const void *text, size_t size)
{
	size = size < PR_SOCKS_TEXT_MAX ? size : PR_SOCKS_TEXT_MAX;
	add_byte(socks, size);
	add(socks, text, size);
}

void pr_socks_init(struct pr_socks *socks, const struct pr_socks_goal *goal)
{
	socks->state = PR_SOCKS_CHOICE;
	socks->goal = *goal;
	socks->in_size = 0;
	socks->out_size = 0;
	add_byte(socks, VERSION);
	add_byte(socks, 1); /* method follows */
	add_byte(socks, goal->username_size > 0 ? METHOD_USER : METHOD_NONE);
}

void pr_socks_sent(struct pr_socks *socks, size_t size)
{
	socks->out_size -= size;
	memmove(socks->out, socks->out + size, socks->out_size);
}

/* False: it is none.  Nothing is looked up.  */
static bool add_numeric(struct pr_socks *socks)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;

	if (getaddrinfo(socks->goal.host, NULL, &hints, &list) != 0)
		return false;
	if (list->ai_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)list->ai_addr;

		add_byte(socks, ADDRESS_IPV6);
		add(socks, &v6->sin6_addr, sizeof(v6->sin6_addr));
	} else {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)list->ai_addr;

		add_byte(socks, ADDRESS_IPV4);
		add(socks, &v4->sin_addr, sizeof(v4->sin_addr));
	}
	freeaddrinfo(list);
	return true;
}

static void say_request(struct pr_socks *socks)
{
	socks->state = PR_SOCKS_REPLY;
	add_byte(socks, VERSION);
	add_byte(socks, COMMAND_CONNECT);
	add_byte(socks, 0); /* reserved */
	if (!add_numeric(socks)) {
		add_byte(socks, ADDRESS_NAME);
		add_text(socks, socks->goal.host, strlen(socks->goal.host));
	}
	add_byte(socks, socks->goal.port >> 8);
	add_byte(socks, socks->goal.port & 0xff);
}

static void say_user(struct pr_socks *socks)
{
	socks->state = PR_SOCKS_ADMISSION;
	add_byte(socks, USER_VERSION);
	add_text(socks, socks->goal.username, socks->goal.username_size);
	add_text(socks, socks->goal.password, socks->goal.password_size);
}

/* ---- What the proxy says ---- */

static size_t reply_size(const uint8_t *reply)
{
	switch (reply[3]) {
	case ADDRESS_IPV4:
		return 4 + 4 + 2;
	case ADDRESS_IPV6:
		return 4 + 16 + 2;
	default:
		return 4 + 1 + (size_t)reply[4] + 2;
	}
}

/* The size of the message that is coming, as far as it is known.  */
static size_t message_size(const struct pr_socks *socks)
{
	switch (socks->state) {
	case PR_SOCKS_CHOICE:
	case PR_SOCKS_ADMISSION:
		return SHORT_SIZE;
	case PR_SOCKS_REPLY:
		return socks->in_size < REPLY_HEAD ? REPLY_HEAD : reply_size(socks->in);
	default:
		return 0;
	}
}

size_t pr_socks_wanted(const struct pr_socks *socks)
{
	size_t size = message_size(socks);

	return size > 0 ? size - socks->in_size : 0;
}

static bool is_address_type(uint8_t type)
{
	return type == ADDRESS_IPV4 || type == ADDRESS_NAME || type == ADDRESS_IPV6;
}

/* Can what has come be the beginning of such a message?  */
static bool is_well_formed(const struct pr_socks *socks)
{
	const uint8_t *in = socks->in;

	if (in[0] != (socks->state == PR_SOCKS_ADMISSION ? USER_VERSION : VERSION))
		return false;
	if (socks->state != PR_SOCKS_REPLY)
		return true;
	return !(socks->in_size > 1 && in[1] > REPLY_MOST) && !(socks->in_size > 2 && in[2] != 0) &&
	       !(socks->in_size > 3 && !is_address_type(in[3]));
}

/* A whole message is there.  */
static void obey(struct pr_socks *socks)
{
	uint8_t word = socks->in[1];

	if (socks->state == PR_SOCKS_CHOICE && word == METHOD_NONE)
		say_request(socks);
	else if (socks->state == PR_SOCKS_CHOICE && word == METHOD_USER &&
	         socks->goal.username_size > 0)
		say_user(socks);
	else if (socks->state == PR_SOCKS_ADMISSION && word == SUCCEEDED)
		say_request(socks);
	else if (socks->state == PR_SOCKS_REPLY && word == SUCCEEDED)
		socks->state = PR_SOCKS_DONE;
	else
		socks->state = PR_SOCKS_REFUSED;
	socks->in_size = 0;
}

void pr_socks_feed(struct pr_socks *socks, const uint8_t *bytes, size_t size)
{
	memcpy(socks->in + socks->in_size, bytes, size);
	socks->in_size += size;
	if (!is_well_formed(socks))
		socks->state = PR_SOCKS_REFUSED;
	else if (socks->in_size == message_size(socks))
		obey(socks);
}
