/* SPDX-License-Identifier: MIT */
/* reports/brief.c - a report on one or two pages of a terminal (see brief.h).  */
#include "reports/brief.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/numbers.h"
#include "analyzers/view.h"
#include "core/base/buf.h"
#include "reports/section/section.h"

/* More lines are no first look.  */
#define ROWS_MOST   20
#define TEXTS_MOST  2
#define CLAIMS_MOST 12

/* ---- the table ------------------------------------------------------------------------------- */

static enum pr_view_tone tone_of(enum pr_tone tone)
{
	static const enum pr_view_tone tones[] = {
	        [PR_TONE_PLAIN] = PR_VIEW_PLAIN, [PR_TONE_GOOD] = PR_VIEW_GOOD,
	        [PR_TONE_BAD] = PR_VIEW_BAD,     [PR_TONE_UNSURE] = PR_VIEW_UNSURE,
	        [PR_TONE_MUTED] = PR_VIEW_PLAIN,
	};

	return tones[tone];
}

static void add_cell(struct pr_view_table *table, enum pr_view_tone tone, const char *text)
{
	pr_view_cell(table, tone, text, NULL, NULL, NULL);
}

static void add_value(struct pr_view_table *table, double value, const char *unit)
{
	add_cell(table, PR_VIEW_PLAIN, isnan(value) ? PR_DASH : pr_numbers_value(value, unit).text);
}

static double side_value(const struct pr_input *input, const char *workload, const char *phase,
                         const char *metric)
{
	const json_t *row;

	return pr_input_number(pr_section_side(input, workload, phase, metric, &row), "value");
}

static void add_change(struct pr_view_table *table, const struct pr_input *input,
                       const char *workload, const char *phase)
{
	const json_t *row = pr_section_row(input, workload, phase, "throughput");
	struct pr_verdict_words verdict;

	if (row == NULL) {
		add_cell(table, PR_VIEW_PLAIN, "baseline");
		add_cell(table, PR_VIEW_PLAIN, NULL);
		return;
	}
	verdict = pr_section_verdict(row);
	add_cell(table, tone_of(verdict.tone),
	         pr_numbers_effect(pr_input_number(row, "effect"),
	                           pr_input_number(row, "effect_lo"),
	                           pr_input_number(row, "effect_hi"))
	                 .text);
	add_cell(table, tone_of(verdict.tone), verdict.word);
}

static void add_row(struct pr_view_table *table, const struct pr_input *input, const char *workload,
                    const char *phase)
{
	const json_t *counted = pr_input_find(pr_input_array(input->comparison, "counted"),
	                                      "workload", workload, "phase", phase);

	add_cell(table, PR_VIEW_PLAIN, workload);
	add_cell(table, PR_VIEW_PLAIN, phase);
	add_value(table, side_value(input, workload, phase, "throughput"), "msg/s");
	add_change(table, input, workload, phase);
	add_value(table, side_value(input, workload, phase, "cpu_per_message"), "ns");
	add_value(table, pr_input_number(counted, "would_blocks_per_message"), "calls/msg");
}

static void add_table(struct pr_view *view, const struct pr_input *input)
{
	struct pr_view_table *table;
	size_t rows = 0, all = input->workloads.count * input->phases.count;

	if (all == 0 || json_array_size(pr_input_array(input->comparison, "rows")) == 0)
		return;
	table = pr_view_add_table(view, "Every phase against the baseline, with 95 % intervals", 2);
	pr_view_column(table, "WORKLOAD", false);
	pr_view_column(table, "PHASE", false);
	pr_view_column(table, "MSG/S", true);
	pr_view_column(table, "THROUGHPUT", false);
	pr_view_column(table, "VERDICT", false);
	pr_view_column(table, "CPU/MSG", true);
	pr_view_column(table, "EAGAIN/MSG", true);
	for (size_t w = 0; w < input->workloads.count; w++)
		for (size_t p = 0; p < input->phases.count && rows < ROWS_MOST; p++, rows++)
			add_row(table, input, input->workloads.items[w], input->phases.items[p]);
	if (rows < all)
		pr_view_add(view, PR_VIEW_NOTE, "%zu rows more: proctor compare %s", all - rows,
		            input->path);
}

/* ---- why ------------------------------------------------------------------------------------- */

/* "baseline, reactive": the phases of a workload that share a text.  The caller frees it.  */
static char *share_phases(const json_t *list, const json_t *first)
{
	struct pr_buf names;
	size_t index;
	json_t *item;

	pr_buf_init(&names);
	json_array_foreach((json_t *)list, index, item)
	{
		const char *phase = pr_json_text(item, "phase");

		if (phase && pr_input_is(item, "workload", pr_json_text(first, "workload")) &&
		    pr_input_is(item, "text", pr_json_text(first, "text")))
			pr_buf_printf(&names, "%s%s", names.size > 0 ? ", " : "", phase);
	}
	return names.text; /* the caller frees it */
}

/* The two largest groups of phases in the first workload are told; the rest is detail.  */
static void add_would_blocks(struct pr_view *view, const struct pr_input *input)
{
	const json_t *list = pr_input_array(input->explanation, "would_blocks");
	const char *workload = pr_json_text(json_array_get(list, 0), "workload");
	size_t index, told = 0;
	json_t *item;

	json_array_foreach((json_t *)list, index, item)
	{
		const char *text = pr_json_text(item, "text");
		char *phases;

		if (!text || !workload || !pr_input_is(item, "workload", workload) ||
		    pr_input_find(list, "workload", workload, "text", text) != item ||
		    told++ == TEXTS_MOST)
			continue;
		phases = share_phases(list, item);
		pr_view_add(view, PR_VIEW_ITEM, "%s in %s: %s", phases, workload, text);
		free(phases);
	}
}

