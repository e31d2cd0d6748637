/* SPDX-License-Identifier: MIT */
/* harness/plan_test.c - good plans are understood and come out whole; bad ones get a sentence.
 *
 * fixtures/plan/good/ holds plans that must load, fixtures/plan/bad/ plans that must not: each with
 * a file NAME.expect, a part of the sentence.  */
#include "harness/plan.h"
#include "harness/probe.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

/* Calls visit for each .json of a folder of fixtures/plan/.  */
static size_t visit_fixtures(const char *folder, void (*visit)(const char *path))
{
	char *dir = pr_asprintf("%s/plan/%s", PR_FIXTURES, folder);
	DIR *open = opendir(dir);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(open);
	while ((entry = readdir(open)) != NULL) {
		const char *suffix = strrchr(entry->d_name, '.');
		char *path = pr_asprintf("%s/%s", dir, entry->d_name);

		if (suffix != NULL && strcmp(suffix, ".json") == 0) {
			visit(path);
			count++;
		}
		free(path);
	}
	closedir(open);
	free(dir);
	return count;
}

static struct pr_plan *load(const char *source)
{
	struct pr_plan *plan;
	struct pr_error why;

	assert_ok(pr_plan_load(source, &plan, &why), why);
	return plan;
}

/* What is dumped loads again and dumps to the same text.  */
static void check_dump(const struct pr_plan *plan)
{
	json_t *first = pr_plan_dump(plan), *second;
	struct pr_plan *again;
	struct pr_error why;

	assert_ok(pr_plan_parse(first, "dump", &again, &why), why);
	second = pr_plan_dump(again);
	assert_true(json_equal(first, second));
	pr_plan_destroy(&again);
	json_decref(first);
	json_decref(second);
}

static void load_good(const char *path)
{
	struct pr_plan *plan = load(path);

	check_dump(plan);
	assert_true(pr_plan_predict_s(plan) > 0);
	pr_plan_destroy(&plan);
	assert_null(plan);
}

static void good_plans_load_and_come_out_whole(void **state)
{
	(void)state;
	assert_true(visit_fixtures("good", load_good) >= 4);
}

static void load_bad(const char *path)
{
	struct pr_error why = {.text = ""}, unread;
	struct pr_plan *plan = NULL;
	struct pr_buf expected;
	char *file = pr_asprintf("%.*s.expect", (int)(strlen(path) - 5), path);

	pr_buf_init(&expected);
	assert_ok(pr_buf_read_file(&expected, file, &unread), unread);
	expected.text[strcspn(expected.text, "\n")] = '\0';
	assert_int_equal(pr_plan_load(path, &plan, &why), PR_USAGE);
	assert_null(plan);
	if (strstr(why.text, path) == NULL)
		fail_msg("'%s' does not name the file %s", why.text, path);
	if (strstr(why.text, expected.text) == NULL)
		fail_msg("%s: '%s' does not say '%s'", path, why.text, expected.text);
	pr_buf_fini(&expected);
	free(file);
}

static void bad_plans_get_a_sentence(void **state)
{
	(void)state;
	assert_true(visit_fixtures("bad", load_bad) >= 25);
}

static void the_seed_is_the_report(void **state)
{
	static const char *const labels[] = {"baseline",
	                                     "true-proactor",
	                                     "true-proactor-fixed",
	                                     "reactive",
	                                     "reactive-coalesced",
	                                     "core",
	                                     "zmq",
	                                     "floor",
	                                     "floor-thread"};
	struct pr_plan *plan = load("seed");

	(void)state;
	assert_int_equal(plan->phase_count, sizeof(labels) / sizeof(labels[0]));
	for (size_t i = 0; i < plan->phase_count; i++)
		assert_string_equal(plan->phases[i].label, labels[i]);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(pr_json_text(plan->phases[i].expanded, "cork"), "8K");
	assert_int_equal(plan->workload_count, 2);
	assert_int_equal(plan->workloads[0].spec.count, 1000);
	assert_int_equal(plan->workloads[1].spec.count, 200000);
	assert_int_equal(plan->workloads[1].spec.link.size, 64);
	assert_int_equal(plan->workloads[1].spec.link.hwm, 0);
	assert_int_equal(plan->blocks, 30);
	check_dump(plan);
	pr_plan_destroy(&plan);
	plan = load("quick");
	assert_int_equal(plan->blocks, 12);
	pr_plan_destroy(&plan);
}

