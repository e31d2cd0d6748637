/* SPDX-License-Identifier: MIT */
/* harness/adapter/zmq.c - one driver for every library with the libzmq C API.
 *
 * Two lines of the table stand on it: `zmq`, any such library, and `core`, ours, which also takes a
 * phase and shows counters through the proctor_ functions.  The library comes by dlopen(3) and
 * every function by dlsym(3) on its handle, so that no other library of the process can stand in
 * for it.
 *
 * A link is the report's experiment: one context with one I/O thread, two sockets (by default
 * ROUTERs with routing ids and ROUTER_MANDATORY), the receiver bound to a wildcard port on
 * 127.0.0.1, the sender connected.  Messages are sent as the report's benchmark does: zmq_send(id,
 * SNDMORE) and zmq_send(body), zmq_recv(id) and zmq_recv(body); ends that are not ROUTERs leave the
 * id out.  */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/phase.h"
#include "harness/adapter.h"
#include "harness/library.h"
#include "harness/options.h"

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

/* Every function that the driver calls: result, name, arguments.  */
#define FUNCTIONS(F)                                                                               \
	F(int, zmq_errno, (void))                                                                  \
	F(const char *, zmq_strerror, (int))                                                       \
	F(void, zmq_version, (int *, int *, int *))                                                \
	F(void *, zmq_ctx_new, (void))                                                             \
	F(int, zmq_ctx_set, (void *, int, int))                                                    \
	F(int, zmq_ctx_term, (void *))                                                             \
	F(void *, zmq_socket, (void *, int))                                                       \
	F(int, zmq_close, (void *))                                                                \
	F(int, zmq_setsockopt, (void *, int, const void *, size_t))                                \
	F(int, zmq_getsockopt, (void *, int, void *, size_t *))                                    \
	F(int, zmq_bind, (void *, const char *))                                                   \
	F(int, zmq_connect, (void *, const char *))                                                \
	F(int, zmq_send, (void *, const void *, size_t, int))                                      \
	F(int, zmq_recv, (void *, void *, size_t, int))

struct pr_engine {
	void *handle;
#define FIELD(result, name, arguments) result(*name) arguments;
	FUNCTIONS(FIELD)
#undef FIELD
	/* NULL in libraries that are not ours. */
	int (*set_phase)(void *, const char *, char *, size_t);
	size_t (*list_counters)(const struct proctor_counter **);
	int (*ctx_counters)(void *, uint64_t *, size_t);
	char *phase; /* NULL: not ours */
};

