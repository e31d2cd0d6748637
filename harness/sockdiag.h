/* SPDX-License-Identifier: MIT */
/* harness/sockdiag.h - asking the kernel about all its sockets of a family, see sock_diag(7).
 * Not thread-safe.  */
#ifndef PR_SOCKDIAG_H
#define PR_SOCKDIAG_H

#include <stdbool.h>
#include <stddef.h>

struct nlmsghdr;

/* A descriptor to ask through, which the caller closes; -1 when the kernel gives none.  */
int pr_sockdiag_open(void);

/* Takes one socket of an answer; false ends the asking.  The message is gone afterwards.  */
typedef bool pr_sockdiag_fn(void *data, const struct nlmsghdr *message);

/* Asks with a request of size bytes (struct inet_diag_req_v2 or unix_diag_req; at most 128) and
 * gives each socket of the answer to take.  Blocks until the kernel has answered, which it does at
 * once.  False when it does not, or take said so.  */
bool pr_sockdiag_dump(int fd, const void *request, size_t size, pr_sockdiag_fn *take, void *data);

#endif
