/* SPDX-License-Identifier: MIT */
/* analyzers/sentence.c - the verdict in words.  */
#include "analyzers/sentence.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/against.h"
#include "analyzers/counted.h"
#include "analyzers/numbers.h"
#include "analyzers/rows.h"
#include "analyzers/stats.h"
#include "analyzers/summary.h"

/* A reader that makes fewer would-blocks a message is not worth a word.  */
#define WORTH_A_WORD 0.05

static const char *label(const struct pr_rows *rows, size_t phase)
{
	return rows->run->phases[phase].label;
}

/* ---- throughput
 * ------------------------------------------------------------------------------
 */

/* What is said of a phase, in the order in which it is said.  */
enum group { FASTER, SLOWER, TOO_LITTLE, SAME, UNDECIDED, UNMEASURED, GROUPS };

static enum group group_of(const struct pr_row *row)
{
	static const enum group groups[] = {
	        [PR_VERDICT_IMPROVED] = FASTER,        [PR_VERDICT_REGRESSED] = SLOWER,
	        [PR_VERDICT_BELOW_FLOOR] = TOO_LITTLE, [PR_VERDICT_EQUIVALENT] = SAME,
	        [PR_VERDICT_INCONCLUSIVE] = UNDECIDED, [PR_VERDICT_VOID] = UNMEASURED,
	};

	return groups[row->verdict];
}

struct members {
	const struct pr_row **rows;
	size_t count;
};

static double effect_of(const struct pr_row *row)
{
	return row->by_total ? row->total : row->difference.effect;
}

/* The largest effect first; a halving is as large as a doubling.  */
static int by_size(const void *left, const void *right)
{
	double a = fabs(log1p(effect_of(*(const struct pr_row *const *)left)));
	double b = fabs(log1p(effect_of(*(const struct pr_row *const *)right)));

	return (a < b) - (a > b);
}

/* The phases of one group that decide; those that changed by size, the others
 * as in the plan.  */
static void gather(const struct pr_rows *rows, size_t workload, enum group group,
                   struct members *members)
{
	members->count = 0;
	for (size_t p = 0; p < rows->run->phase_count; p++) {
		const struct pr_row *row = pr_rows_find(rows, workload, p, "throughput");

		if (row != NULL && row->gating && group_of(row) == group)
			members->rows[members->count++] = row;
	}
	if (group <= TOO_LITTLE)
		qsort(members->rows, members->count, sizeof(*members->rows), by_size);
}

static const char *length_words(const struct pr_row *row)
{
	if (row->design.depends)
		return "; depends on run length";
	return row->design.layout.depends ? "; depends on the build" : "";
}

/* "core is faster (+62.0 % [+59.1, +65.8])".  */
static void add_change(struct pr_buf *text, const struct pr_rows *rows, const struct pr_row *row,
                       const char *words)
{
	const struct pr_difference *d = &row->difference;

	if (row->by_total)
		pr_buf_printf(text, "%s %s by total time (%s; some slices stall)",
		              label(rows, row->phase), words,
		              pr_numbers_effect(row->total, row->total_lo, row->total_hi).text);
	else
		pr_buf_printf(text, "%s %s (%s%s)", label(rows, row->phase), words,
		              pr_numbers_effect(d->effect, d->lo, d->hi).text, length_words(row));
}

static double widest(const struct members *members)
{
	double widest = 0;

	for (size_t i = 0; i < members->count; i++)
		widest = fmax(widest, fmax(fabs(members->rows[i]->difference.lo90),
		                           fabs(members->rows[i]->difference.hi90)));
	return widest;
}

/* So many are named one by one; when all of the candidates are in one group, more are not.  */
#define NAMED_MOST 6

/* Those that changed with their effects; the others by name, for their
 * intervals stand in the table.  */
