/* SPDX-License-Identifier: MIT */
/* core/test/peer.c - see peer.h.  */
#include "core/test/peer.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tcp.h>

void pr_peer_add_greeting(struct pr_buf *out, int minor)
{
	char greeting[PEER_GREETING_SIZE] = {(char)0xff};

	greeting[9] = 0x7f;
	greeting[10] = 3;
	greeting[11] = (char)minor;
	memcpy(greeting + 12, "NULL", 4);
	pr_buf_add(out, greeting, sizeof(greeting));
}

void pr_peer_add_frame(struct pr_buf *out, unsigned flags, const void *body, size_t size)
{
	char header[9] = {(char)flags, (char)size};
	uint64_t big_endian = htobe64(size);

	if (size > 255 || flags & PEER_LONG) {
		header[0] = (char)(flags | PEER_LONG);
		memcpy(header + 1, &big_endian, sizeof(big_endian));
		pr_buf_add(out, header, 9);
	} else {
		pr_buf_add(out, header, 2);
	}
	pr_buf_add(out, body, size);
}

void pr_peer_add_text(struct pr_buf *out, unsigned flags, const char *text)
{
	pr_peer_add_frame(out, flags, text, strlen(text));
}

void pr_peer_add_command(struct pr_buf *out, const char *name, const void *data, size_t size)
{
	struct pr_buf body;
	char length = (char)strlen(name);

	pr_buf_init(&body);
	pr_buf_add(&body, &length, 1);
	pr_buf_puts(&body, name);
	pr_buf_add(&body, data, size);
	pr_peer_add_frame(out, PEER_COMMAND, body.text, body.size);
	pr_buf_fini(&body);
}

void pr_peer_add_property(struct pr_buf *out, const char *name, const void *value, size_t size)
{
	char length = (char)strlen(name);
	uint32_t big_endian = htobe32((uint32_t)size);

	pr_buf_add(out, &length, 1);
	pr_buf_puts(out, name);
	pr_buf_add(out, (const char *)&big_endian, sizeof(big_endian));
	pr_buf_add(out, value, size);
}

void pr_peer_add_ready(struct pr_buf *out, const char *socket_type, const char *id)
{
	struct pr_buf properties;

	pr_buf_init(&properties);
	pr_peer_add_property(&properties, "Socket-Type", socket_type, strlen(socket_type));
	if (id)
		pr_peer_add_property(&properties, "Identity", id, strlen(id));
	pr_peer_add_command(out, "READY", properties.text, properties.size);
	pr_buf_fini(&properties);
}

void pr_peer_add_handshake(struct pr_buf *out, const char *socket_type, const char *id)
{
	pr_peer_add_greeting(out, 1);
	pr_peer_add_ready(out, socket_type, id);
}

static struct peer peer_of(int fd)
{
	const struct timeval deadline = {.tv_sec = KIT_DEADLINE_MS / 1000};

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
	return (struct peer){.fd = fd, .other = -1};
}

