/* SPDX-License-Identifier: MIT */
/* harness/crowd_parts.h - what the two directions of a crowd share, in its process.  */
#ifndef PR_CROWD_PARTS_H
#define PR_CROWD_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>
#include <sys/types.h>

#include "harness/crowd.h"

#define PR_FRAME_HEADER_MAX 9

/* "CALL failed: REASON" of errno; PR_FAILED.  */
enum pr_err pr_crowd_call_failed(const char *call, struct pr_error *why);

/* Bytes of a frame of the fan: a header of ZMTP and a body.  */
size_t pr_fan_frame_bytes(const struct pr_fan *fan);

/* Writes the header; its size.  */
size_t pr_fan_put_header(const struct pr_fan *fan, unsigned char *at);

/* What a sending client needs.  fan->batch is set.  */
struct pr_turn {
	struct pr_fan *fan;
	unsigned char *bytes; /* room for a batch */
	size_t frame;
};

void pr_turn_init(struct pr_turn *turn, struct pr_fan *fan);
void pr_turn_fini(struct pr_turn *turn);

/* Sends up to count messages (at most a batch) of a client, from where it stopped.  Bytes that
 * moved; -1 on an error.  */
ssize_t pr_turn_send(const struct pr_turn *turn, uint64_t client, uint64_t count, int flags);

/* Connects clients to fan->endpoint, again where they were, and shakes hands.  */
enum pr_err pr_fan_connect(struct pr_fan *fan, size_t from, size_t count,
                           struct pr_error *why) PR_CHECKED;

/* See pr_crowd_press().  */
enum pr_err pr_fan_press(struct pr_fan *fan, struct pr_pressure *pressure,
                         const struct pr_pressure_spec *spec, struct pr_error *why) PR_CHECKED;

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
