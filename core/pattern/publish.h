/* SPDX-License-Identifier: MIT */
/* core/pattern/publish.h - what PUB and XPUB share: who subscribed to what, and which message goes
 * to whom.
 *
 * What subscribers say is read as soon as it arrives and kept as topics (core/pattern/topics.h); an
 * XPUB queues it for the application as well, where it was new or the options say so.  Functions of
 * the shape of struct pr_pattern_ops, for their tables.  Application thread.  */
#ifndef PR_PUBLISH_H
#define PR_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>

#include "core/pattern.h"
#include "core/pattern/dist.h"
#include "core/pattern/topics.h"

/* Something for the application to receive.  */
struct pr_upstream {
	struct pr_upstream *next;
	struct pr_pipe *pipe; /* whose subscription it is; NULL: nobody's any more */
	bool is_subscription;
	bool more;
	struct pr_metadata *metadata; /* a reference, or NULL */
	size_t size;
	uint8_t data[];
};

struct pr_publisher {
	struct pr_topics topics;
	struct pr_dist dist;
	struct pr_upstream *first, **end; /* what the application has not received yet */
	struct pr_upstream *current;      /* what it received last; its view points here */
	struct pr_topics asked;           /* ZMQ_XPUB_MANUAL: what subscribers asked for */
	struct pr_pipe *last;             /* ...and whose wish was received last */
	uint8_t *welcome;
	size_t welcome_size;
	bool more_in;        /* in the middle of a message from upstream */
	bool is_subscribing; /* ...of which each part may be a subscription */
	bool verbose_subscribe, verbose_cancel, no_drop, manual, to_last_only, only_first;
};

#define PR_PUBLISH_STATE sizeof(struct pr_publisher)

void pr_publish_init(struct pr_socket *socket);
void pr_publish_fini(struct pr_socket *socket);
int pr_publish_add(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_publish_stop_output(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_publish_remove(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_publish_readable(struct pr_socket *socket, struct pr_pipe *pipe);
void pr_publish_writable(struct pr_socket *socket, struct pr_pipe *pipe);
int pr_publish_send(struct pr_socket *socket, const void *data, size_t size, bool more);
int pr_publish_recv(struct pr_socket *socket, struct pr_view *view);
bool pr_publish_can_send(struct pr_socket *socket);
bool pr_publish_can_recv(struct pr_socket *socket);
int pr_publish_set_option(struct pr_socket *socket, int option, const void *value, size_t size);

#endif
