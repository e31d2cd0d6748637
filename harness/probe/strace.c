/* SPDX-License-Identifier: MIT */
/* harness/probe/strace.c - a trial under strace: exact counts, never times.
 *
 * A fresh worker without warm-up runs each workload once, in one slice, with marks between the
 * stages and a rest before each mark.  The log is cut at the marks and counted
 * (analyzers/strace.h), held against the hooks of the same trial, and kept compressed.
 *
 * strace runs with --seccomp-bpf, so that only the calls of the set stop the process.  The set is
 * the whole family: receives, sends, waits, wake-ups, and what makes and closes descriptors,
 * without which a read of an eventfd could not be told from a read of a socket.  */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "analyzers/strace.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "harness/probe.h"
#include "harness/probe/stage.h"
#include "harness/watch.h"

/* ---- is it permitted? ---------------------------------------------------------------- */

static enum pr_err permit(const struct pr_crew *crew, struct pr_error *why)
{
	const char *const argv[] = {"strace",    "-f", "--seccomp-bpf",      "-o",
	                            "/dev/null", "-e", PR_CREW_TRACED_CALLS, crew->program,
	                            "worker",    NULL};
	char *log = pr_asprintf("%s/logs/strace.log", crew->dir);
	struct pr_child *child = NULL;
	enum pr_err err = pr_child_start(argv, log, &child, why);

	free(log);
	if (err == PR_OK)
		err = pr_crew_close(crew, &child, why);
	return err;
}

/* ---- the compressed log -------------------------------------------------------------- */

static enum pr_err copy_compressed(FILE *in, FILE *out, ZSTD_CCtx *context)
{
	size_t in_room = ZSTD_CStreamInSize(), out_room = ZSTD_CStreamOutSize();
	char *from = pr_alloc(in_room), *to = pr_alloc(out_room);
	bool ok = true, last = false;

	while (ok && !last) {
		ZSTD_inBuffer input = {from, fread(from, 1, in_room, in), 0};
		size_t left = 1;

		last = input.size < in_room;
		while (ok && (last ? left > 0 : input.pos < input.size)) {
			ZSTD_outBuffer output = {to, out_room, 0};

			left = ZSTD_compressStream2(context, &output, &input,
			                            last ? ZSTD_e_end : ZSTD_e_continue);
			ok = !ZSTD_isError(left) && fwrite(to, 1, output.pos, out) == output.pos;
		}
	}
	free(from);
	free(to);
	return ok && !ferror(in) ? PR_OK : PR_FAILED;
}

/* Replaces the log by its compressed form.  */
static enum pr_err compress(const char *log, const char *compressed, struct pr_error *why)
{
	FILE *in = fopen(log, "re"), *out = fopen(compressed, "we");
	ZSTD_CCtx *context = ZSTD_createCCtx();
	enum pr_err err = PR_FAILED;

	if (in != NULL && out != NULL && context != NULL)
		err = copy_compressed(in, out, context);
	ZSTD_freeCCtx(context);
	if (in != NULL)
		fclose(in);
	if (out != NULL && fclose(out) != 0)
		err = PR_FAILED;
	if (err != PR_OK) {
		pr_error_set(why, err, "%s: cannot write the compressed trace: %s", compressed,
		             strerror(errno));
		unlink(compressed);
	}
	unlink(log); /* also when it is lost: what was measured needs the room */
	return err;
}

/* ---- the traced trial ---------------------------------------------------------------- */

struct traced {
	const struct pr_crew *crew;
	const struct pr_plan_phase *phase;
	struct pr_trial *trials;
	struct pr_child *child;
	json_t *handshake; /* counters when all links were open; NULL without hooks */
	size_t running;    /* index of the workload under way */
};

/* One workload; the counters before the first are those of the handshake.  */
static enum pr_err trace_workload(struct traced *traced, size_t index, struct pr_error *why)
{
	struct pr_trial *trial = &traced->trials[index];
	enum pr_err err = pr_stage_run(traced->crew, traced->child, traced->phase, trial, why);

	if (err == PR_OK && traced->handshake == NULL)
		traced->handshake = json_incref(trial->before);
	return err;
}

/* About ten million calls.  A plan that makes more is better traced with a smaller count.  */
#define LOG_BYTES_MAX ((uint64_t)1 << 30)

static enum pr_err run_worker(struct traced *traced, const char *log, struct pr_error *why)
{
	const char *const prefix[] = {
	        "strace", "-f", "--seccomp-bpf",      "-o", log, "-s",
	        "256",    "-e", PR_CREW_TRACED_CALLS, NULL}; /* labels are long */
	json_t *reply;
	enum pr_err err =
	        pr_crew_start(traced->crew, traced->phase, prefix, traced->crew->watchers, 0,
	                      traced->crew->plan->workload_count, &traced->child, &reply, why);

