/* SPDX-License-Identifier: MIT */
/* harness/pressure_dump.c - what a slice under backpressure gave, as numbers and a time line.  */
#include <math.h>
#include <stddef.h>

#include "core/base/json.h"
#include "harness/pressure.h"

/* ---- where the bytes are ------------------------------------------------------------------- */

/* -1: not known.  */
struct whereabouts {
	int64_t far;    /* in the engine, before the kernel: the sending side */
	int64_t kernel; /* in both sockets */
	int64_t near;   /* in the engine, behind the kernel: the receiving side */
	int64_t engine; /* both sides; where nothing is known of the kernel, its bytes too */
	int64_t taken;  /* by the receiving side, its socket included */
};

static int64_t at_least_0(int64_t value)
{
	return value > 0 ? value : 0;
}

/* Bytes that were lost up to a point: all at the connections that ended, in equal parts.  */
static int64_t lost_until(const struct pr_pressure *pressure, const struct pr_pressure_facts *facts,
                          const struct pr_pressure_point *point)
{
	int64_t all = pressure->points[pressure->point_count - 1].begun;
	double share = all > 0 && point->begun > 0 ? (double)point->begun / (double)all : 0;

	if (all <= 0 || (facts->is_raw && pressure->reconnects == 0))
		/* Nobody saw when: they were lost in the stall.  */
		share = point->stage > PR_STAGE_STALLED;
	return (int64_t)(share * (double)pressure->lost * (double)facts->wire_bytes);
}

/* Of ipc the kernel tells how much it has, and not how much has passed.  Raw senders hold nothing
 * back, so the engine's bytes are all with the reader; of an engine that sends, what its own queue
 * may hold is left out: then at least so much was taken.  */
static void locate_unix(const struct pr_pressure_facts *facts,
                        const struct pr_pressure_point *point, struct whereabouts *at)
{
	int64_t queue = (int64_t)(facts->hwm * facts->wire_bytes * facts->senders);

	if (point->unread < 0)
		return;
	at->kernel = point->unread + at_least_0(point->unsent);
	at->engine = at_least_0(at->engine - at->kernel);
	if (facts->is_raw)
		at->near = at->engine;
	if (facts->is_raw || facts->hwm > 0)
		at->taken = point->unread + at_least_0(at->engine - (facts->is_raw ? 0 : queue));
}