static enum pr_err find_functions(struct pr_engine *engine, const char *name, struct pr_error *why)
{
#define FIND(result, function, arguments)                                                          \
	*(void **)&engine->function = dlsym(engine->handle, #function);                            \
	if (engine->function == NULL)                                                              \
		return pr_error_set(why, PR_FAILED,                                                \
		                    "%s has no function " #function                                \
		                    "(): it is not a library with the libzmq API",                 \
		                    name);
	FUNCTIONS(FIND)
#undef FIND
	return PR_OK;
}

/* The functions that only our own engine has.  */
static enum pr_err find_extensions(struct pr_engine *engine, const char *name, struct pr_error *why)
{
	*(void **)&engine->set_phase = dlsym(engine->handle, "proctor_ctx_set_phase");
	*(void **)&engine->list_counters = dlsym(engine->handle, "proctor_counters");
	*(void **)&engine->ctx_counters = dlsym(engine->handle, "proctor_ctx_counters");
	if (engine->set_phase == NULL)
		return pr_error_set(why, PR_FAILED,
		                    "%s has no function proctor_ctx_set_phase(): it is not "
		                    "proctor's engine; use "
		                    "engine zmq for other libraries",
		                    name);
	return PR_OK;
}

static void unload(struct pr_engine **taken)
{
	struct pr_engine *engine = *taken;

	*taken = NULL;
	if (engine == NULL)
		return;
	free(engine->phase);
	free(engine); /* the library stays loaded: engines do not expect to be unloaded */
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

/* Loads the first of names that can be loaded and looks up the API.  */
static enum pr_err load(const char *const *names, struct pr_engine **result,
                        struct pr_engine_info *info, struct pr_error *why)
{
	struct pr_engine *engine = pr_alloc(sizeof(*engine));
	int major, minor, patch;
	enum pr_err err;

	memset(engine, 0, sizeof(*engine));
	*result = engine;
	err = open_library(engine, names, why);
	if (err == PR_OK)
		err = find_functions(engine, names[0], why);
	if (err == PR_OK)
		err = pr_library_identify((const void *)(uintptr_t)engine->zmq_ctx_new, info, why);
	if (err != PR_OK) {
		unload(result);
		return err;
	}
	engine->zmq_version(&major, &minor, &patch);
	snprintf(info->version, sizeof(info->version), "%d.%d.%d", major, minor, patch);
	return PR_OK;
}

/* ---- options of zmq ------------------------------------------------------------------ */

struct zmq_options {
	const char *lib;
};

static const struct pr_opt zmq_opts[] = {
        {"lib", 0, PR_OPT_TEXT, offsetof(struct zmq_options, lib), NULL, "PATH",
         "the library to load; the system's libzmq.so.5 unless given", 0, 0},
        {0},
};

static enum pr_err zmq_parse(const json_t *options, const char *what, struct zmq_options *parsed,
                             struct pr_error *why)
{
	parsed->lib = "libzmq.so.5";
	return pr_options_apply(zmq_opts, parsed, options, what, why);
}

static enum pr_err zmq_expand(const json_t *options, const char *what, json_t **expanded,
                              struct pr_error *why)
{
	struct zmq_options parsed;
	enum pr_err err = zmq_parse(options, what, &parsed, why);

	if (err != PR_OK)
		return err;
	*expanded = json_object();
	pr_options_expand(zmq_opts, &parsed, false, *expanded);
	return PR_OK;
}

static enum pr_err zmq_load(const json_t *options, struct pr_engine **engine,
                            struct pr_engine_info *info, struct pr_error *why)
{
	struct zmq_options parsed;
	const char *names[2] = {NULL, NULL};
	enum pr_err err = zmq_parse(options, "engine zmq", &parsed, why);

	if (err != PR_OK)
		return err;
	names[0] = parsed.lib;
	err = load(names, engine, info, why);
	if (err == PR_OK && dlsym((*engine)->handle, "proctor_version") != NULL) {
		unload(engine);
		return pr_error_set(why, PR_FAILED,
		                    "engine zmq: %s is proctor's own engine (%s); use engine core "
		                    "for it, or name "
		                    "another library with lib=PATH and look at LD_LIBRARY_PATH",
		                    parsed.lib, info->path);
	}
	return err;
}

/* ---- options of core ----------------------------------------------------------------- */

#define CORE_LIB "libproctor.so"

struct core_options {
	const char *preset;
	const char *lib;
};

static const struct pr_opt core_own_opts[] = {
        {"preset", 0, PR_OPT_TEXT, offsetof(struct core_options, preset), NULL, "NAME",
         "the preset to start from; core unless given", 0, 0},
        {"lib", 0, PR_OPT_TEXT, offsetof(struct core_options, lib), NULL, "PATH",
         "the engine to load; " CORE_LIB " beside the program unless given", 0, 0},
        {0},
};

/* Splits options into our own and the phase: "PRESET,option=value,...", a new string.  */
static enum pr_err core_parse(const json_t *options, const char *what, struct core_options *own,
                              char **spec, struct pr_phase *phase, struct pr_error *why)
{
	struct pr_buf text;
	const char *name;
	json_t *value;
	enum pr_err err;

	own->preset = "core";
	own->lib = CORE_LIB;
	value = json_object_get(options, "preset");
	if (value != NULL)
		own->preset = json_string_value(value);
	value = json_object_get(options, "lib");
	if (value != NULL)
		own->lib = json_string_value(value);
	pr_buf_init(&text);
	pr_buf_puts(&text, own->preset);
	json_object_foreach((json_t *)options, name, value)
	{
		if (strcmp(name, "preset") != 0 && strcmp(name, "lib") != 0)
			pr_buf_printf(&text, ",%s=%s", name, json_string_value(value));
	}
	err = pr_phase_parse(text.text, phase, why);
	if (err != PR_OK)
		pr_error_prefix(why, err, "%s", what);
	else
		*spec = pr_buf_take(&text);
	pr_buf_fini(&text);
	return err;
}

static enum pr_err core_expand(const json_t *options, const char *what, json_t **expanded,
                               struct pr_error *why)
{
	struct core_options own;
	struct pr_phase phase;
	char *spec;
	enum pr_err err = core_parse(options, what, &own, &spec, &phase, why);

	if (err != PR_OK)
		return err;
	free(spec);
	*expanded = json_object();
	pr_options_expand(core_own_opts, &own, false, *expanded);
	pr_options_expand(pr_phase_opts, &phase, false, *expanded);
	return PR_OK;
}

static int reads_ahead(const struct pr_phase *phase)
{
	if (phase->drain != PR_DRAIN_ONCE && phase->drain != PR_DRAIN_SHORT)
		return PR_READS_UNKNOWN;
	return phase->speculate == PR_SPECULATE_ALWAYS ? PR_READS_AHEAD : PR_READS_WHEN_READY;
}

static void core_foretell(const json_t *options, struct pr_habits *habits)
{
	struct core_options own;
	struct pr_phase phase;
	char *spec;

	*habits = (struct pr_habits){0};
	if (core_parse(options, "core", &own, &spec, &phase, NULL) != PR_OK)
		return;
	free(spec);
	*habits = (struct pr_habits){phase.read_size, phase.cork, reads_ahead(&phase)};
}

/* The folder of the running program, or "." when it cannot be told.  */
static char *program_folder(void)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (size < 0)
		return pr_strdup(".");
	path[size] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL)
		*slash = '\0';
	return pr_strdup(path);
}

