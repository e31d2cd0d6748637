/* SPDX-License-Identifier: MIT */
/* core/test/scene.c - see scene.h.  */
#include "core/test/scene.h"

#include <stdio.h>

#define HANDLER "inproc://zeromq.zap.01"

/* ---- The handler ---- */

/* False: the context is over.  */
static bool recv_question(void *handler, struct question *question)
{
	question->count = 0;
	do {
		int at = question->count++;

		question->sizes[at] = zmq_recv(handler, question->frames[at], FRAME_MOST, 0);
		if (question->sizes[at] < 0)
			return false;
	} while (pr_kit_get(handler, ZMQ_RCVMORE));
	return true;
}

static void say(void *handler, const void *data, size_t size)
{
	zmq_send(handler, data, size, ZMQ_SNDMORE);
}

static void say_text(void *handler, const char *text)
{
	say(handler, text, strlen(text));
}

static void answer(void *handler, const struct question *question, int manner)
{
	char status[16];

	snprintf(status, sizeof(status), "%d", manner >= 100 ? manner : 200);
	say(handler, question->frames[0], (size_t)question->sizes[0]);
	say_text(handler, "");
	if (manner == GARBAGE) {
		zmq_send(handler, "garbage", 7, 0);
		return;
	}
	say_text(handler, manner == OTHER_VERSION ? "2.0" : "1.0");
	say(handler, manner == OTHER_REQUEST ? "?" : question->frames[3],
	    (size_t)question->sizes[3]);
	if (manner == SHORT) {
		zmq_send(handler, status, 3, 0);
		return;
	}
	say_text(handler, status);
	say_text(handler, "for a reason");
	say_text(handler, "joe");
	if (manner == LONG)
		say_text(handler, "");
	if (manner == BAD_METADATA)
		zmq_send(handler, "\5Hello\0\0\0\6World", 15, 0);
	else
		zmq_send(handler, "\5Hello\0\0\0\5World", 15, 0);
}

static void *handle(void *arg)
{
	struct scene *scene = arg;
	struct question question;

	while (recv_question(scene->handler, &question)) {
		int manner = scene->manner;

		scene->last = question;
		scene->asked++;
		if (manner == CLOSE)
			break;
		if (manner != NEVER)
			answer(scene->handler, &question, manner);
	}
	pr_kit_close(scene->handler);
	return NULL;
}

void pr_scene_start_handler(struct scene *scene, int manner)
{
	scene->manner = manner;
	scene->asked = 0;
	scene->handler = pr_kit_socket(scene->ctx, ZMQ_ROUTER);
	pr_kit_set(scene->handler, ZMQ_RCVTIMEO, -1);
	kit_until(zmq_bind(scene->handler, HANDLER) == 0); /* libzmq frees a name a bit later */
	pr_kit_thread(&scene->thread, handle, scene);
}

/* ---- The scene ---- */

void pr_scene_open(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->ctx = pr_kit_ctx();
	scene->server = pr_kit_socket(scene->ctx, ZMQ_PAIR);
	scene->client = pr_kit_socket(scene->ctx, ZMQ_PAIR);
	pr_kit_set(scene->client, ZMQ_RECONNECT_IVL, 20);
}

void pr_scene_make_plain(struct scene *scene)
{
	pr_kit_set(scene->server, ZMQ_PLAIN_SERVER, 1);
	kit_assert_ok(zmq_setsockopt(scene->client, ZMQ_PLAIN_USERNAME, "admin", 5));
	kit_assert_ok(zmq_setsockopt(scene->client, ZMQ_PLAIN_PASSWORD, "secret", 6));
}

void pr_scene_set_domain(void *socket, const char *domain)
{
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)));
}

void pr_scene_join(struct scene *scene)
{
	kit_bind(scene->server, scene->endpoint);
	kit_assert_ok(zmq_connect(scene->client, scene->endpoint));
}

void pr_scene_close(struct scene *scene)
{
	pr_kit_close(scene->server);
	pr_kit_close(scene->client);
	kit_assert_ok(zmq_ctx_shutdown(scene->ctx));
	if (scene->handler)
		pr_kit_join(scene->thread);
	pr_kit_term(scene->ctx);
}
