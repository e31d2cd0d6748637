/* SPDX-License-Identifier: MIT */
/* core/loop.c - the turn of an I/O thread: mailbox, tasks, unfinished work, wait, events, libuv. */
#include "core/loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/conn.h"
#include "core/ctx.h"
#include "core/pipe.h"
#include "core/zap.h"

#define EVENTS_MAX 256

static int control(struct pr_loop *loop, int operation, struct pr_watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	return epoll_ctl(loop->epoll_fd, operation, watch->fd, &event) < 0 ? errno : 0;
}

int pr_loop_add(struct pr_loop *loop, struct pr_watch *watch, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, watch, events);
}

int pr_loop_change(struct pr_loop *loop, struct pr_watch *watch, uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, watch, events);
}

void pr_loop_remove(struct pr_loop *loop, struct pr_watch *watch)
{
	control(loop, EPOLL_CTL_DEL, watch, 0);
}

bool pr_loop_wake(struct pr_loop *loop)
{
	if (atomic_load_explicit(&loop->sleeping, memory_order_seq_cst) == 0 ||
	    atomic_exchange_explicit(&loop->sleeping, 0, memory_order_seq_cst) == 0)
		return false;
	uint64_t one = 1;

	/* It cannot fail: the counter would have to reach 2^64 - 1. */
	return write(loop->wake_fd, &one, sizeof(one)) == (ssize_t)sizeof(one);
}

bool pr_loop_try_enter(struct pr_loop *loop)
{
	return pthread_mutex_trylock(&loop->turn) == 0;
}

void pr_loop_enter(struct pr_loop *loop)
{
	pthread_mutex_lock(&loop->turn);
}

void pr_loop_leave(struct pr_loop *loop)
{
	bool left = loop->again || loop->dead || loop->run_uv || loop->timers_changed;

	pthread_mutex_unlock(&loop->turn);
	if (left)
		pr_loop_wake(loop);
}

void pr_loop_post(struct pr_loop *loop, struct pr_task *task)
{
	task->next = NULL;
	pthread_mutex_lock(&loop->tasks_lock);
	*loop->tasks_end = task;
	loop->tasks_end = &task->next;
	atomic_store_explicit(&loop->has_tasks, true, memory_order_seq_cst);
	pthread_mutex_unlock(&loop->tasks_lock);
	pr_loop_wake(loop);
}

static void run_tasks(struct pr_loop *loop)
{
	if (!atomic_load_explicit(&loop->has_tasks, memory_order_acquire))
		return;
	pthread_mutex_lock(&loop->tasks_lock);
	struct pr_task *task = loop->tasks;

	loop->tasks = NULL;
	loop->tasks_end = &loop->tasks;
	atomic_store_explicit(&loop->has_tasks, false, memory_order_relaxed);
	pthread_mutex_unlock(&loop->tasks_lock);
	while (task) {
		struct pr_task *next = task->next;

		task->run(task);
		task = next;
	}
}

/* The stack is last in, first out; turning it round serves whoever asked first first.  */
static void run_mailbox(struct pr_loop *loop)
{
	if (!atomic_load_explicit(&loop->mailbox, memory_order_relaxed))
		return;
	struct pr_pipe *pipe = atomic_exchange_explicit(&loop->mailbox, NULL, memory_order_acquire);
	struct pr_pipe *turned = NULL;

	while (pipe) {
		struct pr_pipe *next = pipe->io_next;

		pipe->io_next = turned;
		turned = pipe;
		pipe = next;
	}
	while (turned) {
		struct pr_pipe *next = turned->io_next;

		pr_pipe_io_events(turned);
		turned = next;
	}
}

void pr_loop_again(struct pr_loop *loop, struct pr_conn *conn)
{
	if (conn->is_again)
		return;
	conn->is_again = true;
	conn->again_next = NULL;
	*loop->again_end = conn;
	loop->again_end = &conn->again_next;
}

/* Only what was there at the start of the turn: a connection that asks again waits for the next
 * turn, so that the others get theirs.  */
static void run_again(struct pr_loop *loop)
{
	struct pr_conn *conn = loop->again;

	loop->again = NULL;
	loop->again_end = &loop->again;
	while (conn) {
		struct pr_conn *next = conn->again_next;

		conn->is_again = false;
		pr_conn_again(conn);
		conn = next;
	}
}

void pr_loop_run_uv(struct pr_loop *loop)
{
	loop->run_uv = true;
}

static int wait_timeout_ms(struct pr_loop *loop)
{
	if (loop->again || loop->stop || loop->run_uv)
		return 0;
	if (!uv_loop_alive(&loop->uv))
		return -1;
	uv_update_time(&loop->uv);
	return uv_backend_timeout(&loop->uv);
}

/* Says that the thread sleeps, then looks once more: what was published before a producer could see
 * the flag must be taken now.  */
static bool may_sleep(struct pr_loop *loop)
{
	atomic_store_explicit(&loop->sleeping, 1, memory_order_seq_cst);
	return !atomic_load_explicit(&loop->mailbox, memory_order_seq_cst) &&
	       !atomic_load_explicit(&loop->has_tasks, memory_order_seq_cst);
}

