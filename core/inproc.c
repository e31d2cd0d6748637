/* SPDX-License-Identifier: MIT */
/* core/inproc.c - the names that a context knows, and joining two sockets at one of them.
 *
 * A name is in the table while a socket has bound it, or while pipes wait for that.  Whoever
 * connects makes both pipes and keeps one; the other one goes to the socket that has bound the
 * name, as the pipe of an accepted connection does: by news (PR_APP_ATTACH).  A pipe that waits in
 * the table counts as being on the stack of news, so whatever happens meanwhile only adds bits, and
 * the socket that binds the name finds it all.
 *
 * The options of the binder that its peers need are copied into the table, where their threads may
 * read them.  The context's lock guards the table and is never held while a socket is told
 * something.  */
#include "core/inproc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conflate.h"
#include "core/ctx.h"
#include "core/include/proctor/zmq.h"
#include "core/pipe.h"
#include "core/socket.h"

#define SCHEME "inproc://"

struct pr_inproc_name {
	struct pr_inproc_name *next;
	struct pr_socket *binder; /* NULL: nobody yet */
	int sndhwm, rcvhwm;       /* the binder's */
	uint8_t routing_id_size;
	uint8_t routing_id[255];
	struct pr_pipe *waiting, **waiting_end; /* for a binder; in order */
	char uri[];
};

bool pr_inproc_is_address(const char *uri)
{
	return strncmp(uri, SCHEME, strlen(SCHEME)) == 0;
}

static bool has_name(const char *uri)
{
	return uri[strlen(SCHEME)] != '\0';
}

/* ---- The table; under the context's lock ---- */

/* FNV-1a, 32 bits (Fowler, Noll, Vo).  */
static struct pr_inproc_name **bucket_of(struct pr_ctx *ctx, const char *uri)
{
	uint32_t hash = 0x811c9dc5u;

	for (; *uri; uri++)
		hash = (hash ^ (uint8_t)*uri) * 0x01000193u;
	return &ctx->inproc_names[hash % PR_CTX_INPROC_BUCKETS];
}

/* Where the name hangs, or where it would.  */
static struct pr_inproc_name **find(struct pr_ctx *ctx, const char *uri)
{
	struct pr_inproc_name **at = bucket_of(ctx, uri);

	while (*at && strcmp((*at)->uri, uri) != 0)
		at = &(*at)->next;
	return at;
}

static struct pr_inproc_name *find_or_add(struct pr_ctx *ctx, const char *uri)
{
	struct pr_inproc_name **at = find(ctx, uri);
	size_t size = strlen(uri) + 1;

	if (*at)
		return *at;
	struct pr_inproc_name *name = calloc(1, sizeof(*name) + size);

	if (!name)
		return NULL;
	name->waiting_end = &name->waiting;
	memcpy(name->uri, uri, size);
	*at = name;
	return name;
}

static void forget(struct pr_inproc_name **at)
{
	struct pr_inproc_name *name = *at;

	*at = name->next;
	free(name);
}

static void wait_for_binder(struct pr_inproc_name *name, struct pr_pipe *pipe)
{
	pipe->pending_next = NULL;
	*name->waiting_end = pipe;
	name->waiting_end = &pipe->pending_next;
}

static struct pr_pipe *take_waiting(struct pr_inproc_name *name)
{
	struct pr_pipe *pipe = name->waiting;

	name->waiting = NULL;
	name->waiting_end = &name->waiting;
	return pipe;
}

/* ---- Joining ---- */

/* What each end has to know of the other is there; far is the binder's end.  */
static void join(struct pr_pipe *far, struct pr_socket *binder, const struct pr_inproc_name *name)
{
	struct pr_pipe *near = far->peer;

	far->socket = binder;
	pr_socket_ref(binder);
	atomic_store_explicit(&far->sndhwm, (uint64_t)name->sndhwm, memory_order_relaxed);
	atomic_store_explicit(&far->rcvhwm, (uint64_t)name->rcvhwm, memory_order_relaxed);
	near->peer_id_size = name->routing_id_size;
	memcpy(near->peer_id, name->routing_id, name->routing_id_size);
}

static int claim(struct pr_socket *socket, const char *uri, struct pr_inproc_name *copy,
                 struct pr_pipe **waiting)
{
	const struct pr_options *options = &socket->options;
	struct pr_ctx *ctx = socket->ctx;

