/* SPDX-License-Identifier: MIT */
/* core/zmq.c - the libzmq C API: checks its arguments, calls the engine, sets errno.
 *
 * Each function does what libzmq's manual page of that name says.  */
#include "core/include/proctor/zmq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/copy.h"
#include "core/ctx.h"
#include "core/monitor.h"
#include "core/metadata.h"
#include "core/msg.h"
#include "core/pattern.h"
#include "core/poll.h"
#include "core/proxy.h"
#include "core/queue.h"
#include "core/socket.h"

/* 0 -> 0, an errno value -> -1 with errno.  */
static int result(int error)
{
	if (!error)
		return 0;
	errno = error;
	return -1;
}

static struct pr_ctx *as_ctx(void *context)
{
	struct pr_ctx *ctx = context;

	return ctx && ctx->magic == PR_CTX_MAGIC ? ctx : NULL;
}

static inline struct pr_socket *as_socket(void *opaque)
{
	struct pr_socket *socket = opaque;

	return __builtin_expect(socket && socket->magic == PR_SOCKET_MAGIC, 1) ? socket : NULL;
}

/* ---- Errors and version ---- */

int zmq_errno(void)
{
	return errno;
}

const char *zmq_strerror(int error)
{
	switch (error) {
	case EFSM:
		return "Operation cannot be accomplished in current state";
	case ENOCOMPATPROTO:
		return "The protocol is not compatible with the socket type";
	case ETERM:
		return "Context was terminated";
	case EMTHREAD:
		return "No thread available";
	case EHOSTUNREACH: /* the system says "No route to host", which is not what a ROUTER means
	                    */
		return "Host unreachable";
	default:
		return strerror(error);
	}
}

void zmq_version(int *major, int *minor, int *patch)
{
	*major = ZMQ_VERSION_MAJOR;
	*minor = ZMQ_VERSION_MINOR;
	*patch = ZMQ_VERSION_PATCH;
}

/* Of libzmq's optional capabilities ("ipc", "pgm", "tipc", "norm", "curve", "gssapi", "draft"...)
 * these are here.  */
static const char *const capabilities[] = {"ipc", NULL};

int zmq_has(const char *capability)
{
	for (const char *const *name = capabilities; *name; name++)
		if (strcmp(*name, capability) == 0)
			return 1;
	return 0;
}

/* ---- Contexts ---- */

void *zmq_ctx_new(void)
{
	int error;
	struct pr_ctx *ctx = pr_ctx_create(&error);

	if (!ctx)
		errno = error;
	return ctx;
}

int zmq_ctx_term(void *context)
{
	struct pr_ctx *ctx = as_ctx(context);

	return result(ctx ? pr_ctx_term(ctx) : EFAULT);
}

int zmq_ctx_shutdown(void *context)
{
	struct pr_ctx *ctx = as_ctx(context);

	if (!ctx)
		return result(EFAULT);
	pr_ctx_shutdown(ctx);
	return 0;
}

int zmq_ctx_set(void *context, int option, int value)
{
	struct pr_ctx *ctx = as_ctx(context);

	return result(ctx ? pr_ctx_set(ctx, option, value) : EFAULT);
}

int zmq_ctx_get(void *context, int option)
{
	struct pr_ctx *ctx = as_ctx(context);
	int value;
	int error = ctx ? pr_ctx_get(ctx, option, &value) : EFAULT;

	return error ? result(error) : value;
}

void *zmq_init(int io_threads)
{
	if (io_threads < 0) {
		errno = EINVAL;
		return NULL;
	}
	void *context = zmq_ctx_new();

	if (context)
		zmq_ctx_set(context, ZMQ_IO_THREADS, io_threads);
	return context;
}

int zmq_term(void *context)
{
	return zmq_ctx_term(context);
}

int zmq_ctx_destroy(void *context)
{
	return zmq_ctx_term(context);
}

/* ---- Sockets ---- */

void *zmq_socket(void *context, int type)
{
	struct pr_ctx *ctx = as_ctx(context);
	int error = EFAULT;
	struct pr_socket *socket = ctx ? pr_socket_create(ctx, type, &error) : NULL;

	if (!socket)
		errno = error;
	return socket;
}

int zmq_close(void *opaque)
{
	struct pr_socket *socket = as_socket(opaque);

	if (!socket)
		return result(ENOTSOCK);
	pr_socket_close(socket);
	return 0;
}

/* What a call on a socket can find before it begins.  */
static int check(struct pr_socket *socket)
{
	if (!socket)
		return ENOTSOCK;
	return pr_ctx_is_terminated(socket->ctx) ? ETERM : 0;
}

