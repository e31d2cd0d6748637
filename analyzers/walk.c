/* SPDX-License-Identifier: MIT */
/* analyzers/walk.c - CPU time per read against buffers held.  */
#include "analyzers/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/opts.h"

/* Between two points so many reads at least, or their mean says little.  */
#define READS_MIN 20

/* A phase that held fewer buffers, or has fewer samples, shows nothing.  */
#define BUFFERS_MIN 100
#define SAMPLES_MIN 8

#define BINS       20
#define CONFIDENCE 0.95

struct sample {
	double buffers, ns;
};

struct samples {
	struct sample *items;
	size_t count, room;
};

/* ---- one time line -------------------------------------------------------------------------- */

static void add(struct samples *samples, struct sample sample)
{
	if (samples->count == samples->room) {
		samples->room = samples->room == 0 ? 256 : samples->room * 2;
		samples->items =
		        pr_realloc(samples->items, samples->room * sizeof(*samples->items));
	}
	samples->items[samples->count++] = sample;
}

struct columns {
	size_t stage, held, cpu;
};

static size_t find_column(const json_t *names, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)names, i, item)
	{
		if (json_is_string(item) && strcmp(json_string_value(item), name) == 0)
			return i;
	}
	return SIZE_MAX;
}

static double value_at(const json_t *point, size_t column)
{
	const json_t *value = json_array_get(point, column);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

#define STALLED 1

/* What happened between two points of a stall.  */
static void add_step(const json_t *from, const json_t *to, const struct columns *columns,
                     double read_bytes, struct samples *samples)
{
	double held = value_at(from, columns->held), later = value_at(to, columns->held);
	double reads = (later - held) / read_bytes;
	double ns = value_at(to, columns->cpu) - value_at(from, columns->cpu);

	if (value_at(from, columns->stage) == STALLED && value_at(to, columns->stage) == STALLED &&
	    reads >= READS_MIN && ns > 0)
		add(samples, (struct sample){(held + later) / 2 / read_bytes, ns / reads});
}

static void add_line(const json_t *pressure, double read_bytes, struct samples *samples)
{
	const json_t *line = json_object_get(pressure, "line");
	const json_t *points = json_object_get(line, "points");
	const json_t *names = json_object_get(line, "columns");
	const struct columns columns = {find_column(names, "stage"),
	                                find_column(names, "receiver_bytes"),
	                                find_column(names, "cpu_ns")};

	for (size_t i = 1; i < json_array_size(points); i++)
		add_step(json_array_get(points, i - 1), json_array_get(points, i), &columns,
		         read_bytes, samples);
}

/* ---- fits ------------------------------------------------------------------------------------ */

/* Least squares: ns = base + step x buffers.  False when there is too little.  */
static bool fit(const struct sample *items, size_t count, double *base, double *step)
{
	double x = 0, y = 0, xx = 0, xy = 0;

	for (size_t i = 0; i < count; i++) {
		x += items[i].buffers / (double)count;
		y += items[i].ns / (double)count;
	}
	for (size_t i = 0; i < count; i++) {
		xx += (items[i].buffers - x) * (items[i].buffers - x);
		xy += (items[i].buffers - x) * (items[i].ns - y);
	}
	if (count < SAMPLES_MIN || !(xx > 0))
		return false;
	*step = xy / xx;
	*base = y - *step * x;
	return true;
}

static double most_buffers(const struct samples *samples)
{
	double most = 0;

	for (size_t i = 0; i < samples->count; i++)
		most = fmax(most, samples->items[i].buffers);
	return most;
}

/* Medians in equal steps of buffers.  */
static json_t *points_json(const struct samples *samples)
{
	double width = most_buffers(samples) / BINS;
	double *values = pr_alloc((samples->count + 1) * sizeof(*values));
	json_t *points = json_array();

	for (int bin = 0; bin < BINS; bin++) {
		size_t count = 0;
		json_t *point;

		for (size_t i = 0; i < samples->count; i++)
			if (samples->items[i].buffers > bin * width &&
			    samples->items[i].buffers <= (bin + 1) * width)
				values[count++] = samples->items[i].ns;
		if (count == 0)
			continue;
		point = json_object();
		pr_json_set(point, "buffers", json_real((bin + 0.5) * width));
		pr_json_set(point, "ns", json_real(pr_stats_median(values, count)));
		pr_json_append(points, point);
	}
	free(values);
	return points;
}

/* ---- one phase ------------------------------------------------------------------------------- */

struct walk {
	const struct pr_run *run;
	size_t phase, workload;
	double read_bytes;
	struct samples samples;
	double *bases, *steps; /* of trials */
	size_t fits;
};

static void add_trial(struct walk *walk, const struct pr_run_trial *trial)
{
	size_t before = walk->samples.count;

	add_line(trial->pressure, walk->read_bytes, &walk->samples);
	if (fit(walk->samples.items + before, walk->samples.count - before,
	        &walk->bases[walk->fits], &walk->steps[walk->fits]))
		walk->fits++;
}

static char *make_text(const struct walk *walk, double base, double step, double lo, double hi)
{
	const char *phase = walk->run->phases[walk->phase].label;
	double most = most_buffers(&walk->samples);
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_printf(
	        &text,
	        "A read of %s bytes costs %s %s of CPU time with nothing held and %s more for each "
	        "buffer held",
	        pr_numbers_count(walk->read_bytes).text, phase,
	        pr_numbers_value(fmax(base, 0), "ns").text, pr_numbers_value(step, "ns").text);
	if (!isnan(lo))
		pr_buf_printf(&text, " [%s, %s]", pr_numbers_value(lo, "ns").text,
		              pr_numbers_value(hi, "ns").text);
	pr_buf_printf(&text, ": %s with %s buffers.",
	              pr_numbers_value(base + step * most, "ns").text,
	              pr_numbers_count(floor(most)).text);
	return text.text;
}

static json_t *dump(const struct walk *walk)
{
	const struct pr_run_phase *phase = &walk->run->phases[walk->phase];
	double base = pr_stats_median(walk->bases, walk->fits);
	double step = pr_stats_median(walk->steps, walk->fits), lo = NAN, hi = NAN;
	struct pr_stats_interval interval;
	json_t *object = json_object();
	char *text;

	if (pr_stats_median_interval(walk->steps, walk->fits, CONFIDENCE, &interval)) {
		lo = interval.lo;
		hi = interval.hi;
	}
	text = make_text(walk, base, step, lo, hi);
	pr_json_set(object, "workload", json_string(walk->run->workloads[walk->workload].label));
	pr_json_set(object, "phase", json_string(phase->label));
	pr_json_set(object, "size_check", json_string(pr_run_option(phase, "size-check")));
	pr_json_set(object, "read_bytes", json_real(walk->read_bytes));
	pr_json_set(object, "base_ns", pr_json_new_real(base));
	pr_json_set(object, "step_ns", pr_json_new_real(step));
	pr_json_set(object, "step_lo", pr_json_new_real(lo));
	pr_json_set(object, "step_hi", pr_json_new_real(hi));
	pr_json_set(object, "points", points_json(&walk->samples));
	pr_json_set(object, "text", pr_json_new_string(text));
	free(text);
	return object;
}

/* "8K" of the options; 0 when the phase does not say.  */
static double read_size(const struct pr_run_phase *phase)
{
	struct size {
		uint64_t bytes;
	} size = {0};
	static const struct pr_opt table[] = {{"read-size", 0, PR_OPT_BYTES,
	                                       offsetof(struct size, bytes), NULL, "BYTES", "", 0,
	                                       0},
	                                      {0}};
	const char *text = pr_run_option(phase, "read-size");
	struct pr_error why;

	if (text == NULL || pr_opts_set(table, &size, "read-size", text, "", &why) != PR_OK)
		return 0;
	return (double)size.bytes;
}

/* NULL when it shows nothing.  */
static json_t *walk_json(const struct pr_run *run, size_t phase, size_t workload)
{
	struct walk walk = {.run = run,
	                    .phase = phase,
	                    .workload = workload,
	                    .read_bytes = read_size(&run->phases[phase])};
	json_t *object = NULL;

	if (pr_run_option(&run->phases[phase], "size-check") == NULL || walk.read_bytes == 0)
		return NULL;
	walk.bases = pr_alloc((run->trial_count + 1) * sizeof(*walk.bases));
	walk.steps = pr_alloc((run->trial_count + 1) * sizeof(*walk.steps));
	for (size_t i = 0; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		if (trial->phase == phase && trial->workload == workload && trial->good &&
		    trial->block > 0 && trial->pressure != NULL)
			add_trial(&walk, trial);
	}
	if (walk.fits > 0 && most_buffers(&walk.samples) >= BUFFERS_MIN)
		object = dump(&walk);
	free(walk.bases);
	free(walk.steps);
	free(walk.samples.items);
	return object;
}

static bool has_others(const struct pr_run_workload *workload)
{
	const char *roles = pr_json_text(workload->options, "roles");

	return pr_run_number(workload->options, "peers") > 0 ||
	       (roles != NULL && strcmp(roles, "two") == 0);
}

/* A counter by itself shows nothing.  */
static bool has_walk(const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item)
	{
		if (strcmp(pr_json_text(item, "size_check"), "walk") == 0)
			return true;
	}
	return false;
}

json_t *pr_walk_json(const struct pr_run *run)
{
	json_t *list = json_array(), *object;

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; has_others(&run->workloads[w]) && p < run->phase_count; p++)
			if ((object = walk_json(run, p, w)) != NULL)
				pr_json_append(list, object);
	if (has_walk(list))
		return list;
	json_decref(list);
	return NULL;
}

void pr_walk_view(struct pr_view *view, const json_t *walks)
{
	size_t i;
	json_t *walk;

	if (json_array_size(walks) > 0)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "What a read costs while buffers are held:");
	json_array_foreach((json_t *)walks, i, walk)
	{
		pr_view_add(view, PR_VIEW_ITEM, "%s", pr_json_text(walk, "text"));
	}
}
