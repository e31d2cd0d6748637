/* SPDX-License-Identifier: MIT */
/* core/pattern/routes.c - see routes.h.  */
#include "core/pattern/routes.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, 64 bits (Fowler, Noll, Vo).  Ids are 1 to 255 bytes, most of them short.  */
static size_t hash(const uint8_t *id, size_t size)
{
	uint64_t value = 0xcbf29ce484222325u;

	for (size_t i = 0; i < size; i++)
		value = (value ^ id[i]) * 0x100000001b3u;
	return (size_t)(value ^ value >> 32);
}

void pr_routes_fini(struct pr_routes *routes)
{
	free(routes->slots);
	memset(routes, 0, sizeof(*routes));
}

/* The slot that holds id, or the empty one where it would go.  */
static size_t slot_of(const struct pr_routes *routes, const uint8_t *id, size_t size)
{
	size_t mask = routes->size - 1;
	size_t slot = hash(id, size) & mask;

	while (routes->slots[slot] && !pr_routes_has_id(routes->slots[slot], id, size))
		slot = (slot + 1) & mask;
	return slot;
}

struct pr_pipe *pr_routes_look_up(struct pr_routes *routes, const uint8_t *id, size_t size)
{
	if (routes->count == 0)
		return NULL;
	struct pr_pipe *pipe = routes->slots[slot_of(routes, id, size)];

	if (pipe)
		routes->last = pipe;
	return pipe;
}

static bool grow(struct pr_routes *routes)
{
	struct pr_routes bigger = {.size = routes->size ? routes->size * 2 : 8};

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < routes->size; i++) {
		struct pr_pipe *pipe = routes->slots[i];

		if (pipe)
			bigger.slots[slot_of(&bigger, pipe->routing_id, pipe->routing_id_size)] =
			        pipe;
	}
	free(routes->slots);
	routes->slots = bigger.slots;
	routes->size = bigger.size;
	return true;
}

bool pr_routes_add(struct pr_routes *routes, struct pr_pipe *pipe)
{
	/* At most two thirds full, so that probing stays short. */
	if ((routes->count + 1) * 3 > routes->size * 2 && !grow(routes))
		return false;
	routes->slots[slot_of(routes, pipe->routing_id, pipe->routing_id_size)] = pipe;
	routes->count++;
	return true;
}

void pr_routes_remove(struct pr_routes *routes, struct pr_pipe *pipe)
{
	size_t mask = routes->size - 1;

	if (routes->last == pipe)
		routes->last = NULL;
	if (routes->count == 0 || !pipe->routing_id)
		return;
	size_t slot = slot_of(routes, pipe->routing_id, pipe->routing_id_size);

	if (routes->slots[slot] != pipe)
		return;
	routes->slots[slot] = NULL;
	routes->count--;
	/* Whoever probed past this slot must be found without it. */
	for (slot = (slot + 1) & mask; routes->slots[slot]; slot = (slot + 1) & mask) {
		struct pr_pipe *moved = routes->slots[slot];

		routes->slots[slot] = NULL;
		routes->slots[slot_of(routes, moved->routing_id, moved->routing_id_size)] = moved;
	}
}
