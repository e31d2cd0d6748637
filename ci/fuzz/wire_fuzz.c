/* SPDX-License-Identifier: MIT */
/* ci/fuzz/wire_fuzz.c - a hostile peer on a real connection: whatever it sends, to whatever socket
 * and phase, the engine ends the connection in the end, and a well-behaved peer on the same I/O
 * thread is served all the while.
 *
 * The first three bytes of the input choose: bits 0 to 2 of the first the phase, the second the
 * socket; bit 0 of the third a good handshake first, its other bits where the rest is cut into
 * pieces.  */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/include/proctor.h"
#include "core/include/proctor/zmq.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small reads and small caps, so that few bytes are enough to be cut and to be too many.  */
static const char *const phases[] = {
        "baseline,read-size=64",
        "true-proactor,read-size=64,cap=256",
        "true-proactor-fixed,at-cap=pause,read-size=64,cap=256",
        "reactive,read-size=64,cap=256",
        "reactive-coalesced",
        "adaptive",
        "libuv",
        "core",
};

#define PHASES (sizeof(phases) / sizeof(phases[0]))

/* clang-format off */
static const struct role {
	int type;
	const char *peer; /* its type, for the good handshake */
	bool connects;    /* the hostile peer is the one that listens */
} roles[] = {
	{ZMQ_ROUTER, "DEALER", false}, {ZMQ_DEALER, "ROUTER", false}, {ZMQ_PAIR, "PAIR", false},
	{ZMQ_PULL, "PUSH", false},     {ZMQ_PUSH, "PULL", false},     {ZMQ_PUB, "SUB", false},
	{ZMQ_XPUB, "SUB", false},      {ZMQ_SUB, "PUB", false},       {ZMQ_XSUB, "XPUB", false},
	{ZMQ_REP, "REQ", false},       {ZMQ_REQ, "REP", false},       {ZMQ_DEALER, "DEALER", true},
	{ZMQ_SUB, "PUB", true},        {ZMQ_XPUB, "SUB", true},       {ZMQ_REQ, "REP", true},
};
/* clang-format on */

#define ROLES (sizeof(roles) / sizeof(roles[0]))

struct target {
	void *socket;
	int port;          /* the engine's */
	int listen_fd;     /* ours, when the engine connects; else -1 */
	char endpoint[64]; /* of that */
};

static struct scene {
	void *context, *router, *friendly;
	struct target targets[ROLES];
} scenes[PHASES];

/* ---- The engine's side ---- */

static int bind_any(void *socket)
{
	char endpoint[64];
	size_t size = sizeof(endpoint);

	assert(zmq_bind(socket, "tcp://127.0.0.1:*") == 0);
	assert(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0);
	return atoi(strrchr(endpoint, ':') + 1);
}

static void set(void *socket, int option, int value)
{
	assert(zmq_setsockopt(socket, option, &value, sizeof(value)) == 0);
}

static void start_scene(struct scene *scene, const char *phase)
{
	char endpoint[64], error[256];

	scene->context = zmq_ctx_new();
	if (proctor_ctx_set_phase(scene->context, phase, error, sizeof(error)) != 0) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	scene->router = zmq_socket(scene->context, ZMQ_ROUTER);
	scene->friendly = zmq_socket(scene->context, ZMQ_DEALER);
	snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%d", bind_any(scene->router));
	assert(zmq_setsockopt(scene->friendly, ZMQ_ROUTING_ID, "friend", 6) == 0);
	assert(zmq_connect(scene->friendly, endpoint) == 0);
}

static int listen_any(int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 8) == 0);
	assert(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void start_target(struct scene *scene, struct target *target, const struct role *role)
{
	int64_t longest = 1 << 16;

	target->listen_fd = -1;
	target->socket = zmq_socket(scene->context, role->type);
	assert(target->socket);
	zmq_setsockopt(target->socket, ZMQ_MAXMSGSIZE, &longest, sizeof(longest));
	set(target->socket, ZMQ_RCVHWM, 2);
	set(target->socket, ZMQ_SNDHWM, 2);
	if (role->type == ZMQ_SUB)
		assert(zmq_setsockopt(target->socket, ZMQ_SUBSCRIBE, "a", 1) == 0);
	if (!role->connects) {
		target->port = bind_any(target->socket);
		return;
	}
	target->listen_fd = listen_any(&target->port);
	snprintf(target->endpoint, sizeof(target->endpoint), "tcp://127.0.0.1:%d", target->port);
}

/* Takes what is there, part by part, and answers: a ROUTER to whom a part names, which is the last
 * peer when that was a whole message.  */
static void use(void *socket)
{
	char part[64] = "a";
	int size = 1, more = 0, got;
	size_t more_size = sizeof(more);

	do {
		bool is_first = !more;

		got = zmq_recv(socket, part, is_first ? sizeof(part) : 0, ZMQ_DONTWAIT);
		zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_size);
		if (got > 0 && is_first)
			size = got < (int)sizeof(part) ? got : (int)sizeof(part);
	} while (got >= 0);
	if (zmq_send(socket, part, (size_t)size, ZMQ_DONTWAIT | ZMQ_SNDMORE) == size)
		zmq_send(socket, "b", 1, ZMQ_DONTWAIT);
}

