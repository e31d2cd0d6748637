/* SPDX-License-Identifier: MIT */
/* harness/meet.c - greetings.
 *
 * A publisher drops what nobody has subscribed to, and nobody tells it when that changes.  So it
 * greets until a greeting arrives, and then once more with another text: what comes before that
 * was under way.  */
#include "harness/meet.h"

#include <string.h>
#include <time.h>

#define HELLO "hello"
#define LAST  "last"

#define TRIES_MAX 10000 /* of 1 ms: a handshake on loopback takes a few */

static void sleep_1ms(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Takes what has arrived, up to text.  */
static enum pr_err look(struct pr_link *link, int end, const char *text, bool *came,
                        struct pr_error *why)
{
	enum pr_err err = PR_OK;
	const void *body;
	size_t size;

	*came = false;
	do {
		err = link->ops->recv(link, end, false, &body, &size, why);
		if (err == PR_OK && body != NULL)
			*came = size == strlen(text) && memcmp(body, text, size) == 0;
	} while (err == PR_OK && body != NULL && !*came);
	return err;
}

enum pr_err pr_meet_await(struct pr_link *link, int end, const char *text, struct pr_error *why)
{
	bool came;

	for (int tries = 0; tries < TRIES_MAX; tries++) {
		enum pr_err err = look(link, end, text, &came, why);

		if (err != PR_OK || came)
			return err;
		sleep_1ms();
	}
	return pr_error_set(why, PR_FAILED, "no greeting arrived at end %c within %d s", 'A' + end,
	                    TRIES_MAX / 1000);
}

enum pr_err pr_meet_greet(struct pr_link *link, int end, const char *text, struct pr_error *why)
{
	return link->ops->greet(link, end, text, strlen(text), why);
}

static enum pr_err greet_here(void *link, const char *text, struct pr_error *why)
{
	return pr_meet_greet(link, PR_END_A, text, why);
}

static enum pr_err await_here(void *link, const char *text, struct pr_error *why)
{
	return pr_meet_await(link, PR_END_A, text, why);
}

static enum pr_err greet_until_heard(struct pr_link *link, const struct pr_meet_far *far,
                                     struct pr_error *why)
{
	bool came = false;
	enum pr_err err = PR_OK;

	for (int tries = 0; err == PR_OK && !came && tries < TRIES_MAX; tries++) {
		err = far->greet(far->arg, HELLO, why);
		sleep_1ms();
		if (err == PR_OK)
			err = look(link, PR_END_B, HELLO, &came, why);
	}
	if (err == PR_OK && !came)
		err = pr_error_set(why, PR_FAILED, "no subscription arrived within %d s",
		                   TRIES_MAX / 1000);
	if (err == PR_OK)
		err = far->greet(far->arg, LAST, why);
	return err == PR_OK ? pr_meet_await(link, PR_END_B, LAST, why) : err;
}

enum pr_err pr_meet(struct pr_link *link, const struct pr_link_spec *spec,
                    const struct pr_meet_far *far, struct pr_error *why)
{
	const struct pr_pattern_facts *pattern = &pr_patterns[spec->pattern];
	const struct pr_meet_far here = {greet_here, await_here, link};
	enum pr_err err;

	if (far == NULL)
		far = &here;
	if (pattern->drops)
		return greet_until_heard(link, far, why);
	err = far->greet(far->arg, HELLO, why);
	if (err == PR_OK)
		err = pr_meet_await(link, PR_END_B, HELLO, why);
	if (err != PR_OK || !pattern->answers)
		return err;
	err = pr_meet_greet(link, PR_END_B, HELLO, why);
	return err == PR_OK ? far->await(far->arg, HELLO, why) : err;
}
