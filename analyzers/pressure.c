/* SPDX-License-Identifier: MIT */
/* analyzers/pressure.c - numbers and sentences of stalled readers.  */
#include "analyzers/pressure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* In the order of the document.  */
static const struct metric {
	const char *name;
	bool is_sum; /* over the trials; else their median */
} metrics[] = {
        {"messages_lost", true},        {"messages_reordered", true},
        {"messages_duplicated", true},  {"disconnects", true},
        {"messages_unread", true},      {"held_bytes_peak", false},
        {"engine_bytes_peak", false},   {"kernel_bytes_peak", false},
        {"absorbed_bytes", false},      {"memory_growth", false},
        {"zero_window_time", false},    {"release_to_first", false},
        {"release_to_last", false},     {"release_calls_last", false},
        {"throughput_before", false},   {"throughput_drain", false},
        {"throughput_after", false},    {"sends_refused", true},
        {"latency_before_p50", false},  {"latency_before_p99", false},
        {"latency_stalled_max", false}, {"latency_after_p50", false},
        {"latency_after_p99", false},
};

#define METRICS (sizeof(metrics) / sizeof(metrics[0]))

/* ---- numbers -------------------------------------------------------------------------------- */

static bool is_timed(const struct pr_run_trial *trial, size_t phase, size_t workload)
{
	return trial->phase == phase && trial->workload == workload && trial->good &&
	       trial->block > 0;
}

/* Calls that an engine does not count itself, by a probe in a trial of its own.  */
#define CALLS "release_calls"

static double watched(const struct pr_run *run, size_t phase, size_t workload, const char *metric)
{
	static const char *const probes[] = {"interpose", "perf"};

	for (size_t i = 0; i < 2; i++) {
		const struct pr_run_trial *trial =
		        pr_run_find_probe(run, phase, workload, probes[i]);
		double value = trial != NULL && trial->good ? pr_run_metric(trial, metric) : NAN;

		if (!isnan(value))
			return value;
	}
	return NAN;
}

/* NaN when no trial measured it.  */
static double gather(const struct pr_run *run, size_t phase, size_t workload,
                     const struct metric *metric)
{
	double *values = pr_alloc((run->trial_count + 1) * sizeof(*values)), sum = 0, result;
	size_t count = 0;

	for (size_t i = 0; i < run->trial_count; i++) {
		double value = pr_run_metric(&run->trials[i], metric->name);

		if (!is_timed(&run->trials[i], phase, workload) || isnan(value))
			continue;
		values[count++] = value;
		sum += value;
	}
	if (count == 0 && strncmp(metric->name, CALLS, strlen(CALLS)) == 0)
		values[count++] = watched(run, phase, workload, metric->name);
	result = count == 0 ? NAN : metric->is_sum ? sum : pr_stats_median(values, count);
	free(values);
	return result;
}

static json_t *number_json(double value)
{
	if (isnan(value))
		return json_null();
	return value == floor(value) && fabs(value) < 1e15 ? json_integer((json_int_t)value)
	                                                   : json_real(value);
}

/* NULL when the phase has no good trial.  */
static json_t *phase_json(const struct pr_run *run, size_t phase, size_t workload)
{
	json_t *object = json_object();
	size_t trials = 0;
	double messages = 0;

	for (size_t i = 0; i < run->trial_count; i++)
		if (is_timed(&run->trials[i], phase, workload)) {
			trials++;
			messages += run->trials[i].messages;
		}
	if (trials == 0) {
		json_decref(object);
		return NULL;
	}
	pr_json_set(object, "phase", json_string(run->phases[phase].label));
	pr_json_set(object, "trials", json_integer((json_int_t)trials));
	pr_json_set(object, "messages", number_json(messages));
	for (size_t i = 0; i < METRICS; i++)
		pr_json_set(object, metrics[i].name,
		            number_json(gather(run, phase, workload, &metrics[i])));
	return object;
}

