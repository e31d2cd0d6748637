/* SPDX-License-Identifier: MIT */
/* analyzers/compare_view.c - a comparison as paragraphs and tables.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare_format.h"
#include "analyzers/compare_view.h"
#include "analyzers/clients.h"
#include "analyzers/company.h"
#include "analyzers/curve.h"
#include "analyzers/floor.h"
#include "analyzers/numbers.h"
#include "analyzers/probed_view.h"
#include "analyzers/sentence.h"
#include "analyzers/unpaired.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* ---- witnesses ------------------------------------------------------------------------------- */

/* Whether this text was seen before in the list.  */
static bool seen_before(const json_t *list, size_t index)
{
	const char *text = pr_json_text(json_array_get(list, index), "text");

	for (size_t i = 0; i < index; i++)
		if (pr_compare_view_is(json_array_get(list, i), "text", text))
			return true;
	return false;
}

/* Adds "workload: phases" for the phases of one workload that have the text.  True when these are
 * all that have the counter.  */
static bool add_phases(struct pr_buf *places, const json_t *list, const json_t *first,
                       const char *workload)
{
	struct pr_buf phases;
	bool all = true;
	size_t i;
	json_t *other;

	pr_buf_init(&phases);
	json_array_foreach((json_t *)list, i, other)
	{
		if (!pr_compare_view_is(other, "name", pr_json_text(first, "name")) ||
		    !pr_compare_view_is(other, "workload", workload))
			continue;
		if (pr_compare_view_is(other, "text", pr_json_text(first, "text")))
			pr_buf_printf(&phases, "%s%s", phases.size > 0 ? ", " : "",
			              pr_json_text(other, "phase"));
		else
			all = false;
	}
	if (phases.size > 0)
		pr_buf_printf(places, "%s%s: %s", places->size > 0 ? "; " : "", workload,
		              all ? "all phases that count it" : phases.text);
	all &= phases.size > 0;
	pr_buf_fini(&phases);
	return all;
}

/* Each text once, with its places unless they are all that have the counter.  */
static void add_witness(struct pr_view *view, const json_t *comparison, const json_t *list,
                        const json_t *first)
{
	struct pr_buf places;
	bool all = true;
	size_t i;
	json_t *workload;

	pr_buf_init(&places);
	json_array_foreach(json_object_get(comparison, "workloads"), i, workload)
	{
		all &= add_phases(&places, list, first, json_string_value(workload));
	}
	if (all)
		pr_view_add(view, PR_VIEW_ITEM, "%s.", pr_json_text(first, "text"));
	else
		pr_view_add(view, PR_VIEW_ITEM, "%s (%s).", pr_json_text(first, "text"),
		            places.text);
	pr_buf_fini(&places);
}

/* Only zeros are worth a line: they show what this run says nothing about.  */
static void add_witnesses(struct pr_view *view, const json_t *comparison)
{
	const json_t *list = json_object_get(comparison, "witnesses");
	bool begun = false;
	size_t i;
	json_t *witness;

	json_array_foreach((json_t *)list, i, witness)
	{
		if (pr_compare_view_number(witness, "value") != 0 || seen_before(list, i))
			continue;
		if (!begun)
			pr_view_add(view, PR_VIEW_PARAGRAPH,
			            "Witnesses (counters that stand at 0):");
		begun = true;
		add_witness(view, comparison, list, witness);
	}
}

static void add_builds(struct pr_view *view, const json_t *comparison)
{
	size_t i;
	json_t *entry;

	json_array_foreach(json_object_get(comparison, "builds"), i, entry)
	{
		pr_view_add(view, PR_VIEW_PARAGRAPH, "%s.", pr_json_text(entry, "text"));
	}
}

static void add_not_exercised(struct pr_view *view, const json_t *comparison)
{
	const json_t *list = json_object_get(comparison, "not_exercised");
	size_t i;
	json_t *item;

	if (json_array_size(list) > 0)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "This run did not exercise:");
	json_array_foreach((json_t *)list, i, item)
	{
		pr_view_add(view, PR_VIEW_ITEM, "%s", json_string_value(item));
	}
}

