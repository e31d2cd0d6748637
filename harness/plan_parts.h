/* SPDX-License-Identifier: MIT */
/* harness/plan_parts.h - what the files of the plan share.  */
#ifndef PR_PLAN_PARTS_H
#define PR_PLAN_PARTS_H

#include "core/base/json.h"
#include "harness/plan.h"

#define PR_PLAN_FORMAT  "proctor.plan"
#define PR_PLAN_VERSION 1

/* By enum pr_plan_workers; ended by NULL.  */
extern const char *const pr_plan_workers_names[];

/* "unknown KIND 'x'; did you mean 'y'?"  PR_USAGE.  */
enum pr_err pr_plan_unknown(const char *kind, const char *name, const char *const *names,
                            size_t count, const char *where_listed, struct pr_error *why);

/* A plan without phases and workloads, the rest as usual; never NULL.  pr_plan_destroy() frees.  */
struct pr_plan *pr_plan_create(void);

/* Adds a probe by its name; PR_USAGE when there is none of that name.  */
enum pr_err pr_plan_add_probe(struct pr_plan *plan, const char *name,
                              struct pr_error *why) PR_CHECKED;

/* "one", "spread", both with a comma, or a list of CPUs.  PR_USAGE when this host has no such CPU.
 */
enum pr_err pr_plan_set_pin(struct pr_plan *plan, const char *pin, struct pr_error *why) PR_CHECKED;

/* The number of a word in names, ended by NULL; -1 when it is none.  */
int pr_plan_find_word(const char *word, const char *const *names);

/* A phase that can do nothing of what is asked is a slip, not a measurement: PR_USAGE.  */
enum pr_err pr_plan_check_carried(const struct pr_plan *plan, struct pr_error *why) PR_CHECKED;

/* A short text, as on the command line, or an object, as in a file.  */
enum pr_err pr_plan_add_phase_text(struct pr_plan *plan, const char *text,
                                   struct pr_error *why) PR_CHECKED;
enum pr_err pr_plan_add_phase_object(struct pr_plan *plan, const struct pr_json *item,
                                     struct pr_error *why) PR_CHECKED;

/* Takes options, an object of texts, also when it fails: then no phase is added.  */
enum pr_err pr_plan_add_phase(struct pr_plan *plan, const char *label, const char *engine,
                              json_t *options, struct pr_error *why) PR_CHECKED;
void pr_plan_drop_last_phase(struct pr_plan *plan);

/* names is "FROM,TO": labels of phases, presets or engines.  Puts FROM, the phases between the two
 * and TO in the place of all phases (plan_ablate.c), and what they are for into plan->ablation.
 * PR_USAGE when there is nothing to switch, or they are not of one engine; the plan is fit only to
 * be destroyed then.  */
enum pr_err pr_plan_ablate(struct pr_plan *plan, const char *names,
                           struct pr_error *why) PR_CHECKED;
void pr_plan_free_phase(struct pr_plan_phase *phase);
void pr_plan_clear_phases(struct pr_plan *plan);

enum pr_err pr_plan_add_workload_text(struct pr_plan *plan, const char *text,
                                      struct pr_error *why) PR_CHECKED;
enum pr_err pr_plan_add_workload_object(struct pr_plan *plan, const struct pr_json *item,
                                        struct pr_error *why) PR_CHECKED;

/* Sets the roles of a workload that has such an option; PR_USAGE when it cannot be done so.  */
enum pr_err pr_plan_set_roles(struct pr_plan_workload *workload, int roles,
                              struct pr_error *why) PR_CHECKED;
void pr_plan_clear_workloads(struct pr_plan *plan);

/* The workloads of a list in place of the plan's: each a label of the plan, a pattern of labels
 * with * or ?, or a text as above.  */
enum pr_err pr_plan_choose_workloads(struct pr_plan *plan, const struct pr_opt_list *list,
                                     struct pr_error *why) PR_CHECKED;

/* Where both pins are asked for, puts two workloads in the place of each that does not say its pin:
 * all with pin=one first, then all with pin=spread, because a worker has one pin.  All must have
 * labels.  */
enum pr_err pr_plan_split_pins(struct pr_plan *plan, struct pr_error *why) PR_CHECKED;

/* Gives each workload without a label one, when all are there.  */
enum pr_err pr_plan_label_workloads(struct pr_plan *plan, struct pr_error *why) PR_CHECKED;

#endif
