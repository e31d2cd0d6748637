/* SPDX-License-Identifier: MIT */
/* analyzers/facts.h - what a run counted of one phase under one workload, as causes see it:
 * counters without labels or options.  */
#ifndef PR_FACTS_H
#define PR_FACTS_H

#include "analyzers/cause.h"
#include "analyzers/run.h"

struct pr_facts {
	struct pr_cause_facts seen;
	json_t *hooks, *process, *integrity; /* what is seen, where it had to be made; or NULL */
};

/* Of all good timed trials; where there is none, of one that failed; where nothing was timed with
 * hooks, the hooks of the traced trial.  Borrows the run.  */
void pr_facts_init(struct pr_facts *facts, const struct pr_run *run, size_t phase, size_t workload);

/* Of one block: hooks and process of its trial, other probes as above.  False when the trial is not
 * good (nothing has to be freed then).  */
bool pr_facts_init_block(struct pr_facts *facts, const struct pr_run *run, size_t phase,
                         size_t workload, uint64_t block);

void pr_facts_fini(struct pr_facts *facts);

#endif
