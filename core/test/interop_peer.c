/* SPDX-License-Identifier: MIT */
/* core/test/interop_peer.c - the other process of interop_test.c.
 *
 *   interop_peer TYPE ID bind|connect ENDPOINT plain|empty
 *
 * A program for libzmq that is compiled once and runs on whichever library LD_LIBRARY_PATH finds.
 * It says "ready ENDPOINT" on standard output and then does what the messages that it receives ask
 * for (their first part; a ROUTER has the sender's id before it, and with "empty" an empty part):
 *
 *   echo PART...        sends the parts back
 *   stream COUNT SIZE   sends COUNT messages: a number, a body of SIZE bytes, an empty part
 *   take COUNT SIZE     receives as many of that form and answers "right" or "wrong"
 *   quit                ends
 *
 * With INTEROP_PLAIN in the environment it is a PLAIN client when it connects (admin, whose
 * password is secret), and a PLAIN server with a ZAP handler when it binds.
 *
 * COUNT and SIZE are parts of four bytes.  A type that only sends is told "stream COUNT SIZE" by
 * lines of its standard input, and one that only receives fails when what it took is wrong.  It
 * ends as well when its standard input does, so that it never outlives the test.  */
#include "core/test/kit.h"
#include "core/test/scene.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct type {
	const char *name;
	int type;
	bool only_receives;
	bool has_subscribers;
};

static const struct type types[] = {
        {"PAIR", ZMQ_PAIR, false, false},     {"DEALER", ZMQ_DEALER, false, false},
        {"ROUTER", ZMQ_ROUTER, false, false}, {"REP", ZMQ_REP, false, false},
        {"PUSH", ZMQ_PUSH, false, false},     {"PULL", ZMQ_PULL, true, false},
        {"XPUB", ZMQ_XPUB, false, true},      {"SUB", ZMQ_SUB, true, false},
        {"XSUB", ZMQ_XSUB, true, false},
};

struct peer {
	const struct type *type;
	void *socket;
	bool has_ids;       /* a ROUTER */
	bool has_empty;     /* whose peer is a REQ */
	bool is_subscribed; /* somebody is there to hear */
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
	if (peer->has_empty)
		kit_send_more(peer->socket, "");
}

static void recv_id(struct peer *peer)
{
	if (peer->has_ids)
		peer->id_size = kit_recv_id(peer->socket, peer->id);
	if (peer->has_empty)
		kit_expect_more(peer->socket, "");
}

/* All parts first: a REP must not answer before it has the whole request.  */
static void echo(struct peer *peer)
{
	static zmq_msg_t parts[4096];
	size_t count = 0;
	int more;

	do {
		zmq_msg_init(&parts[count]);
		zmq_msg_recv(&parts[count], peer->socket, 0);
		more = zmq_msg_more(&parts[count++]);
	} while (more && count < KIT_COUNT(parts));
	send_id(peer);
	for (size_t i = 0; i < count; i++)
		zmq_msg_send(&parts[i], peer->socket, i + 1 < count ? ZMQ_SNDMORE : 0);
}

static void stream(struct peer *peer, uint32_t count, uint32_t size)
{
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
	free(body);
	if (peer->type->only_receives) {
		if (!right)
			exit(1);
		return;
	}
	send_id(peer);
	kit_send(peer->socket, right ? "right" : "wrong");
}

static void stream_as_asked(struct peer *peer)
{
	uint32_t count = recv_number(peer), size = recv_number(peer);

	stream(peer, count, size);
}

/* Does one thing that was asked for; false after "quit".  */
static bool serve(struct peer *peer)
{
	char what[16] = "";

	recv_id(peer);
	zmq_recv(peer->socket, what, sizeof(what) - 1, 0);
	peer->is_subscribed = true;
	if (strcmp(what, "echo") == 0)
		echo(peer);
	else if (strcmp(what, "stream") == 0)
		stream_as_asked(peer);
	else if (strcmp(what, "take") == 0)
		take(peer);
	return strcmp(what, "quit") != 0;
}

