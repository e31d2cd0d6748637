/* SPDX-License-Identifier: MIT */
/* core/test/kit.h - what the engine's tests share: sockets that never hang, and whole-message
 * helpers.
 *
 * The tests are ordinary programs for the libzmq C API: they include the system's <zmq.h> and link
 * -lzmq. Run plainly they test the system's libzmq, which proves that what they state is libzmq's
 * behaviour; with build/dropin in LD_LIBRARY_PATH they test ours.  Nothing here may sleep and hope:
 * whatever takes time is waited for with KIT_DEADLINE_MS, which only a broken engine ever reaches.
 *
 * A helper that fails ends the test with the caller's file and line.  From a thread that is not the
 * test's own, a failed helper or assertion ends the program, which fails the test as well.  */
#ifndef PR_TEST_KIT_H
#define PR_TEST_KIT_H

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <zmq.h>

#define KIT_DEADLINE_MS   100000
#define KIT_ENDPOINT_SIZE 64

#define KIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A call must fail with exactly this errno.  */
#define kit_assert_error(error, call)                                                              \
	do {                                                                                       \
		errno = 0;                                                                         \
		assert_int_equal(call, -1);                                                        \
		assert_int_equal(zmq_errno(), error);                                              \
	} while (0)

/* A call must succeed; its errno is shown when it does not.  */
#define kit_assert_ok(call)                                                                        \
	do {                                                                                       \
		errno = 0;                                                                         \
		if ((call) == -1)                                                                  \
			pr_kit_fail(__FILE__, __LINE__, "%s: %s", #call, zmq_strerror(errno));     \
	} while (0)

#define kit_bind(socket, endpoint)    pr_kit_bind(__FILE__, __LINE__, socket, endpoint)
#define kit_send(socket, text)        pr_kit_send(__FILE__, __LINE__, socket, text, 0)
#define kit_send_more(socket, text)   pr_kit_send(__FILE__, __LINE__, socket, text, ZMQ_SNDMORE)
#define kit_expect(socket, text)      pr_kit_expect(__FILE__, __LINE__, socket, text, 0)
#define kit_expect_more(socket, text) pr_kit_expect(__FILE__, __LINE__, socket, text, 1)
#define kit_recv_id(socket, id)       pr_kit_recv_id(__FILE__, __LINE__, socket, id)
#define kit_until(condition)                                                                       \
	do {                                                                                       \
		int64_t until_ = pr_kit_now_ms() + KIT_DEADLINE_MS;                                \
		while (!(condition)) {                                                             \
			if (pr_kit_now_ms() > until_)                                              \
				pr_kit_fail(__FILE__, __LINE__, "never came true: %s",             \
				            #condition);                                           \
			pr_kit_pause();                                                            \
		}                                                                                  \
	} while (0)

/* Runs the tests of a program as a group and returns from main.  */
#define KIT_RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

void pr_kit_fail(const char *file, int line, const char *fmt, ...)
        __attribute__((format(printf, 3, 4), noreturn));

/* A context, and a socket with LINGER 0 and both time-outs at KIT_DEADLINE_MS.  */
void *pr_kit_ctx(void);
void *pr_kit_socket(void *ctx, int type);
void pr_kit_close(void *socket);
void pr_kit_term(void *ctx);

void pr_kit_set(void *socket, int option, int value);
int pr_kit_get(void *socket, int option);
void pr_kit_set_id(void *socket, const char *id);

/* The loopback address of this process, "127.A.B.C", made from its id.  Sockets of tests that run
 * at the same time never meet there: one test's unused port, to which its socket goes on
 * connecting, may be another one's wildcard port a moment later.  */
const char *pr_kit_address(void);

/* Makes it another one: "127.0.0.1" for a test that needs a name for it; NULL: its own again.  */
void pr_kit_meet_at(const char *address);

/* Whether the test runs over unix sockets (KIT_TRANSPORT=ipc in the environment) instead of TCP:
 * then sockets meet at abstract names of this process.  Not while pr_kit_meet_at says where.  */
bool pr_kit_is_ipc(void);

/* KIT_TRANSPORT=inproc: sockets of one context meet at names in it.  Only for tests that say so
 * (INPROC in CMakeLists.txt): there is no descriptor to look at and no other process.  */
bool pr_kit_is_inproc(void);

/* Binds it where nobody else is and gives the real address.  */
void pr_kit_bind(const char *file, int line, void *socket, char endpoint[KIT_ENDPOINT_SIZE]);

/* The port of "tcp://ADDRESS:PORT".  */
int pr_kit_port(const char *endpoint);

/* Where an endpoint is, for socket(2), connect(2) and bind(2).  */
struct kit_sockaddr {
	struct sockaddr_storage sockaddr;
	socklen_t size;
};
struct kit_sockaddr pr_kit_sockaddr(const char *endpoint);

/* An address where nobody listens, and that nobody is given by chance while the program lives. What
 * listens there later must have set SO_REUSEADDR.  */
void pr_kit_unused_endpoint(char endpoint[KIT_ENDPOINT_SIZE]);

/* Two connected sockets: a is bound, b is connected to it.  */
struct kit_pair {
	void *ctx, *a, *b;
	char endpoint[KIT_ENDPOINT_SIZE];
};
void pr_kit_pair_open(struct kit_pair *pair, int type_a, int type_b);
void pr_kit_pair_close(struct kit_pair *pair);

void pr_kit_send(const char *file, int line, void *socket, const char *text, int flags);
void pr_kit_expect(const char *file, int line, void *socket, const char *text, int more);

/* Receives a routing id (a first frame with more to come) and returns its size.  */
size_t pr_kit_recv_id(const char *file, int line, void *socket, uint8_t id[256]);

/* Waits until the socket can be read (or written): false when timeout_ms passed first.  */
bool pr_kit_poll(void *socket, short events, long timeout_ms);

/* A body whose every byte depends on its size, its seed and its place; and the check.  */
void pr_kit_fill(void *body, size_t size, uint64_t seed);
bool pr_kit_filled(const void *body, size_t size, uint64_t seed);

int64_t pr_kit_now_ms(void);
void pr_kit_pause(void); /* one millisecond, for loops that wait for a condition */

/* Open file descriptors of this process.  */
size_t pr_kit_open_fds(void);

void pr_kit_thread(pthread_t *thread, void *(*run)(void *), void *arg);
void pr_kit_join(pthread_t thread);

/* Whether the library under test is ours.  */
bool pr_kit_is_proctor(void);

#endif
