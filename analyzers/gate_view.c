/* SPDX-License-Identifier: MIT */
/* analyzers/gate_view.c - the checks of a gate for people, for GitHub Actions and for CI servers
 * that read JUnit XML.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/gate.h"
#include "analyzers/numbers.h"
#include "core/base/escape.h"
#include "core/base/json.h"

static bool is(const json_t *check, const char *result)
{
	return strcmp(pr_json_text_or(check, "result", ""), result) == 0;
}

static size_t count_of(const json_t *gate, const char *result)
{
	return (size_t)json_integer_value(json_object_get(gate, result));
}

/* A message lost has no threshold, and none lost is not worth a line each.  */
static bool counts_messages(const json_t *check)
{
	return strncmp(pr_json_text_or(check, "metric", ""), "messages_", 9) == 0;
}

/* "-6.3 % [-8.1, -4.4], worse by at least 4.4 % (threshold 2.0 %)"; of messages that were lost, how
 * many.  The caller frees.  */
static char *describe(const json_t *check)
{
	double effect = pr_run_number(check, "effect");
	struct pr_numbers change = {""};

	if (counts_messages(check))
		return pr_asprintf("%s%s", is(check, "fail") ? "more than the baseline; " : "",
		                   pr_json_text_or(check, "note", ""));
	if (!isnan(effect))
		change = pr_numbers_effect(effect, pr_run_number(check, "effect_lo"),
		                           pr_run_number(check, "effect_hi"));
	return pr_asprintf("%s%s%s (threshold %s)", change.text, change.text[0] != '\0' ? ", " : "",
	                   pr_json_text_or(check, "note", ""),
	                   pr_numbers_percent(pr_run_number(check, "threshold")).text);
}

/* "throughput of new in streaming".  The caller frees.  */
static char *name_of(const json_t *check)
{
	return pr_asprintf("%s of %s in %s", pr_json_text_or(check, "metric", ""),
	                   pr_json_text_or(check, "phase", ""),
	                   pr_json_text_or(check, "workload", ""));
}

/* "gate: 1 of 6 checks failed, 2 cannot tell".  The caller frees.  */
static char *sum_up(const json_t *gate)
{
	size_t all = json_array_size(json_object_get(gate, "checks"));
	size_t failed = count_of(gate, "fail"), refused = count_of(gate, "refused"),
	       unsure = count_of(gate, "cannot-tell");
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_printf(&text, "%zu of %s failed", failed,
	              pr_numbers_plural((double)all, "check").text);
	if (refused > 0)
		pr_buf_printf(&text, ", %zu refused", refused);
	if (unsure > 0)
		pr_buf_printf(&text, ", %zu cannot tell", unsure);
	return text.text;
}

/* ---- for people ------------------------------------------------------------------------------ */

static void add_checks(struct pr_view *view, const json_t *checks, const char *result,
                       const char *title)
{
	size_t i, whole = 0;
	bool begun = false;
	json_t *check;

	json_array_foreach((json_t *)checks, i, check)
	{
		char *name, *text;

		if (!is(check, result))
			continue;
		if (!begun)
			pr_view_add(view, PR_VIEW_PARAGRAPH, "%s:", title);
		begun = true;
		if (is(check, "pass") && counts_messages(check)) {
			whole++;
			continue;
		}
		name = name_of(check);
		text = describe(check);
		pr_view_add(view, PR_VIEW_ITEM, "%s: %s", name, text);
		free(name);
		free(text);
	}
	if (whole > 0)
		pr_view_add(view, PR_VIEW_ITEM,
		            "messages lost, reordered and duplicated: none (%s)",
		            pr_numbers_plural((double)whole, "check").text);
}

struct pr_view *pr_gate_view(const json_t *gate)
{
	static const char *const parts[][2] = {
	        {"fail", "Failed"},
	        {"refused", "Refused, because this run could not see it"},
	        {"cannot-tell", "Cannot tell"},
	        {"pass", "Passed"},
	};
	const json_t *checks = json_object_get(gate, "checks");
	struct pr_view *view = pr_view_create();
	char *sum = sum_up(gate);

