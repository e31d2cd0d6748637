/* SPDX-License-Identifier: MIT */
/* core/address.h - "tcp://host:port" (zmq_tcp(7)).  */
#ifndef PR_ADDRESS_H
#define PR_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct pr_address {
	struct sockaddr_storage sockaddr;
	socklen_t sockaddr_size; /* 0: host is a name that has to be looked up */
	char host[256];
	char service[8]; /* the port in digits */
};

/* For bind: host is a numeric address, an interface's name or "*"; port a number or "*".  0, or
 * EINVAL (malformed), EPROTONOSUPPORT (another transport), ENODEV (no such interface).  Any thread;
 * does not block.  */
int pr_address_parse_bind(const char *uri, bool ipv6, struct pr_address *address);

/* For connect: host is a numeric address or a name (then sockaddr_size is 0).  0, EINVAL or
 * EPROTONOSUPPORT.  */
int pr_address_parse_connect(const char *uri, bool ipv6, struct pr_address *address);

/* "tcp://127.0.0.1:40312", "tcp://[::1]:40312".  */
void pr_address_format(const struct sockaddr_storage *sockaddr, char *uri, size_t room);

#endif