/* Every row that the engine is asked about, each under both interfaces or at each number of
 * connections.
 */
static void the_engine_is_compared_with_libzmq(void **state)
{
	static const char *const labels[] = {
	        "stream-router-tcp-64",  "stream-router-tcp-64-msg",
	        "pingpong-one-thread",   "pingpong-two-processes-msg",
	        "stream-pub-ipc-1M",     "stream-pair-inproc-64",
	        "fan-in-10000",          "stream-router-tcp-64-hwm1000-slow",
	        "stream-dealer-tcp-64K", "stream-dealer-router-tcp-1K",
	};
	struct pr_plan *plan = load("engine");

	(void)state;
	assert_string_equal(plan->phases[0].label, "zmq");
	assert_string_equal(plan->phases[1].label, "core");
	assert_string_equal(plan->phases[2].label, "floor");
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		bool found = false;

		for (size_t w = 0; w < plan->workload_count; w++)
			found |= strcmp(plan->workloads[w].label, labels[i]) == 0;
		if (!found)
			fail_msg("no workload %s", labels[i]);
	}
	assert_int_equal(plan->workers, PR_WORKERS_WORKLOAD);
	check_dump(plan);
	pr_plan_destroy(&plan);
}

static void labels_pick_workloads_of_a_plan(void **state)
{
	struct pr_plan_changes changes = {.has_blocks = false};
	struct pr_plan *plan = load("engine");
	struct pr_error why;

	(void)state;
	changes.workloads =
	        (struct pr_opt_list){{"fan-in-*", "fanin,connections=7", "fan-in-1"}, 3};
	assert_ok(pr_plan_change(plan, &changes, &why), why);
	assert_int_equal(plan->workload_count, 5);
	assert_string_equal(plan->workloads[3].label, "fan-in-10000");
	assert_int_equal(plan->workloads[3].spec.link.connections, 10000);
	assert_int_equal(plan->workloads[4].spec.link.connections, 7);
	assert_int_equal(plan->phase_count, 2); /* there is no floor of it */
	check_dump(plan);
	pr_plan_destroy(&plan);
}

/* What a phase leaves out is told with the reason, each reason once.  */
static void what_is_left_out_is_told(void **state)
{
	struct pr_plan_changes changes = {.has_blocks = false};
	struct pr_plan *plan = load("seed");
	struct pr_error why;
	char *text;

	(void)state;
	changes.phases = (struct pr_opt_list){{"floor", "core"}, 2};
	changes.workloads = (struct pr_opt_list){
	        {"fanin", "streaming", "streaming,transport=inproc", "pingpong,transport=inproc"},
	        4};
	assert_ok(pr_plan_change(plan, &changes, &why), why);
	text = pr_plan_left_out(plan, &plan->phases[0]);
	assert_string_equal(text,
	                    "fanin (there is no floor of many connections: it has two ends); "
	                    "streaming,transport=inproc, pingpong (there is no floor of inproc: "
	                    "within a process nothing is sent)");
	assert_null(pr_plan_left_out(plan, &plan->phases[1]));
	free(text);
	pr_plan_destroy(&plan);
}

/* Enough for each client, unless they are large or it is said.  */
static void many_clients_send_more(void **state)
{
	static const uint64_t counts[] = {500000, 500000, 4000000, 250000, 7};
	struct pr_plan_changes changes = {.has_blocks = false};
	struct pr_plan *plan = load("seed");
	struct pr_error why;

	(void)state;
	changes.workloads = (struct pr_opt_list){
	        {"fanin", "fanin,connections=1000", "fanin,connections=10000",
	         "fanin,connections=10000,size=1K", "fanin,connections=10000,count=7"},
	        5};
	assert_ok(pr_plan_change(plan, &changes, &why), why);
	assert_int_equal(plan->workload_count, 5);
	for (size_t i = 0; i < plan->workload_count; i++)
		assert_int_equal(plan->workloads[i].spec.count, counts[i]);
	pr_plan_destroy(&plan);
}

