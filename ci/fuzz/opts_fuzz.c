/* SPDX-License-Identifier: MIT */
/* ci/fuzz/opts_fuzz.c - option lists: whatever is typed as a phase either parses, and then prints
 * as something that parses to the same, or is refused with a sentence.  */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/phase.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(const struct pr_phase *phase, struct pr_buf *out)
{
	pr_buf_puts(out, "core");
	for (const struct pr_opt *opt = pr_phase_opts; opt->name != NULL; opt++) {
		pr_buf_printf(out, ",%s=", opt->name);
		pr_opts_format(opt, phase, out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *spec = pr_alloc(size + 1);
	struct pr_phase phase, again;
	struct pr_error why = {""};

	memcpy(spec, data, size);
	spec[size] = '\0';
	if (pr_phase_parse(spec, &phase, &why) == PR_OK) {
		struct pr_buf first, second;

		pr_buf_init(&first);
		pr_buf_init(&second);
		print(&phase, &first);
		if (pr_phase_parse(first.text, &again, &why) != PR_OK)
			abort();
		print(&again, &second);
		assert(strcmp(first.text, second.text) == 0);
		pr_buf_fini(&first);
		pr_buf_fini(&second);
	} else {
		assert(why.text[0] != '\0');
	}
	free(spec);
	return 0;
}
