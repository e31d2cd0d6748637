/* SPDX-License-Identifier: MIT */
/* core/base/cmd.c - what all subcommands do alike.  */
#include "core/base/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One command runs in a process, so this is set once.  NULL in tests that call a command directly.
 */
static const struct pr_cmd *running;

int pr_cmd_run(const struct pr_cmd *cmd, int argc, const char **argv)
{
	running = cmd;
	return cmd->run(argc, argv);
}

int pr_cmd_check_output(int status)
{
	struct pr_error why;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	pr_error_set(&why, PR_FAILED, "standard output could not be written: %s", strerror(errno));
	return pr_cmd_fail(PR_FAILED, &why);
}

int pr_cmd_help(const struct pr_opt *opts)
{
	struct pr_buf text;

	pr_buf_init(&text);
	if (running != NULL)
		pr_buf_printf(&text, "usage: proctor %s%s%s\n\n%s\n", running->name,
		              running->synopsis[0] != '\0' ? " " : "", running->synopsis,
		              running->summary);
	if (running != NULL && running->operands != NULL)
		pr_buf_printf(&text, "\n  %s\n", running->operands);
	if (opts != NULL) {
		pr_buf_puts(&text, "\n");
		pr_opts_help(opts, &text);
	}
	fputs(text.text, stdout);
	pr_buf_fini(&text);
	return PR_OK;
}

int pr_cmd_fail(enum pr_err err, const struct pr_error *why)
{
	fprintf(stderr, "proctor%s%s: %s\n", running != NULL ? " " : "",
	        running != NULL ? running->name : "", why->text);
	return err;
}

void pr_cmd_warn(const struct pr_error *why)
{
	(void)pr_cmd_fail(PR_OK, why);
}
