/* SPDX-License-Identifier: MIT */
/* harness/adapter/floor/handoff.c - the kernels with a thread: handoff and hops.
 *
 * One thread a link, the mover, stands between the application and the sockets, as the I/O thread
 * of an engine does; with roles=two there is one in each process.  Every end has two rings of
 * bytes: the application writes frames into one and the mover sends them; the mover reads into the
 * other, finds where the last whole frame ends and hands over what stands before it.  A message
 * thus wakes two threads that were asleep, one on either side of the socket.
 *
 * A ring is mapped twice in a row, so that what wraps around is still one piece.  Positions only
 * grow; the owner of each writes it and the other side reads it.  Who has nothing to do says so and
 * looks once more before it sleeps; who changes something looks whether somebody sleeps: both with
 * sequentially consistent atomics, so that one of them sees the other.  */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "harness/adapter/floor/floor.h"

/* ---- bells ------------------------------------------------------------------------------- */

/* Somebody to wake; fd is an eventfd.  */
struct bell {
	int fd;
	atomic_bool asleep;
};

static void bell_ring(struct bell *bell)
{
	static const uint64_t one = 1;

	if (atomic_load(&bell->asleep) && atomic_exchange(&bell->asleep, false))
		while (write(bell->fd, &one, sizeof(one)) < 0 && errno == EINTR)
			;
}

/* Between saying so and sleeping the caller looks once more.  */
static void bell_will_sleep(struct bell *bell)
{
	atomic_store(&bell->asleep, true);
}

/* May also return when nothing has happened.  */
static void bell_sleep(struct bell *bell)
{
	uint64_t rung;

	while (read(bell->fd, &rung, sizeof(rung)) < 0 && errno == EINTR)
		;
}

static void bell_wont_sleep(struct bell *bell)
{
	atomic_store(&bell->asleep, false);
}

/* ---- rings ------------------------------------------------------------------------------- */

struct ring {
	unsigned char *bytes; /* size bytes, mapped twice */
	size_t size;          /* a power of two */
	struct {
		size_t at;             /* written, not handed over yet */
		_Atomic size_t handed; /* up to here the reader may read */
		struct bell wants_room;
	} writer __attribute__((aligned(128)));
	struct {
		size_t at;           /* read, not given back yet */
		_Atomic size_t done; /* up to here the writer may write */
		struct bell wants_bytes;
	} reader __attribute__((aligned(128)));
};

static unsigned char *ring_at(const struct ring *ring, size_t position)
{
	return ring->bytes + (position & (ring->size - 1));
}

static size_t ring_room(struct ring *ring)
{
	return ring->size - (ring->writer.at - atomic_load(&ring->reader.done));
}

static void *map_twice(size_t size)
{
	int fd = memfd_create("proctor-floor", MFD_CLOEXEC);
	char *at = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool ok = fd >= 0 && at != MAP_FAILED && ftruncate(fd, (off_t)size) == 0;

	for (size_t i = 0; ok && i < 2; i++)
		ok = mmap(at + i * size, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		          0) != MAP_FAILED;
	if (fd >= 0)
		close(fd);
	if (!ok && at != MAP_FAILED)
		munmap(at, 2 * size);
	return ok ? at : NULL;
}

static enum pr_err ring_open(struct ring *ring, size_t least, struct pr_error *why)
{
	for (ring->size = 4096; ring->size < least; ring->size *= 2)
		;
	ring->bytes = map_twice(ring->size);
	if (ring->bytes == NULL)
		return pr_floor_call_failed("mapping a ring", why);
	ring->writer.wants_room.fd = eventfd(0, EFD_CLOEXEC);
	ring->reader.wants_bytes.fd = eventfd(0, EFD_CLOEXEC);
	if (ring->writer.wants_room.fd < 0 || ring->reader.wants_bytes.fd < 0)
		return pr_floor_call_failed("eventfd()", why);
	return PR_OK;
}

static void ring_close(struct ring *ring)
{
	if (ring->bytes != NULL)
		munmap(ring->bytes, 2 * ring->size);
	if (ring->writer.wants_room.fd >= 0)
		close(ring->writer.wants_room.fd);
	if (ring->reader.wants_bytes.fd >= 0)
		close(ring->reader.wants_bytes.fd);
}

/* ---- the mover --------------------------------------------------------------------------- */

