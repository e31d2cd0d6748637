/* SPDX-License-Identifier: MIT */
/* ci/fuzz/wire_fuzz.c - a hostile peer on a real connection: whatever it sends, the engine ends the
 * connection in the end, and a well-behaved peer is served all the while.
 *
 * The first byte of the input chooses: bit 0 a good handshake first, bits 1 to 3 in how many pieces
 * the rest is sent.  */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/include/proctor/zmq.h"
#include "core/zmtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *router, *friendly;
static int port;

static void start(void)
{
	void *context = zmq_ctx_new();
	char endpoint[64];
	size_t size = sizeof(endpoint);
	int64_t longest = 1 << 20;

	router = zmq_socket(context, ZMQ_ROUTER);
	friendly = zmq_socket(context, ZMQ_DEALER);
	zmq_setsockopt(router, ZMQ_MAXMSGSIZE, &longest, sizeof(longest));
	assert(zmq_bind(router, "tcp://127.0.0.1:*") == 0);
	assert(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0);
	assert(zmq_setsockopt(friendly, ZMQ_ROUTING_ID, "friend", 6) == 0);
	assert(zmq_connect(friendly, endpoint) == 0);
	port = atoi(strrchr(endpoint, ':') + 1);
}

/* libFuzzer's clock sends signals, and they end a wait with EINTR.  */
static int receive(char *part, size_t size)
{
	int received;

	do
		received = zmq_recv(router, part, size, 0);
	while (received == -1 && zmq_errno() == EINTR);
	return received;
}

/* Takes what the router received; the friend's message must come.  */
static void check_friend(void)
{
	char part[16];
	int found = 0;

	assert(zmq_send(friendly, "hello", 5, 0) == 5);
	while (!found) {
		int size = receive(part, sizeof(part));

		found = size == 6 && memcmp(part, "friend", 6) == 0;
		for (int more = 1; more;) {
			size_t more_size = sizeof(more);

			receive(part, sizeof(part));
			zmq_getsockopt(router, ZMQ_RCVMORE, &more, &more_size);
		}
	}
}

/* Each connection comes from another address of the loopback, or those that wait for their end
 * would use up the ports of one.  */
static int connect_raw(void)
{
	static uint32_t count;
	struct sockaddr_in source = {.sin_family = AF_INET};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct linger reset = {1, 0}; /* no TIME_WAIT: there are a thousand of these a second */

	source.sin_addr.s_addr = htonl(0x7f000002 + count++ % 50000);
	assert(bind(fd, (struct sockaddr *)&source, sizeof(source)) == 0);
	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		perror("connect");
		abort();
	}
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	return fd;
}

static void send_all(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		if (sent <= 0)
			return; /* the engine has closed already */
		data += sent;
		size -= (size_t)sent;
	}
}

/* What a NULL peer says.  */
static void send_handshake(int fd)
{
	struct pr_options options = {0};
	struct pr_zmtp peer;
	uint8_t greeting[PR_ZMTP_GREETING_SIZE];

	pr_zmtp_init(&peer, ZMQ_DEALER, &options);
	pr_zmtp_greeting(greeting, "NULL");
	pr_zmtp_feed(&peer, greeting, sizeof(greeting));
	send_all(fd, peer.out, peer.out_size);
	pr_zmtp_fini(&peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t answer[4096];

	if (!router)
		start();
	if (size == 0)
		return 0;
	int fd = connect_raw();
	size_t pieces = (data[0] >> 1 & 7) + 1u;

	if (data[0] & 1)
		send_handshake(fd);
	data++;
	size--;
	for (size_t i = 0; i < pieces; i++) {
		size_t from = size * i / pieces;

		send_all(fd, data + from, size * (i + 1) / pieces - from);
	}
	shutdown(fd, SHUT_WR);
	while (recv(fd, answer, sizeof(answer), 0) > 0)
		; /* until the engine closes: a hang is found by the fuzzer's time limit */
	close(fd);
	check_friend();
	return 0;
}
