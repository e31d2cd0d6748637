/* SPDX-License-Identifier: MIT */
/* core/pipe.h - what joins a socket (application thread) to a connection (I/O thread), or to
 * another socket of the process (core/inproc.h).
 *
 * A pipe is two byte queues and the news about them.  Each side tells the other by setting a bit in
 * the other's events and, when that was the first bit, pushing the pipe on the other's lock-free
 * stack (the socket's `ready`, the loop's `mailbox`).  A pipe on a stack holds a reference.
 *
 * The high-water mark counts messages (RCVHWM and SNDHWM of libzmq):
 *   input   the I/O thread publishes at most RCVHWM messages that the application has not taken;
 * the application reports what it took every (RCVHWM + 1) / 2 messages, as libzmq does; output  the
 * application keeps marks (position, count) and compares them with the position that the I/O thread
 *           has sent, so neither side pays anything per message.  */
#ifndef PR_PIPE_H
#define PR_PIPE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/copy.h"
#include "core/frame.h"
#include "core/queue.h"

struct pr_conn;
struct pr_endpoint;
struct pr_loop;
struct pr_options;
struct pr_slot;
struct pr_socket;
struct pr_timer;

/* News for the application thread. */
enum pr_app_event {
	PR_APP_ATTACH = 1u << 0, /* the handshake is done: peer_id is known, the pipe may be new */
	PR_APP_READABLE = 1u << 1, /* there is input again */
	PR_APP_WRITABLE = 1u << 2, /* there is room again */
	PR_APP_END = 1u << 3,      /* no connection will serve this pipe any more */
	PR_APP_HWM = 1u << 4,      /* the peer in this process has other high-water marks now */
};

/* News for the I/O thread. */
enum pr_io_event {
	PR_IO_OUTPUT = 1u << 0,  /* there is output again */
	PR_IO_RESTART = 1u << 1, /* the application took messages; held input may go on */
	PR_IO_CLOSE = 1u << 2,   /* the application is done with the pipe: flush, then end */
};

#define PR_PIPE_MARKS     32
#define PR_PIPE_WAKE_NONE UINT64_MAX
#define PR_PIPE_HWM_NONE  UINT64_MAX /* of a peer that is not there yet */

/* Which of a socket's sets a pipe is in (core/fair.h).  */
enum pr_fair_kind { PR_FAIR_IN, PR_FAIR_OUT, PR_FAIR_KINDS };

struct pr_mark {
	uint64_t position; /* end of the message in the output stream */
	uint64_t messages; /* messages up to and including it */
};

struct pr_pipe {
	/* Never changes; read by both threads, so it shares no cache line with what either writes.
	 */
	struct pr_queue *out;     /* where the application writes: stream_out, or the peer's in */
	struct pr_pipe *peer;     /* inproc: the other end, a reference; else NULL */
	struct pr_socket *socket; /* a reference; NULL while nobody has bound the inproc name */
	struct pr_loop *loop;     /* NULL for inproc */
	/* That connected or accepted it, a reference; NULL for inproc. */
	struct pr_endpoint *endpoint;
	bool lasts; /* a connecter's, which outlives its connections */
	/* ZMQ_CONFLATE (core/conflate.h): slots between the application and the I/O thread, which
	 * has stream_out and stream_in to itself then; else NULL. */
	struct pr_slot *slot_out, *slot_in;

	struct pr_queue in;         /* I/O thread, or peer -> application */
	struct pr_queue stream_out; /* application -> I/O thread */

