/* SPDX-License-Identifier: MIT */
/* harness/main.c - the program: the table of commands, and the choice of one.  */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/base/cmd.h"
#include "core/base/version.h"

/* Synopses are repeated in proctor.1 and README.md; the test harness.help compares them.  A command
 * without a summary is not shown: it is not for people.  */
/* clang-format off */
static const struct pr_cmd commands[] = {
	{"run",
	 "[PLAN] [--phase P]... [--workload W]... [--blocks N | --time T] [--probe P]... [--pin one|spread|LIST] [--roles one|two] [--ablate FROM,TO]"
	 " [--seed S] [-o DIR] [--no-libraries] [--dry-run]",
	 "Run a plan: measure each phase under each workload, in alternation, and record everything.", cmd_run,
	 "PLAN: a name of 'proctor list plans' (seed, the report's experiment, without it), a JSON file, an earlier run, or - for standard input"},
	{"compare",
	 "RUN [RUN2] [--baseline LABEL] [--delta PERCENT] [--floor PERCENT] [--force] [--format table|json|md|csv|go]",
	 "Compare the phases of a run, with intervals and a verdict for each difference.", cmd_compare,
	 "RUN, RUN2: directories that proctor run wrote, or packed; RUN2 is compared with RUN, unpaired"},
	{"gate", "RUN [--policy FILE] [--bisect] [--floor PERCENT] [--junit FILE] [--format text|json|github]",
	 "Say whether a run may pass, by a policy, for CI and for git bisect.", cmd_gate,
	 "RUN: a directory that proctor run wrote, or what proctor pack made of it"},
	{"floor", "add|show RUN...",
	 "Remember what comparing an engine with itself shows on this host, and show it.", cmd_floor,
	 "RUN: a directory that proctor run wrote, or what proctor pack made of it"},
	{"explain", "RUN [--claims FILE]... [--with RUN]... [--format text|json|md]",
	 "Say where the would-blocks of each phase come from, by cause.", cmd_explain,
	 "RUN: a directory that proctor run wrote, or what proctor pack made of it"},
	{"trace",
	 "[--messages N] [--frame-size BYTES] [--idle TIME] [--time TIME] [--stacks] [--format text|json|md]"
	 " (LOG... | -p PID | -- COMMAND [ARG...])",
	 "Say what a program did, from logs of strace or live: calls, would-blocks, wake-ups, and what stands out.", cmd_trace,
	 "LOG: what strace wrote, plain or compressed; the name given to strace -ff -o stands for its whole set; - is standard input"},
	{"report", "RUN [-o DIR] [--claims FILE]... [--policy FILE] [--with RUN]... [--brief] [--format html,md,pdf]",
	 "Write the report of a run as a self-contained HTML page, as Markdown, as PDF.", cmd_report,
	 "RUN: a directory that proctor run wrote, or what proctor pack made of it"},
	{"history",
	 "add|import|list|export|confirm|mark|release|prune [WORD...] [--store STORE] [--baseline LABEL] [--commit REV] [--branch NAME] [--machine NAME]"
	 " [--time TIME] [--format FORMAT]",
	 "Remember what comparisons found, night after night, and hand it to other programs.", cmd_history,
	 "WORD: runs to add (a directory that proctor run wrote, or what proctor pack made of it), files to import, what to list, which change"},
	{"dashboard",
	 "[--store STORE] -o DIR [--title TEXT] [--period TIME] [--nights N] [--clone REPO] [--commit-url URL] [--release NAME=TIME]...",
	 "Write a history as a static site: tonight, changes, every case, night by night.", cmd_dashboard, NULL},
	{"pack", "RUN [-o FILE]",
	 "Make one file of a run, for a colleague: every command takes it in place of the directory.", cmd_pack,
	 "RUN: a directory that proctor run wrote"},
	{"selftest", "[--quick] [--part NAME]... [-o DIR] [--format text|json]",
	 "Plant differences of known size on this machine, and see whether comparisons find them.", cmd_selftest, NULL},
	{"list", "[plans|engines|phases|workloads|probes|metrics|causes] [--format text|json]",
	 "List what can be named on the command line.", cmd_list, NULL},
	{"env", "[--format text|json]",
	 "Show what is known of this machine and how busy it is.", cmd_env, NULL},
	{"worker", "", NULL, cmd_worker, NULL},
};
/* clang-format on */

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int print_help(FILE *file)
{
	fprintf(file, "usage: proctor COMMAND [ARGUMENT...]\n"
	              "       proctor -h | --version\n\n"
	              "Benchmarks messaging engines, compares their phases, and says why they "
	              "differ.\n\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (commands[i].summary != NULL)
			fprintf(file, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(file, "\n'proctor COMMAND -h' shows a command's options; proctor(1) explains them "
	              "all.\n");
	return file == stdout ? PR_OK : PR_USAGE;
}

static int print_version(void)
{
	printf("proctor %s (%s)\n", pr_version, pr_version_git);
	return PR_OK;
}

static int reject(const char *name)
{
	const char *names[COMMAND_COUNT];
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (commands[i].summary != NULL)
			names[count++] = commands[i].name;
	nearest = pr_opts_nearest(name, names, count);
	if (nearest != NULL)
		fprintf(stderr, "proctor: unknown command '%s'; did you mean '%s'?\n", name,
		        nearest);
	else
		fprintf(stderr, "proctor: unknown command '%s'; 'proctor -h' lists them\n", name);
	return PR_USAGE;
}

static int dispatch(int argc, const char **argv)
{
	if (argc < 2)
		return print_help(stderr);
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
		return print_help(stdout);
	if (strcmp(argv[1], "--version") == 0)
		return print_version();
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, argv[1]) == 0)
			return pr_cmd_run(&commands[i], argc - 1, argv + 1);
	return reject(argv[1]);
}

int main(int argc, char **argv)
{
	/* Only the meaning of characters comes from the locale; numbers keep their point.  */
	setlocale(LC_CTYPE, "");
	/* A limit on the size of files (ulimit -f) becomes an error with a sentence.  */
	signal(SIGXFSZ, SIG_IGN);
	return pr_cmd_check_output(dispatch(argc, (const char **)argv));
}
