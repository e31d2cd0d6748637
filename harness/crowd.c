/* SPDX-License-Identifier: MIT */
/* harness/crowd.c - many raw clients in one process.  */
#include "harness/crowd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "harness/crowd_parts.h"
#include "harness/shared.h"
#include "harness/stamp.h"

enum verb { CONNECT, STREAM, PRESS, MEET, RECEIVE, CLOSE };

struct question {
	enum verb verb;
	struct pr_fan *fan;
	struct pr_pressure *pressure;
	const struct pr_pressure_spec *spec; /* from before the fork */
	char endpoint[256];
};

struct pr_crowd {
	struct pr_helper *helper;
	struct question *question;
};

/* ---- fans ----------------------------------------------------------------------------- */

/* Of all clients together, what may be under way.  */
#define UNDER_WAY_BYTES ((uint64_t)32 * 1024 * 1024)
#define WINDOW_MIN      16
#define WINDOW_MAX      4096
#define WINDOWS                                                                                    \
	4 /* that a client gets through in a slice: else who comes first shows, not who is fair */
#define BATCH_MAX       64  /* messages of one among several: turns are short */
#define BATCH_ALONE_MAX 256 /* of a client that has no others to wait for */
#define BATCH_BYTES     ((uint64_t)64 * 1024)

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
	return value < least ? least : value > most ? most : value;
}

size_t pr_fan_frame_bytes(const struct pr_fan *fan)
{
	unsigned char header[PR_FRAME_HEADER_MAX];

	return pr_fan_put_header(fan, header) + fan->size;
}

size_t pr_fan_put_header(const struct pr_fan *fan, unsigned char *at)
{
	if (fan->size <= 255) {
		at[0] = 0;
		at[1] = (unsigned char)fan->size;
		return 2;
	}
	at[0] = 2;
	for (int i = 0; i < 8; i++)
		at[1 + i] = (unsigned char)(fan->size >> (56 - 8 * i));
	return PR_FRAME_HEADER_MAX;
}

/* Of a client; count of all of them.  */
static void choose_window(struct pr_fan *fan, uint64_t count)
{
	uint64_t fit = UNDER_WAY_BYTES / pr_fan_frame_bytes(fan) / fan->clients;
	uint64_t batch = BATCH_BYTES / pr_fan_frame_bytes(fan);

	fan->window = clamp(count / fan->clients / WINDOWS, WINDOW_MIN, WINDOW_MAX);
	if (fan->window > fit)
		fan->window = fit > 2 ? fit : 2;
	fan->batch = clamp(batch, 1, fan->clients == 1 ? BATCH_ALONE_MAX : BATCH_MAX);
	if (fan->batch > fan->window / 2)
		fan->batch = fan->window / 2;
}

static void set_window(struct pr_fan *fan, uint64_t count, uint64_t batch)
{
	if (batch == 0) {
		choose_window(fan, count);
		return;
	}
	fan->batch = batch;
	fan->window = 2 * batch;
}

struct pr_fan *pr_fan_create(const struct pr_link_spec *spec)
{
	size_t clients = spec->connections;
	size_t bytes = sizeof(struct pr_fan) + clients * (3 * sizeof(uint64_t) + sizeof(int));
	struct pr_fan *fan = pr_shared_alloc(bytes);

	fan->bytes = bytes;
	fan->clients = clients;
	fan->size = spec->size;
	fan->pattern = spec->pattern;
	fan->spread = spec->fans_out ? pr_patterns[spec->pattern].spread : PR_SPREADS_NOT;
	fan->received = (void *)(fan + 1);
	fan->sent = (void *)(fan->received + clients);
	fan->partial = fan->sent + clients;
	fan->fds = (void *)(fan->partial + clients);
	return fan;
}

void pr_fan_destroy(struct pr_fan **fan)
{
	if (*fan != NULL)
		pr_shared_free((void **)fan, (*fan)->bytes);
}

/* A client above the number, and a mark that no stamp has.  */
#define CLIENT_BIT 40
#define MARK       ((uint64_t)0xfa << PR_STAMP_SENDER_BIT)