	if (pr_ctx_is_terminated(ctx))
		return ETERM;
	struct pr_inproc_name *name = find_or_add(ctx, uri);

	if (!name)
		return ENOMEM;
	if (name->binder)
		return EADDRINUSE;
	name->binder = socket;
	name->sndhwm = options->sndhwm;
	name->rcvhwm = options->rcvhwm;
	name->routing_id_size = (uint8_t)options->routing_id_size;
	memcpy(name->routing_id, options->routing_id, name->routing_id_size);
	*waiting = take_waiting(name);
	*copy = *name;
	socket->inproc_names++;
	return 0;
}

int pr_inproc_bind(struct pr_socket *socket, const char *uri)
{
	struct pr_inproc_name name;
	struct pr_pipe *far;

	if (!has_name(uri))
		return EINVAL;
	pthread_mutex_lock(&socket->ctx->lock);
	int error = claim(socket, uri, &name, &far);

	pthread_mutex_unlock(&socket->ctx->lock);
	if (error)
		return error;
	while (far) {
		struct pr_pipe *next = far->pending_next;

		join(far, socket, &name);
		pr_pipe_take_peer_hwm(far);
		pr_pipe_tell_app(far->peer, PR_APP_ATTACH | PR_APP_HWM | PR_APP_WRITABLE);
		pr_socket_push(socket, far, true); /* with the reference that the table had */
		far = next;
	}
	pr_socket_take_news(socket);
	return 0;
}

/* Is the name bound by a socket of one of the types?  */
static bool is_bound_by(struct pr_ctx *ctx, const char *uri, unsigned types)
{
	const struct pr_inproc_name *name = *find(ctx, uri);

	return name && name->binder && types >> name->binder->pattern->type & 1;
}

/* Finds the binder, or lets far wait for it, unless it has to be there and of one of the types.  */
static int look_up(struct pr_ctx *ctx, const char *uri, unsigned types, struct pr_pipe *far)
{
	if (pr_ctx_is_terminated(ctx))
		return ETERM;
	if (types != 0 && !is_bound_by(ctx, uri, types))
		return ECONNREFUSED;
	struct pr_inproc_name *name = find_or_add(ctx, uri);

	if (!name)
		return ENOMEM;
	if (name->binder)
		join(far, name->binder, name);
	else
		wait_for_binder(name, far);
	return 0;
}

/* Nobody will ever read from it: the other end is told.  */
static void discard(struct pr_pipe *far)
{
	pr_pipe_hand_over(far, 0);
	pr_pipe_unref(far); /* that of the news */
}

/* Nobody knows either end yet.  */
static void discard_pair(struct pr_pipe *near, struct pr_pipe *far)
{
	pr_pipe_unref(near);
	pr_pipe_unref(near);
	pr_pipe_unref(far);
	pr_pipe_unref(far);
}

/* Both ends, of which near belongs to the socket.  */
static bool create_ends(struct pr_socket *socket, const char *uri, struct pr_pipe *ends[2])
{
	const struct pr_options *options = &socket->options;

	if (!pr_pipe_create_pair(ends))
		return false;
	struct pr_pipe *near = ends[0], *far = ends[1];

	near->socket = socket;
	pr_socket_ref(socket);
	if (!pr_pipe_conflate_pair(near, pr_conflate_directions(socket->pattern->type, options))) {
		discard_pair(near, far);
		return false;
	}
	near->inproc_address = strdup(uri);
	atomic_store_explicit(&near->sndhwm, (uint64_t)options->sndhwm, memory_order_relaxed);
	atomic_store_explicit(&near->rcvhwm, (uint64_t)options->rcvhwm, memory_order_relaxed);
	pr_pipe_take_peer_hwm(near);
	far->peer_id_size = (uint8_t)options->routing_id_size;
	memcpy(far->peer_id, options->routing_id, options->routing_id_size);
	atomic_store_explicit(&far->app_events, PR_APP_ATTACH, memory_order_relaxed);
	pr_pipe_ref(far); /* for the news */
	return true;
}

static void announce(struct pr_pipe *near, struct pr_pipe *far)
{
	pr_pipe_take_peer_hwm(near);
	pr_pipe_take_peer_hwm(far);
	pr_socket_attach(near->socket, near);
	pr_socket_push(far->socket, far, true);
}

