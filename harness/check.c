/* SPDX-License-Identifier: MIT */
/* harness/check.c - counts that must come out exactly.  */
#include "harness/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/counts.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* ---- list of checks ------------------------------------------------------------------ */

void pr_check_add(json_t *checks, const char *name, bool ok, const char *text)
{
	json_t *check = json_object();

	pr_json_set(check, "name", pr_json_new_string(name));
	pr_json_set(check, "ok", json_boolean(ok));
	pr_json_set(check, "text", pr_json_new_string(text));
	pr_json_append(checks, check);
}

const json_t *pr_check_first_failed(const json_t *checks)
{
	const json_t *check;
	size_t i;

	json_array_foreach((json_t *)checks, i, check)
	{
		if (!json_is_true(json_object_get(check, "ok")))
			return check;
	}
	return NULL;
}

/* Room for a number with separators.  */
struct number {
	char text[32];
};

/* 12345 as "12,345".  */
static struct number grouped(int64_t value)
{
	struct number out;
	char digits[24];
	size_t size = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64,
	                               (uint64_t)(value < 0 ? -value : value));
	char *at = out.text;

	if (value < 0)
		*at++ = '-';
	for (size_t i = 0; i < size; i++) {
		if (i > 0 && (size - i) % 3 == 0)
			*at++ = ',';
		*at++ = digits[i];
	}
	*at = '\0';
	return out;
}

static void add_text(json_t *checks, const char *name, bool ok, const char *fmt, ...)
        __attribute__((format(printf, 4, 5)));

static void add_text(json_t *checks, const char *name, bool ok, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	pr_check_add(checks, name, ok, text);
}

static void add_equal(json_t *checks, const char *name, int64_t left, int64_t right)
{
	add_text(checks, name, left == right, "%s %s %s", grouped(left).text,
	         left == right ? "=" : "is not", grouped(right).text);
}

/* ---- counters ------------------------------------------------------------------------ */

/* Reads counter name; false when the engine does not keep it.  */
static bool get(const json_t *counters, const char *name, int64_t *value)
{
	const json_t *found = json_object_get(counters, name);

	*value = json_integer_value(found);
	return json_is_integer(found);
}

static int64_t get_or_zero(const json_t *counters, const char *name)
{
	int64_t value;

	return get(counters, name, &value) ? value : 0;
}

/* The value of one counter of a law; remembers when it is missing.  */
static int64_t term(const json_t *counters, const char *name, bool *missing)
{
	int64_t value;

	if (!get(counters, name, &value))
		*missing = true;
	return value;
}

void pr_check_laws(const json_t *counters, json_t *checks)
{
	bool missing;

#define PR_COUNTER(scope, name, unit, kind, help)
#define c(name) term(counters, #name, &missing)
#define PR_LAW(law, left, right)                                                                   \
	do {                                                                                       \
		int64_t left_sum, right_sum;                                                       \
                                                                                                   \
		missing = false;                                                                   \
		left_sum = (left);                                                                 \
		right_sum = (right);                                                               \
		if (!missing)                                                                      \
			add_equal(checks, law, left_sum, right_sum);                               \
	} while (0);
#include "core/counters.def"
#undef PR_LAW
#undef c
#undef PR_COUNTER
}

/* ---- rules --------------------------------------------------------------------------- */

/* Frames up to here leave in one send and arrive in one receive when one is in flight.  */
#define WHOLE_FRAME_MAX 4096

/* Would-blocks that are nobody's fault (a reader that was woken twice), per message.  */
#define STRAY_PER_MESSAGE 0.01

static uint64_t frame_bytes(const struct pr_check_facts *facts)
{
	return pr_link_wire_bytes(&facts->spec->link);
}

/* Within a process nothing is sent or received; and what clients have under way when a slice is
 * over arrives outside of it.  Where a reader stalls, connections may end.  */
static bool is_foretold(const struct pr_check_facts *facts)
{
	return pr_link_is_stream(&facts->spec->link) && facts->spec->link.connections == 0 &&
	       !facts->workload->stalls;
}

