/* SPDX-License-Identifier: MIT */
/* harness/worker_test.c - the protocol of a worker: wrong commands get a sentence, an idle worker
 * sleeps.  */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"
#include "harness/child.h"
#include "harness/test/bench.h"

#define DEADLINE_NS 100000000000

static char *program;
static char *dir;

static struct pr_child *start(void)
{
	char *log = pr_asprintf("%s/worker.log", dir);
	const char *argv[] = {program, "worker", NULL};
	struct pr_child *child;
	struct pr_error why;

	assert_ok(pr_child_start(argv, log, &child, &why), why);
	free(log);
	return child;
}

static json_t *parse(const char *text)
{
	char *copy = pr_strdup(text);
	json_t *json;

	for (char *at = copy; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	json = json_loads(copy, 0, NULL);
	assert_non_null(json);
	free(copy);
	return json;
}

static void accept(struct pr_child *child, const char *request)
{
	struct pr_error why;

	assert_ok(pr_child_ask(child, parse(request), DEADLINE_NS, NULL, &why), why);
}

static void refuse(struct pr_child *child, const char *request, const char *sentence)
{
	struct pr_error why = {.text = ""};

	assert_int_equal(pr_child_ask(child, parse(request), DEADLINE_NS, NULL, &why), PR_FAILED);
	if (strstr(why.text, sentence) == NULL)
		assert_string_equal(why.text, sentence);
	assert_true(pr_child_is_alive(child));
}

#define OPEN_FLOOR                                                                                 \
	"{'do':'open','engine':'floor','options':{},'workloads':[{'label':'s','name':'streaming'," \
	"'options':{}}]}"

static void close_child(struct pr_child **child)
{
	struct pr_error why;

	accept(*child, "{'do':'close'}");
	assert_ok(pr_child_finish(*child, DEADLINE_NS, &why), why);
	pr_child_destroy(child);
	assert_null(*child);
}

static void wrong_commands_get_a_sentence(void **state)
{
	struct pr_child *child = start();

	(void)state;
	refuse(child, "{'do':'fly'}", "unknown command 'fly'");
	refuse(child, "{}", "do: missing");
	refuse(child, "[]", "do");
	refuse(child, "{'do':'slice','workload':'s','count':1}", "'slice' needs an open engine");
	refuse(child, "{'do':'warm'}", "'warm' needs an open engine");
	refuse(child, "{'do':'open','engine':'no','options':{},'workloads':[]}",
	       "unknown engine 'no'");
	accept(child, OPEN_FLOOR);
	refuse(child, OPEN_FLOOR, "an engine is open already");
	refuse(child, "{'do':'slice','workload':'t','count':1}", "workload 't' was not opened");
	refuse(child, "{'do':'slice','workload':'s','count':0}", "a count of at least 1");
	accept(child, "{'do':'slice','workload':'s','count':1}");
	close_child(&child);
}

/* One answer for both parts; the histogram has the timed round trips alone.  */
static void a_head_is_not_timed(void **state)
{
	struct pr_child *child = start();
	json_t *reply;
	struct pr_error why;

	(void)state;
	accept(child, "{'do':'open','engine':'floor','options':{},'workloads':[{'label':'p',"
	              "'name':'pingpong','options':{}}]}");
	assert_ok(pr_child_ask(child, parse("{'do':'slice','workload':'p','count':200,'head':30}"),
	                       DEADLINE_NS, &reply, &why),
	          why);
	assert_int_equal(json_integer_value(json_object_get(reply, "messages")), 400);
	assert_int_equal(json_integer_value(json_object_get(reply, "head_messages")), 60);
	assert_true(json_integer_value(json_object_get(reply, "head_elapsed_ns")) > 0);
	json_decref(reply);
	assert_ok(pr_child_ask(child, parse("{'do':'snapshot','workload':'p','begin':false}"),
	                       DEADLINE_NS, &reply, &why),
	          why);
	assert_int_equal(
	        json_integer_value(json_object_get(json_object_get(reply, "histogram"), "count")),
	        200);
	json_decref(reply);
	close_child(&child);
}

static int64_t latencies(struct pr_child *child, const char *begin)
{
	char *text = pr_asprintf("{'do':'snapshot','workload':'p','begin':%s}", begin);
	struct pr_error why;
	json_t *reply;
	int64_t count;

	assert_ok(pr_child_ask(child, parse(text), DEADLINE_NS, &reply, &why), why);
	count = json_integer_value(json_object_get(json_object_get(reply, "histogram"), "count"));
	json_decref(reply);
	free(text);
	return count;
}

static void a_slice_that_does_not_count_is_forgotten(void **state)
{
	struct pr_child *child = start();

	(void)state;
	accept(child, "{'do':'open','engine':'floor','options':{},'workloads':[{'label':'p',"
	              "'name':'pingpong','options':{}}]}");
	accept(child, "{'do':'slice','workload':'p','count':5}");
	accept(child, "{'do':'slice','workload':'p','count':20}");
	accept(child, "{'do':'forget','workload':'p'}");
	accept(child, "{'do':'slice','workload':'p','count':300}");
	assert_int_equal(latencies(child, "false"), 305);
	accept(child, "{'do':'forget','workload':'p'}"); /* there is no last one */
	assert_int_equal(latencies(child, "true"), 305);
	assert_int_equal(latencies(child, "false"), 0);
	refuse(child, "{'do':'forget','workload':'t'}", "workload 't' was not opened");
	close_child(&child);
}

/* When nobody asks any more, the worker goes.  */
static void the_end_of_input_ends_the_worker(void **state)
{
	struct pr_child *child = start();
	struct pr_error why;

	(void)state;
	accept(child, OPEN_FLOOR);
	assert_int_equal(pr_child_finish(child, DEADLINE_NS, &why), PR_FAILED);
	assert_non_null(strstr(why.text, "it ended with status 5"));
	assert_false(pr_child_is_alive(child));
	pr_child_destroy(&child);
}

/* The process of the other end dies: the worker says so, whatever it waits for, and ends too.  */
static void a_helper_that_dies_ends_the_worker(void **state)
{
	static const char *const opens[] = {
	        "{'do':'open','engine':'floor','options':{},'workloads':[{'label':'s',"
	        "'name':'streaming','options':{'roles':'two'}}]}",
	        "{'do':'open','engine':'floor','options':{},'workloads':[{'label':'s',"
	        "'name':'pingpong','options':{'roles':'two'}}]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(opens) / sizeof(opens[0]); i++) {
		struct pr_child *child = start();
		struct pr_error why = {.text = ""};
		json_t *reply;
		pid_t helper;

		assert_ok(pr_child_ask(child, parse(opens[i]), DEADLINE_NS, &reply, &why), why);
		helper = (pid_t)json_integer_value(
		        json_array_get(json_object_get(reply, "helpers"), 0));
		json_decref(reply);
		assert_true(helper > 0);
		assert_true(pr_child_cpu_ns(child) > 0);
		accept(child, "{'do':'warm'}");
		assert_int_equal(kill(helper, SIGKILL), 0);
		assert_int_equal(pr_child_ask(child,
		                              parse("{'do':'slice','workload':'s','count':100}"),
		                              DEADLINE_NS, NULL, &why),
		                 PR_FAILED);
		if (strstr(why.text, "the process of end A died") == NULL)
			assert_string_equal(why.text, "the process of end A died");
		pr_child_destroy(&child);
	}
}

static void a_program_that_is_not_there_is_named(void **state)
{
	const char *argv[] = {"./no-such-program", NULL};
	struct pr_child *child;
	struct pr_error why;

	(void)state;
	assert_int_equal(pr_child_start(argv, "/dev/null", &child, &why), PR_FAILED);
	assert_string_equal(why.text, "cannot start ./no-such-program: No such file or directory");
}

/* ---- idle -------------------------------------------------------------------------------- */

/* Adds up how often the threads of the worker (our only child) went to sleep or were interrupted.
 */
static uint64_t count_switches(pid_t pid)
{
	char path[300], line[128];
	uint64_t sum = 0, count;
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	assert_non_null(tasks);
	while ((entry = readdir(tasks)) != NULL) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status", (int)pid, entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(path, "re");
		while (file != NULL && fgets(line, sizeof(line), file) != NULL)
			if (sscanf(line, "voluntary_ctxt_switches: %" SCNu64, &count) == 1)
				sum += count;
		if (file != NULL)
			fclose(file);
	}
	closedir(tasks);
	return sum;
}

