/* SPDX-License-Identifier: MIT */
/* reports/cmd_report.c - `proctor report`: a run directory as pages for people.
 *
 * What cannot be read or compared is a sentence in the report, not the end of it: only run.json
 * must be there.  Prints the name of each document written.  */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/claims.h"
#include "analyzers/compare.h"
#include "analyzers/explain.h"
#include "analyzers/packed.h"
#include "analyzers/run.h"
#include "core/base/cmd.h"
#include "core/base/json.h"
#include "reports/outline.h"
#include "reports/report.h"

#define FORMATS_MAX 8

struct report_opts {
	bool help;
	const char *claims;
	const char *folder;
	const char *formats;
};

static const struct pr_opt opts[] = {
        {.name = "claims",
         .kind = PR_OPT_TEXT,
         .offset = offsetof(struct report_opts, claims),
         .argument = "FILE",
         .help = "answer the claims in it too, and recommend among its options"},
        {.name = "output",
         .letter = 'o',
         .kind = PR_OPT_TEXT,
         .offset = offsetof(struct report_opts, folder),
         .argument = "DIR",
         .help = "where to write; RUN/report without it, RUN-report of a packed one"},
        {.name = "format",
         .kind = PR_OPT_TEXT,
         .offset = offsetof(struct report_opts, formats),
         .argument = "html,md",
         .help = "which documents; both without it"},
        {.name = "help",
         .letter = 'h',
         .kind = PR_OPT_FLAG,
         .offset = offsetof(struct report_opts, help),
         .help = "show this"},
        {0},
};

struct format_list {
	const struct pr_report_ops *items[FORMATS_MAX];
	size_t count;
};

static enum pr_err parse_formats(const char *text, struct format_list *formats,
                                 struct pr_error *why)
{
	char *copy = pr_strdup(text), *rest = copy, *name;
	enum pr_err err = PR_OK;

	while (err == PR_OK && (name = strsep(&rest, ",")) != NULL) {
		if (formats->count == FORMATS_MAX)
			err = pr_error_set(why, PR_USAGE, "too many report formats in '%s'", text);
		else
			err = pr_report_find(name, &formats->items[formats->count++], why);
	}
	free(copy);
	return err;
}

/* mkdir -p.  */
static enum pr_err make_folder(const char *path, struct pr_error *why)
{
	char *copy = pr_strdup(path);
	int failed = 0;

	for (char *slash = strchr(copy + 1, '/'); *copy && slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0777);
		*slash = '/';
	}
	if (mkdir(copy, 0777) != 0 && errno != EEXIST)
		failed = errno;
	free(copy);
	if (failed)
		return pr_error_set(why, PR_FAILED, "%s: cannot make this directory: %s", path,
		                    strerror(failed));
	return PR_OK;
}

/* One document of the run; a reason in *missing (to be freed) when it cannot be had.  */
static json_t *read_document(const char *run, const char *file, const char *format, char **missing)
{
	char *path = pr_asprintf("%s/%s", run, file);
	struct pr_error why;
	json_t *json = NULL;

	*missing = NULL;
	if (pr_json_read_file(path, &json, &why) != PR_OK ||
	    pr_json_check_format(json, path, format, 1, &why) != PR_OK) {
		*missing = pr_strdup(why.text);
		json_decref(json);
		json = NULL;
	}
	free(path);
	return json;
}

/* The documents of one run and the reasons for those that are not there.  */
struct documents {
	struct pr_input input;
	const struct pr_claims *claims; /* NULL: none to answer */
	const char *folder;             /* of the files of the run */
	char *no_comparison, *no_explanation, *no_histograms;
};

