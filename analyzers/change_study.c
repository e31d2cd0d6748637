/* SPDX-License-Identifier: MIT */
/* analyzers/change_study.c - how often a nightly series raises a false alarm, and how soon a step
 * is found: the figures of README.md, from a seed.
 *
 *   change_study [SERIES]     (1000; a few minutes)
 *
 * Each night the series so far is screened as a nightly run does it, from the first night on.  A
 * candidate is confirmed by a paired run of the builds of two nights, before and after it and as
 * far away as pr_change_margin says (they differ when the step lies between them): as many blocks
 * of its own as pr_change_confirm_blocks asks, of which a night has NIGHT_BLOCKS, and the
 * signed-rank test at CONFIRM_ALPHA with the sign of the step.  A candidate that was not confirmed
 * is tried again only when it has twice as many nights.
 *
 * While a level cannot be found yet (GATE_NIGHTS, as history/changes.c), a night is a candidate too
 * whose own blocks differ from the reference by a signed-rank test at GATE_ALPHA.  That is more
 * than a gate lets through, which also has a smallest difference.  */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzers/change_point.h"
#include "analyzers/simulate.h"
#include "analyzers/stats.h"

#define NIGHTS        60
#define BEFORE        30 /* nights before the step */
#define NIGHT_BLOCKS  10
#define BLOCKS_MOST   (32 * NIGHT_BLOCKS)
#define CONFIRM_ALPHA 0.01
#define GATE_NIGHTS   12
#define GATE_ALPHA    0.02

static const size_t delays[] = {1, 2, 3, 4, 5, 7, 10, 14, 20};
#define DELAYS (sizeof(delays) / sizeof(delays[0]))

/* What a series has gone through so far.  */
struct watch {
	struct pr_rng *rng;
	double step;               /* the truth: from night BEFORE on; 0: none */
	size_t screened, alerted;  /* the first night; 0: not yet */
	size_t candidates;         /* paired runs */
	size_t tried_at, tried_on; /* the last one: where, and with how many nights behind it */
	double blocks;             /* of all paired runs */
};

static void draw(struct pr_rng *rng, double phi, double step, double *y)
{
	double noise = 0;

	for (size_t t = 0; t < NIGHTS; t++) {
		double news = pr_simulate_normal(rng);

		noise = t == 0 ? news : phi * noise + sqrt(1 - phi * phi) * news;
		y[t] = noise + (t >= BEFORE ? step : 0);
	}
}

/* What nights vary by around both levels.  */
static double sd_of(const double *y, const struct pr_change_point *point, size_t night)
{
	double squares = 0;

	if (night < 4)
		return 1;
	for (size_t t = 0; t < night; t++)
		squares += pow(y[t] - (t < point->at ? point->before : point->after), 2);
	return sqrt(squares / (double)(night - 2));
}

/* The paired run.  Its builds differ by the step when that lies between them.  */
static bool confirms(struct watch *watch, const double *y, const struct pr_change_point *point,
                     size_t night)
{
	double sd = sd_of(y, point, night), step = point->after - point->before;
	size_t margin = pr_change_margin(step, sd);
	size_t good = point->at > margin ? point->at - margin : 1; /* the night after it */
	size_t bad = point->at + margin < night ? point->at + margin : night - 1;
	bool real = watch->step != 0 && good <= BEFORE && bad >= BEFORE;
	size_t blocks = pr_change_confirm_blocks(step, sd, NIGHT_BLOCKS);
	double d[BLOCKS_MOST];

	for (size_t i = 0; i < blocks; i++)
		d[i] = pr_simulate_normal(watch->rng) * sqrt(NIGHT_BLOCKS) +
		       (real ? watch->step : 0);
	watch->candidates++;
	watch->blocks += (double)blocks;
	return pr_stats_signed_rank_p(d, blocks) <= CONFIRM_ALPHA &&
	       pr_stats_median(d, blocks) * (point->after - point->before) > 0;
}

/* The gate of one night against the reference: blocks around what the night is.  */
static bool gate_fails(struct watch *watch, const double *y, size_t night,
                       struct pr_change_point *point)
{
	double d[NIGHT_BLOCKS], mean = 0;

