/* SPDX-License-Identifier: MIT */
/* reports/axis.c - round numbers for an axis (see axis.h).  */
#include "reports/axis.h"

#include <math.h>

static void add_mark(struct pr_axis *axis, double value)
{
	if (axis->count < PR_AXIS_MARKS)
		axis->marks[axis->count++] = value;
}

/* 1, 2 or 5 times a power of ten, near the given step.  */
static double round_step(double rough)
{
	double unit = pow(10, floor(log10(rough)));
	double digit = rough / unit;

	return (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10) * unit;
}

/* Marks at multiples of a round step between lo and hi.  */
static void add_steps(struct pr_axis *axis)
{
	double step = round_step((axis->hi - axis->lo) / 5);

	axis->count = 0;
	for (double n = ceil(axis->lo / step * 0.9999); n * step <= axis->hi * 1.0001; n++)
		add_mark(axis, n * step);
}

struct pr_axis pr_axis_linear(double most)
{
	struct pr_axis axis = {.lo = 0, .hi = most > 0 ? most * 1.12 : 1};

	add_steps(&axis);
	return axis;
}

/* Marks at the given multiples of each power of ten inside the range.  */
static void add_decades(struct pr_axis *axis, const double *steps, size_t count)
{
	axis->count = 0;
	for (double power = floor(log10(axis->lo)); power <= log10(axis->hi); power++)
		for (size_t i = 0; i < count; i++) {
			double value = steps[i] * pow(10, power);

			if (value >= axis->lo * 0.9999 && value <= axis->hi * 1.0001)
				add_mark(axis, value);
		}
}

/* Drops marks whose texts would touch: nearer than a fifth of the axis.  */
static void thin_out(struct pr_axis *axis)
{
	double room = log(axis->hi / axis->lo) / 5;
	size_t kept = 0;

	for (size_t i = 0; i < axis->count; i++)
		if (kept == 0 || log(axis->marks[i] / axis->marks[kept - 1]) >= room)
			axis->marks[kept++] = axis->marks[i];
	axis->count = kept;
}

struct pr_axis pr_axis_log(double least, double most)
{
	static const double middle[] = {1, 1.5, 2, 3, 4, 5, 7};
	static const double plain[] = {1, 2, 5};
	static const double coarse[] = {1};
	struct pr_axis axis = {.log = true};
	double ratio, room;

	room = fmax(pow(most / least, 0.05), 1.02);
	axis.lo = least / room;
	axis.hi = most * room;
	ratio = axis.hi / axis.lo;
	if (ratio > 1000)
		add_decades(&axis, coarse, 1);
	else if (ratio > 12)
		add_decades(&axis, plain, 3);
	else if (ratio > 2.5)
		add_decades(&axis, middle, 7);
	else
		add_steps(&axis);
	thin_out(&axis);
	return axis;
}
