/* SPDX-License-Identifier: MIT */
/* core/pattern/push.c - PUSH: sends to its peers in turn and hears nothing of them (RFC 30).  */
#include <errno.h>

#include "core/include/proctor/zmq.h"
#include "core/pattern/balance.h"
#include "core/socket.h"

static int push_add(struct pr_socket *socket, struct pr_pipe *pipe)
{
	return pr_fair_add(&socket->out, pipe) ? 0 : ENOMEM;
}

const struct pr_pattern_ops pr_pattern_push = {
        .type = ZMQ_PUSH,
        .is_deaf = true,
        .add = push_add,
        .stop_output = pr_balance_stop_output,
        .remove = pr_balance_no_news,
        .is_read = pr_balance_is_not_read,
        .readable = pr_balance_no_news,
        .writable = pr_balance_writable,
        .send = pr_balance_send,
        .recv = pr_balance_no_recv,
        .can_send = pr_balance_can_send,
        .can_recv = pr_balance_never,
};
