/* SPDX-License-Identifier: MIT */
/* analyzers/cause/copying.c - bytes that the engine copies from one buffer of its own to another on
 * their way in; what the kernel and the application copy is not in it.  */
#include <math.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

/* Bytes copied for one that was received.  */
#define YES_FROM 0.5
#define NO_BELOW 0.1

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double copied = pr_cause_hook(facts, "copied_bytes");
	double received = pr_cause_hook(facts, "recv_bytes");

	if (isnan(copied) || !(received > 0)) {
		finding->evidence =
		        pr_strdup("No probe counts the bytes that this engine copies; instructions "
		                  "by function (callgrind) show memcpy.");
		return;
	}
	finding->calls[PR_COST_COPY_KIB] = copied / 1024 / facts->messages;
	finding->verdict = pr_cause_by_rate(copied / received, NO_BELOW, YES_FROM);
	finding->evidence = pr_asprintf(
	        "copied_bytes %s for recv_bytes %s: of the bytes that came in, %s were copied to "
	        "another buffer of the engine.",
	        pr_numbers_count(copied).text, pr_numbers_count(received).text,
	        pr_numbers_percent(copied / received).text);
}

const struct pr_cause_ops pr_cause_copying = {
        .name = "copying",
        .question = "Does the engine copy what comes in to other buffers of its own?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
