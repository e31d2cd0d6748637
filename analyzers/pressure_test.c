/* SPDX-License-Identifier: MIT */
/* analyzers/pressure_test.c - what is said of invented stalls.  */
#include "analyzers/pressure.h"

#include <stdlib.h>
#include <string.h>

#include "analyzers/witness.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

/* One trial: 1,000 messages arrived; others are given.  */
struct trial {
	const char *phase, *workload;
	int block, lost, disconnects, absorbed;
	const char *status;
};

static struct pr_run *make_run(const struct trial *trials, size_t count)
{
	struct pr_run *run = NULL;
	struct pr_error why;
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_puts(&text,
	            "{'format':'proctor.run','version':1,'status':'complete','created':"
	            "'2026-11-22T08:00:00Z','argv':['proctor'],'seed':1,'plan':{'format':"
	            "'proctor.plan','version':1,'name':'x','phases':[{'label':'drops','engine':"
	            "'core','options':{}},{'label':'waits','engine':'core','options':{}},"
	            "{'label':'other','engine':'zmq','options':{}}],'workloads':[{'name':"
	            "'backpressure','label':'stall','options':{'stall':'once','stall-time':"
	            "'500ms'}},{'name':'backpressure','label':'good','options':{'stall':"
	            "'forever','stall-time':'2s','transport':'ipc','peers':0}},{'name':'streaming',"
	            "'label':'streaming',"
	            "'options':{}}],'blocks':3,'slices':{},'pin':'one','seed':1,'traces':0},"
	            "'phases':[{'label':'drops','engine':'core','options':{'cap':'10M','at-cap':"
	            "'disconnect'},'has_hooks':true},{'label':'waits','engine':'core','options':"
	            "{'cap':'10M','at-cap':'pause'},'has_hooks':true},{'label':'other','engine':"
	            "'zmq','options':{},'has_hooks':false}],'traces':[],'trials':[");
	for (size_t i = 0; i < count; i++) {
		pr_buf_printf(&text,
		              "%s{'phase':'%s','workload':'%s','block':%d,'position':1,'probes':"
		              "['hooks'],'status':'%s','reason':null,'messages':1000,'metrics':{"
		              "'messages_lost':{'value':%d,'unit':'messages'}",
		              i > 0 ? "," : "", trials[i].phase, trials[i].workload,
		              trials[i].block, trials[i].status, trials[i].lost);
		if (trials[i].disconnects >= 0)
			pr_buf_printf(&text,
			              ",'disconnects':{'value':%d,'unit':'connections'},"
			              "'absorbed_bytes':{'value':%d,'unit':'bytes'}",
			              trials[i].disconnects, trials[i].absorbed);
		/* As many pauses as messages were lost, so that one phase has none.  */
		pr_buf_printf(&text,
		              "},'counters':{'hooks':{'pauses':%d,'cap_disconnects':%d,"
		              "'size_walk_steps':0}},'checks':[]}",
		              trials[i].lost,
		              trials[i].disconnects > 0 ? trials[i].disconnects : 0);
	}
	pr_buf_puts(&text, "]}");
	for (size_t i = 0; i < text.size; i++)
		if (text.text[i] == '\'')
			text.text[i] = '"';
	assert_ok(pr_run_parse("x", text.text, text.size, "", 0, &run, &why), why);
	pr_buf_fini(&text);
	return run;
}

static const struct trial trials[] = {
        {"drops", "stall", 1, 300, 1, 1000, "ok"},   {"drops", "stall", 2, 200, 2, 3000, "ok"},
        {"drops", "stall", 3, 900, 9, 9000, "void"}, {"waits", "stall", 1, 0, 0, 5000, "ok"},
        {"waits", "stall", 2, 0, 0, 7000, "ok"},     {"other", "stall", 1, 0, -1, 0, "ok"},
        {"drops", "good", 1, 0, 0, 2000, "ok"},      {"drops", "streaming", 1, 0, 0, 0, "ok"},
};

#define TRIALS (sizeof(trials) / sizeof(trials[0]))

static const char *text_at(const json_t *item, size_t index)
{
	return json_string_value(json_array_get(json_object_get(item, "texts"), index));
}

/* Sums of counts, medians of sizes; a void trial counts for nothing; what nobody measured is null.
 */
