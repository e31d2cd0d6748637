/* SPDX-License-Identifier: MIT */
/* analyzers/history/history.h - the history: what comparisons found, night after night.
 *
 * A store is a SQLite file or a PostgreSQL database (db.h) with one schema (sql.h).  It holds runs
 * (each against one baseline), what they covered, and points: the value of a metric with its
 * interval, and its effect against the baseline that was measured in the same blocks.  The points
 * of one case in order of time are a series.
 *
 * A run is added whole or not at all, and once: its key is made of its run.json and the baseline.
 * Several programs may add at once.  An older store is brought to today's schema when it is opened;
 * a newer one is refused.
 *
 * Absent numbers are NaN or NULL, never 0.  A store belongs to one thread; every call may wait for
 * other writers as long as opts.wait_ns.  Failures are PR_FAILED if not said otherwise.  */
#ifndef PR_HISTORY_H
#define PR_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzers/history/db.h"

#define PR_HISTORY_WAIT_NS INT64_C(30000000000)

struct pr_history;

struct pr_history_opts {
	enum pr_db_mode mode; /* PR_DB_READ: a store that is not there is a failure */
	int64_t wait_ns;
	size_t version; /* of the schema that is made, for tests of migrations; 0: the newest */
};

/* place NULL: the usual file, $XDG_DATA_HOME/proctor/history.db or below ~/.local/share.  *history
 * is NULL on failure; PR_USAGE when place is a URL that no backend knows.  */
enum pr_err pr_history_open(const char *place, const struct pr_history_opts *opts,
                            struct pr_history **history, struct pr_error *why) PR_CHECKED;
void pr_history_close(struct pr_history **history);

/* Where it is, for people: without a password.  Borrowed.  */
const char *pr_history_place(const struct pr_history *history);

/* ---- writing --------------------------------------------------------------------------------- */

/* Adds an entry (entry.h) in one transaction.  *added says whether it was not there before, *id is
 * its number either way.  */
enum pr_err pr_history_add(struct pr_history *history, const json_t *entry, bool *added,
                           int64_t *id, struct pr_error *why) PR_CHECKED;

/* Whether the baseline of an entry that was added as run id is another build or has other options
 * than in the run before on the same machine and branch: effects of both are then not against one
 * reference.  *sentence says so, or is NULL; the caller frees.  */
enum pr_err pr_history_check_reference(struct pr_history *history, const json_t *entry, int64_t id,
                                       char **sentence, struct pr_error *why) PR_CHECKED;

/* Removes runs: those before a time (seconds since 1970), or, with run >= 0, that one; and the
 * cases that are left without points.  *count gets how many runs it was, or with dry_run would be.
 */
enum pr_err pr_history_prune(struct pr_history *history, int64_t before, int64_t run, bool dry_run,
                             int64_t *count, struct pr_error *why) PR_CHECKED;

/* What may be said of a change (changes.h), ended by NULL: open (nobody looked), confirmed,
 * rejected, intended.  */
extern const char *const pr_history_states[];

/* Says it of the change of a case that begins with a run, in place of what was said before.  state
 * is one of the words; note may be NULL.  PR_USAGE when the case has no point of that run.  */
enum pr_err pr_history_mark(struct pr_history *history, int64_t case_id, int64_t run,
                            const char *state, const char *note, struct pr_error *why) PR_CHECKED;

/* Writes down what the paired run of a change said, in place of what one said before: an object
 * with the columns time, result (a word of pr_history_states but intended; open: it could not
 * tell), nights, folder, blocks, verdict, effect, effect_lo, effect_hi, p, mde.  PR_USAGE as above.
 */
enum pr_err pr_history_confirm(struct pr_history *history, int64_t case_id, int64_t run,
                               const json_t *confirmation, struct pr_error *why) PR_CHECKED;

/* A release: from this time on the series of a branch ("": of all) are of it or later.  Said again,
 * it moves.  revision may be NULL.  */
enum pr_err pr_history_release(struct pr_history *history, const char *name, const char *branch,
                               const char *revision, int64_t time, struct pr_error *why) PR_CHECKED;

/* ---- reading --------------------------------------------------------------------------------- */

/* What is asked for.  Texts are patterns as in fnmatch(3), NULL: all.  */
struct pr_history_filter {
	const char *machine, *branch, *workload, *phase, *metric, *baseline;
	size_t last;       /* so many runs, or points of a case; 0: all */
	bool count_points; /* of cases; reads every point of the store */
};

/* The runs, newest first, as objects by the columns of table runs (sql.h).  Of the filter: machine,
 * branch, baseline and last.  The caller owns *runs, NULL on failure.  */
enum pr_err pr_history_runs(struct pr_history *history, const struct pr_history_filter *filter,
                            json_t **runs, struct pr_error *why) PR_CHECKED;