static void handle_events(struct pr_loop *loop, const struct epoll_event *events, int count)
{
	if (count > 1)
		pr_conn_begin_batch(loop);
	for (int i = 0; i < count; i++) {
		struct pr_watch *watch = events[i].data.ptr;

		if (!watch) { /* the eventfd */
			PR_COUNT(&loop->counters, wakeups_taken, 1);
			continue;
		}
		/* A handler may have closed a connection whose event is still in this batch. */
		if (watch->fd >= 0)
			watch->handle(watch, events[i].events);
	}
	if (count > 1)
		pr_conn_end_batch(loop);
}

/* Runs libuv when it asked for it or a timer is due (it polls its own descriptors whenever it runs,
 * so not always). Only here: a callback may free what still has an event in a batch, and uv_run
 * must not be entered twice.  */
static void run_libuv(struct pr_loop *loop)
{
	bool run = loop->run_uv;

	if (uv_loop_alive(&loop->uv)) {
		uv_update_time(&loop->uv);
		run |= uv_backend_timeout(&loop->uv) == 0;
	}
	loop->run_uv = false;
	if (!run)
		return;
	loop->uv_runs++;
	pr_conn_begin_batch(loop);
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	pr_conn_end_batch(loop);
}

static void wait_once(struct pr_loop *loop)
{
	struct epoll_event events[EVENTS_MAX];
	int timeout_ms = wait_timeout_ms(loop);

	if (timeout_ms != 0 && !may_sleep(loop))
		timeout_ms = 0;
	loop->timers_changed = false;
	pthread_mutex_unlock(&loop->turn);
	int count = epoll_wait(loop->epoll_fd, events, EVENTS_MAX, timeout_ms);

	pthread_mutex_lock(&loop->turn);
	atomic_store_explicit(&loop->sleeping, 0, memory_order_relaxed);
	PR_PROBE2(wait, count, timeout_ms);
	PR_COUNT(&loop->counters, waits, 1);
	if (count > 0)
		PR_COUNT(&loop->counters, waits_with_events, 1);
	else
		PR_COUNT(&loop->counters, waits_empty, 1);
	handle_events(loop, events, count);
	run_libuv(loop);
}

static void *loop_thread(void *arg)
{
	struct pr_loop *loop = arg;

	pr_thread_apply(&loop->thread_options);
	pthread_mutex_lock(&loop->turn);
	while (!loop->stop) {
		run_mailbox(loop);
		run_tasks(loop);
		run_again(loop);
		pr_conn_bury(
		        loop); /* before sleeping: whoever waits for the dead would wait for ever */
		wait_once(loop);
	}
	pthread_mutex_unlock(&loop->turn);
	return NULL;
}

/* libuv's own descriptor became readable: a look-up ended, or a socket that libuv reads has input.
 */
static void uv_is_ready(struct pr_watch *watch, uint32_t events)
{
	struct pr_uv_watch *self = (struct pr_uv_watch *)watch;

	(void)events;
	pr_loop_run_uv(self->loop);
}

static int open_descriptors(struct pr_loop *loop)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->epoll_fd < 0 || loop->wake_fd < 0)
		return errno;
	/* Edge-triggered: every write is one event, and nobody has to read the eventfd. */
	if (loop->ctx->phase.fault != PR_FAULT_UNDRAINED_WAKEUP)
		event.events |= EPOLLET;
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event) < 0 ? errno : 0;
}

static int start_thread(struct pr_loop *loop)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int error = pthread_create(&loop->thread, NULL, loop_thread, loop);

	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return error;
}

static void close_loop(struct pr_loop *loop)
{
	pr_zap_stop(loop);
	/* Timers that were stopped wait for their close callbacks. */
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	while (uv_loop_close(&loop->uv) == UV_EBUSY)
		uv_run(&loop->uv, UV_RUN_ONCE);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	pthread_mutex_destroy(&loop->turn);
	pthread_mutex_destroy(&loop->tasks_lock);
	pthread_mutex_destroy(&loop->conns_lock);
}

int pr_loop_start(struct pr_loop *loop, struct pr_ctx *ctx)
{
	memset(loop, 0, sizeof(*loop));
	loop->ctx = ctx;
	loop->thread_options = ctx->threads;
	loop->tasks_end = &loop->tasks;
	loop->again_end = &loop->again;
	loop->epoll_fd = loop->wake_fd = -1;
	pthread_mutex_init(&loop->turn, NULL);
	pthread_mutex_init(&loop->tasks_lock, NULL);
	pthread_mutex_init(&loop->conns_lock, NULL);
	int error = -uv_loop_init(&loop->uv);

	if (error)
		return error;
	loop->uv_watch.watch.handle = uv_is_ready;
	loop->uv_watch.watch.fd = uv_backend_fd(&loop->uv);
	loop->uv_watch.loop = loop;
	error = open_descriptors(loop);
	if (!error)
		error = pr_loop_add(loop, &loop->uv_watch.watch, EPOLLIN);
	if (!error)
		error = start_thread(loop);
	if (error)
		close_loop(loop);
	return error;
}

struct stop_order {
	struct pr_task task;
	struct pr_loop *loop;
};

static void stop_loop(struct pr_task *task)
{
	((struct stop_order *)task)->loop->stop = true;
}

void pr_loop_stop(struct pr_loop *loop)
{
	struct stop_order order = {.task.run = stop_loop, .loop = loop};

	pr_loop_post(loop, &order.task);
	pthread_join(loop->thread, NULL);
	close_loop(loop);
}
