/* SPDX-License-Identifier: MIT */
/* core/handshake.c - see handshake.h.  */
#include "core/handshake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conn.h"
#include "core/endpoint.h"
#include "core/include/proctor/zmq.h"
#include "core/metadata.h"
#include "core/monitor.h"
#include "core/pipe.h"
#include "core/read.h"
#include "core/socket.h"
#include "core/timer.h"
#include "core/transport.h"
#include "core/write.h"
#include "core/zap.h"

bool pr_handshake_create(struct pr_conn *conn)
{
	const struct pr_endpoint *endpoint = conn->endpoint;
	struct pr_handshake *handshake = malloc(sizeof(*handshake));

	conn->handshake = handshake;
	if (!handshake)
		return false;
	memset(handshake, 0, offsetof(struct pr_handshake, input));
	pr_zmtp_init(&handshake->zmtp, endpoint->socket_type, &endpoint->options);
	return true;
}

static void free_handshake(struct pr_handshake *handshake)
{
	pr_zmtp_fini(&handshake->zmtp);
	pr_metadata_unref(handshake->metadata, 1);
	free(handshake);
}

void pr_handshake_end(struct pr_conn *conn)
{
	struct pr_handshake *handshake = conn->handshake;

	pr_timer_stop(&conn->timer);
	if (!handshake)
		return;
	pr_zap_forget(conn);
	free_handshake(handshake);
	conn->handshake = NULL;
}

/* The one place where a failure is told; zmtp.failure says what.  */
static void tell_failure(struct pr_conn *conn)
{
	struct pr_handshake *handshake = conn->handshake;
	const struct pr_zmtp_failure *failure = &handshake->zmtp.failure;

	if (handshake->is_told || !failure->why)
		return;
	handshake->is_told = true;
	if (failure->event != 0)
		pr_monitor_tell_conn(conn, failure->event, failure->value);
}

static void tell_disconnected(struct pr_conn *conn)
{
	pr_monitor_tell_conn(conn, ZMQ_EVENT_DISCONNECTED, conn->watch.fd);
}

static void give_up(void *arg)
{
	struct pr_conn *conn = arg;

	if (!conn->handshake->is_told)
		pr_monitor_tell_conn(conn, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, EAGAIN);
	tell_disconnected(conn);
	pr_conn_close(conn);
}

/* A peer that speaks something else may be replaced by one that speaks ZMTP; from one that does,
 * and that does not fit, nothing better is to be expected.  */
static void fail(struct pr_conn *conn)
{
	conn->is_broken = !conn->handshake->zmtp.is_passing;
	tell_disconnected(conn);
	pr_conn_close(conn);
}

/* ---- Who is there ---- */

static bool add(struct pr_metadata *metadata, const char *name, const char *value)
{
	return pr_metadata_add(metadata, name, strlen(name), value, strlen(value));
}

/* What comes first is what is found: so the peer cannot say where it is, nor who, when a ZAP
 * handler said so.  */
static struct pr_metadata *get_metadata(struct pr_conn *conn)
{
	struct pr_handshake *handshake = conn->handshake;
	char fd[16];

	if (handshake->metadata)
		return handshake->metadata;
	handshake->metadata = pr_metadata_create();
	if (!handshake->metadata)
		return NULL;
	snprintf(fd, sizeof(fd), "%d", conn->watch.fd);
	if (handshake->peer_address[0] &&
	    (!add(handshake->metadata, "Peer-Address", handshake->peer_address) ||
	     !add(handshake->metadata, PR_METADATA_FD, fd)))
		return NULL;
	return handshake->metadata;
}

static bool add_properties(struct pr_metadata *metadata, const uint8_t *at, size_t size)
{
	struct pr_property property;

	while (pr_property_next(&at, &size, &property) > 0)
		if (!pr_metadata_add(metadata, property.name, property.name_size, property.value,
		                     property.value_size))
			return false;
	return true;
}

/* What the handler says of the peer.  */
static bool add_user(struct pr_conn *conn, const struct pr_zap_reply *reply)
{
	struct pr_metadata *metadata = get_metadata(conn);

	return metadata &&
	       pr_metadata_add(metadata, "User-Id", strlen("User-Id"), reply->user_id,
	                       reply->user_id_size) &&
	       add_properties(metadata, reply->metadata, reply->metadata_size);
}

static bool add_peer(struct pr_conn *conn)
{
	const struct pr_zmtp *zmtp = &conn->handshake->zmtp;
	struct pr_metadata *metadata = get_metadata(conn);

	return metadata && add_properties(metadata, zmtp->properties, zmtp->properties_size);
}

/* ---- Traffic ---- */

/* The pipe of an accepted connection is made when its peer is known to speak ZMTP.  */
static bool join_pipe(struct pr_conn *conn)
{
	const struct pr_zmtp *zmtp = &conn->handshake->zmtp;
	struct pr_pipe *pipe = conn->pipe;

	if (!pipe)
		pipe = pr_pipe_create(conn->endpoint->socket, conn->loop, conn->endpoint);
	if (!pipe)
		return false;
	conn->pipe = pipe;
	pipe->conn = conn;
	pipe->peer_minor = zmtp->peer_minor;
	if (!pipe->is_announced) {
		pipe->is_announced = true;
		pipe->peer_id_size = zmtp->routing_id_size;
		memcpy(pipe->peer_id, zmtp->routing_id, pipe->peer_id_size);
	}
	return true;
}

