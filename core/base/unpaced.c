/* SPDX-License-Identifier: MIT */
/* core/base/unpaced.c - see unpaced.h.  */
#include "core/base/unpaced.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define NAME_SIZE 16 /* TCP_CA_NAME_MAX of Linux */

bool pr_unpaced_is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;

		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	if (address->sa_family != AF_INET6)
		return false;
	const struct in6_addr *v6 = &((const struct sockaddr_in6 *)address)->sin6_addr;

	return IN6_IS_ADDR_LOOPBACK(v6) ||
	       (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == IN_LOOPBACKNET);
}

void pr_unpaced_prepare(int fd, const struct sockaddr *address)
{
	char name[NAME_SIZE] = "";
	socklen_t size = sizeof(name);

	if (!pr_unpaced_is_loopback(address) ||
	    getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size) < 0 ||
	    strncmp(name, "bbr", 3) != 0)
		return;
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) < 0)
		return; /* then it is paced */
}
