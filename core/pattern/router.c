/* SPDX-License-Identifier: MIT */
/* core/pattern/router.c - ROUTER: the first part of each message names the peer (RFC 28, "The
 * ROUTER Socket Type").  */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/include/proctor/zmq.h"
#include "core/pattern/router.h"
#include "core/pattern/stream.h"
#include "core/pipe.h"
#include "core/socket.h"

void pr_router_init(struct pr_socket *socket)
{
	struct pr_router *router = socket->state;

	/* A random start, so that ids of two runs do not coincide; without entropy any start will
	 * do. */
	if (getrandom(&router->next_id, sizeof(router->next_id), GRND_NONBLOCK) < 0)
		router->next_id = 1;
}

void pr_router_fini(struct pr_socket *socket)
{
	pr_routes_fini(&((struct pr_router *)socket->state)->routes);
}

static int set_routing_id(struct pr_pipe *pipe, const uint8_t *id, size_t size)
{
	pipe->routing_id = malloc(size);
	if (!pipe->routing_id)
		return ENOMEM;
	memcpy(pipe->routing_id, id, size);
	pipe->routing_id_size = size;
	return 0;
}

/* The peer has an id now: messages can be sent to it, and its messages are read.  */
static int open_route(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_router *router = socket->state;

	return pr_routes_add(&router->routes, pipe) && pr_fair_add(&socket->in, pipe) &&
	                       pr_fair_add(&socket->out, pipe)
	               ? 0
	               : ENOMEM;
}

/* ZMQ_CONNECT_ROUTING_ID is good for one zmq_connect; an accepted pipe is attached already.  */
static int take_given_id(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_router *router = socket->state;
	struct pr_options *options = &socket->options;
	size_t size = options->connect_routing_id_size;

	if (size == 0 || pipe->is_attached)
		return 0;
	options->connect_routing_id_size = 0;
	if (pr_routes_find(&router->routes, options->connect_routing_id, size))
		return EINVAL; /* somebody has it */
	int error = set_routing_id(pipe, options->connect_routing_id, size);

	return error ? error : open_route(socket, pipe);
}

int pr_router_add(struct pr_socket *socket, struct pr_pipe *pipe)
{
	int error = take_given_id(socket, pipe);

	if (error || !socket->options.probe_router)
		return error;
	return pr_pipe_write(pipe, NULL, 0, false);
}

/* 00 and a 4-byte big-endian counter, as libzmq makes them; one that nobody has.  */
static int set_own_id(struct pr_router *router, struct pr_pipe *pipe)
{
	uint8_t id[5] = {0};

	do {
		uint32_t big_endian = __builtin_bswap32(router->next_id++);

		memcpy(id + 1, &big_endian, sizeof(big_endian));
	} while (pr_routes_find(&router->routes, id, sizeof(id)));
	return set_routing_id(pipe, id, sizeof(id));
}

int pr_router_add_unnamed(struct pr_socket *socket, struct pr_pipe *pipe)
{
	int error = set_own_id(socket->state, pipe);

	return error ? error : open_route(socket, pipe);
}

/* A peer whose id another one has taken.  As with libzmq its connection stays, unread and without
 * output: were it closed, the peer would come back and take the id again.  Within a process there
 * is no connection, and it is told the end.  */
static void retire(struct pr_socket *socket, struct pr_pipe *pipe)
{
	if (pipe->peer)
		pr_socket_close_pipe(socket, pipe, 0);
	else
		pr_fair_remove(&socket->in, pipe);
}

/* ZMQ_ROUTER_HANDOVER: the new peer takes the id.  A message of the old one that is being received
 * is received to its end first.  */
static void replace(struct pr_socket *socket, struct pr_pipe *old)
{
	struct pr_router *router = socket->state;

	if (socket->send_pipe == old) {
		pr_pipe_write_abort(old);
		socket->send_pipe = NULL;
	}
	socket->pattern->stop_output(socket, old);
	if (socket->rcvmore && socket->recv_pipe == old)
		router->replaced = old;
	else
		retire(socket, old);
}

/* False: the id is taken, and the new peer stays connected but unread, as with libzmq.  */
static bool id_is_free(struct pr_socket *socket, const uint8_t *id, size_t size)
{
	struct pr_router *router = socket->state;
	struct pr_pipe *old = pr_routes_find(&router->routes, id, size);

	if (!old)
		return true;
	if (!socket->options.router_handover)
		return false;
	replace(socket, old);
	return true;
}