/* "core 41.2 % [40.1 %, 42.3 %]" */
static void add_share(struct pr_buf *text, const json_t *row)
{
	pr_buf_printf(text, "%s%s %s", text->size > 0 ? ", " : "", pr_json_text(row, "phase"),
	              pr_numbers_percent(pr_compare_view_number(row, "share")).text);
	if (isnan(pr_compare_view_number(row, "share_lo")))
		return;
	pr_buf_printf(text, " [%s",
	              pr_numbers_percent(pr_compare_view_number(row, "share_lo")).text);
	pr_buf_printf(text, ", %s]",
	              pr_numbers_percent(pr_compare_view_number(row, "share_hi")).text);
}

/* Whether two rows have the same limit for the same reason.  */
static bool has_limit_of(const json_t *row, const json_t *other)
{
	return pr_compare_view_is(row, "workload", pr_json_text(other, "workload")) &&
	       pr_compare_view_is(row, "limit_phase", pr_json_text(other, "limit_phase")) &&
	       json_is_true(json_object_get(row, "matches")) ==
	               json_is_true(json_object_get(other, "matches"));
}

/* The shares of one limit, in a sentence; nothing when an earlier row had it.  */
static void add_one_limit(struct pr_view *view, const json_t *limits, const json_t *first)
{
	const char *kernel = pr_json_text(first, "kernel");
	bool told = false;
	struct pr_buf text;
	size_t i;
	json_t *row;

	pr_buf_init(&text);
	json_array_foreach((json_t *)limits, i, row)
	{
		if (!has_limit_of(row, first))
			continue;
		told |= text.size == 0 && row != first;
		add_share(&text, row);
	}
	if (!told)
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "Share of what raw sockets move in %s %s (phase %s, kernel %s): %s.",
		            pr_json_text(first, "workload"),
		            json_is_true(json_object_get(first, "matches")) ? "doing the same work"
		                                                            : "at their fastest",
		            pr_json_text(first, "limit_phase"),
		            kernel != NULL ? kernel : "not known", text.text);
	pr_buf_fini(&text);
}

/* What does the same work first.  */
static void add_limits(struct pr_view *view, const json_t *comparison, const char *workload)
{
	const json_t *limits = json_object_get(comparison, "limit");

	for (int fastest = 0; fastest <= 1; fastest++) {
		size_t i;
		json_t *row;

		json_array_foreach((json_t *)limits, i, row)
		{
			if (pr_compare_view_is(row, "workload", workload) &&
			    json_is_true(json_object_get(row, "matches")) == !fastest)
				add_one_limit(view, limits, row);
		}
	}
}

static void add_bad_trials(struct pr_view *view, const json_t *comparison)
{
	struct pr_buf text;
	size_t i;
	json_t *row;

	pr_buf_init(&text);
	json_array_foreach(json_object_get(comparison, "trials"), i, row)
	{
		double bad_void = pr_compare_view_number(row, "void"),
		       failed = pr_compare_view_number(row, "failed");

		if (bad_void + failed > 0)
			pr_buf_printf(
			        &text, "%s%s in %s %s void, %s failed", text.size > 0 ? "; " : "",
			        pr_json_text(row, "phase"), pr_json_text(row, "workload"),
			        pr_numbers_count(bad_void).text, pr_numbers_count(failed).text);
	}
	if (text.size > 0)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "Trials left out of every time: %s.",
		            text.text);
	pr_buf_fini(&text);
}

static void add_missing(struct pr_view *view, const json_t *run)
{
	const json_t *sentence;
	size_t i;

	json_array_foreach(json_object_get(run, "missing"), i, sentence)
	{
		pr_view_add(view, PR_VIEW_PARAGRAPH, "Missing: %s.", json_string_value(sentence));
	}
}

