/* SPDX-License-Identifier: MIT */
/* harness/patience.h - how long to wait for a worker that says nothing.
 *
 * A long slice is not a hang: after half of the deadline the worker is asked (SIGUSR1) how many
 * messages it has moved, and as long as that grows the deadline begins anew.  Times are of
 * pr_clock_ns().  */
#ifndef PR_PATIENCE_H
#define PR_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Deadlines after which patience ends, progress or not.  */
#define PR_PATIENCE_MAX 20

struct pr_patience {
	int64_t deadline_ns;
	int64_t since_ns; /* of the command, or of the last progress */
	int64_t probe_ns; /* when to ask next */
	int64_t end_ns;   /* patience ends here */
	int64_t moved;    /* messages, as last told; -1 before */
};

/* Begins now.  */
struct pr_patience pr_patience_begin(int64_t deadline_ns);

/* True when nothing moved for a deadline, or the whole took too long.  */
bool pr_patience_is_over(const struct pr_patience *patience);

/* True when the worker is to be asked, once for each time that it is due.  */
bool pr_patience_asks(struct pr_patience *patience);

/* The worker has told how many messages it has moved.  */
void pr_patience_note(struct pr_patience *patience, int64_t moved);

/* Milliseconds until something is due, at least 1.  */
int pr_patience_wait_ms(const struct pr_patience *patience);

#endif
