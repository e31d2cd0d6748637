/* SPDX-License-Identifier: MIT */
/* reports/section/ran.c - what ran, in a sentence; workloads that differ in one option are told
 * once, with the values of that option.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "reports/section/section.h"

bool pr_section_is_changed(const struct pr_input *input)
{
	static const char *const options[] = {"--phase", "--workload", "--ablate"};
	size_t index;
	json_t *word;

	json_array_foreach(pr_input_array(input->run, "argv"), index, word)
	{
		const char *text = json_string_value(word);

		for (size_t i = 0; text && i < sizeof(options) / sizeof(*options); i++)
			if (strncmp(text, options[i], strlen(options[i])) == 0)
				return true;
	}
	return false;
}

/* The only option in which two workloads of one name differ; NULL: there are several, or none.  */
static const char *find_difference(const json_t *one, const json_t *other)
{
	json_t *options = pr_input_object(one, "options"), *value;
	json_t *beside = pr_input_object(other, "options");
	const char *name = pr_json_text(one, "name"), *key, *found = NULL;

	if (!name || !pr_input_is(other, "name", name) ||
	    json_object_size(options) != json_object_size(beside))
		return NULL;
	json_object_foreach(options, key, value)
	{
		if (json_equal(value, json_object_get(beside, key)))
			continue;
		if (found)
			return NULL;
		found = key;
	}
	return found;
}

/* How many workloads from `first` on differ in one option alone, always the same: 2 or more,
 * else 1.  */
static size_t count_alike(const struct pr_input *input, size_t first, const char **option)
{
	const json_t *one = pr_input_workload(input, input->workloads.items[first]);
	size_t next = first + 1;

	*option = NULL;
	for (; next < input->workloads.count; next++) {
		const json_t *other = pr_input_workload(input, input->workloads.items[next]);
		const char *differs = find_difference(one, other);

		if (!differs || (*option && strcmp(*option, differs) != 0))
			break;
		*option = differs;
	}
	return next - first;
}

static void add_value(struct pr_buf *text, const json_t *value)
{
	char *words;

	if (json_is_integer(value)) {
		pr_buf_puts(text, pr_words_count(json_number_value(value)).text);
		return;
	}
	words = pr_input_words(value);
	pr_buf_puts(text, words);
	free(words);
}

/* "paced: pattern router-router, ..., rate 5,000 / 10,000 / 20,000".  */
static void add_alike(struct pr_buf *text, const struct pr_input *input, size_t first, size_t count,
                      const char *option)
{
	const json_t *one = pr_input_workload(input, input->workloads.items[first]);
	const char *key, *separator = ": ";
	json_t *value;

	pr_buf_puts(text, pr_json_text(one, "name"));
	json_object_foreach(pr_input_object(one, "options"), key, value)
	{
		pr_buf_printf(text, "%s%s ", separator, key);
		separator = ", ";
		add_value(text, value);
		for (size_t i = 1; strcmp(key, option) == 0 && i < count; i++) {
			const json_t *other =
			        pr_input_workload(input, input->workloads.items[first + i]);

			pr_buf_puts(text, " / ");
			add_value(text, json_object_get(pr_input_object(other, "options"), key));
		}
	}
}

static void add_workloads(struct pr_buf *text, const struct pr_input *input)
{
	for (size_t i = 0; i < input->workloads.count;) {
		const char *option;
		size_t count = count_alike(input, i, &option);

		pr_buf_puts(text, i == 0 ? "; " : "; then ");
		if (count > 1) {
			add_alike(text, input, i, count, option);
		} else {
			char *workload =
			        pr_input_describe_workload(input, input->workloads.items[i]);

			pr_buf_puts(text, workload);
			free(workload);
		}
		i += count;
	}
}

void pr_section_ran(struct pr_model *model, const struct pr_input *input)
{
	const json_t *plan = pr_input_object(input->run, "plan");
	const char *name = pr_json_text(plan, "name"),
	           *created = pr_json_text(input->run, "created");
	double blocks = pr_input_number(plan, "blocks");
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_printf(&text, "What ran: plan %s%s", name ? name : "without a name",
	              pr_section_is_changed(input) ? ", changed on the command line" : "");
	if (created && strlen(created) >= 16)
		pr_buf_printf(&text, ", %.10s at %.5s UTC", created, created + 11);
	pr_buf_printf(&text, ": %s of ",
	              isnan(blocks) ? "blocks" : pr_words_plural(blocks, "block", "blocks").text);
	pr_buf_puts(&text, pr_words_plural((double)input->phases.count, "phase", "phases").text);
	if (input->watched > 0)
		pr_buf_printf(&text, ", and of %zu more that show what watching them costs",
		              input->watched);
	add_workloads(&text, input);
	pr_model_paragraph(model, PR_PARAGRAPH_PLAIN, "%s.", text.text);
	pr_buf_fini(&text);
}
