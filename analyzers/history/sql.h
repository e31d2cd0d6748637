/* SPDX-License-Identifier: MIT */
/* analyzers/history/sql.h - every statement that the history makes, and its schema in steps.
 *
 * One text for SQLite and PostgreSQL: parameters are $1, $2, ..., integers are BIGINT, reals are
 * DOUBLE PRECISION.  What the two cannot say alike is a word
 * in braces, which a backend replaces (struct pr_db_ops).
 *
 * Times are seconds since 1970, UTC.  NULL is "not measured" or "not known".  A case is a series of
 * points: one metric of one phase in one workload (label, and in `work` what it does), against one
 * baseline, on one machine and branch.  A point repeats the time of its run, so that a series lies
 * in order in the primary key: the newest N points of a case are N neighbours.  */
#ifndef PR_HISTORY_SQL_H
#define PR_HISTORY_SQL_H

#include <stddef.h>

/* Steps of the schema; step 0 makes version 1.  A step that was ever released is never changed:
 * add another.  */
extern const char *const pr_sql_steps[];
extern const size_t pr_sql_step_count;

#define PR_SQL_VERSION     "SELECT coalesce(max(version), 0) FROM migrations"
#define PR_SQL_ADD_VERSION "INSERT INTO migrations (version, applied, tool) VALUES ($1, $2, $3)"

#define PR_SQL_FIND_RUN "SELECT id FROM runs WHERE key = $1"
#define PR_SQL_ADD_RUN                                                                             \
	"INSERT INTO runs (key, kind, time, added, source, plan, baseline, reference, revision, "  \
	"branch, machine, host, tool, status, missing, exit_status, sentence, blocks) "            \
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "     \
	"$18) RETURNING id"

/* The run before $4 of the same series.  */
#define PR_SQL_FIND_BEFORE                                                                         \
	"SELECT id, reference FROM runs WHERE machine = $1 AND branch = $2 AND baseline = $3 "     \
	"AND time <= $4 AND id <> $5 AND kind = 'run' ORDER BY time DESC, id DESC LIMIT 1"

#define PR_SQL_ADD_PHASE                                                                           \
	"INSERT INTO phases (run_id, label, engine, options, version, sha256, build_id) "          \
	"VALUES ($1, $2, $3, $4, $5, $6, $7)"
#define PR_SQL_ADD_COVERAGE                                                                        \
	"INSERT INTO coverage (run_id, probe, workload, phase, ok, void, failed, skipped, "        \
	"reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
#define PR_SQL_ADD_LATENCY                                                                         \
	"INSERT INTO latencies (run_id, workload, phase, quantity, count, min, max, buckets) "     \
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
#define PR_SQL_FIND_CASE                                                                           \
	"SELECT id FROM cases WHERE machine = $1 AND branch = $2 AND baseline = $3 AND "           \
	"workload = $4 AND work = $5 AND phase = $6 AND metric = $7 AND unit = $8"
#define PR_SQL_ADD_CASE                                                                            \
	"INSERT INTO cases (machine, branch, baseline, workload, work, phase, metric, unit, "      \
	"direction) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id"
#define PR_SQL_ADD_POINT                                                                           \
	"INSERT INTO points (case_id, time, run_id, value, lo, hi, n, base_value, base_lo, "       \
	"base_hi, effect, effect_lo, effect_hi, p, mde, floor, gating, verdict) VALUES ($1, $2, "  \
	"$3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"

#define PR_SQL_RUN_COLUMNS                                                                         \
	"id, key, kind, time, added, source, plan, baseline, reference, revision, branch, "        \
	"machine, host, tool, status, missing, exit_status, sentence, blocks"
#define PR_SQL_RUNS "SELECT " PR_SQL_RUN_COLUMNS " FROM runs ORDER BY time DESC, id DESC LIMIT $1"
#define PR_SQL_RUN  "SELECT " PR_SQL_RUN_COLUMNS " FROM runs WHERE id = $1"

/* With the number of points, which reads them all, or with NULL in its place.  */
#define PR_SQL_CASES_WITH(points)                                                                  \
	"SELECT id, machine, branch, baseline, workload, work, phase, metric, unit, "              \
	"direction, " points                                                                       \
	" AS points, (SELECT max(time) FROM points WHERE case_id = cases.id) AS newest "           \
	"FROM cases ORDER BY machine, branch, workload, work, phase, baseline, id"
#define PR_SQL_CASES PR_SQL_CASES_WITH("NULL")
#define PR_SQL_CASES_COUNT                                                                         \
	PR_SQL_CASES_WITH("(SELECT count(*) FROM points WHERE case_id = cases.id)")

