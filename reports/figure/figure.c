/* SPDX-License-Identifier: MIT */
/* reports/figure/figure.c - what the figures share (see figure.h).  */
#include "reports/figure/figure.h"

#include <stdlib.h>
#include <string.h>

#include "reports/words.h"

void pr_figure_draw(struct pr_figure *figure, struct pr_plot *plot, const char *template_name,
                    const char *alt)
{
	struct pr_error why;
	char *svg;

	if (pr_plot_draw(plot, template_name, &svg, &why) == PR_OK)
		pr_model_panel(figure, plot->name, alt, &svg);
	else
		pr_model_figure_missing(figure, why.text);
}

double pr_figure_left_width(const struct pr_names *labels)
{
	size_t longest = 4;

	for (size_t i = 0; i < labels->count; i++)
		if (strlen(labels->items[i]) > longest)
			longest = strlen(labels->items[i]);
	return 0.86 * (double)(longest > 30 ? 30 : longest) + 2;
}

void pr_figure_left(struct pr_plot *plot, const struct pr_names *labels)
{
	pr_plot_number(plot, "left", pr_figure_left_width(labels));
}

void pr_figure_slots(struct pr_plot *plot, const struct pr_input *input)
{
	if (input->slots[0] == 0)
		return;
	pr_plot_add(plot, "slots = \"");
	for (size_t i = 0; i < input->phases.count; i++)
		pr_plot_add(plot, "%zu ", input->slots[i]);
	pr_plot_add(plot, "\"\n");
}

#define STEPS_ROOM 50 /* characters along the x axis of a panel */

void pr_figure_steps(struct pr_plot *plot, const json_t *values)
{
	size_t index, length = 0, every;
	json_t *value;

	json_array_foreach((json_t *)values, index, value)
	{
		length += strlen(pr_words_count(json_number_value(value)).text) + 2;
	}
	every = length / STEPS_ROOM + 1;
	json_array_foreach((json_t *)values, index, value)
	{
		if (index % every == 0)
			pr_plot_tic(plot, "x", (double)index + 1,
			            pr_words_count(json_number_value(value)).text);
	}
}

char *pr_figure_name(const char *name, size_t number)
{
	return pr_asprintf("%s-%zu", name, number + 1);
}

bool pr_figure_is_step(const struct pr_input *input, const char *workload)
{
	size_t i, j;
	json_t *knee, *step;

	json_array_foreach(pr_input_array(input->comparison, "knees"), i, knee)
	{
		json_array_foreach(pr_input_array(knee, "steps"), j, step)
		{
			if (pr_input_is(step, "workload", workload))
				return true;
		}
	}
	return false;
}

bool pr_figure_all_steps(const struct pr_input *input)
{
	for (size_t i = 0; i < input->workloads.count; i++)
		if (!pr_figure_is_step(input, input->workloads.items[i]))
			return false;
	return input->workloads.count > 0;
}
