/* SPDX-License-Identifier: MIT */
/* core/base/escape.h - texts inside other formats.  */
#ifndef PR_BASE_ESCAPE_H
#define PR_BASE_ESCAPE_H

#include "core/base/buf.h"

/* A field of comma-separated values (RFC 4180): in quotes where it must be.  */
void pr_escape_csv(struct pr_buf *out, const char *text);

/* For attributes and texts of XML.  What XML 1.0 cannot hold becomes '?'.  */
void pr_escape_xml(struct pr_buf *out, const char *text);

/* ` name="value"`.  */
void pr_escape_attribute(struct pr_buf *out, const char *name, const char *value);

/* A word of a Go benchmark's name: blanks, slashes and equals signs, which would end it, become
 * '_'.  */
void pr_escape_go(struct pr_buf *out, const char *text);

#endif
