/* SPDX-License-Identifier: MIT */
/* analyzers/sentence.h - the verdict of a comparison, in words that can be read aloud.
 *
 * A few sentences, the most important first: what of the phases that decide is faster and what
 * slower, with effect and interval, the largest first, workload by workload; by name what is the
 * same and what is undecided; what else got worse; how the best phase stands against other engines;
 * would-blocks per message.  */
#ifndef PR_SENTENCE_H
#define PR_SENTENCE_H

#include <stddef.h>

struct pr_rows;

/* The caller frees.  */
char *pr_sentence_write(const struct pr_rows *rows);

/* How much of the text is its first sentence, which ends at a full stop before a capital. Sentences
 * are separated by a blank.  */
size_t pr_sentence_size(const char *text);

#endif