static void roles_are_those_of_the_command_line(void **state)
{
	struct pr_plan_changes changes = {.roles = "two"};
	struct pr_plan *plan = load("seed");
	struct pr_error why;

	(void)state;
	assert_ok(pr_plan_change(plan, &changes, &why), why);
	assert_int_equal(plan->workloads[0].spec.link.roles, PR_ROLES_TWO);
	assert_int_equal(plan->workloads[1].spec.link.roles, PR_ROLES_TWO);
	check_dump(plan);
	changes.workloads = (struct pr_opt_list){{"pingpong", "streaming,roles=one", "fanin"}, 3};
	assert_ok(pr_plan_change(plan, &changes, &why), why);
	assert_int_equal(plan->workloads[0].spec.link.roles, PR_ROLES_TWO);
	assert_int_equal(plan->workloads[1].spec.link.roles, PR_ROLES_ONE);
	assert_int_equal(plan->workloads[2].spec.link.roles, PR_ROLES_ONE);
	check_dump(plan);
	pr_plan_destroy(&plan);
}

/* Parts alone, and the path; options that need each other go together.  */
static void an_ablation_is_phases_between_two(void **state)
{
	static const char *const labels[] = {
	        "baseline",         "baseline+on-full+store", "baseline+size-check",
	        "path2+size-check", "baseline+cap",           "path3+cap",
	        "baseline+at-cap",  "true-proactor"};
	struct pr_plan_changes changes = {.ablate = "baseline,true-proactor"};
	struct pr_plan *plan = load("seed");
	struct pr_error why;
	const json_t *parts;

	(void)state;
	assert_ok(pr_plan_change(plan, &changes, &why), why);
	assert_int_equal(plan->phase_count, 8);
	for (size_t i = 0; i < 8; i++)
		assert_string_equal(plan->phases[i].label, labels[i]);
	assert_string_equal(pr_json_text(plan->phases[3].expanded, "size-check"), "walk");
	assert_string_equal(pr_json_text(plan->phases[3].expanded, "store"), "deque");
	parts = json_object_get(plan->ablation, "parts");
	assert_int_equal(json_array_size(parts), 4);
	assert_string_equal(pr_json_text(json_array_get(parts, 3), "path"), "true-proactor");
	check_dump(plan);
	pr_plan_destroy(&plan);
}

