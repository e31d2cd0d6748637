/* SPDX-License-Identifier: MIT */
/* harness/crowd_receive.c - clients that receive, each held to account for its own messages.
 *
 * Frames are all of one size, so a client's stream is cut by counting bytes.  What lies whole in
 * the buffer is checked there; of a frame in pieces only the ends are kept, which is where the
 * number and its seal stand.  */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "harness/crowd_parts.h"

#define BUFFER   ((size_t)256 * 1024)
#define EVENTS   256
#define TICK_MS  20
#define LATE_MAX 100 /* ticks without a message, when all is sent, until the rest is lost */

#define WORD    sizeof(uint64_t)
#define UNHEARD UINT64_MAX

/* A client.  */
struct receiver {
	uint64_t next;                                  /* number that may come next */
	size_t got;                                     /* bytes of the frame under way */
	unsigned char head[PR_FRAME_HEADER_MAX + WORD]; /* of that frame */
	unsigned char tail[WORD];
};

struct pr_intake {
	int epoll;
	size_t frame, header;
	unsigned char expected_header[PR_FRAME_HEADER_MAX];
	unsigned char *buffer;
	struct receiver *receivers;
	uint64_t heard;                 /* clients that have got a message */
	uint64_t total, sum;            /* messages of all clients, and a sum over their numbers */
	uint64_t checked, expected_sum; /* the same sum over all numbers below checked */
};

enum pr_err pr_intake_create(struct pr_fan *fan, struct pr_error *why)
{
	struct pr_intake *intake = pr_alloc(sizeof(*intake));

	memset(intake, 0, sizeof(*intake));
	fan->intake = intake;
	intake->frame = pr_fan_frame_bytes(fan);
	intake->header = pr_fan_put_header(fan, intake->expected_header);
	intake->buffer = pr_alloc(BUFFER);
	intake->receivers = pr_alloc(fan->clients * sizeof(*intake->receivers));
	memset(intake->receivers, 0, fan->clients * sizeof(*intake->receivers));
	intake->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (intake->epoll < 0)
		return pr_crowd_call_failed("epoll_create1()", why);
	for (uint64_t i = 0; i < fan->clients; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};

		intake->receivers[i].next = UNHEARD;
		if (epoll_ctl(intake->epoll, EPOLL_CTL_ADD, fan->fds[i], &event) != 0)
			return pr_crowd_call_failed("epoll_ctl()", why);
	}
	return PR_OK;
}

void pr_intake_destroy(struct pr_fan *fan)
{
	struct pr_intake *intake = fan->intake;

	fan->intake = NULL;
	if (intake == NULL)
		return;
	if (intake->epoll >= 0)
		close(intake->epoll);
	free(intake->receivers);
	free(intake->buffer);
	free(intake);
}

/* ---- one message ----------------------------------------------------------------------- */

/* Numbers between two messages of a client.  */
static uint64_t step_of(const struct pr_fan *fan)
{
	return fan->spread == PR_SPREADS_IN_TURN ? fan->clients : 1;
}

/* A number that is lower than it may be.  */
static void count_late(struct pr_ledger *ledger)
{
	if (ledger->lost > 0) {
		ledger->lost--;
		ledger->reordered++;
	} else {
		ledger->duplicated++;
	}
}

/* Where the engine chooses the client, its numbers only grow; else each follows from the one
 * before.  What came before a client was there is none of its business.  */
static void take_number(struct pr_fan *fan, struct receiver *receiver, uint64_t number)
{
	struct pr_ledger *ledger = fan->ledger;

	if (receiver->next == UNHEARD) {
		fan->intake->heard++;
		receiver->next = number;
	}
	if (__builtin_expect(number < receiver->next, 0)) {
		count_late(ledger);
		return;
	}
	if (fan->spread != PR_SPREADS_ANY)
		ledger->lost += (number - receiver->next) / step_of(fan);
	receiver->next = number + step_of(fan);
}

