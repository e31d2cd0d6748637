/* SPDX-License-Identifier: MIT */
/* harness/interpose/descriptors.c - the functions of libc that make and close descriptors.
 *
 * Nothing is counted; a number that is given anew is looked up anew.  libc closes some for itself
 * (fclose), so those that are made are forgotten too.  */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/interpose/real.h"
#include "harness/interpose/tables.h"

#define PUBLIC __attribute__((visibility("default")))

static inline int made(int fd)
{
	pr_ip_forget(fd);
	return fd;
}

static inline int made_two(int result, const int *fds)
{
	if (result == 0) {
		pr_ip_forget(fds[0]);
		pr_ip_forget(fds[1]);
	}
	return result;
}

PUBLIC int close(int fd)
{
	pr_ip_forget(fd);
	return PR_REAL(close)(fd);
}

PUBLIC int socket(int domain, int type, int protocol)
{
	return made(PR_REAL(socket)(domain, type, protocol));
}

PUBLIC int socketpair(int domain, int type, int protocol, int fds[2])
{
	return made_two(PR_REAL(socketpair)(domain, type, protocol, fds), fds);
}

PUBLIC int accept(int fd, struct sockaddr *restrict peer, socklen_t *restrict size)
{
	return made(PR_REAL(accept)(fd, peer, size));
}

PUBLIC int accept4(int fd, struct sockaddr *restrict peer, socklen_t *restrict size, int flags)
{
	return made(PR_REAL(accept4)(fd, peer, size, flags));
}

PUBLIC int eventfd(unsigned value, int flags)
{
	return made(PR_REAL(eventfd)(value, flags));
}

PUBLIC int epoll_create(int size)
{
	return made(PR_REAL(epoll_create)(size));
}

PUBLIC int epoll_create1(int flags)
{
	return made(PR_REAL(epoll_create1)(flags));
}

PUBLIC int pipe(int fds[2])
{
	return made_two(PR_REAL(pipe)(fds), fds);
}

PUBLIC int pipe2(int fds[2], int flags)
{
	return made_two(PR_REAL(pipe2)(fds, flags), fds);
}

PUBLIC int dup(int fd)
{
	return made(PR_REAL(dup)(fd));
}

PUBLIC int dup2(int fd, int to)
{
	return made(PR_REAL(dup2)(fd, to));
}

PUBLIC int dup3(int fd, int to, int flags)
{
	return made(PR_REAL(dup3)(fd, to, flags));
}
