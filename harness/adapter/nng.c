/* SPDX-License-Identifier: MIT */
/* harness/adapter/nng.c - nng, by version 1 of its API: sockets as patterns, like ZeroMQ's, on
 * another wire and with another design (a pool of threads, one system call a message).
 *
 * The library comes by dlopen(3): proctor needs no nng to be built or to run.  A link is two
 * sockets, of pair, of push and pull or of req and rep.  api=send is nng_send() and nng_recv(),
 * which copy; api=msg is nng_sendmsg() and nng_recvmsg(), where the body is in a message of nng's.
 *
 * nng queues at most 8,192 messages at an end, so hwm=0 (no limit) is that many, and a sender
 * waits.  A PUB does not wait, it drops; and what loses messages by design cannot be measured by
 * workloads that count them.  */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "harness/adapter.h"
#include "harness/library.h"
#include "harness/options.h"
#include "harness/shared.h"

/* ---- nng's API: what <nng/nng.h> of 1.x says --------------------------------------------- */

/* nng_socket, nng_dialer and nng_listener.  */
struct nng_id {
	uint32_t number;
};

struct nng_msg;

/* Every function that is called: result, name, arguments.  */
#define NNG_FUNCTIONS(F)                                                                           \
	F(const char *, nng_version, (void))                                                       \
	F(const char *, nng_strerror, (int))                                                       \
	F(int, nng_pair0_open, (struct nng_id *))                                                  \
	F(int, nng_push0_open, (struct nng_id *))                                                  \
	F(int, nng_pull0_open, (struct nng_id *))                                                  \
	F(int, nng_req0_open, (struct nng_id *))                                                   \
	F(int, nng_rep0_open, (struct nng_id *))                                                   \
	F(int, nng_close, (struct nng_id))                                                         \
	F(int, nng_socket_set_int, (struct nng_id, const char *, int))                             \
	F(int, nng_listen, (struct nng_id, const char *, struct nng_id *, int))                    \
	F(int, nng_dial, (struct nng_id, const char *, struct nng_id *, int))                      \
	F(int, nng_listener_get_int, (struct nng_id, const char *, int *))                         \
	F(int, nng_send, (struct nng_id, void *, size_t, int))                                     \
	F(int, nng_recv, (struct nng_id, void *, size_t *, int))                                   \
	F(int, nng_sendmsg, (struct nng_id, struct nng_msg *, int))                                \
	F(int, nng_recvmsg, (struct nng_id, struct nng_msg **, int))                               \
	F(int, nng_msg_alloc, (struct nng_msg **, size_t))                                         \
	F(void, nng_msg_free, (struct nng_msg *))                                                  \
	F(void *, nng_msg_body, (struct nng_msg *))                                                \
	F(size_t, nng_msg_len, (const struct nng_msg *))

#define NNG_FLAG_NONBLOCK 2
#define NNG_EAGAIN        8
#define NNG_QUEUE_MAX     8192 /* messages: the most that send-buffer and recv-buffer take */

/* ---- the library ----------------------------------------------------------------------- */

struct pr_engine {
	void *handle;
#define FIELD(result, name, arguments) result(*name) arguments;
	NNG_FUNCTIONS(FIELD)
#undef FIELD
};

struct nng_options {
	const char *lib;
};

static const struct pr_opt nng_opts[] = {
        {"lib", 0, PR_OPT_TEXT, offsetof(struct nng_options, lib), NULL, "PATH",
         "the library to load; the system's libnng.so.1 unless given", 0, 0},
        {0},
};

static enum pr_err nng_parse(const json_t *options, const char *what, struct nng_options *parsed,
                             struct pr_error *why)
{
	parsed->lib = "libnng.so.1";
	return pr_options_apply(nng_opts, parsed, options, what, why);
}

static enum pr_err nng_expand(const json_t *options, const char *what, json_t **expanded,
                              struct pr_error *why)
{
	struct nng_options parsed;
	enum pr_err err = nng_parse(options, what, &parsed, why);

	if (err != PR_OK)
		return err;
	*expanded = json_object();
	pr_options_expand(nng_opts, &parsed, false, *expanded);
	return PR_OK;
}

