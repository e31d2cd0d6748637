/* SPDX-License-Identifier: MIT */
/* core/options.c - the table of socket options, and its two readers.  */
#include "core/options.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "core/caller.h"
#include "core/filter.h"
#include "core/include/proctor/zmq.h"
#include "core/pattern.h"
#include "core/pipe.h"
#include "core/socket.h"

/* Their names are in the draft part of libzmq's header, but 4.3.4 has them in any build.  */
enum {
	LOOPBACK_FASTPATH = 94,
	MULTICAST_LOOP = 96,
	SOCKS_USERNAME = 99,
	SOCKS_PASSWORD = 100,
	RECONNECT_STOP = 109,
};

/* FLAG: an int, all of whose values but 0 mean 1.  */
enum kind { KIND_INT = 1, KIND_FLAG, KIND_INT64, KIND_UINT64, KIND_ID, KIND_TEXT };

/* HEARTBEAT_TTL is sent in 16 bits, in this unit; what does not fill one is dropped.  */
#define TTL_UNIT_MS 100
#define TTL_MOST    (UINT16_MAX * TTL_UNIT_MS + TTL_UNIT_MS - 1)

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
	{ZMQ_HEARTBEAT_IVL, KIND_INT, SET_GET, FIELD(heartbeat_ivl), 0, INT_MAX},
	{ZMQ_HEARTBEAT_TTL, KIND_INT, SET_GET, FIELD(heartbeat_ttl), 1 - TTL_UNIT_MS, TTL_MOST},
	{ZMQ_HEARTBEAT_TIMEOUT, KIND_INT, SET_GET, FIELD(heartbeat_timeout), 0, INT_MAX},
	{ZMQ_BACKLOG, KIND_INT, SET_GET, FIELD(backlog), 0, INT_MAX},
	{ZMQ_MAXMSGSIZE, KIND_INT64, SET_GET, FIELD(maxmsgsize), INT64_MIN, INT64_MAX},
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
	{ZMQ_INVERT_MATCHING, KIND_FLAG, SET_GET, FIELD(invert_matching), INT_MIN, INT_MAX},
	{ZMQ_CONFLATE, KIND_INT, SET_GET, FIELD(conflate), 0, 1},
	{ZMQ_ROUTER_RAW, KIND_INT, CAN_SET | FOR_ROUTER, FIELD(raw), 0, INT_MAX},
	{ZMQ_STREAM_NOTIFY, KIND_INT, CAN_SET | FOR_STREAM, FIELD(stream_notify), 0, 1},
	{ZMQ_REQ_CORRELATE, KIND_INT, CAN_SET | FOR_REQ, FIELD(req_correlate), 0, INT_MAX},
	{ZMQ_REQ_RELAXED, KIND_INT, CAN_SET | FOR_REQ, FIELD(req_relaxed), 0, INT_MAX},
	{ZMQ_TCP_MAXRT, KIND_INT, SET_GET, FIELD(tcp_maxrt), 0, INT_MAX},
	{ZMQ_USE_FD, KIND_INT, SET_GET, FIELD(use_fd), -1, INT_MAX},
	{ZMQ_RATE, KIND_INT, SET_GET, FIELD(rate), 1, INT_MAX},
	{ZMQ_RECOVERY_IVL, KIND_INT, SET_GET, FIELD(recovery_ivl), 0, INT_MAX},
	{ZMQ_MULTICAST_HOPS, KIND_INT, SET_GET, FIELD(multicast_hops), 1, INT_MAX},
	{ZMQ_MULTICAST_MAXTPDU, KIND_INT, SET_GET, FIELD(multicast_maxtpdu), 1, INT_MAX},
	{MULTICAST_LOOP, KIND_FLAG, SET_GET, FIELD(multicast_loop), INT_MIN, INT_MAX},
	{LOOPBACK_FASTPATH, KIND_FLAG, SET_GET, FIELD(loopback_fastpath), INT_MIN, INT_MAX},
	{RECONNECT_STOP, KIND_INT, SET_GET, FIELD(reconnect_stop), INT_MIN, INT_MAX},
	{ZMQ_BINDTODEVICE, KIND_TEXT, SET_GET, FIELD(bind_to_device), 1, 16},
	{ZMQ_SOCKS_PROXY, KIND_TEXT, SET_GET, FIELD(socks_proxy), 1, 255},
	{SOCKS_USERNAME, KIND_TEXT, SET_GET, FIELD(socks_username), 0, 255},
	{SOCKS_PASSWORD, KIND_TEXT, SET_GET, FIELD(socks_password), 0, 255},
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
	        .heartbeat_timeout = -1,
	        .use_fd = -1,
	        .rate = 100,
	        .recovery_ivl = 10000,
	        .multicast_hops = 1,
	        .multicast_maxtpdu = 1500,
	        .multicast_loop = 1,
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

static bool is_int(const struct option *option)
{
	return option->kind == KIND_INT || option->kind == KIND_FLAG;
}

/* An id or a text and its size are neighbours in struct pr_options.  */
#define ARE_NEIGHBOURS(name)                                                                       \
	_Static_assert(FIELD(name##_size) == FIELD(name) + 256, "the size comes right behind")
ARE_NEIGHBOURS(routing_id);
ARE_NEIGHBOURS(connect_routing_id);
ARE_NEIGHBOURS(bind_to_device);
ARE_NEIGHBOURS(socks_proxy);
ARE_NEIGHBOURS(socks_username);
ARE_NEIGHBOURS(socks_password);

static size_t *id_size(uint8_t *id)
{
	return (size_t *)(void *)(id + 256);
}

static int set_number(const struct option *option, void *field, const void *value, size_t size)
{
	int64_t number;

	if (is_int(option)) {
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
	if (option->kind == KIND_FLAG)
		*(int *)field = number != 0;
	return 0;
}

/* NULL: none.  */
static int set_text(const struct option *option, uint8_t *field, const void *value, size_t size)
{
	if (value ? size < (size_t)option->least || size > (size_t)option->most : size > 0)
		return EINVAL;
	if (size > 0)
		memcpy(field, value, size);
	field[size] = '\0';
	*id_size(field) = size;
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

static int set_field(const struct option *option, uint8_t *field, const void *value, size_t size)
{
	switch (option->kind) {
	case KIND_ID:
		return set_id(option, field, value, size);
	case KIND_TEXT:
		return set_text(option, field, value, size);
	default:
		return set_number(option, field, value, size);
	}
}

static bool is_filter(int option)
{
	return option == ZMQ_TCP_ACCEPT_FILTER || option == ZMQ_IPC_FILTER_PID ||
	       option == ZMQ_IPC_FILTER_UID || option == ZMQ_IPC_FILTER_GID;
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
	if (is_filter(option))
		return pr_filter_set(&socket->options.filter, socket->options.ipv6, option, value,
		                     size);
	if (!found || (!value && found->kind != KIND_TEXT))
		return EINVAL;
	int error = set_field(found, (uint8_t *)&socket->options + found->offset, value, size);

	socket->options.heartbeat_ttl -= socket->options.heartbeat_ttl % TTL_UNIT_MS;
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
	return option == ZMQ_RCVMORE || option == ZMQ_FD || option == ZMQ_EVENTS ||
	       option == ZMQ_THREAD_SAFE;
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
	if (found->kind == KIND_TEXT)
		return give(field, *id_size(field) + 1, value, size);
	return give_number(field, is_int(found) ? sizeof(int) : sizeof(int64_t), value, size);
}
