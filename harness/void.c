/* SPDX-License-Identifier: MIT */
/* harness/void.c - slices that do not count.  */
#include "harness/void.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/clock.h"

/* Of the slice, and what threads other than the one that answers may take to their sleep: an engine
 * whose I/O thread looks once more when a connection falls calm takes 0.02 to 0.1 ms.  */
#define SLEEPER_SHARE  0.001
#define SLEEPER_GAP_NS 100000

/* After its answer a worker is on its way into read(2) for 0.06 ms, and longer when others have its
 * CPU.  */
#define SETTLE_STEP_NS 50000
#define SETTLE_STEPS   200

/* Whether the thread of a process that answers sleeps; true when that cannot be told.  */
static bool sleeps(pid_t pid)
{
	char path[32], text[128] = "";
	const char *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return true;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	end = strrchr(text, ')'); /* of its name; the state follows */
	return end == NULL || strlen(end) < 3 || end[2] != 'R';
}

/* Waits until all sleep, 10 ms at most: who does not until then is found when the slice ends.  */
static void settle(const struct pr_seat *seats, size_t count)
{
	size_t i = 0;

	for (int step = 0; i < count && step < SETTLE_STEPS; step++) {
		while (i < count && (pr_seat_pid(&seats[i]) == 0 || sleeps(pr_seat_pid(&seats[i]))))
			i++;
		if (i < count)
			nanosleep(&(struct timespec){.tv_nsec = SETTLE_STEP_NS}, NULL);
	}
}

void pr_void_begin(struct pr_void *watch, struct pr_seat *seats, size_t count)
{
	settle(seats, count);
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
