/* SPDX-License-Identifier: MIT */
/* core/monitor.c - see monitor.h.  */
#include "core/monitor.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "core/conn.h"
#include "core/endpoint.h"
#include "core/include/proctor/zmq.h"
#include "core/inproc.h"
#include "core/socket.h"

#define EVENTS_MOST 0xffff

void pr_monitor_init(struct pr_monitor *monitor)
{
	atomic_init(&monitor->events, 0);
	pthread_mutex_init(&monitor->lock, NULL);
	monitor->pair = NULL;
}

/* Frame 1 is the number of the event, 16 bits, and its value, 32 bits, in the machine's order;
 * frame 2 the endpoint.  */
static void send_event(struct pr_socket *pair, int event, int value, const char *uri)
{
	uint16_t number = (uint16_t)event;
	uint8_t frame[sizeof(number) + sizeof(value)];

	memcpy(frame, &number, sizeof(number));
	memcpy(frame + sizeof(number), &value, sizeof(value));
	if (pr_socket_send(pair, frame, sizeof(frame), ZMQ_SNDMORE | ZMQ_DONTWAIT) == 0)
		pr_socket_send(pair, uri, strlen(uri), ZMQ_DONTWAIT);
}

/* Under the lock.  */
static void stop(struct pr_monitor *monitor)
{
	struct pr_socket *pair = monitor->pair;

	if (!pair)
		return;
	if (monitor->events & ZMQ_EVENT_MONITOR_STOPPED)
		send_event(pair, ZMQ_EVENT_MONITOR_STOPPED, 0, "");
	monitor->events = 0;
	monitor->pair = NULL;
	pr_socket_close(pair);
}

void pr_monitor_fini(struct pr_monitor *monitor)
{
	stop(monitor);
	pthread_mutex_destroy(&monitor->lock);
}

static int start(struct pr_socket *socket, const char *uri, int events)
{
	int error;
	struct pr_socket *pair = pr_socket_create(socket->ctx, ZMQ_PAIR, &error);

	if (!pair)
		return error;
	error = pr_socket_bind(pair, uri);
	if (error) {
		pr_socket_close(pair);
		return error;
	}
	socket->monitor.pair = pair;
	socket->monitor.events = events;
	return 0;
}

static int check_uri(const char *uri)
{
	const char *colons = strstr(uri, "://");

	if (!colons || colons == uri || colons[3] == '\0')
		return EINVAL;
	return pr_inproc_is_address(uri) ? 0 : EPROTONOSUPPORT;
}

int pr_monitor_start(struct pr_socket *socket, const char *uri, int events)
{
	int error = 0;

	if (uri && (events < 0 || events > EVENTS_MOST))
		return EINVAL;
	if (uri)
		error = check_uri(uri);
	if (error)
		return error;
	pthread_mutex_lock(&socket->monitor.lock);
	stop(&socket->monitor);
	if (uri)
		error = start(socket, uri, events);
	pthread_mutex_unlock(&socket->monitor.lock);
	return error;
}

void pr_monitor_tell(struct pr_socket *socket, int event, int value, const char *uri)
{
	struct pr_monitor *monitor = &socket->monitor;

	if (!(monitor->events & event))
		return;
	pthread_mutex_lock(&monitor->lock);
	if (monitor->events & event)
		send_event(monitor->pair, event, value, uri);
	pthread_mutex_unlock(&monitor->lock);
}

/* A connection that was accepted is known by its own end's address, which for a listener on all
 * interfaces is not the listener's; one that was made by the address that was given or, as with
 * libzmq, the proxy's.  */
void pr_monitor_tell_conn(struct pr_conn *conn, int event, int value)
{
	const struct pr_endpoint *endpoint = conn->endpoint;
	struct pr_address here = {.transport = endpoint->address.transport};
	const char *uri = endpoint->told_uri;
	char own_uri[sizeof(endpoint->uri)];

	if (!(endpoint->socket->monitor.events & event))
		return;
	here.sockaddr_size = sizeof(here.sockaddr);
	if (endpoint->is_listener && getsockname(conn->watch.fd, (struct sockaddr *)&here.sockaddr,
	                                         &here.sockaddr_size) == 0) {
		pr_address_format(&here, own_uri, sizeof(own_uri));
		uri = own_uri;
	}
	pr_monitor_tell(endpoint->socket, event, value, uri);
}
