/* SPDX-License-Identifier: MIT */
/* harness/cmd_env.c - `proctor env`: what is known of the machine, and how busy it is now.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cmd.h"
#include "core/base/json.h"
#include "harness/calibrate.h"
#include "harness/env.h"

struct env_options {
	bool help;
	int format;
};

enum { FORMAT_TEXT, FORMAT_JSON };
static const char *const format_names[] = {"text", "json", NULL};

static const struct pr_opt options[] = {
        {"format", 0, PR_OPT_CHOICE, offsetof(struct env_options, format), format_names, NULL,
         "how to print", 0, 0},
        {"help", 'h', PR_OPT_FLAG, offsetof(struct env_options, help), NULL, NULL, "show this", 0,
         0},
        {0},
};

static json_t *collect(void)
{
	json_t *env = json_object();

	pr_json_set(env, "format", json_string("proctor.env"));
	pr_json_set(env, "version", json_integer(1));
	pr_json_set(env, "proctor", pr_env_proctor());
	pr_json_set(env, "host", pr_env_host());
	pr_json_set(env, "noise", pr_env_noise());
	pr_json_set(env, "calibration", pr_calibrate());
	return env;
}

/* A value as a person reads it; null is what could not be read.  */
static void print_value(const json_t *value)
{
	if (json_is_null(value))
		printf("unknown\n");
	else if (json_is_string(value))
		printf("%s\n", json_string_value(value));
	else if (json_is_boolean(value))
		printf("%s\n", json_is_true(value) ? "yes" : "no");
	else
		printf("%.15g\n", json_number_value(value));
}

static void print_calibration(const json_t *costs)
{
	const char *name;
	json_t *cost;

	printf("\ncalibration (ns of CPU time a call; 10 to 90 %% of the batches)\n");
	json_object_foreach((json_t *)costs, name, cost)
	{
		printf("  %-28s", name);
		if (json_is_null(cost))
			print_value(cost);
		else
			printf("%.4g (%.4g to %.4g)\n",
			       json_number_value(json_object_get(cost, "ns")),
			       json_number_value(json_object_get(cost, "lo")),
			       json_number_value(json_object_get(cost, "hi")));
	}
}

static void print_text(const json_t *env)
{
	static const char *const groups[] = {"proctor", "host", "noise"};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		const char *key;
		json_t *value;

		printf("%s%s\n", i > 0 ? "\n" : "", groups[i]);
		json_object_foreach(json_object_get(env, groups[i]), key, value)
		{
			printf("  %-28s", key);
			print_value(value);
		}
	}
	print_calibration(json_object_get(env, "calibration"));
}

int cmd_env(int argc, const char **argv)
{
	struct env_options given = {0};
	struct pr_error why;
	int operands;
	json_t *env;
	enum pr_err err = pr_opts_parse(options, &given, argc, argv, &operands, &why);

	if (err == PR_OK && given.help)
		return pr_cmd_help(options);
	if (err == PR_OK && operands > 0)
		err = pr_error_set(&why, PR_USAGE, "'%s' is not expected; env takes no operand",
		                   argv[0]);
	if (err != PR_OK)
		return pr_cmd_fail(err, &why);
	env = collect();
	if (given.format == FORMAT_JSON)
		pr_json_print(env);
	else
		print_text(env);
	json_decref(env);
	return PR_OK;
}