/* What the application handed over and does not have is somewhere.  What is lost is nowhere.  */
static struct whereabouts locate(const struct pr_pressure *pressure,
                                 const struct pr_pressure_facts *facts,
                                 const struct pr_pressure_point *point)
{
	int64_t wire = (int64_t)facts->wire_bytes, lost = lost_until(pressure, facts, point);
	struct whereabouts at = {-1, -1, -1,
	                         at_least_0((point->sent - point->received) * wire - lost), -1};
	int64_t near;

	if (point->arrived < 0) {
		locate_unix(facts, point, &at);
		return at;
	}
	near = point->arrived - point->unread - point->received * wire;
	at.kernel = point->unread + point->unsent;
	at.near = at_least_0(near - lost);
	at.far = at_least_0(point->sent * wire - point->arrived - point->unsent -
	                    at_least_0(lost - at_least_0(near)));
	at.engine = at.near + at.far;
	at.taken = at.near + point->unread;
	return at;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void put(json_t *object, const char *key, int64_t value)
{
	pr_json_set(object, key, value < 0 ? json_null() : json_integer(value));
}

/* NaN: null.  */
static void put_real(json_t *object, const char *key, double value)
{
	pr_json_set(object, key, isfinite(value) ? json_real(value) : json_null());
}

static void put_peaks(const struct pr_pressure *pressure, const struct pr_pressure_facts *facts,
                      json_t *object)
{
	int64_t engine = 0, kernel = -1, taken = -1, shut = -1, resident = 0;
	int64_t wanted = (int64_t)(facts->hwm * facts->wire_bytes * facts->senders);

	for (size_t i = 0; i < pressure->point_count; i++) {
		const struct pr_pressure_point *point = &pressure->points[i];
		struct whereabouts at = locate(pressure, facts, point);

		engine = at.engine > engine ? at.engine : engine;
		kernel = at.kernel > kernel ? at.kernel : kernel;
		shut = point->shut > shut ? point->shut : shut;
		if (point->stage == PR_STAGE_STALLED && at.taken > taken)
			taken = at.taken;
		if (point->resident > resident)
			resident = point->resident;
	}
	put(object, "engine_bytes_peak", engine);
	put(object, "kernel_bytes_peak", kernel);
	put(object, "absorbed_bytes", taken < 0 ? -1 : at_least_0(taken - wanted));
	put(object, "shut_peak", shut);
	put(object, "memory_growth", at_least_0(resident - pressure->points[0].resident));
}

/* Time per connection.  */
static void put_window_time(const struct pr_pressure *pressure,
                            const struct pr_pressure_facts *facts, json_t *object)
{
	int64_t limited_ns = pressure->points[pressure->point_count - 1].limited_ns;

	put(object, "zero_window_time", limited_ns < 0 ? -1 : limited_ns / (int64_t)facts->senders);
}

/* Messages a second from one moment of each stall to another, over all of them; NaN where none had
 * both.  count: of received messages, by moment.  */
enum moment { BEGAN, STALLED, RELEASED, FIRST, LAST, ENDED };

static int64_t moment_ns(const struct pr_pressure_stall *stall, enum moment moment)
{
	const int64_t times[] = {stall->began_ns, stall->stalled_ns, stall->released_ns,
	                         stall->first_ns, stall->last_ns,    stall->ended_ns};

	return times[moment];
}

static double rate(const struct pr_pressure *pressure, enum moment from, enum moment to)
{
	double messages = 0, ns = 0;

	for (size_t i = 0; i < pressure->stall_count; i++) {
		const struct pr_pressure_stall *stall = &pressure->stalls[i];
		int64_t took_ns = moment_ns(stall, to) - moment_ns(stall, from);

		if (moment_ns(stall, to) == 0 || moment_ns(stall, from) == 0 || took_ns <= 0)
			continue;
		messages += (double)(stall->counts[to] - stall->counts[from]);
		ns += (double)took_ns;
	}
	return ns > 0 ? messages * 1e9 / ns : NAN;
}

/* The mean time from one to the other; NaN where none had both.  */
static double mean_ns(const struct pr_pressure *pressure, enum moment from, enum moment to)
{
	double sum = 0, count = 0;

	for (size_t i = 0; i < pressure->stall_count; i++) {
		const struct pr_pressure_stall *stall = &pressure->stalls[i];

		if (moment_ns(stall, to) == 0 || moment_ns(stall, from) == 0)
			continue;
		sum += (double)(moment_ns(stall, to) - moment_ns(stall, from));
		count++;
	}
	return count > 0 ? sum / count : NAN;
}

static void put_times(const struct pr_pressure *pressure, json_t *object)
{
	put_real(object, "throughput_before", rate(pressure, BEGAN, STALLED));
	put_real(object, "throughput_drain", rate(pressure, RELEASED, LAST));
	put_real(object, "throughput_after", rate(pressure, LAST, ENDED));
	put_real(object, "release_to_first", mean_ns(pressure, RELEASED, FIRST));
	put_real(object, "release_to_last", mean_ns(pressure, RELEASED, LAST));
}

/* Means over the stalls; null when nothing was counted in one of them.  */
static void put_calls(const struct pr_pressure *pressure, json_t *object)
{
	double first = 0, last = 0, accepted = 0;

	for (size_t i = 0; i < pressure->stall_count; i++) {
		const struct pr_pressure_stall *stall = &pressure->stalls[i];

		first += stall->calls_first < 0 ? NAN : (double)stall->calls_first;
		last += stall->calls_last < 0 ? NAN : (double)stall->calls_last;
		accepted += (double)(stall->sent_released - stall->sent_stalled);
	}
	put_real(object, "release_calls_first", first / (double)pressure->stall_count);
	put_real(object, "release_calls_last", last / (double)pressure->stall_count);
	put_real(object, "stall_accepted", accepted / (double)pressure->stall_count);
}

/* ---- latency -------------------------------------------------------------------------------- */

/* A percentile with fewer samples beyond it is one sample's luck.  */
#define SAMPLES_BEYOND 10

static void put_latency(const struct pr_hist *hist, json_t *object)
{
	put(object, "samples", (int64_t)hist->count);
	put(object, "p50",
	    hist->count >= 2 * SAMPLES_BEYOND ? pr_hist_percentile_ns(hist, 0.5) : -1);
	put(object, "p99",
	    hist->count >= 100 * SAMPLES_BEYOND ? pr_hist_percentile_ns(hist, 0.99) : -1);
	put(object, "max", hist->count > 0 ? hist->max_ns : -1);
}

static json_t *dump_latency(const struct pr_pressure *pressure)
{
	json_t *object = json_object();

	for (int stage = 0; stage < PR_STAGES; stage++) {
		json_t *part = json_object();

		put_latency(&pressure->latency[stage], part);
		pr_json_set(object, pr_stage_names[stage], part);
	}
	return object;
}

/* ---- the time line ----------------------------------------------------------------------------
 */

static const char *const columns[] = {
        "at_ns",        "stage",        "sent",           "refused",      "received",
        "sender_bytes", "kernel_bytes", "receiver_bytes", "engine_bytes", "window",
        "shut",         "connections",  "resident",       "cpu_ns",
};

static void append(json_t *row, int64_t value)
{
	pr_json_append(row, value < 0 ? json_null() : json_integer(value));
}

static json_t *dump_point(const struct pr_pressure *pressure, const struct pr_pressure_facts *facts,
                          const struct pr_pressure_point *point)
{
	struct whereabouts at = locate(pressure, facts, point);
	const int64_t values[] = {point->at_ns,    point->stage,  point->sent, point->refused,
	                          point->received, at.far,        at.kernel,   at.near,
	                          at.engine,       point->window, point->shut, point->connections,
	                          point->resident, point->cpu_ns};
	json_t *row = json_array();

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		append(row, values[i]);
	return row;
}

static json_t *dump_line(const struct pr_pressure *pressure, const struct pr_pressure_facts *facts)
{
	json_t *line = json_object(), *names = json_array(), *points = json_array();

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		pr_json_append(names, json_string(columns[i]));
	for (size_t i = 0; i < pressure->point_count; i++)
		pr_json_append(points, dump_point(pressure, facts, &pressure->points[i]));
	pr_json_set(line, "columns", names);
	pr_json_set(line, "points", points);
	return line;
}

static json_t *dump_stalls(const struct pr_pressure *pressure)
{
	static const char *const names[] = {"began_ns", "stalled_ns", "released_ns",
	                                    "first_ns", "last_ns",    "ended_ns"};
	json_t *list = json_array();

	for (size_t i = 0; i < pressure->stall_count; i++) {
		const struct pr_pressure_stall *stall = &pressure->stalls[i];
		json_t *item = json_object();

		for (enum moment moment = BEGAN; moment <= ENDED; moment++)
			put(item, names[moment],
			    moment_ns(stall, moment) == 0
			            ? -1
			            : moment_ns(stall, moment) - pressure->began_ns);
		put(item, "backlog", (int64_t)stall->backlog);
		pr_json_append(list, item);
	}
	return list;
}

json_t *pr_pressure_dump(const struct pr_pressure *pressure, const struct pr_pressure_facts *facts)
{
	json_t *object = json_object();

	put(object, "sent", (int64_t)pressure->sent);
	put(object, "received", (int64_t)pressure->received);
	put(object, "refused", (int64_t)pressure->refused);
	put(object, "unread", (int64_t)pressure->unread);
	put(object, "reconnects",
	    facts->is_raw ? (int64_t)pressure->reconnects
	                  : pressure->points[pressure->point_count - 1].begun);
	put_peaks(pressure, facts, object);
	put_window_time(pressure, facts, object);
	put_times(pressure, object);
	put_calls(pressure, object);
	pr_json_set(object, "latency", dump_latency(pressure));
	pr_json_set(object, "stalls", dump_stalls(pressure));
	pr_json_set(object, "line", dump_line(pressure, facts));
	return object;
}
