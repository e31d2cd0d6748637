/* SPDX-License-Identifier: MIT */
/* core/socket.h - a socket as its application thread sees it.
 *
 * A socket is used by one thread at a time (it may migrate with a full fence, as in libzmq).  I/O
 * threads touch only the members under "Shared".  It lives until zmq_close was called and the last
 * pipe and endpoint are gone.  */
#ifndef PR_SOCKET_H
#define PR_SOCKET_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/counters.h"
#include "core/ctx.h"
#include "core/fair.h"
#include "core/include/proctor/zmq.h"
#include "core/monitor.h"
#include "core/options.h"
#include "core/pattern.h"

struct pr_ctx;
struct pr_endpoint;
struct pr_msg;

#define PR_SOCKET_MAGIC 0x50525353u

/* How a thread sleeps on a socket, and thus how it is woken.  */
enum pr_sleep { PR_AWAKE, PR_SLEEPS_IN_FUTEX, PR_SLEEPS_IN_POLL };

/* What core/caller.c knows of the thread that uses the socket.  */
struct pr_caller {
	bool is_calm;                /* it waited for input since it last sent */
	bool has_leases;             /* it may have */
	uint8_t calm_waits;          /* waits in a row for a message or two */
	bool is_silent;              /* it had sent nothing between the last two waits */
	uint64_t taken, taken_bytes; /* of all pipes before the last wait */
	uint64_t sent;               /* likewise, messages */
	int64_t waited_ns;           /* the last wait of a silent one; 0: not known */
	int64_t sent_at_ns;          /* when the reader of the output was last found asleep */
};

struct pr_socket {
	uint32_t magic; /* PR_SOCKET_MAGIC while open */
	bool rcvmore;
	bool sndmore;
	bool is_internal; /* an I/O thread's own */
	struct pr_ctx *ctx;
	const struct pr_pattern_ops *pattern;
	void *state; /* the pattern's */
	struct pr_fair in, out;
	struct pr_pipe *recv_pipe; /* whose message is being read part by part */
	const struct pr_msg *lent; /* whose body is being sent, and may be sent from where it is */
	struct pr_pipe *send_pipe; /* to which a message is being written; NULL: it is dropped */
	struct pr_sock_counters counters;

	struct pr_pipe **pipes;
	size_t pipes_count, pipes_room;
	struct pr_endpoint *endpoints;
	char last_endpoint[256];
	struct pr_options options;
	unsigned inproc_names; /* bound ones */
	struct pr_caller caller;
	struct pr_socket *prev, *next; /* the context's list, under its lock */
	struct pr_monitor monitor;

	/* Shared. */
	_Alignas(PR_CACHE_LINE) struct pr_pipe *_Atomic ready; /* pipes with news */
	_Alignas(PR_CACHE_LINE) _Atomic uint32_t sleeping;     /* enum pr_sleep; a futex word */
	_Atomic int wait_fd;  /* -1, or an eventfd that wakes who sleeps in poll */
	_Atomic int event_fd; /* -1 until ZMQ_FD was asked for; readable while ready is not empty */
	_Atomic bool is_closed;
	_Atomic uint32_t refs;
};

/* NULL and an errno value in *error.  */
struct pr_socket *pr_socket_create(struct pr_ctx *ctx, int type, int *error);

/* One that an I/O thread keeps for itself: it is none of the context's, which neither counts nor
 * waits for it, and need not be closed before the context ends.  NULL when memory ran out.  */
struct pr_socket *pr_socket_create_internal(struct pr_ctx *ctx,
                                            const struct pr_pattern_ops *pattern);

/* zmq_close.  Hands everything to the I/O threads, which flush for as long as LINGER says.  */
void pr_socket_close(struct pr_socket *socket);

void pr_socket_ref(struct pr_socket *socket);
void pr_socket_unref(struct pr_socket *socket);

/* zmq_bind, zmq_connect: 0 or an errno value.  */
int pr_socket_bind(struct pr_socket *socket, const char *uri);
int pr_socket_connect(struct pr_socket *socket, const char *uri);

/* zmq_unbind and zmq_disconnect, which are the same (as in libzmq): everything that was bound or
 * connected there ends, with its connections.  0, ENOENT when there is nothing, EINVAL.  */
int pr_socket_stop_endpoint(struct pr_socket *socket, const char *uri);

/* Takes the news.  */
void pr_socket_take_all_news(struct pr_socket *socket);

static inline void pr_socket_take_news(struct pr_socket *socket)
{
	if (__builtin_expect(atomic_load_explicit(&socket->ready, memory_order_relaxed) != NULL, 0))
		pr_socket_take_all_news(socket);
}

/* What is done when the pattern says EAGAIN: waits as the flags and the options say.  */
int pr_socket_send_later(struct pr_socket *socket, const void *data, size_t size, int flags);
int pr_socket_recv_later(struct pr_socket *socket, struct pr_view *view, int flags);

/* One part; waits as flags and SNDTIMEO or RCVTIMEO say.  0 or an errno value.  */
static inline int pr_socket_send(struct pr_socket *socket, const void *data, size_t size, int flags)
{
	if (__builtin_expect(pr_ctx_is_terminated(socket->ctx), 0))
		return ETERM;
	pr_socket_take_news(socket);
	int error = socket->pattern->send(socket, data, size, flags & ZMQ_SNDMORE);

	if (__builtin_expect(error, 0))
		return error == EAGAIN ? pr_socket_send_later(socket, data, size, flags) : error;
	return 0;
}

