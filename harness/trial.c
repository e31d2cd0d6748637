/* SPDX-License-Identifier: MIT */
/* harness/trial.c - gathers, judges and writes one trial.  */
#include "harness/trial.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/trial_metrics.h"
#include "harness/trial_watched.h"

static int64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

void pr_trial_init(struct pr_trial *trial, const struct pr_plan_phase *phase,
                   const struct pr_plan_workload *workload, uint64_t block)
{
	memset(trial, 0, sizeof(*trial));
	trial->phase = phase;
	trial->workload = workload;
	trial->block = block;
	trial->absent = !pr_plan_carries(phase, workload) ||
	                (block == 0 && !pr_link_can_trace(&workload->spec.link));
	trial->checks = json_array();
	if (phase->engine->foretell != NULL)
		phase->engine->foretell(phase->engine_options, &trial->habits);
	if (trial->habits.large_frame > 0 &&
	    workload->spec.link.size >= trial->habits.large_frame) {
		trial->habits.read_bytes = trial->habits.large_read_bytes;
		trial->reads_vary = true;
	}
}

void pr_trial_fini(struct pr_trial *trial)
{
	free(trial->reason);
	free(trial->stacks);
	json_decref(trial->stalled);
	json_decref(trial->before);
	json_decref(trial->after);
	json_decref(trial->watched_before);
	json_decref(trial->watched_after);
	json_decref(trial->sites);
	json_decref(trial->functions);
	json_decref(trial->nameless);
	json_decref(trial->memory_peak);
	json_decref(trial->memory_peak_a);
	json_decref(trial->memory_per_connection);
	json_decref(trial->histogram);
	json_decref(trial->histogram_sent);
	json_decref(trial->histogram_late);
	json_decref(trial->pressure);
	json_decref(trial->strace);
	json_decref(trial->counted);
	json_decref(trial->checks);
	memset(trial, 0, sizeof(*trial));
}

static void mark(struct pr_trial *trial, enum pr_trial_status status, const char *reason)
{
	if (trial->status != PR_TRIAL_OK)
		return;
	trial->status = status;
	trial->reason = pr_strdup(reason);
}

void pr_trial_set_stacks(struct pr_trial *trial, char *stacks)
{
	if (stacks == NULL)
		return;
	free(trial->stacks);
	trial->stacks = stacks;
}

void pr_trial_set_stalled(struct pr_trial *trial, json_t *testimony, bool alone)
{
	json_t *counters = json_object_get(testimony, "counters");

	if (testimony == NULL)
		return;
	if (json_is_object(counters)) {
		json_decref(trial->before);
		json_decref(trial->after);
		trial->before = json_object();
		trial->after = json_incref(counters);
		json_object_del(testimony, "counters");
	}
	if (alone && (trial->phase->engine->flags & PR_ADAPTER_EXACT_WIRE) != 0)
		pr_json_set(
		        testimony, "wire_bytes",
		        json_integer((json_int_t)pr_link_wire_bytes(&trial->workload->spec.link)));
	json_decref(trial->stalled);
	trial->stalled = testimony;
}

void pr_trial_fail(struct pr_trial *trial, const char *reason)
{
	mark(trial, PR_TRIAL_FAILED, reason);
}

void pr_trial_void(struct pr_trial *trial, const char *reason)
{
	mark(trial, PR_TRIAL_VOID, reason);
}

const char *pr_trial_status_name(enum pr_trial_status status)
{
	static const char *const names[] = {"ok", "void", "failed"};

	return names[status];
}

/* ---- slices -------------------------------------------------------------------------- */

static json_t *take(const json_t *reply, const char *key)
{
	json_t *value = json_object_get(reply, key);

	return value == NULL || json_is_null(value) ? NULL : json_incref(value);
}

static uint64_t ceil_divided(uint64_t bytes, uint64_t batch)
{
	return batch > 0 ? (bytes + batch - 1) / batch : 0;
}

static void add_least(struct pr_trial *trial, uint64_t messages)
{
	uint64_t bytes = messages * pr_link_wire_bytes(&trial->workload->spec.link);

	trial->least_receives += ceil_divided(bytes, trial->habits.read_bytes);
	trial->least_sends += ceil_divided(bytes, trial->habits.send_bytes);
}

