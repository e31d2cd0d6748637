/* SPDX-License-Identifier: MIT */
/* reports/child.c - waiting for a child process that may take too long (see child.h).  */
#include "reports/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

int pr_child_wait(pid_t pid, int limit_ms, bool leads_group)
{
	int fd = pidfd_open(pid, 0), status = -1;

	if (fd >= 0) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		int ready;

		do
			ready = poll(&poller, 1, limit_ms);
		while (ready < 0 && errno == EINTR);
		if (ready == 0)
			kill(leads_group ? -pid : pid, SIGKILL);
		close(fd);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}