/* libFuzzer's clock sends signals, and they end a wait with EINTR.  */
static int receive(void *socket, char *part, size_t size)
{
	int received;

	do
		received = zmq_recv(socket, part, size, 0);
	while (received == -1 && zmq_errno() == EINTR);
	return received;
}

static void check_friend(struct scene *scene)
{
	char part[16];

	assert(zmq_send(scene->friendly, "hello", 5, 0) == 5);
	assert(receive(scene->router, part, sizeof(part)) == 6 && memcmp(part, "friend", 6) == 0);
	assert(receive(scene->router, part, sizeof(part)) == 5 && memcmp(part, "hello", 5) == 0);
}

/* ---- The hostile side ---- */

/* Each connection comes from another address of the loopback, or those that wait for their end
 * would use up the ports of one.  */
static int connect_to(int port)
{
	static uint32_t count;
	struct sockaddr_in source = {.sin_family = AF_INET};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	source.sin_addr.s_addr = htonl(0x7f000002 + count++ % 50000);
	assert(bind(fd, (struct sockaddr *)&source, sizeof(source)) == 0);
	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		perror("connect");
		abort();
	}
	return fd;
}

static int accept_from(const struct target *target)
{
	int fd;

	assert(zmq_connect(target->socket, target->endpoint) == 0);
	do
		fd = accept(target->listen_fd, NULL, NULL);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static int meet(const struct target *target)
{
	struct linger reset = {1, 0}; /* no TIME_WAIT: there are a thousand of these a second */
	int one = 1, fd;

	if (target->listen_fd < 0)
		fd = connect_to(target->port);
	else
		fd = accept_from(target);
	assert(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void send_all(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return; /* the engine has closed already */
		data += sent;
		size -= (size_t)sent;
	}
}

static void send_handshake(int fd, const char *type)
{
	static const uint8_t greeting[64] = "\377\0\0\0\0\0\0\0\0\177\3\1NULL";
	static const char ready[] = "\4 \5READY\13Socket-Type\0\0\0";
	uint8_t out[64];
	size_t at = sizeof(ready) - 1, size = strlen(type);

	memcpy(out, ready, at);
	out[1] = (uint8_t)(at - 2 + 1 + size);
	out[at++] = (uint8_t)size;
	memcpy(out + at, type, size);
	send_all(fd, greeting, sizeof(greeting));
	send_all(fd, out, at + size);
}

/* In pieces of a size that changes from one to the next.  */
static void send_pieces(int fd, const uint8_t *data, size_t size, unsigned cut)
{
	uint32_t random = cut * 2654435761u;

	while (size > 0) {
		random = random * 1664525u + 1013904223u;
		size_t piece = cut == 0 ? size : 1 + (random >> 16) % (2u << cut % 8);

		if (piece > size)
			piece = size;
		send_all(fd, data, piece);
		data += piece;
		size -= piece;
	}
}

/* Until the engine closes; a hang is found by the fuzzer's time limit.  The application takes what
 * comes meanwhile, or a phase that has stopped reading would not see the end.  */
static void wait_for_end(int fd, void *socket)
{
	uint8_t answer[4096];

	for (;;) {
		zmq_pollitem_t items[] = {{socket, 0, ZMQ_POLLIN, 0}, {NULL, fd, ZMQ_POLLIN, 0}};

		if (zmq_poll(items, 2, -1) < 0)
			continue;
		if (items[0].revents)
			use(socket);
		if (items[1].revents && recv(fd, answer, sizeof(answer), 0) <= 0)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 3)
		return 0;
	struct scene *scene = &scenes[data[0] % PHASES];
	const struct role *role = &roles[data[1] % ROLES];
	struct target *target = &scene->targets[data[1] % ROLES];

	if (!scene->context)
		start_scene(scene, phases[data[0] % PHASES]);
	if (!target->socket)
		start_target(scene, target, role);
	int fd = meet(target);

	if (data[2] & 1)
		send_handshake(fd, role->peer);
	send_pieces(fd, data + 3, size - 3, data[2] >> 1);
	shutdown(fd, SHUT_WR);
	wait_for_end(fd, target->socket);
	close(fd);
	if (role->connects)
		zmq_disconnect(target->socket, target->endpoint);
	use(target->socket);
	check_friend(scene);
	return 0;
}
