/* SPDX-License-Identifier: MIT */
/* reports/cmd_report.c - `proctor report`: a run directory as pages for people.
 *
 * What cannot be read or compared is a sentence in the report, not the end of it: only run.json
 * must be there.  Prints the name of each document written.  */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/claims.h"
#include "analyzers/view.h"
#include "core/base/cmd.h"
#include "reports/brief.h"
#include "reports/documents.h"
#include "reports/outline.h"
#include "reports/report.h"

#define FORMATS_MAX 8

struct report_opts {
	bool help, brief;
	struct pr_opt_list claims, beside;
	const char *policy;
	const char *folder;
	const char *formats;
};

static const struct pr_opt opts[] = {
        {.name = "claims",
         .kind = PR_OPT_LIST,
         .offset = offsetof(struct report_opts, claims),
         .argument = "FILE",
         .help = "answer the claims in it too, and recommend among its options; several files are "
                 "held against each other"},
        {.name = "with",
         .kind = PR_OPT_LIST,
         .offset = offsetof(struct report_opts, beside),
         .argument = "RUN",
         .help = "another run that answers what this one does not: claims, backpressure, single "
                 "runs"},
        {.name = "policy",
         .kind = PR_OPT_TEXT,
         .offset = offsetof(struct report_opts, policy),
         .argument = "FILE",
         .help = "judge by this policy (proctor gate), not by the usual one"},
        {.name = "brief",
         .kind = PR_OPT_FLAG,
         .offset = offsetof(struct report_opts, brief),
         .help = "also print a page that says the most important"},
        {.name = "output",
         .letter = 'o',
         .kind = PR_OPT_TEXT,
         .offset = offsetof(struct report_opts, folder),
         .argument = "DIR",
         .help = "where to write; RUN/report without it, RUN-report of a packed one"},
        {.name = "format",
         .kind = PR_OPT_TEXT,
         .offset = offsetof(struct report_opts, formats),
         .argument = "html,md,pdf",
         .help = "which documents; HTML and Markdown without it"},
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

/* Everything that was read.  */
struct given_runs {
	struct pr_claims *claims;
	struct pr_documents docs;
	struct pr_documents *others;
	struct pr_input *inputs; /* of the others */
	size_t count;
};

static enum pr_err read_runs(struct given_runs *runs, const char *run,
                             const struct report_opts *given, struct pr_error *why)
{
	enum pr_err err;

	runs->others = pr_alloc((given->beside.count + 1) * sizeof(*runs->others));
	runs->inputs = pr_alloc((given->beside.count + 1) * sizeof(*runs->inputs));
	err = pr_claims_load_files(&given->claims, &runs->claims, why);
	if (err == PR_OK)
		err = pr_documents_read(&runs->docs, run, runs->claims, given->policy, why);
	for (size_t i = 0; i < given->beside.count && err == PR_OK; i++) {
		runs->count++;
		err = pr_documents_read(&runs->others[i], given->beside.items[i], runs->claims,
		                        NULL, why);
	}
	if (err == PR_OK)
		pr_documents_join(&runs->docs, runs->others, runs->count, runs->inputs);
	return err;
}

static void free_runs(struct given_runs *runs)
{
	pr_documents_free(&runs->docs);
	for (size_t i = 0; i < runs->count; i++)
		pr_documents_free(&runs->others[i]);
	free(runs->others);
	free(runs->inputs);
	pr_claims_destroy(&runs->claims);
}

static void print_brief(const struct pr_input *input)
{
	struct pr_view *view = pr_brief_view(input);

	pr_view_print(view);
	pr_view_destroy(&view);
}

static enum pr_err report(const char *run, const struct report_opts *given,
                          const struct format_list *formats, struct pr_error *why)
{
	const char *folder = given->folder;
	struct given_runs runs = {.claims = NULL};
	enum pr_err err = read_runs(&runs, run, given, why);

	if (err == PR_OK) {
		char *chosen = folder ? pr_strdup(folder) : default_folder(run, runs.docs.folder);
		struct pr_model *model;

		/* RUN/report: the files are one up.  */
		runs.docs.input.link_base =
		        !folder && !strcmp(run, runs.docs.folder) ? "../" : NULL;
		model = pr_outline_build(&runs.docs.input);
		if (given->brief)
			print_brief(&runs.docs.input);
		err = write_formats(model, formats, chosen, why);
		pr_model_destroy(&model);
		free(chosen);
	}
	free_runs(&runs);
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
