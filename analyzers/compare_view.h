/* SPDX-License-Identifier: MIT */
/* analyzers/compare_view.h - the parts of the view of a comparison, and how they reach into it.
 *
 * Private to the view.  */
#ifndef PR_COMPARE_VIEW_H
#define PR_COMPARE_VIEW_H

#include <jansson.h>
#include <string.h>

#include "analyzers/run.h"
#include "analyzers/view.h"

static inline const char *pr_compare_view_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static inline double pr_compare_view_number(const json_t *object, const char *key)
{
	return pr_run_number(object, key);
}

static inline bool pr_compare_view_is(const json_t *object, const char *key, const char *value)
{
	const char *text = pr_compare_view_text(object, key);

	return text != NULL && strcmp(text, value) == 0;
}

/* Exact counts of one workload, per message and stage; the sentences of probes that differ; and the
 * counts as the original report made them.  */
void pr_compare_view_counted(struct pr_view *view, const json_t *comparison, const char *workload);
void pr_compare_view_disagreements(struct pr_view *view, const json_t *comparison);
void pr_compare_view_reported(struct pr_view *view, const json_t *comparison);

#endif
