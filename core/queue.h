/* SPDX-License-Identifier: MIT */
/* core/queue.h - a byte queue between one producer thread and one consumer thread.
 *
 * Both directions of a connection are such queues, and what they hold is the wire format: the
 * application encodes frames straight into the output queue, the I/O thread sends from it; the I/O
 * thread receives straight into the input queue, the application decodes from it.  No byte is
 * copied in between and no object is made per message.
 *
 * Positions are offsets in the endless stream of bytes since the queue was made (64 bits never
 * wrap). The bytes live in a chain of chunks.  Invariant: a frame never crosses a chunk, so whoever
 * decodes sees each frame in one piece.
 *
 *      head          tail            write
 *       |  published  |  not yet seen  |
 *   ----+-------------+----------------+---->  stream position
 *    consumer      shared           producer
 *
 * Publishing is one sequentially consistent store (x86: one xchg).  A consumer that found nothing
 * sets idle and looks once more; a producer that publishes and then sees idle clears it and must
 * notify the consumer (by whatever means it has).  So a busy consumer is never notified, and a
 * notification is never lost.
 *
 * That store waits for all earlier ones, and is most of what writing a small message costs.  So a
 * producer that has published PR_QUEUE_HOT_AFTER times without seeing idle makes the queue hot: it
 * stores without a fence from then on, and the consumer makes the fence of both (core/fence.h)
 * between setting idle and looking once more, after which the queue is no longer hot.  When that
 * did not last for PR_QUEUE_HOT_BYTES it was not worth its price, and it takes twice as long until
 * the queue is hot again, up to PR_QUEUE_HOT_AFTER_MOST.
 *
 * Chunks that were read are handed back to the producer (at most PR_QUEUE_SPARE_BYTES wait there).
 * When the consumer has drained everything and sleeps, the producer starts again at the beginning
 * of its chunk ("rewind"), so a connection that carries single messages touches one page only.
 *
 * A large body need not be copied into the queue: it becomes a chunk of its own that refers to it
 * (pr_queue_append).
 *
 * A reader may hand out pointers into a chunk (zero-copy receive): it counts them in `given` and
 * each is given back by pr_chunk_release() from any thread.  The count in the chunk starts at a
 * large bias, which the consumer takes off (less the number given) when it leaves the chunk: one
 * atomic operation a message.  What is known about the sender (core/metadata.h) belongs to the
 * chunk, so a message that points into it has it for nothing; one that was copied out has a
 * reference, of which the consumer gets many at once.  */
#ifndef PR_QUEUE_H
#define PR_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "core/chunk.h"
#include "core/metadata.h"

#define PR_CACHE_LINE        64
#define PR_QUEUE_PINNED      UINT64_MAX /* drained position of a consumer that gave pointers away */
#define PR_QUEUE_SPARE_BYTES (4u << 20)
#define PR_QUEUE_EXPECTED    512

#define PR_QUEUE_HOT_AFTER      1024u
#define PR_QUEUE_HOT_AFTER_MOST (64u << 10)
#define PR_QUEUE_HOT_BYTES      ((uint64_t)256 << 10)

struct pr_queue {
	/* Producer. */
	_Alignas(PR_CACHE_LINE) uint64_t write;
	struct pr_chunk *write_chunk;
	struct pr_chunk *spares;     /* private lists, refilled from `returned`: plain chunks... */
	struct pr_chunk *references; /* ...and those by reference */
	size_t chunk_bytes;          /* capacity of the next new chunk, without need of more */
	size_t chunk_bytes_first, chunk_bytes_max;
	uint64_t allocations;         /* chunks that had to be allocated */
	struct pr_metadata *metadata; /* of what is written, a reference; NULL: none */
	uint32_t fenced, hot_after;   /* times published with a fence; how often before it is hot */
	uint64_t hot_from;            /* position */

	/* Shared: written by the producer. */
	_Alignas(PR_CACHE_LINE) _Atomic uint64_t tail;

	/* Shared: written by both, rarely. */
	_Alignas(PR_CACHE_LINE) _Atomic uint32_t idle;
	_Atomic uint32_t hot;
	_Atomic uint64_t hot_until; /* position; 0: the producer has learnt from it */

	/* Consumer. */
	_Alignas(PR_CACHE_LINE) uint64_t head;
	uint64_t seen; /* tail as last looked at */
	struct pr_chunk *read_chunk;
	uint64_t given;        /* pointers handed out into read_chunk */
	int64_t metadata_left; /* references of its metadata that may be handed out */

	/* Shared: written by the consumer. */
	_Alignas(PR_CACHE_LINE) _Atomic uint64_t drained; /* head when it last said so, or PINNED */
	struct pr_chunk *_Atomic returned;                /* stack of chunks that were read */
	_Atomic size_t returned_bytes;

