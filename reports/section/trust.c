/* SPDX-License-Identifier: MIT */
/* reports/section/trust.c - how far the numbers can be trusted: one row each for what would make
 * them worthless, with what was found, and the row that speaks most against the new code.  */
#include "reports/section/section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/clients.h"
#include "core/base/buf.h"

/* More stolen time than this, and the machine was not ours.  */
#define STEAL_MUCH 0.01

static void put(struct pr_table *table, const char *what, enum pr_tone tone, const char *word,
                const char *found)
{
	pr_table_row(table, what, NULL);
	pr_table_cell(table, tone, word, NULL, NULL);
	pr_table_cell(table, PR_TONE_PLAIN, found, NULL, NULL);
}

static void put_trials(struct pr_table *table, const struct pr_input *input)
{
	size_t planned = pr_section_count_planned(input);
	size_t ok = pr_section_count_trials(input, "ok", false);
	size_t bad_void = pr_section_count_trials(input, "void", false);
	size_t failed = pr_section_count_trials(input, "failed", false);
	bool whole = ok >= planned && bad_void + failed == 0;
	char *found = pr_asprintf("%zu of %zu planned are good; %zu void, %zu failed", ok, planned,
	                          bad_void, failed);

	put(table, "timed trials", whole ? PR_TONE_GOOD : PR_TONE_UNSURE,
	    whole ? "good" : "not all", found);
	free(found);
}

static void put_checks(struct pr_table *table, const struct pr_input *input)
{
	struct pr_checks checks = pr_section_count_checks(input);
	char *found;

	if (checks.all == 0)
		return;
	found = pr_asprintf("%s of %s hold: counts that must agree with each other, with the "
	                    "bytes that were sent, and between probes",
	                    pr_words_count((double)(checks.all - checks.failed)).text,
	                    pr_words_count((double)checks.all).text);
	put(table, "checks of counts", checks.failed > 0 ? PR_TONE_BAD : PR_TONE_GOOD,
	    checks.failed > 0 ? "bad" : "good", found);
	free(found);
}

/* The least and the largest change of throughput that the run could have seen.  */
static void put_sight(struct pr_table *table, const struct pr_input *input)
{
	double least = INFINITY, most = 0;
	size_t index;
	json_t *row;
	char *found;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		double mde = pr_input_number(row, "mde");

		if (!pr_input_is(row, "metric", "throughput") || !(mde > 0))
			continue;
		least = fmin(least, mde);
		most = fmax(most, mde);
	}
	if (most == 0)
		return;
	found = pr_asprintf("changes of throughput from %s (the steadiest phase) or %s (the least "
	                    "steady) on",
	                    pr_words_percent(least).text, pr_words_percent(most).text);
	put(table, "what the run can see", PR_TONE_PLAIN, "", found);
	free(found);
}

/* Two copies of one engine differ too.  */
static void put_floor(struct pr_table *table, const struct pr_input *input)
{
	const json_t *floor = pr_input_object(input->comparison, "floor");
	const char *text = pr_json_text(floor, "text");
	bool known = pr_input_number(floor, "executions") >= 20;

	if (text)
		put(table, "an engine against itself (A/A)", known ? PR_TONE_GOOD : PR_TONE_UNSURE,
		    known ? "known" : "not known", text);
}

/* What builds of an engine differ by, where blocks took turns with several: the worst row.  */
static void put_builds(struct pr_table *table, const struct pr_input *input)
{
	const json_t *worst = NULL;
	bool depends = false;
	size_t index;
	json_t *row;
	char *found;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		const json_t *builds = pr_input_object(row, "builds");

		if (isnan(pr_input_number(builds, "between")))
			continue;
		depends |= pr_input_flag(builds, "depends", false);
		if (!worst || pr_input_number(builds, "between") >
		                      pr_input_number(pr_input_object(worst, "builds"), "between"))
			worst = row;
	}
	if (!worst)
		return;
	found = pr_asprintf(
	        "blocks took turns with up to %s builds of an engine; the effect differs between "
	        "them by up to %s (standard deviation; %s, %s, %s)",
	        pr_words_count(pr_input_number(pr_input_object(worst, "builds"), "count")).text,
	        pr_words_percent(pr_input_number(pr_input_object(worst, "builds"), "between")).text,
	        pr_json_text(worst, "phase"), pr_json_text(worst, "metric"),
	        pr_json_text(worst, "workload"));
	put(table, "where the linker put functions", depends ? PR_TONE_UNSURE : PR_TONE_GOOD,
	    depends ? "matters" : "hidden in noise", found);
	free(found);
}

static double steal_share(const struct pr_input *input)
{
	static const char *const parts[] = {"cpu_user_ms",   "cpu_nice_ms",   "cpu_system_ms",
	                                    "cpu_idle_ms",   "cpu_iowait_ms", "cpu_irq_ms",
	                                    "cpu_softirq_ms"};
	const json_t *noise = pr_input_object(input->run, "noise");
	const json_t *before = pr_input_object(noise, "before"),
	             *after = pr_input_object(noise, "after");
	double stolen =
	        pr_input_number(after, "cpu_steal_ms") - pr_input_number(before, "cpu_steal_ms");
	double all = stolen;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		all += pr_input_number(after, parts[i]) - pr_input_number(before, parts[i]);
	return stolen / all; /* NaN when anything is not known */
}

