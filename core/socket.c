/* SPDX-License-Identifier: MIT */
/* core/socket.c - the application thread's half: news, sending, receiving, sleeping, closing.  */
#include "core/socket.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/caller.h"
#include "core/ctx.h"
#include "core/endpoint.h"
#include "core/filter.h"
#include "core/include/proctor/zmq.h"
#include "core/inproc.h"
#include "core/msg.h"
#include "core/pipe.h"

static void destroy(struct pr_socket *socket)
{
	int fd = atomic_load_explicit(&socket->event_fd, memory_order_relaxed);

	if (fd >= 0)
		close(fd);
	fd = atomic_load_explicit(&socket->wait_fd, memory_order_relaxed);
	if (fd >= 0)
		close(fd);
	pr_monitor_fini(&socket->monitor);
	pr_filter_unref(socket->options.filter);
	if (!socket->is_internal)
		pr_ctx_forget_socket(socket->ctx, socket);
	free(socket->state);
	free(socket);
}

static void init_socket(struct pr_socket *socket, struct pr_ctx *ctx)
{
	socket->magic = PR_SOCKET_MAGIC;
	socket->ctx = ctx;
	atomic_init(&socket->event_fd, -1);
	atomic_init(&socket->wait_fd, -1);
	atomic_init(&socket->refs, 1);
	pr_monitor_init(&socket->monitor);
	pr_fair_init(&socket->in, PR_FAIR_IN);
	pr_fair_init(&socket->out, PR_FAIR_OUT);
	pr_options_init(&socket->options);
	socket->options.ipv6 = ctx->ipv6;
	if (!ctx->blocky)
		socket->options.linger = 0;
}

struct pr_socket *pr_socket_create(struct pr_ctx *ctx, int type, int *error)
{
	const struct pr_pattern_ops *pattern = pr_pattern_find(type);
	struct pr_socket *socket;

	*error = EINVAL;
	if (!pattern)
		return NULL;
	*error = ENOMEM;
	socket = aligned_alloc(PR_CACHE_LINE, sizeof(*socket));
	if (!socket)
		return NULL;
	memset(socket, 0, sizeof(*socket));
	init_socket(socket, ctx);
	socket->pattern = pattern;
	socket->state = calloc(1, pattern->state_size + 1);
	if (socket->state)
		*error = pr_ctx_add_socket(ctx, socket);
	if (*error) {
		free(socket->state);
		free(socket);
		return NULL;
	}
	if (pattern->init)
		pattern->init(socket);
	return socket;
}

struct pr_socket *pr_socket_create_internal(struct pr_ctx *ctx,
                                            const struct pr_pattern_ops *pattern)
{
	struct pr_socket *socket = aligned_alloc(PR_CACHE_LINE, sizeof(*socket));

	if (!socket)
		return NULL;
	memset(socket, 0, sizeof(*socket));
	init_socket(socket, ctx);
	socket->pattern = pattern;
	socket->is_internal = true;
	return socket;
}

void pr_socket_ref(struct pr_socket *socket)
{
	atomic_fetch_add_explicit(&socket->refs, 1, memory_order_relaxed);
}

void pr_socket_unref(struct pr_socket *socket)
{
	if (atomic_fetch_sub_explicit(&socket->refs, 1, memory_order_acq_rel) == 1)
		destroy(socket);
}

/* ---- The list of pipes ---- */

static int list_pipe(struct pr_socket *socket, struct pr_pipe *pipe)
{
	if (socket->pipes_count == socket->pipes_room) {
		size_t room = socket->pipes_room ? socket->pipes_room * 2 : 4;
		struct pr_pipe **pipes = realloc(socket->pipes, room * sizeof(*pipes));

		if (!pipes)
			return ENOMEM;
		socket->pipes = pipes;
		socket->pipes_room = room;
	}
	int error = socket->pattern->add(socket, pipe);

	if (error)
		return error;
	pipe->is_listed = true;
	pipe->socket_index = socket->pipes_count;
	socket->pipes[socket->pipes_count++] = pipe;
	return 0;
}

