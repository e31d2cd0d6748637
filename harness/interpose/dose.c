/* SPDX-License-Identifier: MIT */
/* harness/interpose/dose.c - calls that are added to an unmodified engine.
 *
 * They are made by the real functions, so no counter of ours sees them:
 *   a read        recv(MSG_DONTWAIT) on a tcp socket that never has anything: EAGAIN
 *   a wake-up     a write to an eventfd and the read that empties it
 *   an allocation malloc and free of 64 bytes  */
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/interpose/real.h"
#include "harness/interpose/tables.h"

#define ALLOCATION_BYTES 64

extern void *__libc_malloc(size_t size);
extern void __libc_free(void *memory);

enum pr_interpose_dose pr_ip_dose;
enum pr_interpose_place pr_ip_dose_place;
static unsigned dose_count;
static int empty_fds[2] = {-1, -1}, event_fd = -1;
static _Atomic uint64_t dosed;

/* Two tcp sockets that are connected with each other.  */
static int connect_pair(void)
{
	struct sockaddr_in place = {.sin_family = AF_INET,
	                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(place);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error = 0;

	empty_fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || empty_fds[0] < 0 ||
	    bind(listener, (struct sockaddr *)&place, sizeof(place)) != 0 ||
	    listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&place, &size) != 0 ||
	    connect(empty_fds[0], (struct sockaddr *)&place, sizeof(place)) != 0 ||
	    (empty_fds[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
		error = errno;
	if (listener >= 0)
		close(listener);
	if (error != 0 && empty_fds[0] >= 0)
		close(empty_fds[0]);
	if (error != 0)
		empty_fds[0] = -1;
	return error;
}

static int prepare(enum pr_interpose_dose dose)
{
	if (dose == PR_DOSE_READ && empty_fds[0] < 0)
		return connect_pair();
	if (dose == PR_DOSE_WAKEUP && event_fd < 0 &&
	    (event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		return errno;
	return 0;
}

int pr_ip_dose_set(enum pr_interpose_dose dose, enum pr_interpose_place place, unsigned count)
{
	int error = prepare(dose);

	if (error != 0)
		return error;
	pr_ip_dose_place = place;
	dose_count = count;
	pr_ip_dose = count > 0 ? dose : PR_DOSE_NONE;
	return 0;
}

static void read_nothing(void)
{
	char byte;

	PR_REAL(recv)(empty_fds[0], &byte, sizeof(byte), MSG_DONTWAIT);
}

static void wake_nobody(void)
{
	uint64_t one = 1;

	if (PR_REAL(write)(event_fd, &one, sizeof(one)) == sizeof(one) &&
	    PR_REAL(read)(event_fd, &one, sizeof(one)) != sizeof(one))
		abort(); /* nobody else reads it */
}

static void allocate(void)
{
	volatile char *memory = __libc_malloc(ALLOCATION_BYTES);

	if (memory != NULL)
		memory[0] = 1;
	__libc_free((void *)memory);
}

void pr_ip_dose_give(void)
{
	int error = errno;

	for (unsigned i = 0; i < dose_count; i++)
		if (pr_ip_dose == PR_DOSE_READ)
			read_nothing();
		else if (pr_ip_dose == PR_DOSE_WAKEUP)
			wake_nobody();
		else
			allocate();
	atomic_fetch_add_explicit(&dosed, dose_count, memory_order_relaxed);
	errno = error;
}

uint64_t pr_ip_dosed(void)
{
	return atomic_load_explicit(&dosed, memory_order_relaxed);
}
