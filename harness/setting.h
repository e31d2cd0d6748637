/* SPDX-License-Identifier: MIT */
/* harness/setting.h - the accidents of a process, drawn anew in each block.
 *
 * The size of the environment moves the stack, and the length of a path what lies behind it; both
 * move a figure by more than many a change does, and always the same way.  So each worker of a
 * block gets an environment that is longer by a random 0 to 4095 bytes (PROCTOR_PADDING), and loads
 * its engine by a link in a folder with a random name of eight letters, DIR/links/NAME/engine.so:
 * all paths have one length, and in each block the phases draw their names anew.  Of several builds
 * of an engine (variants.h) each block takes the next.  What is seeded
 * can be repeated.  Not thread-safe.
 *
 * The heap moves by as many bytes.  The system draws where it begins, but in whole pages, and so it
 * does with the stack of a thread: within a page, all lies in the same place in each process,
 * unless a word more or less has to be remembered, such as another option of the phase.  Where the
 * variables of the engine then have the last 12 bits of an address in common with a stack that is
 * in use, reading one waits for writing the other ("4K aliasing"), message by message.  */
#ifndef PR_SETTING_H
#define PR_SETTING_H

#include <jansson.h>
#include <stdint.h>

#include "core/base/err.h"
#include "harness/plan.h"

struct pr_settings;

/* Of one worker.  */
struct pr_setting {
	uint64_t padding;    /* bytes */
	uint64_t block;      /* what it was drawn for; 0: before the first */
	size_t variant;      /* which file of the phase, from 0 */
	size_t variants;     /* how many there are */
	const char *library; /* the link, or the file; NULL: it is loaded as the phase says */
};

/* dir: of the run.  Borrows plan and dir.  */
struct pr_settings *pr_settings_create(const struct pr_plan *plan, const char *dir);

/* Frees, and removes the links.  */
void pr_settings_destroy(struct pr_settings **settings);

/* From now on a variant (number) of the engine of a phase (number) is loaded by a link to this
 * file.  */
void pr_settings_link(struct pr_settings *settings, size_t phase, size_t variant, const char *file);

/* The phase is loaded as it says again: a library that looks for others beside itself does not
 * work by a link.  */
void pr_settings_unlink(struct pr_settings *settings, size_t phase);

/* Draws for a block.  PR_FAILED when a link cannot be made.  */
enum pr_err pr_settings_draw(struct pr_settings *settings, uint64_t block,
                             struct pr_error *why) PR_CHECKED;

/* What was drawn; valid until the next draw.  */
const struct pr_setting *pr_settings_get(const struct pr_settings *settings, size_t phase);

/* {"padding", "library", "build"}; library is null when it was loaded as the phase says; build,
 * from 1, only where the phase has several.  The caller owns it.  */
json_t *pr_setting_dump(const struct pr_setting *setting);

/* Makes the environment of the bench, which its children get, longer; 0 makes it as it was.  */
void pr_setting_pad(uint64_t bytes);

/* In a worker, before anything else: moves what it will allocate by as many bytes as its
 * environment is longer.  Does nothing the second time.  */
void pr_setting_move_heap(void);

#endif
