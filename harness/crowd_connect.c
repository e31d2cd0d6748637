/* SPDX-License-Identifier: MIT */
/* harness/crowd_connect.c - raw clients connect and shake hands as ZMTP 3.1 wants it.  */
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "harness/crowd_parts.h"
#include "harness/loopback.h"

/* ---- connecting ----------------------------------------------------------------------- */

static enum pr_err connect_client(const struct pr_loopback *address, int *fd, struct pr_error *why)
{
	const struct timeval patience = {.tv_sec = 10};

	*fd = socket(address->as.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return pr_crowd_call_failed("socket()", why);
	if (setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0)
		return pr_crowd_call_failed("setsockopt(SO_RCVTIMEO)", why);
	if (address->as.any.sa_family == AF_INET)
		setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return connect(*fd, &address->as.any, address->size) == 0
	               ? PR_OK
	               : pr_crowd_call_failed("connect()", why);
}

/* ---- the handshake -------------------------------------------------------------------- */

#define GREETING  64
#define HELLO_MAX 256

/* The other end's type.  */
static const char *client_type(const struct pr_fan *fan)
{
	static const char *const senders[PR_PATTERNS] = {[PR_ROUTER_ROUTER] = "ROUTER",
	                                                 [PR_DEALER_ROUTER] = "DEALER",
	                                                 [PR_PUSH_PULL] = "PUSH"};
	static const char *const receivers[PR_PATTERNS] = {[PR_ROUTER_ROUTER] = "ROUTER",
	                                                   [PR_DEALER_ROUTER] = "ROUTER",
	                                                   [PR_DEALER_DEALER] = "DEALER",
	                                                   [PR_PUSH_PULL] = "PULL",
	                                                   [PR_PUB_SUB] = "SUB"};

	return (fan->spread == PR_SPREADS_NOT ? senders : receivers)[fan->pattern];
}

/* Adds a property of READY: a length and a name, four bytes of length and a value.  */
static unsigned char *put_property(unsigned char *at, const char *name, const char *value,
                                   size_t size)
{
	size_t name_size = strlen(name);

	*at++ = (unsigned char)name_size;
	memcpy(at, name, name_size);
	at += name_size;
	memset(at, 0, 3);
	at[3] = (unsigned char)size;
	memcpy(at + 4, value, size);
	return at + 4 + size;
}

/* What a client says first: the greeting of ZMTP 3.1 with the mechanism NULL; READY with its socket
 * type, and its id where it will be called by it.  */
static size_t put_hello(unsigned char *begin, const struct pr_fan *fan, uint64_t client)
{
	static const unsigned char signature[] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1};
	const char *type = client_type(fan);
	unsigned char *at = begin + GREETING, *ready;
	char id[PR_CLIENT_ID_SIZE];

	memset(begin, 0, GREETING);
	memcpy(begin, signature, sizeof(signature));
	memcpy(begin + sizeof(signature), "NULL", 4);
	*at++ = 4; /* a command */
	ready = ++at;
	memcpy(at, "\5READY", 6);
	at = put_property(at + 6, "Socket-Type", type, strlen(type));
	if (fan->spread == PR_SPREADS_IN_TURN) {
		pr_link_client_id(client, id);
		at = put_property(at, "Identity", id, sizeof(id));
	}
	ready[-1] = (unsigned char)(at - ready);
	return (size_t)(at - begin);
}

static enum pr_err read_exactly(int fd, unsigned char *bytes, size_t size, struct pr_error *why)
{
	ssize_t got = recv(fd, bytes, size, MSG_WAITALL);

	if (got == (ssize_t)size)
		return PR_OK;
	return got < 0 ? pr_crowd_call_failed("the handshake", why)
	               : pr_error_set(why, PR_FAILED, "the engine hung up in the handshake");
}

/* The engine's greeting and READY, or the sentence of its ERROR.  */
static enum pr_err read_hello(int fd, struct pr_error *why)
{
	unsigned char bytes[GREETING + 256];
	enum pr_err err = read_exactly(fd, bytes, GREETING + 2, why);
	size_t size = bytes[GREETING + 1];

	if (err == PR_OK && bytes[GREETING] != 4)
		err = pr_error_set(why, PR_FAILED, "the engine did not answer with READY");
	if (err == PR_OK)
		err = read_exactly(fd, bytes, size, why);
	if (err == PR_OK && (size < 6 || memcmp(bytes, "\5READY", 6) != 0))
		err = pr_error_set(why, PR_FAILED, "the engine did not answer with READY");
	return err;
}

/* A subscriber wants everything.  It may say so only after the engine's READY.  */
static enum pr_err subscribe(const struct pr_fan *fan, int fd, struct pr_error *why)
{
	static const unsigned char subscription[] = {0, 1, 1};

	if (fan->spread != PR_SPREADS_ALL ||
	    send(fd, subscription, sizeof(subscription), MSG_NOSIGNAL) == sizeof(subscription))
		return PR_OK;
	return pr_crowd_call_failed("send()", why);
}

static enum pr_err connect_group(struct pr_fan *fan, const struct pr_loopback *address, size_t from,
                                 size_t count, struct pr_error *why)
{
	unsigned char hello[HELLO_MAX];
	enum pr_err err = PR_OK;

	for (size_t i = from; err == PR_OK && i < from + count; i++) {
		size_t size = put_hello(hello, fan, i);

		err = connect_client(address, &fan->fds[i], why);
		if (err == PR_OK && send(fan->fds[i], hello, size, MSG_NOSIGNAL) != (ssize_t)size)
			err = pr_crowd_call_failed("send()", why);
	}
	for (size_t i = from; err == PR_OK && i < from + count; i++) {
		err = read_hello(fan->fds[i], why);
		if (err == PR_OK)
			err = subscribe(fan, fan->fds[i], why);
	}
	return err;
}

enum pr_err pr_fan_connect(struct pr_fan *fan, size_t from, size_t count, struct pr_error *why)
{
	struct pr_loopback address;
	enum pr_err err = pr_loopback_parse(fan->endpoint, &address, why);

	for (size_t i = from; i < from + count; i++) {
		if (fan->fds[i] > 0)
			close(fan->fds[i]);
		fan->fds[i] = 0;
		fan->partial[i] = 0;
	}
	return err == PR_OK ? connect_group(fan, &address, from, count, why) : err;
}