	struct pr_chunk stub; /* the chain starts here, so that no pointer is ever NULL */
};

/* chunk_bytes: capacity of the first chunk; later ones double up to chunk_bytes_max.  Allocates
 * nothing. The queue must not move in memory afterwards.  The consumer starts awake (idle = 0).  */
void pr_queue_init(struct pr_queue *queue, size_t chunk_bytes, size_t chunk_bytes_max);

/* Both sides must have stopped.  Chunks that were given out live on until they are released.  */
void pr_queue_fini(struct pr_queue *queue);

/* ---- Producer ---- */

/* Bytes that the write chunk has room for.  */
static inline size_t pr_queue_room(const struct pr_queue *queue)
{
	const struct pr_chunk *chunk = queue->write_chunk;

	return chunk->capacity - (queue->write - chunk->base);
}

static inline bool pr_queue_has_room(const struct pr_queue *queue, size_t size)
{
	return pr_queue_room(queue) >= size;
}

/* The slow half of pr_queue_reserve.  */
uint8_t *pr_queue_grow(struct pr_queue *queue, size_t need, size_t keep);

/* Room for `need` contiguous bytes at the write position, or NULL when memory ran out.  When that
 * needs another chunk, the last `keep` bytes before the write position (an unfinished frame, not
 * yet published) move along, so that the frame stays in one piece.  */
static inline uint8_t *pr_queue_reserve(struct pr_queue *queue, size_t need, size_t keep)
{
	struct pr_chunk *chunk = queue->write_chunk;

	if (pr_queue_has_room(queue, need))
		return chunk->data + (queue->write - chunk->base);
	return pr_queue_grow(queue, need, keep);
}

/* Appends one frame whose body (size bytes) stays where it is; owner's reference goes along.  flags
 * are those of pr_frame_encode.  False when memory ran out: nothing was appended.  */
bool pr_queue_append(struct pr_queue *queue, unsigned flags, const void *body, size_t size,
                     struct pr_owner owner);

/* Bytes a little behind `at` will be written soon.  The consumer, on another processor, had the
 * line last: by the time a stream of small frames gets there it is ours again.  */
static inline void pr_queue_expect(uint8_t *at)
{
#if defined(__x86_64__)
	/* The compiler's own builtin asks for ownership only where every processor can. */
	__asm__ volatile("prefetchw %0" : : "m"(at[PR_QUEUE_EXPECTED]));
#else
	__builtin_prefetch(at + PR_QUEUE_EXPECTED, 1);
#endif
}

/* The same for whoever reads: bytes a little behind `at` will be read soon, and another processor
 * wrote them.  */
static inline void pr_queue_foresee(const uint8_t *at)
{
	__builtin_prefetch(at + PR_QUEUE_EXPECTED, 0);
}

static inline void pr_queue_commit(struct pr_queue *queue, size_t size)
{
	queue->write += size;
}

/* A position that was written and is not yet published -> its bytes.  It must lie in the write
 * chunk.  */
static inline uint8_t *pr_queue_at(struct pr_queue *queue, uint64_t position)
{
	return queue->write_chunk->data + (position - queue->write_chunk->base);
}

/* Published often enough: from now on the consumer makes the fences, if it can.  */
void pr_queue_heat(struct pr_queue *queue);

/* The consumer was seen idle.  False: it is awake again.  */
static inline bool pr_queue_claim_wake(struct pr_queue *queue)
{
	queue->fenced = 0;
	return atomic_exchange_explicit(&queue->idle, 0, memory_order_seq_cst) != 0;
}

/* Makes everything before position visible.  True: the consumer slept and must be notified.  */
static inline bool pr_queue_publish(struct pr_queue *queue, uint64_t position)
{
	if (atomic_load_explicit(&queue->hot, memory_order_relaxed)) {
		atomic_store_explicit(&queue->tail, position, memory_order_release);
		atomic_signal_fence(memory_order_seq_cst); /* the compiler keeps the order */
	} else {
		atomic_store_explicit(&queue->tail, position, memory_order_seq_cst);
		if (__builtin_expect(++queue->fenced >= queue->hot_after, 0))
			pr_queue_heat(queue);
	}
	return __builtin_expect(atomic_load_explicit(&queue->idle, memory_order_seq_cst) != 0, 0) &&
	       pr_queue_claim_wake(queue);
}

/* Starts again at the beginning of the write chunk when the consumer sleeps and has read everything
 * that was ever written.  It may have been idle for a moment only and be awake again; whoever has
 * read everything looks at the chunk again only when more is published, and what it looked at
 * before is behind `drained`.  Cheap; call it before a reserve when nothing is unpublished.  */
