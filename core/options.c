/* SPDX-License-Identifier: MIT */
/* core/options.c - the table of socket options, and its two readers.  */
#include "core/options.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "core/caller.h"
#include "core/include/proctor/zmq.h"
#include "core/pattern.h"
#include "core/pipe.h"
#include "core/socket.h"

enum kind { KIND_INT = 1, KIND_INT64, KIND_UINT64, KIND_ID };

#define FOR(type) (1u << (8 + (type)))

/* Who may use an option how.  Without any FOR_, all socket types have it; libzmq's REQ is a DEALER
 * and its REP a ROUTER as far as options go.  */
enum access {
	CAN_SET = 1,
	CAN_GET = 2,
	FOR_DEALER = FOR(ZMQ_DEALER) | FOR(ZMQ_REQ),
	FOR_REQ = FOR(ZMQ_REQ),
	FOR_STREAM = FOR(ZMQ_STREAM),
	FOR_ROUTER = FOR(ZMQ_ROUTER) | FOR(ZMQ_REP),
};

struct option {
	int option; /* ZMQ_x */
	enum kind kind;
	unsigned access;
	size_t offset; /* in struct pr_options */
	int64_t least, most;
};

#define FIELD(name) offsetof(struct pr_options, name)
#define SET_GET     (CAN_SET | CAN_GET)

/* clang-format off */
static const struct option table[] = {
	{ZMQ_SNDHWM, KIND_INT, SET_GET, FIELD(sndhwm), 0, INT_MAX},
	{ZMQ_RCVHWM, KIND_INT, SET_GET, FIELD(rcvhwm), 0, INT_MAX},
	{ZMQ_LINGER, KIND_INT, SET_GET, FIELD(linger), -1, INT_MAX},
	{ZMQ_SNDTIMEO, KIND_INT, SET_GET, FIELD(sndtimeo), -1, INT_MAX},
	{ZMQ_RCVTIMEO, KIND_INT, SET_GET, FIELD(rcvtimeo), -1, INT_MAX},
	{ZMQ_RECONNECT_IVL, KIND_INT, SET_GET, FIELD(reconnect_ivl), -1, INT_MAX},
	{ZMQ_RECONNECT_IVL_MAX, KIND_INT, SET_GET, FIELD(reconnect_ivl_max), 0, INT_MAX},
	{ZMQ_CONNECT_TIMEOUT, KIND_INT, SET_GET, FIELD(connect_timeout), 0, INT_MAX},
	{ZMQ_HANDSHAKE_IVL, KIND_INT, SET_GET, FIELD(handshake_ivl), 0, INT_MAX},
	{ZMQ_BACKLOG, KIND_INT, SET_GET, FIELD(backlog), 0, INT_MAX},
	{ZMQ_MAXMSGSIZE, KIND_INT64, SET_GET, FIELD(maxmsgsize), -1, INT64_MAX},
	{ZMQ_AFFINITY, KIND_UINT64, SET_GET, FIELD(affinity), 0, 0},
	{ZMQ_SNDBUF, KIND_INT, SET_GET, FIELD(sndbuf), -1, INT_MAX},
	{ZMQ_RCVBUF, KIND_INT, SET_GET, FIELD(rcvbuf), -1, INT_MAX},
	{ZMQ_TCP_KEEPALIVE, KIND_INT, SET_GET, FIELD(tcp_keepalive), -1, 1},
	{ZMQ_TCP_KEEPALIVE_CNT, KIND_INT, SET_GET, FIELD(tcp_keepalive_cnt), -1, INT_MAX},
	{ZMQ_TCP_KEEPALIVE_IDLE, KIND_INT, SET_GET, FIELD(tcp_keepalive_idle), -1, INT_MAX},
	{ZMQ_TCP_KEEPALIVE_INTVL, KIND_INT, SET_GET, FIELD(tcp_keepalive_intvl), -1, INT_MAX},
	{ZMQ_TOS, KIND_INT, SET_GET, FIELD(tos), 0, INT_MAX},
	{ZMQ_IPV6, KIND_INT, SET_GET, FIELD(ipv6), 0, 1},
	{ZMQ_IMMEDIATE, KIND_INT, SET_GET, FIELD(immediate), 0, 1},
	{ZMQ_ROUTER_MANDATORY, KIND_INT, CAN_SET | FOR_ROUTER, FIELD(router_mandatory), 0, INT_MAX},
	{ZMQ_ROUTER_HANDOVER, KIND_INT, CAN_SET | FOR_ROUTER, FIELD(router_handover), 0, INT_MAX},
	{ZMQ_PROBE_ROUTER, KIND_INT, CAN_SET | FOR_DEALER | FOR_ROUTER, FIELD(probe_router), 0, INT_MAX},
	{ZMQ_INVERT_MATCHING, KIND_INT, SET_GET, FIELD(invert_matching), INT_MIN, INT_MAX},
	{ZMQ_CONFLATE, KIND_INT, SET_GET, FIELD(conflate), 0, 1},
	{ZMQ_ROUTER_RAW, KIND_INT, CAN_SET | FOR_ROUTER, FIELD(raw), 0, INT_MAX},
	{ZMQ_STREAM_NOTIFY, KIND_INT, CAN_SET | FOR_STREAM, FIELD(stream_notify), 0, 1},
	{ZMQ_REQ_CORRELATE, KIND_INT, CAN_SET | FOR_REQ, FIELD(req_correlate), 0, INT_MAX},
	{ZMQ_REQ_RELAXED, KIND_INT, CAN_SET | FOR_REQ, FIELD(req_relaxed), 0, INT_MAX},
	{ZMQ_ROUTING_ID, KIND_ID, SET_GET, FIELD(routing_id), 1, 255},
	{ZMQ_CONNECT_ROUTING_ID, KIND_ID, CAN_SET | FOR_ROUTER | FOR_STREAM, FIELD(connect_routing_id), 1, 255},
};
/* clang-format on */

