/* SPDX-License-Identifier: MIT */
/* harness/interpose/calls.c - the functions of libc that receive, send, wait and wake.
 *
 * Each calls the real one and counts.  recv(3) and recvfrom(3) are two symbols and one system call;
 * programs built with fortification call the names with _chk.  */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness/interpose/real.h"
#include "harness/interpose/tables.h"

#define PUBLIC __attribute__((visibility("default")))
#define SITE   __builtin_return_address(0)

/* Of the fortified names no header speaks.  */
PUBLIC ssize_t __read_chk(int fd, void *to, size_t size, size_t room);
PUBLIC ssize_t __recv_chk(int fd, void *to, size_t size, size_t room, int flags);
PUBLIC ssize_t __recvfrom_chk(int fd, void *to, size_t size, size_t room, int flags,
                              struct sockaddr *from, socklen_t *from_size);
PUBLIC int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room);
PUBLIC int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                       const sigset_t *mask, size_t room);

static inline bool is_stream(enum pr_fd_kind kind)
{
	return kind == PR_FD_TCP || kind == PR_FD_UNIX;
}

/* A call that moved bytes.  */
static inline void moved(enum pr_interpose_call call, int fd, void *site, ssize_t result,
                         uint64_t bytes)
{
	enum pr_fd_kind kind;

	if (fd < 0) /* a mark between stages */
		return;
	kind = pr_ip_kind(fd);
	pr_ip_count(call, kind, site, result, bytes);
	if (result > 0 && is_stream(kind))
		pr_ip_after(call <= PR_IP_READV ? PR_DOSE_AT_RECEIVE : PR_DOSE_AT_SEND);
}

static inline void moved_bytes(enum pr_interpose_call call, int fd, void *site, ssize_t result)
{
	moved(call, fd, site, result, result > 0 ? (uint64_t)result : 0);
}

static void moved_messages(enum pr_interpose_call call, int fd, void *site, int result,
                           const struct mmsghdr *messages)
{
	uint64_t bytes = 0;

	for (int i = 0; i < result; i++)
		bytes += messages[i].msg_len;
	moved(call, fd, site, result, bytes);
}

static inline void waited(enum pr_interpose_call call, void *site, int result)
{
	pr_ip_count(call, PR_FD_UNKNOWN, site, result, 0);
	if (result >= 0)
		pr_ip_after(PR_DOSE_AT_WAIT);
}

/* This thread has slept in epoll.  */
static __thread bool loops __attribute__((tls_model("initial-exec")));

static inline void waited_in_epoll(enum pr_interpose_call call, void *site, int result,
                                   bool may_sleep)
{
	loops |= may_sleep;
	waited(call, site, result);
}

static inline void polled(enum pr_interpose_call call, void *site, int result, nfds_t count,
                          bool without_limit)
{
	if (count == 1 && without_limit && loops)
		pr_ip_count_hidden(call, site);
	waited(call, site, result);
}

/* ---- receiving ------------------------------------------------------------------------------- */

PUBLIC ssize_t recv(int fd, void *to, size_t size, int flags)
{
	ssize_t result = PR_REAL(recv)(fd, to, size, flags);

	moved_bytes(PR_IP_RECVFROM, fd, SITE, result);
	return result;
}

PUBLIC ssize_t __recv_chk(int fd, void *to, size_t size, size_t room, int flags)
{
	ssize_t result = PR_REAL(__recv_chk)(fd, to, size, room, flags);

	moved_bytes(PR_IP_RECVFROM, fd, SITE, result);
	return result;
}

PUBLIC ssize_t recvfrom(int fd, void *restrict to, size_t size, int flags,
                        struct sockaddr *restrict from, socklen_t *restrict from_size)
{
	ssize_t result = PR_REAL(recvfrom)(fd, to, size, flags, from, from_size);

	moved_bytes(PR_IP_RECVFROM, fd, SITE, result);
	return result;
}

PUBLIC ssize_t __recvfrom_chk(int fd, void *to, size_t size, size_t room, int flags,
                              struct sockaddr *from, socklen_t *from_size)
{
	ssize_t result = PR_REAL(__recvfrom_chk)(fd, to, size, room, flags, from, from_size);

	moved_bytes(PR_IP_RECVFROM, fd, SITE, result);
	return result;
}

PUBLIC ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t result = PR_REAL(recvmsg)(fd, message, flags);

	moved_bytes(PR_IP_RECVMSG, fd, SITE, result);
	return result;
}

PUBLIC int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
                    struct timespec *timeout)
{
	int result = PR_REAL(recvmmsg)(fd, messages, count, flags, timeout);

