/* SPDX-License-Identifier: MIT */
/* analyzers/history/confirm.c - which changes are due for a test, and what its run says.  */
#include "analyzers/history/confirm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzers/compare.h"
#include "analyzers/history/changes.h"
#include "analyzers/history/confirm_parts.h"
#include "analyzers/history/document.h"
#include "analyzers/numbers.h"
#include "analyzers/run.h"
#include "core/base/buf.h"
#include "core/base/cmd.h"
#include "core/base/json.h"

static json_int_t integer_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* ---- what is due ----------------------------------------------------------------------------- */

static bool is_due(const json_t *change)
{
	const json_t *before = json_object_get(change, "confirmation");

	if (strcmp(pr_json_text_or(change, "said_by", ""), "people") == 0 &&
	    strcmp(pr_json_text_or(change, "state", ""), "open") != 0)
		return false;
	if (!json_is_object(before))
		return true;
	return strcmp(pr_json_text_or(before, "result", ""), "confirmed") != 0 &&
	       integer_of(change, "nights") >= 2 * integer_of(before, "nights");
}

/* What makes a test: the nights that a change asks for, and the phases.  */
static json_t *test_of(const json_t *change)
{
	const json_t *pair = json_object_get(change, "pair");
	json_t *test = json_object();

	pr_json_set(test, "good_run", json_incref(json_object_get(pair, "good_run")));
	pr_json_set(test, "run", json_incref(json_object_get(pair, "run")));
	pr_json_set(test, "phase", json_incref(json_object_get(change, "phase")));
	pr_json_set(test, "baseline", json_incref(json_object_get(change, "baseline")));
	return test;
}

static bool is_same_test(const json_t *test, const json_t *other)
{
	static const char *const keys[] = {"good_run", "run", "phase", "baseline"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!json_equal(json_object_get(test, keys[i]), json_object_get(other, keys[i])))
			return false;
	return true;
}

/* Changes that compare the same nights are decided by one run, as long as the most demanding of
 * them asks.  */
static void add_to_test(json_t *tests, json_t *change)
{
	json_int_t blocks = integer_of(change, "confirm_blocks");
	json_t *test, *found = NULL, *asked = test_of(change);
	size_t i;

	json_array_foreach(tests, i, test) if (is_same_test(test, asked)) found = test;
	if (found == NULL) {
		found = json_incref(asked);
		pr_json_set(found, "blocks", json_integer(0));
		pr_json_set(found, "changes", json_array());
		pr_json_append(tests, found);
	}
	json_decref(asked);
	if (blocks > integer_of(found, "blocks"))
		pr_json_set(found, "blocks", json_integer(blocks));
	pr_json_append(json_object_get(found, "changes"), json_incref(change));
}

enum pr_err pr_confirm_due(struct pr_history *history, const struct pr_history_filter *filter,
                           int64_t case_id, int64_t run, json_t **tests, struct pr_error *why)
{
	json_t *changes, *change;
	size_t i;
	enum pr_err err = pr_changes_find(history, filter, &changes, why);

	*tests = NULL;
	if (err != PR_OK)
		return err;
	*tests = json_array();
	json_array_foreach(changes, i, change)
	{
		bool asked =
		        integer_of(change, "case") == case_id && integer_of(change, "run") == run;

		if (case_id >= 0 ? asked : is_due(change))
			add_to_test(*tests, change);
	}
	json_decref(changes);
	if (case_id < 0 || json_array_size(*tests) > 0)
		return PR_OK;
	json_decref(*tests);
	*tests = NULL;
	return pr_error_set(why, PR_USAGE,
	                    "%s: case %lld has no change at run %lld; `proctor history list "
	                    "changes` shows both numbers",
	                    pr_history_place(history), (long long)case_id, (long long)run);
}

/* ---- what its run says ----------------------------------------------------------------------- */

static const json_t *row_of(const json_t *comparison, const json_t *change)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		if (strcmp(pr_json_text_or(row, "phase", ""), PR_CONFIRM_BAD) == 0 &&
		    strcmp(pr_json_text_or(row, "workload", ""),
		           pr_json_text_or(change, "workload", "")) == 0 &&
		    strcmp(pr_json_text_or(row, "metric", ""),
		           pr_json_text_or(change, "metric", "")) == 0)
			return row;
	}
	return NULL;
}

/* An alert needs more than a verdict: there are many nights, and many candidates.  */
static const char *result_of(const json_t *change, const char *verdict, double p)
{
	bool better = json_is_true(json_object_get(change, "better"));

	if (strcmp(verdict, "inconclusive") == 0 || strcmp(verdict, "void") == 0)
		return "open";
	if (strcmp(verdict, better ? "improved" : "regressed") != 0)
		return "rejected";
	return p > PR_CONFIRM_P ? "open" : "confirmed";
}