static void sums_and_medians(void **state)
{
	struct pr_run *run = make_run(trials, TRIALS);
	json_t *list = pr_pressure_json(run);
	const json_t *phases = json_object_get(json_array_get(list, 0), "phases");
	const json_t *drops = json_array_get(phases, 0), *other = json_array_get(phases, 2);

	(void)state;
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(json_array_size(phases), 3);
	assert_int_equal(json_integer_value(json_object_get(drops, "trials")), 2);
	assert_int_equal(json_integer_value(json_object_get(drops, "messages_lost")), 500);
	assert_int_equal(json_integer_value(json_object_get(drops, "disconnects")), 3);
	assert_int_equal(json_integer_value(json_object_get(drops, "absorbed_bytes")), 2000);
	assert_true(json_is_null(json_object_get(other, "disconnects")));
	assert_true(json_is_null(json_object_get(other, "release_to_last")));
	json_decref(list);
	pr_run_destroy(&run);
}

static void who_lost_what(void **state)
{
	struct pr_run *run = make_run(trials, TRIALS);
	json_t *list = pr_pressure_json(run);
	const json_t *stall = json_array_get(list, 0), *good = json_array_get(list, 1);

	(void)state;
	assert_string_equal(text_at(stall, 0),
	                    "While the reader stalled for 500ms: drops lost 500 of 2,500 messages "
	                    "(20.0 %) in 3 disconnects, because it ends a connection for which it "
	                    "holds 10M; waits and other lost none.");
	assert_non_null(strstr(text_at(stall, 1), "the stalled side took in: drops "));
	assert_non_null(strstr(text_at(stall, 2), "beyond its HWM is not known of: other ("));
	/* Nothing was lost that was never asked for.  */
	assert_non_null(strstr(text_at(good, 0), "the stalled side took in at least (over ipc "));
	assert_non_null(strstr(text_at(good, 0), "): drops "));
	assert_null(text_at(good, 1));
	json_decref(list);
	pr_run_destroy(&run);
}

static void nobody_lost_anything(void **state)
{
	struct pr_run *run = make_run(trials + 3, 3);
	json_t *list = pr_pressure_json(run);

	(void)state;
	assert_string_equal(text_at(json_array_get(list, 0), 0),
	                    "While the reader stalled for 500ms: waits and other lost none.");
	json_decref(list);
	pr_run_destroy(&run);
}

static void without_stalls(void **state)
{
	struct pr_run *run = make_run(trials + 7, 1);

	(void)state;
	assert_null(pr_pressure_json(run));
	pr_run_destroy(&run);
}

static void shown(void **state)
{
	struct pr_run *run = make_run(trials, TRIALS);
	json_t *list = pr_pressure_json(run);
	struct pr_view *view = pr_view_create();
	char *text;

	(void)state;
	pr_pressure_view(view, list);
	text = pr_view_markdown(view);
	assert_non_null(strstr(text, "A stalled reader in stall:"));
	assert_non_null(strstr(text, "drops lost 500 of 2,500 messages"));
	free(text);
	pr_view_destroy(&view);
	json_decref(list);
	pr_run_destroy(&run);
}

static const char *witness(const json_t *witnesses, const char *name, const char *phase)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)witnesses, i, item)
	{
		if (strcmp(pr_json_text(item, "name"), name) == 0 &&
		    strcmp(pr_json_text(item, "phase"), phase) == 0)
			return pr_json_text(item, "text");
	}
	return "";
}

/* Phases that differ at the cap show whether it was reached; what no phase differs in is left out.
 */
static void what_the_cap_did(void **state)
{
	struct pr_run *run = make_run(trials, TRIALS);
	json_t *witnesses = pr_witness_json(run);

	(void)state;
	assert_non_null(strstr(witness(witnesses, "cap_disconnects", "drops"),
	                       "cap_disconnects 3: connections closed"));
	assert_non_null(strstr(witness(witnesses, "cap_disconnects", "waits"),
	                       "cap_disconnects 0: no connection was closed at the cap"));
	assert_non_null(strstr(witness(witnesses, "pauses", "waits"), "reading was never paused"));
	assert_string_equal(witness(witnesses, "size_walk_steps", "drops"), "");
	json_decref(witnesses);
	pr_run_destroy(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sums_and_medians),
	        cmocka_unit_test(who_lost_what),
	        cmocka_unit_test(nobody_lost_anything),
	        cmocka_unit_test(without_stalls),
	        cmocka_unit_test(shown),
	        cmocka_unit_test(what_the_cap_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
