/* SPDX-License-Identifier: MIT */
/* core/caller.c - see caller.h.  */
#include "core/caller.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/conn.h"
#include "core/ctx.h"
#include "core/include/proctor/zmq.h"
#include "core/loop.h"
#include "core/pipe.h"
#include "core/read.h"
#include "core/socket.h"
#include "core/timer.h"
#include "core/write.h"

/* A socket with more peers is served by the I/O threads: each of them would cost the caller a
 * descriptor to wait for.  */
#define PIPES_MOST 8

/* As many waits in a row that ended with so few messages, and so few bytes, make a connection calm.
 * (Receiving large ones is work for another processor, too.)  A fast reader of a stream waits like
 * that as well; but it sends nothing in between, and it never waits for long.  */
#define CALM_WAITS    4
#define CALM_MESSAGES 2
#define CALM_BYTES    ((uint64_t)16 << 10)

/* Long, for a wait.  And a socket that has sent nothing for so long sends the next message
 * itself...
 */
#define CALM_NS 50000

/* ...if it is not larger: copying a large one into the kernel is work for another processor.  */
#define SEND_BYTES_MOST ((uint64_t)16 << 10)

static bool is_by_caller(const struct pr_socket *socket)
{
	return socket->ctx->phase.io == PR_IO_BY_CALLER;
}

/* ---- Sending ---- */

/* After a wait for input the next message is an answer or a question, not part of a stream.  */
static bool sends_calmly(struct pr_socket *socket)
{
	if (socket->caller.is_calm) {
		socket->caller.is_calm = false;
		return true;
	}
	int64_t now_ns = pr_clock_ns(), before_ns = socket->caller.sent_at_ns;

	socket->caller.sent_at_ns = now_ns;
	return now_ns - before_ns > CALM_NS;
}

static bool send_now(struct pr_pipe *pipe)
{
	struct pr_conn *conn = pipe->conn;

	if (!conn || conn->state != PR_CONN_TRAFFIC ||
	    pipe->out->write - pipe->out->head > SEND_BYTES_MOST)
		return false;
	pr_write(conn, PR_SEND_WAKEUP);
	return true;
}

bool pr_caller_send(struct pr_pipe *pipe)
{
	if (!is_by_caller(pipe->socket) || !sends_calmly(pipe->socket) ||
	    !pr_loop_try_enter(pipe->loop))
		return false;
	bool sent = send_now(pipe);

	pr_loop_leave(pipe->loop);
	return sent;
}

/* ---- Leases ---- */

static void lease(struct pr_conn *conn)
{
	if (conn->is_leased)
		return;
	conn->is_leased = true;
	pr_conn_apply_interest(conn);
}

void pr_caller_end_lease(struct pr_conn *conn)
{
	if (!conn->is_leased)
		return;
	conn->is_leased = false;
	pr_timer_stop(&conn->lease_timer);
	pr_conn_apply_interest(conn);
}

static void watch(struct pr_conn *conn);

/* While the thread waits for the connection, it needs no watching.  */
static void lease_is_old(void *arg)
{
	struct pr_conn *conn = arg;
	bool waits = atomic_load_explicit(&conn->pipe->socket->sleeping, memory_order_seq_cst) ==
	             PR_SLEEPS_IN_POLL;

	if (waits)
		return;
	if (conn->is_lease_used)
		watch(conn);
	else
		pr_caller_end_lease(conn);
}

static void watch(struct pr_conn *conn)
{
	conn->is_lease_used = false;
	pr_timer_start(&conn->lease_timer, conn->loop, PR_LEASE_MS, lease_is_old, conn);
}

/* The thread goes away with the lease.  */
static void keep_lease(struct pr_conn *conn)
{
	if (!conn->is_leased)
		return;
	conn->is_lease_used = true;
	if (!conn->lease_timer)
		watch(conn);
}

void pr_caller_give_back(struct pr_socket *socket)
{
	if (!socket->caller.has_leases)
		return;
	socket->caller.has_leases = false;
	for (size_t i = 0; i < socket->pipes_count; i++) {
		struct pr_pipe *pipe = socket->pipes[i];

		if (!pipe->loop)
			continue;
		pr_loop_enter(pipe->loop);
		if (pipe->conn)
			pr_caller_end_lease(pipe->conn);
		pr_loop_leave(pipe->loop);
	}
}

/* ---- Waiting ---- */

static bool has_news(struct pr_socket *socket)
{
	return atomic_load_explicit(&socket->ready, memory_order_seq_cst) ||
	       pr_ctx_is_terminated(socket->ctx);
}

/* Was this the last of a few waits for a message or two?  */
static bool is_calm(struct pr_socket *socket)
{
	struct pr_caller *caller = &socket->caller;
	uint64_t taken = 0, bytes = 0, sent = 0;
	bool is_stream = false; /* is there a connection to wait for? */

	for (size_t i = 0; i < socket->pipes_count && i < PIPES_MOST; i++) {
		taken += socket->pipes[i]->in_taken;
		bytes += socket->pipes[i]->in.head;
		sent += socket->pipes[i]->out_messages;
		is_stream |= socket->pipes[i]->loop != NULL;
	}
	caller->is_silent = sent == caller->sent;
	if (taken - caller->taken > CALM_MESSAGES || bytes - caller->taken_bytes > CALM_BYTES ||
	    (caller->is_silent && caller->waited_ns < CALM_NS))
		caller->calm_waits = 0;
	else if (caller->calm_waits < CALM_WAITS)
		caller->calm_waits++;
	caller->taken = taken;
	caller->taken_bytes = bytes;
	caller->sent = sent;
	return caller->calm_waits == CALM_WAITS && is_stream && socket->pipes_count <= PIPES_MOST &&
	       atomic_load_explicit(&socket->event_fd, memory_order_relaxed) < 0;
}