static void an_ablation_needs_two_phases_that_differ(void **state)
{
	static const struct {
		const char *names, *words;
	} cases[] = {
	        {"baseline", "expected FROM,TO"},
	        {"baseline,", "expected FROM,TO"},
	        {"baseline,core,zmq", "expected FROM,TO"},
	        {"baseline,baseline", "nothing to switch"},
	        {"baseline,zmq", "no options in common"},
	        {"baseline,reactiv", "did you mean 'reactive'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pr_plan_changes changes = {.ablate = cases[i].names};
		struct pr_plan *plan = load("quick");
		struct pr_error why;

		assert_int_equal(pr_plan_change(plan, &changes, &why), PR_USAGE);
		if (strstr(why.text, cases[i].words) == NULL)
			fail_msg("%s: %s", cases[i].names, why.text);
		pr_plan_destroy(&plan);
	}
}

static void unknown_plans_get_the_nearest(void **state)
{
	struct pr_plan *plan;
	struct pr_error why;

	(void)state;
	assert_int_equal(pr_plan_load("sed", &plan, &why), PR_USAGE);
	assert_string_equal(why.text, "unknown plan 'sed'; did you mean 'seed'?");
	assert_int_equal(pr_plan_load("zzzzzzzz", &plan, &why), PR_USAGE);
	assert_non_null(strstr(why.text,
	                       "'proctor list plans' names them; or give the path of a JSON file"));
	assert_int_equal(pr_plan_load("./no/such/plan.json", &plan, &why), PR_FAILED);
}

/* ---- the command line -------------------------------------------------------------------- */

static enum pr_err change(const char *phase, const char *workload, const char *probe,
                          struct pr_plan **plan, struct pr_error *why)
{
	struct pr_plan_changes changes = {.has_blocks = false};
	enum pr_err err;

	if (phase != NULL)
		changes.phases.items[changes.phases.count++] = phase;
	if (workload != NULL)
		changes.workloads.items[changes.workloads.count++] = workload;
	if (probe != NULL)
		changes.probes.items[changes.probes.count++] = probe;
	*plan = load("seed");
	err = pr_plan_change(*plan, &changes, why);
	if (err != PR_OK)
		pr_plan_destroy(plan);
	return err;
}

static void the_command_line_replaces_parts(void **state)
{
	struct pr_plan *plan;
	struct pr_error why;

	(void)state;
	assert_ok(change("mine=core,preset=reactive,read-size=64K", NULL, NULL, &plan, &why), why);
	assert_int_equal(plan->phase_count, 1);
	assert_string_equal(plan->phases[0].label, "mine");
	assert_string_equal(pr_json_text(plan->phases[0].expanded, "read-size"), "64K");
	assert_string_equal(pr_json_text(plan->phases[0].expanded, "speculate"), "never");
	assert_int_equal(plan->workload_count, 2);
	pr_plan_destroy(&plan);
	assert_ok(change("reactive", "streaming,count=3", "hooks", &plan, &why), why);
	assert_string_equal(plan->phases[0].engine->name, "core");
	assert_int_equal(plan->workload_count, 1);
	assert_int_equal(plan->workloads[0].slices, 3); /* no slice is empty */
	assert_int_equal(plan->probes, pr_probe_bit(&pr_probe_hooks));
	pr_plan_destroy(&plan);
	assert_ok(change("mine=reactive,cork=8K", NULL, NULL, &plan, &why), why);
	assert_string_equal(pr_json_text(plan->phases[0].options, "preset"), "reactive");
	pr_plan_destroy(&plan);
}

static void refuse(const char *phase, const char *workload, const char *probe, const char *sentence)
{
	struct pr_plan *plan = NULL;
	struct pr_error why = {.text = ""};

	assert_int_equal(change(phase, workload, probe, &plan, &why), PR_USAGE);
	assert_null(plan);
	if (strstr(why.text, sentence) == NULL)
		assert_string_equal(why.text, sentence);
}

static void wrong_phases_get_a_sentence(void **state)
{
	(void)state;
	refuse("reactiv", NULL, NULL,
	       "unknown engine or preset 'reactiv'; did you mean 'reactive'?");
	refuse("x=zqm", NULL, NULL, "unknown engine or preset 'zqm'; did you mean 'zmq'?");
	refuse("x=zmq,lob=a", NULL, NULL, "unknown option 'lob'; did you mean 'lib'?");
	refuse("x=core,preset=reactiv", NULL, NULL, "did you mean 'reactive'?");
	refuse("x=core,read-sise=8K", NULL, NULL, "did you mean 'read-size'?");
	refuse("x=core,cork=", NULL, NULL, "phase 'x'");
	refuse("x=floor,pingpong=bloking", NULL, NULL, "blocking");
	refuse("x=floor,batch=1", NULL, NULL, "at least 64");
	refuse("x=floor,batch=8K,batch=9K", NULL, NULL, "option 'batch' is given twice");
	refuse("x=floor,,", NULL, NULL, "an option name is missing");
	refuse("reactive,cork=8K", NULL, NULL, "LABEL=reactive,cork=8K");
	refuse("a/b=floor", NULL, NULL, "'a/b' cannot be a label");
	refuse("=floor", NULL, NULL, "'' cannot be a label");
	refuse("..=floor", NULL, NULL, "'..' cannot be a label");
	refuse("x=", NULL, NULL, "unknown engine or preset ''");
}

static void wrong_workloads_and_probes_get_a_sentence(void **state)
{
	(void)state;
	refuse(NULL, "pingpon", NULL, "unknown workload 'pingpon'; did you mean 'pingpong'?");
	refuse(NULL, "streaming,cuont=1", NULL, "did you mean 'count'?");
	refuse(NULL, "streaming,count=0", NULL, "at least 1");
	refuse(NULL, "streaming,size=15", NULL, "at least 16");
	refuse(NULL, "streaming,transport=udp", NULL, "tcp");
	refuse(NULL, "streaming,api=message", NULL, "msg");
	refuse("floor", "streaming,transport=inproc", NULL,
	       "phase 'floor': engine floor can do none of the workloads: there is no floor of "
	       "inproc");
	refuse("nng", "streaming", NULL, "nng has no ROUTER and no DEALER");
	refuse("nng", "streaming,pattern=pub-sub", NULL, "a PUB of nng drops");
	refuse("nng", "streaming,pattern=pair,hwm=8193", NULL, "nng queues at most 8192 messages");
	refuse("nng", "fanin", NULL, "ZMTP, and nng does not");
	refuse(NULL, "pingpong,pattern=push-pull", NULL,
	       "workload 'pingpong': push-pull goes one way and cannot answer; use streaming");
	refuse(NULL, "pingpong,pattern=pub-sub", NULL, "pub-sub goes one way");
	refuse(NULL, "streaming,pattern=req-rep", NULL,
	       "req-rep waits for each answer and cannot stream; use pingpong");
	refuse(NULL, "streaming,pattern=pub-sub,hwm=10", NULL,
	       "pub-sub drops what does not fit, so it loses messages unless hwm is 0");
	refuse(NULL, "streaming,pattern=router-roter", NULL, "router-router");
	refuse(NULL, NULL, "strce", "unknown probe 'strce'; did you mean 'strace'?");
}

/* The label says what is not usual; a name that occurs once is enough.  */
static void labels_tell_workloads_apart(void **state)
{
	static const char *const workloads[] = {
	        "pingpong,size=1K",  "streaming",          "streaming,pattern=pair,transport=ipc",
	        "streaming,size=1M", "streaming,count=77", "streaming",
	};
	static const char *const labels[] = {
	        "pingpong",          "streaming",          "streaming,pattern=pair,transport=ipc",
	        "streaming,size=1M", "streaming,count=77", "streaming#2",
	};
	struct pr_plan_changes changes = {.has_blocks = false};
	struct pr_plan *plan = load("seed");
	struct pr_error why;

	(void)state;
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
		changes.workloads.items[changes.workloads.count++] = workloads[i];
	assert_ok(pr_plan_change(plan, &changes, &why), why);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		assert_string_equal(plan->workloads[i].label, labels[i]);
	check_dump(plan);
	pr_plan_destroy(&plan);
}

/* One workload for each value, in order, the last option fastest; labels name what is swept even
 * where it is as usual.  */
static void several_values_are_several_workloads(void **state)
{
	static const char *const labels[] = {
	        "pingpong,size=64,window=1", "pingpong,size=1K,window=1",
	        "pingpong,size=64,window=8", "pingpong,size=1K,window=8",
	        "pingpong,pattern=pair",     "pingpong,pattern=req-rep",
	};
	struct pr_plan_changes changes = {.has_blocks = false};
	struct pr_plan *plan = load("seed");
	struct pr_error why;

	(void)state;
	changes.workloads.items[0] = "pingpong,window=1:8,size=64:1K";
	changes.workloads.items[1] = "pingpong,pattern=pair:req-rep";
	changes.workloads.count = 2;
	assert_ok(pr_plan_change(plan, &changes, &why), why);
	assert_int_equal(plan->workload_count, sizeof(labels) / sizeof(labels[0]));
	for (size_t i = 0; i < plan->workload_count; i++)
		assert_string_equal(plan->workloads[i].label, labels[i]);
	assert_int_equal(plan->workloads[3].spec.link.window, 8);
	assert_int_equal(plan->workloads[3].spec.link.size, 1024);
	check_dump(plan);
	pr_plan_destroy(&plan);
}

static void wrong_sweeps_get_a_sentence(void **state)
{
	(void)state;
	refuse(NULL, "streaming,size=64:", NULL,
	       "workload 'streaming': option 'size' has an empty value; write size=1:2:3");
	refuse(NULL, "pingpong,window=1:1", NULL,
	       "workload 'pingpong': option 'window' has a value that is there twice");
	refuse(NULL, "pingpong,window=1:x", NULL, "option 'window'");
	refuse(NULL, "pingpong,windw=1:2", NULL, "did you mean 'window'?");
	refuse(NULL, "pingpong,window=1:2,pattern=req-rep", NULL,
	       "workload 'pingpong': req-rep waits for each answer, so its window is 1");
	refuse(NULL, "pingpong,window=8,hwm=4", NULL,
	       "a window of 8 does not fit into an hwm of 4");
	refuse(NULL, "pingpong,size=16:17:18:19:20:21:22:23:24:25,window=1:2:3:4:5:6:7:8:9:10",
	       NULL, "the values make more than 96 workloads");
	refuse(NULL, "fanout,pattern=pair", NULL,
	       "workload 'fanout': the sender of pair has one peer; use pub-sub");
	refuse(NULL, "fanout,wait=poll", NULL, "unknown option 'wait'");
	refuse(NULL, "fanout,transport=inproc", NULL, "inproc stays within one process");
	refuse("floor", "pingpong,wait=poll", NULL,
	       "phase 'floor': engine floor can do none of the workloads");
	refuse("core", "fanin,batch=400,size=64K", NULL,
	       "a batch of 400 messages of 65536 bytes is more than 16 MiB");
	refuse("floor", "pingpong,window=1000", NULL,
	       "there is no floor of a window of more than 16 KiB");
}

/* A block of large messages stays short, unless somebody says how many there are.  */
static void large_messages_are_fewer(void **state)
{
	static const struct {
		const char *workload;
		uint64_t count;
	} cases[] = {
	        {"streaming", 200000},
	        {"streaming,size=1K", 131072},
	        {"streaming,size=1M", 128},
	        {"streaming,size=16M", 10},
	        {"pingpong,size=64K", 1000},
	        {"pingpong,size=1M", 64},
	        {"pingpong,size=16M", 20},
	        {"streaming,size=16M,count=99", 99},
	        {"paced", 12000},
	        {"paced,rate=70,size=1M", 84},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pr_plan *plan;
		struct pr_error why;

		assert_ok(change(NULL, cases[i].workload, NULL, &plan, &why), why);
		assert_int_equal(plan->workloads[0].spec.count, cases[i].count);
		pr_plan_destroy(&plan);
	}
}

static void slices_share_the_count(void **state)
{
	struct pr_plan *plan;
	struct pr_error why;
	uint64_t sum = 0;

	(void)state;
	assert_ok(change(NULL, "streaming,count=1003", NULL, &plan, &why), why);
	assert_int_equal(plan->workloads[0].slices, 10);
	for (uint64_t i = 0; i < 10; i++) {
		uint64_t count = pr_plan_slice_count(&plan->workloads[0], i);

		assert_in_range(count, 100, 101);
		sum += count;
	}
	assert_int_equal(sum, 1003);
	pr_plan_destroy(&plan);
}

static void a_head_is_a_share_or_a_count(void **state)
{
	struct pr_plan_workload streaming = {.ops = &pr_workload_streaming, .slices = 10},
	                        pingpong = {.ops = &pr_workload_pingpong, .slices = 10};
	struct pr_plan plan = {.head = 0.1};

	(void)state;
	streaming.spec.count = 2000;
	pingpong.spec.count = 2000;
	assert_int_equal(pr_plan_head_count(&plan, &streaming, 200), 20);
	assert_int_equal(pr_plan_head_count(&plan, &streaming, 5), 1);
	assert_int_equal(pr_plan_head_count(&plan, &streaming, 4), 0); /* not half a unit */
	assert_int_equal(pr_plan_head_count(&plan, &streaming, 1), 0);
	assert_int_equal(pr_plan_head_count(&plan, &pingpong, 200), 20);
	pingpong.spec.count = 1025; /* 25 can be spared in 10 slices */
	assert_int_equal(pr_plan_head_count(&plan, &pingpong, 102), 2);
	pingpong.spec.count = 500; /* has no 99th percentile anyway */
	assert_int_equal(pr_plan_head_count(&plan, &pingpong, 50), 5);
	plan.head = 50;
	assert_int_equal(pr_plan_head_count(&plan, &streaming, 200), 50);
	assert_int_equal(pr_plan_head_count(&plan, &streaming, 20), 19); /* something is timed */
	plan.head = 0;
	assert_int_equal(pr_plan_head_count(&plan, &streaming, 200), 0);
}

/* A worker has one pin, so those of one pin stand together.  */
static void both_pins_make_two_workloads_of_each(void **state)
{
	static const char *const labels[] = {"pingpong,pin=one", "streaming,pin=one",
	                                     "pingpong,pin=spread", "streaming,pin=spread"};
	struct pr_plan_changes changes = {.pin = "one,spread"};
	struct pr_plan *plan, *again;
	struct pr_error why;
	json_t *json;

	(void)state;
	assert_ok(pr_plan_load("quick", &plan, &why), why);
	assert_ok(pr_plan_change(plan, &changes, &why), why);
	json = pr_plan_dump(plan);
	assert_ok(pr_plan_parse(json, "again", &again, &why), why);
	assert_int_equal(plan->workload_count, 4);
	assert_int_equal(again->workload_count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(plan->workloads[i].label, labels[i]);
		assert_string_equal(again->workloads[i].label, labels[i]);
		assert_int_equal(again->workloads[i].spec.pin, plan->workloads[i].spec.pin);
		assert_int_equal(again->workloads[i].slices, plan->workloads[i].slices);
	}
	assert_int_equal(pr_plan_worker_count(plan, 0), 2);
	assert_int_equal(pr_plan_worker_count(plan, 2), 2);
	json_decref(json);
	pr_plan_destroy(&plan);
	pr_plan_destroy(&again);
}

/* A paced slice has room for 2^20 messages; a block lasts 1.2 s.  */
static void a_fast_pace_has_more_slices(void **state)
{
	struct pr_plan *plan;
	struct pr_error why;

	(void)state;
	assert_ok(change(NULL, "paced,rate=20000000", NULL, &plan, &why), why);
	assert_int_equal(plan->workloads[0].spec.count, 24000000);
	assert_int_equal(plan->workloads[0].slices, 23);
	assert_true(pr_plan_slice_count(&plan->workloads[0], 0) <= PR_PACE_MARKS);
	pr_plan_destroy(&plan);
}

PR_TEST_MAIN(cmocka_unit_test(both_pins_make_two_workloads_of_each),
             cmocka_unit_test(good_plans_load_and_come_out_whole),
             cmocka_unit_test(bad_plans_get_a_sentence), cmocka_unit_test(the_seed_is_the_report),
             cmocka_unit_test(the_engine_is_compared_with_libzmq),
             cmocka_unit_test(labels_pick_workloads_of_a_plan),
             cmocka_unit_test(what_is_left_out_is_told), cmocka_unit_test(many_clients_send_more),
             cmocka_unit_test(roles_are_those_of_the_command_line),
             cmocka_unit_test(an_ablation_is_phases_between_two),
             cmocka_unit_test(an_ablation_needs_two_phases_that_differ),
             cmocka_unit_test(unknown_plans_get_the_nearest),
             cmocka_unit_test(the_command_line_replaces_parts),
             cmocka_unit_test(wrong_phases_get_a_sentence),
             cmocka_unit_test(wrong_workloads_and_probes_get_a_sentence),
             cmocka_unit_test(labels_tell_workloads_apart),
             cmocka_unit_test(several_values_are_several_workloads),
             cmocka_unit_test(wrong_sweeps_get_a_sentence),
             cmocka_unit_test(large_messages_are_fewer), cmocka_unit_test(slices_share_the_count),
             cmocka_unit_test(a_head_is_a_share_or_a_count),
             cmocka_unit_test(a_fast_pace_has_more_slices))
