/* SPDX-License-Identifier: MIT */
/* harness/adapter/floor.c - the floor: what a stream socket itself can do with the same frames.
 *
 * Not an engine.  Two blocking sockets, connected over 127.0.0.1 with TCP_NODELAY or by an abstract
 * name (ipc), carry frames with the header of ZMTP (2 bytes up to 255 bytes of body, 9 above).  The
 * sender fills a buffer with frames and sends `batch` bytes at a time; the receiver asks for
 * `batch` bytes and parses each frame in place.  No queue, no thread, no wake-up stands between the
 * application and send(2) or recv(2), so what an engine reaches of this floor is its own
 * efficiency.
 *
 * Ping-pong is done by one thread that drives both ends (no wake-up at all: the limit of the
 * report's topology) or, with pingpong=blocking, by two threads that wake each other through the
 * socket.  Frames that might not fit into the socket's buffer always take two threads: one alone
 * would wait for itself.  */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/version.h"
#include "harness/adapter.h"
#include "harness/library.h"
#include "harness/options.h"

#define HEADER_MAX 9

/* ---- options ------------------------------------------------------------------------- */

enum { SAME_THREAD, BLOCKING };

struct floor_options {
	int pingpong;
	uint64_t batch;
};

static const char *const pingpong_names[] = {"same-thread", "blocking", NULL};

static const struct pr_opt floor_opts[] = {
        {"pingpong", 0, PR_OPT_CHOICE, offsetof(struct floor_options, pingpong), pingpong_names,
         NULL, "one thread drives both ends, or two threads wake each other", 0, 0},
        {"batch", 0, PR_OPT_BYTES, offsetof(struct floor_options, batch), NULL, "BYTES",
         "bytes handed to one send(2) and asked of one recv(2)", 64, 16 * 1024 * 1024},
        {0},
};

static enum pr_err parse(const json_t *options, const char *what, struct floor_options *parsed,
                         struct pr_error *why)
{
	*parsed = (struct floor_options){.pingpong = SAME_THREAD, .batch = 64 * 1024};
	return pr_options_apply(floor_opts, parsed, options, what, why);
}

static enum pr_err floor_expand(const json_t *options, const char *what, json_t **expanded,
                                struct pr_error *why)
{
	struct floor_options parsed;
	enum pr_err err = parse(options, what, &parsed, why);

	if (err != PR_OK)
		return err;
	*expanded = json_object();
	pr_options_expand(floor_opts, &parsed, false, *expanded);
	return PR_OK;
}

static void floor_foretell(const json_t *options, struct pr_habits *habits)
{
	struct floor_options parsed;

	*habits = (struct pr_habits){0};
	if (parse(options, "floor", &parsed, NULL) == PR_OK)
		*habits = (struct pr_habits){parsed.batch, parsed.batch, PR_READS_WHEN_READY};
}

/* ---- counters ------------------------------------------------------------------------ */

/* The counters of core/counters.def that mean something here, kept per call as there.  */
#define KEPT(F)                                                                                    \
	F(recv_calls)                                                                              \
	F(recv_full)                                                                               \
	F(recv_short)                                                                              \
	F(recv_eagain)                                                                             \
	F(recv_end)                                                                                \
	F(recv_error)                                                                              \
	F(recv_bytes)                                                                              \
	F(send_calls)                                                                              \
	F(send_full)                                                                               \
	F(send_short)                                                                              \
	F(send_eagain)                                                                             \
	F(send_error)                                                                              \
	F(send_bytes)

struct counts {
#define FIELD(name) uint64_t name;
	KEPT(FIELD)
#undef FIELD
};

enum {
#define INDEX(name) COUNT_##name,
	KEPT(INDEX)
#undef INDEX
	        COUNTERS
};

static const struct proctor_counter all_counters[] = {
#define PR_COUNTER(scope, name, unit, kind, help) {#name, unit, #scope, #kind, help},
#include "core/counters.def"
#undef PR_COUNTER
};

