/* SPDX-License-Identifier: MIT */
/* harness/plant.c - a difference that is planted.  */
#include "harness/plant.h"

#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/rng.h"
#include "harness/interpose/interpose.h"
#include "harness/options.h"
#include "harness/watch.h"

#define STALL_NS 40000000

/* Time between two payments: long against what a payment costs beyond what can be deducted (a call,
 * a clock that has left the caches: about 60 ns, which are 0.2 to 0.3 % of 16 to 32 us), and still
 * one or more in a slice of a third of a millisecond.  What a shorter one owes, a later one pays.
 */
#define PAY_LEAST_NS 64000
#define PAY_MOST_NS  256000
#define EVERY_FIRST  16
#define EVERY_MOST   4096

#define CLOCK_TRIES 10000

#define DOSE_MOST 1000

#define FIELD(name) offsetof(struct pr_plant, name)

static const char *const doses[] = {[PR_DOSE_NONE] = "none",
                                    [PR_DOSE_READ] = "recv",
                                    [PR_DOSE_WAKEUP] = "wakeup",
                                    [PR_DOSE_ALLOCATION] = "alloc",
                                    NULL};
static const char *const places[] = {[PR_DOSE_AT_RECEIVE] = "receive",
                                     [PR_DOSE_AT_SEND] = "send",
                                     [PR_DOSE_AT_WAIT] = "wait",
                                     NULL};
const char *const pr_plant_watches[] = {"none", "interpose", "perf", "strace", "unhooked", NULL};
static const unsigned watch_bits[] = {0, PR_WATCH_INTERPOSE, PR_WATCH_PERF, PR_WATCH_STRACE,
                                      PR_WATCH_UNHOOKED};

const struct pr_opt pr_plant_opts[] = {
        {"slow", 0, PR_OPT_PERCENT, FIELD(slow), NULL, "PERCENT",
         "planted: each slice takes so much longer", 0, 0},
        {"stall", 0, PR_OPT_PERCENT, FIELD(stall), NULL, "PERCENT",
         "planted: so many of the slices stop for stall-time", 0, 0},
        {"stall-time", 0, PR_OPT_TIME, FIELD(stall_ns), NULL, "TIME",
         "how long a planted stall lasts; 40ms unless given", 0, 0},
        {"dose", 0, PR_OPT_CHOICE, FIELD(dose), doses, "WHAT",
         "planted: failing reads, wake-ups or allocations by the interposing library", 0, 0},
        {"dose-count", 0, PR_OPT_COUNT, FIELD(dose_count), NULL, "N",
         "how many each time; 1 unless given, 0 is the library alone", 0, DOSE_MOST},
        {"dose-at", 0, PR_OPT_CHOICE, FIELD(dose_place), places, "PLACE",
         "after which calls that succeed; receive unless given", 0, 0},
        {"watch", 0, PR_OPT_CHOICE, FIELD(watch), pr_plant_watches, "PROBE",
         "a probe that watches the timed trials, to see what that costs", 0, 0},
        {0},
};

static bool is_own(const char *name)
{
	for (const struct pr_opt *opt = pr_plant_opts; opt->name != NULL; opt++)
		if (strcmp(opt->name, name) == 0)
			return true;
	return false;
}

enum pr_err pr_plant_split(const json_t *options, const char *what, struct pr_plant *plant,
                           json_t **engine, struct pr_error *why)
{
	json_t *own = json_object(), *rest = json_object(), *value;
	const char *name;
	enum pr_err err;

	*plant = (struct pr_plant){.stall_ns = STALL_NS, .dose_count = 1};
	json_object_foreach((json_t *)options, name, value)
	{
		pr_json_set(is_own(name) ? own : rest, name, json_incref(value));
	}
	err = pr_options_apply(pr_plant_opts, plant, own, what, why);
	json_decref(own);
	if (err == PR_OK && plant->stall >= 1)
		err = pr_error_set(why, PR_USAGE, "%s: stall must be below 100 %% of the slices",
		                   what);
	if (err == PR_OK)
		*engine = rest;
	else
		json_decref(rest);
	return err;
}

