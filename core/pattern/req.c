/* SPDX-License-Identifier: MIT */
/* core/pattern/req.c - REQ: sends a request, receives its reply, and so on (RFC 28).
 *
 * Requests go to the peers in turn.  On the wire an empty part comes before the application's, and
 * with ZMQ_REQ_CORRELATE the request's number comes before that; the reply begins with the same.  A
 * reply is expected from the peer that was asked, and what others send is dropped.  */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "core/include/proctor/zmq.h"
#include "core/pattern/balance.h"
#include "core/pipe.h"
#include "core/socket.h"

struct req {
	bool is_receiving;     /* the request is sent; its reply is due */
	bool is_inside;        /* some parts of the reply are received */
	uint32_t request_id;   /* of ZMQ_REQ_CORRELATE */
	struct pr_pipe *asked; /* NULL: it is gone, and any peer may answer, as with libzmq */
};

static void req_init(struct pr_socket *socket)
{
	struct req *req = socket->state;

	/* A random start keeps late replies to an earlier run apart; without entropy any will do.
	 */
	if (getrandom(&req->request_id, sizeof(req->request_id), GRND_NONBLOCK) < 0)
		req->request_id = 1;
}

/* What came before the request was sent answers an earlier one.  */
static void drop_input(struct pr_socket *socket)
{
	struct pr_view part;

	while (pr_balance_recv(socket, &part) == 0)
		socket->rcvmore = part.more;
}

static int send_envelope(struct pr_socket *socket)
{
	struct req *req = socket->state;
	int error = 0;

	if (socket->options.req_correlate) {
		req->request_id++;
		error = pr_balance_send(socket, &req->request_id, sizeof(req->request_id), true);
	}
	return error ? error : pr_balance_send(socket, NULL, 0, true);
}

static int begin_request(struct pr_socket *socket)
{
	struct req *req = socket->state;

	req->asked = NULL;
	int error = send_envelope(socket);

	if (error && socket->sndmore) { /* out of memory between the two parts */
		pr_pipe_write_abort(socket->send_pipe);
		socket->sndmore = false;
	}
	if (error)
		return error;
	req->asked = socket->send_pipe;
	drop_input(socket);
	return 0;
}

static int req_send(struct pr_socket *socket, const void *data, size_t size, bool more)
{
	struct req *req = socket->state;

	if (req->is_receiving) {
		if (!socket->options.req_relaxed)
			return EFSM;
		req->is_receiving = req->is_inside = false;
	}
	int error = socket->sndmore ? 0 : begin_request(socket);

	if (!error)
		error = pr_balance_send(socket, data, size, more);
	req->is_receiving = !error && !more;
	return error;
}

static void skip_rest(struct pr_socket *socket, struct pr_pipe *pipe, struct pr_view *part)
{
	while (part->more)
		pr_socket_read(socket, pipe, part);
}

/* The message of the peer that was asked.  */
static struct pr_pipe *next_answer(struct pr_socket *socket)
{
	struct req *req = socket->state;
	struct pr_pipe *pipe;

	while ((pipe = pr_socket_next_input(socket)) && req->asked && pipe != req->asked) {
		struct pr_view part = {.more = true};

		skip_rest(socket, pipe, &part);
	}
	return pipe;
}

/* False: this is not the reply, and it is dropped.  */
static bool take_envelope(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct req *req = socket->state;
	struct pr_view part;

	pr_socket_read(socket, pipe, &part);
	if (socket->options.req_correlate) {
		if (!part.more || part.size != sizeof(req->request_id) ||
		    memcmp(part.data, &req->request_id, part.size) != 0) {
			skip_rest(socket, pipe, &part);
			return false;
		}
		pr_socket_read(socket, pipe, &part);
	}
	if (part.more && part.size == 0)
		return true;
	skip_rest(socket, pipe, &part);
	return false;
}

static int begin_reply(struct pr_socket *socket)
{
	struct pr_pipe *pipe;

	do {
		pipe = next_answer(socket);
		if (!pipe)
			return EAGAIN;
	} while (!take_envelope(socket, pipe));
	return 0;
}

static int req_recv(struct pr_socket *socket, struct pr_view *view)
{
	struct req *req = socket->state;

	if (!req->is_receiving)
		return EFSM;
	if (!req->is_inside && begin_reply(socket) != 0)
		return EAGAIN;
	pr_socket_read(socket, socket->recv_pipe, view);
	req->is_inside = req->is_receiving = view->more;
	return 0;
}

static void req_remove(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct req *req = socket->state;

	if (req->asked == pipe)
		req->asked = NULL;
	/* Disconnected in the middle of a reply: there is no rest to receive. */
	if (socket->recv_pipe == pipe)
		req->is_inside = false;
	pr_balance_remove(socket, pipe);
}

static bool req_can_send(struct pr_socket *socket)
{
	const struct req *req = socket->state;

	return (!req->is_receiving || socket->options.req_relaxed) && pr_balance_can_send(socket);
}

/* True for a message that is not the reply as well, which only receiving it would show; so does
 * libzmq.  */
static bool req_can_recv(struct pr_socket *socket)
{
	const struct req *req = socket->state;

	return req->is_receiving && (req->is_inside || pr_socket_next_input(socket));
}

const struct pr_pattern_ops pr_pattern_req = {
        .type = ZMQ_REQ,
        .state_size = sizeof(struct req),
        .single_connect = true,
        .init = req_init,
        .add = pr_balance_add,
        .stop_output = pr_balance_stop_output,
        .remove = req_remove,
        .readable = pr_balance_readable,
        .writable = pr_balance_writable,
        .send = req_send,
        .recv = req_recv,
        .can_send = req_can_send,
        .can_recv = req_can_recv,
};