static bool one_in_flight(const struct pr_check_facts *facts)
{
	uint64_t frame = frame_bytes(facts);

	return facts->workload->messages_per_unit > 1 && is_foretold(facts) &&
	       facts->spec->link.window <= 1 && frame <= WHOLE_FRAME_MAX &&
	       facts->habits.read_bytes >= frame && facts->habits.send_bytes >= frame;
}

static void check_bytes(const struct pr_check_facts *facts, const char *name, int64_t bytes,
                        int64_t handshake, json_t *checks)
{
	int64_t expected = (int64_t)(facts->messages * frame_bytes(facts)) + handshake;

	add_text(checks, name, bytes == expected, "%s %s %s x %s + %s", grouped(bytes).text,
	         bytes == expected ? "=" : "is not", grouped((int64_t)facts->messages).text,
	         grouped((int64_t)frame_bytes(facts)).text, grouped(handshake).text);
}

static void check_all_bytes(const struct pr_check_facts *facts, const json_t *counters,
                            json_t *checks)
{
	int64_t bytes;

	if (!facts->exact_wire || !is_foretold(facts))
		return;
	if (get(counters, "recv_bytes", &bytes))
		check_bytes(facts, "bytes received = messages x frame + handshake", bytes,
		            get_or_zero(counters, "recv_handshake_bytes"), checks);
	if (get(counters, "send_bytes", &bytes))
		check_bytes(facts, "bytes sent = messages x frame + handshake", bytes,
		            get_or_zero(counters, "send_handshake_bytes"), checks);
}

/* A reader that reads ahead makes one more read after each completion, and it fails unless the next
 * message was already there: a race won.  */
static void check_would_blocks(const struct pr_check_facts *facts, const json_t *counters,
                               json_t *checks)
{
	int64_t eagain = get_or_zero(counters, "recv_eagain");
	int64_t tried = get_or_zero(counters, "eagain_speculative");
	int64_t won = get_or_zero(counters, "recv_speculative") - tried;
	int64_t stray = (int64_t)((double)facts->messages * STRAY_PER_MESSAGE);
	int64_t expected = (int64_t)facts->messages - won;

	if (facts->habits.reads_ahead == PR_READS_AHEAD)
		add_text(checks, "would-blocks = messages - races won, at most 0.01 a message more",
		         eagain >= expected && eagain <= expected + stray, "%s against %s - %s",
		         grouped(eagain).text, grouped((int64_t)facts->messages).text,
		         grouped(won).text);
	else if (facts->habits.reads_ahead == PR_READS_WHEN_READY)
		add_text(checks, "would-blocks are at most 0.01 a message", eagain <= stray,
		         "%s of %s messages", grouped(eagain).text,
		         grouped((int64_t)facts->messages).text);
	else if (facts->habits.reads_ahead == PR_READS_WHERE_IT_PAYS)
		add_text(checks,
		         "would-blocks of reads that were not tried ahead are at most 0.01 a "
		         "message",
		         tried >= 0 && eagain - tried <= stray, "%s - %s of %s messages",
		         grouped(eagain).text, grouped(tried).text,
		         grouped((int64_t)facts->messages).text);
}

/* One thread that drives both ends finds its message; one that waits for another process may look
 * once before it sleeps, and then would-blocks are not foretold.  */
static void check_one_in_flight(const struct pr_check_facts *facts, const json_t *counters,
                                json_t *checks)
{
	int64_t full, little;

	if (!one_in_flight(facts) || !get(counters, "recv_full", &full) ||
	    !get(counters, "recv_short", &little))
		return;
	add_equal(checks, "successful receives = messages", full + little,
	          (int64_t)facts->messages);
	if (facts->spec->link.roles == PR_ROLES_ONE)
		check_would_blocks(facts, counters, checks);
}

