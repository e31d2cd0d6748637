/* SPDX-License-Identifier: MIT */
/* core/pattern/pull.c - PULL: receives from its peers in turn and sends nothing (RFC 30).  */
#include <errno.h>

#include "core/include/proctor/zmq.h"
#include "core/pattern/balance.h"
#include "core/socket.h"

static int pull_add(struct pr_socket *socket, struct pr_pipe *pipe)
{
	return pr_fair_add(&socket->in, pipe) ? 0 : ENOMEM;
}

const struct pr_pattern_ops pr_pattern_pull = {
        .type = ZMQ_PULL,
        .add = pull_add,
        .stop_output = pr_balance_no_news,
        .remove = pr_balance_remove,
        .readable = pr_balance_readable,
        .writable = pr_balance_no_news,
        .send = pr_balance_no_send,
        .recv = pr_balance_recv,
        .can_send = pr_balance_never,
        .can_recv = pr_balance_can_recv,
};