struct pr_floor_mover {
	struct pr_floor_link *link;
	pthread_t thread;
	bool runs;
	atomic_bool stop;
	struct bell bell;       /* of the mover: bytes to send, room to read into, an end */
	struct ring out[2];     /* by end: the application writes */
	struct ring in[2];      /* by end: the mover writes */
	bool full[2];           /* by end: the socket takes no more */
	atomic_bool starved[2]; /* by end: there is no room to read into */
	atomic_bool failed;     /* why tells; set last */
	struct pr_error why;
};

static bool has_end(const struct pr_floor_mover *mover, int end)
{
	return mover->out[end].bytes != NULL;
}

static bool wants_to_send(struct pr_floor_mover *mover, int end)
{
	struct ring *out = &mover->out[end];

	return mover->link->ends[end].fd >= 0 && atomic_load(&out->writer.handed) != out->reader.at;
}

static bool wants_to_read(struct pr_floor_mover *mover, int end)
{
	return mover->link->ends[end].fd >= 0 &&
	       ring_room(&mover->in[end]) >= mover->link->read_size;
}

/* Sends what the application has handed over, as far as the socket takes it.  */
static enum pr_err move_out(struct pr_floor_mover *mover, int end, struct pr_error *why)
{
	struct ring *out = &mover->out[end];
	size_t left = atomic_load(&out->writer.handed) - out->reader.at;
	enum pr_err err = PR_OK;

	while (err == PR_OK && left > 0 && !mover->full[end]) {
		size_t size = left < mover->link->send_size ? left : mover->link->send_size, sent;

		err = pr_floor_send_some(&mover->link->ends[end], ring_at(out, out->reader.at),
		                         size, MSG_DONTWAIT, &sent, why);
		mover->full[end] = err == PR_OK && sent < size;
		out->reader.at += sent;
		left -= sent;
		atomic_store(&out->reader.done, out->reader.at);
		bell_ring(&out->writer.wants_room);
	}
	return err;
}

/* Reads once, and hands over the frames that are whole.  */
static enum pr_err move_in(struct pr_floor_mover *mover, int end, struct pr_error *why)
{
	struct pr_floor_link *link = mover->link;
	struct ring *in = &mover->in[end];
	size_t whole = atomic_load(&in->writer.handed), got, size, frame;
	const void *body;
	enum pr_err err = pr_floor_recv_some(&link->ends[end], ring_at(in, in->writer.at),
	                                     link->read_size, MSG_DONTWAIT, &got, why);

	in->writer.at += got;
	while ((frame = pr_floor_parse(ring_at(in, whole), in->writer.at - whole,
	                               link->delimits ? PR_FLOOR_DELIMITER : 0, &body, &size)) > 0)
		whole += frame;
	if (err == PR_OK && in->writer.at - whole > link->frame_max)
		err = pr_error_set(
		        why, PR_FAILED,
		        "the stream is broken: a frame is longer than any that was sent");
	atomic_store(&in->writer.handed, whole);
	bell_ring(&in->reader.wants_bytes);
	return err;
}

/* What the mover waits for at one end; -1 for nothing.  */
static struct pollfd interest(struct pr_floor_mover *mover, int end)
{
	const struct pr_floor_link *link = mover->link;
	struct pollfd it = {.fd = link->ends[end].fd};

	if (end == PR_END_B && it.fd < 0)
		return (struct pollfd){.fd = link->listener, .events = POLLIN};
	if (!wants_to_read(mover, end))
		atomic_store(&mover->starved[end], true);
	if (wants_to_read(mover, end))
		it.events |= POLLIN;
	if (mover->full[end])
		it.events |= POLLOUT;
	if (it.events == 0)
		it.fd = -1;
	return it;
}

static enum pr_err serve(struct pr_floor_mover *mover, int end, short events, struct pr_error *why)
{
	bool empty;

	if (events == 0)
		return PR_OK;
	if (mover->link->ends[end].fd < 0)
		return pr_floor_accept(mover->link, false, &empty, why);
	if (events & POLLOUT)
		mover->full[end] = false;
	return (events & ~POLLOUT) && wants_to_read(mover, end) ? move_in(mover, end, why) : PR_OK;
}

/* Sleeps until a socket or the application has something.  */
static void wait_for_news(struct pr_floor_mover *mover, struct pollfd poller[3])
{
	bool busy = false;

	bell_will_sleep(&mover->bell);
	for (int end = PR_END_A; end <= PR_END_B; end++) {
		poller[end] =
		        has_end(mover, end) ? interest(mover, end) : (struct pollfd){.fd = -1};
		busy |= has_end(mover, end) && !mover->full[end] && wants_to_send(mover, end);
	}
	busy |= atomic_load(&mover->stop);
	poller[2] = (struct pollfd){.fd = mover->bell.fd, .events = POLLIN};
	if (poll(poller, 3, busy ? 0 : -1) < 0)
		poller[0].revents = poller[1].revents = poller[2].revents = 0;
	bell_wont_sleep(&mover->bell);
	if (poller[2].revents != 0)
		bell_sleep(&mover->bell); /* does not: it has been rung */
}

