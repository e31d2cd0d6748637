/* SPDX-License-Identifier: MIT */
/* harness/adapter/zmq_driver.h - one driver for every library with the libzmq C API.
 *
 * The adapters zmq and core stand on it.  The library comes by dlopen(3) and every function by
 * dlsym(3) on its handle, so that no other library of the process can stand in for it.
 *
 * A link is by default the report's experiment: one context with one I/O thread, two ROUTERs with
 * routing ids and ROUTER_MANDATORY, the receiver bound to a wildcard port on 127.0.0.1, the sender
 * connected.  Messages are sent as the report's benchmark does: zmq_send(id, SNDMORE) and
 * zmq_send(body), zmq_recv(id) and zmq_recv(body); ends that are not ROUTERs leave the id out.
 * With api=msg the same goes through zmq_msg_send() and zmq_msg_recv(), where bodies of
 * PR_ZMQ_LEND_MIN bytes and more are handed over by reference.  Over ipc the name is an abstract
 * one, which leaves no file behind.  */
#ifndef PR_ZMQ_DRIVER_H
#define PR_ZMQ_DRIVER_H

#include "harness/adapter.h"

/* zmq_pollitem_t */
struct pr_zmq_pollitem {
	void *socket;
	int fd;
	short events, revents;
};

/* Every function that the driver calls: result, name, arguments.  */
#define PR_ZMQ_FUNCTIONS(F)                                                                        \
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

/* That of wait=poll, and those of api=msg, which a library may lack.  */
#define PR_ZMQ_POLL_FUNCTIONS(F) F(int, zmq_poll, (struct pr_zmq_pollitem *, int, long))

#define PR_ZMQ_MSG_FUNCTIONS(F)                                                                    \
	F(int, zmq_msg_init, (struct pr_zmq_msg *))                                                \
	F(int, zmq_msg_init_size, (struct pr_zmq_msg *, size_t))                                   \
	F(int, zmq_msg_init_data,                                                                  \
	  (struct pr_zmq_msg *, void *, size_t, void (*)(void *, void *), void *))                 \
	F(int, zmq_msg_close, (struct pr_zmq_msg *))                                               \
	F(void *, zmq_msg_data, (struct pr_zmq_msg *))                                             \
	F(size_t, zmq_msg_size, (const struct pr_zmq_msg *))                                       \
	F(int, zmq_msg_send, (struct pr_zmq_msg *, void *, int))                                   \
	F(int, zmq_msg_recv, (struct pr_zmq_msg *, void *, int))

/* Bodies of so many bytes are lent to the engine instead of copied.  */
#define PR_ZMQ_LEND_MIN ((size_t)32 * 1024)

/* zmq_msg_t */
struct pr_zmq_msg {
	_Alignas(void *) unsigned char bytes[64];
};

/* A loaded library.  */
struct pr_engine {
	const struct pr_adapter_ops *ops; /* whose engine it is */
	void *handle;
#define FIELD(result, name, arguments) result(*name) arguments;
	PR_ZMQ_FUNCTIONS(FIELD)
	PR_ZMQ_POLL_FUNCTIONS(FIELD)
	PR_ZMQ_MSG_FUNCTIONS(FIELD)
#undef FIELD
	const char *missing; /* a function of api=msg that the library lacks, or NULL */
	void *own;           /* the adapter's */

	/* Called with each new context before its first socket.  May be NULL.  */
	enum pr_err (*prepare)(struct pr_engine *engine, void *context, struct pr_error *why);
};

/* Loads the first of names (ended by NULL) that can be loaded and looks the functions up.  */
enum pr_err pr_zmq_driver_load(const struct pr_adapter_ops *ops, const char *const *names,
                               struct pr_engine **engine, struct pr_engine_info *info,
                               struct pr_error *why) PR_CHECKED;

/* Frees; own is the adapter's to free before.  The library stays loaded: engines do not expect to
 * go.  */
void pr_zmq_driver_unload(struct pr_engine **engine);

/* The methods of a link, as in struct pr_adapter_ops.  */
enum pr_err pr_zmq_driver_open(struct pr_engine *engine, const struct pr_link_spec *spec,
                               unsigned ends, char *endpoint, struct pr_link **link,
                               struct pr_error *why);
void pr_zmq_driver_close(struct pr_link **link);
enum pr_err pr_zmq_driver_greet(struct pr_link *link, int end, const void *body, size_t size,
                                struct pr_error *why);
enum pr_err pr_zmq_driver_send(struct pr_link *link, int end, const void *body, size_t size,
                               struct pr_error *why);
enum pr_err pr_zmq_driver_try_send(struct pr_link *link, int end, const void *body, size_t size,
                                   bool *sent, struct pr_error *why);
enum pr_err pr_zmq_driver_recv(struct pr_link *link, int end, bool wait, const void **body,
                               size_t *size, struct pr_error *why);

/* The engine and the context of a link.  */
struct pr_engine *pr_zmq_driver_engine(struct pr_link *link);
void *pr_zmq_driver_context(struct pr_link *link);

#endif
