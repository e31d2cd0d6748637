/* SPDX-License-Identifier: MIT */
/* reports/dashboard/noise.h - how restless a machine is: what comparing equal things shows there.
 *
 * An A/A phase is one whose engine, version, library and options are those of the baseline:
 * whatever it shows is noise.  Where a group has none, its noise is still known from how its series
 * scatter around their levels, from the floor that the host learned, and from how often the answer
 * was "inconclusive".  All of the nights that are shown, of the cases that decide.  */
#ifndef PR_NOISE_H
#define PR_NOISE_H

#include "reports/dashboard/board.h"

struct pr_noise {
	double scatter; /* median over cases of 1.4826 MAD of the effects around their levels */
	double mde;     /* median of what a run could see */
	double floor;   /* newest; NaN: not known */
	size_t points;  /* judged */
	size_t inconclusive, voids;      /* of them */
	const char *twin;                /* label of an A/A phase; NULL: none */
	size_t twin_points, twin_alarms; /* its points, and those called better or worse */
	double twin_95;                  /* 95th percentile of its |effect|; NaN: no point */
};

/* Label of the phase of the newest run that is the baseline once more; NULL: there is none.  */
const char *pr_noise_twin(const struct pr_board_group *group);

void pr_noise_of(const struct pr_board *board, const struct pr_board_group *group,
                 struct pr_noise *noise);

/* The same as an object; numbers that are not known are null.  */
json_t *pr_noise_json(const struct pr_board *board, const struct pr_board_group *group);

#endif
