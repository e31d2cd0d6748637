/* SPDX-License-Identifier: MIT */
/* harness/cmd_selftest.c - `proctor selftest`: is the ruler straight on this machine?  */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzers/selftest_view.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/cmd.h"
#include "core/base/json.h"
#include "harness/interrupt.h"
#include "harness/selftest.h"

enum format { TEXT, JSON };

static const char *const formats[] = {"text", "json", NULL};

struct selftest_opts {
	struct pr_opt_list parts;
	const char *dir;
	int format;
	bool quick, verbose, help;
};

#define FIELD(name) offsetof(struct selftest_opts, name)

static const struct pr_opt opts[] = {
        {"quick", 0, PR_OPT_FLAG, FIELD(quick), NULL, NULL,
         "about a minute instead of five: without the smallest slowdown", 0, 0},
        {"part", 0, PR_OPT_LIST, FIELD(parts), NULL, "NAME",
         "simulation, aa-zmq, aa-core, slow-5, slow-1, stalls, reads; all unless given", 0, 0},
        {"output", 'o', PR_OPT_TEXT, FIELD(dir), NULL, "DIR",
         "a new folder that keeps the runs; without it they are removed", 0, 0},
        {"format", 0, PR_OPT_CHOICE, FIELD(format), formats, "text|json", "how to print it", 0, 0},
        {"verbose", 'v', PR_OPT_FLAG, FIELD(verbose), NULL, NULL, "show the progress of each run",
         0, 0},
        {"help", 'h', PR_OPT_FLAG, FIELD(help), NULL, NULL, "show this", 0, 0},
        {0},
};

static bool is_chosen(const struct selftest_opts *given, const struct pr_selftest_part *part)
{
	for (size_t i = 0; i < given->parts.count; i++)
		if (strcmp(given->parts.items[i], part->planted.part) == 0)
			return true;
	return given->parts.count == 0 && (given->quick ? part->quick_s : part->whole_s) > 0;
}

static enum pr_err check_parts(const struct pr_opt_list *list, struct pr_error *why)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *names[16], *nearest;
		size_t count = 0;
		bool found = false;

		for (; pr_selftest_parts[count].planted.part != NULL; count++) {
			names[count] = pr_selftest_parts[count].planted.part;
			found |= strcmp(names[count], list->items[i]) == 0;
		}
		if (found)
			continue;
		nearest = pr_opts_nearest(list->items[i], names, count);
		return pr_error_set(why, PR_USAGE, "unknown part '%s'; %s%s%s", list->items[i],
		                    nearest != NULL ? "did you mean '" : "",
		                    nearest != NULL ? nearest : "'proctor selftest -h' names them",
		                    nearest != NULL ? "'?" : "");
	}
	return PR_OK;
}

/* ---- the folder ------------------------------------------------------------------------------ */

/* DIR, which must not exist, or a new one for temporary files.  */
static enum pr_err make_folder(const char *given, char **dir, struct pr_error *why)
{
	const char *temporary = getenv("TMPDIR");
	bool good;

	*dir = given != NULL ? pr_strdup(given)
	                     : pr_asprintf("%s/proctor-selftest-XXXXXX",
	                                   temporary != NULL ? temporary : "/tmp");
	good = given != NULL ? mkdir(*dir, 0755) == 0 : mkdtemp(*dir) != NULL;
	return good ? PR_OK
	            : pr_error_set(why, PR_FAILED, "%s: cannot make this folder: %s", *dir,
	                           strerror(errno));
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *at)
{
	(void)facts;
	(void)kind;
	(void)at;
	return remove(path);
}

/* What it cannot remove is told, and is no failure of the self-test.  */
static void remove_folder(const char *dir)
{
	if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		fprintf(stderr, "proctor selftest: %s: cannot be removed: %s\n", dir,
		        strerror(errno));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum pr_err run_parts(const struct selftest_opts *given, const char *dir, json_t *checks,
                             struct pr_error *why)
{
	enum pr_err err = pr_interrupt_init(why);

	for (const struct pr_selftest_part *part = pr_selftest_parts;
	     err == PR_OK && part->planted.part != NULL; part++) {
		double seconds = given->quick ? part->quick_s : part->whole_s;

		if (!is_chosen(given, part))
			continue;
		fprintf(stderr, "proctor selftest: %s: %s, about %.0f s\n", part->planted.part,
		        part->planted.text, seconds > 0 ? seconds : part->whole_s);
		err = pr_selftest_run(part, dir, given->quick && part->quick_s > 0, !given->verbose,
		                      checks, why);
	}
	return err;
}

static void print(const json_t *selftest, enum format format)
{
	struct pr_view *view;

	if (format == JSON) {
		pr_json_print(selftest);
		return;
	}
	view = pr_selftest_view(selftest);
	pr_view_print(view);
	pr_view_destroy(&view);
}

static enum pr_err selftest(const struct selftest_opts *given, struct pr_error *why)
{
	int64_t began_ns = pr_clock_ns();
	json_t *checks = json_array(), *document;
	char *dir = NULL;
	enum pr_err err = make_folder(given->dir, &dir, why);

	if (err == PR_OK) {
		err = run_parts(given, dir, checks, why);
		if (given->dir == NULL)
			remove_folder(dir);
	}
	free(dir);
	if (err != PR_OK) {
		json_decref(checks);
		return err;
	}
	document = pr_selftest_document(checks, given->quick,
	                                (double)(pr_clock_ns() - began_ns) / 1e9);
	print(document, (enum format)given->format);
	err = (enum pr_err)json_integer_value(json_object_get(document, "exit_status"));
	json_decref(document);
	return err;
}

int cmd_selftest(int argc, const char **argv)
{
	struct selftest_opts given = {.format = TEXT};
	struct pr_error why = {""};
	int operands;
	enum pr_err err = pr_opts_parse(opts, &given, argc, argv, &operands, &why);

	if (err == PR_OK && given.help)
		return pr_cmd_help(opts);
	if (err == PR_OK && operands > 0)
		err = pr_error_set(&why, PR_USAGE,
		                   "'%s' is not expected; see `proctor selftest -h`", argv[0]);
	if (err == PR_OK)
		err = check_parts(&given.parts, &why);
	if (err == PR_OK)
		err = selftest(&given, &why);
	return why.text[0] == '\0' ? pr_cmd_check_output(err) : pr_cmd_fail(err, &why);
}
