/* SPDX-License-Identifier: MIT */
/* core/zap.c - see zap.h.  */
#include "core/zap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/conn.h"
#include "core/endpoint.h"
#include "core/handshake.h"
#include "core/include/proctor/zmq.h"
#include "core/inproc.h"
#include "core/mechanism.h"
#include "core/metadata.h"
#include "core/pattern/balance.h"
#include "core/pipe.h"
#include "core/socket.h"

#define VERSION "1.0"

/* A pipe carries one question, so all may have the same number.  */
#define REQUEST_ID "1"

#define HANDLERS (1u << ZMQ_REP | 1u << ZMQ_ROUTER)

/* Where the answers to a loop arrive.  */
struct pr_zap {
	struct pr_watch watch;
	struct pr_socket *socket;
};

/* ---- Answers ---- */

enum frame { DELIMITER, VERSION_NUMBER, REQUEST, STATUS, TEXT, USER_ID, METADATA, FRAMES };

static bool is_text(const uint8_t *body, size_t size, const char *text)
{
	return size == strlen(text) && memcmp(body, text, size) == 0;
}

static bool keep(uint8_t **copy, size_t *copy_size, const uint8_t *body, size_t size)
{
	free(*copy);
	*copy = malloc(size + 1);
	if (!*copy)
		return false;
	if (size > 0)
		memcpy(*copy, body, size);
	*copy_size = size;
	return true;
}

static bool are_properties(const uint8_t *at, size_t size)
{
	struct pr_property property;
	int found;

	do
		found = pr_property_next(&at, &size, &property);
	while (found > 0);
	return found == 0;
}

static int take_status(struct pr_zap_reply *reply, const uint8_t *body, size_t size)
{
	if (size != 3 || body[0] < '2' || body[0] > '5' || body[1] != '0' || body[2] != '0')
		return ZMQ_PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE;
	reply->status = (body[0] - '0') * 100;
	return 0;
}

/* What is wrong with the frame; 0: nothing.  */
static int take_frame(struct pr_zap_reply *reply, const uint8_t *body, size_t size)
{
	bool good = true;

	switch ((enum frame)reply->frames) {
	case DELIMITER:
		return size == 0 ? 0 : ZMQ_PROTOCOL_ERROR_ZAP_UNSPECIFIED;
	case VERSION_NUMBER:
		return is_text(body, size, VERSION) ? 0 : ZMQ_PROTOCOL_ERROR_ZAP_BAD_VERSION;
	case REQUEST:
		return is_text(body, size, REQUEST_ID) ? 0 : ZMQ_PROTOCOL_ERROR_ZAP_BAD_REQUEST_ID;
	case STATUS:
		return take_status(reply, body, size);
	case USER_ID:
		good = keep(&reply->user_id, &reply->user_id_size, body, size);
		break;
	case METADATA:
		if (!are_properties(body, size))
			return ZMQ_PROTOCOL_ERROR_ZAP_INVALID_METADATA;
		good = keep(&reply->metadata, &reply->metadata_size, body, size);
		break;
	case TEXT:
	case FRAMES:
		break;
	}
	return good ? 0 : ZMQ_PROTOCOL_ERROR_ZAP_UNSPECIFIED;
}

/* libzmq counts the frames first, and then looks at them in order.  */
void pr_zap_reply_take(struct pr_zap_reply *reply, const uint8_t *body, size_t size, bool more)
{
	if (!reply->fault)
		reply->fault = take_frame(reply, body, size);
	if (reply->frames >= FRAMES || more != (reply->frames < METADATA))
		reply->fault = ZMQ_PROTOCOL_ERROR_ZAP_MALFORMED_REPLY;
	reply->frames++;
}

void pr_zap_reply_fini(struct pr_zap_reply *reply)
{
	free(reply->user_id);
	free(reply->metadata);
}

/* ---- The socket ---- */

/* A message is published as a whole.  */
static void readable(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_conn *conn = pipe->conn;
	struct pr_zap_reply reply = {0};
	struct pr_frame frame;
	const uint8_t *body;

	(void)socket;
	if (!conn || !pr_pipe_has_input(pipe))
		return;
	while (pr_pipe_read(pipe, &frame, &body)) {
		pr_zap_reply_take(&reply, body, frame.size, frame.flags & PR_FRAME_MORE);
		if (!(frame.flags & PR_FRAME_MORE))
			break;
	}
	pr_zap_forget(conn);
	pr_handshake_answered(conn, &reply);
	pr_zap_reply_fini(&reply);
}