static inline void pr_queue_rewind(struct pr_queue *queue)
{
	struct pr_chunk *chunk = queue->write_chunk;

	if (atomic_load_explicit(&queue->idle, memory_order_acquire) == 0 ||
	    atomic_load_explicit(&queue->drained, memory_order_acquire) != queue->write ||
	    chunk->is_by_reference)
		return;
	chunk->base = queue->write;
	chunk->starts_inside = false;
}

/* What is written from now on has this metadata.  Nothing may be unpublished.  False when memory
 * ran out.  */
bool pr_queue_set_metadata(struct pr_queue *queue, struct pr_metadata *metadata);

/* Takes back everything written after position, which must not be published; chunk is the chunk
 * that was the write chunk when position was the write position.  */
void pr_queue_rollback(struct pr_queue *queue, uint64_t position, struct pr_chunk *chunk);

/* ---- Consumer ---- */

/* Moves on to the chunk that holds head.  */
void pr_queue_next_chunk(struct pr_queue *queue);

/* Is something published, that was seen before?  */
static inline bool pr_queue_has_seen(const struct pr_queue *queue)
{
	return queue->head != queue->seen;
}

/* At least one whole frame at head; false when nothing is published.  */
static inline bool pr_queue_look(struct pr_queue *queue, uint8_t **data)
{
	if (!pr_queue_has_seen(queue)) {
		queue->seen = atomic_load_explicit(&queue->tail, memory_order_acquire);
		if (!pr_queue_has_seen(queue))
			return false;
	}
	if (__builtin_expect(queue->head == atomic_load_explicit(&queue->read_chunk->end,
	                                                         memory_order_relaxed),
	                     0))
		pr_queue_next_chunk(queue);
	*data = queue->read_chunk->data + (queue->head - queue->read_chunk->base);
	return true;
}

/* Bytes at head (whole frames of one chunk), 0 when nothing is published.  They are contiguous, but
 * of a frame by reference only the header is at *data, the body at read_chunk->body.  */
static inline size_t pr_queue_peek(struct pr_queue *queue, uint8_t **data)
{
	if (!pr_queue_look(queue, data))
		return 0;
	uint64_t end = atomic_load_explicit(&queue->read_chunk->end, memory_order_relaxed);

	return (end < queue->seen ? end : queue->seen) - queue->head;
}

/* size bytes at head were used; the memory stays valid until the next peek or sleep.  */
static inline void pr_queue_advance(struct pr_queue *queue, size_t size)
{
	queue->head += size;
}

/* Published bytes up to limit as vectors, without using them.  Returns the number of bytes.  */
size_t pr_queue_gather(struct pr_queue *queue, size_t limit, struct iovec *iov, int *iov_count);

/* size bytes at head were used, across chunks; tells the producer how far (`drained`).  */
void pr_queue_consume(struct pr_queue *queue, size_t size);

/* A hot queue's consumer has set idle: makes the fence that the producer left out.  */
void pr_queue_cool(struct pr_queue *queue);

/* The consumer found nothing and wants to be notified.  False: something was published meanwhile,
 * go on reading (nobody will notify).  */
static inline bool pr_queue_sleep(struct pr_queue *queue)
{
	atomic_store_explicit(&queue->drained, queue->given ? PR_QUEUE_PINNED : queue->head,
	                      memory_order_release);
	atomic_store_explicit(&queue->idle, 1, memory_order_seq_cst);
	if (__builtin_expect(atomic_load_explicit(&queue->hot, memory_order_seq_cst) != 0, 0))
		pr_queue_cool(queue);
	if (atomic_load_explicit(&queue->tail, memory_order_seq_cst) == queue->head)
		return true;
	/* The producer may have cleared idle and notified as well; a spurious notification is
	 * harmless. */
	atomic_exchange_explicit(&queue->idle, 0, memory_order_seq_cst);
	return false;
}

/* A pointer into the current chunk goes out; returns what pr_chunk_release() wants back.  */
static inline struct pr_chunk *pr_queue_give(struct pr_queue *queue)
{
	queue->given++;
	return queue->read_chunk;
}

/* A reference of the current chunk's metadata goes out, if it has any; pr_metadata_unref() wants it
 * back.  */
static inline struct pr_metadata *pr_queue_give_metadata(struct pr_queue *queue)
{
	struct pr_metadata *metadata = queue->read_chunk->metadata;

	if (!metadata)
		return NULL;
	if (__builtin_expect(queue->metadata_left == 0, 0)) {
		queue->metadata_left = PR_METADATA_MANY;
		pr_metadata_ref(metadata, PR_METADATA_MANY);
	}
	queue->metadata_left--;
	return metadata;
}

/* The consumer is done with the body at head, or just before it, if that is by reference: gives it
 * back before the queue moves on.  */
static inline void pr_queue_disown(struct pr_queue *queue)
{
	if (queue->read_chunk->is_by_reference)
		pr_chunk_disown(queue->read_chunk);
}

#endif
