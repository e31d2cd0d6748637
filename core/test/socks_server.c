/* SPDX-License-Identifier: MIT */
/* core/test/socks_server.c - see socks_server.h.  */
#include "core/test/socks_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/test/peer.h"

/* False: the other side has closed, or the proxy shall stop.  */
static bool take(struct socks_server *proxy, int fd, uint8_t *bytes, size_t size)
{
	while (size > 0) {
		struct pollfd items[] = {{.fd = fd, .events = POLLIN},
		                         {.fd = proxy->stop, .events = POLLIN}};
		ssize_t part;

		assert_true(poll(items, 2, KIT_DEADLINE_MS) > 0);
		if (items[1].revents)
			return false;
		part = recv(fd, bytes, size, 0);
		if (part <= 0)
			return false;
		bytes += part;
		size -= (size_t)part;
	}
	return true;
}

static void say(struct socks_server *proxy, int fd, const char *bytes, size_t size)
{
	size_t piece = proxy->is_slow ? 1 : size;

	for (size_t at = 0; at < size; at += piece) {
		/* One that is gone already is noticed by who receives. */
		if (send(fd, bytes + at, piece, MSG_NOSIGNAL) < 0)
			return;
		if (proxy->is_slow)
			pr_kit_pause();
	}
}

/* From one to the other; false: that was the end.  */
static bool copy(int from, int to)
{
	uint8_t bytes[4096];
	ssize_t size = recv(from, bytes, sizeof(bytes), 0);

	return size > 0 && send(to, bytes, (size_t)size, MSG_NOSIGNAL) == size;
}

static void copy_all(struct socks_server *proxy, int fd, int target)
{
	while (!atomic_load(&proxy->hang_up)) {
		struct pollfd items[] = {{.fd = fd, .events = POLLIN},
		                         {.fd = target, .events = POLLIN},
		                         {.fd = proxy->stop, .events = POLLIN}};

		poll(items, 3, 10);
		if (items[2].revents || (items[0].revents && !copy(fd, target)) ||
		    (items[1].revents && !copy(target, fd)))
			break;
	}
	atomic_store(&proxy->hang_up, false);
}

static bool take_exactly(struct socks_server *proxy, int fd, const void *expected, size_t size)
{
	uint8_t bytes[SOCKS_REQUEST_MAX];

	if (!take(proxy, fd, bytes, size))
		return false;
	assert_memory_equal(bytes, expected, size);
	return true;
}

static void connect_through(struct socks_server *proxy, int fd)
{
	int target = socket(proxy->target.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(target, (struct sockaddr *)&proxy->target, proxy->target_size), 0);
	say(proxy, fd, SOCKS_BYTES(SOCKS_SUCCESS));
	copy_all(proxy, fd, target);
	close(target);
}

static void serve(struct socks_server *proxy, int fd)
{
	if (proxy->wants_user) {
		if (!take_exactly(proxy, fd, SOCKS_BYTES("\5\1\2")))
			return;
		say(proxy, fd, SOCKS_BYTES("\5\2"));
		if (!take_exactly(proxy, fd, SOCKS_BYTES("\1\4user\4pass")))
			return;
		say(proxy, fd, SOCKS_BYTES("\1\0"));
	} else {
		if (!take_exactly(proxy, fd, SOCKS_BYTES("\5\1\0")))
			return;
		say(proxy, fd, SOCKS_BYTES("\5\0"));
	}
	if (take_exactly(proxy, fd, proxy->request, proxy->request_size))
		connect_through(proxy, fd);
}

static void misbehave(struct socks_server *proxy, int fd, const struct socks_fault *fault)
{
	uint8_t rest;

	if (!take_exactly(proxy, fd, SOCKS_BYTES("\5\1\0")))
		return;
	say(proxy, fd, fault->choice, fault->choice_size);
	if (fault->reply && !take_exactly(proxy, fd, proxy->request, proxy->request_size))
		return;
	if (fault->reply)
		say(proxy, fd, fault->reply, fault->reply_size);
	if (fault->choice_size == 0 || fault->reply) /* the other side has to end it */
		while (take(proxy, fd, &rest, 1))
			;
}

static void *run_proxy(void *arg)
{
	struct socks_server *proxy = arg;

	for (;;) {
		struct pollfd items[] = {{.fd = proxy->listener, .events = POLLIN},
		                         {.fd = proxy->stop, .events = POLLIN}};

		assert_true(poll(items, 2, -1) > 0);
		if (items[1].revents)
			return NULL;
		int fd = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
		int number = atomic_fetch_add(&proxy->conversations, 1);

		assert_true(fd >= 0);
		if (proxy->is_forever && number >= proxy->faults_count)
			number = proxy->faults_count - 1;
		if (number < proxy->faults_count)
			misbehave(proxy, fd, &proxy->faults[number]);
		else
			serve(proxy, fd);
		close(fd);
	}
}

void pr_socks_server_open(struct socks_server *proxy)
{
	memset(proxy, 0, sizeof(*proxy));
	proxy->listener = pr_peer_listen(proxy->endpoint);
	proxy->stop = eventfd(0, EFD_CLOEXEC);
	assert_true(proxy->stop >= 0);
}

void pr_socks_server_start(struct socks_server *proxy)
{
	pr_kit_thread(&proxy->thread, run_proxy, proxy);
}

void pr_socks_server_stop(struct socks_server *proxy)
{
	uint64_t one = 1;

	assert_int_equal(write(proxy->stop, &one, sizeof(one)), sizeof(one));
	pr_kit_join(proxy->thread);
	close(proxy->stop);
	close(proxy->listener);
}
