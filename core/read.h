/* SPDX-License-Identifier: MIT */
/* core/read.h - the read path: one path that honours every option of the phase (core/phase.h).
 *
 * A completion is: receive read-size bytes (core/room.h) into the pipe's input queue, walk the
 * frame headers (a few ns a frame; commands are answered here), publish up to RCVHWM messages to
 * the application. What cannot be published is held; on-full, store, size-check, cap and at-cap
 * govern that.  After a completion, speculate and drain say whether to read on without waiting for
 * readiness.  Loop thread.  */
#ifndef PR_READ_H
#define PR_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/conn.h"

/* Prepares the reader for a connection whose pipe is known; takes the pipe's input queue as it is.
 */
void pr_read_attach(struct pr_conn *conn);

/* Reads for this cause, and on as the phase says.  May close the connection.  */
void pr_read(struct pr_conn *conn, enum pr_read_cause cause);

/* For a reader that makes the system call itself (core/uvread.c), into the room that core/room.h
 * gave: what came of it, bytes, 0 at the end of the stream, or a negative errno value.  True: bytes
 * came; even then the connection may be closed.  */
bool pr_read_received(struct pr_conn *conn, enum pr_read_cause cause, ssize_t got, size_t room);

/* Bytes that were received elsewhere (behind the handshake, or held) enter the input.  False: the
 * connection was closed.  */
bool pr_read_feed(struct pr_conn *conn, const uint8_t *data, size_t size);

/* A peer that speaks no ZMTP has come or gone: an empty message, unless ZMQ_STREAM_NOTIFY is off.
 * May close the connection.  */
void pr_read_notice(struct pr_conn *conn);

/* The application took messages: publishes what is held, and reads again when all of it went.  */
void pr_read_restart(struct pr_conn *conn);

/* Is input held back?  */
bool pr_read_is_holding(const struct pr_conn *conn);

/* At the end of a connection, before anything of its input is dropped: counts what had been dropped
 * before and should not have been.  Not counted twice.  */
void pr_read_take_stock(struct pr_conn *conn);

/* The connection is over: counts an open stop, drops what cannot be published.  */
void pr_read_detach(struct pr_conn *conn);

#endif
