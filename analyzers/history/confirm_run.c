/* SPDX-License-Identifier: MIT */
/* analyzers/history/confirm_run.c - tests are run by this program itself, one after the other, and
 * what came of them is told.  */
#include "analyzers/history/confirm_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzers/gate.h"
#include "analyzers/history/document.h"
#include "analyzers/view.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/cmd.h"
#include "core/base/json.h"

#define USUAL_DIR    "proctor-confirm"
#define BLOCKS_LEAST 12 /* fewer could not pass the correction for a few metrics */

const char *const pr_confirm_formats[] = {"table", "json", "github", NULL};

/* What all tests of one call share.  */
struct session {
	struct pr_history *history;
	const struct pr_confirm_how *how;
	const char *dir;
	int64_t end_ns; /* of the budget */
	json_t *told;   /* changes that were looked at */
};

/* ---- this program as a child ----------------------------------------------------------------- */

/* Standard output goes to a file, or to standard error, so that ours carries the answer alone.  */
static void become_run(const char *const *argv, const char *output)
{
	int out = output != NULL ? open(output, O_WRONLY | O_CREAT | O_TRUNC, 0666) : STDERR_FILENO;

	if (out >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		execv("/proc/self/exe", (char *const *)argv);
	_exit(PR_FAILED);
}

/* *status is that of the program.  Ctrl-C reaches the child too, which then keeps what it has.  */
static enum pr_err call_run(const char *const *argv, const char *output, int *status,
                            struct pr_error *why)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	pid_t child;
	int ended = 0;

	fflush(stdout);
	child = fork();
	if (child == 0)
		become_run(argv, output);
	if (child < 0)
		return pr_error_set(why, PR_FAILED, "proctor run cannot be started: %s",
		                    strerror(errno));
	sigaction(SIGINT, &ignore, &before);
	while (waitpid(child, &ended, 0) < 0 && errno == EINTR)
		continue;
	sigaction(SIGINT, &before, NULL);
	*status = WIFEXITED(ended) ? WEXITSTATUS(ended) : PR_FAILED;
	if (*status == PR_INTERRUPTED)
		return pr_error_set(why, PR_INTERRUPTED,
		                    "interrupted; what was judged before stays");
	return PR_OK;
}

/* ---- one test -------------------------------------------------------------------------------- */

/* The blocks that fit into a time, as the program foretells them.  */
static enum pr_err foretell(const char *plan, const char *dir, int64_t time_ns, json_int_t *blocks,
                            struct pr_error *why)
{
	char *output = pr_asprintf("%s.foretold.json", dir);
	char *time = pr_asprintf("%lldms", (long long)(time_ns / 1000000));
	const char *const argv[] = {"proctor", "run", plan,        "--time", time,
	                            "-o",      dir,   "--dry-run", "-q",     NULL};
	json_t *foretold = NULL;
	int status;
	enum pr_err err = call_run(argv, output, &status, why);

	if (err == PR_OK && status != 0)
		err = pr_error_set(why, PR_FAILED, "%s cannot be run", plan);
	if (err == PR_OK)
		err = pr_json_read_file(output, &foretold, why);
	if (err == PR_OK)
		*blocks = json_integer_value(json_object_get(foretold, "blocks"));
	json_decref(foretold);
	unlink(output);
	free(output);
	free(time);
	return err;
}

/* As many blocks as were asked for, or as fit into the share of this test in what is left.  */
static enum pr_err fit(const struct session *session, const char *path, const char *dir,
                       json_t *plan, size_t tests_left, struct pr_error *why)
{
	json_int_t fitting = 0, asked = json_integer_value(json_object_get(plan, "blocks"));
	int64_t left = session->end_ns - pr_clock_ns();
	enum pr_err err;

	if (session->how->budget_ns == 0)
		return PR_OK;
	if (left > 0) {
		err = foretell(path, dir, left / (int64_t)tests_left, &fitting, why);
		if (err != PR_OK)
			return err;
	}
	if (fitting < BLOCKS_LEAST && fitting < asked)
		return pr_error_set(why, PR_FAILED,
		                    "the time that is left is too short for %d blocks; give a "
		                    "larger --budget",
		                    BLOCKS_LEAST);
	if (fitting >= asked)
		return PR_OK;
	pr_json_set(plan, "blocks", json_integer(fitting));
	return pr_json_write_file(path, plan, why);
}

static enum pr_err run_plan(const struct session *session, json_t *plan, const char *dir,
                            size_t tests_left, struct pr_error *why)
{
	char *path = pr_asprintf("%s.plan.json", dir);
	const char *const argv[] = {"proctor", "run", path, "-o", dir, "-q", NULL};
	int status = 0;
	enum pr_err err = pr_json_write_file(path, plan, why);

	if (err == PR_OK)
		err = fit(session, path, dir, plan, tests_left, why);
	if (err == PR_OK)
		err = call_run(argv, NULL, &status, why);
	if (err == PR_OK && status != PR_OK && status != PR_VOID)
		err = pr_error_set(why, PR_FAILED, "%s could not be run", path);
	free(path);
	return err;
}

/* DIR/PHASE-RUN, with a number behind it when there is one already; the caller frees.  */
static char *name_run(const struct session *session, const json_t *test)
{
	const char *phase = pr_json_text(test, "phase");
	long long run = json_integer_value(json_object_get(test, "run"));
	char *name = pr_asprintf("%s/%s-%lld", session->dir, phase, run);

	for (char *c = name + strlen(session->dir) + 1; *c != '\0'; c++)
		if (*c == '/')
			*c = '_';
	for (int again = 2; access(name, F_OK) == 0; again++) {
		char *next = pr_asprintf("%s/%s-%lld.%d", session->dir, phase, run, again);

		free(name);
		name = next;
	}
	return name;
}

