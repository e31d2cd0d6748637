/* SPDX-License-Identifier: MIT */
/* core/transport.h - what differs between stream transports: addresses, tuning, what is left over.
 *
 * Listening, accepting, connecting and everything on a connection are the same for all of them
 * (core/listener.c, core/connecter.c, core/conn.c).  A transport is one file in core/transport/ and
 * one line in core/transport/table.c.  */
#ifndef PR_TRANSPORT_H
#define PR_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/address.h"
#include "core/options.h"

struct pr_transport {
	const char *scheme; /* "tcp" */

	/* What the peer's kernel has not acknowledged is lost when we close with unread input.  */
	bool is_lossy_on_close;

	/* rest is what follows "://".  They fill in the address, whose transport is set already,
	 * and return what pr_address_parse_x returns.  Application thread; they do not block.  */
	int (*parse_bind)(const char *rest, bool ipv6, struct pr_address *address);
	int (*parse_connect)(const char *rest, bool ipv6, struct pr_address *address);

	/* The inverse of parse.  */
	void (*format)(const struct pr_address *address, char *uri, size_t room);

	/* A new descriptor, before bind(2) or connect(2); may be NULL; returns an errno value when
	 * it must not be used.  And before bind(2) only: best effort.  */
	int (*prepare)(int fd, const struct pr_address *address, const struct pr_options *options);
	void (*prepare_listener)(int fd, const struct pr_address *address);

	/* A connected descriptor.  Best effort.  May be NULL.  */
	void (*tune)(int fd, const struct pr_options *options);

	/* Who is there, for people to read.  uri is that of our endpoint.  */
	void (*name_peer)(int fd, const char *uri, char *name, size_t room);

	/* Where it is, as libzmq's "Peer-Address" tells it; name stays empty when that is not
	 * known.  */
	void (*locate_peer)(int fd, char *name, size_t room);

	/* The listener is closed, or was never opened: removes what it leaves in the file system.
	 * May be NULL.  Any thread.  */
	void (*clean_up)(const struct pr_address *address);
};

extern const struct pr_transport pr_transport_tcp;
extern const struct pr_transport pr_transport_ipc;

/* NULL when there is none of that name.  */
const struct pr_transport *pr_transport_find(const char *scheme, size_t size);

#endif
