/* SPDX-License-Identifier: MIT */
/* core/endpoint.c - listening and connecting.  */
#include "core/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/conn.h"
#include "core/ctx.h"
#include "core/filter.h"
#include "core/include/proctor/zmq.h"
#include "core/pattern.h"
#include "core/pipe.h"
#include "core/socket.h"
#include "core/timer.h"
#include "core/transport.h"

#define ACCEPTS_A_TURN 64

/* When descriptors run out, accepting again at once would only spin.  */
#define ACCEPT_RETRY_MS 100

void pr_endpoint_ref(struct pr_endpoint *endpoint)
{
	atomic_fetch_add_explicit(&endpoint->refs, 1, memory_order_relaxed);
}

void pr_endpoint_unref(struct pr_endpoint *endpoint)
{
	if (atomic_fetch_sub_explicit(&endpoint->refs, 1, memory_order_acq_rel) != 1)
		return;
	struct pr_socket *socket = endpoint->socket;

	pr_ctx_leave_loop(endpoint->loop);
	pr_filter_unref(endpoint->options.filter);
	free(endpoint);
	pr_socket_unref(socket);
}

/* One reference for the socket's list, one for the work on the loop.  */
static struct pr_endpoint *create(struct pr_socket *socket, const char *uri, bool is_listener)
{
	struct pr_endpoint *endpoint = calloc(1, sizeof(*endpoint));

	if (!endpoint)
		return NULL;
	endpoint->watch.fd = -1;
	endpoint->is_listener = is_listener;
	endpoint->socket_type = socket->pattern->type;
	endpoint->options = socket->options;
	pr_filter_ref(endpoint->options.filter);
	if (endpoint->options.raw) /* what is received has no message to measure */
		endpoint->options.maxmsgsize = -1;
	endpoint->reconnect_ms = socket->options.reconnect_ivl;
	endpoint->socket = socket;
	endpoint->loop = pr_ctx_choose_loop(socket->ctx, socket->options.affinity);
	strncpy(endpoint->given_uri, uri, sizeof(endpoint->given_uri) - 1);
	atomic_init(&endpoint->refs, 2);
	pr_socket_ref(socket);
	return endpoint;
}

bool pr_endpoint_is_at(const struct pr_endpoint *endpoint, const char *uri)
{
	return strcmp(endpoint->uri, uri) == 0 || strcmp(endpoint->given_uri, uri) == 0;
}

static void tell(struct pr_endpoint *endpoint, int event, int value)
{
	pr_monitor_tell(endpoint->socket, event, value, endpoint->uri);
}

/* Ours, before it becomes a connection's.  */
static void close_descriptor(struct pr_endpoint *endpoint)
{
	int fd = endpoint->watch.fd;

	if (fd < 0)
		return;
	pr_loop_remove(endpoint->loop, &endpoint->watch);
	close(fd);
	endpoint->watch.fd = -1;
	tell(endpoint, ZMQ_EVENT_CLOSED, fd);
}

/* ---- Listening ---- */

struct accepted {
	struct pr_task task;
	struct pr_loop *loop;
	struct pr_endpoint *endpoint;
	int fd;
};

static void start_accepted(struct pr_task *task)
{
	struct accepted *accepted = (struct accepted *)task;

	pr_conn_start(accepted->loop, accepted->fd, accepted->endpoint, NULL);
	pr_endpoint_unref(accepted->endpoint);
	free(accepted);
}

/* The connection may live on another loop than the listener.  */
static void start_conn(struct pr_endpoint *endpoint, int fd)
{
	struct pr_loop *loop = pr_ctx_choose_loop(endpoint->loop->ctx, endpoint->options.affinity);

	if (loop == endpoint->loop) {
		pr_conn_start(loop, fd, endpoint, NULL);
		return;
	}
	struct accepted *accepted = malloc(sizeof(*accepted));

	if (!accepted) {
		pr_ctx_leave_loop(loop);
		close(fd);
		return;
	}
	*accepted = (struct accepted){
	        .task.run = start_accepted, .loop = loop, .endpoint = endpoint, .fd = fd};
	pr_endpoint_ref(endpoint);
	pr_loop_post(loop, &accepted->task);
}

