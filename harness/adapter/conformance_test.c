/* SPDX-License-Identifier: MIT */
/* harness/adapter/conformance_test.c - what every adapter must do, for every line of the table.
 *
 * Each case runs in a worker of its own: open, warm, ping-pong, streaming, rest, snapshot, close,
 * with every message checked.  An engine whose library is not there is left out, with a message. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"
#include "harness/child.h"
#include "harness/crew.h"
#include "harness/test/bench.h"

/* The engine as a phase.  Our own engine is beside the program, not beside this test.  */
static char *phase_of(const struct pr_adapter_ops *ops, const char *options)
{
	if (strcmp(ops->name, "core") == 0)
		return pr_asprintf("x=core,lib=%s/libproctor.so%s", PR_BUILD_DIR, options);
	return pr_asprintf("x=%s%s", ops->name, options);
}

#define FAN_OUT "fanout,"

/* The workloads that the pattern of a link can do.  */
static struct pr_plan *plan_of(const char *phase, const char *link)
{
	bool fans_out = strncmp(link, FAN_OUT, strlen(FAN_OUT)) == 0;
	bool gathers = strstr(link, "connections=") != NULL;
	bool answers =
	        !gathers && strstr(link, "push-pull") == NULL && strstr(link, "pub-sub") == NULL;
	bool streams = strstr(link, "req-") == NULL && strstr(link, "window=") == NULL;
	char *pingpong = pr_asprintf("'pingpong,count=50,%s'", link);
	int count = strstr(link, "size=40000") != NULL ? 1000 : 20000;
	char *streaming =
	        fans_out  ? pr_asprintf("'fanout,count=%d,%s'", count, link + strlen(FAN_OUT))
	        : gathers ? pr_asprintf("'fanin,count=%d,%s'", count, link)
	                  : pr_asprintf("'streaming,count=%d,%s','paced,rate=10000,count=50,%s'",
	                                count, link, link);
	char *members =
	        pr_asprintf("'phases':['%s'],'workloads':[%s%s%s]", phase, answers ? pingpong : "",
	                    answers && streams ? "," : "", streams ? streaming : "");
	struct pr_plan *plan = bench_plan(members);

	free(pingpong);
	free(streaming);
	free(members);
	return plan;
}

static void expect_all_arrived(const json_t *reply, int messages)
{
	assert_int_equal(json_integer_value(json_object_get(reply, "messages")), messages);
	assert_int_equal(json_integer_value(json_object_get(reply, "lost")), 0);
	assert_int_equal(json_integer_value(json_object_get(reply, "reordered")), 0);
	assert_int_equal(json_integer_value(json_object_get(reply, "duplicated")), 0);
	assert_int_equal(json_integer_value(json_object_get(reply, "corrupt")), 0);
	assert_true(json_integer_value(json_object_get(reply, "elapsed_ns")) > 0);
	assert_true(json_integer_value(json_object_get(reply, "cpu_ns")) > 0);
}

static void run_slice(const struct pr_crew *crew, struct pr_child *child, size_t workload,
                      uint64_t count, int messages)
{
	struct pr_error why;
	json_t *reply;

	assert_ok(pr_crew_slice(crew, child, &crew->plan->workloads[workload], 0, count, false,
	                        &reply, &why),
	          why);
	expect_all_arrived(reply, messages);
	json_decref(reply);
}

static void check_snapshot(const struct pr_crew *crew, struct pr_child *child,
                           const struct pr_plan_workload *workload, bool has_hooks)
{
	struct pr_error why;
	json_t *reply;

	assert_ok(pr_crew_rest(crew, child, &why), why);
	assert_ok(pr_crew_snapshot(crew, child, workload, false, &reply, &why), why);
	assert_int_equal(json_is_object(json_object_get(reply, "counters")), has_hooks);
	assert_true(json_integer_value(json_object_get(reply, "memory_peak")) > 0);
	if (workload->ops->has_latency)
		assert_int_equal(json_integer_value(json_object_get(
		                         json_object_get(reply, "histogram"), "count")),
		                 50 + 50);
	json_decref(reply);
}

static void drive(const struct pr_crew *crew, struct pr_child *child, const json_t *opened)
{
	const struct pr_plan *plan = crew->plan;
	struct pr_error why;
	const json_t *library = json_object_get(opened, "library");
	json_t *reply = NULL;

	assert_true(pr_json_text_or(library, "path", "")[0] == '/');
	assert_string_not_equal(pr_json_text_or(library, "version", ""), "");
	assert_ok(pr_crew_warm(crew, child, &reply, &why), why);
	assert_null(json_object_get(reply, "odd"));
	json_decref(reply);
	for (int i = 0; i < 2; i++) /* one after the other, on the same sockets */
		for (size_t w = 0; w < plan->workload_count; w++) {
			uint64_t count = plan->workloads[w].spec.count;

			run_slice(crew, child, w, count,
			          (int)(count * plan->workloads[w].ops->messages_per_unit));
		}
	for (size_t w = 0; w < plan->workload_count; w++)
		check_snapshot(crew, child, &plan->workloads[w],
		               json_object_get(opened, "counters") != NULL);
}

