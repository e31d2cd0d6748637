/* SPDX-License-Identifier: MIT */
/* core/connecter.c - zmq_connect: looking up, connecting, and connecting again.  */
#include "core/endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/conn.h"
#include "core/include/proctor/zmq.h"
#include "core/pipe.h"
#include "core/socket.h"
#include "core/timer.h"
#include "core/transport.h"

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

	endpoint->is_looking_up = false;
	if (!endpoint->is_settled && status == 0 && list) {
		memcpy(&endpoint->address.sockaddr, list->ai_addr, list->ai_addrlen);
		endpoint->address.sockaddr_size = list->ai_addrlen;
		connect_to_address(endpoint);
		endpoint->address.sockaddr_size = 0;
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

	if (endpoint->is_looking_up)
		return;
	endpoint->lookup.data = endpoint;
	if (uv_getaddrinfo(&endpoint->loop->uv, &endpoint->lookup, looked_up,
	                   endpoint->address.host, endpoint->address.service, &hints) < 0) {
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
	struct pr_endpoint *endpoint = pr_endpoint_create(socket, uri, false);

	if (!endpoint)
		return ENOMEM;
	endpoint->address = address;
	memcpy(endpoint->uri, endpoint->given_uri, sizeof(endpoint->uri));
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
