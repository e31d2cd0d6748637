/* SPDX-License-Identifier: MIT */
/* harness/adapter/zmq_driver.c - one driver for every library with the libzmq C API.  */
#include "harness/adapter/zmq_driver.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "harness/library.h"

/* libzmq's numbers; they are part of its ABI.  */
enum {
	ZMQ_PAIR = 0,
	ZMQ_DEALER = 5,
	ZMQ_ROUTER = 6,
	ZMQ_IO_THREADS = 1,
	ZMQ_ROUTING_ID = 5,
	ZMQ_LINGER = 17,
	ZMQ_SNDHWM = 23,
	ZMQ_RCVHWM = 24,
	ZMQ_LAST_ENDPOINT = 32,
	ZMQ_ROUTER_MANDATORY = 33,
	ZMQ_DONTWAIT = 1,
	ZMQ_SNDMORE = 2,
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

void pr_zmq_driver_unload(struct pr_engine **taken)
{
	free(*taken);
	*taken = NULL;
}

static enum pr_err open_library(struct pr_engine *engine, const char *const *names,
                                struct pr_error *why)
{
	struct pr_buf tried;

	pr_buf_init(&tried);
	for (; *names != NULL && engine->handle == NULL; names++) {
		engine->handle = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
		if (engine->handle == NULL)
			pr_buf_printf(&tried, "%s%s", tried.size > 0 ? "; " : "", dlerror());
	}
	if (engine->handle == NULL)
		pr_error_set(why, PR_FAILED, "cannot load the engine library: %s", tried.text);
	pr_buf_fini(&tried);
	return engine->handle != NULL ? PR_OK : PR_FAILED;
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
	err = open_library(engine, names, why);
	if (err == PR_OK)
		err = find_functions(engine, names[0], why);
	if (err == PR_OK)
		err = pr_library_identify((const void *)(uintptr_t)engine->zmq_ctx_new, info, why);
	if (err != PR_OK) {
		pr_zmq_driver_unload(result);
		return err;
	}
	engine->zmq_version(&major, &minor, &patch);
	snprintf(info->version, sizeof(info->version), "%d.%d.%d", major, minor, patch);
	return PR_OK;
}

/* ---- links --------------------------------------------------------------------------- */

static const char *const ids[2] = {"router-a", "router-b"};
#define ID_SIZE 8

struct socket {
	void *zmq;
	bool is_router;
	unsigned char id[256];
	unsigned char *body; /* the last body received */
} __attribute__((aligned(128)));

struct zmq_link {
	struct pr_link link;
	struct pr_engine *engine;
	void *context;
	size_t body_room;
	struct socket ends[2];
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

static const int socket_types[][2] = {
        [PR_ROUTER_ROUTER] = {ZMQ_ROUTER, ZMQ_ROUTER},
        [PR_DEALER_ROUTER] = {ZMQ_DEALER, ZMQ_ROUTER},
        [PR_DEALER_DEALER] = {ZMQ_DEALER, ZMQ_DEALER},
        [PR_PAIR] = {ZMQ_PAIR, ZMQ_PAIR},
};

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

static enum pr_err open_socket(struct zmq_link *link, int end, const struct pr_link_spec *spec,
                               struct pr_error *why)
{
	struct socket *socket = &link->ends[end];
	int type = socket_types[spec->pattern][end];
	enum pr_err err;

	socket->is_router = type == ZMQ_ROUTER;
	socket->body = pr_alloc(link->body_room);
	socket->zmq = link->engine->zmq_socket(link->context, type);
	if (socket->zmq == NULL)
		return failed(link->engine, "zmq_socket()", end, why);
	err = set_int(link, end, ZMQ_LINGER, 0, "ZMQ_LINGER", why);
	if (err == PR_OK)
		err = set_int(link, end, ZMQ_SNDHWM, (int)spec->hwm, "ZMQ_SNDHWM", why);
	if (err == PR_OK)
		err = set_int(link, end, ZMQ_RCVHWM, (int)spec->hwm, "ZMQ_RCVHWM", why);
	if (err == PR_OK && type != ZMQ_PAIR)
		err = set_option(link, end, ZMQ_ROUTING_ID, ids[end], ID_SIZE, "ZMQ_ROUTING_ID",
		                 why);
	if (err == PR_OK && socket->is_router)
		err = set_int(link, end, ZMQ_ROUTER_MANDATORY, 1, "ZMQ_ROUTER_MANDATORY", why);
	return err;
}

static enum pr_err join_ends(struct zmq_link *link, struct pr_error *why)
{
	struct pr_engine *engine = link->engine;
	char endpoint[256];
	size_t size = sizeof(endpoint);

