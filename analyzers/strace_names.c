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

/* The first and the last letters tell the names of Linux apart, as a rule.  */
static uint32_t hash_of(const char *name, size_t size)
{
	uint32_t first = 0, last = 0;

	if (size >= sizeof(first)) {
		memcpy(&first, name, sizeof(first));
		memcpy(&last, name + size - sizeof(last), sizeof(last));
	} else {
		for (size_t i = 0; i < size; i++)
			first = first << 8 | (unsigned char)name[i];
	}
	return (uint32_t)(((uint64_t)first << 32 | last) * 0x9e3779b97f4a7c15u >> 40) +
	       (uint32_t)size;
}

uint16_t pr_strace_names_find(struct pr_strace_names *names, const char *name, size_t size)
{
	uint32_t hash = hash_of(name, size);
	uint16_t *slot;

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
