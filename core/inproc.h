/* SPDX-License-Identifier: MIT */
/* core/inproc.h - "inproc://name": sockets of one context talk through memory (zmq_inproc(7)).
 *
 * A connection is two pipes, one in each socket; what one writes goes straight into the other's
 * input.  No I/O thread takes part: whoever publishes to a reader that sleeps tells that reader's
 * socket, and a reader that has taken messages tells a writer that waits for room.  A name may be
 * connected to before it is bound.
 *
 * All functions run in the application thread that uses the socket, or in an I/O thread that is the
 * only user of it; none blocks.  */
#ifndef PR_INPROC_H
#define PR_INPROC_H

#include <stdbool.h>

struct pr_ctx;
struct pr_pipe;
struct pr_socket;

/* Is it an address of this transport?  */
bool pr_inproc_is_address(const char *uri);

/* 0 or an errno value: EINVAL (no name), EADDRINUSE, ENOMEM, ETERM.  */
int pr_inproc_bind(struct pr_socket *socket, const char *uri);

/* A PAIR that has its peer already stays as it is: 0, as in libzmq.  */
int pr_inproc_connect(struct pr_socket *socket, const char *uri);

/* Connects only to a socket that has bound the name already, and only if it is of one of the types
 * (set of 1u << ZMQ_x).  0 with the pipe, or an errno value: ECONNREFUSED, ENOMEM, ETERM.  */
int pr_inproc_connect_to(struct pr_socket *socket, const char *uri, unsigned types,
                         struct pr_pipe **pipe);

/* zmq_unbind and zmq_disconnect, which libzmq does not tell apart here: frees the name if the
 * socket has bound it (its connections stay), else ends its connections to that name.  0 or ENOENT.
 */
int pr_inproc_stop(struct pr_socket *socket, const char *uri);

/* The socket is closed: frees the names that it has bound.  */
void pr_inproc_close(struct pr_socket *socket);

/* The context ends: no name will be bound any more, so what waits for one ends.  Any thread.  */
void pr_inproc_end_waiting(struct pr_ctx *ctx);

#endif
