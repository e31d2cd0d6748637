/* SPDX-License-Identifier: MIT */
/* core/base/opts.h - options are data.
 *
 * One table of struct pr_opt gives: parsing of `--name value` on a command line, parsing of
 * `name=value,name=value` lists (phases, workloads), the text of -h, the nearest valid name when a
 * name is unknown, and the canonical text of a value for records.  An unknown name or value is
 * always an error.
 *
 * The last entry of a table is { 0 }.  */
#ifndef PR_BASE_OPTS_H
#define PR_BASE_OPTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

enum pr_opt_kind {
	PR_OPT_FLAG = 1, /* bool; no value on the command line, yes/no in a list */
	PR_OPT_CHOICE,   /* int: index into choices */
	PR_OPT_COUNT,    /* uint64_t >= 0 */
	PR_OPT_BYTES,    /* uint64_t; K, M, G suffixes (powers of 1024); with choices, the name of
	                  * choices[i] is also allowed and stands for PR_OPT_NAMED(i) */
	PR_OPT_TIME,     /* int64_t ns; ns, us, ms, s, m, h suffixes; bare number is seconds */
	PR_OPT_PERCENT,  /* double, a fraction; "2" and "2%" are 0.02 */
	PR_OPT_TEXT,     /* const char *, borrowed from argv or from the list's copy */
	PR_OPT_LIST,     /* struct pr_opt_list: may be given several times */
};

#define PR_OPT_NAMED(i) (UINT64_MAX - (uint64_t)(i))
#define PR_OPT_NONE     PR_OPT_NAMED(0) /* for choices that start with "none" */

struct pr_opt_list {
	const char *items[64];
	size_t count;
};

struct pr_opt {
	const char *name; /* what the user types, without the dashes */
	char letter;      /* short form, or 0 */
	enum pr_opt_kind kind;
	size_t offset;              /* of the field in the target struct */
	const char *const *choices; /* CHOICE and BYTES: names, ended by NULL */
	const char *argument;       /* what -h shows for the value, "N", "DIR" */
	const char *help;           /* one line */
	uint64_t least, most;       /* COUNT and BYTES: bounds, inclusive; most 0 = no bound */
};

/* Command line.  argv[0] is the command name.  Options and operands may be mixed; `--` ends the
 * options.  Operands are moved to the front of argv; *operands gets their number (argv[0..n-1]).
 * PR_USAGE with a sentence on an unknown option (with the nearest name), a missing or bad value.
 * `-h`/`--help` is the caller's: put a FLAG named "help", letter 'h', in the table.  */
enum pr_err pr_opts_parse(const struct pr_opt *table, void *target, int argc, const char **argv,
                          int *operands, struct pr_error *why) PR_CHECKED;

/* One `name=value` (a bare `name` sets a FLAG).  what names the place for messages: "phase 'x'". */
enum pr_err pr_opts_set(const struct pr_opt *table, void *target, const char *name,
                        const char *value, const char *what, struct pr_error *why) PR_CHECKED;

/* `a=1,b=2`.  text is not changed; TEXT values are copied and live as long as the program.  */
enum pr_err pr_opts_parse_list(const struct pr_opt *table, void *target, const char *text,
                               const char *what, struct pr_error *why) PR_CHECKED;

/* The value of one option as the user would type it, appended to out.  */
void pr_opts_format(const struct pr_opt *opt, const void *target, struct pr_buf *out);

/* What may stand for the value, appended to out: "BYTES", "table|json", "yes|no".  */
void pr_opts_describe(const struct pr_opt *opt, struct pr_buf *out);

/* The help lines of a table, appended to out.  */
void pr_opts_help(const struct pr_opt *table, struct pr_buf *out);

/* The closest of count names by edit distance, or NULL when none is close (distance > 1/2).  */
const char *pr_opts_nearest(const char *name, const char *const *names, size_t count);

#endif