/* ---- sentences ------------------------------------------------------------------------------ */

static double count_of(const json_t *phase, const char *key)
{
	double value = pr_run_number(phase, key);

	return isnan(value) ? 0 : value;
}

static bool lost_some(const json_t *phase)
{
	return count_of(phase, "messages_lost") > 0;
}

/* "a, b and c".  */
static void add_name(struct pr_buf *text, const char *name, size_t index, size_t count)
{
	pr_buf_printf(text, "%s%s", index == 0 ? "" : index + 1 == count ? " and " : ", ", name);
}

/* Of a phase that says at which size it ends a connection: why it did.  */
static void add_cap(const struct pr_run *run, const json_t *phase, struct pr_buf *text)
{
	size_t number = pr_run_find_phase(run, pr_json_text(phase, "phase"));
	const struct pr_run_phase *it = &run->phases[number];
	const char *cap = pr_run_option(it, "cap"), *at_cap = pr_run_option(it, "at-cap");

	if (cap != NULL && at_cap != NULL && strcmp(at_cap, "disconnect") == 0 &&
	    strcmp(cap, "none") != 0)
		pr_buf_printf(text, ", because it ends a connection for which it holds %s", cap);
}

static void add_loss(const struct pr_run *run, const json_t *phase, struct pr_buf *text)
{
	double lost = count_of(phase, "messages_lost"), messages = count_of(phase, "messages");
	double disconnects = pr_run_number(phase, "disconnects");

	pr_buf_printf(text, "%s lost %s of %s messages (%s)", pr_json_text(phase, "phase"),
	              pr_numbers_count(lost).text, pr_numbers_count(messages + lost).text,
	              pr_numbers_percent(lost / (messages + lost)).text);
	if (!isnan(disconnects))
		pr_buf_printf(text, " in %s", pr_numbers_plural(disconnects, "disconnect").text);
	if (disconnects > 0)
		add_cap(run, phase, text);
}

/* "; baseline and reactive lost none." */
static void add_spared(const json_t *phases, struct pr_buf *text, bool any)
{
	size_t i, count = 0, index = 0;
	json_t *phase;

	json_array_foreach((json_t *)phases, i, phase)
	{
		count += !lost_some(phase);
	}
	if (count > 0 && any)
		pr_buf_puts(text, "; ");
	json_array_foreach((json_t *)phases, i, phase)
	{
		if (!lost_some(phase))
			add_name(text, pr_json_text(phase, "phase"), index++, count);
	}
	if (count > 0)
		pr_buf_puts(text, " lost none");
}

static char *loss_text(const struct pr_run *run, size_t workload, const json_t *phases)
{
	const char *stall = pr_json_text(run->workloads[workload].options, "stall-time");
	struct pr_buf text;
	bool any = false;
	size_t i;
	json_t *phase;

	pr_buf_init(&text);
	pr_buf_printf(&text, "While the reader stalled%s%s: ", stall != NULL ? " for " : "",
	              stall != NULL ? stall : "");
	json_array_foreach((json_t *)phases, i, phase)
	{
		if (!lost_some(phase))
			continue;
		pr_buf_puts(&text, any ? "; " : "");
		add_loss(run, phase, &text);
		any = true;
	}
	add_spared(phases, &text, any);
	pr_buf_puts(&text, ".");
	return text.text;
}

/* NULL when no phase lets it be known.  */
static char *amounts_text(const json_t *phases, const char *begin, const char *key,
                          const char *unit)
{
	struct pr_numbers words; /* "1.5 MiB", "12 ms", but "512" */
	struct pr_buf text;
	size_t i;
	json_t *phase;
	const char *separator = "";

	pr_buf_init(&text);
	pr_buf_puts(&text, begin);
	json_array_foreach((json_t *)phases, i, phase)
	{
		double value = pr_run_number(phase, key);

		if (isnan(value))
			continue;
		words = pr_numbers_value(value, unit);
		pr_buf_printf(&text, "%s%s %s%s", separator, pr_json_text(phase, "phase"),
		              words.text, strpbrk(words.text, "is") == NULL ? " bytes" : "");
		separator = ", ";
	}
	pr_buf_puts(&text, ".");
	if (*separator != '\0')
		return text.text;
	pr_buf_fini(&text);
	return NULL;
}