static void welcome(struct pr_endpoint *endpoint, int fd)
{
	if (pr_filter_accepts(endpoint->options.filter, fd)) {
		start_conn(endpoint, fd);
		return;
	}
	close(fd);
	tell(endpoint, ZMQ_EVENT_ACCEPT_FAILED, EACCES);
}

static void accept_again(void *arg)
{
	struct pr_endpoint *endpoint = arg;

	pr_loop_add(endpoint->loop, &endpoint->watch, EPOLLIN);
}

static void handle_listener(struct pr_watch *watch, uint32_t events)
{
	struct pr_endpoint *endpoint = (struct pr_endpoint *)watch;

	(void)events;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			welcome(endpoint, fd);
			continue;
		}
		int error = errno;

		if (error != EAGAIN && error != EINTR)
			tell(endpoint, ZMQ_EVENT_ACCEPT_FAILED, error);
		if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
			pr_loop_remove(endpoint->loop, watch);
			pr_timer_start(&endpoint->timer, endpoint->loop, ACCEPT_RETRY_MS,
			               accept_again, endpoint);
		}
		return;
	}
}

static void start_listener(struct pr_task *task)
{
	struct pr_endpoint *endpoint =
	        (struct pr_endpoint *)((char *)task - offsetof(struct pr_endpoint, start_task));

	if (!endpoint->is_stopping)
		pr_loop_add(endpoint->loop, &endpoint->watch, EPOLLIN);
}