	/* Application thread. */
	_Alignas(PR_CACHE_LINE) uint64_t out_hwm; /* 0 = no limit */
	uint64_t out_messages, out_acknowledged;
	uint64_t out_wanted; /* found full: room is there again when this position is sent; 0 = not
	                      */
	uint64_t mark_every, mark_next;
	uint64_t chosen; /* number of the message for which it was chosen (core/pattern/dist.h) */
	struct pr_mark marks[PR_PIPE_MARKS];
	unsigned mark_first, mark_count;
	uint64_t in_taken, in_report_every, in_report_next;
	uint8_t *routing_id; /* under which a ROUTER knows the peer; heap */
	size_t routing_id_size;
	size_t fair_index[PR_FAIR_KINDS]; /* position + 1 in the set; 0 = not in it */
	size_t socket_index;              /* in the socket's list */
	bool is_listed;                   /* the socket knows it */
	bool is_attached;                 /* the handshake was done at least once */
	bool is_ended;                    /* PR_APP_END came; input may be left */
	bool is_gone;                     /* the application let go of it; late news is ignored */
	bool out_inside;                  /* a multipart message is being written... */
	uint64_t out_start;               /* ...from here */
	struct pr_chunk *out_start_chunk;
	int linger_ms;        /* set before PR_IO_CLOSE */
	char *inproc_address; /* to which it was connected; heap; NULL when it was not */

	/* A subscriber's, under its lock (core/pattern/subscribe.c). */
	size_t told_index;          /* position + 1 among those that are told; 0 = not among them */
	uint64_t subscribed_until;  /* end of the last subscription that went into the output */
	_Atomic bool is_subscribed; /* the peer knows the subscriptions, and wants the changes */
	uint8_t peer_minor;         /* the peer speaks ZMTP 3.x */

	/* Shared. */
	_Alignas(PR_CACHE_LINE) _Atomic uint32_t app_events;
	_Atomic uint32_t io_events;
	_Atomic uint32_t refs;
	struct pr_pipe *app_next;        /* link in the socket's ready stack */
	struct pr_pipe *io_next;         /* link in the loop's mailbox */
	_Atomic uint64_t in_consumed;    /* messages that the application reported as taken */
	_Atomic uint32_t in_full;        /* the I/O thread waits for in_consumed to move */
	_Atomic uint64_t out_wake_at;    /* the application waits until `drained` reaches this */
	_Atomic uint64_t sndhwm, rcvhwm; /* inproc: this side's, for the peer */
	struct pr_pipe *pending_next;    /* inproc: nobody has bound the name (core/inproc.c) */

	/* I/O thread. */
	_Alignas(PR_CACHE_LINE) struct pr_conn *conn; /* NULL while there is none */
	struct pr_timer *linger_timer;
	struct pr_queue *stream_in; /* where it receives: in, or behind slot_in one of its own */
	_Atomic uint64_t in_hwm;    /* 0 = no limit */
	uint64_t in_published;      /* messages */
	unsigned readable_signals;  /* for the fault lost-wakeup */
	bool is_closing;            /* PR_IO_CLOSE came */
	bool is_announced;          /* peer_id is final */
	uint8_t peer_id_size;
	uint8_t peer_id[255]; /* set before PR_APP_ATTACH is announced, never changed later */
};

/* One reference for the I/O side and one for the application side.  Takes a reference of the socket
 * and of the endpoint.  The pipe of a connection that was accepted ends with it; that of a
 * connecter lasts.  NULL when memory ran out.  */
struct pr_pipe *pr_pipe_create(struct pr_socket *socket, struct pr_loop *loop,
                               struct pr_endpoint *endpoint);

/* Two pipes, each the other's peer: what one writes the other reads.  Two references each: the
 * application's and the peer's.  They have no sockets yet.  False when memory ran out.  */
bool pr_pipe_create_pair(struct pr_pipe *pipes[2]);

/* Conflates the directions (core/conflate.h) of a pair as its first pipe sees them.  False when
 * memory ran out.  */
bool pr_pipe_conflate_pair(struct pr_pipe *pipe, unsigned directions);

void pr_pipe_ref(struct pr_pipe *pipe);

/* The last one frees the pipe and gives its reference of the socket back.  Any thread.  */
void pr_pipe_unref(struct pr_pipe *pipe);

/* ---- Application thread ---- */

/* Is there room for another message?  When not, the socket is told (PR_APP_WRITABLE) as soon as
 * about half the messages are sent.  */
