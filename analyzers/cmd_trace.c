/* SPDX-License-Identifier: MIT */
/* analyzers/cmd_trace.c - `proctor trace`: what a program did, from logs of strace or live.  */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/trace.h"
#include "analyzers/trace/live.h"
#include "analyzers/trace/source.h"
#include "analyzers/trace/view.h"
#include "analyzers/view.h"
#include "core/base/cmd.h"
#include "core/base/json.h"

struct trace_opts {
	bool help;
	int format;
	struct pr_trace_options trace;
	struct pr_trace_live live;
};

static const struct pr_opt opts[] = {
        {.name = "format",
         .kind = PR_OPT_CHOICE,
         .offset = offsetof(struct trace_opts, format),
         .choices = pr_view_formats,
         .argument = "text|json|md",
         .help = "how to print it"},
        {.name = "pid",
         .letter = 'p',
         .kind = PR_OPT_COUNT,
         .offset = offsetof(struct trace_opts, live.pid),
         .argument = "PID",
         .help = "trace this process, all its threads, until Ctrl-C",
         .least = 1,
         .most = INT32_MAX},
        {.name = "time",
         .kind = PR_OPT_TIME,
         .offset = offsetof(struct trace_opts, live.limit_ns),
         .argument = "TIME",
         .help = "with -p or a command: stop after this"},
        {.name = "stacks",
         .kind = PR_OPT_FLAG,
         .offset = offsetof(struct trace_opts, live.stacks),
         .help = "with -p or a command: record call sites (slow)"},
        {.name = "messages",
         .kind = PR_OPT_COUNT,
         .offset = offsetof(struct trace_opts, trace.messages),
         .argument = "N",
         .help = "messages that were delivered; gives calls per message"},
        {.name = "frame-size",
         .kind = PR_OPT_BYTES,
         .offset = offsetof(struct trace_opts, trace.frame_size),
         .argument = "BYTES",
         .help = "bytes of a message on the wire; the bytes received then give the number"},
        {.name = "idle",
         .kind = PR_OPT_TIME,
         .offset = offsetof(struct trace_opts, trace.idle_ns),
         .argument = "TIME",
         .help = "a gap of at least this begins a new stage"},
        {.name = "help",
         .letter = 'h',
         .kind = PR_OPT_FLAG,
         .offset = offsetof(struct trace_opts, help),
         .help = "show this"},
        {0},
};

/* What is traced: logs (count > 0), a process or a command.  */
static enum pr_err read_events(const struct trace_opts *given, const char *const *paths,
                               size_t count, struct pr_strace *strace, struct pr_error *why)
{
	enum pr_err err;
	int status;

	if (count > 0)
		return pr_trace_read(paths, count, strace, why);
	err = pr_trace_live(&given->live, strace, &status, why);
	if (err == PR_OK && status != 0) {
		struct pr_error note;

		pr_error_set(&note, PR_OK, "%s ended with status %d", given->live.command[0],
		             status);
		pr_cmd_warn(&note);
	}
	return err;
}

static enum pr_err look(const struct trace_opts *given, const char *const *paths, size_t count,
                        json_t **document, struct pr_error *why)
{
	struct pr_trace *trace = pr_trace_create(&given->trace);
	struct pr_strace *strace = pr_strace_create(pr_trace_visit, trace);
	enum pr_err err = read_events(given, paths, count, strace, why);

	if (err == PR_OK) {
		err = pr_trace_json(trace, document, why);
		if (err != PR_OK && count > 0)
			pr_error_prefix(why, err, "%s", paths[0]);
	}
	pr_strace_destroy(&strace);
	pr_trace_destroy(&trace);
	return err;
}

static enum pr_err check(const struct trace_opts *given, int operands, struct pr_error *why)
{
	int subjects = (operands > 0) + (given->live.pid != 0) + (given->live.command != NULL);
	bool live = operands == 0;

	if (subjects != 1)
		return pr_error_set(why, PR_USAGE,
		                    "give logs that strace wrote, or -p PID, or -- and a command, "
		                    "and only one of the three; see `proctor trace -h`");
	if (!live && (given->live.stacks || given->live.limit_ns > 0))
		return pr_error_set(why, PR_USAGE,
		                    "--stacks and --time are for -p and commands; a log has been "
		                    "recorded already");
	return PR_OK;
}

/* Everything behind `--` is a command; NULL without one.  */
static const char *const *cut_command(int *argc, const char **argv)
{
	for (int i = 1; i < *argc; i++)
		if (strcmp(argv[i], "--") == 0) {
			*argc = i;
			return argv[i + 1] != NULL ? (const char *const *)argv + i + 1 : NULL;
		}
	return NULL;
}

int cmd_trace(int argc, const char **argv)
{
	struct trace_opts given = {0};
	struct pr_error why = {""};
	json_t *document = NULL;
	enum pr_err err;
	int operands;

	given.live.command = cut_command(&argc, argv);
	err = pr_opts_parse(opts, &given, argc, argv, &operands, &why);
	if (err == PR_OK && given.help)
		return pr_cmd_help(opts);
	if (err == PR_OK)
		err = check(&given, operands, &why);
	if (err == PR_OK)
		err = look(&given, argv, (size_t)operands, &document, &why);
	if (err == PR_OK)
		pr_view_output(document, pr_trace_view, given.format);
	json_decref(document);
	return why.text[0] == '\0' ? pr_cmd_check_output(err) : pr_cmd_fail(err, &why);
}
