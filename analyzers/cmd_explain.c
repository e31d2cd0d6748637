/* SPDX-License-Identifier: MIT */
/* analyzers/cmd_explain.c - `proctor explain`: why a run shows what it shows, and what becomes of
 * claims.  */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzers/claims_judge.h"
#include "analyzers/explain.h"
#include "analyzers/explain_view.h"
#include "analyzers/run.h"
#include "analyzers/view.h"
#include "core/base/cmd.h"
#include "core/base/json.h"

/* Of pr_view_formats.  */
#define TEXT 0

struct explain_opts {
	bool help;
	int format;
	const char *claims;
};

static const struct pr_opt opts[] = {
        {.name = "claims",
         .kind = PR_OPT_TEXT,
         .offset = offsetof(struct explain_opts, claims),
         .argument = "FILE",
         .help = "answer the claims in it, and recommend among its options"},
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

static enum pr_err explain_run(const struct pr_run *run, const struct pr_claims *claims, int format,
                               struct pr_error *why)
{
	struct pr_explain_opts how = {.claims = claims};
	struct pr_error warning;
	struct pr_floor *floor = pr_floor_for(run, NAN, &warning);
	json_t *explanation;
	enum pr_err err = PR_FAILED;

	if (warning.text[0] != '\0')
		pr_cmd_warn(&warning);
	how.floor = floor;
	explanation = pr_explain(run, &how, why);
	if (explanation != NULL) {
		pr_view_output(explanation, format == TEXT ? pr_explain_view : pr_explain_full_view,
		               format);
		err = pr_claims_refuted(explanation) ? PR_WORSE : PR_OK;
	}
	json_decref(explanation);
	pr_floor_destroy(&floor);
	return err;
}

static enum pr_err explain(const char *dir, const struct explain_opts *given, struct pr_error *why)
{
	struct pr_run *run = NULL;
	struct pr_claims *claims = NULL;
	enum pr_err err = PR_OK, explained;
	struct pr_error unsaid;

	if (given->claims != NULL)
		err = pr_claims_load(given->claims, &claims, why);
	if (err == PR_OK)
		err = pr_run_load_failed(dir, &run, why);
	if (run != NULL) {
		pr_run_tell_missing(run, pr_cmd_warn);
		explained = explain_run(run, claims, given->format, err == PR_OK ? why : &unsaid);
		err = err == PR_OK ? explained : err;
	}
	pr_run_destroy(&run);
	pr_claims_destroy(&claims);
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
		err = explain(argv[0], &given, &why);
	return why.text[0] == '\0' ? pr_cmd_check_output(err) : pr_cmd_fail(err, &why);
}
