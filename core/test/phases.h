/* SPDX-License-Identifier: MIT */
/* core/test/phases.h - tests that every preset must pass, and what the engine counts about itself.
 *
 * A program of the conformance suite runs its group of tests once for each line of
 * pr_phase_presets[] (or for the one named on its command line), with the phase set on each context
 * through proctor_ctx_set_phase().  The extensions are looked up with dlsym(3), as a driver does
 * that must also run on libzmq; where they are absent, the program says so and is skipped.  */
#ifndef PR_TEST_PHASES_H
#define PR_TEST_PHASES_H

#include "core/include/proctor.h"
#include "core/phase.h"
#include "core/test/kit.h"

/* The preset that is being tested.  */
extern const struct pr_phase_preset *pr_phases_current;

/* For the body of main: runs tests (count of them) for each preset and returns main's result.  */
int pr_phases_run(int argc, char **argv, const struct CMUnitTest *tests, size_t count);

#define PHASES_MAIN(...)                                                                           \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                                   \
		return pr_phases_run(argc, argv, tests, KIT_COUNT(tests));                         \
	}

/* A context of the current preset with options behind it ("read-size=64,fault=overtake"; NULL:
 * none).  */
void *pr_phases_ctx(const char *options);

/* Whether the counters were compiled in.  */
bool pr_phases_have_counters(void);

/* One counter of the context, now.  */
uint64_t pr_phases_counter(void *ctx, const char *name);

#define PHASES_COUNTERS_MAX 128

struct phases_snapshot {
	uint64_t values[PHASES_COUNTERS_MAX];
};

/* Waits until nothing moves in the context any more, then checks that every conservation law of
 * counters.def holds.  For a context whose application threads are idle.  */
void pr_phases_rest(void *ctx, struct phases_snapshot *snapshot);
uint64_t pr_phases_value(const struct phases_snapshot *snapshot, const char *name);

/* after - before.  */
uint64_t pr_phases_delta(const struct phases_snapshot *before, const struct phases_snapshot *after,
                         const char *name);

#endif
