/* SPDX-License-Identifier: MIT */
/* core/endpoint.h - what zmq_bind or zmq_connect made: a listener, or a connecter that reconnects.
 *
 * The application thread creates and stops it; everything else happens on its loop.  It is counted:
 * the socket's list, its own work on the loop, each pipe and each connection hold a reference.  */
#ifndef PR_ENDPOINT_H
#define PR_ENDPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "core/address.h"
#include "core/loop.h"
#include "core/options.h"

struct pr_conn;
struct pr_detour;
struct pr_pipe;
struct pr_socket;
struct pr_timer;

struct pr_endpoint {
	struct pr_watch watch;    /* the listening or the connecting descriptor */
	struct pr_endpoint *next; /* the socket's list; application thread */
	char uri[256];            /* as bound (port resolved), or as given to connect */
	char given_uri[256];
	const char *told_uri; /* what the monitor calls it: uri, or with a proxy the proxy's */
	bool is_listener;
	int socket_type;
	struct pr_options options;
	struct pr_socket *socket; /* a reference */
	struct pr_loop *loop;
	struct pr_address address;
	struct pr_detour *detour; /* connecter: the way through a SOCKS proxy; NULL: straight */
	_Atomic uint32_t refs;

	/* Loop thread. */
	struct pr_task start_task, stop_task;
	_Atomic bool is_stopping; /* written on its loop, read on those of its connections */
	bool is_settled;
	struct pr_pipe *pipe; /* connecter: lasts over reconnects; NULL with ZMQ_IMMEDIATE */
	struct pr_timer *timer;
	int reconnect_ms;
	uv_getaddrinfo_t lookup;
	bool is_looking_up;
};

/* zmq_bind: listens at once, so that errors are known (errno value; EADDRINUSE, ENODEV, EINVAL...).
 * Application thread.  */
int pr_endpoint_listen(struct pr_socket *socket, const char *uri, struct pr_endpoint **endpoint);

/* zmq_connect: makes the pipe (unless ZMQ_IMMEDIATE) and lets the loop connect.  *endpoint is NULL
 * when there is nothing to connect (a PAIR that has its peer).  Application thread.  */
int pr_endpoint_connect(struct pr_socket *socket, const char *uri, struct pr_endpoint **endpoint);

/* The application is done with it; the caller's reference goes along.  Its pipes must have been
 * handed over.  */
void pr_endpoint_stop(struct pr_endpoint *endpoint);

/* Does uri name it?  */
bool pr_endpoint_is_at(const struct pr_endpoint *endpoint, const char *uri);

void pr_endpoint_ref(struct pr_endpoint *endpoint);
void pr_endpoint_unref(struct pr_endpoint *endpoint);

/* Loop thread: a connection of this endpoint is gone: connect again, or end.  again: may it?  */
void pr_endpoint_lost(struct pr_endpoint *endpoint, bool again);

/* Loop thread: something changed that may let the endpoint end (stopped, flushed, linger over).  */
void pr_endpoint_settle(struct pr_endpoint *endpoint);

/* ---- Between endpoint.c, listener.c and connecter.c ---- */

/* One reference is for the socket's list, one for the work on the loop.  NULL without memory.
 * Application thread.  */
struct pr_endpoint *pr_endpoint_create(struct pr_socket *socket, const char *uri, bool is_listener);

/* Gives up one that nobody has seen yet, and its descriptor.  Application thread.  */
void pr_endpoint_discard(struct pr_endpoint *endpoint);

/* A descriptor that does not block, prepared for the transport; -1 with errno when there is none.
 * And what a listener leaves behind.  Any thread.  */
int pr_endpoint_open(const struct pr_address *address, const struct pr_options *options);
void pr_endpoint_clean_up(const struct pr_address *address);

/* Tells the monitor.  Any thread.  */
void pr_endpoint_tell(struct pr_endpoint *endpoint, int event, int value);

/* Closes its descriptor, before it becomes a connection's.  Idempotent.  Loop thread.  */
void pr_endpoint_close(struct pr_endpoint *endpoint);

/* Connects again after the time that RECONNECT_IVL says, unless that is never.  Loop thread.  */
void pr_connecter_retry(struct pr_endpoint *endpoint);

#endif