/* Between two engines over ipc nobody sees how what lies in both is shared
 * (harness/pressure_dump.c); senders that are sockets have no queue of their own.  */
static bool is_at_least(const struct pr_run *run, size_t workload)
{
	const json_t *options = run->workloads[workload].options;
	const char *transport = pr_json_text(options, "transport");

	return transport != NULL && strcmp(transport, "ipc") == 0 &&
	       !(pr_run_number(options, "peers") > 0);
}

/* Of whom it is not known what they absorbed; NULL when it is known of all.  */
static char *unknown_text(const json_t *phases)
{
	struct pr_buf text;
	size_t i;
	json_t *phase;

	pr_buf_init(&text);
	json_array_foreach((json_t *)phases, i, phase)
	{
		if (isnan(pr_run_number(phase, "absorbed_bytes")))
			pr_buf_printf(&text, "%s%s",
			              text.size == 0
			                      ? "How much the stalled side took in beyond its "
			                        "HWM is not known of: "
			                      : ", ",
			              pr_json_text(phase, "phase"));
	}
	if (text.size > 0) {
		pr_buf_puts(&text,
		            " (the kernel does not tell what lay in the sockets, or there is no "
		            "HWM to be beyond).");
		return text.text;
	}
	pr_buf_fini(&text);
	return NULL;
}

static void add_text(json_t *texts, char *text)
{
	if (text != NULL)
		pr_json_append(texts, pr_json_new_string(text));
	free(text);
}

static bool is_forever(const struct pr_run *run, size_t workload)
{
	const char *stall = pr_json_text(run->workloads[workload].options, "stall");

	return stall != NULL && strcmp(stall, "forever") == 0;
}

static json_t *texts_json(const struct pr_run *run, size_t workload, const json_t *phases)
{
	json_t *texts = json_array();

	if (!is_forever(run, workload))
		add_text(texts, loss_text(run, workload, phases));
	add_text(
	        texts,
	        amounts_text(phases,
	                     is_at_least(run, workload)
	                             ? "Beyond what the HWM of both sides lets queue, the stalled "
	                               "side took in at least (over ipc nobody sees how the two "
	                               "share the rest): "
	                             : "Beyond what its HWM lets queue, the stalled side took in: ",
	                     "absorbed_bytes", "bytes"));
	add_text(texts, unknown_text(phases));
	add_text(texts, amounts_text(phases, "The memory of its process grew by: ", "memory_growth",
	                             "bytes"));
	if (!is_forever(run, workload))
		add_text(texts, amounts_text(phases, "After the stall the backlog was there in: ",
		                             "release_to_last", "ns"));
	return texts;
}

/* ---- the document --------------------------------------------------------------------------- */

json_t *pr_pressure_json(const struct pr_run *run)
{
	json_t *list = json_array();

	for (size_t w = 0; w < run->workload_count; w++) {
		json_t *phases = json_array(), *object, *phase;

		for (size_t p = 0; p < run->phase_count; p++)
			if (strcmp(run->workloads[w].name, "backpressure") == 0 &&
			    (phase = phase_json(run, p, w)) != NULL)
				pr_json_append(phases, phase);
		if (json_array_size(phases) == 0) {
			json_decref(phases);
			continue;
		}
		object = json_object();
		pr_json_set(object, "workload", json_string(run->workloads[w].label));
		pr_json_set(object, "texts", texts_json(run, w, phases));
		pr_json_set(object, "phases", phases);
		pr_json_append(list, object);
	}
	if (json_array_size(list) > 0)
		return list;
	json_decref(list);
	return NULL;
}