static const char *const kept_names[COUNTERS] = {
#define NAME(name) #name,
        KEPT(NAME)
#undef NAME
};

static size_t floor_counters(struct pr_engine *engine, const struct proctor_counter **list)
{
	static struct proctor_counter kept[COUNTERS];
	size_t count = sizeof(all_counters) / sizeof(all_counters[0]);

	(void)engine;
	for (size_t i = 0; i < COUNTERS; i++)
		for (size_t j = 0; j < count; j++)
			if (strcmp(kept_names[i], all_counters[j].name) == 0)
				kept[i] = all_counters[j];
	*list = kept;
	return COUNTERS;
}

/* ---- links --------------------------------------------------------------------------- */

struct pr_engine {
	struct floor_options options;
};

/* One socket.  The sending half belongs to the thread that sends on it, the receiving half to the
 * one that receives.  */
struct half {
	unsigned char *bytes;
	size_t used;  /* of out: frames waiting; of in: bytes read */
	size_t taken; /* of in: bytes parsed */
	struct counts counts;
} __attribute__((aligned(128)));

struct side {
	int fd; /* -1 when the end is elsewhere, or not connected yet */
	struct half out, in;
};

struct floor_link {
	struct pr_link link;
	size_t batch;
	size_t frame_max;
	int listener; /* of B until A has come; -1 afterwards */
	bool is_tcp;
	bool delimits; /* an empty frame stands before each body */
	struct side ends[2];
};

static struct floor_link *link_of(struct pr_link *link)
{
	return (struct floor_link *)link;
}

static enum pr_err call_failed(const char *call, struct pr_error *why)
{
	return pr_error_set(why, PR_FAILED, "%s failed: %s", call, strerror(errno));
}

/* Sends size bytes that stand at `from` in the buffer.  */
static enum pr_err send_bytes(struct side *side, size_t from, size_t size, struct pr_error *why)
{
	struct half *out = &side->out;

	while (size > 0) {
		ssize_t done = send(side->fd, out->bytes + from, size, MSG_NOSIGNAL);

		out->counts.send_calls++;
		if (done < 0) {
			out->counts.send_error++;
			return call_failed("send()", why);
		}
		out->counts.send_full += (size_t)done == size;
		out->counts.send_short += (size_t)done < size;
		out->counts.send_bytes += (uint64_t)done;
		from += (size_t)done;
		size -= (size_t)done;
	}
	return PR_OK;
}

static enum pr_err floor_flush(struct pr_link *link, int end, struct pr_error *why)
{
	struct side *side = &link_of(link)->ends[end];
	size_t size = side->out.used;

	side->out.used = 0;
	return send_bytes(side, 0, size, why);
}

/* Sends every whole batch that has gathered and keeps the rest.  */
static enum pr_err send_batches(struct side *side, size_t batch, struct pr_error *why)
{
	struct half *out = &side->out;
	size_t sent = 0;

	for (; out->used - sent >= batch; sent += batch) {
		enum pr_err err = send_bytes(side, sent, batch, why);

		if (err != PR_OK)
			return err;
	}
	out->used -= sent;
	memmove(out->bytes, out->bytes + sent, out->used);
	return PR_OK;
}

#define DELIMITER 2 /* bytes: an empty frame, more to come */

static size_t put_header(unsigned char *at, uint64_t size)
{
	if (size <= 255) {
		at[0] = 0;
		at[1] = (unsigned char)size;
		return 2;
	}
	at[0] = 2;
	for (int i = 0; i < 8; i++)
		at[1 + i] = (unsigned char)(size >> (56 - 8 * i));
	return 9;
}

static enum pr_err floor_send(struct pr_link *base, int end, const void *body, size_t size,
                              struct pr_error *why)
{
	struct floor_link *link = link_of(base);
	struct side *side = &link->ends[end];
	struct half *out = &side->out;

