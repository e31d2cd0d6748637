/* SPDX-License-Identifier: MIT */
/* core/timer.c - see timer.h.  */
#include "core/timer.h"

#include <stdlib.h>
#include <uv.h>

#include "core/loop.h"

struct pr_timer {
	uv_timer_t uv;
	struct pr_timer **slot;
	void (*expire)(void *arg);
	void *arg;
};

static void closed(uv_handle_t *handle)
{
	free(handle->data);
}

void pr_timer_stop(struct pr_timer **slot)
{
	struct pr_timer *timer = *slot;

	if (!timer)
		return;
	*slot = NULL;
	uv_timer_stop(&timer->uv);
	uv_close((uv_handle_t *)&timer->uv, closed);
}

static void expired(uv_timer_t *uv)
{
	struct pr_timer *timer = uv->data;
	void (*expire)(void *) = timer->expire;
	void *arg = timer->arg;

	pr_timer_stop(timer->slot);
	expire(arg);
}

void pr_timer_start(struct pr_timer **slot, struct pr_loop *loop, uint64_t delay_ms,
                    void (*expire)(void *arg), void *arg)
{
	struct pr_timer *timer = malloc(sizeof(*timer));

	if (!timer)
		return;
	timer->slot = slot;
	timer->expire = expire;
	timer->arg = arg;
	loop->timers_changed = true;
	uv_timer_init(&loop->uv, &timer->uv);
	timer->uv.data = timer;
	uv_update_time(&loop->uv); /* libuv counts from its cached time */
	uv_timer_start(&timer->uv, expired, delay_ms, 0);
	*slot = timer;
}
