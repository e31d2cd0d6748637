/* SPDX-License-Identifier: MIT */
/* reports/input.c - what a report is made from (see input.h).  */
#include "reports/input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "reports/words.h"

double pr_input_number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

bool pr_input_flag(const json_t *object, const char *key, bool fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

json_t *pr_input_object(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_object(value) ? value : NULL;
}

json_t *pr_input_array(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_array(value) ? value : NULL;
}

bool pr_input_is(const json_t *object, const char *key, const char *value)
{
	const char *text = pr_json_text(object, key);

	return text && !strcmp(text, value);
}

json_t *pr_input_find(const json_t *array, const char *key, const char *value, const char *key2,
                      const char *value2)
{
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)array, index, item)
	{
		if (!pr_input_is(item, key, value))
			continue;
		if (!key2 || pr_input_is(item, key2, value2))
			return item;
	}
	return NULL;
}

static void add_words(struct pr_buf *out, const json_t *value);

static void add_object_words(struct pr_buf *out, const json_t *value)
{
	const char *key, *separator = "";
	json_t *member;

	json_object_foreach((json_t *)value, key, member)
	{
		pr_buf_printf(out, "%s%s: ", separator, key);
		add_words(out, member);
		separator = ", ";
	}
}

static void add_array_words(struct pr_buf *out, const json_t *value)
{
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)value, index, item)
	{
		pr_buf_puts(out, index > 0 ? ", " : "");
		add_words(out, item);
	}
}

static void add_words(struct pr_buf *out, const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_OBJECT:
		add_object_words(out, value);
		break;
	case JSON_ARRAY:
		add_array_words(out, value);
		break;
	case JSON_STRING:
		pr_buf_puts(out, json_string_value(value));
		break;
	case JSON_INTEGER:
		pr_buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		pr_buf_printf(out, "%.4g", json_real_value(value));
		break;
	case JSON_TRUE:
		pr_buf_puts(out, "yes");
		break;
	case JSON_FALSE:
		pr_buf_puts(out, "no");
		break;
	case JSON_NULL:
		pr_buf_puts(out, PR_DASH);
		break;
	}
}

char *pr_input_words(const json_t *value)
{
	struct pr_buf out;

	pr_buf_init(&out);
	add_words(&out, value);
	return out.text; /* the caller frees it */
}

static void add_name(struct pr_names *names, const char *name)
{
	if (!name || names->count == PR_INPUT_NAMES)
		return;
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->items[i], name))
			return;
	names->items[names->count++] = name;
}

/* From an array of labels, or of objects that have a label under key.  */
static void add_names(struct pr_names *names, const json_t *array, const char *key)
{
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)array, index, item)
	{
		add_name(names,
		         json_is_string(item) ? json_string_value(item) : pr_json_text(item, key));
	}
}

/* A phase that differs from another in the probe that watches it has no rows in the comparison; its
 * times are those of watched trials, and only the section about the cost of probes shows them.  */
static bool is_watched(const struct pr_input *input, const json_t *phase)
{
	const json_t *compared = pr_input_array(input->comparison, "phases");
	const char *label = pr_json_text(phase, "label");
	size_t index;
	json_t *item;

	if (json_array_size(compared) == 0 || !label ||
	    !pr_json_text(pr_input_object(phase, "options"), "watch"))
		return false;
	json_array_foreach((json_t *)compared, index, item)
	{
		if (json_is_string(item) && !strcmp(json_string_value(item), label))
			return false;
	}
	return true;
}

static void add_phases(struct pr_input *input)
{
	size_t index;
	json_t *phase;

	json_array_foreach(pr_input_array(input->run, "phases"), index, phase)
	{
		if (is_watched(input, phase))
			input->watched++;
		else
			add_name(&input->phases, pr_json_text(phase, "label"));
	}
	add_names(&input->phases, pr_input_array(input->comparison, "phases"), NULL);
}

enum pr_err pr_input_prepare(struct pr_input *input, struct pr_error *why)
{
	if (!json_is_object(input->run))
		return pr_error_set(why, PR_FAILED, "%s/run.json is not a run record", input->path);
	input->phases.count = input->workloads.count = input->watched = 0;
	add_phases(input);
	add_names(&input->workloads, pr_input_array(input->comparison, "workloads"), NULL);
	add_names(&input->workloads, pr_input_array(input->run, "trials"), "workload");
	input->baseline = pr_json_text(input->comparison, "baseline");
	if (!input->baseline && input->phases.count > 0)
		input->baseline = input->phases.items[0];
	return PR_OK;
}

void pr_input_number_phases(const struct pr_input *input, struct pr_input *other)
{
	size_t next = input->phases.count;

	for (size_t i = 0; i < other->phases.count; i++) {
		other->slots[i] = 0;
		for (size_t k = 0; k < input->phases.count; k++)
			if (!strcmp(input->phases.items[k], other->phases.items[i]))
				other->slots[i] = k + 1;
		if (other->slots[i] == 0)
			other->slots[i] = ++next;
	}
}

json_t *pr_input_phase(const struct pr_input *input, const char *label)
{
	return pr_input_find(pr_input_array(input->run, "phases"), "label", label, NULL, NULL);
}

/* A plan that gives no labels: the name of a workload, or NAME#2 for the second of that name.  */
static json_t *find_by_name(const struct pr_input *input, const char *label)
{
	const char *hash = strrchr(label, '#');
	size_t length = hash ? (size_t)(hash - label) : strlen(label);
	long wanted = hash ? strtol(hash + 1, NULL, 10) : 1;
	size_t index;
	json_t *item;

	json_array_foreach(pr_input_array(pr_input_object(input->run, "plan"), "workloads"), index,
	                   item)
	{
		const char *name = pr_json_text(item, "name");

		if (!name || strlen(name) != length || strncmp(name, label, length) != 0)
			continue;
		if (--wanted == 0)
			return item;
	}
	return NULL;
}

json_t *pr_input_workload(const struct pr_input *input, const char *label)
{
	json_t *workloads = pr_input_array(pr_input_object(input->run, "plan"), "workloads"), *item;
	size_t index;

	json_array_foreach(workloads, index, item)
	{
		const char *own = pr_json_text(item, "label");

		if (own && strcmp(own, label) == 0)
			return item;
	}
	return find_by_name(input, label);
}

char *pr_input_describe_workload(const struct pr_input *input, const char *label)
{
	json_t *workload = pr_input_workload(input, label);
	const char *key, *separator = ": ";
	struct pr_buf out;
	json_t *value;

	pr_buf_init(&out);
	pr_buf_puts(&out, label);
	json_object_foreach(pr_input_object(workload, "options"), key, value)
	{
		pr_buf_printf(&out, "%s%s ", separator, key);
		if (json_is_integer(value))
			pr_buf_puts(&out, pr_words_count(json_number_value(value)).text);
		else
			add_words(&out, value);
		separator = ", ";
	}
	return out.text; /* the caller frees it */
}
