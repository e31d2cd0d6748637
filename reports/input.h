/* SPDX-License-Identifier: MIT */
/* reports/input.h - what a report is made from: JSON documents and nothing else.
 *
 * Every document may be NULL, with the reason in the field beside it; the report then says so and
 * goes on with the rest.  Members that are absent or null are "not measured": the getters give NULL
 * or NaN, never 0 or "".  Phases and workloads are numbered in the order of the plan, and that
 * number is a phase's colour everywhere.  */
#ifndef PR_REPORTS_INPUT_H
#define PR_REPORTS_INPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/json.h"

#define PR_INPUT_NAMES 64

struct pr_course;

struct pr_names {
	const char *items[PR_INPUT_NAMES]; /* borrowed from the documents */
	size_t count;
};

struct pr_input {
	const char *path;   /* the run directory, as the user typed it */
	json_t *run;        /* run.json */
	json_t *comparison; /* proctor.comparison */
	json_t *explanation;
	json_t *histograms;
	json_t *gate;       /* proctor.gate; NULL: not judged */
	const char *policy; /* the file that it was judged by; NULL: the usual policy */
	const char *comparison_missing, *explanation_missing, *histograms_missing;

	const struct pr_course *course; /* NULL: there are no samples */
	json_t *digests;       /* SHA-256 of the run's files by name; NULL: not looked at */
	const char *link_base; /* from the document to the run's files: "../"; NULL: not known */

	/* Other runs whose answers belong into the same report: what they say about backpressure
	 * and about single runs.  Prepared themselves.  */
	const struct pr_input *beside;
	size_t beside_count;

	/* Filled by pr_input_prepare. */
	struct pr_names phases, workloads;
	const char *baseline; /* label */
	size_t watched; /* phases that only show what a probe costs: they are not among phases */

	/* Of a run beside another: the number (from 1) that each phase has in the report, so that
	 * it has one colour everywhere.  0: its own.  */
	size_t slots[PR_INPUT_NAMES];
};

/* Fills the last part from the documents.  PR_FAILED when run is not there: without it no report.
 */
enum pr_err pr_input_prepare(struct pr_input *input, struct pr_error *why) PR_CHECKED;

/* Numbers the phases of other as those of input: the same label is the same phase, others come
 * behind.  */
void pr_input_number_phases(const struct pr_input *input, struct pr_input *other);

/* Members of an object (which may be NULL): NaN, fallback or NULL when absent, null or of another
 * type.  Of a text: pr_json_text().  */
double pr_input_number(const json_t *object, const char *key);
bool pr_input_flag(const json_t *object, const char *key, bool fallback);
json_t *pr_input_object(const json_t *object, const char *key);
json_t *pr_input_array(const json_t *object, const char *key);

/* Any value as text for a person: "yes", "3", "a, b"; objects as "key: value, ...".  The caller
 * frees it.  */
char *pr_input_words(const json_t *value);

/* The first object of array whose members have these texts; value NULL ends (and matches) nothing.
 */
json_t *pr_input_find(const json_t *array, const char *key, const char *value, const char *key2,
                      const char *value2);

/* Whether the text of member key is value.  */
bool pr_input_is(const json_t *object, const char *key, const char *value);

/* One entry of run.json's phases, or of its plan's workloads, by label.  NULL when there is none.
 */
json_t *pr_input_phase(const struct pr_input *input, const char *label);
json_t *pr_input_workload(const struct pr_input *input, const char *label);

/* What a workload does, in words: "pingpong: router-router, tcp, 64 bytes, hwm 0, count 1,000". The
 * caller frees it.  */
char *pr_input_describe_workload(const struct pr_input *input, const char *label);

#endif
