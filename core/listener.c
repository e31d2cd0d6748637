/* SPDX-License-Identifier: MIT */
/* core/listener.c - zmq_bind: listening and accepting.  */
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
#include "core/monitor.h"
#include "core/socket.h"
#include "core/timer.h"
#include "core/transport.h"

#define ACCEPTS_A_TURN 64

/* When descriptors run out, accepting again at once would only spin.  */
#define ACCEPT_RETRY_MS 100

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
	pr_endpoint_tell(endpoint, ZMQ_EVENT_ACCEPT_FAILED, EACCES);
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
			pr_endpoint_tell(endpoint, ZMQ_EVENT_ACCEPT_FAILED, error);
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

static int listen_at(struct pr_endpoint *endpoint)
{
	struct pr_address *address = &endpoint->address;
	const struct pr_options *options = &endpoint->options;
	bool is_ready = options->use_fd >= 0; /* the application listens there already */
	int fd = is_ready ? options->use_fd : pr_endpoint_open(address, options);

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

int pr_endpoint_listen(struct pr_socket *socket, const char *uri, struct pr_endpoint **result)
{
	struct pr_address address;
	int error = pr_address_parse_bind(uri, socket->options.ipv6, &address);

	if (error) {
		tell_failure(socket, uri, NULL, error);
		return error;
	}
	struct pr_endpoint *endpoint = pr_endpoint_create(socket, uri, true);

	if (!endpoint) {
		pr_endpoint_clean_up(&address);
		return ENOMEM;
	}
	endpoint->address = address;
	error = listen_at(endpoint);
	if (error) {
		tell_failure(socket, uri, endpoint, error);
		pr_endpoint_clean_up(&address);
		pr_endpoint_discard(endpoint);
		return error;
	}
	pr_endpoint_tell(endpoint, ZMQ_EVENT_LISTENING, endpoint->watch.fd);
	endpoint->start_task.run = start_listener;
	pr_loop_post(endpoint->loop, &endpoint->start_task);
	*result = endpoint;
	return 0;
}
