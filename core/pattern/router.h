/* SPDX-License-Identifier: MIT */
/* core/pattern/router.h - what ROUTER shares with the patterns that answer: peers known by an id,
 * their messages received in turn.
 *
 * Functions of the shape of struct pr_pattern_ops, for its tables; a pattern's state begins with
 * struct pr_router.  Application thread.  */
#ifndef PR_ROUTER_H
#define PR_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pattern.h"
#include "core/pattern/routes.h"

struct pr_router {
	struct pr_routes routes;
	struct pr_pipe *replaced; /* handed its id over while a message of it was being received */
	uint32_t next_id;         /* of peers that have no routing id of their own */
};

void pr_router_init(struct pr_socket *socket);
void pr_router_fini(struct pr_socket *socket);
int pr_router_add(struct pr_socket *socket, struct pr_pipe *pipe);
int pr_router_recv(struct pr_socket *socket, struct pr_view *view);
void pr_router_attached(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_router_stop_output(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_router_remove(struct pr_socket *socket, struct pr_pipe *pipe);
bool pr_router_is_read(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_router_readable(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_router_writable(struct pr_socket *socket, struct pr_pipe *pipe);
bool pr_router_can_recv(struct pr_socket *socket);

/* Gives a peer that has no id one of our own, and opens the way to it.  0 or ENOMEM.  */
int pr_router_add_unnamed(struct pr_socket *socket, struct pr_pipe *pipe);

/* The peer whose message is next; NULL when nobody has sent any.  No message may be half read.  */
struct pr_pipe *pr_router_next_input(struct pr_socket *socket);

#endif
