/* SPDX-License-Identifier: MIT */
/* core/filter.h - whom a listener lets in: ZMQ_TCP_ACCEPT_FILTER, ZMQ_IPC_FILTER_PID, _UID, _GID.
 *
 * A list is shared by the socket and the endpoints that were made while it was the socket's; it
 * never changes: to add to it makes another one.  NULL is the empty list, which lets everybody in.
 */
#ifndef PR_FILTER_H
#define PR_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct pr_filter;

/* Return NULL for NULL.  Any thread.  */
struct pr_filter *pr_filter_ref(struct pr_filter *filter);
void pr_filter_unref(struct pr_filter *filter);

/* zmq_setsockopt for one of the four options: adds what value says, or with NULL removes all of
 * that option; *filter becomes another list.  0, EINVAL or ENOMEM.  */
int pr_filter_set(struct pr_filter **filter, bool ipv6, int option, const void *value, size_t size);

/* May the peer of this accepted descriptor stay?  */
bool pr_filter_accepts(const struct pr_filter *filter, int fd);

#endif
