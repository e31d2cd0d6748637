/* SPDX-License-Identifier: MIT */
/* reports/section/known.c - what is known after this run, and what is not: a paragraph each, for
 * those who read no further.  */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "reports/section/section.h"

/* Clauses of a paragraph, joined by "; ".  */
static void add_separator(struct pr_buf *text)
{
	pr_buf_puts(text, text->size > 0 ? "; " : "");
}

static bool counts_messages(const json_t *row)
{
	const char *metric = pr_json_text(row, "metric");

	return metric && strncmp(metric, "messages_", 9) == 0;
}

/* Comparisons that decide about speed and cost, with this verdict; NULL: all.  */
static size_t count_verdict(const struct pr_input *input, const char *verdict)
{
	size_t index, count = 0;
	json_t *row;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		count += pr_input_flag(row, "gating", false) && !counts_messages(row) &&
		         (!verdict || pr_input_is(row, "verdict", verdict));
	}
	return count;
}

static void add_decided(struct pr_buf *text, const struct pr_input *input)
{
	static const char *const verdicts[][2] = {
	        {"improved", "better"},
	        {"regressed", "worse"},
	        {"equivalent", "the same"},
	        {"changed-below-floor", "changed by too little to matter"},
	};
	const char *separator = ": ";
	size_t all = count_verdict(input, NULL);
	size_t open = count_verdict(input, "inconclusive") + count_verdict(input, "void");

	if (all == 0 || open == all)
		return;
	add_separator(text);
	pr_buf_printf(text, "of %s that decide, %zu are decided",
	              pr_words_plural((double)all, "comparison", "comparisons").text, all - open);
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++) {
		size_t count = count_verdict(input, verdicts[i][0]);

		if (count == 0)
			continue;
		pr_buf_printf(text, "%s%zu %s", separator, count, verdicts[i][1]);
		separator = ", ";
	}
}

/* What did not arrive as it was sent, in all good timed trials.  */
static void add_integrity(struct pr_buf *text, const struct pr_input *input)
{
	static const char *const metrics[] = {"messages_lost", "messages_reordered",
	                                      "messages_duplicated"};
	size_t index, trials = 0, broken = 0;
	json_t *trial;

	json_array_foreach(pr_input_array(input->run, "trials"), index, trial)
	{
		const json_t *all = pr_input_object(trial, "metrics");
		double wrong = 0;

		if (!pr_input_is(trial, "status", "ok") || !(pr_input_number(trial, "block") >= 1))
			continue;
		for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++)
			wrong += pr_input_number(pr_input_object(all, metrics[i]), "value");
		trials += !isnan(wrong);
		broken += wrong > 0;
	}
	if (trials == 0)
		return;
	add_separator(text);
	if (broken == 0)
		pr_buf_printf(text, "in %s no message was lost, reordered or repeated",
		              pr_words_plural((double)trials, "good trial", "good trials").text);
	else
		pr_buf_printf(text, "messages were lost, reordered or repeated in %zu of %s",
		              broken,
		              pr_words_plural((double)trials, "good trial", "good trials").text);
}

/* What stalled readers cost, of this run and of those beside it: the first sentence of each.  True
 * when there was one.  */
static bool add_stalls(struct pr_buf *text, const struct pr_input *input)
{
	bool any = false;

	for (size_t i = 0; i <= input->beside_count; i++) {
		const struct pr_input *of = i == 0 ? input : &input->beside[i - 1];
		size_t index;
		json_t *item;

		json_array_foreach(pr_input_array(of->explanation, "pressure"), index, item)
		{
			const char *words =
			        json_string_value(json_array_get(pr_input_array(item, "texts"), 0));
			size_t length = words ? strlen(words) : 0;

			if (length == 0)
				continue;
			add_separator(text);
			pr_buf_printf(text, "%c%.*s", tolower((unsigned char)words[0]),
			              (int)(length - 1 - (words[length - 1] == '.')), words + 1);
			any = true;
		}
	}
	return any;
}

static size_t count_claims(const struct pr_input *input, const char *verdict)
{
	size_t index, count = 0;
	json_t *claim;

	json_array_foreach(pr_input_array(input->explanation, "claims"), index, claim)
	{
		count += pr_input_is(claim, "verdict", verdict);
	}
	return count;
}

static void add_claims(struct pr_buf *text, const struct pr_input *input)
{
	size_t confirmed = count_claims(input, "confirmed");
	size_t refuted = count_claims(input, "refuted");

	if (confirmed + refuted == 0)
		return;
	add_separator(text);
	pr_buf_printf(text, "of %s, %zu confirmed and %zu refuted",
	              pr_words_plural(
	                      (double)json_array_size(pr_input_array(input->explanation, "claims")),
	                      "claim", "claims")
	                      .text,
	              confirmed, refuted);
}

static void add_open(struct pr_buf *text, const struct pr_input *input)
{
	size_t all = count_verdict(input, NULL);
	size_t open = count_verdict(input, "inconclusive") + count_verdict(input, "void");

	if (open == 0)
		return;
	add_separator(text);
	pr_buf_printf(text, "what changed in %zu of %s that decide", open,
	              pr_words_plural((double)all, "comparison", "comparisons").text);
}

static void add_floor(struct pr_buf *text, const struct pr_input *input)
{
	const json_t *floor = pr_input_object(input->comparison, "floor");

	if (!floor || pr_input_number(floor, "executions") >= 20)
		return;
	add_separator(text);
	pr_buf_puts(text, "what an engine differs by from itself on this machine");
}

static void add_untested(struct pr_buf *text, const struct pr_input *input)
{
	size_t open = count_claims(input, "not-testable") + count_claims(input, "not-shown");

	if (open == 0)
		return;
	add_separator(text);
	pr_buf_printf(text, "%s", pr_words_plural((double)open, "claim", "claims").text);
}

/* "Backpressure: hwm is 0 ..." as "backpressure": what comes behind is told in its section.  */
static void add_not_exercised(struct pr_buf *text, const struct pr_input *input, bool stalled)
{
	const char *separator = "whatever was not exercised: ";
	bool begun = false;
	size_t index;
	json_t *item;

	json_array_foreach(pr_input_array(input->comparison, "not_exercised"), index, item)
	{
		const char *words = json_string_value(item);

		if (!words || !*words || (stalled && strncmp(words, "Backpressure", 12) == 0))
			continue;
		if (!begun)
			add_separator(text);
		begun = true;
		pr_buf_printf(text, "%s%c%.*s", separator, tolower((unsigned char)words[0]),
		              (int)strcspn(words + 1, ":;."), words + 1);
		separator = ", ";
	}
}

void pr_section_known(struct pr_model *model, const struct pr_input *input)
{
	struct pr_buf known, open;
	bool stalled;

	pr_buf_init(&known);
	pr_buf_init(&open);
	add_decided(&known, input);
	add_integrity(&known, input);
	stalled = add_stalls(&known, input);
	add_claims(&known, input);
	add_open(&open, input);
	add_untested(&open, input);
	add_floor(&open, input);
	add_not_exercised(&open, input, stalled);
	if (known.size > 0)
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "Known: %s.", known.text);
	if (open.size > 0)
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "Not known: %s.", open.text);
	pr_buf_fini(&known);
	pr_buf_fini(&open);
}
