/* SPDX-License-Identifier: MIT */
/* reports/course.c - the course of a run (see course.h).  */
#include "reports/course.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "reports/input.h"

/* PR_INPUT_NAMES: not known.  */
static size_t find_name(const struct pr_names *names, const char *name)
{
	for (size_t i = 0; name && i < names->count; i++)
		if (!strcmp(names->items[i], name))
			return i;
	return PR_INPUT_NAMES;
}

static bool take_slice(struct pr_course_slice *slice, const struct pr_input *input,
                       const json_t *line)
{
	const char *why = pr_json_text(line, "void");
	double block = pr_input_number(line, "block");

	*slice = (struct pr_course_slice){
	        .phase = find_name(&input->phases, pr_json_text(line, "phase")),
	        .workload = find_name(&input->workloads, pr_json_text(line, "workload")),
	        .at = pr_input_number(line, "start_ns") / 1e9,
	        .ns = pr_input_number(line, "elapsed_ns") / pr_input_number(line, "messages"),
	        .control_ns = pr_input_number(line, "control_ns"),
	        .counted = !why && pr_input_is(line, "status", "ok"),
	};
	if (slice->phase == PR_INPUT_NAMES || slice->workload == PR_INPUT_NAMES ||
	    !(block >= 1 && block < 1e9) || !(slice->ns > 0) || !isfinite(slice->ns) ||
	    pr_input_flag(line, "whole", false) || pr_json_text(line, "pair"))
		return false;
	slice->block = (uint64_t)block;
	slice->why = why ? pr_strdup(why) : NULL;
	return true;
}

static void take_line(struct pr_course *course, const struct pr_input *input, const char *text,
                      size_t size)
{
	json_t *line = json_loadb(text, size, 0, NULL);

	if (course->count % 256 == 0)
		course->slices =
		        pr_realloc(course->slices, (course->count + 256) * sizeof(*course->slices));
	if (line && take_slice(&course->slices[course->count], input, line))
		course->count++;
	json_decref(line);
}

/* Without the time of every slice there is only the order.  */
static void set_order(struct pr_course *course)
{
	course->timed = course->count > 0;
	for (size_t i = 0; i < course->count; i++)
		course->timed &= !isnan(course->slices[i].at);
	for (size_t i = 0; !course->timed && i < course->count; i++)
		course->slices[i].at = (double)i + 1;
}

void pr_course_read(struct pr_course *course, const struct pr_input *input, const char *text,
                    size_t size)
{
	*course = (struct pr_course){.slices = NULL};
	while (size > 0) {
		const char *end = memchr(text, '\n', size);
		size_t length = end ? (size_t)(end - text) : size;

		take_line(course, input, text, length);
		text += length + (end ? 1 : 0);
		size -= length + (end ? 1 : 0);
	}
	set_order(course);
}

void pr_course_free(struct pr_course *course)
{
	for (size_t i = 0; i < course->count; i++)
		free(course->slices[i].why);
	free(course->slices);
	*course = (struct pr_course){.slices = NULL};
}
