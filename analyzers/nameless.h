/* SPDX-License-Identifier: MIT */
/* analyzers/nameless.h - files whose functions have no names, and what would give them some.
 *
 * The one place that says so: of call sites in a trace, of those of the interposing library, and of
 * functions under callgrind.  A record keeps what would help as "nameless" of its trials,
 * {"FILE": "install libzmq5-dbgsym"}, because who reads it may do so on another machine.  */
#ifndef PR_NAMELESS_H
#define PR_NAMELESS_H

#include <jansson.h>

#include "analyzers/run.h"

/* What would name the functions of the file at path, of which neither it nor its separate debug
 * information has the symbol: "install PACKAGE-dbgsym" when dpkg knows whose file it is, else how
 * to build it.  The caller frees it.  Asks dpkg-query (0.1 s), but not twice in a row for the same
 * file, so call it from one thread.  */
char *pr_nameless_remedy(const char *path);

/* paths: {"FILE": path}, NULL when there are none.  Gives "nameless" of a trial, NULL when it is
 * empty.  The caller owns it.  */
json_t *pr_nameless_remedies(const json_t *paths);

/* Whether a name of a function is none: callgrind gives an offset then, "0x000000000003c930".  */
bool pr_nameless_is_offset(const char *function);

/* "nameless" of a comparison: a sentence for each file with which a place of "sites" begins
 * ("libzmq.so.5+0x3c930") and for which a trial knows what would help.  NULL when there is none.
 * The caller owns it.  */
json_t *pr_nameless_in_sites(const struct pr_run *run, const json_t *sites);

/* The same of an explanation, for the files of rows in "functions" that are offsets.  */
json_t *pr_nameless_in_functions(const struct pr_run *run, const json_t *functions);

#endif
