/* SPDX-License-Identifier: MIT */
/* analyzers/witness.c - what the run did not exercise.
 *
 * To add a witness: one line in the table.  */
#include "analyzers/witness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/counts.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"
#include "core/base/json.h"

struct witness {
	const char *counter;
	const char *options[8]; /* it is shown when phases differ in one of these; none: always */
	const char *never;      /* what a 0 means */
	const char *sometimes;  /* what it counts */
};

static const struct witness witnesses[] = {
        {"stops",
         {NULL},
         "what the phases change under backpressure never ran in this workload",
         "times input was held back"},
        {"recv_speculative",
         {"speculate", NULL},
         "no read was made without prior readiness",
         "reads made after a completion without prior readiness"},
        {"recv_full",
         {"read-size", NULL},
         "no receive filled its room, so a larger read-size could not help in this workload",
         "receives that filled the room they were given"},
        {"recv_drain",
         {"drain", NULL},
         "no wake-up read twice, so drain never acted in this workload",
         "reads made in the same wake-up after a completion"},
        {"size_walk_steps",
         {"size-check", NULL},
         "no held buffer was walked over, so what the size check costs was not seen",
         "buffers that size checks walked over"},
        {"cap_disconnects",
         {"cap", "at-cap", NULL},
         "no connection was closed at the cap",
         "connections closed because held bytes reached the cap"},
        {"pauses",
         {"cap", "at-cap", NULL},
         "reading was never paused so that the peer is held back",
         "times reading was paused so that the peer is held back"},
        {NULL, {NULL}, NULL, NULL},
};

static bool same_text(const char *left, const char *right)
{
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

/* Whether phases that have the option differ in it.  */
static bool phases_differ(const struct pr_run *run, const char *option)
{
	const char *first = NULL;

	for (size_t p = 0; p < run->phase_count; p++) {
		const char *value = pr_run_option(&run->phases[p], option);

		if (first != NULL && value != NULL && !same_text(first, value))
			return true;
		if (first == NULL)
			first = value;
	}
	return false;
}

static bool is_shown(const struct pr_run *run, const struct witness *witness)
{
	if (witness->options[0] == NULL)
		return true;
	for (size_t i = 0; witness->options[i] != NULL; i++)
		if (phases_differ(run, witness->options[i]))
			return true;
	return false;
}

static void add_witness(json_t *array, const struct pr_run *run, const struct witness *witness,
                        size_t workload, size_t phase)
{
	double value = pr_counts_sum(run, phase, workload, witness->counter);
	json_t *object;
	char *text;

	if (!(fabs(value) < 1e18))
		return;
	text = pr_asprintf("%s %s: %s", witness->counter, pr_numbers_count(value).text,
	                   value == 0 ? witness->never : witness->sometimes);
	object = json_object();
	pr_json_set(object, "name", json_string(witness->counter));
	pr_json_set(object, "workload", json_string(run->workloads[workload].label));
	pr_json_set(object, "phase", json_string(run->phases[phase].label));
	pr_json_set(object, "value", json_integer((json_int_t)value));
	pr_json_set(object, "text", json_string(text));
	pr_json_append(array, object);
	free(text);
}

json_t *pr_witness_json(const struct pr_run *run)
{
	json_t *array = json_array();

	for (const struct witness *w = witnesses; w->counter != NULL; w++)
		for (size_t i = 0; i < run->workload_count && is_shown(run, w); i++)
			for (size_t p = 0; p < run->phase_count; p++)
				add_witness(array, run, w, i, p);
	return array;
}

/* ---- not exercised --------------------------------------------------------------------------- */

/* Takes text.  */
static void add_sentence(json_t *array, char *text)
{
	pr_json_append(array, pr_json_take_string(text));
}

/* The value that an option has in every workload; NULL when they differ or lack it.  */
static char *common_option(const struct pr_run *run, const char *name)
{
	json_t *first = NULL;

	for (size_t w = 0; w < run->workload_count; w++) {
		json_t *value = json_object_get(run->workloads[w].options, name);

		if (value == NULL || (first != NULL && !json_equal(first, value)))
			return NULL;
		first = value;
	}
	if (first == NULL)
		return NULL;
	if (json_is_string(first))
		return pr_strdup(json_string_value(first));
	return json_is_number(first) ? pr_strdup(pr_numbers_count(json_number_value(first)).text)
	                             : NULL;
}

static double total_stops(const struct pr_run *run)
{
	double sum = NAN;

	for (size_t w = 0; w < run->workload_count; w++)
		for (size_t p = 0; p < run->phase_count; p++)
			sum = pr_counts_add(sum, pr_counts_sum(run, p, w, "stops"));
	return sum;
}

static void add_backpressure(json_t *array, const struct pr_run *run)
{
	char *hwm = common_option(run, "hwm");
	double stops = total_stops(run);

	if (isnan(stops))
		add_sentence(array,
		             pr_strdup("Backpressure: no engine of this run counts how often "
		                       "input was held back."));
	else if (stops == 0)
		add_sentence(
		        array,
		        pr_asprintf("Backpressure: %sinput was never held back (stops 0), so "
		                    "on-full, store, size-check, cap and at-cap never acted; only "
		                    "what they cost when idle is in these numbers.",
		                    hwm != NULL && strcmp(hwm, "0") == 0
		                            ? "hwm is 0 (unlimited) and "
		                            : ""));
	free(hwm);
}

static void add_fixed(json_t *array, const struct pr_run *run, const char *option,
                      const char *words, const char *unit)
{
	char *value = common_option(run, option);

	if (value != NULL)
		add_sentence(array, pr_asprintf("%s %s%s.", words, value, unit));
	free(value);
}

static bool has_workload(const struct pr_run *run, const char *name)
{
	for (size_t w = 0; w < run->workload_count; w++)
		if (strcmp(run->workloads[w].name, name) == 0)
			return true;
	return false;
}

static void add_load(json_t *array, const struct pr_run *run)
{
	if (!has_workload(run, "fanin") && !has_workload(run, "fanout"))
		add_sentence(array, pr_strdup("Many connections: each workload uses one."));
	if (has_workload(run, "pingpong") && !has_workload(run, "paced"))
		add_sentence(array, pr_strdup("A given load: ping-pong is a closed loop, so its "
		                              "latency is the time of service, without any waiting "
		                              "in a queue."));
}

static void add_pin(json_t *array, const struct pr_run *run)
{
	const char *pin = pr_json_text(run->plan, "pin");

	if (pin == NULL)
		return;
	if (strcmp(pin, "one") == 0)
		add_sentence(
		        array,
		        pr_strdup("Several processors: all threads shared one (pin=one), so the "
		                  "numbers say what a message costs, not how fast two cores are."));
	else
		add_sentence(array,
		             pr_asprintf("Another placement of the threads than pin=%s; with "
		                         "pin=one the answer may differ.",
		                         pin));
}

json_t *pr_witness_not_exercised(const struct pr_run *run)
{
	json_t *array = json_array();

	add_backpressure(array, run);
	add_fixed(array, run, "size", "Message sizes other than", " bytes");
	add_fixed(array, run, "transport", "Transports other than", "");
	add_load(array, run);
	add_pin(array, run);
	return array;
}
