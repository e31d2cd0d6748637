/* SPDX-License-Identifier: MIT */
/* analyzers/history/changes.c - where the series of a history change their level.  */
#include "analyzers/history/changes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/change_point.h"
#include "analyzers/compare.h"
#include "analyzers/history/document.h"
#include "analyzers/run.h"
#include "analyzers/stats.h"
#include "core/base/json.h"

/* So many nights at most the gate against the reference speaks where the screen is silent: fewer do
 * not have enough arrangements for a level that began early.  */
#define GATE_NIGHTS 12

/* The nights of a case that have an effect.  */
struct nights {
	const struct pr_history_point *points[PR_CHANGE_WINDOW];
	double y[PR_CHANGE_WINDOW];
	size_t count;
	bool is_log;
	json_t *marks, *confirmations;                  /* of the case */
	size_t changes[PR_CHANGE_WINDOW], change_count; /* nights where one begins */
};

/* A change with its kind, where the level before it begins and the night after its own.  */
struct found {
	struct pr_change_point point;
	size_t from, end;
	const char *kind;
};

static void take(struct nights *nights, const struct pr_history_series *series)
{
	*nights = (struct nights){.is_log = true};
	for (size_t i = 0; i < series->count; i++) {
		const struct pr_history_point *point = &series->items[i];

		if (isnan(point->effect) || nights->count == PR_CHANGE_WINDOW)
			continue;
		nights->points[nights->count++] = point;
		nights->is_log = nights->is_log && point->effect > -1;
	}
	for (size_t i = 0; i < nights->count; i++)
		nights->y[i] = nights->is_log ? log1p(nights->points[i]->effect)
		                              : nights->points[i]->effect;
}

static double effect_of(const struct nights *nights, double y)
{
	return nights->is_log ? expm1(y) : y;
}

