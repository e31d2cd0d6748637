/* SPDX-License-Identifier: MIT */
/* analyzers/counted.c - exact counts per message and stage, and as the report counted.  */
#include "analyzers/counted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "core/base/buf.h"
#include "core/base/json.h"

#define RATIO_NAME "recvfrom per successful recvfrom"

/* ---- per message and stage ------------------------------------------------------------------- */

static bool counts_agree(const struct pr_counts *left, const struct pr_counts *right)
{
	return left->receives == right->receives && left->would_blocks == right->would_blocks &&
	       left->received_bytes == right->received_bytes;
}

static bool take_stage(struct pr_counted *counted, const json_t *stage)
{
	const json_t *strace = json_object_get(stage, "strace");

	if (!json_is_object(strace))
		return false;
	counted->counts = pr_counts_from_strace(strace);
	counted->hooks = pr_counts_from_hooks(json_object_get(stage, "hooks"));
	counted->messages = pr_run_number(stage, "messages");
	counted->traced = true;
	counted->comparable = !isnan(counted->hooks.receives);
	counted->agree = counted->comparable && counts_agree(&counted->counts, &counted->hooks);
	return true;
}

/* Where neither strace nor hooks counted: the interposing library, else perf.  */
static void take_watched(struct pr_counted *counted, const struct pr_run *run, size_t phase,
                         size_t workload)
{
	static const char *const probes[] = {"interpose", "perf"};

	for (size_t i = 0; i < 2 && isnan(counted->counts.receives); i++) {
		const struct pr_run_trial *trial =
		        pr_run_find_probe(run, phase, workload, probes[i]);
		const json_t *flat = NULL;

		if (trial != NULL && trial->good)
			flat = i == 0 ? trial->interpose : trial->perf;
		if (flat == NULL)
			continue;
		counted->counts = pr_counts_from_flat(flat);
		counted->messages = trial->messages;
		counted->watch = probes[i];
		if (i == 1) /* it does not see bytes */
			counted->counts.received_bytes = counted->counts.sent_bytes = NAN;
	}
}

static const char *probe_name(const struct pr_counted *counted)
{
	if (counted->watch != NULL)
		return counted->watch;
	return counted->traced ? "strace" : "hooks";
}

struct pr_counted pr_counted_get(const struct pr_run *run, size_t phase, size_t workload)
{
	const json_t *stage = pr_run_stage(run, phase, run->workloads[workload].label);
	struct pr_counted counted = {.messages = NAN};

	if (!take_stage(&counted, stage)) {
		counted.hooks = pr_counts_timed(run, phase, workload, &counted.messages);
		counted.counts = counted.hooks;
	}
	if (isnan(counted.counts.receives))
		take_watched(&counted, run, phase, workload);
	counted.has_counts = !isnan(counted.counts.receives) && counted.messages > 0;
	return counted;
}

/* Where the two probes differ, which is believed and why.  */
static char *disagreement(const struct pr_counted *counted)
{
	return pr_asprintf("hooks count %s receives and %s would-blocks, strace %s and %s; strace "
	                   "is believed, because it sees every call of the process: a hook or the "
	                   "border of the stage is wrong",
	                   pr_numbers_count(counted->hooks.receives).text,
	                   pr_numbers_count(counted->hooks.would_blocks).text,
	                   pr_numbers_count(counted->counts.receives).text,
	                   pr_numbers_count(counted->counts.would_blocks).text);
}

static char *missing_trace(const struct pr_run *run, size_t phase)
{
	const struct pr_run_trace *trace = pr_run_find_trace(run, phase);

	if (trace == NULL || trace->reason == NULL)
		return pr_strdup("not traced");
	return pr_asprintf("not traced: %s", trace->reason);
}

static char *counted_note(const struct pr_run *run, size_t phase, const struct pr_counted *counted)
{
	char *missing, *note;

	if (counted->traced && counted->comparable)
		return counted->agree ? NULL : disagreement(counted);
	if (counted->traced)
		return pr_strdup("this engine has no hooks");
	missing = missing_trace(run, phase);
	if (counted->watch != NULL)
		note = pr_asprintf("%s; a trial under %s", missing, counted->watch);
	else
		note = pr_asprintf(
		        "%s%s", missing,
		        counted->has_counts ? "; the hooks of the timed trials, all blocks" : "");
	free(missing);
	return note;
}

static json_t *agree_json(const struct pr_counted *counted)
{
	return counted->comparable ? json_boolean(counted->agree) : json_null();
}

static json_t *counted_row(const struct pr_run *run, size_t phase, size_t workload)
{
	struct pr_counted counted = pr_counted_get(run, phase, workload);
	const struct pr_counts *counts = &counted.counts;
	char *note = counted_note(run, phase, &counted);
	json_t *row = json_object();

	pr_json_set(row, "workload", json_string(run->workloads[workload].label));
	pr_json_set(row, "phase", json_string(run->phases[phase].label));
	pr_json_set(row, "messages",
	            counted.has_counts ? pr_json_new_count(counted.messages) : json_null());
	pr_json_set(row, "receives", pr_json_new_count(counts->receives));
	pr_json_set(row, "would_blocks", pr_json_new_count(counts->would_blocks));
	pr_json_set(row, "receives_per_message",
	            pr_json_new_real(counts->receives / counted.messages));
	pr_json_set(row, "would_blocks_per_message",
	            pr_json_new_real(counts->would_blocks / counted.messages));
	pr_json_set(row, "bytes_per_receive",
	            pr_json_new_real(counts->received_bytes / counts->successful));
	pr_json_set(row, "sends", pr_json_new_count(counts->sends));
	pr_json_set(row, "waits", pr_json_new_count(counts->waits));
	pr_json_set(row, "wakeups", pr_json_new_count(counts->wakeups));
	pr_json_set(row, "probe",
	            counted.has_counts ? json_string(probe_name(&counted)) : json_null());
	pr_json_set(row, "agree", agree_json(&counted));
	pr_json_set(row, "note", pr_json_new_string(note));
	free(note);
	return row;
}

