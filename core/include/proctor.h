/* SPDX-License-Identifier: MIT */
/* proctor.h - what the proctor engine offers beside the libzmq C API.
 *
 * libproctor.so exports the functions of zmq.h under their own names, and these.  A driver that is
 * written for any libzmq-API library looks the proctor_ functions up with dlsym(3); where they are
 * absent the library has no hooks.  All functions are thread-safe unless they say otherwise; none
 * blocks.  */
#ifndef PROCTOR_H
#define PROCTOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PROCTOR_EXPORT __attribute__((visibility("default")))
#else
#define PROCTOR_EXPORT
#endif

/* "0.1.0".  */
PROCTOR_EXPORT const char *proctor_version(void);

/* Chooses how the I/O threads of a context read, hold back and write: "PRESET[,option=value]...",
 * for example "baseline" or "reactive,read-size=64K".  Must come before the context's first socket.
 * A context that was never told takes the environment variable PROCTOR_PHASE (when that does not
 * parse, zmq_ctx_new fails with EINVAL and a sentence on standard error), and without that the
 * preset "core".  Returns 0, or -1 with errno: EFAULT (not a context), EINVAL (the text does not
 * parse; error, if not NULL, receives one sentence of at most error_size bytes), EBUSY (the context
 * already has sockets).  */
PROCTOR_EXPORT int proctor_ctx_set_phase(void *context, const char *phase, char *error,
                                         size_t error_size);

struct proctor_counter {
	const char *name;  /* "recv_eagain": also the JSON key */
	const char *unit;  /* "calls" */
	const char *scope; /* "conn", "loop" or "sock" */
	const char *kind;  /* "sum", or "peak": then a total is the largest, not the sum */
	const char *help;  /* one line */
};

/* The list of counters, in the order of the values below; static memory.  *list may be NULL to ask
 * only for the count.  Returns 0 when the hooks were compiled out.  */
PROCTOR_EXPORT size_t proctor_counters(const struct proctor_counter **list);

/* Totals of a context since it was created, closed connections included.  Writes at most count
 * values in list order and returns how many; -1 with EFAULT when it is not a context.  The values
 * are read while the engine runs: each is exact, but they agree with each other (conservation laws)
 * only when it is at rest.  */
PROCTOR_EXPORT int proctor_ctx_counters(void *context, uint64_t *values, size_t count);

/* Calls visit once for each open connection of the context, with its counters of scope "conn"
 * (others are 0) in list order and the peer's address ("tcp://127.0.0.1:40312").  visit must not
 * call into the engine. Returns the number of connections, or -1 with EFAULT.  */
PROCTOR_EXPORT int proctor_ctx_connections(void *context,
                                           void (*visit)(void *arg, const char *peer,
                                                         const uint64_t *values, size_t count),
                                           void *arg);

#ifdef __cplusplus
}
#endif
#endif
