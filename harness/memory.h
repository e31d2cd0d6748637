/* SPDX-License-Identifier: MIT */
/* harness/memory.h - resident memory of this process, in bytes.  */
#ifndef PR_MEMORY_H
#define PR_MEMORY_H

#include <stdint.h>

/* What is resident now, counted page by page; -1 when it cannot be read.  */
int64_t pr_memory_resident(void);

/* The most that was resident since the last restart; -1 when it cannot be read.  */
int64_t pr_memory_peak(void);

/* Lets the peak start again from what is resident now.  Where the kernel refuses, the peak stays
 * that of the whole process: an upper bound.  */
void pr_memory_restart_peak(void);

#endif
