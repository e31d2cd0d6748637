/* SPDX-License-Identifier: MIT */
/* core/pattern/dealer.c - DEALER: sends to its peers in turn, receives from them in turn (RFC 28).
 */
#include "core/include/proctor/zmq.h"
#include "core/pattern/balance.h"

const struct pr_pattern_ops pr_pattern_dealer = {
        .type = ZMQ_DEALER,
        .single_connect = true,
        .add = pr_balance_add,
        .stop_output = pr_balance_stop_output,
        .remove = pr_balance_remove,
        .readable = pr_balance_readable,
        .writable = pr_balance_writable,
        .send = pr_balance_send,
        .recv = pr_balance_recv,
        .can_send = pr_balance_can_send,
        .can_recv = pr_balance_can_recv,
};
