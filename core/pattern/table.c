/* SPDX-License-Identifier: MIT */
/* core/pattern/table.c - the patterns there are.  */
#include "core/pattern.h"

static const struct pr_pattern_ops *const patterns[] = {
        &pr_pattern_pair, &pr_pattern_dealer, &pr_pattern_router, &pr_pattern_push,
        &pr_pattern_pull, &pr_pattern_pub,    &pr_pattern_sub,    &pr_pattern_xpub,
        &pr_pattern_xsub, &pr_pattern_req,    &pr_pattern_rep,    &pr_pattern_stream,
};

const struct pr_pattern_ops *pr_pattern_find(int type)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (patterns[i]->type == type)
			return patterns[i];
	return NULL;
}
