/* SPDX-License-Identifier: MIT */
/* core/ctx.h - a context: the I/O threads, the sockets, and the phase they run.  */
#ifndef PR_CTX_H
#define PR_CTX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/counters.h"
#include "core/phase.h"
#include "core/thread.h"

struct pr_inproc_name;
struct pr_loop;
struct pr_socket;

#define PR_CTX_MAGIC         0x50524358u
#define PR_CTX_SOCKETS_LIMIT 65535 /* libzmq's */

#define PR_CTX_INPROC_BUCKETS 64

struct pr_ctx {
	uint32_t magic;
	_Atomic bool is_terminated;
	pthread_mutex_t lock;
	pthread_cond_t no_sockets;
	struct pr_socket *sockets; /* open ones */
	unsigned sockets_open;     /* not yet closed by the application */
	unsigned sockets_alive;    /* closed ones that still linger included */
	int io_threads, max_sockets, max_msgsz;
	int blocky, ipv6, zero_copy_recv;
	struct pr_thread_options threads;
	struct pr_loop *loops; /* io_threads of them once the first socket exists */
	int loops_count;
	struct pr_phase phase;
	struct pr_sock_counters closed_sockets;
	struct pr_inproc_name *inproc_names[PR_CTX_INPROC_BUCKETS]; /* core/inproc.c */
};

/* NULL and an errno value in *error: ENOMEM, or EINVAL when PROCTOR_PHASE does not parse (which is
 * said on standard error).  */
struct pr_ctx *pr_ctx_create(int *error);

/* zmq_ctx_term: blocks until every socket is closed and flushed.  0 or EINTR.  */
int pr_ctx_term(struct pr_ctx *ctx);

/* zmq_ctx_shutdown: blocking calls on its sockets end with ETERM.  */
void pr_ctx_shutdown(struct pr_ctx *ctx);

/* zmq_ctx_set and zmq_ctx_get: 0 (with *value) or an errno value.  */
int pr_ctx_set(struct pr_ctx *ctx, int option, int value);
int pr_ctx_get(struct pr_ctx *ctx, int option, int *value);

/* Registers a socket; starts the I/O threads for the first one.  0 or ETERM, EMFILE, ENOMEM...  */
int pr_ctx_add_socket(struct pr_ctx *ctx, struct pr_socket *socket);

/* The application closed it; and: nothing of it is left.  */
void pr_ctx_close_socket(struct pr_ctx *ctx, struct pr_socket *socket);
void pr_ctx_forget_socket(struct pr_ctx *ctx, struct pr_socket *socket);

/* The least loaded of the allowed I/O threads (affinity 0 = all).  */
struct pr_loop *pr_ctx_choose_loop(struct pr_ctx *ctx, uint64_t affinity);

/* What was placed there by pr_ctx_choose_loop is gone.  */
void pr_ctx_leave_loop(struct pr_loop *loop);

/* Totals; values has pr_counters_count() entries.  */
void pr_ctx_counters(struct pr_ctx *ctx, uint64_t *values);

/* See proctor_ctx_connections.  */
int pr_ctx_connections(struct pr_ctx *ctx,
                       void (*visit)(void *arg, const char *peer, const uint64_t *values,
                                     size_t count),
                       void *arg);

static inline bool pr_ctx_is_terminated(struct pr_ctx *ctx)
{
	return atomic_load_explicit(&ctx->is_terminated, memory_order_acquire);
}

#endif
