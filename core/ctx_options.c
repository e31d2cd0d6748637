/* SPDX-License-Identifier: MIT */
/* core/ctx_options.c - zmq_ctx_set and zmq_ctx_get: the options of a context as a table.
 *
 * As in libzmq some numbers mean one thing when set and another when got (3), and some options are
 * kept only to be got again: ZMQ_MAX_MSGSZ limits nothing (ZMQ_MAXMSGSIZE of a socket does), and
 * bodies are never copied needlessly, whatever ZMQ_ZERO_COPY_RECV says.  */
#include <errno.h>
#include <limits.h>
#include <stddef.h>

#include "core/ctx.h"
#include "core/include/proctor/zmq.h"

/* Its name is in the draft part of libzmq's header, but 4.3.4 has it in any build.  */
#define ZERO_COPY_RECV 10

struct option {
	int number;
	size_t field; /* an int in struct pr_ctx */
	int min, max; /* of what may be set */
	enum { SET = 1, GET = 2, FLAG = 4 } how;
};

#define FIELD(name) offsetof(struct pr_ctx, name)

static const struct option options[] = {
        {ZMQ_IO_THREADS, FIELD(io_threads), 0, INT_MAX, SET | GET},
        {ZMQ_MAX_SOCKETS, FIELD(max_sockets), 1, INT_MAX, SET | GET},
        {ZMQ_MAX_MSGSZ, FIELD(max_msgsz), 0, INT_MAX, SET | GET},
        {ZMQ_IPV6, FIELD(ipv6), 0, INT_MAX, SET | GET | FLAG},
        {ZMQ_BLOCKY, FIELD(blocky), 0, INT_MAX, SET | GET | FLAG},
        {ZERO_COPY_RECV, FIELD(zero_copy_recv), 0, INT_MAX, SET | GET | FLAG},
        {ZMQ_THREAD_SCHED_POLICY, FIELD(threads.sched_policy), 0, INT_MAX, SET | GET},
        {ZMQ_THREAD_PRIORITY, FIELD(threads.priority), 0, INT_MAX, SET},
        {ZMQ_THREAD_NAME_PREFIX, FIELD(threads.name_prefix), INT_MIN, INT_MAX, SET | GET},
};

static const struct option *find(int number, int how)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].number == number && options[i].how & how)
			return &options[i];
	return NULL;
}

static int *value_of(struct pr_ctx *ctx, const struct option *option)
{
	return (int *)((char *)ctx + option->field);
}

/* The set of processors grows and shrinks by one; one that cannot exist changes nothing.  */
static int change_cpus(cpu_set_t *cpus, int option, int cpu)
{
	bool can_exist = cpu >= 0 && cpu < CPU_SETSIZE;

	if (!can_exist)
		return cpu < 0 || option != ZMQ_THREAD_AFFINITY_CPU_ADD ? EINVAL : 0;
	if (option == ZMQ_THREAD_AFFINITY_CPU_ADD)
		CPU_SET(cpu, cpus);
	else if (CPU_ISSET(cpu, cpus))
		CPU_CLR(cpu, cpus);
	else
		return EINVAL;
	return 0;
}

static int set(struct pr_ctx *ctx, int number, int value)
{
	const struct option *option = find(number, SET);

	if (number == ZMQ_THREAD_AFFINITY_CPU_ADD || number == ZMQ_THREAD_AFFINITY_CPU_REMOVE)
		return change_cpus(&ctx->threads.cpus, number, value);
	if (!option || value < option->min || value > option->max)
		return EINVAL;
	*value_of(ctx, option) = option->how & FLAG ? value != 0 : value;
	if (number == ZMQ_THREAD_NAME_PREFIX)
		ctx->threads.has_name_prefix = true;
	return 0;
}

int pr_ctx_set(struct pr_ctx *ctx, int option, int value)
{
	pthread_mutex_lock(&ctx->lock);
	int error = set(ctx, option, value);

	pthread_mutex_unlock(&ctx->lock);
	return error;
}

int pr_ctx_get(struct pr_ctx *ctx, int number, int *value)
{
	const struct option *option = find(number, GET);

	if (number == ZMQ_SOCKET_LIMIT) {
		*value = PR_CTX_SOCKETS_LIMIT;
	} else if (number == ZMQ_MSG_T_SIZE) {
		*value = (int)sizeof(zmq_msg_t);
	} else if (option) {
		pthread_mutex_lock(&ctx->lock);
		*value = *value_of(ctx, option);
		pthread_mutex_unlock(&ctx->lock);
	} else {
		return EINVAL;
	}
	return 0;
}
