/* SPDX-License-Identifier: MIT */
/* analyzers/history/when.c - times as people write them.  */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "analyzers/history/history.h"

void pr_history_format_time(int64_t seconds, char *out)
{
	time_t whole = (time_t)seconds;
	struct tm parts;

	if (gmtime_r(&whole, &parts) == NULL || parts.tm_year < -1900 || parts.tm_year > 8099 ||
	    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		strcpy(out, "unknown");
}

/* "Z", "+01:00" or nothing, which is UTC too.  */
static bool parse_zone(const char *text, int *offset)
{
	int hours, minutes, used = 0;

	*offset = 0;
	if (text[0] == '\0' || strcmp(text, "Z") == 0)
		return true;
	if ((text[0] != '+' && text[0] != '-') ||
	    sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || used != 5 ||
	    text[6] != '\0' || hours > 14 || minutes > 59)
		return false;
	*offset = (hours * 60 + minutes) * 60 * (text[0] == '-' ? -1 : 1);
	return true;
}

/* timegm takes the 31st of February for the 3rd of March.  */
static bool is_a_day(const struct tm *asked)
{
	struct tm made = *asked;

	return timegm(&made) != (time_t)-1 && made.tm_mday == asked->tm_mday &&
	       made.tm_mon == asked->tm_mon && made.tm_hour == asked->tm_hour &&
	       made.tm_min == asked->tm_min;
}

enum pr_err pr_history_parse_time(const char *text, int64_t *out, struct pr_error *why)
{
	struct tm parts = {.tm_isdst = 0};
	const char *rest = strptime(text, "%Y-%m-%d", &parts);
	int offset = 0;

	if (rest != NULL && (*rest == 'T' || *rest == ' '))
		rest = strptime(rest + 1, "%H:%M:%S", &parts);
	if (rest == NULL || !parse_zone(rest, &offset) || !is_a_day(&parts))
		return pr_error_set(why, PR_USAGE,
		                    "'%s' is no time; write it as 2026-11-25 or "
		                    "2026-11-25T03:00:00Z",
		                    text);
	*out = (int64_t)timegm(&parts) - offset;
	return PR_OK;
}