/* slice: "slice 3", or what else went wrong.  */
static void fail_integrity(struct pr_trial *trial, const json_t *reply, const char *slice)
{
	char *reason = pr_asprintf("of %" PRId64 " messages in %s, %" PRId64 " were lost, %" PRId64
	                           " reordered, %" PRId64 " duplicated and %" PRId64 " corrupt",
	                           number(reply, "head_messages") + number(reply, "messages"),
	                           slice, number(reply, "lost"), number(reply, "reordered"),
	                           number(reply, "duplicated"), number(reply, "corrupt"));

	pr_trial_fail(trial, reason);
	free(reason);
}

static void add_fairness(struct pr_trial *trial, const json_t *reply)
{
	double fairness = json_real_value(json_object_get(reply, "fairness"));

	if (fairness > 0 && (trial->fairness == 0 || fairness < trial->fairness))
		trial->fairness = fairness;
}

static void add_usage(struct pr_trial *trial, const json_t *reply, int sign)
{
	trial->has_threads |= json_object_get(reply, "cpu_main_ns") != NULL;
	trial->cpu_main_ns += sign * number(reply, "cpu_main_ns");
	trial->cpu_mate_ns += sign * number(reply, "cpu_mate_ns");
	trial->has_switches |= json_object_get(reply, "switches_voluntary") != NULL;
	trial->switches_voluntary += sign * number(reply, "switches_voluntary");
	trial->switches_involuntary += sign * number(reply, "switches_involuntary");
}

static void add_pace(struct pr_trial *trial, const json_t *reply, int sign)
{
	trial->pace.offered_ns += sign * number(reply, "offered_ns");
	trial->pace.taken_ns += sign * number(reply, "taken_ns");
	trial->pace.engine_ns += sign * number(reply, "engine_ns");
	trial->pace.own_ns += sign * number(reply, "own_ns");
}

/* What is of the timed messages of a slice; sign -1 takes it back.  */
static void add_times(struct pr_trial *trial, const json_t *reply, int sign)
{
	trial->timed_messages += (uint64_t)(sign * number(reply, "messages"));
	trial->elapsed_ns += sign * number(reply, "elapsed_ns");
	trial->cpu_ns += sign * number(reply, "cpu_ns");
	trial->cpu_end_ns[PR_END_A] += sign * number(reply, "cpu_a_ns");
	trial->cpu_end_ns[PR_END_B] += sign * number(reply, "cpu_b_ns");
	add_usage(trial, reply, sign);
	add_pace(trial, reply, sign);
}

/* True when all messages of the reply came once, in order and unchanged.  */
static bool sum_integrity(struct pr_trial *trial, const json_t *reply)
{
	int64_t lost = number(reply, "lost"), reordered = number(reply, "reordered");
	int64_t duplicated = number(reply, "duplicated"), corrupt = number(reply, "corrupt");

	trial->lost += lost;
	trial->reordered += reordered;
	trial->duplicated += duplicated;
	trial->corrupt += corrupt;
	return lost == 0 && reordered == 0 && duplicated == 0 && corrupt == 0;
}

/* Where readers stall the engine may lose messages, or change their order: that is the answer.  */
static bool may_go_wrong(const struct pr_trial *trial, const json_t *reply)
{
	return trial->workload->ops->stalls && number(reply, "corrupt") == 0;
}

/* False when messages went wrong: the trial has failed.  */
static bool add_integrity(struct pr_trial *trial, const json_t *reply)
{
	char slice[32];

	if (sum_integrity(trial, reply))
		return true;
	if (may_go_wrong(trial, reply))
		return true;
	snprintf(slice, sizeof(slice), "slice %" PRIu64, trial->slices_done);
	fail_integrity(trial, reply, slice);
	return false;
}

bool pr_trial_add_warm_up(struct pr_trial *trial, const json_t *odd)
{
	if (may_go_wrong(trial, odd))
		return true; /* and what is counted begins behind the warm-up */
	trial->messages += (uint64_t)number(odd, "messages");
	sum_integrity(trial, odd);
	fail_integrity(trial, odd, "the warm-up");
	return false;
}

bool pr_trial_add_slice(struct pr_trial *trial, const json_t *reply)
{
	uint64_t timed = (uint64_t)number(reply, "messages");
	uint64_t head = (uint64_t)number(reply, "head_messages");

	trial->slices_done++;
	trial->messages += head + timed;
	add_times(trial, reply, 1);
	add_fairness(trial, reply);
	add_least(trial, head);
	add_least(trial, timed);
	if (trial->pressure == NULL)
		trial->pressure = take(reply, "pressure");
	return add_integrity(trial, reply);
}