static void put_machine(struct pr_table *table, const struct pr_input *input)
{
	const json_t *company = pr_input_object(input->comparison, "company");
	double cpus = pr_input_number(company, "cpus"), others = pr_input_number(company, "others");
	double stolen = steal_share(input);
	bool busy = pr_input_flag(company, "busy", false) || stolen > STEAL_MUCH;
	struct pr_buf found;

	if (isnan(others) && isnan(stolen))
		return;
	pr_buf_init(&found);
	if (!isnan(others))
		pr_buf_printf(&found, "other programs used %.2f of %.0f CPUs", others, cpus);
	if (!isnan(stolen))
		pr_buf_printf(&found, "%sthe host of this virtual machine took %s of its time",
		              found.size > 0 ? "; " : "", pr_words_percent(stolen).text);
	put(table, "the machine", busy ? PR_TONE_UNSURE : PR_TONE_GOOD, busy ? "busy" : "quiet",
	    found.text);
	pr_buf_fini(&found);
}

/* Who set the pace where there are many connections.  */
static void put_clients(struct pr_table *table, const struct pr_input *input)
{
	const json_t *clients = pr_input_array(input->comparison, "clients");
	char *sentence = pr_clients_sentence(clients);

	if (json_array_size(clients) > 0)
		put(table, "the clients of many connections",
		    sentence ? PR_TONE_UNSURE : PR_TONE_GOOD, sentence ? "busy" : "kept up",
		    sentence ? sentence : "they had time to wait for the engine");
	free(sentence);
}

/* The engine that a phase runs; "" when it is not known.  */
static const char *engine_of(const struct pr_input *input, const char *phase)
{
	const char *engine = phase ? pr_json_text(pr_input_phase(input, phase), "engine") : NULL;

	return engine ? engine : "";
}

/* The largest loss, surely told from 0, in what decides, of the phases of the baseline's engine. */
static const json_t *find_loss(const struct pr_input *input)
{
	const char *engine = engine_of(input, input->baseline);
	const json_t *worst = NULL;
	size_t index;
	json_t *row;

	json_array_foreach(pr_input_array(input->comparison, "rows"), index, row)
	{
		double loss = fabs(log1p(pr_input_number(row, "effect")));
		double so_far = worst ? fabs(log1p(pr_input_number(worst, "effect"))) : 0;

		if (pr_input_flag(row, "gating", false) &&
		    pr_input_is(row, "verdict", "regressed") && loss > so_far &&
		    strcmp(engine_of(input, pr_json_text(row, "phase")), engine) == 0)
			worst = row;
	}
	return worst;
}

static void put_loss(struct pr_table *table, const struct pr_input *input)
{
	const json_t *row = find_loss(input);
	char *found;

	if (!row) {
		if (json_array_size(pr_input_array(input->comparison, "rows")) > 0)
			put(table, "the largest loss", PR_TONE_PLAIN, "none",
			    "no phase was shown to be worse than the baseline in what decides");
		return;
	}
	found = pr_asprintf("%s: %s in %s %s", pr_json_text(row, "phase"),
	                    pr_json_text(row, "metric"), pr_json_text(row, "workload"),
	                    pr_section_effect(row).text);
	put(table, "the largest loss", PR_TONE_BAD, "worse", found);
	free(found);
}

/* Where we stand worst against another engine.  */
static void put_against(struct pr_table *table, const struct pr_input *input)
{
	const json_t *least = NULL;
	size_t index;
	json_t *item;
	char *found;

	json_array_foreach(pr_input_array(input->comparison, "against_engines"), index, item)
	{
		double effect = pr_input_number(item, "effect");

		if (!isnan(effect) && pr_json_text(item, "phase") &&
		    (!least || effect < pr_input_number(least, "effect")))
			least = item;
	}
	if (!least)
		return;
	found = pr_asprintf("%s against %s in %s: throughput %s", pr_json_text(least, "phase"),
	                    pr_json_text(least, "engine_phase"), pr_json_text(least, "workload"),
	                    pr_section_effect(least).text);
	put(table, "the least lead over another engine",
	    pr_input_number(least, "effect") < 0 ? PR_TONE_BAD : PR_TONE_PLAIN, "", found);
	free(found);
}

void pr_section_trust(struct pr_model *model, const struct pr_input *input)
{
	struct pr_table *table;

	pr_model_heading(model, 2, "How far to trust this");
	table = pr_model_table(model, "What would make the numbers worthless, and what was found");
	pr_table_column(table, PR_COLUMN_TEXT, "what", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "is", NULL);
	pr_table_column(table, PR_COLUMN_TEXT, "found", NULL);
	put_trials(table, input);
	put_checks(table, input);
	put_sight(table, input);
	put_floor(table, input);
	put_builds(table, input);
	put_machine(table, input);
	put_clients(table, input);
	put_loss(table, input);
	put_against(table, input);
	pr_section_command(model, input, "The same facts", "compare", "");
}
