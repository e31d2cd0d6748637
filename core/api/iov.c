/* SPDX-License-Identifier: MIT */
/* core/api/iov.c - zmq_sendiov and zmq_recviov: the parts of a message as an array of buffers.
 *
 * Old functions that libzmq still exports; they are the calls for one part in a loop.  */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "core/include/proctor/zmq.h"
#include "core/socket.h"

/* 0 or an errno value.  */
static int check(const struct pr_socket *socket, const struct iovec *parts, size_t count)
{
	if (!socket || socket->magic != PR_SOCKET_MAGIC)
		return ENOTSOCK;
	return parts && count > 0 ? 0 : EINVAL;
}

/* The parts belong together only when flags has ZMQ_SNDMORE; the last part is always sent without
 * it.  Returns the size of the last part.  */
int zmq_sendiov(void *socket, struct iovec *parts, size_t count, int flags)
{
	int error = check(socket, parts, count), size = -1;

	if (error) {
		errno = error;
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		if (i == count - 1)
			flags &= ~ZMQ_SNDMORE;
		size = zmq_send(socket, parts[i].iov_base, parts[i].iov_len, flags);
		if (size < 0)
			break;
	}
	return size;
}

/* Receives one part into memory of its own, which the caller frees.  */
static int recv_part(void *socket, struct iovec *part, int flags, bool *more)
{
	zmq_msg_t msg;

	zmq_msg_init(&msg);
	if (zmq_msg_recv(&msg, socket, flags) < 0)
		return -1; /* an empty message holds nothing that close would give back */
	part->iov_len = zmq_msg_size(&msg);
	part->iov_base = malloc(part->iov_len > 0 ? part->iov_len : 1);
	*more = zmq_msg_more(&msg);
	if (part->iov_base && part->iov_len > 0)
		memcpy(part->iov_base, zmq_msg_data(&msg), part->iov_len);
	zmq_msg_close(&msg);
	if (part->iov_base)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* Receives at most *count parts of one message and sets *count to what came; the rest of a longer
 * message is left for the next call.  Returns the same number.  */
int zmq_recviov(void *socket, struct iovec *parts, size_t *count, int flags)
{
	size_t room = count ? *count : 0;
	int error = check(socket, parts, room);
	bool more = true;

	if (error) {
		errno = error;
		return -1;
	}
	*count = 0;
	while (more && *count < room) {
		if (recv_part(socket, &parts[*count], flags, &more) < 0)
			return -1;
		++*count;
	}
	return (int)*count;
}
