/* SPDX-License-Identifier: MIT */
/* ci/fuzz/lines_fuzz.c - lines of benchmark output: whatever the text, it is refused with a
 * sentence or becomes points with a unit, a direction and a finite value.  */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "analyzers/history/entry.h"
#include "core/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_point(const json_t *point)
{
	const char *direction = pr_json_text(point, "direction");

	assert(pr_json_text(point, "unit") != NULL && pr_json_text(point, "phase") != NULL);
	assert(strcmp(direction, "lower") == 0 || strcmp(direction, "higher") == 0);
	assert(isfinite(json_real_value(json_object_get(point, "value"))));
	assert(json_integer_value(json_object_get(point, "n")) > 0);
	assert(json_object_get(point, "values") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pr_opt_list units = {.items = {"latency=us,lower"}, .count = 1};
	const struct pr_entry_opts opts = {.time = PR_ENTRY_NO_TIME,
	                                   .baseline = size % 2 == 0 ? "a" : NULL};
	struct pr_error why = {""};
	json_t *entry, *point;
	size_t i;

	if (pr_entry_from_lines("-", (const char *)data, size, &units, &opts, &entry, &why) ==
	    PR_OK) {
		json_array_foreach(json_object_get(entry, "points"), i, point) check_point(point);
	} else {
		assert(entry == NULL && why.text[0] != '\0');
	}
	json_decref(entry);
	return 0;
}
