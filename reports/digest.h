/* SPDX-License-Identifier: MIT */
/* reports/digest.h - the fingerprint of a file.  */
#ifndef PR_REPORTS_DIGEST_H
#define PR_REPORTS_DIGEST_H

/* The SHA-256 of the file as 64 hexadecimal digits; NULL when it cannot be read.  The caller frees
 * it.  */
char *pr_digest_file(const char *path);

#endif
