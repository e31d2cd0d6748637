/* SPDX-License-Identifier: MIT */
/* analyzers/advice_option.h - one option, weighed.
 *
 * Private to the advice.  */
#ifndef PR_ADVICE_OPTION_H
#define PR_ADVICE_OPTION_H

#include "analyzers/claims.h"
#include "analyzers/rows.h"

enum pr_advice_fate {
	PR_ADVICE_POSSIBLE,  /* better in something that decides, or the baseline */
	PR_ADVICE_NO_GAIN,   /* shown to be no worse, but not to be better either */
	PR_ADVICE_UNDECIDED, /* nothing that decides was decided */
	PR_ADVICE_OUT,
	PR_ADVICE_NOT_RUN, /* the run has no such phase */
};

struct pr_advice_option {
	const struct pr_claims_option *option;
	size_t phase; /* PR_RUN_NONE: not in the run */
	enum pr_advice_fate fate;
	size_t improved;
	double surely_gained; /* sum of log(1 + lower end) of throughput */
	json_t *reasons;      /* why it is out, or what speaks for it: sentences */
	json_t *unverified;   /* prerequisites */
};

/* What prerequisites are judged by.  */
struct pr_advice_facts {
	const struct pr_rows *rows;
	const json_t *answers; /* of claims; may be NULL */
};

void pr_advice_option_weigh(struct pr_advice_option *weighed, const struct pr_claims_option *option,
                            const struct pr_advice_facts *facts);
void pr_advice_option_fini(struct pr_advice_option *weighed);

/* "possible", "no gain", "undecided", "out", "not run".  */
const char *pr_advice_fate_name(enum pr_advice_fate fate);

#endif
