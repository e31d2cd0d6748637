/* SPDX-License-Identifier: MIT */
/* core/pattern/pair.c - PAIR: one peer, everything to it, everything from it (RFC 31).  */
#include <errno.h>

#include "core/include/proctor/zmq.h"
#include "core/pattern.h"
#include "core/pipe.h"
#include "core/socket.h"

struct pair {
	struct pr_pipe *pipe;
	bool no_output; /* the peer is gone, input may be left */
};

static __attribute__((noinline)) struct pr_pipe *ended_peer(struct pr_socket *socket)
{
	struct pair *pair = socket->state;

	if (!pr_pipe_has_input(pair->pipe))
		pr_socket_drop_pipe(socket, pair->pipe);
	return pair->pipe;
}

/* The peer's pipe, or NULL.  One that has ended and was read to its end makes room for the next
 * peer here, since nobody may read from it again.  */
static inline struct pr_pipe *peer(struct pr_socket *socket)
{
	struct pair *pair = socket->state;

	if (__builtin_expect(pair->pipe && pair->pipe->is_ended, 0))
		return ended_peer(socket);
	return pair->pipe;
}

static int pair_add(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pair *pair = socket->state;

	if (peer(socket))
		return EBUSY;
	pair->pipe = pipe;
	pair->no_output = false;
	return 0;
}

static void pair_stop_output(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pair *pair = socket->state;

	if (pair->pipe == pipe)
		pair->no_output = true;
}

static void pair_remove(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pair *pair = socket->state;

	if (pair->pipe == pipe)
		pair->pipe = NULL;
}

static void pair_news(struct pr_socket *socket, struct pr_pipe *pipe)
{
	(void)socket, (void)pipe; /* send and recv look at the pipe itself */
}

static bool pair_can_send(struct pr_socket *socket)
{
	struct pair *pair = socket->state;

	if (socket->sndmore)
		return true; /* the rest of a message always goes */
	return peer(socket) && !pair->no_output && pr_pipe_has_room(pair->pipe);
}

static int pair_send(struct pr_socket *socket, const void *data, size_t size, bool more)
{
	struct pair *pair = socket->state;

	if (!socket->sndmore && !pair_can_send(socket))
		return EAGAIN;
	if (!socket->sndmore)
		socket->send_pipe = pair->pipe;
	/* The peer went away in the middle of a message: the rest of it is dropped. */
	int error = socket->send_pipe ? pr_pipe_write(socket->send_pipe, data, size, more) : 0;

	if (!error)
		socket->sndmore = more;
	return error;
}

static int pair_recv(struct pr_socket *socket, struct pr_view *view)
{
	struct pr_pipe *pipe = peer(socket);

	return pipe && pr_socket_read(socket, pipe, view) ? 0 : EAGAIN;
}

static bool pair_can_recv(struct pr_socket *socket)
{
	struct pr_pipe *pipe = peer(socket);

	return pipe && pr_pipe_has_input(pipe);
}

const struct pr_pattern_ops pr_pattern_pair = {
        .type = ZMQ_PAIR,
        .state_size = sizeof(struct pair),
        .add = pair_add,
        .stop_output = pair_stop_output,
        .remove = pair_remove,
        .readable = pair_news,
        .writable = pair_news,
        .send = pair_send,
        .recv = pair_recv,
        .can_send = pair_can_send,
        .can_recv = pair_can_recv,
};
