/* SPDX-License-Identifier: MIT */
/* core/pattern.h - a messaging pattern: which pipe a message goes to, which one the next message
 * comes from.
 *
 * A pattern is one file in core/pattern/ and one line in core/pattern/table.c.  All methods run in
 * the application thread that uses the socket; none blocks; errors are errno values, 0 is success.
 * EAGAIN from send or recv means "not now": the socket waits or gives up, as its options say.  */
#ifndef PR_PATTERN_H
#define PR_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pr_metadata;
struct pr_pipe;
struct pr_queue;
struct pr_socket;

/* A frame as the application gets it.  data stays valid until the next call on the socket.  */
struct pr_view {
	const uint8_t *data;
	size_t size;
	struct pr_queue
	        *queue; /* whose current chunk holds data and may be pinned; NULL: copy it */
	struct pr_metadata *metadata; /* if there is no queue: of the message, or NULL */
	bool more;
	bool is_apart; /* data is elsewhere, but belongs to what is next in the queue: copy it */
};

struct pr_pattern_ops {
	int type;            /* ZMQ_x */
	size_t state_size;   /* the socket allocates this much, zeroed, as socket->state */
	bool single_connect; /* a second connect to the same endpoint does nothing, as in libzmq */
	bool is_deaf;        /* what peers send is thrown away */
	bool takes_subscriptions; /* SUBSCRIBE and CANCEL arrive as messages: 01 or 00 and a topic
	                           */

	void (*init)(struct pr_socket *socket);
	void (*fini)(struct pr_socket *socket);

	/* A pipe is new to the socket.  For a connected one this comes before the handshake.  An
	 * error refuses the pipe (PAIR allows one).  */
	int (*add)(struct pr_socket *socket, struct pr_pipe *pipe);

	/* The handshake is done (again): pipe->peer_id is known.  May be NULL.  */
	void (*attached)(struct pr_socket *socket, struct pr_pipe *pipe);

	/* I/O thread: the handshake is done (again) and pipe->peer_minor known.  With what frames
	 * does the traffic begin?  *bytes is the caller's to free.  0 or an errno value.  NULL:
	 * with none.  */
	int (*greet)(struct pr_socket *socket, struct pr_pipe *pipe, uint8_t **bytes, size_t *size);

	/* No more output for this pipe; its input goes on until it is empty.  */
	void (*stop_output)(struct pr_socket *socket, struct pr_pipe *pipe);

	/* The pipe goes away now.  Called after stop_output.  */
	void (*remove)(struct pr_socket *socket, struct pr_pipe *pipe);

	/* Is the pipe's input ever read?  NULL: always.  */
	bool (*is_read)(struct pr_socket *socket, struct pr_pipe *pipe);

	/* News: there is input, or room.  */
	void (*readable)(struct pr_socket *socket, struct pr_pipe *pipe);
	void (*writable)(struct pr_socket *socket, struct pr_pipe *pipe);

	/* One part of a message.  */
	int (*send)(struct pr_socket *socket, const void *data, size_t size, bool more);
	int (*recv)(struct pr_socket *socket, struct pr_view *view);

	/* Would send or recv succeed now?  */
	bool (*can_send)(struct pr_socket *socket);
	bool (*can_recv)(struct pr_socket *socket);

	/* An option that is more than a number to keep; asked before the table of core/options.c.
	 * EINVAL: none of the pattern's.  NULL: it has none.  */
	int (*set_option)(struct pr_socket *socket, int option, const void *value, size_t size);
};

extern const struct pr_pattern_ops pr_pattern_pair;
extern const struct pr_pattern_ops pr_pattern_dealer;
extern const struct pr_pattern_ops pr_pattern_router;
extern const struct pr_pattern_ops pr_pattern_push;
extern const struct pr_pattern_ops pr_pattern_pull;
extern const struct pr_pattern_ops pr_pattern_pub;
extern const struct pr_pattern_ops pr_pattern_sub;
extern const struct pr_pattern_ops pr_pattern_xpub;
extern const struct pr_pattern_ops pr_pattern_xsub;
extern const struct pr_pattern_ops pr_pattern_req;
extern const struct pr_pattern_ops pr_pattern_rep;
extern const struct pr_pattern_ops pr_pattern_stream;

/* NULL when there is none of that type.  */
const struct pr_pattern_ops *pr_pattern_find(int type);

#endif
