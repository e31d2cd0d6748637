/* SPDX-License-Identifier: MIT */
/* reports/dashboard/cmd_dashboard.c - `proctor dashboard`: a history as a static site.  */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/base/cmd.h"
#include "reports/dashboard/site.h"

#define NIGHTS   180
#define DAY_NS   INT64_C(86400000000000)
#define NS_PER_S INT64_C(1000000000)

struct dashboard_opts {
	bool help;
	const char *store, *folder, *title, *clone, *commit_url;
	struct pr_opt_list releases;
	uint64_t nights;
	int64_t period_ns, wait_ns;
};

#define FIELD(name) offsetof(struct dashboard_opts, name)

static const struct pr_opt opts[] = {
        {.name = "store",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(store),
         .argument = "STORE",
         .help = "a SQLite file, or postgresql://HOST/DATABASE, as in proctor history"},
        {.name = "output",
         .letter = 'o',
         .kind = PR_OPT_TEXT,
         .offset = FIELD(folder),
         .argument = "DIR",
         .help = "where to write: a new or empty directory, or an earlier dashboard"},
        {.name = "title",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(title),
         .argument = "TEXT",
         .help = "what stands on top of every page"},
        {.name = "period",
         .kind = PR_OPT_TIME,
         .offset = FIELD(period_ns),
         .argument = "TIME",
         .help = "how often a run is expected; 24h if not given"},
        {.name = "nights",
         .kind = PR_OPT_COUNT,
         .offset = FIELD(nights),
         .argument = "N",
         .help = "the newest points of each case that are shown; 180 if not given",
         .least = 2,
         .most = 2000},
        {.name = "clone",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(clone),
         .argument = "REPO",
         .help = "a git repository: authors and subjects of commits, tags as releases"},
        {.name = "commit-url",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(commit_url),
         .argument = "URL",
         .help = "where commits are shown, {} for the commit; from the origin of --clone"},
        {.name = "release",
         .kind = PR_OPT_LIST,
         .offset = FIELD(releases),
         .argument = "NAME=TIME",
         .help = "a release to mark (v1.2=2026-11-25); may be given several times"},
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

static enum pr_err read_board(const struct dashboard_opts *given, const struct pr_board_opts *how,
                              const struct pr_cache *cache, struct pr_board **board,
                              struct pr_history **history, struct pr_error *why)
{
	const struct pr_history_opts open = {.mode = PR_DB_READ, .wait_ns = given->wait_ns};
	enum pr_err err = pr_history_open(given->store, &open, history, why);

	return err == PR_OK ? pr_board_read(*history, how, cache, board, why) : err;
}

static void tell(const char *folder, const struct pr_site_result *result)
{
	if (result->no_pictures.text[0] != '\0')
		pr_cmd_warn(&result->no_pictures);
	fprintf(stderr,
	        "proctor dashboard: %zu files written, %zu as before, %zu removed; %zu cases "
	        "drawn\n",
	        result->written, result->unchanged, result->removed, result->drawn);
	printf("%s/index.html\n", folder);
}

static enum pr_err dashboard(const struct dashboard_opts *given, struct pr_error *why)
{
	const struct pr_board_opts how = {
	        .nights = given->nights,
	        .period_s = given->period_ns / NS_PER_S,
	        .title = given->title,
	        .clone = given->clone,
	        .commit_url = given->commit_url,
	        .releases = &given->releases,
	};
	struct pr_history *history = NULL;
	struct pr_board *board = NULL;
	struct pr_site_result result;
	struct pr_cache cache;
	enum pr_err err = pr_cache_open(given->folder, &cache, why);

	if (err == PR_OK)
		err = read_board(given, &how, &cache, &board, &history, why);
	if (err == PR_OK)
		err = pr_site_write(board, given->folder, &cache, &result, why);
	if (err == PR_OK)
		tell(given->folder, &result);
	pr_board_destroy(&board);
	pr_history_close(&history);
	pr_cache_fini(&cache);
	return err;
}

static int help(void)
{
	int status = pr_cmd_help(opts);

	printf("\nOnly what changed since the last time is drawn and written again.\n"
	       "  0  done    2  usage    4  no run in the store    5  it could not be done\n");
	return status;
}

int cmd_dashboard(int argc, const char **argv)
{
	struct dashboard_opts given = {.title = "proctor dashboard",
	                               .nights = NIGHTS,
	                               .period_ns = DAY_NS,
	                               .wait_ns = PR_HISTORY_WAIT_NS};
	struct pr_error why;
	enum pr_err err;
	int operands;

	err = pr_opts_parse(opts, &given, argc, argv, &operands, &why);
	if (err == PR_OK && given.help)
		return help();
	if (err == PR_OK && operands != 0)
		err = pr_error_set(&why, PR_USAGE,
		                   "unexpected word '%s'; 'proctor dashboard -h' shows how",
		                   argv[0]);
	if (err == PR_OK && given.folder == NULL)
		err = pr_error_set(&why, PR_USAGE, "say where to write: -o DIR");
	if (err == PR_OK && given.period_ns < 60 * NS_PER_S)
		err = pr_error_set(&why, PR_USAGE, "--period must be a minute at least");
	if (err == PR_OK)
		err = dashboard(&given, &why);
	return err == PR_OK ? PR_OK : pr_cmd_fail(err, &why);
}
