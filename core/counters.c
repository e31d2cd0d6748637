/* SPDX-License-Identifier: MIT */
/* core/counters.c - counters.def as a list, and sums over it.
 *
 * Every scope struct is nothing but its counters in list order, so a walk over the list that skips
 * the other scopes is a walk over the struct.  */
#include "core/counters.h"

#include <string.h>

#include "core/include/proctor.h"

#if PROCTOR_HOOKS

#define PR_COUNTER(scope, name, unit, kind, help) {#name, unit, #scope, #kind, help},
static const struct proctor_counter list[] = {
#include "core/counters.def"
};
#undef PR_COUNTER

#define COUNT (sizeof(list) / sizeof(list[0]))

size_t pr_counters_count(void)
{
	return COUNT;
}

const struct proctor_counter *pr_counters_list(void)
{
	return list;
}

static const char *scope_name(enum pr_scope scope)
{
	static const char *const names[] = {"conn", "loop", "sock"};

	return names[scope];
}

static uint64_t combine(const struct proctor_counter *counter, uint64_t a, uint64_t b)
{
	if (strcmp(counter->kind, "peak") == 0)
		return a > b ? a : b;
	return a + b;
}

void pr_counters_add(enum pr_scope scope, const void *counters, uint64_t *values)
{
	_Atomic uint64_t *field = (_Atomic uint64_t *)(uintptr_t)counters;

	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(list[i].scope, scope_name(scope)) != 0)
			continue;
		values[i] = combine(&list[i], values[i],
		                    atomic_load_explicit(field++, memory_order_relaxed));
	}
}

void pr_counters_fold(enum pr_scope scope, void *into, const void *from)
{
	_Atomic uint64_t *to = into;
	_Atomic uint64_t *field = (_Atomic uint64_t *)(uintptr_t)from;

	for (size_t i = 0; i < COUNT; i++) {
		if (strcmp(list[i].scope, scope_name(scope)) != 0)
			continue;
		uint64_t old = atomic_load_explicit(to, memory_order_relaxed);
		uint64_t more = atomic_load_explicit(field++, memory_order_relaxed);

		atomic_store_explicit(to++, combine(&list[i], old, more), memory_order_relaxed);
	}
}

#else

size_t pr_counters_count(void)
{
	return 0;
}

const struct proctor_counter *pr_counters_list(void)
{
	return NULL;
}

void pr_counters_add(enum pr_scope scope, const void *counters, uint64_t *values)
{
	(void)scope, (void)counters, (void)values;
}

void pr_counters_fold(enum pr_scope scope, void *into, const void *from)
{
	(void)scope, (void)into, (void)from;
}

#endif