static enum pr_err load_beside_program(struct pr_engine **engine, struct pr_engine_info *info,
                                       struct pr_error *why)
{
	char *folder = program_folder();
	char *beside = pr_asprintf("%s/" CORE_LIB, folder);
	char *installed = pr_asprintf("%s/../lib/" CORE_LIB, folder);
	const char *names[] = {beside, installed, NULL};
	enum pr_err err = load(names, engine, info, why);

	free(folder);
	free(beside);
	free(installed);
	return err;
}

static enum pr_err core_load(const json_t *options, struct pr_engine **engine,
                             struct pr_engine_info *info, struct pr_error *why)
{
	struct core_options own;
	struct pr_phase phase;
	const char *(*version)(void);
	char *spec;
	enum pr_err err = core_parse(options, "engine core", &own, &spec, &phase, why);
	const char *names[2] = {NULL, NULL};

	if (err != PR_OK)
		return err;
	names[0] = own.lib;
	err = strcmp(own.lib, CORE_LIB) == 0 ? load_beside_program(engine, info, why)
	                                     : load(names, engine, info, why);
	if (err == PR_OK) {
		(*engine)->phase = spec;
		spec = NULL;
		err = find_extensions(*engine, info->path, why);
	}
	if (err == PR_OK) {
		*(void **)&version = dlsym((*engine)->handle, "proctor_version");
		snprintf(info->version, sizeof(info->version), "%s",
		         version != NULL ? version() : "");
	}
	if (err != PR_OK)
		unload(engine);
	free(spec);
	return err;
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

static enum pr_err zmq_link_send(struct pr_link *link, int end, const void *body, size_t size,
                                 struct pr_error *why)
{
	while (!send_parts(link_of(link), end, body, size, 0))
		if (link_of(link)->engine->zmq_errno() != EINTR)
			return failed(link_of(link)->engine, "zmq_send()", end, why);
	return PR_OK;
}

static enum pr_err zmq_link_recv(struct pr_link *base, int end, bool wait, const void **body,
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
	char text[512] = "";

	link->context = engine->zmq_ctx_new();
	if (link->context == NULL)
		return failed(engine, "zmq_ctx_new()", PR_END_A, why);
	if (engine->zmq_ctx_set(link->context, ZMQ_IO_THREADS, 1) != 0)
		return failed(engine, "zmq_ctx_set(ZMQ_IO_THREADS)", PR_END_A, why);
	if (engine->phase != NULL &&
	    engine->set_phase(link->context, engine->phase, text, sizeof(text)) != 0)
		return pr_error_set(why, PR_FAILED, "the engine refused phase '%s': %s",
		                    engine->phase, text[0] != '\0' ? text : strerror(errno));
	return PR_OK;
}

static void zmq_link_close(struct pr_link **taken)
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

static enum pr_err zmq_link_open_as(const struct pr_adapter_ops *ops, struct pr_engine *engine,
                                    const struct pr_link_spec *spec, struct pr_link **result,
                                    struct pr_error *why)
{
	struct zmq_link *link = aligned_alloc(128, sizeof(*link));
	enum pr_err err;

