/* SPDX-License-Identifier: MIT */
/* core/pattern/balance.h - what patterns share that send to their peers in turn, or receive from
 * them in turn: load balancing of whole messages over the pipes with room, fair queueing of whole
 * messages from those with input.
 *
 * Functions of the shape of struct pr_pattern_ops, for its tables.  Application thread.  */
#ifndef PR_BALANCE_H
#define PR_BALANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/pattern.h"

/* Puts the pipe into both sets, and greets a ROUTER with an empty message when ZMQ_PROBE_ROUTER
 * says so.  */
int pr_balance_add(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_balance_stop_output(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_balance_remove(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_balance_readable(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_balance_writable(struct pr_socket *socket, struct pr_pipe *pipe);

/* The pipe, in turn, that has room for a message; NULL when none has.  */
struct pr_pipe *pr_balance_next_output(struct pr_socket *socket);

/* A whole message goes to one pipe; when that goes away in the middle, the rest is dropped.  */
int pr_balance_send(struct pr_socket *socket, const void *data, size_t size, bool more);
int pr_balance_recv(struct pr_socket *socket, struct pr_view *view);
bool pr_balance_can_send(struct pr_socket *socket);
bool pr_balance_can_recv(struct pr_socket *socket);

/* For a pattern that knows one direction only: ENOTSUP, false, nothing.  */
int pr_balance_no_send(struct pr_socket *socket, const void *data, size_t size, bool more);
int pr_balance_no_recv(struct pr_socket *socket, struct pr_view *view);
bool pr_balance_never(struct pr_socket *socket);
bool pr_balance_is_not_read(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_balance_no_news(struct pr_socket *socket, struct pr_pipe *pipe);

#endif
