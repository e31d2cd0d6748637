/* SPDX-License-Identifier: MIT */
/* harness/unixdiag.c - what sock_diag(7) tells of unix sockets.  */
#include "harness/unixdiag.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/unix_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "harness/sockdiag.h"

/* The kernel's TCP_ESTABLISHED, which unix sockets use too.  */
#define ESTABLISHED (1u << 1)

/* Connections that are remembered.  */
#define ROOM 16384

struct pr_unixdiag {
	int fd;
	char name[sizeof(((struct sockaddr_un *)0)->sun_path)];
	size_t name_size;
	uint32_t inodes[ROOM * 2]; /* by hash; 0: free */
	size_t begun;
};

struct pr_unixdiag *pr_unixdiag_open(const char *endpoint)
{
	static const char scheme[] = "ipc://";
	const char *path = endpoint + sizeof(scheme) - 1;
	struct pr_unixdiag *diag;
	int fd;

	if (strncmp(endpoint, scheme, sizeof(scheme) - 1) != 0 || *path == '\0' ||
	    strlen(path) >= sizeof(diag->name))
		return NULL;
	fd = pr_sockdiag_open();
	if (fd < 0)
		return NULL;
	diag = pr_alloc(sizeof(*diag));
	memset(diag, 0, sizeof(*diag));
	diag->fd = fd;
	diag->name_size = strlen(path);
	memcpy(diag->name, path, diag->name_size);
	if (*path == '@')
		diag->name[0] = '\0';
	return diag;
}

void pr_unixdiag_close(struct pr_unixdiag **diag)
{
	if (*diag != NULL)
		close((*diag)->fd);
	free(*diag);
	*diag = NULL;
}

/* False when there is no room.  */
static bool remember(struct pr_unixdiag *diag, uint32_t inode)
{
	size_t at = inode * 0x9e3779b1u % (ROOM * 2);

	while (diag->inodes[at] != 0 && diag->inodes[at] != inode)
		at = (at + 1) % (ROOM * 2);
	if (diag->inodes[at] == inode)
		return true;
	if (diag->begun == ROOM)
		return false;
	diag->inodes[at] = inode;
	diag->begun++;
	return true;
}

/* A path may have its final zero with it.  */
static bool is_ours(const struct pr_unixdiag *diag, const char *name, size_t size)
{
	if (size > 1 && name[0] != '\0' && name[size - 1] == '\0')
		size--;
	return size == diag->name_size && memcmp(name, diag->name, size) == 0;
}

/* What one look finds goes to sums.  */
struct look {
	struct pr_unixdiag *diag;
	struct pr_unixdiag_sums *sums;
};

static bool add(void *data, const struct nlmsghdr *header)
{
	const struct look *look = data;
	struct pr_unixdiag *diag = look->diag;
	struct pr_unixdiag_sums *sums = look->sums;
	const struct unix_diag_msg *socket = NLMSG_DATA(header);
	int left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof(*socket)));
	const struct rtattr *attribute = (const void *)(socket + 1);
	struct unix_diag_rqlen queue = {0};
	bool ours = false;

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		if (attribute->rta_type == UNIX_DIAG_NAME)
			ours = is_ours(diag, RTA_DATA(attribute), RTA_PAYLOAD(attribute));
		else if (attribute->rta_type == UNIX_DIAG_RQLEN &&
		         RTA_PAYLOAD(attribute) >= sizeof(queue))
			memcpy(&queue, RTA_DATA(attribute), sizeof(queue));
	}
	if (!ours)
		return true;
	sums->connections++;
	sums->unread += queue.udiag_rqueue;
	return remember(diag, socket->udiag_ino);
}

bool pr_unixdiag_look(struct pr_unixdiag *diag, struct pr_unixdiag_sums *sums)
{
	static const struct unix_diag_req request = {.sdiag_family = AF_UNIX,
	                                             .udiag_states = ESTABLISHED,
	                                             .udiag_show =
	                                                     UDIAG_SHOW_NAME | UDIAG_SHOW_RQLEN};
	struct look look = {diag, sums};

	memset(sums, 0, sizeof(*sums));
	if (!pr_sockdiag_dump(diag->fd, &request, sizeof(request), add, &look))
		return false;
	sums->begun = diag->begun;
	return true;
}
