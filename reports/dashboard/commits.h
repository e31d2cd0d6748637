/* SPDX-License-Identifier: MIT */
/* reports/dashboard/commits.h - what a git repository knows of the revisions of a history.
 *
 * Who made a commit and what it is called, where it can be looked at, and which releases there are.
 * All of it is optional: a revision without a repository is shown as it stands in the store.  */
#ifndef PR_COMMITS_H
#define PR_COMMITS_H

#include <jansson.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

struct pr_commits {
	char *url;     /* with {} for the revision; NULL: nowhere */
	json_t *known; /* revision as the store has it -> {"author", "subject"} */
	json_t *tags;  /* array of {"name", "time"}, by time */
};

/* Asks a clone (NULL: nothing) about revisions, an array of texts.  url as --commit-url (NULL: made
 * from the clone's remote "origin" where that is a web address).  PR_FAILED when the folder is no
 * repository; PR_USAGE when the url lacks {} or is no web address.  */
enum pr_err pr_commits_read(const char *clone, const char *url, const json_t *revisions,
                            struct pr_commits *commits, struct pr_error *why) PR_CHECKED;
void pr_commits_fini(struct pr_commits *commits);

/* Adds where a revision, or what is between two, can be looked at; nothing when it is not known or
 * is none that such an address could hold.  after is NULL: one.  */
void pr_commits_url(const struct pr_commits *commits, const char *revision, const char *after,
                    struct pr_buf *out);

/* "author" or "subject" of a revision; NULL.  */
const char *pr_commits_about(const struct pr_commits *commits, const char *revision,
                             const char *key);

#endif
