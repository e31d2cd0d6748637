/* SPDX-License-Identifier: MIT */
/* core/loop.h - one I/O thread.
 *
 * The thread blocks in an epoll of its own.  That epoll holds the sockets, the eventfd by which
 * other threads wake it, and the backend descriptor of a libuv loop; when the latter fires, or a
 * timer is due, the libuv loop runs once without waiting.  So libuv is in charge of timers and name
 * look-ups, and a change of interest in a socket costs one epoll_ctl (uv_poll costs two) and no
 * second epoll_wait per turn.
 *
 * Other threads reach the loop in two ways.  Pipes with news are pushed on a lock-free stack
 * (`mailbox`): that is the hot way.  Rare orders (listen, connect, stop) are tasks behind a mutex.
 * Either way a system call is made only when the thread sleeps, or is about to.
 *
 * While the thread sleeps, another one may do its work for one connection (io=caller,
 * core/caller.h): whoever does the loop's work holds `turn`.  "Loop thread" as the contract of a
 * function means: whoever holds it.  The thread itself holds it all the time that it does not
 * sleep.  */
#ifndef PR_LOOP_H
#define PR_LOOP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/counters.h"
#include "core/thread.h"

struct pr_conn;
struct pr_ctx;
struct pr_pipe;
struct pr_zap;

/* Something the loop waits for.  The loop's thread calls handle with EPOLLx bits.  */
struct pr_watch {
	void (*handle)(struct pr_watch *watch, uint32_t events);
	int fd; /* -1 when closed */
};

/* libuv's own descriptor in our epoll.  */
struct pr_uv_watch {
	struct pr_watch watch;
	struct pr_loop *loop;
};

/* An order to the loop.  Whoever posts it owns the memory again when run is called (loop thread).
 */
struct pr_task {
	void (*run)(struct pr_task *task);
	struct pr_task *next;
};

struct pr_loop {
	struct pr_ctx *ctx;
	uv_loop_t uv;
	struct pr_uv_watch uv_watch;
	int epoll_fd;
	int wake_fd;
	pthread_mutex_t turn;
	bool timers_changed; /* by another thread than the loop's, which must look again */
	bool stop;
	bool run_uv;      /* libuv wants to run at the end of the turn */
	uint64_t uv_runs; /* how often it ran */
	pthread_t thread;
	struct pr_thread_options thread_options; /* the context's when the thread was started */
	struct pr_conn *again; /* connections that go on without waiting for readiness, in order */
	struct pr_conn **again_end;
	bool is_batch;           /* several connections are served in a row (core/conn.h): */
	unsigned told;           /* so many times an application was told and not woken, */
	struct pr_conn *to_wake; /* whose socket has this connection; NULL: none */
	struct pr_conn *dead;    /* closed connections, freed at the end of the turn */
	struct pr_zap *zap;      /* core/zap.c; NULL until it is needed */
	_Atomic unsigned
	        load; /* endpoints and accepted connections: new ones go to the least loaded */

	_Alignas(64) struct pr_pipe *_Atomic mailbox;
	_Alignas(64) _Atomic uint32_t sleeping;
	pthread_mutex_t tasks_lock;
	struct pr_task *tasks, **tasks_end;
	_Atomic bool has_tasks;

	struct pr_loop_counters counters;
	pthread_mutex_t conns_lock; /* the list below, for snapshots from other threads */
	struct pr_conn *conns;
	struct pr_conn_counters closed_conns; /* folded counters of connections that are gone */
};

/* Creates the descriptors and starts the thread (all signals blocked in it).  Returns 0 or an errno
 * value.  */
int pr_loop_start(struct pr_loop *loop, struct pr_ctx *ctx);

/* Ends the thread and frees what the loop holds.  No socket may be left.  Blocks until the thread
 * is gone.  */
void pr_loop_stop(struct pr_loop *loop);

/* Any thread: hands a task over and wakes the loop.  */
void pr_loop_post(struct pr_loop *loop, struct pr_task *task);

/* Any thread: wakes the loop if it sleeps.  True when that took a system call.  */
bool pr_loop_wake(struct pr_loop *loop);

/* Any other thread: becomes the loop's thread for a moment, when nobody else is; or waits until it
 * can, which takes a turn of the loop at most.  Nothing that blocks may be called inside.  */
bool pr_loop_try_enter(struct pr_loop *loop);
void pr_loop_enter(struct pr_loop *loop);

/* ...and no longer: wakes the loop's own thread when there is something left for it.  */
void pr_loop_leave(struct pr_loop *loop);

/* Loop thread: epoll_ctl.  watch->fd must be open.  Return 0 or an errno value.  */
int pr_loop_add(struct pr_loop *loop, struct pr_watch *watch, uint32_t events);
int pr_loop_change(struct pr_loop *loop, struct pr_watch *watch, uint32_t events);
void pr_loop_remove(struct pr_loop *loop, struct pr_watch *watch);

/* Loop thread: continue this connection's work (pr_conn_again) in the next turn.  Idempotent.  */
void pr_loop_again(struct pr_loop *loop, struct pr_conn *conn);

/* Loop thread: libuv has something to do (a request was started, its descriptor is readable); it
 * runs at the end of the turn.  */
void pr_loop_run_uv(struct pr_loop *loop);

#endif
