/* SPDX-License-Identifier: MIT */
/* harness/meet.h - how the two ends of a link find each other.
 *
 * Opening only makes sockets.  Before the first slice each end must have heard from the other: a
 * ROUTER must know its peer, a PUB the subscription.  B is in this process; A is here too, or
 * somebody else greets and waits for it.  */
#ifndef PR_MEET_H
#define PR_MEET_H

#include "core/base/err.h"
#include "harness/adapter.h"

/* What end A is asked to do.  */
struct pr_meet_far {
	enum pr_err (*greet)(void *arg, const char *text, struct pr_error *why);
	enum pr_err (*await)(void *arg, const char *text, struct pr_error *why);
	void *arg;
};

/* Waits, up to 10 s, until text arrives at an end; drops what comes before it.  */
enum pr_err pr_meet_await(struct pr_link *link, int end, const char *text,
                          struct pr_error *why) PR_CHECKED;

/* Sends text from an end as soon as its peer can be reached.  */
enum pr_err pr_meet_greet(struct pr_link *link, int end, const char *text,
                          struct pr_error *why) PR_CHECKED;

/* Lets the ends meet: afterwards no greeting is under way.  far NULL: A is an end of link too.  */
enum pr_err pr_meet(struct pr_link *link, const struct pr_link_spec *spec,
                    const struct pr_meet_far *far, struct pr_error *why) PR_CHECKED;

#endif