/* Patterns and transports that our engine does not have.  */
static bool cannot_yet(const struct pr_adapter_ops *ops, const char *text)
{
	return ops == &pr_adapter_core && (strstr(text, "Protocol not supported") != NULL ||
	                                   strstr(text, "zmq_socket() on end") != NULL);
}

static bool is_missing(const struct pr_adapter_ops *ops, const struct pr_error *why)
{
	if (strstr(why->text, "cannot load the engine library") == NULL &&
	    !cannot_yet(ops, why->text))
		return false;
	print_message("%s: left out: %s\n", ops->name, why->text);
	return true;
}

static void conform(const struct pr_adapter_ops *ops, const char *options, const char *link)
{
	char *phase = phase_of(ops, options), *dir = bench_dir(), *program = NULL;
	char *logs = pr_asprintf("%s/logs", dir);
	struct pr_plan *plan = plan_of(phase, link);
	struct pr_crew crew = {.plan = plan, .cpus = {"0", "0", "0"}, .dir = dir};
	struct pr_child *child;
	struct pr_error why;
	json_t *opened = NULL;
	enum pr_err err;

	print_message("%s with %s\n", phase, link);
	assert_int_equal(mkdir(logs, 0777), 0);
	assert_ok(pr_child_own_program(&program, &why), why);
	crew.program = program;
	err = pr_crew_start(&crew, &plan->phases[0], NULL, 0, 0, plan->workload_count, &child,
	                    &opened, &why);
	if (err != PR_OK && !is_missing(ops, &why))
		fail_msg("%s", why.text);
	if (err == PR_OK) {
		drive(&crew, child, opened);
		assert_ok(pr_crew_close(&crew, &child, &why), why);
	}
	json_decref(opened);
	pr_plan_destroy(&plan);
	bench_remove(&dir);
	free(logs);
	free(phase);
	free(program);
}

/* The thread sanitizer sees only what was built for it; in Debian's libzmq and libnng it sees races
 * that are not there.  */
static bool can_be_watched(const struct pr_adapter_ops *ops)
{
#ifdef __SANITIZE_THREAD__
	return ops != &pr_adapter_zmq && ops != &pr_adapter_nng;
#else
	(void)ops;
	return true;
#endif
}

/* What an engine may refuse of a link.  */
static struct pr_link_spec spec_of(const char *link)
{
	struct pr_link_spec spec = {
	        .transport = strstr(link, "inproc") != NULL ? PR_INPROC : PR_TCP,
	        .wait = strstr(link, "wait=poll") != NULL ? PR_WAIT_POLL : PR_WAIT_RECV,
	        .size = strstr(link, "size=40000") != NULL ? 40000 : 64,
	        .window = strstr(link, "window=") != NULL ? 50 : 1,
	        .connections = strstr(link, "connections=") != NULL,
	};

	for (int i = 0; i < PR_PATTERNS; i++) {
		char *text = pr_asprintf("pattern=%s", pr_pattern_names[i]);

		if (strstr(link, text) != NULL)
			spec.pattern = i;
		free(text);
	}
	return spec;
}

static void conform_all(const char *link)
{
	struct pr_link_spec spec = spec_of(link);

	for (size_t i = 0; pr_adapters[i] != NULL; i++)
		if (can_be_watched(pr_adapters[i]) && pr_adapter_carries(pr_adapters[i], &spec))
			conform(pr_adapters[i], "", link);
}

/* Every pattern over every transport.  */
static void every_pattern(void **state)
{
	(void)state;
	for (const char *const *transport = pr_transport_names; *transport != NULL; transport++)
		for (const char *const *pattern = pr_pattern_names; *pattern != NULL; pattern++) {
			char *link = pr_asprintf("pattern=%s,transport=%s", *pattern, *transport);

			conform_all(link);
			free(link);
		}
}

/* By zmq_msg_send() and zmq_msg_recv(): copied and lent bodies, with ids and without.  */
static void every_interface(void **state)
{
	(void)state;
	conform_all("api=msg");
	conform_all("api=msg,pattern=pair,transport=ipc");
	conform_all("api=msg,pattern=pub-sub");
	conform_all("api=msg,pattern=req-router");
	conform_all("api=msg,size=40000,pattern=pair,transport=inproc");
	conform_all("api=msg,pattern=req-rep");
	conform_all("api=msg,size=40000");
}

static void every_kind_of_frame(void **state)
{
	(void)state;
	conform_all("size=16");
	conform_all("size=16,pattern=pair");
	conform_all("size=255");
	conform_all("size=256");
	conform_all("size=10000");
	conform_all("size=40000,pattern=push-pull");
}

static void a_finite_queue(void **state)
{
	(void)state;
	conform_all("hwm=100");
	conform_all("hwm=100,pattern=pair");
}

/* Several requests under way.  */
static void a_window(void **state)
{
	(void)state;
	conform_all("window=7");
	conform_all("window=50,roles=two,wait=poll");
	conform_all("window=10,hwm=10,pattern=pair,transport=inproc");
	conform_all("window=50,size=40000,pattern=dealer-router,transport=ipc,api=msg");
}

