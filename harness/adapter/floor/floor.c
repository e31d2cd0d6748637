/* SPDX-License-Identifier: MIT */
/* harness/adapter/floor/floor.c - the adapter: options, links, counters, and the table of kernels.
 *
 * Ping-pong is done by one thread that drives both ends (no wake-up at all: the limit of the
 * report's topology) or, with pingpong=blocking, by two threads that wake each other through the
 * socket.  Frames that might not fit into the socket's buffer always take two threads where no
 * thread of the kernel's takes them in: one alone would wait for itself.  */
#include "harness/adapter/floor/floor.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/version.h"
#include "harness/library.h"
#include "harness/options.h"

/* ---- kernels ------------------------------------------------------------------------- */

enum { RAW, BYTES, PARSED, HANDOFF, HOPS };

static const struct pr_floor_kernel *const kernels[] = {
        [RAW] = &pr_floor_raw,         [BYTES] = &pr_floor_bytes, [PARSED] = &pr_floor_parsed,
        [HANDOFF] = &pr_floor_handoff, [HOPS] = &pr_floor_hops,
};

static const char *const kernel_names[] = {
        [RAW] = "raw",         [BYTES] = "bytes", [PARSED] = "parsed",
        [HANDOFF] = "handoff", [HOPS] = "hops",   NULL};

/* ---- options ------------------------------------------------------------------------- */

enum { SAME_THREAD, BLOCKING };

struct floor_options {
	int kernel;
	int pingpong;
	uint64_t batch;
};

static const char *const pingpong_names[] = {"same-thread", "blocking", NULL};

static const struct pr_opt floor_opts[] = {
        {"kernel", 0, PR_OPT_CHOICE, offsetof(struct floor_options, kernel), kernel_names, NULL,
         "how much of an engine's work is done: messages alone, batches, batches parsed, handed to "
         "a thread in batches or alone",
         0, 0},
        {"pingpong", 0, PR_OPT_CHOICE, offsetof(struct floor_options, pingpong), pingpong_names,
         NULL, "one thread drives both ends, or two threads wake each other", 0, 0},
        {"batch", 0, PR_OPT_BYTES, offsetof(struct floor_options, batch), NULL, "BYTES",
         "bytes handed to one send(2) and asked of one recv(2)", 64, 16 * 1024 * 1024},
        {0},
};

static enum pr_err parse(const json_t *options, const char *what, struct floor_options *parsed,
                         struct pr_error *why)
{
	*parsed = (struct floor_options){
	        .kernel = PARSED, .pingpong = SAME_THREAD, .batch = 64 * 1024};
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
	/* A message by itself is as large as it is.  */
	if (parse(options, "floor", &parsed, NULL) == PR_OK && parsed.kernel != RAW)
		*habits = (struct pr_habits){.read_bytes = parsed.batch,
		                             .send_bytes = parsed.batch,
		                             .reads_ahead = PR_READS_WHEN_READY};
}

/* ---- counters ------------------------------------------------------------------------ */

enum {
#define INDEX(name) COUNT_##name,
	PR_FLOOR_COUNTERS(INDEX)
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
        PR_FLOOR_COUNTERS(NAME)
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

static void add_counts(uint64_t *values, const struct pr_floor_counts *counts)
{
#define ADD(name) values[COUNT_##name] += counts->name;
	PR_FLOOR_COUNTERS(ADD)
#undef ADD
}

static enum pr_err floor_read_counters(struct pr_link *base, uint64_t *values, size_t count,
                                       struct pr_error *why)
{
	struct pr_floor_link *link = pr_floor_link_of(base);

	if (link->kernel->settle != NULL)
		link->kernel->settle(link);
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

/* ---- links --------------------------------------------------------------------------- */

/* The table of functions with those of the kernel in it: links point to it, so that a message does
 * not take a detour.  */
struct pr_engine {
	struct floor_options options;
	struct pr_adapter_ops ops;
};

static enum pr_err floor_greet(struct pr_link *link, int end, const void *body, size_t size,
                               struct pr_error *why)
{
	const struct pr_floor_kernel *kernel = pr_floor_link_of(link)->kernel;
	enum pr_err err = kernel->send(link, end, body, size, why);

