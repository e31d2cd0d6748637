/* SPDX-License-Identifier: MIT */
/* harness/patience.c - how long to wait for a worker that says nothing.  */
#include "harness/patience.h"

#include "core/base/clock.h"

struct pr_patience pr_patience_begin(int64_t deadline_ns)
{
	int64_t now_ns = pr_clock_ns();

	return (struct pr_patience){deadline_ns, now_ns, now_ns + deadline_ns / 2,
	                            now_ns + PR_PATIENCE_MAX * deadline_ns, -1};
}

bool pr_patience_is_over(const struct pr_patience *patience)
{
	int64_t now_ns = pr_clock_ns();

	return now_ns >= patience->since_ns + patience->deadline_ns || now_ns >= patience->end_ns;
}

bool pr_patience_asks(struct pr_patience *patience)
{
	int64_t now_ns = pr_clock_ns();

	if (now_ns < patience->probe_ns)
		return false;
	patience->probe_ns = now_ns + patience->deadline_ns / 4;
	return true;
}

void pr_patience_note(struct pr_patience *patience, int64_t moved)
{
	if (patience->moved >= 0 && moved > patience->moved)
		patience->since_ns = pr_clock_ns();
	patience->moved = moved;
}

int pr_patience_wait_ms(const struct pr_patience *patience)
{
	int64_t due_ns = patience->since_ns + patience->deadline_ns;
	int64_t left_ns;

	if (patience->probe_ns < due_ns)
		due_ns = patience->probe_ns;
	left_ns = due_ns - pr_clock_ns();
	return left_ns <= 0 ? 1 : (int)(left_ns / 1000000) + 1;
}