struct peer pr_peer_connect(const char *endpoint)
{
	struct kit_sockaddr address = pr_kit_sockaddr(endpoint);
	int fd = socket(address.sockaddr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* A unix socket gets a name by which the other end can be found. */
	if (address.sockaddr.ss_family == AF_UNIX)
		bind(fd, (struct sockaddr *)&address.sockaddr, sizeof(sa_family_t));
	if (connect(fd, (struct sockaddr *)&address.sockaddr, address.size) != 0)
		pr_kit_fail(__FILE__, __LINE__, "connect %s: %s", endpoint, strerror(errno));
	return peer_of(fd);
}

int pr_peer_listen_at(const char *endpoint)
{
	struct kit_sockaddr address = pr_kit_sockaddr(endpoint);
	int fd = socket(address.sockaddr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* pr_kit_unused_endpoint() keeps the port. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	assert_int_equal(bind(fd, (struct sockaddr *)&address.sockaddr, address.size), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

int pr_peer_listen(char endpoint[KIT_ENDPOINT_SIZE])
{
	pr_kit_unused_endpoint(endpoint);
	return pr_peer_listen_at(endpoint);
}

struct peer pr_peer_accept(int listener)
{
	struct pollfd item = {.fd = listener, .events = POLLIN};

	if (poll(&item, 1, KIT_DEADLINE_MS) != 1)
		pr_kit_fail(__FILE__, __LINE__, "nobody connected");
	return peer_of(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
}

void pr_peer_close(struct peer *peer)
{
	close(peer->fd);
	peer->fd = -1;
}

void pr_peer_reset(struct peer *peer)
{
	const struct linger now = {.l_onoff = 1};

	setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	pr_peer_close(peer);
}

bool pr_peer_send(struct peer *peer, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t sent = send(peer->fd, at, size, MSG_NOSIGNAL);

		if (sent == -1 && (errno == EPIPE || errno == ECONNRESET))
			return false;
		if (sent == -1)
			pr_kit_fail(__FILE__, __LINE__, "send: %s", strerror(errno));
		at += sent;
		size -= (size_t)sent;
		peer->sent += (uint64_t)sent;
	}
	return true;
}

bool pr_peer_send_buf(struct peer *peer, const struct pr_buf *buf)
{
	return pr_peer_send(peer, buf->text, buf->size);
}

bool pr_peer_send_chunks(struct peer *peer, const void *bytes, size_t size, size_t chunk,
                         int apart_ms)
{
	const char *at = bytes;

	while (size > 0) {
		size_t piece = size < chunk ? size : chunk;

		if (!pr_peer_send(peer, at, piece))
			return false;
		at += piece;
		size -= piece;
		if (size > 0 && apart_ms > 0)
			pr_peer_wait_read(peer, apart_ms);
	}
	return true;
}

static bool has_peer(int fd, const struct kit_sockaddr *address)
{
	struct kit_sockaddr seen = {.size = sizeof(seen.sockaddr)};

	return getpeername(fd, (struct sockaddr *)&seen.sockaddr, &seen.size) == 0 &&
	       seen.size == address->size &&
	       memcmp(&seen.sockaddr, &address->sockaddr, seen.size) == 0;
}

/* The engine's end of the connection is the socket of this process whose peer is our end.  */
static bool find_other(struct peer *peer)
{
	struct kit_sockaddr ours = {.size = sizeof(ours.sockaddr)};
	struct rlimit limit;

	if (getsockname(peer->fd, (struct sockaddr *)&ours.sockaddr, &ours.size) != 0)
		return false;
	if (peer->other != -1 && has_peer(peer->other, &ours))
		return true;
	getrlimit(RLIMIT_NOFILE, &limit);
	for (int fd = 3; fd < (int)limit.rlim_cur && fd < 4096; fd++)
		if (fd != peer->fd && has_peer(fd, &ours)) {
			peer->other = fd;
			return true;
		}
	return false;
}

/* All bytes have arrived.  (Acknowledgements would not do: they may be delayed by 40 ms.)  What was
 * sent into a unix socket is at the other end at once.  */
static bool has_arrived(struct peer *peer)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	return getsockopt(peer->other, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
	       info.tcpi_bytes_received == peer->sent;
}

/* All bytes have arrived and none waits.  */
static bool is_read(struct peer *peer)
{
	int waiting = 0;

	return find_other(peer) && has_arrived(peer) &&
	       ioctl(peer->other, FIONREAD, &waiting) == 0 && waiting == 0;
}

bool pr_peer_wait_read(struct peer *peer, int timeout_ms)
{
	int64_t end = pr_kit_now_ms() + timeout_ms;

	while (!is_read(peer)) {
		if (pr_kit_now_ms() > end)
			return false;
		sched_yield();
	}
	return true;
}

/* Receives size bytes; false when the stream ended before.  */
static bool recv_all(struct peer *peer, void *bytes, size_t size)
{
	char *at = bytes;

	while (size > 0) {
		ssize_t got = recv(peer->fd, at, size, 0);

		if (got == 0 || (got == -1 && errno == ECONNRESET))
			return false;
		if (got == -1)
			pr_kit_fail(__FILE__, __LINE__, "recv: %s", strerror(errno));
		at += got;
		size -= (size_t)got;
	}
	return true;
}

void pr_peer_recv(struct peer *peer, void *bytes, size_t size)
{
	if (!recv_all(peer, bytes, size))
		pr_kit_fail(__FILE__, __LINE__, "the engine closed the connection");
}

bool pr_peer_has_input(struct peer *peer, int timeout_ms)
{
	struct pollfd item = {.fd = peer->fd, .events = POLLIN};

	return poll(&item, 1, timeout_ms) == 1;
}

bool pr_peer_recv_frame(struct peer *peer, struct peer_frame *frame)
{
	uint8_t header[9];
	uint64_t big_endian;

	*frame = (struct peer_frame){0};
	if (!recv_all(peer, header, 2))
		return false;
	frame->flags = header[0];
	frame->size = header[1];
	if (header[0] & PEER_LONG) {
		if (!recv_all(peer, header + 2, 7))
			return false;
		memcpy(&big_endian, header + 1, sizeof(big_endian));
		frame->size = be64toh(big_endian);
		assert_true(frame->size <= 1u << 30);
	}
	frame->body = malloc(frame->size + 1);
	assert_non_null(frame->body);
	frame->body[frame->size] = 0;
	if (recv_all(peer, frame->body, frame->size))
		return true;
	pr_peer_frame_fini(frame);
	return false;
}

void pr_peer_frame_fini(struct peer_frame *frame)
{
	free(frame->body);
	frame->body = NULL;
}

void pr_peer_expect(struct peer *peer, unsigned more, const char *text)
{
	struct peer_frame frame;

	do {
		if (!pr_peer_recv_frame(peer, &frame))
			pr_kit_fail(__FILE__, __LINE__, "expected '%s', the stream ended", text);
		if (!(frame.flags & PEER_COMMAND))
			break;
		pr_peer_frame_fini(&frame);
	} while (true);
	if (frame.size != strlen(text) || memcmp(frame.body, text, frame.size) != 0)
		pr_kit_fail(__FILE__, __LINE__, "expected '%s', received '%s' (%zu bytes)", text,
		            (char *)frame.body, frame.size);
	assert_int_equal(frame.flags & PEER_MORE, more);
	pr_peer_frame_fini(&frame);
}

void pr_peer_expect_end(struct peer *peer)
{
	char sink[4096];
	ssize_t got;

	while ((got = recv(peer->fd, sink, sizeof(sink), 0)) > 0)
		;
	if (got == -1 && errno != ECONNRESET)
		pr_kit_fail(__FILE__, __LINE__, "the engine keeps the connection: %s",
		            strerror(errno));
}

void pr_peer_recv_handshake(struct peer *peer)
{
	uint8_t greeting[PEER_GREETING_SIZE];
	struct peer_frame ready;

	pr_peer_recv(peer, greeting, sizeof(greeting));
	assert_int_equal(greeting[0], 0xff);
	assert_int_equal(greeting[9] & 1, 1);
	assert_int_equal(greeting[10], 3);
	assert_true(pr_peer_recv_frame(peer, &ready));
	assert_int_equal(ready.flags & ~PEER_LONG, PEER_COMMAND);
	assert_true(ready.size >= 6);
	assert_memory_equal(ready.body, "\5READY", 6);
	pr_peer_frame_fini(&ready);
}

struct peer pr_peer_open(const char *endpoint, const char *socket_type, const char *id)
{
	struct peer peer = pr_peer_connect(endpoint);
	struct pr_buf out;

	pr_buf_init(&out);
	pr_peer_add_handshake(&out, socket_type, id);
	assert_true(pr_peer_send_buf(&peer, &out));
	pr_peer_recv_handshake(&peer);
	pr_buf_fini(&out);
	return peer;
}

void pr_peer_ping(struct peer *peer)
{
	static unsigned number;
	struct peer_frame frame;
	struct pr_buf out;
	char ping[2 + 12] = {0}, pong[1 + 4 + 12];
	bool answered = false;

	snprintf(ping + 2, 12, "%011u", number++);
	memcpy(pong, "\4PONG", 5);
	memcpy(pong + 5, ping + 2, 12);
	pr_buf_init(&out);
	pr_peer_add_command(&out, "PING", ping, sizeof(ping));
	assert_true(pr_peer_send_buf(peer, &out));
	pr_buf_fini(&out);
	while (!answered) {
		if (!pr_peer_recv_frame(peer, &frame))
			pr_kit_fail(__FILE__, __LINE__, "expected PONG, the stream ended");
		answered = frame.flags & PEER_COMMAND && frame.size == sizeof(pong) &&
		           memcmp(frame.body, pong, sizeof(pong)) == 0;
		pr_peer_frame_fini(&frame);
	}
}

void pr_peer_record(struct peer *peer, const char *socket_type, struct pr_buf *stream)
{
	struct pr_buf out;
	char piece[4096];
	ssize_t got;

	pr_buf_init(&out);
	pr_peer_add_handshake(&out, socket_type, NULL);
	assert_true(pr_peer_send_buf(peer, &out));
	pr_buf_fini(&out);
	while ((got = recv(peer->fd, piece, sizeof(piece), 0)) > 0)
		pr_buf_add(stream, piece, (size_t)got);
	assert_int_equal(got, 0);
}