static bool has_wait_fd(struct pr_socket *socket)
{
	int fd = atomic_load_explicit(&socket->wait_fd, memory_order_relaxed);

	if (fd >= 0)
		return true;
	fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	atomic_store_explicit(&socket->wait_fd, fd, memory_order_seq_cst);
	return fd >= 0;
}

static bool can_be_leased(const struct pr_conn *conn)
{
	return conn && conn->state == PR_CONN_TRAFFIC && !conn->read.paused && !conn->is_closing;
}

/* Before the wait: takes the lease, and reads where the phase reads without readiness.  Returns the
 * descriptor to wait for, -1 when the I/O thread keeps the connection.  */
static int begin_with(struct pr_pipe *pipe)
{
	int fd = -1;

	pr_loop_enter(pipe->loop);
	struct pr_conn *conn = pipe->conn;

	if (can_be_leased(conn)) {
		lease(conn);
		if (conn->phase->speculate == PR_SPECULATE_ADAPTIVE &&
		    pr_adapt_reads_on(&conn->read.adapt))
			pr_read(conn, PR_READ_SPECULATIVE);
	} else if (conn) {
		pr_caller_end_lease(conn);
	}
	conn = pipe->conn;
	if (can_be_leased(conn))
		fd = conn->watch.fd;
	else if (conn)
		pr_caller_end_lease(conn);
	pr_loop_leave(pipe->loop);
	return fd;
}

/* After it.  */
static void end_with(struct pr_pipe *pipe, bool is_readable)
{
	pr_loop_enter(pipe->loop);
	if (is_readable && pipe->conn && pipe->conn->is_leased)
		pr_read(pipe->conn, PR_READ_READINESS);
	if (pipe->conn)
		keep_lease(pipe->conn);
	pr_loop_leave(pipe->loop);
}

static int poll_until(struct pollfd *fds, size_t count, int64_t deadline_ns)
{
	struct timespec left, *timeout = NULL;

	if (deadline_ns >= 0) {
		int64_t left_ns = deadline_ns - pr_clock_ns();

		left_ns = left_ns > 0 ? left_ns : 0;
		left = (struct timespec){.tv_sec = left_ns / 1000000000,
		                         .tv_nsec = left_ns % 1000000000};
		timeout = &left;
	}
	int changed = ppoll(fds, (nfds_t)count, timeout, NULL);

	if (changed < 0)
		return errno == EINTR ? EINTR : 0;
	return changed == 0 ? EAGAIN : 0;
}

static int sleep_in_poll(struct pr_socket *socket, struct pollfd *fds, size_t count,
                         int64_t deadline_ns)
{
	uint64_t value;
	int error = 0;

	atomic_store_explicit(&socket->sleeping, PR_SLEEPS_IN_POLL, memory_order_seq_cst);
	if (!has_news(socket)) {
		PR_COUNT(&socket->counters, app_polls, 1);
		error = poll_until(fds, count, deadline_ns);
	}
	/* Whoever woke us took the word back and wrote; the descriptor may become readable only
	 * after we looked, which costs one wait for nothing later. */
	atomic_store_explicit(&socket->sleeping, 0, memory_order_seq_cst);
	if (fds[0].revents && read(fds[0].fd, &value, sizeof(value)) < 0)
		return error; /* EAGAIN: somebody else has read it */
	return error;
}

static int wait_on_lease(struct pr_socket *socket, int64_t deadline_ns)
{
	struct pollfd fds[1 + PIPES_MOST] = {{.fd = socket->wait_fd, .events = POLLIN}};
	struct pr_pipe **pipes = socket->pipes;
	size_t count = socket->pipes_count;
	int error = 0;

	socket->caller.has_leases = true;
	for (size_t i = 0; i < count; i++)
		fds[1 + i] = (struct pollfd){.fd = pipes[i]->loop ? begin_with(pipes[i]) : -1,
		                             .events = POLLIN};
	if (!has_news(socket))
		error = sleep_in_poll(socket, fds, 1 + count, deadline_ns);
	for (size_t i = 0; i < count; i++)
		if (pipes[i]->loop)
			end_with(pipes[i], fds[1 + i].revents != 0);
	if (pr_ctx_is_terminated(socket->ctx))
		return ETERM;
	/* What the last look found counts, whatever the time. */
	return has_news(socket) ? 0 : error;
}

static int wait_calmly(struct pr_socket *socket, int64_t deadline_ns)
{
	if (is_calm(socket) && has_wait_fd(socket))
		return wait_on_lease(socket, deadline_ns);
	pr_caller_give_back(socket);
	return pr_socket_sleep(socket, deadline_ns);
}

int pr_caller_wait(struct pr_socket *socket, int64_t deadline_ns)
{
	struct pr_caller *caller = &socket->caller;

	if (!is_by_caller(socket))
		return pr_socket_sleep(socket, deadline_ns);
	caller->is_calm = true;
	/* Only who does not send is asked how long it waited. */
	int64_t before_ns = caller->is_silent ? pr_clock_ns() : 0;
	int error = wait_calmly(socket, deadline_ns);

	caller->waited_ns = before_ns ? pr_clock_ns() - before_ns : 0;
	return error;
}
