/* SPDX-License-Identifier: MIT */
/* core/address.c - see address.h.  */
#include "core/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Splits "tcp://host:port"; "[...]" around an IPv6 address is taken off.  */
static int split(const char *uri, struct pr_address *address)
{
	const char *colons = strstr(uri, "://");

	if (!colons || colons == uri || colons[3] == '\0')
		return EINVAL;
	if (strncmp(uri, "tcp://", 6) != 0)
		return EPROTONOSUPPORT;
	const char *host = colons + 3;
	const char *port = strrchr(host, ':');

	if (!port || port == host)
		return EINVAL;
	size_t host_size = (size_t)(port - host);

	if (host[0] == '[' && host[host_size - 1] == ']' && host_size > 2) {
		host++;
		host_size -= 2;
	}
	port++;
	if (host_size >= sizeof(address->host) || strlen(port) >= sizeof(address->service))
		return EINVAL;
	memcpy(address->host, host, host_size);
	address->host[host_size] = '\0';
	memcpy(address->service, port, strlen(port) + 1);
	return 0;
}

/* 1 to 65535; with wildcard also 0 and "*".  -1 when it is none.  */
static int parse_port(const char *text, bool wildcard)
{
	char *end;

	if (wildcard && strcmp(text, "*") == 0)
		return 0;
	if (!isdigit((unsigned char)text[0]))
		return -1;
	long port = strtol(text, &end, 10);

	if (*end != '\0' || port > 65535 || (port == 0 && !wildcard))
		return -1;
	return (int)port;
}

static void set_port(struct pr_address *address, int port)
{
	if (address->sockaddr.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&address->sockaddr)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)&address->sockaddr)->sin_port = htons((uint16_t)port);
}

static bool set_numeric(struct pr_address *address, bool ipv6)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address->sockaddr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->sockaddr;

	memset(&address->sockaddr, 0, sizeof(address->sockaddr));
	if (inet_pton(AF_INET, address->host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		address->sockaddr_size = sizeof(*v4);
		return true;
	}
	if (ipv6 && inet_pton(AF_INET6, address->host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		address->sockaddr_size = sizeof(*v6);
		return true;
	}
	return false;
}

static bool set_interface(struct pr_address *address, bool ipv6)
{
	struct ifaddrs *list;
	bool found = false;

	if (getifaddrs(&list) < 0)
		return false;
	for (struct ifaddrs *at = list; at && !found; at = at->ifa_next) {
		if (!at->ifa_addr || strcmp(at->ifa_name, address->host) != 0)
			continue;
		if (at->ifa_addr->sa_family == AF_INET)
			address->sockaddr_size = sizeof(struct sockaddr_in);
		else if (ipv6 && at->ifa_addr->sa_family == AF_INET6)
			address->sockaddr_size = sizeof(struct sockaddr_in6);
		else
			continue;
		memcpy(&address->sockaddr, at->ifa_addr, address->sockaddr_size);
		found = true;
	}
	freeifaddrs(list);
	return found;
}

int pr_address_parse_bind(const char *uri, bool ipv6, struct pr_address *address)
{
	int error = split(uri, address);
	int port = error ? -1 : parse_port(address->service, true);

	if (error || port < 0)
		return error ? error : EINVAL;
	if (strcmp(address->host, "*") == 0)
		strcpy(address->host, ipv6 ? "::" : "0.0.0.0");
	if (!set_numeric(address, ipv6) && !set_interface(address, ipv6))
		return ENODEV;
	set_port(address, port);
	return 0;
}

/* What libzmq allows in a host to connect to: letters, digits and "-.:%_".  */
static bool is_host(const char *host)
{
	if (!isalnum((unsigned char)host[0]) && host[0] != ':' && host[0] != '_')
		return false;
	for (; *host; host++)
		if (!isalnum((unsigned char)*host) && !strchr("-.:%_", *host))
			return false;
	return true;
}

int pr_address_parse_connect(const char *uri, bool ipv6, struct pr_address *address)
{
	int error = split(uri, address);
	int port = error ? -1 : parse_port(address->service, false);

	if (error || port < 0)
		return error ? error : EINVAL;
	if (!is_host(address->host))
		return EINVAL;
	if (set_numeric(address, ipv6))
		set_port(address, port);
	else
		address->sockaddr_size = 0;
	return 0;
}

void pr_address_format(const struct sockaddr_storage *sockaddr, char *uri, size_t room)
{
	char host[INET6_ADDRSTRLEN] = "";

	if (sockaddr->ss_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sockaddr;

		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(uri, room, "tcp://[%s]:%d", host, ntohs(v6->sin6_port));
	} else {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)sockaddr;

		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(uri, room, "tcp://%s:%d", host, ntohs(v4->sin_port));
	}
}
