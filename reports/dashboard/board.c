/* SPDX-License-Identifier: MIT */
/* reports/dashboard/board.c - what the dashboard shows, read from a history (see board.h).  */
#include "reports/dashboard/board.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/changes.h"
#include "core/base/json.h"
#include "reports/dashboard/noise.h"
#include "reports/svg.h"

/* A case that was measured within so many periods and is not in the newest run is missed.  */
#define MISSED_PERIODS 14

static int64_t integer_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* ---- groups ---------------------------------------------------------------------------------- */

static struct pr_board_group *find_group(const struct pr_board *board, const char *machine,
                                         const char *branch, const char *baseline)
{
	for (size_t i = 0; i < board->group_count; i++) {
		struct pr_board_group *group = &board->groups[i];

		if (strcmp(group->machine, machine) == 0 && strcmp(group->branch, branch) == 0 &&
		    strcmp(group->baseline, baseline) == 0)
			return group;
	}
	return NULL;
}

/* A group that is not known yet begins with this run as its newest.  */
static void note_group(struct pr_board *board, const char *machine, const char *branch,
                       const char *baseline, int64_t run, int64_t time)
{
	struct pr_board_group *group = find_group(board, machine, branch, baseline);

	if (group == NULL) {
		board->groups = pr_realloc(board->groups,
		                           (board->group_count + 1) * sizeof(*board->groups));
		group = &board->groups[board->group_count++];
		*group = (struct pr_board_group){
		        .machine = machine, .branch = branch, .baseline = baseline};
	}
	if (group->run_id == 0 || time > group->time ||
	    (time == group->time && run > group->run_id)) {
		group->run_id = run;
		group->time = time;
	}
}

static int by_names(const void *a, const void *b)
{
	const struct pr_board_group *one = a, *other = b;
	int order = strcmp(one->machine, other->machine);

	if (order == 0)
		order = strcmp(one->branch, other->branch);
	return order != 0 ? order : strcmp(one->baseline, other->baseline);
}

/* Of runs (one that measured nothing has no points) and of series (an old one is not among the
 * newest runs).  */
static void find_groups(struct pr_board *board)
{
	size_t i;
	json_t *run;

	json_array_foreach(board->runs, i, run)
	        note_group(board, pr_json_text_or(run, "machine", ""),
	                   pr_json_text_or(run, "branch", ""), pr_json_text_or(run, "baseline", ""),
	                   integer_of(run, "id"), integer_of(run, "time"));
	for (size_t k = 0; k < board->case_count; k++) {
		const struct pr_history_series *series = &board->cases[k].series;
		const struct pr_history_case *of = board->cases[k].of;

		if (series->count > 0)
			note_group(board, of->machine, of->branch, of->baseline,
			           series->items[series->count - 1].run,
			           series->items[series->count - 1].time);
	}
	qsort(board->groups, board->group_count, sizeof(*board->groups), by_names);
	for (size_t k = 0; k < board->group_count; k++)
		if (board->groups[k].time > board->newest)
			board->newest = board->groups[k].time;
	for (size_t k = 0; k < board->group_count; k++)
		board->groups[k].is_retired = board->newest - board->groups[k].time >
		                              PR_BOARD_RETIRED * board->opts->period_s;
	for (size_t k = 0; k < board->case_count; k++)
		board->cases[k].group =
		        find_group(board, board->cases[k].of->machine, board->cases[k].of->branch,
		                   board->cases[k].of->baseline);
}

static enum pr_err read_newest_runs(struct pr_history *history, struct pr_board *board,
                                    struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < board->group_count && err == PR_OK; i++) {
		struct pr_board_group *group = &board->groups[i];

		err = pr_history_run(history, group->run_id, &group->run, why);
		if (err == PR_OK)
			err = pr_history_coverage(history, group->run_id, &group->coverage, why);
		if (err == PR_OK)
			group->twin = pr_noise_twin(group);
	}
	return err;
}

/* ---- cases ----------------------------------------------------------------------------------- */

static bool is_same_phase(const struct pr_board_case *one, const struct pr_board_case *other)
{
	return one->group == other->group && strcmp(one->of->phase, other->of->phase) == 0;
}

/* Phases count in the order in which their first cases were added: that of the plan, as in the
 * report of a run.  */
