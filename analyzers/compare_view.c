/* SPDX-License-Identifier: MIT */
/* analyzers/compare_view.c - a comparison as paragraphs and tables.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare_format.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* ---- members --------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static double number_of(const json_t *object, const char *key)
{
	return pr_run_number(object, key);
}

static bool is(const json_t *object, const char *key, const char *value)
{
	const char *text = text_of(object, key);

	return text != NULL && strcmp(text, value) == 0;
}

static json_t *find_row(const json_t *rows, const char *workload, const char *phase,
                        const char *metric)
{
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (is(row, "workload", workload) && is(row, "metric", metric) &&
		    (phase == NULL || is(row, "phase", phase)))
			return row;
	}
	return NULL;
}

/* ---- metrics down, phases across ------------------------------------------------------------- */

static enum pr_view_tone tone_of(const json_t *row)
{
	const char *verdict = text_of(row, "verdict");

	if (strcmp(verdict, "improved") == 0)
		return PR_VIEW_GOOD;
	if (strcmp(verdict, "regressed") == 0)
		return PR_VIEW_BAD;
	return strcmp(verdict, "inconclusive") == 0 ? PR_VIEW_UNSURE : PR_VIEW_PLAIN;
}

static void add_baseline_cell(struct pr_view_table *table, const json_t *row)
{
	const json_t *side = json_object_get(row, "baseline");
	const char *unit = text_of(row, "unit");
	double value = number_of(side, "value"), lo = number_of(side, "lo"),
	       hi = number_of(side, "hi");
	char *interval = NULL;

	if (!isnan(lo) && !isnan(hi) && lo < hi)
		interval = pr_asprintf("[%s, %s]", pr_numbers_value(lo, unit).text,
		                       pr_numbers_value(hi, unit).text);
	pr_view_cell(table, PR_VIEW_PLAIN, pr_numbers_value(value, unit).text, interval, NULL,
	             NULL);
	free(interval);
}

static char *verdict_words(const json_t *row)
{
	bool by_total = json_is_true(json_object_get(row, "by_total"));
	double p = number_of(row, by_total ? "total_p_adjusted" : "p_adjusted");
	bool told = is(row, "verdict", "improved") || is(row, "verdict", "regressed") ||
	            is(row, "verdict", "changed-below-floor");

	if (told && !isnan(p))
		return pr_asprintf("%s (p %s)", text_of(row, "short"), pr_numbers_p(p).text);
	return pr_strdup(text_of(row, "short"));
}

static void add_phase_cell(struct pr_view_table *table, const json_t *row)
{
	double value = number_of(json_object_get(row, "current"), "value");
	double effect = number_of(row, "effect");
	char *words, *total;

	if (row == NULL || isnan(value)) {
		pr_view_cell(table, PR_VIEW_PLAIN, pr_numbers_value(NAN, NULL).text, "not measured",
		             NULL, NULL);
		return;
	}
	words = verdict_words(row);
	total = json_is_true(json_object_get(row, "total_disagrees"))
	                ? pr_asprintf("total time %s",
	                              pr_numbers_change(number_of(row, "effect_total")).text)
	                : NULL;
	pr_view_cell(table, tone_of(row), pr_numbers_value(value, text_of(row, "unit")).text,
	             isnan(effect) ? NULL
	                           : pr_numbers_effect(effect, number_of(row, "effect_lo"),
	                                               number_of(row, "effect_hi"))
	                                     .text,
	             words, total);
	free(total);
	free(words);
}

static bool metric_is_gating(const json_t *rows, const char *workload, const char *metric)
{
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (is(row, "workload", workload) && is(row, "metric", metric) &&
		    json_is_true(json_object_get(row, "gating")))
			return true;
	}
	return false;
}

static void add_metric_cell(struct pr_view_table *table, const json_t *row, bool gating)
{
	char *name = pr_asprintf("%s%s", text_of(row, "metric"), gating ? " *" : "");
	char *better = pr_asprintf("%s is better", text_of(row, "direction"));
	const char *unit = text_of(row, "unit");

	pr_view_cell(table, PR_VIEW_PLAIN, name, unit, better, NULL);
	free(name);
	free(better);
}

static void add_metric(struct pr_view_table *table, const json_t *comparison, const json_t *sample)
{
	const json_t *rows = json_object_get(comparison, "rows");
	const char *workload = text_of(sample, "workload"), *metric = text_of(sample, "metric");
	size_t i;
	json_t *phase;

	add_metric_cell(table, sample, metric_is_gating(rows, workload, metric));
	add_baseline_cell(table, sample);
	json_array_foreach(json_object_get(comparison, "phases"), i, phase)
	{
		if (!is(comparison, "baseline", json_string_value(phase)))
			add_phase_cell(table,
			               find_row(rows, workload, json_string_value(phase), metric));
	}
}

