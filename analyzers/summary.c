/* SPDX-License-Identifier: MIT */
/* analyzers/summary.c - the verdict of a comparison.  */
#include "analyzers/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/counted.h"
#include "analyzers/numbers.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* A reader that makes fewer would-blocks a message is not worth a word.  */
#define WORTH_A_WORD 0.05

/* ---- the sentence ---------------------------------------------------------------------------- */

static const char *label(const struct pr_rows *rows, size_t phase)
{
	return rows->run->phases[phase].label;
}

/* "is faster (+62.0 % [+59.1, +65.8])".  */
static void add_change(struct pr_buf *text, const struct pr_row *row)
{
	const struct pr_difference *d = &row->difference;
	struct pr_numbers effect = pr_numbers_effect(d->effect, d->lo, d->hi);

	if (row->by_total) {
		pr_buf_printf(text, "is slower by total time (%s; some slices stall)",
		              pr_numbers_effect(row->total, row->total_lo, row->total_hi).text);
		return;
	}
	switch (row->verdict) {
	case PR_VERDICT_IMPROVED:
		pr_buf_printf(text, "is faster (%s)", effect.text);
		break;
	case PR_VERDICT_REGRESSED:
		pr_buf_printf(text, "is slower (%s)", effect.text);
		break;
	case PR_VERDICT_BELOW_FLOOR:
		pr_buf_printf(text, "changed by too little to matter (%s)", effect.text);
		break;
	case PR_VERDICT_EQUIVALENT:
		pr_buf_printf(text, "is the same within %s",
		              pr_numbers_percent(fmax(fabs(d->lo90), fabs(d->hi90))).text);
		break;
	case PR_VERDICT_INCONCLUSIVE:
		pr_buf_printf(text, "is undecided (%s)", effect.text);
		break;
	case PR_VERDICT_VOID:
		pr_buf_puts(text, "was not measured");
		break;
	}
}

/* "streaming: reactive is faster (...), true-proactor is slower (...)".  */
static void add_workload(struct pr_buf *text, const struct pr_rows *rows, size_t workload)
{
	const char *separator = ": ";

	pr_buf_puts(text, rows->run->workloads[workload].label);
	for (size_t p = 0; p < rows->run->phase_count; p++) {
		const struct pr_row *row = pr_rows_find(rows, workload, p, "throughput");

		if (row == NULL || !row->gating)
			continue;
		pr_buf_printf(text, "%s%s ", separator, label(rows, p));
		add_change(text, row);
		separator = ", ";
	}
}

static bool has_candidate_row(const struct pr_rows *rows, size_t workload)
{
	for (size_t i = 0; i < rows->count; i++)
		if (rows->items[i].workload == workload && rows->items[i].gating &&
		    strcmp(rows->items[i].metric->name, "throughput") == 0)
			return true;
	return false;
}

static void add_throughput(struct pr_buf *text, const struct pr_rows *rows)
{
	const char *separator = "";

	pr_buf_printf(text, "Throughput against %s: ", label(rows, rows->baseline));
	for (size_t w = 0; w < rows->run->workload_count; w++) {
		if (!has_candidate_row(rows, w))
			continue;
		pr_buf_puts(text, separator);
		add_workload(text, rows, w);
		separator = "; ";
	}
}

/* "+4.1 % [+3.0, +5.2]"; the bare value where there is no effect as a fraction.  */
static struct pr_numbers loss_text(const struct pr_row *row)
{
	const struct pr_difference *d = &row->difference;

	if (row->by_total)
		return pr_numbers_effect(row->total, row->total_lo, row->total_hi);
	if (isnan(d->effect))
		return pr_numbers_value(row->current.value, row->metric->unit);
	return pr_numbers_effect(d->effect, d->lo, d->hi);
}

/* Gating rows that got worse and are not throughput.  */
static void add_losses(struct pr_buf *text, const struct pr_rows *rows)
{
	const char *separator = "; also worse: ";

	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (!row->gating || row->verdict != PR_VERDICT_REGRESSED ||
		    strcmp(row->metric->name, "throughput") == 0)
			continue;
		pr_buf_printf(text, "%s%s of %s in %s (%s)", separator, row->metric->name,
		              label(rows, row->phase), rows->run->workloads[row->workload].label,
		              loss_text(row).text);
		separator = ", ";
	}
}