void pr_fan_stamp(const struct pr_fan *fan, uint64_t client, uint64_t number, void *body)
{
	uint64_t head = MARK | client << CLIENT_BIT | number;
	uint64_t seal = pr_stamp_seal(head);

	memcpy(body, &head, sizeof(head));
	memcpy((unsigned char *)body + fan->size - sizeof(seal), &seal, sizeof(seal));
}

bool pr_fan_read(const struct pr_fan *fan, const void *body, size_t size, uint64_t *client,
                 uint64_t *number)
{
	uint64_t head, seal;

	if (size != fan->size)
		return false;
	memcpy(&head, body, sizeof(head));
	memcpy(&seal, (const unsigned char *)body + size - sizeof(seal), sizeof(seal));
	*client = (head & (((uint64_t)1 << PR_STAMP_SENDER_BIT) - 1)) >> CLIENT_BIT;
	*number = head & (((uint64_t)1 << CLIENT_BIT) - 1);
	return seal == pr_stamp_seal(head) && head >> PR_STAMP_SENDER_BIT == 0xfa &&
	       *client < fan->clients;
}

enum pr_err pr_crowd_call_failed(const char *call, struct pr_error *why)
{
	return pr_error_set(why, PR_FAILED, "%s failed: %s", call, strerror(errno));
}

uint64_t *pr_fan_copy_received(const struct pr_fan *fan)
{
	uint64_t *copy = pr_alloc(fan->clients * sizeof(*copy));

	for (uint64_t i = 0; i < fan->clients; i++)
		copy[i] = fan->received[i];
	return copy;
}

double pr_fan_fairness(const struct pr_fan *fan, const uint64_t *before, uint64_t count)
{
	uint64_t least = UINT64_MAX;

	for (uint64_t i = 0; i < fan->clients; i++)
		if (fan->received[i] - before[i] < least)
			least = fan->received[i] - before[i];
	return (double)least * (double)fan->clients / (double)count;
}

/* ---- connecting ----------------------------------------------------------------------- */

/* Fewer than any engine's backlog.  */
#define GROUP 50

static enum pr_err connect_all(struct pr_fan *fan, const char *endpoint, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	snprintf(fan->endpoint, sizeof(fan->endpoint), "%s", endpoint);

	for (size_t i = 0; err == PR_OK && i < fan->clients; i += GROUP) {
		size_t left = fan->clients - i;

		err = pr_fan_connect(fan, i, left < GROUP ? left : GROUP, why);
	}
	return err == PR_OK && fan->spread != PR_SPREADS_NOT ? pr_intake_create(fan, why) : err;
}

static void close_all(struct pr_fan *fan)
{
	pr_intake_destroy(fan);
	for (size_t i = 0; i < fan->clients; i++)
		if (fan->fds[i] > 0)
			close(fan->fds[i]);
	memset(fan->fds, 0, fan->clients * sizeof(*fan->fds));
}

/* ---- streaming ------------------------------------------------------------------------ */

#define NAP_NS 50000

void pr_turn_init(struct pr_turn *turn, struct pr_fan *fan)
{
	turn->fan = fan;
	turn->frame = pr_fan_frame_bytes(fan);
	turn->bytes = pr_alloc(fan->batch * turn->frame);
	memset(turn->bytes, 0x5a, fan->batch * turn->frame);
}

void pr_turn_fini(struct pr_turn *turn)
{
	free(turn->bytes);
}

static void put_frame(const struct pr_turn *turn, uint64_t client, uint64_t number,
                      unsigned char *at)
{
	const struct pr_fan *fan = turn->fan;

	pr_fan_put_header(fan, at);
	pr_fan_stamp(fan, client, number, at + turn->frame - fan->size);
}

