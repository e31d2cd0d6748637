/* SPDX-License-Identifier: MIT */
/* reports/test/render.c - writes the report of a folder of documents, without a run: for the tests.
 *
 * render FOLDER OUT [PATH]: reads run.json, comparison.json, explanation.json, histograms.json,
 * gate.json and samples.jsonl as far as they are there; PATH is the run directory that the report
 * shall name.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "reports/course.h"
#include "reports/outline.h"
#include "reports/report.h"

static char reasons[5][sizeof(struct pr_error)];

static json_t *read_document(const char *folder, const char *file, char *reason)
{
	char *path = pr_asprintf("%s/%s", folder, file);
	struct pr_error why;
	json_t *json;

	if (pr_json_read_file(path, &json, &why) != PR_OK)
		memcpy(reason, why.text, sizeof(why.text));
	free(path);
	return json;
}

static bool read_course(struct pr_course *course, const struct pr_input *input, const char *folder)
{
	char *path = pr_asprintf("%s/samples.jsonl", folder);
	struct pr_error why;
	struct pr_buf text;
	bool found;

	pr_buf_init(&text);
	found = pr_buf_read_file(&text, path, &why) == PR_OK;
	if (found)
		pr_course_read(course, input, text.text, text.size);
	pr_buf_fini(&text);
	free(path);
	return found;
}

static enum pr_err render(struct pr_input *input, const char *folder, const char *out,
                          struct pr_error *why)
{
	enum pr_err err = pr_input_prepare(input, why);
	struct pr_course course = {.slices = NULL};
	struct pr_model *model;

	if (err != PR_OK)
		return err;
	if (read_course(&course, input, folder))
		input->course = &course;
	model = pr_outline_build(input);
	for (size_t i = 0; pr_report_formats[i] && err == PR_OK; i++) {
		char *path;

		if (pr_report_formats[i]->print)
			continue; /* needs what may not be installed */
		err = pr_report_write(pr_report_formats[i], model, out, &path, why);
		free(path);
	}
	pr_model_destroy(&model);
	pr_course_free(&course);
	return err;
}

int main(int argc, char **argv)
{
	struct pr_input input;
	struct pr_error why;
	enum pr_err err;

	if (argc < 3) {
		fprintf(stderr, "usage: render FOLDER OUT [PATH]\n");
		return PR_USAGE;
	}
	input = (struct pr_input){
	        .path = argc > 3 ? argv[3] : argv[1],
	        .run = read_document(argv[1], "run.json", reasons[0]),
	        .comparison = read_document(argv[1], "comparison.json", reasons[1]),
	        .explanation = read_document(argv[1], "explanation.json", reasons[2]),
	        .histograms = read_document(argv[1], "histograms.json", reasons[3]),
	        .gate = read_document(argv[1], "gate.json", reasons[4]),
	        .comparison_missing = reasons[1],
	        .explanation_missing = reasons[2],
	        .histograms_missing = reasons[3],
	};
	err = render(&input, argv[1], argv[2], &why);
	if (err != PR_OK)
		fprintf(stderr, "render: %s\n", why.text);
	json_decref(input.run);
	json_decref(input.comparison);
	json_decref(input.explanation);
	json_decref(input.histograms);
	json_decref(input.gate);
	return err;
}
