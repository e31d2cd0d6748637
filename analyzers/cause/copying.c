/* SPDX-License-Identifier: MIT */
/* analyzers/cause/copying.c - bytes that the engine copies from one buffer of its own to another on
 * their way in; what the kernel and the application copy is not in it.
 *
 * Without hooks nobody counts bytes.  callgrind counts the calls and instructions of memcpy(3) and
 * memmove(3), in both directions and those of the application too: an engine that spends a good
 * part of its instructions there copies, and one that hardly calls them does not.  */
#include <math.h>
#include <string.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* Bytes copied for one that was received.  */
#define YES_FROM 0.5
#define NO_BELOW 0.1

/* Of all instructions.  */
#define SHARE_YES 0.1
#define SHARE_NO  0.02

static bool copies(const char *function)
{
	return function != NULL &&
	       (strstr(function, "memcpy") != NULL || strstr(function, "memmove") != NULL ||
	        strstr(function, "mempcpy") != NULL);
}

static void judge_functions(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double all = 0, inside = 0, calls = 0;
	double messages = pr_cause_number(facts->callgrind, "messages");
	json_t *entry;
	size_t i;

	json_array_foreach((json_t *)facts->functions, i, entry)
	{
		double instructions = pr_counts_add(0, pr_cause_number(entry, "instructions"));

		all += instructions;
		if (!copies(pr_json_text(entry, "function")))
			continue;
		inside += instructions;
		calls += pr_counts_add(0, pr_cause_number(entry, "calls"));
	}
	if (!(all > 0) || !(messages > 0)) {
		finding->evidence = pr_strdup("No probe counted what this engine copies; `proctor "
		                              "run --probe callgrind` counts calls of memcpy.");
		return;
	}
	finding->verdict = pr_cause_by_rate(inside / all, SHARE_NO, SHARE_YES);
	finding->evidence = pr_asprintf(
	        "callgrind: %s calls of memcpy and memmove per message, %s of all instructions.",
	        pr_numbers_value(calls / messages, "calls/msg").text,
	        pr_numbers_percent(inside / all).text);
}

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	double copied = pr_cause_hook(facts, "copied_bytes");
	double received = pr_cause_hook(facts, "recv_bytes");

	if (isnan(copied) || !(received > 0)) {
		judge_functions(facts, finding);
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
