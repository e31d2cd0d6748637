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
#include <poll.h>
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
	bool is_secured;  /* PLAIN, and a server asks the ZAP handler */
} roles[] = {
	{ZMQ_ROUTER, "DEALER", false, false}, {ZMQ_DEALER, "ROUTER", false, false}, {ZMQ_PAIR, "PAIR", false, false},
	{ZMQ_PULL, "PUSH", false, false},     {ZMQ_PUSH, "PULL", false, false},     {ZMQ_PUB, "SUB", false, false},
	{ZMQ_XPUB, "SUB", false, false},      {ZMQ_SUB, "PUB", false, false},       {ZMQ_XSUB, "XPUB", false, false},
	{ZMQ_REP, "REQ", false, false},       {ZMQ_REQ, "REP", false, false},       {ZMQ_DEALER, "DEALER", true, false},
	{ZMQ_SUB, "PUB", true, false},        {ZMQ_XPUB, "SUB", true, false},       {ZMQ_REQ, "REP", true, false},
	{ZMQ_ROUTER, "DEALER", false, true},  {ZMQ_DEALER, "ROUTER", true, true},   {ZMQ_STREAM, "", false, false},
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
	void *context, *router, *friendly, *zap;
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
	scene->zap = zmq_socket(scene->context, ZMQ_REP);
	assert(zmq_bind(scene->zap, "inproc://zeromq.zap.01") == 0);
}

/* The ZAP handler: the last part of the question, which is a password of the peer's choice, says
 * what the status is and ends up in the metadata.  */
static void admit(void *zap)
{
	static const char *const statuses[] = {"200", "400", "300", "500", "20", ""};
	char parts[2][256] = {"", ""}, last[256] = "";
	int last_size = 0, more = 1;
	size_t more_size = sizeof(more);

	for (int i = 0; more; i++) {
		last_size = zmq_recv(zap, last, sizeof(last), i == 0 ? ZMQ_DONTWAIT : 0);
		if (last_size < 0)
			return;
		if (i < 2)
			memcpy(parts[i], last, sizeof(last));
		zmq_getsockopt(zap, ZMQ_RCVMORE, &more, &more_size);
	}
	const char *status = statuses[last_size > 0 ? (uint8_t)last[0] % 6 : 0];

	zmq_send(zap, "1.0", 3, ZMQ_SNDMORE);
	zmq_send(zap, parts[1], strnlen(parts[1], sizeof(parts[1])), ZMQ_SNDMORE);
	zmq_send(zap, status, strlen(status), ZMQ_SNDMORE);
	zmq_send(zap, "", 0, ZMQ_SNDMORE);
	zmq_send(zap, "user", 4, ZMQ_SNDMORE);
	zmq_send(zap, last, last_size < 255 ? (size_t)last_size : 255, 0);
}

static void secure(void *socket, const struct role *role)
{
	assert(zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, "domain", 6) == 0);
	if (role->connects) {
		assert(zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, "user", 4) == 0);
		assert(zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, "password", 8) == 0);
	} else {
		set(socket, ZMQ_PLAIN_SERVER, 1);
	}
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
	set(target->socket, ZMQ_LINGER, 0); /* or what is left to say waits for a peer for ever */
	if (role->type == ZMQ_ROUTER) {
		set(target->socket, ZMQ_HEARTBEAT_IVL, 1);
		set(target->socket, ZMQ_HEARTBEAT_TTL, 100);
		set(target->socket, ZMQ_HEARTBEAT_TIMEOUT, 20);
	}
	if (role->type == ZMQ_REQ) {
		set(target->socket, ZMQ_REQ_RELAXED, 1);
		set(target->socket, ZMQ_REQ_CORRELATE, role->connects);
		set(target->socket, ZMQ_SNDTIMEO, 100);
	}
	if (role->type == ZMQ_SUB)
		assert(zmq_setsockopt(target->socket, ZMQ_SUBSCRIBE, "a", 1) == 0);
	if (role->is_secured)
		secure(target->socket, role);
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