/* The socket forgets the pipe; the application's reference is the caller's now.  */
static void unlist_pipe(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_pipe *last = socket->pipes[--socket->pipes_count];

	socket->pipes[pipe->socket_index] = last;
	last->socket_index = pipe->socket_index;
	pipe->is_listed = false;
	pipe->is_gone = true;
	socket->pattern->stop_output(socket, pipe);
	socket->pattern->remove(socket, pipe);
	if (socket->send_pipe == pipe)
		socket->send_pipe = NULL;
	if (socket->recv_pipe == pipe) {
		socket->recv_pipe = NULL;
		socket->rcvmore = false;
	}
}

int pr_socket_add_pipe(struct pr_socket *socket, struct pr_pipe *pipe)
{
	return list_pipe(socket, pipe);
}

void pr_socket_close_pipe(struct pr_socket *socket, struct pr_pipe *pipe, int linger_ms)
{
	unlist_pipe(socket, pipe);
	pr_pipe_hand_over(pipe, linger_ms);
}

/* ---- News ---- */

static bool signal_fd(const _Atomic int *event_fd)
{
	int fd = atomic_load_explicit(event_fd, memory_order_seq_cst);
	uint64_t one = 1;

	return fd >= 0 && write(fd, &one, sizeof(one)) == (ssize_t)sizeof(one);
}

bool pr_socket_signal_fd(struct pr_socket *socket)
{
	return signal_fd(&socket->event_fd);
}

/* Makes ZMQ_FD unreadable, unless the context is ending: that signal stays for whoever polls next.
 */
static void drain_event_fd(struct pr_socket *socket)
{
	int fd = atomic_load_explicit(&socket->event_fd, memory_order_relaxed);
	uint64_t value;

	if (fd < 0 || read(fd, &value, sizeof(value)) < 0)
		return; /* there is none, or EAGAIN: it was not readable, which is what we want */
	if (!socket->is_internal &&
	    atomic_load_explicit(&socket->ctx->is_terminated, memory_order_seq_cst))
		pr_socket_signal_fd(socket);
}

void pr_socket_attach(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pipe->is_attached = true;
	if (!pipe->is_listed && list_pipe(socket, pipe) != 0) {
		pipe->is_gone = true; /* refused */
		pr_pipe_hand_over(pipe, 0);
		return;
	}
	if (socket->pattern->attached)
		socket->pattern->attached(socket, pipe);
}

static void end_pipe(struct pr_socket *socket, struct pr_pipe *pipe)
{
	pipe->is_ended = true;
	if (socket->send_pipe == pipe)
		socket->send_pipe = NULL;
	socket->pattern->stop_output(socket, pipe);
	bool is_read = !socket->pattern->is_read || socket->pattern->is_read(socket, pipe);

	if (!is_read || !pr_pipe_has_input(pipe))
		pr_socket_drop_pipe(socket, pipe);
}

static void take_pipe_news(struct pr_socket *socket, struct pr_pipe *pipe)
{
	uint32_t events = atomic_exchange_explicit(&pipe->app_events, 0, memory_order_seq_cst);

	if (events & PR_APP_ATTACH && !pipe->is_gone)
		pr_socket_attach(socket, pipe);
	if (events & PR_APP_HWM && !pipe->is_gone)
		pr_pipe_take_peer_hwm(pipe);
	if (events & PR_APP_READABLE && !pipe->is_gone)
		socket->pattern->readable(socket, pipe);
	if (events & PR_APP_WRITABLE && !pipe->is_gone)
		socket->pattern->writable(socket, pipe);
	if (events & PR_APP_END && !pipe->is_gone)
		end_pipe(socket, pipe);
	pr_pipe_unref(pipe);
}

/* Takes the whole stack, oldest first.  */
static struct pr_pipe *take_ready(struct pr_socket *socket)
{
	struct pr_pipe *pipe = atomic_exchange_explicit(&socket->ready, NULL, memory_order_seq_cst);
	struct pr_pipe *turned = NULL;

	while (pipe) {
		struct pr_pipe *next = pipe->app_next;

		pipe->app_next = turned;
		turned = pipe;
		pipe = next;
	}
	return turned;
}

void pr_socket_take_all_news(struct pr_socket *socket)
{
	/* First the descriptor, then the stack: a push in between makes the descriptor readable
	 * again. */
	drain_event_fd(socket);
	for (struct pr_pipe *pipe = take_ready(socket), *next; pipe; pipe = next) {
		next = pipe->app_next;
		take_pipe_news(socket, pipe);
	}
}