void pr_router_attached(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_router *router = socket->state;
	int error;

	if (pipe->routing_id) /* it reconnected, or ZMQ_CONNECT_ROUTING_ID named it */
		return;
	if (pipe->peer_id_size == 0)
		error = set_own_id(router, pipe);
	else if (id_is_free(socket, pipe->peer_id, pipe->peer_id_size))
		error = set_routing_id(pipe, pipe->peer_id, pipe->peer_id_size);
	else
		return;
	if (error || open_route(socket, pipe) != 0)
		pr_socket_close_pipe(socket, pipe, 0);
}

void pr_router_stop_output(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_router *router = socket->state;

	pr_routes_remove(&router->routes, pipe);
	pr_fair_remove(&socket->out, pipe);
}

void pr_router_remove(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_router *router = socket->state;

	if (router->replaced == pipe)
		router->replaced = NULL;
	pr_fair_remove(&socket->in, pipe);
}

/* A peer whose id was taken is not.  */
bool pr_router_is_read(struct pr_socket *socket, struct pr_pipe *pipe)
{
	return pr_fair_contains(&socket->in, pipe);
}

void pr_router_readable(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pr_fair_activate(&socket->in, pipe);
}

void pr_router_writable(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pr_fair_activate(&socket->out, pipe);
}

/* The first part of a message: finds the peer it names.  */
static int choose_peer(struct pr_socket *socket, const void *id, size_t size)
{
	struct pr_router *router = socket->state;
	struct pr_pipe *pipe = pr_routes_find(&router->routes, id, size);
	bool mandatory = socket->options.router_mandatory;

	socket->send_pipe = NULL;
	if (!pipe)
		return mandatory ? EHOSTUNREACH : 0;
	if (!pr_pipe_has_room(pipe))
		return mandatory ? EAGAIN : 0;
	socket->send_pipe = pipe;
	return 0;
}

/* A further part.  */
static int send_body(struct pr_socket *socket, const void *data, size_t size, bool more)
{
	struct pr_pipe *pipe = socket->send_pipe;
	int error;

	if (__builtin_expect(socket->options.raw != 0, 0))
		return pr_stream_send_body(socket, data, size);
	error = pipe ? pr_pipe_write(pipe, data, size, more) : 0;
	if (!error)
		socket->sndmore = more;
	return error;
}

static int router_send(struct pr_socket *socket, const void *data, size_t size, bool more)
{
	int error;

	if (socket->sndmore)
		return send_body(socket, data, size, more);
	if (!more)
		return 0; /* an id without a message goes nowhere */
	error = choose_peer(socket, data, size);
	if (!error)
		socket->sndmore = true;
	return error;
}

static void retire_replaced(struct pr_socket *socket)
{
	struct pr_router *router = socket->state;

	if (__builtin_expect(router->replaced == NULL, 1))
		return;
	struct pr_pipe *pipe = router->replaced;

	router->replaced = NULL;
	retire(socket, pipe);
}

struct pr_pipe *pr_router_next_input(struct pr_socket *socket)
{
	retire_replaced(socket);
	return pr_socket_next_input(socket);
}

int pr_router_recv(struct pr_socket *socket, struct pr_view *view)
{
	if (socket->rcvmore) {
		pr_socket_read(socket, socket->recv_pipe, view);
		return 0;
	}
	struct pr_pipe *pipe = pr_router_next_input(socket);

	if (!pipe)
		return EAGAIN;
	*view = (struct pr_view){.data = pipe->routing_id,
	                         .size = pipe->routing_id_size,
	                         .queue = &pipe->in,
	                         .more = true,
	                         .is_apart = true};
	socket->recv_pipe = pipe;
	return 0;
}

bool pr_router_can_recv(struct pr_socket *socket)
{
	if (socket->rcvmore)
		return true;
	return pr_router_next_input(socket) != NULL;
}

/* Without ZMQ_ROUTER_MANDATORY a ROUTER can always send: what finds no room is dropped.  */
static bool router_can_send(struct pr_socket *socket)
{
	if (socket->sndmore || !socket->options.router_mandatory)
		return true;
	struct pr_pipe *pipe;

	while ((pipe = pr_fair_current(&socket->out))) {
		if (pr_pipe_has_room(pipe))
			return true;
		pr_fair_deactivate_current(&socket->out);
	}
	return false;
}

const struct pr_pattern_ops pr_pattern_router = {
        .type = ZMQ_ROUTER,
        .state_size = sizeof(struct pr_router),
        .init = pr_router_init,
        .fini = pr_router_fini,
        .add = pr_router_add,
        .attached = pr_router_attached,
        .stop_output = pr_router_stop_output,
        .remove = pr_router_remove,
        .is_read = pr_router_is_read,
        .readable = pr_router_readable,
        .writable = pr_router_writable,
        .send = router_send,
        .recv = pr_router_recv,
        .can_send = router_can_send,
        .can_recv = pr_router_can_recv,
};
