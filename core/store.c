/* SPDX-License-Identifier: MIT */
/* core/store.c - see store.h.  */
#include "core/store.h"

#include <stdlib.h>
#include <string.h>

struct pr_held {
	struct pr_held *next;
	size_t size;
	uint8_t data[];
};

void pr_store_init(struct pr_store *store)
{
	store->first = NULL;
	store->last_next = &store->first;
	store->bytes = 0;
}

void pr_store_fini(struct pr_store *store)
{
	while (store->first)
		pr_store_pop(store);
}

bool pr_store_push(struct pr_store *store, const uint8_t *data, size_t size)
{
	struct pr_held *held = malloc(sizeof(*held) + size);

	if (!held)
		return false;
	held->next = NULL;
	held->size = size;
	memcpy(held->data, data, size);
	*store->last_next = held;
	store->last_next = &held->next;
	store->bytes += size;
	return true;
}

bool pr_store_front(const struct pr_store *store, const uint8_t **data, size_t *size)
{
	if (!store->first)
		return false;
	*data = store->first->data;
	*size = store->first->size;
	return true;
}

void pr_store_pop(struct pr_store *store)
{
	struct pr_held *held = store->first;

	store->first = held->next;
	if (!store->first)
		store->last_next = &store->first;
	store->bytes -= held->size;
	free(held);
}

size_t pr_store_walk(const struct pr_store *store, uint64_t *steps)
{
	size_t bytes = 0;

	for (const struct pr_held *held = store->first; held; held = held->next) {
		bytes += held->size;
		++*steps;
	}
	return bytes;
}