static void tell_failure(struct pr_floor_mover *mover)
{
	atomic_store(&mover->failed, true);
	for (int end = PR_END_A; end <= PR_END_B; end++)
		if (has_end(mover, end)) {
			bell_ring(&mover->out[end].writer.wants_room);
			bell_ring(&mover->in[end].reader.wants_bytes);
		}
}

static void *move(void *arg)
{
	struct pr_floor_mover *mover = arg;
	struct pollfd poller[3];
	enum pr_err err = PR_OK;

	while (err == PR_OK && !atomic_load(&mover->stop)) {
		wait_for_news(mover, poller);
		for (int end = PR_END_A; end <= PR_END_B && err == PR_OK; end++) {
			if (!has_end(mover, end))
				continue;
			err = serve(mover, end, poller[end].revents, &mover->why);
			if (err == PR_OK)
				err = move_out(mover, end, &mover->why);
		}
	}
	if (err != PR_OK)
		tell_failure(mover);
	return NULL;
}

/* ---- the application's side -------------------------------------------------------------- */

static enum pr_err failure(const struct pr_floor_mover *mover, struct pr_error *why)
{
	return pr_error_set(why, PR_FAILED, "%s", mover->why.text);
}

static enum pr_err flush(struct pr_link *base, int end, struct pr_error *why)
{
	struct pr_floor_mover *mover = pr_floor_link_of(base)->mover;
	struct ring *out = &mover->out[end];

	(void)why;
	atomic_store(&out->writer.handed, out->writer.at);
	bell_ring(&mover->bell);
	return PR_OK;
}

static enum pr_err wait_for_room(struct pr_link *base, int end, size_t size, struct pr_error *why)
{
	struct pr_floor_mover *mover = pr_floor_link_of(base)->mover;
	struct ring *out = &mover->out[end];
	enum pr_err err = flush(base, end, why);

	while (err == PR_OK && ring_room(out) < size) {
		bell_will_sleep(&out->writer.wants_room);
		if (atomic_load(&mover->failed))
			return failure(mover, why);
		if (ring_room(out) < size)
			bell_sleep(&out->writer.wants_room);
		bell_wont_sleep(&out->writer.wants_room);
	}
	return err;
}

static enum pr_err send_message(struct pr_link *base, int end, const void *body, size_t size,
                                struct pr_error *why)
{
	struct pr_floor_link *link = pr_floor_link_of(base);
	struct ring *out = &link->mover->out[end];
	enum pr_err err = PR_OK;

	if (__builtin_expect(ring_room(out) < link->frame_max, 0))
		err = wait_for_room(base, end, link->frame_max, why);
	if (err != PR_OK)
		return err;
	out->writer.at +=
	        pr_floor_put_frame(ring_at(out, out->writer.at), link->delimits, body, size);
	if (out->writer.at - atomic_load(&out->writer.handed) >= link->hand_size)
		return flush(base, end, why);
	return PR_OK;
}

/* Gives back what the application has read.  */
static void give_back(struct pr_floor_mover *mover, int end)
{
	struct ring *in = &mover->in[end];

	atomic_store(&in->reader.done, in->reader.at);
	if (atomic_load(&mover->starved[end]) && atomic_exchange(&mover->starved[end], false))
		bell_ring(&mover->bell);
}

/* Waits for bytes.  *empty tells that there are none and wait was false.  */
static enum pr_err wait_for_bytes(struct pr_floor_mover *mover, struct ring *in, bool wait,
                                  bool *empty, struct pr_error *why)
{
	*empty = false;
	while (atomic_load(&in->writer.handed) == in->reader.at) {
		if (atomic_load(&mover->failed))
			return failure(mover, why);
		*empty = !wait;
		if (*empty)
			return PR_OK;
		bell_will_sleep(&in->reader.wants_bytes);
		if (atomic_load(&in->writer.handed) == in->reader.at &&
		    !atomic_load(&mover->failed))
			bell_sleep(&in->reader.wants_bytes);
		bell_wont_sleep(&in->reader.wants_bytes);
	}
	return PR_OK;
}

