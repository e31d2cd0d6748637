/* SPDX-License-Identifier: MIT */
/* analyzers/claim.h - a kind of claim: what it takes, and how a run answers it.
 *
 * Four answers.  What is claimed is a range of values; what the run shows is an interval, or a
 * count that is exact.
 *
 *   confirmed     the interval lies within what is claimed
 *   refuted       it lies outside
 *   not-shown     it lies across the border, or there are too few blocks for one; the answer says
 *                 what could have been seen
 *   not-testable  the run has no phase, workload, probe or event that could tell; the answer says
 *                 which
 *
 * All intervals of a file hold together with 95 % (Bonferroni): each has a confidence of 1 - 0.05 /
 * number of claims that rest on one.  Where executions on this host are known to differ (floor.h),
 * they are wider by that.
 *
 * To add a kind: one file in claim/, its declaration below, a line in claim/table.c and in
 * CMakeLists.txt.  */
#ifndef PR_CLAIM_H
#define PR_CLAIM_H

#include <stdint.h>

#include "analyzers/claims.h"
#include "analyzers/floor.h"
#include "analyzers/rows.h"
#include "core/base/buf.h"
#include "core/base/json.h"

#define PR_CLAIM_OPS_VERSION 1

/* In the order in which the answers of several workloads are put together: the last one wins.  */
enum pr_claim_verdict {
	PR_CLAIM_NOT_TESTABLE,
	PR_CLAIM_CONFIRMED,
	PR_CLAIM_NOT_SHOWN,
	PR_CLAIM_REFUTED,
};

/* What the run says about one number.  */
struct pr_claim_measure {
	bool measured;
	bool exact;           /* a count that is what it is: lo == value == hi */
	bool once;            /* of one traced trial */
	bool depends;         /* slices of the whole length say something else */
	double value, lo, hi; /* lo, hi: NaN without an interval */
	double mde;           /* the least effect that would have been seen; NaN */
	size_t n;             /* blocks */
};

struct pr_claim_answer {
	enum pr_claim_verdict verdict;
	struct pr_buf evidence; /* sentences */
	char *brief;            /* the number alone, for a table; NULL: the evidence says it */
	char *missing;          /* not-testable: what the run lacks; else NULL */
	char *command;          /* what repeats or makes the test; NULL: the usual one */
	struct pr_claim_measure measure;
	double want_lo, want_hi; /* what is claimed; infinite where it is open */
};

struct pr_claim_facts {
	const struct pr_run *run;
	const struct pr_floor *floor; /* NULL: not known */
	const struct pr_claims *claims;
	size_t tests;      /* claims that rest on an interval */
	double confidence; /* of each interval */
	size_t phase, baseline;
	struct pr_rows **rows; /* by baseline, made when asked for */
};

struct pr_claim_ops {
	const char *name;     /* "change" */
	const char *question; /* what it asks */
	uint32_t version;     /* PR_CLAIM_OPS_VERSION */
	bool of_phase;        /* it is about a phase and must name it */
	bool rests_on_interval;
	/* The same for one claim, where it differs; NULL: it does not.  */
	bool (*is_tested)(const struct pr_claim *claim);
	const char *const *needs; /* members that must be there; ended by NULL */
	const char *const *may;   /* members that may be there; ended by NULL */
	/* What it can be about, where it is one of a list: the values of the member that is called
	 * as the kind.  Ended by NULL; NULL: not so.  */
	const char *const *names;
	/* What cannot be said in needs and may; NULL: nothing.  */
	enum pr_err (*check)(const struct pr_claim *claim, const struct pr_json *at,
	                     struct pr_error *why);
	/* facts->phase and ->baseline are there when of_phase, the claim's workload exists.  */
	void (*judge)(const struct pr_claim *claim, struct pr_claim_facts *facts,
	              struct pr_claim_answer *answer);
};

extern const struct pr_claim_ops pr_claim_change;
extern const struct pr_claim_ops pr_claim_equality;
extern const struct pr_claim_ops pr_claim_level;
extern const struct pr_claim_ops pr_claim_ideal;
extern const struct pr_claim_ops pr_claim_goal;
extern const struct pr_claim_ops pr_claim_property;
extern const struct pr_claim_ops pr_claim_mechanism;
extern const struct pr_claim_ops pr_claim_cost;
extern const struct pr_claim_ops pr_claim_prediction;
extern const struct pr_claim_ops pr_claim_consistency;

/* All of them, ended by NULL.  */
extern const struct pr_claim_ops *const pr_claim_kinds[];

/* "confirmed": the words of the format.  */
const char *pr_claim_verdict_name(enum pr_claim_verdict verdict);

/* ---- what kinds share (claim_facts.c, claim_judge.c) ----------------------------------------- */

void pr_claim_answer_init(struct pr_claim_answer *answer);
void pr_claim_answer_fini(struct pr_claim_answer *answer);

/* Whether a claim is about this workload of the run: its label, or its name, or one of several with
 * | between them; all when the claim names none.  */
bool pr_claim_covers(const struct pr_claim *claim, const struct pr_run *run, size_t workload);

/* Whether the values of several workloads can be added up: counts of a whole trial.  */
bool pr_claim_adds_up(const struct pr_metric *metric);

/* The effect of the claim's phase against its baseline, a fraction, in one workload, or (workload
 * PR_RUN_NONE) of the sum over those that the claim covers.  */
struct pr_claim_measure pr_claim_effect(const struct pr_claim *claim, struct pr_claim_facts *facts,
                                        size_t workload);

/* What the claim's phase has of a metric, likewise.  */
struct pr_claim_measure pr_claim_side(const struct pr_claim *claim,
                                      const struct pr_claim_facts *facts, size_t phase,
                                      size_t workload);

/* Whether a measure lies within [lo, hi] (ends may be infinite).  Not for one that is not measured.
 */
enum pr_claim_verdict pr_claim_decide(const struct pr_claim_measure *measure, double lo, double hi);

/* Calls judge for each workload that the claim covers, or once with PR_RUN_NONE for their sum where
 * its metric adds up and there are several; and puts the answers together.  */
void pr_claim_each(const struct pr_claim *claim, struct pr_claim_facts *facts,
                   struct pr_claim_answer *answer,
                   void (*judge)(const struct pr_claim *claim, struct pr_claim_facts *facts,
                                 size_t workload, struct pr_claim_answer *answer));

/* Fills verdict, measure and wanted range, and says so: "throughput in streaming: -1.1 % [...];
 * claimed: ...".  unit NULL: an effect.  */
void pr_claim_put(const struct pr_claim *claim, const struct pr_claim_facts *facts, size_t workload,
                  const struct pr_claim_measure *measure, const char *unit, double lo, double hi,
                  struct pr_claim_answer *answer);

/* The answer not-testable: what is missing, a sentence without its full stop.  */
void pr_claim_lacks(struct pr_claim_answer *answer, const char *fmt, ...) PR_PRINTF(2, 3);

/* "pingpong", or "all workloads together".  */
const char *pr_claim_place(const struct pr_claim_facts *facts, size_t workload);

/* The command that measures the phases and workloads of a claim again; and the one that measures
 * its phases with another workload (NULL: with those, by callgrind too).  The caller frees.  */
char *pr_claim_repeat(const struct pr_claim *claim, const struct pr_claim_facts *facts);
char *pr_claim_more(const struct pr_claim *claim, const struct pr_claim_facts *facts,
                    const char *workload);

/* "8K" as a number; NaN when it is none ("none").  text may be NULL.  */
double pr_claim_bytes(const char *text);

#endif
