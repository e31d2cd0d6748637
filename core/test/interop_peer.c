/* SPDX-License-Identifier: MIT */
/* core/test/interop_peer.c - the other process of interop_test.c.
 *
 *   interop_peer TYPE ID bind|connect ENDPOINT
 *
 * A program for libzmq that is compiled once and runs on whichever library LD_LIBRARY_PATH finds.
 * It says "ready ENDPOINT" on standard output and then does what the messages that it receives ask
 * for (their first part; a ROUTER has the sender's id before it):
 *
 *   echo PART...        sends the parts back
 *   stream COUNT SIZE   sends COUNT messages: a number, a body of SIZE bytes, an empty part
 *   take COUNT SIZE     receives as many of that form and answers "right" or "wrong"
 *   quit                ends
 *
 * COUNT and SIZE are parts of four bytes.  It ends as well when its standard input does, so that it
 * never outlives the test.  */
#include "core/test/kit.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct peer {
	void *socket;
	bool has_ids; /* a ROUTER */
	uint8_t id[256];
	size_t id_size;
};

static uint32_t recv_number(struct peer *peer)
{
	uint32_t number = 0;

	zmq_recv(peer->socket, &number, sizeof(number), 0);
	return number;
}

static void send_id(struct peer *peer)
{
	if (peer->has_ids)
		zmq_send(peer->socket, peer->id, peer->id_size, ZMQ_SNDMORE);
}

static void recv_id(struct peer *peer)
{
	if (peer->has_ids)
		peer->id_size = kit_recv_id(peer->socket, peer->id);
}

static void echo(struct peer *peer)
{
	zmq_msg_t part;
	int more;

	send_id(peer);
	do {
		zmq_msg_init(&part);
		zmq_msg_recv(&part, peer->socket, 0);
		more = zmq_msg_more(&part);
		zmq_msg_send(&part, peer->socket, more ? ZMQ_SNDMORE : 0);
	} while (more);
}

static void stream(struct peer *peer)
{
	uint32_t count = recv_number(peer), size = recv_number(peer);
	void *body = malloc(size + 1);

	for (uint32_t number = 0; number < count; number++) {
		pr_kit_fill(body, size, number);
		send_id(peer);
		zmq_send(peer->socket, &number, sizeof(number), ZMQ_SNDMORE);
		zmq_send(peer->socket, body, size, ZMQ_SNDMORE);
		zmq_send(peer->socket, "", 0, 0);
	}
	free(body);
}

static void take(struct peer *peer)
{
	uint32_t count = recv_number(peer), size = recv_number(peer);
	void *body = malloc(size + 1);
	bool right = true;

	for (uint32_t number = 0; right && number < count; number++) {
		recv_id(peer);
		right = recv_number(peer) == number &&
		        zmq_recv(peer->socket, body, size + 1, 0) == (int)size &&
		        pr_kit_filled(body, size, number) &&
		        zmq_recv(peer->socket, body, 1, 0) == 0 &&
		        !pr_kit_get(peer->socket, ZMQ_RCVMORE);
	}
	send_id(peer);
	kit_send(peer->socket, right ? "right" : "wrong");
	free(body);
}

/* Does one thing that was asked for; false after "quit".  */
static bool serve(struct peer *peer)
{
	char what[16] = "";

	recv_id(peer);
	zmq_recv(peer->socket, what, sizeof(what) - 1, 0);
	if (strcmp(what, "echo") == 0)
		echo(peer);
	else if (strcmp(what, "stream") == 0)
		stream(peer);
	else if (strcmp(what, "take") == 0)
		take(peer);
	return strcmp(what, "quit") != 0;
}

/* Waits for a message; false when the test has gone.  */
static bool wait_for_work(void *socket)
{
	zmq_pollitem_t items[] = {
	        {.socket = socket, .events = ZMQ_POLLIN},
	        {.fd = STDIN_FILENO, .events = ZMQ_POLLIN},
	};

	do {
		if (zmq_poll(items, 2, -1) == -1)
			return false;
	} while (items[0].revents == 0 && items[1].revents == 0);
	return items[0].revents != 0;
}

static int type_of(const char *name)
{
	return strcmp(name, "ROUTER") == 0 ? ZMQ_ROUTER
	       : strcmp(name, "PAIR") == 0 ? ZMQ_PAIR
	                                   : ZMQ_DEALER;
}

int main(int argc, char **argv)
{
	void *ctx = pr_kit_ctx();
	char endpoint[KIT_ENDPOINT_SIZE];
	size_t size = sizeof(endpoint);
	struct peer peer;

	if (argc != 5)
		return 2;
	peer.has_ids = type_of(argv[1]) == ZMQ_ROUTER;
	peer.socket = pr_kit_socket(ctx, type_of(argv[1]));
	pr_kit_set(peer.socket, ZMQ_LINGER, 1000);
	pr_kit_set(peer.socket, ZMQ_RECONNECT_IVL, 10);
	pr_kit_set_id(peer.socket, argv[2]);
	if (peer.has_ids) /* waits for room instead of dropping */
		pr_kit_set(peer.socket, ZMQ_ROUTER_MANDATORY, 1);
	if (strcmp(argv[3], "bind") == 0)
		kit_until(zmq_bind(peer.socket, argv[4]) == 0);
	else
		kit_assert_ok(zmq_connect(peer.socket, argv[4]));
	kit_assert_ok(zmq_getsockopt(peer.socket, ZMQ_LAST_ENDPOINT, endpoint, &size));
	printf("ready %s %s\n", endpoint, pr_kit_is_proctor() ? "proctor" : "libzmq");
	fflush(stdout);
	while (wait_for_work(peer.socket) && serve(&peer))
		;
	pr_kit_close(peer.socket);
	pr_kit_term(ctx);
	return 0;
}
