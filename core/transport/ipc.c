/* SPDX-License-Identifier: MIT */
/* core/transport/ipc.c - unix sockets (zmq_ipc(7)): "ipc://" and a path.
 *
 * A path, an abstract name ("@name"), or "*": a socket in a new temporary directory.  As
 * with libzmq a bind takes a path over from whoever had it, and the file of a named path stays when
 * its listener closes: somebody else may have taken it over by then.  Only a temporary directory,
 * which nobody else knows, is removed.  */
#include "core/transport.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un *unix_address(struct pr_address *address)
{
	return (struct sockaddr_un *)&address->sockaddr;
}

static int set_path(struct pr_address *address, const char *path)
{
	struct sockaddr_un *sockaddr = unix_address(address);
	size_t size = strlen(path);

	if (size >= sizeof(sockaddr->sun_path))
		return ENAMETOOLONG;
	if (strcmp(path, "@") == 0)
		return EINVAL;
	sockaddr->sun_family = AF_UNIX;
	memcpy(sockaddr->sun_path, path, size);
	if (path[0] == '@')
		sockaddr->sun_path[0] = '\0';
	address->sockaddr_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	return 0;
}

static int parse_connect(const char *rest, bool ipv6, struct pr_address *address)
{
	(void)ipv6;
	return set_path(address, rest);
}

/* The variables that libzmq looks at; without any of them it would use the working directory.  */
static const char *temporary_root(void)
{
	static const char *const names[] = {"TMPDIR", "TEMPDIR", "TMP"};
	struct stat status;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *root = getenv(names[i]);

		if (root && stat(root, &status) == 0 && S_ISDIR(status.st_mode))
			return root;
	}
	return "/tmp";
}

static int make_temporary(struct pr_address *address)
{
	char path[sizeof(address->host) + sizeof("/socket")];
	int size = snprintf(address->host, sizeof(address->host), "%s/tmpXXXXXX", temporary_root());

	if (size >= (int)sizeof(address->host))
		return ENAMETOOLONG;
	if (!mkdtemp(address->host))
		return errno;
	snprintf(path, sizeof(path), "%s/socket", address->host);
	int error = set_path(address, path);

	if (error)
		rmdir(address->host);
	return error;
}

static int parse_bind(const char *rest, bool ipv6, struct pr_address *address)
{
	(void)ipv6;
	return rest[0] == '*' ? make_temporary(address) : set_path(address, rest);
}

static void format(const struct pr_address *address, char *uri, size_t room)
{
	const struct sockaddr_un *sockaddr = (const struct sockaddr_un *)&address->sockaddr;
	int size = (int)(address->sockaddr_size - offsetof(struct sockaddr_un, sun_path));

	if (sockaddr->sun_path[0] == '\0')
		snprintf(uri, room, "ipc://@%.*s", size - 1, sockaddr->sun_path + 1);
	else
		snprintf(uri, room, "ipc://%.*s", size, sockaddr->sun_path);
}

/* What an earlier run left behind would make bind(2) fail.  */
static void prepare_listener(int fd, const struct pr_address *address)
{
	const struct sockaddr_un *sockaddr = (const struct sockaddr_un *)&address->sockaddr;

	(void)fd;
	if (sockaddr->sun_path[0] != '\0')
		unlink(sockaddr->sun_path);
}

static void name_peer(int fd, const char *uri, char *name, size_t room)
{
	struct ucred peer = {0};
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
		snprintf(name, room, "%.48s pid %d", uri, (int)peer.pid);
}

static void clean_up(const struct pr_address *address)
{
	if (address->host[0] == '\0')
		return;
	unlink(((const struct sockaddr_un *)&address->sockaddr)->sun_path);
	rmdir(address->host);
}

/* User, group and process.  */
static void locate_peer(int fd, char *name, size_t room)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
		snprintf(name, room, "localhost:%u:%u:%d", peer.uid, peer.gid, peer.pid);
}

const struct pr_transport pr_transport_ipc = {
        .scheme = "ipc",
        .parse_bind = parse_bind,
        .parse_connect = parse_connect,
        .format = format,
        .prepare_listener = prepare_listener,
        .name_peer = name_peer,
        .locate_peer = locate_peer,
        .clean_up = clean_up,
};