bool pr_socket_wake(struct pr_socket *socket)
{
	if (atomic_load_explicit(&socket->sleeping, memory_order_seq_cst) == PR_AWAKE)
		return false;
	uint32_t how = atomic_exchange_explicit(&socket->sleeping, PR_AWAKE, memory_order_seq_cst);

	if (how == PR_AWAKE)
		return false;
	if (how == PR_SLEEPS_IN_POLL)
		return signal_fd(&socket->wait_fd);
	syscall(SYS_futex, &socket->sleeping, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	return true;
}

/* The socket is closed: nobody takes its news any more.  A pipe that the application never saw is
 * handed over here; all others were handed over by pr_socket_close.  */
static void drop_news(struct pr_socket *socket)
{
	for (struct pr_pipe *pipe = take_ready(socket), *next; pipe; pipe = next) {
		/* Read before the bits are cleared: from then on it may be pushed again. */
		next = pipe->app_next;
		uint32_t events =
		        atomic_exchange_explicit(&pipe->app_events, 0, memory_order_seq_cst);

		if (events & PR_APP_ATTACH && !pipe->is_listed && !pipe->is_gone) {
			pipe->is_gone = true;
			pr_pipe_hand_over(pipe, 0);
		}
		pr_pipe_unref(pipe);
	}
}

bool pr_socket_push(struct pr_socket *socket, struct pr_pipe *pipe, bool wake)
{
	struct pr_pipe *top = atomic_load_explicit(&socket->ready, memory_order_relaxed);
	bool signalled = false;

	/* Once it is on the stack the pipe, and with it the socket, may go away. */
	pr_socket_ref(socket);
	do
		pipe->app_next = top;
	while (!atomic_compare_exchange_weak_explicit(&socket->ready, &top, pipe,
	                                              memory_order_seq_cst, memory_order_relaxed));
	if (!top)
		signalled = pr_socket_signal_fd(socket);
	if (wake)
		signalled |= pr_socket_wake(socket);
	if (atomic_load_explicit(&socket->is_closed, memory_order_seq_cst))
		drop_news(socket);
	pr_socket_unref(socket);
	return signalled;
}

/* ---- Waiting ---- */

static int futex_wait(struct pr_socket *socket, int64_t deadline_ns)
{
	struct timespec until = {.tv_sec = deadline_ns / 1000000000,
	                         .tv_nsec = deadline_ns % 1000000000};

	/* The BITSET form takes an absolute time of the monotonic clock. */
	if (syscall(SYS_futex, &socket->sleeping, FUTEX_WAIT_BITSET_PRIVATE, PR_SLEEPS_IN_FUTEX,
	            deadline_ns < 0 ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY) == 0)
		return 0;
	if (errno == ETIMEDOUT)
		return EAGAIN;
	return errno == EINTR ? EINTR : 0;
}

int pr_socket_sleep(struct pr_socket *socket, int64_t deadline_ns)
{
	int error = 0;

	atomic_store_explicit(&socket->sleeping, PR_SLEEPS_IN_FUTEX, memory_order_seq_cst);
	if (!atomic_load_explicit(&socket->ready, memory_order_seq_cst) &&
	    !atomic_load_explicit(&socket->ctx->is_terminated, memory_order_seq_cst)) {
		PR_COUNT(&socket->counters, app_sleeps, 1);
		error = futex_wait(socket, deadline_ns);
	}
	atomic_store_explicit(&socket->sleeping, PR_AWAKE, memory_order_relaxed);
	return pr_ctx_is_terminated(socket->ctx) ? ETERM : error;
}

static int64_t deadline_of(int timeout_ms)
{
	return timeout_ms < 0 ? -1 : pr_clock_ns() + (int64_t)timeout_ms * 1000000;
}

int pr_socket_fd(struct pr_socket *socket)
{
	int fd = atomic_load_explicit(&socket->event_fd, memory_order_relaxed);

	if (fd >= 0)
		return fd;
	pr_caller_give_back(socket);
	fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	atomic_store_explicit(&socket->event_fd, fd, memory_order_seq_cst);
	if (atomic_load_explicit(&socket->ready, memory_order_seq_cst) ||
	    pr_ctx_is_terminated(socket->ctx))
		pr_socket_signal_fd(socket);
	return fd;
}

int pr_socket_events(struct pr_socket *socket)
{
	pr_socket_take_all_news(socket);
	return pr_socket_look(socket);
}

int pr_socket_look(struct pr_socket *socket)
{
	int events = 0;

	pr_socket_take_news(socket);
	if (socket->pattern->can_recv(socket))
		events |= ZMQ_POLLIN;
	if (socket->pattern->can_send(socket))
		events |= ZMQ_POLLOUT;
	return events;
}

/* ---- Messages ---- */

/* A send or a receive, to be tried again.  */
struct attempt {
	const void *data;
	size_t size;
	bool more;
	struct pr_view *view;
};

static int try_send(struct pr_socket *socket, const struct attempt *attempt)
{
	return socket->pattern->send(socket, attempt->data, attempt->size, attempt->more);
}

static int try_recv(struct pr_socket *socket, const struct attempt *attempt)
{
	return socket->pattern->recv(socket, attempt->view);
}

/* Tries again after each piece of news until it works or the time is up.  Kept out of line: the
 * caller's fast path needs neither this frame nor these registers.  */
static __attribute__((noinline)) int
keep_trying(struct pr_socket *socket, const struct attempt *attempt,
            int (*try_it)(struct pr_socket *socket, const struct attempt *attempt),
            int (*wait)(struct pr_socket *socket, int64_t deadline_ns), int timeout_ms)
{
	int64_t deadline_ns = deadline_of(timeout_ms);

	for (;;) {
		int woken = wait(socket, deadline_ns);

		if (woken == ETERM || woken == EINTR)
			return woken;
		pr_socket_take_news(socket);
		int error = try_it(socket, attempt);

		if (error != EAGAIN || woken == EAGAIN)
			return error;
	}
}

int pr_socket_send_later(struct pr_socket *socket, const void *data, size_t size, int flags)
{
	if (flags & ZMQ_DONTWAIT)
		return EAGAIN;
	const struct attempt attempt = {.data = data, .size = size, .more = flags & ZMQ_SNDMORE};

	return keep_trying(socket, &attempt, try_send, pr_socket_sleep, socket->options.sndtimeo);
}

/* A receive that finds nothing leaves ZMQ_FD unreadable.  Whoever made the news signals it a moment
 * later than the news can be taken, so this is looked at although there are none.  */
static int recv_undrained(struct pr_socket *socket, struct pr_view *view)
{
	if (atomic_load_explicit(&socket->event_fd, memory_order_relaxed) < 0)
		return EAGAIN;
	pr_socket_take_all_news(socket);
	return socket->pattern->recv(socket, view);
}

int pr_socket_recv_later(struct pr_socket *socket, struct pr_view *view, int flags)
{
	if (flags & ZMQ_DONTWAIT) {
		pr_caller_give_back(socket); /* whoever does not wait cannot read for itself */
		return recv_undrained(socket, view);
	}
	const struct attempt attempt = {.view = view};

	return keep_trying(socket, &attempt, try_recv, pr_caller_wait, socket->options.rcvtimeo);
}

int pr_socket_send_msg(struct pr_socket *socket, const struct pr_msg *msg, int flags)
{
	socket->lent = msg;
	int error = pr_socket_send(socket, pr_msg_data(msg), msg->size, flags);

	socket->lent = NULL;
	return error;
}

void pr_socket_drop_pipe(struct pr_socket *socket, struct pr_pipe *pipe)
{
	unlist_pipe(socket, pipe);
	pr_pipe_let_go(pipe);
}

void pr_socket_found_nothing(struct pr_socket *socket, struct pr_pipe *pipe)
{
	if (pipe->is_ended)
		pr_socket_drop_pipe(socket, pipe);
}

struct pr_pipe *pr_socket_seek_input(struct pr_socket *socket)
{
	struct pr_pipe *pipe;

	while ((pipe = pr_fair_current(&socket->in))) {
		if (pr_pipe_has_input(pipe))
			return pipe;
		if (pipe->is_ended)
			pr_socket_drop_pipe(socket, pipe);
		else
			pr_fair_deactivate_current(&socket->in);
	}
	return NULL;
}

/* ---- Endpoints ---- */

static void set_last_endpoint(struct pr_socket *socket, const char *uri)
{
	snprintf(socket->last_endpoint, sizeof(socket->last_endpoint), "%s", uri);
}

static void add_endpoint(struct pr_socket *socket, struct pr_endpoint *endpoint)
{
	endpoint->next = socket->endpoints;
	socket->endpoints = endpoint;
	set_last_endpoint(socket, endpoint->uri);
}

/* Inside the process there is no endpoint: only names, and pipes.  */
static int on_inproc(struct pr_socket *socket, const char *uri,
                     int (*call)(struct pr_socket *socket, const char *uri))
{
	int error = call(socket, uri);

	if (!error)
		set_last_endpoint(socket, uri);
	return error;
}

int pr_socket_bind(struct pr_socket *socket, const char *uri)
{
	struct pr_endpoint *endpoint;

	pr_socket_take_news(socket);
	if (pr_inproc_is_address(uri))
		return on_inproc(socket, uri, pr_inproc_bind);
	int error = pr_endpoint_listen(socket, uri, &endpoint);

	if (!error)
		add_endpoint(socket, endpoint);
	return error;
}

static bool is_connected_to(const struct pr_socket *socket, const char *uri)
{
	const struct pr_endpoint *endpoint = socket->endpoints;

	while (endpoint && (endpoint->is_listener || !pr_endpoint_is_at(endpoint, uri)))
		endpoint = endpoint->next;
	return endpoint;
}

int pr_socket_connect(struct pr_socket *socket, const char *uri)
{
	struct pr_endpoint *endpoint;

	pr_socket_take_news(socket);
	if (pr_inproc_is_address(uri))
		return on_inproc(socket, uri, pr_inproc_connect);
	if (socket->pattern->single_connect && is_connected_to(socket, uri))
		return 0;
	int error = pr_endpoint_connect(socket, uri, &endpoint);

	if (!error && endpoint)
		add_endpoint(socket, endpoint);
	return error;
}

/* What the endpoint made is ended too: the pipe of a connect, the accepted pipes of a bind (as
 * libzmq does).  */
static void close_pipes_of(struct pr_socket *socket, struct pr_endpoint *endpoint)
{
	for (size_t i = socket->pipes_count; i-- > 0;)
		if (socket->pipes[i]->endpoint == endpoint)
			pr_socket_close_pipe(socket, socket->pipes[i], socket->options.linger);
}

void pr_socket_end_peer(struct pr_socket *socket, struct pr_pipe *pipe, int linger_ms)
{
	struct pr_endpoint *endpoint = pipe->lasts ? pipe->endpoint : NULL;
	struct pr_endpoint **at = &socket->endpoints;

	pr_socket_close_pipe(socket, pipe, linger_ms);
	while (*at && *at != endpoint)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = endpoint->next;
	pr_endpoint_stop(endpoint);
}

int pr_socket_stop_endpoint(struct pr_socket *socket, const char *uri)
{
	int error = ENOENT;

	if (!strstr(uri, "://"))
		return EINVAL;
	pr_socket_take_news(socket);
	if (pr_inproc_is_address(uri))
		return pr_inproc_stop(socket, uri);
	for (struct pr_endpoint **at = &socket->endpoints; *at;) {
		struct pr_endpoint *endpoint = *at;

		if (!pr_endpoint_is_at(endpoint, uri)) {
			at = &endpoint->next;
			continue;
		}
		*at = endpoint->next;
		close_pipes_of(socket, endpoint);
		pr_endpoint_stop(endpoint);
		error = 0;
	}
	return error;
}

void pr_socket_close(struct pr_socket *socket)
{
	struct pr_ctx *ctx = socket->ctx;

	pr_socket_take_news(socket);
	socket->magic = 0;
	pr_inproc_close(socket);
	while (socket->pipes_count > 0)
		pr_socket_close_pipe(socket, socket->pipes[socket->pipes_count - 1],
		                     socket->options.linger);
	atomic_store_explicit(&socket->is_closed, true, memory_order_seq_cst);
	drop_news(socket);
	while (socket->endpoints) {
		struct pr_endpoint *endpoint = socket->endpoints;

		socket->endpoints = endpoint->next;
		pr_endpoint_stop(endpoint);
	}
	if (socket->pattern->fini)
		socket->pattern->fini(socket);
	pr_fair_fini(&socket->in);
	pr_fair_fini(&socket->out);
	free(socket->pipes);
	if (!socket->is_internal)
		pr_ctx_close_socket(ctx, socket);
	pr_socket_unref(socket);
}