/* One run by its number, with "phases", an array, in it; PR_USAGE when there is none.  */
enum pr_err pr_history_run(struct pr_history *history, int64_t id, json_t **run,
                           struct pr_error *why) PR_CHECKED;

/* Trials by probe ("": the timed ones), workload and phase of a run: ok, void, failed, skipped (1
 * when there is no trial at all, or the probe was not permitted), reason (of the first that is not
 * ok).  */
enum pr_err pr_history_coverage(struct pr_history *history, int64_t run, json_t **coverage,
                                struct pr_error *why) PR_CHECKED;

/* Distributions of latency of a run: workload, phase, quantity, count, min, max (ns), buckets (see
 * sql.c).  */
enum pr_err pr_history_latencies(struct pr_history *history, int64_t run, json_t **latencies,
                                 struct pr_error *why) PR_CHECKED;

/* Private: the texts that cases and points borrow.  */
struct pr_history_texts {
	char **items;
	size_t count;
};

/* What was said of the changes of a case: an array of {"run", "state", "note"}.  */
enum pr_err pr_history_marks(struct pr_history *history, int64_t case_id, json_t **marks,
                             struct pr_error *why) PR_CHECKED;

/* What paired runs said of the changes of a case: an array of objects as above, with run and time.
 */
enum pr_err pr_history_confirmations(struct pr_history *history, int64_t case_id,
                                     json_t **confirmations, struct pr_error *why) PR_CHECKED;

/* All releases in order of time: name, branch, revision, time (seconds).  */
enum pr_err pr_history_releases(struct pr_history *history, json_t **releases,
                                struct pr_error *why) PR_CHECKED;

/* One case.  Texts belong to the array.  */
struct pr_history_case {
	int64_t id;
	const char *machine, *branch; /* "": not said */
	const char *baseline;         /* label; "": there is none */
	const char *workload;         /* label */
	const char *work;             /* what it does, in words: two that differ are two cases */
	const char *phase, *metric, *unit;
	bool higher_is_better;
	int64_t points; /* how many; 0 when they were not counted */
	int64_t newest; /* time of the last */
};

struct pr_history_cases {
	struct pr_history_case *items; /* by machine, branch, workload, phase, metric */
	size_t count;
	struct pr_history_texts texts;
};

enum pr_err pr_history_cases(struct pr_history *history, const struct pr_history_filter *filter,
                             struct pr_history_cases *cases, struct pr_error *why) PR_CHECKED;
void pr_history_cases_fini(struct pr_history_cases *cases);

/* One point.  Texts belong to the series.  */
struct pr_history_point {
	int64_t run, time; /* number of the run; seconds since 1970, UTC */
	double value, lo, hi;
	int64_t n; /* blocks */
	double base_value, base_lo, base_hi;
	double effect, effect_lo,
	        effect_hi; /* fractions, against the baseline in the same blocks */
	double p, mde, floor;
	bool gating;
	const char *verdict;   /* a word of proctor.comparison; NULL */
	const char *revision;  /* commit of what was measured; NULL */
	const char *reference; /* what the baseline was; a change is a new reference; NULL */
	const char *host;      /* fingerprint (host.h); NULL */
};

struct pr_history_series {
	struct pr_history_point *items; /* by time, then run; oldest first */
	size_t count;
	struct pr_history_texts texts;
};

/* The newest `last` points (0: all) of a case, none before `since`.  Costs by the points returned,
 * not by the size of the store.  */
enum pr_err pr_history_series(struct pr_history *history, int64_t case_id, int64_t since,
                              size_t last, struct pr_history_series *series,
                              struct pr_error *why) PR_CHECKED;
void pr_history_series_fini(struct pr_history_series *series);

/* The points of one run: as pr_history_cases and, at the same place, the point; only cases that the
 * run has.  */
enum pr_err pr_history_points_of(struct pr_history *history, const json_t *run,
                                 const struct pr_history_filter *filter,
                                 struct pr_history_cases *cases, struct pr_history_series *points,
                                 struct pr_error *why) PR_CHECKED;

/* What is read between these two is of one moment.  */
enum pr_err pr_history_begin_read(struct pr_history *history, struct pr_error *why) PR_CHECKED;
void pr_history_end_read(struct pr_history *history);

/* "2026-11-25T03:00:00Z" from seconds since 1970, and back; also "2026-11-25" and
 * "2026-11-25T03:00:00+01:00".  PR_USAGE when it is none.  out has room for 32 bytes.  */
void pr_history_format_time(int64_t time, char *out);
enum pr_err pr_history_parse_time(const char *text, int64_t *time, struct pr_error *why) PR_CHECKED;

#endif
