/* SPDX-License-Identifier: MIT */
/* analyzers/cmd_floor.c - `proctor floor`: what comparing a build with itself shows on this host.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/floor.h"
#include "analyzers/numbers.h"
#include "core/base/cmd.h"
#include "core/base/metrics.h"

struct floor_opts {
	bool help;
};

static const struct pr_opt opts[] = {
        {.name = "help",
         .letter = 'h',
         .kind = PR_OPT_FLAG,
         .offset = offsetof(struct floor_opts, help),
         .help = "show this"},
        {0},
};

static int help(void)
{
	int status = pr_cmd_help(opts);

	printf("\nadd: remember runs in which an engine was compared with itself (two phases with "
	       "the\nsame engine, options and library), as in\n"
	       "  proctor run --phase a=core --phase b=core -o aa-1 && proctor floor add aa-1\n"
	       "show: the floor for a run, whatever its phases: 95 of 100 such comparisons stay "
	       "below it.\n"
	       "It is kept for each host and plan (workloads, slices, processors) and known from "
	       "%d\nexecutions on; until then compare and gate take it as %s.\n"
	       "  0  done    2  usage    5  it could not be done\n",
	       PR_FLOOR_LEAST, pr_numbers_percent(PR_FLOOR_DEFAULT).text);
	return status;
}

static enum pr_err add(const char *dir, struct pr_error *why)
{
	struct pr_run *run = NULL;
	char *path = NULL;
	size_t count = 0;
	enum pr_err err = pr_run_load(dir, &run, why);

	if (err == PR_OK)
		pr_run_tell_missing(run, pr_cmd_warn);
	if (err == PR_OK)
		err = pr_floor_add(NULL, run, &path, &count, why);
	if (err == PR_OK && count == 0)
		printf("%s: was added before\n", dir);
	else if (err == PR_OK)
		printf("%s: A/A execution %zu in %s%s\n", dir, count, path,
		       count == PR_FLOOR_LEAST ? "; from now on the floor is known" : "");
	free(path);
	pr_run_destroy(&run);
	return err;
}

static void print_workload(const struct pr_floor *floor, const char *workload)
{
	for (const struct pr_metric *m = pr_metrics; m->name != NULL; m++) {
		struct pr_floor_fact fact = pr_floor_get(floor, workload, m->name);

		if (fact.executions == 0)
			continue;
		printf("%-24s %-26s %8s  ", workload, m->name,
		       fact.executions < PR_FLOOR_LEAST ? "-"
		                                        : pr_numbers_percent(fact.floor).text);
		printf("%8s  %zu\n",
		       fact.executions < PR_FLOOR_LEAST ? "-"
		                                        : pr_numbers_percent(fact.between).text,
		       fact.executions);
	}
}

static enum pr_err show(const char *dir, struct pr_error *why)
{
	struct pr_run *run = NULL;
	struct pr_floor *floor = NULL;
	char *source;
	enum pr_err err = pr_run_load(dir, &run, why);

	if (err == PR_OK)
		pr_run_tell_missing(run, pr_cmd_warn);
	if (err == PR_OK)
		err = pr_floor_load(NULL, run, &floor, why);
	if (err == PR_OK) {
		source = pr_floor_source(floor);
		printf("For %s %s.\n", dir, source);
		free(source);
		if (pr_floor_executions(floor) > 0)
			printf("%-24s %-26s %8s  %8s  %s\n", "WORKLOAD", "METRIC", "FLOOR",
			       "BETWEEN", "EXECUTIONS");
		for (size_t w = 0; w < run->workload_count; w++)
			print_workload(floor, run->workloads[w].label);
	}
	pr_floor_destroy(&floor);
	pr_run_destroy(&run);
	return err;
}

static enum pr_err act(int count, const char **words, struct pr_error *why)
{
	static const char *const verbs[] = {"add", "show"};
	const char *nearest;
	enum pr_err err = PR_OK;
	bool adds;

	if (count < 2)
		return pr_error_set(why, PR_USAGE,
		                    "say what to do with which runs: add RUN... or show RUN; see "
		                    "`proctor floor -h`");
	adds = strcmp(words[0], "add") == 0;
	if (!adds && strcmp(words[0], "show") != 0) {
		nearest = pr_opts_nearest(words[0], verbs, 2);
		return pr_error_set(why, PR_USAGE, "unknown word '%s'; %s", words[0],
		                    nearest == NULL               ? "it must be add or show"
		                    : strcmp(nearest, "add") == 0 ? "did you mean 'add'?"
		                                                  : "did you mean 'show'?");
	}
	for (int i = 1; i < count && err == PR_OK; i++)
		err = adds ? add(words[i], why) : show(words[i], why);
	return err;
}

int cmd_floor(int argc, const char **argv)
{
	struct floor_opts given = {0};
	struct pr_error why = {""};
	int operands;
	enum pr_err err = pr_opts_parse(opts, &given, argc, argv, &operands, &why);

	if (err == PR_OK && given.help)
		return help();
	if (err == PR_OK)
		err = act(operands, argv, &why);
	return err == PR_OK ? pr_cmd_check_output(err) : pr_cmd_fail(err, &why);
}