static void add_not_exercised(struct pr_view *view, const struct pr_input *input)
{
	const char *text = json_string_value(
	        json_array_get(pr_input_array(input->comparison, "not_exercised"), 0));

	if (text)
		pr_view_add(view, PR_VIEW_ITEM, "Not exercised by this run: %s", text);
}

/* What stalled readers did, and how far single runs lie apart: the first words of each.  */
static void add_others(struct pr_view *view, const struct pr_input *input)
{
	const json_t *pressure = pr_input_array(input->explanation, "pressure");
	const json_t *repeated = pr_input_array(input->explanation, "repeated");
	const char *single =
	        pr_json_text(json_array_get(repeated, json_array_size(repeated) - 1), "text");
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)pressure, index, item)
	{
		const json_t *texts = pr_input_array(item, "texts");

		for (size_t i = 0; i < TEXTS_MOST && i < json_array_size(texts); i++)
			if (json_is_string(json_array_get(texts, i)))
				pr_view_add(view, PR_VIEW_ITEM, "%s",
				            json_string_value(json_array_get(texts, i)));
	}
	if (single)
		pr_view_add(view, PR_VIEW_ITEM, "%s", single);
}

static void add_why(struct pr_view *view, const struct pr_input *input)
{
	pr_view_add(view, PR_VIEW_PARAGRAPH, "Why, and what is not known:");
	add_would_blocks(view, input);
	add_not_exercised(view, input);
	add_others(view, input);
	for (size_t i = 0; i < input->beside_count; i++)
		add_others(view, &input->beside[i]);
}

/* ---- claims ---------------------------------------------------------------------------------- */

static size_t count_fate(const json_t *claims, const char *verdict)
{
	size_t index, count = 0;
	json_t *claim;

	json_array_foreach((json_t *)claims, index, claim)
	{
		count += pr_input_is(claim, "verdict", verdict);
	}
	return count;
}

/* "refuted (2): this (measured that); ..."  */
static void add_fate(struct pr_view *view, const json_t *claims, const char *verdict,
                     const char *word, bool measured)
{
	size_t all = count_fate(claims, verdict), told = 0, index;
	struct pr_buf text;
	json_t *claim;

	if (all == 0)
		return;
	pr_buf_init(&text);
	json_array_foreach((json_t *)claims, index, claim)
	{
		const char *says = pr_json_text(claim, "text"),
		           *brief = pr_json_text(claim, "brief");

		if (!says || !pr_input_is(claim, "verdict", verdict) || told++ >= CLAIMS_MOST)
			continue;
		pr_buf_printf(&text, "%s%s", text.size > 0 ? "; " : "", says);
		if (measured && brief && *brief)
			pr_buf_printf(&text, " (%s)", brief);
	}
	if (told > CLAIMS_MOST)
		pr_buf_printf(&text, "; and %zu more", told - CLAIMS_MOST);
	pr_view_add(view, PR_VIEW_ITEM, "%s (%zu): %s.", word, all, text.text);
	pr_buf_fini(&text);
}

static void add_claims(struct pr_view *view, const struct pr_input *input)
{
	const json_t *claims = pr_input_array(input->explanation, "claims");
	size_t wrong = json_array_size(pr_input_array(input->explanation, "contradictions"));

	if (json_array_size(claims) == 0)
		return;
	pr_view_add(view, PR_VIEW_PARAGRAPH, "The fate of %zu claims:", json_array_size(claims));
	add_fate(view, claims, "refuted", "REFUTED", true);
	add_fate(view, claims, "confirmed", "confirmed", false);
	add_fate(view, claims, "not-shown", "not shown either way", false);
	add_fate(view, claims, "not-testable", "not testable here", false);
	if (wrong > 0)
		pr_view_add(view, PR_VIEW_ITEM,
		            "%s among them: they cannot be true together, or not even alone.",
		            pr_numbers_plural((double)wrong, "contradiction").text);
}

static void add_recommendation(struct pr_view *view, const struct pr_input *input)
{
	const json_t *recommendation = pr_input_object(input->explanation, "recommendation");
	const char *option = pr_json_text(recommendation, "option"),
	           *phase = pr_json_text(recommendation, "phase");
	const char *reason =
	        json_string_value(json_array_get(pr_input_array(recommendation, "reasons"), 0));

	if (option)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "Recommended: %s%s%s%s%s", option,
		            phase ? ", " : "", phase ? phase : "", reason ? ": " : ".",
		            reason ? reason : "");
	else if (recommendation)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "Recommended: none of the options%s%s",
		            reason ? ": " : ".", reason ? reason : "");
}

struct pr_view *pr_brief_view(const struct pr_input *input)
{
	const char *sentence = pr_json_text(input->comparison, "sentence");
	struct pr_view *view = pr_view_create();

	if (sentence)
		pr_view_add(view, PR_VIEW_LEAD, "%s", sentence);
	else
		pr_view_add(view, PR_VIEW_LEAD, "There is no verdict: %s.",
		            input->comparison_missing ? input->comparison_missing
		                                      : "the comparison of this run says nothing");
	add_table(view, input);
	add_why(view, input);
	add_claims(view, input);
	add_recommendation(view, input);
	return view;
}
