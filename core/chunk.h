/* SPDX-License-Identifier: MIT */
/* core/chunk.h - the pieces of memory that byte queues (core/queue.h) are chains of.
 *
 * A plain chunk holds its bytes itself.  A chunk by reference holds one frame: the header itself,
 * the body in somebody else's memory (its owner), which is given back as soon as the consumer is
 * done with the body, even if the chunk stays in its chain until the next one comes.
 *
 * Large chunks that are not needed are kept for the process (core/pool.h).  */
#ifndef PR_CHUNK_H
#define PR_CHUNK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

/* What chunks full of small bodies have at most: 256 KiB (core/pipe.c), and what core/pool.h adds.
 */
#define PR_CHUNK_SMALL_BODIES_MOST ((size_t)260 << 10)

#define PR_CHUNK_OPEN UINT64_MAX /* end of a chunk that is still being written */

struct pr_metadata;

/* Who keeps memory alive.  Any thread may call its functions.  */
struct pr_owner {
	void *object; /* NULL: nobody */
	const struct pr_owner_ops *ops;
};

struct pr_owner_ops {
	void (*ref)(void *object);
	void (*unref)(void *object); /* a reference ends; the last one frees */
	uint8_t msg_kind;            /* of a message that has such an owner (core/msg.h) */
};

struct pr_chunk {
	uint8_t *data;
	uint64_t base;                 /* stream position of data[0] */
	_Atomic uint64_t end;          /* position after the last byte, or PR_CHUNK_OPEN */
	struct pr_chunk *_Atomic next; /* set before anything beyond end is published */
	_Atomic int64_t refs;          /* see `given` in core/queue.h */
	size_t capacity;               /* bytes at data */
	struct pr_metadata *metadata;  /* of the messages in it, a reference; NULL: none */
	const uint8_t *body;           /* by reference: the body of the frame; else NULL */
	bool starts_inside;            /* begins in the middle of a multipart message */
	bool is_by_reference;
	uint8_t header_size; /* by reference: bytes at data */
	uint8_t header[PR_FRAME_HEADER_MAX];
	struct pr_owner owner; /* by reference: of the body */
};

/* A plain chunk with at least this capacity, or NULL.  Any thread.  */
struct pr_chunk *pr_chunk_create(size_t capacity);

/* A chunk by reference without content, or NULL.  Any thread.  */
struct pr_chunk *pr_chunk_create_reference(void);

/* Gives the body's owner back, if there still is one.  The consumer only.  */
void pr_chunk_disown(struct pr_chunk *chunk);

/* Gives the metadata back.  Whoever has the chunk for itself.  */
void pr_chunk_forget_metadata(struct pr_chunk *chunk);

/* Frees the chunk, or keeps it for the process.  Any thread, once.  */
void pr_chunk_free(struct pr_chunk *chunk);

/* Gives one pointer into the chunk back (pr_queue_give); any thread, once.  */
void pr_chunk_release(struct pr_chunk *chunk);

/* Frees what is kept for the process, and what the calling thread is done with.  */
void pr_chunk_trim(void);

/* ---- What a thread is done with ---- */

/* Pointers into one chunk that the thread has given back, all at once later: when it gives one into
 * another chunk back, and when it ends.  Most threads close many messages of a chunk in a row.  */
struct pr_chunk_returned {
	struct pr_chunk *chunk;
	int64_t count;
};

extern __thread struct pr_chunk_returned pr_chunk_returned
        __attribute__((tls_model("initial-exec")));

/* Into another chunk.  */
void pr_chunk_return_slowly(struct pr_chunk *chunk);

/* As pr_chunk_release, at some later time.  */
static inline void pr_chunk_return(struct pr_chunk *chunk)
{
	if (__builtin_expect(pr_chunk_returned.chunk == chunk, 1))
		pr_chunk_returned.count++;
	else
		pr_chunk_return_slowly(chunk);
}

#endif
