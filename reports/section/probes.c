/* SPDX-License-Identifier: MIT */
/* reports/section/probes.c - what each probe counted, what watching costs, and what added calls
 * cost.  Part of the root causes; without such probes and doses there is nothing.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "reports/figure/figure.h"

static void put_text(struct pr_table *table, const json_t *entry, const char *key)
{
	pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(entry, key), NULL, NULL);
}

static void put_count(struct pr_table *table, const json_t *entry, const char *key)
{
	double value = pr_input_number(entry, key);

	if (isnan(value))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "%s", pr_words_count(value).text);
}

static void put_rate(struct pr_table *table, const json_t *entry, const char *key)
{
	double value = pr_input_number(entry, key);

	if (isnan(value))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "%s", pr_words_value(value, "calls/msg").text);
}

static void put_effect(struct pr_table *table, double effect, double lo, double hi)
{
	if (isnan(effect))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "%s", pr_words_effect(effect, lo, hi).text);
}

/* ---- counts ------------------------------------------------------------------------------ */

static const struct counted {
	const char *key, *title;
} counted[] = {
        {"receives", "receives"},
        {"would_blocks", "would-blocks"},
        {"received_bytes", "bytes"},
        {"sends", "sends"},
        {"waits", "waits"},
        {"wakeups", "wake-ups"},
        {"allocations", "allocations"},
};

#define COUNTED (sizeof(counted) / sizeof(counted[0]))

static void put_probed(struct pr_model *model, const struct pr_input *input, const json_t *list)
{
	struct pr_table *table;
	size_t i;
	json_t *entry;

	pr_model_heading(model, 2, "Counted by each probe");
	pr_model_paragraph(
	        model, PR_PARAGRAPH_PLAIN,
	        "Several probes watch the same trial; they must agree to the unit on "
	        "receives, would-blocks, bytes and sends. A dash: the probe cannot tell.");
	table = pr_model_table(model, "What each probe counted, by trial");
	table->folded = true;
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "trial of", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "probe", NULL);
	for (size_t c = 0; c < COUNTED; c++)
		pr_table_column(table, PR_COLUMN_NUMBER, counted[c].title, NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "agrees", NULL);
	for (size_t w = 0; w < input->workloads.count; w++) {
		pr_table_group(table, input->workloads.items[w]);
		json_array_foreach((json_t *)list, i, entry)
		{
			const json_t *agree = json_object_get(entry, "agree");

			if (!pr_input_is(entry, "workload", input->workloads.items[w]))
				continue;
			pr_table_row(table, pr_json_text(entry, "phase"), NULL);
			put_text(table, entry, "trial");
			put_text(table, entry, "probe");
			for (size_t c = 0; c < COUNTED; c++)
				put_count(table, entry, counted[c].key);
			if (!json_is_boolean(agree))
				pr_table_missing(table, NULL);
			else
				pr_table_cell(table,
				              json_is_true(agree) ? PR_TONE_PLAIN : PR_TONE_BAD,
				              json_is_true(agree) ? "yes" : "NO", NULL, NULL);
		}
	}
}

static void put_sites(struct pr_model *model, const json_t *list, const json_t *nameless)
{
	struct pr_table *table = pr_model_table(model, "Where the calls are made");
	size_t i;
	json_t *entry;

	table->folded = true;
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "workload", NULL);
	pr_table_column(table, PR_COLUMN_CODE, "call", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "per message", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "would-blocks", "per message");
	pr_table_column(table, PR_COLUMN_CODE, "where", NULL);
	json_array_foreach((json_t *)list, i, entry)
	{
		pr_table_row(table, pr_json_text(entry, "phase"), NULL);
		put_text(table, entry, "workload");
		put_text(table, entry, "call");
		put_rate(table, entry, "calls_per_message");
		put_rate(table, entry, "would_blocks_per_message");
		put_text(table, entry, "site");
	}
	pr_section_notes(model, nameless);
}

/* ---- disturbance ------------------------------------------------------------------------- */

static void put_disturbance(struct pr_model *model, const struct pr_input *input,
                            const json_t *list)
{
	struct pr_table *table;
	size_t i;
	json_t *entry;

	pr_model_heading(model, 2, "What watching costs");
	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN,
	                   "The same phase with a probe and without, side by side. No watched time "
	                   "stands in any other table.");
	table = pr_model_table(model, "A watched message against one that is not");
	pr_table_column(table, PR_COLUMN_TEXT, "probe", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "workload", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "of", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "change", "95 % interval");
	pr_table_column(table, PR_COLUMN_NUMBER, "blocks", NULL);
	json_array_foreach((json_t *)list, i, entry)
	{
		pr_table_row(table, pr_json_text(entry, "probe"), NULL);
		put_text(table, entry, "phase");
		put_text(table, entry, "workload");
		put_text(table, entry, "metric");
		put_effect(table, pr_input_number(entry, "ratio") - 1,
		           pr_input_number(entry, "lo") - 1, pr_input_number(entry, "hi") - 1);
		put_count(table, entry, "blocks");
	}
	pr_section_command(model, input, "These numbers", "compare", "");
}

