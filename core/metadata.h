/* SPDX-License-Identifier: MIT */
/* core/metadata.h - what is known about the peer of a connection (zmq_msg_gets(3)): names and
 * values.
 *
 * It is put together during the handshake, by the connection's I/O thread alone, and never changes
 * afterwards.  It is counted, since messages outlive their connection; but no message pays for
 * that.  Whoever hands out many references (core/queue.h) takes PR_METADATA_MANY of them at once
 * and gives back what is left.  Each thread collects the references that it is done with
 * (pr_metadata_return) and gives them back together: when it needs the place for another
 * connection's, and when it ends.  */
#ifndef PR_METADATA_H
#define PR_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PR_METADATA_MANY ((int64_t)1 << 32)

/* libzmq's name for the descriptor a message came from; also what ZMQ_SRCFD gives.  */
#define PR_METADATA_FD "__fd"

struct pr_metadata;

/* One reference.  NULL when memory ran out.  */
struct pr_metadata *pr_metadata_create(void);

/* Any thread.  Both take any count; unref frees when none is left and takes NULL for nothing.  */
void pr_metadata_ref(struct pr_metadata *metadata, int64_t count);
void pr_metadata_unref(struct pr_metadata *metadata, int64_t count);

/* Gives back one reference, at some later time.  Any thread.  */
static inline void pr_metadata_return(struct pr_metadata *metadata);

/* Adds a name (at most 255 bytes) with its value.  What was added first is what is found.  False
 * when memory ran out.  */
bool pr_metadata_add(struct pr_metadata *metadata, const void *name, size_t name_size,
                     const void *value, size_t value_size);

/* The value of a name, up to its first NUL, or NULL.  Any thread; it lives as long as the metadata.
 */
const char *pr_metadata_get(const struct pr_metadata *metadata, const char *name);

/* ---- What a thread is done with ---- */

#define PR_METADATA_RETURNED 8

struct pr_metadata_returned {
	struct pr_metadata *metadata;
	int64_t count;
};

extern __thread struct pr_metadata_returned pr_metadata_returned[PR_METADATA_RETURNED]
        __attribute__((tls_model("initial-exec")));

/* Another one's place.  */
void pr_metadata_return_slowly(struct pr_metadata_returned *place, struct pr_metadata *metadata);

static inline void pr_metadata_return(struct pr_metadata *metadata)
{
	uintptr_t address = (uintptr_t)metadata;
	struct pr_metadata_returned *place =
	        &pr_metadata_returned[(address >> 5 ^ address >> 9) % PR_METADATA_RETURNED];

	if (__builtin_expect(place->metadata == metadata, 1))
		place->count++;
	else
		pr_metadata_return_slowly(place, metadata);
}

/* ---- Properties on the wire (RFC 37): name size (1), name, value size (4), value ---- */

struct pr_property {
	const uint8_t *name, *value;
	size_t name_size, value_size;
};

/* Takes the first property off *at.  1, 0 at the end, -1 when it is cut short or has no name.  */
int pr_property_next(const uint8_t **at, size_t *size, struct pr_property *property);

/* Writes one to at, which has room.  Returns its size.  */
size_t pr_property_put(uint8_t *at, const char *name, const void *value, size_t value_size);

#endif