bool pr_pipe_refresh_room(struct pr_pipe *pipe);

static inline bool pr_pipe_has_room(struct pr_pipe *pipe)
{
	return pipe->out_hwm == 0 || pipe->out_messages - pipe->out_acknowledged < pipe->out_hwm ||
	       pr_pipe_refresh_room(pipe);
}

/* SNDHWM and RCVHWM were changed.  */
void pr_pipe_set_hwm(struct pr_pipe *pipe, const struct pr_options *options);

/* Inproc: takes over what the peer's high-water marks are now.  */
void pr_pipe_take_peer_hwm(struct pr_pipe *pipe);

/* Sets bits for the I/O thread and wakes it if it sleeps.  True when that took a system call.  Any
 * thread.  */
bool pr_pipe_tell_io(struct pr_pipe *pipe, uint32_t events);

/* The slow half of pr_pipe_write: frames that are long, or need another chunk, or go to a slot.  */
int pr_pipe_write_slow(struct pr_pipe *pipe, const void *data, size_t size, bool more);

/* A whole message was written: what is to be done about the high-water mark, and about a reader
 * that sleeps.  */
void pr_pipe_mark(struct pr_pipe *pipe);
void pr_pipe_tell_output(struct pr_pipe *pipe);

static inline void pr_pipe_publish(struct pr_pipe *pipe)
{
	pipe->out_inside = false;
	if (__builtin_expect(++pipe->out_messages >= pipe->mark_next, 0))
		pr_pipe_mark(pipe);
	if (__builtin_expect(pr_queue_publish(pipe->out, pipe->out->write), 0))
		pr_pipe_tell_output(pipe);
}

/* Encodes one frame; the last one of a message publishes it.  0 or ENOMEM (then nothing was
 * written).  */
static inline __attribute__((always_inline)) int
pr_pipe_write(struct pr_pipe *pipe, const void *data, size_t size, bool more)
{
	struct pr_queue *out = pipe->out;

	if (__builtin_expect(size > PR_FRAME_SHORT_MAX || pipe->slot_out ||
	                             !pr_queue_has_room(out, size + 2),
	                     0))
		return pr_pipe_write_slow(pipe, data, size, more);
	if (!pipe->out_inside)
		pr_queue_rewind(out);
	if (more && !pipe->out_inside) {
		pipe->out_start = out->write;
		pipe->out_start_chunk = out->write_chunk;
		pipe->out_inside = true;
	}
	uint8_t *at = pr_queue_at(out, out->write);

	pr_queue_expect(at);
	at[0] = more ? PR_FRAME_MORE : 0;
	at[1] = (uint8_t)size;
	pr_copy(at + 2, data, size);
	pr_queue_commit(out, size + 2);
	if (!more)
		pr_pipe_publish(pipe);
	return 0;
}

/* The same for a message of one frame whose body is in two pieces; flags: 0 or PR_FRAME_COMMAND. */
int pr_pipe_write_joined(struct pr_pipe *pipe, unsigned flags, const void *begin, size_t begin_size,
                         const void *data, size_t size);

/* The same for a peer that speaks no ZMTP: the bytes alone, as they are, at once.  */
int pr_pipe_write_raw(struct pr_pipe *pipe, const void *data, size_t size);

/* Gives the application's reference to the I/O thread, which sends what is queued for linger_ms
 * (-1: however long it takes) and then ends the pipe.  What went to a peer in this process stays
 * readable there.  */
void pr_pipe_hand_over(struct pr_pipe *pipe, int linger_ms);

/* Gives the application's reference of a pipe that has ended back.  */
void pr_pipe_let_go(struct pr_pipe *pipe);

/* Takes back the parts of an unfinished message.  */
void pr_pipe_write_abort(struct pr_pipe *pipe);

/* The same without taking it.  */
bool pr_pipe_look(struct pr_pipe *pipe, struct pr_frame *frame, const uint8_t **body);

