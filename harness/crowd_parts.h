/* SPDX-License-Identifier: MIT */
/* harness/crowd_parts.h - what the two directions of a crowd share, in its process.  */
#ifndef PR_CROWD_PARTS_H
#define PR_CROWD_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "harness/crowd.h"

#define PR_FRAME_HEADER_MAX 9

/* Bytes of a frame of the fan: a header of ZMTP and a body.  */
size_t pr_fan_frame_bytes(const struct pr_fan *fan);

/* Writes the header; its size.  */
size_t pr_fan_put_header(const struct pr_fan *fan, unsigned char *at);

/* What a receiving crowd knows of its clients.  Made when they are connected.  */
enum pr_err pr_intake_create(struct pr_fan *fan, struct pr_error *why) PR_CHECKED;
void pr_intake_destroy(struct pr_fan *fan);

/* Receives until every client has heard something, or fan->stop; sets fan->stopped when they have.
 */
enum pr_err pr_intake_meet(struct pr_fan *fan, struct pr_error *why) PR_CHECKED;

/* Receives until all messages below fan->end have come to whom they belong; when fan->stop is set
 * and nothing comes any more, the rest is lost.  Fills fan->ended_ns and the ledger.  */
enum pr_err pr_intake_receive(struct pr_fan *fan, struct pr_error *why) PR_CHECKED;

#endif
