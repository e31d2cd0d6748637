/* SPDX-License-Identifier: MIT */
/* core/address.h - "tcp://host:port" and "ipc://path", parsed by the transport they name.  */
#ifndef PR_ADDRESS_H
#define PR_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct pr_transport;

struct pr_address {
	const struct pr_transport *transport;
	struct sockaddr_storage sockaddr;
	socklen_t sockaddr_size;        /* 0: host is a name that has to be looked up */
	struct sockaddr_storage source; /* to connect from */
	socklen_t source_size;          /* 0: from anywhere */
	bool has_no_source;             /* it was given and does not exist: no connect can work */
	char host[256];  /* tcp; ipc: the temporary directory, "" when there is none */
	char service[8]; /* tcp: the port in digits */
};

/* For bind.  0, or EINVAL (malformed), EPROTONOSUPPORT (no such transport), ENODEV (no such
 * interface), ENAMETOOLONG; a wildcard ipc address may fail as mkdtemp(3) does.  Any thread; does
 * not block.  */
int pr_address_parse_bind(const char *uri, bool ipv6, struct pr_address *address);

/* For connect; a name is looked up later (sockaddr_size is 0).  0, EINVAL, EPROTONOSUPPORT or
 * ENAMETOOLONG.  */
int pr_address_parse_connect(const char *uri, bool ipv6, struct pr_address *address);

/* "tcp://127.0.0.1:40312", "tcp://[::1]:40312", "ipc:///tmp/x", "ipc://@name".  */
void pr_address_format(const struct pr_address *address, char *uri, size_t room);

#endif
