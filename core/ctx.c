/* SPDX-License-Identifier: MIT */
/* core/ctx.c - see ctx.h.  */
#include "core/ctx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/chunk.h"
#include "core/conn.h"
#include "core/fence.h"
#include "core/include/proctor/zmq.h"
#include "core/inproc.h"
#include "core/loop.h"
#include "core/socket.h"

/* The phase of a context that was never told: PROCTOR_PHASE, or "core".  A text that does not parse
 * must not be taken for the default in silence; a library has no better place to say why than
 * standard error.  */
static bool choose_phase(struct pr_phase *phase)
{
	const char *text = getenv("PROCTOR_PHASE");
	struct pr_error why;

	if (!text || !*text) {
		*phase = pr_phase_find("core")->phase;
		return true;
	}
	if (pr_phase_parse(text, phase, &why) == PR_OK)
		return true;
	fprintf(stderr, "libproctor: PROCTOR_PHASE: %s\n", why.text);
	return false;
}

struct pr_ctx *pr_ctx_create(int *error)
{
	struct pr_ctx *ctx = calloc(1, sizeof(*ctx));

	*error = ctx ? EINVAL : ENOMEM;
	if (!ctx || !choose_phase(&ctx->phase)) {
		free(ctx);
		return NULL;
	}
	ctx->magic = PR_CTX_MAGIC;
	pthread_mutex_init(&ctx->lock, NULL);
	pthread_cond_init(&ctx->no_sockets, NULL);
	ctx->io_threads = ZMQ_IO_THREADS_DFLT;
	ctx->max_sockets = ZMQ_MAX_SOCKETS_DFLT;
	ctx->max_msgsz = INT32_MAX;
	ctx->blocky = 1;
	ctx->zero_copy_recv = 1;
	pr_thread_options_init(&ctx->threads);
	pr_fence_prepare();
	return ctx;
}

static void destroy(struct pr_ctx *ctx)
{
	for (int i = 0; i < ctx->loops_count; i++)
		pr_loop_stop(&ctx->loops[i]);
	free(ctx->loops);
	pthread_cond_destroy(&ctx->no_sockets);
	pthread_mutex_destroy(&ctx->lock);
	ctx->magic = 0;
	pr_chunk_trim();
	free(ctx);
}

void pr_ctx_shutdown(struct pr_ctx *ctx)
{
	pthread_mutex_lock(&ctx->lock);
	atomic_store_explicit(&ctx->is_terminated, true, memory_order_seq_cst);
	for (struct pr_socket *socket = ctx->sockets; socket; socket = socket->next) {
		pr_socket_wake(socket);
		pr_socket_signal_fd(socket);
	}
	pthread_mutex_unlock(&ctx->lock);
}

int pr_ctx_term(struct pr_ctx *ctx)
{
	pr_ctx_shutdown(ctx);
	pr_inproc_end_waiting(ctx);
	pthread_mutex_lock(&ctx->lock);
	while (ctx->sockets_alive > 0)
		pthread_cond_wait(&ctx->no_sockets, &ctx->lock);
	pthread_mutex_unlock(&ctx->lock);
	destroy(ctx);
	return 0;
}

/* ---- Sockets ---- */

/* With ZMQ_IO_THREADS 0 libzmq serves inproc only; a TCP endpoint needs one, so there is always
 * one.  */
static int start_loops(struct pr_ctx *ctx)
{
	int wanted = ctx->io_threads > 0 ? ctx->io_threads : 1;

	ctx->loops = aligned_alloc(PR_CACHE_LINE, (size_t)wanted * sizeof(*ctx->loops));
	if (!ctx->loops)
		return ENOMEM;
	while (ctx->loops_count < wanted) {
		int error = pr_loop_start(&ctx->loops[ctx->loops_count], ctx);

		if (error) {
			while (ctx->loops_count > 0)
				pr_loop_stop(&ctx->loops[--ctx->loops_count]);
			free(ctx->loops);
			ctx->loops = NULL;
			return error;
		}
		ctx->loops_count++;
	}
	return 0;
}

static int register_socket(struct pr_ctx *ctx, struct pr_socket *socket)
{
	if (pr_ctx_is_terminated(ctx))
		return ETERM;
	if (ctx->sockets_open >= (unsigned)ctx->max_sockets)
		return EMFILE;
	int error = ctx->loops ? 0 : start_loops(ctx);

	if (error)
		return error;
	socket->next = ctx->sockets;
	if (socket->next)
		socket->next->prev = socket;
	ctx->sockets = socket;
	ctx->sockets_open++;
	ctx->sockets_alive++;
	return 0;
}