#define PR_SQL_POINT_COLUMNS                                                                       \
	"p.run_id, p.time, p.value, p.lo, p.hi, p.n, p.base_value, p.base_lo, p.base_hi, "         \
	"p.effect, p.effect_lo, p.effect_hi, p.p, p.mde, p.floor, p.gating, p.verdict, "           \
	"r.revision, r.reference, r.host"
#define PR_SQL_SERIES                                                                              \
	"SELECT " PR_SQL_POINT_COLUMNS " FROM points p JOIN runs r ON r.id = p.run_id "            \
	"WHERE p.case_id = $1 AND p.time >= $2 ORDER BY p.time DESC, p.run_id DESC LIMIT $3"
/* The columns of a case as in PR_SQL_CASES, then those of the point.  */
#define PR_SQL_POINTS_OF                                                                           \
	"SELECT c.id, c.machine, c.branch, c.baseline, c.workload, c.work, c.phase, c.metric, "    \
	"c.unit, c.direction, 1 AS points, p.time AS newest, " PR_SQL_POINT_COLUMNS " "            \
	"FROM points p JOIN cases c ON c.id = p.case_id JOIN runs r ON r.id = p.run_id "           \
	"WHERE p.run_id = $1 "                                                                     \
	"ORDER BY c.machine, c.branch, c.workload, c.work, c.phase, c.baseline, c.id"

#define PR_SQL_PHASES                                                                              \
	"SELECT label, engine, options, version, sha256, build_id FROM phases WHERE run_id = $1 "  \
	"ORDER BY label"
#define PR_SQL_COVERAGE                                                                            \
	"SELECT c.run_id AS run, c.probe, c.workload, c.phase, c.ok, c.void, c.failed, "           \
	"c.skipped, c.reason FROM coverage c WHERE c.run_id = $1 "                                 \
	"ORDER BY c.probe, c.workload, c.phase"
#define PR_SQL_LATENCIES                                                                           \
	"SELECT workload, phase, quantity, count, min, max, buckets FROM latencies "               \
	"WHERE run_id = $1 ORDER BY workload, phase"

#define PR_SQL_MARKS "SELECT run_id AS run, state, note FROM marks WHERE case_id = $1"
#define PR_SQL_SET_MARK                                                                            \
	"INSERT INTO marks (case_id, run_id, state, note, time) VALUES ($1, $2, $3, $4, $5) "      \
	"ON CONFLICT (case_id, run_id) DO UPDATE SET state = excluded.state, "                     \
	"note = excluded.note, time = excluded.time"
#define PR_SQL_CONFIRMATIONS                                                                       \
	"SELECT run_id AS run, time, result, nights, folder, blocks, verdict, effect, "            \
	"effect_lo, effect_hi, p, mde FROM confirmations WHERE case_id = $1"
#define PR_SQL_SET_CONFIRMATION                                                                    \
	"INSERT INTO confirmations (case_id, run_id, time, result, nights, folder, blocks, "       \
	"verdict, effect, effect_lo, effect_hi, p, mde) "                                          \
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "                         \
	"ON CONFLICT (case_id, run_id) DO UPDATE SET time = excluded.time, "                       \
	"result = excluded.result, nights = excluded.nights, folder = excluded.folder, "           \
	"blocks = excluded.blocks, verdict = excluded.verdict, effect = excluded.effect, "         \
	"effect_lo = excluded.effect_lo, effect_hi = excluded.effect_hi, p = excluded.p, "         \
	"mde = excluded.mde"
#define PR_SQL_RELEASES "SELECT name, branch, revision, time FROM releases ORDER BY time, name"
#define PR_SQL_SET_RELEASE                                                                         \
	"INSERT INTO releases (name, branch, revision, time) VALUES ($1, $2, $3, $4) "             \
	"ON CONFLICT (name, branch) DO UPDATE SET revision = excluded.revision, "                  \
	"time = excluded.time"
#define PR_SQL_HAS_POINT "SELECT count(*) FROM points WHERE run_id = $1 AND case_id = $2"

/* Everything that hangs on a run goes with it.  */
#define PR_SQL_COUNT_RUN  "SELECT count(*) FROM runs WHERE id = $1"
#define PR_SQL_COUNT_OLD  "SELECT count(*) FROM runs WHERE time < $1"
#define PR_SQL_REMOVE_OLD "DELETE FROM runs WHERE time < $1"
#define PR_SQL_REMOVE_RUN "DELETE FROM runs WHERE id = $1"
#define PR_SQL_REMOVE_BARE                                                                         \
	"DELETE FROM cases WHERE NOT EXISTS "                                                      \
	"(SELECT 1 FROM points WHERE case_id = cases.id)"

#endif
