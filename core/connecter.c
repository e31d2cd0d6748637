/* SPDX-License-Identifier: MIT */
/* core/connecter.c - zmq_connect: looking up, connecting, and connecting again.
 *
 * With ZMQ_SOCKS_PROXY what is looked up and connected to is the proxy, which is then asked for the
 * real address (core/socks.h).  Until it agrees nothing is connected: whatever goes wrong with it
 * is a connect that failed.  */
#include "core/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/conn.h"
#include "core/include/proctor/zmq.h"
#include "core/pipe.h"
#include "core/socket.h"
#include "core/socks.h"
#include "core/timer.h"
#include "core/transport.h"

struct pr_detour {
	char uri[sizeof("tcp://") + 256]; /* of the proxy, as it was given */
	bool is_nowhere;                  /* that is no address: no connect can work */
	struct pr_address address;
	struct pr_socks socks;
};

static void connect_now(void *arg);

/* Whom a descriptor is connected to.  */
static struct pr_address *get_hop(struct pr_endpoint *endpoint)
{
	return endpoint->detour ? &endpoint->detour->address : &endpoint->address;
}

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

void pr_connecter_retry(struct pr_endpoint *endpoint)
{
	if (endpoint->options.reconnect_ivl <= 0)
		return; /* never again; libzmq takes 0 for that as well as -1 */
	uint64_t delay_ms = next_delay_ms(endpoint);

	pr_timer_stop(&endpoint->timer);
	pr_endpoint_tell(endpoint, ZMQ_EVENT_CONNECT_RETRIED, (int)delay_ms);
	pr_timer_start(&endpoint->timer, endpoint->loop, delay_ms, connect_now, endpoint);
}

static void connect_failed(void *arg)
{
	struct pr_endpoint *endpoint = arg;

	pr_endpoint_close(endpoint);
	pr_connecter_retry(endpoint);
}

static void connected(struct pr_endpoint *endpoint)
{
	int fd = endpoint->watch.fd;

	pr_timer_stop(&endpoint->timer);
	pr_loop_remove(endpoint->loop, &endpoint->watch);
	endpoint->watch.fd = -1;
	endpoint->reconnect_ms = endpoint->options.reconnect_ivl;
	pr_endpoint_tell(endpoint, ZMQ_EVENT_CONNECTED, fd);
	pr_conn_start(endpoint->loop, fd, endpoint, endpoint->pipe);
}

/* ---- Through a proxy ---- */

/* One system call.  False: there is nothing more to do now, or it is over (with an error).  */
static bool converse(struct pr_endpoint *endpoint, int *error)
{
	struct pr_socks *socks = &endpoint->detour->socks;
	int fd = endpoint->watch.fd;
	uint8_t bytes[PR_SOCKS_IN_MAX];
	bool is_sending = socks->out_size > 0;
	ssize_t size = is_sending ? send(fd, socks->out, socks->out_size, MSG_NOSIGNAL)
	                          : recv(fd, bytes, pr_socks_wanted(socks), 0);

	if (size < 0 && errno == EINTR)
		return true;
	if (size < 0 && errno == EAGAIN)
		return false;
	if (size <= 0) {
		*error = size < 0 ? errno : ECONNRESET;
		return false;
	}
	if (is_sending)
		pr_socks_sent(socks, (size_t)size);
	else
		pr_socks_feed(socks, bytes, (size_t)size);
	if (socks->state == PR_SOCKS_REFUSED)
		*error = ECONNREFUSED;
	return socks->state != PR_SOCKS_REFUSED && socks->state != PR_SOCKS_DONE;
}

/* It ends: what is said on either side is bounded, and no more than that is received.  */
static void handle_detour(struct pr_watch *watch, uint32_t events)
{
	struct pr_endpoint *endpoint = (struct pr_endpoint *)watch;
	const struct pr_socks *socks = &endpoint->detour->socks;
	int error = 0;

	(void)events;
	while (converse(endpoint, &error))
		;
	if (!error && socks->state == PR_SOCKS_DONE) {
		connected(endpoint);
		return;
	}
	if (!error)
		error = pr_loop_change(endpoint->loop, watch,
		                       socks->out_size > 0 ? EPOLLOUT : EPOLLIN);
	if (error)
		connect_failed(endpoint);
}

