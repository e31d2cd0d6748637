/* SPDX-License-Identifier: MIT */
/* harness/worker.c - the process that holds one engine: see worker.h for what it is asked.  */
#include "harness/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "harness/instructions.h"
#include "harness/last_words.h"
#include "harness/setting.h"
#include "harness/sites.h"
#include "harness/stack.h"
#include "harness/worker_parts.h"

/* Where answers go: standard output is kept from the engine, which might print to it.  */
static int answers_fd = -1;

/* ---- answers ------------------------------------------------------------------------- */

void pr_worker_answer(const json_t *reply)
{
	char *line = pr_json_dump_line(reply);
	size_t size = strlen(line), done = 0;

	while (done < size) {
		ssize_t wrote = write(answers_fd, line + done, size - done);

		if (wrote < 0 && errno != EINTR)
			_exit(1); /* nobody listens any more */
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	free(line);
}

static void answer_error(const struct pr_error *why)
{
	json_t *reply = json_object();

	pr_json_set(reply, "ok", json_false());
	pr_json_set(reply, "error", pr_json_new_string(why->text));
	pr_worker_answer(reply);
	json_decref(reply);
}

/* Where nothing was asked, the answer is not read; so these are the last words too.  */
void pr_worker_give_up(const struct pr_error *why)
{
	fprintf(stderr, "%s\n", why->text);
	answer_error(why);
	_exit(1);
}

/* ---- small commands --------------------------------------------------------------- */

enum pr_err pr_worker_find(struct pr_worker *worker, const struct pr_json *request,
                           struct pr_held_workload **result, struct pr_error *why)
{
	struct pr_held *held = &worker->held;
	const char *label;
	enum pr_err err = pr_json_string(request, "workload", &label, why);

	if (err != PR_OK)
		return err;
	for (size_t i = 0; i < held->workload_count; i++)
		if (strcmp(held->workloads[i].label, label) == 0) {
			*result = &held->workloads[i];
			return PR_OK;
		}
	return pr_json_error(request, why, "workload '%s' was not opened", label);
}

static enum pr_err do_mark(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                           struct pr_error *why)
{
	const char *text;
	enum pr_err err = pr_json_string(request, "text", &text, why);

	(void)worker;
	(void)reply;
	/* Fails with EBADF, which is the point: it does nothing and can be seen.  */
	if (err == PR_OK && write(-1, text, strlen(text)) >= 0)
		err = pr_error_set(why, PR_FAILED, "the mark was written somewhere");
	return err;
}

static enum pr_err do_count(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why)
{
	(void)worker;
	(void)request;
	(void)reply;
	return pr_instructions_dump(why);
}

static enum pr_err do_sites(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why)
{
	struct pr_json addresses;
	enum pr_err err = pr_json_array(request, "addresses", &addresses, why);
	json_t *nameless;

	(void)worker;
	if (err != PR_OK)
		return err;
	nameless = json_object();
	pr_json_set(reply, "names", pr_sites_name(addresses.value, nameless));
	pr_json_set(reply, "nameless", nameless);
	return err;
}

static enum pr_err do_close(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why)
{
	enum pr_err err = pr_held_close(&worker->held, why);

	(void)request;
	(void)reply;
	json_decref(worker->options);
	worker->options = NULL;
	worker->closed = err == PR_OK;
	return err;
}

/* ---- the server ---------------------------------------------------------------------- */

struct verb {
	const char *name;
	enum pr_err (*run)(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
	                   struct pr_error *why);
	bool needs_engine;
};

static const struct verb verbs[] = {
        {"open", pr_worker_open, false},
        {"warm", pr_worker_warm, true},
        {"slice", pr_worker_slice, true},
        {"forget", pr_worker_forget, true},
        {"rest", pr_worker_rest, true},
        {"mark", do_mark, false},
        {"snapshot", pr_worker_snapshot, true},
        {"count", do_count, false},
        {"sites", do_sites, false},
        {"close", do_close, false},
};

static enum pr_err run_verb(struct pr_worker *worker, const struct pr_json *request, json_t *reply,
                            struct pr_error *why)
{
	const char *name;
	enum pr_err err = pr_json_string(request, "do", &name, why);

	if (err != PR_OK)
		return err;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0) {
			if (verbs[i].needs_engine && worker->held.workload_count == 0)
				return pr_error_set(why, PR_FAILED, "'%s' needs an open engine",
				                    name);
			return verbs[i].run(worker, request, reply, why);
		}
	return pr_json_error(request, why, "unknown command '%s'", name);
}

struct line {
	struct pr_worker *worker;
	const char *text;
};

static void serve_line(void *arg)
{
	const struct line *line = arg;
	struct pr_error why = {.text = ""};
	json_error_t error;
	json_t *request = json_loads(line->text, JSON_REJECT_DUPLICATES, &error);
	json_t *reply = json_object();
	enum pr_err err;

	pr_json_set(reply, "ok", json_true());
	if (request == NULL) {
		err = pr_error_set(&why, PR_FAILED, "the command is not JSON: %s", error.text);
	} else {
		struct pr_json top = pr_json_top("worker", request);

		err = run_verb(line->worker, &top, reply, &why);
	}
	if (err == PR_OK)
		pr_worker_answer(reply);
	else
		answer_error(&why);
	json_decref(reply);
	json_decref(request);
}

/* Ends with the parent, and keeps standard output for answers.  */
static bool prepare_process(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* so that a hang can be looked at */
	signal(SIGPIPE, SIG_IGN);
	answers_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	pr_last_words_init(answers_fd);
	return answers_fd >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
}

int cmd_worker(int argc, const char **argv)
{
	struct pr_worker worker = {0};
	struct pr_stack stack;
	char *line = NULL;
	size_t room = 0;

	(void)argc;
	(void)argv;
	pr_setting_move_heap();
	pr_stack_init(&stack);
	if (!prepare_process())
		return PR_FAILED;
	while (!worker.closed && getline(&line, &room, stdin) > 0)
		pr_stack_call(&stack, serve_line, &(struct line){.worker = &worker, .text = line});
	free(line);
	free(worker.opened);
	if (!worker.closed)
		_exit(PR_FAILED); /* nobody asks any more: an engine that cannot close must not stay
		                   */
	return PR_OK;
}