/* Whether any phase has something to show for this metric.  */
static bool metric_is_shown(const json_t *rows, const json_t *sample)
{
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (is(row, "workload", text_of(sample, "workload")) &&
		    is(row, "metric", text_of(sample, "metric")) &&
		    json_is_true(json_object_get(row, "in_table")))
			return true;
	}
	return false;
}

static struct pr_view_table *begin_rows_table(struct pr_view *view, const json_t *comparison,
                                              const char *workload)
{
	const json_t *run = json_object_get(comparison, "run");
	const char *text = text_of(json_object_get(comparison, "workload_texts"), workload);
	const char *pin = text_of(run, "pin");
	char *title = pr_asprintf("%s%s%s; %s%s%s", workload, text != NULL ? ": " : "",
	                          text != NULL ? text : "",
	                          pr_numbers_plural(number_of(run, "blocks"), "block").text,
	                          pin != NULL ? ", pin=" : "", pin != NULL ? pin : "");
	struct pr_view_table *table = pr_view_add_table(view, title, 2);
	size_t i;
	json_t *phase;

	pr_view_column(table, "METRIC", false);
	pr_view_column(table, text_of(comparison, "baseline"), false);
	json_array_foreach(json_object_get(comparison, "phases"), i, phase)
	{
		if (!is(comparison, "baseline", json_string_value(phase)))
			pr_view_column(table, json_string_value(phase), false);
	}
	free(title);
	return table;
}

static void add_rows(struct pr_view *view, const json_t *comparison, const char *workload)
{
	const json_t *rows = json_object_get(comparison, "rows");
	struct pr_view_table *table = NULL;
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (!is(row, "workload", workload) || !metric_is_shown(rows, row) ||
		    find_row(rows, workload, NULL, text_of(row, "metric")) != row)
			continue;
		if (table == NULL)
			table = begin_rows_table(view, comparison, workload);
		add_metric(table, comparison, row);
	}
}

/* ---- counts ---------------------------------------------------------------------------------- */

static const struct column {
	const char *key, *title, *unit;
} counted_columns[] = {
        {"messages", "MESSAGES", "calls"},
        {"receives", "RECEIVES", "calls"},
        {"would_blocks", "WOULD-BLOCK", "calls"},
        {"receives_per_message", "RECV/MSG", "calls/msg"},
        {"would_blocks_per_message", "EAGAIN/MSG", "calls/msg"},
        {"bytes_per_receive", "BYTES/RECV", NULL},
        {"sends", "SENDS", "calls"},
        {"waits", "WAITS", "calls"},
        {"wakeups", "WAKE-UPS", "calls"},
        {NULL, NULL, NULL},
};

static void add_number_cell(struct pr_view_table *table, const json_t *object,
                            const struct column *column)
{
	pr_view_cell(table, PR_VIEW_PLAIN,
	             pr_numbers_value(number_of(object, column->key), column->unit).text, NULL,
	             NULL, NULL);
}

static void add_counted_row(struct pr_view_table *table, const json_t *row)
{
	const json_t *agree = json_object_get(row, "agree");
	bool differs = json_is_false(agree);
	const char *probe = text_of(row, "probe");

	pr_view_cell(table, PR_VIEW_PLAIN, text_of(row, "phase"), NULL, NULL, NULL);
	for (const struct column *c = counted_columns; c->key != NULL; c++)
		add_number_cell(table, row, c);
	pr_view_cell(table, differs ? PR_VIEW_BAD : PR_VIEW_PLAIN,
	             json_is_true(agree) ? "both"
	             : differs           ? "DIFFER"
	             : probe != NULL     ? probe
	                                 : "\u2013",
	             NULL, NULL, NULL);
}

static void add_counted(struct pr_view *view, const json_t *comparison, const char *workload)
{
	char *title = pr_asprintf("%s, counted exactly, per message and stage", workload);
	struct pr_view_table *table = NULL;
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "counted"), i, row)
	{
		if (!is(row, "workload", workload) || isnan(number_of(row, "receives")))
			continue;
		if (table == NULL) {
			table = pr_view_add_table(view, title, 1);
			pr_view_column(table, "PHASE", false);
			for (const struct column *c = counted_columns; c->key != NULL; c++)
				pr_view_column(table, c->title, true);
			pr_view_column(table, "PROBE", false);
		}
		add_counted_row(table, row);
	}
	free(title);
}

/* Rows whose probes differ, each with the sentence which is believed.  */
static void add_disagreements(struct pr_view *view, const json_t *comparison)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "counted"), i, row)
	{
		if (json_is_false(json_object_get(row, "agree")))
			pr_view_add(view, PR_VIEW_PARAGRAPH, "%s, %s: %s.",
			            text_of(row, "workload"), text_of(row, "phase"),
			            text_of(row, "note"));
	}
}

