/* SPDX-License-Identifier: MIT */
/* core/pattern/sub.c - SUB: receives from all its peers what it subscribed to (RFC 29).
 *
 * The publishers send nothing else, save for messages that were under way when a subscription
 * ended; so each message is looked at once more here.  */
#include <errno.h>

#include "core/include/proctor/zmq.h"
#include "core/pattern/balance.h"
#include "core/pattern/subscribe.h"
#include "core/socket.h"

static bool is_wanted(const struct pr_socket *socket, const uint8_t *data, size_t size)
{
	const struct pr_subscriber *subscriber = socket->state;

	return pr_topics_match(&subscriber->topics, data, size) !=
	       (socket->options.invert_matching != 0);
}

static void skip_message(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_view view;

	while (pr_socket_read(socket, pipe, &view) && view.more)
		;
}

/* The pipe, in turn, whose next message is wanted; others are thrown away.  NULL: there is none. */
static struct pr_pipe *next_wanted(struct pr_socket *socket)
{
	struct pr_pipe *pipe;
	struct pr_frame frame;
	const uint8_t *data;

	while ((pipe = pr_socket_next_input(socket))) {
		if (pr_pipe_look(pipe, &frame, &data) && is_wanted(socket, data, frame.size))
			return pipe;
		skip_message(socket, pipe);
	}
	return NULL;
}

static int sub_recv(struct pr_socket *socket, struct pr_view *view)
{
	struct pr_pipe *pipe = socket->rcvmore ? socket->recv_pipe : next_wanted(socket);

	if (!pipe)
		return EAGAIN;
	pr_socket_read(socket, pipe, view);
	return 0;
}

static bool sub_can_recv(struct pr_socket *socket)
{
	return socket->rcvmore || next_wanted(socket);
}

static int sub_set_option(struct pr_socket *socket, int option, const void *value, size_t size)
{
	if (option != ZMQ_SUBSCRIBE && option != ZMQ_UNSUBSCRIBE)
		return EINVAL;
	return pr_subscribe_change(socket, option == ZMQ_SUBSCRIBE, value, size, true);
}

const struct pr_pattern_ops pr_pattern_sub = {
        .type = ZMQ_SUB,
        .state_size = sizeof(struct pr_subscriber),
        .single_connect = true,
        .init = pr_subscribe_init,
        .fini = pr_subscribe_fini,
        .add = pr_subscribe_add,
        .greet = pr_subscribe_greet,
        .stop_output = pr_subscribe_stop_output,
        .remove = pr_balance_remove,
        .readable = pr_balance_readable,
        .writable = pr_balance_no_news,
        .send = pr_balance_no_send,
        .recv = sub_recv,
        .can_send = pr_balance_never,
        .can_recv = sub_can_recv,
        .set_option = sub_set_option,
};
