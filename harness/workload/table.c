/* SPDX-License-Identifier: MIT */
/* harness/workload/table.c - the workloads that exist, their options, and the receiving loop they
 * share.  */
#include <assert.h>
#include <string.h>
#include <time.h>

#include "harness/workload.h"

const struct pr_workload_ops *const pr_workloads[] = {
        &pr_workload_pingpong,
        &pr_workload_streaming,
        NULL,
};

static const char *const pattern_names[] = {"router-router", "dealer-router", "dealer-dealer",
                                            "pair", NULL};
static const char *const transport_names[] = {"tcp", NULL};

#define FIELD(name) offsetof(struct pr_workload_spec, name)

const struct pr_opt pr_workload_opts[] = {
        {"pattern", 0, PR_OPT_CHOICE, FIELD(pattern), pattern_names, NULL,
         "socket types: the sender's, then the receiver's", 0, 0},
        {"transport", 0, PR_OPT_CHOICE, FIELD(transport), transport_names, NULL,
         "how the ends are connected", 0, 0},
        {"size", 0, PR_OPT_BYTES, FIELD(size), NULL, "BYTES", "bytes of a message body",
         PR_STAMP_SIZE_MIN, 64 * 1024 * 1024},
        {"hwm", 0, PR_OPT_COUNT, FIELD(hwm), NULL, "N",
         "messages that either side may queue; 0 is unlimited", 0, 1000000000},
        {"count", 0, PR_OPT_COUNT, FIELD(count), NULL, "N",
         "round trips (pingpong) or messages (streaming) a block", 1, 1000000000},
        {0},
};

const struct pr_workload_ops *pr_workload_find(const char *name)
{
	for (size_t i = 0; pr_workloads[i] != NULL; i++) {
		assert(pr_workloads[i]->version == PR_WORKLOAD_OPS_VERSION);
		if (strcmp(pr_workloads[i]->name, name) == 0)
			return pr_workloads[i];
	}
	return NULL;
}

/* ---- receiving ----------------------------------------------------------------------- */

/* How long a skipped message may be late before it counts as lost.  */
#define LATE_TRIES 100
#define LATE_NS    1000000

/* Something is odd: takes what still arrives, so that late and lost are told apart.  */
static enum pr_err take_late(struct pr_bench *bench, int end, struct pr_error *why)
{
	struct pr_ledger *ledger = &bench->ledgers[end];

	for (int tries = 0; tries < LATE_TRIES && ledger->lost > 0; tries++) {
		const void *body;
		size_t size;
		enum pr_err err =
		        bench->link->ops->recv(bench->link, end, false, &body, &size, why);

		if (err != PR_OK)
			return err;
		if (body != NULL)
			pr_ledger_take(ledger, body, size);
		else
			nanosleep(&(struct timespec){.tv_nsec = LATE_NS}, NULL);
	}
	return PR_OK;
}

/* True when `count` messages after `from` are accounted for.  Duplicates do not count, so the last
 * message is waited for.  */
static bool is_done(const struct pr_ledger *ledger, const struct pr_ledger *before, uint64_t count)
{
	if (ledger->expected >= before->expected + count)
		return true;
	return ledger->received - before->received >=
	       count + ledger->duplicated - before->duplicated;
}

enum pr_err pr_workload_receive(struct pr_bench *bench, int end, uint64_t count,
                                struct pr_error *why)
{
	struct pr_ledger *ledger = &bench->ledgers[end];
	struct pr_ledger before = *ledger;
	enum pr_err (*recv)(struct pr_link *, int, bool, const void **, size_t *,
	                    struct pr_error *) = bench->link->ops->recv;

	while (!is_done(ledger, &before, count)) {
		const void *body;
		size_t size;
		enum pr_err err = recv(bench->link, end, true, &body, &size, why);

		if (err != PR_OK)
			return err;
		pr_ledger_take(ledger, body, size);
	}
	return ledger->lost > before.lost ? take_late(bench, end, why) : PR_OK;
}
