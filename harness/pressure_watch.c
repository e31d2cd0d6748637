/* SPDX-License-Identifier: MIT */
/* harness/pressure_watch.c - the thread that looks every few milliseconds.  */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "harness/memory.h"
#include "harness/pressure.h"
#include "harness/tcpdiag.h"
#include "harness/unixdiag.h"

/* Looking takes no more than this part of the time.  */
#define LOOK_SHARE 20

struct pr_watcher {
	struct pr_pressure *pressure;
	struct pr_tcpdiag *diag;      /* NULL: it is no tcp, or nothing is known of the kernel */
	struct pr_unixdiag *unixdiag; /* the same of ipc */
	uint64_t base_begun;          /* of ipc */
	struct pr_tcpdiag_sums base;
	int64_t base_cpu_ns;
	int64_t sample_ns;
	pthread_t thread;
	clockid_t clock; /* of its CPU time */
	bool runs;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool end;
};

/* What a unix socket was given lies in the queue of the other: nothing is under way.  */
static void look_at_unix(struct pr_watcher *watcher, struct pr_pressure_point *point)
{
	struct pr_unixdiag_sums sums;

	if (!pr_unixdiag_look(watcher->unixdiag, &sums)) {
		pr_unixdiag_close(&watcher->unixdiag);
		return;
	}
	if (watcher->pressure->point_count == 0)
		watcher->base_begun = sums.begun;
	point->connections = (int64_t)sums.connections;
	point->begun = (int64_t)(sums.begun - watcher->base_begun);
	point->unread = (int64_t)sums.unread;
	point->unsent = 0;
}

/* The first look says where counting begins.  */
static void look_at_kernel(struct pr_watcher *watcher, struct pr_pressure_point *point)
{
	struct pr_tcpdiag_sums sums;

	point->connections = point->begun = point->unread = point->unsent = point->window = -1;
	point->shut = point->arrived = point->limited_ns = -1;
	if (watcher->unixdiag != NULL)
		look_at_unix(watcher, point);
	if (watcher->diag == NULL)
		return;
	if (!pr_tcpdiag_look(watcher->diag, &sums)) {
		pr_tcpdiag_close(&watcher->diag);
		return;
	}
	if (watcher->pressure->point_count == 0)
		watcher->base = sums;
	point->connections = (int64_t)sums.connections;
	point->begun = (int64_t)(sums.begun - watcher->base.begun);
	point->unread = (int64_t)sums.unread;
	point->unsent = (int64_t)sums.unsent;
	point->window = (int64_t)sums.window;
	point->shut = (int64_t)sums.shut;
	point->arrived = (int64_t)(sums.received - watcher->base.received);
	point->limited_ns = (int64_t)(sums.limited_ns - watcher->base.limited_ns);
}

/* Of the worker, without the watcher.  */
static int64_t cpu_ns(const struct pr_watcher *watcher)
{
	int64_t own_ns = watcher->runs ? pr_clock_read_ns(watcher->clock) : 0;

	return pr_clock_cpu_ns() - own_ns - watcher->base_cpu_ns;
}

static void thin_out(struct pr_pressure *pressure)
{
	size_t kept = 0;

	for (size_t i = 0; i < pressure->point_count; i += 2)
		pressure->points[kept++] = pressure->points[i];
	pressure->point_count = kept;
	pressure->step_ns *= 2;
}

/* The counts of the application come first: what moves meanwhile is then a little more in the
 * kernel, never less than nothing in the engine.  */
static void look(struct pr_watcher *watcher)
{
	struct pr_pressure *pressure = watcher->pressure;
	struct pr_pressure_point point = {.at_ns = pr_clock_ns() - pressure->began_ns};

	point.stage = atomic_load(&pressure->stage);
	point.received = (int64_t)atomic_load(&pressure->received);
	point.sent = (int64_t)atomic_load(&pressure->sent);
	point.refused = (int64_t)atomic_load(&pressure->refused);
	look_at_kernel(watcher, &point);
	point.resident = pr_memory_resident_rough();
	point.cpu_ns = cpu_ns(watcher);
	if (pressure->point_count == PR_PRESSURE_POINTS)
		thin_out(pressure);
	pressure->points[pressure->point_count++] = point;
}

static void await_next(struct pr_watcher *watcher, int64_t due_ns)
{
	struct timespec due = {.tv_sec = due_ns / 1000000000, .tv_nsec = due_ns % 1000000000};
	int error = 0;

	while (!watcher->end && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&watcher->wake, &watcher->lock, &due);
}

static void *watch(void *arg)
{
	struct pr_watcher *watcher = arg;

	pthread_mutex_lock(&watcher->lock);
	watcher->runs = pthread_getcpuclockid(pthread_self(), &watcher->clock) == 0;
	while (!watcher->end) {
		int64_t began_ns = pr_clock_ns(), took_ns;

		look(watcher);
		took_ns = pr_clock_ns() - began_ns;
		await_next(watcher, began_ns + (took_ns * LOOK_SHARE > watcher->pressure->step_ns
		                                        ? took_ns * LOOK_SHARE
		                                        : watcher->pressure->step_ns));
	}
	look(watcher);
	pthread_mutex_unlock(&watcher->lock);
	return NULL;
}

static void init_locks(struct pr_watcher *watcher)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&watcher->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&watcher->wake, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void destroy(struct pr_watcher *watcher)
{
	pthread_mutex_destroy(&watcher->lock);
	pthread_cond_destroy(&watcher->wake);
	pr_tcpdiag_close(&watcher->diag);
	pr_unixdiag_close(&watcher->unixdiag);
	free(watcher);
}

enum pr_err pr_watcher_start(struct pr_pressure *pressure, const char *endpoint, int64_t sample_ns,
                             struct pr_watcher **result, struct pr_error *why)
{
	struct pr_watcher *watcher = pr_alloc(sizeof(*watcher));
	int error;

	memset(watcher, 0, sizeof(*watcher));
	watcher->pressure = pressure;
	watcher->diag = pr_tcpdiag_open(endpoint);
	watcher->unixdiag = pr_unixdiag_open(endpoint);
	pressure->step_ns = sample_ns;
	pressure->began_ns = pr_clock_ns();
	init_locks(watcher);
	watcher->base_cpu_ns = pr_clock_cpu_ns();
	look(watcher);
	error = pthread_create(&watcher->thread, NULL, watch, watcher);
	if (error != 0) {
		destroy(watcher);
		return pr_error_set(why, PR_FAILED, "the thread of the time line: %s",
		                    strerror(error));
	}
	*result = watcher;
	return PR_OK;
}

void pr_watcher_end(struct pr_watcher **taken)
{
	struct pr_watcher *watcher = *taken;

	*taken = NULL;
	if (watcher == NULL)
		return;
	pthread_mutex_lock(&watcher->lock);
	watcher->end = true;
	pthread_cond_signal(&watcher->wake);
	pthread_mutex_unlock(&watcher->lock);
	pthread_join(watcher->thread, NULL);
	destroy(watcher);
}

struct pr_pressure_point pr_watcher_look(struct pr_watcher *watcher)
{
	const struct pr_pressure *pressure = watcher->pressure;
	struct pr_pressure_point point;

	pthread_mutex_lock(&watcher->lock);
	look(watcher);
	point = pressure->points[pressure->point_count - 1];
	pthread_mutex_unlock(&watcher->lock);
	return point;
}