	pr_view_add(view, PR_VIEW_LEAD, "%s: %s against %s.",
	            pr_json_text_or(json_object_get(gate, "run"), "path", ""), sum,
	            pr_json_text_or(gate, "baseline", ""));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		add_checks(view, checks, parts[i][0], parts[i][1]);
	pr_view_add(view, PR_VIEW_NOTE, "For this gate %s.",
	            pr_json_text_or(json_object_get(gate, "floor"), "text", ""));
	free(sum);
	return view;
}

/* ---- GitHub ---------------------------------------------------------------------------------- */

/* Workflow commands escape by percent; properties more than messages (actions/toolkit, command.ts).
 */
static void add_escaped(struct pr_buf *out, const char *text, const char *special)
{
	for (; *text != '\0'; text++)
		if (strchr(special, *text) != NULL)
			pr_buf_printf(out, "%%%02X", (unsigned char)*text);
		else
			pr_buf_add(out, text, 1);
}

void pr_gate_annotate(struct pr_buf *out, const char *level, const char *title, const char *message)
{
	pr_buf_printf(out, "::%s title=", level);
	add_escaped(out, title, "%\r\n:,");
	pr_buf_puts(out, "::");
	add_escaped(out, message, "%\r\n");
	pr_buf_puts(out, "\n");
}

void pr_gate_github(struct pr_buf *out, const json_t *gate)
{
	char *sum = sum_up(gate), *text;
	size_t i;
	json_t *check;

	json_array_foreach(json_object_get(gate, "checks"), i, check)
	{
		char *name;

		if (is(check, "pass"))
			continue;
		name = name_of(check);
		text = describe(check);
		pr_gate_annotate(out, is(check, "fail") ? "error" : "warning", name, text);
		free(name);
		free(text);
	}
	text = pr_asprintf("%s; %s", sum,
	                   pr_json_text_or(json_object_get(gate, "floor"), "text", ""));
	pr_gate_annotate(out, "notice", "proctor gate", text);
	free(text);
	free(sum);
}

/* ---- JUnit ----------------------------------------------------------------------------------- */

static void add_case(struct pr_buf *out, const json_t *check)
{
	char *name = name_of(check), *text = describe(check);

	pr_buf_puts(out, "    <testcase");
	pr_escape_attribute(out, "classname", pr_json_text_or(check, "workload", ""));
	pr_escape_attribute(out, "name", name);
	pr_buf_puts(out, ">\n");
	if (is(check, "fail")) {
		pr_buf_puts(out, "      <failure");
		pr_escape_attribute(out, "type", pr_json_text_or(check, "verdict", ""));
		pr_escape_attribute(out, "message", text);
		pr_buf_puts(out, "/>\n");
	} else if (!is(check, "pass")) {
		pr_buf_puts(out, "      <skipped");
		pr_escape_attribute(out, "message", text);
		pr_buf_puts(out, "/>\n");
	} else {
		pr_buf_puts(out, "      <system-out>");
		pr_escape_xml(out, text);
		pr_buf_puts(out, "</system-out>\n");
	}
	pr_buf_puts(out, "    </testcase>\n");
	free(name);
	free(text);
}

static void add_suite_attributes(struct pr_buf *out, const json_t *gate)
{
	pr_escape_attribute(out, "name", "proctor gate");
	pr_buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\"",
	              json_array_size(json_object_get(gate, "checks")), count_of(gate, "fail"),
	              count_of(gate, "refused") + count_of(gate, "cannot-tell"));
}

void pr_gate_junit(struct pr_buf *out, const json_t *gate)
{
	size_t i;
	json_t *check;

	pr_buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_suite_attributes(out, gate);
	pr_buf_puts(out, ">\n  <testsuite");
	add_suite_attributes(out, gate);
	pr_escape_attribute(out, "timestamp",
	                    pr_json_text_or(json_object_get(gate, "run"), "created", ""));
	pr_buf_puts(out, ">\n");
	json_array_foreach(json_object_get(gate, "checks"), i, check) add_case(out, check);
	pr_buf_puts(out, "  </testsuite>\n</testsuites>\n");
}
