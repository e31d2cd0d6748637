/* SPDX-License-Identifier: MIT */
/* core/pattern/pub.c - PUB: each message goes to all that subscribed to its beginning (RFC 29).  */
#include "core/include/proctor/zmq.h"
#include "core/pattern/balance.h"
#include "core/pattern/publish.h"

const struct pr_pattern_ops pr_pattern_pub = {
        .type = ZMQ_PUB,
        .state_size = PR_PUBLISH_STATE,
        .single_connect = true,
        .init = pr_publish_init,
        .fini = pr_publish_fini,
        .add = pr_publish_add,
        .stop_output = pr_publish_stop_output,
        .remove = pr_publish_remove,
        .readable = pr_publish_readable,
        .writable = pr_publish_writable,
        .send = pr_publish_send,
        .recv = pr_balance_no_recv,
        .can_send = pr_publish_can_send,
        .can_recv = pr_balance_never,
        .set_option = pr_publish_set_option,
        .takes_subscriptions = true,
};
