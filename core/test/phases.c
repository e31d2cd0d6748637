/* SPDX-License-Identifier: MIT */
/* core/test/phases.c - see phases.h.  */
#include "core/test/phases.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Without a movement for so long, and with every thread asleep, a context counts as at rest.  */
#define REST_MS 20

const struct pr_phase_preset *pr_phases_current;

static int (*set_phase)(void *context, const char *phase, char *error, size_t error_size);
static size_t (*list_counters)(const struct proctor_counter **list);
static int (*read_counters)(void *context, uint64_t *values, size_t count);
static const struct proctor_counter *counters;
static size_t counters_count;

struct law {
	const char *name;
	uint64_t (*left)(const struct phases_snapshot *), (*right)(const struct phases_snapshot *);
};

/* Each law becomes two functions over a snapshot, and a line of the table below.  */
#define c(name) pr_phases_value(snapshot, #name)
#define PR_COUNTER(scope, name, unit, kind, help)
#define PR_LAW_JOIN(a, b)           a##b
#define PR_LAW_FUNCTION(name, line) PR_LAW_JOIN(name, line)
#define PR_LAW(name, left, right)                                                                  \
	static uint64_t PR_LAW_FUNCTION(left_, __LINE__)(const struct phases_snapshot *snapshot)   \
	{                                                                                          \
		return left;                                                                       \
	}                                                                                          \
	static uint64_t PR_LAW_FUNCTION(right_, __LINE__)(const struct phases_snapshot *snapshot)  \
	{                                                                                          \
		return right;                                                                      \
	}
#include "core/counters.def"
#undef PR_LAW
#define PR_LAW(name, left, right)                                                                  \
	{name, PR_LAW_FUNCTION(left_, __LINE__), PR_LAW_FUNCTION(right_, __LINE__)},
static const struct law laws[] = {
#include "core/counters.def"
};

static bool find_extensions(void)
{
	*(void **)&set_phase = dlsym(RTLD_DEFAULT, "proctor_ctx_set_phase");
	*(void **)&list_counters = dlsym(RTLD_DEFAULT, "proctor_counters");
	*(void **)&read_counters = dlsym(RTLD_DEFAULT, "proctor_ctx_counters");
	if (!set_phase || !list_counters || !read_counters)
		return false;
	counters_count = list_counters(&counters);
	return true;
}

int pr_phases_run(int argc, char **argv, const struct CMUnitTest *tests, size_t count)
{
	int failed = 0, runs = 0;

	if (!find_extensions()) {
		puts("not the proctor engine: skipped");
		return 77;
	}
	assert_true(counters_count <= PHASES_COUNTERS_MAX);
	for (pr_phases_current = pr_phase_presets; pr_phases_current->name; pr_phases_current++) {
		if (argc > 1 && strcmp(argv[1], pr_phases_current->name) != 0)
			continue;
		printf("---- %s\n", pr_phases_current->name);
		failed +=
		        _cmocka_run_group_tests(pr_phases_current->name, tests, count, NULL, NULL);
		runs++;
	}
	return failed > 0 || runs == 0;
}

void *pr_phases_ctx(const char *options)
{
	void *ctx = pr_kit_ctx();
	char spec[256], error[256] = "";

	snprintf(spec, sizeof(spec), "%s%s%s", pr_phases_current->name, options ? "," : "",
	         options ? options : "");
	if (set_phase(ctx, spec, error, sizeof(error)) == -1)
		pr_kit_fail(__FILE__, __LINE__, "phase '%s': %s", spec, error);
	return ctx;
}

bool pr_phases_have_counters(void)
{
	return counters_count > 0;
}

static size_t counter_index(const char *name)
{
	for (size_t i = 0; i < counters_count; i++)
		if (strcmp(counters[i].name, name) == 0)
			return i;
	pr_kit_fail(__FILE__, __LINE__, "no counter '%s'", name);
}

static void take(void *ctx, struct phases_snapshot *snapshot)
{
	*snapshot = (struct phases_snapshot){0};
	assert_int_equal(read_counters(ctx, snapshot->values, counters_count), counters_count);
}

uint64_t pr_phases_counter(void *ctx, const char *name)
{
	struct phases_snapshot snapshot;

	take(ctx, &snapshot);
	return pr_phases_value(&snapshot, name);
}

uint64_t pr_phases_value(const struct phases_snapshot *snapshot, const char *name)
{
	return snapshot->values[counter_index(name)];
}

uint64_t pr_phases_delta(const struct phases_snapshot *before, const struct phases_snapshot *after,
                         const char *name)
{
	return pr_phases_value(after, name) - pr_phases_value(before, name);
}

static const struct law *broken_law(const struct phases_snapshot *snapshot)
{
	for (size_t i = 0; i < KIT_COUNT(laws); i++)
		if (laws[i].left(snapshot) != laws[i].right(snapshot))
			return &laws[i];
	return NULL;
}

static bool is_asleep(const char *thread)
{
	char path[64], state = 'S';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/stat", thread);
	file = fopen(path, "re");
	if (!file)
		return true; /* it has ended */
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'R';
	fclose(file);
	return state == 'S';
}

/* Whether no other thread of this process runs or waits for a CPU, which on a busy machine may take
 * longer than any time that a test would wait.  */
static bool others_are_asleep(void)
{
	DIR *threads = opendir("/proc/self/task");
	const struct dirent *thread;
	bool asleep = true;

	assert_non_null(threads);
	while (asleep && (thread = readdir(threads)))
		if (thread->d_name[0] != '.' && atoi(thread->d_name) != gettid())
			asleep = is_asleep(thread->d_name);
	closedir(threads);
	return asleep;
}

void pr_phases_rest(void *ctx, struct phases_snapshot *snapshot)
{
	int64_t deadline = pr_kit_now_ms() + KIT_DEADLINE_MS, still_since = pr_kit_now_ms();
	struct phases_snapshot next;
	const struct law *broken;

	take(ctx, snapshot);
	do {
		pr_kit_pause();
		take(ctx, &next);
		if (memcmp(&next, snapshot, sizeof(next)) != 0 || !others_are_asleep())
			still_since = pr_kit_now_ms();
		*snapshot = next;
		broken = broken_law(snapshot);
		if (pr_kit_now_ms() > deadline)
			pr_kit_fail(__FILE__, __LINE__, "never at rest; %s",
			            broken ? broken->name : "counters go on changing");
	} while (broken || pr_kit_now_ms() - still_since < REST_MS);
}
