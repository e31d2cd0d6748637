/* SPDX-License-Identifier: MIT */
/* harness/worker_parts.h - what the files of the worker share: its state, and a function for each
 * command (worker.h has what is asked and answered).  */
#ifndef PR_WORKER_PARTS_H
#define PR_WORKER_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/json.h"
#include "harness/held.h"
#include "harness/plant.h"

struct pr_worker {
	struct pr_held held;
	json_t *options; /* of the engine; NULL until open */
	struct pr_plant plant;
	bool closed;
	uint64_t *opened;        /* counters when the links had been opened; NULL without hooks */
	uint64_t sent, received; /* messages by then */
};

/* A line to whoever asks.  Any thread; ends the process when nobody listens any more.  */
void pr_worker_answer(const json_t *reply);

/* A thread cannot go on while the main thread may wait inside the engine: answers, and ends the
 * process.  */
void pr_worker_give_up(const struct pr_error *why);

/* The workload that the request names.  PR_FAILED when it was not opened.  */
enum pr_err pr_worker_find(struct pr_worker *worker, const struct pr_json *request,
                           struct pr_held_workload **result, struct pr_error *why) PR_CHECKED;

/* Commands: fill the reply; a failure is answered with why.  On the main thread.  */
enum pr_err pr_worker_open(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                           struct pr_error *why) PR_CHECKED;
enum pr_err pr_worker_warm(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                           struct pr_error *why) PR_CHECKED;
enum pr_err pr_worker_slice(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why) PR_CHECKED;
enum pr_err pr_worker_forget(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                             struct pr_error *why);
enum pr_err pr_worker_rest(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                           struct pr_error *why) PR_CHECKED;
enum pr_err pr_worker_snapshot(struct pr_worker *worker, const struct pr_json *request,
                               json_t *reply, struct pr_error *why) PR_CHECKED;

#endif