json_t *pr_counted_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++)
			pr_json_append(array, counted_row(run, p, w));
	return array;
}

/* ---- as the report counted ------------------------------------------------------------------- */

struct reported {
	double recvfrom, eagain, successful, ratio;
	double messages; /* of all workloads */
};

static double stage_messages(const struct pr_run *run, const json_t *stage)
{
	const char *name = pr_json_text(stage, "name");

	return pr_run_find_workload(run, name) == PR_RUN_NONE ? 0
	                                                      : pr_run_number(stage, "messages");
}

/* False when the whole program was not traced.  */
static bool get_reported(const struct pr_run *run, size_t phase, struct reported *out)
{
	const struct pr_run_trace *trace = pr_run_find_trace(run, phase);
	const json_t *stage;
	size_t i;

	*out = (struct reported){0};
	if (trace == NULL || json_array_size(trace->stages) == 0)
		return false;
	json_array_foreach((json_t *)trace->stages, i, stage)
	{
		struct pr_counts counts = pr_counts_from_strace(json_object_get(stage, "strace"));

		out->recvfrom = pr_counts_add(out->recvfrom, counts.receives);
		out->eagain = pr_counts_add(out->eagain, counts.would_blocks);
		out->messages = pr_counts_add(out->messages, stage_messages(run, stage));
	}
	out->successful = out->recvfrom - out->eagain;
	out->ratio = out->successful > 0 ? out->recvfrom / out->successful : NAN;
	return out->recvfrom > 0;
}

static json_t *reported_row(const struct pr_run *run, size_t phase)
{
	struct reported reported;
	bool found = get_reported(run, phase, &reported);
	char *note = found ? NULL : missing_trace(run, phase);
	json_t *row = json_object();

	pr_json_set(row, "phase", json_string(run->phases[phase].label));
	pr_json_set(row, "recvfrom", found ? pr_json_new_count(reported.recvfrom) : json_null());
	pr_json_set(row, "eagain", found ? pr_json_new_count(reported.eagain) : json_null());
	pr_json_set(row, "successful",
	            found ? pr_json_new_count(reported.successful) : json_null());
	pr_json_set(row, "ratio", found ? pr_json_new_real(reported.ratio) : json_null());
	pr_json_set(row, "ratio_name", json_string(RATIO_NAME));
	pr_json_set(row, "note", pr_json_new_string(note));
	free(note);
	return row;
}

json_t *pr_counted_reported_json(const struct pr_run *run)
{
	json_t *array = json_array();
	struct reported unused;
	bool any = false;

	for (size_t p = 0; p < run->phase_count; p++)
		any |= get_reported(run, p, &unused);
	for (size_t p = 0; any && p < run->phase_count; p++)
		pr_json_append(array, reported_row(run, p));
	return array;
}

static void add_per_message(const struct pr_run *run, size_t phase, struct pr_buf *text)
{
	bool first = true;

	for (size_t w = 0; w < run->workload_count; w++) {
		struct pr_counted counted = pr_counted_get(run, phase, w);
		double receives = counted.counts.receives / counted.messages;
		double would_blocks = counted.counts.would_blocks / counted.messages;

		if (!counted.has_counts)
			continue;
		if (first)
			pr_buf_printf(text,
			              " Per message, %s makes %s receives and %s would-blocks",
			              run->phases[phase].label,
			              pr_numbers_value(receives, "calls/msg").text,
			              pr_numbers_value(would_blocks, "calls/msg").text);
		else
			pr_buf_printf(text, ", %s and %s",
			              pr_numbers_value(receives, "calls/msg").text,
			              pr_numbers_value(would_blocks, "calls/msg").text);
		pr_buf_printf(text, " in %s", run->workloads[w].label);
		first = false;
	}
	if (!first)
		pr_buf_puts(text, ".");
}

/* The baseline when it was traced, else the first phase that was.  */
static bool choose_reported(const struct pr_run *run, size_t baseline, size_t *phase,
                            struct reported *reported)
{
	*phase = baseline;
	if (get_reported(run, baseline, reported))
		return true;
	for (*phase = 0; *phase < run->phase_count; (*phase)++)
		if (get_reported(run, *phase, reported))
			return true;
	return false;
}

char *pr_counted_reported_note(const struct pr_run *run, size_t baseline)
{
	struct reported reported;
	struct pr_buf text;
	size_t phase;

	if (!choose_reported(run, baseline, &phase, &reported))
		return NULL;
	pr_buf_init(&text);
	pr_buf_printf(&text,
	              "%.2f is not per message: it is receive calls over successful receive calls "
	              "of the whole program (%s: %s / %s), and it mixes the handshake and every "
	              "workload; the program moved %s messages.",
	              reported.ratio, run->phases[phase].label,
	              pr_numbers_count(reported.recvfrom).text,
	              pr_numbers_count(reported.successful).text,
	              pr_numbers_count(reported.messages).text);
	add_per_message(run, phase, &text);
	return text.text;
}
