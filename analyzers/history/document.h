/* SPDX-License-Identifier: MIT */
/* analyzers/history/document.h - parts of the document "proctor.history"
 * (schemas/history.schema.json).
 */
#ifndef PR_HISTORY_DOCUMENT_H
#define PR_HISTORY_DOCUMENT_H

#include "analyzers/history/history.h"

#define PR_HISTORY_FORMAT  "proctor.history"
#define PR_HISTORY_VERSION 1

/* The document without any of its parts: format, version, store.  */
json_t *pr_document_create(const struct pr_history *history);

/* The time of an object (seconds) becomes a text, in place.  */
void pr_document_tell_time(json_t *object, const char *key);

/* Times of runs (pr_history_runs) become texts, in place.  */
void pr_document_tell_times(json_t *runs);

json_t *pr_document_case(const struct pr_history_case *one);
json_t *pr_document_point(const struct pr_history_point *point);

#endif
