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

struct pr_model *pr_outline_build(const struct pr_input *input)
{
	const char *plan = pr_input_text(pr_input_object(input->run, "plan"), "name");
	const char *created = pr_input_text(input->run, "created");
	char *title = pr_asprintf("Performance analysis: %s%s%.10s", plan ? plan : "a run",
	                          created ? ", " : "", created ? created : "");
	struct pr_model *model = pr_model_create(title);

	free(title);
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		sections[i](model, input);
	return model;
}
