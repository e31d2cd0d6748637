/* SPDX-License-Identifier: MIT */
/* harness/worker.h - the process that holds one engine.
 *
 * `proctor worker` is a small server on its standard input and output: one JSON object a line each
 * way. Between commands it sleeps in read(2).  It ends when its input ends, when its parent dies,
 * or on `close`.  Each answer has "ok": true, or "ok": false with "error", one sentence.
 *
 *   {"do":"open","engine":NAME,"options":{..},"cpus":LIST,
 *    "workloads":[{"label","name","options"},..],"watch":BITS}
 *       loads the engine and opens the links; gives "pid", "helpers" (pids: processes that hold the
 *       other side of some links), "library" and, with hooks, "counters"; watch (none when not
 *       given) says who else counts (watch.h)
 *   {"do":"warm"}
 *       runs each workload a little; not counted; ends with the first whose messages went wrong:
 *       "odd" has its label as "workload", and what `slice` gives
 *   {"do":"slice","workload":LABEL,"count":N,"head":M}
 *       runs M units that are not timed (none when not given), and N that are; gives "messages",
 *       "elapsed_ns", "cpu_ns" and how many were "lost", "reordered", "duplicated", "corrupt" (of
 *       all); "switches_voluntary" and "switches_involuntary"; where each end has a process,
 *       "cpu_a_ns" and "cpu_b_ns", else "cpu_main_ns" and "cpu_mate_ns" of the application's
 *       threads; with many clients, "fairness" and "clients_idle_ns"; with a head, "head_messages"
 * and "head_elapsed_ns"; of a paced slice "offered_ns", "taken_ns", "engine_ns" and "own_ns"
 *       (pace.h)
 *   {"do":"forget","workload":LABEL}
 *       the last slice does not count: its latencies are left out of the histograms
 *   {"do":"rest"}
 *       waits until the engine stands still; gives "still"
 *   {"do":"snapshot","workload":LABEL,"begin":BOOL}
 *       gives "counters", "memory_peak" (bytes; "memory_peak_a" of the process of end A),
 *       "memory_per_connection" (bytes; null when not
 * measured) and the "histogram" of the workload (of a paced one also "histogram_sent" and
 * "histogram_late"); who else counts is under "watched"; with begin, the peak and the histograms
 * start again
 *   {"do":"mark","text":"proctor:STAGE:begin"}
 *       leaves a mark in a trace of system calls
 *   {"do":"count"}
 *       lets callgrind write down the instructions since the last count (instructions.h)
 *   {"do":"sites","addresses":["7f01c0de",..]}
 *       gives "names" of these places, and "nameless" (sites.h)
 *   {"do":"close"}
 *       closes links and engine; the process ends after the answer
 *
 * On SIGUSR1, while a slice runs, it writes the line {"progress": MESSAGES} beside its answers.  On
 * SIGTERM it writes to standard error how far the slice had come, if it still can the line
 * {"last": {"sent", "received", "counters"}} beside its answers (of all workloads, since the links
 * were opened), and ends.  */
#ifndef PR_WORKER_H
#define PR_WORKER_H

#include "core/base/cmd.h"

#endif
