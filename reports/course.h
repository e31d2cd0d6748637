/* SPDX-License-Identifier: MIT */
/* reports/course.h - the course of a run: when each slice ran, and how fast.
 *
 * Read from samples.jsonl, line by line and without complaint: a line that is not whole or not
 * understood is left out, because the course only shows what others judge.  Runs made before slices
 * had a start (start_ns) have a course too; its slices then stand in the order in which they ran,
 * at equal distances.  */
#ifndef PR_REPORTS_COURSE_H
#define PR_REPORTS_COURSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pr_input;

struct pr_course_slice {
	size_t phase, workload; /* numbers in the input */
	uint64_t block;
	double at;         /* seconds on the machine's monotonic clock; or the place in the order */
	double ns;         /* per message */
	double control_ns; /* of the fixed work just after; NaN: not known */
	bool counted;      /* false: void, or of a trial that does not count */
	char *why;         /* of a void slice; NULL */
};

struct pr_course {
	struct pr_course_slice *slices; /* in the order in which they ran */
	size_t count;
	bool timed; /* `at` is in seconds */
};

/* text is a samples.jsonl; input is prepared.  Whole-length slices, and those of phases or
 * workloads that the input does not know, are not part of it.  */
void pr_course_read(struct pr_course *course, const struct pr_input *input, const char *text,
                    size_t size);
void pr_course_free(struct pr_course *course);

#endif
