/* SPDX-License-Identifier: MIT */
/* harness/plan.c - making, changing and checking plans.  */
#include "harness/plan.h"

#include <stdlib.h>
#include <string.h>

#include "harness/cpus.h"
#include "harness/plan_parts.h"
#include "harness/probe.h"

enum pr_err pr_plan_unknown(const char *kind, const char *name, const char *const *names,
                            size_t count, const char *where_listed, struct pr_error *why)
{
	const char *nearest = pr_opts_nearest(name, names, count);

	if (nearest != NULL)
		return pr_error_set(why, PR_USAGE, "unknown %s '%s'; did you mean '%s'?", kind,
		                    name, nearest);
	return pr_error_set(why, PR_USAGE, "unknown %s '%s'; %s", kind, name, where_listed);
}

const char *const pr_plan_workers_names[] = {"block", "workload", NULL};

enum pr_err pr_plan_add_probe(struct pr_plan *plan, const char *name, struct pr_error *why)
{
	const char *names[PR_PROBES_MAX];
	size_t count = pr_probe_names(names);

	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0) {
			plan->probes |= pr_probe_bit(pr_probes[i]);
			return PR_OK;
		}
	return pr_plan_unknown("probe", name, names, count, "'proctor list probes' names them",
	                       why);
}

static bool carries_any(const struct pr_plan *plan, const struct pr_plan_phase *phase)
{
	for (size_t i = 0; i < plan->workload_count; i++)
		if (pr_plan_carries(phase, &plan->workloads[i]))
			return true;
	return false;
}

/* Where the command line names workloads only, phases of the plan that have no part in them go.  */
static void drop_idle_phases(struct pr_plan *plan)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->phase_count; i++)
		if (carries_any(plan, &plan->phases[i]))
			plan->phases[kept++] = plan->phases[i];
		else
			pr_plan_free_phase(&plan->phases[i]);
	plan->phase_count = kept;
}

enum pr_err pr_plan_check_carried(const struct pr_plan *plan, struct pr_error *why)
{
	for (size_t i = 0; i < plan->phase_count; i++) {
		const struct pr_plan_phase *phase = &plan->phases[i];

		if (!carries_any(plan, phase))
			return pr_error_set(
			        why, PR_USAGE,
			        "phase '%s': engine %s can do none of the workloads: %s",
			        phase->label, phase->engine->name,
			        pr_adapter_refusal(phase->engine, &plan->workloads[0].spec.link));
	}
	return PR_OK;
}

int pr_plan_find_word(const char *word, const char *const *names)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], word) == 0)
			return i;
	return -1;
}

enum pr_err pr_plan_set_pin(struct pr_plan *plan, const char *pin, struct pr_error *why)
{
	bool both = strcmp(pin, "one,spread") == 0 || strcmp(pin, "spread,one") == 0;
	char *list;
	enum pr_err err;

	if (both)
		pin = "spread";
	err = pr_cpus_resolve(pin, &list, why);
	if (err != PR_OK)
		return err;
	free(list);
	free(plan->pin);
	plan->pin = pr_strdup(pin);
	plan->both_pins = both;
	return PR_OK;
}

/* The fewest blocks that can pass the correction for five tests.  */
#define WHOLE_DEFAULT 8

#define HEAD_DEFAULT 0.1

struct pr_plan *pr_plan_create(void)
{
	struct pr_plan *plan = pr_alloc(sizeof(*plan));

	memset(plan, 0, sizeof(*plan));
	plan->name = pr_strdup("custom");
	plan->pin = pr_strdup("spread");
	plan->blocks = 10;
	plan->head = HEAD_DEFAULT;
	plan->whole = WHOLE_DEFAULT;
	plan->seed = 1;
	plan->traces = 1;
	plan->deadline_s = 10;
	plan->probes = pr_probe_usual();
	return plan;
}

void pr_plan_destroy(struct pr_plan **taken)
{
	struct pr_plan *plan = *taken;

	*taken = NULL;
	if (plan == NULL)
		return;
	pr_plan_clear_phases(plan);
	pr_plan_clear_workloads(plan);
	free(plan->name);
	free(plan->pin);
	json_decref(plan->ablation);
	json_decref(plan->origin);
	free(plan->origin_dir);
	free(plan->origin_name);
	free(plan);
}

/* Of the plan, and of its workloads unless others take their place.  */
static enum pr_err change_roles(struct pr_plan *plan, const char *word, bool replaced,
                                struct pr_error *why)
{
	enum pr_err err = PR_OK;
	int roles = pr_plan_find_word(word, pr_roles_names);

	if (roles < 0)
		return pr_error_set(why, PR_USAGE, "roles '%s' is not one or two", word);
	plan->roles = roles;
	for (size_t i = 0; !replaced && err == PR_OK && i < plan->workload_count; i++)
		err = pr_plan_set_roles(&plan->workloads[i], roles, why);
	return err;
}

static void forget_phases(struct pr_plan *plan)
{
	pr_plan_clear_phases(plan);
	json_decref(plan->ablation);
	plan->ablation = NULL;
}

enum pr_err pr_plan_change(struct pr_plan *plan, const struct pr_plan_changes *changes,
                           struct pr_error *why)
{
	enum pr_err err = PR_OK;

	if (changes->phases.count > 0)
		forget_phases(plan);
	for (size_t i = 0; err == PR_OK && i < changes->phases.count; i++)
		err = pr_plan_add_phase_text(plan, changes->phases.items[i], why);
	if (err == PR_OK && changes->ablate != NULL)
		err = pr_plan_ablate(plan, changes->ablate, why);
	if (err == PR_OK && changes->roles != NULL)
		err = change_roles(plan, changes->roles, changes->workloads.count > 0, why);
	if (err == PR_OK && changes->workloads.count > 0)
		err = pr_plan_choose_workloads(plan, &changes->workloads, why);
	if (err == PR_OK)
		err = pr_plan_label_workloads(plan, why);
	if (changes->probes.count > 0)
		plan->probes = 0;
	for (size_t i = 0; err == PR_OK && i < changes->probes.count; i++)
		err = pr_plan_add_probe(plan, changes->probes.items[i], why);
	if (err == PR_OK && changes->pin != NULL)
		err = pr_plan_set_pin(plan, changes->pin, why);
	if (err == PR_OK)
		err = pr_plan_split_pins(plan, why);
	if (changes->has_blocks)
		plan->blocks = changes->blocks;
	if (changes->has_seed)
		plan->seed = changes->seed;
	if (err == PR_OK && changes->phases.count == 0 && changes->workloads.count > 0)
		drop_idle_phases(plan);
	if (err == PR_OK && plan->phase_count == 0)
		err = pr_error_set(why, PR_USAGE, "no phase of the plan can do such a workload");
	return err == PR_OK ? pr_plan_check_carried(plan, why) : err;
}