bool pr_trial_add_whole(struct pr_trial *trial, const json_t *reply)
{
	return add_integrity(trial, reply);
}

void pr_trial_void_slice(struct pr_trial *trial, const json_t *reply, const char *reason)
{
	add_times(trial, reply, -1);
	trial->slices_void++;
	if (trial->slices_void == trial->workload->slices)
		pr_trial_void(trial, reason);
}

/* ---- snapshots ----------------------------------------------------------------------- */

void pr_trial_set_before(struct pr_trial *trial, const json_t *reply)
{
	trial->before = take(reply, "counters");
	trial->has_hooks = trial->before != NULL;
	trial->watched_before = take(reply, "watched");
}

void pr_trial_set_after(struct pr_trial *trial, const json_t *reply)
{
	trial->after = take(reply, "counters");
	trial->watched_after = take(reply, "watched");
	trial->memory_peak = take(reply, "memory_peak");
	trial->memory_peak_a = take(reply, "memory_peak_a");
	trial->memory_per_connection = take(reply, "memory_per_connection");
	trial->histogram = take(reply, "histogram");
	trial->histogram_sent = take(reply, "histogram_sent");
	trial->histogram_late = take(reply, "histogram_late");
}

json_t *pr_trial_counters(const struct pr_trial *trial, const json_t *glossary)
{
	json_t *result, *counter;
	size_t i;

	if (trial->before == NULL || trial->after == NULL)
		return NULL;
	result = json_object();
	json_array_foreach((json_t *)glossary, i, counter)
	{
		const char *name = pr_json_text(counter, "name");
		const char *kind = pr_json_text(counter, "kind");
		json_int_t value = number(trial->after, name);

		if (json_object_get(trial->after, name) == NULL)
			continue;
		if (strcmp(kind, "peak") != 0)
			value -= number(trial->before, name);
		pr_json_set(result, name, json_integer(value));
	}
	return result;
}

/* ---- judging ------------------------------------------------------------------------- */

static struct pr_check_facts facts_of(const struct pr_trial *trial)
{
	return (struct pr_check_facts){
	        .workload = trial->workload->ops,
	        .spec = &trial->workload->spec,
	        .habits = trial->habits,
	        .reads_vary = trial->reads_vary,
	        .exact_wire = (trial->phase->engine->flags & PR_ADAPTER_EXACT_WIRE) != 0,
	        .messages = trial->messages,
	        .least_receives = trial->least_receives,
	        .least_sends = trial->least_sends,
	};
}

static void check_integrity(struct pr_trial *trial)
{
	bool ok = trial->lost == 0 && trial->reordered == 0 && trial->duplicated == 0 &&
	          trial->corrupt == 0;
	char *text;

	if (trial->workload->ops->stalls)
		return; /* it is measured: messages_lost and the others */
	text = pr_asprintf("%" PRIu64 " messages: %" PRId64 " lost, %" PRId64 " reordered, %" PRId64
	                   " duplicated, %" PRId64 " corrupt",
	                   trial->messages, trial->lost, trial->reordered, trial->duplicated,
	                   trial->corrupt);

	pr_check_add(trial->checks, "every message arrived once, in order and unchanged", ok, text);
	free(text);
}

static void fail_check(struct pr_trial *trial, const json_t *check)
{
	char *reason = pr_asprintf("a count does not come out: %s: %s", pr_json_text(check, "name"),
	                           pr_json_text(check, "text"));

	pr_trial_fail(trial, reason);
	free(reason);
}

/* A time that is the generator's says nothing of the engine.  */
static void void_if_own_fault(struct pr_trial *trial)
{
	const struct pr_pace_sums *sums = &trial->pace;
	char *reason;

	if (trial->block == 0 || !pr_pace_is_own_fault(sums))
		return;
	reason = pr_asprintf("the generator was the bottleneck: %.0f messages a second were sent "
	                     "of %.0f offered, and while behind, the sender spent %.0f %% of the "
	                     "time outside of the engine",
	                     (double)trial->timed_messages * 1e9 / (double)sums->taken_ns,
	                     (double)trial->timed_messages * 1e9 / (double)sums->offered_ns,
	                     100.0 * (double)sums->own_ns /
	                             (double)(sums->own_ns + sums->engine_ns));
	pr_trial_void(trial, reason);
	free(reason);
}