static void analyse(struct documents *docs)
{
	struct pr_compare_opts compare_opts = {.delta = PR_COMPARE_DELTA};
	struct pr_explain_opts explain_opts = {.claims = docs->claims};
	struct pr_run *run = NULL;
	struct pr_floor *floor;
	struct pr_error why;

	if (pr_run_load(docs->input.path, &run, &why) != PR_OK) {
		pr_cmd_warn(&why);
		docs->no_comparison = pr_strdup(why.text);
		docs->no_explanation = pr_strdup(why.text);
		return;
	}
	pr_run_tell_missing(run, pr_cmd_warn);
	compare_opts.floor = explain_opts.floor = floor = pr_floor_for(run, NAN, &why);
	if (why.text[0] != '\0')
		pr_cmd_warn(&why);
	docs->input.comparison = pr_compare(run, &compare_opts, &why);
	if (!docs->input.comparison)
		docs->no_comparison = pr_strdup(why.text);
	docs->input.explanation = pr_explain(run, &explain_opts, &why);
	if (!docs->input.explanation)
		docs->no_explanation = pr_strdup(why.text);
	pr_floor_destroy(&floor);
	pr_run_destroy(&run);
}

static enum pr_err read_documents(struct documents *docs, const char *path, struct pr_error *why)
{
	enum pr_err err = pr_packed_open(path, &docs->folder, why);

	if (err == PR_OK)
		err = pr_run_read_json(path, &docs->input.run, why);

	if (err == PR_OK)
		err = pr_json_check_format(docs->input.run, path, "proctor.run", 1, why);
	if (err != PR_OK)
		return PR_FAILED;
	docs->input.histograms = read_document(docs->folder, "histograms.json",
	                                       "proctor.histograms", &docs->no_histograms);
	analyse(docs);
	docs->input.comparison_missing = docs->no_comparison;
	docs->input.explanation_missing = docs->no_explanation;
	docs->input.histograms_missing = docs->no_histograms;
	return pr_input_prepare(&docs->input, why);
}

static void free_documents(struct documents *docs)
{
	json_decref(docs->input.run);
	json_decref(docs->input.comparison);
	json_decref(docs->input.explanation);
	json_decref(docs->input.histograms);
	free(docs->no_comparison);
	free(docs->no_explanation);
	free(docs->no_histograms);
}

static enum pr_err write_formats(const struct pr_model *model, const struct format_list *formats,
                                 const char *folder, struct pr_error *why)
{
	enum pr_err err = make_folder(folder, why);

	for (size_t i = 0; i < formats->count && err == PR_OK; i++) {
		char *path;

		err = pr_report_write(formats->items[i], model, folder, &path, why);
		if (err == PR_OK)
			printf("%s\n", path);
		free(path);
	}
	return err;
}

/* In the run; for a packed one, beside the file: RUN-report.  */
static char *default_folder(const char *run, const char *folder)
{
	const char *end = strstr(run, ".tar.zst");

	if (strcmp(run, folder) == 0)
		return pr_asprintf("%s/report", run);
	return pr_asprintf("%.*s-report", end != NULL ? (int)(end - run) : (int)strlen(run), run);
}

static enum pr_err report(const char *run, const struct report_opts *given,
                          const struct format_list *formats, struct pr_error *why)
{
	const char *folder = given->folder;
	struct pr_claims *claims = NULL;
	struct documents docs = {.input = {.path = run}};
	enum pr_err err =
	        given->claims == NULL ? PR_OK : pr_claims_load(given->claims, &claims, why);

	docs.claims = claims;
	if (err == PR_OK)
		err = read_documents(&docs, run, why);

	if (err == PR_OK) {
		char *chosen = folder ? pr_strdup(folder) : default_folder(run, docs.folder);
		struct pr_model *model = pr_outline_build(&docs.input);

		err = write_formats(model, formats, chosen, why);
		pr_model_destroy(&model);
		free(chosen);
	}
	free_documents(&docs);
	pr_claims_destroy(&claims);
	return err;
}

int cmd_report(int argc, const char **argv)
{
	struct report_opts given = {.formats = "html,md"};
	struct format_list formats = {.count = 0};
	struct pr_error why;
	enum pr_err err;
	int operands;

	err = pr_opts_parse(opts, &given, argc, argv, &operands, &why);
	if (err == PR_OK && given.help)
		return pr_cmd_help(opts);
	if (err == PR_OK && operands != 1)
		err = pr_error_set(&why, PR_USAGE,
		                   "give one run directory; 'proctor report -h' shows how");
	if (err == PR_OK)
		err = parse_formats(given.formats, &formats, &why);
	if (err == PR_OK)
		err = report(argv[0], &given, &formats, &why);
	return err == PR_OK ? PR_OK : pr_cmd_fail(err, &why);
}