	if (night > GATE_NIGHTS)
		return false;
	for (size_t i = 0; i < NIGHT_BLOCKS; i++) {
		d[i] = pr_simulate_normal(watch->rng) * sqrt(NIGHT_BLOCKS);
		mean += d[i] / NIGHT_BLOCKS;
	}
	for (size_t i = 0; i < NIGHT_BLOCKS; i++)
		d[i] += y[night - 1] - mean;
	*point = (struct pr_change_point){night - 1, 0, y[night - 1], 0};
	return pr_stats_signed_rank_p(d, NIGHT_BLOCKS) <= GATE_ALPHA;
}

static bool is_tried(const struct watch *watch, size_t at, size_t night)
{
	size_t apart = at > watch->tried_at ? at - watch->tried_at : watch->tried_at - at;

	return watch->candidates > 0 && apart <= PR_CHANGE_SEGMENT &&
	       night - at < 2 * (watch->tried_on - watch->tried_at);
}

static void look(struct watch *watch, const double *y, const struct pr_change_point *point,
                 size_t night)
{
	if (is_tried(watch, point->at, night))
		return;
	if (watch->screened == 0 && point->after * watch->step >= 0)
		watch->screened = night;
	if (confirms(watch, y, point, night) && watch->alerted == 0)
		watch->alerted = night;
	watch->tried_at = point->at;
	watch->tried_on = night;
}

static void follow(struct watch *watch, const double *y, size_t from, uint64_t seed)
{
	struct pr_change_options options = pr_change_usual;
	struct pr_change_point points[NIGHTS];

	for (size_t night = from; night <= NIGHTS && watch->alerted == 0; night++) {
		size_t count;

		options.seed = seed + night;
		count = pr_change_points(y, night, &options, points);
		if (count > 0)
			look(watch, y, &points[count - 1], night);
		else if (pr_change_sudden(y, night, 0, &options, points))
			look(watch, y, points, night);
		else if (gate_fails(watch, y, night, points))
			look(watch, y, points, night);
	}
}

static void study_quiet(struct pr_rng *rng, double phi, size_t series)
{
	size_t screened = 0, alerted = 0, candidates = 0;
	double y[NIGHTS], blocks = 0;

	for (size_t i = 0; i < series; i++) {
		struct watch watch = {.rng = rng};

		draw(rng, phi, 0, y);
		follow(&watch, y, 1, i * NIGHTS);
		screened += watch.screened > 0;
		alerted += watch.alerted > 0;
		candidates += watch.candidates;
		blocks += watch.blocks;
	}
	printf("no step, correlation %.1f: any alert in %d nights %.4f of series, any candidate "
	       "%.3f, "
	       "paired runs for each series %.2f, which cost as much as %.1f nights\n",
	       phi, NIGHTS, (double)alerted / (double)series, (double)screened / (double)series,
	       (double)candidates / (double)series, blocks / NIGHT_BLOCKS / (double)series);
}

static void print_row(const char *what, const size_t *found, size_t series)
{
	printf("  %s:", what);
	for (size_t i = 0; i < DELAYS; i++)
		printf(" %.2f", (double)found[i] / (double)series);
	printf("\n");
}

static void study_step(struct pr_rng *rng, double phi, double step, size_t series)
{
	size_t screened[DELAYS] = {0}, alerted[DELAYS] = {0};
	double y[NIGHTS];

	for (size_t i = 0; i < series; i++) {
		struct watch watch = {.rng = rng, .step = step};

		draw(rng, phi, step, y);
		follow(&watch, y, BEFORE + 1, i * NIGHTS);
		for (size_t d = 0; d < DELAYS; d++) {
			screened[d] += watch.screened > 0 && watch.screened <= BEFORE + delays[d];
			alerted[d] += watch.alerted > 0 && watch.alerted <= BEFORE + delays[d];
		}
	}
	printf("step %.1f, correlation %.1f, after 1 2 3 4 5 7 10 14 20 nights\n", step, phi);
	print_row("candidate", screened, series);
	print_row("confirmed", alerted, series);
}

int main(int argc, char **argv)
{
	static const double steps[] = {1, 1.5, 2, 3, 4}, correlations[] = {0, 0.3};
	size_t series = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	struct pr_rng rng;

	setvbuf(stdout, NULL, _IOLBF, 0);
	pr_rng_init(&rng, 20261125);
	for (size_t c = 0; c < 2; c++) {
		study_quiet(&rng, correlations[c], series);
		for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++)
			study_step(&rng, correlations[c], steps[s], series);
	}
	return series == 0;
}
