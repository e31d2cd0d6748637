/* SPDX-License-Identifier: MIT */
/* analyzers/clients.h - whether the clients of a fan-in or fan-out kept up with the engine.
 *
 * The clients are one thread (harness/crowd.h).  Behind an engine that does not keep up it waits:
 * every window is full, or nothing comes.  Where it never waits it sets the pace: two engines show
 * the same throughput however they differ, and a faster one less than it could.  What a message
 * costs the engine stands all the same.  */
#ifndef PR_CLIENTS_H
#define PR_CLIENTS_H

#include <jansson.h>

#include "analyzers/run.h"

/* Clients that wait for a smaller part of the time count as hardly ever idle.  */
#define PR_CLIENTS_IDLE_LEAST 0.1

/* [{"workload", "phase", "idle", "busy"}]: idle is the median over the slices of the part of the
 * time in which the clients waited.  Empty when no workload has clients or an older run does not
 * tell.  The caller owns it.  */
json_t *pr_clients_json(const struct pr_run *run);

/* Whose throughput is that of the clients, a sentence without its full stop; NULL: nobody's.  The
 * caller frees.  */
char *pr_clients_sentence(const json_t *clients);

#endif
