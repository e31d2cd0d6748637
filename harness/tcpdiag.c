/* SPDX-License-Identifier: MIT */
/* harness/tcpdiag.c - what sock_diag(7) tells of TCP.
 *
 * Each socket has a cookie of its own, under which what it has counted so far is kept: sums over
 * all of them do not go down when a connection ends.  */
#include "harness/tcpdiag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "harness/sockdiag.h"

/* Of the kernel's include/net/tcp_states.h: those in which bytes may still be there.  */
enum { ESTABLISHED = 1, FIN_WAIT1 = 4, FIN_WAIT2 = 5, CLOSE_WAIT = 8, LAST_ACK = 9, CLOSING = 11 };
#define STATE_BIT(state) (1u << (state))
#define STATES                                                                                     \
	(STATE_BIT(ESTABLISHED) | STATE_BIT(FIN_WAIT1) | STATE_BIT(FIN_WAIT2) |                    \
	 STATE_BIT(CLOSE_WAIT) | STATE_BIT(LAST_ACK) | STATE_BIT(CLOSING))

/* A power of two; a connection takes two.  */
#define ROOM 32768

struct known {
	uint64_t cookie; /* 0: free */
	uint64_t received, limited_us;
};

struct pr_tcpdiag {
	int fd;
	uint16_t port;
	size_t count;                         /* sockets that are known */
	uint64_t begun, received, limited_us; /* over all of them */
	struct known known[ROOM];
};

struct pr_tcpdiag *pr_tcpdiag_open(const char *endpoint)
{
	const char *port = strrchr(endpoint, ':');
	struct pr_tcpdiag *diag;
	int fd;

	if (strncmp(endpoint, "tcp://", 6) != 0 || port == NULL || atoi(port + 1) <= 0)
		return NULL;
	fd = pr_sockdiag_open();
	if (fd < 0)
		return NULL;
	diag = pr_alloc(sizeof(*diag));
	memset(diag, 0, sizeof(*diag));
	diag->fd = fd;
	diag->port = (uint16_t)atoi(port + 1);
	return diag;
}

void pr_tcpdiag_close(struct pr_tcpdiag **diag)
{
	if (*diag != NULL)
		close((*diag)->fd);
	free(*diag);
	*diag = NULL;
}

/* The place of a socket; NULL when there is no room.  */
static struct known *find(struct pr_tcpdiag *diag, uint64_t cookie, bool *is_new)
{
	size_t at = (size_t)(cookie * 0x9e3779b97f4a7c15u >> 32) % ROOM;

	while (diag->known[at].cookie != 0 && diag->known[at].cookie != cookie)
		at = (at + 1) % ROOM;
	*is_new = diag->known[at].cookie == 0;
	if (*is_new && diag->count == ROOM / 2)
		return NULL;
	diag->count += *is_new;
	diag->known[at].cookie = cookie;
	return &diag->known[at];
}

static void copy_info(const struct nlmsghdr *header, const struct inet_diag_msg *socket,
                      struct tcp_info *info)
{
	int left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof(*socket)));
	const struct rtattr *attribute = (const void *)(socket + 1);

	memset(info, 0, sizeof(*info));
	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
		if (attribute->rta_type == INET_DIAG_INFO) {
			size_t size = RTA_PAYLOAD(attribute);

			memcpy(info, RTA_DATA(attribute),
			       size < sizeof(*info) ? size : sizeof(*info));
		}
}

static void add_near(struct pr_tcpdiag *diag, const struct inet_diag_msg *socket,
                     const struct tcp_info *info, struct known *known, bool is_new,
                     struct pr_tcpdiag_sums *sums)
{
	diag->received += info->tcpi_bytes_received - known->received;
	known->received = info->tcpi_bytes_received;
	diag->begun += is_new;
	sums->connections++;
	sums->unread += socket->idiag_rqueue;
}

static void add_far(struct pr_tcpdiag *diag, const struct inet_diag_msg *socket,
                    const struct tcp_info *info, struct known *known, struct pr_tcpdiag_sums *sums)
{
	diag->limited_us += info->tcpi_rwnd_limited - known->limited_us;
	known->limited_us = info->tcpi_rwnd_limited;
	sums->unsent += socket->idiag_wqueue;
	sums->shut += info->tcpi_snd_wnd == 0;
	if (info->tcpi_snd_wnd < sums->window)
		sums->window = info->tcpi_snd_wnd;
}

/* What one look finds goes to sums.  */
struct look {
	struct pr_tcpdiag *diag;
	struct pr_tcpdiag_sums *sums;
};

static bool add(void *data, const struct nlmsghdr *header)
{
	const struct look *look = data;
	struct pr_tcpdiag *diag = look->diag;
	struct pr_tcpdiag_sums *sums = look->sums;
	const struct inet_diag_msg *socket = NLMSG_DATA(header);
	bool is_near = ntohs(socket->id.idiag_sport) == diag->port, is_new;
	struct tcp_info info;
	struct known *known;

	if (!is_near && ntohs(socket->id.idiag_dport) != diag->port)
		return true;
	known = find(diag, socket->id.idiag_cookie[0] | (uint64_t)socket->id.idiag_cookie[1] << 32,
	             &is_new);
	if (known == NULL)
		return false;
	copy_info(header, socket, &info);
	if (is_near)
		add_near(diag, socket, &info, known, is_new, sums);
	else
		add_far(diag, socket, &info, known, sums);
	return true;
}

bool pr_tcpdiag_look(struct pr_tcpdiag *diag, struct pr_tcpdiag_sums *sums)
{
	static const struct inet_diag_req_v2 request = {.sdiag_family = AF_INET,
	                                                .sdiag_protocol = IPPROTO_TCP,
	                                                .idiag_ext = 1 << (INET_DIAG_INFO - 1),
	                                                .idiag_states = STATES};
	struct look look = {diag, sums};

	memset(sums, 0, sizeof(*sums));
	sums->window = UINT64_MAX;
	if (!pr_sockdiag_dump(diag->fd, &request, sizeof(request), add, &look))
		return false;
	if (sums->window == UINT64_MAX)
		sums->window = 0;
	sums->begun = diag->begun;
	sums->received = diag->received;
	sums->limited_ns = diag->limited_us * 1000;
	return true;
}