static int open_socket(const struct pr_address *address, const struct pr_options *options)
{
	int fd = socket(address->sockaddr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || !address->transport->prepare)
		return fd;
	int error = address->transport->prepare(fd, options);

	if (!error)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

static void clean_up(const struct pr_address *address)
{
	if (address->transport->clean_up)
		address->transport->clean_up(address);
}

static int listen_at(struct pr_endpoint *endpoint)
{
	struct pr_address *address = &endpoint->address;
	const struct pr_options *options = &endpoint->options;
	bool is_ready = options->use_fd >= 0; /* the application listens there already */
	int fd = is_ready ? options->use_fd : open_socket(address, options);

	if (fd < 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return errno;
	endpoint->watch.fd = fd;
	endpoint->watch.handle = handle_listener;
	if (!is_ready) {
		address->transport->prepare_listener(fd, address);
		if (bind(fd, (struct sockaddr *)&address->sockaddr, address->sockaddr_size) < 0 ||
		    listen(fd, options->backlog) < 0)
			return errno;
	}
	address->sockaddr_size = sizeof(address->sockaddr);
	if (getsockname(fd, (struct sockaddr *)&address->sockaddr, &address->sockaddr_size) < 0)
		return errno;
	pr_address_format(address, endpoint->uri, sizeof(endpoint->uri));
	return 0;
}

/* As libzmq tells it: a unix socket has its address from the beginning, any other only once it is
 * bound; and where it could not be bound is told without the transport's name.  */
static void tell_failure(struct pr_socket *socket, const char *uri, struct pr_endpoint *endpoint,
                         int error)
{
	const char *colons = strstr(uri, "://");

	if (endpoint && endpoint->watch.fd >= 0)
		pr_monitor_tell(socket, ZMQ_EVENT_CLOSED, endpoint->watch.fd,
		                endpoint->address.sockaddr.ss_family == AF_UNIX ? uri : "");
	if (colons && error != EPROTONOSUPPORT)
		pr_monitor_tell(socket, ZMQ_EVENT_BIND_FAILED, error, colons + 3);
}

static void discard(struct pr_endpoint *endpoint)
{
	if (endpoint->watch.fd >= 0)
		close(endpoint->watch.fd);
	pr_endpoint_unref(endpoint);
	pr_endpoint_unref(endpoint);
}

int pr_endpoint_listen(struct pr_socket *socket, const char *uri, struct pr_endpoint **result)
{
	struct pr_address address;
	int error = pr_address_parse_bind(uri, socket->options.ipv6, &address);

	if (error) {
		tell_failure(socket, uri, NULL, error);
		return error;
	}
	struct pr_endpoint *endpoint = create(socket, uri, true);

	if (!endpoint) {
		clean_up(&address);
		return ENOMEM;
	}
	endpoint->address = address;
	error = listen_at(endpoint);
	if (error) {
		tell_failure(socket, uri, endpoint, error);
		clean_up(&address);
		discard(endpoint);
		return error;
	}
	tell(endpoint, ZMQ_EVENT_LISTENING, endpoint->watch.fd);
	endpoint->start_task.run = start_listener;
	pr_loop_post(endpoint->loop, &endpoint->start_task);
	*result = endpoint;
	return 0;
}

/* ---- Connecting ---- */

static void connect_now(void *arg);

/* The next delay: RECONNECT_IVL, doubling up to RECONNECT_IVL_MAX when that is set, and a random
 * part of RECONNECT_IVL on top.  */
static uint64_t next_delay_ms(struct pr_endpoint *endpoint)
{
	const struct pr_options *options = &endpoint->options;
	int delay = endpoint->reconnect_ms;

	if (options->reconnect_ivl_max > options->reconnect_ivl) {
		endpoint->reconnect_ms = delay > options->reconnect_ivl_max / 2
		                                 ? options->reconnect_ivl_max
		                                 : delay * 2;
	}
	return (uint64_t)delay + (uint64_t)random() % (uint64_t)options->reconnect_ivl;
}

static void connect_later(struct pr_endpoint *endpoint)
{
	if (endpoint->options.reconnect_ivl <= 0)
		return; /* never again; libzmq takes 0 for that as well as -1 */
	uint64_t delay_ms = next_delay_ms(endpoint);

	pr_timer_stop(&endpoint->timer);
	tell(endpoint, ZMQ_EVENT_CONNECT_RETRIED, (int)delay_ms);
	pr_timer_start(&endpoint->timer, endpoint->loop, delay_ms, connect_now, endpoint);
}

static void connect_failed(void *arg)
{
	struct pr_endpoint *endpoint = arg;

	close_descriptor(endpoint);
	connect_later(endpoint);
}

static void connected(struct pr_endpoint *endpoint)
{
	int fd = endpoint->watch.fd;

	pr_timer_stop(&endpoint->timer);
	pr_loop_remove(endpoint->loop, &endpoint->watch);
	endpoint->watch.fd = -1;
	endpoint->reconnect_ms = endpoint->options.reconnect_ivl;
	tell(endpoint, ZMQ_EVENT_CONNECTED, fd);
	pr_conn_start(endpoint->loop, fd, endpoint, endpoint->pipe);
}

static void handle_connecter(struct pr_watch *watch, uint32_t events)
{
	struct pr_endpoint *endpoint = (struct pr_endpoint *)watch;
	int error = 0;
	socklen_t size = sizeof(error);

	(void)events;
	if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error)
		connect_failed(endpoint);
	else
		connected(endpoint);
}

/* The connection shall come from there.  */
static bool bind_source(int fd, const struct pr_address *address)
{
	const struct sockaddr *source = (const struct sockaddr *)&address->source;

	if (address->source_size > 0)
		return bind(fd, source, address->source_size) == 0;
	return !address->has_no_source;
}

static void connect_to_address(struct pr_endpoint *endpoint)
{
	struct pr_address *address = &endpoint->address;
	int fd = open_socket(address, &endpoint->options);

	if (fd < 0) {
		connect_later(endpoint);
		return;
	}
	endpoint->watch.fd = fd;
	endpoint->watch.handle = handle_connecter;
	if (!bind_source(fd, address)) {
		connect_failed(endpoint);
		return;
	}
	int failed = connect(fd, (struct sockaddr *)&address->sockaddr, address->sockaddr_size);

	bool is_delayed = failed && errno == EINPROGRESS;

	if (is_delayed)
		tell(endpoint, ZMQ_EVENT_CONNECT_DELAYED, EINPROGRESS);
	if ((failed && !is_delayed) || pr_loop_add(endpoint->loop, &endpoint->watch, EPOLLOUT) != 0)
		connect_failed(endpoint);
	else if (endpoint->options.connect_timeout > 0)
		pr_timer_start(&endpoint->timer, endpoint->loop,
		               (uint64_t)endpoint->options.connect_timeout, connect_failed,
		               endpoint);
}

/* The look-up's answer; it keeps a reference of the endpoint.  The name is looked up again for each
 * connection.  */
static void looked_up(uv_getaddrinfo_t *lookup, int status, struct addrinfo *list)
{
	struct pr_endpoint *endpoint = lookup->data;

	endpoint->is_looking_up = false;
	if (!endpoint->is_settled && status == 0 && list) {
		memcpy(&endpoint->address.sockaddr, list->ai_addr, list->ai_addrlen);
		endpoint->address.sockaddr_size = list->ai_addrlen;
		connect_to_address(endpoint);
		endpoint->address.sockaddr_size = 0;
	} else if (!endpoint->is_settled) {
		connect_later(endpoint);
	}
	uv_freeaddrinfo(list);
	pr_endpoint_unref(endpoint);
}

static void look_up(struct pr_endpoint *endpoint)
{
	struct addrinfo hints = {.ai_family = endpoint->options.ipv6 ? AF_UNSPEC : AF_INET,
	                         .ai_socktype = SOCK_STREAM};

	if (endpoint->is_looking_up)
		return;
	endpoint->lookup.data = endpoint;
	if (uv_getaddrinfo(&endpoint->loop->uv, &endpoint->lookup, looked_up,
	                   endpoint->address.host, endpoint->address.service, &hints) < 0) {
		connect_later(endpoint);
		return;
	}
	endpoint->is_looking_up = true;
	pr_endpoint_ref(endpoint);
	pr_loop_run_uv(endpoint->loop);
}

static void connect_now(void *arg)
{
	struct pr_endpoint *endpoint = arg;

	if (endpoint->address.sockaddr_size > 0)
		connect_to_address(endpoint);
	else
		look_up(endpoint);
}

static void start_connecter(struct pr_task *task)
{
	struct pr_endpoint *endpoint =
	        (struct pr_endpoint *)((char *)task - offsetof(struct pr_endpoint, start_task));

	connect_now(endpoint); /* it was posted before any order to stop */
}

/* With ZMQ_IMMEDIATE each connection gets a pipe of its own when its handshake is done.  */
static int make_pipe(struct pr_endpoint *endpoint)
{
	struct pr_socket *socket = endpoint->socket;

	if (socket->options.immediate)
		return 0;
	struct pr_pipe *pipe = pr_pipe_create(socket, endpoint->loop, endpoint);

	if (!pipe)
		return ENOMEM;
	int error = pr_socket_add_pipe(socket, pipe);

	if (error) {
		pr_pipe_unref(pipe);
		pr_pipe_unref(pipe);
		return error;
	}
	pipe->lasts = true;
	endpoint->pipe = pipe;
	return 0;
}

int pr_endpoint_connect(struct pr_socket *socket, const char *uri, struct pr_endpoint **result)
{
	struct pr_address address;
	int error = pr_address_parse_connect(uri, socket->options.ipv6, &address);

	if (error)
		return error;
	struct pr_endpoint *endpoint = create(socket, uri, false);

	if (!endpoint)
		return ENOMEM;
	endpoint->address = address;
	memcpy(endpoint->uri, endpoint->given_uri, sizeof(endpoint->uri));
	error = make_pipe(endpoint);
	if (error) {
		discard(endpoint);
		*result = NULL;
		return error == EBUSY ? 0 : error; /* libzmq does not tell that a PAIR has a peer */
	}
	endpoint->start_task.run = start_connecter;
	pr_loop_post(endpoint->loop, &endpoint->start_task);
	*result = endpoint;
	return 0;
}

/* ---- Ending ---- */

struct sweep {
	struct pr_task task;
	struct pr_loop *loop;
	struct pr_endpoint *endpoint;
};

static void sweep_loop(struct pr_task *task)
{
	struct sweep *sweep = (struct sweep *)task;

	pr_conn_close_handshakes(sweep->loop, sweep->endpoint);
	pr_endpoint_unref(sweep->endpoint);
	free(sweep);
}

/* Connections that are still in the handshake have no pipe through which they could be closed; they
 * may be on any loop.  Without memory they end with the handshake's time-out.  */
static void sweep_handshakes(struct pr_endpoint *endpoint)
{
	struct pr_ctx *ctx = endpoint->loop->ctx;

	for (int i = 0; i < ctx->loops_count; i++) {
		struct sweep *sweep = malloc(sizeof(*sweep));

		if (!sweep)
			return;
		*sweep = (struct sweep){
		        .task.run = sweep_loop, .loop = &ctx->loops[i], .endpoint = endpoint};
		pr_endpoint_ref(endpoint);
		pr_loop_post(&ctx->loops[i], &sweep->task);
	}
}

static void stop_now(struct pr_task *task)
{
	struct pr_endpoint *endpoint =
	        (struct pr_endpoint *)((char *)task - offsetof(struct pr_endpoint, stop_task));

	atomic_store(&endpoint->is_stopping, true);
	if (!endpoint->pipe)
		sweep_handshakes(endpoint);
	pr_endpoint_settle(endpoint);
	pr_endpoint_unref(endpoint);
}

void pr_endpoint_stop(struct pr_endpoint *endpoint)
{
	endpoint->stop_task.run = stop_now;
	pr_loop_post(endpoint->loop, &endpoint->stop_task);
}

/* Has the pipe still something to do?  The application closes it first and lingers for it.  */
static bool pipe_lives(const struct pr_endpoint *endpoint)
{
	struct pr_pipe *pipe = endpoint->pipe;

	if (!pipe)
		return false;
	return !pipe->is_closing || pipe->conn ||
	       (pipe->linger_ms != 0 && !pr_pipe_is_flushed(pipe));
}

/* There will be no other connection: the pipe ends, as that of an accepted connection does.  */
static void end_pipe(struct pr_endpoint *endpoint)
{
	struct pr_pipe *pipe = endpoint->pipe;

	if (!pipe)
		return;
	endpoint->pipe = NULL;
	pr_timer_stop(&pipe->linger_timer);
	pr_pipe_tell_app(pipe, PR_APP_END);
	pr_pipe_unref(pipe);
}

void pr_endpoint_settle(struct pr_endpoint *endpoint)
{
	if (!endpoint->is_stopping || endpoint->is_settled || pipe_lives(endpoint))
		return;
	endpoint->is_settled = true;
	pr_timer_stop(&endpoint->timer);
	close_descriptor(endpoint);
	if (endpoint->is_listener)
		clean_up(&endpoint->address);
	end_pipe(endpoint);
	pr_endpoint_unref(endpoint);
}

void pr_endpoint_lost(struct pr_endpoint *endpoint, bool again)
{
	if (endpoint->is_listener)
		return;
	if (!again || endpoint->options.reconnect_ivl <= 0)
		end_pipe(endpoint);
	pr_endpoint_settle(endpoint);
	bool is_needed = endpoint->pipe ? pipe_lives(endpoint)
	                                : again && !atomic_load(&endpoint->is_stopping);

	if (!endpoint->is_settled && is_needed)
		connect_later(endpoint);
}