	if (link == NULL)
		return pr_error_set(why, PR_FAILED, "out of memory for a link");
	memset(link, 0, sizeof(*link));
	link->link.ops = ops;
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
		zmq_link_close(result);
	return err;
}

static enum pr_err zmq_link_open(struct pr_engine *engine, const struct pr_link_spec *spec,
                                 struct pr_link **link, struct pr_error *why)
{
	return zmq_link_open_as(&pr_adapter_zmq, engine, spec, link, why);
}

static enum pr_err core_link_open(struct pr_engine *engine, const struct pr_link_spec *spec,
                                  struct pr_link **link, struct pr_error *why)
{
	return zmq_link_open_as(&pr_adapter_core, engine, spec, link, why);
}

/* ---- counters ------------------------------------------------------------------------ */

static size_t core_counters(struct pr_engine *engine, const struct proctor_counter **list)
{
	if (engine->list_counters == NULL || engine->ctx_counters == NULL)
		return 0;
	return engine->list_counters(list);
}

static enum pr_err core_read_counters(struct pr_link *base, uint64_t *values, size_t count,
                                      struct pr_error *why)
{
	struct zmq_link *link = link_of(base);
	int got = link->engine->ctx_counters(link->context, values, count);

	if (got < 0 || (size_t)got != count)
		return pr_error_set(why, PR_FAILED,
		                    "proctor_ctx_counters() gave %d values instead of %zu", got,
		                    count);
	return PR_OK;
}

static size_t zmq_counters(struct pr_engine *engine, const struct proctor_counter **list)
{
	(void)engine;
	*list = NULL;
	return 0;
}

static enum pr_err zmq_read_counters(struct pr_link *link, uint64_t *values, size_t count,
                                     struct pr_error *why)
{
	(void)link;
	(void)values;
	(void)count;
	return pr_error_set(why, PR_FAILED, "engine zmq keeps no counters");
}

const struct pr_adapter_ops pr_adapter_core = {
        .name = "core",
        .summary = "proctor's engine, libproctor.so; takes a preset and every option of a phase",
        .version = PR_ADAPTER_OPS_VERSION,
        .flags = PR_ADAPTER_EXACT_WIRE,
        .opts = core_own_opts,
        .expand = core_expand,
        .foretell = core_foretell,
        .load = core_load,
        .unload = unload,
        .open = core_link_open,
        .close = zmq_link_close,
        .send = zmq_link_send,
        .recv = zmq_link_recv,
        .counters = core_counters,
        .read_counters = core_read_counters,
};

const struct pr_adapter_ops pr_adapter_zmq = {
        .name = "zmq",
        .summary = "any library with the libzmq C API; the system's libzmq.so.5 unless lib=PATH is "
                   "given",
        .version = PR_ADAPTER_OPS_VERSION,
        .opts = zmq_opts,
        .expand = zmq_expand,
        .load = zmq_load,
        .unload = unload,
        .open = zmq_link_open,
        .close = zmq_link_close,
        .send = zmq_link_send,
        .recv = zmq_link_recv,
        .counters = zmq_counters,
        .read_counters = zmq_read_counters,
};
