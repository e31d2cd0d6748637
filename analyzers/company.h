/* SPDX-License-Identifier: MIT */
/* analyzers/company.h - who else used the CPUs while a run measured.
 *
 * Threads that may run anywhere share the CPUs with every other program.  Where others keep one
 * busy, the threads of an engine crowd on the rest, and what a phase gains or loses by its threads
 * running side by side is another figure than on an idle machine.  Others stay for minutes, so all
 * blocks of an execution see the same: its interval is true for these minutes and too narrow for
 * anything else.  Two executions of one comparison differed by 10 and more points that way, each
 * sure of itself, while a phase against its own copy did not: history of A/A executions does not
 * show it.
 *
 * So in a run that shared its CPUs, a timed row of a workload that is not kept on one CPU is called
 * better or worse only when the sign would outlast that: when the effect of a repetition on another
 * day (rows.h, tomorrow) leaves out 0, with a spread between executions of PR_COMPANY_BETWEEN
 * unless a larger one is on record.  */
#ifndef PR_COMPANY_H
#define PR_COMPANY_H

#include <jansson.h>

#include "analyzers/run.h"

struct pr_row;
struct pr_rows;

/* CPUs that others may use before a run counts as having shared them: what a system does by
 * itself.  */
#define PR_COMPANY_MOST 0.1

/* SD of the log of an effect between executions: half of the 20 % by which they differed.  */
#define PR_COMPANY_BETWEEN 0.10

/* NaN where the run does not tell.  */
struct pr_company {
	double cpus;        /* of the machine */
	double others;      /* CPUs that others used on average, 0 or more; time stolen by a
	                       hypervisor is theirs */
	double least, most; /* the same of single blocks */
};

struct pr_company pr_company_of(const struct pr_run *run);

/* CPUs that others used between two snapshots of the noise of a run; NaN where they do not tell. */
double pr_company_others(const json_t *before, const json_t *after);

bool pr_company_is_busy(const struct pr_company *company);

/* Whether the threads of a workload could run on several CPUs.  */
bool pr_company_is_free(const struct pr_run *run, size_t workload);

/* Widens what is said of a repetition, for a timed row that shared its CPUs.  To be called when
 * the row has its effect; between: NaN when not on record.  Returns the spread to use.  */
double pr_company_between(const struct pr_rows *rows, const struct pr_row *row, double between);

/* Takes back a verdict that would not outlast the company, and says so in the note.  */
void pr_company_weigh(const struct pr_rows *rows, struct pr_row *row);

/* {"cpus", "others", "others_least", "others_most", "busy", "used": [{"workload", "phase",
 * "cpus"}]}: used is the median over the slices of CPU time through time, of workloads that were
 * free.  NULL when the run does not tell.  The caller owns it.  */
json_t *pr_company_json(const struct pr_run *run);

/* What a reader must know before the tables, a sentence or two; NULL: nothing.  The caller frees.
 */
char *pr_company_sentence(const json_t *company);

#endif
