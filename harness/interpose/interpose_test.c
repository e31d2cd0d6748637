/* SPDX-License-Identifier: MIT */
/* harness/interpose/interpose_test.c - calls that are known, counted to the unit.  The test runs
 * with the library loaded before it (LD_PRELOAD).  */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/base/test.h"
#include "harness/interpose/interpose.h"
#include "harness/watch.h"

extern ssize_t __recv_chk(int fd, void *to, size_t size, size_t room, int flags);
extern ssize_t __recvfrom_chk(int fd, void *to, size_t size, size_t room, int flags,
                              struct sockaddr *from, socklen_t *from_size);
extern ssize_t __read_chk(int fd, void *to, size_t size, size_t room);
extern int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);

static json_t *before;

static void begin(void)
{
	json_decref(before);
	before = pr_watch_read();
}

static json_t *since(void)
{
	json_t *after = pr_watch_read(), *difference = pr_watch_since(after, before);
	json_t *own = json_incref(json_object_get(difference, "interpose"));

	json_decref(after);
	json_decref(difference);
	return own;
}

/* Member `key` of a call; "EAGAIN" and kinds of descriptors are a level below.  */
static int64_t count_of(const json_t *counted, const char *call, const char *key)
{
	const json_t *found = json_object_get(json_object_get(counted, "calls"), call);
	const json_t *value = json_object_get(found, key);

	if (value == NULL)
		value = json_object_get(json_object_get(found, "errors"), key);
	if (value == NULL)
		value = json_object_get(json_object_get(found, "fds"), key);
	return json_integer_value(value);
}

static void connect_tcp(int fds[2])
{
	struct sockaddr_in place = {.sin_family = AF_INET,
	                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(place);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&place, sizeof(place)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&place, &size), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fds[0], (struct sockaddr *)&place, sizeof(place)), 0);
	fds[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	assert_true(fds[1] >= 0);
	close(listener);
}

static void close_two(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

/* ---- receiving and sending ------------------------------------------------------------------- */

static void wait_readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&poll_fd, 1, 10000), 1);
}

/* Not inlined: each call is one site.  */
static __attribute__((noinline)) void receive_every_way(int fd, ssize_t want, int messages_want)
{
	int flags = MSG_DONTWAIT;
	char text[64];
	struct iovec part = {text, 10};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct mmsghdr messages = {.msg_hdr = message};

	assert_int_equal(recv(fd, text, 10, flags), want);
	assert_int_equal(recvfrom(fd, text, 10, flags, NULL, NULL), want);
	assert_int_equal(__recv_chk(fd, text, 10, sizeof(text), flags), want);
	assert_int_equal(__recvfrom_chk(fd, text, 10, sizeof(text), flags, NULL, NULL), want);
	assert_int_equal(syscall(SYS_recvfrom, fd, text, 10, flags, NULL, NULL), want);
	assert_int_equal(recvmsg(fd, &message, flags), want);
	assert_int_equal(recvmmsg(fd, &messages, 1, flags, NULL), messages_want);
	assert_int_equal(read(fd, text, 10), want);
	assert_int_equal(__read_chk(fd, text, 10, sizeof(text)), want);
	assert_int_equal(readv(fd, &part, 1), want);
}

/* Each way once with 10 bytes, once with nothing there; two ways share a system call.  */
static void every_way_to_receive(void **state)
{
	char text[128] = "";
	json_t *counted;
	int fds[2];

	(void)state;
	connect_tcp(fds);
	assert_int_equal(send(fds[0], text, 100, 0), 100);
	do
		wait_readable(fds[1]);
	while (recv(fds[1], text, sizeof(text), MSG_PEEK) < 100);
	begin();
	receive_every_way(fds[1], 10, 1);
	receive_every_way(fds[1], -1, -1);
	assert_int_equal(errno, EAGAIN);
	counted = since();
	assert_int_equal(count_of(counted, "recvfrom", "calls"), 10);
	assert_int_equal(count_of(counted, "recvfrom", "ok"), 5);
	assert_int_equal(count_of(counted, "recvfrom", "bytes"), 50);
	assert_int_equal(count_of(counted, "recvfrom", "EAGAIN"), 5);
	assert_int_equal(count_of(counted, "recvmsg", "calls"), 2);
	assert_int_equal(count_of(counted, "recvmsg", "bytes"), 10);
	assert_int_equal(count_of(counted, "recvmmsg", "EAGAIN"), 1);
	assert_int_equal(count_of(counted, "recvmmsg", "bytes"), 10);
	assert_int_equal(count_of(counted, "read_tcp", "calls"), 4);
	assert_int_equal(count_of(counted, "read_tcp", "EAGAIN"), 2);
	assert_int_equal(count_of(counted, "readv_tcp", "ok"), 1);
	assert_int_equal(count_of(counted, "read", "calls"), 0);
	assert_int_equal(json_object_size(json_object_get(counted, "sites")), 10);
	json_decref(counted);
	close_two(fds);
}