static void colour_cases(struct pr_board *board)
{
	int64_t *first = pr_alloc((board->case_count + 1) * sizeof(*first));

	for (size_t i = 0; i < board->case_count; i++) {
		const struct pr_board_case *one = &board->cases[i];

		first[i] = one->of->id;
		for (size_t k = 0; k < board->case_count; k++)
			if (board->cases[k].of->id < first[i] &&
			    is_same_phase(one, &board->cases[k]))
				first[i] = board->cases[k].of->id;
	}
	for (size_t i = 0; i < board->case_count; i++) {
		struct pr_board_case *one = &board->cases[i];

		one->colour = one->of->baseline[0] != '\0';
		for (size_t k = 0; k < board->case_count; k++)
			one->colour += board->cases[k].group == one->group &&
			               board->cases[k].of->id == first[k] && first[k] < first[i];
	}
	free(first);
}

static enum pr_standing standing_of(const struct pr_board *board, const struct pr_board_case *one)
{
	static const struct {
		const char *verdict;
		enum pr_standing standing;
	} table[] = {
	        {"improved", PR_STANDING_BETTER},    {"regressed", PR_STANDING_WORSE},
	        {"equivalent", PR_STANDING_SAME},    {"changed-below-floor", PR_STANDING_SAME},
	        {"inconclusive", PR_STANDING_NOISY}, {"void", PR_STANDING_FAILED},
	};
	const struct pr_history_point *point = pr_board_tonight(one), *last;

	if (point == NULL) {
		last = &one->series.items[one->series.count - 1];
		return one->group->time - last->time <= MISSED_PERIODS * board->opts->period_s
		               ? PR_STANDING_MISSING
		               : PR_STANDING_NONE;
	}
	for (size_t i = 0; point->verdict != NULL && i < sizeof(table) / sizeof(*table); i++)
		if (strcmp(table[i].verdict, point->verdict) == 0)
			return table[i].standing;
	return PR_STANDING_NONE;
}

static void count_standings(struct pr_board *board)
{
	for (size_t i = 0; i < board->case_count; i++) {
		struct pr_board_case *one = &board->cases[i];
		struct pr_board_group *group = (struct pr_board_group *)one->group;

		one->gating = one->series.items[one->series.count - 1].gating;
		for (size_t k = 0; k < one->series.count; k++)
			one->shows_effect =
			        one->shows_effect || !isnan(one->series.items[k].effect);
		one->standing = standing_of(board, one);
		if (!one->gating || one->standing == PR_STANDING_NONE || pr_board_is_twin(one))
			continue;
		group->counts[one->standing]++;
		if (!group->is_retired)
			board->counts[one->standing]++;
	}
}

/* ---- what is new ----------------------------------------------------------------------------- */

static uint64_t print_point(uint64_t print, const struct pr_board *board,
                            const struct pr_history_point *point)
{
	const double numbers[] = {point->value,      point->lo,        point->hi,
	                          point->base_value, point->base_lo,   point->base_hi,
	                          point->effect,     point->effect_lo, point->effect_hi,
	                          point->p,          point->mde,       point->floor};
	const int64_t integers[] = {point->run, point->time, point->n, point->gating};

	print = pr_print_bytes(print, numbers, sizeof(numbers));
	print = pr_print_bytes(print, integers, sizeof(integers));
	print = pr_print_text(print, point->verdict);
	print = pr_print_text(print, point->revision);
	print = pr_print_text(print, point->reference);
	print = pr_print_text(print, point->host);
	print = pr_print_text(print, pr_commits_about(&board->commits, point->revision, "author"));
	return pr_print_text(print, pr_commits_about(&board->commits, point->revision, "subject"));
}

/* What all pages are made from.  */
static uint64_t print_board(const struct pr_board *board)
{
	const int64_t integers[] = {(int64_t)board->opts->nights, board->opts->period_s};
	uint64_t print = pr_print_bytes(PR_PRINT_START, integers, sizeof(integers));

	print = pr_print_text(print, board->opts->title);
	print = pr_print_text(print, board->place);
	print = pr_print_text(print, board->commits.url);
	for (size_t i = 0; i < board->release_count; i++) {
		print = pr_print_text(print, board->releases[i].name);
		print = pr_print_text(print, board->releases[i].branch);
		print = pr_print_bytes(print, &board->releases[i].time, sizeof(int64_t));
	}
	return print;
}