void pr_trial_judge(struct pr_trial *trial, const json_t *glossary)
{
	struct pr_check_facts facts = facts_of(trial);
	json_t *counters = pr_trial_counters(trial, glossary);
	const json_t *failed;

	if (trial->status != PR_TRIAL_OK)
		goto done; /* incomplete: no rule holds */
	void_if_own_fault(trial);
	check_integrity(trial);
	if (counters != NULL)
		pr_check_hooks(&facts, counters, trial->checks);
	if (trial->strace != NULL)
		pr_check_strace(&facts, counters, trial->strace, trial->checks);
	pr_trial_check_watched(trial, counters);
	failed = pr_check_first_failed(trial->checks);
	if (failed != NULL)
		fail_check(trial, failed);
done:
	json_decref(counters);
}

/* ---- the record ---------------------------------------------------------------------- */

static json_t *dump_lines(const char *text)
{
	json_t *lines = json_array();
	char *copy = pr_strdup(text), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			pr_json_append(lines, pr_json_new_string(line));
	free(copy);
	return lines;
}

json_t *pr_trial_dump(const struct pr_trial *trial, const json_t *glossary)
{
	json_t *counters = pr_trial_counters(trial, glossary);
	json_t *record = json_object(), *probes = json_array(), *groups = json_object();

	if (counters != NULL) {
		pr_json_append(probes, json_string("hooks"));
		pr_json_set(groups, "hooks", json_incref(counters));
	}
	if (trial->block == 0 && !pr_trial_is_watch(trial->probe))
		pr_json_append(probes, pr_json_new_string(trial->probe));
	if (trial->strace != NULL)
		pr_json_set(groups, "strace", pr_trial_flatten(trial->strace));
	pr_trial_put_watched(trial, probes, groups);
	if (trial->counted != NULL)
		pr_json_set(groups, trial->probe, json_incref(trial->counted));
	pr_json_set(record, "phase", json_string(trial->phase->label));
	pr_json_set(record, "workload", json_string(trial->workload->label));
	pr_json_set(record, "block", json_integer((json_int_t)trial->block));
	pr_json_set(record, "position",
	            trial->position > 0 ? json_integer((json_int_t)trial->position) : json_null());
	pr_json_set(record, "probes", probes);
	pr_json_set(record, "status", json_string(pr_trial_status_name(trial->status)));
	pr_json_set(record, "reason", pr_json_new_string(trial->reason));
	pr_json_set(record, "messages", json_integer((json_int_t)trial->messages));
	pr_json_set(record, "slices_void", json_integer((json_int_t)trial->slices_void));
	pr_json_set(record, "head_messages",
	            json_integer((json_int_t)(trial->messages - trial->timed_messages)));
	if (trial->block > 0 && trial->histogram != NULL)
		pr_json_set(record, "latency_samples",
		            json_incref(json_object_get(trial->histogram, "count")));
	pr_json_set(record, "metrics", pr_trial_dump_metrics(trial, counters));
	pr_json_set(record, "counters", groups);
	pr_json_set(record, "checks", json_incref(trial->checks));
	if (trial->pressure != NULL)
		pr_json_set(record, "pressure", json_incref(trial->pressure));
	if (trial->status == PR_TRIAL_FAILED &&
	    (trial->phase->engine->flags & PR_ADAPTER_EXACT_WIRE) != 0)
		pr_json_set(
		        record, "wire_bytes",
		        json_integer((json_int_t)pr_link_wire_bytes(&trial->workload->spec.link)));
	if (trial->corrupt > 0)
		pr_json_set(record, "corrupt", json_integer(trial->corrupt));
	if (trial->stalled != NULL)
		pr_json_set(record, "stalled", json_incref(trial->stalled));
	if (trial->functions != NULL)
		pr_json_set(record, "functions", json_incref(trial->functions));
	if (trial->sites != NULL)
		pr_json_set(record, "sites", json_incref(trial->sites));
	if (trial->nameless != NULL)
		pr_json_set(record, "nameless", json_incref(trial->nameless));
	if (trial->stacks != NULL)
		pr_json_set(record, "stacks", dump_lines(trial->stacks));
	json_decref(counters);
	return record;
}
