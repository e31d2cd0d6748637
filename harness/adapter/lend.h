/* SPDX-License-Identifier: MIT */
/* harness/adapter/lend.h - bodies that an engine takes by reference and gives back when it is done.
 *
 * Programs that care about large messages do not copy them: they hand a buffer over
 * (zmq_msg_init_data) and use it again when the engine has called back.  All bodies of a link are
 * alike but for their stamps, so a buffer that comes back needs only a new stamp.  */
#ifndef PR_LEND_H
#define PR_LEND_H

#include <stddef.h>

struct pr_lender;

struct pr_lender *pr_lender_create(size_t size);

/* No buffer may be lent out any more.  */
void pr_lender_destroy(struct pr_lender **lender);

/* A buffer with the same bytes as body, of the size given at creation.  *hint belongs to it.  */
void *pr_lender_take(struct pr_lender *lender, const void *body, void **hint);

/* Takes a buffer back; may run on any thread.  */
void pr_lender_return(void *buffer, void *hint);

#endif