static int connect_ends(struct pr_socket *socket, const char *uri, unsigned types,
                        struct pr_pipe *ends[2])
{
	struct pr_pipe *near = ends[0], *far = ends[1];

	pthread_mutex_lock(&socket->ctx->lock);
	int error = look_up(socket->ctx, uri, types, far);
	bool is_joined = !error && far->socket;

	pthread_mutex_unlock(&socket->ctx->lock);
	if (is_joined)
		announce(near, far);
	if (error) {
		pr_socket_close_pipe(socket, near, 0);
		discard(far);
	}
	return error;
}

static int connect_now(struct pr_socket *socket, const char *uri, unsigned types,
                       struct pr_pipe **pipe)
{
	struct pr_pipe *ends[2];

	if (!create_ends(socket, uri, ends))
		return ENOMEM;
	int error = ends[0]->inproc_address ? pr_socket_add_pipe(socket, ends[0]) : ENOMEM;

	*pipe = ends[0];
	if (!error)
		return connect_ends(socket, uri, types, ends);
	ends[0]->is_gone = true;
	pr_pipe_hand_over(ends[0], 0);
	discard(ends[1]);
	return error;
}

int pr_inproc_connect(struct pr_socket *socket, const char *uri)
{
	struct pr_pipe *pipe;

	if (!has_name(uri))
		return EINVAL;
	int error = connect_now(socket, uri, 0, &pipe);

	return error == EBUSY ? 0 : error;
}

int pr_inproc_connect_to(struct pr_socket *socket, const char *uri, unsigned types,
                         struct pr_pipe **pipe)
{
	return connect_now(socket, uri, types, pipe);
}

/* ---- Ending ---- */

static bool free_name(struct pr_socket *socket, const char *uri)
{
	struct pr_ctx *ctx = socket->ctx;

	pthread_mutex_lock(&ctx->lock);
	struct pr_inproc_name **at = find(ctx, uri);
	bool is_ours = *at && (*at)->binder == socket;

	if (is_ours)
		forget(at);
	pthread_mutex_unlock(&ctx->lock);
	if (is_ours)
		socket->inproc_names--;
	return is_ours;
}

static bool disconnect(struct pr_socket *socket, const char *uri)
{
	bool found = false;

	for (size_t i = socket->pipes_count; i-- > 0;) {
		struct pr_pipe *pipe = socket->pipes[i];

		if (!pipe->inproc_address || strcmp(pipe->inproc_address, uri) != 0)
			continue;
		pr_socket_close_pipe(socket, pipe, 0);
		found = true;
	}
	return found;
}

int pr_inproc_stop(struct pr_socket *socket, const char *uri)
{
	return free_name(socket, uri) || disconnect(socket, uri) ? 0 : ENOENT;
}

void pr_inproc_close(struct pr_socket *socket)
{
	struct pr_ctx *ctx = socket->ctx;

	if (socket->inproc_names == 0)
		return;
	pthread_mutex_lock(&ctx->lock);
	for (size_t i = 0; i < PR_CTX_INPROC_BUCKETS; i++)
		for (struct pr_inproc_name **at = &ctx->inproc_names[i]; *at;) {
			if ((*at)->binder == socket)
				forget(at);
			else
				at = &(*at)->next;
		}
	pthread_mutex_unlock(&ctx->lock);
	socket->inproc_names = 0;
}

/* The first name that nobody has bound is forgotten.  Returns what waits for it.  */
static struct pr_pipe *forget_one_unbound(struct pr_ctx *ctx)
{
	for (size_t i = 0; i < PR_CTX_INPROC_BUCKETS; i++)
		for (struct pr_inproc_name **at = &ctx->inproc_names[i]; *at; at = &(*at)->next)
			if (!(*at)->binder) {
				struct pr_pipe *waiting = take_waiting(*at);

				forget(at);
				return waiting;
			}
	return NULL;
}

void pr_inproc_end_waiting(struct pr_ctx *ctx)
{
	struct pr_pipe *far;

	do {
		pthread_mutex_lock(&ctx->lock);
		far = forget_one_unbound(ctx);
		pthread_mutex_unlock(&ctx->lock);
		for (struct pr_pipe *pipe = far, *next; pipe; pipe = next) {
			next = pipe->pending_next;
			discard(pipe);
		}
	} while (far);
}
