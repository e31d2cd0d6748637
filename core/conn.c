/* SPDX-License-Identifier: MIT */
/* core/conn.c - the life of a connection: start, handshake, traffic, ends of several kinds.  */
#include "core/conn.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/caller.h"
#include "core/ctx.h"
#include "core/endpoint.h"
#include "core/handshake.h"
#include "core/include/proctor/zmq.h"
#include "core/monitor.h"
#include "core/pipe.h"
#include "core/read.h"
#include "core/socket.h"
#include "core/timer.h"
#include "core/transport.h"
#include "core/uvread.h"
#include "core/write.h"

/* After the last byte went into a TCP socket we wait until the peer's kernel has it, so that
 * closing with unread input (a reset) cannot destroy it: look every 10 ms, at most for half a
 * second.  */
#define FLUSH_CHECK_MS    10
#define FLUSH_CHECKS_MOST 50

/* What our own epoll is asked for: where libuv or the application's thread reads, room only; and
 * not even that in the end, when what the peer still sends is thrown away.  */
static uint32_t own_interest(const struct pr_conn *conn)
{
	if (conn->is_leased || (conn->uvread && conn->state != PR_CONN_FLUSHED))
		return conn->interest & ~(uint32_t)EPOLLIN;
	return conn->interest;
}

static uint32_t epoll_events(const struct pr_conn *conn)
{
	return own_interest(conn) | (conn->is_edge ? (uint32_t)EPOLLET : 0);
}

static void unregister(struct pr_conn *conn)
{
	if (conn->is_registered)
		pr_loop_remove(conn->loop, &conn->watch);
	conn->is_registered = false;
}

void pr_conn_apply_interest(struct pr_conn *conn)
{
	if (conn->watch.fd < 0 || own_interest(conn) == conn->applied)
		return;
	conn->applied = own_interest(conn);
	PR_COUNT(&conn->counters, interest_changes, 1);
	if (conn->uvread && own_interest(conn) == 0)
		unregister(conn); /* or a hang-up, which is libuv's to see, would be reported */
	else if (conn->is_registered)
		pr_loop_change(conn->loop, &conn->watch, epoll_events(conn));
	else if (pr_loop_add(conn->loop, &conn->watch, epoll_events(conn)) == 0)
		conn->is_registered = true;
}

void pr_conn_set_interest(struct pr_conn *conn, uint32_t interest)
{
	if (conn->interest == interest || conn->watch.fd < 0)
		return;
	conn->interest = interest;
	PR_PROBE2(interest, conn->watch.fd, interest);
	if (conn->uvread)
		pr_uvread_set(conn, (interest & EPOLLIN) && conn->state != PR_CONN_FLUSHED);
	pr_conn_apply_interest(conn);
}

/* ---- Wake-ups ---- */

/* Reads for which an application is woken together: how long the first one's may wait.  */
#define TOLD_MOST 16

static void wake(struct pr_loop *loop)
{
	struct pr_conn *conn = loop->to_wake;

	loop->to_wake = NULL;
	loop->told = 0;
	if (conn && pr_socket_wake(conn->pipe->socket))
		pr_conn_woke_app(conn);
}

void pr_conn_begin_batch(struct pr_loop *loop)
{
	loop->is_batch = true;
}

void pr_conn_end_batch(struct pr_loop *loop)
{
	loop->is_batch = false;
	wake(loop);
}

void pr_conn_tell_app_in_batch(struct pr_conn *conn, uint32_t events)
{
	struct pr_loop *loop = conn->loop;
	struct pr_socket *socket = conn->pipe->socket;

	if (pr_pipe_tell_app_quietly(conn->pipe, events))
		pr_conn_woke_app(conn);
	if (loop->to_wake && loop->to_wake->pipe->socket != socket)
		wake(loop);
	/* Who falls asleep from now on sees what was told. */
	if (!loop->to_wake && pr_socket_sleeps(socket))
		loop->to_wake = conn;
	if (loop->to_wake && ++loop->told >= TOLD_MOST)
		wake(loop);
}

