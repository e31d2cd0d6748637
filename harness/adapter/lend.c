/* SPDX-License-Identifier: MIT */
/* harness/adapter/lend.c - a list of buffers behind a lock.  One lock for each large message costs
 * nothing beside it.  */
#include "harness/adapter/lend.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "harness/stamp.h"

struct buffer {
	struct buffer *next;
	struct pr_lender *lender;
	unsigned char bytes[];
};

struct pr_lender {
	pthread_mutex_t lock;
	struct buffer *free;
	size_t size;
};

struct pr_lender *pr_lender_create(size_t size)
{
	struct pr_lender *lender = pr_alloc(sizeof(*lender));

	pthread_mutex_init(&lender->lock, NULL);
	lender->free = NULL;
	lender->size = size;
	return lender;
}

void pr_lender_destroy(struct pr_lender **taken)
{
	struct pr_lender *lender = *taken;

	*taken = NULL;
	if (lender == NULL)
		return;
	while (lender->free != NULL) {
		struct buffer *buffer = lender->free;

		lender->free = buffer->next;
		free(buffer);
	}
	pthread_mutex_destroy(&lender->lock);
	free(lender);
}

static struct buffer *new_buffer(struct pr_lender *lender, const void *body)
{
	struct buffer *buffer = pr_alloc(sizeof(*buffer) + lender->size);

	buffer->lender = lender;
	memcpy(buffer->bytes, body, lender->size);
	return buffer;
}

void *pr_lender_take(struct pr_lender *lender, const void *body, void **hint)
{
	struct buffer *buffer;

	pthread_mutex_lock(&lender->lock);
	buffer = lender->free;
	if (buffer != NULL)
		lender->free = buffer->next;
	pthread_mutex_unlock(&lender->lock);
	if (buffer == NULL)
		buffer = new_buffer(lender, body);
	else
		pr_stamp_copy(buffer->bytes, body, lender->size);
	*hint = buffer;
	return buffer->bytes;
}

void pr_lender_return(void *bytes, void *hint)
{
	struct buffer *buffer = hint;
	struct pr_lender *lender = buffer->lender;

	(void)bytes;
	pthread_mutex_lock(&lender->lock);
	buffer->next = lender->free;
	lender->free = buffer;
	pthread_mutex_unlock(&lender->lock);
}