static void print_case(const struct pr_board *board, struct pr_board_case *one,
                       const json_t *confirmations, uint64_t print)
{
	const struct pr_history_case *of = one->of;
	const char *const texts[] = {of->machine, of->branch, of->baseline, of->workload,
	                             of->work,    of->phase,  of->metric,   of->unit};
	const int64_t integers[] = {of->higher_is_better, one->colour, one->standing,
	                            pr_board_is_twin(one)};
	struct pr_buf phases;
	char *marks = pr_json_dump_line(one->marks), *confirmed = pr_json_dump_line(confirmations);

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		print = pr_print_text(print, texts[i]);
	print = pr_print_bytes(print, integers, sizeof(integers));
	print = pr_print_text(print, marks);
	print = pr_print_text(print, confirmed);
	pr_buf_init(&phases);
	pr_board_describe_phase(one->group, of->phase, &phases);
	pr_board_describe_phase(one->group, of->baseline, &phases);
	print = pr_print_text(print, phases.text);
	pr_buf_fini(&phases);
	for (size_t i = 0; i < one->series.count; i++)
		print = print_point(print, board, &one->series.items[i]);
	free(marks);
	free(confirmed);
	snprintf(one->print, sizeof(one->print), "%016llx", (unsigned long long)print);
}

/* The changes of a case: those of last time when nothing is new, else searched for.  */
static enum pr_err find_changes(struct pr_history *history, const struct pr_cache *cache,
                                struct pr_board_case *one, struct pr_error *why)
{
	const json_t *known = pr_cache_case(cache, one->of->id);

	one->is_fresh = strcmp(pr_json_text_or(known, "print", ""), one->print) != 0;
	if (!one->is_fresh) {
		one->changes = json_incref(json_object_get(known, "changes"));
		one->spark = pr_json_text(known, "spark");
	}
	if (json_is_array(one->changes))
		return PR_OK;
	json_decref(one->changes);
	one->changes = json_array();
	return pr_changes_of_case(history, one->of, &one->series, false, one->changes, why);
}

static enum pr_err look_for_news(struct pr_history *history, const struct pr_cache *cache,
                                 struct pr_board *board, struct pr_error *why)
{
	uint64_t print = print_board(board);
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < board->case_count && err == PR_OK; i++) {
		struct pr_board_case *one = &board->cases[i];

		json_t *confirmations = NULL;

		err = pr_history_marks(history, one->of->id, &one->marks, why);
		if (err == PR_OK)
			err = pr_history_confirmations(history, one->of->id, &confirmations, why);
		if (err == PR_OK) {
			print_case(board, one, confirmations, print);
			err = find_changes(history, cache, one, why);
		}
		json_decref(confirmations);
	}
	return err;
}

static int by_time(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	int order = strcmp(pr_json_text_or(other, "time", ""), pr_json_text_or(one, "time", ""));
	int64_t left = integer_of(one, "case"), right = integer_of(other, "case");

	return order != 0 ? order : (left > right) - (left < right);
}