static void add_group(struct pr_buf *text, const struct pr_rows *rows, enum group group,
                      const struct members *members, size_t candidates)
{
	static const char *const words[] = {
	        [FASTER] = "is faster",
	        [SLOWER] = "is slower",
	        [TOO_LITTLE] = "changed by too little to matter",
	        [SAME] = "the same within ",
	        [UNDECIDED] = "undecided",
	        [UNMEASURED] = "not measured",
	};
	const char *separator = ": ";

	if (group > TOO_LITTLE)
		pr_buf_printf(text, "%s%s", words[group],
		              group == SAME ? pr_numbers_percent(widest(members)).text : "");
	if (group > TOO_LITTLE && members->count > NAMED_MOST && members->count == candidates) {
		pr_buf_printf(text, ": all %zu phases", members->count);
		return;
	}
	for (size_t i = 0; i < members->count; i++) {
		if (group <= TOO_LITTLE) {
			pr_buf_puts(text, i > 0 ? ", " : "");
			add_change(text, rows, members->rows[i], words[group]);
			continue;
		}
		pr_buf_printf(text, "%s%s", separator, label(rows, members->rows[i]->phase));
		separator = ", ";
	}
}

/* "pingpong: core is faster (...), reactive is faster (...); undecided:
 * true-proactor".  */
static void add_workload(struct pr_buf *text, const struct pr_rows *rows, size_t workload)
{
	struct members members = {
	        .rows = pr_alloc(rows->run->phase_count * sizeof(const struct pr_row *))};
	const char *separator = ": ";
	size_t candidates = 0;

	pr_buf_puts(text, rows->run->workloads[workload].label);
	for (int group = 0; group < GROUPS; group++) {
		gather(rows, workload, (enum group)group, &members);
		candidates += members.count;
	}
	for (int group = 0; group < GROUPS; group++) {
		gather(rows, workload, (enum group)group, &members);
		if (members.count == 0)
			continue;
		pr_buf_puts(text, separator);
		add_group(text, rows, (enum group)group, &members, candidates);
		separator = "; ";
	}
	free(members.rows);
}

static bool has_candidate_row(const struct pr_rows *rows, size_t workload)
{
	for (size_t i = 0; i < rows->count; i++)
		if (rows->items[i].workload == workload && rows->items[i].gating &&
		    strcmp(rows->items[i].metric->name, "throughput") == 0)
			return true;
	return false;
}

/* One sentence for each workload.  */
static void add_throughput(struct pr_buf *text, const struct pr_rows *rows)
{
	bool first = true;

	for (size_t w = 0; w < rows->run->workload_count; w++) {
		if (!has_candidate_row(rows, w))
			continue;
		if (first)
			pr_buf_printf(text, "Throughput against %s in ",
			              label(rows, rows->baseline));
		else
			pr_buf_puts(text, "In ");
		add_workload(text, rows, w);
		pr_buf_puts(text, ". ");
		first = false;
	}
}

/* ---- what did not arrive
 * --------------------------------------------------------------------- */

static const struct integrity {
	const char *metric, *words;
} integrity[] = {
        {"messages_lost", "Messages were lost"},
        {"messages_reordered", "Messages were reordered"},
        {"messages_duplicated", "Messages came twice"},
};

#define INTEGRITY (sizeof(integrity) / sizeof(integrity[0]))

static bool is_integrity(const struct pr_row *row)
{
	for (size_t i = 0; i < INTEGRITY; i++)
		if (strcmp(row->metric->name, integrity[i].metric) == 0)
			return true;
	return false;
}

static bool is_worse(const struct pr_row *row, const char *metric)
{
	return row->gating && row->verdict == PR_VERDICT_REGRESSED &&
	       strcmp(row->metric->name, metric) == 0;
}