static void add_reported(struct pr_view *view, const json_t *comparison)
{
	static const struct column columns[] = {
	        {"recvfrom", "RECVFROM", "calls"},
	        {"eagain", "EAGAIN", "calls"},
	        {"successful", "SUCCESSFUL", "calls"},
	        {"ratio", "RECVFROM PER SUCCESSFUL RECVFROM", "calls/msg"},
	        {NULL, NULL, NULL}};
	const json_t *list = json_object_get(comparison, "as_reported");
	struct pr_view_table *table;
	size_t i;
	json_t *row;

	if (json_array_size(list) == 0)
		return;
	table = pr_view_add_table(view,
	                          "As the original report counted: the whole program, all "
	                          "stages mixed; not per message",
	                          1);
	pr_view_column(table, "PHASE", false);
	for (const struct column *c = columns; c->key != NULL; c++)
		pr_view_column(table, c->title, true);
	json_array_foreach((json_t *)list, i, row)
	{
		pr_view_cell(table, PR_VIEW_PLAIN, text_of(row, "phase"), NULL, NULL, NULL);
		for (const struct column *c = columns; c->key != NULL; c++)
			add_number_cell(table, row, c);
	}
	if (text_of(comparison, "as_reported_note") != NULL)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "%s", text_of(comparison, "as_reported_note"));
}

/* ---- witnesses and the rest ------------------------------------------------------------------ */

/* Whether this text was seen before in the list.  */
static bool seen_before(const json_t *list, size_t index)
{
	const char *text = text_of(json_array_get(list, index), "text");

	for (size_t i = 0; i < index; i++)
		if (is(json_array_get(list, i), "text", text))
			return true;
	return false;
}

/* Adds "workload: phases" for the phases of one workload that have the text.  True when these are
 * all that have the counter.  */
static bool add_phases(struct pr_buf *places, const json_t *list, const json_t *first,
                       const char *workload)
{
	struct pr_buf phases;
	bool all = true;
	size_t i;
	json_t *other;

	pr_buf_init(&phases);
	json_array_foreach((json_t *)list, i, other)
	{
		if (!is(other, "name", text_of(first, "name")) || !is(other, "workload", workload))
			continue;
		if (is(other, "text", text_of(first, "text")))
			pr_buf_printf(&phases, "%s%s", phases.size > 0 ? ", " : "",
			              text_of(other, "phase"));
		else
			all = false;
	}
	if (phases.size > 0)
		pr_buf_printf(places, "%s%s: %s", places->size > 0 ? "; " : "", workload,
		              all ? "all phases that count it" : phases.text);
	all &= phases.size > 0;
	pr_buf_fini(&phases);
	return all;
}

/* Each text once, with its places unless they are all that have the counter.  */
static void add_witness(struct pr_view *view, const json_t *comparison, const json_t *list,
                        const json_t *first)
{
	struct pr_buf places;
	bool all = true;
	size_t i;
	json_t *workload;

	pr_buf_init(&places);
	json_array_foreach(json_object_get(comparison, "workloads"), i, workload)
	{
		all &= add_phases(&places, list, first, json_string_value(workload));
	}
	if (all)
		pr_view_add(view, PR_VIEW_ITEM, "%s.", text_of(first, "text"));
	else
		pr_view_add(view, PR_VIEW_ITEM, "%s (%s).", text_of(first, "text"), places.text);
	pr_buf_fini(&places);
}

/* Only zeros are worth a line: they show what this run says nothing about.  */
static void add_witnesses(struct pr_view *view, const json_t *comparison)
{
	const json_t *list = json_object_get(comparison, "witnesses");
	bool begun = false;
	size_t i;
	json_t *witness;

	json_array_foreach((json_t *)list, i, witness)
	{
		if (number_of(witness, "value") != 0 || seen_before(list, i))
			continue;
		if (!begun)
			pr_view_add(view, PR_VIEW_PARAGRAPH,
			            "Witnesses (counters that stand at 0):");
		begun = true;
		add_witness(view, comparison, list, witness);
	}
}

static void add_not_exercised(struct pr_view *view, const json_t *comparison)
{
	const json_t *list = json_object_get(comparison, "not_exercised");
	size_t i;
	json_t *item;

	if (json_array_size(list) > 0)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "This run did not exercise:");
	json_array_foreach((json_t *)list, i, item)
	{
		pr_view_add(view, PR_VIEW_ITEM, "%s", json_string_value(item));
	}
}

