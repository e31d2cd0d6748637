/* SPDX-License-Identifier: MIT */
/* analyzers/history/entry.c - what entries have in common.  */
#include "analyzers/history/entry.h"

#include <time.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/version.h"

json_t *pr_entry_create(const struct pr_entry_opts *opts)
{
	static const char *const arrays[] = {"phases", "coverage", "points", "latencies"};
	json_t *entry = json_object();

	pr_json_set(entry, "added", json_integer((json_int_t)time(NULL)));
	pr_json_set(entry, "baseline", json_string(""));
	pr_json_set(entry, "revision", pr_json_new_string(opts->revision));
	pr_json_set(entry, "branch", pr_json_new_string(opts->branch != NULL ? opts->branch : ""));
	pr_json_set(entry, "machine",
	            pr_json_new_string(opts->machine != NULL ? opts->machine : "unknown"));
	pr_json_set(entry, "tool", json_string(pr_version));
	pr_json_set(entry, "status", json_string("complete"));
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		pr_json_set(entry, arrays[i], json_array());
	return entry;
}

/* To tell apart, not to protect.  */
char *pr_entry_hash(const char *text, size_t size)
{
	uint64_t value = 14695981039346656037u;

	for (size_t i = 0; i < size; i++)
		value = (value ^ (unsigned char)text[i]) * 1099511628211u;
	return pr_asprintf("%016llx", (unsigned long long)value);
}