	moved_messages(PR_IP_RECVMMSG, fd, SITE, result, messages);
	return result;
}

PUBLIC ssize_t read(int fd, void *to, size_t size)
{
	ssize_t result = PR_REAL(read)(fd, to, size);

	moved_bytes(PR_IP_READ, fd, SITE, result);
	return result;
}

PUBLIC ssize_t __read_chk(int fd, void *to, size_t size, size_t room)
{
	ssize_t result = PR_REAL(__read_chk)(fd, to, size, room);

	moved_bytes(PR_IP_READ, fd, SITE, result);
	return result;
}

PUBLIC ssize_t readv(int fd, const struct iovec *parts, int count)
{
	ssize_t result = PR_REAL(readv)(fd, parts, count);

	moved_bytes(PR_IP_READV, fd, SITE, result);
	return result;
}

PUBLIC int eventfd_read(int fd, eventfd_t *value)
{
	int result = PR_REAL(eventfd_read)(fd, value);

	moved_bytes(PR_IP_READ, fd, SITE, result == 0 ? (ssize_t)sizeof(*value) : -1);
	return result;
}

/* ---- sending --------------------------------------------------------------------------------- */

PUBLIC ssize_t send(int fd, const void *from, size_t size, int flags)
{
	ssize_t result = PR_REAL(send)(fd, from, size, flags);

	moved_bytes(PR_IP_SENDTO, fd, SITE, result);
	return result;
}

PUBLIC ssize_t sendto(int fd, const void *from, size_t size, int flags, const struct sockaddr *to,
                      socklen_t to_size)
{
	ssize_t result = PR_REAL(sendto)(fd, from, size, flags, to, to_size);

	moved_bytes(PR_IP_SENDTO, fd, SITE, result);
	return result;
}

PUBLIC ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t result = PR_REAL(sendmsg)(fd, message, flags);

	moved_bytes(PR_IP_SENDMSG, fd, SITE, result);
	return result;
}

PUBLIC int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	int result = PR_REAL(sendmmsg)(fd, messages, count, flags);

	moved_messages(PR_IP_SENDMMSG, fd, SITE, result, messages);
	return result;
}

PUBLIC ssize_t write(int fd, const void *from, size_t size)
{
	ssize_t result = PR_REAL(write)(fd, from, size);

	moved_bytes(PR_IP_WRITE, fd, SITE, result);
	return result;
}

PUBLIC ssize_t writev(int fd, const struct iovec *parts, int count)
{
	ssize_t result = PR_REAL(writev)(fd, parts, count);

	moved_bytes(PR_IP_WRITEV, fd, SITE, result);
	return result;
}

PUBLIC int eventfd_write(int fd, eventfd_t value)
{
	int result = PR_REAL(eventfd_write)(fd, value);

	moved_bytes(PR_IP_WRITE, fd, SITE, result == 0 ? (ssize_t)sizeof(value) : -1);
	return result;
}

/* ---- waiting --------------------------------------------------------------------------------- */

PUBLIC int epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
	int result = PR_REAL(epoll_wait)(fd, events, most, timeout);

	waited_in_epoll(PR_IP_EPOLL_WAIT, SITE, result, timeout != 0);
	return result;
}

PUBLIC int epoll_pwait(int fd, struct epoll_event *events, int most, int timeout,
                       const sigset_t *mask)
{
	int result = PR_REAL(epoll_pwait)(fd, events, most, timeout, mask);

	waited_in_epoll(PR_IP_EPOLL_PWAIT, SITE, result, timeout != 0);
	return result;
}

PUBLIC int epoll_pwait2(int fd, struct epoll_event *events, int most,
                        const struct timespec *timeout, const sigset_t *mask)
{
	int result = PR_REAL(epoll_pwait2)(fd, events, most, timeout, mask);

	waited_in_epoll(PR_IP_EPOLL_PWAIT2, SITE, result, true);
	return result;
}

PUBLIC int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int result = PR_REAL(poll)(fds, count, timeout);

	polled(PR_IP_POLL, SITE, result, count, timeout < 0);
	return result;
}

PUBLIC int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t room)
{
	int result = PR_REAL(__poll_chk)(fds, count, timeout, room);

	polled(PR_IP_POLL, SITE, result, count, timeout < 0);
	return result;
}

PUBLIC int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                 const sigset_t *mask)
{
	int result = PR_REAL(ppoll)(fds, count, timeout, mask);

	polled(PR_IP_PPOLL, SITE, result, count, timeout == NULL);
	return result;
}

