/* SPDX-License-Identifier: MIT */
/* core/proxy.c - see proxy.h.
 *
 * A message is taken only when the other side can be written, so that a full side fills the peers'
 * queues and not this thread's memory.  Each turn moves a burst in either direction, so neither
 * direction waits for long; when nothing could be moved the thread waits for exactly what is
 * missing: input where there was none, room where there was input.  Bodies are not copied: a
 * received message is sent on as it is.  */
#include "core/proxy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/include/proctor/zmq.h"
#include "core/poll.h"
#include "core/socket.h"

/* As many as libzmq's.  */
#define BURST_MAX 1000

enum state { ACTIVE, PAUSED, TERMINATED };

struct traffic {
	uint64_t messages, bytes;
};

struct side {
	struct pr_socket *socket;
	struct traffic received, sent;
};

struct proxy {
	struct side front, back;
	struct pr_socket *capture, *control;
	enum state state;
	zmq_msg_t msg; /* the part that is being moved */
};

static bool can_recv(struct pr_socket *socket)
{
	return pr_socket_events(socket) & ZMQ_POLLIN;
}

static bool can_send(struct pr_socket *socket)
{
	return pr_socket_events(socket) & ZMQ_POLLOUT;
}

/* ---- Forwarding: these return 0 or an errno value ---- */

static int send_part(zmq_msg_t *msg, struct pr_socket *socket, bool more)
{
	return zmq_msg_send(msg, socket, more ? ZMQ_SNDMORE : 0) < 0 ? errno : 0;
}

static int capture_part(struct proxy *proxy, bool more)
{
	zmq_msg_t copy;

	if (!proxy->capture)
		return 0;
	zmq_msg_init(&copy);
	zmq_msg_copy(&copy, &proxy->msg);
	int error = send_part(&copy, proxy->capture, more);

	zmq_msg_close(&copy);
	return error;
}

/* EAGAIN: there was no message.  Later parts of a message are there when the first is.  */
static int forward_message(struct proxy *proxy, struct side *from, struct side *to)
{
	size_t bytes = 0;
	bool more;

	do {
		if (zmq_msg_recv(&proxy->msg, from->socket, ZMQ_DONTWAIT) < 0)
			return errno;
		bytes += zmq_msg_size(&proxy->msg);
		more = zmq_msg_more(&proxy->msg);
		int error = capture_part(proxy, more);

		if (!error)
			error = send_part(&proxy->msg, to->socket, more);
		if (error)
			return error;
	} while (more);
	from->received.messages++;
	from->received.bytes += bytes;
	to->sent.messages++;
	to->sent.bytes += bytes;
	return 0;
}

/* The pattern is asked directly: the descriptor of the socket need not be looked at for each
 * message.  */
static bool still_has_room(struct side *to)
{
	pr_socket_take_news(to->socket);
	return to->socket->pattern->can_send(to->socket);
}

/* A socket that is proxied to itself is not asked for room; its sends wait.  */
static int forward_burst(struct proxy *proxy, struct side *from, struct side *to, bool *moved)
{
	bool same = from->socket == to->socket;

	if (!can_recv(from->socket) || !(same || can_send(to->socket)))
		return 0;
	for (int i = 0; i < BURST_MAX && (same || still_has_room(to)); i++) {
		int error = forward_message(proxy, from, to);

		if (error)
			return error == EAGAIN ? 0 : error;
		*moved = true;
	}
	return 0;
}

static int forward(struct proxy *proxy, bool *moved)
{
	int error = forward_burst(proxy, &proxy->front, &proxy->back, moved);

	if (!error && proxy->front.socket != proxy->back.socket)
		error = forward_burst(proxy, &proxy->back, &proxy->front, moved);
	return error;
}

/* ---- Control ---- */

static int send_number(struct proxy *proxy, uint64_t number, bool more)
{
	return zmq_send(proxy->control, &number, sizeof(number), more ? ZMQ_SNDMORE : 0) < 0 ? errno
	                                                                                     : 0;
}

/* Eight parts, in libzmq's order.  */
static int report(struct proxy *proxy)
{
	const struct side *front = &proxy->front, *back = &proxy->back;
	const uint64_t numbers[] = {
	        front->received.messages, front->received.bytes,   front->sent.messages,
	        front->sent.bytes,        back->received.messages, back->received.bytes,
	        back->sent.messages,      back->sent.bytes,
	};
	const size_t count = sizeof(numbers) / sizeof(numbers[0]);
	int error = 0;

	for (size_t i = 0; i < count && !error; i++)
		error = send_number(proxy, numbers[i], i < count - 1);
	return error;
}

static int pause_it(struct proxy *proxy)
{
	proxy->state = PAUSED;
	return 0;
}

static int resume(struct proxy *proxy)
{
	proxy->state = ACTIVE;
	return 0;
}

static int terminate(struct proxy *proxy)
{
	proxy->state = TERMINATED;
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(struct proxy *proxy);
} commands[] = {
        {"PAUSE", pause_it},
        {"RESUME", resume},
        {"TERMINATE", terminate},
        {"STATISTICS", report},
};

/* What is no command is ignored: libzmq ends the process then, which a library should not.  */
static int run_command(struct proxy *proxy)
{
	size_t size = zmq_msg_size(&proxy->msg);

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strlen(commands[i].name) == size &&
		    memcmp(commands[i].name, zmq_msg_data(&proxy->msg), size) == 0)
			return commands[i].run(proxy);
	return 0;
}

static int take_command(struct proxy *proxy)
{
	if (zmq_msg_recv(&proxy->msg, proxy->control, ZMQ_DONTWAIT) < 0)
		return errno == EAGAIN ? 0 : errno;
	if (zmq_msg_more(&proxy->msg))
		return EINVAL;
	int error = capture_part(proxy, false);

	return error ? error : run_command(proxy);
}

/* ---- The loop ---- */

/* What has to happen before anything can be moved from one side to the other.  */
static void want(struct pr_socket *from, zmq_pollitem_t *from_item, zmq_pollitem_t *to_item)
{
	if (can_recv(from))
		to_item->events |= ZMQ_POLLOUT;
	else
		from_item->events |= ZMQ_POLLIN;
}

static int wait_for_news(struct proxy *proxy)
{
	zmq_pollitem_t items[] = {
	        {.socket = proxy->front.socket},
	        {.socket = proxy->back.socket},
	        {.socket = proxy->control, .events = ZMQ_POLLIN},
	};
	bool same = items[0].socket == items[1].socket;
	int ready;

	if (proxy->state == ACTIVE) {
		want(proxy->front.socket, &items[0], &items[1]);
		if (!same)
			want(proxy->back.socket, &items[1], &items[0]);
	}
	return pr_poll(items, proxy->control ? 3 : 2, -1, &ready);
}

static int turn(struct proxy *proxy)
{
	bool moved = false;
	int error = 0;

	if (proxy->control && can_recv(proxy->control))
		error = take_command(proxy);
	if (!error && proxy->state == ACTIVE)
		error = forward(proxy, &moved);
	if (!error && !moved && proxy->state != TERMINATED)
		error = wait_for_news(proxy);
	return error;
}

int pr_proxy_run(struct pr_socket *front, struct pr_socket *back, struct pr_socket *capture,
                 struct pr_socket *control)
{
	struct proxy proxy = {
	        .front.socket = front,
	        .back.socket = back,
	        .capture = capture,
	        .control = control,
	};
	int error = 0;

	zmq_msg_init(&proxy.msg);
	while (!error && proxy.state != TERMINATED)
		error = turn(&proxy);
	zmq_msg_close(&proxy.msg);
	return error;
}
