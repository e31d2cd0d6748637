/* SPDX-License-Identifier: MIT */
/* core/test/scene.h - a server, a client, and a ZAP handler (RFC 27) that is asked whom to let in.
 *
 * The handler is a ROUTER with a thread of its own, which answers as the test says.  */
#ifndef PR_TEST_SCENE_H
#define PR_TEST_SCENE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/test/kit.h"

/* <zmq.h> declares them for drafts only.  */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif
#ifndef ZMQ_METADATA
#define ZMQ_METADATA 95
#endif

#define FRAMES_MOST 16
#define FRAME_MOST  64

/* What the handler does with a question.  200 and the like: answers so.  */
enum manner { NEVER, GARBAGE, SHORT, LONG, OTHER_VERSION, OTHER_REQUEST, BAD_METADATA, CLOSE };

struct question {
	char frames[FRAMES_MOST][FRAME_MOST];
	int sizes[FRAMES_MOST];
	int count;
};

struct scene {
	void *ctx, *server, *client, *handler;
	pthread_t thread;
	_Atomic int manner, asked;
	struct question last;
	char endpoint[KIT_ENDPOINT_SIZE];
};

/* Two PAIRs, and nobody to ask.  */
void pr_scene_open(struct scene *scene);

/* Ends the context and the handler, too.  */
void pr_scene_close(struct scene *scene);

/* Somebody to ask, from now on.  */
void pr_scene_start_handler(struct scene *scene, int manner);

/* The server is a PLAIN server and the client is admin, whose password is secret.  */
void pr_scene_make_plain(struct scene *scene);

void pr_scene_set_domain(void *socket, const char *domain);

/* The server binds, the client connects.  */
void pr_scene_join(struct scene *scene);

#endif
