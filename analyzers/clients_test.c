/* SPDX-License-Identifier: MIT */
/* analyzers/clients_test.c - clients that keep up, and clients that set the pace.  */
#include "analyzers/clients.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

/* Slices of 1,000 ns; in one of them the clients waited so long; -1: it does not tell.  extra: more
 * of the line.  */
static void add_slice(struct pr_buf *text, const char *phase, int slice, int clients_ns,
                      const char *extra)
{
	pr_buf_printf(
	        text,
	        "{\"phase\":\"%s\",\"workload\":\"w\",\"block\":1,\"slice\":%d,\"position\":1,"
	        "\"predecessor\":null,\"messages\":10,\"elapsed_ns\":1000,\"cpu_ns\":500,",
	        phase, slice);
	if (clients_ns >= 0)
		pr_buf_printf(text, "\"clients_idle_ns\":%d,", clients_ns);
	pr_buf_printf(text, "%s\"status\":\"ok\"}\n", extra);
}

static json_t *judge(const struct pr_buf *samples)
{
	static const char *const head =
	        "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\",\"host\":{},"
	        "\"plan\":{\"workloads\":[{\"name\":\"fanin\",\"label\":\"w\",\"options\":{}}]},"
	        "\"phases\":[{\"label\":\"a\",\"engine\":\"core\"},{\"label\":\"b\",\"engine\":"
	        "\"core\"}],\"trials\":[{\"phase\":\"a\",\"workload\":\"w\",\"block\":1,\"status\":"
	        "\"ok\",\"reason\":null,"
	        "\"messages\":30,\"metrics\":{},\"counters\":{}}]}";
	struct pr_run *run = NULL;
	struct pr_error why;
	json_t *clients;

	assert_ok(pr_run_parse("run", head, strlen(head), samples->text, samples->size, &run, &why),
	          why);
	clients = pr_clients_json(run);
	pr_run_destroy(&run);
	return clients;
}

static void the_median_of_slices_that_count(void **state)
{
	struct pr_buf samples;
	json_t *clients;
	char *sentence;

	(void)state;
	pr_buf_init(&samples);
	add_slice(&samples, "a", 1, 90, "");
	add_slice(&samples, "a", 2, 50, "");
	add_slice(&samples, "a", 3, 900, "");
	add_slice(&samples, "b", 1, 600, "");
	add_slice(&samples, "b", 2, 110, "");
	add_slice(&samples, "b", 3, 0, "\"void\":\"it did not sleep\",");
	clients = judge(&samples);
	assert_int_equal(json_array_size(clients), 2);
	assert_float_equal(json_real_value(json_object_get(json_array_get(clients, 0), "idle")),
	                   0.09, 1e-12);
	assert_true(json_is_true(json_object_get(json_array_get(clients, 0), "busy")));
	assert_float_equal(json_real_value(json_object_get(json_array_get(clients, 1), "idle")),
	                   0.355, 1e-12);
	assert_true(json_is_false(json_object_get(json_array_get(clients, 1), "busy")));
	sentence = pr_clients_sentence(clients);
	assert_non_null(
	        strstr(sentence, "hardly ever idle beside a in w (idle 9.0 % of the time): "));
	free(sentence);
	json_decref(clients);
	pr_buf_fini(&samples);
}

static void who_does_not_tell_is_not_judged(void **state)
{
	struct pr_buf samples;
	json_t *clients;

	(void)state;
	pr_buf_init(&samples);
	add_slice(&samples, "a", 1, -1, "");
	add_slice(&samples, "b", 1, 100, "");
	clients = judge(&samples);
	assert_int_equal(json_array_size(clients), 1);
	assert_null(pr_clients_sentence(clients));
	json_decref(clients);
	pr_buf_fini(&samples);
}

PR_TEST_MAIN(cmocka_unit_test(the_median_of_slices_that_count),
             cmocka_unit_test(who_does_not_tell_is_not_judged))
