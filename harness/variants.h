/* SPDX-License-Identifier: MIT */
/* harness/variants.h - the builds of a phase: files that are one engine, of which each block takes
 * one.
 *
 * Where the linker has put a function moves a figure by a per cent or two, always the same way, so
 * one file is one sample of the layout however many blocks measure it.  lib=A:B:C names several,
 * and a folder stands for the libraries in it.  Our own engine has more links of itself, made by
 * the build with the objects in other orders.  The first file is the one that the record calls the
 * library of the phase, and the one that probes watch in trials of their own.
 *
 * Blocks take turns in a seeded order.  It depends on the seed and on how many builds there are,
 * and on nothing else: so phases of one engine have the same file in each block, and differ in
 * nothing but their options.  */
#ifndef PR_VARIANTS_H
#define PR_VARIANTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define PR_VARIANTS_MAX 16

struct pr_variant {
	char *path;       /* as the options name it; NULL: what the engine loads without lib= */
	char *file;       /* to load in place of it; NULL: path */
	json_t *recorded; /* in a repetition: the "library" that the run loaded; else NULL */
};

struct pr_variants {
	struct pr_variant items[PR_VARIANTS_MAX];
	size_t count; /* 1 or more */
};

/* From option "lib" of a phase, which may be absent; in options, folders become the files in them.
 * what names the place for messages: "phase 'x'".  PR_USAGE when a place in the list is empty, a
 * folder has no library, or there are too many.  The caller ends what is filled with
 * pr_variants_fini, also after an error.  */
enum pr_err pr_variants_parse(struct pr_variants *builds, json_t *options, const char *what,
                              struct pr_error *why) PR_CHECKED;

/* Adds a file, unless there are as many as there may be.  */
void pr_variants_add(struct pr_variants *builds, const char *path);

void pr_variants_fini(struct pr_variants *builds);

/* What to load; NULL: as the options say.  */
const char *pr_variants_file(const struct pr_variants *builds, size_t index);

/* Which build a block takes; block 0, before the first, takes the first.  In each `count` blocks
 * from the first on, each build has one.  */
size_t pr_variants_turn(const struct pr_variants *builds, uint64_t seed, uint64_t block);

#endif
