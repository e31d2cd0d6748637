/* SPDX-License-Identifier: MIT */
/* harness/order.c - Williams designs.  */
#include "harness/order.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/buf.h"

struct pr_order {
	struct pr_rng rng;
	size_t count;
	size_t rows;
	size_t next;      /* row to give out */
	size_t *labels;   /* count */
	size_t *sequence; /* rows */
};

size_t pr_order_rows(size_t count)
{
	if (count <= 2)
		return count;
	return count % 2 == 0 ? count : 2 * count;
}

/* Column j of the first row: 0, 1, K-1, 2, K-2, ...: neighbours differ by each distance once.  */
static size_t zigzag(size_t j, size_t count)
{
	if (j % 2 == 1)
		return (j + 1) / 2;
	return j == 0 ? 0 : count - j / 2;
}

/* Cell of the design: rows K and up are the mirror image, for odd K.  */
static size_t cell(size_t row, size_t column, size_t count)
{
	if (row >= count)
		return cell(row - count, count - 1 - column, count);
	return (zigzag(column, count) + row) % count;
}

static void begin_design(struct pr_order *order)
{
	pr_rng_shuffle(&order->rng, order->labels, order->count);
	pr_rng_shuffle(&order->rng, order->sequence, order->rows);
	order->next = 0;
}

struct pr_order *pr_order_create(size_t count, uint64_t seed)
{
	struct pr_order *order = pr_alloc(sizeof(*order));

	assert(count > 0);
	pr_rng_init(&order->rng, seed);
	order->count = count;
	order->rows = pr_order_rows(count);
	order->labels = pr_alloc(order->count * sizeof(size_t));
	order->sequence = pr_alloc(order->rows * sizeof(size_t));
	for (size_t i = 0; i < order->count; i++)
		order->labels[i] = i;
	for (size_t i = 0; i < order->rows; i++)
		order->sequence[i] = i;
	begin_design(order);
	return order;
}

void pr_order_destroy(struct pr_order **taken)
{
	struct pr_order *order = *taken;

	*taken = NULL;
	if (order == NULL)
		return;
	free(order->labels);
	free(order->sequence);
	free(order);
}

void pr_order_next(struct pr_order *order, size_t *items)
{
	if (order->next == order->rows)
		begin_design(order);
	for (size_t i = 0; i < order->count; i++)
		items[i] = order->labels[cell(order->sequence[order->next], i, order->count)];
	order->next++;
}
