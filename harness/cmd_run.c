/* SPDX-License-Identifier: MIT */
/* harness/cmd_run.c - `proctor run`: from the command line to a run directory.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/cmd.h"
#include "core/base/json.h"
#include "harness/interrupt.h"
#include "harness/plan.h"
#include "harness/predict.h"
#include "harness/progress.h"
#include "harness/record.h"
#include "harness/runner.h"

#define UNSET UINT64_MAX

struct run_options {
	struct pr_opt_list phases, workloads, probes;
	uint64_t blocks, seed; /* UNSET: the plan's */
	int64_t time_ns;       /* 0: not given */
	const char *pin, *roles, *ablate, *dir;
	bool dry_run, no_libraries, quiet, help;
};

#define FIELD(name) offsetof(struct run_options, name)

static const struct pr_opt options[] = {
        {"phase", 0, PR_OPT_LIST, FIELD(phases), NULL, "P",
         "a preset, an engine, or LABEL=ENGINE[,option=value]...", 0, 0},
        {"workload", 0, PR_OPT_LIST, FIELD(workloads), NULL, "W",
         "a workload, NAME[,option=value]..., or labels of the plan", 0, 0},
        {"blocks", 0, PR_OPT_COUNT, FIELD(blocks), NULL, "N",
         "repetitions, each with fresh processes", 1, 10000},
        {"time", 0, PR_OPT_TIME, FIELD(time_ns), NULL, "T",
         "as many blocks as fit: foretold, and set by the first", 0, 0},
        {"probe", 0, PR_OPT_LIST, FIELD(probes), NULL, "P",
         "who watches: hooks, strace (both unless given), interpose, perf, callgrind", 0, 0},
        {"pin", 0, PR_OPT_TEXT, FIELD(pin), NULL, "one|spread|LIST",
         "CPUs of each worker; one,spread: both, as workloads of their own", 0, 0},
        {"roles", 0, PR_OPT_TEXT, FIELD(roles), NULL, "one|two",
         "the two ends in one process, or in two", 0, 0},
        {"ablate", 0, PR_OPT_TEXT, FIELD(ablate), NULL, "FROM,TO",
         "phases from one to the other by one option at a time", 0, 0},
        {"seed", 0, PR_OPT_COUNT, FIELD(seed), NULL, "S", "of the order of phases", 0, INT64_MAX},
        {"output", 'o', PR_OPT_TEXT, FIELD(dir), NULL, "DIR", "the run directory to make", 0, 0},
        {"dry-run", 0, PR_OPT_FLAG, FIELD(dry_run), NULL, NULL,
         "print the whole plan and run nothing", 0, 0},
        {"no-libraries", 0, PR_OPT_FLAG, FIELD(no_libraries), NULL, NULL,
         "keep hashes of the engine libraries, not copies", 0, 0},
        {"quiet", 'q', PR_OPT_FLAG, FIELD(quiet), NULL, NULL, "no progress, only warnings", 0, 0},
        {"help", 'h', PR_OPT_FLAG, FIELD(help), NULL, NULL, "show this", 0, 0},
        {0},
};

static enum pr_err load_plan(const char *source, const struct run_options *given,
                             struct pr_plan **plan, struct pr_error *why)
{
	struct pr_plan_changes changes = {
	        .phases = given->phases,
	        .workloads = given->workloads,
	        .probes = given->probes,
	        .pin = given->pin,
	        .roles = given->roles,
	        .ablate = given->ablate,
	        .has_blocks = given->blocks != UNSET,
	        .blocks = given->blocks,
	        .has_seed = given->seed != UNSET,
	        .seed = given->seed,
	};
	enum pr_err err = PR_OK;

	if (given->time_ns > 0 && given->blocks != UNSET)
		err = pr_error_set(why, PR_USAGE,
		                   "--blocks and --time exclude each other; give one");
	if (err == PR_OK)
		err = pr_plan_load(source, plan, why);
	if (err != PR_OK)
		return err;
	err = pr_plan_change(*plan, &changes, why);
	if (err == PR_OK)
		err = pr_plan_add_twins(*plan, why);
	if (err != PR_OK)
		pr_plan_destroy(plan);
	else if (given->time_ns > 0)
		(*plan)->blocks = pr_predict_blocks(*plan, (double)given->time_ns / 1e9);
	return err;
}

/* The plan on standard output is a plan file; what it would cost and write is in it, under
 * "predicted".  */
