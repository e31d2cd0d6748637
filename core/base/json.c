/* SPDX-License-Identifier: MIT */
/* core/base/json.c - jansson with sentences.  */
#include "core/base/json.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/opts.h"

/* ---- whole files --------------------------------------------------------------------------------
 */

enum pr_err pr_json_read_file(const char *path, json_t **json, struct pr_error *why)
{
	struct pr_buf text;
	json_error_t error;
	enum pr_err err;

	*json = NULL;
	pr_buf_init(&text);
	err = pr_buf_read_file(&text, path, why);
	if (err == PR_OK) {
		*json = json_loadb(text.text, text.size, JSON_REJECT_DUPLICATES, &error);
		if (*json == NULL)
			err = pr_error_set(why, PR_USAGE, "%s:%d:%d: not valid JSON: %s",
			                   strcmp(path, "-") == 0 ? "standard input" : path,
			                   error.line, error.column,
			                   text.size > 0 ? error.text : "it is empty");
	}
	pr_buf_fini(&text);
	return err;
}

enum pr_err pr_json_check_format(const json_t *json, const char *path, const char *format, int most,
                                 struct pr_error *why)
{
	struct pr_json top = pr_json_top(path, (json_t *)json);
	const char *found;
	int64_t version;
	enum pr_err err;

	if (!json_is_object(json))
		return pr_json_error(&top, why, "expected an object with \"format\": \"%s\"",
		                     format);
	if (!pr_json_has(&top, "format"))
		return pr_json_error(&top, why, "it has no format; expected \"format\": \"%s\"",
		                     format);
	err = pr_json_string(&top, "format", &found, why);
	if (err == PR_OK && strcmp(found, format) != 0)
		err = pr_json_error(&top, why, "the format is '%s', expected '%s'", found, format);
	if (err == PR_OK)
		err = pr_json_integer(&top, "version", &version, why);
	if (err == PR_OK && (version < 1 || version > most))
		err = pr_json_error(
		        &top, why,
		        "version %lld of %s is not known (newest known: %d); use a newer proctor",
		        (long long)version, format, most);
	return err;
}

/* json with a newline behind it.  */
static char *dump(const json_t *json, size_t flags)
{
	char *text = json_dumps(json, flags | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY);
	size_t size;

	assert(text != NULL);
	size = strlen(text);
	text = pr_realloc(text, size + 2);
	memcpy(text + size, "\n", 2);
	return text;
}

char *pr_json_dump(const json_t *json)
{
	return dump(json, JSON_INDENT(2));
}

char *pr_json_dump_line(const json_t *json)
{
	return dump(json, JSON_COMPACT);
}

void pr_json_print(const json_t *json)
{
	char *text = pr_json_dump(json);

	fputs(text, stdout);
	free(text);
}

enum pr_err pr_json_write_file(const char *path, const json_t *json, struct pr_error *why)
{
	char *text = pr_json_dump(json);
	enum pr_err err = pr_buf_write_file(path, text, strlen(text), why);

	free(text);
	return err;
}

/* ---- members ------------------------------------------------------------------------------------
 */

struct pr_json pr_json_top(const char *file, json_t *value)
{
	return (struct pr_json){.name = file, .value = value};
}

struct pr_json pr_json_item(const struct pr_json *array, size_t index)
{
	return (struct pr_json){
	        .parent = array, .index = index, .value = json_array_get(array->value, index)};
}

static void add_path(const struct pr_json *at, struct pr_buf *out)
{
	if (at->parent == NULL) {
		pr_buf_printf(out, "%s: ", at->name);
		return;
	}
	add_path(at->parent, out);
	if (at->name == NULL)
		pr_buf_printf(out, "[%zu]", at->index);
	else
		pr_buf_printf(out, "%s%s", at->parent->parent != NULL ? "." : "", at->name);
}

enum pr_err pr_json_error(const struct pr_json *at, struct pr_error *why, const char *fmt, ...)
{
	struct pr_buf place;
	char sentence[sizeof(why->text)];
	va_list args;

	if (why == NULL)
		return PR_USAGE;
	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	pr_buf_init(&place);
	add_path(at, &place);
	pr_error_set(why, PR_USAGE, "%s%s%s", place.text, at->parent != NULL ? ": " : "", sentence);
	pr_buf_fini(&place);
	return PR_USAGE;
}

static const char *type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "a whole number";
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		break;
	}
	return "null";
}

