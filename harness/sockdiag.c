/* SPDX-License-Identifier: MIT */
/* harness/sockdiag.c - NETLINK_SOCK_DIAG.  */
#include "harness/sockdiag.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* The kernel fills at most 32 KiB of a part.  */
#define PART 65536

int pr_sockdiag_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

static bool ask(int fd, const void *request, size_t size)
{
	struct {
		struct nlmsghdr header;
		char request[128];
	} question = {.header = {.nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
	                         .nlmsg_type = SOCK_DIAG_BY_FAMILY,
	                         .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};

	if (size > sizeof(question.request))
		return false;
	memcpy(question.request, request, size);
	return send(fd, &question, question.header.nlmsg_len, 0) == question.header.nlmsg_len;
}

/* What the kernel says, in as many parts as it likes.  */
bool pr_sockdiag_dump(int fd, const void *request, size_t size, pr_sockdiag_fn *take, void *data)
{
	_Alignas(struct nlmsghdr) char part[PART];

	if (!ask(fd, request, size))
		return false;
	for (;;) {
		ssize_t got = recv(fd, part, sizeof(part), 0);
		size_t left = got > 0 ? (size_t)got : 0;
		const struct nlmsghdr *message = (void *)part;

		if (got <= 0)
			return false;
		for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
			if (message->nlmsg_type == NLMSG_DONE)
				return true;
			if (message->nlmsg_type == NLMSG_ERROR || !take(data, message))
				return false;
		}
	}
}
