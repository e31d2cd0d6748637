/* SPDX-License-Identifier: MIT */
/* core/base/unpaced.h - TCP within a host that nothing paces.
 *
 * A congestion control that paces (BBR) sends by a timer, also over loopback, where there is no
 * queue that could fill up.  What is read in small pieces pays most: each acknowledgment lets the
 * sender send a little and arms the timer, which in a virtual machine costs as much as the read.
 * Such a socket gets Reno instead, which every system has and lets everybody use; a socket whose
 * congestion control does not pace keeps what it has.  */
#ifndef PR_BASE_UNPACED_H
#define PR_BASE_UNPACED_H

#include <stdbool.h>
#include <sys/socket.h>

/* 127.0.0.0/8, ::1, and the former as an IPv6 address.  Any thread.  */
bool pr_unpaced_is_loopback(const struct sockaddr *address);

/* A TCP socket, or what is none, before connect(2) to the address, or before bind(2) to it: what it
 * accepts has the same.  (Later would be too late: a timer once asked for stays.)  Nothing happens
 * for another address.  Best effort; any thread; does not block.  */
void pr_unpaced_prepare(int fd, const struct sockaddr *address);

#endif
