/* SPDX-License-Identifier: MIT */
/* core/conn.h - one connection on its loop: a TCP socket, the handshake, then traffic between it
 * and a pipe.
 *
 * The life of a connection: HANDSHAKE (core/handshake.h) -> TRAFFIC -> CLOSED.  Between
 * the last two there may be HELD (the peer is gone, but input is held back until the application
 * takes it) or FLUSHED (everything was sent; waiting for the peer's kernel to have it).  The read
 * path is core/read.c, the write path core/write.c. Loop thread only, except where counters are
 * read.  */
#ifndef PR_CONN_H
#define PR_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/adapt.h"
#include "core/counters.h"
#include "core/heartbeat.h"
#include "core/loop.h"
#include "core/pipe.h"
#include "core/store.h"

struct pr_chunk;
struct pr_endpoint;
struct pr_handshake;
struct pr_phase;
struct pr_pipe;
struct pr_timer;
struct pr_uvread;

enum pr_conn_state {
	PR_CONN_HANDSHAKE,
	PR_CONN_TRAFFIC,
	PR_CONN_HELD,
	PR_CONN_FLUSHED,
	PR_CONN_CLOSED,
};

/* What the next frame of a reply to a REQ must be.  */
enum pr_reply { PR_REPLY_UNCHECKED, PR_REPLY_BEGIN, PR_REPLY_NUMBERED, PR_REPLY_BODY };

/* The state of the read path.  Stream positions are those of the pipe's input queue:
 *
 *   published <= message_end <= walked <= write
 *
 * walked is a frame's end, message_end a message's; published is what the application may see.  */
struct pr_reader {
	uint64_t walked, message_end, published;
	struct pr_chunk *message_chunk, *published_chunk; /* where these positions lie */
	uint64_t waiting;      /* messages walked and not yet published */
	uint64_t origin;       /* bytes received + origin = write position + bytes in store */
	size_t replayed;       /* of the buffer at the front of the store: in the input already */
	uint64_t stopped_at;   /* write position when the application's queue was found full */
	uint64_t large;        /* length of the last frame if it was a large one (core/room.h)... */
	uint64_t large_from;   /* ...and where the next one begins, or the one under way */
	struct pr_store store; /* held bytes of store=deque */
	struct pr_adapt adapt; /* what speculate=adaptive has learnt */
	enum pr_reply reply;   /* UNCHECKED when the socket is no REQ */
	bool stopped;          /* the application's queue is full */
	bool paused;           /* not reading */
	enum pr_read_cause again; /* goes on in the next turn for this cause */
};

struct pr_writer {
	uint8_t *control; /* greeting, READY, PONG: sent between messages */
	size_t control_size, control_sent, control_room;
	size_t control_own;  /* of these, what nobody made us say */
	uint64_t control_at; /* position in the output where it is due */
	bool blocked;        /* waits for EPOLLOUT */
	bool overflow;       /* the peer makes us answer and does not read */
	bool again;
};

struct pr_conn {
	struct pr_watch watch;
	enum pr_conn_state state;
	bool is_edge;             /* registered edge-triggered */
	bool is_registered;       /* in the epoll */
	bool is_deaf;             /* what is received is thrown away (core/pattern.h) */
	bool takes_subscriptions; /* they become messages (core/pattern.h) */
	bool is_closing;          /* close once everything is sent */
	bool is_again;            /* on the loop's list */
	bool is_broken;           /* the peer broke the protocol */
	int lost_error;           /* how the peer went; an errno value */
	bool is_raw;              /* the peer speaks no ZMTP: STREAM */
	bool is_leased;           /* an application thread reads (core/caller.h)... */
	bool is_lease_used;       /* ...and has come back since the timer was started */
	uint32_t interest;        /* EPOLLIN | EPOLLOUT: what somebody has to wait for */
	uint32_t applied;         /* what the epoll was asked for */
	struct pr_uvread *uvread; /* reader=libuv: reads, and owns the descriptor */
	struct pr_loop *loop;
	const struct pr_phase *phase;
	struct pr_pipe *pipe;         /* a reference while it has one */
	struct pr_endpoint *endpoint; /* a reference */
	struct pr_conn *again_next;
	struct pr_conn *prev, *next;    /* the loop's list; next also links the dead */
	struct pr_handshake *handshake; /* while it lasts */
	struct pr_timer *timer, *lease_timer;
	unsigned flush_checks;
	struct pr_heartbeat heartbeat;
	struct pr_reader read;
	struct pr_writer write;
	struct pr_conn_counters counters;
	char peer[64];
};

/* Takes over a connected descriptor.  pipe: the connecter's (or NULL: one is made when the
 * handshake is done).  */
void pr_conn_start(struct pr_loop *loop, int fd, struct pr_endpoint *endpoint,
                   struct pr_pipe *pipe);

/* Closes now.  The pipe ends, or waits for the connecter to connect again.  Idempotent.  */
void pr_conn_close(struct pr_conn *conn);

/* The peer is gone: as pr_conn_close, but input that is held goes to the application first.  */
void pr_conn_lost(struct pr_conn *conn);

/* The peer broke the protocol: the same, and a connecter does not come back, as libzmq's does not.
 */
void pr_conn_broke(struct pr_conn *conn);

/* Closes once the output is sent (at once when the pipe's linger is 0).  */
void pr_conn_close_when_flushed(struct pr_conn *conn);

/* The endpoint was stopped: closes its connections on this loop that have no pipe yet.  */
void pr_conn_close_handshakes(struct pr_loop *loop, const struct pr_endpoint *endpoint);

/* The write path has sent everything.  */
void pr_conn_flushed(struct pr_conn *conn);

/* News from the application: there is output; it took input.  */
void pr_conn_output(struct pr_conn *conn);
void pr_conn_restart(struct pr_conn *conn);

/* The loop's next turn.  */
void pr_conn_again(struct pr_conn *conn);

/* Frees what was closed since the last call.  No event of theirs may be left in a batch.  */
void pr_conn_bury(struct pr_loop *loop);

/* Changes the interest (EPOLLIN | EPOLLOUT) if it differs.  */
void pr_conn_set_interest(struct pr_conn *conn, uint32_t interest);

/* Makes the epoll ask for what is wanted of it now.  */
void pr_conn_apply_interest(struct pr_conn *conn);

/* A system call woke the application for this connection.  */
static inline void pr_conn_woke_app(struct pr_conn *conn)
{
	PR_PROBE2(wake_app, conn->watch.fd, conn->pipe);
	PR_COUNT(&conn->counters, wakeups_to_app, 1);
}

/* Several connections are served in a row: from begin to end whoever is told of input is woken once
 * for some of them together.  With many connections the application, which needs less time than we,
 * would otherwise fall asleep and be woken again between any two.  */
void pr_conn_begin_batch(struct pr_loop *loop);
void pr_conn_end_batch(struct pr_loop *loop);

/* As pr_conn_tell_app inside a batch.  */
void pr_conn_tell_app_in_batch(struct pr_conn *conn, uint32_t events);

/* Tells the application, and counts the wake-up.  */
static inline void pr_conn_tell_app(struct pr_conn *conn, uint32_t events)
{
	if (conn->loop->is_batch)
		pr_conn_tell_app_in_batch(conn, events);
	else if (__builtin_expect(pr_pipe_tell_app(conn->pipe, events), 0))
		pr_conn_woke_app(conn);
}

static inline bool pr_conn_is_open(const struct pr_conn *conn)
{
	return conn->state != PR_CONN_CLOSED;
}

#endif
