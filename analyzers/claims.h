/* SPDX-License-Identifier: MIT */
/* analyzers/claims.h - what somebody says about an engine, as data: the document "proctor.claims".
 *
 *   {"format": "proctor.claims", "version": 1,
 *    "labels": {"phases": {"True Proactor": "true-proactor"}, "workloads": {}},
 *    "claims": [{"id": "c1", "kind": "change", "text": "throughput fell by 6.3 %", "phase":
 *      "True Proactor", "workload": "streaming", "metric": "throughput", "change": -0.063}],
 *    "options": [...]}
 *
 * A claim names phases and workloads as it likes; "labels" says what the run calls them.  Which
 * members a kind takes stands in its file (claim/KIND.c); the members themselves are one table in
 * claims.c.  Fractions, not per cents: -0.063 is -6.3 %.  Whatever is unknown, missing or out of
 * range is an error that names the place.  */
#ifndef PR_CLAIMS_H
#define PR_CLAIMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/metrics.h"
#include "core/base/opts.h"

#define PR_CLAIMS_FORMAT  "proctor.claims"
#define PR_CLAIMS_VERSION 1

/* More would be a file of something else.  */
#define PR_CLAIMS_MAX 500

struct pr_claim_ops;

/* A number or two, as written: [lo, hi]; NaN when not given.  */
struct pr_claim_range {
	double lo, hi;
	double rounding; /* half of the last digit of a single number; 0 of two */
};

/* One claim.  What it does not say is NULL or NaN.  Texts are borrowed from the document.  */
struct pr_claim {
	const struct pr_claim_ops *ops;
	const char *path; /* the file that it stands in */
	const char *id, *text;
	const char *quote, *place; /* the words it is taken from, and where they stand */
	const char *phase, *baseline, *workload; /* as the run calls them */
	const struct pr_metric *metric;
	const char *name; /* which property, mechanism or cost */
	const char *per;  /* of a level: what it is divided by */
	const char *machine;
	struct pr_claim_range change, value;
	double at_least, at_most;
	double tolerance, within;
	double from, to, amount; /* the numbers that a change was computed from */
	const json_t *claims;    /* of a consistency: ids */
};

/* What can be done next: one option among which a recommendation chooses (advice.h).  */
struct pr_claims_option {
	const char *name, *phase, *text;
	const json_t *prerequisites; /* sentences; NULL: none */
};

struct pr_claims {
	const char *path; /* borrowed; of several files the first */
	char *files;      /* all of them, for people: "a.json, b.json" */
	json_t *json;     /* what the texts are borrowed from */
	struct pr_claim *items;
	size_t count;
	struct pr_claims_option *options;
	size_t option_count;
};

/* PR_FAILED when the file cannot be read, PR_USAGE when it is no claims.  path ("-": standard
 * input) must live as long as the claims.  */
enum pr_err pr_claims_load(const char *path, struct pr_claims **claims,
                           struct pr_error *why) PR_CHECKED;

/* The same from several files, as if they were one; NULL of none.  An id that an earlier file has
 * is FILE:ID then.  Labels hold in their file.  Of two options with one name the first is taken. */
enum pr_err pr_claims_load_files(const struct pr_opt_list *paths, struct pr_claims **claims,
                                 struct pr_error *why) PR_CHECKED;

/* The same from a document, which is borrowed; path names it in messages.  */
enum pr_err pr_claims_parse(json_t *json, const char *path, struct pr_claims **claims,
                            struct pr_error *why) PR_CHECKED;
void pr_claims_destroy(struct pr_claims **claims);

/* NULL when there is none.  */
const struct pr_claim *pr_claims_find(const struct pr_claims *claims, const char *id);

#endif