int pr_ctx_add_socket(struct pr_ctx *ctx, struct pr_socket *socket)
{
	pthread_mutex_lock(&ctx->lock);
	int error = register_socket(ctx, socket);

	pthread_mutex_unlock(&ctx->lock);
	return error;
}

void pr_ctx_close_socket(struct pr_ctx *ctx, struct pr_socket *socket)
{
	pthread_mutex_lock(&ctx->lock);
	if (socket->prev)
		socket->prev->next = socket->next;
	else
		ctx->sockets = socket->next;
	if (socket->next)
		socket->next->prev = socket->prev;
	ctx->sockets_open--;
	pr_counters_fold(PR_SCOPE_SOCK, &ctx->closed_sockets, &socket->counters);
	pthread_mutex_unlock(&ctx->lock);
}

void pr_ctx_forget_socket(struct pr_ctx *ctx, struct pr_socket *socket)
{
	(void)socket;
	pthread_mutex_lock(&ctx->lock);
	if (--ctx->sockets_alive == 0)
		pthread_cond_signal(&ctx->no_sockets);
	pthread_mutex_unlock(&ctx->lock);
}

struct pr_loop *pr_ctx_choose_loop(struct pr_ctx *ctx, uint64_t affinity)
{
	struct pr_loop *best = NULL;
	unsigned best_load = 0;

	for (int i = 0; i < ctx->loops_count; i++) {
		struct pr_loop *loop = &ctx->loops[i];
		unsigned load = atomic_load_explicit(&loop->load, memory_order_relaxed);

		if (affinity != 0 && (i >= 64 || !(affinity >> i & 1)))
			continue;
		if (!best || load < best_load) {
			best = loop;
			best_load = load;
		}
	}
	if (!best)
		best = &ctx->loops[0];
	atomic_fetch_add_explicit(&best->load, 1, memory_order_relaxed);
	return best;
}

void pr_ctx_leave_loop(struct pr_loop *loop)
{
	atomic_fetch_sub_explicit(&loop->load, 1, memory_order_relaxed);
}

/* ---- Counters ---- */

static void add_loop(struct pr_loop *loop, uint64_t *values)
{
	pthread_mutex_lock(&loop->conns_lock);
	pr_counters_add(PR_SCOPE_CONN, &loop->closed_conns, values);
	for (struct pr_conn *conn = loop->conns; conn; conn = conn->next)
		pr_counters_add(PR_SCOPE_CONN, &conn->counters, values);
	pthread_mutex_unlock(&loop->conns_lock);
	pr_counters_add(PR_SCOPE_LOOP, &loop->counters, values);
}

void pr_ctx_counters(struct pr_ctx *ctx, uint64_t *values)
{
	memset(values, 0, pr_counters_count() * sizeof(*values));
	pthread_mutex_lock(&ctx->lock);
	for (int i = 0; i < ctx->loops_count; i++)
		add_loop(&ctx->loops[i], values);
	pr_counters_add(PR_SCOPE_SOCK, &ctx->closed_sockets, values);
	for (struct pr_socket *socket = ctx->sockets; socket; socket = socket->next)
		pr_counters_add(PR_SCOPE_SOCK, &socket->counters, values);
	pthread_mutex_unlock(&ctx->lock);
}

int pr_ctx_connections(struct pr_ctx *ctx,
                       void (*visit)(void *arg, const char *peer, const uint64_t *values,
                                     size_t count),
                       void *arg)
{
	size_t count = pr_counters_count();
	uint64_t *values = malloc((count + 1) * sizeof(*values));
	int connections = 0;

	if (!values)
		return 0;
	pthread_mutex_lock(&ctx->lock);
	for (int i = 0; i < ctx->loops_count; i++) {
		struct pr_loop *loop = &ctx->loops[i];

		pthread_mutex_lock(&loop->conns_lock);
		for (struct pr_conn *conn = loop->conns; conn; conn = conn->next, connections++) {
			memset(values, 0, count * sizeof(*values));
			pr_counters_add(PR_SCOPE_CONN, &conn->counters, values);
			visit(arg, conn->peer, values, count);
		}
		pthread_mutex_unlock(&loop->conns_lock);
	}
	pthread_mutex_unlock(&ctx->lock);
	free(values);
	return connections;
}
