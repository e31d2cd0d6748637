/* SPDX-License-Identifier: MIT */
/* harness/options.c - option tables and JSON objects.  */
#include "harness/options.h"

#include <stdlib.h>
#include <string.h>

char *pr_options_text(const json_t *value)
{
	if (json_is_string(value))
		return pr_strdup(json_string_value(value));
	if (json_is_integer(value))
		return pr_asprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_real(value))
		return pr_asprintf("%.15g", json_real_value(value));
	if (json_is_boolean(value))
		return pr_strdup(json_is_true(value) ? "yes" : "no");
	return NULL;
}

static enum pr_err add_item(json_t *options, char *item, const char *what, struct pr_error *why)
{
	char *equals = strchr(item, '=');
	const char *value = equals != NULL ? equals + 1 : "yes";

	if (equals != NULL)
		*equals = '\0';
	if (*item == '\0')
		return pr_error_set(why, PR_USAGE,
		                    "%s: an option name is missing; write option=value", what);
	if (json_object_get(options, item) != NULL)
		return pr_error_set(why, PR_USAGE, "%s: option '%s' is given twice", what, item);
	json_object_set_new(options, item, json_string(value));
	return PR_OK;
}

enum pr_err pr_options_from_list(const char *text, const char *what, json_t **result,
                                 struct pr_error *why)
{
	json_t *options = json_object();
	char *copy = pr_strdup(text);
	char *rest = copy, *item;
	enum pr_err err = PR_OK;

	while (*text != '\0' && err == PR_OK && (item = strsep(&rest, ",")) != NULL)
		err = add_item(options, item, what, why);
	free(copy);
	if (err != PR_OK)
		json_decref(options);
	else
		*result = options;
	return err;
}

enum pr_err pr_options_from_json(const json_t *object, const char *what, json_t **result,
                                 struct pr_error *why)
{
	json_t *options, *value;
	const char *name;

	if (!json_is_object(object))
		return pr_error_set(why, PR_USAGE,
		                    "%s: options must be an object of names and values", what);
	options = json_object();
	json_object_foreach((json_t *)object, name, value)
	{
		char *text = pr_options_text(value);

		if (text == NULL) {
			json_decref(options);
			return pr_error_set(
			        why, PR_USAGE,
			        "%s: option '%s' must be a text, a number, true or false", what,
			        name);
		}
		json_object_set_new(options, name, json_string(text));
		free(text);
	}
	*result = options;
	return PR_OK;
}

enum pr_err pr_options_apply(const struct pr_opt *table, void *target, const json_t *options,
                             const char *what, struct pr_error *why)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)options, name, value)
	{
		enum pr_err err =
		        pr_opts_set(table, target, name, json_string_value(value), what, why);

		if (err != PR_OK)
			return err;
	}
	return PR_OK;
}

static json_t *expand_one(const struct pr_opt *opt, const void *target, bool numbers)
{
	const void *field = (const char *)target + opt->offset;
	struct pr_buf text;
	json_t *value;

	if (numbers &&
	    (opt->kind == PR_OPT_COUNT || (opt->kind == PR_OPT_BYTES && opt->choices == NULL)))
		return json_integer((json_int_t) * (const uint64_t *)field);
	pr_buf_init(&text);
	pr_opts_format(opt, target, &text);
	value = json_string(text.text);
	pr_buf_fini(&text);
	return value;
}

void pr_options_expand(const struct pr_opt *table, const void *target, bool numbers, json_t *object)
{
	for (; table->name != NULL; table++)
		json_object_set_new(object, table->name, expand_one(table, target, numbers));
}