	if (link->delimits) {
		out->bytes[out->used++] = 1;
		out->bytes[out->used++] = 0;
	}
	out->used += put_header(out->bytes + out->used, size);
	memcpy(out->bytes + out->used, body, size);
	out->used += size;
	return out->used >= link->batch ? send_batches(side, link->batch, why) : PR_OK;
}

/* Finds a whole frame in what was read.  False when more bytes are needed.  */
static inline bool take_frame(struct half *in, size_t skip, const void **body, size_t *size)
{
	const unsigned char *at = in->bytes + in->taken + skip;
	size_t left = in->used - in->taken;
	size_t header = 2;
	uint64_t length;

	if (left < 2 + skip)
		return false;
	left -= skip;
	length = at[1];
	if (at[0] & 2) {
		if (left < HEADER_MAX)
			return false;
		header = HEADER_MAX;
		length = 0;
		for (int i = 1; i < HEADER_MAX; i++)
			length = length << 8 | at[i];
	}
	if (left - header < length)
		return false;
	*body = at + header;
	*size = (size_t)length;
	in->taken += skip + header + (size_t)length;
	return true;
}

/* Moves the beginning of a frame to the front and reads `batch` bytes behind it.  *empty tells that
 * there was nothing to read and wait was false.  */
static enum pr_err read_more(struct floor_link *link, struct side *side, bool wait, bool *empty,
                             struct pr_error *why)
{
	struct half *in = &side->in;
	ssize_t got;

	in->used -= in->taken;
	memmove(in->bytes, in->bytes + in->taken, in->used);
	in->taken = 0;
	if (in->used > link->frame_max)
		return pr_error_set(
		        why, PR_FAILED,
		        "the stream is broken: a frame is longer than any that was sent");
	got = recv(side->fd, in->bytes + in->used, link->batch, wait ? 0 : MSG_DONTWAIT);
	in->counts.recv_calls++;
	*empty = false;
	if (got < 0 && errno == EAGAIN && !wait) {
		in->counts.recv_eagain++;
		*empty = true;
		return PR_OK;
	}
	if (got <= 0) {
		in->counts.recv_error += got < 0;
		in->counts.recv_end += got == 0;
		return got < 0 ? call_failed("recv()", why)
		               : pr_error_set(why, PR_FAILED, "recv() found the end of the stream");
	}
	in->counts.recv_full += (size_t)got == link->batch;
	in->counts.recv_short += (size_t)got < link->batch;
	in->counts.recv_bytes += (uint64_t)got;
	in->used += (size_t)got;
	return PR_OK;
}

static enum pr_err set_nodelay(struct floor_link *link, int end, struct pr_error *why)
{
	if (!link->is_tcp ||
	    setsockopt(link->ends[end].fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0)
		return PR_OK;
	return call_failed("setsockopt(TCP_NODELAY)", why);
}

/* Takes the connection of A, whose greeting B waits for.  */
static enum pr_err accept_end(struct floor_link *link, bool wait, bool *empty, struct pr_error *why)
{
	struct pollfd poller = {.fd = link->listener, .events = POLLIN};