static void gather_changes(struct pr_board *board)
{
	size_t count = 0, at = 0, i;
	json_t **all, *change;

	for (size_t k = 0; k < board->case_count; k++)
		count += json_array_size(board->cases[k].changes);
	all = pr_alloc((count + 1) * sizeof(*all));
	for (size_t k = 0; k < board->case_count; k++) {
		json_array_foreach(board->cases[k].changes, i, change) all[at++] = change;
	}
	qsort(all, count, sizeof(*all), by_time);
	for (size_t k = 0; k < count; k++)
		pr_json_append(board->changes, json_incref(all[k]));
	free(all);
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum pr_err read_cases(struct pr_history *history, struct pr_board *board,
                              struct pr_error *why)
{
	const struct pr_history_filter all = {0};
	enum pr_err err = pr_history_cases(history, &all, &board->of, why);

	if (err != PR_OK)
		return err;
	board->cases = pr_alloc((board->of.count + 1) * sizeof(*board->cases));
	for (size_t i = 0; i < board->of.count && err == PR_OK; i++) {
		struct pr_board_case *one = &board->cases[board->case_count];

		*one = (struct pr_board_case){.of = &board->of.items[i]};
		err = pr_history_series(history, one->of->id, 0, board->opts->nights, &one->series,
		                        why);
		board->case_count += err == PR_OK && one->series.count > 0;
	}
	return err;
}

static void add_release(struct pr_board *board, const char *name, size_t size, const char *branch,
                        int64_t time)
{
	size_t at = board->release_count++;

	board->releases =
	        pr_realloc(board->releases, board->release_count * sizeof(*board->releases));
	for (; at > 0 && board->releases[at - 1].time > time; at--)
		board->releases[at] = board->releases[at - 1];
	board->releases[at].name = strndup(name, size);
	board->releases[at].branch = pr_strdup(branch);
	board->releases[at].time = time;
}

static enum pr_err add_given(struct pr_board *board, const char *text, struct pr_error *why)
{
	const char *sign = strrchr(text, '=');
	int64_t time;
	enum pr_err err;

	if (sign == NULL || sign == text)
		return pr_error_set(why, PR_USAGE,
		                    "--release must be NAME=TIME (v1.2=2026-11-25), not '%s'",
		                    text);
	err = pr_history_parse_time(sign + 1, &time, why);
	if (err == PR_OK)
		add_release(board, text, (size_t)(sign - text), "", time);
	return err;
}

/* Those of the store, the tags of the clone, and those of the command line.  */
static enum pr_err read_releases(struct pr_history *history, struct pr_board *board,
                                 struct pr_error *why)
{
	const struct pr_opt_list *given = board->opts->releases;
	json_t *stored, *release;
	enum pr_err err = pr_history_releases(history, &stored, why);
	size_t i;

	if (err != PR_OK)
		return err;
	json_array_foreach(stored, i, release)
	        add_release(board, pr_json_text_or(release, "name", ""),
	                    strlen(pr_json_text_or(release, "name", "")),
	                    pr_json_text_or(release, "branch", ""), integer_of(release, "time"));
	json_decref(stored);
	json_array_foreach(board->commits.tags, i, release) add_release(
	        board, pr_json_text_or(release, "name", ""),
	        strlen(pr_json_text_or(release, "name", "")), "", integer_of(release, "time"));
	for (size_t k = 0; k < given->count && err == PR_OK; k++)
		err = add_given(board, given->items[k], why);
	return err;
}

/* Every revision that a page may name, once.  */
static json_t *revisions_of(const struct pr_board *board)
{
	json_t *seen = json_object(), *all = json_array();
	const char *key;
	json_t *run, *unused;
	size_t i;

	json_array_foreach(board->runs, i, run)
	{
		if (pr_json_text_or(run, "revision", "")[0] != '\0')
			pr_json_set(seen, pr_json_text_or(run, "revision", ""), json_true());
	}
	for (size_t k = 0; k < board->case_count; k++)
		for (size_t n = 0; n < board->cases[k].series.count; n++)
			if (board->cases[k].series.items[n].revision != NULL)
				pr_json_set(seen, board->cases[k].series.items[n].revision,
				            json_true());
	json_object_foreach(seen, key, unused) pr_json_append(all, pr_json_new_string(key));
	json_decref(seen);
	return all;
}

static enum pr_err read_commits(struct pr_history *history, struct pr_board *board,
                                struct pr_error *why)
{
	json_t *revisions = revisions_of(board);
	enum pr_err err = pr_commits_read(board->opts->clone, board->opts->commit_url, revisions,
	                                  &board->commits, why);

	json_decref(revisions);
	return err == PR_OK ? read_releases(history, board, why) : err;
}

static enum pr_err read_all(struct pr_history *history, const struct pr_cache *cache,
                            struct pr_board *board, struct pr_error *why)
{
	const struct pr_history_filter newest = {.last = PR_BOARD_RUNS};
	enum pr_err err = pr_history_runs(history, &newest, &board->runs, why);

	if (err == PR_OK && json_array_size(board->runs) == 0)
		err = pr_error_set(why, PR_VOID,
		                   "%s: there is no run in it; `proctor history add RUN` adds one",
		                   board->place);
	if (err == PR_OK)
		err = read_cases(history, board, why);
	if (err == PR_OK)
		find_groups(board);
	if (err == PR_OK)
		err = read_newest_runs(history, board, why);
	if (err == PR_OK)
		err = read_commits(history, board, why);
	if (err != PR_OK)
		return err;
	colour_cases(board);
	count_standings(board);
	err = look_for_news(history, cache, board, why);
	if (err == PR_OK)
		gather_changes(board);
	return err;
}

enum pr_err pr_board_read(struct pr_history *history, const struct pr_board_opts *opts,
                          const struct pr_cache *cache, struct pr_board **board,
                          struct pr_error *why)
{
	struct pr_board *fresh = pr_alloc(sizeof(*fresh));
	enum pr_err err = pr_history_begin_read(history, why);

	*board = NULL;
	*fresh = (struct pr_board){.opts = opts,
	                           .place = pr_history_place(history),
	                           .changes = json_array(),
	                           .reports = json_object()};
	if (err == PR_OK) {
		err = read_all(history, cache, fresh, why);
		pr_history_end_read(history);
	}
	if (err == PR_OK)
		*board = fresh;
	else
		pr_board_destroy(&fresh);
	return err;
}

void pr_board_destroy(struct pr_board **board)
{
	struct pr_board *old = *board;

	if (old == NULL)
		return;
	for (size_t i = 0; i < old->case_count; i++) {
		pr_history_series_fini(&old->cases[i].series);
		json_decref(old->cases[i].changes);
		json_decref(old->cases[i].marks);
	}
	for (size_t i = 0; i < old->group_count; i++) {
		json_decref(old->groups[i].run);
		json_decref(old->groups[i].coverage);
	}
	for (size_t i = 0; i < old->release_count; i++) {
		free(old->releases[i].name);
		free(old->releases[i].branch);
	}
	free(old->releases);
	free(old->cases);
	free(old->groups);
	json_decref(old->runs);
	json_decref(old->changes);
	json_decref(old->reports);
	pr_commits_fini(&old->commits);
	pr_history_cases_fini(&old->of);
	free(old);
	*board = NULL;
}

/* ---- questions ------------------------------------------------------------------------------- */

const struct pr_history_point *pr_board_tonight(const struct pr_board_case *one)
{
	for (size_t i = one->series.count; i-- > 0;)
		if (one->series.items[i].run == one->group->run_id)
			return &one->series.items[i];
	return NULL;
}

/* The options of an engine are JSON in the store.  Where its library lay says less than its hash.
 */
static void put_options(const char *options, struct pr_buf *out)
{
	json_t *object = options != NULL ? json_loads(options, 0, NULL) : NULL, *value;
	const char *key;

	json_object_foreach(object, key, value)
	{
		if (json_is_string(value) && strcmp(key, "lib") != 0)
			pr_buf_printf(out, ", %s=%s", key, json_string_value(value));
	}
	json_decref(object);
}

void pr_board_describe_phase(const struct pr_board_group *group, const char *label,
                             struct pr_buf *out)
{
	json_t *phase;
	size_t i;

	json_array_foreach(json_object_get(group->run, "phases"), i, phase)
	{
		const char *version = pr_json_text_or(phase, "version", ""),
		           *hash = pr_json_text_or(phase, "sha256", "");

		if (strcmp(pr_json_text_or(phase, "label", ""), label) != 0)
			continue;
		pr_buf_puts(out, pr_json_text_or(phase, "engine", ""));
		if (*version != '\0')
			pr_buf_printf(out, " %s", version);
		if (*hash != '\0')
			pr_buf_printf(out, " (library %.12s)", hash);
		put_options(pr_json_text(phase, "options"), out);
	}
}

const char *pr_standing_word(enum pr_standing standing)
{
	static const char *const words[] = {"better", "worse",   "unchanged", "noisy",
	                                    "failed", "missing", "not judged"};

	return words[standing];
}

const struct pr_board_case *pr_board_case_of(const struct pr_board *board, const json_t *change)
{
	for (size_t i = 0; i < board->case_count; i++)
		if (board->cases[i].of->id == integer_of(change, "case"))
			return &board->cases[i];
	return NULL;
}

bool pr_board_is_twin(const struct pr_board_case *one)
{
	return one->group->twin != NULL && strcmp(one->group->twin, one->of->phase) == 0;
}

bool pr_board_is_alert(const json_t *change)
{
	const char *state = pr_json_text_or(change, "state", "");

	return !json_is_true(json_object_get(change, "better")) && strcmp(state, "rejected") != 0 &&
	       strcmp(state, "intended") != 0;
}
