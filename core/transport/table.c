/* SPDX-License-Identifier: MIT */
/* core/transport/table.c - the stream transports there are.  */
#include "core/transport.h"

#include <string.h>

static const struct pr_transport *const transports[] = {
        &pr_transport_tcp,
        &pr_transport_ipc,
};

const struct pr_transport *pr_transport_find(const char *scheme, size_t size)
{
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (strlen(transports[i]->scheme) == size &&
		    memcmp(transports[i]->scheme, scheme, size) == 0)
			return transports[i];
	return NULL;
}
