/* SPDX-License-Identifier: MIT */
/* harness/pressure.c - names, and the times of messages.  */
#include "harness/pressure.h"

#include <string.h>

const char *const pr_stall_names[] = {"once", "periodic", "forever", NULL};
const char *const pr_leave_names[] = {"stay", "close", "die", NULL};

const char *const pr_stage_names[PR_STAGES] = {"before", "stalled", "drain", "after"};

void pr_pressure_begin(struct pr_pressure *pressure, uint64_t first)
{
	memset(pressure, 0, sizeof(*pressure));
	pressure->first = first;
}

void pr_pressure_arrived(struct pr_pressure *pressure, uint64_t number, int64_t now_ns)
{
	const struct pr_pressure_mark *mark =
	        &pressure->marks[number / PR_PRESSURE_STRIDE % PR_PRESSURE_MARKS];
	int64_t ready_ns;
	int stage;

	if (atomic_load_explicit(&mark->number, memory_order_acquire) != number + 1)
		return;
	ready_ns = atomic_load_explicit(&mark->ready_ns, memory_order_relaxed);
	stage = atomic_load_explicit(&mark->stage, memory_order_relaxed);
	pr_hist_add(&pressure->latency[stage], now_ns > ready_ns ? now_ns - ready_ns : 0);
}
