/* SPDX-License-Identifier: MIT */
/* analyzers/cmd_gate.c - `proctor gate`: may this pass?  */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/floor.h"
#include "analyzers/gate.h"
#include "analyzers/policy.h"
#include "analyzers/run.h"
#include "core/base/cmd.h"
#include "core/base/json.h"

/* What `git bisect run` takes for "cannot tell"; every other status up to 127 but 0 is bad.  */
#define BISECT_CANNOT_TELL 125

enum format { TEXT, JSON, GITHUB };

static const char *const formats[] = {"text", "json", "github", NULL};

struct gate_opts {
	bool help, bisect;
	const char *policy, *junit;
	double floor; /* NAN when not given */
	int format;
};

#define FIELD(name) offsetof(struct gate_opts, name)

static const struct pr_opt opts[] = {
        {.name = "policy",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(policy),
         .argument = "FILE",
         .help = "what may pass; without it what decides in compare, at 2 percent"},
        {.name = "floor",
         .kind = PR_OPT_PERCENT,
         .offset = FIELD(floor),
         .argument = "PERCENT",
         .help = "what a build may differ from itself, in place of the A/A executions"},
        {.name = "bisect",
         .kind = PR_OPT_FLAG,
         .offset = FIELD(bisect),
         .help = "exit as `git bisect run` wants: 0 good, 1 bad, 125 cannot tell"},
        {.name = "junit",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(junit),
         .argument = "FILE",
         .help = "write JUnit XML too"},
        {.name = "format",
         .kind = PR_OPT_CHOICE,
         .offset = FIELD(format),
         .choices = formats,
         .argument = "text|json|github",
         .help = "github: annotations of GitHub Actions"},
        {.name = "help",
         .letter = 'h',
         .kind = PR_OPT_FLAG,
         .offset = FIELD(help),
         .help = "show this"},
        {0},
};

static int help(void)
{
	int status = pr_cmd_help(opts);

	fputs("\nA check fails when its verdict is one the policy fails on; it is refused when its "
	      "threshold is\nbelow what the run can detect or below the floor of this host.\n"
	      "  0  all pass            1  a check failed      3  refused, or cannot tell\n"
	      "  4  nothing measured    5  it could not be done  2  usage\n",
	      stdout);
	return status;
}

static void print(const json_t *gate, enum format format)
{
	struct pr_buf out;
	struct pr_view *view;

	if (format == TEXT) {
		view = pr_gate_view(gate);
		pr_view_print(view);
		pr_view_destroy(&view);
	} else if (format == JSON) {
		pr_json_print(gate);
	} else {
		pr_buf_init(&out);
		pr_gate_github(&out, gate);
		fputs(out.text, stdout);
		pr_buf_fini(&out);
	}
}

static enum pr_err write_junit(const char *path, const json_t *gate, struct pr_error *why)
{
	struct pr_buf out;
	enum pr_err err;

	pr_buf_init(&out);
	pr_gate_junit(&out, gate);
	err = pr_buf_write_file(path, out.text, out.size, why);
	pr_buf_fini(&out);
	return err;
}

static enum pr_err judge(const struct pr_run *run, const struct pr_policy *policy,
                         const struct gate_opts *given, struct pr_error *why)
{
	struct pr_error warning;
	struct pr_floor *floor = pr_floor_for(run, given->floor, &warning);
	json_t *gate;
	enum pr_err err = PR_USAGE;

	if (warning.text[0] != '\0')
		pr_cmd_warn(&warning);
	gate = pr_gate(run, policy, floor, why);
	if (gate != NULL) {
		print(gate, (enum format)given->format);
		err = given->junit != NULL ? write_junit(given->junit, gate, why) : PR_OK;
		if (err == PR_OK)
			err = pr_gate_status(gate);
	}
	json_decref(gate);
	pr_floor_destroy(&floor);
	return err;
}

static enum pr_err act(const char *dir, const struct gate_opts *given, struct pr_error *why)
{
	struct pr_policy *policy = NULL;
	struct pr_run *run = NULL;
	enum pr_err err = pr_policy_load(given->policy, &policy, why);

	if (err == PR_OK)
		err = pr_run_load(dir, &run, why);
	if (err == PR_OK)
		pr_run_tell_missing(run, pr_cmd_warn);
	if (err == PR_OK)
		err = judge(run, policy, given, why);
	pr_run_destroy(&run);
	pr_policy_destroy(&policy);
	return err;
}

static enum pr_err check(int operands, const struct gate_opts *given, struct pr_error *why)
{
	if (operands != 1)
		return pr_error_set(
		        why, PR_USAGE,
		        "give one directory that `proctor run` wrote; see `proctor gate "
		        "-h`");
	if (!isnan(given->floor) && !(given->floor >= 0 && given->floor < 1))
		return pr_error_set(why, PR_USAGE,
		                    "--floor must be at least 0 and less than 100 percent");
	return PR_OK;
}

/* Known even when the command line cannot be understood: a slip in it must not look like a bad
 * revision.  */
static bool is_bisecting(int argc, const char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--bisect") == 0)
			return true;
	return false;
}

int cmd_gate(int argc, const char **argv)
{
	struct gate_opts given = {.floor = NAN};
	bool bisecting = is_bisecting(argc, argv);
	struct pr_error why = {""};
	int operands, status;
	enum pr_err err = pr_opts_parse(opts, &given, argc, argv, &operands, &why);

	if (err == PR_OK && given.help)
		return help();
	if (err == PR_OK)
		err = check(operands, &given, &why);
	if (err == PR_OK)
		err = act(argv[0], &given, &why);
	status = why.text[0] == '\0' ? pr_cmd_check_output(err) : pr_cmd_fail(err, &why);
	return bisecting && status != PR_OK && status != PR_WORSE ? BISECT_CANNOT_TELL : status;
}
