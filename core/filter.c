/* SPDX-License-Identifier: MIT */
/* core/filter.c - see filter.h.  */
#include "core/filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/include/proctor/zmq.h"

#define TEXT_MAX 255

/* The size of what getpwuid_r and getgrgid_r need; a group that has more members than fit is taken
 * for one that has none.  */
#define NAMES_SIZE 16384

struct rule {
	int option;    /* ZMQ_x */
	int family;    /* TCP: AF_INET or AF_INET6 */
	unsigned bits; /* of the address that have to be the same */
	uint8_t bytes[16];
	unsigned id; /* of the process, user or group */
};

struct pr_filter {
	_Atomic unsigned refs;
	size_t count;
	struct rule rules[];
};

struct pr_filter *pr_filter_ref(struct pr_filter *filter)
{
	if (filter)
		atomic_fetch_add_explicit(&filter->refs, 1, memory_order_relaxed);
	return filter;
}

void pr_filter_unref(struct pr_filter *filter)
{
	if (filter && atomic_fetch_sub_explicit(&filter->refs, 1, memory_order_acq_rel) == 1)
		free(filter);
}

/* ---- Setting ---- */

/* "address" or "address/bits"; what follows the digits is not looked at, as in libzmq.  */
static int parse_rule(struct rule *rule, bool ipv6, const char *value, size_t size)
{
	char text[TEXT_MAX + 1];
	char *slash;
	unsigned most;

	if (size == 0 || size > TEXT_MAX)
		return EINVAL;
	memcpy(text, value, size);
	text[size] = '\0';
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	if (inet_pton(AF_INET, text, rule->bytes) == 1)
		rule->family = AF_INET;
	else if (ipv6 && inet_pton(AF_INET6, text, rule->bytes) == 1)
		rule->family = AF_INET6;
	else
		return EINVAL;
	most = rule->family == AF_INET ? 32 : 128;
	rule->bits = most;
	if (slash && strcmp(slash, "0") == 0) {
		rule->bits = 0;
	} else if (slash) {
		long bits = strtol(slash, NULL, 10);

		if (bits < 1 || bits > (long)most)
			return EINVAL;
		rule->bits = (unsigned)bits;
	}
	return 0;
}

static int make_rule(struct rule *rule, bool ipv6, int option, const void *value, size_t size)
{
	*rule = (struct rule){.option = option};
	if (option == ZMQ_TCP_ACCEPT_FILTER)
		return parse_rule(rule, ipv6, value, size);
	if (size != sizeof(rule->id))
		return EINVAL;
	memcpy(&rule->id, value, size);
	return 0;
}

/* The old list without the rules of one option (0: with all), and room for one more.  */
static struct pr_filter *copy(const struct pr_filter *old, int without)
{
	size_t count = old ? old->count : 0;
	struct pr_filter *filter = calloc(1, sizeof(*filter) + (count + 1) * sizeof(struct rule));

	if (!filter)
		return NULL;
	atomic_init(&filter->refs, 1);
	for (size_t i = 0; i < count; i++)
		if (old->rules[i].option != without)
			filter->rules[filter->count++] = old->rules[i];
	return filter;
}

int pr_filter_set(struct pr_filter **filter, bool ipv6, int option, const void *value, size_t size)
{
	bool is_clear = !value && size == 0;
	struct rule rule;
	int error = EINVAL;

	if (is_clear)
		error = 0;
	else if (value)
		error = make_rule(&rule, ipv6, option, value, size);
	if (error)
		return error;
	struct pr_filter *changed = copy(*filter, is_clear ? option : 0);

	if (!changed)
		return ENOMEM;
	if (!is_clear)
		changed->rules[changed->count++] = rule;
	pr_filter_unref(*filter);
	*filter = changed;
	return 0;
}

/* ---- Asking ---- */

static bool has_prefix(const uint8_t *bytes, const uint8_t *prefix, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(bytes, prefix, bits / 8) != 0)
		return false;
	return rest == 0 || (bytes[bits / 8] ^ prefix[bits / 8]) >> (8 - rest) == 0;
}

static bool fits_address(const struct rule *rule, const struct sockaddr_storage *peer)
{
	if (rule->family != peer->ss_family)
		return false;
	if (peer->ss_family == AF_INET)
		return has_prefix((const uint8_t *)&((const struct sockaddr_in *)peer)->sin_addr,
		                  rule->bytes, rule->bits);
	return has_prefix((const uint8_t *)&((const struct sockaddr_in6 *)peer)->sin6_addr,
	                  rule->bytes, rule->bits);
}

/* Is the user a member of the group, beside the one that the process has?  */
static bool is_member(uid_t uid, gid_t gid)
{
	char *names = malloc((size_t)2 * NAMES_SIZE);
	struct passwd user, *found_user = NULL;
	struct group group, *found_group = NULL;
	bool found = false;

	if (names && getpwuid_r(uid, &user, names, NAMES_SIZE, &found_user) == 0 && found_user &&
	    getgrgid_r(gid, &group, names + NAMES_SIZE, NAMES_SIZE, &found_group) == 0 &&
	    found_group)
		for (char **name = group.gr_mem; *name && !found; name++)
			found = strcmp(*name, user.pw_name) == 0;
	free(names);
	return found;
}

static bool fits_process(const struct rule *rule, const struct ucred *peer)
{
	switch (rule->option) {
	case ZMQ_IPC_FILTER_PID:
		return (pid_t)rule->id == peer->pid;
	case ZMQ_IPC_FILTER_UID:
		return (uid_t)rule->id == peer->uid;
	default:
		return (gid_t)rule->id == peer->gid || is_member(peer->uid, (gid_t)rule->id);
	}
}

/* One rule that fits is enough, of those that are about this transport.  */
bool pr_filter_accepts(const struct pr_filter *filter, int fd)
{
	struct sockaddr_storage address = {0};
	struct ucred process = {0};
	socklen_t address_size = sizeof(address), process_size = sizeof(process);
	bool is_asked = false;

	if (!filter || filter->count == 0)
		return true;
	if (getpeername(fd, (struct sockaddr *)&address, &address_size) < 0)
		return false;
	bool is_unix = address.ss_family == AF_UNIX;

	if (is_unix && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &process, &process_size) < 0)
		return false;
	for (size_t i = 0; i < filter->count; i++) {
		const struct rule *rule = &filter->rules[i];

		if ((rule->option != ZMQ_TCP_ACCEPT_FILTER) != is_unix)
			continue;
		is_asked = true;
		if (is_unix ? fits_process(rule, &process) : fits_address(rule, &address))
			return true;
	}
	return !is_asked;
}
