/* SPDX-License-Identifier: MIT */
/* reports/dashboard/board.h - what the dashboard shows, read from a history at one moment.
 *
 * A series of nights is of one machine, branch and baseline: a group.  A group has cases; a case
 * has the newest points of its series, the changes of its level, and a place in tonight's count.
 * What a case's page is made from is reduced to a print (a hash); a page whose print is that of
 * last time is not made again, nor is its series searched for changes (cache.h).
 *
 * "Tonight" is the newest run of each group, and only of groups that still run: one that is more
 * than PR_BOARD_RETIRED periods behind the newest of all is retired.  Texts are borrowed from what
 * the board holds.  Belongs to one thread.  */
#ifndef PR_BOARD_H
#define PR_BOARD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzers/history/history.h"
#include "core/base/buf.h"
#include "core/base/opts.h"
#include "reports/dashboard/cache.h"
#include "reports/dashboard/commits.h"

#define PR_BOARD_RUNS    200 /* newest runs that are listed */
#define PR_BOARD_RETIRED 30

struct pr_board_opts {
	size_t nights;    /* points of a case that are shown, 1 at least */
	int64_t period_s; /* a run is expected this often */
	const char *title;
	const char *clone;                  /* folder of a git repository; NULL */
	const char *commit_url;             /* with {} for the revision; NULL: from the clone */
	const struct pr_opt_list *releases; /* NAME=TIME */
};

/* How a case stands in the newest run of its group.  */
enum pr_standing {
	PR_STANDING_BETTER,
	PR_STANDING_WORSE,
	PR_STANDING_SAME,
	PR_STANDING_NOISY,
	PR_STANDING_FAILED,  /* void */
	PR_STANDING_MISSING, /* it was measured lately, and not in the newest run */
	PR_STANDING_NONE,    /* it is not judged */
};

#define PR_STANDING_COUNT PR_STANDING_NONE

struct pr_board_group {
	const char *machine, *branch, *baseline;
	json_t *run;         /* its newest, with phases */
	json_t *coverage;    /* of that run */
	const char *twin;    /* label of its A/A phase (noise.h); NULL: none */
	const char *picture; /* of what that showed, SVG (twins.h); NULL: there is none */
	int64_t run_id, time;
	bool is_retired;
	size_t counts[PR_STANDING_COUNT]; /* of the cases that decide, A/A apart */
};

struct pr_board_case {
	const struct pr_history_case *of;
	struct pr_history_series series; /* the newest */
	const struct pr_board_group *group;
	unsigned colour;   /* number of its phase; the baseline has 0 (svg.h) */
	bool gating;       /* by its newest point */
	bool shows_effect; /* else the value: without a baseline, or when it is 0 */
	enum pr_standing standing;
	json_t *changes; /* as pr_changes_find, in order of time */
	json_t *marks;   /* what people said, also of changes too old for the search */
	bool is_fresh;   /* what it is made from is not that of last time */
	char print[PR_CACHE_PRINT];
	const char *spark; /* a small picture, SVG; NULL: there is none */
};

struct pr_board_release {
	char *name;
	char *branch; /* "": of all */
	int64_t time;
};

struct pr_board {
	const struct pr_board_opts *opts;
	const char *place; /* of the store */
	struct pr_history_cases of;
	struct pr_board_case *cases; /* by machine, branch, workload, phase, metric */
	size_t case_count;
	struct pr_board_group *groups;
	size_t group_count;
	json_t *runs;    /* the newest of all, newest first */
	json_t *changes; /* of all cases, newest first */
	json_t *reports; /* number of a run -> file of the site that is its report */
	struct pr_board_release *releases; /* by time */
	size_t release_count;
	struct pr_commits commits;
	size_t counts[PR_STANDING_COUNT]; /* of the groups that run */
	int64_t newest;                   /* time of the newest run */
};

/* Reads all of it.  PR_VOID when the store holds no run.  The board borrows opts and cache.  */
enum pr_err pr_board_read(struct pr_history *history, const struct pr_board_opts *opts,
                          const struct pr_cache *cache, struct pr_board **board,
                          struct pr_error *why) PR_CHECKED;
void pr_board_destroy(struct pr_board **board);

/* The point of a case in the newest run of its group; NULL when it has none.  */
const struct pr_history_point *pr_board_tonight(const struct pr_board_case *one);

/* Whether a case is of an A/A phase: it tells of the machine, and neither counts nor alarms.  */
bool pr_board_is_twin(const struct pr_board_case *one);

/* What a phase of the newest run of a group is: "core, drain once, ..."; appended to out, nothing
 * when it is not known.  */
void pr_board_describe_phase(const struct pr_board_group *group, const char *label,
                             struct pr_buf *out);

/* A word for a standing, as the pages say it: "better", "worse", ...  */
const char *pr_standing_word(enum pr_standing standing);

/* The case of a change.  */
const struct pr_board_case *pr_board_case_of(const struct pr_board *board, const json_t *change);

/* Whether a change asks for somebody: it is worse, and nobody rejected or intended it.  */
bool pr_board_is_alert(const json_t *change);

#endif
