/* SPDX-License-Identifier: MIT */
/* analyzers/ablation.h - what each option earned between two phases (`proctor run --ablate`).
 *
 * The plan names, for each part (an option, or several that only work together), the phase in which
 * it alone was switched, and the phase on the path from the first to the last in which it and all
 * parts before it were.  What a part earns alone and what it earns on the path need not be the
 * same: that is interaction, and `interaction` is what the whole is more than the sum of the parts
 * alone.
 *
 * In each block every phase is held against the first: CPU time per message in ns (the baseline's
 * level times what the slices differ by), throughput as a log-ratio.  Steps, sums and rests are
 * differences of these within a block, and estimates and intervals are Hodges-Lehmann's over the
 * blocks, as everywhere.  On the path the steps of a block add up to the whole exactly; their
 * estimates nearly.  */
#ifndef PR_ABLATION_H
#define PR_ABLATION_H

#include <jansson.h>

#include "analyzers/run.h"
#include "analyzers/view.h"

/* Member "ablation" of an explanation, see schemas/explanation.schema.json; NULL when the run is
 * none.  The caller owns it.  */
json_t *pr_ablation_json(const struct pr_run *run);

/* Tables of it; ablation may be NULL.  */
void pr_ablation_view(struct pr_view *view, const json_t *ablation);

#endif
