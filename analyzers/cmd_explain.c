/* SPDX-License-Identifier: MIT */
/* analyzers/cmd_explain.c - `proctor explain`: where the would-blocks of a run come from.  */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzers/explain.h"
#include "analyzers/explain_view.h"
#include "analyzers/run.h"
#include "analyzers/view.h"
#include "core/base/cmd.h"
#include "core/base/json.h"

struct explain_opts {
	bool help;
	int format;
};

static const struct pr_opt opts[] = {
        {.name = "format",
         .kind = PR_OPT_CHOICE,
         .offset = offsetof(struct explain_opts, format),
         .choices = pr_view_formats,
         .argument = "text|json|md",
         .help = "how to print it"},
        {.name = "help",
         .letter = 'h',
         .kind = PR_OPT_FLAG,
         .offset = offsetof(struct explain_opts, help),
         .help = "show this"},
        {0},
};

static enum pr_err explain(const char *dir, int format, struct pr_error *why)
{
	struct pr_run *run = NULL;
	json_t *explanation;
	enum pr_err err = pr_run_load(dir, &run, why);

	if (err != PR_OK)
		return err;
	pr_run_tell_missing(run, pr_cmd_warn);
	explanation = pr_explain(run, why);
	if (explanation == NULL)
		err = PR_FAILED;
	else
		pr_view_output(explanation, pr_explain_view, format);
	json_decref(explanation);
	pr_run_destroy(&run);
	return err;
}

int cmd_explain(int argc, const char **argv)
{
	struct explain_opts given = {0};
	struct pr_error why = {""};
	enum pr_err err;
	int operands;

	err = pr_opts_parse(opts, &given, argc, argv, &operands, &why);
	if (err == PR_OK && given.help)
		return pr_cmd_help(opts);
	if (err == PR_OK && operands != 1)
		err = pr_error_set(&why, PR_USAGE,
		                   "give the directory that `proctor run` wrote, and no more; see "
		                   "`proctor explain -h`");
	if (err == PR_OK)
		err = explain(argv[0], given.format, &why);
	return why.text[0] == '\0' ? pr_cmd_check_output(err) : pr_cmd_fail(err, &why);
}
