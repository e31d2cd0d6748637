/* SPDX-License-Identifier: MIT */
/* core/mechanism/null.c - NULL (RFC 37): both say READY, in any order.
 *
 * With ZMQ_ZAP_DOMAIN the ZAP handler is asked before we say ours, whichever side we are.  */
#include "core/include/proctor/zmq.h"
#include "core/mechanism.h"

enum { SENT = 1, RECEIVED = 2 };

static void reach(struct pr_zmtp *zmtp, unsigned step)
{
	zmtp->step |= step;
	if (zmtp->step == (SENT | RECEIVED))
		zmtp->state = PR_ZMTP_DONE;
}

static void admit(struct pr_zmtp *zmtp)
{
	pr_mechanism_say_properties(zmtp, "READY");
	reach(zmtp, SENT);
}

static void start(struct pr_zmtp *zmtp)
{
	if (zmtp->options->zap_domain_size > 0)
		zmtp->zap = PR_ZMTP_ZAP_DUE;
	else
		admit(zmtp);
}

static void take(struct pr_zmtp *zmtp, const uint8_t *body, size_t size)
{
	if (zmtp->step & RECEIVED)
		pr_mechanism_fail(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND,
		                  "the peer sent a command behind READY before it had ours");
	else if (pr_mechanism_take_error(zmtp, body, size))
		return;
	else if (!pr_mechanism_is(body, size, "READY"))
		pr_mechanism_fail(zmtp, ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND,
		                  "the peer sent another command than READY");
	else if (pr_mechanism_take_properties(zmtp, body + 6, size - 6, 0))
		reach(zmtp, RECEIVED);
}

const struct pr_mechanism pr_mechanism_null = {
        .id = ZMQ_NULL,
        .name = "NULL",
        .error = PR_MECHANISM_ERROR,
        .start = start,
        .take = take,
        .admit = admit,
};
