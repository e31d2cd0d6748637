/* SPDX-License-Identifier: MIT */
/* harness/control.h - the control metric: fixed work without any engine, run after each slice.
 *
 * A machine changes with its load: a busier phase may lower the clock rate, and the next one pays.
 * So after slices of every phase the bench itself spins and copies, always the same, where the
 * workers run, and what that costs must not depend on the phase that ran before.  It is CPU time,
 * so that who else wants the processor does not matter, and the memory is touched once before, so
 * that what the slice left in the caches does not.  About 0.2 ms.  */
#ifndef PR_CONTROL_H
#define PR_CONTROL_H

#include <stdint.h>

struct pr_control;

/* cpus: where the workers run (cpus.h); borrowed.  */
struct pr_control *pr_control_create(const char *cpus);
void pr_control_destroy(struct pr_control **control);

/* CPU time in ns of the fixed work, on the processors of the workers; the calling thread is back on
 * its own afterwards.  */
int64_t pr_control_run(struct pr_control *control);

#endif
