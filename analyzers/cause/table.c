/* SPDX-License-Identifier: MIT */
/* analyzers/cause/table.c - the causes that exist.  */
#include "analyzers/cause.h"

#include <stddef.h>

const struct pr_cause_ops *const pr_causes[] = {
        &pr_cause_speculation,
        NULL,
};

const char *pr_cause_verdict_name(enum pr_cause_verdict verdict)
{
	static const char *const names[] = {"yes", "no", "cannot tell"};

	return names[verdict];
}
