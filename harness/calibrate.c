/* SPDX-License-Identifier: MIT */
/* harness/calibrate.c - what single calls cost on this machine.  */
#include "harness/calibrate.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/json.h"

#define BATCHES 15
#define WARM_UP 2 /* batches more, not counted */

#define SMALL   64
#define BUFFER  8192
#define BUFFERS 256

/* What the batches need.  Descriptors are -1 where they could not be had.  */
struct bench {
	int near, far; /* the ends of a tcp connection */
	int epoll, event;
	pthread_mutex_t mutex;
	unsigned char *from, *to; /* of BUFFER bytes */
	struct node *list;
};

struct node {
	struct node *next;
	size_t size;
	unsigned char data[BUFFER];
};

/* CPU time of this thread.  */
static int64_t now_ns(void)
{
	return pr_clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- batches: each makes `calls` calls and gives ns of them all, below 0 when one failed ------
 */

static double recv_empty(struct bench *bench, unsigned calls)
{
	int64_t began_ns = now_ns();

	for (unsigned i = 0; i < calls; i++)
		if (recv(bench->near, bench->to, BUFFER, MSG_DONTWAIT) >= 0 || errno != EAGAIN)
			return -1;
	return (double)(now_ns() - began_ns);
}

static bool send_some(struct bench *bench, unsigned calls)
{
	for (unsigned i = 0; i < calls; i++)
		if (send(bench->far, bench->from, SMALL, MSG_NOSIGNAL) != SMALL)
			return false;
	return true;
}

static bool recv_some(struct bench *bench, unsigned calls)
{
	for (unsigned i = 0; i < calls; i++)
		if (recv(bench->near, bench->to, SMALL, MSG_WAITALL) != SMALL)
			return false;
	return true;
}

static double send_small(struct bench *bench, unsigned calls)
{
	int64_t began_ns = now_ns();
	double ns;

	if (!send_some(bench, calls))
		return -1;
	ns = (double)(now_ns() - began_ns);
	return recv_some(bench, calls) ? ns : -1;
}

static double recv_small(struct bench *bench, unsigned calls)
{
	int64_t began_ns;

	if (!send_some(bench, calls))
		return -1;
	began_ns = now_ns();
	return recv_some(bench, calls) ? (double)(now_ns() - began_ns) : -1;
}

static double change_interest(struct bench *bench, unsigned calls)
{
	int64_t began_ns = now_ns();

	for (unsigned i = 0; i < calls; i++) {
		struct epoll_event event = {.events = i % 2 ? EPOLLIN : EPOLLIN | EPOLLOUT};

		if (epoll_ctl(bench->epoll, EPOLL_CTL_MOD, bench->near, &event) < 0)
			return -1;
	}
	return (double)(now_ns() - began_ns);
}

/* A socket that can be written to is always an event.  */
static double wait_for_event(struct bench *bench, unsigned calls)
{
	struct epoll_event event = {.events = EPOLLOUT};
	int64_t began_ns;

	if (epoll_ctl(bench->epoll, EPOLL_CTL_MOD, bench->near, &event) < 0)
		return -1;
	began_ns = now_ns();
	for (unsigned i = 0; i < calls; i++)
		if (epoll_wait(bench->epoll, &event, 1, -1) != 1)
			return -1;
	return (double)(now_ns() - began_ns);
}

static double write_and_read(struct bench *bench, unsigned calls)
{
	int64_t began_ns = now_ns();
	uint64_t one = 1;

	for (unsigned i = 0; i < calls; i++)
		if (write(bench->event, &one, sizeof(one)) != sizeof(one) ||
		    read(bench->event, &one, sizeof(one)) != sizeof(one))
			return -1;
	return (double)(now_ns() - began_ns);
}

/* Nobody reads: an eventfd adds up.  */
static double write_eventfd(struct bench *bench, unsigned calls)
{
	int64_t began_ns = now_ns();
	uint64_t one = 1;

	for (unsigned i = 0; i < calls; i++)
		if (write(bench->event, &one, sizeof(one)) != sizeof(one))
			return -1;
	return (double)(now_ns() - began_ns);
}

static double allocate(struct bench *bench, unsigned calls)
{
	int64_t began_ns = now_ns();

	for (unsigned i = 0; i < calls; i++) {
		unsigned char *memory = malloc(BUFFER);

		if (memory == NULL)
			return -1;
		*(volatile unsigned char *)memory = bench->from[0];
		free(memory);
	}
	return (double)(now_ns() - began_ns);
}

static double lock_and_unlock(struct bench *bench, unsigned calls)
{
	int64_t began_ns = now_ns();

	for (unsigned i = 0; i < calls; i++) {
		pthread_mutex_lock(&bench->mutex);
		pthread_mutex_unlock(&bench->mutex);
	}
	return (double)(now_ns() - began_ns);
}

/* A call is 1 KiB.  */
static double copy(struct bench *bench, unsigned calls)
{
	int64_t began_ns = now_ns();

	for (unsigned i = 0; i < calls; i += BUFFER / 1024) {
		memcpy(bench->to, bench->from, BUFFER);
		*(volatile unsigned char *)bench->from = bench->to[BUFFER - 1];
	}
	return (double)(now_ns() - began_ns);
}

static double walk(struct bench *bench, unsigned calls)
{
	int64_t began_ns = now_ns();
	volatile size_t bytes = 0;

	for (unsigned i = 0; i < calls; i += BUFFERS)
		for (const struct node *node = bench->list; node != NULL; node = node->next)
			bytes += node->size;
	return (double)(now_ns() - began_ns);
}

/* ---- switches -------------------------------------------------------------------------------- */

struct partner {
	int asks, answers; /* eventfds */
	unsigned calls;
};

static bool move(int fd, bool writes)
{
	uint64_t one = 1;

	return (writes ? write(fd, &one, sizeof(one)) : read(fd, &one, sizeof(one))) == sizeof(one);
}

static void *answer(void *arg)
{
	const struct partner *partner = arg;

	for (unsigned i = 0; i < partner->calls / 2; i++)
		if (!move(partner->asks, false) || !move(partner->answers, true))
			break;
	return NULL;
}

/* CPU time of both threads, which sleep in turn, for one switch: what the calls cost is taken off.
 */
static double switch_threads(struct bench *bench, unsigned calls)
{
	struct partner partner = {eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC), calls};
	double pairs_ns = write_and_read(bench, calls), ns = -1;
	pthread_t thread;
	int64_t began_ns;
	bool ok = partner.asks >= 0 && partner.answers >= 0 && pairs_ns >= 0;

	if (ok && pthread_create(&thread, NULL, answer, &partner) == 0) {
		began_ns = pr_clock_cpu_ns();
		for (unsigned i = 0; ok && i < calls / 2; i++)
			ok = move(partner.asks, true) && move(partner.answers, false);
		pthread_join(thread, NULL);
		ns = ok ? (double)(pr_clock_cpu_ns() - began_ns) - pairs_ns : -1;
	}
	close(partner.asks);
	close(partner.answers);
	return ns;
}

