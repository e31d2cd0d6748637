/* SPDX-License-Identifier: MIT */
/* analyzers/cause/lost_data.c - messages that did not arrive, or not once, in order and unchanged;
 * and where on their way that happened, as far as counters tell.
 *
 * The way of a message: the sending application, the sending engine, the socket (send_bytes), the
 * receiving engine (recv_bytes), the application's queue (recv_messages), the application.  A
 * message is lost between the last place that had it and the first that did not.  */
#include <math.h>
#include <stdlib.h>

#include "analyzers/cause.h"
#include "analyzers/numbers.h"
#include "core/base/buf.h"

struct way {
	double sent, received; /* messages, by the applications */
	double lost, reordered, duplicated, corrupt;
	double wire;             /* bytes of all that was sent; NaN when it cannot be foretold */
	double out, in, arrived; /* send_bytes, recv_bytes, recv_messages */
	bool stalled;
};

static double or_zero(double value)
{
	return isnan(value) ? 0 : value;
}

static struct way read_way(const struct pr_cause_facts *facts)
{
	const json_t *seen = facts->integrity;
	double control_out = or_zero(pr_cause_hook(facts, "send_handshake_bytes"));
	double control_in = or_zero(pr_cause_hook(facts, "recv_handshake_bytes"));
	struct way way = {
	        .sent = pr_cause_number(seen, "sent"),
	        .received = pr_cause_number(seen, "received"),
	        .lost = or_zero(pr_cause_number(seen, "lost")),
	        .reordered = or_zero(pr_cause_number(seen, "reordered")),
	        .duplicated = or_zero(pr_cause_number(seen, "duplicated")),
	        .corrupt = or_zero(pr_cause_number(seen, "corrupt")),
	        .wire = pr_cause_number(seen, "wire_bytes") * pr_cause_number(seen, "sent"),
	        .out = pr_cause_hook(facts, "send_bytes") - control_out,
	        .in = pr_cause_hook(facts, "recv_bytes") - control_in,
	        .arrived = pr_cause_hook(facts, "recv_messages"),
	        .stalled = pr_cause_number(seen, "stalled") > 0,
	};

	return way;
}

/* ---- where ----------------------------------------------------------------------------------- */

/* Connections broke although nobody wanted them to.  What the engine did wrong before two laws
 * tell: what came is decoded, held or half a frame; and a stop ends when nothing is held any more.
 */
static void say_torn(const struct pr_cause_facts *facts, double closed, double stops,
                     struct pr_buf *text)
{
	double missing = pr_cause_hook(facts, "input_missing_bytes");
	double early = pr_cause_hook(facts, "restarts_too_early");

	pr_buf_printf(text,
	              " connections_closed %s, stops %s: connections broke in the middle, under "
	              "backpressure, and what was held or under way went with them.",
	              pr_numbers_count(closed).text, pr_numbers_count(stops).text);
	if (early > 0)
		pr_buf_printf(text,
		              " restarts_too_early %s of restarts %s: a stop was released while "
		              "bytes were held back, so held bytes were overtaken by newer ones.",
		              pr_numbers_count(early).text,
		              pr_numbers_count(pr_cause_hook(facts, "restarts")).text);
	if (missing > 0)
		pr_buf_printf(
		        text,
		        " input_missing_bytes %s: of what was received so much was neither "
		        "decoded nor held any more: a part of the held bytes was dropped when "
		        "they were handed on.",
		        pr_numbers_count(missing).text);
}

/* A connection ended; with what, by whom.  False when none did.  */
static bool say_closed(const struct pr_cause_facts *facts, struct pr_buf *text)
{
	double closed = pr_cause_hook(facts, "connections_closed");
	double capped = pr_cause_hook(facts, "cap_disconnects");
	double held = pr_cause_hook(facts, "stops_ended_by_close");
	double stops = pr_cause_hook(facts, "stops");

	if (capped > 0)
		pr_buf_printf(text,
		              " cap_disconnects %s: connections were closed at the cap, and what "
		              "was held or under way went with them.",
		              pr_numbers_count(capped).text);
	else if (held > 0 && pr_cause_hook(facts, "recv_end") > 0)
		pr_buf_printf(text,
		              " stops_ended_by_close %s, recv_end %s: the peer closed while bytes "
		              "were held back, and those were dropped.",
		              pr_numbers_count(held).text,
		              pr_numbers_count(pr_cause_hook(facts, "recv_end")).text);
	else if (closed > 0 && stops > 0)
		say_torn(facts, closed, stops, text);
	else if (closed > 0)
		pr_buf_printf(text,
		              " connections_closed %s: connections broke, and what was under way "
		              "went with them.",
		              pr_numbers_count(closed).text);
	return capped > 0 || held > 0 || closed > 0;
}

/* Received and not delivered.  */
static void say_inside(const struct pr_cause_facts *facts, const struct way *way,
                       struct pr_buf *text)
{
	double stops = pr_cause_hook(facts, "stops"), restarts = pr_cause_hook(facts, "restarts");