int zmq_setsockopt(void *opaque, int option, const void *value, size_t size)
{
	struct pr_socket *socket = as_socket(opaque);
	int error = check(socket);

	return result(error ? error : pr_options_set(socket, option, value, size));
}

int zmq_getsockopt(void *opaque, int option, void *value, size_t *size)
{
	struct pr_socket *socket = as_socket(opaque);
	int error = check(socket);

	if (!error && (!value || !size))
		error = EFAULT;
	return result(error ? error : pr_options_get(socket, option, value, size));
}

static int on_endpoint(void *opaque, const char *uri,
                       int (*call)(struct pr_socket *socket, const char *uri))
{
	struct pr_socket *socket = as_socket(opaque);
	int error = check(socket);

	if (!error && (!uri || strlen(uri) >= 256))
		error = EINVAL;
	return result(error ? error : call(socket, uri));
}

int zmq_bind(void *socket, const char *endpoint)
{
	return on_endpoint(socket, endpoint, pr_socket_bind);
}

int zmq_connect(void *socket, const char *endpoint)
{
	return on_endpoint(socket, endpoint, pr_socket_connect);
}

int zmq_unbind(void *socket, const char *endpoint)
{
	return on_endpoint(socket, endpoint, pr_socket_stop_endpoint);
}

int zmq_disconnect(void *socket, const char *endpoint)
{
	return on_endpoint(socket, endpoint, pr_socket_stop_endpoint);
}

/* Without an endpoint it stops.  */
int zmq_socket_monitor(void *opaque, const char *endpoint, int events)
{
	struct pr_socket *socket = as_socket(opaque);
	int error = check(socket);

	return result(error ? error : pr_monitor_start(socket, endpoint, events));
}

/* Sizes that do not fit an int are reported as INT_MAX, as libzmq does.  */
static int size_result(size_t size)
{
	return size < INT32_MAX ? (int)size : INT32_MAX;
}

int zmq_send(void *opaque, const void *data, size_t size, int flags)
{
	struct pr_socket *socket = as_socket(opaque);
	int error = socket ? pr_socket_send(socket, data, size, flags) : ENOTSOCK;

	return error ? result(error) : size_result(size);
}

/* The memory stays as it is for ever, so a large body is sent as one that the program owns.  */
int zmq_send_const(void *opaque, const void *data, size_t size, int flags)
{
	struct pr_socket *socket = as_socket(opaque);
	struct pr_msg msg;

	if (size < PR_MSG_REFERENCE_MIN || !socket)
		return zmq_send(opaque, data, size, flags);
	int error = pr_msg_init_data(&msg, (void *)(uintptr_t)data, size, NULL, NULL);

	if (error)
		return result(error);
	error = pr_socket_send_msg(socket, &msg, flags);
	pr_msg_close(&msg);
	return error ? result(error) : size_result(size);
}

int zmq_recv(void *opaque, void *data, size_t size, int flags)
{
	struct pr_socket *socket = as_socket(opaque);
	struct pr_view view;
	int error = socket ? pr_socket_recv(socket, &view, flags) : ENOTSOCK;

	if (error)
		return result(error);
	if (size > 0 && view.size > 0)
		pr_copy(data, view.data, view.size < size ? view.size : size);
	if (__builtin_expect(view.size >= PR_MSG_REFERENCE_MIN, 0) && view.queue)
		pr_queue_disown(view.queue);
	return size_result(view.size);
}

/* ---- Messages ---- */

static struct pr_msg *as_msg(const zmq_msg_t *opaque)
{
	struct pr_msg *msg = (struct pr_msg *)(uintptr_t)opaque;

	return pr_msg_is_valid(msg) ? msg : NULL;
}

int zmq_msg_init(zmq_msg_t *msg)
{
	pr_msg_init((struct pr_msg *)msg);
	return 0;
}

int zmq_msg_init_size(zmq_msg_t *msg, size_t size)
{
	return result(pr_msg_init_size((struct pr_msg *)msg, size));
}

int zmq_msg_init_data(zmq_msg_t *msg, void *data, size_t size, zmq_free_fn *free_fn, void *hint)
{
	return result(pr_msg_init_data((struct pr_msg *)msg, data, size, free_fn, hint));
}

