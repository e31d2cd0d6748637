/* SPDX-License-Identifier: MIT */
/* core/base/place.h - where the program keeps what it remembers.  */
#ifndef PR_BASE_PLACE_H
#define PR_BASE_PLACE_H

#include "core/base/err.h"

/* name below $XDG_DATA_HOME/proctor, without it ~/.local/share/proctor (the XDG Base Directory
 * Specification: a path that is not absolute is ignored).  The caller frees *path, which is NULL on
 * failure: PR_FAILED when there is no home; what names the thing for the sentence.  */
enum pr_err pr_place_data(const char *name, const char *what, char **path,
                          struct pr_error *why) PR_CHECKED;

/* Makes the directories above a file.  PR_FAILED when one cannot be made.  */
enum pr_err pr_place_make_parents(const char *path, struct pr_error *why) PR_CHECKED;

#endif
