/* SPDX-License-Identifier: MIT */
/* reports/documents.c - the documents of run directories (see documents.h).  */
#include "reports/documents.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/claims.h"
#include "analyzers/claims_join.h"
#include "analyzers/compare.h"
#include "analyzers/explain.h"
#include "analyzers/gate.h"
#include "analyzers/packed.h"
#include "analyzers/run.h"
#include "core/base/cmd.h"
#include "core/base/json.h"
#include "reports/digest.h"

/* One document of the run; a reason in *missing (to be freed) when it cannot be had.  */
static json_t *read_document(const char *run, const char *file, const char *format, char **missing)
{
	char *path = pr_asprintf("%s/%s", run, file);
	struct pr_error why;
	json_t *json = NULL;

	*missing = NULL;
	if (pr_json_read_file(path, &json, &why) != PR_OK ||
	    pr_json_check_format(json, path, format, 1, &why) != PR_OK) {
		*missing = pr_strdup(why.text);
		json_decref(json);
		json = NULL;
	}
	free(path);
	return json;
}

static void analyse(struct pr_documents *docs, const struct pr_claims *claims,
                    const struct pr_policy *policy)
{
	struct pr_compare_opts compare_opts = {.delta = PR_COMPARE_DELTA};
	struct pr_explain_opts explain_opts = {.claims = claims};
	struct pr_run *run = NULL;
	struct pr_floor *floor;
	struct pr_error why;

	if (pr_run_load(docs->input.path, &run, &why) != PR_OK) {
		pr_cmd_warn(&why);
		docs->no_comparison = pr_strdup(why.text);
		docs->no_explanation = pr_strdup(why.text);
		return;
	}
	pr_run_tell_missing(run, pr_cmd_warn);
	compare_opts.floor = explain_opts.floor = floor = pr_floor_for(run, NAN, &why);
	if (why.text[0] != '\0')
		pr_cmd_warn(&why);
	docs->input.comparison = pr_compare(run, &compare_opts, &why);
	if (!docs->input.comparison)
		docs->no_comparison = pr_strdup(why.text);
	docs->input.explanation = pr_explain(run, &explain_opts, &why);
	if (!docs->input.explanation)
		docs->no_explanation = pr_strdup(why.text);
	/* Only a policy that names a baseline which the run does not have has no gate.  */
	docs->input.gate = pr_gate(run, policy, floor, &why);
	if (!docs->input.gate)
		pr_cmd_warn(&why);
	pr_floor_destroy(&floor);
	pr_run_destroy(&run);
}

/* Fingerprints of the files that the record lists, of those that are there.  */
static json_t *digest_files(const char *folder, const json_t *files)
{
	json_t *digests = json_object(), *bytes;
	const char *name;

	json_object_foreach((json_t *)files, name, bytes)
	{
		char *path = pr_asprintf("%s/%s", folder, name);
		char *digest = strstr(name, "..") ? NULL : pr_digest_file(path);

		if (digest)
			pr_json_set(digests, name, json_string(digest));
		free(digest);
		free(path);
	}
	return digests;
}

/* The samples, of which the comparison has told already what is wrong with them.  */
static void read_course(struct pr_documents *docs)
{
	char *path = pr_asprintf("%s/samples.jsonl", docs->folder);
	struct pr_error why;
	struct pr_buf text;

	pr_buf_init(&text);
	if (pr_buf_read_file(&text, path, &why) == PR_OK) {
		pr_course_read(&docs->course, &docs->input, text.text, text.size);
		docs->input.course = &docs->course;
	}
	pr_buf_fini(&text);
	free(path);
}

static enum pr_err read_documents(struct pr_documents *docs, const char *path,
                                  const struct pr_claims *claims, const struct pr_policy *policy,
                                  struct pr_error *why)
{
	enum pr_err err = pr_packed_open(path, &docs->folder, why);

	if (err == PR_OK)
		err = pr_run_read_json(path, &docs->input.run, why);
	if (err == PR_OK)
		err = pr_json_check_format(docs->input.run, path, "proctor.run", 1, why);
	if (err != PR_OK)
		return PR_FAILED;
	docs->input.histograms = read_document(docs->folder, "histograms.json",
	                                       "proctor.histograms", &docs->no_histograms);
	docs->input.digests = digest_files(docs->folder, pr_input_object(docs->input.run, "files"));
	analyse(docs, claims, policy);
	docs->input.comparison_missing = docs->no_comparison;
	docs->input.explanation_missing = docs->no_explanation;
	docs->input.histograms_missing = docs->no_histograms;
	err = pr_input_prepare(&docs->input, why);
	if (err == PR_OK)
		read_course(docs);
	return err;
}

enum pr_err pr_documents_read(struct pr_documents *docs, const char *path,
                              const struct pr_claims *claims, const char *policy,
                              struct pr_error *why)
{
	struct pr_policy *loaded = NULL;
	enum pr_err err;

	*docs = (struct pr_documents){.input = {.path = path, .policy = policy}};
	err = pr_policy_load(policy, &loaded, why);
	if (err == PR_OK)
		err = read_documents(docs, path, claims, loaded, why);
	pr_policy_destroy(&loaded);
	return err;
}

void pr_documents_free(struct pr_documents *docs)
{
	pr_course_free(&docs->course);
	json_decref(docs->input.run);
	json_decref(docs->input.comparison);
	json_decref(docs->input.explanation);
	json_decref(docs->input.histograms);
	json_decref(docs->input.gate);
	json_decref(docs->input.digests);
	free(docs->no_comparison);
	free(docs->no_explanation);
	free(docs->no_histograms);
}

void pr_documents_join(struct pr_documents *docs, const struct pr_documents *others, size_t count,
                       struct pr_input *inputs)
{
	for (size_t i = 0; i < count; i++) {
		inputs[i] = others[i].input;
		pr_input_number_phases(&docs->input, &inputs[i]);
		pr_claims_join(docs->input.explanation, inputs[i].explanation, inputs[i].path);
	}
	docs->input.beside = inputs;
	docs->input.beside_count = count;
}