int zmq_msg_send(zmq_msg_t *opaque, void *socket_opaque, int flags)
{
	struct pr_socket *socket = as_socket(socket_opaque);
	struct pr_msg *msg = as_msg(opaque);

	if (!socket || !msg)
		return result(!socket ? ENOTSOCK : EFAULT);
	size_t size = msg->size;
	int error = size < PR_MSG_REFERENCE_MIN
	                    ? pr_socket_send(socket, pr_msg_data(msg), size, flags)
	                    : pr_socket_send_msg(socket, msg, flags);

	if (error)
		return result(error);
	pr_msg_close(msg);
	pr_msg_init(msg);
	return size_result(size);
}

int zmq_msg_recv(zmq_msg_t *opaque, void *socket_opaque, int flags)
{
	struct pr_socket *socket = as_socket(socket_opaque);
	struct pr_msg *msg = as_msg(opaque);
	struct pr_view view;

	if (!socket || !msg)
		return result(!socket ? ENOTSOCK : EFAULT);
	int error = pr_socket_recv(socket, &view, flags);

	if (error)
		return result(error);
	pr_msg_close(msg);
	error = pr_msg_init_view(msg, &view);
	return error ? result(error) : size_result(view.size);
}

int zmq_sendmsg(void *socket, zmq_msg_t *msg, int flags)
{
	return zmq_msg_send(msg, socket, flags);
}

int zmq_recvmsg(void *socket, zmq_msg_t *msg, int flags)
{
	return zmq_msg_recv(msg, socket, flags);
}

int zmq_msg_close(zmq_msg_t *opaque)
{
	struct pr_msg *msg = as_msg(opaque);

	if (!msg)
		return result(EFAULT);
	pr_msg_close(msg);
	return 0;
}

int zmq_msg_move(zmq_msg_t *to_opaque, zmq_msg_t *from_opaque)
{
	struct pr_msg *to = as_msg(to_opaque), *from = as_msg(from_opaque);

	if (!to || !from)
		return result(EFAULT);
	if (to == from)
		return 0;
	pr_msg_close(to);
	*to = *from;
	pr_msg_init(from);
	return 0;
}

int zmq_msg_copy(zmq_msg_t *to_opaque, zmq_msg_t *from_opaque)
{
	struct pr_msg *to = as_msg(to_opaque), *from = as_msg(from_opaque);

	if (!to || !from)
		return result(EFAULT);
	if (to != from)
		pr_msg_copy(to, from);
	return 0;
}

void *zmq_msg_data(zmq_msg_t *msg)
{
	return pr_msg_data((struct pr_msg *)msg);
}

size_t zmq_msg_size(const zmq_msg_t *msg)
{
	return ((const struct pr_msg *)msg)->size;
}

int zmq_msg_more(const zmq_msg_t *msg)
{
	return ((const struct pr_msg *)msg)->more;
}

int zmq_msg_get(const zmq_msg_t *opaque, int property)
{
	const struct pr_msg *msg = (const struct pr_msg *)opaque;

	if (property == ZMQ_MORE)
		return msg->more;
	if (property == ZMQ_SHARED)
		return msg->shared;
	const char *fd = property == ZMQ_SRCFD ? pr_msg_gets(msg, PR_METADATA_FD) : NULL;

	return fd ? atoi(fd) : result(EINVAL);
}

const char *zmq_msg_gets(const zmq_msg_t *opaque, const char *name)
{
	const char *value = pr_msg_gets((const struct pr_msg *)opaque, name);

	if (!value)
		errno = EINVAL;
	return value;
}

/* libzmq has no property that can be set.  */
int zmq_msg_set(zmq_msg_t *msg, int property, int value)
{
	(void)msg, (void)property, (void)value;
	return result(EINVAL);
}

/* ---- Polling ---- */

int zmq_poll(zmq_pollitem_t *items, int items_count, long timeout_ms)
{
	int ready = 0;
	int error = pr_poll(items, items_count, timeout_ms, &ready);

	return error ? result(error) : ready;
}

/* ---- Proxies ---- */

int zmq_proxy_steerable(void *front, void *back, void *capture, void *control)
{
	if (!front || !back)
		return result(EFAULT);
	if (!as_socket(front) || !as_socket(back) || (capture && !as_socket(capture)) ||
	    (control && !as_socket(control)))
		return result(ENOTSOCK);
	return result(pr_proxy_run(front, back, capture, control));
}

int zmq_proxy(void *front, void *back, void *capture)
{
	return zmq_proxy_steerable(front, back, capture, NULL);
}

/* The types (ZMQ_QUEUE...) were names for one and the same loop.  */
int zmq_device(int type, void *front, void *back)
{
	(void)type;
	return zmq_proxy(front, back, NULL);
}
