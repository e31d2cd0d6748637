/* SPDX-License-Identifier: MIT */
/* analyzers/trace/view.c - a trace as paragraphs and tables: what it found first, then the counts.
 */
#include "analyzers/trace/view.h"

#include "analyzers/trace/view_cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/numbers.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* Connections are many and alike.  */
#define FD_ROWS 10

static void cell_pid(struct pr_view_table *table, const json_t *value)
{
	char text[32] = "\u2013";

	if (json_is_integer(value))
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
	cell_text(table, text);
}

static json_int_t sum(const json_t *list, const char *key)
{
	json_int_t total = 0;
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) total += count_of(item, key);
	return total;
}

static void more_note(struct pr_view *view, size_t all, size_t shown, const char *what)
{
	if (all > shown)
		pr_view_add(view, PR_VIEW_NOTE, "%zu more %s are in --format json.", all - shown,
		            what);
}

/* ---- what was found -------------------------------------------------------------------------- */

static void add_lead(struct pr_view *view, const json_t *document)
{
	const json_t *log = json_object_get(document, "log"),
	             *syscalls = json_object_get(document, "syscalls");
	json_int_t calls = sum(syscalls, "calls"), errors = calls - sum(syscalls, "ok");
	size_t threads = json_array_size(json_object_get(document, "threads"));
	const json_t *seconds = json_object_get(log, "seconds");
	struct pr_buf text;

	pr_buf_init(&text);
	pr_buf_printf(&text, "%s system calls", pr_numbers_count((double)calls).text);
	if (threads > 0)
		pr_buf_printf(&text, " of %zu thread%s", threads, threads == 1 ? "" : "s");
	if (json_is_real(seconds))
		pr_buf_printf(&text, " in %.3f s under strace", json_real_value(seconds));
	pr_buf_printf(&text, ": %s failed", pr_numbers_count((double)errors).text);
	if (threads > 0)
		pr_buf_printf(&text, ", %s of them would have blocked",
		              pr_numbers_count((double)sum(json_object_get(document, "would_block"),
		                                           "calls"))
		                      .text);
	pr_view_add(view, PR_VIEW_LEAD, "%s.", text.text);
	pr_buf_fini(&text);
}

static void add_findings(struct pr_view *view, const json_t *document)
{
	const json_t *findings = json_object_get(document, "findings");
	json_t *item;
	size_t i;

	if (json_array_size(findings) == 0) {
		pr_view_add(
		        view, PR_VIEW_PARAGRAPH,
		        json_array_size(json_object_get(document, "threads")) > 0
		                ? "Nothing in it looks wasted."
		                : "This is strace's own table, without the calls one by one, so "
		                  "there is nothing to find in it; record them with -o FILE, "
		                  "without -c.");
		return;
	}
	pr_view_add(view, PR_VIEW_PARAGRAPH, "What stands out:");
	json_array_foreach((json_t *)findings, i, item) pr_view_add(
	        view, PR_VIEW_ITEM, "%s: %s (%s)", pr_json_text_or(item, "name", ""),
	        pr_json_text_or(item, "text", ""), pr_json_text_or(item, "evidence", ""));
}

static void add_summary(struct pr_view *view, const json_t *document)
{
	const json_t *summary = json_object_get(document, "summary");
	json_t *item;
	size_t i;

	if (!json_is_object(summary))
		return;
	if (json_is_true(json_object_get(summary, "agrees")))
		pr_view_add(view, PR_VIEW_PARAGRAPH,
		            "The table that strace itself printed behind the log agrees, call by "
		            "call.");
	json_array_foreach(json_object_get(summary, "differences"), i, item)
	        pr_view_add(view, PR_VIEW_ITEM, "%s", json_string_value(item));
}

static void add_messages(struct pr_view *view, const json_t *document)
{
	const json_t *messages = json_object_get(document, "messages");
	struct pr_view_table *table;
	char text[64];
	const char *name;
	json_t *value;
	size_t rows = 0;

	if (!json_is_object(messages))
		return;
	snprintf(text, sizeof(text), "Calls per message (%lld messages)",
	         (long long)count_of(messages, "count"));
	table = pr_view_add_table(view, text, 1);
	pr_view_column(table, "CALL", false);
	pr_view_column(table, "PER MESSAGE", true);
	json_object_foreach(json_object_get(messages, "calls_per_message"), name, value)
	{
		if (rows++ == PR_TRACE_VIEW_ROWS)
			break;
		cell_text(table, name);
		snprintf(text, sizeof(text), "%.4f", json_real_value(value));
		cell_text(table, text);
	}
}

