/* SPDX-License-Identifier: MIT */
/* core/base/err.h - how a function says that it failed, and why.
 *
 * A function that can fail returns enum pr_err.  The values are the exit statuses of the program
 * (man page, EXIT STATUS), so a command can return what it was given.  Where a person will read the
 * reason, the last parameter is `struct pr_error *why` (may be NULL): it receives one whole
 * sentence that names the file, the place and the remedy.  Libraries never print and never exit. */
#ifndef PR_BASE_ERR_H
#define PR_BASE_ERR_H

#define PR_CHECKED           __attribute__((warn_unused_result))
#define PR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

enum pr_err {
	PR_OK = 0,            /* done, nothing worse */
	PR_WORSE = 1,         /* the answer is "worse" */
	PR_USAGE = 2,         /* bad option, plan, key or value */
	PR_INCONCLUSIVE = 3,  /* too noisy or too little to tell */
	PR_VOID = 4,          /* nothing measured */
	PR_FAILED = 5,        /* it could not be done; why says so */
	PR_INTERRUPTED = 130, /* Ctrl-C */
};

struct pr_error {
	char text[1024]; /* one sentence, no newline; "" when nothing failed */
};

/* Fills why (if not NULL) and returns err, so that a caller can write
 * `return pr_error_set(why, PR_USAGE, "...")`.  A text that is too long is cut.  */
enum pr_err pr_error_set(struct pr_error *why, enum pr_err err, const char *fmt, ...)
        PR_PRINTF(3, 4);

/* Puts "context: " before the sentence that is already there; returns err.  */
enum pr_err pr_error_prefix(struct pr_error *why, enum pr_err err, const char *fmt, ...)
        PR_PRINTF(3, 4);

#endif