/* The application waits in zmq_poll().  */
static void polling(void **state)
{
	(void)state;
	conform_all("wait=poll");
	conform_all("wait=poll,pattern=pub-sub,transport=ipc");
	conform_all("wait=poll,pattern=req-router,api=msg");
	conform_all("wait=poll,pattern=pair,transport=inproc,hwm=100");
	conform_all("wait=poll,roles=two");
	conform_all("wait=poll,connections=20");
}

/* End A in a process of its own.  */
static void two_processes(void **state)
{
	(void)state;
	conform_all("roles=two");
	conform_all("roles=two,pattern=pair,transport=ipc,api=msg");
	conform_all("roles=two,pattern=push-pull,hwm=100");
	conform_all("roles=two,pattern=pub-sub");
	conform_all("roles=two,pattern=req-rep");
	conform_all("roles=two,size=40000");
}

/* One socket, and clients that are no engine's.  */
static void many_clients(void **state)
{
	(void)state;
	conform_all("connections=1");
	conform_all("connections=200");
	conform_all("connections=20,transport=ipc,api=msg");
	conform_all("connections=20,pattern=push-pull,hwm=10");
	conform_all("connections=20,pattern=router-router");
	conform_all("connections=3,size=40000");
}

/* Counts of messages that the number of clients divides.  */
static void many_receivers(void **state)
{
	(void)state;
	conform_all("fanout,connections=1");
	conform_all("fanout,connections=200");
	conform_all("fanout,connections=20,transport=ipc,api=msg");
	conform_all("fanout,connections=20,pattern=push-pull,hwm=10");
	conform_all("fanout,connections=20,pattern=router-router");
	conform_all("fanout,connections=20,pattern=router-router,hwm=10,api=msg");
	conform_all("fanout,connections=20,pattern=dealer-dealer,size=256");
	conform_all("fanout,connections=20,pattern=dealer-router");
	conform_all("fanout,connections=4,size=40000");
}

static void every_floor(void **state)
{
	(void)state;
	conform(&pr_adapter_floor, ",pingpong=blocking", "size=64");
	conform(&pr_adapter_floor, ",pingpong=blocking,batch=8K", "size=64");
	conform(&pr_adapter_floor, ",batch=64", "size=1000");
	conform(&pr_adapter_floor, ",batch=67", "size=64");
	conform(&pr_adapter_floor, ",batch=1M", "size=64");
}

/* The other kernels: several messages in a read, delimiters, two processes; those with a thread
 * also with messages larger than a batch, and than a socket holds.  */
static void every_kernel(void **state)
{
	static const struct {
		const char *options;
		bool has_thread;
	} kernels[] = {
	        {",kernel=raw", false},
	        {",kernel=bytes", false},
	        {",kernel=handoff", true},
	        {",kernel=hops", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		char *small = pr_asprintf("%s,batch=64", kernels[i].options);

		conform(&pr_adapter_floor, kernels[i].options, "size=300,window=50");
		conform(&pr_adapter_floor, kernels[i].options, "pattern=req-rep");
		conform(&pr_adapter_floor, kernels[i].options, "pattern=pub-sub,roles=two");
		if (kernels[i].has_thread) {
			conform(&pr_adapter_floor, kernels[i].options, "size=40000,transport=ipc");
			conform(&pr_adapter_floor, small, "size=1000");
		}
		free(small);
	}
}

/* Contracts that need no engine.  */
static void the_table_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; pr_adapters[i] != NULL; i++) {
		const struct pr_adapter_ops *ops = pr_adapters[i];
		json_t *none = json_object(), *expanded = NULL;
		struct pr_error why;

		assert_int_equal(ops->version, PR_ADAPTER_OPS_VERSION);
		assert_ptr_equal(pr_adapter_find(ops->name), ops);
		assert_true(ops->load && ops->unload && ops->open && ops->close && ops->send &&
		            ops->recv);
		assert_true(ops->counters && ops->read_counters && ops->opts && ops->summary);
		for (int p = 0; ops->refuses != NULL && p < PR_PATTERNS; p++) {
			const char *text = ops->refuses(&(struct pr_link_spec){.pattern = p});

			assert_true(text == NULL ||
			            (*text != '\0' && text[strlen(text) - 1] != '.'));
		}
		assert_ok(ops->expand(none, ops->name, &expanded, &why), why);
		assert_true(json_object_size(expanded) > 0);
		json_decref(expanded);
		json_decref(none);
	}
	assert_null(pr_adapter_find("no such engine"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_table_is_complete),
	        cmocka_unit_test(every_pattern),
	        cmocka_unit_test(every_interface),
	        cmocka_unit_test(every_kind_of_frame),
	        cmocka_unit_test(a_finite_queue),
	        cmocka_unit_test(two_processes),
	        cmocka_unit_test(a_window),
	        cmocka_unit_test(polling),
	        cmocka_unit_test(many_clients),
	        cmocka_unit_test(many_receivers),
	        cmocka_unit_test(every_floor),
	        cmocka_unit_test(every_kernel),
	};
	int status;

	if (bench_is_worker(argc, argv, &status))
		return status;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
