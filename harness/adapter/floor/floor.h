/* SPDX-License-Identifier: MIT */
/* harness/adapter/floor/floor.h - the floor: what a stream socket itself can do with the same
 * frames.
 *
 * Not an engine.  Two sockets, connected over 127.0.0.1 with TCP_NODELAY or by an abstract name
 * (ipc), carry frames with the header of ZMTP (2 bytes up to 255 bytes of body, 9 above).  What an
 * engine reaches of this floor is its own efficiency.
 *
 * How much of an engine's work is left out is the kernel.  All of them move the same bytes:
 *
 *   raw      each message by itself, one send(2) and one recv(2) of its size, nothing looked at
 *   bytes    batches: `batch` bytes at a time; messages are found by their size alone
 *   parsed   the same, and each header is read, as a program must that does not know the sizes
 *   handoff  parsed by a thread of its own between the application and the sockets, as the I/O
 *            thread of an engine is, and handed over through rings, in batches
 *   hops     the same, but each message is handed over by itself: nobody says when a batch ends
 *
 * A kernel is a struct of three or five functions; floor.c has the table.  raw, bytes and parsed
 * are in batches.c, handoff and hops in handoff.c.  */
#ifndef PR_FLOOR_KERNEL_H
#define PR_FLOOR_KERNEL_H

#include <string.h>

#include "harness/adapter.h"

/* The counters of core/counters.def that mean something here, kept per call as there.  */
#define PR_FLOOR_COUNTERS(F)                                                                       \
	F(recv_calls)                                                                              \
	F(recv_full)                                                                               \
	F(recv_short)                                                                              \
	F(recv_eagain)                                                                             \
	F(recv_end)                                                                                \
	F(recv_error)                                                                              \
	F(recv_bytes)                                                                              \
	F(send_calls)                                                                              \
	F(send_full)                                                                               \
	F(send_short)                                                                              \
	F(send_eagain)                                                                             \
	F(send_error)                                                                              \
	F(send_bytes)

struct pr_floor_counts {
#define FIELD(name) uint64_t name;
	PR_FLOOR_COUNTERS(FIELD)
#undef FIELD
};

/* Half of a socket.  The sending half belongs to the thread that sends on it, the receiving half to
 * the one that receives; bytes is not used by kernels with a thread.  */
struct pr_floor_half {
	unsigned char *bytes;
	size_t used;  /* of out: frames waiting; of in: bytes read */
	size_t taken; /* of in: bytes handed to the application */
	bool met;     /* of in: a message has come, so greetings are over */
	struct pr_floor_counts counts;
} __attribute__((aligned(128)));

struct pr_floor_side {
	int fd; /* -1 when the end is elsewhere, or not connected yet */
	struct pr_floor_half out, in;
};

struct pr_floor_mover;

struct pr_floor_link {
	struct pr_link link;
	const struct pr_floor_kernel *kernel;
	size_t read_size;  /* bytes asked of one recv(2) */
	size_t send_size;  /* most bytes of one send(2) */
	size_t hand_size;  /* bytes that gather before the next one gets them; 1: each message */
	size_t body_size;  /* of a message */
	size_t frame_size; /* with its headers */
	size_t frame_max;  /* of a message or a greeting */
	int listener;      /* of B until A has come; -1 afterwards */
	bool is_tcp;
	bool delimits; /* an empty frame stands before each body */
	struct pr_floor_side ends[2];
	struct pr_floor_mover *mover; /* the thread of handoff and hops */
};

struct pr_floor_kernel {
	const char *name;
	bool each;    /* messages go one by one, not in batches */
	bool threads; /* begin() starts a thread */

	/* As in struct pr_adapter_ops.  */
	enum pr_err (*send)(struct pr_link *link, int end, const void *body, size_t size,
	                    struct pr_error *why);
	enum pr_err (*flush)(struct pr_link *link, int end, struct pr_error *why);
	enum pr_err (*recv)(struct pr_link *link, int end, bool wait, const void **body,
	                    size_t *size, struct pr_error *why);

