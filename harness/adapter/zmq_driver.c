/* SPDX-License-Identifier: MIT */
/* harness/adapter/zmq_driver.c - one driver for every library with the libzmq C API.  */
#include "harness/adapter/zmq_driver.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "harness/adapter/lend.h"
#include "harness/library.h"
#include "harness/shared.h"

/* libzmq's numbers; they are part of its ABI.  */
enum {
	ZMQ_PAIR = 0,
	ZMQ_PUB = 1,
	ZMQ_SUB = 2,
	ZMQ_REQ = 3,
	ZMQ_REP = 4,
	ZMQ_DEALER = 5,
	ZMQ_ROUTER = 6,
	ZMQ_PULL = 7,
	ZMQ_PUSH = 8,
	ZMQ_IO_THREADS = 1,
	ZMQ_ROUTING_ID = 5,
	ZMQ_SUBSCRIBE = 6,
	ZMQ_LINGER = 17,
	ZMQ_SNDHWM = 23,
	ZMQ_RCVHWM = 24,
	ZMQ_LAST_ENDPOINT = 32,
	ZMQ_ROUTER_MANDATORY = 33,
	ZMQ_DONTWAIT = 1,
	ZMQ_SNDMORE = 2,
	ZMQ_POLLIN = 1,
};

/* ---- the library --------------------------------------------------------------------- */