static void add_limit(struct pr_view *view, const json_t *comparison, const char *workload)
{
	struct pr_buf text;
	const char *limit = NULL;
	size_t i;
	json_t *row;

	pr_buf_init(&text);
	json_array_foreach(json_object_get(comparison, "limit"), i, row)
	{
		if (!is(row, "workload", workload))
			continue;
		pr_buf_printf(&text, "%s%s %s", limit != NULL ? ", " : "", text_of(row, "phase"),
		              pr_numbers_percent(number_of(row, "share")).text);
		limit = text_of(row, "limit_phase");
	}
	if (limit != NULL)
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "Share of what raw sockets move in %s (phase %s): %s.", workload, limit,
		            text.text);
	pr_buf_fini(&text);
}

static void add_bad_trials(struct pr_view *view, const json_t *comparison)
{
	struct pr_buf text;
	size_t i;
	json_t *row;

	pr_buf_init(&text);
	json_array_foreach(json_object_get(comparison, "trials"), i, row)
	{
		double bad_void = number_of(row, "void"), failed = number_of(row, "failed");

		if (bad_void + failed > 0)
			pr_buf_printf(&text, "%s%s in %s %s void, %s failed",
			              text.size > 0 ? "; " : "", text_of(row, "phase"),
			              text_of(row, "workload"), pr_numbers_count(bad_void).text,
			              pr_numbers_count(failed).text);
	}
	if (text.size > 0)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "Trials left out of every time: %s.",
		            text.text);
	pr_buf_fini(&text);
}

static bool leaves_out_zero(const json_t *entry)
{
	return number_of(entry, "effect_lo") > 0 || number_of(entry, "effect_hi") < 0;
}

/* Only what is sure and larger than what matters.  */
static void add_predecessors(struct pr_view *view, const json_t *comparison)
{
	double delta = number_of(comparison, "delta");
	size_t i;
	json_t *entry;

	json_array_foreach(json_object_get(comparison, "predecessors"), i, entry)
	{
		double effect = number_of(entry, "effect");

		if (leaves_out_zero(entry) && fabs(effect) > delta)
			pr_view_add(view, PR_VIEW_PARAGRAPH,
			            "In %s a slice that follows %s moves %s messages a second; the "
			            "order is balanced, so this hits all phases alike.",
			            text_of(entry, "workload"), text_of(entry, "predecessor"),
			            pr_numbers_effect(effect, number_of(entry, "effect_lo"),
			                              number_of(entry, "effect_hi"))
			                    .text);
	}
}

static void add_caveats(struct pr_view *view, const json_t *comparison)
{
	if (is(json_object_get(comparison, "run"), "status", "interrupted"))
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "The run was interrupted; this is what was "
		            "measured until then.");
	add_bad_trials(view, comparison);
}

static void add_footnotes(struct pr_view *view, const json_t *comparison)
{
	static const char *const notes[] = {
	        "A cell: the median of the blocks; the change against the baseline with its 95 % "
	        "interval; the verdict, p corrected for the number of tests.",
	        "The change and its interval come from pairs of slices in the same block "
	        "(Hodges-Lehmann, exact signed-rank test), so the change is not the quotient of "
	        "two medians.",
	        "MDE, minimum detectable effect: a true change of this size would be found in 80 "
	        "of 100 such runs; a smaller one may go unseen.",
	        "RECV/MSG and the like come from one traced trial per phase, cut into stages; "
	        "PROBE both: the engine's hooks and strace agree to the unit. WAKE-UPS: calls "
	        "that wake another thread. Times are never taken from traced trials.",
	        NULL};

	pr_view_add(view, PR_VIEW_NOTE,
	            "* decides the exit status (Holm's correction; the others are exploratory, "
	            "Benjamini-Hochberg). Changes up to %s do not matter here (--delta).",
	            pr_numbers_percent(number_of(comparison, "delta")).text);
	for (size_t i = 0; notes[i] != NULL; i++)
		pr_view_add(view, PR_VIEW_NOTE, "%s", notes[i]);
}

struct pr_view *pr_compare_view(const json_t *comparison)
{
	const json_t *workloads = json_object_get(comparison, "workloads");
	struct pr_view *view = pr_view_create();
	size_t i;
	json_t *workload;

	pr_view_add(view, PR_VIEW_LEAD, "%s", text_of(comparison, "sentence"));
	add_caveats(view, comparison);
	json_array_foreach((json_t *)workloads, i, workload)
	{
		add_rows(view, comparison, json_string_value(workload));
		add_limit(view, comparison, json_string_value(workload));
	}
	add_predecessors(view, comparison);
	json_array_foreach((json_t *)workloads, i, workload)
	{
		add_counted(view, comparison, json_string_value(workload));
	}
	add_disagreements(view, comparison);
	add_reported(view, comparison);
	add_witnesses(view, comparison);
	add_not_exercised(view, comparison);
	add_footnotes(view, comparison);
	return view;
}
