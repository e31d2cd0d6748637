/* SPDX-License-Identifier: MIT */
/* analyzers/explain.c - a run becomes an explanation.  */
#include "analyzers/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/ablation.h"
#include "analyzers/advice.h"
#include "analyzers/claims_judge.h"
#include "analyzers/counted.h"
#include "analyzers/curve.h"
#include "analyzers/dose.h"
#include "analyzers/explain_causes.h"
#include "analyzers/functions.h"
#include "analyzers/nameless.h"
#include "analyzers/numbers.h"
#include "analyzers/pressure.h"
#include "analyzers/walk.h"
#include "analyzers/repeated.h"
#include "core/base/buf.h"
#include "core/base/json.h"

#define FORMAT  "proctor.explanation"
#define VERSION 1

/* What a cause of a read means, behind "are" or a number.  */
static const char *const cause_words[PR_COUNTS_CAUSES] = {
        [PR_COUNTS_SPECULATIVE] =
                "speculative: reads made after a completion without waiting for readiness",
        [PR_COUNTS_READINESS] =
                "on readiness: epoll had reported data, but there was none any more",
        [PR_COUNTS_DRAIN] = "of a drain: the read that ended it",
        [PR_COUNTS_RESTART] = "of restarts: reads made at once when a stop was released",
        [PR_COUNTS_START] = "at start: reads made before any readiness",
};

/* ---- words ----------------------------------------------------------------------------------- */

static size_t count_causes(const struct pr_counts *hooks, size_t *last)
{
	size_t count = 0;

	for (size_t i = 0; i < PR_COUNTS_CAUSES; i++)
		if (hooks->would_blocks_by[i] > 0) {
			*last = i;
			count++;
		}
	return count;
}

static void add_causes(struct pr_buf *text, const struct pr_counts *hooks)
{
	const char *separator = ": ";

	for (size_t i = 0; i < PR_COUNTS_CAUSES; i++) {
		if (!(hooks->would_blocks_by[i] > 0))
			continue;
		pr_buf_printf(text, "%s%s %s", separator,
		              pr_numbers_count(hooks->would_blocks_by[i]).text, cause_words[i]);
		separator = "; ";
	}
}

static void add_hooks_text(struct pr_buf *text, const struct pr_counted *counted)
{
	const struct pr_counts *hooks = &counted->hooks;
	struct pr_numbers all = pr_numbers_count(hooks->would_blocks);
	struct pr_numbers rate =
	        pr_numbers_value(hooks->would_blocks / counted->messages, "calls/msg");
	size_t cause = 0, causes = count_causes(hooks, &cause);

	if (hooks->would_blocks == 0)
		pr_buf_printf(text, "No would-block in %s receives: no read came too early",
		              pr_numbers_count(hooks->receives).text);
	else if (isnan(hooks->would_blocks_by[PR_COUNTS_READINESS]))
		pr_buf_printf(
		        text,
		        "%s would-blocks (%s per message); this engine does not count why its "
		        "reads were made",
		        all.text, rate.text);
	else if (causes == 1)
		pr_buf_printf(text, "%s of %s would-blocks (%s per message) are %s",
		              pr_numbers_count(hooks->would_blocks_by[cause]).text, all.text,
		              rate.text, cause_words[cause]);
	else
		pr_buf_printf(text, "%s would-blocks (%s per message)", all.text, rate.text);
	if (causes > 1)
		add_causes(text, hooks);
}

static void add_outside_text(struct pr_buf *text, const struct pr_counted *counted)
{
	const struct pr_counts *counts = &counted->counts;
	const char *probe = counted->watch != NULL ? counted->watch : "strace";

	if (counts->would_blocks == 0) {
		pr_buf_printf(text, "No would-block in %s receives, by %s",
		              pr_numbers_count(counts->receives).text, probe);
		return;
	}
	pr_buf_printf(text,
	              "%s would-blocks in %s receives (%s per message) by %s; no hooks counted, so "
	              "their cause cannot be told",
	              pr_numbers_count(counts->would_blocks).text,
	              pr_numbers_count(counts->receives).text,
	              pr_numbers_value(counts->would_blocks / counted->messages, "calls/msg").text,
	              probe);
}