static void every_way_to_send(void **state)
{
	char text[64] = "";
	struct iovec part = {text, 10};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct mmsghdr messages = {.msg_hdr = message};
	json_t *counted;
	int fds[2];

	(void)state;
	connect_tcp(fds);
	begin();
	assert_int_equal(send(fds[0], text, 1, 0), 1);
	assert_int_equal(sendto(fds[0], text, 2, 0, NULL, 0), 2);
	assert_int_equal(syscall(SYS_sendto, fds[0], text, 3, 0, NULL, 0), 3);
	assert_int_equal(sendmsg(fds[0], &message, 0), 10);
	assert_int_equal(sendmmsg(fds[0], &messages, 1, 0), 1);
	assert_int_equal(write(fds[0], text, 4), 4);
	assert_int_equal(writev(fds[0], &part, 1), 10);
	assert_int_equal(send(fds[0], text, 1, MSG_OOB | MSG_FASTOPEN | MSG_DONTWAIT), -1);
	assert_int_equal(write(-1, "proctor:mark:begin", 18), -1); /* counts nowhere */
	counted = since();
	assert_int_equal(count_of(counted, "sendto", "calls"), 4);
	assert_int_equal(count_of(counted, "sendto", "bytes"), 6);
	assert_int_equal(count_of(counted, "sendto", "other"), 1);
	assert_int_equal(count_of(counted, "sendmsg", "bytes"), 10);
	assert_int_equal(count_of(counted, "sendmmsg", "bytes"), 10);
	assert_int_equal(count_of(counted, "write_tcp", "bytes"), 4);
	assert_int_equal(count_of(counted, "writev_tcp", "calls"), 1);
	assert_int_equal(count_of(counted, "write", "calls"), 0);
	json_decref(counted);
	close_two(fds);
}

/* ---- descriptors ----------------------------------------------------------------------------- */

/* One number, three kinds in turn.  */
static void a_number_is_looked_up_anew(void **state)
{
	uint64_t value = 1;
	json_t *counted;
	int fds[2], event = eventfd(0, EFD_NONBLOCK), other;

	(void)state;
	begin();
	assert_int_equal(write(event, &value, sizeof(value)), 8);
	assert_int_equal(read(event, &value, sizeof(value)), 8);
	assert_int_equal(read(event, &value, sizeof(value)), -1);
	assert_int_equal(eventfd_write(event, 1), 0);
	assert_int_equal(eventfd_read(event, &value), 0);
	close(event);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(fds[0], event);
	assert_int_equal(write(fds[0], "x", 1), 1);
	assert_int_equal(recv(fds[1], &value, 1, 0), 1);
	other = dup(STDOUT_FILENO);
	assert_int_equal(dup2(other, fds[0]), fds[0]); /* the same number: a file or a pipe */
	assert_int_equal(write(fds[0], "", 0), 0);
	counted = since();
	assert_int_equal(count_of(counted, "write", "eventfd"), 2);
	assert_int_equal(count_of(counted, "read", "eventfd"), 3);
	assert_int_equal(count_of(counted, "read", "EAGAIN"), 1);
	assert_int_equal(count_of(counted, "write_unix", "calls"), 1);
	assert_int_equal(count_of(counted, "recvfrom_unix", "bytes"), 1);
	assert_int_equal(count_of(counted, "write", "calls"), 3);
	json_decref(counted);
	close_two(fds);
	close(other);
}

static void waits_and_interest(void **state)
{
	struct epoll_event event = {.events = EPOLLIN};
	int poll_fd = epoll_create1(0), wake_fd = eventfd(0, 0);
	struct pollfd one = {.fd = wake_fd, .events = POLLIN};
	json_t *counted;
	int word = 0;

	(void)state;
	begin();
	assert_int_equal(epoll_ctl(poll_fd, EPOLL_CTL_ADD, wake_fd, &event), 0);
	assert_int_equal(epoll_ctl(poll_fd, EPOLL_CTL_ADD, wake_fd, &event), -1);
	assert_int_equal(epoll_wait(poll_fd, &event, 1, 0), 0);
	assert_int_equal(epoll_pwait(poll_fd, &event, 1, 0, NULL), 0);
	assert_int_equal(poll(&one, 1, 0), 0);
	assert_int_equal(__poll_chk(&one, 1, 0, sizeof(one)), 0);
	assert_int_equal(ppoll(&one, 1, &(struct timespec){0}, NULL), 0);
	assert_int_equal(syscall(SYS_futex, &word, 129, 1, NULL, NULL, 0), 0); /* wakes nobody */
	counted = since();
	assert_int_equal(count_of(counted, "epoll_ctl", "calls"), 2);
	assert_int_equal(count_of(counted, "epoll_ctl", "other"), 1);
	assert_int_equal(count_of(counted, "epoll_wait", "calls"), 1);
	assert_int_equal(count_of(counted, "epoll_pwait", "calls"), 1);
	assert_int_equal(count_of(counted, "poll", "calls"), 2);
	assert_int_equal(count_of(counted, "ppoll", "calls"), 1);
	assert_int_equal(count_of(counted, "futex", "wakes"), 1);
	json_decref(counted);
	close(poll_fd);
	close(wake_fd);
}