/* libzmq's defaults (zmq_setsockopt(3)).  */
void pr_options_init(struct pr_options *options)
{
	*options = (struct pr_options){
	        .sndhwm = 1000,
	        .rcvhwm = 1000,
	        .linger = -1,
	        .sndtimeo = -1,
	        .rcvtimeo = -1,
	        .reconnect_ivl = 100,
	        .handshake_ivl = 30000,
	        .stream_notify = 1,
	        .backlog = 100,
	        .maxmsgsize = -1,
	        .sndbuf = -1,
	        .rcvbuf = -1,
	        .tcp_keepalive = -1,
	        .tcp_keepalive_cnt = -1,
	        .tcp_keepalive_idle = -1,
	        .tcp_keepalive_intvl = -1,
	};
}

static bool has(const struct pr_socket *socket, const struct option *option)
{
	return option->access < FOR(0) || option->access & FOR(socket->pattern->type);
}

static const struct option *find(const struct pr_socket *socket, int option, unsigned access)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct option *at = &table[i];

		if (at->option == option && at->access & access)
			return has(socket, at) ? at : NULL;
	}
	return NULL;
}

/* An id and its size are neighbours in struct pr_options.  */
static size_t *id_size(uint8_t *id)
{
	return (size_t *)(void *)(id + 256);
}

static int set_number(const struct option *option, void *field, const void *value, size_t size)
{
	int64_t number;

	if (option->kind == KIND_INT) {
		int small;

		if (size != sizeof(small))
			return EINVAL;
		memcpy(&small, value, sizeof(small));
		number = small;
	} else {
		if (size != sizeof(number))
			return EINVAL;
		memcpy(&number, value, sizeof(number));
	}
	if (option->kind != KIND_UINT64 && (number < option->least || number > option->most))
		return EINVAL;
	memcpy(field, value, size);
	return 0;
}