/* ---- Events ---- */

/* The peer may still send while we wait for our last bytes to arrive; what it sends goes nowhere.
 */
static void discard_input(struct pr_conn *conn)
{
	uint8_t nowhere[4096];
	ssize_t got = recv(conn->watch.fd, nowhere, sizeof(nowhere), MSG_DONTWAIT);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		pr_conn_close(conn);
}

static void handle(struct pr_watch *watch, uint32_t events)
{
	struct pr_conn *conn = (struct pr_conn *)watch;

	if (conn->state == PR_CONN_FLUSHED) {
		discard_input(conn);
		return;
	}
	if (events & EPOLLOUT || conn->uvread)
		pr_write_ready(conn);
	if (conn->uvread || conn->watch.fd < 0 || !(events & ~(uint32_t)EPOLLOUT))
		return;
	/* Readiness from before the lease is the caller's, who may have read by now. */
	if (conn->is_leased && !(events & (EPOLLHUP | EPOLLERR)))
		return;
	pr_caller_end_lease(conn);
	if (!conn->read.paused && !conn->is_closing) {
		/* A read that was to go on anyway: the readiness just reported is its cause. */
		conn->read.again = PR_READ_NONE;
		pr_read(conn, PR_READ_READINESS);
	} else if (events & (EPOLLHUP | EPOLLERR) && !conn->is_edge) {
		/* Epoll reports these without being asked.  While reading is paused, not to hear of
		 * them means to leave the set; while closing, there is nobody left to send to. */
		if (conn->is_closing)
			pr_conn_close(conn);
		else
			unregister(conn);
	}
}

void pr_conn_again(struct pr_conn *conn)
{
	enum pr_read_cause cause = conn->read.again;
	bool write = conn->write.again;

	conn->read.again = PR_READ_NONE;
	conn->write.again = false;
	if (write)
		pr_write(conn, PR_SEND_MORE);
	if (cause != PR_READ_NONE)
		pr_read(conn, cause);
}

void pr_conn_output(struct pr_conn *conn)
{
	if (conn->state == PR_CONN_TRAFFIC)
		pr_write(conn, PR_SEND_WAKEUP);
}

void pr_conn_restart(struct pr_conn *conn)
{
	if (conn->state == PR_CONN_TRAFFIC || conn->state == PR_CONN_HELD)
		pr_read_restart(conn);
}

/* ---- Beginning ---- */

static void link_conn(struct pr_conn *conn)
{
	struct pr_loop *loop = conn->loop;

	pthread_mutex_lock(&loop->conns_lock);
	conn->next = loop->conns;
	if (conn->next)
		conn->next->prev = conn;
	loop->conns = conn;
	pthread_mutex_unlock(&loop->conns_lock);
}

static struct pr_conn *create(struct pr_loop *loop, int fd, struct pr_endpoint *endpoint,
                              struct pr_pipe *pipe)
{
	struct pr_conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	conn->endpoint = endpoint;
	if (!pr_handshake_create(conn)) {
		free(conn);
		return NULL;
	}
	conn->watch.handle = handle;
	conn->watch.fd = fd;
	conn->loop = loop;
	conn->phase = &loop->ctx->phase;
	conn->is_raw = endpoint->options.raw;
	conn->is_edge = conn->phase->speculate == PR_SPECULATE_ALWAYS;
	conn->is_deaf = endpoint->socket->pattern->is_deaf;
	conn->takes_subscriptions = endpoint->socket->pattern->takes_subscriptions;
	conn->pipe = pipe;
	if (pipe)
		pipe->conn = conn;
	pr_endpoint_ref(endpoint);
	pr_store_init(&conn->read.store);
	return conn;
}