	/* Around the life of a link whose sockets are open.  Both may be NULL.  */
	enum pr_err (*begin)(struct pr_floor_link *link, struct pr_error *why);
	void (*end)(struct pr_floor_link *link);

	/* Waits until what was sent is counted.  May be NULL.  */
	void (*settle)(struct pr_floor_link *link);
};

extern const struct pr_floor_kernel pr_floor_raw, pr_floor_bytes, pr_floor_parsed, pr_floor_handoff,
        pr_floor_hops;

/* ---- sockets: socket.c ------------------------------------------------------------------- */

enum pr_err pr_floor_call_failed(const char *call, struct pr_error *why);

/* B listens and writes where; A connects.  */
enum pr_err pr_floor_listen(struct pr_floor_link *link, char *endpoint,
                            struct pr_error *why) PR_CHECKED;
enum pr_err pr_floor_connect(struct pr_floor_link *link, const char *endpoint,
                             struct pr_error *why) PR_CHECKED;

/* Takes the connection of A, whose greeting B waits for.  With wait false *empty tells that it has
 * not come.  */
enum pr_err pr_floor_accept(struct pr_floor_link *link, bool wait, bool *empty,
                            struct pr_error *why) PR_CHECKED;

/* One send(2), counted; *sent is 0 when it would have blocked (with MSG_DONTWAIT in flags).  */
enum pr_err pr_floor_send_some(struct pr_floor_side *side, const void *bytes, size_t size,
                               int flags, size_t *sent, struct pr_error *why) PR_CHECKED;

/* One recv(2), counted; *got is 0 when it would have blocked.  The end of the stream is an error.
 */
enum pr_err pr_floor_recv_some(struct pr_floor_side *side, void *bytes, size_t size, int flags,
                               size_t *got, struct pr_error *why) PR_CHECKED;

/* ---- frames ------------------------------------------------------------------------------ */

#define PR_FLOOR_HEADER_MAX 9
#define PR_FLOOR_DELIMITER  2 /* bytes: an empty frame, more to come */

static inline size_t pr_floor_put_header(unsigned char *at, uint64_t size)
{
	if (size <= 255) {
		at[0] = 0;
		at[1] = (unsigned char)size;
		return 2;
	}
	at[0] = 2;
	for (int i = 0; i < 8; i++)
		at[1 + i] = (unsigned char)(size >> (56 - 8 * i));
	return 9;
}

/* Writes a message with its headers; the size of all.  */
static inline size_t pr_floor_put_frame(unsigned char *at, bool delimits, const void *body,
                                        size_t size)
{
	size_t used = 0;

	if (delimits) {
		at[used++] = 1;
		at[used++] = 0;
	}
	used += pr_floor_put_header(at + used, size);
	memcpy(at + used, body, size);
	return used + size;
}

/* Bytes of the whole frame that stands at the beginning of left bytes, with its body; 0 when more
 * bytes are needed.  skip: bytes of a delimiter before it.  */
static inline size_t pr_floor_parse(const unsigned char *at, size_t left, size_t skip,
                                    const void **body, size_t *size)
{
	size_t header = 2;
	uint64_t length;

	if (left < 2 + skip)
		return 0;
	at += skip;
	left -= skip;
	length = at[1];
	if (at[0] & 2) {
		if (left < PR_FLOOR_HEADER_MAX)
			return 0;
		header = PR_FLOOR_HEADER_MAX;
		length = 0;
		for (int i = 1; i < PR_FLOOR_HEADER_MAX; i++)
			length = length << 8 | at[i];
	}
	if (left - header < length)
		return 0;
	*body = at + header;
	*size = (size_t)length;
	return skip + header + (size_t)length;
}

static inline struct pr_floor_link *pr_floor_link_of(struct pr_link *link)
{
	return (struct pr_floor_link *)link;
}

#endif
