/* SPDX-License-Identifier: MIT */
/* ci/fuzz/trace_fuzz.c - strace logs as `proctor trace` reads them: whatever the text, it ends,
 * calls = ok + errors, threads and stages add up to the same, and cutting the text into pieces
 * changes nothing.  */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "analyzers/trace.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same input takes the same path in every run, jansson's hashes included.  */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	json_object_seed(1);
	return 0;
}

static json_t *trace_pieces(const uint8_t *data, size_t size, size_t piece)
{
	static const struct pr_trace_options options = {.frame_size = 66, .idle_ns = 1000000};
	struct pr_trace *trace = pr_trace_create(&options);
	struct pr_strace *strace = pr_strace_create(pr_trace_visit, trace);
	struct pr_error why = {""};
	json_t *document = NULL;

	for (size_t at = 0; at < size; at += piece)
		pr_strace_feed(strace, (const char *)data + at,
		               size - at < piece ? size - at : piece);
	pr_strace_finish(strace);
	if (pr_trace_json(trace, &document, &why) != PR_OK)
		assert(document == NULL && why.text[0] != '\0');
	pr_strace_destroy(&strace);
	pr_trace_destroy(&trace);
	return document;
}

static json_int_t sum_calls(const json_t *list)
{
	json_int_t sum = 0;
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)list, i, item) sum +=
	        json_integer_value(json_object_get(item, "calls"));
	return sum;
}

static json_int_t member(const json_t *document, const char *object, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(document, object), key));
}

static void check_law(const json_t *call)
{
	json_int_t sum = json_integer_value(json_object_get(call, "ok"));
	const char *key;
	json_t *count;

	json_object_foreach(json_object_get(call, "errors"), key, count) sum +=
	        json_integer_value(count);
	assert(json_integer_value(json_object_get(call, "calls")) == sum);
}

/* Lists of calls inside of each row add up to what the row says.  */
static void check_rows(const json_t *rows)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)rows, i, item)
	        assert(json_integer_value(json_object_get(item, "calls")) ==
	               sum_calls(json_object_get(item, "syscalls")));
}

/* Threads make what the stages count, but for the markers; a call that did not return is nobody's.
 */
static void check(const json_t *document)
{
	json_t *syscalls = json_object_get(document, "syscalls"), *item;
	json_t *threads = json_object_get(document, "threads");
	json_int_t calls = sum_calls(syscalls), staged = 0;
	size_t i;

	json_array_foreach(syscalls, i, item) check_law(item);
	json_array_foreach(json_object_get(document, "stages"), i, item) staged +=
	        sum_calls(json_object_get(item, "syscalls"));
	check_rows(threads);
	check_rows(json_object_get(document, "descriptors"));
	assert(sum_calls(threads) == sum_calls(json_object_get(document, "processes")));
	if (member(document, "log", "calls") == 0) {
		assert(staged == 0 && json_array_size(threads) == 0);
		return;
	}
	assert(staged == calls && sum_calls(threads) <= calls);
	assert(calls == member(document, "log", "calls") - member(document, "log", "unfinished"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *whole = trace_pieces(data, size, size + 1), *parts = trace_pieces(data, size, 7);

	assert((whole == NULL) == (parts == NULL));
	assert(whole == NULL || json_equal(whole, parts));
	if (whole != NULL)
		check(whole);
	json_decref(whole);
	json_decref(parts);
	return 0;
}