/* Intervals come from the blocks of one execution.  */
static void add_executions(struct pr_view *view, const json_t *floor)
{
	double known = pr_compare_view_number(floor, "executions");

	if (known >= PR_FLOOR_LEAST)
		return;
	pr_view_add(view, PR_VIEW_PARAGRAPH,
	            "The intervals are about this execution alone: how much executions differ from "
	            "one another is not known on this host for this plan; %s would tell (proctor "
	            "floor -h).",
	            pr_numbers_plural(PR_FLOOR_LEAST - known,
	                              known > 0 ? "more A/A execution" : "A/A execution")
	                    .text);
}

static void add_caveats(struct pr_view *view, const json_t *comparison)
{
	const json_t *same = json_object_get(comparison, "same_engine");
	char *company = pr_company_sentence(json_object_get(comparison, "company"));
	char *clients = pr_clients_sentence(json_object_get(comparison, "clients"));

	if (pr_compare_view_is(json_object_get(comparison, "run"), "status", "interrupted"))
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "The run was interrupted; this is what was "
		            "measured until then.");
	add_missing(view, json_object_get(comparison, "run"));
	add_executions(view, json_object_get(comparison, "floor"));
	if (company != NULL)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "%s.", company);
	if (clients != NULL)
		pr_view_add(view, PR_VIEW_PARAGRAPH, "%s.", clients);
	free(company);
	free(clients);
	add_bad_trials(view, comparison);
	if (json_is_array(same))
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "%s and %s are the same engine, so what differs is this host (an A/A "
		            "execution); `proctor floor add %s` remembers it.",
		            json_string_value(json_array_get(same, 0)),
		            json_string_value(json_array_get(same, 1)),
		            pr_json_text(json_object_get(comparison, "run"), "path"));
}

/* Of the rows that decide; the others say it in their notes.  */
static void add_dependence(struct pr_view *view, const json_t *comparison)
{
	const json_t *all = json_object_get(comparison, "neighbours");
	struct pr_buf text;
	size_t i;
	json_t *row;

	if (json_is_true(json_object_get(all, "dependent")))
		pr_view_add(view, PR_VIEW_PARAGRAPH, "%s.", pr_json_text(all, "text"));
	pr_buf_init(&text);
	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		if (json_is_true(json_object_get(row, "dependent")) &&
		    json_is_true(json_object_get(row, "gating")))
			pr_buf_printf(&text, "%s%s of %s in %s (lag-1 %.2f)",
			              text.size > 0 ? ", " : "", pr_json_text(row, "metric"),
			              pr_json_text(row, "phase"), pr_json_text(row, "workload"),
			              pr_compare_view_number(row, "lag1"));
	}
	if (text.size > 0)
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "Single rows in which blocks resemble their neighbours, so that their "
		            "intervals are too narrow and their p too small: %s. Something drifted "
		            "during the run; repeat it at another time.",
		            text.text);
	pr_buf_fini(&text);
}

static void add_notes(struct pr_view *view, const char *const *notes)
{
	for (; *notes != NULL; notes++)
		pr_view_add(view, PR_VIEW_NOTE, "%s", *notes);
}

static void add_footnotes(struct pr_view *view, const json_t *comparison,
                          enum pr_compare_detail detail)
{
	static const char *const brief[] = {
	        "A cell: the median of the blocks and the verdict; below it the change against "
	        "the baseline with its 95 % interval.",
	        "Cannot tell: the interval is too wide, or the change does not pass the "
	        "correction for the number of tests. Once: counted in one traced trial, exact but "
	        "without an interval.",
	        "--format md, csv and json have all rows, with p, the minimum detectable effect "
	        "and the interval of every value.",
	        NULL};
	static const char *const full[] = {
	        "A cell: the median of the blocks; the change against the baseline with its 95 % "
	        "interval; the verdict, p corrected for the number of tests.",
	        "MDE, minimum detectable effect: a true change of this size would be found in 80 "
	        "of 100 such runs; a smaller one may go unseen.",
	        NULL};
	static const char *const both[] = {
	        "The change and its interval come from pairs of slices in the same block "
	        "(Hodges-Lehmann, exact signed-rank test), so the change is not the quotient of "
	        "two medians.",
	        "RECV/MSG and the like come from one traced trial per phase, cut into stages; "
	        "PROBE both: the engine's hooks and strace agree to the unit. WAKE-UPS: calls "
	        "that wake another thread. Times are never taken from traced trials.",
	        NULL};

