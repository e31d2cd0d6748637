/* SPDX-License-Identifier: MIT */
/* harness/options.h - option tables and JSON objects, one made from the other.
 *
 * In plans and records the options of a phase or workload are a JSON object; in memory they are a
 * struct described by a table of struct pr_opt.  */
#ifndef PR_OPTIONS_H
#define PR_OPTIONS_H

#include <jansson.h>
#include <stdbool.h>

#include "core/base/err.h"
#include "core/base/opts.h"

/* A scalar as the text that a user would type: "8K", "64", "yes".  New string, or NULL when value
 * is not a scalar.  */
char *pr_options_text(const json_t *value);

/* "a=1,b" as an object of texts ("b" without a value is "yes").  */
enum pr_err pr_options_from_list(const char *text, const char *what, json_t **options,
                                 struct pr_error *why) PR_CHECKED;

/* An object of scalars as an object of texts.  */
enum pr_err pr_options_from_json(const json_t *object, const char *what, json_t **options,
                                 struct pr_error *why) PR_CHECKED;

/* Sets each option of an object of texts in target, which borrows TEXT values from it.  */
enum pr_err pr_options_apply(const struct pr_opt *table, void *target, const json_t *options,
                             const char *what, struct pr_error *why) PR_CHECKED;

/* Adds every option of the table to object: as texts, or (numbers) with counts and bytes as
 * numbers.  */
void pr_options_expand(const struct pr_opt *table, const void *target, bool numbers,
                       json_t *object);

#endif
