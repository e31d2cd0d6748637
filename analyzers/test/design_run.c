/* SPDX-License-Identifier: MIT */
/* analyzers/test/design_run.c - a run whose times are made up.  */
#include "analyzers/test/design_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/simulate.h"
#include "core/base/buf.h"
#include "core/base/test.h"

#define PAIRS  2  /* of the first phase with each other */
#define LONGER 20 /* times as many messages */

static const char *const names[DESIGN_PHASES] = {"a", "b", "c", "d"};

/* ---- a run ----------------------------------------------------------------------------------- */

static void add_trials(struct pr_buf *text)
{
	const char *comma = "";

	for (int w = 0; w < DESIGN_WORKLOADS; w++)
		for (int p = 0; p < DESIGN_PHASES; p++)
			for (int block = 1; block <= DESIGN_BLOCKS; block++, comma = ",")
				pr_buf_printf(
				        text,
				        "%s{\"phase\":\"%s\",\"workload\":\"w%d\",\"block\":%d,"
				        "\"status\":\"ok\",\"reason\":null,\"messages\":100,"
				        "\"slices_void\":0,\"samples\":%d,"
				        "\"metrics\":{\"throughput\":{\"value\":1e6,\"unit\":"
				        "\"msg/s\"},\"cpu_per_message\":{\"value\":1000,"
				        "\"unit\":\"ns\"}},\"counters\":{}}",
				        comma, names[p], w, block,
				        DESIGN_SLICES + 1 +
				                PAIRS * (p == 0 ? DESIGN_PHASES - 1 : 1));
}

static const char *predecessor_of(int p, int block, int slice)
{
	return names[(p + 1 + (block * 7 + slice) % (DESIGN_PHASES - 1)) % DESIGN_PHASES];
}

/* more: members of the line that only some have.  */
static void add_sample(struct pr_buf *text, int w, int p, int block, int slice, const char *more)
{
	pr_buf_printf(text,
	              "{\"phase\":\"%s\",\"workload\":\"w%d\",\"block\":%d,\"slice\":%d,"
	              "\"predecessor\":\"%s\",\"messages\":%d,\"elapsed_ns\":1000000,"
	              "\"cpu_ns\":1000000,\"control_ns\":100000,\"status\":\"ok\"%s}\n",
	              names[p], w, block, slice, predecessor_of(p, block, slice),
	              1000 * (slice == DESIGN_SLICES + 1 ? LONGER : 1), more);
}

/* The first phase and another by turns.  */
static void add_pairs(struct pr_buf *text, int w, int p, int block)
{
	for (int other = p == 0 ? 1 : p; other <= (p == 0 ? DESIGN_PHASES - 1 : p); other++)
		for (int i = 0; i < PAIRS; i++) {
			char *more = pr_asprintf(",\"pair\":\"%s\"", names[other]);

			add_sample(text, w, p, block, DESIGN_SLICES + 2 + PAIRS * (other - 1) + i,
			           more);
			free(more);
		}
}

static void add_samples(struct pr_buf *text)
{
	for (int w = 0; w < DESIGN_WORKLOADS; w++)
		for (int p = 0; p < DESIGN_PHASES; p++)
			for (int block = 1; block <= DESIGN_BLOCKS; block++) {
				for (int slice = 1; slice <= DESIGN_SLICES; slice++)
					add_sample(text, w, p, block, slice, "");
				add_sample(text, w, p, block, DESIGN_SLICES + 1, ",\"whole\":true");
				add_pairs(text, w, p, block);
			}
}

static void add_phases(struct pr_buf *text, enum design_trick trick)
{
	for (int p = 0; p < DESIGN_PHASES; p++) {
		pr_buf_printf(text, "%s{\"label\":\"%s\",\"engine\":\"core\"", p > 0 ? "," : "",
		              names[p]);
		if (trick == DESIGN_FLAGS)
			pr_buf_printf(text,
			              ",\"library\":{\"path\":\"/%s\",\"sha256\":\"%064d\","
			              "\"build\":{\"optimisation\":\"-O%d\",\"relro\":\"%s\"}}",
			              names[p], p, p == 1 ? 3 : 2, p == 1 ? "full" : "none");
		pr_buf_puts(text, "}");
	}
}