static json_t *copied(const json_t *row, const char *key)
{
	const json_t *value = json_object_get(row, key);

	return json_is_number(value) ? json_copy((json_t *)value) : json_null();
}

/* row NULL: the metric was not measured.  */
static json_t *confirmation_of(const json_t *change, const json_t *row, const char *dir,
                               size_t blocks)
{
	const char *verdict = row != NULL ? pr_json_text_or(row, "verdict", "") : "void";
	json_t *confirmation = json_object();

	pr_json_set(confirmation, "time", json_integer((json_int_t)time(NULL)));
	pr_json_set(confirmation, "result",
	            json_string(result_of(change, verdict, pr_run_number(row, "p_adjusted"))));
	pr_json_set(confirmation, "nights", json_incref(json_object_get(change, "nights")));
	pr_json_set(confirmation, "folder", pr_json_new_string(dir));
	pr_json_set(confirmation, "blocks", json_integer((json_int_t)blocks));
	pr_json_set(confirmation, "verdict", json_string(verdict));
	pr_json_set(confirmation, "effect", copied(row, "effect"));
	pr_json_set(confirmation, "effect_lo", copied(row, "effect_lo"));
	pr_json_set(confirmation, "effect_hi", copied(row, "effect_hi"));
	pr_json_set(confirmation, "p", copied(row, "p_adjusted"));
	pr_json_set(confirmation, "mde", copied(row, "mde"));
	return confirmation;
}

static enum pr_err write_down(struct pr_history *history, json_t *change, json_t *confirmation,
                              struct pr_error *why)
{
	enum pr_err err = pr_history_confirm(history, integer_of(change, "case"),
	                                     integer_of(change, "run"), confirmation, why);

	if (strcmp(pr_json_text_or(change, "said_by", ""), "people") != 0 ||
	    strcmp(pr_json_text_or(change, "state", ""), "open") == 0) {
		pr_json_set(change, "state", json_incref(json_object_get(confirmation, "result")));
		pr_json_set(change, "said_by", json_string("paired run"));
	}
	pr_document_tell_time(confirmation, "time");
	pr_json_set(confirmation, "run", json_incref(json_object_get(change, "run")));
	pr_json_set(change, "confirmation", confirmation);
	return err;
}

/* The file of a phase by its hash, in the record of the run.  */
static const char *hash_of(const struct pr_run *run, const char *label)
{
	size_t phase = pr_run_find_phase(run, label);

	return phase != PR_RUN_NONE ? pr_json_text_or(run->phases[phase].library, "sha256", "")
	                            : "";
}

/* A run of something else must not decide.  */
static enum pr_err check_run(const struct pr_confirm_sides *sides, const struct pr_run *run,
                             struct pr_error *why)
{
	if (pr_run_find_phase(run, PR_CONFIRM_GOOD) == PR_RUN_NONE ||
	    pr_run_find_phase(run, PR_CONFIRM_BAD) == PR_RUN_NONE)
		return pr_error_set(why, PR_USAGE,
		                    "%s has no phases " PR_CONFIRM_GOOD " and " PR_CONFIRM_BAD
		                    ": it is no run of `proctor history confirm`",
		                    run->dir);
	if (strcmp(hash_of(run, PR_CONFIRM_GOOD), pr_json_text_or(sides->good, "sha256", "")) !=
	            0 ||
	    strcmp(hash_of(run, PR_CONFIRM_BAD), pr_json_text_or(sides->bad, "sha256", "")) != 0)
		return pr_error_set(why, PR_USAGE,
		                    "%s measured other libraries than the two nights did; run the "
		                    "plan that `proctor history confirm --dry-run` prints",
		                    run->dir);
	return PR_OK;
}

/* comparison NULL: nothing was measured.  */
static enum pr_err judge_all(struct pr_history *history, json_t *test, const json_t *comparison,
                             const char *dir, size_t blocks, struct pr_error *why)
{
	json_t *change;
	enum pr_err err = PR_OK;
	size_t i;

	json_array_foreach(json_object_get(test, "changes"), i, change)
	{
		if (err == PR_OK)
			err = write_down(
			        history, change,
			        confirmation_of(change, row_of(comparison, change), dir, blocks),
			        why);
	}
	return err;
}

static enum pr_err judge_run(struct pr_history *history, json_t *test, const struct pr_run *run,
                             struct pr_error *why)
{
	struct pr_error warning = {""};
	struct pr_floor *floor = pr_floor_for(run, NAN, &warning);
	const struct pr_compare_opts how = {
	        .baseline = PR_CONFIRM_GOOD, .delta = PR_COMPARE_DELTA, .floor = floor};
	json_t *comparison = pr_compare(run, &how, why);
	enum pr_err err = PR_USAGE;

	if (warning.text[0] != '\0')
		pr_cmd_warn(&warning);
	pr_floor_destroy(&floor);
	if (comparison != NULL)
		err = judge_all(history, test, comparison, run->dir, run->block_count, why);
	json_decref(comparison);
	return err;
}

