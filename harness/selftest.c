/* SPDX-License-Identifier: MIT */
/* harness/selftest.c - the parts of a self-test.  */
#include "harness/selftest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "analyzers/compare.h"
#include "analyzers/run.h"
#include "analyzers/simulate.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/adapter.h"
#include "harness/plan.h"
#include "harness/runner.h"

/* ---- the parts ------------------------------------------------------------------------------- */

/* Slices of a few milliseconds, and blocks that are short enough for ten in the time of a quick
 * part on a busy machine.  */
#define PAIR(streamed, round_trips)                                                                \
	"\"workloads\":[\"streaming,count=" streamed "\",\"pingpong,count=" round_trips "\"],"     \
	"\"slices\":{\"streaming\":50,\"pingpong\":50}"
#define CORE_BOTH PAIR("250000", "5000")
#define ZMQ_BOTH  PAIR("100000", "2500")
#define STREAMING "\"workloads\":[\"streaming,count=250000\"],\"slices\":{\"streaming\":50}"
#define PINGPONG  "\"workloads\":[\"pingpong,count=1000\"],\"slices\":{\"pingpong\":10}"

/* What stall=2 means.  */
#define STALL_SHARE 0.02
#define STALL_NS    40e6

/* clang-format off */
const struct pr_selftest_part pr_selftest_parts[] = {
	{{PR_PLANTED_NOTHING, 0, "simulation", "data with a known truth"}, NULL, NULL, 2, 6, false},
	{{PR_PLANTED_NOTHING, 0, "aa-zmq", "nothing: libzmq against a copy of itself"},
	 "\"a=zmq,lib=COPY-A\",\"b=zmq,lib=COPY-B\"", ZMQ_BOTH, 12, 30, true},
	{{PR_PLANTED_NOTHING, 0, "aa-core", "nothing: core against itself"},
	 "\"a=core\",\"b=core\"", CORE_BOTH, 10, 30, false},
	{{PR_PLANTED_SLOWER, 0.05, "slow-5", "5 % more time for each slice of core"},
	 "\"a=core\",\"b=core,slow=5\"", CORE_BOTH, 10, 30, false},
	{{PR_PLANTED_SLOWER, 0.01, "slow-1", "1 % more time for each slice of core"},
	 "\"a=core\",\"b=core,slow=1\"", CORE_BOTH, 0, 120, false},
	{{PR_PLANTED_STALLS, 0, "stalls", "stops of 40 ms in 2 % of the slices of core"},
	 "\"a=core\",\"b=core,stall=2\"", STREAMING, 8, 20, false},
	{{PR_PLANTED_READS, 1, "reads", "one failing read more for each message"},
	 "\"a=reactive,speculate=always\",\"b=reactive\"", PINGPONG, 4, 8, false},
	{{PR_PLANTED_NOTHING, 0, NULL, NULL}, NULL, NULL, 0, 0, false},
};
/* clang-format on */

/* ---- two copies of libzmq -------------------------------------------------------------------- */

static enum pr_err copy_file(const char *from, const char *to, struct pr_error *why)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	struct stat facts;
	off_t at = 0;
	bool good = in >= 0 && fstat(in, &facts) == 0;

	if (good)
		out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	good = good && out >= 0;
	while (good && at < facts.st_size)
		good = sendfile(out, in, &at, (size_t)(facts.st_size - at)) > 0;
	if (!good)
		pr_error_set(why, PR_FAILED, "cannot copy %s to %s: %s", from, to, strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return good ? PR_OK : PR_FAILED;
}

/* The file of the system's libzmq.  It stays loaded, which does no harm: workers are new programs.
 */
static enum pr_err find_zmq(char *path, struct pr_error *why)
{
	struct pr_engine_info info = {.path = ""};
	json_t *none = json_object();
	struct pr_engine *engine;
	enum pr_err err = pr_adapter_zmq.load(none, &engine, &info, why);

