/* SPDX-License-Identifier: MIT */
/* reports/section/provenance.c - where the numbers come from: what was run, on what, by what, and
 * which trials are not to be trusted.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/command.h"
#include "core/base/buf.h"

static void put_fact(struct pr_table *table, const char *name, const json_t *value)
{
	char *words;

	if (!value || json_is_null(value))
		return;
	words = pr_input_words(value);
	pr_table_row(table, name, NULL);
	pr_table_text(table, "%s", words);
	free(words);
}

/* argv as a line that can be pasted.  */
static void put_argv(struct pr_table *table, const json_t *argv)
{
	struct pr_buf line;
	size_t index;
	json_t *item;

	if (!argv)
		return;
	pr_buf_init(&line);
	json_array_foreach((json_t *)argv, index, item)
	{
		char *word = pr_command_word(json_is_string(item) ? json_string_value(item) : "");

		pr_buf_printf(&line, "%s%s", index > 0 ? " " : "", word);
		free(word);
	}
	pr_table_row(table, "command line", NULL);
	pr_table_text(table, "%s", line.text);
	pr_buf_fini(&line);
}

static struct pr_table *add_fact_table(struct pr_model *model, const char *caption)
{
	struct pr_table *table = pr_model_table(model, caption);

	pr_table_column(table, PR_COLUMN_TEXT, "fact", NULL);
	pr_table_column(table, PR_COLUMN_CODE, "value", NULL);
	return table;
}

static void put_run(struct pr_model *model, const struct pr_input *input)
{
	static const char *const plan_keys[] = {"name",  "blocks", "slices", "pin",
	                                        "roles", "traces", NULL};
	struct pr_table *table = add_fact_table(model, "The run");
	const json_t *run = input->run, *plan = pr_input_object(run, "plan");
	char *line, *path;

	pr_table_row(table, "run directory", NULL);
	pr_table_text(table, "%s", input->path);
	put_fact(table, "made", json_object_get(run, "created"));
	put_fact(table, "status", json_object_get(run, "status"));
	put_argv(table, pr_input_array(run, "argv"));
	put_fact(table, "seed", json_object_get(run, "seed"));
	for (size_t i = 0; plan_keys[i]; i++) {
		char *name = pr_asprintf("plan: %s", plan_keys[i]);

		put_fact(table, name, json_object_get(plan, plan_keys[i]));
		free(name);
	}
	put_fact(table, "proctor", json_object_get(run, "proctor"));
	path = pr_section_path(input, "run.json");
	line = pr_asprintf("proctor run %s", path);
	pr_model_command(model, "Repeat this run", line);
	free(line);
	free(path);
}

/* "preset=baseline, cork=8K": as --phase takes them.  The caller frees it.  */
static char *list_options(const json_t *options)
{
	struct pr_buf out;
	const char *key;
	json_t *value;

	pr_buf_init(&out);
	json_object_foreach((json_t *)options, key, value)
	{
		char *words = pr_input_words(value);

		pr_buf_printf(&out, "%s%s=%s", out.size > 0 ? ", " : "", key, words);
		free(words);
	}
	return out.text; /* the caller frees it */
}

static void put_engine(struct pr_table *table, const json_t *phase)
{
	const json_t *library = pr_input_object(phase, "library");
	char *options = list_options(pr_input_object(phase, "options"));
	const char *sha = pr_json_text(library, "sha256"), *path = pr_json_text(library, "path");

	pr_table_row(table, pr_json_text(phase, "label"), NULL);
	pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(phase, "engine"),
	              pr_json_text(library, "version"), NULL);
	pr_table_text(table, "%s", pr_input_flag(phase, "has_hooks", false) ? "yes" : "no");
	if (path)
		pr_table_cell(table, PR_TONE_PLAIN, path, sha, NULL);
	else
		pr_table_missing(table, "no library");
	pr_table_text(table, "%s", *options ? options : "none");
	free(options);
}

static void put_engines(struct pr_model *model, const struct pr_input *input)
{
	struct pr_table *table = pr_model_table(model, "The engines, as they were loaded");
	size_t index;
	json_t *phase;

	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "engine", "version");
	pr_table_column(table, PR_COLUMN_TEXT, "hooks", NULL);
	pr_table_column(table, PR_COLUMN_CODE, "library", "SHA-256");
	pr_table_column(table, PR_COLUMN_CODE, "options", NULL);
	json_array_foreach(pr_input_array(input->run, "phases"), index, phase)
	{
		put_engine(table, phase);
	}
}

/* Sizes in bytes are long numbers.  */
static void put_host_fact(struct pr_table *table, const char *key, const json_t *value)
{
	bool is_size = json_is_integer(value) && strstr(key, "bytes");

	if (!is_size) {
		put_fact(table, key, value);
		return;
	}
	pr_table_row(table, key, NULL);
	pr_table_text(table, "%s", pr_words_value(json_number_value(value), "bytes").text);
}

static void put_host(struct pr_model *model, const struct pr_input *input)
{
	const json_t *host = pr_input_object(input->run, "host");
	struct pr_table *table;
	const char *key;
	json_t *value;

	if (!host) {
		pr_model_paragraph(model, PR_PARAGRAPH_WARNING,
		                   "The record does not say on which machine the run was made.");
		return;
	}
	table = add_fact_table(model, "The machine");
	json_object_foreach((json_t *)host, key, value)
	{
		put_host_fact(table, key, value);
	}
	pr_model_command(model, "The same facts of this machine", "proctor env");
}

/* A number with its thousands apart; anything else as it is.  The caller frees it.  */
static char *measure_words(const json_t *value)
{
	if (json_is_integer(value))
		return pr_strdup(pr_words_count(json_number_value(value)).text);
	return pr_input_words(value);
}

