/* SPDX-License-Identifier: MIT */
/* harness/adapter/floor/socket.c - two connected sockets, and their calls counted.  */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/unpaced.h"
#include "harness/adapter/floor/floor.h"
#include "harness/loopback.h"

enum pr_err pr_floor_call_failed(const char *call, struct pr_error *why)
{
	return pr_error_set(why, PR_FAILED, "%s failed: %s", call, strerror(errno));
}

/* ---- calls --------------------------------------------------------------------------- */

enum pr_err pr_floor_send_some(struct pr_floor_side *side, const void *bytes, size_t size,
                               int flags, size_t *sent, struct pr_error *why)
{
	struct pr_floor_counts *counts = &side->out.counts;
	ssize_t done = send(side->fd, bytes, size, MSG_NOSIGNAL | flags);

	counts->send_calls++;
	*sent = 0;
	if (done < 0 && errno == EAGAIN && (flags & MSG_DONTWAIT)) {
		counts->send_eagain++;
		return PR_OK;
	}
	if (done < 0) {
		counts->send_error++;
		return pr_floor_call_failed("send()", why);
	}
	counts->send_full += (size_t)done == size;
	counts->send_short += (size_t)done < size;
	counts->send_bytes += (uint64_t)done;
	*sent = (size_t)done;
	return PR_OK;
}

enum pr_err pr_floor_recv_some(struct pr_floor_side *side, void *bytes, size_t size, int flags,
                               size_t *got, struct pr_error *why)
{
	struct pr_floor_counts *counts = &side->in.counts;
	ssize_t done = recv(side->fd, bytes, size, flags);

	counts->recv_calls++;
	*got = 0;
	if (done < 0 && errno == EAGAIN && (flags & MSG_DONTWAIT)) {
		counts->recv_eagain++;
		return PR_OK;
	}
	if (done <= 0) {
		counts->recv_error += done < 0;
		counts->recv_end += done == 0;
		return done < 0
		               ? pr_floor_call_failed("recv()", why)
		               : pr_error_set(why, PR_FAILED, "recv() found the end of the stream");
	}
	counts->recv_full += (size_t)done == size;
	counts->recv_short += (size_t)done < size;
	counts->recv_bytes += (uint64_t)done;
	*got = (size_t)done;
	return PR_OK;
}

/* ---- connecting ---------------------------------------------------------------------- */

static enum pr_err set_nodelay(struct pr_floor_link *link, int end, struct pr_error *why)
{
	if (!link->is_tcp ||
	    setsockopt(link->ends[end].fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0)
		return PR_OK;
	return pr_floor_call_failed("setsockopt(TCP_NODELAY)", why);
}

enum pr_err pr_floor_accept(struct pr_floor_link *link, bool wait, bool *empty,
                            struct pr_error *why)
{
	struct pollfd poller = {.fd = link->listener, .events = POLLIN};

	*empty = !wait && poll(&poller, 1, 0) == 0;
	if (*empty)
		return PR_OK;
	link->ends[PR_END_B].fd = accept4(link->listener, NULL, NULL, SOCK_CLOEXEC);
	if (link->ends[PR_END_B].fd < 0)
		return pr_floor_call_failed("accept4()", why);
	close(link->listener);
	link->listener = -1;
	return set_nodelay(link, PR_END_B, why);
}

enum pr_err pr_floor_listen(struct pr_floor_link *link, char *endpoint, struct pr_error *why)
{
	static unsigned links;
	struct pr_loopback address;
	enum pr_err err;

	snprintf(endpoint, PR_ENDPOINT_MAX, link->is_tcp ? "0" : "@proctor-floor-%d-%u",
	         (int)getpid(), ++links);
	err = pr_loopback_parse(endpoint, &address, why);
	if (err != PR_OK)
		return err;
	link->listener = socket(address.as.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pr_unpaced_prepare(link->listener, &address.as.any);
	if (link->listener < 0 || bind(link->listener, &address.as.any, address.size) != 0 ||
	    listen(link->listener, 1) != 0 ||
	    getsockname(link->listener, &address.as.any, &address.size) != 0)
		return pr_floor_call_failed("listening", why);
	if (link->is_tcp)
		snprintf(endpoint, PR_ENDPOINT_MAX, "%u", ntohs(address.as.in.sin_port));
	return PR_OK;
}

enum pr_err pr_floor_connect(struct pr_floor_link *link, const char *endpoint, struct pr_error *why)
{
	struct pr_loopback address;
	enum pr_err err = pr_loopback_parse(endpoint, &address, why);
	int fd;

	if (err != PR_OK)
		return err;
	fd = socket(address.as.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	link->ends[PR_END_A].fd = fd;
	pr_unpaced_prepare(fd, &address.as.any);
	if (fd < 0 || connect(fd, &address.as.any, address.size) != 0)
		return pr_floor_call_failed("connecting", why);
	return set_nodelay(link, PR_END_A, why);
}
