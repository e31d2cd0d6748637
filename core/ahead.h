/* SPDX-License-Identifier: MIT */
/* core/ahead.h - where many connections take turns, the next ones' state is fetched ahead.
 *
 * With thousands of connections the state of each has left the cache before its turn comes again,
 * and what it takes to handle a few messages stands in a dozen lines.  Whoever knows whose turn is
 * next asks for them while the present one is served: an event of one connection costs the I/O
 * thread a system call, which is long enough; a message costs the application so little that it
 * looks several pipes ahead.
 *
 * A pointer can be followed only when the line that it stands in has come.  So there are stages,
 * each a turn or more apart.  Nothing is changed and nothing depends on it.  */
#ifndef PR_AHEAD_H
#define PR_AHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "core/fair.h"
#include "core/pipe.h"

/* Pipes that have input, from which on their state cannot be expected in the nearest cache.  */
#define PR_AHEAD_PIPES_MIN 32

/* Pipes ahead, for the first and for the second stage.  */
#define PR_AHEAD_FIRST  8
#define PR_AHEAD_SECOND 4

static inline void pr_ahead_read(const void *at)
{
	__builtin_prefetch(at, 0);
}

static inline void pr_ahead_write(const void *at)
{
	__builtin_prefetch(at, 1);
}

/* ---- I/O thread: of a connection that an event of the present batch is about ---- */

/* Follows no pointer: whatever watch belongs to.  */
static inline void pr_ahead_conn(const struct pr_watch *watch)
{
	const struct pr_conn *conn = (const struct pr_conn *)watch;

	pr_ahead_read(conn);
	pr_ahead_read(&conn->phase);
	pr_ahead_write(&conn->heartbeat.heard);
	pr_ahead_write(&conn->read.walked);
	pr_ahead_write(&conn->read.waiting);
	pr_ahead_write(&conn->read.large);
#if PROCTOR_HOOKS
	pr_ahead_write(&conn->counters.receives[PR_OUTCOME_SHORT][PR_READ_READINESS]);
	pr_ahead_write(&conn->counters.recv_bytes);
#endif
}

static inline void pr_ahead_pipe(const struct pr_conn *conn)
{
	const struct pr_pipe *pipe = conn->pipe;

	if (!pipe)
		return;
	pr_ahead_read(pipe);
	pr_ahead_write(&pipe->in.write);
	pr_ahead_write(&pipe->in.fenced);
	pr_ahead_write(&pipe->in.tail);
	pr_ahead_write(&pipe->in.idle);
	pr_ahead_read(&pipe->in.drained);
	pr_ahead_write(&pipe->app_events);
	pr_ahead_write(&pipe->in_published);
}

/* Where the next bytes go.  */
static inline void pr_ahead_room(const struct pr_conn *conn)
{
	const struct pr_pipe *pipe = conn->pipe;

	if (!pipe)
		return;
	const struct pr_chunk *chunk = pipe->stream_in->write_chunk;

	pr_ahead_write(chunk);
	pr_ahead_write(chunk + 1);
}

/* ---- Application thread: of pipes whose turn comes soon ---- */

/* What there is news about.  */
static inline void pr_ahead_news(const struct pr_pipe *pipe)
{
	pr_ahead_write(&pipe->fair_index);
	pr_ahead_read(&pipe->is_gone);
}

static inline struct pr_pipe *pr_ahead_item(const struct pr_fair *fair, size_t steps)
{
	size_t index = fair->current + steps;

	return fair->items[index < fair->active ? index : index - fair->active];
}

/* More than PR_AHEAD_FIRST are active.  */
static inline void pr_ahead_fair(const struct pr_fair *fair)
{
	const struct pr_pipe *first = pr_ahead_item(fair, PR_AHEAD_FIRST);
	const struct pr_pipe *second = pr_ahead_item(fair, PR_AHEAD_SECOND);
	const struct pr_chunk *chunk = second->in.read_chunk;

	pr_ahead_read(&first->in.tail);
	pr_ahead_write(&first->in.head);
	pr_ahead_write(&first->in_taken);
	pr_ahead_read(chunk);
	pr_ahead_read(chunk + 1);
	pr_ahead_read(second->routing_id);
}

#endif