	if (err != PR_OK)
		return err;
	json_decref(reply);
	err = pr_child_limit_files(traced->child, LOG_BYTES_MAX, why);
	for (; err == PR_OK && traced->running < traced->crew->plan->workload_count;
	     traced->running++)
		if (!traced->trials[traced->running].absent)
			err = trace_workload(traced, traced->running, why);
	if (err == PR_OK)
		err = pr_crew_mark(traced->crew, traced->child, "drain", "begin", why);
	if (err == PR_OK)
		return pr_crew_close(traced->crew, &traced->child, why);
	pr_child_destroy(&traced->child);
	return err;
}

/* ---- stages -------------------------------------------------------------------------- */

static json_t *find_stage(const json_t *stages, const char *name)
{
	json_t *stage;
	size_t i;

	json_array_foreach((json_t *)stages, i, stage)
	{
		if (strcmp(pr_json_text(stage, "name"), name) == 0)
			return stage;
	}
	return NULL;
}

/* The whole stage of TRACE, in the order of the contract.  */
static void complete_stage(json_t *stage, json_t *messages, json_t *hooks)
{
	json_t *strace = json_incref(json_object_get(stage, "strace"));

	json_object_del(stage, "strace");
	pr_json_set(stage, "messages", messages);
	pr_json_set(stage, "hooks", hooks != NULL ? hooks : json_null());
	pr_json_set(stage, "strace", strace);
}

/* Messages of the greetings: one each way, where the pattern answers.  How often a publisher had to
 * greet is not known; its last two count.  */
static size_t count_greetings(const struct traced *traced)
{
	const struct pr_plan *plan = traced->crew->plan;
	size_t greetings = 0;

	for (size_t i = 0; i < plan->workload_count; i++) {
		const struct pr_link_spec *spec = &plan->workloads[i].spec.link;
		const struct pr_pattern_facts *pattern = &pr_patterns[spec->pattern];
		bool seen = traced->trials[i].absent;

		for (size_t j = 0; j < i; j++)
			seen |= pr_link_same(spec, &plan->workloads[j].spec.link);
		if (!seen)
			greetings += pattern->answers || pattern->drops ? 2 : 1;
	}
	return greetings;
}

static void finish_handshake(const struct traced *traced, json_t *stages, json_t *checks)
{
	json_t *stage = find_stage(stages, "handshake");
	json_t *hooks = json_is_object(traced->handshake) ? json_incref(traced->handshake) : NULL;

	if (stage == NULL)
		return;
	if (hooks != NULL)
		pr_check_strace(NULL, hooks, json_object_get(stage, "strace"), checks);
	complete_stage(stage, json_integer((json_int_t)count_greetings(traced)), hooks);
}

static void finish_workloads(struct traced *traced, json_t *stages, const json_t *glossary,
                             struct pr_error *why)
{
	for (size_t i = 0; i < traced->crew->plan->workload_count; i++) {
		struct pr_trial *trial = &traced->trials[i];
		json_t *stage = find_stage(stages, trial->workload->label);

		if (trial->absent)
			continue;
		if (stage == NULL) {
			pr_trial_fail(trial, why->text[0] != '\0' ? why->text
			                                          : "the trace has no such stage");
			continue;
		}
		trial->strace = json_incref(json_object_get(stage, "strace"));
		pr_trial_judge(trial, glossary);
		complete_stage(stage, json_integer((json_int_t)trial->messages),
		               pr_trial_counters(trial, glossary));
		/* Under the tracer: how long such a run takes, not how fast the engine is.  */
		if (trial->status == PR_TRIAL_OK && trial->elapsed_ns > 0)
			pr_json_set(stage, "traced_ns",
			            json_integer((json_int_t)trial->elapsed_ns));
	}
}

/* The checks of all stages, each with the name of its stage.  */
static json_t *gather_checks(const struct traced *traced, json_t *handshake)
{
	json_t *all = json_array(), *check;
	size_t i;

	json_array_foreach(handshake, i, check)
	{
		json_t *copy = json_copy(check);

		pr_json_set(copy, "name",
		            json_sprintf("handshake: %s", pr_json_text(check, "name")));
		pr_json_append(all, copy);
	}
	for (size_t w = 0; w < traced->crew->plan->workload_count; w++)
		json_array_foreach(traced->trials[w].checks, i, check)
		{
			json_t *copy = json_copy(check);

			pr_json_set(copy, "name",
			            json_sprintf("%s: %s", traced->trials[w].workload->label,
			                         pr_json_text(check, "name")));
			pr_json_append(all, copy);
		}
	json_decref(handshake);
	return all;
}

/* ---- the record ---------------------------------------------------------------------- */

