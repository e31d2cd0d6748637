/* SPDX-License-Identifier: MIT */
/* reports/section/section.h - the sections of a report, one function and one file each.
 *
 * Each adds its heading and blocks to the model, from the JSON documents alone, and says in a
 * sentence what is not there.  The order is the table in outline.c.  To add a section: a file here,
 * a line below, a line in that table and one in CMakeLists.txt.  */
#ifndef PR_REPORTS_SECTION_H
#define PR_REPORTS_SECTION_H

#include <stdbool.h>

#include "reports/input.h"
#include "reports/model.h"
#include "reports/words.h"

void pr_section_summary(struct pr_model *model, const struct pr_input *input);
/* Part of the summary: trials, checks, floor, machine, the row that speaks against the new code. */
void pr_section_trust(struct pr_model *model, const struct pr_input *input);
/* Part of the summary: what is known after this run, and what is not.  */
void pr_section_known(struct pr_model *model, const struct pr_input *input);
/* Part of the summary: what ran, in a sentence.  */
void pr_section_ran(struct pr_model *model, const struct pr_input *input);
/* Whether phases or workloads of the plan were replaced on the command line: then its name does not
 * say what ran.  */
bool pr_section_is_changed(const struct pr_input *input);
/* Part of the summary: the checks of the gate.  Nothing when it was not judged.  */
void pr_section_gate(struct pr_model *model, const struct pr_input *input);
void pr_section_comparison(struct pr_model *model, const struct pr_input *input);
/* Part of the comparison: counts per message and stage, and as the original report counted.  */
void pr_section_counted(struct pr_model *model, const struct pr_input *input);
/* Part of the comparison: how far single runs of one binary lie apart.  Nothing without such runs.
 */
void pr_section_single(struct pr_model *model, const struct pr_input *input);
void pr_section_causes(struct pr_model *model, const struct pr_input *input);
/* Part of the root causes: what the calls of a message cost and what is left, and how much one call
 * moves.  Nothing where it was not counted.  */
void pr_section_spent(struct pr_model *model, const struct pr_input *input);
/* The rest of the root causes: what other probes saw, and doses.  */
void pr_section_probes(struct pr_model *model, const struct pr_input *input);
void pr_section_functions(struct pr_model *model, const struct pr_input *input);
void pr_section_backpressure(struct pr_model *model, const struct pr_input *input);
/* Part of backpressure: "pressure" of the explanation, workload by workload.  False when no reader
 * stalled.  number makes the names of pictures unique: 0 for the run itself, then one for each
 * beside it.  */
bool pr_section_stalls(struct pr_model *model, const struct pr_input *input, size_t number);

void pr_section_next(struct pr_model *model, const struct pr_input *input);
void pr_section_conclusion(struct pr_model *model, const struct pr_input *input);
void pr_section_claims(struct pr_model *model, const struct pr_input *input);
void pr_section_recommendation(struct pr_model *model, const struct pr_input *input);
void pr_section_glossary(struct pr_model *model, const struct pr_input *input);
/* Part of the provenance: how libraries were built, and the surroundings of runs beside it.  */
void pr_section_around(struct pr_model *model, const struct pr_input *input);
/* Part of the provenance: the raw data.  */
void pr_section_files(struct pr_model *model, const struct pr_input *input);
void pr_section_provenance(struct pr_model *model, const struct pr_input *input);

/* ---- what sections share (section.c)
 * ----------------------------------------------------------------- */

/* A note for each text of an array; NULL: none.  */
void pr_section_notes(struct pr_model *model, const json_t *texts);

/* A command to copy: "proctor VERB RUN REST", RUN quoted for the shell.  rest may be "".  */
void pr_section_command(struct pr_model *model, const struct pr_input *input, const char *label,
                        const char *verb, const char *rest);

/* The path of a file of the run directory, quoted for the shell.  The caller frees it.  */
char *pr_section_path(const struct pr_input *input, const char *file);

/* How many trials have the given status (NULL: any); traced ones or timed ones.  */
size_t pr_section_count_trials(const struct pr_input *input, const char *status, bool traced);

/* Timed trials that the plan asked for.  */
size_t pr_section_count_planned(const struct pr_input *input);

/* Checks of trials and traces: how many, and how many do not hold.  */
struct pr_checks {
	size_t all, failed;
};
struct pr_checks pr_section_count_checks(const struct pr_input *input);

/* Whether the checks of this trial or trace are counted: not those of a traced trial, whose trace
 * has them.  */
bool pr_section_is_counted(const json_t *trial);

/* The row of the comparison, or NULL.  */
json_t *pr_section_row(const struct pr_input *input, const char *workload, const char *phase,
                       const char *metric);

/* What was measured of a phase: {"value","lo","hi","n"}, or NULL.  *row gets the row of the
 * comparison that says so; NULL for the baseline, which has no effect against itself.  */
const json_t *pr_section_side(const struct pr_input *input, const char *workload, const char *phase,
                              const char *metric, const json_t **row);

/* The verdict of a row as a word for the cell, and how to colour it.  Exact counts, which have no
 * interval because they need none, are not shown as doubts.  */
struct pr_verdict_words {
	const char *word;
	enum pr_tone tone;
};
struct pr_verdict_words pr_section_verdict(const json_t *row);

/* The effect of a row in words.  */
struct pr_words pr_section_effect(const json_t *row);

/* Lists text once for all phases that share it: "a, b: text".  Entries are objects with "phase" and
 * the text under key; only those whose workload matches.  */
void pr_section_shared(struct pr_model *model, const json_t *entries, const char *workload,
                       const char *key);

#endif
