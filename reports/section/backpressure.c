/* SPDX-License-Identifier: MIT */
/* reports/section/backpressure.c - what this run did not exercise, with the counters that witness
 * it.
 *
 * The report that started this argued about backpressure although nothing in its run ever stopped
 * reading. A counter that stands at 0 is the proof, and it is printed.  */
#include "reports/section/section.h"

#include <math.h>
#include <string.h>

#include "core/base/buf.h"

/* The sum of a witness over all phases and workloads; NaN when nobody counted it.  */
static double sum_witness(const json_t *list, const char *name)
{
	double sum = NAN;
	size_t index;
	json_t *witness;

	json_array_foreach((json_t *)list, index, witness)
	{
		double value = pr_input_number(witness, "value");

		if (pr_input_is(witness, "name", name) && !isnan(value))
			sum = (isnan(sum) ? 0 : sum) + value;
	}
	return sum;
}

static void put_answer(struct pr_model *model, double stops)
{
	if (isnan(stops))
		pr_model_paragraph(
		        model, PR_PARAGRAPH_LEAD,
		        "This run did not measure backpressure: no engine in it counts how "
		        "often reading was stopped.");
	else if (stops == 0)
		pr_model_paragraph(
		        model, PR_PARAGRAPH_LEAD,
		        "This run did not measure backpressure: reading was never stopped "
		        "(stops 0 in every phase that counts them).");
	else
		pr_model_paragraph(model, PR_PARAGRAPH_LEAD, "Reading was stopped %s in this run.",
		                   pr_words_plural(stops, "time", "times").text);
}

static void put_not_exercised(struct pr_model *model, const struct pr_input *input)
{
	const json_t *list = pr_input_array(input->comparison, "not_exercised");
	size_t index;
	json_t *item;

	if (json_array_size(list) == 0)
		return;
	pr_model_heading(model, 2, "What this run did not exercise");
	json_array_foreach((json_t *)list, index, item)
	{
		if (json_is_string(item))
			pr_model_item(model, "%s", json_string_value(item));
	}
}

static bool known_before(const json_t *list, size_t index, const char *name, const char *workload)
{
	for (size_t i = 0; i < index; i++) {
		const json_t *before = json_array_get(list, i);

		if (pr_input_is(before, "name", name) && pr_input_is(before, "workload", workload))
			return true;
	}
	return false;
}

static json_t *find_witness(const json_t *list, const char *name, const char *workload,
                            const char *phase)
{
	size_t index;
	json_t *witness;

	json_array_foreach((json_t *)list, index, witness)
	{
		if (pr_input_is(witness, "name", name) &&
		    pr_input_is(witness, "workload", workload) &&
		    pr_input_is(witness, "phase", phase))
			return witness;
	}
	return NULL;
}

static void put_witness(struct pr_table *table, const struct pr_input *input, const json_t *list,
                        const json_t *first)
{
	const char *name = pr_json_text(first, "name"), *workload = pr_json_text(first, "workload");

	pr_table_row(table, name, workload);
	for (size_t i = 0; i < input->phases.count; i++) {
		double value = pr_input_number(
		        find_witness(list, name, workload, input->phases.items[i]), "value");

		if (isnan(value))
			pr_table_missing(table, NULL);
		else
			pr_table_text(table, "%s", pr_words_value(value, "").text);
	}
}

static bool says_zero(const json_t *witness)
{
	return pr_input_number(witness, "value") == 0 && pr_json_text(witness, "text") &&
	       pr_json_text(witness, "phase");
}

/* The phases of a workload that a text holds for: "a, b"; *all is cleared when the counter of
 * another phase says something else.  */
static void list_phases(struct pr_buf *phases, const json_t *list, const json_t *first,
                        const char *workload, bool *all)
{
	size_t index;
	json_t *witness;

	json_array_foreach((json_t *)list, index, witness)
	{
		if (!pr_input_is(witness, "name", pr_json_text(first, "name")) ||
		    !pr_input_is(witness, "workload", workload))
			continue;
		if (says_zero(witness) && pr_input_is(witness, "text", pr_json_text(first, "text")))
			pr_buf_printf(phases, "%s%s", phases->size > 0 ? ", " : "",
			              pr_json_text(witness, "phase"));
		else
			*all = false;
	}
}

/* What never ran, each text once, with where it holds unless that is everywhere.  */
static void put_text(struct pr_model *model, const struct pr_input *input, const json_t *list,
                     const json_t *first)
{
	struct pr_buf places, phases;
	bool all = true, everywhere;

	pr_buf_init(&places);
	pr_buf_init(&phases);
	for (size_t w = 0; w < input->workloads.count; w++) {
		pr_buf_clear(&phases);
		everywhere = true;
		list_phases(&phases, list, first, input->workloads.items[w], &everywhere);
		all &= everywhere;
		if (phases.size > 0)
			pr_buf_printf(&places, "%s%s: %s", places.size > 0 ? "; " : "",
			              input->workloads.items[w],
			              everywhere ? "every phase that counts it" : phases.text);
	}
	if (all)
		pr_model_item(model, "%s", pr_json_text(first, "text"));
	else
		pr_model_item(model, "%s (%s)", pr_json_text(first, "text"), places.text);
	pr_buf_fini(&phases);
	pr_buf_fini(&places);
}

static void put_texts(struct pr_model *model, const struct pr_input *input, const json_t *list)
{
	size_t index;
	json_t *witness;

	json_array_foreach((json_t *)list, index, witness)
	{
		if (says_zero(witness) && pr_json_text(witness, "name") &&
		    pr_input_find(list, "text", pr_json_text(witness, "text"), NULL, NULL) ==
		            witness)
			put_text(model, input, list, witness);
	}
}

static void put_witnesses(struct pr_model *model, const struct pr_input *input, const json_t *list)
{
	struct pr_table *table;
	size_t index;
	json_t *witness;

	pr_model_heading(model, 2, "Witness counters");
	put_texts(model, input, list);
	table = pr_model_table(model,
	                       "Witness counters: what stands at 0 never ran (a dash: the engine "
	                       "does not count it)");
	pr_table_column(table, PR_COLUMN_TEXT, "counter", NULL);
	for (size_t i = 0; i < input->phases.count; i++)
		pr_table_column(table, PR_COLUMN_NUMBER, input->phases.items[i], NULL);
	json_array_foreach((json_t *)list, index, witness)
	{
		const char *name = pr_json_text(witness, "name");
		const char *workload = pr_json_text(witness, "workload");

		if (name && workload && !known_before(list, index, name, workload))
			put_witness(table, input, list, witness);
	}
	pr_section_command(model, input, "These counters", "compare", "");
}

/* What another run measured.  */
static void put_beside(struct pr_model *model, const struct pr_input *other, size_t number)
{
	if (json_array_size(pr_input_array(other->explanation, "pressure")) == 0)
		return;
	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN,
	                   "The run %s measured it, with its own phases and blocks:", other->path);
	pr_section_stalls(model, other, number);
	pr_section_command(model, other, "These tables and all of that run", "report", "");
}

void pr_section_backpressure(struct pr_model *model, const struct pr_input *input)
{
	const json_t *witnesses = pr_input_array(input->comparison, "witnesses");

	pr_model_heading(model, 1, "Backpressure");
	put_answer(model, sum_witness(witnesses, "stops"));
	pr_section_stalls(model, input, 0);
	for (size_t i = 0; i < input->beside_count; i++)
		put_beside(model, &input->beside[i], i + 1);
	put_not_exercised(model, input);
	if (json_array_size(witnesses) > 0)
		put_witnesses(model, input, witnesses);
}
