/* SPDX-License-Identifier: MIT */
/* core/pattern/dist.h - the pipes to which one message goes.
 *
 * A distributor is filled when the first part of a message is sent (begin, then choose) and serves
 * all its parts, so that a message is whole wherever it goes: a pipe that comes in the middle gets
 * none of it, one that is full at the beginning gets none of it, one that goes away is forgotten.
 *
 * Each pipe gets its own copy of a frame by one pr_pipe_write.  Application thread.  */
#ifndef PR_DIST_H
#define PR_DIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pipe.h"

struct pr_socket;

struct pr_dist {
	struct pr_pipe **pipes;
	size_t count, room;
	uint64_t message; /* number of the current one; pipe->chosen has it when it is chosen */
};

void pr_dist_fini(struct pr_dist *dist);

/* Room for so many pipes.  False when memory ran out.  */
bool pr_dist_make_room(struct pr_dist *dist, size_t pipes);

static inline void pr_dist_begin(struct pr_dist *dist)
{
	dist->message++;
	dist->count = 0;
}

/* Nothing happens when it is chosen already.  There must be room.  */
static inline void pr_dist_choose(struct pr_dist *dist, struct pr_pipe *pipe)
{
	if (pipe->chosen == dist->message)
		return;
	pipe->chosen = dist->message;
	dist->pipes[dist->count++] = pipe;
}

/* All pipes of the socket that can still be written to; and all but those that are chosen.  */
void pr_dist_choose_all(struct pr_dist *dist, struct pr_socket *socket);
void pr_dist_invert(struct pr_dist *dist, struct pr_socket *socket);

/* Have all chosen pipes room for a message?  */
bool pr_dist_has_room(struct pr_dist *dist);

/* Those without room are not chosen any more.  */
void pr_dist_drop_full(struct pr_dist *dist);

/* One part to all chosen pipes.  One whose memory runs out loses the message.  */
void pr_dist_write(struct pr_dist *dist, const void *data, size_t size, bool more);

/* The pipe goes away.  */
void pr_dist_forget(struct pr_dist *dist, const struct pr_pipe *pipe);

#endif