/* ---- counts ---------------------------------------------------------------------------------- */

/* What the classes of the table above mean: those that occur.  */
static void class_note(struct pr_view *view, const json_t *list)
{
	static const char *const words[][2] = {
	        {"speculative", "the call before it on the descriptor moved something, and nothing "
	                        "was reported since"},
	        {"readiness", "a wait had reported the descriptor, and nothing was there"},
	        {"wake-up", "the thread had been woken by something else"},
	        {"start", "nothing was done with the descriptor before"},
	        {"retry", "the call before it would have blocked too"},
	};
	struct pr_buf text;

	pr_buf_init(&text);
	for (size_t class = 0; class < sizeof(words) / sizeof(words[0]); class ++) {
		bool occurs = false;
		json_t *item;
		size_t i;

		json_array_foreach((json_t *)list, i, item) occurs |=
		        strcmp(pr_json_text_or(item, "class", ""), words[class][0]) == 0;
		if (occurs)
			pr_buf_printf(&text, "%s%s: %s", text.size > 0 ? "; " : "", words[class][0],
			              words[class][1]);
	}
	pr_view_add(view, PR_VIEW_NOTE, "%s.", text.text);
	pr_buf_fini(&text);
}

static void add_blocks(struct pr_view *view, const json_t *list)
{
	struct pr_view_table *table;
	json_t *item;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	table = pr_view_add_table(view, "Would-blocks by what went before", 1);
	pr_view_column(table, "AFTER", false);
	pr_view_column(table, "CALLS", true);
	pr_view_column(table, "CALL", false);
	pr_view_column(table, "ON", false);
	pr_view_column(table, "SITE", false);
	json_array_foreach((json_t *)list, i, item)
	{
		if (i == PR_TRACE_VIEW_ROWS)
			break;
		cell_text(table, pr_json_text_or(item, "class", ""));
		cell_count(table, item, "calls");
		cell_text(table, pr_json_text_or(item, "call", ""));
		cell_text(table, pr_json_text_or(item, "descriptor", ""));
		cell_text(table, json_is_null(json_object_get(item, "site"))
		                         ? "\u2013"
		                         : pr_json_text_or(item, "site", ""));
	}
	more_note(view, json_array_size(list), PR_TRACE_VIEW_ROWS, "rows");
	class_note(view, list);
}

/* The calls that a thread or descriptor makes most: "read 12, write 3".  */
static char *top_calls(const json_t *object)
{
	struct pr_buf text;
	json_t *item;
	size_t i;

	pr_buf_init(&text);
	json_array_foreach(json_object_get(object, "syscalls"), i, item)
	{
		if (i == 4)
			break;
		pr_buf_printf(&text, "%s%s %lld", i > 0 ? ", " : "",
		              pr_json_text_or(item, "name", ""),
		              (long long)count_of(item, "calls"));
	}
	return text.text;
}

/* How much a thread does with one wait.  */
static void cell_per_wait(struct pr_view_table *table, const json_t *thread)
{
	json_int_t calls = count_of(thread, "calls"), waits = count_of(thread, "waits");
	char text[64] = "\u2013";

	if (waits > 0)
		snprintf(text, sizeof(text), "%.1f", (double)(calls - waits) / (double)waits);
	cell_text(table, text);
}

