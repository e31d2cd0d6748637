/* SPDX-License-Identifier: MIT */
/* analyzers/company.c - who else used the CPUs while a run measured.  */
#include "analyzers/company.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "analyzers/rows.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* ---- what others used ------------------------------------------------------------------------ */

/* Milliseconds since the machine started; NaN where one of them is not known.  */
static double busy_ms(const json_t *noise)
{
	static const char *const keys[] = {"cpu_user_ms", "cpu_nice_ms",    "cpu_system_ms",
	                                   "cpu_irq_ms",  "cpu_softirq_ms", "cpu_steal_ms"};
	double sum = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		sum += pr_run_number(noise, keys[i]);
	return sum;
}

double pr_company_others(const json_t *before, const json_t *after)
{
	double seconds = pr_run_number(after, "uptime_s") - pr_run_number(before, "uptime_s");
	double busy = busy_ms(after) - busy_ms(before);
	double own = pr_run_number(after, "own_cpu_ms") - pr_run_number(before, "own_cpu_ms");

	return seconds > 0 ? fmax(0, (busy - own) / 1000 / seconds) : NAN;
}

/* From the first block to the last: what came before and after, probes for instance, is not what
 * was timed.  */
struct pr_company pr_company_of(const struct pr_run *run)
{
	const json_t *noise = json_object_get(run->json, "noise");
	const json_t *first = json_object_get(noise, "before"), *last = first;
	json_t *during = json_object_get(noise, "during"), *now;
	struct pr_company company = {pr_run_number(json_object_get(run->json, "host"), "cpus"), NAN,
	                             NAN, NAN};
	size_t i;

	json_array_foreach(during, i, now)
	{
		double others = pr_company_others(last, now);

		company.least = fmin(company.least, others);
		company.most = fmax(company.most, others);
		last = now;
	}
	company.others = pr_company_others(first, last);
	return company;
}

bool pr_company_is_busy(const struct pr_company *company)
{
	return company->others > PR_COMPANY_MOST;
}

bool pr_company_is_free(const struct pr_run *run, size_t workload)
{
	const char *own = pr_json_text(run->workloads[workload].options, "pin");
	const char *pin =
	        own != NULL && strcmp(own, "plan") != 0 ? own : pr_json_text(run->plan, "pin");

	/* A list of several CPUs has a comma or a dash.  */
	return pin != NULL && (strcmp(pin, "spread") == 0 || strpbrk(pin, ",-") != NULL);
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static bool shared(const struct pr_rows *rows, const struct pr_row *row)
{
	struct pr_company company = pr_company_of(rows->run);

	return row->metric->kind == PR_METRIC_TIMED &&
	       pr_company_is_free(rows->run, row->workload) && pr_company_is_busy(&company);
}

double pr_company_between(const struct pr_rows *rows, const struct pr_row *row, double between)
{
	return shared(rows, row) ? fmax(PR_COMPANY_BETWEEN, between) : between;
}

void pr_company_weigh(const struct pr_rows *rows, struct pr_row *row)
{
	bool told = row->verdict == PR_VERDICT_IMPROVED || row->verdict == PR_VERDICT_REGRESSED;
	bool outlasts = row->tomorrow_lo > 0 || row->tomorrow_hi < 0;
	struct pr_company company;
	char *both;

	if (!told || outlasts || isnan(row->tomorrow_lo) || !shared(rows, row))
		return;
	company = pr_company_of(rows->run);
	row->verdict = PR_VERDICT_INCONCLUSIVE;
	row->by_total = false;
	both = pr_asprintf(
	        "cannot tell: %s in this execution, but other programs used %.1f of the %.0f CPUs "
	        "meanwhile, and such executions differ by more than their intervals say: repeat "
	        "it on an idle machine, or with --pin one",
	        pr_numbers_effect(row->difference.effect, row->difference.lo, row->difference.hi)
	                .text,
	        company.others, company.cpus);
	free(row->note);
	row->note = both;
}

/* ---- for readers ----------------------------------------------------------------------------- */

/* The median over the slices of all blocks; NaN when there is none.  */
static double cpus_used(const struct pr_run *run, size_t workload, size_t phase)
{
	double *used = pr_alloc((run->sample_count + 1) * sizeof(double)), median;
	size_t count = 0;

	for (size_t i = 0; i < run->sample_count; i++) {
		const struct pr_run_sample *sample = &run->samples[i];

		if (sample->workload == workload && sample->phase == phase &&
		    sample->kind == PR_RUN_COUNTED && sample->cpu_ns > 0)
			used[count++] = sample->cpu_ns / sample->elapsed_ns;
	}
	median = count > 0 ? pr_stats_median(used, count) : NAN;
	free(used);
	return median;
}

static json_t *used_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++) {
			double used = cpus_used(run, w, p);
			json_t *entry;

			if (!pr_company_is_free(run, w) || isnan(used))
				continue;
			entry = json_object();
			pr_json_set(entry, "workload", json_string(run->workloads[w].label));
			pr_json_set(entry, "phase", json_string(run->phases[p].label));
			pr_json_set(entry, "cpus", json_real(used));
			pr_json_append(array, entry);
		}
	return array;
}

json_t *pr_company_json(const struct pr_run *run)
{
	struct pr_company company = pr_company_of(run);
	json_t *json;

	if (isnan(company.others))
		return NULL;
	json = json_object();
	pr_json_set(json, "cpus", pr_json_new_real(company.cpus));
	pr_json_set(json, "others", json_real(company.others));
	pr_json_set(json, "others_least", pr_json_new_real(company.least));
	pr_json_set(json, "others_most", pr_json_new_real(company.most));
	pr_json_set(json, "busy", json_boolean(pr_company_is_busy(&company)));
	pr_json_set(json, "used", used_json(run));
	return json;
}

/* The least and the most CPUs that a phase used, over all workloads.  */
static void range_of(const json_t *used, double *least, double *most)
{
	json_t *entry;
	size_t i;

	*least = *most = NAN;
	json_array_foreach((json_t *)used, i, entry)
	{
		*least = fmin(*least, pr_run_number(entry, "cpus"));
		*most = fmax(*most, pr_run_number(entry, "cpus"));
	}
}

char *pr_company_sentence(const json_t *company)
{
	const json_t *used = json_object_get(company, "used");
	double least, most;
	char ran[64];

	if (!json_is_true(json_object_get(company, "busy")) || json_array_size(used) == 0)
		return NULL;
	range_of(used, &least, &most);
	snprintf(ran, sizeof(ran), most - least < 0.05 ? "%.1f" : "%.1f to %.1f", least, most);
	return pr_asprintf(
	        "Other programs used %.1f of the %.0f CPUs while this was measured (%.1f to %.1f "
	        "by block), and the threads of a phase, which may run anywhere, ran on %s at "
	        "a time: unpinned figures are those of a shared machine, and executions "
	        "of them differ by more than their intervals say",
	        pr_run_number(company, "others"), pr_run_number(company, "cpus"),
	        pr_run_number(company, "others_least"), pr_run_number(company, "others_most"), ran);
}