bool pr_plant_is_empty(const struct pr_plant *plant)
{
	return plant->slow == 0 && plant->stall == 0;
}

unsigned pr_plant_watch(const struct pr_plant *plant)
{
	return watch_bits[plant->watch];
}

void pr_plant_expand(const struct pr_plant *plant, json_t *options)
{
	if (!pr_plant_is_empty(plant) || plant->dose != PR_DOSE_NONE || plant->watch != 0)
		pr_options_expand(pr_plant_opts, plant, false, options);
}

void pr_plant_ready(struct pr_plant *plant)
{
	struct pr_rng rng;
	int64_t began_ns = pr_clock_ns();

	for (int i = 0; i < CLOCK_TRIES; i++)
		plant->last_ns = pr_clock_ns();
	plant->clock_ns = (plant->last_ns - began_ns) / CLOCK_TRIES;
	pr_rng_init(&rng, (uint64_t)getpid() ^ (uint64_t)began_ns);
	plant->stalled = pr_rng_unit(&rng);
}

/* Without a share of the time, or a stall to come, not even the clock is read.  */
static void set_left(struct pr_plant *plant)
{
	plant->left = plant->slow > 0 || plant->stalls ? plant->every : PR_PLANT_NEVER;
}

void pr_plant_begin(struct pr_plant *plant, const void *of)
{
	if (plant == NULL)
		return;
	plant->stalled += plant->stall;
	plant->stalls = plant->stalled >= 1;
	if (plant->stalls)
		plant->stalled -= 1;
	if (plant->of != of || plant->every == 0)
		plant->every = EVERY_FIRST;
	plant->of = of;
	plant->carried_ns = plant->debt_ns;
	plant->spent_ns = plant->stopped_ns = 0;
	set_left(plant);
	plant->last_ns = pr_clock_ns();
}

void pr_plant_end(struct pr_plant *plant, int64_t elapsed_ns)
{
	if (plant == NULL || elapsed_ns < 1)
		return;
	elapsed_ns -= plant->spent_ns + plant->stopped_ns;
	plant->debt_ns =
	        plant->carried_ns + plant->slow * (double)elapsed_ns - (double)plant->spent_ns;
}

static void stall(struct pr_plant *plant)
{
	struct timespec left = {plant->stall_ns / 1000000000, plant->stall_ns % 1000000000};

	while (nanosleep(&left, &left) != 0)
		;
	plant->stalls = false;
}

/* The debt is what is owed for the time gone by, less what looking at the clock took of it.  */
void pr_plant_pay(struct pr_plant *plant)
{
	int64_t began_ns = pr_clock_ns(), now_ns = began_ns, gone_ns = now_ns - plant->last_ns;

	plant->debt_ns += plant->slow * (double)gone_ns - (double)plant->clock_ns;
	if (plant->slow > 0 && plant->debt_ns > (double)plant->clock_ns) {
		int64_t until_ns = now_ns + (int64_t)plant->debt_ns;

		do
			now_ns = pr_clock_ns();
		while (now_ns < until_ns);
		plant->debt_ns = (double)(until_ns - now_ns);
	}
	plant->spent_ns += now_ns - began_ns + plant->clock_ns;
	if (gone_ns < PAY_LEAST_NS && plant->every < EVERY_MOST)
		plant->every *= 2;
	else if (gone_ns > PAY_MOST_NS && plant->every > 1)
		plant->every /= 2;
	if (plant->stalls) {
		stall(plant);
		began_ns = now_ns;
		now_ns = pr_clock_ns();
		plant->stopped_ns += now_ns - began_ns;
	}
	set_left(plant);
	plant->last_ns = now_ns;
}