	if (engine->zmq_bind(link->ends[PR_END_B].zmq, "tcp://127.0.0.1:*") != 0)
		return failed(engine, "zmq_bind(tcp://127.0.0.1:*)", PR_END_B, why);
	if (engine->zmq_getsockopt(link->ends[PR_END_B].zmq, ZMQ_LAST_ENDPOINT, endpoint, &size) !=
	    0)
		return failed(engine, "zmq_getsockopt(ZMQ_LAST_ENDPOINT)", PR_END_B, why);
	if (engine->zmq_connect(link->ends[PR_END_A].zmq, endpoint) != 0)
		return failed(engine, "zmq_connect()", PR_END_A, why);
	return PR_OK;
}

/* ---- messages ------------------------------------------------------------------------ */

/* Sends the peer's id where the end is a ROUTER, then the body.  False with zmq_errno().  */
static inline bool send_parts(struct zmq_link *link, int end, const void *body, size_t size,
                              int flags)
{
	struct pr_engine *engine = link->engine;
	struct socket *socket = &link->ends[end];

	if (socket->is_router &&
	    engine->zmq_send(socket->zmq, ids[!end], ID_SIZE, ZMQ_SNDMORE | flags) < 0)
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
	return engine->zmq_recv(socket->zmq, socket->body, link->body_room, flags);
}

enum pr_err pr_zmq_driver_send(struct pr_link *link, int end, const void *body, size_t size,
                               struct pr_error *why)
{
	while (!send_parts(link_of(link), end, body, size, 0))
		if (link_of(link)->engine->zmq_errno() != EINTR)
			return failed(link_of(link)->engine, "zmq_send()", end, why);
	return PR_OK;
}

enum pr_err pr_zmq_driver_recv(struct pr_link *base, int end, bool wait, const void **body,
                               size_t *size, struct pr_error *why)
{
	struct zmq_link *link = link_of(base);
	int got;

	*body = NULL;
	while ((got = recv_parts(link, end, wait ? 0 : ZMQ_DONTWAIT)) < 0) {
		int error = link->engine->zmq_errno();

		if (error == EAGAIN && !wait)
			return PR_OK;
		if (error != EINTR)
			return failed(link->engine, "zmq_recv()", end, why);
	}
	*body = link->ends[end].body;
	*size = (size_t)got;
	return PR_OK;
}

/* ---- making the routes --------------------------------------------------------------- */

#define TRIES_MAX 10000 /* of 1 ms: a handshake on loopback takes a few */

static void sleep_1ms(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Sends one hello from an end as soon as its peer can be reached, and waits for it at the other. */
static enum pr_err say_hello(struct zmq_link *link, int end, struct pr_error *why)
{
	struct pr_engine *engine = link->engine;
	int tries = 0;

	while (!send_parts(link, end, "hello", 5, ZMQ_DONTWAIT)) {
		int error = engine->zmq_errno();

		if ((error != EHOSTUNREACH && error != EAGAIN && error != EINTR) ||
		    ++tries > TRIES_MAX)
			return failed(engine, "the first zmq_send()", end, why);
		sleep_1ms();
	}
	while (recv_parts(link, !end, ZMQ_DONTWAIT) != 5) {
		int error = engine->zmq_errno();

		if ((error != EAGAIN && error != EINTR) || ++tries > TRIES_MAX)
			return failed(engine, "the first zmq_recv()", !end, why);
		sleep_1ms();
	}
	return PR_OK;
}

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

	*taken = NULL;
	if (link == NULL)
		return;
	for (int end = PR_END_A; end <= PR_END_B; end++) {
		if (link->ends[end].zmq != NULL)
			link->engine->zmq_close(link->ends[end].zmq);
		free(link->ends[end].body);
	}
	if (link->context != NULL)
		link->engine->zmq_ctx_term(link->context);
	free(link);
}

enum pr_err pr_zmq_driver_open(struct pr_engine *engine, const struct pr_link_spec *spec,
                               struct pr_link **result, struct pr_error *why)
{
	struct zmq_link *link = aligned_alloc(128, sizeof(*link));
	enum pr_err err;

	if (link == NULL)
		return pr_error_set(why, PR_FAILED, "out of memory for a link");
	memset(link, 0, sizeof(*link));
	link->link.ops = engine->ops;
	link->engine = engine;
	link->body_room = spec->size + 16; /* a longer body shows by its size */
	*result = &link->link;
	err = open_context(link, why);
	for (int end = PR_END_A; end <= PR_END_B && err == PR_OK; end++)
		err = open_socket(link, end, spec, why);
	if (err == PR_OK)
		err = join_ends(link, why);
	if (err == PR_OK)
		err = say_hello(link, PR_END_A, why);
	if (err == PR_OK)
		err = say_hello(link, PR_END_B, why);
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
