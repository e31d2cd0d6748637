/* SPDX-License-Identifier: MIT */
/* harness/test/bench.c - what tests of whole runs share.  */
#include "harness/test/bench.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/cmd.h"
#include "core/base/json.h"
#include "core/base/test.h"
#include "harness/runner.h"

bool bench_is_worker(int argc, char **argv, int *status)
{
	signal(SIGPIPE, SIG_IGN); /* as the program does: a worker may be gone when it is asked */
	if (argc < 2 || strcmp(argv[1], "worker") != 0)
		return false;
	*status = cmd_worker(argc - 1, (const char **)argv + 1);
	return true;
}

struct pr_plan *bench_plan(const char *members)
{
	char *text = pr_asprintf("{'format':'proctor.plan','version':1,%s}", members);
	struct pr_plan *plan = NULL;
	struct pr_error why;
	json_error_t error;
	json_t *json;

	for (char *at = text; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	json = json_loads(text, 0, &error);
	if (json == NULL)
		fail_msg("%s: %s", text, error.text);
	assert_ok(pr_plan_parse(json, "test", &plan, &why), why);
	json_decref(json);
	free(text);
	return plan;
}

char *bench_dir(void)
{
	char *dir = pr_strdup("run-XXXXXX");

	assert_non_null(mkdtemp(dir));
	return dir;
}

void bench_remove(char **dir)
{
	char *command = pr_asprintf("rm -rf '%s'", *dir);

	assert_int_equal(system(command), 0);
	free(command);
	free(*dir);
	*dir = NULL;
}

enum pr_err bench_run(struct pr_plan *plan, const char *dir, struct pr_error *why)
{
	const char *argv[] = {"run", "test"};
	struct pr_runner_job job = {
	        .plan = plan, .dir = dir, .quiet = true, .argc = 2, .argv = argv};

	why->text[0] = '\0';
	return pr_runner_run(&job, why);
}

json_t *bench_read(const char *dir, const char *name)
{
	char *path = pr_asprintf("%s/%s", dir, name);
	struct pr_error why;
	json_t *json;

	assert_ok(pr_json_read_file(path, &json, &why), why);
	free(path);
	return json;
}

char *bench_fake(const char *defect)
{
	return pr_asprintf("%s/test/fake_%s.so", PR_BUILD_DIR, defect);
}