/* The process that holds the other end of the child's pipe: found as our only child.  */
static pid_t only_child(void)
{
	char path[64];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	return pid;
}

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

static __attribute__((unused)) bool does_nothing(const struct pr_child *child, pid_t pid)
{
	uint64_t before = count_switches(pid);
	int64_t cpu_ns = pr_child_cpu_ns(child);

	nap();
	nap();
	return count_switches(pid) == before && pr_child_cpu_ns(child) == cpu_ns;
}

/* A thread that makes a blocking call, or polls, switches; one that sleeps does not.  */
static __attribute__((unused)) void is_idle(const char *open)
{
	struct pr_child *child = start();
	struct pr_error why = {.text = ""};
	pid_t pid = only_child();

	if (pid == 0 || pr_child_ask(child, parse(open), DEADLINE_NS, NULL, &why) != PR_OK) {
		print_message("left out: %s\n", why.text);
	} else {
		bool idles = false;

		accept(child, "{'do':'warm'}");
		accept(child, "{'do':'rest'}");
		/* The way from the answer into read(2) may take some time. */
		for (int i = 0; i < 20 && !idles; i++)
			idles = does_nothing(child, pid);
		assert_true(idles);
	}
	pr_child_destroy(&child);
}

static void an_idle_worker_sleeps(void **state)
{
#ifdef __SANITIZE_THREAD__
	(void)state;
	skip(); /* the sanitizer has a thread of its own, which does not sleep */
#else
	char *core =
	        pr_asprintf("{'do':'open','engine':'core','options':{'lib':'%s/libproctor.so'},"
	                    "'workloads':[{'label':'s','name':'streaming','options':{}}]}",
	                    PR_BUILD_DIR);

	(void)state;
	is_idle(OPEN_FLOOR);
	is_idle("{'do':'open','engine':'zmq','options':{},'workloads':[{'label':'s',"
	        "'name':'streaming','options':{}}]}");
	is_idle(core);
	free(core);
#endif
}

static int begin(void **state)
{
	struct pr_error why;

	(void)state;
	dir = bench_dir();
	return pr_child_own_program(&program, &why) == PR_OK ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	bench_remove(&dir);
	free(program);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(wrong_commands_get_a_sentence),
	        cmocka_unit_test(a_head_is_not_timed),
	        cmocka_unit_test(a_slice_that_does_not_count_is_forgotten),
	        cmocka_unit_test(the_end_of_input_ends_the_worker),
	        cmocka_unit_test(a_helper_that_dies_ends_the_worker),
	        cmocka_unit_test(a_program_that_is_not_there_is_named),
	        cmocka_unit_test(an_idle_worker_sleeps),
	};
	int status;

	if (bench_is_worker(argc, argv, &status))
		return status;
	return cmocka_run_group_tests(tests, begin, end);
}
