/* SPDX-License-Identifier: MIT */
/* harness/cpus.c - where the threads of a worker may run.  */
#include "harness/cpus.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

const char *const pr_pin_names[] = {"plan", "one", "spread", NULL};

static enum pr_err bad_list(const char *pin, struct pr_error *why)
{
	return pr_error_set(why, PR_USAGE,
	                    "pin '%s' is not one, spread or a list of CPUs such as 0-1,3", pin);
}

/* Reads one CPU number; false when there is none or it is out of range.  */
static bool read_cpu(const char **text, size_t *cpu)
{
	char *end;
	unsigned long number;

	if (**text < '0' || **text > '9')
		return false;
	number = strtoul(*text, &end, 10);
	*text = end;
	*cpu = number;
	return number < CPU_SETSIZE;
}

static enum pr_err parse_list(const char *pin, cpu_set_t *set, struct pr_error *why)
{
	const char *text = pin;
	size_t first, last;

	CPU_ZERO(set);
	do {
		text += text != pin; /* the comma */
		if (!read_cpu(&text, &first))
			return bad_list(pin, why);
		last = first;
		if (*text == '-') {
			text++;
			if (!read_cpu(&text, &last) || last < first)
				return bad_list(pin, why);
		}
		for (size_t cpu = first; cpu <= last; cpu++)
			CPU_SET(cpu, set);
	} while (*text == ',');
	return *text == '\0' ? PR_OK : bad_list(pin, why);
}

static char *format_list(const cpu_set_t *set)
{
	struct pr_buf text;
	char *list;

	pr_buf_init(&text);
	for (size_t first = 0; first < CPU_SETSIZE; first++) {
		size_t last = first;

		if (!CPU_ISSET(first, set))
			continue;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
			last++;
		pr_buf_printf(&text, "%s%zu", text.size > 0 ? "," : "", first);
		if (last > first)
			pr_buf_printf(&text, "-%zu", last);
		first = last;
	}
	list = pr_buf_take(&text);
	pr_buf_fini(&text);
	return list;
}

/* The last CPU: interrupts and the tools that watch tend to run on the first.  */
static void keep_last(cpu_set_t *set)
{
	size_t last = 0;

	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, set))
			last = cpu;
	CPU_ZERO(set);
	CPU_SET(last, set);
}

enum pr_err pr_cpus_resolve(const char *pin, char **list, struct pr_error *why)
{
	cpu_set_t allowed, wanted, both;
	enum pr_err err;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return pr_error_set(why, PR_FAILED, "cannot tell which CPUs may be used: %s",
		                    strerror(errno));
	wanted = allowed;
	if (strcmp(pin, "one") == 0) {
		keep_last(&wanted);
	} else if (strcmp(pin, "spread") != 0) {
		err = parse_list(pin, &wanted, why);
		if (err != PR_OK)
			return err;
	}
	CPU_AND(&both, &wanted, &allowed);
	if (!CPU_EQUAL(&both, &wanted)) {
		char *have = format_list(&allowed);

		pr_error_set(why, PR_USAGE,
		             "pin '%s' names a CPU that may not be used; these may: %s", pin, have);
		free(have);
		return PR_USAGE;
	}
	*list = format_list(&wanted);
	return PR_OK;
}

enum pr_err pr_cpus_apply(const char *list, struct pr_error *why)
{
	cpu_set_t set;
	enum pr_err err = parse_list(list, &set, why);

	if (err != PR_OK)
		return err;
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		return pr_error_set(why, PR_FAILED, "cannot run on CPUs %s: %s", list,
		                    strerror(errno));
	return PR_OK;
}
