/* SPDX-License-Identifier: MIT */
/* ci/fuzz/run_fuzz.c - run directories: whatever stands in run.json and samples.jsonl, it is
 * refused with a sentence, or it can be compared and explained.
 *
 * The input is run.json; behind a NUL byte, if there is one, samples.jsonl.  */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/compare.h"
#include "analyzers/compare_format.h"
#include "analyzers/explain.h"
#include "analyzers/explain_view.h"
#include "analyzers/gate.h"
#include "analyzers/policy.h"
#include "analyzers/unpaired.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct pr_run *run)
{
	struct pr_compare_opts opts = {.delta = PR_COMPARE_DELTA};
	struct pr_error why = {""};
	json_t *comparison = pr_compare(run, &opts, &why),
	       *explanation = pr_explain(run, NULL, &why);
	struct pr_view *view;

	assert(comparison != NULL && explanation != NULL);
	view = pr_compare_view(comparison, PR_COMPARE_FULL);
	free(pr_view_markdown(view));
	pr_view_destroy(&view);
	view = pr_compare_view(comparison, PR_COMPARE_BRIEF);
	free(pr_view_markdown(view));
	pr_view_destroy(&view);
	view = pr_explain_view(explanation);
	free(pr_view_markdown(view));
	pr_view_destroy(&view);
	free(pr_compare_csv(comparison));
	free(pr_compare_go(run));
	json_decref(comparison);
	json_decref(explanation);
}

/* Against itself: everything has a counterpart.  */
static void use_twice(const struct pr_run *run)
{
	struct pr_compare_opts opts = {.delta = PR_COMPARE_DELTA};
	struct pr_error why = {""};
	json_t *comparison;
	struct pr_view *view;

	if (pr_unpaired(run, run, &opts, true, &comparison, &why) != PR_OK) {
		assert(why.text[0] != '\0');
		return;
	}
	view = pr_compare_view(comparison, PR_COMPARE_BRIEF);
	free(pr_view_markdown(view));
	pr_view_destroy(&view);
	free(pr_compare_csv(comparison));
	json_decref(comparison);
}

static void pass_gate(const struct pr_run *run)
{
	struct pr_policy *policy;
	struct pr_error why = {""};
	struct pr_buf out;
	struct pr_view *view;
	json_t *gate;

	assert(pr_policy_load(NULL, &policy, &why) == PR_OK);
	gate = pr_gate(run, policy, NULL, &why);
	assert(gate != NULL);
	pr_buf_init(&out);
	pr_gate_junit(&out, gate);
	pr_gate_github(&out, gate);
	pr_buf_fini(&out);
	view = pr_gate_view(gate);
	free(pr_view_markdown(view));
	pr_view_destroy(&view);
	json_decref(gate);
	pr_policy_destroy(&policy);
}

static void use_all(const struct pr_run *run)
{
	use(run);
	use_twice(run);
	pass_gate(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *border = size > 0 ? memchr(data, 0, size) : NULL;
	size_t json_size = border == NULL ? size : (size_t)(border - data);
	const char *samples = border == NULL ? NULL : (const char *)border + 1;
	struct pr_run *run = NULL;
	struct pr_error why = {""};

	if (pr_run_parse("dir", (const char *)data, json_size, samples,
	                 samples == NULL ? 0 : size - json_size - 1, &run, &why) == PR_OK)
		use_all(run);
	else
		assert(run == NULL && why.text[0] != '\0');
	pr_run_destroy(&run);
	return 0;
}
