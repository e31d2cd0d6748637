/* SPDX-License-Identifier: MIT */
/* core/pattern/dist.c - see dist.h.  */
#include "core/pattern/dist.h"

#include <stdlib.h>

#include "core/socket.h"

void pr_dist_fini(struct pr_dist *dist)
{
	free(dist->pipes);
	*dist = (struct pr_dist){0};
}

bool pr_dist_make_room(struct pr_dist *dist, size_t pipes)
{
	if (pipes <= dist->room)
		return true;
	size_t room = pipes * 2;
	struct pr_pipe **bigger = realloc(dist->pipes, room * sizeof(struct pr_pipe *));

	if (!bigger)
		return false;
	dist->pipes = bigger;
	dist->room = room;
	return true;
}

void pr_dist_choose_all(struct pr_dist *dist, struct pr_socket *socket)
{
	for (size_t i = 0; i < socket->pipes_count; i++)
		if (!socket->pipes[i]->is_ended)
			pr_dist_choose(dist, socket->pipes[i]);
}

void pr_dist_invert(struct pr_dist *dist, struct pr_socket *socket)
{
	uint64_t chosen = dist->message;

	pr_dist_begin(dist);
	for (size_t i = 0; i < socket->pipes_count; i++)
		if (socket->pipes[i]->chosen != chosen && !socket->pipes[i]->is_ended)
			pr_dist_choose(dist, socket->pipes[i]);
}

bool pr_dist_has_room(struct pr_dist *dist)
{
	for (size_t i = 0; i < dist->count; i++)
		if (!pr_pipe_has_room(dist->pipes[i]))
			return false;
	return true;
}

static void drop(struct pr_dist *dist, size_t index)
{
	dist->pipes[index] = dist->pipes[--dist->count];
}

void pr_dist_drop_full(struct pr_dist *dist)
{
	for (size_t i = dist->count; i-- > 0;)
		if (!pr_pipe_has_room(dist->pipes[i]))
			drop(dist, i);
}

void pr_dist_write(struct pr_dist *dist, const void *data, size_t size, bool more)
{
	for (size_t i = dist->count; i-- > 0;)
		if (pr_pipe_write(dist->pipes[i], data, size, more) != 0) {
			pr_pipe_write_abort(dist->pipes[i]);
			drop(dist, i);
		}
}

void pr_dist_forget(struct pr_dist *dist, const struct pr_pipe *pipe)
{
	for (size_t i = 0; i < dist->count; i++)
		if (dist->pipes[i] == pipe) {
			drop(dist, i);
			return;
		}
}