	return err == PR_OK ? kernel->flush(link, end, why) : err;
}

static void floor_close(struct pr_link **taken)
{
	struct pr_floor_link *link = pr_floor_link_of(*taken);

	*taken = NULL;
	if (link == NULL)
		return;
	if (link->kernel->end != NULL)
		link->kernel->end(link);
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
	if (spec->window > 1 && spec->window * (spec->size + PR_FLOOR_HEADER_MAX) > FITS_MAX)
		return "there is no floor of a window of more than 16 KiB: it has no queue";
	return NULL;
}

/* A batch, or one message where each goes by itself.  */
static void set_sizes(struct pr_floor_link *link, const struct floor_options *options,
                      const struct pr_link_spec *spec)
{
	const struct pr_floor_kernel *kernel = link->kernel;
	bool alone = kernel->each && !kernel->threads;

	link->delimits = pr_patterns[spec->pattern].delimits;
	link->body_size = spec->size;
	link->frame_size = (size_t)pr_link_wire_bytes(spec);
	link->frame_max = spec->size + PR_FLOOR_HEADER_MAX + PR_FLOOR_DELIMITER;
	link->read_size = link->send_size = alone ? link->frame_size : options->batch;
	link->hand_size = kernel->each ? 1 : options->batch;
}

static struct pr_floor_link *new_link(const struct pr_engine *engine,
                                      const struct pr_link_spec *spec)
{
	struct pr_floor_link *link = aligned_alloc(128, sizeof(*link));

	if (link == NULL)
		return NULL;
	memset(link, 0, sizeof(*link));
	link->link.ops = &engine->ops;
	link->kernel = kernels[engine->options.kernel];
	set_sizes(link, &engine->options, spec);
	link->link.answers_apart = engine->options.pingpong == BLOCKING ||
	                           (!link->kernel->threads && link->frame_max > FITS_MAX);
	link->is_tcp = spec->transport == PR_TCP;
	link->listener = -1;
	for (int end = PR_END_A; end <= PR_END_B; end++) {
		link->ends[end].fd = -1;
		if (link->kernel->threads)
			continue;
		link->ends[end].out.bytes = pr_alloc(link->send_size + link->frame_max);
		link->ends[end].in.bytes = pr_alloc(link->read_size + link->frame_max);
	}
	return link;
}

/* Whoever has a link only by this table.  */
static enum pr_err send_message(struct pr_link *link, int end, const void *body, size_t size,
                                struct pr_error *why)
{
	return link->ops->send(link, end, body, size, why);
}

static enum pr_err flush(struct pr_link *link, int end, struct pr_error *why)
{
	return link->ops->flush(link, end, why);
}

static enum pr_err recv_message(struct pr_link *link, int end, bool wait, const void **body,
                                size_t *size, struct pr_error *why)
{
	return link->ops->recv(link, end, wait, body, size, why);
}

static enum pr_err floor_open(struct pr_engine *engine, const struct pr_link_spec *spec,
                              unsigned ends, char *endpoint, struct pr_link **result,
                              struct pr_error *why)
{
	struct pr_floor_link *link = new_link(engine, spec);
	enum pr_err err = PR_OK;

	if (link == NULL)
		return pr_error_set(why, PR_FAILED, "out of memory for a link");
	*result = &link->link;
	if (PR_HAS_END(ends, PR_END_B))
		err = pr_floor_listen(link, endpoint, why);
	if (err == PR_OK && PR_HAS_END(ends, PR_END_A))
		err = pr_floor_connect(link, endpoint, why);
	if (err == PR_OK && link->kernel->begin != NULL)
		err = link->kernel->begin(link, why);
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
	engine->ops = pr_adapter_floor;
	engine->ops.send = kernels[engine->options.kernel]->send;
	engine->ops.flush = kernels[engine->options.kernel]->flush;
	engine->ops.recv = kernels[engine->options.kernel]->recv;
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
        .send = send_message,
        .flush = flush,
        .recv = recv_message,
        .counters = floor_counters,
        .read_counters = floor_read_counters,
};