static int add(struct pr_socket *socket, struct pr_pipe *pipe)
{
	(void)socket, (void)pipe;
	return 0;
}

static void nothing(struct pr_socket *socket, struct pr_pipe *pipe)
{
	(void)socket, (void)pipe;
}

/* The pipe ends.  When somebody still waits it is the handler that has gone.  */
static void removed(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_conn *conn = pipe->conn;

	(void)socket;
	if (!conn)
		return;
	pipe->conn = NULL;
	conn->handshake->zap = NULL;
	pr_handshake_answered(conn, NULL);
}

static const struct pr_pattern_ops pattern = {
        .add = add,
        .stop_output = nothing,
        .remove = removed,
        .readable = readable,
        .writable = nothing,
        .can_send = pr_balance_never,
        .can_recv = pr_balance_never,
};

static void handle(struct pr_watch *watch, uint32_t events)
{
	(void)events;
	pr_socket_events(
	        ((struct pr_zap *)watch)->socket); /* also when there is no news any more */
}

static struct pr_zap *create(struct pr_loop *loop)
{
	struct pr_zap *zap = calloc(1, sizeof(*zap));

	if (!zap)
		return NULL;
	zap->socket = pr_socket_create_internal(loop->ctx, &pattern);
	if (!zap->socket) {
		free(zap);
		return NULL;
	}
	zap->socket->options.sndhwm = zap->socket->options.rcvhwm = 0;
	zap->watch.handle = handle;
	zap->watch.fd = pr_socket_fd(zap->socket);
	if (zap->watch.fd < 0 || pr_loop_add(loop, &zap->watch, EPOLLIN) != 0) {
		pr_socket_close(zap->socket);
		free(zap);
		return NULL;
	}
	return zap;
}

void pr_zap_stop(struct pr_loop *loop)
{
	if (!loop->zap)
		return;
	pr_socket_close(loop->zap->socket);
	free(loop->zap);
	loop->zap = NULL;
}

/* ---- Questions ---- */

static int put(struct pr_pipe *pipe, const void *data, size_t size, bool more)
{
	return pr_pipe_write(pipe, data, size, more);
}

static int put_text(struct pr_pipe *pipe, const char *text, bool more)
{
	return put(pipe, text, strlen(text), more);
}

/* Frames that were written before memory ran out go away with the pipe.  */
static bool write_question(struct pr_pipe *pipe, const struct pr_conn *conn)
{
	const struct pr_options *options = &conn->endpoint->options;
	const struct pr_handshake *handshake = conn->handshake;
	const struct pr_zmtp *zmtp = &handshake->zmtp;
	bool has_secret = zmtp->mechanism->needs_zap;

	return put(pipe, "", 0, true) == 0 && put_text(pipe, VERSION, true) == 0 &&
	       put_text(pipe, REQUEST_ID, true) == 0 &&
	       put(pipe, options->zap_domain, options->zap_domain_size, true) == 0 &&
	       put_text(pipe, handshake->peer_address, true) == 0 &&
	       put(pipe, options->routing_id, options->routing_id_size, true) == 0 &&
	       put_text(pipe, zmtp->mechanism->name, has_secret) == 0 &&
	       (!has_secret || (put(pipe, zmtp->username.data, zmtp->username.size, true) == 0 &&
	                        put(pipe, zmtp->password.data, zmtp->password.size, false) == 0));
}

bool pr_zap_ask(struct pr_conn *conn)
{
	struct pr_loop *loop = conn->loop;
	struct pr_pipe *pipe;

	if (!loop->zap)
		loop->zap = create(loop);
	if (!loop->zap ||
	    pr_inproc_connect_to(loop->zap->socket, PR_ZAP_ENDPOINT, HANDLERS, &pipe) != 0)
		return false;
	if (!write_question(pipe, conn)) {
		pr_socket_close_pipe(loop->zap->socket, pipe, 0);
		return false;
	}
	conn->handshake->zap = pipe;
	pipe->conn = conn;
	/* From now on we are told; an answer that is there already is taken as news, too. */
	if (pr_pipe_has_input(pipe))
		pr_pipe_tell_app(pipe, PR_APP_READABLE);
	return true;
}

void pr_zap_forget(struct pr_conn *conn)
{
	struct pr_pipe *pipe = conn->handshake->zap;

	if (!pipe)
		return;
	conn->handshake->zap = NULL;
	pipe->conn = NULL;
	pr_socket_close_pipe(conn->loop->zap->socket, pipe, 0);
}
