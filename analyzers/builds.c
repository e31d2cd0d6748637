/* SPDX-License-Identifier: MIT */
/* analyzers/builds.c - whether the libraries of two phases were built alike.  */
#include "analyzers/builds.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"

/* What makes a message dearer or cheaper.  */
static const struct {
	const char *key, *what;
} facts[] = {
        {"optimisation", "optimisation"},     {"march", "instruction set"},
        {"lto", "link-time optimisation"},    {"relro", "RELRO"},
        {"pic", "position-independent code"}, {"stack_protector", "stack protector"},
        {"fortify", "fortified calls"},       {"cf_protection", "control-flow protection"},
};

#define FACTS (sizeof(facts) / sizeof(facts[0]))

static const json_t *build_of(const struct pr_run *run, size_t phase)
{
	return json_object_get(run->phases[phase].library, "build");
}

/* "-O2", "yes"; NULL: not known.  */
static const char *text_of(const json_t *build, const char *key)
{
	const json_t *value = json_object_get(build, key);

	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	return json_string_value(value);
}

static bool is_same_file(const struct pr_run *run, size_t first, size_t second)
{
	const json_t *one = json_object_get(run->phases[first].library, "sha256");
	const json_t *two = json_object_get(run->phases[second].library, "sha256");

	return json_is_string(one) && json_equal(one, two);
}

static json_t *difference(const char *what, const char *baseline, const char *phase)
{
	json_t *entry = json_object();

	pr_json_set(entry, "what", json_string(what));
	pr_json_set(entry, "baseline", json_string(baseline));
	pr_json_set(entry, "phase", json_string(phase));
	return entry;
}

/* "optimisation -O3 against -O2, RELRO full against partial".  */
static void add_differences(struct pr_buf *text, const json_t *differences)
{
	size_t i;
	json_t *entry;

	json_array_foreach((json_t *)differences, i, entry)
	{
		pr_buf_printf(text, "%s%s %s against %s", i > 0 ? ", " : "",
		              pr_json_text(entry, "what"), pr_json_text(entry, "phase"),
		              pr_json_text(entry, "baseline"));
	}
}

static void add_unknown(struct pr_buf *text, const json_t *unknown)
{
	size_t i;
	json_t *what;

	json_array_foreach((json_t *)unknown, i, what)
	{
		pr_buf_printf(text, "%s%s", i > 0 ? ", " : "", json_string_value(what));
	}
}

static json_t *sentence(const char *phase, const char *baseline, const json_t *differences,
                        const json_t *unknown)
{
	struct pr_buf text;
	json_t *value;

	pr_buf_init(&text);
	if (json_array_size(differences) > 0) {
		pr_buf_printf(&text, "%s was built in another way than %s: ", phase, baseline);
		add_differences(&text, differences);
	} else {
		pr_buf_printf(&text, "%s was built like %s, as far as is known", phase, baseline);
	}
	if (json_array_size(unknown) > 0) {
		pr_buf_puts(&text, "; not known: ");
		add_unknown(&text, unknown);
	}
	value = pr_json_new_string(text.text);
	pr_buf_fini(&text);
	return value;
}

static void add_phase(json_t *array, const struct pr_run *run, size_t baseline, size_t phase)
{
	json_t *differences = json_array(), *unknown = json_array(), *entry;

	for (size_t i = 0; i < FACTS; i++) {
		const char *one = text_of(build_of(run, baseline), facts[i].key);
		const char *two = text_of(build_of(run, phase), facts[i].key);

		if (one == NULL || two == NULL)
			pr_json_append(unknown, json_string(facts[i].what));
		else if (strcmp(one, two) != 0)
			pr_json_append(differences, difference(facts[i].what, one, two));
	}
	if (json_array_size(differences) + json_array_size(unknown) > 0) {
		entry = json_object();
		pr_json_set(entry, "phase", json_string(run->phases[phase].label));
		pr_json_set(entry, "differences", json_incref(differences));
		pr_json_set(entry, "unknown", json_incref(unknown));
		pr_json_set(entry, "text",
		            sentence(run->phases[phase].label, run->phases[baseline].label,
		                     differences, unknown));
		pr_json_append(array, entry);
	}
	json_decref(differences);
	json_decref(unknown);
}

json_t *pr_builds_json(const struct pr_run *run, size_t baseline)
{
	bool recorded = false;
	json_t *array;

	for (size_t i = 0; i < run->phase_count; i++)
		recorded |= build_of(run, i) != NULL;
	if (!recorded)
		return NULL;
	array = json_array();
	for (size_t i = 0; i < run->phase_count; i++)
		if (i != baseline && !is_same_file(run, baseline, i))
			add_phase(array, run, baseline, i);
	return array;
}
