/* SPDX-License-Identifier: MIT */
/* harness/crew.c - starting the workers of a plan and talking to them.  */
#include "harness/crew.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"

/* Under a tracer every system call is slower by a factor of ten or more, and so is starting.  */
#define TRACED_FACTOR 3

static int64_t deadline_ns(const struct pr_crew *crew, bool traced)
{
	return (int64_t)crew->plan->deadline_s * 1000000000 * (traced ? TRACED_FACTOR : 1);
}

/* So that the slices of one block, which count up from the seed, are others than those of the next.
 */
#define SEED_STEP 1000003

/* Its options in this block: gaps of paced are drawn anew in each, and are the same for all phases.
 */
static json_t *describe_options(const struct pr_plan_workload *workload,
                                const struct pr_setting *setting)
{
	json_t *options = pr_plan_dump_options(workload);
	uint64_t block = setting != NULL ? setting->block : 0;

	if (workload->ops->is_paced)
		pr_json_set(
		        options, "seed",
		        json_integer((json_int_t)((workload->spec.pace.seed + block * SEED_STEP) &
		                                  INT64_MAX)));
	return options;
}

static json_t *describe_workloads(const struct pr_plan *plan, const struct pr_plan_phase *phase,
                                  const struct pr_setting *setting, size_t first, size_t count,
                                  bool traced)
{
	json_t *array = json_array();

	for (size_t i = first; i < first + count; i++) {
		json_t *item;

		if (!pr_plan_carries(phase, &plan->workloads[i]) ||
		    (traced && !pr_link_can_trace(&plan->workloads[i].spec.link)))
			continue;
		item = json_object();
		pr_json_set(item, "label", json_string(plan->workloads[i].label));
		pr_json_set(item, "name", json_string(plan->workloads[i].ops->name));
		pr_json_set(item, "options", describe_options(&plan->workloads[i], setting));
		pr_json_append(array, item);
	}
	return array;
}

/* Takes workloads.  */
static json_t *open_request(const struct pr_plan_phase *phase, const char *cpus,
                            const struct pr_setting *setting, json_t *workloads)
{
	json_t *request = pr_child_request("open"), *options = json_deep_copy(phase->options);

	pr_json_set(request, "engine", json_string(phase->engine->name));
	if (phase->file != NULL)
		pr_json_set(options, "lib", json_string(phase->file));
	if (setting != NULL && setting->library != NULL)
		pr_json_set(options, "lib", json_string(setting->library));
	pr_json_set(request, "options", options);
	pr_json_set(request, "cpus", json_string(cpus));
	pr_json_set(request, "workloads", workloads);
	return request;
}

/* PREFIX... PROGRAM worker NULL */
static const char **worker_argv(const struct pr_crew *crew, const char *const *prefix)
{
	size_t count = 0;
	const char **argv;

	while (prefix != NULL && prefix[count] != NULL)
		count++;
	argv = pr_alloc((count + 3) * sizeof(*argv));
	for (size_t i = 0; i < count; i++)
		argv[i] = prefix[i];
	argv[count] = crew->program;
	argv[count + 1] = "worker";
	argv[count + 2] = NULL;
	return argv;
}

static enum pr_err start(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                         const char *const *prefix, const struct pr_setting *setting, size_t first,
                         size_t count, struct pr_child **child, json_t **reply,
                         struct pr_error *why)
{
	char *log = pr_asprintf("%s/logs/%s%s.log", crew->dir, phase->label,
	                        prefix != NULL ? "-traced" : "");
	const char **argv = worker_argv(crew, prefix);
	int pin = prefix == NULL && count > 0 ? crew->plan->workloads[first].spec.pin : PR_PIN_PLAN;
	json_t *workloads;
	enum pr_err err;

