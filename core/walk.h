/* SPDX-License-Identifier: MIT */
/* core/walk.h - the headers of the frames that were received.  Loop thread.  */
#ifndef PR_WALK_H
#define PR_WALK_H

#include <stdbool.h>

struct pr_conn;

/* Walks whole frames.  Commands are answered and taken out of the queue (what follows moves up), so
 * that the application never sees them and a peer that sends nothing else fills no memory; except
 * for subscriptions.  What comes to a deaf socket is taken out as well, or a peer that sends to it
 * would stop us from reading and noticing its end.  False: this is not ZMTP, a frame is too long,
 * or a REQ got no reply.  */
bool pr_walk(struct pr_conn *conn);

#endif
