/* SPDX-License-Identifier: MIT */
/* reports/documents.h - the documents of run directories, read and made for a report.
 *
 * What cannot be read or compared is a reason in the input, which the report says; only run.json
 * must be there.  */
#ifndef PR_REPORTS_DOCUMENTS_H
#define PR_REPORTS_DOCUMENTS_H

#include "reports/course.h"
#include "reports/input.h"

struct pr_claims;

/* One run.  The texts and documents of `input` belong to it.  */
struct pr_documents {
	struct pr_input input;
	const char *folder; /* of the files of the run; borrowed */
	struct pr_course course;
	char *no_comparison, *no_explanation, *no_histograms;
};

/* Reads the run at path, which must live as long as the documents, compares and explains it, and
 * judges it by the policy in that file; NULL: by the usual one.  claims are answered too; NULL:
 * none.  Warns on standard error about files that are not whole. PR_FAILED with a sentence when
 * there is no run.json.  To be freed even then.  */
enum pr_err pr_documents_read(struct pr_documents *docs, const char *path,
                              const struct pr_claims *claims, const char *policy,
                              struct pr_error *why) PR_CHECKED;
void pr_documents_free(struct pr_documents *docs);

/* The answers of other runs for the report of docs: what they say about backpressure and about
 * single runs, and each claim that docs cannot test but one of them can.  The others must live as
 * long as docs; inputs is room for count of them, and lives as long.  */
void pr_documents_join(struct pr_documents *docs, const struct pr_documents *others, size_t count,
                       struct pr_input *inputs);

#endif
