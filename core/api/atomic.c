/* SPDX-License-Identifier: MIT */
/* core/api/atomic.c - zmq_atomic_counter_*: a counter that several threads may use at once.
 *
 * It wraps round like libzmq's; each operation is one atomic instruction with full ordering, so it
 * may count references.  */
#include <stdatomic.h>
#include <stdlib.h>

#include "core/include/proctor/zmq.h"

struct counter {
	atomic_uint value;
};

static atomic_uint *value_of(void *counter)
{
	return &((struct counter *)counter)->value;
}

/* The other functions have no way to fail, so neither has this one: as in libzmq, a program that
 * has no memory for a counter ends here and not at its first use.  */
void *zmq_atomic_counter_new(void)
{
	struct counter *counter = malloc(sizeof(*counter));

	if (!counter)
		abort();
	atomic_init(&counter->value, 0);
	return counter;
}

void zmq_atomic_counter_set(void *counter, int value)
{
	atomic_store(value_of(counter), (unsigned)value);
}

/* Returns the value before.  */
int zmq_atomic_counter_inc(void *counter)
{
	return (int)atomic_fetch_add(value_of(counter), 1u);
}

/* Returns whether the counter is now other than 0.  */
int zmq_atomic_counter_dec(void *counter)
{
	return atomic_fetch_sub(value_of(counter), 1u) != 1u;
}

int zmq_atomic_counter_value(void *counter)
{
	return (int)atomic_load(value_of(counter));
}

void zmq_atomic_counter_destroy(void **counter)
{
	free(*counter);
	*counter = NULL;
}
