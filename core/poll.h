/* SPDX-License-Identifier: MIT */
/* core/poll.h - zmq_poll: waiting for several sockets and descriptors.  */
#ifndef PR_POLL_H
#define PR_POLL_H

#include "core/include/proctor/zmq.h"

/* Fills revents.  timeout_ms -1: no limit.  Returns 0 with *ready, or an errno value: EFAULT,
 * ENOTSOCK, ETERM, EINTR, ENOMEM, EMFILE.  Application thread; blocks.  */
int pr_poll(zmq_pollitem_t *items, int count, long timeout_ms, int *ready);

#endif
