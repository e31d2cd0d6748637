/* SPDX-License-Identifier: MIT */
/* harness/interrupt.h - Ctrl-C: the first stops the run and keeps what was measured, the second
 * ends the program at once.  SIGTERM and SIGHUP count as the first.  */
#ifndef PR_INTERRUPT_H
#define PR_INTERRUPT_H

#include <stdbool.h>

#include "core/base/err.h"

/* Installs the handlers.  */
enum pr_err pr_interrupt_init(struct pr_error *why) PR_CHECKED;

/* True after the first.  */
bool pr_interrupt_seen(void);

/* Becomes readable at the first, for poll(2); -1 before init.  */
int pr_interrupt_fd(void);

#endif
