/* SPDX-License-Identifier: MIT */
/* analyzers/trace/json.c - the document `proctor.trace`.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/trace/finding.h"
#include "analyzers/trace/parts.h"
#include "core/base/json.h"

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *text_or_null(const char *text)
{
	return pr_json_new_string(text != NULL && text[0] != '\0' ? text : NULL);
}

static const char *call_name(const struct pr_trace *trace, uint16_t call)
{
	return call == 0 ? "others" : trace->names[call];
}

static json_t *pid_json(uint32_t pid)
{
	return pid == 0 ? json_null() : number(pid);
}

/* ---- system calls ---------------------------------------------------------------------------- */

static void merge(struct pr_trace_tally *into, const struct pr_trace_tally *from)
{
	if (from->moved > 0 && (into->moved == 0 || from->least < into->least))
		into->least = from->least;
	into->calls += from->calls;
	into->ok += from->ok;
	into->unfinished += from->unfinished;
	into->injected += from->injected;
	into->bytes += from->bytes;
	into->timed += from->timed;
	into->time_ns += from->time_ns;
	into->moved += from->moved;
	into->most = from->most > into->most ? from->most : into->most;
	into->longest_ns =
	        from->longest_ns > into->longest_ns ? from->longest_ns : into->longest_ns;
	for (size_t i = 0; i < PR_TRACE_SIZES; i++)
		into->sizes[i] += from->sizes[i];
	for (size_t i = 0; i < from->error_count; i++)
		pr_trace_add_error(into, from->errors[i].name, from->errors[i].count);
}

/* The last one has no bound of its own.  */
static uint64_t size_bound(const struct pr_trace_tally *tally, size_t i)
{
	if (i == PR_TRACE_SIZES - 1)
		return tally->most;
	return i == 0 ? 0 : ((uint64_t)1 << i) - 1;
}

/* [[1, 3], [64, 17]]: up to so many bytes, so many calls.  */
static json_t *sizes_json(const struct pr_trace_tally *tally)
{
	json_t *object, *list;

	if (tally->moved == 0)
		return json_null();
	object = json_object();
	list = json_array();
	for (size_t i = 0; i < PR_TRACE_SIZES; i++)
		if (tally->sizes[i] > 0) {
			json_t *pair = json_array();

			pr_json_append(pair, number(size_bound(tally, i)));
			pr_json_append(pair, number(tally->sizes[i]));
			pr_json_append(list, pair);
		}
	pr_json_set(object, "least", number(tally->least));
	pr_json_set(object, "most", number(tally->most));
	pr_json_set(object, "up_to", list);
	return object;
}

static json_t *tally_json(const char *name, const struct pr_trace_tally *tally)
{
	json_t *object = json_object(), *errors = json_object();

	for (size_t i = 0; i < tally->error_count; i++)
		pr_json_set(errors, tally->errors[i].name, number(tally->errors[i].count));
	pr_json_set(object, "name", pr_json_new_string(name));
	pr_json_set(object, "calls", number(tally->calls));
	pr_json_set(object, "ok", number(tally->ok));
	pr_json_set(object, "errors", errors);
	pr_json_set(object, "unfinished", number(tally->unfinished));
	pr_json_set(object, "injected", number(tally->injected));
	pr_json_set(object, "bytes", number(tally->bytes));
	pr_json_set(object, "sizes", sizes_json(tally));
	pr_json_set(object, "time_ns", tally->timed > 0 ? number(tally->time_ns) : json_null());
	pr_json_set(object, "longest_ns",
	            tally->timed > 0 ? number((uint64_t)tally->longest_ns) : json_null());
	return object;
}

static int by_calls(const void *left, const void *right)
{
	json_int_t a = json_integer_value(json_object_get(*(json_t *const *)left, "calls"));
	json_int_t b = json_integer_value(json_object_get(*(json_t *const *)right, "calls"));

	if (a != b)
		return a < b ? 1 : -1;
	return strcmp(pr_json_text(*(json_t *const *)left, "name"),
	              pr_json_text(*(json_t *const *)right, "name"));
}

/* items are taken; those with most calls come first.  */
static json_t *sorted(json_t **items, size_t count)
{
	json_t *list = json_array();

	qsort(items, count, sizeof(items[0]), by_calls);
	for (size_t i = 0; i < count; i++)
		pr_json_append(list, items[i]);
	return list;
}

/* from and to: stages, the last one excluded.  */
static json_t *syscalls_json(const struct pr_trace *trace, size_t from, size_t to)
{
	json_t *items[PR_STRACE_NAMES_MAX];
	size_t count = 0;

	for (size_t call = 0; call < PR_STRACE_NAMES_MAX; call++) {
		struct pr_trace_tally sum;

		memset(&sum, 0, sizeof(sum));
		for (size_t i = from; i < to; i++)
			if (trace->stages[i]->calls[call] != NULL)
				merge(&sum, trace->stages[i]->calls[call]);
		if (sum.calls + sum.unfinished > 0)
			items[count++] = tally_json(call_name(trace, (uint16_t)call), &sum);
	}
	return sorted(items, count);
}

