/* SPDX-License-Identifier: MIT */
/* harness/unixdiag.h - what the kernel knows of the connections to one unix socket of this host.
 *
 * Seen from outside, so it works for any engine: NETLINK_SOCK_DIAG lists the accepted sockets by
 * the path that they share with the listener.  What is sent on such a socket lies at once in the
 * queue of the other: there is no window, nothing is under way, and nobody counts what arrived. Not
 * thread-safe.  */
#ifndef PR_UNIXDIAG_H
#define PR_UNIXDIAG_H

#include <stdbool.h>
#include <stdint.h>

struct pr_unixdiag;

/* Sums over the connections of the path.  Bytes are of the streams, headers of engines included. */
struct pr_unixdiag_sums {
	uint64_t connections; /* that are there */
	uint64_t begun;       /* that were ever seen, those that have ended included */
	uint64_t unread;      /* bytes that were sent to the accepted sockets and not read */
};

/* NULL when the kernel gives no such socket, or endpoint is not "ipc://PATH" ("@": abstract).  */
struct pr_unixdiag *pr_unixdiag_open(const char *endpoint);
void pr_unixdiag_close(struct pr_unixdiag **diag);

/* Looks.  False when the kernel does not answer, or more connections came and went than there is
 * room to remember.  */
bool pr_unixdiag_look(struct pr_unixdiag *diag, struct pr_unixdiag_sums *sums);

#endif
