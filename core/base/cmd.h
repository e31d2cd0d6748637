/* SPDX-License-Identifier: MIT */
/* core/base/cmd.h - what a subcommand is.
 *
 * To add a command: write cmd_NAME.c with `int cmd_NAME(int argc, const char **argv)`, declare it
 * below, add a line to commands[] in harness/main.c, a line to the CMakeLists.txt of its folder and
 * a section to harness/proctor.1.  A test asks every command for -h and compares it with the
 * manual.  */
#ifndef PR_BASE_CMD_H
#define PR_BASE_CMD_H

#include "core/base/err.h"
#include "core/base/opts.h"

struct pr_cmd {
	const char *name;                        /* "compare" */
	const char *synopsis;                    /* "RUN [RUN2] [--baseline LABEL] ..." */
	const char *summary;                     /* one line */
	int (*run)(int argc, const char **argv); /* argv[0] is the name; returns the exit status */
	const char
	        *operands; /* what the words without dashes are, one line; NULL: there are none */
};

/* Runs a command and returns its exit status.  */
int pr_cmd_run(const struct pr_cmd *cmd, int argc, const char **argv);

/* Returns status, or PR_FAILED with a message when what was printed on standard output did not
 * arrive: a full disk or a closed pipe must not look like success.  */
int pr_cmd_check_output(int status);

/* For use inside a command.  help prints -h on standard output: the usage line and summary of the
 * running command, then the options of the table (may be NULL).  fail prints "proctor NAME:
 * sentence" on standard error.  Both return the exit status, so that a command can `return
 * pr_cmd_fail(err, &why);`.  */
int pr_cmd_help(const struct pr_opt *opts);
int pr_cmd_fail(enum pr_err err, const struct pr_error *why);

/* Prints the same as a warning: what was asked is done all the same.  */
void pr_cmd_warn(const struct pr_error *why);

int cmd_run(int argc, const char **argv);       /* harness/cmd_run.c */
int cmd_env(int argc, const char **argv);       /* harness/cmd_env.c */
int cmd_list(int argc, const char **argv);      /* harness/cmd_list.c */
int cmd_selftest(int argc, const char **argv);  /* harness/cmd_selftest.c */
int cmd_pack(int argc, const char **argv);      /* harness/cmd_pack.c */
int cmd_worker(int argc, const char **argv);    /* harness/worker.c; hidden: `run` starts it */
int cmd_compare(int argc, const char **argv);   /* analyzers/cmd_compare.c */
int cmd_explain(int argc, const char **argv);   /* analyzers/cmd_explain.c */
int cmd_trace(int argc, const char **argv);     /* analyzers/cmd_trace.c */
int cmd_floor(int argc, const char **argv);     /* analyzers/cmd_floor.c */
int cmd_gate(int argc, const char **argv);      /* analyzers/cmd_gate.c */
int cmd_history(int argc, const char **argv);   /* analyzers/history/cmd_history.c */
int cmd_report(int argc, const char **argv);    /* reports/cmd_report.c */
int cmd_dashboard(int argc, const char **argv); /* reports/dashboard/cmd_dashboard.c */

#endif