/* A line of standard input; false at its end.  */
static bool obey(struct peer *peer)
{
	unsigned count, size;
	char line[64] = "";

	/* The test writes a line only when the messages of the one before have arrived. */
	if (read(STDIN_FILENO, line, sizeof(line) - 1) <= 0 ||
	    sscanf(line, "stream %u %u", &count, &size) != 2)
		return false;
	while (peer->type->has_subscribers && !peer->is_subscribed)
		serve(peer);
	stream(peer, count, size);
	return true;
}

/* Waits for something to do, and does it; false when the test has gone, or wants no more.  */
static bool work(struct peer *peer)
{
	zmq_pollitem_t items[] = {
	        {.socket = peer->socket, .events = ZMQ_POLLIN},
	        {.fd = STDIN_FILENO, .events = ZMQ_POLLIN},
	};

	if (zmq_poll(items, 2, -1) == -1)
		return false;
	if (items[0].revents & ZMQ_POLLIN)
		return serve(peer);
	return items[1].revents == 0 || obey(peer);
}

static const struct type *type_of(const char *name)
{
	size_t i = 0;

	while (i + 1 < KIT_COUNT(types) && strcmp(types[i].name, name) != 0)
		i++;
	return &types[i];
}

static void make_socket(struct peer *peer, void *ctx, const char *id)
{
	int type = peer->type->type;

	peer->socket = pr_kit_socket(ctx, type);
	pr_kit_set(peer->socket, ZMQ_LINGER, 1000);
	pr_kit_set(peer->socket, ZMQ_RECONNECT_IVL, 10);
	pr_kit_set_id(peer->socket, id);
	if (type == ZMQ_ROUTER) /* waits for room instead of dropping */
		pr_kit_set(peer->socket, ZMQ_ROUTER_MANDATORY, 1);
	if (type == ZMQ_XPUB) { /* drops nothing */
		pr_kit_set(peer->socket, ZMQ_SNDHWM, 0);
	} else if (type == ZMQ_SUB) {
		pr_kit_set(peer->socket, ZMQ_RCVHWM, 0);
		kit_assert_ok(zmq_setsockopt(peer->socket, ZMQ_SUBSCRIBE, "", 0));
	} else if (type == ZMQ_XSUB) {
		pr_kit_set(peer->socket, ZMQ_RCVHWM, 0);
		kit_send(peer->socket, "\1");
	}
}

static void make_plain(struct scene *scene, void *socket, bool binds)
{
	if (binds) {
		pr_kit_set(socket, ZMQ_PLAIN_SERVER, 1);
		pr_scene_start_handler(scene, 200);
		return;
	}
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, "admin", 5));
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, "secret", 6));
}

int main(int argc, char **argv)
{
	void *ctx = pr_kit_ctx();
	struct scene scene = {.ctx = ctx};
	char endpoint[KIT_ENDPOINT_SIZE];
	size_t size = sizeof(endpoint);

	if (argc != 6)
		return 2;
	struct peer peer = {.type = type_of(argv[1]), .has_empty = strcmp(argv[5], "empty") == 0};

	peer.has_ids = peer.type->type == ZMQ_ROUTER;
	make_socket(&peer, ctx, argv[2]);
	if (getenv("INTEROP_PLAIN"))
		make_plain(&scene, peer.socket, strcmp(argv[3], "bind") == 0);
	if (strcmp(argv[3], "bind") == 0)
		kit_until(zmq_bind(peer.socket, argv[4]) == 0);
	else
		kit_assert_ok(zmq_connect(peer.socket, argv[4]));
	kit_assert_ok(zmq_getsockopt(peer.socket, ZMQ_LAST_ENDPOINT, endpoint, &size));
	printf("ready %s %s\n", endpoint, pr_kit_is_proctor() ? "proctor" : "libzmq");
	fflush(stdout);
	while (work(&peer))
		;
	pr_kit_close(peer.socket);
	kit_assert_ok(zmq_ctx_shutdown(ctx));
	if (scene.handler)
		pr_kit_join(scene.thread);
	pr_kit_term(ctx);
	return 0;
}
