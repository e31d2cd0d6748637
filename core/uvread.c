/* SPDX-License-Identifier: MIT */
/* core/uvread.c - see uvread.h.
 *
 * A libuv handle may be freed only in its close callback, after its connection is gone.  So it is
 * an object of its own (as a timer is, core/timer.h), which forgets the connection when that
 * closes. libuv runs at the end of a turn only, so its callbacks may close connections.  */
#include "core/uvread.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <uv.h>

#include "core/conn.h"
#include "core/loop.h"
#include "core/read.h"
#include "core/room.h"

struct pr_uvread {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} uv;
	struct pr_conn *conn;
	uint64_t run; /* of libuv's loop, in which it read last */
};

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
	struct pr_uvread *self = handle->data;
	size_t size = 0;
	uint8_t *at = pr_room_to_read(self->conn, &size);

	(void)suggested;
	*room = uv_buf_init((char *)at, at ? (unsigned)size : 0);
}

/* The first read of a run is made because libuv's epoll reported the socket, the others because the
 * one before was full.  */
static enum pr_read_cause cause_of(struct pr_uvread *self)
{
	uint64_t run = self->conn->loop->uv_runs;
	enum pr_read_cause cause = self->run == run ? PR_READ_DRAIN : PR_READ_READINESS;

	self->run = run;
	return cause;
}

static void take(uv_stream_t *stream, ssize_t got, const uv_buf_t *room)
{
	struct pr_uvread *self = stream->data;

	/* No read(2) was made: there was no room, or libuv saw a hang-up behind a short read. */
	if (!room->base)
		pr_conn_lost(self->conn);
	else if (got == UV_EOF)
		pr_read_received(self->conn, cause_of(self), 0, room->len);
	else
		pr_read_received(self->conn, cause_of(self), got == 0 ? -EAGAIN : got, room->len);
}

static void closed(uv_handle_t *handle)
{
	free(handle->data);
}

static bool is_tcp(int fd)
{
	int domain = AF_UNSPEC;
	socklen_t size = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX;
}

int pr_uvread_open(struct pr_conn *conn)
{
	struct pr_uvread *self = calloc(1, sizeof(*self));
	uv_loop_t *loop = &conn->loop->uv;
	int fd = conn->watch.fd, error;

	if (!self)
		return ENOMEM;
	if (is_tcp(fd)) {
		uv_tcp_init(loop, &self->uv.tcp);
		error = -uv_tcp_open(&self->uv.tcp, fd);
	} else {
		uv_pipe_init(loop, &self->uv.pipe, 0);
		error = -uv_pipe_open(&self->uv.pipe, fd);
	}
	self->uv.handle.data = self;
	self->conn = conn;
	if (error) {
		uv_close(&self->uv.handle, closed);
		return error;
	}
	conn->uvread = self;
	pr_uvread_set(conn, true);
	return 0;
}

void pr_uvread_set(struct pr_conn *conn, bool reads)
{
	uv_stream_t *stream = &conn->uvread->uv.stream;

	if (!reads)
		uv_read_stop(stream);
	else if (uv_read_start(stream, give_room, take) == 0)
		pr_loop_run_uv(conn->loop); /* which registers the descriptor */
}

void pr_uvread_close(struct pr_conn *conn)
{
	uv_close(&conn->uvread->uv.handle, closed);
	conn->uvread = NULL;
}
