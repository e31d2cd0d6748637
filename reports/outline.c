/* SPDX-License-Identifier: MIT */
/* reports/outline.c - the outline of a report (see outline.h).
 *
 * The headings follow the report that started the project, so that one can be read beside the
 * other.  */
#include "reports/outline.h"

#include <stdlib.h>

#include "core/base/buf.h"
#include "reports/section/section.h"

static void (*const sections[])(struct pr_model *model, const struct pr_input *input) = {
        pr_section_summary,        pr_section_comparison, pr_section_causes,
        pr_section_probes,         pr_section_functions,  pr_section_backpressure,
        pr_section_claims,         pr_section_next,       pr_section_conclusion,
        pr_section_recommendation, pr_section_glossary,   pr_section_provenance,
};

/* "a, b, c", or "12 phases" when they are more than a title holds.  The caller frees it.  */
static char *few_names(const struct pr_names *names, const char *many)
{
	struct pr_buf text;

	pr_buf_init(&text);
	if (names->count > 3 || names->count == 0)
		pr_buf_printf(&text, "%zu %s", names->count, many);
	for (size_t i = 0; i < names->count && names->count <= 3; i++)
		pr_buf_printf(&text, "%s%s", i > 0 ? ", " : "", names->items[i]);
	return text.text;
}

/* What was analysed: the plan, or what took its place.  The caller frees it.  */
static char *name_subject(const struct pr_input *input)
{
	const char *plan = pr_json_text(pr_input_object(input->run, "plan"), "name");
	char *phases, *workloads, *subject;

	if (!pr_section_is_changed(input))
		return pr_strdup(plan ? plan : "a run");
	phases = few_names(&input->phases, "phases");
	workloads = few_names(&input->workloads, "workloads");
	subject = pr_asprintf("%s in %s", phases, workloads);
	free(phases);
	free(workloads);
	return subject;
}

struct pr_model *pr_outline_build(const struct pr_input *input)
{
	char *subject = name_subject(input);
	const char *created = pr_json_text(input->run, "created");
	char *title = pr_asprintf("Performance analysis: %s%s%.10s", subject, created ? ", " : "",
	                          created ? created : "");
	struct pr_model *model = pr_model_create(title);

	free(title);
	free(subject);
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		sections[i](model, input);
	return model;
}
