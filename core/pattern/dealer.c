/* SPDX-License-Identifier: MIT */
/* core/pattern/dealer.c - DEALER: sends to its peers in turn, receives from them in turn (RFC 28).
 */
#include <errno.h>

#include "core/include/proctor/zmq.h"
#include "core/pattern.h"
#include "core/pipe.h"
#include "core/socket.h"

static int dealer_add(struct pr_socket *socket, struct pr_pipe *pipe)
{
	if (!pr_fair_add(&socket->in, pipe) || !pr_fair_add(&socket->out, pipe)) {
		pr_fair_remove(&socket->in, pipe);
		return ENOMEM;
	}
	if (socket->options.probe_router)
		return pr_pipe_write(pipe, NULL, 0, false);
	return 0;
}

static void dealer_stop_output(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pr_fair_remove(&socket->out, pipe);
}

static void dealer_remove(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pr_fair_remove(&socket->in, pipe);
}

static void dealer_readable(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pr_fair_activate(&socket->in, pipe);
}

static void dealer_writable(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pr_fair_activate(&socket->out, pipe);
}

static bool dealer_can_send(struct pr_socket *socket)
{
	struct pr_pipe *pipe;

	if (socket->sndmore)
		return true; /* the rest of a message always goes */

	while ((pipe = pr_fair_current(&socket->out))) {
		if (pr_pipe_has_room(pipe))
			return true;
		pr_fair_deactivate_current(&socket->out);
	}
	return false;
}

static int dealer_send(struct pr_socket *socket, const void *data, size_t size, bool more)
{
	if (!socket->sndmore) {
		if (!dealer_can_send(socket))
			return EAGAIN;
		socket->send_pipe = pr_fair_current(&socket->out);
	}
	/* The peer went away in the middle of a message: the rest of it is dropped. */
	int error = socket->send_pipe ? pr_pipe_write(socket->send_pipe, data, size, more) : 0;

	if (error)
		return error;
	socket->sndmore = more;
	if (!more && socket->send_pipe)
		pr_fair_next(&socket->out);
	return 0;
}

static int dealer_recv(struct pr_socket *socket, struct pr_view *view)
{
	struct pr_pipe *pipe = socket->rcvmore ? socket->recv_pipe : pr_socket_next_input(socket);

	if (!pipe)
		return EAGAIN;
	pr_socket_read(socket, pipe, view);
	return 0;
}

static bool dealer_can_recv(struct pr_socket *socket)
{
	return socket->rcvmore || pr_socket_next_input(socket);
}

const struct pr_pattern_ops pr_pattern_dealer = {
        .type = ZMQ_DEALER,
        .single_connect = true,
        .add = dealer_add,
        .stop_output = dealer_stop_output,
        .remove = dealer_remove,
        .readable = dealer_readable,
        .writable = dealer_writable,
        .send = dealer_send,
        .recv = dealer_recv,
        .can_send = dealer_can_send,
        .can_recv = dealer_can_recv,
};
