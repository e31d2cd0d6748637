/* SPDX-License-Identifier: MIT */
/* core/fence.h - a full fence in every running thread of the process at once (membarrier(2)).
 *
 * Where two threads each write and then read what the other wrote, both need a full fence in
 * between.  When one of them gets there a thousand times as often as the other, the rare one can
 * make the fences of both: it costs some microseconds then, and the other one nothing.  */
#ifndef PR_FENCE_H
#define PR_FENCE_H

#include <stdbool.h>

/* Asks the kernel, once for the process; cheap while the process has one thread.  Any thread.  */
void pr_fence_prepare(void);

/* Can pr_fence_all() be used?  Not where the kernel has no such call, and not under a thread
 * sanitizer, which would not see it.  Any thread, after pr_fence_prepare().  */
bool pr_fence_is_available(void);

/* What every thread did before its fence is visible to all after it.  */
void pr_fence_all(void);

#endif
