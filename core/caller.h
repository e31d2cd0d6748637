/* SPDX-License-Identifier: MIT */
/* core/caller.h - io=caller: the calling thread makes the system calls of a calm connection itself.
 *
 * When single messages go back and forth nearly all of the time goes into waking threads: the
 * sender wakes its I/O thread, the receiver's I/O thread wakes the receiver.  Here both hops are
 * left out:
 *
 *   sending    a message that finds the connection idle is sent by the thread that calls zmq_send,
 *              unless it looks as if more are to come: then the I/O thread sends, in large batches
 *   receiving  a thread that has waited a few times in a row, for a message or two each, takes the
 *              reading of its connections on lease: their descriptors leave the I/O thread's epoll,
 *              and the thread waits for them itself in poll(2)
 *
 * Either way the same code runs (core/read.c, core/write.c), with the same options of the phase;
 * the thread holds the loop's `turn` while it does (core/loop.h).  A read without prior readiness
 * counts as speculative whoever makes it.  speculate=adaptive decides about such a read when the
 * caller asks for the next message, not after the last one.
 *
 * A lease ends when traffic becomes dense, when the thread asks without waiting, when ZMQ_FD is
 * asked for, when the connection closes, and when the thread has not come back for PR_LEASE_MS:
 * then the I/O thread reads again, so that commands are answered and input is taken up to the
 * high-water mark whatever the application does.  While the thread waits no timer runs: an idle
 * engine makes no system call.  */
#ifndef PR_CALLER_H
#define PR_CALLER_H

#include <stdbool.h>
#include <stdint.h>

struct pr_conn;
struct pr_pipe;
struct pr_socket;

#define PR_LEASE_MS 5

/* ---- Application thread ---- */

/* The pipe was published to and its reader sleeps: sends here and now.  False: it was not done, the
 * I/O thread must be told.  Never blocks.  */
bool pr_caller_send(struct pr_pipe *pipe);

/* As pr_socket_sleep, for a thread that waits for input.  With io=thread it is the same.  */
int pr_caller_wait(struct pr_socket *socket, int64_t deadline_ns);

/* Ends all leases of the socket.  Cheap when there is none.  */
void pr_caller_give_back(struct pr_socket *socket);

/* ---- Loop thread ---- */

/* Ends the lease of a connection, if there is one.  */
void pr_caller_end_lease(struct pr_conn *conn);

#endif