static enum pr_err run_and_judge(struct session *session, json_t *test, size_t tests_left,
                                 struct pr_error *why)
{
	json_t *plan = NULL;
	char *dir, *whole;
	enum pr_err err =
	        pr_confirm_plan(session->history, test, session->how->folders, &plan, why);

	if (err != PR_OK)
		return err;
	dir = name_run(session, test);
	err = run_plan(session, plan, dir, tests_left, why);
	whole = err == PR_OK ? realpath(dir, NULL) : NULL;
	if (err == PR_OK)
		err = pr_confirm_judge(session->history, test, whole != NULL ? whole : dir, why);
	json_decref(plan);
	free(whole);
	free(dir);
	return err;
}

/* A test that cannot be made leaves its changes open, and does not stop the others.  */
static enum pr_err do_test(struct session *session, json_t *test, size_t tests_left,
                           struct pr_error *why)
{
	bool skipped = false;
	enum pr_err err = pr_confirm_skip(session->history, test, &skipped, why);

	if (err == PR_OK && !skipped && session->how->from != NULL)
		return pr_confirm_judge(session->history, test, session->how->from, why);
	if (err == PR_OK && !skipped)
		err = run_and_judge(session, test, tests_left, why);
	if (err != PR_FAILED)
		return err;
	pr_cmd_warn(why);
	return PR_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void print_text(const json_t *changes)
{
	struct pr_view *view = pr_view_create();
	json_t *change;
	size_t i;

	if (json_array_size(changes) == 0)
		pr_view_add(view, PR_VIEW_LEAD, "No change is open.");
	json_array_foreach((json_t *)changes, i, change)
	{
		char *sentence = pr_confirm_sentence(change);

		pr_view_add(view, PR_VIEW_ITEM, "%s", sentence);
		free(sentence);
	}
	pr_view_print(view);
	pr_view_destroy(&view);
}

/* What is confirmed and worse is an error, what is open a warning, the rest a notice.  */
static void print_github(const json_t *changes)
{
	struct pr_buf out;
	json_t *change;
	size_t i;

	pr_buf_init(&out);
	json_array_foreach((json_t *)changes, i, change)
	{
		const char *state = pr_json_text(change, "state");
		bool better = json_is_true(json_object_get(change, "better"));
		char *sentence = pr_confirm_sentence(change);
		const char *level = strcmp(state, "open") == 0                   ? "warning"
		                    : strcmp(state, "confirmed") == 0 && !better ? "error"
		                                                                 : "notice";

		pr_gate_annotate(&out, level, "proctor history", sentence);
		free(sentence);
	}
	fputs(out.text, stdout);
	pr_buf_fini(&out);
}

static void print(const struct session *session)
{
	json_t *document;

	if (session->how->format == PR_CONFIRM_TABLE) {
		print_text(session->told);
	} else if (session->how->format == PR_CONFIRM_GITHUB) {
		print_github(session->told);
	} else {
		document = pr_document_create(session->history);
		pr_json_set(document, "changes", json_incref(session->told));
		pr_json_print(document);
		json_decref(document);
	}
}

/* All tests have a folder of their own below one.  */
static enum pr_err make_folder(const struct session *session, struct pr_error *why)
{
	if (session->how->from != NULL || mkdir(session->dir, 0777) == 0 || errno == EEXIST)
		return PR_OK;
	return pr_error_set(why, PR_FAILED, "%s: cannot make this directory: %s", session->dir,
	                    strerror(errno));
}

static enum pr_err print_plan(struct session *session, const json_t *test, struct pr_error *why)
{
	json_t *plan;
	enum pr_err err = PR_VOID;

	if (test == NULL)
		return pr_error_set(why, PR_VOID, "%s: no change is open",
		                    pr_history_place(session->history));
	err = pr_confirm_plan(session->history, test, session->how->folders, &plan, why);
	if (err != PR_OK)
		return err;
	pr_json_print(plan);
	json_decref(plan);
	return PR_OK;
}

static enum pr_err do_tests(struct session *session, json_t *tests, struct pr_error *why)
{
	size_t count = json_array_size(tests);
	enum pr_err err = count > 0 ? make_folder(session, why) : PR_OK;

	if (session->how->from != NULL && count > 1)
		count = 1;
	for (size_t i = 0; i < count && err == PR_OK; i++) {
		json_t *test = json_array_get(tests, i);

		err = do_test(session, test, count - i, why);
		json_array_extend(session->told, json_object_get(test, "changes"));
	}
	if (err == PR_OK || err == PR_INTERRUPTED)
		print(session);
	return err != PR_OK ? err : pr_confirm_status(session->told);
}

enum pr_err pr_confirm_all(struct pr_history *history, const struct pr_history_filter *filter,
                           const struct pr_confirm_how *how, struct pr_error *why)
{
	struct session session = {.history = history,
	                          .how = how,
	                          .dir = how->dir != NULL ? how->dir : USUAL_DIR,
	                          .end_ns = pr_clock_ns() + how->budget_ns};
	json_t *tests, *test;
	size_t i;
	enum pr_err err = pr_confirm_due(history, filter, how->case_id, how->run, &tests, why);

	if (err != PR_OK)
		return err;
	json_array_foreach(tests, i, test) if (how->blocks > 0)
	        pr_json_set(test, "blocks", json_integer((json_int_t)how->blocks));
	session.told = json_array();
	err = how->dry_run ? print_plan(&session, json_array_get(tests, 0), why)
	                   : do_tests(&session, tests, why);
	json_decref(session.told);
	json_decref(tests);
	return err;
}
