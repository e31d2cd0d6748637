/* SPDX-License-Identifier: MIT */
/* core/proctor.c - the extension API of proctor.h.  */
#include "core/include/proctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/version.h"
#include "core/counters.h"
#include "core/ctx.h"

static struct pr_ctx *as_ctx(void *context)
{
	struct pr_ctx *ctx = context;

	if (ctx && ctx->magic == PR_CTX_MAGIC)
		return ctx;
	errno = EFAULT;
	return NULL;
}

const char *proctor_version(void)
{
	return pr_version;
}

int proctor_ctx_set_phase(void *context, const char *text, char *error, size_t error_size)
{
	struct pr_ctx *ctx = as_ctx(context);
	struct pr_phase phase;
	struct pr_error why = {""};

	if (!ctx)
		return -1;
	if (pr_phase_parse(text, &phase, &why) != PR_OK) {
		if (error && error_size > 0)
			snprintf(error, error_size, "%s", why.text);
		errno = EINVAL;
		return -1;
	}
	pthread_mutex_lock(&ctx->lock);
	bool is_busy = ctx->loops != NULL;

	if (!is_busy)
		ctx->phase = phase;
	pthread_mutex_unlock(&ctx->lock);
	if (!is_busy)
		return 0;
	errno = EBUSY;
	return -1;
}

size_t proctor_counters(const struct proctor_counter **list)
{
	if (list)
		*list = pr_counters_list();
	return pr_counters_count();
}

int proctor_ctx_counters(void *context, uint64_t *values, size_t count)
{
	struct pr_ctx *ctx = as_ctx(context);

	if (!ctx)
		return -1;
	size_t all = pr_counters_count();
	uint64_t *totals = malloc((all + 1) * sizeof(*totals));

	if (!totals)
		return 0;
	if (count > all)
		count = all;
	pr_ctx_counters(ctx, totals);
	memcpy(values, totals, count * sizeof(*values));
	free(totals);
	return (int)count;
}

int proctor_ctx_connections(void *context,
                            void (*visit)(void *arg, const char *peer, const uint64_t *values,
                                          size_t count),
                            void *arg)
{
	struct pr_ctx *ctx = as_ctx(context);

	return ctx ? pr_ctx_connections(ctx, visit, arg) : -1;
}
