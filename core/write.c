/* SPDX-License-Identifier: MIT */
/* core/write.c - see write.h.  */
#include "core/write.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/conflate.h"
#include "core/phase.h"
#include "core/pipe.h"

/* What one connection may send in one turn of the loop.  */
#define TURN_BYTES ((size_t)256 << 10)

#define IOV_MOST 16

static bool has_control(const struct pr_writer *write)
{
	return write->control_sent < write->control_size;
}

bool pr_write_has_control(const struct pr_conn *conn)
{
	return has_control(&conn->write);
}

/* most: more room than this is not taken.  */
static void add_control(struct pr_conn *conn, const uint8_t *data, size_t size, size_t most)
{
	struct pr_writer *write = &conn->write;

	if (!has_control(write)) {
		write->control_size = write->control_sent = 0;
		/* In traffic the next place between two messages that is known: what is published
		 * now ends with a message. */
		write->control_at = 0;
		if (conn->state == PR_CONN_TRAFFIC)
			write->control_at =
			        atomic_load_explicit(&conn->pipe->out->tail, memory_order_acquire);
	}
	if (write->control_size + size > write->control_room) {
		size_t room = (write->control_size + size) * 2;
		uint8_t *control = room <= most ? realloc(write->control, room) : NULL;

		if (!control) {
			write->overflow = write->again = true;
			pr_loop_again(conn->loop, conn);
			return;
		}
		write->control = control;
		write->control_room = room;
	}
	memcpy(write->control + write->control_size, data, size);
	write->control_size += size;
	/* The turn after this one, so that a walk over the input is never interrupted. */
	write->again = true;
	pr_loop_again(conn->loop, conn);
}

void pr_write_control(struct pr_conn *conn, const uint8_t *data, size_t size)
{
	add_control(conn, data, size, PR_WRITE_CONTROL_MAX + 2 * conn->write.control_own);
}

void pr_write_own(struct pr_conn *conn, const uint8_t *data, size_t size)
{
	conn->write.control_own += size;
	add_control(conn, data, size, SIZE_MAX);
	conn->write.control_at = 0;
}

/* What goes out next: control bytes when they are due (then that is the cause), else output up to
 * there.  Returns the number of bytes.  */
static size_t gather(struct pr_conn *conn, struct iovec *iov, int *iov_count,
                     enum pr_send_cause *cause)
{
	struct pr_writer *write = &conn->write;
	size_t limit = conn->phase->cork;

	if (has_control(write)) {
		uint64_t head = conn->state == PR_CONN_TRAFFIC ? conn->pipe->out->head : 0;

		if (conn->state != PR_CONN_TRAFFIC || head >= write->control_at) {
			*cause = PR_SEND_HANDSHAKE;
			iov[0].iov_base = write->control + write->control_sent;
			iov[0].iov_len = write->control_size - write->control_sent;
			*iov_count = 1;
			return iov[0].iov_len;
		}
		if (limit > write->control_at - head)
			limit = write->control_at - head;
	}
	if (conn->state != PR_CONN_TRAFFIC)
		return 0;
	if (conn->pipe->slot_out && conn->pipe->out->head == conn->pipe->out->write)
		pr_slot_take(conn->pipe->slot_out, conn->pipe->out, false);
	return pr_queue_gather(conn->pipe->out, limit, iov, iov_count);
}