	pr_view_add(view, PR_VIEW_NOTE,
	            "* decides the exit status (Holm's correction; the others are exploratory, "
	            "Benjamini-Hochberg). Changes up to %s do not matter here (--delta); %s.",
	            pr_numbers_percent(pr_compare_view_number(comparison, "delta")).text,
	            pr_json_text(json_object_get(comparison, "floor"), "text"));
	add_notes(view, detail == PR_COMPARE_BRIEF ? brief : full);
	add_notes(view, both);
}

/* The verdict, one sentence a paragraph.  */
static void add_sentences(struct pr_view *view, const char *text)
{
	while (*text != '\0') {
		size_t size = pr_sentence_size(text);

		pr_view_add(view, PR_VIEW_LEAD, "%.*s", (int)size, text);
		text += size;
		text += strspn(text, " ");
	}
}

/* More than so many tables are not read on a terminal.  */
#define TABLES_MAX 10

static struct pr_view *overview(const json_t *comparison)
{
	struct pr_view *view = pr_view_create();

	pr_compare_view_overview(view, comparison);
	pr_compare_view_knees(view, comparison);
	pr_curve_view(view, json_object_get(comparison, "curves"));
	add_caveats(view, comparison);
	add_dependence(view, comparison);
	pr_view_add(
	        view, PR_VIEW_NOTE,
	        "Factors are new through old, with their 95 %% intervals, from pairs of slices in "
	        "the same block; below 1 is less. OF FLOOR: the share of what raw "
	        "sockets move with the same work, or at their fastest where the run has no such "
	        "kernel. "
	        "FAIR: what the slowest client got through, of its fair share.");
	pr_view_add(view, PR_VIEW_NOTE,
	            "--format md, csv and json have every metric of every workload.");
	return view;
}

struct pr_view *pr_compare_view(const json_t *comparison, enum pr_compare_detail detail)
{
	const json_t *workloads = json_object_get(comparison, "workloads");
	bool paired = !json_is_false(json_object_get(comparison, "paired"));
	struct pr_view *view;
	size_t i;
	json_t *workload;

	if (detail == PR_COMPARE_BRIEF && paired && json_array_size(workloads) > TABLES_MAX)
		return overview(comparison);
	view = pr_view_create();
	add_sentences(view, pr_json_text(comparison, "sentence"));
	add_caveats(view, comparison);
	add_dependence(view, comparison);
	if (!paired) {
		pr_unpaired_view(view, comparison, detail == PR_COMPARE_FULL);
		return view;
	}
	json_array_foreach((json_t *)workloads, i, workload)
	{
		pr_compare_view_rows(view, comparison, json_string_value(workload), detail);
		add_limits(view, comparison, json_string_value(workload));
	}
	pr_compare_view_knees(view, comparison);
	pr_compare_view_design(view, comparison);
	json_array_foreach((json_t *)workloads, i, workload)
	{
		pr_compare_view_counted(view, comparison, json_string_value(workload));
	}
	pr_curve_view(view, json_object_get(comparison, "curves"));
	pr_compare_view_disagreements(view, comparison);
	pr_probed_view(view, comparison);
	pr_compare_view_reported(view, comparison);
	add_witnesses(view, comparison);
	add_not_exercised(view, comparison);
	add_builds(view, comparison);
	add_footnotes(view, comparison, detail);
	return view;
}
