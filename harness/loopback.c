/* SPDX-License-Identifier: MIT */
/* harness/loopback.c - the address of an endpoint on this machine.  */
#include "harness/loopback.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME_END "://"
#define PORT_MOST  65535

/* name begins behind the '@', whose place in the address is a byte of 0.  */
static enum pr_err parse_name(const char *name, struct pr_loopback *address, struct pr_error *why)
{
	size_t size = strlen(name);

	if (size > sizeof(address->as.un.sun_path) - 1)
		return pr_error_set(why, PR_FAILED, "'@%.120s' is too long for a socket's name",
		                    name);
	address->as.un.sun_family = AF_UNIX;
	memcpy(address->as.un.sun_path + 1, name, size);
	address->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + size);
	return PR_OK;
}

enum pr_err pr_loopback_parse(const char *endpoint, struct pr_loopback *address,
                              struct pr_error *why)
{
	const char *scheme = strstr(endpoint, SCHEME_END), *colon = strrchr(endpoint, ':');
	const char *name = scheme != NULL ? scheme + strlen(SCHEME_END) : endpoint;
	const char *port = colon != NULL ? colon + 1 : endpoint;
	unsigned long number;
	char *end;

	memset(address, 0, sizeof(*address));
	if (name[0] == '@')
		return parse_name(name + 1, address, why);
	number = strtoul(port, &end, 10);
	if (!isdigit((unsigned char)port[0]) || *end != '\0' || number > PORT_MOST)
		return pr_error_set(why, PR_FAILED,
		                    "'%.120s' is neither an abstract name nor a port of this "
		                    "machine",
		                    endpoint);
	address->as.in.sin_family = AF_INET;
	address->as.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address->as.in.sin_port = htons((uint16_t)number);
	address->size = sizeof(address->as.in);
	return PR_OK;
}
