/* SPDX-License-Identifier: MIT */
/* harness/test/bench.h - what tests of whole runs share.
 *
 * A test program is its own worker: started as `PROGRAM worker` it serves, so no test depends on
 * another program being built.  */
#ifndef PR_TEST_BENCH_H
#define PR_TEST_BENCH_H

#include <jansson.h>
#include <stdbool.h>

#include "core/base/err.h"
#include "harness/plan.h"

/* True when main() was started as a worker; *status is what it must return then.  Ignores SIGPIPE,
 * as the program does.  */
bool bench_is_worker(int argc, char **argv, int *status);

/* A plan from JSON text with apostrophes for quotes; format and version are added.  */
struct pr_plan *bench_plan(const char *members);

/* A new folder below the working directory; the test removes it with bench_remove().  */
char *bench_dir(void);
void bench_remove(char **dir);

/* Runs a plan into dir.  */
enum pr_err bench_run(struct pr_plan *plan, const char *dir, struct pr_error *why);

/* A document of a run.  */
json_t *bench_read(const char *dir, const char *name);

/* The path of a library that harness/test/fake_engine.c makes: bench_fake("crash").  Free it.  */
char *bench_fake(const char *defect);

#endif