PUBLIC int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                       const sigset_t *mask, size_t room)
{
	int result = PR_REAL(__ppoll_chk)(fds, count, timeout, mask, room);

	polled(PR_IP_PPOLL, SITE, result, count, timeout == NULL);
	return result;
}

PUBLIC int select(int count, fd_set *restrict readable, fd_set *restrict writable,
                  fd_set *restrict odd, struct timeval *restrict timeout)
{
	int result = PR_REAL(select)(count, readable, writable, odd, timeout);

	waited(PR_IP_SELECT, SITE, result);
	return result;
}

PUBLIC int pselect(int count, fd_set *restrict readable, fd_set *restrict writable,
                   fd_set *restrict odd, const struct timespec *restrict timeout,
                   const sigset_t *restrict mask)
{
	int result = PR_REAL(pselect)(count, readable, writable, odd, timeout, mask);

	waited(PR_IP_SELECT, SITE, result);
	return result;
}

PUBLIC int epoll_ctl(int fd, int operation, int about, struct epoll_event *event)
{
	int result = PR_REAL(epoll_ctl)(fd, operation, about, event);

	pr_ip_count(PR_IP_EPOLL_CTL, PR_FD_UNKNOWN, SITE, result, 0);
	return result;
}

PUBLIC int sched_yield(void)
{
	int result = PR_REAL(sched_yield)();

	pr_ip_count(PR_IP_SCHED_YIELD, PR_FD_UNKNOWN, SITE, result, 0);
	return result;
}

/* ---- syscall(2) ------------------------------------------------------------------------------ */

static bool is_wake(long operation)
{
	int command = (int)operation & FUTEX_CMD_MASK;

	return command == FUTEX_WAKE || command == FUTEX_WAKE_OP || command == FUTEX_WAKE_BITSET;
}

static const struct {
	long number;
	enum pr_interpose_call call;
} moving[] = {
        {SYS_recvfrom, PR_IP_RECVFROM}, {SYS_recvmsg, PR_IP_RECVMSG}, {SYS_read, PR_IP_READ},
        {SYS_readv, PR_IP_READV},       {SYS_sendto, PR_IP_SENDTO},   {SYS_sendmsg, PR_IP_SENDMSG},
        {SYS_write, PR_IP_WRITE},       {SYS_writev, PR_IP_WRITEV},
};

static const struct {
	long number;
	enum pr_interpose_call call;
} waiting[] = {
#ifdef SYS_epoll_wait
        {SYS_epoll_wait, PR_IP_EPOLL_WAIT},
#endif
        {SYS_epoll_pwait, PR_IP_EPOLL_PWAIT},
#ifdef SYS_epoll_pwait2
        {SYS_epoll_pwait2, PR_IP_EPOLL_PWAIT2},
#endif
#ifdef SYS_poll
        {SYS_poll, PR_IP_POLL},
#endif
        {SYS_ppoll, PR_IP_PPOLL},
};

static void count_system_call(long number, const long *values, void *site, long result)
{
	for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++)
		if (moving[i].number == number)
			moved_bytes(moving[i].call, (int)values[0], site, result);
	for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++)
		if (waiting[i].number == number)
			waited(waiting[i].call, site, (int)result);
	if (number == SYS_recvmmsg || number == SYS_sendmmsg)
		moved_messages(number == SYS_recvmmsg ? PR_IP_RECVMMSG : PR_IP_SENDMMSG,
		               (int)values[0], site, (int)result,
		               (const struct mmsghdr *)values[1]);
	else if (number == SYS_epoll_ctl)
		pr_ip_count(PR_IP_EPOLL_CTL, PR_FD_UNKNOWN, site, result, 0);
#ifdef SYS_io_uring_enter
	else if (number == SYS_io_uring_enter)
		pr_ip_count(PR_IP_IO_URING_ENTER, PR_FD_UNKNOWN, site, result, 0);
#endif
	else if (number == SYS_close)
		pr_ip_forget((int)values[0]);
}

PUBLIC long syscall(long number, ...)
{
	long values[6], result;
	va_list list;

	va_start(list, number);
	for (size_t i = 0; i < 6; i++)
		values[i] = va_arg(list, long);
	va_end(list);
	result = PR_REAL(syscall)(number, values[0], values[1], values[2], values[3], values[4],
	                          values[5]);
	if (number == SYS_futex && is_wake(values[1]))
		pr_ip_count_wake(SITE, result);
	else if (number == SYS_futex)
		pr_ip_count(PR_IP_FUTEX, PR_FD_UNKNOWN, SITE, result, 0);
	else
		count_system_call(number, values, SITE, result);
	return result;
}
