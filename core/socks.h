/* SPDX-License-Identifier: MIT */
/* core/socks.h - what is said to a SOCKS5 proxy (RFC 1928) until it has connected us to somebody.
 *
 * Bytes in, bytes out; whoever owns the connection sends `out` and receives what is wanted, never
 * more: what follows the proxy's last reply is the other end's.  One method is offered: none, or
 * with a user's name the one of RFC 1929, instead of which the proxy may choose none.  A numeric
 * address goes as such, whichever of inet_aton(3)'s forms it has; a name goes as a name, which the
 * proxy looks up.  No thread of its own; nothing here blocks or allocates for longer than a call.
 */
#ifndef PR_SOCKS_H
#define PR_SOCKS_H

#include <stddef.h>
#include <stdint.h>

/* The largest of ours is RFC 1929's two names, the largest of theirs a reply with a name in it.  */
#define PR_SOCKS_TEXT_MAX 255
#define PR_SOCKS_OUT_MAX  (3 + 2 * PR_SOCKS_TEXT_MAX)
#define PR_SOCKS_IN_MAX   (4 + 1 + PR_SOCKS_TEXT_MAX + 2)

enum pr_socks_state {
	PR_SOCKS_CHOICE,    /* waits for the proxy's choice of a method */
	PR_SOCKS_ADMISSION, /* ...for its word on the user */
	PR_SOCKS_REPLY,     /* ...for its word on the request */
	PR_SOCKS_DONE,      /* whatever comes now is the other end's */
	PR_SOCKS_REFUSED,   /* or malformed */
};

/* Whom to reach and as whom.  The memory is the caller's and stays while the machine is used.  */
struct pr_socks_goal {
	const char *host; /* at most PR_SOCKS_TEXT_MAX bytes */
	uint16_t port;
	const uint8_t *username; /* username_size 0: nobody in particular */
	size_t username_size;    /* at most PR_SOCKS_TEXT_MAX */
	const uint8_t *password;
	size_t password_size; /* at most PR_SOCKS_TEXT_MAX */
};

struct pr_socks {
	enum pr_socks_state state;
	struct pr_socks_goal goal;
	size_t out_size;
	uint8_t out[PR_SOCKS_OUT_MAX]; /* to be sent before anything is received */
	size_t in_size;
	uint8_t in[PR_SOCKS_IN_MAX]; /* what has come of one message */
};

/* At the beginning of a connection; out holds the greeting then.  */
void pr_socks_init(struct pr_socks *socks, const struct pr_socks_goal *goal);

/* size bytes of out were sent: they are dropped.  */
void pr_socks_sent(struct pr_socks *socks, size_t size);

/* How many bytes may be received now; 0 when it is DONE or REFUSED.  */
size_t pr_socks_wanted(const struct pr_socks *socks);

/* size bytes have come, at least 1 and at most pr_socks_wanted.  May change the state and fill out.
 */
void pr_socks_feed(struct pr_socks *socks, const uint8_t *bytes, size_t size);

#endif
