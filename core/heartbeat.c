/* SPDX-License-Identifier: MIT */
/* core/heartbeat.c - see heartbeat.h.  */
#include "core/heartbeat.h"

#include "core/conn.h"
#include "core/endpoint.h"
#include "core/timer.h"
#include "core/write.h"
#include "core/zmtp.h"

#define TTL_UNIT_MS 100

static bool is_deaf(const struct pr_conn *conn)
{
	return conn->read.paused || conn->is_closing;
}

/* ---- What the peer promises ---- */

static void start_ttl(struct pr_conn *conn);

static void ttl_is_over(void *arg)
{
	struct pr_conn *conn = arg;

	if (conn->heartbeat.heard == conn->heartbeat.heard_at_ttl && !is_deaf(conn))
		pr_conn_lost(conn);
	else
		start_ttl(conn);
}

static void start_ttl(struct pr_conn *conn)
{
	struct pr_heartbeat *heartbeat = &conn->heartbeat;

	heartbeat->heard_at_ttl = heartbeat->heard;
	pr_timer_start(&heartbeat->ttl, conn->loop, heartbeat->ttl_ms, ttl_is_over, conn);
}

/* The clock runs from the first PING on; later ones are heard like everything else.  One that was
 * held back until after its peer had gone promises nothing: no clock may outlive the connection.
 * libzmq's product of the TTL and its unit has 16 bits only; ours has all it needs.  */
void pr_heartbeat_pinged(struct pr_conn *conn, const uint8_t *body)
{
	struct pr_heartbeat *heartbeat = &conn->heartbeat;
	uint64_t ttl_ms = ((uint64_t)body[5] << 8 | body[6]) * TTL_UNIT_MS;

	if (ttl_ms == heartbeat->ttl_ms || conn->state != PR_CONN_TRAFFIC)
		return;
	pr_timer_stop(&heartbeat->ttl);
	heartbeat->ttl_ms = ttl_ms;
	if (ttl_ms > 0)
		start_ttl(conn);
}

/* ---- What we ask ---- */

static void no_answer(void *arg)
{
	struct pr_conn *conn = arg;

	/* What was heard since lets the next PING start the time anew; and nobody answers to one
	 * that has not left yet, because the peer is slow to take what is before it. */
	if (conn->heartbeat.heard == conn->heartbeat.heard_at_ping && !is_deaf(conn) &&
	    !conn->write.blocked)
		pr_conn_lost(conn);
}

static int timeout_ms(const struct pr_options *options)
{
	return options->heartbeat_timeout < 0 ? options->heartbeat_ivl : options->heartbeat_timeout;
}

static void expect_answer(struct pr_conn *conn)
{
	struct pr_heartbeat *heartbeat = &conn->heartbeat;
	int ms = timeout_ms(&conn->endpoint->options);

	if (ms == 0 || (heartbeat->timeout && heartbeat->heard == heartbeat->heard_at_ping))
		return;
	pr_timer_stop(&heartbeat->timeout);
	heartbeat->heard_at_ping = heartbeat->heard;
	pr_timer_start(&heartbeat->timeout, conn->loop, (uint64_t)ms, no_answer, conn);
}

static void start_ping(struct pr_conn *conn);

/* A PING that still waits for room says as much as two.  */
static void ping(void *arg)
{
	struct pr_conn *conn = arg;
	uint8_t frame[PR_ZMTP_PING_SIZE];

	start_ping(conn);
	if (pr_write_has_control(conn))
		return;
	pr_zmtp_ping(frame, (uint16_t)(conn->endpoint->options.heartbeat_ttl / TTL_UNIT_MS));
	pr_write_control(conn, frame, sizeof(frame));
	expect_answer(conn);
}

static void start_ping(struct pr_conn *conn)
{
	int ms = conn->endpoint->options.heartbeat_ivl;

	if (ms > 0)
		pr_timer_start(&conn->heartbeat.ping, conn->loop, (uint64_t)ms, ping, conn);
}

void pr_heartbeat_start(struct pr_conn *conn)
{
	start_ping(conn);
}

void pr_heartbeat_stop(struct pr_conn *conn)
{
	pr_timer_stop(&conn->heartbeat.ping);
	pr_timer_stop(&conn->heartbeat.timeout);
	pr_timer_stop(&conn->heartbeat.ttl);
}