enum pr_err pr_confirm_skip(struct pr_history *history, json_t *test, bool *skipped,
                            struct pr_error *why)
{
	struct pr_confirm_sides sides;
	json_t *same = json_pack("{s:s}", "verdict", "equivalent"), *change;
	size_t i;
	enum pr_err err = pr_confirm_read_sides(history, test, &sides, why);

	*skipped = err == PR_OK && pr_confirm_is_same(&sides);
	if (err == PR_OK)
		pr_confirm_drop_sides(&sides);
	json_array_foreach(json_object_get(test, "changes"), i, change)
	{
		if (err == PR_OK && *skipped)
			err = write_down(history, change, confirmation_of(change, same, "", 0),
			                 why);
	}
	json_decref(same);
	return err;
}

enum pr_err pr_confirm_judge(struct pr_history *history, json_t *test, const char *dir,
                             struct pr_error *why)
{
	struct pr_confirm_sides sides;
	struct pr_run *run = NULL;
	enum pr_err err = pr_run_load(dir, &run, why);

	if (err == PR_VOID)
		return judge_all(history, test, NULL, dir, 0, why);
	if (err == PR_OK)
		err = pr_confirm_read_sides(history, test, &sides, why);
	if (err == PR_OK) {
		err = check_run(&sides, run, why);
		pr_confirm_drop_sides(&sides);
	}
	if (err == PR_OK)
		err = judge_run(history, test, run, why);
	pr_run_destroy(&run);
	return err;
}

/* ---- for people ------------------------------------------------------------------------------ */

enum pr_err pr_confirm_status(const json_t *changes)
{
	enum pr_err status = PR_OK;
	json_t *change;
	size_t i;

	json_array_foreach((json_t *)changes, i, change)
	{
		const char *state = pr_json_text_or(change, "state", "");

		if (strcmp(state, "confirmed") == 0 &&
		    !json_is_true(json_object_get(change, "better")))
			return PR_WORSE;
		if (strcmp(state, "open") == 0)
			status = PR_INCONCLUSIVE;
	}
	return status;
}

/* "since 1a2b3c4, last good 5d6e7f8" as far as it is known.  */
static void add_commits(struct pr_buf *out, const json_t *change)
{
	const char *first = pr_json_text_or(change, "first", ""),
	           *good = pr_json_text_or(change, "last_good", "");
	bool has_good = json_is_integer(json_object_get(change, "good_run"));
	json_int_t margin = integer_of(change, "margin");
	const json_t *pair = json_object_get(change, "pair");

	pr_buf_printf(out, ", began with %s (run %lld, %s)",
	              first[0] != '\0' ? first : "an unknown revision",
	              (long long)integer_of(change, "run"), pr_json_text_or(change, "time", ""));
	if (!has_good)
		pr_buf_printf(out, ", the first night, against the reference");
	else if (good[0] != '\0')
		pr_buf_printf(out, ", last good %s", good);
	if (has_good && margin > 0)
		pr_buf_printf(out,
		              ", give or take %lld night%s, so runs %lld and %lld are compared",
		              (long long)margin, margin == 1 ? "" : "s",
		              (long long)integer_of(pair, "good_run"),
		              (long long)integer_of(pair, "run"));
}

char *pr_confirm_sentence(const json_t *change)
{
	const json_t *said = json_object_get(change, "confirmation");
	bool better = json_is_true(json_object_get(change, "better"));
	double before = pr_run_number(change, "before"), after = pr_run_number(change, "after");
	struct pr_buf out;

	pr_buf_init(&out);
	pr_buf_printf(&out, "%s: %s of %s in %s is %s", pr_json_text_or(change, "state", ""),
	              pr_json_text_or(change, "metric", ""), pr_json_text_or(change, "phase", ""),
	              pr_json_text_or(change, "workload", ""), better ? "better" : "worse");
	add_commits(&out, change);
	pr_buf_printf(&out, "; the series went from %s to %s", pr_numbers_change(before).text,
	              pr_numbers_change(after).text);
	if (json_is_object(said) && integer_of(said, "blocks") == 0)
		pr_buf_printf(&out, "; %s",
		              strcmp(pr_json_text_or(said, "verdict", ""), "void") == 0
		                      ? "side by side nothing could be measured"
		                      : "both nights measured the same library, so it is not the "
		                        "code");
	else if (json_is_object(said))
		pr_buf_printf(&out, "; side by side: %s, p %s, %lld blocks, %s",
		              pr_numbers_effect(pr_run_number(said, "effect"),
		                                pr_run_number(said, "effect_lo"),
		                                pr_run_number(said, "effect_hi"))
		                      .text,
		              pr_numbers_p(pr_run_number(said, "p")).text,
		              (long long)integer_of(said, "blocks"),
		              pr_json_text_or(said, "verdict", ""));
	return pr_buf_take(&out);
}