static enum pr_err recv_message(struct pr_link *base, int end, bool wait, const void **body,
                                size_t *size, struct pr_error *why)
{
	struct pr_floor_link *link = pr_floor_link_of(base);
	struct ring *in = &link->mover->in[end];
	bool empty = false;
	size_t handed = atomic_load(&in->writer.handed);

	*body = NULL;
	/* The last body was borrowed until now.  */
	if (handed == in->reader.at ||
	    in->reader.at - atomic_load(&in->reader.done) >= in->size / 4)
		give_back(link->mover, end);
	if (handed == in->reader.at) {
		enum pr_err err = wait_for_bytes(link->mover, in, wait, &empty, why);

		if (err != PR_OK || empty)
			return err;
	}
	in->reader.at += pr_floor_parse(ring_at(in, in->reader.at), SIZE_MAX,
	                                link->delimits ? PR_FLOOR_DELIMITER : 0, body, size);
	return PR_OK;
}

/* The mover counts before it gives room back.  */
static void settle(struct pr_floor_link *link)
{
	struct pr_floor_mover *mover = link->mover;

	for (int i = PR_END_A; i <= PR_END_B; i++)
		while (has_end(mover, i) && !atomic_load(&mover->failed) &&
		       atomic_load(&mover->out[i].reader.done) !=
		               atomic_load(&mover->out[i].writer.handed))
			sched_yield();
}

/* ---- the life of a link ------------------------------------------------------------------ */

static void end(struct pr_floor_link *link)
{
	struct pr_floor_mover *mover = link->mover;

	if (mover == NULL)
		return;
	link->mover = NULL;
	atomic_store(&mover->stop, true);
	bell_ring(&mover->bell);
	if (mover->runs)
		pthread_join(mover->thread, NULL);
	for (int i = PR_END_A; i <= PR_END_B; i++) {
		ring_close(&mover->out[i]);
		ring_close(&mover->in[i]);
	}
	if (mover->bell.fd >= 0)
		close(mover->bell.fd);
	free(mover);
}

static struct pr_floor_mover *new_mover(struct pr_floor_link *link)
{
	struct pr_floor_mover *mover = aligned_alloc(128, (sizeof(*mover) + 127) / 128 * 128);

	if (mover == NULL)
		return NULL;
	memset(mover, 0, sizeof(*mover));
	mover->link = link;
	for (int i = PR_END_A; i <= PR_END_B; i++) {
		mover->out[i].writer.wants_room.fd = mover->out[i].reader.wants_bytes.fd = -1;
		mover->in[i].writer.wants_room.fd = mover->in[i].reader.wants_bytes.fd = -1;
	}
	mover->bell.fd = eventfd(0, EFD_CLOEXEC);
	return mover;
}

/* Half of a ring is moved on while the other is filled.  */
static size_t ring_least(const struct pr_floor_link *link)
{
	size_t batch = link->read_size > link->send_size ? link->read_size : link->send_size;

	return 2 * (batch + link->frame_max);
}

static enum pr_err begin(struct pr_floor_link *link, struct pr_error *why)
{
	struct pr_floor_mover *mover = new_mover(link);
	enum pr_err err = PR_OK;
	int error;

	if (mover == NULL)
		return pr_error_set(why, PR_FAILED, "out of memory for a link");
	link->mover = mover;
	if (mover->bell.fd < 0)
		return pr_floor_call_failed("eventfd()", why);
	for (int i = PR_END_A; i <= PR_END_B && err == PR_OK; i++) {
		if (link->ends[i].fd < 0 && !(i == PR_END_B && link->listener >= 0))
			continue;
		err = ring_open(&mover->out[i], ring_least(link), why);
		if (err == PR_OK)
			err = ring_open(&mover->in[i], ring_least(link), why);
	}
	if (err != PR_OK)
		return err;
	error = pthread_create(&mover->thread, NULL, move, mover);
	mover->runs = error == 0;
	return error == 0 ? PR_OK
	                  : pr_error_set(why, PR_FAILED, "cannot start the thread of a link: %s",
	                                 strerror(error));
}

const struct pr_floor_kernel pr_floor_handoff = {.name = "handoff",
                                                 .threads = true,
                                                 .send = send_message,
                                                 .flush = flush,
                                                 .recv = recv_message,
                                                 .begin = begin,
                                                 .end = end,
                                                 .settle = settle};
const struct pr_floor_kernel pr_floor_hops = {.name = "hops",
                                              .each = true,
                                              .threads = true,
                                              .send = send_message,
                                              .flush = flush,
                                              .recv = recv_message,
                                              .begin = begin,
                                              .end = end,
                                              .settle = settle};