/* What strace counted without a log has errors without names.  */
static json_t *counted_json(const struct pr_trace *trace)
{
	json_t *items[PR_STRACE_NAMES_MAX];

	for (size_t i = 0; i < trace->counted_count; i++) {
		const struct pr_trace_counted *counted = &trace->counted[i];
		struct pr_trace_tally tally;

		memset(&tally, 0, sizeof(tally));
		tally.calls = counted->calls;
		tally.ok = counted->calls - counted->errors;
		tally.timed = 1;
		tally.time_ns = (uint64_t)(counted->seconds * 1e9);
		if (counted->errors > 0) {
			tally.error_count = 1;
			tally.errors[0].count = counted->errors;
			snprintf(tally.errors[0].name, sizeof(tally.errors[0].name), "unnamed");
		}
		items[i] = tally_json(counted->name, &tally);
		json_object_del(items[i], "longest_ns");
		pr_json_set(items[i], "longest_ns", json_null());
	}
	return sorted(items, trace->counted_count);
}

static json_t *count_json(const struct pr_trace *trace, const struct pr_trace_count *count)
{
	json_t *object = json_object();

	pr_json_set(object, "name", pr_json_new_string(call_name(trace, count->call)));
	pr_json_set(object, "calls", number(count->calls));
	pr_json_set(object, "errors", number(count->errors));
	pr_json_set(object, "would_block", number(count->blocked));
	pr_json_set(object, "bytes", number(count->bytes));
	pr_json_set(object, "time_ns", number(count->time_ns));
	return object;
}

static json_t *counts_json(const struct pr_trace *trace, const struct pr_trace_count *counts,
                           size_t count)
{
	json_t *items[PR_STRACE_NAMES_MAX];
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		if (counts[i].calls > 0)
			items[used++] = count_json(trace, &counts[i]);
	return sorted(items, used);
}

/* ---- threads, descriptors, stages ------------------------------------------------------------ */

/* A table without a log tells of no thread, even when lines beside it say that one ended.  */
static size_t thread_rows(const struct pr_trace *trace)
{
	return trace->calls > 0 ? trace->thread_count : 0;
}

static json_t *threads_json(const struct pr_trace *trace)
{
	json_t *list = json_array();

	for (size_t i = 0; i < thread_rows(trace); i++) {
		const struct pr_trace_thread *thread = trace->threads[i];
		json_t *object = json_object();

		pr_json_set(object, "pid", pid_json(thread->pid));
		pr_json_set(object, "process", pid_json(thread->process->pid));
		pr_json_set(object, "name", text_or_null(thread->name));
		pr_json_set(object, "calls", number(thread->calls));
		pr_json_set(object, "errors", number(thread->errors));
		pr_json_set(object, "waits", number(thread->waits));
		pr_json_set(object, "waits_zero", number(thread->zero_waits));
		pr_json_set(object, "syscalls", counts_json(trace, thread->counts, thread->room));
		pr_json_append(list, object);
	}
	return list;
}

static json_t *processes_json(const struct pr_trace *trace)
{
	json_t *list = json_array();

	for (size_t i = 0; i < PR_TRACE_PROCESSES_MAX; i++) {
		const struct pr_trace_process *process = trace->processes[i];
		uint64_t threads = 0, calls = 0, errors = 0;
		json_t *object;

		for (size_t j = 0; process != NULL && j < thread_rows(trace); j++)
			if (trace->threads[j]->process == process) {
				threads++;
				calls += trace->threads[j]->calls;
				errors += trace->threads[j]->errors;
			}
		if (threads == 0)
			continue;
		object = json_object();
		pr_json_set(object, "pid", pid_json(process->pid));
		pr_json_set(object, "threads", number(threads));
		pr_json_set(object, "calls", number(calls));
		pr_json_set(object, "errors", number(errors));
		pr_json_append(list, object);
	}
	return list;
}

static json_t *fd_json(const struct pr_trace *trace, const struct pr_trace_fd *fd)
{
	json_t *object = json_object();

	pr_json_set(object, "process", pid_json(fd->process->pid));
	pr_json_set(object, "fd",
	            fd->number < 0 ? json_null() : json_integer((json_int_t)fd->number));
	pr_json_set(object, "kind", json_string(pr_fd_kind_name(fd->kind)));
	pr_json_set(object, "peer", text_or_null(fd->peer));
	pr_json_set(object, "closed", number(fd->opened));
	pr_json_set(object, "calls", number(fd->calls));
	pr_json_set(object, "received", number(fd->received));
	pr_json_set(object, "sent", number(fd->sent));
	pr_json_set(object, "would_block", number(fd->blocked));
	pr_json_set(object, "reported", number(fd->reported));
	pr_json_set(object, "syscalls", counts_json(trace, fd->counts, fd->count_count));
	return object;
}

