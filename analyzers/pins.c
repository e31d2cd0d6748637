/* SPDX-License-Identifier: MIT */
/* analyzers/pins.c - one workload on one CPU and on several.  */
#include "analyzers/pins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "core/base/buf.h"
#include "core/base/json.h"

static bool is_pinned(const struct pr_run_workload *workload, const char *pin)
{
	const char *word = pr_json_text(workload->options, "pin");

	return word != NULL && strcmp(word, pin) == 0;
}

/* The same work, but for the pin.  */
static bool is_same_work(const struct pr_run_workload *one, const struct pr_run_workload *two)
{
	json_t *first = json_copy((json_t *)one->options),
	       *second = json_copy((json_t *)two->options);
	bool same;

	json_object_del(first, "pin");
	json_object_del(second, "pin");
	same = strcmp(one->name, two->name) == 0 && json_equal(first, second);
	json_decref(first);
	json_decref(second);
	return same;
}

/* The workload with pin=spread that does the same as this one with pin=one; PR_RUN_NONE: none.  */
static size_t find_spread(const struct pr_run *run, size_t one)
{
	if (!is_pinned(&run->workloads[one], "one"))
		return PR_RUN_NONE;
	for (size_t i = 0; i < run->workload_count; i++)
		if (is_pinned(&run->workloads[i], "spread") &&
		    is_same_work(&run->workloads[one], &run->workloads[i]))
			return i;
	return PR_RUN_NONE;
}

/* The row of pin=spread beside one of pin=one; NULL when there is none.  */
static struct pr_row *find_partner(const struct pr_rows *rows, const struct pr_row *row)
{
	size_t spread = find_spread(rows->run, row->workload);

	if (!row->gating || spread == PR_RUN_NONE || isnan(row->difference.effect))
		return NULL;
	return (struct pr_row *)pr_rows_find(rows, spread, row->phase, row->metric->name);
}

static bool is_shown(const struct pr_row *row)
{
	return row->verdict == PR_VERDICT_IMPROVED || row->verdict == PR_VERDICT_REGRESSED ||
	       row->verdict == PR_VERDICT_BELOW_FLOOR;
}

static bool is_opposite(const struct pr_row *one, const struct pr_row *spread)
{
	return is_shown(one) && is_shown(spread) &&
	       (one->difference.effect > 0) != (spread->difference.effect > 0);
}

static char *explain(const struct pr_row *one, const struct pr_row *spread)
{
	struct pr_numbers first =
	        pr_numbers_effect(one->difference.effect, one->difference.lo, one->difference.hi);
	struct pr_numbers second = pr_numbers_effect(spread->difference.effect,
	                                             spread->difference.lo, spread->difference.hi);

	return pr_asprintf("on one CPU %s, on several %s: what a message costs and how fast it is "
	                   "moved in opposite directions, so there is no single verdict",
	                   first.text, second.text);
}

static json_t *pair_json(const struct pr_rows *rows, const struct pr_row *one,
                         const struct pr_row *spread)
{
	const struct pr_run *run = rows->run;
	json_t *entry = json_object();

	pr_json_set(entry, "one", pr_json_new_string(run->workloads[one->workload].label));
	pr_json_set(entry, "spread", pr_json_new_string(run->workloads[spread->workload].label));
	pr_json_set(entry, "phase", json_string(run->phases[one->phase].label));
	pr_json_set(entry, "metric", json_string(one->metric->name));
	pr_json_set(entry, "effect_one", pr_json_new_real(one->difference.effect));
	pr_json_set(entry, "effect_spread", pr_json_new_real(spread->difference.effect));
	pr_json_set(entry, "opposite", json_boolean(is_opposite(one, spread)));
	pr_json_set(entry, "text", json_null());
	if (is_opposite(one, spread)) {
		char *text = explain(one, spread);

		pr_json_set(entry, "text",
		            json_sprintf("%s, %s, %s: %s", run->phases[one->phase].label,
		                         run->workloads[one->workload].name, one->metric->name,
		                         text));
		free(text);
	}
	return entry;
}

json_t *pr_pins_json(const struct pr_rows *rows)
{
	json_t *array = NULL;

	for (size_t w = 0; w < rows->run->workload_count; w++)
		if (array == NULL && find_spread(rows->run, w) != PR_RUN_NONE)
			array = json_array();
	for (size_t i = 0; array != NULL && i < rows->count; i++) {
		const struct pr_row *spread = find_partner(rows, &rows->items[i]);

		if (spread != NULL)
			pr_json_append(array, pair_json(rows, &rows->items[i], spread));
	}
	return array;
}

static void add_note(struct pr_row *row, const char *text)
{
	char *both = pr_asprintf("%s; %s", row->note, text);

	free(row->note);
	row->note = both;
}

void pr_pins_note(struct pr_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct pr_row *one = &rows->items[i], *spread = find_partner(rows, one);
		char *text;

		if (spread == NULL || !is_opposite(one, spread))
			continue;
		text = explain(one, spread);
		add_note(one, text);
		add_note(spread, text);
		free(text);
	}
}

char *pr_pins_sentence(const json_t *pins)
{
	struct pr_buf text;
	size_t i;
	json_t *entry;

	pr_buf_init(&text);
	json_array_foreach((json_t *)pins, i, entry)
	{
		if (json_is_true(json_object_get(entry, "opposite")))
			pr_buf_printf(&text, " %s.", pr_json_text(entry, "text"));
	}
	return text.text;
}
