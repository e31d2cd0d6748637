/* SPDX-License-Identifier: MIT */
/* core/conflate.h - ZMQ_CONFLATE: only the last message is kept.
 *
 * A slot for one frame stands between the application and the I/O thread (inside the process:
 * between two applications), one for each direction that carries messages.  Whoever writes replaces
 * what is there; whoever reads takes it.  A message of several parts leaves its last part, as the
 * option's manual warns.  Unlike libzmq's, the subscriptions of a SUB or to a PUB are not
 * conflated: none is lost.
 *
 * The slot has a lock, held for one copy.  A pipe without slots pays nothing.  Contention aside, no
 * call blocks.  Any thread.  */
#ifndef PR_CONFLATE_H
#define PR_CONFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pr_chunk;
struct pr_options;
struct pr_queue;

enum pr_conflate_direction { PR_CONFLATE_IN = 1, PR_CONFLATE_OUT = 2 };

struct pr_slot;

/* Which directions a socket of that type conflates with these options.  */
unsigned pr_conflate_directions(int socket_type, const struct pr_options *options);

/* One reference.  NULL when memory ran out.  */
struct pr_slot *pr_slot_create(void);
struct pr_slot *pr_slot_ref(struct pr_slot *slot); /* NULL stays NULL */
void pr_slot_unref(struct pr_slot *slot);          /* NULL: nothing happens */

/* Replaces the content.  *sleeps: the reader found nothing before, and must be told.  0 or ENOMEM
 * (then the old content stays).  */
int pr_slot_put(struct pr_slot *slot, const void *data, size_t size, bool *sleeps);

/* The same for a queue that the I/O thread alone uses: what is between two positions (the chunk
 * holds the first, the second is a message's end) leaves it, its last frame becomes the content. */
int pr_slot_put_last(struct pr_slot *slot, struct pr_queue *queue, const struct pr_chunk *chunk,
                     uint64_t from, uint64_t until, bool *sleeps);

/* Moves the content, as a frame, to an empty queue that the caller alone uses.  False: there is
 * none; with sleeps the writer will tell when there is.  */
bool pr_slot_take(struct pr_slot *slot, struct pr_queue *queue, bool sleeps);

bool pr_slot_is_empty(struct pr_slot *slot);

/* As pr_slot_is_empty; when it is, the writer will tell when there is something.  */
bool pr_slot_sleep(struct pr_slot *slot);

#endif
