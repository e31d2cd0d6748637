/* SPDX-License-Identifier: MIT */
/* core/transport/tcp.c - "tcp://host:port" (zmq_tcp(7)).
 *
 * To bind, host is a numeric address, an interface's name or "*", and port a number or "*"; to
 * connect, host is a numeric address or a name.  */
#include "core/transport.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/unpaced.h"

/* Splits "host:port"; "[...]" around an IPv6 address is taken off.  */
static int split(const char *rest, struct pr_address *address)
{
	const char *host = rest;
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

/* With ZMQ_IPV6 libzmq binds nothing but IPv6, where an IPv4 address has a place too.  */
static void map_to_ipv6(struct pr_address *address)
{
	struct in_addr v4 = ((struct sockaddr_in *)&address->sockaddr)->sin_addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->sockaddr;

	memset(&address->sockaddr, 0, sizeof(address->sockaddr));
	v6->sin6_family = AF_INET6;
	v6->sin6_addr.s6_addr[10] = v6->sin6_addr.s6_addr[11] = 0xff;
	memcpy(v6->sin6_addr.s6_addr + 12, &v4, sizeof(v4));
	address->sockaddr_size = sizeof(*v6);
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
		if (at->ifa_addr->sa_family != (ipv6 ? AF_INET6 : AF_INET))
			continue;
		address->sockaddr_size =
		        ipv6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
		memcpy(&address->sockaddr, at->ifa_addr, address->sockaddr_size);
		found = true;
	}
	freeifaddrs(list);
	return found;
}

static int parse_bind(const char *rest, bool ipv6, struct pr_address *address)
{
	int error = split(rest, address);
	int port = error ? -1 : parse_port(address->service, true);

	if (error || port < 0)
		return error ? error : EINVAL;
	if (strcmp(address->host, "*") == 0)
		strcpy(address->host, ipv6 ? "::" : "0.0.0.0");
	if (!set_numeric(address, ipv6) && !set_interface(address, ipv6))
		return ENODEV;
	if (ipv6 && address->sockaddr.ss_family == AF_INET)
		map_to_ipv6(address);
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

/* "source;destination": the source, which is what could be bound, is bound before the connect.  As
 * in libzmq one that does not exist is no error here: every attempt fails instead.  */
static void parse_source(const char *text, size_t size, bool ipv6, struct pr_address *address)
{
	struct pr_address source = {.transport = address->transport};
	char rest[sizeof(source.host) + sizeof(source.service)] = "";

	address->has_no_source = true;
	if (size >= sizeof(rest))
		return;
	memcpy(rest, text, size);
	if (parse_bind(rest, ipv6, &source) != 0)
		return;
	address->source = source.sockaddr;
	address->source_size = source.sockaddr_size;
	address->has_no_source = false;
}

static int parse_connect(const char *rest, bool ipv6, struct pr_address *address)
{
	const char *semicolon = strrchr(rest, ';');

	if (semicolon) {
		if (!isalnum((unsigned char)rest[0]) && rest[0] != '[' && rest[0] != ':')
			return EINVAL;
		parse_source(rest, (size_t)(semicolon - rest), ipv6, address);
		rest = semicolon + 1;
	}
	int error = split(rest, address);
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

static void format_sockaddr(const struct sockaddr_storage *sockaddr, char *uri, size_t room)
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

static void format(const struct pr_address *address, char *uri, size_t room)
{
	format_sockaddr(&address->sockaddr, uri, room);
}

static void set_int(int fd, int level, int name, int value)
{
	/* Best effort, as with libzmq: a connection without the option is better than none. */
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		return;
}

/* Bytes that the system may hold and has not sent yet.  Without a limit they grow to megabytes
 * (tcp_wmem) whenever we are faster than what paces the connection (a congestion control, a
 * window): a second queue behind ours, through which every byte goes that has left the cache when
 * its turn comes.  What is on its way is not counted, so no connection is slower for it.  */
#define UNSENT_BYTES (256 << 10)

static int prepare(int fd, const struct pr_address *address, const struct pr_options *options)
{
	pr_unpaced_prepare(fd, (const struct sockaddr *)&address->sockaddr);
	if (options->sndbuf >= 0)
		set_int(fd, SOL_SOCKET, SO_SNDBUF, options->sndbuf);
	else
		set_int(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES);
	if (options->rcvbuf >= 0)
		set_int(fd, SOL_SOCKET, SO_RCVBUF, options->rcvbuf);
	/* Without its device a socket would talk to others than it should. */
	if (options->bind_to_device_size > 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, options->bind_to_device,
	               (socklen_t)options->bind_to_device_size) < 0)
		return errno;
	return 0;
}

static void prepare_listener(int fd, const struct pr_address *address)
{
	(void)address;
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0); /* IPv4 as well */
}

static void tune(int fd, const struct pr_options *options)
{
	set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (options->tcp_keepalive != -1)
		set_int(fd, SOL_SOCKET, SO_KEEPALIVE, options->tcp_keepalive);
	if (options->tcp_keepalive_cnt != -1)
		set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, options->tcp_keepalive_cnt);
	if (options->tcp_keepalive_idle != -1)
		set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, options->tcp_keepalive_idle);
	if (options->tcp_keepalive_intvl != -1)
		set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, options->tcp_keepalive_intvl);
	if (options->tcp_maxrt > 0)
		set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, options->tcp_maxrt);
	if (options->tos != 0) {
		set_int(fd, IPPROTO_IP, IP_TOS, options->tos);
		set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, options->tos);
	}
}

static void name_peer(int fd, const char *uri, char *name, size_t room)
{
	struct sockaddr_storage sockaddr;
	socklen_t size = sizeof(sockaddr);

	(void)uri;
	if (getpeername(fd, (struct sockaddr *)&sockaddr, &size) == 0)
		format_sockaddr(&sockaddr, name, room);
}

static void locate_peer(int fd, char *name, size_t room)
{
	struct sockaddr_storage sockaddr;
	socklen_t size = sizeof(sockaddr);

	if (getpeername(fd, (struct sockaddr *)&sockaddr, &size) < 0 ||
	    getnameinfo((struct sockaddr *)&sockaddr, size, name, (socklen_t)room, NULL, 0,
	                NI_NUMERICHOST) != 0)
		name[0] = '\0';
}

const struct pr_transport pr_transport_tcp = {
        .scheme = "tcp",
        .is_lossy_on_close = true,
        .parse_bind = parse_bind,
        .parse_connect = parse_connect,
        .format = format,
        .prepare = prepare,
        .prepare_listener = prepare_listener,
        .tune = tune,
        .name_peer = name_peer,
        .locate_peer = locate_peer,
};
