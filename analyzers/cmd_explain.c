/* SPDX-License-Identifier: MIT */
/* analyzers/cmd_explain.c - `proctor explain`: why a run shows what it shows, and what becomes of
 * claims.  */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzers/claims_join.h"
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
	struct pr_opt_list claims, with;
};

static const struct pr_opt opts[] = {
        {.name = "claims",
         .kind = PR_OPT_LIST,
         .offset = offsetof(struct explain_opts, claims),
         .argument = "FILE",
         .help = "answer the claims in it, and recommend among its options; several files are "
                 "held against each other"},
        {.name = "with",
         .kind = PR_OPT_LIST,
         .offset = offsetof(struct explain_opts, with),
         .argument = "RUN",
         .help = "another run that answers the claims that this one cannot test"},
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

/* The explanation of one run; NULL with why.  */
static json_t *explain_run(const struct pr_run *run, const struct pr_claims *claims,
                           struct pr_error *why)
{
	struct pr_explain_opts how = {.claims = claims};
	struct pr_error warning;
	struct pr_floor *floor = pr_floor_for(run, NAN, &warning);
	json_t *explanation;

	if (warning.text[0] != '\0')
		pr_cmd_warn(&warning);
	how.floor = floor;
	explanation = pr_explain(run, &how, why);
	pr_floor_destroy(&floor);
	return explanation;
}

/* Of a run in which nothing was measured too: what failed says why.  Any result may come with an
 * explanation.  */
static enum pr_err explain_dir(const char *dir, const struct pr_claims *claims,
                               json_t **explanation, struct pr_error *why)
{
	struct pr_run *run = NULL;
	struct pr_error unsaid;
	enum pr_err err = pr_run_load_failed(dir, &run, why);

	*explanation = NULL;
	if (run != NULL) {
		pr_run_tell_missing(run, pr_cmd_warn);
		*explanation = explain_run(run, claims, err == PR_OK ? why : &unsaid);
		if (err == PR_OK && *explanation == NULL)
			err = PR_FAILED;
	}
	pr_run_destroy(&run);
	return err;
}

/* What the first run cannot test, each other one may answer.  */
static enum pr_err join_others(const struct explain_opts *given, const struct pr_claims *claims,
                               json_t *explanation, struct pr_error *why)
{
	for (size_t i = 0; i < given->with.count; i++) {
		struct pr_error failed;
		json_t *other;
		enum pr_err err = explain_dir(given->with.items[i], claims, &other, &failed);

		if (other == NULL)
			return pr_error_set(why, err, "%s", failed.text);
		pr_claims_join(explanation, other, given->with.items[i]);
		json_decref(other);
	}
	return PR_OK;
}

static enum pr_err explain(const char *dir, const struct explain_opts *given, struct pr_error *why)
{
	struct pr_claims *claims = NULL;
	json_t *explanation = NULL;
	enum pr_err err, joined;

	err = pr_claims_load_files(&given->claims, &claims, why);
	if (err == PR_OK)
		err = explain_dir(dir, claims, &explanation, why);
	if (explanation != NULL) {
		joined = join_others(given, claims, explanation, why);
		err = err == PR_OK ? joined : err;
	}
	if (explanation != NULL && (err == PR_OK || err == PR_VOID)) {
		pr_view_output(explanation,
		               given->format == TEXT ? pr_explain_view : pr_explain_full_view,
		               given->format);
		if (err == PR_OK && pr_claims_refuted(explanation))
			err = PR_WORSE;
	}
	json_decref(explanation);
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
	if (err == PR_OK && given.with.count > 0 && given.claims.count == 0)
		err = pr_error_set(&why, PR_USAGE,
		                   "--with answers claims, and there are none: give --claims FILE");
	if (err == PR_OK)
		err = explain(argv[0], &given, &why);
	return why.text[0] == '\0' ? pr_cmd_check_output(err) : pr_cmd_fail(err, &why);
}
