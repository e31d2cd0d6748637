/* SPDX-License-Identifier: MIT */
/* reports/template.h - the files of template/, which the build puts into the program.  */
#ifndef PR_REPORTS_TEMPLATE_H
#define PR_REPORTS_TEMPLATE_H

/* The text of a file of template/, by its name ("style.css").  The name must exist.  */
const char *pr_template(const char *name);

#endif