	if (err == PR_OK) {
		memcpy(path, info.path, sizeof(info.path));
		pr_adapter_zmq.unload(&engine);
	}
	json_decref(none);
	return err;
}

/* Paths of equal length, because their length is part of a process's layout.  */
static enum pr_err make_copies(const char *dir, char **a, char **b, struct pr_error *why)
{
	static char path[sizeof(((struct pr_engine_info *)0)->path)];
	char *absolute = realpath(dir, NULL);
	enum pr_err err = find_zmq(path, why);

	*a = pr_asprintf("%s/libzmq-a.so.5", absolute != NULL ? absolute : dir);
	*b = pr_asprintf("%s/libzmq-b.so.5", absolute != NULL ? absolute : dir);
	free(absolute);
	if (err == PR_OK)
		err = copy_file(path, *a, why);
	return err == PR_OK ? copy_file(path, *b, why) : err;
}

/* Takes text; every word becomes with.  */
static char *replaced(char *text, const char *word, const char *with)
{
	char *at = strstr(text, word), *result;

	if (at == NULL)
		return text;
	result = pr_asprintf("%.*s%s%s", (int)(at - text), text, with, at + strlen(word));
	free(text);
	return result;
}

/* ---- running --------------------------------------------------------------------------------- */

static enum pr_err make_plan(const struct pr_selftest_part *part, const char *dir,
                             struct pr_plan **plan, struct pr_error *why)
{
	char *phases = pr_strdup(part->phases), *a = NULL, *b = NULL, *text;
	enum pr_err err = part->copies ? make_copies(dir, &a, &b, why) : PR_OK;
	json_error_t bad;
	json_t *json;

	if (part->copies && err == PR_OK)
		phases = replaced(replaced(phases, "COPY-A", a), "COPY-B", b);
	text = pr_asprintf("{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"selftest-%s\","
	                   "\"phases\":[%s],%s,\"pin\":\"one\",\"probes\":[\"hooks\"],"
	                   "\"traces\":0,\"blocks\":8}",
	                   part->planted.part, phases, part->workloads);
	json = json_loads(text, 0, &bad);
	if (err == PR_OK)
		err = pr_plan_parse(json, part->planted.part, plan, why);
	json_decref(json);
	free(text);
	free(phases);
	free(a);
	free(b);
	return err;
}

static enum pr_err measure(const struct pr_selftest_part *part, const char *dir, double seconds,
                           bool quiet, struct pr_error *why)
{
	const char *argv[] = {"selftest", part->planted.part, NULL};
	char *run_dir = pr_asprintf("%s/run", dir);
	struct pr_plan *plan = NULL;
	enum pr_err err = make_plan(part, dir, &plan, why);
	struct pr_runner_job job = {.plan = plan,
	                            .dir = run_dir,
	                            .time_ns = (int64_t)(seconds * 1e9),
	                            .quiet = quiet,
	                            .argc = 2,
	                            .argv = argv};

	if (err == PR_OK)
		err = pr_runner_run(&job, why);
	pr_plan_destroy(&plan);
	free(run_dir);
	return err;
}

/* What stalls add to the total time, from how long slices without them take.  */
static double stalls_size(const struct pr_run *run)
{
	double elapsed_ns = 0;
	size_t slices = 0;

	for (size_t i = 0; i < run->sample_count; i++) {
		if (run->samples[i].phase != 0)
			continue;
		elapsed_ns += run->samples[i].elapsed_ns;
		slices++;
	}
	return slices > 0 ? STALL_SHARE * STALL_NS / (elapsed_ns / (double)slices) : 0;
}

static enum pr_err judge(const struct pr_selftest_part *part, const char *dir, json_t *checks,
                         struct pr_error *why)
{
	struct pr_compare_opts opts = {.delta = PR_COMPARE_DELTA};
	struct pr_planted planted = part->planted;
	char *run_dir = pr_asprintf("%s/run", dir);
	struct pr_run *run = NULL;
	json_t *comparison = NULL;
	enum pr_err err = pr_run_load(run_dir, &run, why);

