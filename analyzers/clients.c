/* SPDX-License-Identifier: MIT */
/* analyzers/clients.c - whether the clients of a fan-in or fan-out kept up with the engine.  */
#include "analyzers/clients.h"

#include <math.h>
#include <stdlib.h>

#include "analyzers/numbers.h"
#include "analyzers/stats.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* NaN when there are none, or no slice tells.  */
static double idle_of(const struct pr_run *run, size_t workload, size_t phase)
{
	double *idle = pr_alloc((run->sample_count + 1) * sizeof(double)), median;
	size_t count = 0;

	for (size_t i = 0; i < run->sample_count; i++) {
		const struct pr_run_sample *sample = &run->samples[i];

		if (sample->workload == workload && sample->phase == phase &&
		    sample->kind == PR_RUN_COUNTED && !isnan(sample->clients_idle_ns))
			idle[count++] = sample->clients_idle_ns / sample->elapsed_ns;
	}
	median = count > 0 ? pr_stats_median(idle, count) : NAN;
	free(idle);
	return median;
}

json_t *pr_clients_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++) {
			double idle = idle_of(run, w, p);
			json_t *entry;

			if (isnan(idle))
				continue;
			entry = json_object();
			pr_json_set(entry, "workload", json_string(run->workloads[w].label));
			pr_json_set(entry, "phase", json_string(run->phases[p].label));
			pr_json_set(entry, "idle", json_real(idle));
			pr_json_set(entry, "busy", json_boolean(idle < PR_CLIENTS_IDLE_LEAST));
			pr_json_append(array, entry);
		}
	return array;
}

/* "core in fanin (idle 2.3 % of the time), ..."; empty when they kept up.  */
static void list_busy(const json_t *clients, struct pr_buf *list)
{
	json_t *entry;
	size_t i;

	json_array_foreach(clients, i, entry)
	{
		if (json_is_true(json_object_get(entry, "busy")))
			pr_buf_printf(list, "%s%s in %s (idle %s of the time)",
			              list->size > 0 ? ", " : "", pr_json_text(entry, "phase"),
			              pr_json_text(entry, "workload"),
			              pr_numbers_percent(pr_run_number(entry, "idle")).text);
	}
}

char *pr_clients_sentence(const json_t *clients)
{
	char *sentence = NULL;
	struct pr_buf list;

	pr_buf_init(&list);
	list_busy(clients, &list);
	if (list.size > 0)
		sentence = pr_asprintf(
		        "The clients were hardly ever idle beside %s: they set the pace there, so "
		        "a faster engine shows less than it could; what a message costs the "
		        "engine stands. A larger batch, or fewer connections, keeps clients less "
		        "busy",
		        list.text);
	pr_buf_fini(&list);
	return sentence;
}
