/* SPDX-License-Identifier: MIT */
/* ci/fuzz/strace_fuzz.c - strace logs: whatever the text, the parser ends, the counts keep their
 * law, and cutting the text into pieces changes nothing.  */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "analyzers/strace_count.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *count_pieces(const uint8_t *data, size_t size, size_t piece)
{
	struct pr_strace_count *count = pr_strace_count_create();
	struct pr_strace *strace = pr_strace_create(pr_strace_count_visit, count);
	struct pr_error why = {""};
	json_t *stages = NULL;

	for (size_t at = 0; at < size; at += piece)
		pr_strace_feed(strace, (const char *)data + at,
		               size - at < piece ? size - at : piece);
	pr_strace_finish(strace);
	if (pr_strace_count_json(count, &stages, &why) != PR_OK)
		assert(stages == NULL && why.text[0] != '\0');
	pr_strace_destroy(&strace);
	pr_strace_count_destroy(&count);
	return stages;
}

static json_int_t sum_members(json_t *object)
{
	json_int_t sum = 0;
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) sum += json_integer_value(value);
	return sum;
}

static void check_law(json_t *call)
{
	json_int_t sum = json_integer_value(json_object_get(call, "ok")) +
	                 json_integer_value(json_object_get(call, "end")) +
	                 json_integer_value(json_object_get(call, "unfinished")) +
	                 sum_members(json_object_get(call, "errors"));

	assert(json_integer_value(json_object_get(call, "calls")) == sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *whole = count_pieces(data, size, size + 1), *parts = count_pieces(data, size, 3);
	json_t *stage, *call;
	const char *key;
	size_t index;

	assert((whole == NULL) == (parts == NULL));
	assert(whole == NULL || json_equal(whole, parts));
	json_array_foreach(whole, index, stage)
	        json_object_foreach(json_object_get(stage, "strace"), key, call) check_law(call);
	json_decref(whole);
	json_decref(parts);
	return 0;
}
