/* SPDX-License-Identifier: MIT */
/* core/pattern/balance.c - see balance.h.  */
#include "core/pattern/balance.h"

#include <errno.h>

#include "core/pipe.h"
#include "core/socket.h"

int pr_balance_add(struct pr_socket *socket, struct pr_pipe *pipe)
{
	if (!pr_fair_add(&socket->in, pipe) || !pr_fair_add(&socket->out, pipe)) {
		pr_fair_remove(&socket->in, pipe);
		return ENOMEM;
	}
	if (socket->options.probe_router)
		return pr_pipe_write(pipe, NULL, 0, false);
	return 0;
}

void pr_balance_stop_output(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pr_fair_remove(&socket->out, pipe);
}

void pr_balance_remove(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pr_fair_remove(&socket->in, pipe);
}

void pr_balance_readable(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pr_fair_activate(&socket->in, pipe);
}

void pr_balance_writable(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pr_fair_activate(&socket->out, pipe);
}

struct pr_pipe *pr_balance_next_output(struct pr_socket *socket)
{
	struct pr_pipe *pipe;

	while ((pipe = pr_fair_current(&socket->out))) {
		if (pr_pipe_has_room(pipe))
			return pipe;
		pr_fair_deactivate_current(&socket->out);
	}
	return NULL;
}

bool pr_balance_can_send(struct pr_socket *socket)
{
	/* The rest of a message always goes. */
	return socket->sndmore || pr_balance_next_output(socket);
}

int pr_balance_send(struct pr_socket *socket, const void *data, size_t size, bool more)
{
	if (!socket->sndmore) {
		struct pr_pipe *pipe = pr_balance_next_output(socket);

		if (!pipe)
			return EAGAIN;
		socket->send_pipe = pipe;
	}
	int error = socket->send_pipe ? pr_pipe_write(socket->send_pipe, data, size, more) : 0;

	if (error)
		return error;
	socket->sndmore = more;
	if (!more && socket->send_pipe)
		pr_fair_next(&socket->out);
	return 0;
}

int pr_balance_recv(struct pr_socket *socket, struct pr_view *view)
{
	struct pr_pipe *pipe = socket->rcvmore ? socket->recv_pipe : pr_socket_next_input(socket);

	if (!pipe)
		return EAGAIN;
	pr_socket_read(socket, pipe, view);
	return 0;
}

bool pr_balance_can_recv(struct pr_socket *socket)
{
	return socket->rcvmore || pr_socket_next_input(socket);
}

int pr_balance_no_send(struct pr_socket *socket, const void *data, size_t size, bool more)
{
	(void)socket, (void)data, (void)size, (void)more;
	return ENOTSUP;
}

int pr_balance_no_recv(struct pr_socket *socket, struct pr_view *view)
{
	(void)socket, (void)view;
	return ENOTSUP;
}

bool pr_balance_never(struct pr_socket *socket)
{
	(void)socket;
	return false;
}

bool pr_balance_is_not_read(struct pr_socket *socket, struct pr_pipe *pipe)
{
	(void)socket, (void)pipe;
	return false;
}

void pr_balance_no_news(struct pr_socket *socket, struct pr_pipe *pipe)
{
	(void)socket, (void)pipe;
}