ssize_t pr_turn_send(const struct pr_turn *turn, uint64_t client, uint64_t count, int flags)
{
	struct pr_fan *fan = turn->fan;
	size_t done = fan->partial[client];
	ssize_t moved;

	for (uint64_t i = 0; i < count; i++)
		put_frame(turn, client, fan->sent[client] + i, turn->bytes + i * turn->frame);
	moved = send(fan->fds[client], turn->bytes + done, count * turn->frame - done,
	             flags | MSG_NOSIGNAL);
	if (moved < 0)
		return errno == EAGAIN ? 0 : -1;
	done += (size_t)moved;
	fan->sent[client] += done / turn->frame;
	fan->partial[client] = done % turn->frame;
	return moved;
}

/* A client's turn: a batch, where the window has room for one.  */
static ssize_t take_turn(const struct pr_turn *turn, uint64_t client)
{
	struct pr_fan *fan = turn->fan;
	uint64_t received = atomic_load_explicit(&fan->received[client], memory_order_relaxed);

	if (fan->sent[client] - received + fan->batch > fan->window)
		return 0;
	return pr_turn_send(turn, client, fan->batch, MSG_DONTWAIT);
}

static void nap(struct pr_fan *fan)
{
	int64_t began_ns = pr_clock_ns();

	nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
	fan->idle_ns += pr_clock_ns() - began_ns;
}

static enum pr_err send_until_stopped(const struct pr_turn *turn, struct pr_error *why)
{
	struct pr_fan *fan = turn->fan;

	while (!atomic_load(&fan->stop)) {
		bool idle = true;

		for (uint64_t i = 0; i < fan->clients && !atomic_load(&fan->stop); i++) {
			ssize_t moved = take_turn(turn, i);

			if (moved < 0)
				return pr_crowd_call_failed("a client's send()", why);
			idle &= moved == 0;
		}
		if (idle)
			nap(fan);
	}
	return PR_OK;
}

/* Messages that have begun are sent to their end.  */
static enum pr_err finish(const struct pr_turn *turn, struct pr_error *why)
{
	struct pr_fan *fan = turn->fan;

	for (uint64_t i = 0; i < fan->clients; i++)
		while (fan->partial[i] > 0)
			if (pr_turn_send(turn, i, 1, 0) < 0)
				return pr_crowd_call_failed("a client's send()", why);
	return PR_OK;
}

static void stream(struct pr_crowd *crowd, struct pr_fan *fan)
{
	struct pr_turn turn;
	struct pr_error why;
	enum pr_err err;

	pr_turn_init(&turn, fan);
	fan->began_ns = pr_clock_ns();
	err = send_until_stopped(&turn, &why);
	if (err == PR_OK)
		err = finish(&turn, &why);
	pr_turn_fini(&turn);
	if (err != PR_OK)
		pr_helper_give_up(crowd->helper, &why);
	atomic_store(&fan->stopped, true);
}

/* The worker may wait in the engine meanwhile and would not hear of a failure.  */
static enum pr_err receive(struct pr_crowd *crowd, struct pr_fan *fan, struct pr_error *why)
{
	if (pr_intake_receive(fan, why) != PR_OK)
		pr_helper_give_up(crowd->helper, why);
	return PR_OK;
}

static void press(struct pr_crowd *crowd, struct pr_fan *fan)
{
	struct pr_error why;

	if (pr_fan_press(fan, crowd->question->pressure, crowd->question->spec, &why) != PR_OK)
		pr_helper_give_up(crowd->helper, &why);
}

static enum pr_err answer(void *arg, struct pr_error *why)
{
	struct pr_crowd *crowd = arg;
	struct pr_fan *fan = crowd->question->fan;

	switch (crowd->question->verb) {
	case CONNECT:
		return connect_all(fan, crowd->question->endpoint, why);
	case STREAM:
		stream(crowd, fan);
		return PR_OK;
	case PRESS:
		press(crowd, fan);
		return PR_OK;
	case MEET:
		return pr_intake_meet(fan, why);
	case RECEIVE:
		return receive(crowd, fan, why);
	case CLOSE:
		close_all(fan);
		return PR_OK;
	}
	return pr_error_set(why, PR_FAILED, "unknown question");
}

/* ---- in the worker -------------------------------------------------------------------- */

/* Beside connections: libraries, pipes, the engine's own.  */
#define OTHER_FILES 256

