/* SPDX-License-Identifier: MIT */
/* harness/shared.c - memory that a worker shares with the processes it forks.  */
#include "harness/shared.h"

#include <assert.h>
#include <sys/mman.h>

void *pr_shared_alloc(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert(memory != MAP_FAILED);
	return memory;
}

void pr_shared_free(void **memory, size_t size)
{
	if (*memory != NULL)
		munmap(*memory, size);
	*memory = NULL;
}