/* The proxy is there; from now on it has as much time as a handshake.  */
static void start_detour(struct pr_endpoint *endpoint)
{
	const struct pr_options *options = &endpoint->options;
	struct pr_socks_goal goal = {.host = endpoint->address.host,
	                             .port = (uint16_t)atoi(endpoint->address.service),
	                             .username = options->socks_username,
	                             .username_size = options->socks_username_size,
	                             .password = options->socks_password,
	                             .password_size = options->socks_password_size};

	pr_socks_init(&endpoint->detour->socks, &goal);
	if (options->handshake_ivl > 0) {
		pr_timer_stop(&endpoint->timer);
		pr_timer_start(&endpoint->timer, endpoint->loop, (uint64_t)options->handshake_ivl,
		               connect_failed, endpoint);
	}
	endpoint->watch.handle = handle_detour;
	handle_detour(&endpoint->watch, EPOLLOUT);
}

static int make_detour(struct pr_endpoint *endpoint)
{
	const struct pr_options *options = &endpoint->options;

	if (endpoint->address.transport != &pr_transport_tcp || options->socks_proxy_size == 0)
		return 0;
	struct pr_detour *detour = calloc(1, sizeof(*detour));

	if (!detour)
		return ENOMEM;
	snprintf(detour->uri, sizeof(detour->uri), "tcp://%s", (const char *)options->socks_proxy);
	detour->is_nowhere =
	        pr_address_parse_connect(detour->uri, options->ipv6, &detour->address) != 0;
	endpoint->detour = detour;
	endpoint->told_uri = detour->uri;
	return 0;
}

/* ---- To an address ---- */

static void handle_connecter(struct pr_watch *watch, uint32_t events)
{
	struct pr_endpoint *endpoint = (struct pr_endpoint *)watch;
	int error = 0;
	socklen_t size = sizeof(error);

	(void)events;
	if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error)
		connect_failed(endpoint);
	else if (endpoint->detour)
		start_detour(endpoint);
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
	const struct pr_address *address = get_hop(endpoint);
	int fd = pr_endpoint_open(address, &endpoint->options);

	if (fd < 0) {
		pr_connecter_retry(endpoint);
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
		pr_endpoint_tell(endpoint, ZMQ_EVENT_CONNECT_DELAYED, EINPROGRESS);
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
	struct pr_address *hop = get_hop(endpoint);

	endpoint->is_looking_up = false;
	if (!endpoint->is_settled && status == 0 && list) {
		memcpy(&hop->sockaddr, list->ai_addr, list->ai_addrlen);
		hop->sockaddr_size = list->ai_addrlen;
		connect_to_address(endpoint);
		hop->sockaddr_size = 0;
	} else if (!endpoint->is_settled) {
		pr_connecter_retry(endpoint);
	}
	uv_freeaddrinfo(list);
	pr_endpoint_unref(endpoint);
}

static void look_up(struct pr_endpoint *endpoint)
{
	struct addrinfo hints = {.ai_family = endpoint->options.ipv6 ? AF_UNSPEC : AF_INET,
	                         .ai_socktype = SOCK_STREAM};
	const struct pr_address *hop = get_hop(endpoint);

	if (endpoint->is_looking_up)
		return;
	endpoint->lookup.data = endpoint;
	if (uv_getaddrinfo(&endpoint->loop->uv, &endpoint->lookup, looked_up, hop->host,
	                   hop->service, &hints) < 0) {
		pr_connecter_retry(endpoint);
		return;
	}
	endpoint->is_looking_up = true;
	pr_endpoint_ref(endpoint);
	pr_loop_run_uv(endpoint->loop);
}

static void connect_now(void *arg)
{
	struct pr_endpoint *endpoint = arg;

	if (endpoint->detour && endpoint->detour->is_nowhere)
		pr_connecter_retry(endpoint);
	else if (get_hop(endpoint)->sockaddr_size > 0)
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
	struct pr_endpoint *endpoint = pr_endpoint_create(socket, uri, false);

	if (!endpoint)
		return ENOMEM;
	endpoint->address = address;
	memcpy(endpoint->uri, endpoint->given_uri, sizeof(endpoint->uri));
	error = make_detour(endpoint);
	if (!error)
		error = make_pipe(endpoint);
	if (error) {
		pr_endpoint_discard(endpoint);
		*result = NULL;
		return error == EBUSY ? 0 : error; /* libzmq does not tell that a PAIR has a peer */
	}
	endpoint->start_task.run = start_connecter;
	pr_loop_post(endpoint->loop, &endpoint->start_task);
	*result = endpoint;
	return 0;
}