static int print_plan(const struct pr_plan *plan, const char *dir, const struct run_options *given)
{
	json_t *json = pr_plan_dump(plan), *predicted;
	struct pr_prediction prediction;

	pr_predict(plan, &prediction);
	predicted = pr_predict_dump(&prediction);
	pr_json_set(predicted, "files", pr_record_files(dir, plan));
	pr_json_set(json, "predicted", predicted);
	pr_json_print(json);
	pr_predict_tell(plan, &prediction, given->quiet);
	if (!given->quiet)
		fprintf(stderr, "proctor run: it would write %s\n", dir);
	json_decref(json);
	return PR_OK;
}

static char *default_dir(void)
{
	time_t now = time(NULL);
	struct tm local;
	char text[64];

	localtime_r(&now, &local);
	strftime(text, sizeof(text), "proctor-run-%Y%m%d-%H%M%S", &local);
	return pr_strdup(text);
}

struct pilot {
	const struct pr_prediction *prediction;
	const char *dir;
};

static char *tell_pilot(void *arg, uint64_t done, uint64_t blocks)
{
	const struct pilot *pilot = arg;

	return pr_predict_pilot(pilot->prediction, pilot->dir, done, blocks);
}

static enum pr_err run_plan(struct pr_plan *plan, const char *dir, const struct run_options *given,
                            int argc, const char **argv, struct pr_error *why)
{
	struct pr_runner_job job = {
	        .plan = plan,
	        .dir = dir,
	        .time_ns = given->time_ns,
	        .quiet = given->quiet,
	        .no_libraries = given->no_libraries,
	        .argc = argc,
	        .argv = argv,
	};
	struct pr_prediction prediction;
	struct pilot pilot = {&prediction, dir};
	int64_t began_ns = pr_clock_ns();
	enum pr_err err = pr_interrupt_init(why);

	if (!given->quiet) {
		job.after_block = tell_pilot;
		job.after_arg = &pilot;
	}

	pr_predict(plan, &prediction);
	pr_predict_tell(plan, &prediction, given->quiet);
	if (err == PR_OK)
		err = pr_runner_run(&job, why);
	if (err != PR_OK)
		return err;
	if (given->time_ns > 0) { /* the first block has set the number */
		pr_predict(plan, &prediction);
		prediction.seconds = (double)given->time_ns / 1e9;
	}
	pr_predict_check(&prediction, dir, (double)(pr_clock_ns() - began_ns) / 1e9, given->quiet);
	printf("%s\n", dir);
	return PR_OK;
}

/* Parsing moves the words of argv about; the record wants them as typed.  */
static const char **copy_argv(int argc, const char **argv)
{
	const char **copy = pr_alloc((size_t)(argc + 1) * sizeof(*copy));

	for (int i = 0; i < argc; i++)
		copy[i] = argv[i];
	copy[argc] = NULL;
	return copy;
}

static int run(struct pr_plan *plan, const struct run_options *given, int argc, const char **argv)
{
	struct pr_error why = {.text = ""};
	char *dir = given->dir != NULL ? pr_strdup(given->dir) : default_dir();
	enum pr_err err;
	int status;

	if (given->dry_run) {
		status = print_plan(plan, dir, given);
	} else {
		err = run_plan(plan, dir, given, argc, argv, &why);
		status = err == PR_OK ? PR_OK : pr_cmd_fail(err, &why);
	}
	free(dir);
	return status;
}

int cmd_run(int argc, const char **argv)
{
	struct run_options given = {.blocks = UNSET, .seed = UNSET};
	const char **typed = copy_argv(argc, argv);
	struct pr_error why;
	struct pr_plan *plan = NULL;
	int operands = 0, status;
	enum pr_err err = pr_opts_parse(options, &given, argc, argv, &operands, &why);

	if (err == PR_OK && given.help) {
		free(typed);
		return pr_cmd_help(options);
	}
	if (err == PR_OK && operands > 1)
		err = pr_error_set(&why, PR_USAGE, "'%s' is not expected; name one plan", argv[1]);
	if (err == PR_OK)
		err = load_plan(operands == 1 ? argv[0] : "seed", &given, &plan, &why);
	status = err == PR_OK ? run(plan, &given, argc, typed) : pr_cmd_fail(err, &why);
	pr_plan_destroy(&plan);
	free(typed);
	return status;
}
