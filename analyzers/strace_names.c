/* SPDX-License-Identifier: MIT */
/* analyzers/strace_names.c - numbers for the names of system calls: a hash table that only grows.
 */
#include "analyzers/strace_names.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/strace.h"
#include "core/base/buf.h"

void pr_strace_names_init(struct pr_strace_names *names)
{
	memset(names, 0, sizeof(*names));
	names->names = pr_alloc(PR_STRACE_NAMES_MAX * sizeof(names->names[0]));
	names->count = 1; /* 0 is no name */
}

void pr_strace_names_fini(struct pr_strace_names *names)
{
	free(names->names);
}

uint16_t pr_strace_names_find(struct pr_strace_names *names, const char *name, size_t size)
{
	uint32_t hash = (uint32_t)size;
	uint16_t *slot;

	for (size_t i = 0; i < size; i++)
		hash = hash * 31 + (unsigned char)name[i];
	hash ^= hash >> 15;
	for (slot = &names->slots[hash % PR_STRACE_NAMES_SLOTS]; *slot != 0;
	     slot = &names->slots[++hash % PR_STRACE_NAMES_SLOTS])
		if (memcmp(names->names[*slot], name, size) == 0 &&
		    names->names[*slot][size] == '\0')
			return *slot;
	if (names->count == PR_STRACE_NAMES_MAX || size >= sizeof(names->names[0]))
		return 0;
	memcpy(names->names[names->count], name, size);
	names->names[names->count][size] = '\0';
	*slot = (uint16_t)names->count++;
	return *slot;
}