/* For the peer's greeting.  */
static int start_waiting(struct pr_conn *conn)
{
	conn->interest = EPOLLIN;
	if (conn->phase->reader == PR_READER_LIBUV)
		return pr_uvread_open(conn);
	conn->applied = EPOLLIN;
	int error = pr_loop_add(conn->loop, &conn->watch, epoll_events(conn));

	conn->is_registered = error == 0;
	return error;
}

void pr_conn_start(struct pr_loop *loop, int fd, struct pr_endpoint *endpoint, struct pr_pipe *pipe)
{
	const struct pr_transport *transport = endpoint->address.transport;
	struct pr_conn *conn = create(loop, fd, endpoint, pipe);

	if (!conn) {
		close(fd);
		if (pipe)
			pr_endpoint_lost(endpoint, true);
		return;
	}
	if (transport->tune)
		transport->tune(fd, &endpoint->options);
	transport->name_peer(fd, endpoint->uri, conn->peer, sizeof(conn->peer));
	link_conn(conn);
	PR_COUNT(&conn->counters, connections, 1);
	if (endpoint->is_listener)
		pr_monitor_tell_conn(conn, ZMQ_EVENT_ACCEPTED, fd);
	if (start_waiting(conn) != 0) {
		pr_conn_close(conn);
		return;
	}
	pr_handshake_begin(conn);
	if (conn->phase->speculate == PR_SPECULATE_ALWAYS)
		pr_read(conn, PR_READ_START);
}

/* ---- End ---- */

static void unlink_conn(struct pr_conn *conn)
{
	struct pr_loop *loop = conn->loop;

	PR_COUNT(&conn->counters, connections_closed, 1);
	pthread_mutex_lock(&loop->conns_lock);
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		loop->conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	pr_counters_fold(PR_SCOPE_CONN, &loop->closed_conns, &conn->counters);
	pthread_mutex_unlock(&loop->conns_lock);
	conn->next = loop->dead;
	loop->dead = conn;
	if (conn->endpoint->is_listener) /* a connecter's has the place of its endpoint */
		pr_ctx_leave_loop(loop);
}

static void close_descriptor(struct pr_conn *conn)
{
	pr_heartbeat_stop(conn);
	if (conn->watch.fd < 0)
		return;
	pr_caller_end_lease(conn);
	unregister(conn);
	if (conn->uvread)
		pr_uvread_close(conn);
	else
		close(conn->watch.fd);
	conn->watch.fd = -1;
}

/* The pipe of a connecter waits for its next connection; any other ends with this one.  */
static void leave_pipe(struct pr_conn *conn)
{
	struct pr_pipe *pipe = conn->pipe;

	conn->pipe = NULL;
	pipe->conn = NULL;
	atomic_store_explicit(&pipe->is_subscribed, false, memory_order_relaxed);
	if (pipe->lasts) {
		if (conn->is_raw)
			pr_pipe_skip_bytes(pipe);
		else
			pr_pipe_skip_partial_message(pipe);
		return;
	}
	pr_timer_stop(&pipe->linger_timer);
	if (pr_pipe_tell_app(pipe, PR_APP_END))
		pr_conn_woke_app(conn);
	pr_pipe_unref(pipe);
}

void pr_conn_close(struct pr_conn *conn)
{
	bool was_in_traffic = conn->state != PR_CONN_HANDSHAKE;

	/* The application has ended it; what a connecter has left to send is the endpoint's to
	 * know. */
	bool is_over = conn->pipe && conn->pipe->is_closing && !conn->pipe->lasts;

	if (conn->state == PR_CONN_CLOSED)
		return;
	if (conn->loop->to_wake == conn)
		wake(conn->loop);
	pr_handshake_end(conn);
	close_descriptor(conn);
	if (conn->pipe && was_in_traffic) {
		pr_read_detach(conn);
		leave_pipe(conn);
	} else if (conn->pipe) {
		conn->pipe->conn = NULL;
		conn->pipe = NULL;
	}
	free(conn->write.control);
	conn->write.control = NULL;
	conn->state = PR_CONN_CLOSED;
	unlink_conn(conn);
	pr_endpoint_lost(conn->endpoint, !conn->is_broken && !is_over);
}