static enum pr_err find_functions(struct pr_engine *engine, const char *name, struct pr_error *why)
{
#define FIND(result, function, arguments)                                                          \
	*(void **)&engine->function = dlsym(engine->handle, #function);                            \
	if (engine->function == NULL)                                                              \
		return pr_error_set(why, PR_FAILED,                                                \
		                    "%s has no function " #function                                \
		                    "(): it is not a library with the nng API",                    \
		                    name);
	NNG_FUNCTIONS(FIND)
#undef FIND
	return PR_OK;
}

/* Version 2 must be initialized first and has other functions.  */
static enum pr_err check_version(struct pr_engine *engine, struct pr_engine_info *info,
                                 struct pr_error *why)
{
	snprintf(info->version, sizeof(info->version), "%s", engine->nng_version());
	if (strncmp(info->version, "1.", 2) == 0)
		return PR_OK;
	return pr_error_set(
	        why, PR_FAILED,
	        "engine nng drives version 1 of the nng API, and %s is version %s; name "
	        "another with lib=PATH",
	        info->path, info->version);
}

static void nng_unload(struct pr_engine **engine)
{
	free(*engine);
	*engine = NULL;
}

static enum pr_err nng_load(const json_t *options, struct pr_engine **result,
                            struct pr_engine_info *info, struct pr_error *why)
{
	struct nng_options parsed;
	const char *names[2] = {NULL, NULL};
	struct pr_engine *engine;
	enum pr_err err = nng_parse(options, "engine nng", &parsed, why);

	if (err != PR_OK)
		return err;
	names[0] = parsed.lib;
	engine = pr_alloc(sizeof(*engine));
	memset(engine, 0, sizeof(*engine));
	err = pr_library_open(names, &engine->handle, why);
	if (err == PR_OK)
		err = pr_library_refuse_own(engine->handle, "nng", parsed.lib, why);
	if (err == PR_OK)
		err = find_functions(engine, parsed.lib, why);
	if (err == PR_OK)
		err = pr_library_identify((const void *)(uintptr_t)engine->nng_version, info, why);
	if (err == PR_OK)
		err = check_version(engine, info, why);
	*result = engine;
	if (err != PR_OK)
		nng_unload(result);
	return err;
}

/* ---- what it can do -------------------------------------------------------------------- */

enum protocol { NONE, PAIR, PUSH, PULL, REQ, REP };

static const enum protocol protocols[PR_PATTERNS][2] = {
        [PR_PAIR] = {PAIR, PAIR},
        [PR_PUSH_PULL] = {PUSH, PULL},
        [PR_REQ_REP] = {REQ, REP},
};

static const char *nng_refuses(const struct pr_link_spec *spec)
{
	if (spec->connections > 0)
		return "the raw clients of many connections speak ZMTP, and nng does not";
	if (spec->pattern == PR_PUB_SUB)
		return "a PUB of nng drops what does not fit into its queue of 8192 messages, and "
		       "lost messages fail a trial";
	if (protocols[spec->pattern][PR_END_A] == NONE)
		return "nng has no ROUTER and no DEALER; its patterns here are pair, push-pull and "
		       "req-rep";
	if (spec->hwm > NNG_QUEUE_MAX)
		return "nng queues at most 8192 messages; give a smaller hwm, or 0 for the most it "
		       "can";
	return NULL;
}

/* ---- sockets --------------------------------------------------------------------------- */

struct end {
	struct nng_id socket;
	bool is_open;         /* false when the end is elsewhere */
	unsigned char *body;  /* of api=send: the last body received */
	struct nng_msg *held; /* of api=msg: the last message received */
} __attribute__((aligned(128)));

struct nng_link {
	struct pr_link link;
	struct pr_engine *engine;
	size_t body_room;
	bool by_msg; /* api=msg */
	struct end ends[2];
};

static struct nng_link *link_of(struct pr_link *link)
{
	return (struct nng_link *)link;
}

static enum pr_err failed(const struct pr_engine *engine, const char *call, int end, int error,
                          struct pr_error *why)
{
	return pr_error_set(why, PR_FAILED, "%s on end %c failed: %s", call, 'A' + end,
	                    engine->nng_strerror(error));
}

static int open_protocol(const struct pr_engine *engine, enum protocol protocol,
                         struct nng_id *socket)
{
	switch (protocol) {
	case PUSH:
		return engine->nng_push0_open(socket);
	case PULL:
		return engine->nng_pull0_open(socket);
	case REQ:
		return engine->nng_req0_open(socket);
	case REP:
		return engine->nng_rep0_open(socket);
	default:
		return engine->nng_pair0_open(socket);
	}
}

/* The queues of an end.  REQ and REP hold one message each and have none.  */
static enum pr_err set_queues(struct nng_link *link, int end, const struct pr_link_spec *spec,
                              struct pr_error *why)
{
	static const char *const names[] = {"send-buffer", "recv-buffer"};
	const struct pr_engine *engine = link->engine;
	int messages = spec->hwm == 0 ? NNG_QUEUE_MAX : (int)spec->hwm;

