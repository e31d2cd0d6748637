/* SPDX-License-Identifier: MIT */
/* harness/void.c - slices that do not count.  */
#include "harness/void.h"

#include "core/base/buf.h"
#include "core/base/clock.h"

/* Of the slice, and what the rest of an answer and the way into read(2) may take: up to 0.06 ms on
 * a busy machine.  */
#define SLEEPER_SHARE  0.001
#define SLEEPER_GAP_NS 100000

void pr_void_begin(struct pr_void *watch, struct pr_seat *seats, size_t count)
{
	watch->seats = seats;
	watch->count = count;
	for (size_t i = 0; i < count; i++)
		watch->cpu_ns[i] = pr_seat_cpu_ns(&seats[i]);
	watch->began_ns = pr_clock_ns();
}

char *pr_void_end(const struct pr_void *watch, const struct pr_seat *worked, size_t *sleeper)
{
	double slice_ns = (double)(pr_clock_ns() - watch->began_ns), most_ns = 0;

	for (size_t i = 0; i < watch->count; i++) {
		int64_t now_ns = pr_seat_cpu_ns(&watch->seats[i]);
		double used_ns = (double)(now_ns - watch->cpu_ns[i]);

		if (&watch->seats[i] == worked || now_ns < 0 || watch->cpu_ns[i] < 0 ||
		    used_ns <= most_ns)
			continue;
		most_ns = used_ns;
		*sleeper = i;
	}
	if (most_ns <= SLEEPER_GAP_NS || most_ns <= slice_ns * SLEEPER_SHARE)
		return NULL;
	return pr_asprintf("phase '%s' does not sleep: it used %.1f %% of a CPU while another "
	                   "was measured",
	                   watch->seats[*sleeper].phase->label, 100 * most_ns / slice_ns);
}
