/* SPDX-License-Identifier: MIT */
/* harness/cmd_list.c - `proctor list`: what can be named on the command line.
 *
 * Each topic makes one JSON array from a table of the program; the text is printed from the same
 * array, so both always agree.  Engines are loaded to see whether they are there, each in a process
 * of its own, because two libraries with the same functions must not meet in one.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzers/cause.h"
#include "core/base/cmd.h"
#include "core/base/json.h"
#include "core/base/metrics.h"
#include "core/phase.h"
#include "harness/adapter.h"
#include "harness/plan.h"
#include "harness/plant.h"
#include "harness/probe.h"
#include "harness/workload.h"

/* ---- options of an engine, phase or workload ----------------------------------------------------
 */

/* [{"name","values","help"}] */
static json_t *describe_options(const struct pr_opt *opts)
{
	json_t *array = json_array();

	for (; opts != NULL && opts->name != NULL; opts++) {
		json_t *item = json_object();
		struct pr_buf values;

		pr_buf_init(&values);
		pr_opts_describe(opts, &values);
		pr_json_set(item, "name", pr_json_new_string(opts->name));
		pr_json_set(item, "values", pr_json_new_string(values.text));
		pr_json_set(item, "help", pr_json_new_string(opts->help));
		pr_json_append(array, item);
		pr_buf_fini(&values);
	}
	return array;
}

/* {"cork": "8K", ...} */
static json_t *option_values(const struct pr_opt *opts, const void *target)
{
	json_t *object = json_object();

	for (; opts->name != NULL; opts++) {
		struct pr_buf value;

		pr_buf_init(&value);
		pr_opts_format(opts, target, &value);
		pr_json_set(object, opts->name, pr_json_new_string(value.text));
		pr_buf_fini(&value);
	}
	return object;
}

static json_t *named(const char *name, const char *summary)
{
	json_t *item = json_object();

	pr_json_set(item, "name", pr_json_new_string(name));
	pr_json_set(item, "summary", pr_json_new_string(summary));
	return item;
}

/* ---- engines ------------------------------------------------------------------------------------
 */

/* What a child says about an engine: written whole into a pipe.  */
struct finding {
	bool found;
	struct pr_engine_info info;
	struct pr_error why;
};

static enum pr_err load_engine(const struct pr_adapter_ops *adapter, struct finding *finding)
{
	json_t *none = json_object(), *options = NULL;
	struct pr_engine *engine;
	enum pr_err err = adapter->expand(none, adapter->name, &options, &finding->why);

	if (err == PR_OK)
		err = adapter->load(options, &engine, &finding->info, &finding->why);
	if (err == PR_OK)
		adapter->unload(&engine);
	json_decref(options);
	json_decref(none);
	return err;
}

/* Writes to a pipe below its capacity are whole.  */
static void report_finding(const struct pr_adapter_ops *adapter, int fd)
{
	static struct finding finding;

	finding.found = load_engine(adapter, &finding) == PR_OK;
	_exit(write(fd, &finding, sizeof(finding)) == (ssize_t)sizeof(finding) ? 0 : 1);
}

static bool read_finding(int fd, struct finding *finding)
{
	size_t got = 0;
	ssize_t size;

	while (got < sizeof(*finding) &&
	       (size = read(fd, (char *)finding + got, sizeof(*finding) - got)) > 0)
		got += (size_t)size;
	return got == sizeof(*finding);
}