static json_t *begin_trace(const struct pr_plan_phase *phase, const char *file, const char *status,
                           const char *reason)
{
	json_t *trace = json_object();

	pr_json_set(trace, "phase", json_string(phase->label));
	pr_json_set(trace, "file", pr_json_new_string(file));
	pr_json_set(trace, "status", json_string(status));
	pr_json_set(trace, "reason", pr_json_new_string(reason));
	return trace;
}

static json_t *skip(const struct pr_plan_phase *phase, const char *reason)
{
	json_t *trace = begin_trace(phase, NULL, "skipped", reason);

	pr_json_set(trace, "traced_seconds", json_null());
	pr_json_set(trace, "stages", json_array());
	pr_json_set(trace, "checks", json_array());
	return trace;
}

/* The first thing that went wrong: the worker itself, else a check.  */
static char *find_reason(const struct pr_error *why, const json_t *checks)
{
	const json_t *failed = pr_check_first_failed(checks);

	if (why->text[0] != '\0')
		return pr_strdup(why->text);
	if (failed == NULL)
		return NULL;
	return pr_asprintf("%s: %s", pr_json_text(failed, "name"), pr_json_text(failed, "text"));
}

static json_t *finish_trace(struct traced *traced, const char *file, double seconds, json_t *stages,
                            const json_t *glossary, struct pr_error *why)
{
	json_t *checks = json_array(), *trace, *drain;
	char *reason;

	if (stages == NULL)
		stages = json_array();
	finish_handshake(traced, stages, checks);
	finish_workloads(traced, stages, glossary, why);
	drain = find_stage(stages, "drain");
	if (drain != NULL)
		complete_stage(drain, json_integer(0), NULL);
	checks = gather_checks(traced, checks);
	reason = find_reason(why, checks);
	trace = begin_trace(traced->phase, file, reason != NULL ? "failed" : "ok", reason);
	pr_json_set(trace, "traced_seconds", json_real(seconds));
	pr_json_set(trace, "stages", stages);
	pr_json_set(trace, "checks", checks);
	free(reason);
	return trace;
}

static void fail_trials(struct traced *traced, const char *reason)
{
	size_t first = traced->running > 0 ? traced->running - 1 : 0;

	pr_trial_set_stacks(&traced->trials[first], pr_child_take_stacks());
	json_decref(pr_child_take_testimony()); /* of another time than the stages */
	for (size_t i = first; i < traced->crew->plan->workload_count; i++)
		pr_trial_fail(&traced->trials[i], reason);
}

static char *file(const struct pr_plan_phase *phase)
{
	return pr_asprintf("traces/%s.strace.zst", phase->label);
}

static enum pr_err run(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                       const json_t *glossary, struct pr_trial *trials, json_t **trace,
                       struct pr_error *why)
{
	struct traced traced = {.crew = crew, .phase = phase, .trials = trials};
	char *log = pr_asprintf("%s/traces/%s.strace", crew->dir, phase->label);
	char *name = file(phase);
	char *path = pr_asprintf("%s/%s", crew->dir, name);
	struct pr_error failed = {.text = ""}, unread;
	int64_t began_ns = pr_clock_ns();
	json_t *stages = NULL;
	enum pr_err err = run_worker(&traced, log, &failed);
	double seconds = (double)(pr_clock_ns() - began_ns) / 1e9;
	bool kept;

	if (err == PR_INTERRUPTED) {
		unlink(log);
		pr_error_set(why, err, "%s", failed.text);
	} else {
		if (err != PR_OK)
			fail_trials(&traced, failed.text);
		kept = compress(log, path, &unread) == PR_OK;
		if ((!kept || pr_strace_count_file(path, &stages, &unread) != PR_OK) &&
		    err == PR_OK)
			failed = unread;
		*trace = finish_trace(&traced, kept ? name : NULL, seconds, stages, glossary,
		                      &failed);
		err = PR_OK;
	}
	json_decref(traced.handshake);
	free(log);
	free(name);
	free(path);
	return err;
}

/* Of one phase: starting, parsing and compressing.  */
#define TRACE_S 0.4

static double message_ns(const struct pr_workload_ops *ops)
{
	return ops->guess_traced_ns;
}

static double predict_s(const struct pr_plan *plan, const struct pr_plan_phase *phase)
{
	return pr_stage_predict_s(plan, phase, TRACE_S, message_ns);
}

const struct pr_probe_ops pr_probe_strace = {
        .name = "strace",
        .summary = "every system call, in trials that are not timed",
        .version = PR_PROBE_OPS_VERSION,
        .usual = true,
        .watch = PR_WATCH_STRACE,
        .array = "traces",
        .predict_s = predict_s,
        .permit = permit,
        .run = run,
        .skip = skip,
        .file = file,
};
