/* SPDX-License-Identifier: MIT */
/* analyzers/cmd_compare.c - `proctor compare`: the phases of a run against its baseline.  */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare.h"
#include "analyzers/compare_format.h"
#include "analyzers/run.h"
#include "analyzers/unpaired.h"
#include "core/base/cmd.h"
#include "core/base/json.h"

enum format { TABLE, JSON, MARKDOWN, CSV, GO };

static const char *const formats[] = {"table", "json", "md", "csv", "go", NULL};

struct compare_opts {
	bool help, force;
	const char *baseline;
	double delta, floor; /* floor: NAN when not given */
	int format;
};

static const struct pr_opt opts[] = {
        {.name = "baseline",
         .kind = PR_OPT_TEXT,
         .offset = offsetof(struct compare_opts, baseline),
         .argument = "LABEL",
         .help = "compare with this phase; the plan's first without it"},
        {.name = "delta",
         .kind = PR_OPT_PERCENT,
         .offset = offsetof(struct compare_opts, delta),
         .argument = "PERCENT",
         .help = "changes up to this do not matter; 2 without it"},
        {.name = "floor",
         .kind = PR_OPT_PERCENT,
         .offset = offsetof(struct compare_opts, floor),
         .argument = "PERCENT",
         .help = "what a build may differ from itself, in place of the A/A executions"},
        {.name = "force",
         .kind = PR_OPT_FLAG,
         .offset = offsetof(struct compare_opts, force),
         .help = "with RUN2: although they were made on different hosts"},
        {.name = "format",
         .kind = PR_OPT_CHOICE,
         .offset = offsetof(struct compare_opts, format),
         .choices = formats,
         .argument = "table|json|md|csv|go",
         .help = "go is for benchstat -col /phase"},
        {.name = "help",
         .letter = 'h',
         .kind = PR_OPT_FLAG,
         .offset = offsetof(struct compare_opts, help),
         .help = "show this"},
        {0},
};

static int help(void)
{
	int status = pr_cmd_help(opts);

	fputs("\n"
	      "What decides the exit status: throughput, latency_p50 and cpu_per_message (marked "
	      "*) of\n"
	      "every phase whose engine is the baseline's, corrected together by Holm's method "
	      "for\n"
	      "each phase; and lost, reordered or duplicated messages. Other engines are shown "
	      "beside.\n"
	      "  0  nothing is worse    1  something is worse    3  cannot tell\n"
	      "  4  nothing measured    5  it could not be done  2  usage\n",
	      stdout);
	return status;
}

static enum pr_err check(int count, const struct compare_opts *given, struct pr_error *why)
{
	if (count == 0)
		return pr_error_set(why, PR_USAGE,
		                    "give the directory that `proctor run` wrote; see `proctor "
		                    "compare -h`");
	if (count > 2)
		return pr_error_set(why, PR_USAGE, "give one run, or two");
	if (count == 2 && given->format == GO)
		return pr_error_set(why, PR_USAGE,
		                    "--format go takes one run; write a file for each and let "
		                    "benchstat compare them");
	if (!(given->delta >= 0 && given->delta < 1))
		return pr_error_set(why, PR_USAGE,
		                    "--delta must be at least 0 and less than 100 percent");
	if (!isnan(given->floor) && !(given->floor >= 0 && given->floor < 1))
		return pr_error_set(why, PR_USAGE,
		                    "--floor must be at least 0 and less than 100 percent");
	return PR_OK;
}

static void print_view(const json_t *comparison, bool markdown)
{
	struct pr_view *view =
	        pr_compare_view(comparison, markdown ? PR_COMPARE_FULL : PR_COMPARE_BRIEF);
	char *text;

	if (markdown) {
		text = pr_view_markdown(view);
		fputs(text, stdout);
		free(text);
	} else {
		pr_view_print(view);
	}
	pr_view_destroy(&view);
}

static void print_text(char *text)
{
	fputs(text, stdout);
	free(text);
}

static void print(const struct pr_run *run, const json_t *comparison, enum format format)
{
	switch (format) {
	case TABLE:
	case MARKDOWN:
		print_view(comparison, format == MARKDOWN);
		break;
	case JSON:
		print_text(pr_json_dump(comparison));
		break;
	case CSV:
		print_text(pr_compare_csv(comparison));
		break;
	case GO:
		print_text(pr_compare_go(run));
		break;
	}
}

static enum pr_err print_and_judge(const struct pr_run *run, json_t *comparison, int format)
{
	enum pr_err err;

	print(run, comparison, (enum format)format);
	err = pr_compare_status(comparison);
	json_decref(comparison);
	return err;
}

static enum pr_err compare_one(const char *dir, const struct compare_opts *given,
                               struct pr_error *why)
{
	struct pr_compare_opts how = {given->baseline, given->delta, NULL};
	struct pr_run *run = NULL;
	struct pr_floor *floor = NULL;
	struct pr_error warning;
	json_t *comparison = NULL;
	size_t baseline;
	enum pr_err err = pr_run_load(dir, &run, why);

	if (err == PR_OK)
		pr_run_tell_missing(run, pr_cmd_warn);
	if (err == PR_OK)
		err = pr_compare_find_baseline(run, given->baseline, &baseline, why);
	if (err == PR_OK) {
		how.floor = floor = pr_floor_for(run, given->floor, &warning);
		if (warning.text[0] != '\0')
			pr_cmd_warn(&warning);
		comparison = pr_compare(run, &how, why);
		err = print_and_judge(run, comparison, given->format);
	}
	pr_floor_destroy(&floor);
	pr_run_destroy(&run);
	return err;
}

static enum pr_err compare_two(const char *const *dirs, const struct compare_opts *given,
                               struct pr_error *why)
{
	struct pr_compare_opts how = {given->baseline, given->delta, NULL};
	struct pr_run *first = NULL, *second = NULL;
	struct pr_floor *floor = NULL;
	json_t *comparison = NULL;
	enum pr_err err = pr_run_load(dirs[0], &first, why);

	if (err == PR_OK)
		err = pr_run_load(dirs[1], &second, why);
	if (err == PR_OK) {
		pr_run_tell_missing(first, pr_cmd_warn);
		pr_run_tell_missing(second, pr_cmd_warn);
		how.floor = floor =
		        isnan(given->floor) ? NULL : pr_floor_create_fixed(given->floor);
		err = pr_unpaired(first, second, &how, given->force, &comparison, why);
	}
	if (err == PR_OK)
		err = print_and_judge(second, comparison, given->format);
	pr_floor_destroy(&floor);
	pr_run_destroy(&first);
	pr_run_destroy(&second);
	return err;
}

int cmd_compare(int argc, const char **argv)
{
	struct compare_opts given = {.delta = PR_COMPARE_DELTA, .floor = NAN};
	struct pr_error why = {""};
	enum pr_err err;
	int operands;

	err = pr_opts_parse(opts, &given, argc, argv, &operands, &why);
	if (err == PR_OK && given.help)
		return help();
	if (err == PR_OK)
		err = check(operands, &given, &why);
	if (err == PR_OK)
		err = operands == 1 ? compare_one(argv[0], &given, &why)
		                    : compare_two(argv, &given, &why);
	return why.text[0] == '\0' ? pr_cmd_check_output(err) : pr_cmd_fail(err, &why);
}