	if (err == PR_OK) {
		comparison = pr_compare(run, &opts, why);
		err = comparison != NULL ? PR_OK : PR_FAILED;
	}
	if (err == PR_OK && planted.kind == PR_PLANTED_STALLS)
		planted.size = stalls_size(run);
	if (err == PR_OK)
		pr_planted_judge(&planted, comparison, checks);
	json_decref(comparison);
	pr_run_destroy(&run);
	free(run_dir);
	return err;
}

/* ---- simulation ------------------------------------------------------------------------------ */

#define SEED         20261125
#define ROUNDS_QUICK 2000
#define ROUNDS_WHOLE 6000
/* Promised, and the least (most) that passes.  The detectable effect is a normal approximation,
 * which promises a little too much for the 10 blocks of this test.  */
#define COVERAGE     0.95
#define COVERAGE_MIN 0.94
#define ALARMS       0.05
#define ALARMS_MAX   0.055
#define POWER        0.8
#define POWER_MIN    0.65

/* Takes what.  */
static void add_share(const struct pr_selftest_part *part, char *what, double expected,
                      double found, bool good, json_t *checks)
{
	pr_planted_add(&part->planted, NULL, what, expected, found,
	               good ? PR_PLANTED_OK : PR_PLANTED_CROOKED,
	               good ? "as promised" : "not as promised", checks);
	free(what);
}

static void simulate(const struct pr_selftest_part *part, bool quick, json_t *checks)
{
	static const size_t sizes[] = {6, 10, 20};
	size_t rounds = quick ? ROUNDS_QUICK : ROUNDS_WHOLE;
	struct pr_rng rng;
	double alarms, power;

	pr_rng_init(&rng, SEED);
	for (size_t s = 0; s < PR_SIMULATE_SHAPES; s++) {
		const struct pr_simulate_shape *shape = &pr_simulate_shapes[s];
		double worst = 1;

		for (size_t i = 0; i < 3; i++)
			worst = fmin(worst, pr_simulate_coverage(&rng, shape, sizes[i], rounds));
		add_share(part, pr_asprintf("intervals that hold it: %s", shape->name), COVERAGE,
		          worst, worst >= COVERAGE_MIN, checks);
	}
	alarms = pr_simulate_alarms(&rng, rounds, &power);
	add_share(part, pr_strdup("false alarms, five rows without a difference"), ALARMS, alarms,
	          alarms <= ALARMS_MAX, checks);
	add_share(part, pr_strdup("differences of the detectable size that are found"), POWER,
	          power, power >= POWER_MIN, checks);
}

/* ---- a part ---------------------------------------------------------------------------------- */

enum pr_err pr_selftest_run(const struct pr_selftest_part *part, const char *dir, bool quick,
                            bool quiet, json_t *checks, struct pr_error *why)
{
	double seconds = quick ? part->quick_s : part->whole_s;
	char *own = pr_asprintf("%s/%s", dir, part->planted.part);
	struct pr_error reason = {""};
	enum pr_err err = PR_OK;

	if (part->phases == NULL) {
		simulate(part, quick, checks);
	} else if (mkdir(own, 0755) != 0) {
		err = pr_error_set(why, PR_FAILED, "%s: cannot make the folder of this part: %s",
		                   own, strerror(errno));
	} else {
		err = measure(part, own, seconds, quiet, &reason);
		if (err == PR_OK)
			err = judge(part, own, checks, &reason);
		if (err == PR_INTERRUPTED)
			pr_error_set(why, err, "%s", reason.text);
		else if (err != PR_OK) {
			pr_planted_add(&part->planted, NULL, NULL, NAN, NAN, PR_PLANTED_VOID,
			               reason.text, checks);
			err = PR_OK;
		}
	}
	free(own);
	return err;
}
