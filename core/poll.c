/* SPDX-License-Identifier: MIT */
/* core/poll.c - see poll.h.
 *
 * The sockets are looked at first; only when none has anything does the thread sleep: on the futex
 * of the only socket, or in poll(2) on the sockets' descriptors (ZMQ_FD) and the plain ones.  */
#include "core/poll.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/caller.h"
#include "core/ctx.h"
#include "core/socket.h"

static int check_items(const zmq_pollitem_t *items, int count)
{
	for (int i = 0; i < count; i++) {
		const struct pr_socket *socket = items[i].socket;

		if (!socket)
			continue;
		if (socket->magic != PR_SOCKET_MAGIC)
			return ENOTSOCK;
		if (pr_ctx_is_terminated(socket->ctx))
			return ETERM;
	}
	return 0;
}

static short socket_revents(const zmq_pollitem_t *item, bool is_quiet)
{
	if (!(item->events & (ZMQ_POLLIN | ZMQ_POLLOUT)))
		return 0;
	return (short)((is_quiet ? pr_socket_look(item->socket) : pr_socket_events(item->socket)) &
	               item->events);
}

static short fd_revents(short revents)
{
	short result = 0;

	if (revents & POLLIN)
		result |= ZMQ_POLLIN;
	if (revents & POLLOUT)
		result |= ZMQ_POLLOUT;
	if (revents & POLLPRI)
		result |= ZMQ_POLLPRI;
	if (revents & ~(POLLIN | POLLOUT | POLLPRI))
		result |= ZMQ_POLLERR;
	return result;
}

static short fd_events(short events)
{
	return (short)((events & ZMQ_POLLIN ? POLLIN : 0) | (events & ZMQ_POLLOUT ? POLLOUT : 0) |
	               (events & ZMQ_POLLPRI ? POLLPRI : 0));
}

/* 0, or EMFILE when a socket's descriptor cannot be made.  */
static int fill_pollfds(const zmq_pollitem_t *items, int count, struct pollfd *fds)
{
	for (int i = 0; i < count; i++) {
		fds[i].revents = 0;
		if (items[i].socket) {
			fds[i].fd = pr_socket_fd(items[i].socket);
			fds[i].events = items[i].events ? POLLIN : 0;
			if (fds[i].fd < 0)
				return EMFILE;
		} else {
			fds[i].fd = items[i].fd;
			fds[i].events = fd_events(items[i].events);
		}
	}
	return 0;
}

/* Sets revents of all items; returns how many are not 0.  A socket's descriptor (fds; NULL: there
 * are none) that poll(2) found quiet need not be drained.  */
static int look(zmq_pollitem_t *items, int count, const struct pollfd *fds)
{
	int ready = 0;

	for (int i = 0; i < count; i++) {
		items[i].revents = items[i].socket
		                           ? socket_revents(&items[i], fds && !fds[i].revents)
		                           : fd_revents(fds[i].revents);
		ready += items[i].revents != 0;
	}
	return ready;
}

static int left_ms(int64_t deadline_ns)
{
	if (deadline_ns < 0)
		return -1;
	int64_t left_ns = deadline_ns - pr_clock_ns();

	return left_ns <= 0 ? 0 : (int)((left_ns + 999999) / 1000000);
}

/* Sleeps until something may have changed.  0, EINTR, ETERM, or EAGAIN when the time is up.  */
static int sleep_on_fds(struct pollfd *fds, int count, int64_t deadline_ns)
{
	int changed = poll(fds, (nfds_t)count, left_ms(deadline_ns));

	if (changed < 0)
		return errno == EINTR ? EINTR : 0;
	return changed == 0 && deadline_ns >= 0 && pr_clock_ns() >= deadline_ns ? EAGAIN : 0;
}

static bool has_descriptors(const zmq_pollitem_t *items, int count)
{
	for (int i = 0; i < count; i++)
		if (!items[i].socket)
			return true;
	return false;
}

/* Who only looks cannot read for itself.  */
static void give_back(const zmq_pollitem_t *items, int count)
{
	for (int i = 0; i < count; i++)
		if (items[i].socket)
			pr_caller_give_back(items[i].socket);
}

static int sleep_on_socket(const zmq_pollitem_t *item, int64_t deadline_ns)
{
	return item->events & ZMQ_POLLIN ? pr_caller_wait(item->socket, deadline_ns)
	                                 : pr_socket_sleep(item->socket, deadline_ns);
}

static int poll_items(zmq_pollitem_t *items, int count, struct pollfd *fds, int64_t deadline_ns,
                      int *ready)
{
	bool alone = count == 1 && items[0].socket && items[0].events;
	bool over = false;

	int error = fill_pollfds(items, alone ? 0 : count, fds);

	if (error)
		return error;
	/* Plain descriptors are only known through poll(2). */
	if (has_descriptors(items, count) && poll(fds, (nfds_t)count, 0) < 0 && errno == EINTR)
		return EINTR;
	for (;;) {
		error = check_items(items, count);

		if (error)
			return error;
		*ready = look(items, count, alone ? NULL : fds);
		if (*ready > 0 || over)
			return 0;
		if (deadline_ns == 0) {
			give_back(items, count);
			return 0;
		}
		error = alone ? sleep_on_socket(&items[0], deadline_ns)
		              : sleep_on_fds(fds, count, deadline_ns);
		if (error == EINTR || error == ETERM)
			return error;
		over = error == EAGAIN;
	}
}

int pr_poll(zmq_pollitem_t *items, int count, long timeout_ms, int *ready)
{
	int error = count < 0 ? EINVAL : 0;
	struct pollfd few[16], *fds = few;

	if (count > 0 && !items)
		return EFAULT;
	if (!error)
		error = check_items(items, count);
	if (error)
		return error;
	if (count > 16)
		fds = malloc((size_t)count * sizeof(*fds));
	if (!fds)
		return ENOMEM;
	int64_t deadline_ns = timeout_ms;

	if (timeout_ms > 0)
		deadline_ns = pr_clock_ns() + (int64_t)timeout_ms * 1000000;
	error = poll_items(items, count, fds, deadline_ns, ready);
	if (fds != few)
		free(fds);
	return error;
}