static char *make_text(const struct pr_counted *counted)
{
	struct pr_buf text;

	pr_buf_init(&text);
	if (!counted->has_counts)
		pr_buf_puts(&text, "No probe counted the receives");
	else if (!isnan(counted->hooks.would_blocks))
		add_hooks_text(&text, counted);
	else
		add_outside_text(&text, counted);
	if (counted->comparable && !counted->agree)
		pr_buf_printf(&text,
		              "; strace counts %s would-blocks in %s receives, so one of the "
		              "two probes is wrong",
		              pr_numbers_count(counted->counts.would_blocks).text,
		              pr_numbers_count(counted->counts.receives).text);
	pr_buf_puts(&text, ".");
	return text.text;
}

/* ---- would_blocks ---------------------------------------------------------------------------- */

static json_t *by_cause_json(const struct pr_counts *hooks)
{
	json_t *object;

	if (isnan(hooks->would_blocks_by[PR_COUNTS_READINESS]))
		return json_null();
	object = json_object();
	for (size_t i = 0; i < PR_COUNTS_CAUSES; i++)
		pr_json_set(object, pr_counts_cause_names[i],
		            pr_json_new_count(hooks->would_blocks_by[i]));
	return object;
}

static json_t *would_blocks_json(const struct pr_run *run, size_t phase, size_t workload)
{
	struct pr_counted counted = pr_counted_get(run, phase, workload);
	const struct pr_counts *best =
	        isnan(counted.hooks.receives) ? &counted.counts : &counted.hooks;
	char *text = make_text(&counted);
	json_t *object = json_object();

	pr_json_set(object, "workload", json_string(run->workloads[workload].label));
	pr_json_set(object, "phase", json_string(run->phases[phase].label));
	pr_json_set(object, "messages",
	            counted.has_counts ? pr_json_new_count(counted.messages) : json_null());
	pr_json_set(object, "receives", pr_json_new_count(best->receives));
	pr_json_set(object, "would_blocks", pr_json_new_count(best->would_blocks));
	pr_json_set(object, "by_cause", by_cause_json(&counted.hooks));
	pr_json_set(object, "strace_would_blocks",
	            counted.traced ? pr_json_new_count(counted.counts.would_blocks) : json_null());
	pr_json_set(object, "agree",
	            counted.comparable ? json_boolean(counted.agree) : json_null());
	pr_json_set(object, "text", pr_json_new_string(text));
	free(text);
	return object;
}

static void set_claims(json_t *json, const struct pr_run *run, const struct pr_explain_opts *opts)
{
	json_t *claims, *contradictions;

	if (opts == NULL || opts->claims == NULL) {
		pr_json_set(json, "claims", json_array());
		return;
	}
	pr_claims_judge(opts->claims, run, opts->floor, &claims, &contradictions);
	pr_json_set(json, "claims", claims);
	pr_json_set(json, "claims_file", pr_json_new_string(opts->claims->files));
	pr_json_set(json, "contradictions", contradictions);
}

json_t *pr_explain(const struct pr_run *run, const struct pr_explain_opts *opts,
                   struct pr_error *why)
{
	json_t *json = json_object(), *would_blocks = json_array();
	json_t *curves = pr_curve_json(run), *ablation = pr_ablation_json(run);
	json_t *pressure = pr_pressure_json(run), *walks = pr_walk_json(run);
	json_t *repeated = pr_repeated_json(run), *functions = pr_functions_json(run);
	json_t *doses = pr_dose_json(run), *nameless = pr_nameless_in_functions(run, functions);

	(void)why;
	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++)
			pr_json_append(would_blocks, would_blocks_json(run, p, w));
	pr_json_set(json, "format", json_string(FORMAT));
	pr_json_set(json, "version", json_integer(VERSION));
	pr_explain_causes(run, json);
	set_claims(json, run, opts);
	pr_json_set(json, "recommendation",
	            pr_advice_json(run, opts != NULL ? opts->claims : NULL,
	                           json_object_get(json, "claims"),
	                           opts != NULL ? opts->floor : NULL));
	pr_json_set(json, "would_blocks", would_blocks);
	if (repeated != NULL)
		pr_json_set(json, "repeated", repeated);
	if (functions != NULL)
		pr_json_set(json, "functions", functions);
	if (nameless != NULL)
		pr_json_set(json, "nameless", nameless);
	if (doses != NULL)
		pr_json_set(json, "doses", doses);
	if (curves != NULL)
		pr_json_set(json, "curves", curves);
	if (ablation != NULL)
		pr_json_set(json, "ablation", ablation);
	if (pressure != NULL)
		pr_json_set(json, "pressure", pressure);
	if (walks != NULL)
		pr_json_set(json, "walks", walks);
	return json;
}