static void look_for_engine(const struct pr_adapter_ops *adapter, struct finding *finding)
{
	int fds[2];
	pid_t child;

	memset(finding, 0, sizeof(*finding));
	pr_error_set(&finding->why, PR_FAILED, "the process that loaded it ended early");
	if (pipe(fds) != 0)
		return;
	child = fork();
	if (child == 0)
		report_finding(adapter, fds[1]);
	close(fds[1]);
	if (child > 0 && !read_finding(fds[0], finding))
		finding->found = false;
	close(fds[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
}

static json_t *text_or_null(const char *text)
{
	return pr_json_new_string(text[0] != '\0' ? text : NULL);
}

/* Its own, and what can be planted in any.  */
static json_t *engine_options(const struct pr_adapter_ops *adapter)
{
	json_t *options = describe_options(adapter->opts),
	       *planted = describe_options(pr_plant_opts);

	json_array_extend(options, planted);
	json_decref(planted);
	return options;
}

static json_t *list_engines(void)
{
	json_t *array = json_array();

	for (size_t i = 0; pr_adapters[i] != NULL; i++) {
		static struct finding finding;
		json_t *item = named(pr_adapters[i]->name, pr_adapters[i]->summary);

		look_for_engine(pr_adapters[i], &finding);
		pr_json_set(item, "found", json_boolean(finding.found));
		pr_json_set(item, "library", text_or_null(finding.info.path));
		pr_json_set(item, "version", text_or_null(finding.info.version));
		pr_json_set(item, "reason",
		            finding.found ? json_null() : pr_json_new_string(finding.why.text));
		pr_json_set(item, "options", engine_options(pr_adapters[i]));
		pr_json_append(array, item);
	}
	return array;
}

/* ---- phases, workloads, probes, metrics ---------------------------------------------------------
 */

static json_t *list_phases(void)
{
	json_t *array = json_array();

	for (const struct pr_phase_preset *p = pr_phase_presets; p->name != NULL; p++) {
		json_t *item = named(p->name, p->summary);

		pr_json_set(item, "values", option_values(pr_phase_opts, &p->phase));
		pr_json_append(array, item);
	}
	return array;
}

static json_t *list_workloads(void)
{
	json_t *array = json_array();

	for (size_t i = 0; pr_workloads[i] != NULL; i++) {
		json_t *item = named(pr_workloads[i]->name, pr_workloads[i]->summary);

		pr_json_set(item, "options", describe_options(pr_workloads[i]->opts));
		pr_json_set(item, "values",
		            option_values(pr_workloads[i]->opts, &pr_workloads[i]->defaults));
		pr_json_append(array, item);
	}
	return array;
}

static json_t *list_probes(void)
{
	json_t *array = json_array();

	for (size_t i = 0; pr_probes[i] != NULL; i++)
		pr_json_append(array, named(pr_probes[i]->name, pr_probes[i]->summary));
	return array;
}

static json_t *list_metrics(void)
{
	json_t *array = json_array();

	for (const struct pr_metric *m = pr_metrics; m->name != NULL; m++) {
		json_t *item = named(m->name, m->help);

		pr_json_set(item, "unit", pr_json_new_string(m->unit));
		pr_json_set(item, "direction", pr_json_new_string(pr_metrics_direction(m)));
		pr_json_append(array, item);
	}
	return array;
}

static json_t *list_causes(void)
{
	json_t *array = json_array();

	for (size_t i = 0; pr_causes[i] != NULL; i++)
		pr_json_append(array, named(pr_causes[i]->name, pr_causes[i]->question));
	return array;
}

static json_t *list_plans(void)
{
	json_t *array = json_array();

	for (size_t i = 0; pr_plan_builtins[i].name != NULL; i++)
		pr_json_append(array, named(pr_plan_builtins[i].name, pr_plan_builtins[i].summary));
	return array;
}

struct topic {
	const char *name;
	json_t *(*list)(void);
};

static const struct topic topics[] = {
        {"plans", list_plans},         {"engines", list_engines}, {"phases", list_phases},
        {"workloads", list_workloads}, {"probes", list_probes},   {"metrics", list_metrics},
        {"causes", list_causes},
};

#define TOPIC_COUNT (sizeof(topics) / sizeof(topics[0]))

/* ---- printing -----------------------------------------------------------------------------------
 */

static void print_values(const json_t *values)
{
	const char *key, *separator = "";
	json_t *value;

	if (json_object_size(values) == 0)
		return;
	printf("%24s", "");
	json_object_foreach((json_t *)values, key, value)
	{
		printf("%s%s=%s", separator, key, json_string_value(value));
		separator = ",";
	}
	printf("\n");
}

static void print_options(const json_t *options)
{
	size_t i;
	json_t *option;

	json_array_foreach(options, i, option)
	        printf("%24s%s=%s: %s\n", "", pr_json_text(option, "name"),
	               pr_json_text(option, "values"), pr_json_text(option, "help"));
}

/* What is particular to a topic, in brackets behind the summary or on a line below it.  */
static void print_item(const json_t *item)
{
	const char *unit, *direction, *library, *version, *reason;

	unit = pr_json_text(item, "unit");
	direction = pr_json_text(item, "direction");
	library = pr_json_text(item, "library");
	version = pr_json_text(item, "version");
	reason = pr_json_text(item, "reason");
	printf("  %-20s  %s", pr_json_text(item, "name"), pr_json_text(item, "summary"));
	if (unit != NULL)
		printf(" (%s, %s is better)", unit, direction);
	printf("\n");
	if (library != NULL || version != NULL)
		printf("%24s%s %s\n", "", version != NULL ? version : "",
		       library != NULL ? library : "");
	if (reason != NULL)
		printf("%24snot usable here: %s\n", "", reason);
	print_values(json_object_get(item, "values"));
	print_options(json_object_get(item, "options"));
}

static void print_text(const json_t *list)
{
	bool several = json_object_size(list) > 3; /* format and version come first */

	for (size_t i = 0; i < TOPIC_COUNT; i++) {
		json_t *array = json_object_get(list, topics[i].name), *item;
		size_t j;

		if (array == NULL)
			continue;
		if (several)
			printf("%s%s\n", i > 0 ? "\n" : "", topics[i].name);
		json_array_foreach(array, j, item) print_item(item);
	}
}

/* ---- the command --------------------------------------------------------------------------------
 */

struct list_options {
	bool help;
	int format;
};

enum { FORMAT_TEXT, FORMAT_JSON };
static const char *const format_names[] = {"text", "json", NULL};

static const struct pr_opt options[] = {
        {"format", 0, PR_OPT_CHOICE, offsetof(struct list_options, format), format_names, NULL,
         "how to print", 0, 0},
        {"help", 'h', PR_OPT_FLAG, offsetof(struct list_options, help), NULL, NULL, "show this", 0,
         0},
        {0},
};

static enum pr_err check_topic(const char *name, struct pr_error *why)
{
	const char *names[TOPIC_COUNT];
	const char *nearest;

	for (size_t i = 0; i < TOPIC_COUNT; i++) {
		names[i] = topics[i].name;
		if (strcmp(names[i], name) == 0)
			return PR_OK;
	}
	nearest = pr_opts_nearest(name, names, TOPIC_COUNT);
	if (nearest != NULL)
		return pr_error_set(why, PR_USAGE, "unknown topic '%s'; did you mean '%s'?", name,
		                    nearest);
	return pr_error_set(why, PR_USAGE, "unknown topic '%s'; -h lists them", name);
}

/* topic NULL: all of them.  */
static json_t *collect(const char *topic)
{
	json_t *list = json_object();

	pr_json_set(list, "format", json_string("proctor.list"));
	pr_json_set(list, "version", json_integer(1));
	for (size_t i = 0; i < TOPIC_COUNT; i++)
		if (topic == NULL || strcmp(topic, topics[i].name) == 0)
			pr_json_set(list, topics[i].name, topics[i].list());
	return list;
}

int cmd_list(int argc, const char **argv)
{
	struct list_options given = {0};
	struct pr_error why;
	int operands;
	json_t *list;
	enum pr_err err = pr_opts_parse(options, &given, argc, argv, &operands, &why);

	if (err == PR_OK && given.help)
		return pr_cmd_help(options);
	if (err == PR_OK && operands > 1)
		err = pr_error_set(&why, PR_USAGE, "'%s' is not expected; name one topic or none",
		                   argv[1]);
	if (err == PR_OK && operands == 1)
		err = check_topic(argv[0], &why);
	if (err != PR_OK)
		return pr_cmd_fail(err, &why);
	list = collect(operands == 1 ? argv[0] : NULL);
	if (given.format == FORMAT_JSON)
		pr_json_print(list);
	else
		print_text(list);
	json_decref(list);
	return PR_OK;
}