/* The place of member key, whose value may be NULL.  */
static struct pr_json member(const struct pr_json *at, const char *key)
{
	return (struct pr_json){
	        .parent = at, .name = key, .value = json_object_get(at->value, key)};
}

static enum pr_err mismatch(const struct pr_json *at, const char *expected, struct pr_error *why)
{
	if (at->value == NULL)
		return pr_json_error(at, why, "missing (expected %s)", expected);
	return pr_json_error(at, why, "expected %s, found %s", expected, type_name(at->value));
}

enum pr_err pr_json_string(const struct pr_json *at, const char *key, const char **out,
                           struct pr_error *why)
{
	struct pr_json found = member(at, key);

	if (!json_is_string(found.value))
		return mismatch(&found, "a string", why);
	*out = json_string_value(found.value);
	return PR_OK;
}

enum pr_err pr_json_integer(const struct pr_json *at, const char *key, int64_t *out,
                            struct pr_error *why)
{
	struct pr_json found = member(at, key);

	if (!json_is_integer(found.value))
		return mismatch(&found, "a whole number", why);
	*out = json_integer_value(found.value);
	return PR_OK;
}

enum pr_err pr_json_real(const struct pr_json *at, const char *key, double *out,
                         struct pr_error *why)
{
	struct pr_json found = member(at, key);

	if (!json_is_number(found.value))
		return mismatch(&found, "a number", why);
	*out = json_number_value(found.value);
	return PR_OK;
}

enum pr_err pr_json_bool(const struct pr_json *at, const char *key, bool *out, struct pr_error *why)
{
	struct pr_json found = member(at, key);

	if (!json_is_boolean(found.value))
		return mismatch(&found, "true or false", why);
	*out = json_is_true(found.value);
	return PR_OK;
}

enum pr_err pr_json_object(const struct pr_json *at, const char *key, struct pr_json *out,
                           struct pr_error *why)
{
	*out = member(at, key);
	return json_is_object(out->value) ? PR_OK : mismatch(out, "an object", why);
}

enum pr_err pr_json_array(const struct pr_json *at, const char *key, struct pr_json *out,
                          struct pr_error *why)
{
	*out = member(at, key);
	return json_is_array(out->value) ? PR_OK : mismatch(out, "an array", why);
}

bool pr_json_has(const struct pr_json *at, const char *key)
{
	const json_t *value = json_object_get(at->value, key);

	return value != NULL && !json_is_null(value);
}

enum pr_err pr_json_check_keys(const struct pr_json *at, const char *const *keys,
                               struct pr_error *why)
{
	const char *key, *nearest;
	json_t *value;
	size_t count = 0, i;

	while (keys[count] != NULL)
		count++;
	json_object_foreach(at->value, key, value)
	{
		for (i = 0; i < count && strcmp(keys[i], key) != 0; i++)
			;
		if (i < count)
			continue;
		nearest = pr_opts_nearest(key, keys, count);
		if (nearest != NULL)
			return pr_json_error(at, why, "unknown key '%s'; did you mean '%s'?", key,
			                     nearest);
		return pr_json_error(at, why, "unknown key '%s'", key);
	}
	return PR_OK;
}

/* ---- members that may be absent -----------------------------------------------------------------
 */

const char *pr_json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

const char *pr_json_text_or(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = pr_json_text(object, key);

	return text != NULL ? text : otherwise;
}

/* ---- making -------------------------------------------------------------------------------------
 */

static void must(int status)
{
	if (status == 0)
		return;
	fprintf(stderr, "proctor: out of memory (JSON)\n");
	exit(PR_FAILED);
}

void pr_json_set(json_t *object, const char *key, json_t *value)
{
	must(json_object_set_new(object, key, value));
}

void pr_json_append(json_t *array, json_t *value)
{
	must(json_array_append_new(array, value));
}

json_t *pr_json_new_string(const char *text)
{
	json_t *value;
	char *copy;

	if (text == NULL)
		return json_null();
	value = json_string(text);
	if (value != NULL)
		return value;
	/* Not UTF-8: keep what can be shown.  */
	copy = pr_strdup(text);
	for (char *c = copy; *c != '\0'; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(copy);
	free(copy);
	return value;
}

json_t *pr_json_take_string(char *text)
{
	json_t *value = pr_json_new_string(text);

	free(text);
	return value;
}

json_t *pr_json_new_real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *pr_json_new_count(double value)
{
	return fabs(value) < 1e18 ? json_integer((json_int_t)value) : json_null();
}