/* " in stall by true-proactor (3,029,587)".  False when none is worse.  */
static bool add_integrity_of(struct pr_buf *text, const struct pr_rows *rows, size_t workload,
                             const struct integrity *one, const char *before)
{
	const char *separator = " by ";
	bool any = false;

	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (row->workload != workload || !is_worse(row, one->metric))
			continue;
		if (!any)
			pr_buf_printf(text, "%s in %s", before,
			              rows->run->workloads[workload].label);
		pr_buf_printf(text, "%s%s (%s)", separator, label(rows, row->phase),
		              pr_numbers_value(row->current.value, row->metric->unit).text);
		separator = ", ";
		any = true;
	}
	return any;
}

/* Correctness comes before speed.  */
static void add_integrity(struct pr_buf *text, const struct pr_rows *rows)
{
	for (size_t i = 0; i < INTEGRITY; i++) {
		const char *before = integrity[i].words;
		bool any = false;

		for (size_t w = 0; w < rows->run->workload_count; w++)
			if (add_integrity_of(text, rows, w, &integrity[i], before)) {
				before = ";";
				any = true;
			}
		pr_buf_puts(text, any ? ". " : "");
	}
}

/* ---- what else got worse
 * --------------------------------------------------------------------- */

/* "+4.1 % [+3.0, +5.2]"; the bare value where there is no effect as a fraction.
 */
static struct pr_numbers loss_text(const struct pr_row *row)
{
	const struct pr_difference *d = &row->difference;

	if (row->by_total)
		return pr_numbers_effect(row->total, row->total_lo, row->total_hi);
	if (isnan(d->effect))
		return pr_numbers_value(row->current.value, row->metric->unit);
	return pr_numbers_effect(d->effect, d->lo, d->hi);
}

/* Gating rows that got worse and were not spoken of before.  */
static void add_losses(struct pr_buf *text, const struct pr_rows *rows)
{
	const char *separator = "Also worse: ";
	bool any = false;

	for (size_t i = 0; i < rows->count; i++) {
		const struct pr_row *row = &rows->items[i];

		if (!is_worse(row, row->metric->name) || is_integrity(row) ||
		    strcmp(row->metric->name, "throughput") == 0)
			continue;
		pr_buf_printf(text, "%s%s of %s in %s (%s%s)", separator, row->metric->name,
		              label(rows, row->phase), rows->run->workloads[row->workload].label,
		              loss_text(row).text, length_words(row));
		separator = ", ";
		any = true;
	}
	pr_buf_puts(text, any ? ". " : "");
}

/* ---- would-blocks
 * ----------------------------------------------------------------------------
 */

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
			pr_buf_printf(text, "Would-blocks (EAGAIN) per message in %s: ",
			              rows->run->workloads[w].label);
			add_groups(text, rows, w);
			pr_buf_puts(text, ". ");
			return;
		}
}

/* ---- all of it
 * -------------------------------------------------------------------------------
 */

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

char *pr_sentence_write(const struct pr_rows *rows)
{
	struct pr_buf text;
	size_t blocks, needed;

	pr_buf_init(&text);
	if (too_few_blocks(rows, &blocks, &needed))
		pr_buf_printf(&text, "With %s no change can be shown: at least %zu are needed. ",
		              pr_numbers_plural((double)blocks, "block").text, needed);
	if (pr_summary_status(rows) == PR_VOID) {
		pr_buf_printf(&text, "Nothing could be compared with %s. ",
		              label(rows, rows->baseline));
	} else {
		add_integrity(&text, rows);
		add_throughput(&text, rows);
		add_losses(&text, rows);
		pr_against_add_sentences(&text, rows);
		add_would_blocks(&text, rows);
	}
	if (text.size == 0)
		pr_buf_puts(&text, "No throughput was measured of a phase that decides. ");
	text.text[text.size - 1] = '\0'; /* the blank behind the last full stop */
	return text.text;
}

size_t pr_sentence_size(const char *text)
{
	const char *end = text;

	if (*text == '\0')
		return 0;
	do
		end += strcspn(end + 1, ".") + 1;
	while (*end != '\0' && !(end[1] == ' ' && isupper((unsigned char)end[2])));
	return (size_t)(end - text) + (*end == '.');
}