static void take_message(struct pr_fan *fan, uint64_t client, uint64_t head, uint64_t seal)
{
	const uint64_t sender = (uint64_t)1 << PR_STAMP_SENDER_BIT;
	struct pr_intake *intake = fan->intake;
	uint64_t number = head & (sender - 1);

	fan->ledger->received++;
	intake->total++;
	atomic_store_explicit(&fan->received[client], fan->received[client] + 1,
	                      memory_order_relaxed);
	if (seal != pr_stamp_seal(head) || (head & ~(sender - 1)) != sender) {
		fan->ledger->corrupt++;
		return;
	}
	intake->sum += seal;
	take_number(fan, &intake->receivers[client], number);
}

/* ---- the stream of one client ---------------------------------------------------------- */

static bool check_header(const struct pr_intake *intake, const unsigned char *bytes)
{
	return memcmp(bytes, intake->expected_header, intake->header) == 0;
}

static enum pr_err broken(uint64_t client, struct pr_error *why)
{
	return pr_error_set(
	        why, PR_FAILED,
	        "client %" PRIu64 " got a frame that is not one of those that were sent", client);
}

/* Copies what of bytes [at, at + size) of a frame lies in [from, from + room).  */
static void keep(unsigned char *to, size_t from, size_t room, const unsigned char *bytes, size_t at,
                 size_t size)
{
	size_t low = at > from ? at : from;
	size_t high = at + size < from + room ? at + size : from + room;

	if (low < high)
		memcpy(to + (low - from), bytes + (low - at), high - low);
}

/* Takes a part of the frame under way; how many bytes.  */
static size_t take_piece(struct pr_fan *fan, uint64_t client, const unsigned char *bytes,
                         size_t size, bool *ok)
{
	struct pr_intake *intake = fan->intake;
	struct receiver *receiver = &intake->receivers[client];
	size_t left = intake->frame - receiver->got;
	uint64_t head, seal;

	if (size > left)
		size = left;
	keep(receiver->head, 0, intake->header + WORD, bytes, receiver->got, size);
	keep(receiver->tail, intake->frame - WORD, WORD, bytes, receiver->got, size);
	receiver->got += size;
	if (receiver->got < intake->frame)
		return size;
	receiver->got = 0;
	*ok = check_header(intake, receiver->head);
	memcpy(&head, receiver->head + intake->header, WORD);
	memcpy(&seal, receiver->tail, WORD);
	if (*ok)
		take_message(fan, client, head, seal);
	return size;
}

static enum pr_err take_bytes(struct pr_fan *fan, uint64_t client, const unsigned char *bytes,
                              size_t size, struct pr_error *why)
{
	struct pr_intake *intake = fan->intake;
	struct receiver *receiver = &intake->receivers[client];
	uint64_t head, seal;
	bool ok = true;

	while (ok && size > 0) {
		size_t taken = intake->frame;

		if (receiver->got > 0 || size < intake->frame) {
			taken = take_piece(fan, client, bytes, size, &ok);
		} else {
			ok = check_header(intake, bytes);
			memcpy(&head, bytes + intake->header, WORD);
			memcpy(&seal, bytes + intake->frame - WORD, WORD);
			if (ok)
				take_message(fan, client, head, seal);
		}
		bytes += taken;
		size -= taken;
	}
	return ok ? PR_OK : broken(client, why);
}

static enum pr_err read_client(struct pr_fan *fan, uint64_t client, struct pr_error *why)
{
	ssize_t got = recv(fan->fds[client], fan->intake->buffer, BUFFER, MSG_DONTWAIT);

	if (got > 0)
		return take_bytes(fan, client, fan->intake->buffer, (size_t)got, why);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return PR_OK;
	return got < 0 ? pr_crowd_call_failed("a client's recv()", why)
	               : pr_error_set(why, PR_FAILED, "the engine hung up on client %" PRIu64,
	                              client);
}

