/* SPDX-License-Identifier: MIT */
/* harness/probe/callgrind_file.h - what callgrind wrote down: totals, and what each function did.
 *
 * The format is that of valgrind's manual, "Callgrind Format Specification", version 1, with
 * compressed names and positions.  A cost belongs to the function whose instructions were executed
 * (its self cost); the line after "calls=" is the cost of the callee and is left out.  */
#ifndef PR_CALLGRIND_FILE_H
#define PR_CALLGRIND_FILE_H

#include <jansson.h>
#include <stdint.h>

#include "core/base/err.h"

struct pr_callgrind_part {
	int64_t instructions; /* event Ir */
	int64_t misses;       /* event I1mr: of the simulated first-level instruction cache */
	/* {"FUNCTION\nOBJECT": [instructions, misses, times it was called]}; OBJECT is the name of
	 * a file without its folders, "?" when callgrind does not know it; functions without a
	 * name of an object that is not known are one, "?".  */
	json_t *functions;
	json_t *nameless; /* {OBJECT: path} of the files of functions that are offsets */
};

/* Frees what a part holds; one of zeros too.  */
void pr_callgrind_forget(struct pr_callgrind_part *part);

/* Reads a whole file.  PR_FAILED when it is not there or has no "totals:" for both events; nothing
 * has to be freed then.  */
enum pr_err pr_callgrind_read(const char *path, struct pr_callgrind_part *part,
                              struct pr_error *why) PR_CHECKED;

/* What a function did more in `after` than in `before`; functions that differ in nothing are left
 * out.  The caller owns it.  */
json_t *pr_callgrind_since(const json_t *after, const json_t *before);

/* The array that a record keeps of such a difference: {"function","object","instructions",
 * "misses","calls"}, most instructions first, and the functions that have less than a thousandth of
 * them all as one, "others", so that the sum is that of all.  The caller owns it.  */
json_t *pr_callgrind_rank(const json_t *functions);

#endif