/* What the pattern has to say before all else.  */
static bool greet(struct pr_conn *conn)
{
	struct pr_socket *socket = conn->endpoint->socket;
	uint8_t *bytes = NULL;
	size_t size = 0;

	if (!socket->pattern->greet)
		return true;
	if (socket->pattern->greet(socket, conn->pipe, &bytes, &size) != 0)
		return false;
	if (size > 0)
		pr_write_own(conn, bytes, size);
	free(bytes);
	return true;
}

static void start_traffic(struct pr_conn *conn)
{
	bool is_stopped = !conn->pipe && atomic_load(&conn->endpoint->is_stopping);

	if (is_stopped || !add_peer(conn) || !join_pipe(conn) ||
	    !pr_queue_set_metadata(&conn->pipe->in, conn->handshake->metadata)) {
		pr_conn_close(conn);
		return;
	}
	struct pr_handshake *handshake = conn->handshake;

	conn->handshake = NULL; /* its input is still needed */
	pr_timer_stop(&conn->timer);
	conn->state = PR_CONN_TRAFFIC;
	pr_read_attach(conn);
	if (!greet(conn)) {
		free_handshake(handshake);
		pr_conn_close(conn);
		return;
	}
	pr_conn_tell_app(conn, PR_APP_ATTACH);
	if (conn->is_raw)
		pr_read_notice(conn);
	pr_monitor_tell_conn(conn, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0);
	if (handshake->input_size > 0)
		pr_read_feed(conn, handshake->input, handshake->input_size);
	free_handshake(handshake);
	if (conn->state != PR_CONN_TRAFFIC)
		return;
	if (!conn->is_raw)
		pr_heartbeat_start(conn);
	if (conn->pipe->is_closing)
		pr_conn_close_when_flushed(conn);
	else
		pr_write(conn, PR_SEND_WAKEUP);
}

/* ---- The machine's hands ---- */

static void say(struct pr_conn *conn)
{
	struct pr_zmtp *zmtp = &conn->handshake->zmtp;

	if (zmtp->out_size == 0)
		return;
	pr_write_control(conn, zmtp->out, zmtp->out_size);
	zmtp->out_size = 0;
	pr_write(conn, PR_SEND_WAKEUP);
}

/* Does what the machine wants after a step.  False: the handshake is over.  */
static bool serve(struct pr_conn *conn)
{
	struct pr_zmtp *zmtp = &conn->handshake->zmtp;

	if (zmtp->zap == PR_ZMTP_ZAP_DUE) {
		zmtp->zap = PR_ZMTP_ZAP_ASKED;
		if (!pr_zap_ask(conn))
			pr_zmtp_zap_absent(zmtp);
	}
	tell_failure(conn);
	say(conn);
	if (conn->state != PR_CONN_HANDSHAKE)
		return false; /* the peer had gone when we spoke */
	if (zmtp->state == PR_ZMTP_BAD)
		fail(conn);
	else if (zmtp->state == PR_ZMTP_DONE)
		start_traffic(conn);
	else
		return true;
	return false;
}

void pr_handshake_received(struct pr_conn *conn, size_t size)
{
	struct pr_handshake *handshake = conn->handshake;
	size_t used;

	handshake->input_size += size;
	do {
		used = pr_zmtp_feed(&handshake->zmtp, handshake->input, handshake->input_size);
		PR_COUNT(&conn->counters, recv_handshake_bytes, used);
		handshake->input_size -= used;
		memmove(handshake->input, handshake->input + used, handshake->input_size);
	} while (serve(conn) && used > 0);
}

void pr_handshake_answered(struct pr_conn *conn, const struct pr_zap_reply *reply)
{
	struct pr_zmtp *zmtp = &conn->handshake->zmtp;

	if (!reply)
		pr_zmtp_zap_lost(zmtp, "the ZAP handler went away without an answer");
	else if (reply->fault)
		pr_zmtp_fail(zmtp, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, reply->fault,
		             "the ZAP handler's answer is malformed");
	else if (!add_user(conn, reply))
		pr_zmtp_zap_lost(zmtp, "no memory for what the ZAP handler says");
	else
		pr_zmtp_zap_answer(zmtp, reply->status);
	serve(conn);
}

void pr_handshake_begin(struct pr_conn *conn)
{
	const struct pr_endpoint *endpoint = conn->endpoint;
	struct pr_handshake *handshake = conn->handshake;

	endpoint->address.transport->locate_peer(conn->watch.fd, handshake->peer_address,
	                                         sizeof(handshake->peer_address));
	if (conn->is_raw) {
		start_traffic(conn);
		return;
	}
	if (endpoint->options.handshake_ivl > 0)
		pr_timer_start(&conn->timer, conn->loop, (uint64_t)endpoint->options.handshake_ivl,
		               give_up, conn);
	say(conn);
}
