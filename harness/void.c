/* SPDX-License-Identifier: MIT */
/* harness/void.c - slices that do not count.  */
#include "harness/void.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/clock.h"

/* Of the time of a slice, and of a rest.  */
#define SLEEPER_SHARE 0.001

/* What an engine may take to come to rest after it worked, once: one whose I/O thread looks again
 * some milliseconds after the last message takes 0.02 to 0.1 ms.  */
#define SLEEPER_GAP_NS 100000

/* After its answer a worker is on its way into read(2) for 0.06 ms, and longer when others have its
 * CPU; its other threads may take as long again.  */
#define SETTLE_STEP_NS 50000
#define SETTLE_STEPS   200

/* Where a phase did not sleep during the slice before, it is not waited for as long.  */
#define IMPATIENT_STEPS 20

/* A rest: first everybody may come to it, then nobody may use anything.  */
#define REST_HEAD_NS 10000000
#define REST_NS      10000000
#define REST_TRIES   2

/* Whether a thread is in the kernel for something else than a CPU; true when that cannot be told.
 */
static bool is_asleep(const char *path)
{
	char text[128] = "";
	const char *end;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return true;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	end = strrchr(text, ')'); /* of its name; the state follows */
	return end == NULL || strlen(end) < 3 || end[2] != 'R';
}

/* Whether all threads of a process sleep.  */
static bool sleeps(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	bool asleep = true;
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	while (asleep && threads != NULL && (entry = readdir(threads)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/stat", (int)pid, entry->d_name);
		asleep = is_asleep(path);
	}
	if (threads != NULL)
		closedir(threads);
	return asleep;
}

/* Whether a seat has used nothing since it was last looked at; notes what it has used.  */
static bool is_quiet(struct pr_void *watch, size_t index)
{
	const struct pr_seat *seat = &watch->seats[index];
	int64_t now_ns = pr_seat_cpu_ns(seat), before_ns = watch->cpu_ns[index];
	pid_t pid = pr_seat_pid(seat);

	watch->cpu_ns[index] = now_ns;
	if (now_ns < 0 || watch->awake[index] > 0)
		return true;
	return now_ns == before_ns && (pid == 0 || sleeps(pid));
}

/* Waits until all are quiet, 10 ms at most: who is not until then is found when the slice ends.  */
static void settle(struct pr_void *watch)
{
	int most = watch->impatient ? IMPATIENT_STEPS : SETTLE_STEPS;
	size_t i = 0;

	for (int step = 0; i < watch->count && step < most; step++) {
		while (i < watch->count && is_quiet(watch, i))
			i++;
		if (i < watch->count)
			nanosleep(&(struct timespec){.tv_nsec = SETTLE_STEP_NS}, NULL);
	}
}

static void look(struct pr_void *watch)
{
	for (size_t i = 0; i < watch->count; i++)
		watch->cpu_ns[i] = pr_seat_cpu_ns(&watch->seats[i]);
	watch->began_ns = pr_clock_ns();
}

/* What a seat has used since the last look, 0 where that is not known.  */
static double used_since(const struct pr_void *watch, size_t index)
{
	int64_t now_ns = pr_seat_cpu_ns(&watch->seats[index]);

	if (now_ns < 0 || watch->cpu_ns[index] < 0)
		return 0;
	return (double)(now_ns - watch->cpu_ns[index]);
}

bool pr_void_is_awake(double used_ns, double time_ns, double spare_ns)
{
	return used_ns > time_ns * SLEEPER_SHARE && used_ns > spare_ns;
}

/* ---- a rest ---------------------------------------------------------------------------------- */

/* Whether anybody was awake while nobody was asked to work; notes what share of a CPU they used.
 */
static bool any_awake(struct pr_void *watch)
{
	bool any = false;
	double time_ns;

	look(watch);
	nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
	time_ns = (double)(pr_clock_ns() - watch->began_ns);
	for (size_t i = 0; i < watch->count; i++) {
		double used_ns = used_since(watch, i);

		watch->awake[i] = pr_void_is_awake(used_ns, time_ns, 0) ? used_ns / time_ns : 0;
		any |= watch->awake[i] > 0;
	}
	return any;
}

void pr_void_rest(struct pr_void *watch, struct pr_seat *seats, size_t count)
{
	bool any = true;

	watch->seats = seats;
	watch->count = count;
	for (size_t i = 0; i < count; i++)
		watch->spare_ns[i] = SLEEPER_GAP_NS;
	watch->impatient = false;
	nanosleep(&(struct timespec){.tv_nsec = REST_HEAD_NS}, NULL);
	for (int i = 0; any && i < REST_TRIES; i++)
		any = any_awake(watch);
}

/* ---- a slice --------------------------------------------------------------------------------- */

void pr_void_begin(struct pr_void *watch, struct pr_seat *seats, size_t count)
{
	watch->seats = seats;
	watch->count = count;
	settle(watch);
	look(watch);
}

/* The share of a CPU that a seat used while another worked; 0: it slept.  */
static double share_of(struct pr_void *watch, size_t index, double slice_ns)
{
	double used_ns = used_since(watch, index), spare_ns = watch->spare_ns[index];

	watch->spare_ns[index] = used_ns < spare_ns ? spare_ns - used_ns : 0;
	if (pr_void_is_awake(used_ns, slice_ns, spare_ns))
		return used_ns / slice_ns;
	return watch->awake[index];
}

char *pr_void_end(struct pr_void *watch, const struct pr_seat *worked, size_t *sleeper)
{
	double slice_ns = (double)(pr_clock_ns() - watch->began_ns), most = 0;

	for (size_t i = 0; i < watch->count; i++) {
		double share = &watch->seats[i] == worked ? 0 : share_of(watch, i, slice_ns);

		if (share <= most)
			continue;
		most = share;
		*sleeper = i;
	}
	watch->spare_ns[worked - watch->seats] = SLEEPER_GAP_NS;
	watch->impatient = most > 0;
	if (most == 0)
		return NULL;
	return pr_asprintf("phase '%s' does not sleep: it used %.2g %% of a CPU while another "
	                   "was measured",
	                   watch->seats[*sleeper].phase->label, 100 * most);
}