/* A connect that a signal interrupted goes on by itself.  */
static bool is_connected_soon(int fd)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	int error = 0, ready;
	socklen_t size = sizeof(error);

	do
		ready = poll(&room, 1, -1);
	while (ready < 0 && errno == EINTR);
	return ready == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

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
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 &&
	    !(errno == EINTR && is_connected_soon(fd))) {
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

static size_t put(uint8_t *at, const void *bytes, size_t size)
{
	memcpy(at, bytes, size);
	return size;
}

/* A command's frame: a name with its size in front, perhaps more, then a value with its size in
 * size_bytes (1 or 4) in front.  */
static void send_command(int fd, const char *begin, size_t size_bytes, const void *value,
                         size_t size)
{
	uint8_t out[128] = {4};
	size_t at = 2 + put(out + 2, begin, strlen(begin));

	memset(out + at, 0, size_bytes);
	at += size_bytes;
	out[at - 1] = (uint8_t)size;
	at += put(out + at, value, size);
	out[1] = (uint8_t)(at - 2);
	send_all(fd, out, at);
}

/* Until more than the engine's greeting has come, or it has closed.  */
static void wait_for_welcome(int fd, void *zap)
{
	uint8_t answer[256];
	ssize_t got = 1;

	for (size_t total = 0; got > 0 && total <= 64; total += (size_t)got) {
		zmq_pollitem_t items[] = {{zap, 0, ZMQ_POLLIN, 0}, {NULL, fd, ZMQ_POLLIN, 0}};

		items[1].revents = 0;
		while (!items[1].revents)
			if (zmq_poll(items, 2, -1) > 0 && items[0].revents)
				admit(zap);
		got = recv(fd, answer, sizeof(answer), 0);
	}
}

/* The password is what follows in the input.  */
static void send_handshake(int fd, const struct role *role, void *zap, const uint8_t *data,
                           size_t size)
{
	uint8_t greeting[64] = "\377\0\0\0\0\0\0\0\0\177\3\1NULL";
	const char *properties = "\5READY\13Socket-Type";

	if (role->is_secured)
		put(greeting + 12, "PLAIN", 5);
	send_all(fd, greeting, sizeof(greeting));
	if (role->is_secured && role->connects)
		send_all(fd, (const uint8_t *)"\4\10\7WELCOME", 10);
	if (role->is_secured && !role->connects) {
		send_command(fd, "\5HELLO\4user", 1, data, size < 100 ? size : 100);
		wait_for_welcome(fd, zap);
		properties = "\10INITIATE\13Socket-Type";
	}
	send_command(fd, properties, 4, role->peer, strlen(role->peer));
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
 * comes meanwhile, or a phase that has stopped reading would not see the end; a REQ is given
 * nothing unless it asks, so it asks again.  */
static void wait_for_end(int fd, void *socket, void *zap)
{
	uint8_t answer[4096];

	for (;;) {
		zmq_pollitem_t items[] = {{socket, 0, ZMQ_POLLIN, 0},
		                          {NULL, fd, ZMQ_POLLIN, 0},
		                          {zap, 0, ZMQ_POLLIN, 0}};

		int news = zmq_poll(items, 3, 100);

		if (news < 0)
			continue;
		if (news == 0)
			use(socket);
		if (items[2].revents)
			admit(zap);
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
		send_handshake(fd, role, scene->zap, data + 3, size - 3);
	if (data[2] & 1 && role->type == ZMQ_REQ)
		zmq_send(target->socket, "", 0, 0); /* only what it asked for is taken */
	send_pieces(fd, data + 3, size - 3, data[2] >> 1);
	shutdown(fd, SHUT_WR);
	wait_for_end(fd, target->socket, scene->zap);
	close(fd);
	if (role->connects)
		zmq_disconnect(target->socket, target->endpoint);
	use(target->socket);
	check_friend(scene);
	return 0;
}
