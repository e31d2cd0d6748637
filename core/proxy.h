/* SPDX-License-Identifier: MIT */
/* core/proxy.h - zmq_proxy and zmq_proxy_steerable: two sockets whose messages go to each other. */
#ifndef PR_PROXY_H
#define PR_PROXY_H

struct pr_socket;

/* Forwards in both directions until control (may be NULL) says TERMINATE: then 0.  Otherwise an
 * errno value: ETERM when the context ends, EINTR, or whatever a receive or a send ended with.
 * capture (may be NULL) gets a copy of each message and of each command.  front and back may be the
 * same socket.  The calling thread owns all sockets meanwhile; blocks.  */
int pr_proxy_run(struct pr_socket *front, struct pr_socket *back, struct pr_socket *capture,
                 struct pr_socket *control);

#endif
