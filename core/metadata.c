/* SPDX-License-Identifier: MIT */
/* core/metadata.c - see metadata.h.  */
#include "core/metadata.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Entries follow one another: name size (1), name, value size, value, NUL.  */
struct pr_metadata {
	_Atomic int64_t refs;
	uint8_t *entries;
	size_t size, room;
};

struct pr_metadata *pr_metadata_create(void)
{
	struct pr_metadata *metadata = calloc(1, sizeof(*metadata));

	if (metadata)
		atomic_init(&metadata->refs, 1);
	return metadata;
}

void pr_metadata_ref(struct pr_metadata *metadata, int64_t count)
{
	atomic_fetch_add_explicit(&metadata->refs, count, memory_order_relaxed);
}

void pr_metadata_unref(struct pr_metadata *metadata, int64_t count)
{
	if (!metadata ||
	    atomic_fetch_sub_explicit(&metadata->refs, count, memory_order_acq_rel) != count)
		return;
	free(metadata->entries);
	free(metadata);
}

/* ---- What a thread is done with ---- */

__thread struct pr_metadata_returned pr_metadata_returned[PR_METADATA_RETURNED];

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

static void give_back_all(void *places)
{
	struct pr_metadata_returned *place = places;

	for (int i = 0; i < PR_METADATA_RETURNED; i++, place++) {
		pr_metadata_unref(place->metadata, place->count);
		*place = (struct pr_metadata_returned){0};
	}
}

static void create_key(void)
{
	has_key = pthread_key_create(&key, give_back_all) == 0;
}

/* The library may go before a thread does.  */
static __attribute__((destructor)) void delete_key(void)
{
	if (has_key)
		pthread_key_delete(key);
	has_key = false;
}

/* Without anybody to tell when the thread ends, nothing is collected.  */
void pr_metadata_return_slowly(struct pr_metadata_returned *place, struct pr_metadata *metadata)
{
	pthread_once(&once, create_key);
	if (!has_key || pthread_setspecific(key, pr_metadata_returned) != 0) {
		pr_metadata_unref(metadata, 1);
		return;
	}
	if (place->metadata)
		pr_metadata_unref(place->metadata, place->count);
	*place = (struct pr_metadata_returned){metadata, 1};
}

/* ---- Content ---- */

static bool make_room(struct pr_metadata *metadata, size_t size)
{
	if (metadata->room - metadata->size >= size)
		return true;
	size_t room = (metadata->size + size) * 2;
	uint8_t *entries = realloc(metadata->entries, room);

	if (!entries)
		return false;
	metadata->entries = entries;
	metadata->room = room;
	return true;
}

bool pr_metadata_add(struct pr_metadata *metadata, const void *name, size_t name_size,
                     const void *value, size_t value_size)
{
	if (!make_room(metadata, 1 + name_size + sizeof(value_size) + value_size + 1))
		return false;
	uint8_t *at = metadata->entries + metadata->size;

	*at++ = (uint8_t)name_size;
	memcpy(at, name, name_size);
	at += name_size;
	memcpy(at, &value_size, sizeof(value_size));
	at += sizeof(value_size);
	if (value_size > 0)
		memcpy(at, value, value_size);
	at += value_size;
	*at++ = '\0';
	metadata->size = (size_t)(at - metadata->entries);
	return true;
}

const char *pr_metadata_get(const struct pr_metadata *metadata, const char *name)
{
	const uint8_t *at = metadata->entries, *end = at + metadata->size;
	size_t wanted = strlen(name), value_size;

	while (at < end) {
		size_t name_size = *at++;
		bool is_it = name_size == wanted && memcmp(at, name, wanted) == 0;

		at += name_size;
		memcpy(&value_size, at, sizeof(value_size));
		at += sizeof(value_size);
		if (is_it)
			return (const char *)at;
		at += value_size + 1;
	}
	return NULL;
}

int pr_property_next(const uint8_t **at, size_t *size, struct pr_property *property)
{
	if (*size == 0)
		return 0;
	size_t name_size = **at;

	if (name_size == 0 || *size < 1 + name_size + 4)
		return -1;
	const uint8_t *name = *at + 1, *number = name + name_size;
	uint32_t value_size = (uint32_t)number[0] << 24 | (uint32_t)number[1] << 16 |
	                      (uint32_t)number[2] << 8 | number[3];

	*size -= 1 + name_size + 4;
	if (value_size > *size)
		return -1;
	*property = (struct pr_property){name, number + 4, name_size, value_size};
	*size -= value_size;
	*at = property->value + value_size;
	return 1;
}

size_t pr_property_put(uint8_t *at, const char *name, const void *value, size_t value_size)
{
	size_t name_size = strlen(name);

	*at++ = (uint8_t)name_size;
	memcpy(at, name, name_size);
	at += name_size;
	at[0] = (uint8_t)(value_size >> 24);
	at[1] = (uint8_t)(value_size >> 16);
	at[2] = (uint8_t)(value_size >> 8);
	at[3] = (uint8_t)value_size;
	if (value_size > 0)
		memcpy(at + 4, value, value_size);
	return 1 + name_size + 4 + value_size;
}
