/* SPDX-License-Identifier: MIT */
/* core/endpoint.c - what listeners and connecters share: the beginning and the end.  */
#include "core/endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
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
	free(endpoint->detour);
	free(endpoint);
	pr_socket_unref(socket);
}

struct pr_endpoint *pr_endpoint_create(struct pr_socket *socket, const char *uri, bool is_listener)
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
	endpoint->told_uri = endpoint->uri;
	strncpy(endpoint->given_uri, uri, sizeof(endpoint->given_uri) - 1);
	atomic_init(&endpoint->refs, 2);
	pr_socket_ref(socket);
	return endpoint;
}

bool pr_endpoint_is_at(const struct pr_endpoint *endpoint, const char *uri)
{
	return strcmp(endpoint->uri, uri) == 0 || strcmp(endpoint->given_uri, uri) == 0;
}

void pr_endpoint_tell(struct pr_endpoint *endpoint, int event, int value)
{
	pr_monitor_tell(endpoint->socket, event, value, endpoint->told_uri);
}

void pr_endpoint_close(struct pr_endpoint *endpoint)
{
	int fd = endpoint->watch.fd;

	if (fd < 0)
		return;
	pr_loop_remove(endpoint->loop, &endpoint->watch);
	close(fd);
	endpoint->watch.fd = -1;
	pr_endpoint_tell(endpoint, ZMQ_EVENT_CLOSED, fd);
}

int pr_endpoint_open(const struct pr_address *address, const struct pr_options *options)
{
	int fd = socket(address->sockaddr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || !address->transport->prepare)
		return fd;
	int error = address->transport->prepare(fd, address, options);

	if (!error)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

void pr_endpoint_clean_up(const struct pr_address *address)
{
	if (address->transport->clean_up)
		address->transport->clean_up(address);
}

void pr_endpoint_discard(struct pr_endpoint *endpoint)
{
	if (endpoint->watch.fd >= 0)
		close(endpoint->watch.fd);
	pr_endpoint_unref(endpoint);
	pr_endpoint_unref(endpoint);
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
	pr_endpoint_close(endpoint);
	if (endpoint->is_listener)
		pr_endpoint_clean_up(&endpoint->address);
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
		pr_connecter_retry(endpoint);
}
