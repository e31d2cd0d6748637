/* SPDX-License-Identifier: MIT */
/* core/base/version.h - what was built: goes into every record, so that a number can be traced to
 * its code.  */
#ifndef PR_BASE_VERSION_H
#define PR_BASE_VERSION_H

extern const char pr_version[]; /* "0.1.0" */
extern const char
        pr_version_git[]; /* "3f2a91c", "3f2a91c-dirty", or "unknown" outside a checkout */
extern const char pr_version_compiler[]; /* "GNU 12.2.0" */
extern const char pr_version_flags[];    /* "-O2 -g -fstack-protector-strong ..." */

#endif