/* Before anything is undone.  */
static void tell_lost(struct pr_conn *conn)
{
	if (conn->state == PR_CONN_HANDSHAKE && !conn->handshake->is_told)
		pr_monitor_tell_conn(conn, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
		                     conn->lost_error ? conn->lost_error : EPIPE);
	if (conn->state == PR_CONN_HANDSHAKE || conn->state == PR_CONN_TRAFFIC)
		pr_monitor_tell_conn(conn, ZMQ_EVENT_DISCONNECTED, conn->watch.fd);
}

void pr_conn_lost(struct pr_conn *conn)
{
	tell_lost(conn);
	if (conn->is_raw && conn->state == PR_CONN_TRAFFIC)
		pr_read_notice(conn);
	if (conn->state != PR_CONN_TRAFFIC || conn->is_closing || !pr_read_is_holding(conn) ||
	    conn->phase->fault == PR_FAULT_LOSE_ON_CLOSE) {
		pr_conn_close(conn);
		return;
	}
	pr_read_take_stock(conn);
	close_descriptor(conn);
	conn->state = PR_CONN_HELD;
}

void pr_conn_broke(struct pr_conn *conn)
{
	conn->is_broken = true;
	pr_conn_lost(conn);
}

void pr_conn_close_when_flushed(struct pr_conn *conn)
{
	if (conn->state != PR_CONN_TRAFFIC && conn->state != PR_CONN_HANDSHAKE) {
		pr_conn_close(conn);
		return;
	}
	/* Before the handshake is done nothing can be sent; a lingering pipe waits for it. */
	bool hopeless = conn->pipe->linger_ms == 0 ||
	                (conn->state == PR_CONN_HANDSHAKE && pr_pipe_is_flushed(conn->pipe));

	if (hopeless) {
		pr_conn_close(conn);
		return;
	}
	if (conn->state == PR_CONN_HANDSHAKE)
		return;
	conn->is_closing = true;
	pr_caller_end_lease(conn);
	if (!conn->is_edge)
		pr_conn_set_interest(conn, conn->interest & ~(uint32_t)EPOLLIN);
	pr_write(conn, PR_SEND_WAKEUP);
}

void pr_conn_close_handshakes(struct pr_loop *loop, const struct pr_endpoint *endpoint)
{
	for (struct pr_conn *conn = loop->conns, *next; conn; conn = next) {
		next = conn->next;
		if (conn->endpoint == endpoint && !conn->pipe)
			pr_conn_close(conn);
	}
}

static void check_flushed(void *arg)
{
	struct pr_conn *conn = arg;
	int unsent = 0;

	if (ioctl(conn->watch.fd, SIOCOUTQ, &unsent) < 0 || unsent == 0 ||
	    ++conn->flush_checks > FLUSH_CHECKS_MOST)
		pr_conn_close(conn);
	else
		pr_timer_start(&conn->timer, conn->loop, FLUSH_CHECK_MS, check_flushed, conn);
}

void pr_conn_flushed(struct pr_conn *conn)
{
	if (!conn->endpoint->address.transport->is_lossy_on_close) {
		pr_conn_close(conn);
		return;
	}
	conn->state = PR_CONN_FLUSHED;
	conn->is_edge = false;
	pr_conn_set_interest(conn, 0);
	pr_conn_set_interest(conn, EPOLLIN);
	check_flushed(conn);
}

void pr_conn_bury(struct pr_loop *loop)
{
	struct pr_conn *conn = loop->dead;

	loop->dead = NULL;
	while (conn) {
		struct pr_conn *next = conn->next;

		if (conn->is_again) { /* still on the list of those that go on */
			conn->next = loop->dead;
			loop->dead = conn;
		} else {
			pr_endpoint_unref(conn->endpoint);
			free(conn);
		}
		conn = next;
	}
}
