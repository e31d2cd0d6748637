/* SPDX-License-Identifier: MIT */
/* harness/interpose/kinds.c - what each descriptor is.
 *
 * The kernel is asked at the first use, and again after the number was closed or given anew.  */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/interpose/tables.h"

#define FDS_MAX 65536

/* A kind plus 1; 0 is not looked up.  */
static _Atomic unsigned char kinds[FDS_MAX];

static bool ask_socket(int fd, enum pr_fd_kind *kind)
{
	int domain = 0, type = 0;
	socklen_t size = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0)
		return false;
	size = sizeof(type);
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	*kind = PR_FD_SOCKET;
	if (domain == AF_INET || domain == AF_INET6)
		*kind = type == SOCK_STREAM ? PR_FD_TCP : PR_FD_UDP;
	else if (domain == AF_UNIX)
		*kind = PR_FD_UNIX;
	else if (domain == AF_NETLINK)
		*kind = PR_FD_NETLINK;
	return true;
}

static enum pr_fd_kind ask_link(int fd)
{
	static const struct {
		const char *begins;
		enum pr_fd_kind kind;
	} names[] = {
	        {"anon_inode:[eventfd", PR_FD_EVENTFD},
	        {"anon_inode:[eventpoll", PR_FD_EPOLL},
	        {"anon_inode:[timerfd", PR_FD_TIMERFD},
	        {"anon_inode:[signalfd", PR_FD_SIGNALFD},
	        {"anon_inode:inotify", PR_FD_INOTIFY},
	        {"pipe:", PR_FD_PIPE},
	        {"/", PR_FD_FILE},
	};
	char path[32], text[32];
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	size = readlink(path, text, sizeof(text) - 1);
	if (size < 0)
		return PR_FD_UNKNOWN;
	text[size] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(text, names[i].begins, strlen(names[i].begins)) == 0)
			return names[i].kind;
	return PR_FD_OTHER;
}

static __attribute__((noinline)) enum pr_fd_kind look_up(int fd)
{
	int error = errno;
	enum pr_fd_kind kind;

	if (!ask_socket(fd, &kind))
		kind = ask_link(fd);
	errno = error;
	if (fd < FDS_MAX && kind != PR_FD_UNKNOWN)
		atomic_store_explicit(&kinds[fd], (unsigned char)(kind + 1), memory_order_relaxed);
	return kind;
}

enum pr_fd_kind pr_ip_kind(int fd)
{
	unsigned char known;

	if (fd < 0)
		return PR_FD_UNKNOWN;
	known = fd < FDS_MAX ? atomic_load_explicit(&kinds[fd], memory_order_relaxed) : 0;
	return known != 0 ? (enum pr_fd_kind)(known - 1) : look_up(fd);
}

void pr_ip_forget(int fd)
{
	if (fd >= 0 && fd < FDS_MAX)
		atomic_store_explicit(&kinds[fd], 0, memory_order_relaxed);
}