	if (spec->pattern == PR_REQ_REP)
		return PR_OK;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int error = engine->nng_socket_set_int(link->ends[end].socket, names[i], messages);

		if (error != 0)
			return failed(engine, names[i], end, error, why);
	}
	return PR_OK;
}

static enum pr_err open_socket(struct nng_link *link, int end, const struct pr_link_spec *spec,
                               struct pr_error *why)
{
	struct end *it = &link->ends[end];
	int error = open_protocol(link->engine, protocols[spec->pattern][end], &it->socket);

	if (error != 0)
		return failed(link->engine, "opening a socket", end, error, why);
	it->is_open = true;
	if (!link->by_msg)
		it->body = pr_alloc(link->body_room);
	return set_queues(link, end, spec, why);
}

/* What B listens on.  Names of links of one process differ.  */
static void choose_endpoint(const struct pr_link_spec *spec, char *endpoint)
{
	static unsigned links;

	if (spec->transport == PR_TCP)
		snprintf(endpoint, PR_ENDPOINT_MAX, "tcp://127.0.0.1:0");
	else if (spec->transport == PR_IPC)
		snprintf(endpoint, PR_ENDPOINT_MAX, "abstract://proctor-nng-%d-%u", (int)getpid(),
		         ++links);
	else
		snprintf(endpoint, PR_ENDPOINT_MAX, "inproc://link-%u", ++links);
}

static enum pr_err listen_end(struct nng_link *link, const struct pr_link_spec *spec,
                              char *endpoint, struct pr_error *why)
{
	const struct pr_engine *engine = link->engine;
	struct nng_id listener;
	int port, error;

	choose_endpoint(spec, endpoint);
	error = engine->nng_listen(link->ends[PR_END_B].socket, endpoint, &listener, 0);
	if (error != 0)
		return pr_error_set(why, PR_FAILED, "nng_listen(%s) failed: %s", endpoint,
		                    engine->nng_strerror(error));
	if (spec->transport != PR_TCP)
		return PR_OK;
	error = engine->nng_listener_get_int(listener, "tcp-bound-port", &port);
	if (error != 0)
		return failed(engine, "asking for the port", PR_END_B, error, why);
	snprintf(endpoint, PR_ENDPOINT_MAX, "tcp://127.0.0.1:%d", port);
	return PR_OK;
}

static enum pr_err dial_end(struct nng_link *link, const char *endpoint, struct pr_error *why)
{
	struct nng_id dialer;
	int error = link->engine->nng_dial(link->ends[PR_END_A].socket, endpoint, &dialer, 0);

	if (error == 0)
		return PR_OK;
	return pr_error_set(why, PR_FAILED, "nng_dial(%s) failed: %s", endpoint,
	                    link->engine->nng_strerror(error));
}

/* ---- messages -------------------------------------------------------------------------- */

/* 0, or nng's error.  */
static int send_msg(const struct pr_engine *engine, struct nng_id socket, const void *body,
                    size_t size, int flags)
{
	struct nng_msg *msg;
	int error = engine->nng_msg_alloc(&msg, size);

	if (error != 0)
		return error;
	memcpy(engine->nng_msg_body(msg), body, size);
	error = engine->nng_sendmsg(socket, msg, flags);
	if (error != 0)
		engine->nng_msg_free(msg);
	return error;
}

static inline int send_flags(struct nng_link *link, int end, const void *body, size_t size,
                             int flags)
{
	const struct pr_engine *engine = link->engine;
	struct nng_id socket = link->ends[end].socket;

	/* nng_send() copies; its parameter only lacks the const.  */
	return link->by_msg ? send_msg(engine, socket, body, size, flags)
	                    : engine->nng_send(socket, (void *)(uintptr_t)body, size, flags);
}

static enum pr_err nng_send_body(struct pr_link *base, int end, const void *body, size_t size,
                                 struct pr_error *why)
{
	struct nng_link *link = link_of(base);
	int error = send_flags(link, end, body, size, 0);

	return error == 0 ? PR_OK : failed(link->engine, "sending", end, error, why);
}

static enum pr_err nng_try_send(struct pr_link *base, int end, const void *body, size_t size,
                                bool *sent, struct pr_error *why)
{
	struct nng_link *link = link_of(base);
	int error = send_flags(link, end, body, size, NNG_FLAG_NONBLOCK);

	*sent = error == 0;
	return error == 0 || error == NNG_EAGAIN ? PR_OK
	                                         : failed(link->engine, "sending", end, error, why);
}

