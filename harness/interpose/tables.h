/* SPDX-License-Identifier: MIT */
/* harness/interpose/tables.h - inside the interposing library: counting, kinds of descriptors,
 * doses.  */
#ifndef PR_INTERPOSE_TABLES_H
#define PR_INTERPOSE_TABLES_H

#include <stdbool.h>
#include <sys/types.h>

#include "analyzers/fdtable.h"
#include "harness/interpose/interpose.h"

/* ---- counting (tables.c) --------------------------------------------------------------------- */

/* A call of this thread that returned; result below 0 with errno set is an error.  errno stays.  */
void pr_ip_count(enum pr_interpose_call call, enum pr_fd_kind kind, void *site, ssize_t result,
                 uint64_t bytes);

/* An allocation or a release: it cannot fail.  Whether the thread counts them.  */
void pr_ip_count_allocations(int counted);
void pr_ip_count_memory(enum pr_interpose_call call, void *site, size_t bytes);

/* A futex call that wakes others.  */
void pr_ip_count_wake(void *site, ssize_t result);

/* Of a poll that was counted: it was a wait without a limit for one descriptor.  */
void pr_ip_count_hidden(enum pr_interpose_call call, void *site);

/* ---- descriptors (kinds.c) ------------------------------------------------------------------- */

/* Looks once, and remembers until the descriptor is closed.  errno stays.  */
enum pr_fd_kind pr_ip_kind(int fd);
void pr_ip_forget(int fd);

/* ---- doses (dose.c) -------------------------------------------------------------------------- */

extern enum pr_interpose_dose pr_ip_dose;
extern enum pr_interpose_place pr_ip_dose_place;

int pr_ip_dose_set(enum pr_interpose_dose dose, enum pr_interpose_place place, unsigned count);
void pr_ip_dose_give(void);
uint64_t pr_ip_dosed(void);

/* After a call that succeeded.  errno stays.  */
static inline void pr_ip_after(enum pr_interpose_place place)
{
	if (__builtin_expect(pr_ip_dose != PR_DOSE_NONE, 0) && pr_ip_dose_place == place)
		pr_ip_dose_give();
}

#endif
