/* SPDX-License-Identifier: MIT */
/* core/address.c - see address.h.  */
#include "core/address.h"

#include <errno.h>
#include <string.h>

#include "core/transport.h"

/* Finds the transport and what follows "://".  */
static int start(const char *uri, struct pr_address *address, const char **rest)
{
	const char *colons = strstr(uri, "://");

	if (!colons || colons == uri || colons[3] == '\0')
		return EINVAL;
	memset(address, 0, sizeof(*address));
	address->transport = pr_transport_find(uri, (size_t)(colons - uri));
	*rest = colons + 3;
	return address->transport ? 0 : EPROTONOSUPPORT;
}

int pr_address_parse_bind(const char *uri, bool ipv6, struct pr_address *address)
{
	const char *rest;
	int error = start(uri, address, &rest);

	return error ? error : address->transport->parse_bind(rest, ipv6, address);
}

int pr_address_parse_connect(const char *uri, bool ipv6, struct pr_address *address)
{
	const char *rest;
	int error = start(uri, address, &rest);

	return error ? error : address->transport->parse_connect(rest, ipv6, address);
}

void pr_address_format(const struct pr_address *address, char *uri, size_t room)
{
	address->transport->format(address, uri, room);
}