/* A phase's would-blocks per message as printed; "" when not counted.  */
static struct pr_numbers would_blocks_text(const struct pr_rows *rows, size_t workload,
                                           size_t phase)
{
	struct pr_counted counted = pr_counted_get(rows->run, phase, workload);

	if (!counted.has_counts)
		return (struct pr_numbers){""};
	return pr_numbers_value(counted.counts.would_blocks / counted.messages, "calls/msg");
}

/* Whether the sentence speaks of this phase.  */
static bool is_mentioned(const struct pr_rows *rows, size_t phase)
{
	return phase == rows->baseline || pr_rows_is_candidate(rows->run, rows->baseline, phase);
}

static bool printed_before(const struct pr_rows *rows, size_t workload, size_t phase,
                           const char *text)
{
	for (size_t p = 0; p < phase; p++)
		if (is_mentioned(rows, p) &&
		    strcmp(would_blocks_text(rows, workload, p).text, text) == 0)
			return true;
	return false;
}

/* "1.00 in baseline and true-proactor, 0 in reactive".  */
static void add_groups(struct pr_buf *text, const struct pr_rows *rows, size_t workload)
{
	const char *separator = "";

	for (size_t p = 0; p < rows->run->phase_count; p++) {
		struct pr_numbers value = would_blocks_text(rows, workload, p);
		const char *word = " in ";

		if (!is_mentioned(rows, p) || value.text[0] == '\0' ||
		    printed_before(rows, workload, p, value.text))
			continue;
		pr_buf_printf(text, "%s%s", separator, value.text);
		for (size_t q = p; q < rows->run->phase_count; q++) {
			if (!is_mentioned(rows, q) ||
			    strcmp(would_blocks_text(rows, workload, q).text, value.text) != 0)
				continue;
			pr_buf_printf(text, "%s%s", word, label(rows, q));
			word = ", ";
		}
		separator = "; ";
	}
}

/* For the first workload in which a phase makes many.  */
static void add_would_blocks(struct pr_buf *text, const struct pr_rows *rows)
{
	for (size_t w = 0; w < rows->run->workload_count; w++)
		for (size_t p = 0; p < rows->run->phase_count; p++) {
			struct pr_counted counted = pr_counted_get(rows->run, p, w);

			if (!is_mentioned(rows, p) || !counted.has_counts ||
			    !(counted.counts.would_blocks / counted.messages >= WORTH_A_WORD))
				continue;
			pr_buf_printf(text, ". Would-blocks (EAGAIN) per message in %s: ",
			              rows->run->workloads[w].label);
			add_groups(text, rows, w);
			return;
		}
}

/* True when no row could have passed the correction.  */
static bool too_few_blocks(const struct pr_rows *rows, size_t *blocks, size_t *needed)
{
	*blocks = *needed = 0;
	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (!row->gating || row->difference.tests == 0)
			continue;
		if (row->difference.n > *blocks)
			*blocks = row->difference.n;
		*needed = pr_stats_blocks_for_holm(row->difference.tests, PR_VERDICT_ALPHA);
	}
	return *blocks > 0 && *blocks < *needed;
}

char *pr_summary_sentence(const struct pr_rows *rows)
{
	struct pr_buf text;
	size_t blocks, needed;

	pr_buf_init(&text);
	if (too_few_blocks(rows, &blocks, &needed))
		pr_buf_printf(&text, "With %s no change can be shown: at least %zu are needed. ",
		              pr_numbers_plural((double)blocks, "block").text, needed);
	if (pr_summary_status(rows) == PR_VOID) {
		pr_buf_printf(&text, "Nothing could be compared with %s.",
		              label(rows, rows->baseline));
		return text.text;
	}
	add_throughput(&text, rows);
	add_losses(&text, rows);
	add_would_blocks(&text, rows);
	pr_buf_puts(&text, ".");
	return text.text;
}