static bool successful(const json_t *counters, const char *full, const char *little, int64_t *all,
                       int64_t *little_ones)
{
	if (!get(counters, full, all) || !get(counters, little, little_ones))
		return false;
	*all += *little_ones;
	return true;
}

static void check_at_least(const char *name, int64_t value, int64_t least, json_t *checks)
{
	add_text(checks, name, value >= least, "%s against %s", grouped(value).text,
	         grouped(least).text);
}

/* No receive can bring more than what is under way, so there are so many at least.  */
static void check_window(const struct pr_check_facts *facts, const json_t *counters, json_t *checks)
{
	uint64_t most = facts->spec->link.window * frame_bytes(facts), least;
	int64_t all, little;

	if (facts->spec->link.window <= 1 || !facts->exact_wire || !is_foretold(facts) ||
	    !successful(counters, "recv_full", "recv_short", &all, &little))
		return;
	if (facts->habits.read_bytes > 0 && facts->habits.read_bytes < most)
		most = facts->habits.read_bytes;
	least = (facts->messages * frame_bytes(facts) + most - 1) / most;
	check_at_least("successful receives >= bytes / the most that is under way or read", all,
	               (int64_t)least, checks);
}

/* Each full receive takes read_bytes, so a slice of s bytes needs ceil(s / read_bytes) at least,
 * and every receive above that number was a short one; where reads vary, a full one may take less.
 * Finite queues hold reads back: then no formula holds.  */
static void check_streaming(const struct pr_check_facts *facts, const json_t *counters,
                            json_t *checks)
{
	int64_t all, little, least = (int64_t)facts->least_receives;

	if (facts->workload->messages_per_unit > 1 || facts->spec->link.hwm != 0 ||
	    !facts->exact_wire || !is_foretold(facts))
		return;
	if (least > 0 && successful(counters, "recv_full", "recv_short", &all, &little)) {
		if (facts->reads_vary)
			check_at_least("successful receives >= sum of ceil(bytes / largest read)",
			               all, least, checks);
		else
			add_text(checks,
			         "0 <= successful receives - sum of ceil(bytes / read-size) <= "
			         "short receives",
			         all >= least && all - least <= little, "0 <= %s - %s = %s <= %s",
			         grouped(all).text, grouped(least).text, grouped(all - least).text,
			         grouped(little).text);
	}
	least = (int64_t)facts->least_sends;
	if (least > 0 && successful(counters, "send_full", "send_short", &all, &little))
		check_at_least("successful sends >= sum of ceil(bytes / send batch)", all, least,
		               checks);
}

void pr_check_hooks(const struct pr_check_facts *facts, const json_t *counters, json_t *checks)
{
	pr_check_laws(counters, checks);
	check_all_bytes(facts, counters, checks);
	check_one_in_flight(facts, counters, checks);
	check_window(facts, counters, checks);
	check_streaming(facts, counters, checks);
}

/* ---- traces -------------------------------------------------------------------------- */

static struct pr_check_calls sum_calls(const json_t *strace, const char *const *names)
{
	struct pr_check_calls sum = {0};

	for (; *names != NULL; names++) {
		const json_t *call = json_object_get(strace, *names);

		sum.calls += get_or_zero(call, "calls");
		sum.ok += get_or_zero(call, "ok");
		sum.bytes += get_or_zero(call, "bytes");
		sum.eagain += get_or_zero(json_object_get(call, "errors"), "EAGAIN");
	}
	return sum;
}

struct pr_check_calls pr_check_receives(const json_t *strace)
{
	return sum_calls(strace, pr_counts_receive_calls);
}

struct pr_check_calls pr_check_sends(const json_t *strace)
{
	return sum_calls(strace, pr_counts_send_calls);
}

/* What two probes can both tell.  */
enum shared { RECEIVES, WOULD_BLOCKS, RECEIVED_BYTES, SENDS, SENT_BYTES, WAKEUPS, SHARED };

