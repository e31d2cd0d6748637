/* SPDX-License-Identifier: MIT */
/* core/pattern/subscribe.h - what SUB and XSUB share: the subscriptions, and telling publishers.
 *
 * A publisher is told all subscriptions when a connection to it begins (again), and from then on
 * what changes.  The beginning is written by the I/O thread, which needs nobody's help: a program
 * that only waits is subscribed nevertheless.  So the subscriptions are changed, and read by the
 * I/O thread, under a lock; the application thread, which alone changes them, matches messages
 * without it.
 *
 * Functions of the shape of struct pr_pattern_ops, for their tables.  Application thread, except
 * where said.  */
#ifndef PR_SUBSCRIBE_H
#define PR_SUBSCRIBE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/pattern.h"
#include "core/pattern/dist.h"
#include "core/pattern/topics.h"

struct pr_subscriber {
	pthread_mutex_t lock;
	struct pr_topics topics; /* changes under the lock */
	struct pr_pipe *
	        *told; /* under the lock: who was told, and is told what changes; references */
	size_t told_count, told_room;
	bool is_closed;      /* under the lock: there is nothing to tell any more */
	struct pr_dist dist; /* what an XSUB sends besides subscriptions goes to all */
	bool only_first;     /* in a message, subscriptions come first or not at all */
	bool is_subscribing; /* ...and this message may have more of them */
};

void pr_subscribe_init(struct pr_socket *socket);
void pr_subscribe_fini(struct pr_socket *socket);
int pr_subscribe_add(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_subscribe_stop_output(struct pr_socket *socket, struct pr_pipe *pipe);

/* I/O thread.  */
int pr_subscribe_greet(struct pr_socket *socket, struct pr_pipe *pipe, uint8_t **bytes,
                       size_t *size);

/* Counts one subscription more or less.  With tells, the publishers are told of each more and of
 * the last less.  To cancel what was not subscribed is no error.  0 or ENOMEM.  */
int pr_subscribe_change(struct pr_socket *socket, bool subscribes, const void *topic, size_t size,
                        bool tells);

#endif
