/* SPDX-License-Identifier: MIT */
/* core/counters.h - the instrumentation hooks.
 *
 * counters.def lists every counter once.  Here it becomes one struct per scope.  Each counter has a
 * single writer, so counting is an addition without a lock (a snapshot from another thread reads
 * whole values).  What a system call came to is one cell of a table, from which the snapshot
 * derives what is shown.  With PROCTOR_HOOKS=0 the macros vanish.
 *
 * Where <sys/sdt.h> was found at build time, PR_PROBE places a USDT probe beside the counters: a
 * nop until perf or bpftrace attaches to it ("provider proctor").  */
#ifndef PR_COUNTERS_H
#define PR_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#ifndef PROCTOR_HOOKS
#define PROCTOR_HOOKS 1
#endif

/* Why a receive is made; counted.  */
enum pr_read_cause {
	PR_READ_NONE,
	PR_READ_READINESS,
	PR_READ_DRAIN,
	PR_READ_SPECULATIVE,
	PR_READ_RESTART,
	PR_READ_START,
	PR_READ_CAUSES
};

/* Why a send is made; counted.  */
enum pr_send_cause {
	PR_SEND_WAKEUP,
	PR_SEND_MORE,
	PR_SEND_WRITABLE,
	PR_SEND_HANDSHAKE, /* whenever it is made: of control bytes */
	PR_SEND_CAUSES
};

/* What came of a receive or a send.  */
enum pr_outcome {
	PR_OUTCOME_FULL,
	PR_OUTCOME_SHORT,
	PR_OUTCOME_EAGAIN,
	PR_OUTCOME_END,
	PR_OUTCOME_ERROR,
	PR_OUTCOMES
};

#if PROCTOR_HOOKS

#define PR_COUNTER_FIELD(name) _Atomic uint64_t name;

struct pr_conn_counters {
#define PR_COUNTER_conn(name) PR_COUNTER_FIELD(name)
#define PR_COUNTER_loop(name)
#define PR_COUNTER_sock(name)
#define PR_COUNTER(scope, name, unit, kind, help)  PR_COUNTER_##scope(name)
#define PR_CELLS(scope, name, extents)             PR_COUNTER_##scope(name extents)
#define PR_DERIVED(scope, name, unit, value, help) /* has no field */
#include "core/counters.def"
#undef PR_COUNTER_conn
#undef PR_COUNTER_loop
#define PR_COUNTER_conn(name)
#define PR_COUNTER_loop(name) PR_COUNTER_FIELD(name)
};

struct pr_loop_counters {
#include "core/counters.def"
#undef PR_COUNTER_loop
#undef PR_COUNTER_sock
#define PR_COUNTER_loop(name)
#define PR_COUNTER_sock(name) PR_COUNTER_FIELD(name)
};

struct pr_sock_counters {
#include "core/counters.def"
};

#undef PR_COUNTER
#undef PR_CELLS
#undef PR_DERIVED
#undef PR_COUNTER_conn
#undef PR_COUNTER_loop
#undef PR_COUNTER_sock

/* By the one writer of the counter.  */
static inline void pr_counter_add(_Atomic uint64_t *counter, uint64_t n)
{
#ifdef __x86_64__
	/* One instruction, where compilers make three of the other form. */
	__asm__("addq %1, %0" : "+m"(*(uint64_t *)counter) : "er"(n) : "cc");
#else
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
	                      memory_order_relaxed);
#endif
}

/* PR_COUNT(&conn->counters, recv_bytes, 1) - the writer of that scope only.  */
#define PR_COUNT(counters, name, n) pr_counter_add(&(counters)->name, (uint64_t)(n))

/* Counts one in a table of cells.  */
#define PR_COUNT_CELL(counters, name, row, column) pr_counter_add(&(counters)->name[row][column], 1)

/* Counts a transfer of size bytes in its size class; prefix is recv or send.  */
#define PR_COUNT_SIZE(counters, prefix, size)                                                      \
	do {                                                                                       \
		if ((size) < 128)                                                                  \
			PR_COUNT(counters, prefix##_size_lt_128, 1);                               \
		else if ((size) < 1024)                                                            \
			PR_COUNT(counters, prefix##_size_lt_1k, 1);                                \
		else if ((size) < 8192)                                                            \
			PR_COUNT(counters, prefix##_size_lt_8k, 1);                                \
		else if ((size) < 65536)                                                           \
			PR_COUNT(counters, prefix##_size_lt_64k, 1);                               \
		else                                                                               \
			PR_COUNT(counters, prefix##_size_ge_64k, 1);                               \
	} while (0)

/* Raises a peak.  */
#define PR_COUNT_PEAK(counters, name, value)                                                       \
	do {                                                                                       \
		if ((uint64_t)(value) >                                                            \
		    atomic_load_explicit(&(counters)->name, memory_order_relaxed))                 \
			atomic_store_explicit(&(counters)->name, (uint64_t)(value),                \
			                      memory_order_relaxed);                               \
	} while (0)

/* Sets a counter that says how things are now.  */
#define PR_COUNT_SET(counters, name, value)                                                        \
	atomic_store_explicit(&(counters)->name, (uint64_t)(value), memory_order_relaxed)

#else

struct pr_conn_counters {
	char none;
};
struct pr_loop_counters {
	char none;
};
struct pr_sock_counters {
	char none;
};
#define PR_COUNT(counters, name, n)                ((void)(counters), (void)(n))
#define PR_COUNT_CELL(counters, name, row, column) ((void)(counters), (void)(row), (void)(column))
#define PR_COUNT_SIZE(counters, prefix, size)      ((void)(counters), (void)(size))
#define PR_COUNT_PEAK(counters, name, value)       ((void)(counters), (void)(value))
#define PR_COUNT_SET(counters, name, value)        ((void)(counters), (void)(value))

#endif

#if PROCTOR_HOOKS && defined(PROCTOR_USDT)
#include <sys/sdt.h>
#define PR_PROBE2(name, a, b)    DTRACE_PROBE2(proctor, name, a, b)
#define PR_PROBE3(name, a, b, c) DTRACE_PROBE3(proctor, name, a, b, c)
#else
#define PR_PROBE2(name, a, b)    ((void)(a), (void)(b))
#define PR_PROBE3(name, a, b, c) ((void)(a), (void)(b), (void)(c))
#endif

enum pr_scope { PR_SCOPE_CONN, PR_SCOPE_LOOP, PR_SCOPE_SOCK };

/* How many counters there are in all scopes; 0 when the hooks are compiled out.  */
size_t pr_counters_count(void);

struct proctor_counter;

/* The list in the order of counters.def; static.  */
const struct proctor_counter *pr_counters_list(void);

/* Adds the counters of one scope struct into values[] (list order; peaks take the larger).  */
void pr_counters_add(enum pr_scope scope, const void *counters, uint64_t *values);

/* Folds the counters of something that goes away into the same struct of its owner; both must be
 * quiet or written by the calling thread.  */
void pr_counters_fold(enum pr_scope scope, void *into, const void *from);

#endif