static enum pr_err find_functions(struct pr_engine *engine, const char *name, struct pr_error *why)
{
#define FIND(result, function, arguments)                                                          \
	*(void **)&engine->function = dlsym(engine->handle, #function);                            \
	if (engine->function == NULL)                                                              \
		return pr_error_set(why, PR_FAILED,                                                \
		                    "%s has no function " #function                                \
		                    "(): it is not a library with the libzmq API",                 \
		                    name);
	PR_ZMQ_FUNCTIONS(FIND)
#undef FIND
	return PR_OK;
}

static void find_other_functions(struct pr_engine *engine)
{
	*(void **)&engine->zmq_poll = dlsym(engine->handle, "zmq_poll");
#define FIND(result, function, arguments)                                                          \
	*(void **)&engine->function = dlsym(engine->handle, #function);                            \
	if (engine->function == NULL)                                                              \
		engine->missing = #function;
	PR_ZMQ_MSG_FUNCTIONS(FIND)
#undef FIND
}

void pr_zmq_driver_unload(struct pr_engine **taken)
{
	free(*taken);
	*taken = NULL;
}

enum pr_err pr_zmq_driver_load(const struct pr_adapter_ops *ops, const char *const *names,
                               struct pr_engine **result, struct pr_engine_info *info,
                               struct pr_error *why)
{
	struct pr_engine *engine = pr_alloc(sizeof(*engine));
	int major, minor, patch;
	enum pr_err err;

	memset(engine, 0, sizeof(*engine));
	engine->ops = ops;
	*result = engine;
	err = pr_library_open(names, &engine->handle, why);
	if (err == PR_OK)
		err = find_functions(engine, names[0], why);
	if (err == PR_OK)
		err = pr_library_identify((const void *)(uintptr_t)engine->zmq_ctx_new, info, why);
	if (err != PR_OK) {
		pr_zmq_driver_unload(result);
		return err;
	}
	find_other_functions(engine);
	engine->zmq_version(&major, &minor, &patch);
	snprintf(info->version, sizeof(info->version), "%d.%d.%d", major, minor, patch);
	return PR_OK;
}

/* ---- sockets ------------------------------------------------------------------------- */

static const char *const ids[2] = {"router-a", "router-b"};
#define ID_SIZE 8

struct socket {
	void *zmq;
	bool is_router;          /* an id stands before each body */
	bool delimits;           /* and an empty frame behind the id */
	unsigned char id[256];   /* of api=send: the last id received */
	unsigned char *body;     /* of api=send: the last body received */
	struct pr_zmq_msg frame; /* of api=msg: the last frame received */
} __attribute__((aligned(128)));

struct zmq_link {
	struct pr_link link;
	struct pr_engine *engine;
	void *context;
	size_t body_room;
	bool by_msg;              /* api=msg */
	bool polls;               /* wait=poll */
	struct pr_lender *lender; /* NULL when bodies are copied */
	size_t lend_size;
	struct socket ends[2];            /* zmq is NULL when the end is elsewhere */
	char (*peers)[PR_CLIENT_ID_SIZE]; /* ids that A names in turn; NULL when it has one peer */
	uint64_t peer_count, turn;
};

static struct zmq_link *link_of(struct pr_link *link)
{
	return (struct zmq_link *)link;
}

static enum pr_err failed(const struct pr_engine *engine, const char *call, int end,
                          struct pr_error *why)
{
	return pr_error_set(why, PR_FAILED, "%s on end %c failed: %s", call, 'A' + end,
	                    engine->zmq_strerror(engine->zmq_errno()));
}

static const int socket_types[PR_PATTERNS][2] = {
        [PR_ROUTER_ROUTER] = {ZMQ_ROUTER, ZMQ_ROUTER},
        [PR_DEALER_ROUTER] = {ZMQ_DEALER, ZMQ_ROUTER},
        [PR_DEALER_DEALER] = {ZMQ_DEALER, ZMQ_DEALER},
        [PR_PAIR] = {ZMQ_PAIR, ZMQ_PAIR},
        [PR_PUSH_PULL] = {ZMQ_PUSH, ZMQ_PULL},
        [PR_PUB_SUB] = {ZMQ_PUB, ZMQ_SUB},
        [PR_REQ_REP] = {ZMQ_REQ, ZMQ_REP},
        [PR_REQ_ROUTER] = {ZMQ_REQ, ZMQ_ROUTER},
};

/* ROUTERs, and those that a ROUTER must know by a name.  */
static bool has_id(int type)
{
	return type == ZMQ_ROUTER || type == ZMQ_DEALER || type == ZMQ_REQ;
}

static enum pr_err set_option(struct zmq_link *link, int end, int option, const void *value,
                              size_t size, const char *name, struct pr_error *why)
{
	struct pr_engine *engine = link->engine;

	if (engine->zmq_setsockopt(link->ends[end].zmq, option, value, size) == 0)
		return PR_OK;
	return pr_error_set(why, PR_FAILED, "zmq_setsockopt(%s) on end %c failed: %s", name,
	                    'A' + end, engine->zmq_strerror(engine->zmq_errno()));
}

static enum pr_err set_int(struct zmq_link *link, int end, int option, int value, const char *name,
                           struct pr_error *why)
{
	return set_option(link, end, option, &value, sizeof(value), name, why);
}

static enum pr_err set_options(struct zmq_link *link, int end, int type,
                               const struct pr_link_spec *spec, struct pr_error *why)
{
	enum pr_err err = set_int(link, end, ZMQ_LINGER, 0, "ZMQ_LINGER", why);

	if (err == PR_OK)
		err = set_int(link, end, ZMQ_SNDHWM, (int)spec->hwm, "ZMQ_SNDHWM", why);
	if (err == PR_OK)
		err = set_int(link, end, ZMQ_RCVHWM, (int)spec->hwm, "ZMQ_RCVHWM", why);
	if (err == PR_OK && has_id(type))
		err = set_option(link, end, ZMQ_ROUTING_ID, ids[end], ID_SIZE, "ZMQ_ROUTING_ID",
		                 why);
	if (err == PR_OK && type == ZMQ_ROUTER)
		err = set_int(link, end, ZMQ_ROUTER_MANDATORY, 1, "ZMQ_ROUTER_MANDATORY", why);
	if (err == PR_OK && type == ZMQ_SUB)
		err = set_option(link, end, ZMQ_SUBSCRIBE, "", 0, "ZMQ_SUBSCRIBE", why);
	return err;
}

static enum pr_err open_socket(struct zmq_link *link, int end, const struct pr_link_spec *spec,
                               struct pr_error *why)
{
	struct socket *socket = &link->ends[end];
	int type = socket_types[spec->pattern][end];

	socket->is_router = type == ZMQ_ROUTER;
	socket->delimits = socket->is_router && pr_patterns[spec->pattern].delimits;
	if (link->by_msg)
		link->engine->zmq_msg_init(&socket->frame);
	else
		socket->body = pr_alloc(link->body_room);
	socket->zmq = link->engine->zmq_socket(link->context, type);
	if (socket->zmq == NULL)
		return failed(link->engine, "zmq_socket()", end, why);
	return set_options(link, end, type, spec, why);
}

static void close_socket(struct zmq_link *link, struct socket *socket)
{
	if (socket->zmq != NULL)
		link->engine->zmq_close(socket->zmq);
	if (socket->zmq != NULL && link->by_msg)
		link->engine->zmq_msg_close(&socket->frame);
	free(socket->body);
}

/* ---- endpoints ----------------------------------------------------------------------- */

/* What B binds to.  Names of links of one process differ.  */
static void choose_endpoint(const struct pr_link_spec *spec, char *endpoint)
{
	static unsigned links;

	if (spec->transport == PR_TCP)
		snprintf(endpoint, PR_ENDPOINT_MAX, "tcp://127.0.0.1:*");
	else if (spec->transport == PR_IPC)
		snprintf(endpoint, PR_ENDPOINT_MAX, "ipc://@proctor-%d-%u", (int)getpid(), ++links);
	else
		snprintf(endpoint, PR_ENDPOINT_MAX, "inproc://link-%u", ++links);
}

static enum pr_err bind_end(struct zmq_link *link, const struct pr_link_spec *spec, int end,
                            char *endpoint, struct pr_error *why)
{
	struct pr_engine *engine = link->engine;
	size_t size = PR_ENDPOINT_MAX;

	choose_endpoint(spec, endpoint);
	if (engine->zmq_bind(link->ends[end].zmq, endpoint) != 0)
		return pr_error_set(why, PR_FAILED, "zmq_bind(%s) failed: %s", endpoint,
		                    engine->zmq_strerror(engine->zmq_errno()));
	if (spec->transport == PR_TCP &&
	    engine->zmq_getsockopt(link->ends[end].zmq, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0)
		return failed(engine, "zmq_getsockopt(ZMQ_LAST_ENDPOINT)", end, why);
	return PR_OK;
}

static enum pr_err connect_end(struct zmq_link *link, const char *endpoint, struct pr_error *why)
{
	struct pr_engine *engine = link->engine;

	if (engine->zmq_connect(link->ends[PR_END_A].zmq, endpoint) == 0)
		return PR_OK;
	return pr_error_set(why, PR_FAILED, "zmq_connect(%s) failed: %s", endpoint,
	                    engine->zmq_strerror(engine->zmq_errno()));
}

/* ---- messages by zmq_send() and zmq_recv() -------------------------------------------- */

static inline const void *peer_of(const struct zmq_link *link, int end)
{
	return link->peers != NULL ? link->peers[link->turn] : ids[!end];
}

/* Sends the peer's id where the end is a ROUTER, then the body.  False with zmq_errno().  */
static inline bool send_parts(struct zmq_link *link, int end, const void *body, size_t size,
                              int flags)
{
	struct pr_engine *engine = link->engine;
	struct socket *socket = &link->ends[end];

	if (socket->is_router &&
	    engine->zmq_send(socket->zmq, peer_of(link, end), ID_SIZE, ZMQ_SNDMORE | flags) < 0)
		return false;
	if (socket->delimits && engine->zmq_send(socket->zmq, "", 0, ZMQ_SNDMORE | flags) < 0)
		return false;
	return engine->zmq_send(socket->zmq, body, size, flags) == (int)size;
}

/* Receives the id where there is one, then the body; its size, or -1 with zmq_errno().  */
static inline int recv_parts(struct zmq_link *link, int end, int flags)
{
	struct pr_engine *engine = link->engine;
	struct socket *socket = &link->ends[end];

	if (socket->is_router &&
	    engine->zmq_recv(socket->zmq, socket->id, sizeof(socket->id), flags) < 0)
		return -1;
	if (socket->delimits && engine->zmq_recv(socket->zmq, socket->id, 1, flags) < 0)
		return -1;
	return engine->zmq_recv(socket->zmq, socket->body, link->body_room, flags);
}

/* ---- messages by zmq_msg_send() and zmq_msg_recv() ------------------------------------- */

static bool send_frame(const struct pr_engine *engine, void *zmq, struct pr_zmq_msg *msg, int flags)
{
	int error;

	if (engine->zmq_msg_send(msg, zmq, flags) >= 0)
		return true;
	error = errno;
	engine->zmq_msg_close(msg);
	errno = error;
	return false;
}

static bool send_copy(const struct pr_engine *engine, void *zmq, const void *body, size_t size,
                      int flags)
{
	struct pr_zmq_msg msg;

	if (engine->zmq_msg_init_size(&msg, size) != 0)
		return false;
	memcpy(engine->zmq_msg_data(&msg), body, size);
	return send_frame(engine, zmq, &msg, flags);
}

static bool send_lent(struct zmq_link *link, void *zmq, const void *body, size_t size, int flags)
{
	struct pr_zmq_msg msg;
	void *hint;
	void *lent = pr_lender_take(link->lender, body, &hint);

	if (link->engine->zmq_msg_init_data(&msg, lent, size, pr_lender_return, hint) != 0) {
		pr_lender_return(lent, hint);
		return false;
	}
	return send_frame(link->engine, zmq, &msg, flags);
}

static bool send_msgs(struct zmq_link *link, int end, const void *body, size_t size, int flags)
{
	const struct pr_engine *engine = link->engine;
	struct socket *socket = &link->ends[end];

	if (socket->is_router &&
	    !send_copy(engine, socket->zmq, peer_of(link, end), ID_SIZE, ZMQ_SNDMORE | flags))
		return false;
	if (socket->delimits && !send_copy(engine, socket->zmq, "", 0, ZMQ_SNDMORE | flags))
		return false;
	if (link->lender != NULL && size == link->lend_size)
		return send_lent(link, socket->zmq, body, size, flags);
	return send_copy(engine, socket->zmq, body, size, flags);
}

/* The body stays in socket->frame; its size, or -1 with zmq_errno().  */
static int recv_msgs(struct zmq_link *link, int end, int flags)
{
	const struct pr_engine *engine = link->engine;
	struct socket *socket = &link->ends[end];

	if (socket->is_router && engine->zmq_msg_recv(&socket->frame, socket->zmq, flags) < 0)
		return -1;
	if (socket->delimits && engine->zmq_msg_recv(&socket->frame, socket->zmq, flags) < 0)
		return -1;
	return engine->zmq_msg_recv(&socket->frame, socket->zmq, flags);
}

/* ---- messages ------------------------------------------------------------------------ */

static inline bool send_flags(struct zmq_link *link, int end, const void *body, size_t size,
                              int flags)
{
	bool sent = link->by_msg ? send_msgs(link, end, body, size, flags)
	                         : send_parts(link, end, body, size, flags);

	if (sent && link->peers != NULL)
		link->turn = link->turn + 1 < link->peer_count ? link->turn + 1 : 0;
	return sent;
}

enum pr_err pr_zmq_driver_send(struct pr_link *link, int end, const void *body, size_t size,
                               struct pr_error *why)
{
	while (!send_flags(link_of(link), end, body, size, 0))
		if (link_of(link)->engine->zmq_errno() != EINTR)
			return failed(link_of(link)->engine, "sending", end, why);
	return PR_OK;
}

enum pr_err pr_zmq_driver_try_send(struct pr_link *link, int end, const void *body, size_t size,
                                   bool *sent, struct pr_error *why)
{
	int error;

	do {
		*sent = send_flags(link_of(link), end, body, size, ZMQ_DONTWAIT);
		error = *sent ? 0 : link_of(link)->engine->zmq_errno();
	} while (error == EINTR);
	if (*sent || error == EAGAIN || error == EHOSTUNREACH)
		return PR_OK;
	return failed(link_of(link)->engine, "sending", end, why);
}

/* Waits until there is a message, as an application does that looks at several sockets.  */
static enum pr_err poll_end(struct zmq_link *link, int end, struct pr_error *why)
{
	struct pr_zmq_pollitem item = {.socket = link->ends[end].zmq, .events = ZMQ_POLLIN};

	while (link->engine->zmq_poll(&item, 1, -1) < 0)
		if (link->engine->zmq_errno() != EINTR)
			return failed(link->engine, "zmq_poll()", end, why);
	return PR_OK;
}

enum pr_err pr_zmq_driver_recv(struct pr_link *base, int end, bool wait, const void **body,
                               size_t *size, struct pr_error *why)
{
	struct zmq_link *link = link_of(base);
	int flags = wait ? 0 : ZMQ_DONTWAIT, got;

	*body = NULL;
	if (wait && link->polls) {
		enum pr_err err = poll_end(link, end, why);

		if (err != PR_OK)
			return err;
	}
	while ((got = link->by_msg ? recv_msgs(link, end, flags) : recv_parts(link, end, flags)) <
	       0) {
		int error = link->engine->zmq_errno();

		if (error == EAGAIN && !wait)
			return PR_OK;
		if (error != EINTR)
			return failed(link->engine, "receiving", end, why);
	}
	*body = link->by_msg ? link->engine->zmq_msg_data(&link->ends[end].frame)
	                     : link->ends[end].body;
	*size = (size_t)got;
	return PR_OK;
}

#define TRIES_MAX 10000 /* of 1 ms: a handshake on loopback takes a few */

enum pr_err pr_zmq_driver_greet(struct pr_link *link, int end, const void *body, size_t size,
                                struct pr_error *why)
{
	struct pr_engine *engine = link_of(link)->engine;
	int tries = 0;

	while (!send_flags(link_of(link), end, body, size, ZMQ_DONTWAIT)) {
		int error = engine->zmq_errno();

		if ((error != EHOSTUNREACH && error != EAGAIN && error != EINTR) ||
		    ++tries > TRIES_MAX)
			return failed(engine, "the first message", end, why);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return PR_OK;
}

/* ---- links --------------------------------------------------------------------------- */

static enum pr_err open_context(struct zmq_link *link, struct pr_error *why)
{
	struct pr_engine *engine = link->engine;

	link->context = engine->zmq_ctx_new();
	if (link->context == NULL)
		return failed(engine, "zmq_ctx_new()", PR_END_A, why);
	if (engine->zmq_ctx_set(link->context, ZMQ_IO_THREADS, 1) != 0)
		return failed(engine, "zmq_ctx_set(ZMQ_IO_THREADS)", PR_END_A, why);
	return engine->prepare != NULL ? engine->prepare(engine, link->context, why) : PR_OK;
}

void pr_zmq_driver_close(struct pr_link **taken)
{
	struct zmq_link *link = link_of(*taken);
	void *memory = link;

	*taken = NULL;
	if (link == NULL)
		return;
	for (int end = PR_END_A; end <= PR_END_B; end++)
		close_socket(link, &link->ends[end]);
	if (link->context != NULL)
		link->engine->zmq_ctx_term(link->context);
	pr_lender_destroy(&link->lender);
	free(link->peers);
	pr_shared_free(&memory, sizeof(*link));
}

static void name_peers(struct zmq_link *link, uint64_t count)
{
	link->peers = pr_alloc(count * sizeof(*link->peers));
	link->peer_count = count;
	for (uint64_t i = 0; i < count; i++)
		pr_link_client_id(i, link->peers[i]);
}

static enum pr_err new_link(struct pr_engine *engine, const struct pr_link_spec *spec,
                            struct zmq_link **result, struct pr_error *why)
{
	struct zmq_link *link;

	if (spec->api == PR_API_MSG && engine->missing != NULL)
		return pr_error_set(why, PR_FAILED,
		                    "api=msg: the engine library has no function %s()",
		                    engine->missing);
	if (spec->wait == PR_WAIT_POLL && engine->zmq_poll == NULL)
		return pr_error_set(why, PR_FAILED,
		                    "wait=poll: the engine library has no function zmq_poll()");
	/* Not in the heap, where it is always as far from the variables of the engine that each
	 * message writes: were that a multiple of 4096 bytes, each would wait for it
	 * (harness/stack.h); the heap moves from block to block.  */
	link = pr_shared_alloc(sizeof(*link));
	link->link.ops = engine->ops;
	link->engine = engine;
	link->by_msg = spec->api == PR_API_MSG;
	link->polls = spec->wait == PR_WAIT_POLL;
	link->body_room = spec->size + 16; /* a longer body shows by its size */
	link->lend_size = spec->size;
	if (link->by_msg && spec->size >= PR_ZMQ_LEND_MIN)
		link->lender = pr_lender_create(spec->size);
	if (spec->fans_out && pr_patterns[spec->pattern].spread == PR_SPREADS_IN_TURN)
		name_peers(link, spec->connections);
	*result = link;
	return PR_OK;
}

enum pr_err pr_zmq_driver_open(struct pr_engine *engine, const struct pr_link_spec *spec,
                               unsigned ends, char *endpoint, struct pr_link **result,
                               struct pr_error *why)
{
	struct zmq_link *link = NULL;
	int binder = spec->fans_out ? PR_END_A : PR_END_B;
	enum pr_err err = new_link(engine, spec, &link, why);

	if (err != PR_OK)
		return err;
	*result = &link->link;
	err = open_context(link, why);
	for (int end = PR_END_A; end <= PR_END_B && err == PR_OK; end++)
		if (PR_HAS_END(ends, end))
			err = open_socket(link, end, spec, why);
	if (err == PR_OK && PR_HAS_END(ends, binder))
		err = bind_end(link, spec, binder, endpoint, why);
	if (err == PR_OK && binder == PR_END_B && PR_HAS_END(ends, PR_END_A))
		err = connect_end(link, endpoint, why);
	if (err != PR_OK)
		pr_zmq_driver_close(result);
	return err;
}

struct pr_engine *pr_zmq_driver_engine(struct pr_link *link)
{
	return link_of(link)->engine;
}

void *pr_zmq_driver_context(struct pr_link *link)
{
	return link_of(link)->context;
}
