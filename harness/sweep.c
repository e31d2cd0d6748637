/* SPDX-License-Identifier: MIT */
/* harness/sweep.c - one workload for each value of an option.  */
#include "harness/sweep.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"

#define SEPARATOR ":"

/* "64:1024" as an array of texts.  */
static json_t *split(const char *text)
{
	json_t *values = json_array();
	char *copy = pr_strdup(text);
	char *rest = copy, *value;

	while ((value = strsep(&rest, SEPARATOR)) != NULL)
		pr_json_append(values, json_string(value));
	free(copy);
	return values;
}

/* The values of an option that is swept, a new array; NULL when it has one value.  */
static json_t *values_of(const json_t *value)
{
	if (json_is_array(value))
		return json_incref((json_t *)value);
	if (json_is_string(value) && strstr(json_string_value(value), SEPARATOR) != NULL)
		return split(json_string_value(value));
	return NULL;
}

static enum pr_err check_values(const json_t *values, const char *name, const char *what,
                                struct pr_error *why)
{
	size_t count = json_array_size(values);

	if (count == 0)
		return pr_error_set(why, PR_USAGE, "%s: option '%s' has no value", what, name);
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_array_get(values, i);

		if (json_is_string(value) && *json_string_value(value) == '\0')
			return pr_error_set(why, PR_USAGE,
			                    "%s: option '%s' has an empty value; write %s=1:2:3",
			                    what, name, name);
		for (size_t j = 0; j < i; j++)
			if (json_equal((json_t *)value, json_array_get(values, j)))
				return pr_error_set(
				        why, PR_USAGE,
				        "%s: option '%s' has a value that is there twice", what,
				        name);
	}
	return PR_OK;
}

/* Each object of the list, once for each value.  Takes list.  */
static json_t *multiply(json_t *list, const char *name, const json_t *values)
{
	json_t *longer = json_array(), *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		for (size_t v = 0; v < json_array_size(values); v++) {
			json_t *copy = json_copy(one);

			pr_json_set(copy, name, json_incref(json_array_get(values, v)));
			pr_json_append(longer, copy);
		}
	}
	json_decref(list);
	return longer;
}

/* Multiplies *list by the values of one option.  */
static enum pr_err expand_one(const char *name, const json_t *values, const char *what,
                              json_t **list, struct pr_error *why)
{
	enum pr_err err = check_values(values, name, what, why);

	if (err != PR_OK)
		return err;
	if (json_array_size(*list) * json_array_size(values) > PR_SWEEP_MAX)
		return pr_error_set(why, PR_USAGE,
		                    "%s: the values make more than %d workloads; give fewer", what,
		                    PR_SWEEP_MAX);
	*list = multiply(*list, name, values);
	return PR_OK;
}

enum pr_err pr_sweep_expand(const json_t *options, const char *what, json_t **result,
                            json_t **result_swept, struct pr_error *why)
{
	json_t *list = json_array(), *swept = json_array(), *value;
	enum pr_err err = PR_OK;
	const char *name;

	pr_json_append(list, json_copy((json_t *)options));
	json_object_foreach((json_t *)options, name, value)
	{
		json_t *values = values_of(value);

		if (values == NULL)
			continue;
		err = expand_one(name, values, what, &list, why);
		pr_json_append(swept, json_string(name));
		json_decref(values);
		if (err != PR_OK)
			break;
	}
	if (err != PR_OK) {
		json_decref(list);
		json_decref(swept);
		return err;
	}
	*result = list;
	*result_swept = swept;
	return PR_OK;
}
