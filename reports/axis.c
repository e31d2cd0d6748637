/* SPDX-License-Identifier: MIT */
/* reports/axis.c - round numbers for an axis (see axis.h).  */
#include "reports/axis.h"

#include <math.h>

/* Into what no measure of this project leaves: beyond it, sums and loops would not end well.  */
static double clamp(double value)
{
	return fmin(fmax(value, 1e-30), 1e30);
}

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
	struct pr_axis axis = {.lo = 0, .hi = clamp(most) * 1.12};

	add_steps(&axis);
	return axis;
}

/* Marks at the given multiples of each power of ten inside the range; steps ends with 0.  */
static void add_decades(struct pr_axis *axis, const double *steps)
{
	axis->count = 0;
	for (double power = floor(log10(axis->lo)); power <= log10(axis->hi); power++)
		for (size_t i = 0; steps[i] > 0; i++) {
			double value = steps[i] * pow(10, power);

			if (value >= axis->lo * 0.9999 && value <= axis->hi * 1.0001)
				add_mark(axis, value);
		}
}

/* Whether the texts of the marks keep their distance.  */
static bool has_room(const struct pr_axis *axis, double room)
{
	for (size_t i = 1; i < axis->count; i++)
		if (log(axis->marks[i] / axis->marks[i - 1]) < room)
			return false;
	return true;
}

static double clamp_signed(double value)
{
	return value < 0 ? -clamp(-value) : clamp(value);
}

struct pr_axis pr_axis_between(double least, double most)
{
	double lo = clamp_signed(least), hi = clamp_signed(most);
	double size = fmax(fmax(fabs(lo), fabs(hi)), 1e-30);
	double room = fmax((hi - lo) * 0.06, size * 1e-9);
	struct pr_axis axis = {.lo = lo - room, .hi = hi + room};

	add_steps(&axis);
	return axis;
}

/* Drops marks that are too near to the one before.  */
static void thin_out(struct pr_axis *axis, double room)
{
	size_t kept = 0;

	for (size_t i = 0; i < axis->count; i++)
		if (kept == 0 || log(axis->marks[i] / axis->marks[kept - 1]) >= room)
			axis->marks[kept++] = axis->marks[i];
	axis->count = kept;
}

struct pr_axis pr_axis_log(double least, double most, unsigned marks_max)
{
	static const double steps[][8] = {
	        {1, 1.5, 2, 3, 4, 5, 7}, {1, 2, 3, 5, 7}, {1, 2, 5}, {1, 3}, {1},
	};
	double lo = clamp(least), hi = fmax(lo, clamp(most));
	double widen = fmax(pow(hi / lo, 0.05), 1.02);
	struct pr_axis axis = {.lo = lo / widen, .hi = hi * widen, .log = true};
	double room = log(axis.hi / axis.lo) / marks_max;

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		add_decades(&axis, steps[i]);
		if (has_room(&axis, room))
			break;
	}
	if (axis.count < 2 || (axis.count < 3 && axis.hi / axis.lo < 3))
		add_steps(&axis);
	thin_out(&axis, room);
	return axis;
}
