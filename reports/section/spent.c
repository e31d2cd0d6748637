/* SPDX-License-Identifier: MIT */
/* reports/section/spent.c - where the CPU time of a message goes, step by step, and how much one
 * call moves.
 *
 * An estimate, and called so: the calls of each kind per message, as they were counted, times what
 * one costs on this host when nothing else happens (the calibration of the run).  What is left of
 * the CPU time is the engine's own: framing, dispatch, queues, the application, and what a call
 * costs more in place than alone.  */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "reports/figure/figure.h"
#include "reports/section/section.h"

/* Of one phase in one workload; NaN: not counted.  */
struct spent {
	double all; /* CPU time per message, ns */
	double step[6];
};

static const struct step {
	const char *name, *detail;
	const char *price; /* key of the calibration; NULL: what is left */
} steps[] = {
        {"read", "receives that found data", "recv_small"},
        {"read for nothing", "receives that found none", "recv_empty"},
        {"write", "sends", "send_small"},
        {"wait", "epoll_wait and its like", "epoll_wait"},
        {"wake and switch", "eventfd, context switch", NULL},
        {"the rest", "decode, dispatch, queues, application", NULL},
};

#define STEPS 6
#define SEEN  0.005 /* of a message's time: less is nothing */
enum { READ, READ_NOTHING, WRITE, WAIT, WAKE, REST };

static double price_of(const struct pr_input *input, const char *key)
{
	return pr_input_number(pr_input_object(pr_input_object(input->run, "calibration"), key),
	                       "ns");
}

static double per_message(const json_t *counted, const char *key)
{
	return pr_input_number(counted, key) / pr_input_number(counted, "messages");
}

static double metric_of(const struct pr_input *input, const char *workload, const char *phase,
                        const char *metric)
{
	const json_t *row;

	return pr_input_number(pr_section_side(input, workload, phase, metric, &row), "value");
}

/* What was not counted is part of the rest.  */
static struct spent find_spent(const struct pr_input *input, const char *workload,
                               const char *phase)
{
	const json_t *counted = pr_input_find(pr_input_array(input->comparison, "counted"),
	                                      "workload", workload, "phase", phase);
	double nothing = per_message(counted, "would_blocks");
	double switches = metric_of(input, workload, phase, "switches_voluntary_per_message");
	double calls[STEPS] = {
	        [READ] = per_message(counted, "receives") - (isnan(nothing) ? 0 : nothing),
	        [READ_NOTHING] = nothing,
	        [WRITE] = per_message(counted, "sends"),
	        [WAIT] = per_message(counted, "waits"),
	};
	struct spent spent = {.all = metric_of(input, workload, phase, "cpu_per_message")};

	spent.step[REST] = spent.all;
	for (size_t i = READ; i <= WAIT; i++)
		spent.step[i] = calls[i] * price_of(input, steps[i].price);
	spent.step[WAKE] = per_message(counted, "wakeups") * price_of(input, "eventfd");
	if (!isnan(switches))
		spent.step[WAKE] += switches * price_of(input, "switch");
	for (size_t i = READ; i <= WAKE; i++)
		spent.step[REST] -= isnan(spent.step[i]) ? 0 : spent.step[i];
	if (isnan(spent.step[READ]))
		spent.all = NAN;
	return spent;
}

static void put_cell(struct pr_table *table, double value, double all, double baseline,
                     bool is_baseline)
{
	char share[64] = "", more[160] = "";
	double difference = value - baseline;

	if (isnan(value) || isnan(all)) {
		pr_table_missing(table, NULL);
		return;
	}
	if (value < 0) { /* calls cost less in place than alone */
		pr_table_missing(table, "less than its calls alone");
		return;
	}
	if (value < SEEN * all && value < all) {
		pr_table_text(table, "0");
		return;
	}
	if (all > 0)
		snprintf(share, sizeof(share), "%.0f %%", value / all * 100);
	if (!is_baseline && fabs(difference) >= SEEN * all)
		snprintf(more, sizeof(more), "%s%s", difference < 0 ? "\u2212" : "+",
		         pr_words_value(fabs(difference), "ns").text);
	pr_table_cell(table, PR_TONE_PLAIN, pr_words_value(value, "ns").text,
	              share[0] ? share : NULL, more[0] ? more : NULL);
}

static void put_table(struct pr_model *model, const struct pr_input *input, const char *workload)
{
	const struct spent baseline = find_spent(input, workload, input->baseline);
	struct pr_table *table;
	char *caption = pr_asprintf("%s: CPU time per message by step, estimated; below each its "
	                            "share, and how far it is from the baseline's",
	                            workload);

	table = pr_model_table(model, caption);
	free(caption);
	pr_table_column(table, PR_COLUMN_TEXT, "phase", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "all", "measured");
	for (size_t i = 0; i < STEPS; i++)
		pr_table_column(table, PR_COLUMN_NUMBER, steps[i].name, steps[i].detail);
	for (size_t p = 0; p < input->phases.count; p++) {
		const char *phase = input->phases.items[p];
		struct spent spent = find_spent(input, workload, phase);
		bool is_baseline = strcmp(phase, input->baseline) == 0;

		pr_table_row(table, phase, NULL);
		put_cell(table, spent.all, spent.all, baseline.all, is_baseline);
		for (size_t i = 0; i < STEPS; i++)
			put_cell(table, spent.step[i], spent.all, baseline.step[i], is_baseline);
	}
}

static bool has_spent(const struct pr_input *input, const char *workload)
{
	for (size_t p = 0; p < input->phases.count; p++)
		if (!isnan(find_spent(input, workload, input->phases.items[p]).all))
			return true;
	return false;
}

static void put_tables(struct pr_model *model, const struct pr_input *input)
{
	bool begun = false;

	if (isnan(price_of(input, steps[READ].price)))
		return;
	for (size_t w = 0; w < input->workloads.count; w++) {
		const char *workload = input->workloads.items[w];

		/* While a reader stalls there is little else than waiting.  */
		if (!has_spent(input, workload) || pr_figure_is_step(input, workload) ||
		    pr_input_is(pr_input_workload(input, workload), "name", "backpressure"))
			continue;
		if (!begun) {
			pr_model_heading(model, 2, "Where the time of a message goes");
			pr_model_paragraph(
			        model, PR_PARAGRAPH_PLAIN,
			        "An estimate: the calls per message of each step, times what one "
			        "such "
			        "call costs on this host by itself. The rest is what the engine "
			        "and the "
			        "application do between their calls, and what calls cost more in "
			        "place "
			        "(large messages are copied in them). What differs between phases "
			        "counts here, not the nanosecond; what is less than half a percent "
			        "of it all is 0.");
		}
		begun = true;
		put_table(model, input, workload);
	}
	if (begun)
		pr_section_command(model, input, "The calls, and what they stand for", "explain",
		                   "");
}

void pr_section_spent(struct pr_model *model, const struct pr_input *input)
{
	put_tables(model, input);
	pr_figure_batches(model, input);
}
