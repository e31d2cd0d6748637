/* SPDX-License-Identifier: MIT */
/* analyzers/command.c - commands to paste into a shell.  */
#include "analyzers/command.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

char *pr_command_word(const char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                           "_-./,:=+@%";
	struct pr_buf out;

	pr_buf_init(&out);
	if (*text && text[strspn(text, safe)] == '\0') {
		pr_buf_puts(&out, text);
	} else {
		pr_buf_puts(&out, "'");
		for (const char *c = text; *c; c++) {
			if (*c == '\'')
				pr_buf_puts(&out, "'\\''");
			else
				pr_buf_add(&out, c, 1);
		}
		pr_buf_puts(&out, "'");
	}
	return out.text; /* the caller frees it */
}

/* Takes text.  */
static void add_word(struct pr_buf *out, const char *before, char *text)
{
	char *word = pr_command_word(text);

	pr_buf_printf(out, " %s%s", before, word);
	free(word);
	free(text);
}

/* ",preset=baseline,cork=8K".  */
static void add_options(struct pr_buf *out, const json_t *options)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)options, key, value)
	{
		if (json_is_string(value))
			pr_buf_printf(out, ",%s=%s", key, json_string_value(value));
		else if (json_is_integer(value))
			pr_buf_printf(out, ",%s=%" JSON_INTEGER_FORMAT, key,
			              json_integer_value(value));
	}
}

static const json_t *planned(const struct pr_run *run, const char *what, size_t index)
{
	return json_array_get(json_object_get(run->plan, what), index);
}

static void add_phases(struct pr_buf *out, const struct pr_run *run, const bool *keep)
{
	for (size_t p = 0; p < run->phase_count; p++) {
		struct pr_buf text;

		if (!keep[p])
			continue;
		pr_buf_init(&text);
		pr_buf_printf(&text, "%s=%s", run->phases[p].label, run->phases[p].engine);
		add_options(&text, json_object_get(planned(run, "phases", p), "options"));
		add_word(out, "--phase ", text.text);
	}
}

static void add_workloads(struct pr_buf *out, const struct pr_run *run, const bool *keep)
{
	for (size_t w = 0; w < run->workload_count; w++) {
		struct pr_buf text;

		if (!keep[w])
			continue;
		pr_buf_init(&text);
		pr_buf_puts(&text, run->workloads[w].name);
		add_options(&text, run->workloads[w].options);
		add_word(out, "--workload ", text.text);
	}
}

char *pr_command_run(const struct pr_run *run, const bool *phases, const bool *workloads,
                     const char *more)
{
	size_t length = strlen(run->dir);
	struct pr_buf out;

	pr_buf_init(&out);
	pr_buf_puts(&out, "proctor run");
	add_word(&out, "",
	         pr_asprintf("%s%srun.json", run->dir,
	                     length > 0 && run->dir[length - 1] == '/' ? "" : "/"));
	if (phases != NULL)
		add_phases(&out, run, phases);
	if (more != NULL)
		add_word(&out, "--workload ", pr_strdup(more));
	else if (workloads != NULL)
		add_workloads(&out, run, workloads);
	pr_buf_puts(&out, " -o again");
	return out.text;
}