/* ---- the status ------------------------------------------------------------------------------ */

enum pr_err pr_summary_status(const struct pr_rows *rows)
{
	bool worse = false, unsure = false, told = false;

	for (size_t i = 0; i < rows->count; i++) {
		enum pr_verdict verdict = rows->items[i].verdict;

		if (!rows->items[i].gating)
			continue;
		worse |= verdict == PR_VERDICT_REGRESSED;
		unsure |= verdict == PR_VERDICT_INCONCLUSIVE || verdict == PR_VERDICT_VOID;
		/* What has no test (lost messages) does not make a run conclusive.  */
		told |= verdict != PR_VERDICT_VOID && rows->items[i].difference.tests > 0;
	}
	if (worse)
		return PR_WORSE;
	if (!told)
		return PR_VOID;
	return unsure ? PR_INCONCLUSIVE : PR_OK;
}

/* ---- the limit ------------------------------------------------------------------------------- */

static double throughput(const struct pr_rows *rows, size_t workload, size_t phase)
{
	const struct pr_row *row;

	if (phase != rows->baseline) {
		row = pr_rows_find(rows, workload, phase, "throughput");
		return row == NULL ? NAN : row->current.value;
	}
	for (size_t p = 0; p < rows->run->phase_count; p++) {
		row = pr_rows_find(rows, workload, p, "throughput");
		if (row != NULL)
			return row->baseline.value;
	}
	return NAN;
}

static size_t fastest_floor(const struct pr_rows *rows, size_t workload)
{
	size_t best = PR_RUN_NONE;

	for (size_t p = 0; p < rows->run->phase_count; p++) {
		double value = throughput(rows, workload, p);

		if (strcmp(rows->run->phases[p].engine, "floor") != 0 || isnan(value))
			continue;
		if (best == PR_RUN_NONE || value > throughput(rows, workload, best))
			best = p;
	}
	return best;
}

static void add_limit(json_t *array, const struct pr_rows *rows, size_t workload, size_t phase,
                      size_t limit)
{
	double share = throughput(rows, workload, phase) / throughput(rows, workload, limit);
	json_t *object;

	if (strcmp(rows->run->phases[phase].engine, "floor") == 0 || !isfinite(share))
		return;
	object = json_object();
	pr_json_set(object, "workload", json_string(rows->run->workloads[workload].label));
	pr_json_set(object, "phase", json_string(label(rows, phase)));
	pr_json_set(object, "limit_phase", json_string(label(rows, limit)));
	pr_json_set(object, "share", pr_json_new_real(share));
	pr_json_append(array, object);
}

json_t *pr_summary_limit(const struct pr_rows *rows)
{
	json_t *array = json_array();

	for (size_t w = 0; w < rows->run->workload_count; w++) {
		size_t limit = fastest_floor(rows, w);

		for (size_t p = 0; limit != PR_RUN_NONE && p < rows->run->phase_count; p++)
			add_limit(array, rows, w, p, limit);
	}
	return array;
}

/* ---- trials ---------------------------------------------------------------------------------- */

static size_t count_trials(const struct pr_run *run, size_t workload, size_t phase,
                           const char *status)
{
	size_t count = 0;

	for (size_t i = 0; i < run->trial_count; i++) {
		const struct pr_run_trial *trial = &run->trials[i];

		count += trial->workload == workload && trial->phase == phase && trial->block > 0 &&
		         strcmp(trial->status, status) == 0;
	}
	return count;
}

json_t *pr_summary_trials(const struct pr_run *run)
{
	static const char *const statuses[] = {"ok", "void", "failed", NULL};
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++) {
			json_t *object = json_object();

			pr_json_set(object, "workload", json_string(run->workloads[w].label));
			pr_json_set(object, "phase", json_string(run->phases[p].label));
			for (size_t i = 0; statuses[i] != NULL; i++)
				pr_json_set(object, statuses[i],
				            json_integer((json_int_t)count_trials(run, w, p,
				                                                  statuses[i])));
			pr_json_append(array, object);
		}
	return array;
}
