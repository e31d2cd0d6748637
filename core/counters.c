/* SPDX-License-Identifier: MIT */
/* core/counters.c - counters.def as a list, and sums over it.
 *
 * Every scope struct is nothing but counters and cells, all of one size: words.  */
#include "core/counters.h"

#include <stdbool.h>

#include "core/include/proctor.h"

#if PROCTOR_HOOKS

typedef _Atomic uint64_t word;

#define WORDS(scope)  (sizeof(struct pr_##scope##_counters) / sizeof(word))
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define PR_COUNTER(scope, name, unit, kind, help) {#name, unit, #scope, #kind, help},
static const struct proctor_counter list[] = {
#include "core/counters.def"
};
#undef PR_COUNTER

#define COUNT LENGTH(list)

/* ---- Derived counters ---- */

static uint64_t sum(const word *first, size_t count, size_t step)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += atomic_load_explicit(&((word *)(uintptr_t)first)[i * step],
		                              memory_order_relaxed);
	return total;
}

/* Each becomes a function over its scope's struct.  */
#define all(table)          sum(own->table[0], sizeof(own->table) / sizeof(word), 1)
#define row(table, at)      sum(own->table[at], LENGTH(own->table[at]), 1)
#define column(table, at)   sum(&own->table[0][at], LENGTH(own->table), LENGTH(own->table[0]))
#define cell(table, at, of) sum(&own->table[at][of], 1, 1)
#define PR_COUNTER(scope, name, unit, kind, help)
#define PR_DERIVED(scope, name, unit, value, help)                                                 \
	static uint64_t derive_##name(const void *counters)                                        \
	{                                                                                          \
		const struct pr_##scope##_counters *own = counters;                                \
                                                                                                   \
		return value;                                                                      \
	}
#include "core/counters.def"
#undef PR_COUNTER
#undef PR_DERIVED
#undef all
#undef row
#undef column
#undef cell

/* ---- Where the values come from ---- */

#define SCOPE_conn         PR_SCOPE_CONN
#define SCOPE_loop         PR_SCOPE_LOOP
#define SCOPE_sock         PR_SCOPE_SOCK
#define PEAK_sum           false
#define PEAK_peak          true
#define PLACE(scope, name) (offsetof(struct pr_##scope##_counters, name) / sizeof(word))

struct source {
	enum pr_scope scope;
	size_t place; /* word of the struct... */
	bool is_peak;
	uint64_t (*derive)(const void *counters); /* ...unless it is derived */
};

#define PR_COUNTER(scope, name, unit, kind, help)                                                  \
	{SCOPE_##scope, PLACE(scope, name), PEAK_##kind, NULL},
#define PR_DERIVED(scope, name, unit, value, help) {SCOPE_##scope, 0, false, derive_##name},
static const struct source sources[] = {
#include "core/counters.def"
};
#undef PR_COUNTER
#undef PR_DERIVED

static const size_t words[] = {
        [PR_SCOPE_CONN] = WORDS(conn),
        [PR_SCOPE_LOOP] = WORDS(loop),
        [PR_SCOPE_SOCK] = WORDS(sock),
};

#define PR_COUNTER(scope, name, unit, kind, help) [SCOPE_##scope][PLACE(scope, name)] = PEAK_##kind,
#define PR_DERIVED(scope, name, unit, value, help)
static const bool is_peak[][WORDS(conn)] = {
#include "core/counters.def"
};
#undef PR_COUNTER
#undef PR_DERIVED

/* ---- Public ---- */

size_t pr_counters_count(void)
{
	return COUNT;
}

const struct proctor_counter *pr_counters_list(void)
{
	return list;
}

static uint64_t combine(bool peak, uint64_t a, uint64_t b)
{
	if (peak)
		return a > b ? a : b;
	return a + b;
}

void pr_counters_add(enum pr_scope scope, const void *counters, uint64_t *values)
{
	const word *from = counters;

	for (size_t i = 0; i < COUNT; i++) {
		const struct source *source = &sources[i];

		if (source->scope != scope)
			continue;
		uint64_t more =
		        source->derive ? source->derive(counters) : sum(&from[source->place], 1, 1);

		values[i] = combine(source->is_peak, values[i], more);
	}
}

void pr_counters_fold(enum pr_scope scope, void *into, const void *from)
{
	word *to = into;

	for (size_t i = 0; i < words[scope]; i++) {
		uint64_t old = atomic_load_explicit(&to[i], memory_order_relaxed);
		uint64_t more = sum((const word *)from + i, 1, 1);

		atomic_store_explicit(&to[i], combine(is_peak[scope][i], old, more),
		                      memory_order_relaxed);
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
