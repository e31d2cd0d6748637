/* SPDX-License-Identifier: MIT */
/* harness/partner.c - the process that holds end A.
 *
 * A question is a verb with its arguments in shared memory.  The partner finds a bench under the
 * address that it had before the fork; the link in it is the partner's own.  */
#include "harness/partner.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "harness/meet.h"
#include "harness/shared.h"

enum verb { LOAD, OPEN, GREET, AWAIT, HALF, COUNTERS, CLOSE };

#define COUNTERS_MAX 512

struct question {
	enum verb verb;
	struct pr_bench *bench;
	const struct pr_workload_ops *workload;
	const struct pr_workload_spec *workload_spec; /* from before the fork, as bench */
	struct pr_hist *latency;
	struct pr_pace *pace;
	struct pr_pressure *pressure;
	struct pr_link_spec spec;
	char text[PR_ENDPOINT_MAX]; /* endpoint or greeting */
	uint64_t count;
	struct pr_workload_half half;
	uint64_t values[COUNTERS_MAX];
};

struct pr_partner {
	struct pr_helper *helper;
	struct question *question;
	const struct pr_adapter_ops *ops;
	const json_t *options;
	struct pr_engine *engine; /* in the partner */
};

/* ---- in the partner ------------------------------------------------------------------- */

static enum pr_err load(struct pr_partner *partner, struct pr_error *why)
{
	struct pr_engine_info info = {.path = ""};

	return partner->ops->load(partner->options, &partner->engine, &info, why);
}

/* The worker waits in the engine meanwhile and would not hear of a failure.  */
static enum pr_err run_half(struct pr_partner *partner, struct pr_error *why)
{
	struct question *question = partner->question;
	struct pr_bench *bench = question->bench;
	struct pr_usage before = pr_usage_now();

	bench->latency = question->latency;
	bench->spec = question->workload_spec;
	bench->pace = question->pace;
	bench->pressure = question->pressure;
	if (question->workload->half(bench, PR_END_A, question->count, &question->half, why) !=
	    PR_OK)
		pr_helper_give_up(partner->helper, why);
	question->half.used = pr_usage_since(&before);
	return PR_OK;
}

static enum pr_err answer(void *arg, struct pr_error *why)
{
	struct pr_partner *partner = arg;
	const struct pr_adapter_ops *ops = partner->ops;
	struct question *question = partner->question;
	struct pr_bench *bench = question->bench;

	switch (question->verb) {
	case LOAD:
		return load(partner, why);
	case OPEN:
		return ops->open(partner->engine, &question->spec, PR_ONE_END(PR_END_A),
		                 question->text, &bench->link, why);
	case GREET:
		return pr_meet_greet(bench->link, PR_END_A, question->text, why);
	case AWAIT:
		return pr_meet_await(bench->link, PR_END_A, question->text, why);
	case HALF:
		return run_half(partner, why);
	case COUNTERS:
		return ops->read_counters(bench->link, question->values, question->count, why);
	case CLOSE:
		ops->close(&bench->link);
		return PR_OK;
	}
	return pr_error_set(why, PR_FAILED, "unknown question");
}

/* ---- in the worker -------------------------------------------------------------------- */

enum pr_err pr_partner_start(const struct pr_adapter_ops *ops, const json_t *options,
                             void (*on_death)(const struct pr_error *why),
                             struct pr_partner **result, struct pr_error *why)
{
	struct pr_partner *partner = pr_alloc(sizeof(*partner));
	const struct pr_helper_job job = {"end A", partner, answer, on_death};

	memset(partner, 0, sizeof(*partner));
	partner->ops = ops;
	partner->options = options;
	partner->question = pr_shared_alloc(sizeof(*partner->question));
	*result = partner;
	return pr_helper_start(&job, &partner->helper, why);
}

static enum pr_err ask(struct pr_partner *partner, enum verb verb, struct pr_bench *bench,
                       struct pr_error *why)
{
	partner->question->verb = verb;
	partner->question->bench = bench;
	return pr_helper_ask(partner->helper, why);
}

enum pr_err pr_partner_load(struct pr_partner *partner, struct pr_error *why)
{
	enum pr_err err = ask(partner, LOAD, NULL, why);

	return err == PR_OK ? pr_helper_watch(partner->helper, why) : err;
}

struct far {
	struct pr_partner *partner;
	struct pr_bench *bench;
};

static enum pr_err ask_text(struct far *far, enum verb verb, const char *text, struct pr_error *why)
{
	snprintf(far->partner->question->text, PR_ENDPOINT_MAX, "%s", text);
	return ask(far->partner, verb, far->bench, why);
}

static enum pr_err greet_far(void *arg, const char *text, struct pr_error *why)
{
	return ask_text(arg, GREET, text, why);
}

static enum pr_err await_far(void *arg, const char *text, struct pr_error *why)
{
	return ask_text(arg, AWAIT, text, why);
}

enum pr_err pr_partner_open(struct pr_partner *partner, struct pr_engine *engine,
                            const struct pr_link_spec *spec, struct pr_bench *bench,
                            struct pr_error *why)
{
	struct far far = {partner, bench};
	const struct pr_meet_far meet = {greet_far, await_far, &far};
	enum pr_err err = partner->ops->open(engine, spec, PR_ONE_END(PR_END_B),
	                                     partner->question->text, &bench->link, why);

	partner->question->spec = *spec;
	if (err == PR_OK)
		snprintf(bench->endpoint, sizeof(bench->endpoint), "%s", partner->question->text);
	if (err == PR_OK)
		err = ask(partner, OPEN, bench, why);
	return err == PR_OK ? pr_meet(bench->link, spec, &meet, why) : err;
}

enum pr_err pr_partner_slice(struct pr_partner *partner, const struct pr_workload_ops *ops,
                             struct pr_bench *bench, struct pr_hist *latency, uint64_t count,
                             struct pr_workload_half *halves, struct pr_error *why)
{
	struct question *question = partner->question;
	struct pr_usage before = pr_usage_now();
	enum pr_err err;

	question->verb = HALF;
	question->bench = bench;
	question->workload = ops;
	question->workload_spec = bench->spec;
	question->latency = latency;
	question->pace = bench->pace;
	question->pressure = bench->pressure;
	question->count = count;
	pr_helper_begin(partner->helper);
	err = ops->half(bench, PR_END_B, count, &halves[PR_END_B], why);
	halves[PR_END_B].used = pr_usage_since(&before);
	if (err == PR_OK)
		err = pr_helper_end(partner->helper, why);
	else
		pr_helper_check(partner->helper);
	halves[PR_END_A] = question->half;
	return err;
}

enum pr_err pr_partner_counters(struct pr_partner *partner, struct pr_bench *bench,
                                uint64_t *values, size_t count, struct pr_error *why)
{
	enum pr_err err;

	assert(count <= COUNTERS_MAX);
	partner->question->count = count;
	err = ask(partner, COUNTERS, bench, why);
	memcpy(values, partner->question->values, count * sizeof(*values));
	return err;
}

enum pr_err pr_partner_close(struct pr_partner *partner, struct pr_bench *bench,
                             struct pr_error *why)
{
	return ask(partner, CLOSE, bench, why);
}

pid_t pr_partner_pid(const struct pr_partner *partner)
{
	return pr_helper_pid(partner->helper);
}

void pr_partner_destroy(struct pr_partner **taken)
{
	struct pr_partner *partner = *taken;

	*taken = NULL;
	if (partner == NULL)
		return;
	pr_helper_destroy(&partner->helper);
	pr_shared_free((void **)&partner->question, sizeof(*partner->question));
	free(partner);
}