/* ---- doses ------------------------------------------------------------------------------- */

static void put_foretold(struct pr_table *table, const json_t *dose, const json_t *beside)
{
	const char *of = pr_json_text(dose, "of");

	pr_table_row(table, of != NULL ? of : PR_DASH, NULL);
	put_text(table, beside, "phase");
	put_text(table, dose, "workload");
	put_text(table, dose, "metric");
	put_effect(table, pr_input_number(beside, "foretold"),
	           pr_input_number(beside, "foretold_lo"), pr_input_number(beside, "foretold_hi"));
	put_effect(table, pr_input_number(beside, "measured"),
	           pr_input_number(beside, "measured_lo"), pr_input_number(beside, "measured_hi"));
}

static void put_beside(struct pr_model *model, const json_t *doses)
{
	struct pr_table *table = NULL;
	size_t i, b;
	json_t *dose, *beside;

	json_array_foreach((json_t *)doses, i, dose)
	{
		json_array_foreach(pr_input_array(dose, "beside"), b, beside)
		{
			if (table == NULL) {
				table = pr_model_table(model, "What fewer such calls would earn, "
				                              "and what a phase without them did");
				pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
				pr_table_column(table, PR_COLUMN_TEXT, "without them", NULL);
				pr_table_column(table, PR_COLUMN_TEXT, "workload", NULL);
				pr_table_column(table, PR_COLUMN_TEXT, "of", NULL);
				pr_table_column(table, PR_COLUMN_NUMBER, "foretold", NULL);
				pr_table_column(table, PR_COLUMN_NUMBER, "measured", NULL);
			}
			put_foretold(table, dose, beside);
		}
	}
}

static void put_points(struct pr_model *model, const json_t *doses)
{
	struct pr_table *table =
	        pr_model_table(model, "Doses: each against the first of its series");
	size_t i, p;
	json_t *dose, *point;

	table->folded = true;
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "workload", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "of", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "added", "calls per message");
	pr_table_column(table, PR_COLUMN_NUMBER, "change", NULL);
	json_array_foreach((json_t *)doses, i, dose)
	{
		json_array_foreach(pr_input_array(dose, "points"), p, point)
		{
			pr_table_row(table, pr_json_text(point, "phase"), NULL);
			put_text(table, dose, "workload");
			put_text(table, dose, "metric");
			put_rate(table, point, "added");
			put_effect(table, pr_input_number(point, "ratio") - 1,
			           pr_input_number(point, "lo") - 1,
			           pr_input_number(point, "hi") - 1);
		}
	}
}

static void put_doses(struct pr_model *model, const struct pr_input *input, const json_t *doses)
{
	size_t i;
	json_t *dose;

	pr_model_heading(model, 2, "What one call more costs");
	json_array_foreach((json_t *)doses, i, dose)
	{
		const char *of = pr_json_text(dose, "of"), *text = pr_json_text(dose, "text");

		if (text != NULL)
			pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "%s in %s: %s.",
			                   of != NULL ? of : "A series",
			                   pr_json_text(dose, "workload"), text);
	}
	pr_figure_dose(model, input);
	put_beside(model, doses);
	put_points(model, doses);
	pr_section_command(model, input, "These numbers", "compare", "");
}

void pr_section_probes(struct pr_model *model, const struct pr_input *input)
{
	const json_t *probed = pr_input_array(input->comparison, "probed");
	const json_t *sites = pr_input_array(input->comparison, "sites");
	const json_t *disturbance = pr_input_array(input->comparison, "disturbance");
	const json_t *doses = pr_input_array(input->comparison, "doses");

	if (json_array_size(probed) > 0)
		put_probed(model, input, probed);
	if (json_array_size(sites) > 0)
		put_sites(model, sites, pr_input_array(input->comparison, "nameless"));
	if (json_array_size(probed) > 0)
		pr_section_command(model, input, "These counts", "compare", "");
	if (json_array_size(disturbance) > 0)
		put_disturbance(model, input, disturbance);
	if (json_array_size(doses) > 0)
		put_doses(model, input, doses);
}