static const struct {
	const char *words, *counter; /* of the hooks; NULL: they count it in another way */
} shared_counts[SHARED] = {
        [RECEIVES] = {"receives", "recv_calls"},
        [WOULD_BLOCKS] = {"would-blocks", "recv_eagain"},
        [RECEIVED_BYTES] = {"bytes received", "recv_bytes"},
        [SENDS] = {"sends", "send_calls"},
        [SENT_BYTES] = {"bytes sent", "send_bytes"},
        [WAKEUPS] = {"writes to an eventfd", NULL},
};

struct values {
	bool known[SHARED];
	int64_t value[SHARED];
};

static struct values values_of_calls(const json_t *calls, bool has_bytes)
{
	struct pr_check_calls received = pr_check_receives(calls), sent = pr_check_sends(calls);
	const json_t *fds = json_object_get(json_object_get(calls, "write"), "fds");

	return (struct values){.known = {true, true, has_bytes, true, has_bytes, true},
	                       .value = {received.calls, received.eagain, received.bytes,
	                                 sent.calls, sent.bytes, get_or_zero(fds, "eventfd")}};
}

static struct values values_of_hooks(const json_t *counters)
{
	struct values values = {.known = {false}};

	for (size_t i = 0; i < SHARED; i++)
		values.known[i] = shared_counts[i].counter != NULL &&
		                  get(counters, shared_counts[i].counter, &values.value[i]);
	return values;
}

static void check_agreement(const char *left_name, const struct values *left,
                            const char *right_name, const struct values *right, json_t *checks)
{
	for (size_t i = 0; i < SHARED; i++) {
		char name[96];

		if (!left->known[i] || !right->known[i])
			continue;
		snprintf(name, sizeof(name), "%s: %s = %s", shared_counts[i].words, left_name,
		         right_name);
		add_equal(checks, name, left->value[i], right->value[i]);
	}
}

void pr_check_watched(const char *probe, const json_t *reading, const json_t *counters,
                      const json_t *strace, json_t *checks)
{
	struct values own, other;

	if (get_or_zero(reading, "lost") != 0)
		add_text(checks, "every thread was counted", false, "%s calls were not counted",
		         grouped(get_or_zero(reading, "lost")).text);
	own = values_of_calls(json_object_get(reading, "calls"), strcmp(probe, "perf") != 0);
	if (strace == NULL && counters == NULL)
		return;
	other = strace != NULL ? values_of_calls(strace, true) : values_of_hooks(counters);
	check_agreement(probe, &own, strace != NULL ? "strace" : "hooks", &other, checks);
}

/* Both ends are in the traced process, so every byte that was sent must be seen to arrive.  */
static void check_traced_bytes(const struct pr_check_facts *facts, const json_t *strace,
                               json_t *checks)
{
	struct pr_check_calls received = pr_check_receives(strace), sent = pr_check_sends(strace);
	int64_t bodies = (int64_t)(facts->messages * facts->spec->link.size);

	add_equal(checks, "bytes received = bytes sent", received.bytes, sent.bytes);
	if (facts->exact_wire)
		check_bytes(facts, "bytes received (strace) = messages x frame", received.bytes, 0,
		            checks);
	else
		add_text(checks, "every body crosses the kernel", received.bytes >= bodies,
		         "%s bytes for %s of bodies", grouped(received.bytes).text,
		         grouped(bodies).text);
}

void pr_check_strace(const struct pr_check_facts *facts, const json_t *counters,
                     const json_t *strace, json_t *checks)
{
	struct pr_check_calls received = pr_check_receives(strace);

	if (counters != NULL) {
		struct values hooks = values_of_hooks(counters);
		struct values traced = values_of_calls(strace, true);

		check_agreement("hooks", &hooks, "strace", &traced, checks);
	}
	if (facts == NULL || !is_foretold(facts))
		return;
	check_traced_bytes(facts, strace, checks);
	if (one_in_flight(facts))
		add_equal(checks, "successful receives (strace) = messages", received.ok,
		          (int64_t)facts->messages);
}
