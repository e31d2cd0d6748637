/* SPDX-License-Identifier: MIT */
/* harness/crew.h - workers for the phases of a plan: starting them and talking to them.
 *
 * Each function is one command of worker.h with the deadline that suits it.  A failure is a
 * sentence; the caller decides what it means for the trial.  */
#ifndef PR_CREW_H
#define PR_CREW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "harness/child.h"
#include "harness/cpus.h"
#include "harness/plan.h"
#include "harness/setting.h"

/* What all workers of a run share.  */
struct pr_crew {
	const struct pr_plan *plan;
	const char *program;       /* our own file, started as `PROGRAM worker` */
	const char *cpus[PR_PINS]; /* where workers run, by enum pr_pin */
	const char *dir;           /* of the run; logs go to DIR/logs */
	unsigned watchers;         /* pr_watch bits: who may count within a trial of strace */
};

/* What strace is to trace: the whole family of receives, sends, waits and wake-ups, and what makes
 * and closes descriptors.  Names with a question mark may be unknown to this strace or machine.  */
#define PR_CREW_TRACED_CALLS                                                                       \
	"trace=recvfrom,recvmsg,?recvmmsg,read,readv,sendto,sendmsg,?sendmmsg,write,writev,"       \
	"?epoll_wait,?epoll_pwait,?epoll_pwait2,epoll_ctl,?poll,ppoll,?select,?pselect6,futex,"    \
	"?eventfd,eventfd2,?epoll_create,epoll_create1,socket,socketpair,bind,listen,?accept,"     \
	"accept4,"                                                                                 \
	"connect,shutdown,close,dup,?dup2,dup3,?pipe,pipe2,?io_uring_setup,?io_uring_enter,"       \
	"sched_yield,nanosleep,clock_nanosleep,?membarrier"

/* Starts a worker, where the first of its workloads asks to run (under a prefix: where the plan
 * does), and opens the engine of phase, with the links of count workloads from the first
 * on. prefix (ended by NULL; may be NULL) is a program that starts the worker, such as a tracer; it
 * also makes deadlines longer, and workloads of several processes are left out.  watch is a set of
 * pr_watch bits (watch.h): who counts within, beside those that the phase asks for.  *reply is the
 * answer to open.  On failure *child is NULL.  */
enum pr_err pr_crew_start(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                          const char *const *prefix, unsigned watch, size_t first, size_t count,
                          struct pr_child **child, json_t **reply, struct pr_error *why) PR_CHECKED;

/* The same, with the padding and the library of a setting; NULL: as the bench and the phase are. */
enum pr_err pr_crew_start_in(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                             const struct pr_setting *setting, size_t first, size_t count,
                             struct pr_child **child, json_t **reply,
                             struct pr_error *why) PR_CHECKED;

/* reply: owned by the caller; has "odd" when messages of a workload's warm-up went wrong
 * (worker.h).
 */
enum pr_err pr_crew_warm(const struct pr_crew *crew, struct pr_child *child, json_t **reply,
                         struct pr_error *why) PR_CHECKED;

/* A slice of `head` units that are not timed and count units that are.  */
enum pr_err pr_crew_slice(const struct pr_crew *crew, struct pr_child *child,
                          const struct pr_plan_workload *workload, uint64_t head, uint64_t count,
                          bool traced, json_t **reply, struct pr_error *why) PR_CHECKED;

/* The last slice of a workload does not count: its latencies are left out.  */
enum pr_err pr_crew_forget(const struct pr_crew *crew, struct pr_child *child,
                           const struct pr_plan_workload *workload,
                           struct pr_error *why) PR_CHECKED;

/* PR_FAILED also when the engine does not come to rest.  */
enum pr_err pr_crew_rest(const struct pr_crew *crew, struct pr_child *child,
                         struct pr_error *why) PR_CHECKED;

enum pr_err pr_crew_snapshot(const struct pr_crew *crew, struct pr_child *child,
                             const struct pr_plan_workload *workload, bool begin, json_t **reply,
                             struct pr_error *why) PR_CHECKED;

/* Leaves "proctor:STAGE:EDGE" in the trace.  */
enum pr_err pr_crew_mark(const struct pr_crew *crew, struct pr_child *child, const char *stage,
                         const char *edge, struct pr_error *why) PR_CHECKED;

/* Lets callgrind, under which the worker runs, write down what it counted (instructions.h).  */
enum pr_err pr_crew_count(const struct pr_crew *crew, struct pr_child *child,
                          struct pr_error *why) PR_CHECKED;

/* The names of places in the worker: *names gets an object by address, *nameless the paths
 * of files without symbols by their names (sites.h).  */
enum pr_err pr_crew_sites(const struct pr_crew *crew, struct pr_child *child, json_t *addresses,
                          json_t **names, json_t **nameless, struct pr_error *why) PR_CHECKED;

/* Closes the engine, waits for the process and frees, whatever happened.  */
enum pr_err pr_crew_close(const struct pr_crew *crew, struct pr_child **child,
                          struct pr_error *why) PR_CHECKED;

#endif