static int set_id(const struct option *option, uint8_t *field, const void *value, size_t size)
{
	if (size < (size_t)option->least || size > (size_t)option->most)
		return EINVAL;
	memcpy(field, value, size);
	*id_size(field) = size;
	return 0;
}

int pr_options_set(struct pr_socket *socket, int option, const void *value, size_t size)
{
	const struct option *found = find(socket, option, CAN_SET);
	int number;
	int secured = pr_options_set_security(&socket->options, option, value, size);

	if (secured != ENOENT)
		return secured;
	if (socket->pattern->set_option) {
		int answer = socket->pattern->set_option(socket, option, value, size);

		if (answer != EINVAL)
			return answer;
	}
	if (option == ZMQ_IPV4ONLY && size == sizeof(number) && value) {
		memcpy(&number, value, sizeof(number));
		socket->options.ipv6 = !number;
		return number == 0 || number == 1 ? 0 : EINVAL;
	}
	if (!found || !value)
		return EINVAL;
	uint8_t *field = (uint8_t *)&socket->options + found->offset;
	int error = found->kind == KIND_ID ? set_id(found, field, value, size)
	                                   : set_number(found, field, value, size);

	/* The high-water marks hold for pipes that are there already, too. */
	if (!error && (option == ZMQ_SNDHWM || option == ZMQ_RCVHWM))
		for (size_t i = 0; i < socket->pipes_count; i++)
			pr_pipe_set_hwm(socket->pipes[i], &socket->options);
	return error;
}

/* Bytes of a variable size.  */
static int give(const void *from, size_t from_size, void *value, size_t *size)
{
	if (*size < from_size)
		return EINVAL;
	memcpy(value, from, from_size);
	*size = from_size;
	return 0;
}

/* Numbers want their exact size...  */
static int give_number(const void *from, size_t from_size, void *value, size_t *size)
{
	return *size == from_size ? give(from, from_size, value, size) : EINVAL;
}

/* ...except these, of which libzmq takes larger ones too.  */
static bool may_be_wider(int option)
{
	return option == ZMQ_RCVMORE || option == ZMQ_FD || option == ZMQ_EVENTS;
}

/* What is not a field but a state.  False: there is no such option.  */
static bool get_state(struct pr_socket *socket, int option, int *number)
{
	switch (option) {
	case ZMQ_TYPE:
		*number = socket->pattern->type;
		return true;
	case ZMQ_RCVMORE:
		*number = socket->rcvmore;
		return true;
	case ZMQ_FD:
		*number = pr_socket_fd(socket);
		return true;
	case ZMQ_EVENTS:
		pr_caller_give_back(socket);
		*number = pr_socket_events(socket);
		return true;
	case ZMQ_IPV4ONLY:
		*number = !socket->options.ipv6;
		return true;
	case ZMQ_THREAD_SAFE:
		*number = 0;
		return true;
	default:
		return false;
	}
}

int pr_options_get(struct pr_socket *socket, int option, void *value, size_t *size)
{
	const struct option *found = find(socket, option, CAN_GET);
	int number;
	int secured = pr_options_get_security(&socket->options, option, value, size);

	if (secured != ENOENT)
		return secured;
	if (option == ZMQ_LAST_ENDPOINT)
		return give(socket->last_endpoint, strlen(socket->last_endpoint) + 1, value, size);
	if (!found) {
		if (*size < sizeof(number) || !get_state(socket, option, &number))
			return EINVAL;
		return may_be_wider(option) ? give(&number, sizeof(number), value, size)
		                            : give_number(&number, sizeof(number), value, size);
	}
	uint8_t *field = (uint8_t *)&socket->options + found->offset;

	if (found->kind == KIND_ID)
		return give(field, *id_size(field), value, size);
	return give_number(field, found->kind == KIND_INT ? sizeof(int) : sizeof(int64_t), value,
	                   size);
}