	pr_buf_printf(text,
	              " recv_bytes holds all that was sent, recv_messages is %s: the receiving "
	              "engine had them and did not hand them on.",
	              pr_numbers_count(way->arrived).text);
	if (stops > 0 && restarts > 0 && pr_cause_hook(facts, "stopped_now") > 0)
		pr_buf_printf(text,
		              " stops %s, restarts %s: it was holding bytes back and had begun to "
		              "hand them on; dropped on that way.",
		              pr_numbers_count(stops).text, pr_numbers_count(restarts).text);
	else if (stops > 0)
		pr_buf_printf(text,
		              " stops %s, restarts %s: it was holding bytes back, or had just "
		              "ceased to.",
		              pr_numbers_count(stops).text, pr_numbers_count(restarts).text);
}

/* What is only late is not lost: *verdict says so then.  */
static void say_where(const struct pr_cause_facts *facts, const struct way *way,
                      enum pr_cause_verdict *verdict, struct pr_buf *text)
{
	double partial = pr_cause_hook(facts, "send_short");
	bool closed = say_closed(facts, text);

	if (!closed && way->arrived > way->received && way->stalled) {
		*verdict = PR_CAUSE_NO;
		pr_buf_printf(text,
		              " recv_messages is %s: nothing was lost on the way, the application "
		              "was not woken for what lies in its queue.",
		              pr_numbers_count(way->arrived).text);
	} else if (way->out < way->wire && partial > 0 && (closed || way->in == way->out)) {
		pr_buf_printf(text,
		              " send_bytes lacks %s bytes of what was handed over, and send_short "
		              "is %s: the rest of a partial send was dropped%s.",
		              pr_numbers_count(way->wire - way->out).text,
		              pr_numbers_count(partial).text,
		              closed ? ", or went with the connection" : "");
	} else if (!closed && way->out < way->wire) {
		*verdict = PR_CAUSE_CANNOT_TELL;
		pr_buf_printf(text, " send_bytes lacks %s bytes: they were never sent.",
		              pr_numbers_count(way->wire - way->out).text);
	} else if (!closed && way->in >= way->wire && way->arrived < way->sent) {
		say_inside(facts, way, text);
	}
}

/* ---- what it looked like --------------------------------------------------------------------- */

static void add_kind(struct pr_buf *text, const char *kind)
{
	pr_buf_printf(text, "%s%s", text->size > 0 ? ", " : "", kind);
}

/* By what the application saw of the numbers and sums of its messages; where it saw nothing odd and
 * connections broke without a cap, the stream was torn: what arrived was no sequence of frames.  */
static void say_kinds(const struct pr_cause_facts *facts, const struct way *way, bool missing,
                      struct pr_buf *text)
{
	bool closed = pr_cause_hook(facts, "connections_closed") > 0;
	bool capped = pr_cause_hook(facts, "cap_disconnects") > 0;
	bool ended = pr_cause_hook(facts, "recv_end") > 0 &&
	             pr_cause_hook(facts, "stops_ended_by_close") > 0;
	struct pr_buf kinds;

	pr_buf_init(&kinds);
	if (way->lost > 0)
		add_kind(&kinds, "lost");
	if (way->duplicated > 0)
		add_kind(&kinds, "repeated");
	if (way->reordered > 0)
		add_kind(&kinds, "reordered");
	if (way->corrupt > 0 || (missing && closed && !capped && !ended))
		add_kind(&kinds, "torn");
	if (kinds.size == 0)
		add_kind(&kinds, "missing");
	pr_buf_printf(text, " That is: %s.", kinds.text);
	pr_buf_fini(&kinds);
}

/* ---- what ------------------------------------------------------------------------------------ */

static void judge(const struct pr_cause_facts *facts, struct pr_cause_finding *finding)
{
	struct way way = read_way(facts);
	bool odd = way.lost > 0 || way.reordered > 0 || way.duplicated > 0 || way.corrupt > 0;
	bool missing = way.stalled && way.received < way.sent;
	enum pr_cause_verdict unused;
	struct pr_buf text;

	if (facts->integrity == NULL) {
		finding->evidence = pr_strdup("No message was numbered and checked.");
		return;
	}
	pr_buf_init(&text);
	finding->verdict = odd || missing ? PR_CAUSE_YES : PR_CAUSE_NO;
	pr_buf_printf(&text,
	              "%s messages were sent and %s received: %s lost, %s reordered, %s "
	              "duplicated, %s corrupt%s.",
	              pr_numbers_count(way.sent).text, pr_numbers_count(way.received).text,
	              pr_numbers_count(way.lost).text, pr_numbers_count(way.reordered).text,
	              pr_numbers_count(way.duplicated).text, pr_numbers_count(way.corrupt).text,
	              missing ? "; the application waited for the rest in vain" : "");
	if (way.stalled && !missing) {
		finding->verdict = PR_CAUSE_CANNOT_TELL;
		pr_buf_puts(&text, " It came to a standstill all the same.");
	}
	if (finding->verdict == PR_CAUSE_YES) {
		say_kinds(facts, &way, missing, &text);
		say_where(facts, &way, odd ? &unused : &finding->verdict, &text);
	}
	finding->evidence = pr_buf_take(&text);
	pr_buf_fini(&text);
}

const struct pr_cause_ops pr_cause_lost_data = {
        .name = "lost-data",
        .question = "Were messages lost, reordered, duplicated or changed?",
        .version = PR_CAUSE_OPS_VERSION,
        .judge = judge,
};
