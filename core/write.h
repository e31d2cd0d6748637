/* SPDX-License-Identifier: MIT */
/* core/write.h - the write path: out of the pipe's output queue, at most cork bytes a call.
 *
 * The same for every read phase.  It sends at once when the application publishes to an idle
 * connection; while one send runs, the application fills the next batch.  Loop thread.  */
#ifndef PR_WRITE_H
#define PR_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"

/* Sends what there is, up to a turn's share.  May close the connection.  */
void pr_write(struct pr_conn *conn, enum pr_send_cause cause);

/* Queues bytes of the handshake or a control frame; they go out between two messages.  Closes the
 * connection when a peer makes us queue more than it reads (PR_WRITE_CONTROL_MAX).  Call pr_write
 * afterwards.  */
void pr_write_control(struct pr_conn *conn, const uint8_t *data, size_t size);

/* What this side says before all else that the output holds, however long it is.  Before the first
 * pr_write of the traffic.  */
void pr_write_own(struct pr_conn *conn, const uint8_t *data, size_t size);

/* Are some of those still to be sent?  */
bool pr_write_has_control(const struct pr_conn *conn);

#define PR_WRITE_CONTROL_MAX (64u << 10)

/* EPOLLOUT.  */
void pr_write_ready(struct pr_conn *conn);

#endif
