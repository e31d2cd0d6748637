/* SPDX-License-Identifier: MIT */
/* core/pattern/stream.h - what ROUTER does as STREAM does when ZMQ_ROUTER_RAW says so.  Application
 * thread.  */
#ifndef PR_STREAM_H
#define PR_STREAM_H

#include <stddef.h>

struct pr_socket;

/* The second part of a message: its bytes go to socket->send_pipe as they are; none end that peer's
 * connection.  Without send_pipe they go nowhere.  0 or ENOMEM.  */
int pr_stream_send_body(struct pr_socket *socket, const void *data, size_t size);

#endif
