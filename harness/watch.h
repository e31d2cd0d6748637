/* SPDX-License-Identifier: MIT */
/* harness/watch.h - who counts beside the engine's hooks, within a worker: the interposing library
 * and perf.
 *
 * Both count on without pause; a stage is the difference of two readings.  A reading is an object
 * of integers, nested:
 *
 *   {"interpose": {"calls": {"recvfrom": {"calls", "ok", "bytes", "errors": {"EAGAIN"}}, ...},
 *                  "sites": {"recvfrom 7f01c0de": {...}, ...}, "lost": 0, "dosed": 0},
 *    "perf": {"calls": {"recvfrom": {...}, ...}}}
 *
 * "calls" is as strace counts (analyzers/strace.h); allocations stand beside the system calls, as
 * "malloc", "calloc", "realloc" and "aligned".  perf counts no bytes.  */
#ifndef PR_WATCH_H
#define PR_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

enum pr_watch {
	PR_WATCH_INTERPOSE = 1u << 0,
	PR_WATCH_PERF = 1u << 1,
	PR_WATCH_STRACE = 1u << 2, /* from outside; nothing to do within */
	/* Nobody watches, and the engine is a build without hooks: it stands against a phase that
	 * its hooks watch.  */
	PR_WATCH_UNHOOKED = 1u << 3,
};

/* Those that are probes (probe.h).  */
#define PR_WATCH_PROBES (PR_WATCH_INTERPOSE | PR_WATCH_PERF | PR_WATCH_STRACE)

/* In a worker, before it has threads.  PR_FAILED when one cannot watch here.  */
enum pr_err pr_watch_start(unsigned watchers, struct pr_error *why) PR_CHECKED;

/* Lets the interposing library add calls (enum pr_interpose_dose and pr_interpose_place).  */
enum pr_err pr_watch_dose(int dose, int place, uint64_t count, struct pr_error *why) PR_CHECKED;

/* Whether the calling thread's allocations count: those of the worker itself do not.  Does nothing
 * without the interposing library.  */
void pr_watch_allocations(bool counted);

/* A reading of those that were started; NULL when none was.  The caller owns it.  */
json_t *pr_watch_read(void);

/* System calls that were counted so far, by the interposing library or else by perf; -1 when
 * neither watches.  Cheap enough for the middle of a slice.  */
int64_t pr_watch_calls(void);

/* after - before, of all integers, those that are 0 left out; a new object.  */
json_t *pr_watch_since(const json_t *after, const json_t *before);

/* The file of the interposing library, a new string: beside the program, in ../lib (installed), or
 * in .. (a test).  PR_FAILED when it is in none.  */
enum pr_err pr_watch_library(char **path, struct pr_error *why) PR_CHECKED;

/* ---- the two (watch_interpose.c, watch_perf.c) ----------------------------------------------- */

/* Finds the library that was loaded with the program.  */
enum pr_err pr_watch_interpose_start(struct pr_error *why) PR_CHECKED;
json_t *pr_watch_interpose_read(void);
int64_t pr_watch_interpose_calls(void);

/* Opens the counters of this process and of all threads that it will start.  */
enum pr_err pr_watch_perf_start(struct pr_error *why) PR_CHECKED;
json_t *pr_watch_perf_read(void);
int64_t pr_watch_perf_calls(void);

#endif
