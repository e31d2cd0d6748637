/* SPDX-License-Identifier: MIT */
/* core/pattern/rep.c - REP: receives a request, sends its reply, and so on (RFC 28).
 *
 * A request begins with the envelope: the ids of those that passed it on, then an empty part.  The
 * reply has to begin with the same, so the envelope goes straight into the output of the peer that
 * sent it, as the beginning of a message; the application's parts follow it there.  */
#include <errno.h>

#include "core/include/proctor/zmq.h"
#include "core/pattern/router.h"
#include "core/pipe.h"
#include "core/socket.h"

struct rep {
	struct pr_router router; /* first */
	bool is_inside;          /* a request is being received */
	bool is_replying;        /* one was received; its reply is due */
};

/* A reply to a peer that is gone, or that takes none, is dropped.  */
static bool takes_replies(struct pr_socket *socket, struct pr_pipe *pipe)
{
	return pr_fair_contains(&socket->out, pipe) && pr_pipe_has_room(pipe);
}

static void drop_reply(struct pr_socket *socket)
{
	if (socket->send_pipe)
		pr_pipe_write_abort(socket->send_pipe);
	socket->send_pipe = NULL;
}

/* False: there was no empty part, and the message is dropped.  */
static bool take_envelope(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_view part;

	socket->send_pipe = takes_replies(socket, pipe) ? pipe : NULL;
	do {
		pr_socket_read(socket, pipe, &part);
		if (!part.more) {
			drop_reply(socket);
			return false;
		}
		if (socket->send_pipe && pr_pipe_write(pipe, part.data, part.size, true) != 0)
			drop_reply(socket);
	} while (part.size > 0);
	return true;
}

static int begin_request(struct pr_socket *socket)
{
	struct pr_pipe *pipe;

	do {
		pipe = pr_router_next_input(socket);
		if (!pipe)
			return EAGAIN;
	} while (!take_envelope(socket, pipe));
	return 0;
}

static int rep_recv(struct pr_socket *socket, struct pr_view *view)
{
	struct rep *rep = socket->state;

	if (rep->is_replying)
		return EFSM;
	if (!rep->is_inside && begin_request(socket) != 0)
		return EAGAIN;
	pr_socket_read(socket, socket->recv_pipe, view);
	rep->is_inside = view->more;
	rep->is_replying = !view->more;
	return 0;
}

static int rep_send(struct pr_socket *socket, const void *data, size_t size, bool more)
{
	struct rep *rep = socket->state;

	if (!rep->is_replying)
		return EFSM;
	int error = socket->send_pipe ? pr_pipe_write(socket->send_pipe, data, size, more) : 0;

	if (!error)
		rep->is_replying = more;
	return error;
}

static void rep_remove(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct rep *rep = socket->state;

	/* Disconnected in the middle of a request: there is no rest to receive. */
	if (socket->recv_pipe == pipe)
		rep->is_inside = false;
	pr_router_remove(socket, pipe);
}

static bool rep_can_send(struct pr_socket *socket)
{
	return ((struct rep *)socket->state)->is_replying;
}

/* True for a malformed request as well, which only receiving it would show; so does libzmq.  */
static bool rep_can_recv(struct pr_socket *socket)
{
	return !rep_can_send(socket) && pr_router_can_recv(socket);
}

const struct pr_pattern_ops pr_pattern_rep = {
        .type = ZMQ_REP,
        .state_size = sizeof(struct rep),
        .init = pr_router_init,
        .fini = pr_router_fini,
        .add = pr_router_add,
        .attached = pr_router_attached,
        .stop_output = pr_router_stop_output,
        .remove = rep_remove,
        .is_read = pr_router_is_read,
        .readable = pr_router_readable,
        .writable = pr_router_writable,
        .send = rep_send,
        .recv = rep_recv,
        .can_send = rep_can_send,
        .can_recv = rep_can_recv,
};
