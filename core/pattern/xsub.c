/* SPDX-License-Identifier: MIT */
/* core/pattern/xsub.c - XSUB: a SUB that subscribes by sending messages, and may send others, which
 * go to all publishers (RFC 29).  What it receives is not filtered here.
 *
 * A message that is a subscription (01 or 00 and a topic) and nothing else is told as a SUB's is,
 * so that it reaches each publisher once.  Within a longer message subscriptions count as well, but
 * are also sent as they are, with the message.  */
#include <errno.h>

#include "core/include/proctor/zmq.h"
#include "core/pattern/balance.h"
#include "core/pattern/subscribe.h"
#include "core/socket.h"

#define ONLY_FIRST_SUBSCRIBE 108 /* a draft that the stable libzmq has as well */

static void begin_message(struct pr_socket *socket)
{
	struct pr_subscriber *subscriber = socket->state;

	pr_dist_begin(&subscriber->dist);
	pr_dist_choose_all(&subscriber->dist, socket);
	pr_dist_drop_full(&subscriber->dist);
}

/* Part of a longer message: it goes to the publishers as it is.  */
static int send_part(struct pr_socket *socket, bool is_subscription, const uint8_t *data,
                     size_t size, bool more)
{
	struct pr_subscriber *subscriber = socket->state;

	if (!socket->sndmore)
		begin_message(socket);
	if (is_subscription) {
		int error = pr_subscribe_change(socket, data[0] == 1, data + 1, size - 1, false);

		if (error)
			return error;
	}
	pr_dist_write(&subscriber->dist, data, size, more);
	socket->sndmore = more;
	return 0;
}

static int xsub_send(struct pr_socket *socket, const void *body, size_t size, bool more)
{
	struct pr_subscriber *subscriber = socket->state;
	const uint8_t *data = body;
	bool is_first = !socket->sndmore;
	bool is_subscription = (is_first || subscriber->is_subscribing) && size > 0 && data[0] <= 1;

	subscriber->is_subscribing = is_subscription || (is_first ? !subscriber->only_first
	                                                          : subscriber->is_subscribing);
	if (is_first && !more && is_subscription)
		return pr_subscribe_change(socket, data[0] == 1, data + 1, size - 1, true);
	return send_part(socket, is_subscription, data, size, more);
}

static bool xsub_can_send(struct pr_socket *socket)
{
	(void)socket;
	return true;
}

static int xsub_set_option(struct pr_socket *socket, int option, const void *value, size_t size)
{
	struct pr_subscriber *subscriber = socket->state;
	int number;

	if (option != ONLY_FIRST_SUBSCRIBE || size != sizeof(number) || !value)
		return EINVAL;
	memcpy(&number, value, sizeof(number));
	if (number < 0)
		return EINVAL;
	subscriber->only_first = number != 0;
	return 0;
}

const struct pr_pattern_ops pr_pattern_xsub = {
        .type = ZMQ_XSUB,
        .state_size = sizeof(struct pr_subscriber),
        .init = pr_subscribe_init,
        .fini = pr_subscribe_fini,
        .add = pr_subscribe_add,
        .greet = pr_subscribe_greet,
        .stop_output = pr_subscribe_stop_output,
        .remove = pr_balance_remove,
        .readable = pr_balance_readable,
        .writable = pr_balance_no_news,
        .send = xsub_send,
        .recv = pr_balance_recv,
        .can_send = xsub_can_send,
        .can_recv = pr_balance_can_recv,
        .set_option = xsub_set_option,
};
