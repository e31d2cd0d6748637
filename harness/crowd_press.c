/* SPDX-License-Identifier: MIT */
/* harness/crowd_press.c - clients that send whatever their sockets take, until they are told to
 * stop, to close, or are killed.
 *
 * A connection that the engine ends is made again.  What was whole in the old one counts as sent,
 * whether it arrived or not; a message of which a part was sent begins anew.  */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "harness/crowd_parts.h"

/* When no socket takes anything: at first soon, then less and less often, because each look costs
 * a call for each client.  */
#define NAP_LEAST_NS 50000
#define NAP_MOST_NS  5000000

struct press {
	struct pr_turn turn;
	struct pr_fan *fan;
	struct pr_pressure *pressure;
	const struct pr_pressure_spec *spec;
	int64_t began_ns;
	uint64_t *began; /* by client: what it had sent */
	uint64_t marked; /* number behind the last message of the first client that has a mark */
};

static void nap(long ns)
{
	nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static bool is_over(const struct press *press)
{
	return atomic_load(&press->pressure->stop) || atomic_load(&press->pressure->leave);
}

static void add_up(struct press *press)
{
	uint64_t sent = 0;

	for (uint64_t i = 0; i < press->fan->clients; i++)
		sent += press->fan->sent[i] - press->began[i];
	atomic_store(&press->pressure->sent, sent);
}

/* Messages that a client may send now; at most a batch.  */
static uint64_t allowance(const struct press *press, uint64_t client, int64_t now_ns)
{
	double share = (double)press->spec->rate / (double)press->fan->clients;
	uint64_t due = (uint64_t)((double)(now_ns - press->began_ns) * share / 1e9);
	uint64_t sent = press->fan->sent[client] - press->began[client];

	if (press->spec->rate == 0 || due >= sent + press->fan->batch)
		return press->fan->batch;
	return due > sent ? due - sent : 0;
}

/* Of the first client it is kept when its messages were first tried.  */
static void mark(struct press *press, uint64_t count, int64_t now_ns)
{
	uint64_t end = press->fan->sent[0] + count;

	for (; press->marked < end; press->marked++)
		if (press->marked % PR_PRESSURE_STRIDE == 0)
			pr_pressure_mark(press->pressure, press->marked, now_ns);
}

static enum pr_err connect_again(struct press *press, uint64_t client, struct pr_error *why)
{
	atomic_fetch_add(&press->pressure->reconnects, 1);
	return pr_fan_connect(press->fan, client, 1, why);
}

/* One try of a client; *moved gets bytes.  */
static enum pr_err push(struct press *press, uint64_t client, ssize_t *moved, struct pr_error *why)
{
	int64_t now_ns = pr_clock_ns();
	uint64_t count = allowance(press, client, now_ns);
	uint64_t before = press->fan->sent[client];

	*moved = 0;
	if (count == 0)
		return PR_OK;
	if (client == 0)
		mark(press, count, now_ns);
	*moved = pr_turn_send(&press->turn, client, count, MSG_DONTWAIT);
	if (*moved < 0)
		return connect_again(press, client, why);
	atomic_fetch_add_explicit(&press->pressure->refused, *moved == 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&press->pressure->sent, press->fan->sent[client] - before,
	                          memory_order_relaxed);
	return PR_OK;
}

static enum pr_err push_all(struct press *press, struct pr_error *why)
{
	enum pr_err err = PR_OK;
	long nap_ns = NAP_LEAST_NS;

	while (err == PR_OK && !is_over(press)) {
		bool idle = true;

		for (uint64_t i = 0; err == PR_OK && i < press->fan->clients && !is_over(press);
		     i++) {
			ssize_t moved;

			err = push(press, i, &moved, why);
			idle &= moved == 0;
		}
		if (!idle)
			nap_ns = NAP_LEAST_NS;
		else
			nap(nap_ns);
		if (idle && nap_ns < NAP_MOST_NS)
			nap_ns *= 2;
	}
	return err;
}

/* Messages that have begun are sent to their end, unless nobody will ever read them.  */
static enum pr_err finish(struct press *press, struct pr_error *why)
{
	struct pr_fan *fan = press->fan;
	enum pr_err err = PR_OK;

	if (press->spec->stall == PR_STALL_FOREVER)
		return PR_OK;
	for (uint64_t i = 0; err == PR_OK && i < fan->clients; i++)
		while (err == PR_OK && fan->partial[i] > 0)
			if (pr_turn_send(&press->turn, i, 1, 0) < 0)
				err = connect_again(press, i, why);
	return err;
}

/* ---- leaving ------------------------------------------------------------------------------ */

static void forget_sockets(struct pr_fan *fan)
{
	memset(fan->fds, 0, fan->clients * sizeof(*fan->fds));
	memset(fan->partial, 0, fan->clients * sizeof(*fan->partial));
}

static void close_sockets(struct pr_fan *fan, const int *fds)
{
	for (uint64_t i = 0; i < fan->clients; i++)
		if (fds[i] > 0)
			close(fds[i]);
}

/* The child alone has the sockets, so that they end with it.  */
static void run_child(struct press *press)
{
	struct pr_error why;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (push_all(press, &why) == PR_OK && !atomic_load(&press->pressure->leave))
		_exit(finish(press, &why) == PR_OK ? 0 : 1);
	while (atomic_load(&press->pressure->leave))
		pause(); /* for the signal that ends it */
	_exit(1);
}

static enum pr_err push_in_child(struct press *press, struct pr_error *why)
{
	struct pr_fan *fan = press->fan;
	size_t size = fan->clients * sizeof(*fan->fds);
	int *fds = pr_alloc(size), status;
	pid_t child;

	memcpy(fds, fan->fds, size);
	child = fork();
	if (child == 0)
		run_child(press);
	if (child > 0)
		close_sockets(fan, fds);
	free(fds);
	if (child < 0)
		return pr_error_set(why, PR_FAILED, "fork() failed: %s", strerror(errno));
	while (!is_over(press))
		nap(NAP_LEAST_NS);
	if (atomic_load(&press->pressure->leave))
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	forget_sockets(fan);
	return PR_OK;
}

/* ---- a slice ------------------------------------------------------------------------------- */

static enum pr_err connect_missing(struct pr_fan *fan, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (uint64_t i = 0; err == PR_OK && i < fan->clients; i++)
		if (fan->fds[i] <= 0)
			err = pr_fan_connect(fan, i, 1, why);
	return err;
}

static enum pr_err press_and_leave(struct press *press, struct pr_error *why)
{
	enum pr_err err;

	if (press->spec->leave == PR_LEAVE_DIE)
		return push_in_child(press, why);
	err = push_all(press, why);
	if (err != PR_OK || !atomic_load(&press->pressure->leave))
		return err == PR_OK ? finish(press, why) : err;
	close_sockets(press->fan, press->fan->fds);
	forget_sockets(press->fan);
	return PR_OK;
}

enum pr_err pr_fan_press(struct pr_fan *fan, struct pr_pressure *pressure,
                         const struct pr_pressure_spec *spec, struct pr_error *why)
{
	struct press press = {.fan = fan, .pressure = pressure, .spec = spec};
	enum pr_err err = connect_missing(fan, why);

	press.began = pr_alloc(fan->clients * sizeof(*press.began));
	memcpy(press.began, fan->sent, fan->clients * sizeof(*press.began));
	press.marked = fan->sent[0];
	pr_turn_init(&press.turn, fan);
	press.began_ns = pr_clock_ns();
	if (err == PR_OK)
		err = press_and_leave(&press, why);
	add_up(&press);
	pr_turn_fini(&press.turn);
	free(press.began);
	atomic_store(&pressure->stopped, true);
	return err;
}