/* Two references are the same when both are known and equal.  */
static bool is_same(const char *one, const char *other)
{
	return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* The night of an object with "run"; SIZE_MAX when it is none of these.  */
static size_t night_of(const struct nights *nights, const json_t *object)
{
	json_int_t run = json_integer_value(json_object_get(object, "run"));

	for (size_t k = 0; k < nights->count; k++)
		if (nights->points[k]->run == run)
			return k;
	return SIZE_MAX;
}

static size_t apart(size_t one, size_t other)
{
	return one > other ? one - other : other - one;
}

/* Which way the step goes that a word is about: 0 when it does not tell.  */
static double way_of(const json_t *word)
{
	const char *result = pr_json_text(word, "result");

	if (json_object_get(word, "after") != NULL)
		return pr_run_number(word, "after") - pr_run_number(word, "before");
	return result != NULL && strcmp(result, "confirmed") == 0
	               ? json_number_value(json_object_get(word, "effect"))
	               : 0;
}

/* What nights vary by around the levels on both sides; where too few are known, what the interval
 * of the first night says.  */
static double sd_of(const struct nights *nights, const struct pr_change_point *change, size_t end)
{
	const struct pr_history_point *first = nights->points[change->at];
	double squares = 0, half = (first->effect_hi - first->effect_lo) / 2;
	size_t from = change->at > PR_CHANGE_KNOWN ? change->at - PR_CHANGE_KNOWN : 0;

	if (end - from < PR_CHANGE_KNOWN)
		return isnan(half) ? fabs(change->after - change->before) : half / 1.96;
	for (size_t t = from; t < end; t++)
		squares += pow(nights->y[t] - (t < change->at ? change->before : change->after), 2);
	return sqrt(squares / (double)(end - from - 2));
}

/* By how many nights its place may be wrong.  */
static size_t margin_of(const struct nights *nights, const struct found *found)
{
	const struct pr_change_point *point = &found->point;

	return pr_change_margin(point->after - point->before, sd_of(nights, point, found->end));
}

/* Changes that are so far apart at most are the same one, seen better.  */
static size_t reach_of(size_t margin)
{
	return margin > PR_CHANGE_SEGMENT ? margin : PR_CHANGE_SEGMENT;
}

/* What was said (an array of objects with "run") of the change at a night, or of one so near that
 * it is the same, with a step that goes the same way where the word tells; the nearest.  A word
 * belongs to the change that is nearest to it.  NULL: nothing.  */
static json_t *said_of(const struct nights *nights, const json_t *said, const struct found *found)
{
	double step = found->point.after - found->point.before;
	size_t at = found->point.at;
	json_t *nearest = NULL, *one;
	size_t best = reach_of(margin_of(nights, found)) + 1, i;

	json_array_foreach((json_t *)said, i, one)
	{
		size_t night = night_of(nights, one);
		bool is_of_other = way_of(one) * step < 0;

		for (size_t k = 0; k < nights->change_count; k++)
			is_of_other =
			        is_of_other || apart(night, nights->changes[k]) < apart(night, at);
		if (night != SIZE_MAX && !is_of_other && apart(night, at) < best) {
			best = apart(night, at);
			nearest = one;
		}
	}
	return nearest;
}

/* People have the last word.  */
static void add_state(json_t *object, const json_t *mark, const json_t *confirmation)
{
	const char *state = pr_json_text(mark, "state");
	const char *result = pr_json_text(confirmation, "result");
	json_t *told = json_deep_copy(confirmation);

	pr_json_set(object, "state",
	            json_string(state != NULL    ? state
	                        : result != NULL ? result
	                                         : "open"));
	pr_json_set(object, "note", pr_json_new_string(pr_json_text(mark, "note")));
	pr_json_set(object, "said_by",
	            pr_json_new_string(mark != NULL           ? "people"
	                               : confirmation != NULL ? "paired run"
	                                                      : NULL));
	if (told != NULL)
		pr_document_tell_time(told, "time");
	pr_json_set(object, "confirmation", told != NULL ? told : json_null());
}

/* A night of the old level and one of the new; a change at the first one that is known is against
 * the reference.  */
static void add_sides(json_t *object, const struct nights *nights, size_t at, size_t good,
                      size_t bad)
{
	const struct pr_history_point *last = at > 0 ? nights->points[good] : NULL;

	pr_json_set(object, "good_run", last != NULL ? json_integer(last->run) : json_null());
	pr_json_set(object, "last_good", pr_json_new_string(last != NULL ? last->revision : NULL));
	pr_json_set(object, "run", json_integer(nights->points[bad]->run));
	pr_json_set(object, "first", pr_json_new_string(nights->points[bad]->revision));
}

/* Where it is, and what a paired run compares: as far away as the place may be wrong, within both
 * levels.  */
static void add_place(json_t *object, const struct nights *nights, const struct found *found)
{
	size_t at = found->point.at, margin = margin_of(nights, found), good = at > 0 ? at - 1 : 0;
	const struct pr_history_point *last = at > 0 ? nights->points[good] : NULL;
	json_t *pair = json_object();

	add_sides(object, nights, at, good, at);
	pr_json_set(object, "same_reference",
	            json_boolean(last == NULL ||
	                         is_same(nights->points[at]->reference, last->reference)));
	pr_json_set(object, "margin", json_integer((json_int_t)margin));
	add_sides(pair, nights, at, good > found->from + margin ? good - margin : found->from,
	          at > 0 && at + margin < found->end ? at + margin
	          : at > 0                           ? found->end - 1
	                                             : at);
	pr_json_set(object, "pair", pair);
}

static json_t *change_json(const struct pr_history_case *one, const struct nights *nights,
                           const struct found *found, const json_t *mark,
                           const json_t *confirmation)
{
	const struct pr_change_point *change = &found->point;
	const struct pr_history_point *first = nights->points[change->at];
	double before = effect_of(nights, change->before), after = effect_of(nights, change->after);
	json_t *object = pr_document_case(one), *id = json_integer(one->id);
	char time[32];

	json_object_del(object, "id");
	pr_history_format_time(first->time, time);
	pr_json_set(object, "case", id);
	pr_json_set(object, "kind", json_string(found->kind));
	pr_json_set(object, "time", json_string(time));
	add_place(object, nights, found);
	pr_json_set(object, "before", pr_json_new_real(before));
	pr_json_set(object, "after", pr_json_new_real(after));
	pr_json_set(object, "better", json_boolean((after > before) == one->higher_is_better));
	pr_json_set(object, "p", pr_json_new_real(change->p));
	pr_json_set(object, "nights", json_integer((json_int_t)(found->end - change->at)));
	pr_json_set(object, "confirm_blocks",
	            json_integer((json_int_t)pr_change_confirm_blocks(
	                    change->after - change->before, sd_of(nights, change, found->end),
	                    first->n > 0 ? (size_t)first->n : 0)));
	add_state(object, mark, confirmation);
	return object;
}

/* While there are too few nights for a level, the gate against the reference speaks: where the
 * verdict of the newest night began.  A first night that is better than the reference is no change.
 */
static bool gate_change(const struct nights *nights, struct pr_change_point *change)
{
	size_t at = nights->count - 1;
	const char *verdict = nights->points[at]->verdict;
	bool worse = verdict != NULL && strcmp(verdict, "regressed") == 0;

	if (nights->count > GATE_NIGHTS || verdict == NULL ||
	    (!worse && strcmp(verdict, "improved") != 0))
		return false;
	while (at > 0 && is_same(nights->points[at - 1]->verdict, verdict))
		at--;
	*change = (struct pr_change_point){.at = at, .p = nights->points[at]->p};
	if (at > 0)
		change->before = pr_stats_median(nights->y, at);
	change->after = pr_stats_median(nights->y + at, nights->count - at);
	return worse || at > 0;
}

/* Whether one of the changes is the one of a word.  */
static bool is_told(const struct nights *nights, const json_t *changes, size_t at, double way)
{
	size_t i;
	json_t *change;

	json_array_foreach((json_t *)changes, i, change)
	{
		size_t margin = (size_t)json_integer_value(json_object_get(change, "margin"));

		if (apart(night_of(nights, change), at) <= reach_of(margin) &&
		    way_of(change) * way >= 0)
			return true;
	}
	return false;
}

/* The change of a word as it was when the word was said.  */
static struct found as_said(const struct nights *nights, const json_t *word, size_t at)
{
	json_int_t known = json_integer_value(json_object_get(word, "nights"));
	size_t most = nights->count - at, many = known > 0 ? (size_t)known : PR_CHANGE_SEGMENT;
	struct found found = {
	        {.at = at, .p = NAN}, 0, at + (many < most ? many : most), "remembered"};

	if (at > 0)
		found.point.before = pr_stats_median(nights->y, at);
	found.point.after = pr_stats_median(nights->y + at, found.end - at);
	return found;
}

/* A change on which a word was said and that the screen does not see (any more, or yet): told all
 * the same, so that nobody takes it for gone.  */
static void remember(const struct pr_history_case *one, const struct nights *nights,
                     const json_t *said, const char *key, json_t *changes)
{
	bool is_mark = said == nights->marks;
	size_t i;
	json_t *word;

	json_array_foreach((json_t *)said, i, word)
	{
		size_t at = night_of(nights, word);
		const char *state = pr_json_text(word, key);
		struct found found;

		if (at == SIZE_MAX || is_told(nights, changes, at, way_of(word)) || state == NULL ||
		    (strcmp(state, "confirmed") != 0 && strcmp(state, "intended") != 0))
			continue;
		found = as_said(nights, word, at);
		pr_json_append(changes,
		               change_json(one, nights, &found,
		                           is_mark ? word : said_of(nights, nights->marks, &found),
		                           is_mark ? said_of(nights, nights->confirmations, &found)
		                                   : word));
	}
}

/* Whether the place of a word is sure enough to search on both sides of it alone: what may be on
 * the wrong side is too short for a level.  */
static bool is_sure(const struct nights *nights, size_t at)
{
	size_t from = at > PR_CHANGE_KNOWN ? at - PR_CHANGE_KNOWN : 0;
	size_t end = at + PR_CHANGE_KNOWN < nights->count ? at + PR_CHANGE_KNOWN : nights->count;
	double before = at > from ? pr_stats_median(nights->y + from, at - from) : 0;
	double after = pr_stats_median(nights->y + at, end - at), rest[2 * PR_CHANGE_KNOWN];

	for (size_t t = from; t < end; t++)
		rest[t - from] = nights->y[t] - (t < at ? before : after);
	return pr_change_margin(after - before, 1.4826 * pr_stats_mad(rest, end - from)) <
	       PR_CHANGE_SEGMENT;
}

/* Where people or a paired run said that a level begins.  Marks each such night whose place is
 * sure.  */
static void mark_borders(const struct nights *nights, const json_t *said, const char *key,
                         bool *borders)
{
	size_t i;
	json_t *word;

	json_array_foreach((json_t *)said, i, word)
	{
		const char *state = pr_json_text(word, key);
		size_t at = night_of(nights, word);

		if (at != SIZE_MAX && state != NULL &&
		    (strcmp(state, "confirmed") == 0 || strcmp(state, "intended") == 0))
			borders[at] = is_sure(nights, at);
	}
}

/* The changes of one level that is known: nights from to end.  Of the last one also a sudden step.
 */
static size_t find_within(const struct nights *nights, size_t from, size_t end,
                          const struct pr_change_options *options, struct found *found)
{
	struct pr_change_point points[PR_CHANGE_WINDOW / PR_CHANGE_SEGMENT], last;
	size_t count = pr_change_points(nights->y + from, end - from, options, points);
	size_t last_from = from; /* where the newest level so far begins */

	for (size_t i = 0; i < count; i++) {
		points[i].at += from;
		found[i] = (struct found){points[i], last_from, end, "level"};
		last_from = points[i].at;
		if (i > 0)
			found[i - 1].end = points[i].at;
	}
	if (end == nights->count &&
	    pr_change_sudden(nights->y, nights->count, last_from, options, &last))
		found[count++] = (struct found){last, last_from, end, "sudden"};
	return count;
}

/* The changes of one case; room for PR_CHANGE_WINDOW.  */
static size_t find(const struct nights *nights, struct found *found)
{
	const struct pr_history_point *newest = nights->points[nights->count - 1];
	double least = newest->floor > PR_COMPARE_DELTA ? newest->floor : PR_COMPARE_DELTA;
	struct pr_change_options options = pr_change_usual;
	bool borders[PR_CHANGE_WINDOW + 1] = {false};
	size_t count = 0, from = 0;

	options.least = nights->is_log ? log1p(least) : least;
	mark_borders(nights, nights->marks, "state", borders);
	mark_borders(nights, nights->confirmations, "result", borders);
	borders[nights->count] = true;
	for (size_t end = 1; end <= nights->count; end++)
		if (borders[end]) {
			count += find_within(nights, from, end, &options, found + count);
			from = end;
		}
	if (count == 0 && gate_change(nights, &found[0].point)) {
		found[0].from = 0;
		found[0].end = nights->count;
		found[0].kind = "gate";
		count = 1;
	}
	return count;
}

static void screen(const struct pr_history_case *one, struct nights *nights, json_t *changes)
{
	struct found found[PR_CHANGE_WINDOW];
	size_t count = find(nights, found);

	for (size_t i = 0; i < count; i++)
		nights->changes[nights->change_count++] = found[i].point.at;
	for (size_t i = 0; i < count; i++)
		pr_json_append(changes,
		               change_json(one, nights, &found[i],
		                           said_of(nights, nights->marks, &found[i]),
		                           said_of(nights, nights->confirmations, &found[i])));
	remember(one, nights, nights->marks, "state", changes);
	remember(one, nights, nights->confirmations, "result", changes);
}

enum pr_err pr_changes_of_case(struct pr_history *history, const struct pr_history_case *one,
                               const struct pr_history_series *series, bool every, json_t *changes,
                               struct pr_error *why)
{
	size_t left_out = series->count > PR_CHANGE_WINDOW ? series->count - PR_CHANGE_WINDOW : 0;
	const struct pr_history_series newest = {.items = series->items + left_out,
	                                         .count = series->count - left_out};
	struct nights nights;
	json_t *its;
	enum pr_err err = PR_OK;

	if (one->baseline[0] == '\0')
		return PR_OK;
	take(&nights, &newest);
	if (nights.count > 0 && (every || nights.points[nights.count - 1]->gating)) {
		err = pr_history_marks(history, one->id, &nights.marks, why);
		if (err == PR_OK)
			err = pr_history_confirmations(history, one->id, &nights.confirmations,
			                               why);
		its = json_array();
		if (err == PR_OK)
			screen(one, &nights, its);
		json_array_extend(changes, its);
		json_decref(its);
		json_decref(nights.marks);
		json_decref(nights.confirmations);
	}
	return err;
}

static enum pr_err screen_case(struct pr_history *history, const struct pr_history_filter *filter,
                               const struct pr_history_case *one, json_t *changes,
                               struct pr_error *why)
{
	struct pr_history_series series;
	enum pr_err err = pr_history_series(history, one->id, 0, PR_CHANGE_WINDOW, &series, why);

	if (err == PR_OK)
		err = pr_changes_of_case(history, one, &series, filter->metric != NULL, changes,
		                         why);
	pr_history_series_fini(&series);
	return err;
}

static const char *time_of(const json_t *found, size_t i)
{
	return pr_json_text(json_array_get(found, i), "time");
}

/* Newest first; of one night in the order in which they were found.  */
static json_t *sorted(json_t *found)
{
	json_t *changes = json_array();

	while (json_array_size(found) > 0) {
		size_t newest = 0;

		for (size_t i = 1; i < json_array_size(found); i++)
			if (strcmp(time_of(found, i), time_of(found, newest)) > 0)
				newest = i;
		pr_json_append(changes, json_incref(json_array_get(found, newest)));
		json_array_remove(found, newest);
	}
	json_decref(found);
	return changes;
}

enum pr_err pr_changes_find(struct pr_history *history, const struct pr_history_filter *filter,
                            json_t **changes, struct pr_error *why)
{
	struct pr_history_cases cases;
	json_t *found;
	enum pr_err err = pr_history_cases(history, filter, &cases, why);

	*changes = NULL;
	if (err != PR_OK)
		return err;
	found = json_array();
	for (size_t i = 0; i < cases.count && err == PR_OK; i++)
		err = screen_case(history, filter, &cases.items[i], found, why);
	pr_history_cases_fini(&cases);
	if (err == PR_OK)
		*changes = sorted(found);
	else
		json_decref(found);
	return err;
}