static void add_threads(struct pr_view *view, const json_t *list)
{
	struct pr_view_table *table;
	json_t *item;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	table = pr_view_add_table(view, "Threads", 1);
	pr_view_column(table, "THREAD", true);
	pr_view_column(table, "PROCESS", true);
	pr_view_column(table, "NAME", false);
	pr_view_column(table, "CALLS", true);
	pr_view_column(table, "ERRORS", true);
	pr_view_column(table, "WAITS", true);
	pr_view_column(table, "OTHERS PER WAIT", true);
	pr_view_column(table, "MOSTLY", false);
	json_array_foreach((json_t *)list, i, item)
	{
		char *calls;

		if (i == PR_TRACE_VIEW_ROWS)
			break;
		calls = top_calls(item);
		cell_pid(table, json_object_get(item, "pid"));
		cell_pid(table, json_object_get(item, "process"));
		cell_text(table, pr_json_text_or(item, "name", ""));
		cell_count(table, item, "calls");
		cell_count(table, item, "errors");
		cell_count(table, item, "waits");
		cell_per_wait(table, item);
		cell_text(table, calls);
		free(calls);
	}
	more_note(view, json_array_size(list), PR_TRACE_VIEW_ROWS, "threads");
}

static int by_calls(const void *left, const void *right)
{
	json_int_t a = count_of(*(json_t *const *)left, "calls");
	json_int_t b = count_of(*(json_t *const *)right, "calls");

	return a == b ? 0 : a < b ? 1 : -1;
}

static void add_fd_row(struct pr_view_table *table, const json_t *item)
{
	const char *peer = pr_json_text_or(item, "peer", "");
	char *calls = top_calls(item);

	cell_pid(table, json_object_get(item, "process"));
	cell_pid(table, json_object_get(item, "fd"));
	cell_text(table, peer[0] != '\0' ? peer : pr_json_text_or(item, "kind", ""));
	cell_count(table, item, "calls");
	cell_count(table, item, "received");
	cell_count(table, item, "sent");
	cell_count(table, item, "would_block");
	cell_text(table, calls);
	free(calls);
}

static const char *const fd_sums[] = {"calls", "received", "sent", "would_block"};

/* "23 more | tcp": descriptors without a row of their own, by what they are.  Takes those of one
 * kind out of items, which end at count, and gives how many are left.  */
static size_t add_more_fds(struct pr_view_table *table, json_t **items, size_t count)
{
	const char *kind = pr_json_text_or(items[0], "kind", "");
	json_t *sums = json_object();
	size_t left = 0;
	char text[96];

	for (size_t i = 0; i < count; i++) {
		if (strcmp(pr_json_text_or(items[i], "kind", ""), kind) != 0) {
			items[left++] = items[i];
			continue;
		}
		for (size_t j = 0; j < sizeof(fd_sums) / sizeof(fd_sums[0]); j++)
			pr_json_set(sums, fd_sums[j],
			            json_integer(count_of(sums, fd_sums[j]) +
			                         count_of(items[i], fd_sums[j])));
	}
	snprintf(text, sizeof(text), "%zu more", count - left);
	cell_text(table, "");
	cell_text(table, text);
	cell_text(table, kind);
	for (size_t j = 0; j < sizeof(fd_sums) / sizeof(fd_sums[0]); j++)
		cell_count(table, sums, fd_sums[j]);
	cell_text(table, "");
	json_decref(sums);
	return left;
}

static void add_fds(struct pr_view *view, const json_t *list)
{
	size_t count = json_array_size(list), shown = count < FD_ROWS ? count : FD_ROWS;
	struct pr_view_table *table;
	json_t **items;

	if (count == 0)
		return;
	items = pr_alloc(count * sizeof(items[0]));
	for (size_t i = 0; i < count; i++)
		items[i] = json_array_get(list, i);
	qsort(items, count, sizeof(items[0]), by_calls);
	table = pr_view_add_table(view, "Descriptors", 2);
	pr_view_column(table, "PROCESS", true);
	pr_view_column(table, "FD", true);
	pr_view_column(table, "IS", false);
	pr_view_column(table, "CALLS", true);
	pr_view_column(table, "RECEIVED", true);
	pr_view_column(table, "SENT", true);
	pr_view_column(table, "WOULD-BLOCK", true);
	pr_view_column(table, "MOSTLY", false);
	for (size_t i = 0; i < shown; i++)
		add_fd_row(table, items[i]);
	for (size_t left = count - shown; left > 0;)
		left = add_more_fds(table, items + shown, left);
	free(items);
}

/* ---- wake-ups -------------------------------------------------------------------------------- */

