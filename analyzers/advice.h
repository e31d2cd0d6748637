/* SPDX-License-Identifier: MIT */
/* analyzers/advice.h - which phase this run speaks for.
 *
 * A phase can be recommended when no gating metric got worse in any workload and at least one
 * improved; of these, the one whose throughput is surest to be higher (the lower ends of its
 * intervals, added up as logarithms).  When there is none: the baseline.  What the run did not
 * exercise is part of the reasons, because it limits the advice.  */
#ifndef PR_ADVICE_H
#define PR_ADVICE_H

#include <jansson.h>

#include "analyzers/run.h"

/* {"option": label or null, "reasons": [sentences]}.  null when nothing could be compared.  */
json_t *pr_advice_json(const struct pr_run *run);

#endif