struct pr_run *design_run(enum design_trick trick)
{
	bool pinned = trick == DESIGN_PINNED;
	struct pr_run *run = NULL;
	struct pr_buf text, samples;
	struct pr_error why;

	pr_buf_init(&text);
	pr_buf_init(&samples);
	pr_buf_printf(&text,
	              "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\","
	              "\"plan\":{\"pin\":\"one\",\"workloads\":["
	              "{\"name\":\"streaming\",\"label\":\"w0\",\"options\":{%s}},"
	              "{\"name\":\"streaming\",\"label\":\"w1\",\"options\":{%s}}]},"
	              "\"phases\":[",
	              pinned ? "\"pin\":\"one\"" : "",
	              pinned ? "\"pin\":\"spread\"" : "\"size\":1");
	add_phases(&text, trick);
	pr_buf_puts(&text, "],\"trials\":[");
	add_trials(&text);
	pr_buf_puts(&text, "]}");
	add_samples(&samples);
	assert_ok(pr_run_parse("run", text.text, text.size, samples.text, samples.size, &run, &why),
	          why);
	pr_buf_fini(&text);
	pr_buf_fini(&samples);
	assert_int_equal(run->sample_count, DESIGN_WORKLOADS * DESIGN_BLOCKS *
	                                            (DESIGN_PHASES * (DESIGN_SLICES + 1) +
	                                             2 * PAIRS * (DESIGN_PHASES - 1)));
	return run;
}

/* ---- its times ------------------------------------------------------------------------------- */

bool design_is_planted(const struct pr_run_sample *sample)
{
	return sample->phase == 1 && sample->workload == 0;
}

static double planted_time(const struct design_scene *scene, const struct pr_run_sample *sample)
{
	double time = 0;

	if (design_is_planted(sample))
		time += sample->kind == PR_RUN_WHOLE ? scene->whole_effect : scene->effect;
	if (design_is_planted(sample) && sample->kind == PR_RUN_PAIR)
		time += scene->crowd;
	if (sample->phase == 1 && sample->workload == 1)
		time += scene->other;
	if (sample->phase > 0)
		time += scene->waves * sin((double)sample->block * M_PI / 6);
	if (sample->workload == 0 && sample->predecessor == 1)
		time += scene->predecessor;
	if (design_is_planted(sample))
		time += scene->builds * ((double)((sample->block - 1) % DESIGN_BUILDS) - 1.5);
	return time;
}

static double planted_control(const struct design_scene *scene, const struct pr_run_sample *sample)
{
	if (!design_is_planted(sample))
		return 0;
	return scene->control + scene->drift * (double)(sample->block - 1) / (DESIGN_BLOCKS - 1);
}

void design_set_times(struct pr_run *run, struct pr_rng *rng, const struct design_scene *scene)
{
	double process = 0, control = 0, whole = 0;

	for (size_t i = 0; i < run->sample_count; i++) {
		struct pr_run_sample *sample = &run->samples[i];
		double time, base_ns = sample->kind == PR_RUN_WHOLE ? LONGER * 1e6 : 1e6;

		if (i == 0 || sample->block != sample[-1].block ||
		    sample->phase != sample[-1].phase) { /* another process */
			process = scene->block_sd * pr_simulate_normal(rng);
			whole = scene->block_sd * pr_simulate_normal(rng);
			control = scene->control_sd * pr_simulate_normal(rng);
		}
		time = planted_time(scene, sample) + scene->slice_sd * pr_simulate_normal(rng) +
		       (sample->kind == PR_RUN_WHOLE ? whole : process);
		sample->elapsed_ns = base_ns * exp(time);
		sample->cpu_ns =
		        base_ns * exp(time + 0.3 * scene->slice_sd * pr_simulate_normal(rng));
		sample->control_ns = 1e5 * exp(control + planted_control(scene, sample));
	}
}

void design_set_voids(struct pr_run *run)
{
	for (size_t i = 0; i < run->sample_count; i++) {
		struct pr_run_sample *sample = &run->samples[i];

		if (sample->phase != 1 || sample->slice != DESIGN_SLICES)
			continue;
		sample->kind = PR_RUN_VOIDED;
		sample->sleeper = 2;
		sample->elapsed_ns *= 2;
	}
}