/* ---- the bench ------------------------------------------------------------------------------- */

static bool connect_ends(struct bench *bench)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	bool ok;

	bench->far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ok = listener >= 0 && bench->far >= 0 &&
	     bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1) == 0 &&
	     getsockname(listener, (struct sockaddr *)&address, &size) == 0 &&
	     connect(bench->far, (struct sockaddr *)&address, size) == 0;
	bench->near = ok ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;
	if (listener >= 0)
		close(listener);
	return bench->near >= 0 &&
	       setsockopt(bench->far, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0;
}

static void make_list(struct bench *bench)
{
	for (unsigned i = 0; i < BUFFERS; i++) {
		struct node *node = pr_alloc(sizeof(*node));

		node->next = bench->list;
		node->size = BUFFER;
		bench->list = node;
	}
}

static void init(struct bench *bench)
{
	struct epoll_event event = {.events = EPOLLIN};

	*bench = (struct bench){.near = -1, .far = -1};
	pthread_mutex_init(&bench->mutex, NULL);
	bench->from = pr_alloc(BUFFER);
	bench->to = pr_alloc(BUFFER);
	memset(bench->from, 1, BUFFER);
	make_list(bench);
	bench->epoll = epoll_create1(EPOLL_CLOEXEC);
	bench->event = eventfd(0, EFD_CLOEXEC);
	if (!connect_ends(bench) ||
	    epoll_ctl(bench->epoll, EPOLL_CTL_ADD, bench->near, &event) < 0) {
		close(bench->near);
		bench->near = -1; /* its calls fail, and so are not measured */
	}
}

static void fini(struct bench *bench)
{
	while (bench->list != NULL) {
		struct node *node = bench->list;

		bench->list = node->next;
		free(node);
	}
	free(bench->from);
	free(bench->to);
	pthread_mutex_destroy(&bench->mutex);
	close(bench->near);
	close(bench->far);
	close(bench->epoll);
	close(bench->event);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static const struct kind {
	const char *name;
	double (*batch)(struct bench *bench, unsigned calls);
	unsigned calls; /* a batch: about 0.3 ms */
} kinds[] = {
        {"recv_empty", recv_empty, 1000},    {"recv_small", recv_small, 200},
        {"send_small", send_small, 200},     {"epoll_ctl", change_interest, 1000},
        {"epoll_wait", wait_for_event, 800}, {"eventfd", write_eventfd, 1000},
        {"switch", switch_threads, 200},     {"allocation", allocate, 5000},
        {"mutex", lock_and_unlock, 10000},   {"copy_kib", copy, 8192},
        {"walk_step", walk, 8 * BUFFERS},
};

static json_t *measure(struct bench *bench, const struct kind *kind)
{
	double ns[BATCHES];
	json_t *object;

	for (int i = -WARM_UP; i < BATCHES; i++) {
		double taken = kind->batch(bench, kind->calls);

		if (taken < 0)
			return json_null();
		if (i >= 0)
			ns[i] = taken / kind->calls;
	}
	object = json_object();
	pr_json_set(object, "ns", json_real(pr_stats_median(ns, BATCHES)));
	pr_json_set(object, "lo", json_real(pr_stats_quantile(ns, BATCHES, 0.1)));
	pr_json_set(object, "hi", json_real(pr_stats_quantile(ns, BATCHES, 0.9)));
	pr_json_set(object, "batches", json_integer(BATCHES));
	return object;
}

/* On one CPU: a switch is one on the same CPU then, and no batch is moved.  */
static void stay_here(cpu_set_t *before)
{
	cpu_set_t here;
	int cpu = sched_getcpu();

	CPU_ZERO(before);
	if (cpu < 0 || sched_getaffinity(0, sizeof(*before), before) < 0)
		return;
	CPU_ZERO(&here);
	CPU_SET((size_t)cpu, &here);
	sched_setaffinity(0, sizeof(here), &here);
}

json_t *pr_calibrate(void)
{
	json_t *costs = json_object();
	struct bench bench;
	cpu_set_t before;

	stay_here(&before);
	init(&bench);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		pr_json_set(costs, kinds[i].name, measure(&bench, &kinds[i]));
	fini(&bench);
	if (CPU_COUNT(&before) > 0)
		sched_setaffinity(0, sizeof(before), &before);
	return costs;
}
