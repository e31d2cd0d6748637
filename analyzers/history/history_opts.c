/* SPDX-License-Identifier: MIT */
/* analyzers/history/history_opts.c - the options of `proctor history`, as data.  */
#include "analyzers/history/history_opts.h"

#include <stddef.h>
#include <string.h>

#include "analyzers/history/export.h"

const char *const pr_history_verbs[] = {"add",  "import",  "list",  "export", "confirm",
                                        "mark", "release", "prune", NULL};

#define OF(verb) (1u << (verb))
#define PUT      (OF(PR_HISTORY_ADD) | OF(PR_HISTORY_IMPORT))
#define SHOWN    (OF(PR_HISTORY_LIST) | OF(PR_HISTORY_EXPORT) | OF(PR_HISTORY_CONFIRM))

static const char *const directions[] = {"both", "lower", "higher", NULL};

#define FIELD(name) offsetof(struct pr_history_words, name)

const struct pr_opt pr_history_options[] = {
        {.name = "store",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(store),
         .argument = "STORE",
         .help = "a SQLite file, or postgresql://HOST/DATABASE"},
        {.name = "baseline",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(baseline),
         .argument = "LABEL",
         .help = "the phase that the others are held against"},
        {.name = "commit",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(commit),
         .argument = "REV",
         .help = "add, import, release: revision of what was measured"},
        {.name = "branch",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(branch),
         .argument = "NAME",
         .help = "its branch; a series is of one"},
        {.name = "machine",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(machine),
         .argument = "NAME",
         .help = "where it was measured; a series is of one"},
        {.name = "time",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(time),
         .argument = "TIME",
         .help = "add, import, release: when, if not as the run or file says "
                 "(2026-11-25T03:00:00Z)"},
        {.name = "unit",
         .kind = PR_OPT_LIST,
         .offset = FIELD(units),
         .argument = "METRIC=UNIT,lower|higher",
         .help = "import: unit of a metric, and which is better"},
        {.name = "workload",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(workload),
         .argument = "PATTERN",
         .help = "list, export, confirm: only these (* and ? as in file names)"},
        {.name = "phase",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(phase),
         .argument = "PATTERN",
         .help = "list, export, confirm: only these"},
        {.name = "metric",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(metric),
         .argument = "PATTERN",
         .help = "list, export, confirm: only these"},
        {.name = "last",
         .kind = PR_OPT_COUNT,
         .offset = FIELD(last),
         .argument = "N",
         .help = "list: so many runs; export: so many points of each case",
         .least = 1,
         .most = 1000000000},
        {.name = "run",
         .kind = PR_OPT_COUNT,
         .offset = FIELD(run),
         .argument = "NUMBER",
         .help = "list coverage, export, prune: this run"},
        {.name = "direction",
         .kind = PR_OPT_CHOICE,
         .offset = FIELD(direction),
         .choices = directions,
         .argument = "both|lower|higher",
         .help = "export: only metrics of which that is better"},
        {.name = "format",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(format),
         .argument = "FORMAT",
         .help = "how to print, see below"},
        {.name = "before",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(before),
         .argument = "TIME",
         .help = "prune: the runs before this"},
        {.name = "note",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(note),
         .argument = "TEXT",
         .help = "mark: why"},
        {.name = "output",
         .letter = 'o',
         .kind = PR_OPT_TEXT,
         .offset = FIELD(output),
         .argument = "DIR",
         .help = "confirm: where the paired runs are written; proctor-confirm if not given"},
        {.name = "runs",
         .kind = PR_OPT_LIST,
         .offset = FIELD(runs),
         .argument = "DIR",
         .help = "confirm: where run directories or their libraries are, if not where they were"},
        {.name = "blocks",
         .kind = PR_OPT_COUNT,
         .offset = FIELD(blocks),
         .argument = "N",
         .help = "confirm: of each paired run; as many as the change asks if not given",
         .least = 1,
         .most = 10000},
        {.name = "budget",
         .kind = PR_OPT_TIME,
         .offset = FIELD(budget_ns),
         .argument = "TIME",
         .help = "confirm: how long all paired runs may take together"},
        {.name = "from",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(from),
         .argument = "RUN",
         .help = "confirm: what this run of the plan says, in place of a new one"},
        {.name = "dry-run",
         .kind = PR_OPT_FLAG,
         .offset = FIELD(dry_run),
         .help = "prune: say how many, remove nothing; confirm: print the plan of the first paired "
                 "run"},
        {.name = "wait",
         .kind = PR_OPT_TIME,
         .offset = FIELD(wait_ns),
         .argument = "TIME",
         .help = "how long to wait for others who write; 30s if not given"},
        {.name = "help",
         .letter = 'h',
         .kind = PR_OPT_FLAG,
         .offset = FIELD(help),
         .help = "show this"},
        {0},
};

/* Which verbs know an option; those that are not here all do.  */
static const struct {
	const char *name;
	size_t offset; /* of a pointer */
	unsigned verbs;
} limits[] = {
        {"commit", FIELD(commit), PUT | OF(PR_HISTORY_RELEASE)},
        {"time", FIELD(time), PUT | OF(PR_HISTORY_RELEASE)},
        {"baseline", FIELD(baseline), PUT | SHOWN},
        {"branch", FIELD(branch), PUT | SHOWN | OF(PR_HISTORY_RELEASE)},
        {"machine", FIELD(machine), PUT | SHOWN},
        {"workload", FIELD(workload), SHOWN},
        {"phase", FIELD(phase), SHOWN},
        {"metric", FIELD(metric), SHOWN},
        {"format", FIELD(format), SHOWN},
        {"before", FIELD(before), OF(PR_HISTORY_PRUNE)},
        {"note", FIELD(note), OF(PR_HISTORY_MARK)},
        {"output", FIELD(output), OF(PR_HISTORY_CONFIRM)},
        {"from", FIELD(from), OF(PR_HISTORY_CONFIRM)},
};

enum pr_err pr_history_check_opts(enum pr_history_verb verb, const struct pr_history_words *given,
                                  struct pr_error *why)
{
	const struct {
		const char *name;
		bool given;
		unsigned verbs;
	} others[] = {
	        {"unit", given->units.count > 0, OF(PR_HISTORY_IMPORT)},
	        {"last", given->last > 0, OF(PR_HISTORY_LIST) | OF(PR_HISTORY_EXPORT)},
	        {"run", given->run > 0,
	         OF(PR_HISTORY_LIST) | OF(PR_HISTORY_EXPORT) | OF(PR_HISTORY_PRUNE)},
	        {"direction", given->direction != PR_EXPORT_BOTH, OF(PR_HISTORY_EXPORT)},
	        {"dry-run", given->dry_run, OF(PR_HISTORY_PRUNE) | OF(PR_HISTORY_CONFIRM)},
	        {"runs", given->runs.count > 0, OF(PR_HISTORY_CONFIRM)},
	        {"blocks", given->blocks > 0, OF(PR_HISTORY_CONFIRM)},
	        {"budget", given->budget_ns > 0, OF(PR_HISTORY_CONFIRM)},
	};
	const char *refused = NULL;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const char *text;

		memcpy(&text, (const char *)given + limits[i].offset, sizeof(text));
		if (text != NULL && (limits[i].verbs & OF(verb)) == 0)
			refused = limits[i].name;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].given && (others[i].verbs & OF(verb)) == 0)
			refused = others[i].name;
	if (refused == NULL)
		return PR_OK;
	return pr_error_set(why, PR_USAGE, "--%s means nothing to %s; see `proctor history -h`",
	                    refused, pr_history_verbs[verb]);
}
