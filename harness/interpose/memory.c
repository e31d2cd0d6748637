/* SPDX-License-Identifier: MIT */
/* harness/interpose/memory.c - allocations.
 *
 * dlsym() itself allocates, so the real functions are called by the names that glibc gives them for
 * this.  An allocation counts with the bytes that were asked for.  What is freed is not counted: it
 * would cost as much again and say nothing more.  */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/interpose/tables.h"

#define PUBLIC __attribute__((visibility("default")))
#define SITE   __builtin_return_address(0)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

PUBLIC void *memalign(size_t alignment, size_t size);

PUBLIC void *malloc(size_t size)
{
	pr_ip_count_memory(PR_IP_MALLOC, SITE, size);
	return __libc_malloc(size);
}

PUBLIC void *calloc(size_t count, size_t size)
{
	pr_ip_count_memory(PR_IP_CALLOC, SITE, count * size);
	return __libc_calloc(count, size);
}

PUBLIC void *realloc(void *memory, size_t size)
{
	pr_ip_count_memory(PR_IP_REALLOC, SITE, size);
	return __libc_realloc(memory, size);
}

PUBLIC void *memalign(size_t alignment, size_t size)
{
	pr_ip_count_memory(PR_IP_ALIGNED, SITE, size);
	return __libc_memalign(alignment, size);
}

PUBLIC void *aligned_alloc(size_t alignment, size_t size)
{
	pr_ip_count_memory(PR_IP_ALIGNED, SITE, size);
	return __libc_memalign(alignment, size);
}

PUBLIC int posix_memalign(void **memory, size_t alignment, size_t size)
{
	int error = errno;

	if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
		return EINVAL;
	pr_ip_count_memory(PR_IP_ALIGNED, SITE, size);
	*memory = __libc_memalign(alignment, size);
	errno = error;
	return *memory != NULL ? 0 : ENOMEM;
}