static inline int pr_socket_recv(struct pr_socket *socket, struct pr_view *view, int flags)
{
	if (__builtin_expect(pr_ctx_is_terminated(socket->ctx), 0))
		return ETERM;
	pr_socket_take_news(socket);
	int error = socket->pattern->recv(socket, view);

	if (__builtin_expect(error, 0)) {
		if (error == EAGAIN)
			error = pr_socket_recv_later(socket, view, flags);
		if (error)
			return error;
	}
	socket->rcvmore = view->more;
	return 0;
}

/* As pr_socket_send, of a message's body, which stays the caller's: a large one is not copied but
 * referred to until it is sent.  */
int pr_socket_send_msg(struct pr_socket *socket, const struct pr_msg *msg, int flags);

/* ZMQ_POLLIN | ZMQ_POLLOUT as they are now; takes the news and makes ZMQ_FD unreadable.  */
int pr_socket_events(struct pr_socket *socket);

/* The same for whoever knows that ZMQ_FD is not readable, or will look again when it is: saves a
 * system call when there is no news.  */
int pr_socket_look(struct pr_socket *socket);

/* ZMQ_FD; creates it.  -1 when that fails.  */
int pr_socket_fd(struct pr_socket *socket);

/* Sleeps until there is news, the context ends or deadline_ns (monotonic; -1: no limit).  0, EAGAIN
 * (time is up), ETERM or EINTR.  */
int pr_socket_sleep(struct pr_socket *socket, int64_t deadline_ns);

/* Any thread: wakes whoever sleeps on the socket, or polls its descriptor.  True when that took a
 * system call.  */
bool pr_socket_wake(struct pr_socket *socket);

/* Any thread: makes ZMQ_FD readable if it exists.  True when that took a system call.  */
bool pr_socket_signal_fd(struct pr_socket *socket);

/* I/O thread: there is news about a pipe (its reference is the caller's).  Not to wake whoever
 * sleeps is for a caller that does so later.  True when that took a system call.  */
bool pr_socket_push(struct pr_socket *socket, struct pr_pipe *pipe, bool wake);

/* Does somebody sleep on it?  */
static inline bool pr_socket_sleeps(struct pr_socket *socket)
{
	return atomic_load_explicit(&socket->sleeping, memory_order_seq_cst) != PR_AWAKE;
}

/* ---- For patterns (application thread) ---- */

/* A pipe turned out empty: drops it if it has ended.  */
void pr_socket_found_nothing(struct pr_socket *socket, struct pr_pipe *pipe);

/* Pipes that have input, from which on the state of each has left the nearest cache before its turn
 * comes again.  */
#define PR_SOCKET_MANY 32

/* Messages in a row from one of many.  */
#define PR_SOCKET_TURN 8

/* A whole message of pipe was taken: whose turn is it next?  A turn is one message.  Of many, what
 * it costs to have the state of one again is more than what a message costs: then a turn is up to
 * PR_SOCKET_TURN messages that are known to be there.  */
static inline void pr_socket_count_turn(struct pr_fair *fair, const struct pr_pipe *pipe)
{
	if (fair->active < PR_SOCKET_MANY || ++fair->taken >= PR_SOCKET_TURN ||
	    !pr_queue_has_seen(&pipe->in))
		pr_fair_next(fair);
}

/* The next frame of a pipe.  False: there is none (now).  A pipe that has ended and is empty is
 * dropped: it must not be used any more then.  The last part of a message counts towards the pipe's
 * turn.  */
static inline bool pr_socket_read(struct pr_socket *socket, struct pr_pipe *pipe,
                                  struct pr_view *view)
{
	struct pr_frame frame;

	if (__builtin_expect(!pr_pipe_read(pipe, &frame, &view->data), 0)) {
		pr_socket_found_nothing(socket, pipe);
		return false;
	}
	view->size = frame.size;
	view->queue = &pipe->in;
	view->is_apart = false;
	view->more = frame.flags & PR_FRAME_MORE;
	socket->recv_pipe = pipe;
	if (!view->more && socket->in.active > 1)
		pr_socket_count_turn(&socket->in, pipe);
	return true;
}

/* The slow half of pr_socket_next_input: looks for what nobody has seen yet.  */
struct pr_pipe *pr_socket_seek_input(struct pr_socket *socket);

/* The pipe, in turn, that has input; NULL when none has.  */
static inline struct pr_pipe *pr_socket_next_input(struct pr_socket *socket)
{
	struct pr_pipe *pipe = pr_fair_current(&socket->in);

	return pipe && pr_queue_has_seen(&pipe->in) ? pipe : pr_socket_seek_input(socket);
}

/* Forgets a pipe that has ended and has no input left.  */
void pr_socket_drop_pipe(struct pr_socket *socket, struct pr_pipe *pipe);

/* Ends a pipe: what is queued is sent for linger_ms.  */
void pr_socket_close_pipe(struct pr_socket *socket, struct pr_pipe *pipe, int linger_ms);

/* The same, and the peer is not connected to again.  */
void pr_socket_end_peer(struct pr_socket *socket, struct pr_pipe *pipe, int linger_ms);

/* ---- For endpoints (application thread) ---- */

/* A pipe that zmq_connect made.  0 or an errno value; then the pipe is still the caller's.  */
int pr_socket_add_pipe(struct pr_socket *socket, struct pr_pipe *pipe);

/* The other end of the pipe is there (PR_APP_ATTACH).  */
void pr_socket_attach(struct pr_socket *socket, struct pr_pipe *pipe);

#endif