static json_t *fds_json(const struct pr_trace *trace)
{
	json_t *list = json_array();

	for (size_t i = 0; i < trace->fd_count; i++)
		if (trace->fds[i]->calls > 0)
			pr_json_append(list, fd_json(trace, trace->fds[i]));
	return list;
}

static json_t *stages_json(const struct pr_trace *trace)
{
	json_t *list = json_array();

	for (size_t i = 0; i < trace->stage_count; i++) {
		const struct pr_trace_stage *stage = trace->stages[i];
		bool timed = stage->from_ns >= 0;
		json_t *object = json_object();

		pr_json_set(object, "name", pr_json_new_string(stage->name));
		pr_json_set(object, "seconds",
		            timed ? json_real((double)(stage->to_ns - stage->from_ns) / 1e9)
		                  : json_null());
		pr_json_set(object, "syscalls", syscalls_json(trace, i, i + 1));
		pr_json_append(list, object);
	}
	return list;
}

/* ---- sequences ------------------------------------------------------------------------------- */

static int by_count(const void *left, const void *right)
{
	const struct pr_trace_block *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return a->class != b->class ? (int)a->class - (int)b->class : (int)a->call - (int)b->call;
}

static json_t *blocks_json(struct pr_trace *trace)
{
	json_t *list = json_array();

	if (trace->block_count > 0)
		qsort(trace->blocks, trace->block_count, sizeof(trace->blocks[0]), by_count);
	for (size_t i = 0; i < trace->block_count; i++) {
		const struct pr_trace_block *block = &trace->blocks[i];
		json_t *object = json_object();
		char *site;

		pr_json_set(object, "class", json_string(pr_trace_class_name(block->class)));
		pr_json_set(object, "calls", number(block->count));
		site = block->site != NULL ? pr_trace_site(block->site) : NULL;
		pr_json_set(object, "site", pr_json_new_string(site));
		free(site);
		pr_json_set(object, "call", pr_json_new_string(call_name(trace, block->call)));
		pr_json_set(object, "descriptor", json_string(pr_fd_kind_name(block->kind)));
		pr_json_append(list, object);
	}
	return list;
}

static json_t *edges_json(const struct pr_trace *trace)
{
	json_t *list = json_array();

	for (size_t i = 0; i < trace->edge_count; i++) {
		const struct pr_trace_edge *edge = &trace->edges[i];
		json_t *object = json_object();

		pr_json_set(object, "from", pid_json(edge->from->pid));
		pr_json_set(object, "to", pid_json(edge->to->pid));
		pr_json_set(object, "via",
		            json_string(edge->via == PR_FD_UNKNOWN ? "futex"
		                                                   : pr_fd_kind_name(edge->via)));
		pr_json_set(object, "count", number(edge->count));
		pr_json_set(object, "mean_ns",
		            edge->timed > 0 ? number((uint64_t)edge->latency_ns / edge->timed)
		                            : json_null());
		pr_json_append(list, object);
	}
	return list;
}

static json_t *chains_json(const struct pr_trace *trace)
{
	json_t *list = json_array();

	for (size_t i = 0; i < trace->chain_count; i++) {
		const struct pr_trace_path *path = &trace->chains[i].path;
		json_t *object = json_object(), *threads = json_array();

		for (size_t j = 0; j < path->length; j++)
			pr_json_append(threads, pid_json(trace->threads[path->threads[j]]->pid));
		pr_json_set(object, "threads", threads);
		pr_json_set(object, "count", number(trace->chains[i].count));
		pr_json_append(list, object);
	}
	return list;
}

static json_t *messages_json(const struct pr_trace *trace, const json_t *syscalls)
{
	uint64_t messages = pr_trace_messages(trace);
	json_t *object, *per, *call;
	size_t i;

	if (messages == 0)
		return json_null();
	object = json_object();
	per = json_object();
	json_array_foreach((json_t *)syscalls, i, call)
	{
		json_int_t calls = json_integer_value(json_object_get(call, "calls"));

		pr_json_set(per, pr_json_text(call, "name"),
		            json_real((double)calls / (double)messages));
	}
	pr_json_set(object, "count", number(messages));
	pr_json_set(object, "from",
	            json_string(trace->options.messages > 0 ? "option" : "frame size"));
	pr_json_set(object, "calls_per_message", per);
	return object;
}

/* ---- the document ---------------------------------------------------------------------------- */

