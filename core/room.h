/* SPDX-License-Identifier: MIT */
/* core/room.h - where received bytes go, and how many one receive asks for.
 *
 * They go straight into the pipe's input queue, whose chunks hold whole frames (core/queue.h).  A
 * frame that will not fit into the rest of its chunk moves to the next one at once, while little of
 * it is there.
 *
 * One receive asks for read-size bytes.  Where frames of PR_LARGE_FRAME_MIN or more come, it may
 * ask for up to read-size-max: a large frame costs a copy by the kernel anyway, and then the system
 * calls and the moves are what can be saved.  The frame under way, or at a boundary the last one,
 * says how much: reads that come near the end of a chunk end with a frame, so that nothing has to
 * move.  A chunk holds about one such read: the next one goes where an earlier one was, which is
 * still in the processor's cache.  Loop thread, or the caller that has the lease
 * (core/caller.h).  */
#ifndef PR_ROOM_H
#define PR_ROOM_H

#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"

/* Room for the next receive, *size bytes; NULL: out of memory.  Before the handshake is over it is
 * the handshake's.  Valid until bytes are committed or other room is asked for.  */
uint8_t *pr_room_to_read(struct pr_conn *conn, size_t *size);

/* Room in the input for size bytes that are already here.  NULL: out of memory.  */
uint8_t *pr_room_to_copy(struct pr_conn *conn, size_t size);

#endif
