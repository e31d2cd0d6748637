/* SPDX-License-Identifier: MIT */
/* harness/loopback.h - the address of an endpoint on this machine, for the parts of the harness
 * that use sockets themselves: the floor, and raw clients.  */
#ifndef PR_LOOPBACK_H
#define PR_LOOPBACK_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/base/err.h"

struct pr_loopback {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_un un;
	} as;
	socklen_t size; /* of what is used of it */
};

/* An abstract name ("@NAME") or a port of 127.0.0.1 ("PORT"), each also as engines write it:
 * "ipc://@NAME", "tcp://127.0.0.1:PORT".  The host is not looked at.  PR_FAILED with a sentence
 * when there is no port from 0 to 65535, or the name is longer than a socket's can be (107 bytes).
 * Any thread; does not block.  */
enum pr_err pr_loopback_parse(const char *endpoint, struct pr_loopback *address,
                              struct pr_error *why) PR_CHECKED;

#endif
