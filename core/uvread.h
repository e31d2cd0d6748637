/* SPDX-License-Identifier: MIT */
/* core/uvread.h - reader=libuv: libuv's own stream reader (uv_read_start) receives for a
 * connection.
 *
 * It is what most programs on libuv do, and the reference for our own reader.  The descriptor
 * belongs to a uv_tcp_t or uv_pipe_t; libuv waits for it in an epoll of its own, makes the read(2)
 * straight into the room that core/read.c has for it (nothing is copied), and goes on until a short
 * read, 32 times at most: drain=short in our words.  What was read takes the same way as with our
 * own reader.  Sending stays with core/write.c: the same send(2) on the same descriptor, which is
 * in our epoll only while it is waited for room.
 *
 * What is counted: a call is counted when libuv tells its outcome, which it does for all but reads
 * that a signal interrupted (the loop's thread blocks signals).  A hang-up that libuv noticed
 * without a read(2) is no receive.  Hidden from the counters are libuv's own epoll_wait (one more
 * for each wake-up) and epoll_ctl calls, its interest in reading included.  Loop thread.  */
#ifndef PR_UVREAD_H
#define PR_UVREAD_H

#include <stdbool.h>

struct pr_conn;

/* Gives the descriptor to libuv and starts reading.  0, or an errno value: then the descriptor
 * stays the connection's.  */
int pr_uvread_open(struct pr_conn *conn);

/* Starts or stops reading.  Idempotent.  */
void pr_uvread_set(struct pr_conn *conn, bool reads);

/* Closes the descriptor at once.  libuv frees what it knows of it at the end of the turn.  */
void pr_uvread_close(struct pr_conn *conn);

#endif
