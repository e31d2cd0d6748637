/* SPDX-License-Identifier: MIT */
/* core/base/err.c - sentences that say why.  A sentence that is too long is cut, never dropped.  */
#include "core/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum pr_err pr_error_set(struct pr_error *why, enum pr_err err, const char *fmt, ...)
{
	va_list args;

	if (why == NULL)
		return err;
	va_start(args, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	return err;
}

enum pr_err pr_error_prefix(struct pr_error *why, enum pr_err err, const char *fmt, ...)
{
	char sentence[sizeof(why->text)];
	size_t size;
	va_list args;

	if (why == NULL)
		return err;
	memcpy(sentence, why->text, sizeof(sentence));
	va_start(args, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	size = strlen(why->text);
	snprintf(why->text + size, sizeof(why->text) - size, ": %s", sentence);
	return err;
}