/* ---- memory and threads ---------------------------------------------------------------------- */

static void allocations_by_size(void **state)
{
	void *volatile blocks[10];
	void *aligned = NULL;
	json_t *counted, *after;

	(void)state;
	begin();
	pr_watch_allocations(true);
	for (int i = 0; i < 10; i++)
		blocks[i] = malloc(100);
	blocks[0] = realloc(blocks[0], 200);
	for (int i = 0; i < 10; i++)
		free(blocks[i]);
	blocks[0] = calloc(3, 50);
	free(blocks[0]);
	free(NULL); /* nothing to release */
	assert_int_equal(posix_memalign(&aligned, 64, 640), 0);
	assert_int_equal((uintptr_t)aligned % 64, 0);
	free(aligned);
	pr_watch_allocations(false);
	blocks[0] = malloc(12345); /* of a thread that does not count */
	free(blocks[0]);
	after = pr_watch_read();
	counted = since();
	assert_int_equal(count_of(counted, "malloc", "calls"), 10);
	assert_int_equal(count_of(counted, "malloc", "bytes"), 1000);
	assert_int_equal(count_of(counted, "realloc", "bytes"), 200);
	assert_int_equal(count_of(counted, "calloc", "bytes"), 150);
	assert_int_equal(count_of(counted, "aligned", "calls"), 1);
	json_decref(counted);
	json_decref(after);
}

#define THREADS 8
#define SENDS   500

static void *send_many(void *arg)
{
	const int *fds = arg;
	char byte;

	for (int i = 0; i < SENDS; i++)
		if (send(fds[0], "x", 1, 0) != 1 || recv(fds[1], &byte, 1, 0) != 1)
			abort();
	return NULL;
}

/* More rounds of threads than there are tables: a table is used again, and keeps its counts.  */
static void threads_come_and_go(void **state)
{
	json_t *counted;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	begin();
	for (int round = 0; round < 40; round++) {
		pthread_t threads[THREADS];

		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, send_many, fds), 0);
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
	}
	counted = since();
	assert_int_equal(count_of(counted, "sendto_unix", "calls"), 40 * THREADS * SENDS);
	assert_int_equal(count_of(counted, "recvfrom_unix", "bytes"), 40 * THREADS * SENDS);
	assert_null(json_object_get(counted, "lost"));
	json_decref(counted);
	close_two(fds);
}

/* ---- doses ----------------------------------------------------------------------------------- */

static int64_t dose(int what, int place, uint64_t count)
{
	struct pr_error why;
	json_t *counted;
	int64_t dosed;
	char byte;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_ok(pr_watch_dose(what, place, count, &why), why);
	begin();
	for (int i = 0; i < 5; i++) {
		assert_int_equal(send(fds[0], "x", 1, 0), 1);
		assert_int_equal(recv(fds[1], &byte, 1, 0), 1);
		errno = 0;
		assert_int_equal(recv(fds[1], &byte, 1, MSG_DONTWAIT), -1); /* no success */
		assert_int_equal(errno, EAGAIN);
	}
	counted = since();
	dosed = json_integer_value(json_object_get(counted, "dosed"));
	assert_int_equal(count_of(counted, "recvfrom_unix", "calls"), 10); /* a dose is not */
	assert_int_equal(count_of(counted, "write", "eventfd"), 0);
	assert_ok(pr_watch_dose(PR_DOSE_NONE, 0, 0, &why), why);
	json_decref(counted);
	close_two(fds);
	return dosed;
}

static void doses_follow_their_place(void **state)
{
	(void)state;
	assert_int_equal(dose(PR_DOSE_READ, PR_DOSE_AT_RECEIVE, 4), 20);
	assert_int_equal(dose(PR_DOSE_WAKEUP, PR_DOSE_AT_SEND, 2), 10);
	assert_int_equal(dose(PR_DOSE_ALLOCATION, PR_DOSE_AT_RECEIVE, 1), 5);
	assert_int_equal(dose(PR_DOSE_READ, PR_DOSE_AT_WAIT, 1), 0);
	assert_int_equal(dose(PR_DOSE_READ, PR_DOSE_AT_RECEIVE, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_way_to_receive),       cmocka_unit_test(every_way_to_send),
	        cmocka_unit_test(a_number_is_looked_up_anew), cmocka_unit_test(waits_and_interest),
	        cmocka_unit_test(allocations_by_size),        cmocka_unit_test(threads_come_and_go),
	        cmocka_unit_test(doses_follow_their_place),
	};
	struct pr_error why;

	if (pr_watch_start(PR_WATCH_INTERPOSE, &why) != PR_OK) {
		fprintf(stderr, "%s\n", why.text);
		return 77; /* skipped */
	}
	pr_watch_allocations(false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
