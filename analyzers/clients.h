/* SPDX-License-Identifier: MIT */
/* analyzers/clients.h - whether the clients of a fan-in or fan-out kept up with the engine.
 *
 * The clients are one thread (harness/crowd.h).  While it is never idle it sets the pace: two
 * engines behind it show the same throughput however they differ, and a faster one less than it
 * could.  What a message costs the engine stands all the same.  */
#ifndef PR_CLIENTS_H
#define PR_CLIENTS_H

#include <jansson.h>

#include "analyzers/run.h"

/* CPUs from which on the clients count as never idle.  */
#define PR_CLIENTS_BUSY 0.9

/* [{"workload", "phase", "cpus", "busy"}]: cpus is the median over the slices of the CPU time of
 * the clients through time.  Empty when no workload has clients or an older run does not tell.  The
 * caller owns it.  */
json_t *pr_clients_json(const struct pr_run *run);

/* Whose throughput is that of the clients, a sentence without its full stop; NULL: nobody's.  The
 * caller frees.  */
char *pr_clients_sentence(const json_t *clients);

#endif
