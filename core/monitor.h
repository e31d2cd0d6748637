/* SPDX-License-Identifier: MIT */
/* core/monitor.h - zmq_socket_monitor(3): a socket tells what becomes of its endpoints and
 * connections.
 *
 * Events go, two frames each, to a hidden PAIR bound at an inproc name.  Whoever lets things happen
 * (an I/O thread, mostly) sends them under the monitor's lock; nothing of it is on the way of a
 * message.  Unlike libzmq, which stops until the events are read, this never waits: an event for
 * which nobody is connected, or for which the reader has no room, is dropped.  */
#ifndef PR_MONITOR_H
#define PR_MONITOR_H

#include <pthread.h>
#include <stdatomic.h>

struct pr_conn;
struct pr_socket;

struct pr_monitor {
	_Atomic int events; /* those that are wanted; 0: nobody listens */
	pthread_mutex_t lock;
	struct pr_socket *pair; /* NULL: nobody listens */
};

void pr_monitor_init(struct pr_monitor *monitor);

/* The last reference of the socket is gone: says ZMQ_EVENT_MONITOR_STOPPED.  Any thread.  */
void pr_monitor_fini(struct pr_monitor *monitor);

/* zmq_socket_monitor: what was there before is stopped; uri NULL: that is all.  0, EINVAL (no
 * address, unknown events), EPROTONOSUPPORT (not inproc), or what creating and binding a PAIR
 * fails with.  Application thread.  */
int pr_monitor_start(struct pr_socket *socket, const char *uri, int events);

/* Something happened: ZMQ_EVENT_x, its value, and the endpoint.  Any thread; does not block.  */
void pr_monitor_tell(struct pr_socket *socket, int event, int value, const char *uri);

/* Something happened to a connection, whose descriptor is still open.  */
void pr_monitor_tell_conn(struct pr_conn *conn, int event, int value);

#endif
