/* SPDX-License-Identifier: MIT */
/* harness/tcpdiag.h - what the kernel knows of the TCP connections to one port of this host.
 *
 * Seen from outside, so it works for any engine: NETLINK_SOCK_DIAG lists both sockets of a
 * connection on loopback, the near one (whose port it is, which receives here) and the far one,
 * each with its queue and struct tcp_info.  A look costs about a microsecond a socket of the host
 * and disturbs nobody's system calls.  Not thread-safe.  */
#ifndef PR_TCPDIAG_H
#define PR_TCPDIAG_H

#include <stdbool.h>
#include <stdint.h>

struct pr_tcpdiag;

/* Sums over the connections of the port.  Bytes are of the streams, headers of engines included. */
struct pr_tcpdiag_sums {
	uint64_t connections; /* that are there */
	uint64_t begun;       /* that were ever seen, those that have ended included */
	uint64_t unread;      /* bytes that have arrived at the near sockets and were not read */
	uint64_t unsent;      /* bytes in the far sockets that have not arrived (acknowledged) */
	uint64_t window;      /* what the near sockets advertise: the least of all */
	uint64_t shut;        /* connections whose window is 0 */
	uint64_t received;    /* bytes that have ever arrived, ended connections included as they
	                         were last seen */
	uint64_t limited_ns;  /* time for which far sockets had something to send and the window was
	                         too small (tcpi_rwnd_limited); the same */
};

/* NULL when the kernel gives no such socket, or endpoint is not "tcp://ADDRESS:PORT".  */
struct pr_tcpdiag *pr_tcpdiag_open(const char *endpoint);
void pr_tcpdiag_close(struct pr_tcpdiag **diag);

/* Looks.  False when the kernel does not answer, or more connections came and went than there is
 * room to remember.  */
bool pr_tcpdiag_look(struct pr_tcpdiag *diag, struct pr_tcpdiag_sums *sums);

#endif
