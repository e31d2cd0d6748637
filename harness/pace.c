/* SPDX-License-Identifier: MIT */
/* harness/pace.c - open loop: schedules, waiting, marks.  */
#include "harness/pace.h"

#include <math.h>
#include <time.h>

#include "core/base/clock.h"

const char *const pr_gaps_names[] = {"constant", "exponential", NULL};

/* ---- the schedule ----------------------------------------------------------------------- */

void pr_pace_plan(struct pr_pace_schedule *schedule, const struct pr_pace_spec *spec,
                  uint64_t slice)
{
	schedule->gap_ns = 1e9 / (double)spec->rate;
	schedule->at_ns = 0;
	schedule->gaps = spec->gaps;
	pr_rng_init(&schedule->rng, spec->seed + slice);
}

int64_t pr_pace_next_ns(struct pr_pace_schedule *schedule)
{
	double gap_ns = schedule->gap_ns;

	if (schedule->gaps == PR_GAPS_EXPONENTIAL)
		gap_ns *= -log1p(-pr_rng_unit(&schedule->rng));
	schedule->at_ns += gap_ns;
	return (int64_t)schedule->at_ns;
}

/* ---- waiting ------------------------------------------------------------------------------ */

int64_t pr_pace_spin_ns(const struct pr_pace_spec *spec)
{
	return 4 * (double)spec->spin_ns <= 1e9 / (double)spec->rate ? spec->spin_ns : 0;
}

int64_t pr_pace_wait(int64_t due_ns, int64_t spin_ns)
{
	int64_t wake_ns = due_ns - spin_ns, now_ns = pr_clock_ns();

	if (now_ns < wake_ns) {
		const struct timespec wake = {.tv_sec = wake_ns / 1000000000,
		                              .tv_nsec = wake_ns % 1000000000};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
		now_ns = pr_clock_ns();
	}
	while (now_ns < due_ns) {
#if defined __x86_64__ || defined __i386__
		__builtin_ia32_pause();
#endif
		now_ns = pr_clock_ns();
	}
	return now_ns;
}

/* ---- marks -------------------------------------------------------------------------------- */

void pr_pace_take(struct pr_pace *pace, uint64_t index, int64_t arrived_ns,
                  struct pr_hist *corrected)
{
	const struct pr_pace_mark *mark;
	int64_t sent_ns;

	if (corrected == NULL || index >= PR_PACE_MARKS)
		return;
	mark = &pace->marks[index];
	sent_ns = atomic_load_explicit(&mark->sent_ns, memory_order_acquire);
	pr_hist_add(corrected, arrived_ns - mark->intended_ns);
	pr_hist_add(&pace->sent, arrived_ns - sent_ns);
}

void pr_pace_clear(struct pr_pace *pace)
{
	pr_hist_clear(&pace->sent);
	pr_hist_clear(&pace->late);
}

/* ---- judging ------------------------------------------------------------------------------ */

bool pr_pace_is_own_fault(const struct pr_pace_sums *sums)
{
	double over_ns = (double)(sums->taken_ns - sums->offered_ns);

	return over_ns > PR_PACE_BEHIND * (double)sums->offered_ns &&
	       sums->own_ns > sums->engine_ns;
}
