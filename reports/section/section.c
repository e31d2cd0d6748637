/* SPDX-License-Identifier: MIT */
/* reports/section/section.c - what the sections share (see section.h).  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/command.h"
#include "core/base/buf.h"

void pr_section_notes(struct pr_model *model, const json_t *texts)
{
	size_t i;
	json_t *text;

	json_array_foreach((json_t *)texts, i, text)
	{
		pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "%s", json_string_value(text));
	}
}

void pr_section_command(struct pr_model *model, const struct pr_input *input, const char *label,
                        const char *verb, const char *rest)
{
	char *run = pr_command_word(input->path);
	char *line = pr_asprintf("proctor %s %s%s%s", verb, run, *rest ? " " : "", rest);

	pr_model_command(model, label, line);
	free(line);
	free(run);
}

char *pr_section_path(const struct pr_input *input, const char *file)
{
	size_t length = strlen(input->path);
	bool slash = length > 0 && input->path[length - 1] == '/';
	char *path = pr_asprintf("%s%s%s", input->path, slash ? "" : "/", file);
	char *quoted = pr_command_word(path);

	free(path);
	return quoted;
}

size_t pr_section_count_trials(const struct pr_input *input, const char *status, bool traced)
{
	size_t index, count = 0;
	json_t *trial;

	json_array_foreach(pr_input_array(input->run, "trials"), index, trial)
	{
		bool is_traced = !(pr_input_number(trial, "block") >= 1);

		if (is_traced == traced && (!status || pr_input_is(trial, "status", status)))
			count++;
	}
	return count;
}

size_t pr_section_count_planned(const struct pr_input *input)
{
	const json_t *plan = pr_input_object(input->run, "plan");
	double blocks = pr_input_number(plan, "blocks");

	if (!(blocks > 0 && blocks < 1e9))
		return 0;
	return json_array_size(pr_input_array(plan, "phases")) *
	       json_array_size(pr_input_array(plan, "workloads")) * (size_t)blocks;
}

/* A traced trial's checks stand in its trace as well: there they count.  */
bool pr_section_is_counted(const json_t *trial)
{
	return !json_object_get(trial, "block") || pr_input_number(trial, "block") >= 1;
}

static void add_checks(struct pr_checks *sum, const json_t *list)
{
	size_t index, i;
	json_t *item, *check;

	json_array_foreach((json_t *)list, index, item)
	{
		if (!pr_section_is_counted(item))
			continue;
		json_array_foreach(pr_input_array(item, "checks"), i, check)
		{
			sum->all++;
			sum->failed += !pr_input_flag(check, "ok", true);
		}
	}
}

struct pr_checks pr_section_count_checks(const struct pr_input *input)
{
	struct pr_checks sum = {0};

	add_checks(&sum, pr_input_array(input->run, "trials"));
	add_checks(&sum, pr_input_array(input->run, "traces"));
	return sum;
}

json_t *pr_section_row(const struct pr_input *input, const char *workload, const char *phase,
                       const char *metric)
{
	size_t index;
	json_t *row;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		if (pr_input_is(row, "workload", workload) && pr_input_is(row, "phase", phase) &&
		    pr_input_is(row, "metric", metric))
			return row;
	}
	return NULL;
}

/* Every row carries the baseline's side; any of the metric will do.  */
static const json_t *baseline_side(const struct pr_input *input, const char *workload,
                                   const char *metric)
{
	size_t index;
	json_t *row;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		if (pr_input_is(row, "workload", workload) && pr_input_is(row, "metric", metric) &&
		    pr_input_object(row, "baseline"))
			return pr_input_object(row, "baseline");
	}
	return NULL;
}

const json_t *pr_section_side(const struct pr_input *input, const char *workload, const char *phase,
                              const char *metric, const json_t **row)
{
	*row = NULL;
	if (input->baseline && !strcmp(phase, input->baseline))
		return baseline_side(input, workload, metric);
	*row = pr_section_row(input, workload, phase, metric);
	return pr_input_object(*row, "current");
}

struct pr_verdict_words pr_section_verdict(const json_t *row)
{
	const char *verdict = pr_json_text(row, "verdict");

	if (pr_input_flag(row, "once", false))
		return (struct pr_verdict_words){"counted once", PR_TONE_PLAIN};
	if (pr_input_flag(row, "identical", false))
		return (struct pr_verdict_words){"the same in every block", PR_TONE_PLAIN};
	return (struct pr_verdict_words){pr_words_verdict(verdict), pr_words_tone(verdict)};
}

struct pr_words pr_section_effect(const json_t *row)
{
	return pr_words_effect(pr_input_number(row, "effect"), pr_input_number(row, "effect_lo"),
	                       pr_input_number(row, "effect_hi"));
}

static bool entry_matches(const json_t *entry, const char *workload, const char *key)
{
	return pr_input_is(entry, "workload", workload) && pr_json_text(entry, key) &&
	       pr_json_text(entry, "phase");
}

/* Whether an earlier entry has the same text already.  */
static bool seen_before(const json_t *entries, size_t index, const char *workload, const char *key)
{
	const char *text = pr_json_text(json_array_get(entries, index), key);

	for (size_t i = 0; i < index; i++) {
		const json_t *entry = json_array_get(entries, i);

		if (entry_matches(entry, workload, key) && pr_input_is(entry, key, text))
			return true;
	}
	return false;
}

void pr_section_shared(struct pr_model *model, const json_t *entries, const char *workload,
                       const char *key)
{
	struct pr_buf phases;
	size_t index, i;
	json_t *entry, *other;

	pr_buf_init(&phases);
	json_array_foreach((json_t *)entries, index, entry)
	{
		if (!entry_matches(entry, workload, key) ||
		    seen_before(entries, index, workload, key))
			continue;
		pr_buf_clear(&phases);
		json_array_foreach((json_t *)entries, i, other)
		{
			if (entry_matches(other, workload, key) &&
			    pr_input_is(other, key, pr_json_text(entry, key)))
				pr_buf_printf(&phases, "%s%s", phases.size > 0 ? ", " : "",
				              pr_json_text(other, "phase"));
		}
		pr_model_item(model, "%s: %s", phases.text, pr_json_text(entry, key));
	}
	pr_buf_fini(&phases);
}
