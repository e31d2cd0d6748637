/* SPDX-License-Identifier: MIT */
/* harness/control.c - the control metric.  */
#include "harness/control.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "harness/cpus.h"

/* About 0.1 ms each on a processor of 2020.  */
#define SPINS      50000
#define COPY_BYTES 65536
#define COPIES     24

struct pr_control {
	const char *cpus;
	cpu_set_t own; /* where the bench runs otherwise */
	volatile uint64_t sum;
	char *from, *to;
};

struct pr_control *pr_control_create(const char *cpus)
{
	struct pr_control *control = pr_alloc(sizeof(*control));

	control->cpus = cpus;
	control->sum = 1;
	sched_getaffinity(0, sizeof(control->own), &control->own);
	control->from = pr_alloc(COPY_BYTES);
	control->to = pr_alloc(COPY_BYTES);
	memset(control->from, 1, COPY_BYTES);
	return control;
}

void pr_control_destroy(struct pr_control **taken)
{
	struct pr_control *control = *taken;

	*taken = NULL;
	if (control == NULL)
		return;
	free(control->from);
	free(control->to);
	free(control);
}

/* A chain of multiplications: as long as the clock rate says.  */
static void spin(struct pr_control *control)
{
	uint64_t x = control->sum | 1;

	for (int i = 0; i < SPINS; i++)
		x = x * 6364136223846793005u + 1442695040888963407u;
	control->sum = x;
}

static void copy(struct pr_control *control, int times)
{
	for (int i = 0; i < times; i++) {
		memcpy(control->to, control->from, COPY_BYTES);
		control->from[i] = control->to[COPY_BYTES - 1 - i]; /* each copy is needed */
	}
}

int64_t pr_control_run(struct pr_control *control)
{
	int64_t began_ns, took_ns;

	if (pr_cpus_apply(control->cpus, NULL) != PR_OK)
		return 0; /* the workers could not run there either */
	copy(control, 1);
	began_ns = pr_clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
	spin(control);
	copy(control, COPIES);
	took_ns = pr_clock_read_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns;
	sched_setaffinity(0, sizeof(control->own), &control->own);
	return took_ns;
}