/* One send(2) or sendmsg(2).  */
static ssize_t send_once(struct pr_conn *conn, struct iovec *iov, int iov_count)
{
	if (iov_count == 1)
		return send(conn->watch.fd, iov[0].iov_base, iov[0].iov_len,
		            MSG_DONTWAIT | MSG_NOSIGNAL);
	struct msghdr message = {.msg_iov = iov, .msg_iovlen = (size_t)iov_count};

	return sendmsg(conn->watch.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* What was said at the beginning may have been long, and is not said again.  */
static void free_control(struct pr_writer *write)
{
	free(write->control);
	write->control = NULL;
	write->control_size = write->control_sent = write->control_room = 0;
	write->control_own = 0;
}

static void used(struct pr_conn *conn, size_t size, enum pr_send_cause cause)
{
	if (cause == PR_SEND_HANDSHAKE) {
		PR_COUNT(&conn->counters, send_handshake_bytes, size);
		conn->write.control_sent += size;
		if (conn->write.control_own > 0 && !has_control(&conn->write))
			free_control(&conn->write);
		return;
	}
	pr_queue_consume(conn->pipe->out, size);
	if (pr_pipe_sent(conn->pipe))
		pr_conn_woke_app(conn);
}

/* Of the socket.  False: epoll will tell when there is some.  */
static bool wait_for_room(struct pr_conn *conn)
{
	/* The planted defect: waits on the spot.  When the other end is on this thread as well,
	 * nobody is left to make room. */
	if (conn->phase->fault == PR_FAULT_BLOCKING_POLL) {
		struct pollfd room = {.fd = conn->watch.fd, .events = POLLOUT};

		pr_conn_end_batch(conn->loop); /* one defect, not two */
		return poll(&room, 1, -1) == 1;
	}
	conn->write.blocked = true;
	pr_conn_set_interest(conn, conn->interest | EPOLLOUT);
	return false;
}

/* Nothing is left: asks the application to tell when there is more.  False: there is more already.
 */
static bool drained(struct pr_conn *conn)
{
	if (conn->state != PR_CONN_TRAFFIC)
		return true;
	struct pr_pipe *pipe = conn->pipe;

	if (!(pipe->slot_out ? pr_slot_sleep(pipe->slot_out) : pr_queue_sleep(pipe->out)))
		return false;
	if (conn->is_closing)
		pr_conn_flushed(conn);
	return true;
}

static void count_sent(struct pr_conn *conn, enum pr_send_cause cause, size_t sent, size_t size)
{
	PR_PROBE3(send, conn->watch.fd, (ssize_t)sent, size);
	PR_COUNT(&conn->counters, send_bytes, sent);
	PR_COUNT_SIZE(&conn->counters, send, sent);
	if (sent == size)
		PR_COUNT_CELL(&conn->counters, sends, PR_OUTCOME_FULL, cause);
	else
		PR_COUNT_CELL(&conn->counters, sends, PR_OUTCOME_SHORT, cause);
}

/* False, as send_batch.  Rare, so out of the way.  */
static __attribute__((noinline)) bool send_nothing(struct pr_conn *conn, size_t size,
                                                   enum pr_send_cause cause, int error)
{
	PR_PROBE3(send, conn->watch.fd, (ssize_t)-error, size);
	if (error == EAGAIN || error == EINTR) {
		PR_COUNT_CELL(&conn->counters, sends, PR_OUTCOME_EAGAIN, cause);
		return wait_for_room(conn);
	}
	PR_COUNT_CELL(&conn->counters, sends, PR_OUTCOME_ERROR, cause);
	pr_conn_lost(conn);
	return false;
}

/* False: enough for now (blocked, failed or closed).  */
static bool send_batch(struct pr_conn *conn, struct iovec *iov, int iov_count, size_t size,
                       enum pr_send_cause cause)
{
	ssize_t sent = send_once(conn, iov, iov_count);

	if (sent < 0)
		return send_nothing(conn, size, cause, errno);
	count_sent(conn, cause, (size_t)sent, size);
	/* The planted defect: the rest of a partial write is forgotten. */
	bool forget = conn->phase->fault == PR_FAULT_PARTIAL_WRITE && cause != PR_SEND_HANDSHAKE;

	used(conn, forget ? size : (size_t)sent, cause);
	if ((size_t)sent == size)
		return true;
	/* A short send means that the socket is full: asking again would only say so. */
	return wait_for_room(conn);
}

void pr_write(struct pr_conn *conn, enum pr_send_cause cause)
{
	size_t total = 0;

	if (conn->write.overflow) {
		pr_conn_lost(conn);
		return;
	}
	if (conn->write.blocked || conn->state == PR_CONN_CLOSED || conn->state == PR_CONN_HELD)
		return;
	for (;;) {
		struct iovec iov[IOV_MOST];
		int iov_count = IOV_MOST;
		enum pr_send_cause this_cause = cause;
		size_t size = gather(conn, iov, &iov_count, &this_cause);

		if (size == 0) {
			if (drained(conn))
				return;
			continue;
		}
		if (!send_batch(conn, iov, iov_count, size, this_cause))
			return;
		cause = PR_SEND_MORE;
		total += size;
		if (total >= TURN_BYTES) {
			conn->write.again = true;
			pr_loop_again(conn->loop, conn);
			return;
		}
	}
}

void pr_write_ready(struct pr_conn *conn)
{
	if (!conn->write.blocked)
		return;
	conn->write.blocked = false;
	/* Only a change makes an edge-triggered descriptor say once more that there is room. */
	if (conn->is_edge)
		pr_conn_set_interest(conn, conn->interest & ~(uint32_t)EPOLLOUT);
	pr_write(conn, PR_SEND_WRITABLE);
	/* Whoever sends faster than the socket takes it is blocked again: the same interest. */
	if (!conn->write.blocked)
		pr_conn_set_interest(conn, conn->interest & ~(uint32_t)EPOLLOUT);
}