static int recv_msg(const struct pr_engine *engine, struct end *it, const void **body, size_t *size,
                    int flags)
{
	struct nng_msg *msg;
	int error = engine->nng_recvmsg(it->socket, &msg, flags);

	if (error != 0)
		return error;
	if (it->held != NULL)
		engine->nng_msg_free(it->held);
	it->held = msg;
	*body = engine->nng_msg_body(msg);
	*size = engine->nng_msg_len(msg);
	return 0;
}

static enum pr_err nng_recv_body(struct pr_link *base, int end, bool wait, const void **body,
                                 size_t *size, struct pr_error *why)
{
	struct nng_link *link = link_of(base);
	struct end *it = &link->ends[end];
	int flags = wait ? 0 : NNG_FLAG_NONBLOCK, error;

	*body = NULL;
	if (link->by_msg) {
		error = recv_msg(link->engine, it, body, size, flags);
	} else {
		*size = link->body_room;
		error = link->engine->nng_recv(it->socket, it->body, size, flags);
		if (error == 0)
			*body = it->body;
	}
	if (error == 0 || (error == NNG_EAGAIN && !wait))
		return PR_OK;
	return failed(link->engine, "receiving", end, error, why);
}

#define TRIES_MAX 10000 /* of 1 ms: a handshake on loopback takes a few */

static enum pr_err nng_greet(struct pr_link *base, int end, const void *body, size_t size,
                             struct pr_error *why)
{
	struct nng_link *link = link_of(base);
	int tries = 0, error;

	while ((error = send_flags(link, end, body, size, NNG_FLAG_NONBLOCK)) != 0) {
		if (error != NNG_EAGAIN || ++tries > TRIES_MAX)
			return failed(link->engine, "the first message", end, error, why);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return PR_OK;
}

/* ---- links ----------------------------------------------------------------------------- */

static void nng_close_link(struct pr_link **taken)
{
	struct nng_link *link = link_of(*taken);

	*taken = NULL;
	if (link == NULL)
		return;
	for (int end = PR_END_A; end <= PR_END_B; end++) {
		struct end *it = &link->ends[end];

		if (it->is_open)
			link->engine->nng_close(it->socket);
		if (it->held != NULL)
			link->engine->nng_msg_free(it->held);
		free(it->body);
	}
	pr_shared_free((void **)&link, sizeof(*link));
}

static enum pr_err nng_open(struct pr_engine *engine, const struct pr_link_spec *spec,
                            unsigned ends, char *endpoint, struct pr_link **result,
                            struct pr_error *why)
{
	/* Not in the heap, beside the variables of the engine (zmq_driver.c says why).  */
	struct nng_link *link = pr_shared_alloc(sizeof(*link));
	enum pr_err err = PR_OK;

	link->link.ops = &pr_adapter_nng;
	link->engine = engine;
	link->by_msg = spec->api == PR_API_MSG;
	link->body_room = spec->size + 16; /* a longer body shows by its size */
	*result = &link->link;
	for (int end = PR_END_A; end <= PR_END_B && err == PR_OK; end++)
		if (PR_HAS_END(ends, end))
			err = open_socket(link, end, spec, why);
	if (err == PR_OK && PR_HAS_END(ends, PR_END_B))
		err = listen_end(link, spec, endpoint, why);
	if (err == PR_OK && PR_HAS_END(ends, PR_END_A))
		err = dial_end(link, endpoint, why);
	if (err != PR_OK)
		nng_close_link(result);
	return err;
}

/* nng counts messages, not system calls, so there is nothing that the bench could compare.  */
static size_t nng_counters(struct pr_engine *engine, const struct proctor_counter **list)
{
	(void)engine;
	*list = NULL;
	return 0;
}

static enum pr_err nng_read_counters(struct pr_link *link, uint64_t *values, size_t count,
                                     struct pr_error *why)
{
	(void)link;
	(void)values;
	(void)count;
	return pr_error_set(why, PR_FAILED, "engine nng keeps no counters");
}

const struct pr_adapter_ops pr_adapter_nng = {
        .name = "nng",
        .summary = "nng 1.x (pair, push-pull, req-rep); the system's libnng.so.1 unless lib=PATH "
                   "is given",
        .version = PR_ADAPTER_OPS_VERSION,
        .opts = nng_opts,
        .traced_most = 20000, /* some thirty calls a message, when its threads meet at a lock */
        .expand = nng_expand,
        .load = nng_load,
        .unload = nng_unload,
        .refuses = nng_refuses,
        .open = nng_open,
        .close = nng_close_link,
        .greet = nng_greet,
        .send = nng_send_body,
        .try_send = nng_try_send,
        .recv = nng_recv_body,
        .counters = nng_counters,
        .read_counters = nng_read_counters,
};
