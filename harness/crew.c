/* SPDX-License-Identifier: MIT */
/* harness/crew.c - starting the workers of a plan and talking to them.  */
#include "harness/crew.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/watch.h"

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

/* may NULL: all that the phase carries.  */
static json_t *describe_workloads(const struct pr_plan *plan, const struct pr_plan_phase *phase,
                                  const struct pr_setting *setting, size_t first, size_t count,
                                  bool (*may)(const struct pr_link_spec *spec))
{
	json_t *array = json_array();

	for (size_t i = first; i < first + count; i++) {
		json_t *item;

		if (!pr_plan_carries(phase, &plan->workloads[i]) ||
		    (may != NULL && !may(&plan->workloads[i].spec.link)))
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
                            const struct pr_setting *setting, unsigned watch, json_t *workloads)
{
	json_t *request = pr_child_request("open"), *options = json_deep_copy(phase->options);
	const char *file = pr_variants_file(&phase->variants, 0);

	pr_json_set(request, "engine", json_string(phase->engine->name));
	if (file != NULL)
		pr_json_set(options, "lib", json_string(file));
	if (setting != NULL && setting->library != NULL)
		pr_json_set(options, "lib", json_string(setting->library));
	pr_json_set(request, "options", options);
	pr_json_set(request, "cpus", json_string(cpus));
	pr_json_set(request, "workloads", workloads);
	if (watch != 0)
		pr_json_set(request, "watch", json_integer(watch));
	return request;
}

/* PREFIX... PROGRAM worker NULL; strace sets the variable (which may be NULL) in the worker alone.
 */
static const char **worker_argv(const struct pr_crew *crew, const char *const *prefix,
                                const char *variable)
{
	const char **argv;
	size_t count = 0, used = 0;

	while (prefix != NULL && prefix[count] != NULL)
		count++;
	argv = pr_alloc((count + 5) * sizeof(*argv));
	for (size_t i = 0; i < count; i++) {
		argv[used++] = prefix[i];
		if (i == 0 && variable != NULL) {
			argv[used++] = "-E";
			argv[used++] = variable;
		}
	}
	argv[used++] = crew->program;
	argv[used++] = "worker";
	argv[used] = NULL;
	return argv;
}

#define PRELOAD "LD_PRELOAD"

/* "LD_PRELOAD=OURS" or "LD_PRELOAD=OURS:THEIRS", a new string.  */
static enum pr_err make_preload(char **variable, struct pr_error *why)
{
	const char *theirs = getenv(PRELOAD);
	char *ours;
	enum pr_err err = pr_watch_library(&ours, why);

	if (err != PR_OK)
		return err;
	*variable = pr_asprintf("%s=%s%s%s", PRELOAD, ours, theirs != NULL ? ":" : "",
	                        theirs != NULL ? theirs : "");
	free(ours);
	return PR_OK;
}

/* Starts the process with our variable in the environment; the bench's own stays as it is.  */
static enum pr_err start_with(const char *const *argv, const char *log, const char *variable,
                              struct pr_child **child, struct pr_error *why)
{
	const char *theirs = getenv(PRELOAD);
	char *kept = theirs != NULL ? pr_strdup(theirs) : NULL;
	enum pr_err err;

	setenv(PRELOAD, strchr(variable, '=') + 1, 1);
	err = pr_child_start(argv, log, child, why);
	if (kept != NULL)
		setenv(PRELOAD, kept, 1);
	else
		unsetenv(PRELOAD);
	free(kept);
	return err;
}

static enum pr_err start_process(const struct pr_crew *crew, const char *label,
                                 const char *const *prefix, bool traced, bool preloads,
                                 struct pr_child **child, struct pr_error *why)
{
	bool strace = prefix != NULL && strcmp(prefix[0], "strace") == 0;
	char *variable = NULL, *log;
	const char **argv;
	enum pr_err err = preloads ? make_preload(&variable, why) : PR_OK;

	if (err != PR_OK)
		return err;
	log = pr_asprintf("%s/logs/%s%s.log", crew->dir, label, traced ? "-traced" : "");
	argv = worker_argv(crew, prefix, strace ? variable : NULL);
	if (variable != NULL && !strace)
		err = start_with(argv, log, variable, child, why);
	else
		err = pr_child_start(argv, log, child, why);
	free(variable);
	free(argv);
	free(log);
	return err;
}

/* Of a phase that strace watches in its timed trials, which keep no log.  */
static const char *const timed_strace[] = {
        "strace", "-f", "--seccomp-bpf",      "-o", "/dev/null", "-s",
        "256",    "-e", PR_CREW_TRACED_CALLS, NULL};

static enum pr_err start(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                         const char *const *prefix, unsigned watch,
                         const struct pr_setting *setting, size_t first, size_t count,
                         struct pr_child **child, json_t **reply, struct pr_error *why)
{
	bool traced = prefix != NULL || watch != 0;
	bool (*may)(const struct pr_link_spec *spec) = prefix != NULL ? pr_link_can_trace
	                                               : watch != 0   ? pr_link_can_watch
	                                                              : NULL;
	int pin = !traced && count > 0 ? crew->plan->workloads[first].spec.pin : PR_PIN_PLAN;
	json_t *workloads;
	enum pr_err err;

	watch |= phase->watch | (phase->doses ? PR_WATCH_INTERPOSE : 0); /* counts the doses */
	if (prefix == NULL && (watch & PR_WATCH_STRACE) != 0)
		prefix = timed_strace;
	pr_setting_pad(setting != NULL ? setting->padding : 0);
	err = start_process(crew, phase->label, prefix, traced, (watch & PR_WATCH_INTERPOSE) != 0,
	                    child, why);
	pr_setting_pad(0);
	if (err != PR_OK) {
		*child = NULL;
		return err;
	}
	workloads = describe_workloads(crew->plan, phase, setting, first, count, may);
	err = pr_child_ask(*child, open_request(phase, crew->cpus[pin], setting, watch, workloads),
	                   deadline_ns(crew, prefix != NULL), reply, why);
	if (err != PR_OK)
		pr_child_destroy(child);
	return err;
}

enum pr_err pr_crew_start(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                          const char *const *prefix, unsigned watch, size_t first, size_t count,
                          struct pr_child **child, json_t **reply, struct pr_error *why)
{
	return start(crew, phase, prefix, watch, NULL, first, count, child, reply, why);
}

enum pr_err pr_crew_start_in(const struct pr_crew *crew, const struct pr_plan_phase *phase,
                             const struct pr_setting *setting, size_t first, size_t count,
                             struct pr_child **child, json_t **reply, struct pr_error *why)
{
	return start(crew, phase, NULL, 0, setting, first, count, child, reply, why);
}

enum pr_err pr_crew_warm(const struct pr_crew *crew, struct pr_child *child, json_t **reply,
                         struct pr_error *why)
{
	return pr_child_ask(child, pr_child_request("warm"), deadline_ns(crew, false), reply, why);
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

enum pr_err pr_crew_forget(const struct pr_crew *crew, struct pr_child *child,
                           const struct pr_plan_workload *workload, struct pr_error *why)
{
	json_t *request = pr_child_request("forget");

	pr_json_set(request, "workload", json_string(workload->label));
	return pr_child_ask(child, request, deadline_ns(crew, false), NULL, why);
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

enum pr_err pr_crew_sites(const struct pr_crew *crew, struct pr_child *child, json_t *addresses,
                          json_t **names, json_t **nameless, struct pr_error *why)
{
	json_t *request = pr_child_request("sites"), *reply;
	enum pr_err err;

	pr_json_set(request, "addresses", addresses);
	err = pr_child_ask(child, request, deadline_ns(crew, true), &reply, why);
	if (err != PR_OK)
		return err;
	*names = json_incref(json_object_get(reply, "names"));
	*nameless = json_incref(json_object_get(reply, "nameless"));
	json_decref(reply);
	return PR_OK;
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