static void sum_counts(json_t *syscalls, const char *name, uint64_t *calls, uint64_t *errors)
{
	json_t *call, *count;
	const char *key;
	size_t i;

	*calls = *errors = 0;
	json_array_foreach(syscalls, i, call)
	{
		if (strcmp(pr_json_text(call, "name"), name) != 0)
			continue;
		*calls = (uint64_t)json_integer_value(json_object_get(call, "calls"));
		json_object_foreach(json_object_get(call, "errors"), key, count) *errors +=
		        (uint64_t)json_integer_value(count);
	}
}

/* How the table that strace wrote behind the log compares with the log.  */
static json_t *summary_json(const struct pr_trace *trace, json_t *syscalls)
{
	json_t *object, *differences;
	uint64_t total = 0;

	if (trace->counted_count == 0 || trace->calls == 0)
		return json_null();
	object = json_object();
	differences = json_array();
	for (size_t i = 0; i < trace->counted_count; i++) {
		const struct pr_trace_counted *counted = &trace->counted[i];
		uint64_t calls, errors;

		total += counted->calls;
		sum_counts(syscalls, counted->name, &calls, &errors);
		if (calls != counted->calls || errors != counted->errors)
			pr_json_append(
			        differences,
			        json_sprintf("%s: strace counted %llu calls and %llu errors, the "
			                     "log shows %llu and %llu",
			                     counted->name, (unsigned long long)counted->calls,
			                     (unsigned long long)counted->errors,
			                     (unsigned long long)calls,
			                     (unsigned long long)errors));
	}
	pr_json_set(object, "calls", number(total));
	pr_json_set(object, "agrees", json_boolean(json_array_size(differences) == 0));
	pr_json_set(object, "differences", differences);
	return object;
}

static json_t *findings_json(const struct pr_trace *trace)
{
	json_t *list = json_array();

	for (size_t i = 0; pr_findings[i] != NULL; i++) {
		struct pr_buf text, evidence;
		json_t *object;

		pr_buf_init(&text);
		pr_buf_init(&evidence);
		if (pr_findings[i]->look(trace, &text, &evidence)) {
			object = json_object();
			pr_json_set(object, "name", json_string(pr_findings[i]->name));
			pr_json_set(object, "text", pr_json_new_string(text.text));
			pr_json_set(object, "evidence", pr_json_new_string(evidence.text));
			pr_json_append(list, object);
		}
		pr_buf_fini(&text);
		pr_buf_fini(&evidence);
	}
	return list;
}

static json_t *log_json(const struct pr_trace *trace)
{
	json_t *object = json_object();
	bool timed = trace->first_ns >= 0;

	pr_json_set(object, "calls", number(trace->calls));
	pr_json_set(object, "unfinished", number(trace->unfinished));
	pr_json_set(object, "signals", number(trace->signals));
	pr_json_set(object, "exits", number(trace->exits));
	pr_json_set(object, "other_lines", number(trace->noise));
	pr_json_set(object, "stacks", json_boolean(trace->frames > 0));
	pr_json_set(object, "seconds",
	            timed ? json_real((double)(trace->last_ns - trace->first_ns) / 1e9)
	                  : json_null());
	return object;
}

static void end_log(struct pr_trace *trace)
{
	pr_trace_end_frames(trace);
	for (size_t i = 0; i < trace->thread_count; i++)
		pr_trace_end_path(trace, trace->threads[i]);
}

enum pr_err pr_trace_json(struct pr_trace *trace, json_t **document, struct pr_error *why)
{
	json_t *object, *syscalls;

	*document = NULL;
	end_log(trace);
	if (trace->why.text[0] != '\0')
		return pr_error_set(why, PR_FAILED, "%s", trace->why.text);
	if (trace->calls == 0 && trace->counted_count == 0)
		return pr_error_set(why, PR_FAILED,
		                    "there is no system call in it; record one with "
		                    "`strace -f -ttt -T -o FILE ...`");
	object = json_object();
	syscalls = trace->calls > 0 ? syscalls_json(trace, 0, trace->stage_count)
	                            : counted_json(trace);
	pr_json_set(object, "format", json_string("proctor.trace"));
	pr_json_set(object, "version", json_integer(1));
	pr_json_set(object, "log", log_json(trace));
	pr_json_set(object, "summary", summary_json(trace, syscalls));
	pr_json_set(object, "messages", messages_json(trace, syscalls));
	pr_json_set(object, "syscalls", syscalls);
	pr_json_set(object, "processes", processes_json(trace));
	pr_json_set(object, "threads", threads_json(trace));
	pr_json_set(object, "descriptors", fds_json(trace));
	pr_json_set(object, "stages", stages_json(trace));
	pr_json_set(object, "would_block", blocks_json(trace));
	pr_json_set(object, "wakeups", edges_json(trace));
	pr_json_set(object, "chains", chains_json(trace));
	pr_json_set(object, "findings", findings_json(trace));
	*document = object;
	return PR_OK;
}
