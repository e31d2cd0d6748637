/* SPDX-License-Identifier: MIT */
/* harness/interpose/interpose.h - what libproctor-interpose.so offers to the program it is loaded
 * into.
 *
 * The library is loaded before all others (LD_PRELOAD).  It stands in the way of the functions of
 * libc that receive, send, wait, wake and allocate, calls the real one, and counts by call site, by
 * kind of descriptor and by outcome.  It sees what goes through these functions from any
 * dynamically linked engine; it does not see calls that libc makes for itself (the futex in a mutex
 * or a condition variable) nor system calls that code makes with an instruction of its own.
 *
 * Each thread counts in a table of its own, without locks: an increment is a load and a store.  The
 * reader sums the tables; what it reads is exact when the threads rest.  A forked process counts on
 * its own copy.
 *
 * The program finds the library with dlsym(RTLD_DEFAULT, PR_INTERPOSE_SYMBOL).  */
#ifndef PR_INTERPOSE_H
#define PR_INTERPOSE_H

#include <stddef.h>
#include <stdint.h>

#define PR_INTERPOSE_SYMBOL  "proctor_interpose"
#define PR_INTERPOSE_FILE    "libproctor-interpose.so"
#define PR_INTERPOSE_VERSION 2

/* The system call that a function stands for: recv(3) is recvfrom(2).  */
enum pr_interpose_call {
	PR_IP_NONE,
	PR_IP_RECVFROM,
	PR_IP_RECVMSG,
	PR_IP_RECVMMSG,
	PR_IP_READ,
	PR_IP_READV,
	PR_IP_SENDTO,
	PR_IP_SENDMSG,
	PR_IP_SENDMMSG,
	PR_IP_WRITE,
	PR_IP_WRITEV,
	PR_IP_EPOLL_WAIT,
	PR_IP_EPOLL_PWAIT,
	PR_IP_EPOLL_PWAIT2,
	PR_IP_POLL,
	PR_IP_PPOLL,
	PR_IP_SELECT,
	PR_IP_EPOLL_CTL,
	PR_IP_FUTEX, /* by syscall(2) only */
	PR_IP_IO_URING_ENTER,
	PR_IP_SCHED_YIELD,
	PR_IP_MALLOC,
	PR_IP_CALLOC,
	PR_IP_REALLOC,
	PR_IP_ALIGNED, /* memalign and its sisters */
	PR_IP_CALLS
};

/* What one place in the program did.  */
struct pr_interpose_site {
	uintptr_t address;    /* where the call returns to */
	uint16_t call;        /* enum pr_interpose_call */
	uint16_t kind;        /* enum pr_fd_kind (analyzers/fdtable.h) */
	uint64_t ok;          /* without error; receives with bytes */
	uint64_t end;         /* receives from a stream that found its end */
	uint64_t would_block; /* EAGAIN */
	uint64_t errors;      /* other errors */
	uint64_t bytes;       /* moved or asked for */
	uint64_t wakes;       /* futex: calls that wake others */
	uint64_t hidden;      /* polls without a limit for one descriptor, on a thread that runs an
	                       * epoll loop: its other connections wait with it */
};

/* What is added to an unmodified engine, and after what.  */
enum pr_interpose_dose { PR_DOSE_NONE, PR_DOSE_READ, PR_DOSE_WAKEUP, PR_DOSE_ALLOCATION };
enum pr_interpose_place { PR_DOSE_AT_RECEIVE, PR_DOSE_AT_SEND, PR_DOSE_AT_WAIT };

struct pr_interpose_api {
	uint32_t version; /* PR_INTERPOSE_VERSION */

	/* Copies up to room sites of all threads, those of two threads beside each other, and gives
	 * their number, which may be greater.  Any thread, at any time; does not block.  */
	size_t (*read)(struct pr_interpose_site *sites, size_t room);

	/* Calls that were not counted: there were too many threads.  */
	uint64_t (*lost)(void);

	/* Whether allocations of the calling thread count, as they do at first.  The program that
	 * reads the counts allocates too, and its own are not the engine's.  */
	void (*allocations)(int counted);

	/* From now on, `count` failing reads, wake-ups or allocations follow each successful
	 * receive from a stream socket, each send to one, or each wait, in the thread that made it.
	 * They are not counted among the sites.  Returns 0, or an errno.  Not thread-safe.  */
	int (*dose)(enum pr_interpose_dose dose, enum pr_interpose_place place, unsigned count);

	/* How many were added so far.  */
	uint64_t (*dosed)(void);
};

/* The library's one exported function of its own.  */
const struct pr_interpose_api *proctor_interpose(void);

#endif