static void put_noise_row(struct pr_table *table, const char *key, const json_t *before,
                          const json_t *after)
{
	char *from = measure_words(json_object_get(before, key));
	char *to = measure_words(json_object_get(after, key));
	double change = pr_input_number(after, key) - pr_input_number(before, key);

	pr_table_row(table, key, NULL);
	pr_table_text(table, "%s", from);
	pr_table_text(table, "%s", to);
	if (isnan(change))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "%s", pr_words_value(change, NULL).text);
	free(from);
	free(to);
}

static void put_noise(struct pr_model *model, const struct pr_input *input)
{
	const json_t *noise = pr_input_object(input->run, "noise");
	const json_t *before = pr_input_object(noise, "before");
	const json_t *after = pr_input_object(noise, "after");
	struct pr_table *table;
	const char *key;
	json_t *value;

	if (json_object_size(before) + json_object_size(after) == 0)
		return;
	table = pr_model_table(model, "How busy the machine was, before the run and after it");
	pr_table_column(table, PR_COLUMN_TEXT, "measure", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "before", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "after", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "change", NULL);
	json_object_foreach((json_t *)before, key, value)
	{
		put_noise_row(table, key, before, after);
	}
	json_object_foreach((json_t *)after, key, value)
	{
		if (!json_object_get(before, key))
			put_noise_row(table, key, before, after);
	}
}

static void put_bad_trial(struct pr_table *table, const json_t *trial)
{
	double block = pr_input_number(trial, "block");
	bool failed = pr_input_is(trial, "status", "failed");

	pr_table_row(table, pr_json_text(trial, "phase"), NULL);
	pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(trial, "workload"), NULL, NULL);
	if (block >= 1)
		pr_table_text(table, "%.0f", block);
	else
		pr_table_text(table, "traced");
	pr_table_cell(table, failed ? PR_TONE_BAD : PR_TONE_MUTED, pr_json_text(trial, "status"),
	              NULL, NULL);
	pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(trial, "reason"), NULL, NULL);
}

static void put_bad_trials(struct pr_model *model, const struct pr_input *input)
{
	struct pr_table *table;
	size_t index;
	json_t *trial;

	if (pr_section_count_trials(input, "ok", false) +
	            pr_section_count_trials(input, "ok", true) ==
	    json_array_size(pr_input_array(input->run, "trials")))
		return;
	table = pr_model_table(model, "Trials that are not ok, and why");
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "workload", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "block", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "status", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "reason", NULL);
	json_array_foreach(pr_input_array(input->run, "trials"), index, trial)
	{
		if (!pr_input_is(trial, "status", "ok"))
			put_bad_trial(table, trial);
	}
}

static void put_failed_checks(struct pr_table *table, const json_t *list)
{
	size_t index, i;
	json_t *item, *check;

	json_array_foreach((json_t *)list, index, item)
	{
		json_array_foreach(pr_input_array(item, "checks"), i, check)
		{
			double block = pr_input_number(item, "block");

			if (!pr_section_is_counted(item) || pr_input_flag(check, "ok", true))
				continue;
			pr_table_row(table, pr_json_text(item, "phase"), NULL);
			pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(item, "workload"), NULL,
			              NULL);
			if (block >= 1)
				pr_table_text(table, "block %.0f", block);
			else
				pr_table_text(table, "trace");
			pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(check, "name"), NULL,
			              NULL);
			pr_table_cell(table, PR_TONE_BAD, pr_json_text(check, "text"), NULL, NULL);
		}
	}
}

static void put_checks(struct pr_model *model, const struct pr_input *input)
{
	struct pr_table *table;

	if (pr_section_count_checks(input).failed == 0)
		return;
	table = pr_model_table(model, "Checks that do not hold");
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "workload", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "trial", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "check", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "found", NULL);
	put_failed_checks(table, pr_input_array(input->run, "trials"));
	put_failed_checks(table, pr_input_array(input->run, "traces"));
}

static void put_trace(struct pr_table *table, const json_t *trace)
{
	bool ok = pr_input_is(trace, "status", "ok");
	double seconds = pr_input_number(trace, "traced_seconds");

	pr_table_row(table, pr_json_text(trace, "phase"), NULL);
	pr_table_cell(table, ok ? PR_TONE_PLAIN : PR_TONE_MUTED, pr_json_text(trace, "status"),
	              NULL, pr_json_text(trace, "reason"));
	if (isnan(seconds))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "%s s", pr_words_value(seconds, "").text);
	if (ok)
		pr_table_cell(table, PR_TONE_PLAIN, pr_json_text(trace, "file"), NULL, NULL);
	else
		pr_table_missing(table, NULL);
}

static void put_traces(struct pr_model *model, const struct pr_input *input)
{
	const json_t *traces = pr_input_array(input->run, "traces");
	struct pr_table *table;
	size_t index;
	json_t *trace;

	if (json_array_size(traces) == 0) {
		pr_model_paragraph(model, PR_PARAGRAPH_WARNING, "Nothing was traced in this run.");
		return;
	}
	table = pr_model_table(model, "The traced trials (they give counts, never times)");
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "status", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "took under strace", NULL);
	pr_table_column(table, PR_COLUMN_CODE, "file", "in the run directory");
	json_array_foreach((json_t *)traces, index, trace)
	{
		put_trace(table, trace);
	}
}

void pr_section_provenance(struct pr_model *model, const struct pr_input *input)
{
	pr_model_heading(model, 1, "Provenance");
	put_run(model, input);
	put_engines(model, input);
	put_bad_trials(model, input);
	put_checks(model, input);
	put_traces(model, input);
	pr_section_files(model, input);
	put_host(model, input);
	put_noise(model, input);
	pr_section_around(model, input);
}
