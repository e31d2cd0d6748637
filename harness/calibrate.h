/* SPDX-License-Identifier: MIT */
/* harness/calibrate.h - what single calls cost on this machine.
 *
 * A cause that counts calls needs their price to say what they are worth.  Each kind of call is
 * made in batches of about half a millisecond, on one CPU, and the CPU time of a batch is divided
 * by its calls: CPU time and not elapsed time, so that what else runs on the machine is not in it.
 * The value is the median of the batches; lo and hi are their 10th and 90th percentile.
 *
 * These are prices in a loop that does nothing else, with warm caches: in an engine the same call
 * costs that or more.  All of them together take about 0.1 s.  */
#ifndef PR_CALIBRATE_H
#define PR_CALIBRATE_H

#include <jansson.h>

/* {"recv_empty": {"ns", "lo", "hi", "batches"}, ...}, ns of CPU time for one call:
 *
 *   recv_empty   a recv(2) on a tcp socket that has nothing
 *   recv_small   a recv(2) that finds 64 bytes (it asks for 64)
 *   send_small   a send(2) of 64 bytes over the loopback, what the kernel does for it included
 *   epoll_ctl    a change of the interest in a socket
 *   epoll_wait   an epoll_wait(2) that finds one event
 *   eventfd      a write(2) to an eventfd, which is what wakes another thread
 *   switch       from one thread that goes to sleep to another that wakes, on one CPU, without the
 *                calls that make them do so
 *   allocation   a malloc(3) and free(3) of 8 KiB
 *   mutex        a pthread mutex that nobody else wants, locked and unlocked
 *   copy_kib     memcpy(3) of 1 KiB, in pieces of 8 KiB
 *   walk_step    one step along a list of buffers of 8 KiB, of which only the heads are looked at
 *
 * What could not be measured is null.  The CPUs that the thread may use are as before when it
 * returns.  Blocks for about 0.1 s.  The caller owns the object.  */
json_t *pr_calibrate(void);

#endif