static enum pr_err raise_limit(uint64_t connections, struct pr_error *why)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return pr_crowd_call_failed("getrlimit(RLIMIT_NOFILE)", why);
	if (limit.rlim_max < connections + OTHER_FILES)
		return pr_error_set(why, PR_FAILED,
		                    "%llu connections need %llu open files, and the limit is %llu "
		                    "(ulimit -Hn)",
		                    (unsigned long long)connections,
		                    (unsigned long long)connections + OTHER_FILES,
		                    (unsigned long long)limit.rlim_max);
	if (limit.rlim_cur < connections + OTHER_FILES) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			return pr_crowd_call_failed("setrlimit(RLIMIT_NOFILE)", why);
	}
	return PR_OK;
}

enum pr_err pr_crowd_start(uint64_t connections, void (*on_death)(const struct pr_error *why),
                           struct pr_crowd **result, struct pr_error *why)
{
	struct pr_crowd *crowd = pr_alloc(sizeof(*crowd));
	const struct pr_helper_job job = {"the clients", crowd, answer, on_death};
	enum pr_err err;

	memset(crowd, 0, sizeof(*crowd));
	crowd->question = pr_shared_alloc(sizeof(*crowd->question));
	*result = crowd;
	err = raise_limit(connections, why);
	return err == PR_OK ? pr_helper_start(&job, &crowd->helper, why) : err;
}

enum pr_err pr_crowd_watch(struct pr_crowd *crowd, struct pr_error *why)
{
	return pr_helper_watch(crowd->helper, why);
}

enum pr_err pr_crowd_connect(struct pr_crowd *crowd, struct pr_fan *fan, const char *endpoint,
                             struct pr_error *why)
{
	crowd->question->verb = CONNECT;
	crowd->question->fan = fan;
	snprintf(crowd->question->endpoint, sizeof(crowd->question->endpoint), "%s", endpoint);
	return pr_helper_ask(crowd->helper, why);
}

static void begin(struct pr_crowd *crowd, struct pr_fan *fan, enum verb verb)
{
	crowd->question->verb = verb;
	crowd->question->fan = fan;
	fan->idle_ns = 0;
	atomic_store(&fan->stop, false);
	atomic_store(&fan->stopped, false);
	pr_helper_begin(crowd->helper);
}

void pr_crowd_begin(struct pr_crowd *crowd, struct pr_fan *fan, uint64_t count, uint64_t batch)
{
	set_window(fan, count, batch);
	begin(crowd, fan, STREAM);
}

void pr_crowd_press(struct pr_crowd *crowd, struct pr_fan *fan, struct pr_pressure *pressure,
                    const struct pr_pressure_spec *spec)
{
	set_window(fan, UINT64_MAX, 0);
	crowd->question->pressure = pressure;
	crowd->question->spec = spec;
	begin(crowd, fan, PRESS);
}

void pr_crowd_meet(struct pr_crowd *crowd, struct pr_fan *fan)
{
	begin(crowd, fan, MEET);
}

void pr_crowd_receive(struct pr_crowd *crowd, struct pr_fan *fan)
{
	begin(crowd, fan, RECEIVE);
}

enum pr_err pr_crowd_end(struct pr_crowd *crowd, struct pr_error *why)
{
	return pr_helper_end(crowd->helper, why);
}

enum pr_err pr_crowd_close(struct pr_crowd *crowd, struct pr_fan *fan, struct pr_error *why)
{
	crowd->question->verb = CLOSE;
	crowd->question->fan = fan;
	return pr_helper_ask(crowd->helper, why);
}

pid_t pr_crowd_pid(const struct pr_crowd *crowd)
{
	return pr_helper_pid(crowd->helper);
}

void pr_crowd_destroy(struct pr_crowd **taken)
{
	struct pr_crowd *crowd = *taken;

	*taken = NULL;
	if (crowd == NULL)
		return;
	pr_helper_destroy(&crowd->helper);
	pr_shared_free((void **)&crowd->question, sizeof(*crowd->question));
	free(crowd);
}
