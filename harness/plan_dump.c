/* SPDX-License-Identifier: MIT */
/* harness/plan_dump.c - a plan as a document.  */
#include "harness/cpus.h"
#include "harness/options.h"
#include "harness/plan_parts.h"
#include "harness/probe.h"

json_t *pr_plan_dump_options(const struct pr_plan_workload *workload)
{
	json_t *options = json_object();

	pr_options_expand(workload->ops->opts, &workload->spec, true, options);
	if (workload->spec.pin == PR_PIN_PLAN) /* said once, by the plan */
		json_object_del(options, "pin");
	return options;
}

static json_t *dump_phases(const struct pr_plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->phase_count; i++) {
		json_t *phase = json_object();

		pr_json_set(phase, "label", json_string(plan->phases[i].label));
		pr_json_set(phase, "engine", json_string(plan->phases[i].engine->name));
		pr_json_set(phase, "options", json_deep_copy(plan->phases[i].options));
		pr_json_append(array, phase);
	}
	return array;
}

static json_t *dump_workloads(const struct pr_plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->workload_count; i++) {
		json_t *workload = json_object();

		pr_json_set(workload, "name", json_string(plan->workloads[i].ops->name));
		pr_json_set(workload, "label", json_string(plan->workloads[i].label));
		pr_json_set(workload, "options", pr_plan_dump_options(&plan->workloads[i]));
		pr_json_append(array, workload);
	}
	return array;
}

static json_t *dump_slices(const struct pr_plan *plan)
{
	json_t *object = json_object();

	for (size_t i = 0; i < plan->workload_count; i++)
		pr_json_set(object, plan->workloads[i].label,
		            json_integer((json_int_t)plan->workloads[i].slices));
	return object;
}

static json_t *dump_probes(const struct pr_plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; pr_probes[i] != NULL; i++)
		if (plan->probes & pr_probe_bit(pr_probes[i]))
			pr_json_append(array, json_string(pr_probes[i]->name));
	return array;
}

json_t *pr_plan_dump(const struct pr_plan *plan)
{
	json_t *json = json_object();

	pr_json_set(json, "format", json_string(PR_PLAN_FORMAT));
	pr_json_set(json, "version", json_integer(PR_PLAN_VERSION));
	pr_json_set(json, "name", pr_json_new_string(plan->name));
	pr_json_set(json, "phases", dump_phases(plan));
	pr_json_set(json, "workloads", dump_workloads(plan));
	pr_json_set(json, "blocks", json_integer((json_int_t)plan->blocks));
	pr_json_set(json, "slices", dump_slices(plan));
	pr_json_set(json, "whole", json_integer((json_int_t)plan->whole));
	pr_json_set(json, "head",
	            plan->head < 1 ? json_real(plan->head) : json_integer((json_int_t)plan->head));
	pr_json_set(json, "pin", pr_json_new_string(plan->pin));
	pr_json_set(json, "roles", json_string(pr_roles_names[plan->roles]));
	pr_json_set(json, "workers", json_string(pr_plan_workers_names[plan->workers]));
	pr_json_set(json, "probes", dump_probes(plan));
	pr_json_set(json, "seed", json_integer((json_int_t)plan->seed));
	pr_json_set(json, "traces", json_integer((json_int_t)plan->traces));
	pr_json_set(json, "deadline", json_integer((json_int_t)plan->deadline_s));
	if (plan->ablation != NULL)
		pr_json_set(json, "ablation", json_incref(plan->ablation));
	return json;
}
