/* SPDX-License-Identifier: MIT */
/* core/pattern/stream.c - STREAM: peers that speak no ZMTP.
 *
 * A message is an id and bytes.  What is sent to a peer goes out as it is, so it enters the pipe's
 * output without a frame's header; what is received gets one on its way in (core/read.c), piece by
 * piece as it comes.  An empty piece tells that a peer has come or gone (ZMQ_STREAM_NOTIFY).  */
#include "core/pattern/stream.h"

#include <errno.h>
#include <string.h>

#include "core/include/proctor/zmq.h"
#include "core/pattern/router.h"
#include "core/pipe.h"
#include "core/socket.h"

/* What is queued for a peer that the application is done with is sent even when ZMQ_LINGER is 0, as
 * libzmq does; but not for ever.  */
#define LAST_BYTES_MS 1000

static void stream_init(struct pr_socket *socket)
{
	pr_router_init(socket);
	socket->options.raw = 1;
}

/* As with libzmq, ZMQ_ROUTING_ID is then the id of the peer that came last: so a connecter learns
 * it.
 */
static int stream_add(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_options *options = &socket->options;
	int error = pr_router_add(socket, pipe);

	if (error || pipe->routing_id)
		return error;
	error = pr_router_add_unnamed(socket, pipe);
	if (error)
		return error;
	options->routing_id_size = pipe->routing_id_size;
	memcpy(options->routing_id, pipe->routing_id, pipe->routing_id_size);
	return 0;
}

static int choose_peer(struct pr_socket *socket, const void *id, size_t size)
{
	struct pr_router *router = socket->state;
	struct pr_pipe *pipe = pr_routes_find(&router->routes, id, size);

	if (!pipe)
		return EHOSTUNREACH;
	if (!pr_pipe_has_room(pipe))
		return EAGAIN;
	socket->send_pipe = pipe;
	return 0;
}

int pr_stream_send_body(struct pr_socket *socket, const void *data, size_t size)
{
	struct pr_pipe *pipe = socket->send_pipe;
	int linger_ms = socket->options.linger ? socket->options.linger : LAST_BYTES_MS;
	int error = 0;

	if (pipe && size == 0)
		pr_socket_end_peer(socket, pipe, linger_ms);
	else if (pipe)
		error = pr_pipe_write_raw(pipe, data, size);
	if (error)
		return error;
	socket->send_pipe = NULL;
	socket->sndmore = false;
	return 0;
}

/* An id alone takes the next part with it, as in libzmq.  */
static int stream_send(struct pr_socket *socket, const void *data, size_t size, bool more)
{
	int error = 0;

	if (socket->sndmore)
		return pr_stream_send_body(socket, data, size);
	socket->send_pipe = NULL;
	if (more)
		error = choose_peer(socket, data, size);
	if (!error)
		socket->sndmore = true;
	return error;
}

static bool stream_can_send(struct pr_socket *socket)
{
	(void)socket; /* whether it succeeds depends on the peer */
	return true;
}

const struct pr_pattern_ops pr_pattern_stream = {
        .type = ZMQ_STREAM,
        .state_size = sizeof(struct pr_router),
        .init = stream_init,
        .fini = pr_router_fini,
        .add = stream_add,
        .stop_output = pr_router_stop_output,
        .remove = pr_router_remove,
        .is_read = pr_router_is_read,
        .readable = pr_router_readable,
        .writable = pr_router_writable,
        .send = stream_send,
        .recv = pr_router_recv,
        .can_send = stream_can_send,
        .can_recv = pr_router_can_recv,
};