/* As epoll_wait(); the time counts as idle.  */
static int wait_for_some(struct pr_fan *fan, struct epoll_event *events)
{
	int64_t began_ns = pr_clock_ns();
	int count = epoll_wait(fan->intake->epoll, events, EVENTS, TICK_MS);

	fan->idle_ns += pr_clock_ns() - began_ns;
	return count;
}

/* Reads what has come, waiting a moment for it; *idle when nothing has.  */
static enum pr_err read_some(struct pr_fan *fan, bool *idle, struct pr_error *why)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(fan->intake->epoll, events, EVENTS, 0);
	enum pr_err err = PR_OK;

	if (count == 0)
		count = wait_for_some(fan, events);
	*idle = count == 0;
	if (count < 0)
		return errno == EINTR ? PR_OK : pr_crowd_call_failed("epoll_wait()", why);
	for (int i = 0; err == PR_OK && i < count; i++)
		err = read_client(fan, events[i].data.u64, why);
	return err;
}

/* ---- all of them ----------------------------------------------------------------------- */

enum pr_err pr_intake_meet(struct pr_fan *fan, struct pr_error *why)
{
	enum pr_err err = PR_OK;
	bool idle;

	while (err == PR_OK && fan->intake->heard < fan->clients && !atomic_load(&fan->stop))
		err = read_some(fan, &idle, why);
	atomic_store(&fan->stopped, fan->intake->heard == fan->clients);
	return err;
}

static bool all_have_come(const struct pr_fan *fan)
{
	const struct pr_intake *intake = fan->intake;

	if (fan->spread == PR_SPREADS_ANY)
		return intake->total >= fan->end;
	for (uint64_t i = 0; i < fan->clients; i++)
		if (intake->receivers[i].next < fan->end)
			return false;
	return intake->heard == fan->clients;
}

/* Looking at all clients after each read would cost more than the reads.  */
static bool may_have_come(const struct pr_fan *fan)
{
	return fan->ledger->received >= fan->received_at_least;
}

static void give_up_rest(struct pr_fan *fan)
{
	struct pr_intake *intake = fan->intake;
	uint64_t step = step_of(fan);

	if (fan->spread == PR_SPREADS_ANY) {
		fan->ledger->lost += fan->end - intake->total;
		intake->total = fan->end;
		return;
	}
	for (uint64_t i = 0; i < fan->clients; i++) {
		uint64_t *next = &intake->receivers[i].next;

		if (*next < fan->end) {
			uint64_t missing = (fan->end - *next + step - 1) / step;

			fan->ledger->lost += missing;
			*next += missing * step;
		}
	}
}

/* Where the engine chooses the client, as many as were sent must have come, and the same.  */
static void check_sum(struct pr_fan *fan)
{
	const uint64_t sender = (uint64_t)1 << PR_STAMP_SENDER_BIT;
	struct pr_intake *intake = fan->intake;

	for (; intake->checked < fan->end; intake->checked++)
		intake->expected_sum += pr_stamp_seal(intake->checked | sender);
	if (fan->spread != PR_SPREADS_ANY || pr_ledger_is_odd(fan->ledger))
		return;
	if (intake->total > fan->end)
		fan->ledger->duplicated += intake->total - fan->end;
	else if (intake->sum != intake->expected_sum) {
		fan->ledger->lost++;
		fan->ledger->duplicated++;
	}
}

enum pr_err pr_intake_receive(struct pr_fan *fan, struct pr_error *why)
{
	enum pr_err err = PR_OK;
	unsigned late = 0;
	bool idle = false, done = false;

	while (err == PR_OK && !done && late < LATE_MAX) {
		err = read_some(fan, &idle, why);
		late = idle && atomic_load(&fan->stop) ? late + 1 : 0;
		done = (idle || may_have_come(fan)) && all_have_come(fan);
	}
	fan->ended_ns = pr_clock_ns();
	if (err == PR_OK && !done)
		give_up_rest(fan);
	if (err == PR_OK)
		check_sum(fan);
	return err;
}
