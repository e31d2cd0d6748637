/* SPDX-License-Identifier: MIT */
/* harness/watch_interpose.c - reads what the interposing library counted.  */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/strace_mover.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/interpose/interpose.h"
#include "harness/watch.h"

static const struct pr_interpose_api *api;

static const char *const call_names[PR_IP_CALLS] = {
        [PR_IP_NONE] = "none",
        [PR_IP_RECVFROM] = "recvfrom",
        [PR_IP_RECVMSG] = "recvmsg",
        [PR_IP_RECVMMSG] = "recvmmsg",
        [PR_IP_READ] = "read",
        [PR_IP_READV] = "readv",
        [PR_IP_SENDTO] = "sendto",
        [PR_IP_SENDMSG] = "sendmsg",
        [PR_IP_SENDMMSG] = "sendmmsg",
        [PR_IP_WRITE] = "write",
        [PR_IP_WRITEV] = "writev",
        [PR_IP_EPOLL_WAIT] = "epoll_wait",
        [PR_IP_EPOLL_PWAIT] = "epoll_pwait",
        [PR_IP_EPOLL_PWAIT2] = "epoll_pwait2",
        [PR_IP_POLL] = "poll",
        [PR_IP_PPOLL] = "ppoll",
        [PR_IP_SELECT] = "select",
        [PR_IP_EPOLL_CTL] = "epoll_ctl",
        [PR_IP_FUTEX] = "futex",
        [PR_IP_IO_URING_ENTER] = "io_uring_enter",
        [PR_IP_SCHED_YIELD] = "sched_yield",
        [PR_IP_MALLOC] = "malloc",
        [PR_IP_CALLOC] = "calloc",
        [PR_IP_REALLOC] = "realloc",
        [PR_IP_ALIGNED] = "aligned",
};

static enum pr_err find(struct pr_error *why)
{
	const struct pr_interpose_api *(*get)(void);

	if (api != NULL)
		return PR_OK;
	*(void **)&get = dlsym(RTLD_DEFAULT, PR_INTERPOSE_SYMBOL);
	if (get == NULL || get()->version != PR_INTERPOSE_VERSION)
		return pr_error_set(why, PR_FAILED,
		                    "%s is not loaded into the worker, or is of another version: "
		                    "LD_PRELOAD does not work for this program",
		                    PR_INTERPOSE_FILE);
	api = get();
	return PR_OK;
}

enum pr_err pr_watch_interpose_start(struct pr_error *why)
{
	return find(why);
}

void pr_watch_allocations(bool counted)
{
	if (api != NULL)
		api->allocations(counted);
}

enum pr_err pr_watch_dose(int dose, int place, uint64_t count, struct pr_error *why)
{
	enum pr_err err = find(why);
	int error;

	if (err != PR_OK)
		return err;
	error = api->dose((enum pr_interpose_dose)dose, (enum pr_interpose_place)place,
	                  (unsigned)count);
	return error == 0 ? PR_OK
	                  : pr_error_set(why, PR_FAILED, "cannot prepare the dose: %s",
	                                 strerror(error));
}

/* ---- reading --------------------------------------------------------------------------------- */

static void add(json_t *object, const char *key, uint64_t value)
{
	json_t *there = json_object_get(object, key);

	if (value > 0)
		pr_json_set(object, key,
		            json_integer(json_integer_value(there) + (json_int_t)value));
}

/* The object under a key, made when it is not there.  */
static json_t *member(json_t *object, const char *key)
{
	json_t *there = json_object_get(object, key);

	if (there == NULL) {
		there = json_object();
		pr_json_set(object, key, there);
	}
	return there;
}

static void add_site(json_t *call, const struct pr_interpose_site *site)
{
	uint64_t calls = site->ok + site->end + site->would_block + site->errors;

	add(call, "calls", calls);
	add(call, "ok", site->ok);
	add(call, "end", site->end);
	add(call, "bytes", site->bytes);
	add(call, "wakes", site->wakes);
	add(call, "hidden", site->hidden);
	if (site->would_block > 0)
		add(member(call, "errors"), "EAGAIN", site->would_block);
	if (site->errors > 0)
		add(member(call, "errors"), "other", site->errors);
}

static void add_call(json_t *calls, json_t *sites, const struct pr_interpose_site *site)
{
	const char *name = site->call < PR_IP_CALLS ? call_names[site->call] : "none";
	const struct pr_strace_mover *mover = pr_strace_mover_find(name);
	enum pr_fd_kind kind = (enum pr_fd_kind)site->kind;
	char key[64], place[96];
	json_t *call;

	pr_strace_mover_key(mover, kind, name, key, sizeof(key));
	call = member(calls, key);
	add_site(call, site);
	if (mover != NULL)
		add(member(call, "fds"), pr_fd_kind_name(kind),
		    site->ok + site->end + site->would_block + site->errors);
	snprintf(place, sizeof(place), "%s %jx", key, (uintmax_t)site->address);
	add_site(member(sites, place), site);
}

json_t *pr_watch_interpose_read(void)
{
	size_t room = api->read(NULL, 0) + 64;
	struct pr_interpose_site *found = pr_alloc(room * sizeof(*found));
	size_t count = api->read(found, room);
	json_t *reading = json_object(), *calls = json_object(), *sites = json_object();

	for (size_t i = 0; i < count && i < room; i++)
		add_call(calls, sites, &found[i]);
	free(found);
	pr_json_set(reading, "calls", calls);
	pr_json_set(reading, "sites", sites);
	pr_json_set(reading, "lost", json_integer((json_int_t)api->lost()));
	pr_json_set(reading, "dosed", json_integer((json_int_t)api->dosed()));
	return reading;
}

int64_t pr_watch_interpose_calls(void)
{
	size_t room = api->read(NULL, 0) + 64;
	struct pr_interpose_site *found = pr_alloc(room * sizeof(*found));
	size_t count = api->read(found, room);
	uint64_t calls = 0;

	for (size_t i = 0; i < count && i < room; i++)
		if (found[i].call < PR_IP_MALLOC)
			calls +=
			        found[i].ok + found[i].end + found[i].would_block + found[i].errors;
	free(found);
	return (int64_t)calls;
}