/* "12 (io)"  */
static void cell_thread(struct pr_view_table *table, const json_t *threads, const json_t *pid)
{
	const char *name = "";
	json_t *item;
	char *text;
	size_t i;

	json_array_foreach((json_t *)threads, i,
	                   item) if (json_equal(json_object_get(item, "pid"), pid)) name =
	        pr_json_text_or(item, "name", "");
	text = pr_asprintf("%lld%s%s%s", (long long)json_integer_value(pid), name[0] ? " (" : "",
	                   name, name[0] ? ")" : "");
	cell_text(table, text);
	free(text);
}

static void add_edges(struct pr_view *view, const json_t *list, const json_t *threads)
{
	struct pr_view_table *table;
	json_t *item;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	table = pr_view_add_table(view, "Wake-ups between threads", 1);
	pr_view_column(table, "FROM", false);
	pr_view_column(table, "TO", false);
	pr_view_column(table, "BY", false);
	pr_view_column(table, "TIMES", true);
	pr_view_column(table, "MEAN DELAY MS (TRACED)", true);
	json_array_foreach((json_t *)list, i, item)
	{
		if (i == PR_TRACE_VIEW_ROWS)
			break;
		cell_thread(table, threads, json_object_get(item, "from"));
		cell_thread(table, threads, json_object_get(item, "to"));
		cell_text(table, pr_json_text_or(item, "via", ""));
		cell_count(table, item, "count");
		cell_ms(table, item, "mean_ns");
	}
	more_note(view, json_array_size(list), PR_TRACE_VIEW_ROWS, "pairs");
}

static void add_chains(struct pr_view *view, const json_t *list)
{
	struct pr_view_table *table;
	json_t *item, *pid;
	size_t i, j;

	if (json_array_size(list) == 0)
		return;
	table = pr_view_add_table(view, "Chains of wake-ups", 1);
	pr_view_column(table, "THREADS", false);
	pr_view_column(table, "TIMES", true);
	json_array_foreach((json_t *)list, i, item)
	{
		struct pr_buf text;

		if (i == PR_TRACE_VIEW_ROWS)
			break;
		pr_buf_init(&text);
		json_array_foreach(json_object_get(item, "threads"), j, pid)
		        pr_buf_printf(&text, "%s%lld", j > 0 ? " \u2192 " : "",
		                      (long long)json_integer_value(pid));
		cell_text(table, text.text);
		cell_count(table, item, "count");
		pr_buf_fini(&text);
	}
	more_note(view, json_array_size(list), PR_TRACE_VIEW_ROWS, "chains");
}

static void add_stages(struct pr_view *view, const json_t *list)
{
	json_t *item;
	size_t i;

	if (json_array_size(list) < 2)
		return;
	json_array_foreach((json_t *)list, i, item)
	{
		char *title = pr_asprintf("Stage %s", pr_json_text_or(item, "name", ""));

		if (i < PR_TRACE_VIEW_ROWS)
			pr_trace_view_calls(view, title, json_object_get(item, "syscalls"));
		free(title);
	}
}

struct pr_view *pr_trace_view(const json_t *document)
{
	struct pr_view *view = pr_view_create();
	bool timed = false;
	json_t *call;
	size_t i;

	json_array_foreach(json_object_get(document, "syscalls"), i, call) timed |=
	        json_is_integer(json_object_get(call, "time_ns"));
	add_lead(view, document);
	add_findings(view, document);
	add_summary(view, document);
	add_messages(view, document);
	pr_trace_view_calls(view, "System calls", json_object_get(document, "syscalls"));
	add_blocks(view, json_object_get(document, "would_block"));
	add_threads(view, json_object_get(document, "threads"));
	add_fds(view, json_object_get(document, "descriptors"));
	add_edges(view, json_object_get(document, "wakeups"), json_object_get(document, "threads"));
	add_chains(view, json_object_get(document, "chains"));
	add_stages(view, json_object_get(document, "stages"));
	if (timed)
		pr_view_add(view, PR_VIEW_NOTE,
		            "Times were taken under strace, which makes every call dearer: compare "
		            "them with "
		            "each other, never with an untraced run.");
	return view;
}