	*empty = !wait && poll(&poller, 1, 0) == 0;
	if (*empty)
		return PR_OK;
	link->ends[PR_END_B].fd = accept4(link->listener, NULL, NULL, SOCK_CLOEXEC);
	if (link->ends[PR_END_B].fd < 0)
		return call_failed("accept4()", why);
	close(link->listener);
	link->listener = -1;
	return set_nodelay(link, PR_END_B, why);
}

static enum pr_err floor_recv(struct pr_link *base, int end, bool wait, const void **body,
                              size_t *size, struct pr_error *why)
{
	struct floor_link *link = link_of(base);
	struct side *side = &link->ends[end];
	bool empty;
	enum pr_err err;

	if (__builtin_expect(side->fd < 0, 0)) {
		err = accept_end(link, wait, &empty, why);
		if (err != PR_OK || empty) {
			*body = NULL;
			return err;
		}
	}
	while (!take_frame(&side->in, link->delimits ? DELIMITER : 0, body, size)) {
		err = read_more(link, side, wait, &empty, why);
		*body = NULL;
		if (err != PR_OK || empty)
			return err;
	}
	return PR_OK;
}

static void add_counts(uint64_t *values, const struct counts *counts)
{
#define ADD(name) values[COUNT_##name] += counts->name;
	KEPT(ADD)
#undef ADD
}

static enum pr_err floor_read_counters(struct pr_link *base, uint64_t *values, size_t count,
                                       struct pr_error *why)
{
	struct floor_link *link = link_of(base);

	if (count != COUNTERS)
		return pr_error_set(why, PR_FAILED, "engine floor keeps %d counters, not %zu",
		                    COUNTERS, count);
	memset(values, 0, count * sizeof(*values));
	for (int end = PR_END_A; end <= PR_END_B; end++) {
		add_counts(values, &link->ends[end].out.counts);
		add_counts(values, &link->ends[end].in.counts);
	}
	return PR_OK;
}

/* ---- opening ------------------------------------------------------------------------- */

/* An address of either family.  */
struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_un un;
	} as;
	socklen_t size;
};

/* "@NAME" is an abstract name, a number is a port of 127.0.0.1.  */
static struct address parse_endpoint(const char *endpoint)
{
	struct address address;

	memset(&address, 0, sizeof(address));
	if (endpoint[0] == '@') {
		address.as.un.sun_family = AF_UNIX;
		memcpy(address.as.un.sun_path + 1, endpoint + 1, strlen(endpoint + 1));
		address.size =
		        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(endpoint));
	} else {
		address.as.in.sin_family = AF_INET;
		address.as.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address.as.in.sin_port = htons((uint16_t)atoi(endpoint));
		address.size = sizeof(address.as.in);
	}
	return address;
}

static enum pr_err listen_end(struct floor_link *link, char *endpoint, struct pr_error *why)
{
	static unsigned links;
	struct address address;

	snprintf(endpoint, PR_ENDPOINT_MAX, link->is_tcp ? "0" : "@proctor-floor-%d-%u",
	         (int)getpid(), ++links);
	address = parse_endpoint(endpoint);
	link->listener = socket(address.as.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->listener < 0 || bind(link->listener, &address.as.any, address.size) != 0 ||
	    listen(link->listener, 1) != 0 ||
	    getsockname(link->listener, &address.as.any, &address.size) != 0)
		return call_failed("listening", why);
	if (link->is_tcp)
		snprintf(endpoint, PR_ENDPOINT_MAX, "%u", ntohs(address.as.in.sin_port));
	return PR_OK;
}

static enum pr_err connect_end(struct floor_link *link, const char *endpoint, struct pr_error *why)
{
	struct address address = parse_endpoint(endpoint);
	int fd = socket(address.as.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	link->ends[PR_END_A].fd = fd;
	if (fd < 0 || connect(fd, &address.as.any, address.size) != 0)
		return call_failed("connecting", why);
	return set_nodelay(link, PR_END_A, why);
}

static enum pr_err floor_greet(struct pr_link *link, int end, const void *body, size_t size,
                               struct pr_error *why)
{
	enum pr_err err = floor_send(link, end, body, size, why);