/* Tells whoever fills the input how many messages were taken, and wakes it if it waits for that.
 */
void pr_pipe_report_taken(struct pr_pipe *pipe);

/* With slot_in: moves what is there into the input, or says whether there is something.  False:
 * nothing, and the writer will tell.  */
bool pr_pipe_take_slot(struct pr_pipe *pipe);
bool pr_pipe_slot_has_input(struct pr_pipe *pipe);

/* Bytes at the head of the input, which begin with a whole frame.  False: nothing.  */
static inline bool pr_pipe_peek(struct pr_pipe *pipe, uint8_t **data)
{
	while (__builtin_expect(!pr_queue_look(&pipe->in, data), 0))
		if (pipe->slot_in ? !pr_pipe_take_slot(pipe) : pr_queue_sleep(&pipe->in))
			return false;
	return true;
}

/* The frame at data, which is the head of the input; only a long one may be by reference.  */
static inline void pr_pipe_get_frame(struct pr_pipe *pipe, const uint8_t *data,
                                     struct pr_frame *frame, const uint8_t **body)
{
	pr_frame_get(data, frame);
	*body = data + frame->header_size;
	if (__builtin_expect(frame->header_size > 2, 0) && pipe->in.read_chunk->is_by_reference)
		*body = pipe->in.read_chunk->body;
}

/* The next frame of the input: its header in *frame, its body in *body.  False: nothing there; then
 * the I/O thread will tell (PR_APP_READABLE).  The body stays valid until the next call.  */
static inline bool pr_pipe_read(struct pr_pipe *pipe, struct pr_frame *frame, const uint8_t **body)
{
	uint8_t *data;

	if (!pr_pipe_peek(pipe, &data))
		return false;
	pr_queue_foresee(data);
	pr_pipe_get_frame(pipe, data, frame, body);
	pr_queue_advance(&pipe->in, frame->header_size + frame->size);
	if (!(frame->flags & PR_FRAME_MORE) &&
	    __builtin_expect(++pipe->in_taken >= pipe->in_report_next, 0)) {
		pipe->in_report_next += pipe->in_report_every;
		pr_pipe_report_taken(pipe);
	}
	return true;
}

/* Would pr_pipe_read find something?  Takes nothing.  */
static inline bool pr_pipe_has_input(struct pr_pipe *pipe)
{
	uint8_t *data;

	/* What is in a slot is not taken yet: a later message may still replace it. */
	if (pipe->slot_in && !pr_queue_look(&pipe->in, &data))
		return pr_pipe_slot_has_input(pipe);
	return pr_pipe_peek(pipe, &data);
}

/* ---- I/O thread ---- */

/* Handles the bits that the application set; drops the reference of the mailbox.  */
void pr_pipe_io_events(struct pr_pipe *pipe);

/* Sets bits for the application and wakes it if it sleeps.  True when that took a system call.
 * Inproc: the peer's application thread calls this.  */
bool pr_pipe_tell_app(struct pr_pipe *pipe, uint32_t events);

/* The same without waking it (but ZMQ_FD becomes readable): the caller does so later.  */
bool pr_pipe_tell_app_quietly(struct pr_pipe *pipe, uint32_t events);

/* The connection is gone, the pipe stays for the next one: drops the rest of the message that was
 * being sent, since parts of it went to the old peer.  */
void pr_pipe_skip_partial_message(struct pr_pipe *pipe);

/* The same where there are no messages: drops all that was not sent.  */
void pr_pipe_skip_bytes(struct pr_pipe *pipe);

/* Drops what is published and not sent, up to a position at the end of a message.  */
void pr_pipe_skip_output(struct pr_pipe *pipe, uint64_t position);

/* The I/O thread has sent up to here: lets a waiting application know.  True when that took a
 * system call.  */
bool pr_pipe_sent(struct pr_pipe *pipe);

/* Is everything that was published sent?  */
bool pr_pipe_is_flushed(struct pr_pipe *pipe);

#endif