	pr_setting_pad(setting != NULL ? setting->padding : 0);
	err = pr_child_start(argv, log, child, why);
	pr_setting_pad(0);
	free(argv);
	free(log);
	if (err != PR_OK) {
		*child = NULL;
		return err;
	}
	workloads = describe_workloads(crew->plan, phase, setting, first, count, prefix != NULL);
	err = pr_child_ask(*child, open_request(phase, crew->cpus[pin], setting, workloads),
	                   deadline_ns(crew, prefix != NULL), reply, why);
	if (err != PR_OK)
		pr_child_destroy(child);
	return err;
}

enum pr_err pr_crew_start(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                          const char *const *prefix, size_t first, size_t count,
                          struct pr_child **child, json_t **reply, struct pr_error *why)
{
	return start(crew, phase, prefix, NULL, first, count, child, reply, why);
}

enum pr_err pr_crew_start_in(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                             const struct pr_setting *setting, size_t first, size_t count,
                             struct pr_child **child, json_t **reply, struct pr_error *why)
{
	return start(crew, phase, NULL, setting, first, count, child, reply, why);
}

enum pr_err pr_crew_warm(const struct pr_crew *crew, struct pr_child *child, struct pr_error *why)
{
	return pr_child_ask(child, pr_child_request("warm"), deadline_ns(crew, false), NULL, why);
}

enum pr_err pr_crew_slice(const struct pr_crew *crew, struct pr_child *child,
                          const struct pr_plan_workload *workload, uint64_t head, uint64_t count,
                          bool traced, json_t **reply, struct pr_error *why)
{
	json_t *request = pr_child_request("slice");

	pr_json_set(request, "workload", json_string(workload->label));
	pr_json_set(request, "count", json_integer((json_int_t)count));
	pr_json_set(request, "head", json_integer((json_int_t)head));
	return pr_child_ask(child, request, deadline_ns(crew, traced), reply, why);
}

enum pr_err pr_crew_rest(const struct pr_crew *crew, struct pr_child *child, struct pr_error *why)
{
	json_t *reply;
	bool still;
	enum pr_err err =
	        pr_child_ask(child, pr_child_request("rest"), deadline_ns(crew, true), &reply, why);

	if (err != PR_OK)
		return err;
	still = json_is_true(json_object_get(reply, "still"));
	json_decref(reply);
	return still ? PR_OK
	             : pr_error_set(why, PR_FAILED,
	                            "the engine did not come to rest: with nothing to do, its "
	                            "counters still moved after a second");
}

enum pr_err pr_crew_snapshot(const struct pr_crew *crew, struct pr_child *child,
                             const struct pr_plan_workload *workload, bool begin, json_t **reply,
                             struct pr_error *why)
{
	json_t *request = pr_child_request("snapshot");

	pr_json_set(request, "workload", json_string(workload->label));
	pr_json_set(request, "begin", json_boolean(begin));
	return pr_child_ask(child, request, deadline_ns(crew, true), reply, why);
}

enum pr_err pr_crew_mark(const struct pr_crew *crew, struct pr_child *child, const char *stage,
                         const char *edge, struct pr_error *why)
{
	char *text = pr_asprintf("proctor:%s:%s", stage, edge);
	json_t *request = pr_child_request("mark");

	pr_json_set(request, "text", json_string(text));
	free(text);
	return pr_child_ask(child, request, deadline_ns(crew, true), NULL, why);
}

enum pr_err pr_crew_count(const struct pr_crew *crew, struct pr_child *child, struct pr_error *why)
{
	return pr_child_ask(child, pr_child_request("count"), deadline_ns(crew, true), NULL, why);
}

enum pr_err pr_crew_close(const struct pr_crew *crew, struct pr_child **child, struct pr_error *why)
{
	int64_t limit_ns = deadline_ns(crew, true);
	enum pr_err err = pr_child_ask(*child, pr_child_request("close"), limit_ns, NULL, why);

	if (err == PR_OK)
		err = pr_child_finish(*child, limit_ns, why);
	pr_child_destroy(child);
	return err;
}
