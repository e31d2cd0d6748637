/* SPDX-License-Identifier: MIT */
/* core/fence.c - see fence.h.  */
#include "core/fence.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_THREAD__)
#define IS_SEEN false
#else
#define IS_SEEN true
#endif

static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Atomic bool is_available;

static void ask(void)
{
	if (IS_SEEN &&
	    syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0)
		atomic_store_explicit(&is_available, true, memory_order_relaxed);
}

void pr_fence_prepare(void)
{
	pthread_once(&once, ask);
}

bool pr_fence_is_available(void)
{
	return atomic_load_explicit(&is_available, memory_order_relaxed);
}

void pr_fence_all(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
		return;
	/* Forbidden meanwhile (seccomp(2)).  No processor holds a store back for so long. */
	atomic_store_explicit(&is_available, false, memory_order_relaxed);
	usleep(1000);
}