	return err == PR_OK ? floor_flush(link, end, why) : err;
}

static void floor_close(struct pr_link **taken)
{
	struct floor_link *link = link_of(*taken);

	*taken = NULL;
	if (link == NULL)
		return;
	if (link->listener >= 0)
		close(link->listener);
	for (int end = PR_END_A; end <= PR_END_B; end++) {
		if (link->ends[end].fd >= 0)
			close(link->ends[end].fd);
		free(link->ends[end].out.bytes);
		free(link->ends[end].in.bytes);
	}
	free(link);
}

/* What surely fits into the buffers of a socket.  */
#define FITS_MAX ((size_t)16 * 1024)

/* Two ends that both wait for room would wait for ever, so what several requests hold must fit.  */
static const char *floor_refuses(const struct pr_link_spec *spec)
{
	if (!pr_link_is_stream(spec))
		return "there is no floor of inproc: within a process nothing is sent";
	if (spec->connections > 0)
		return "there is no floor of many connections: it has two ends";
	if (spec->window > 1 && spec->window * (spec->size + HEADER_MAX) > FITS_MAX)
		return "there is no floor of a window of more than 16 KiB: it has no queue";
	return NULL;
}

static struct floor_link *new_link(const struct floor_options *options,
                                   const struct pr_link_spec *spec)
{
	struct floor_link *link = aligned_alloc(128, sizeof(*link));

	if (link == NULL)
		return NULL;
	memset(link, 0, sizeof(*link));
	link->link.ops = &pr_adapter_floor;
	link->batch = options->batch;
	link->frame_max = spec->size + HEADER_MAX + DELIMITER;
	link->link.answers_apart = options->pingpong == BLOCKING || link->frame_max > FITS_MAX;
	link->is_tcp = spec->transport == PR_TCP;
	link->delimits = pr_patterns[spec->pattern].delimits;
	link->listener = -1;
	for (int end = PR_END_A; end <= PR_END_B; end++) {
		link->ends[end].fd = -1;
		link->ends[end].out.bytes = pr_alloc(link->batch + link->frame_max);
		link->ends[end].in.bytes = pr_alloc(link->batch + link->frame_max);
	}
	return link;
}

static enum pr_err floor_open(struct pr_engine *engine, const struct pr_link_spec *spec,
                              unsigned ends, char *endpoint, struct pr_link **result,
                              struct pr_error *why)
{
	struct floor_link *link = new_link(&engine->options, spec);
	enum pr_err err = PR_OK;

	if (link == NULL)
		return pr_error_set(why, PR_FAILED, "out of memory for a link");
	*result = &link->link;
	if (PR_HAS_END(ends, PR_END_B))
		err = listen_end(link, endpoint, why);
	if (err == PR_OK && PR_HAS_END(ends, PR_END_A))
		err = connect_end(link, endpoint, why);
	if (err != PR_OK)
		floor_close(result);
	return err;
}

static enum pr_err floor_load(const json_t *options, struct pr_engine **result,
                              struct pr_engine_info *info, struct pr_error *why)
{
	struct pr_engine *engine = pr_alloc(sizeof(*engine));
	enum pr_err err = parse(options, "engine floor", &engine->options, why);

	if (err == PR_OK)
		err = pr_library_identify(&pr_adapter_floor, info, why);
	if (err != PR_OK) {
		free(engine);
		return err;
	}
	strncpy(info->version, pr_version, sizeof(info->version) - 1);
	*result = engine;
	return PR_OK;
}

static void floor_unload(struct pr_engine **engine)
{
	free(*engine);
	*engine = NULL;
}

const struct pr_adapter_ops pr_adapter_floor = {
        .name = "floor",
        .summary = "raw sockets with the same frames and no engine: what the machine itself can do",
        .version = PR_ADAPTER_OPS_VERSION,
        .flags = PR_ADAPTER_FLOOR | PR_ADAPTER_EXACT_WIRE,
        .opts = floor_opts,
        .expand = floor_expand,
        .foretell = floor_foretell,
        .load = floor_load,
        .unload = floor_unload,
        .refuses = floor_refuses,
        .open = floor_open,
        .close = floor_close,
        .greet = floor_greet,
        .send = floor_send,
        .flush = floor_flush,
        .recv = floor_recv,
        .counters = floor_counters,
        .read_counters = floor_read_counters,
};
