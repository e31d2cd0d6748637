/* SPDX-License-Identifier: MIT */
/* harness/interrupt.c - Ctrl-C as a flag and as a readable descriptor.
 *
 * The descriptor closes the gap between looking at the flag and sleeping in poll(2).  */
#include "harness/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t seen;
static int event_fd = -1;

static void on_signal(int number)
{
	const uint64_t one = 1;

	if (seen && number == SIGINT)
		_exit(PR_INTERRUPTED);
	seen = 1;
	if (write(event_fd, &one, sizeof(one)) < 0)
		_exit(PR_INTERRUPTED); /* nobody could be told */
}

enum pr_err pr_interrupt_init(struct pr_error *why)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event_fd < 0 || sigaction(SIGINT, &action, NULL) != 0 ||
	    sigaction(SIGTERM, &action, NULL) != 0 || sigaction(SIGHUP, &action, NULL) != 0)
		return pr_error_set(why, PR_FAILED, "cannot catch Ctrl-C: %s", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
	return PR_OK;
}

bool pr_interrupt_seen(void)
{
	return seen != 0;
}

int pr_interrupt_fd(void)
{
	return event_fd;
}
