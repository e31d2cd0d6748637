/* SPDX-License-Identifier: MIT */
/* harness/memory.h - resident memory of a process, in bytes.  */
#ifndef PR_MEMORY_H
#define PR_MEMORY_H

#include <stdint.h>
#include <sys/types.h>

/* What is resident now of this process, counted page by page; -1 when it cannot be read.  */
int64_t pr_memory_resident(void);

/* The same in a microsecond, where the kernel's counters of the threads may be behind by a few
 * pages each.  */
int64_t pr_memory_resident_rough(void);

/* The most that was resident of a process since the last restart; -1 when it cannot be read.  pid
 * 0: this process.  */
int64_t pr_memory_peak(pid_t pid);

/* Lets the peak start again from what is resident now.  Where the kernel refuses, the peak stays
 * that of the whole process: an upper bound.  */
void pr_memory_restart_peak(pid_t pid);

#endif
