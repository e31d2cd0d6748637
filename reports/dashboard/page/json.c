/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/json.c - everything as data: the document "proctor.dashboard"
 * (schemas/dashboard.schema.json).  Series stand in files of their own, one a case.  */
#include <stdio.h>
#include <stdlib.h>

#include "analyzers/history/document.h"
#include "core/base/json.h"
#include "reports/dashboard/noise.h"
#include "reports/dashboard/page.h"

static json_t *counts_json(const size_t *counts)
{
	json_t *object = json_object();

	for (size_t i = 0; i < PR_STANDING_COUNT; i++)
		pr_json_set(object, pr_standing_word((enum pr_standing)i),
		            json_integer((json_int_t)counts[i]));
	return object;
}

static json_t *time_json(int64_t time)
{
	char text[32];

	pr_history_format_time(time, text);
	return json_string(text);
}

static json_t *runs_json(const json_t *runs)
{
	json_t *copy = json_deep_copy(runs);

	pr_document_tell_times(copy);
	return copy;
}

static json_t *group_json(const struct pr_board *board, const struct pr_board_group *group)
{
	json_t *object = json_object();

	pr_json_set(object, "machine", pr_json_new_string(group->machine));
	pr_json_set(object, "branch", pr_json_new_string(group->branch));
	pr_json_set(object, "baseline", pr_json_new_string(group->baseline));
	pr_json_set(object, "run", json_integer(group->run_id));
	pr_json_set(object, "time", time_json(group->time));
	pr_json_set(object, "retired", json_boolean(group->is_retired));
	pr_json_set(object, "counts", counts_json(group->counts));
	pr_json_set(object, "coverage", json_deep_copy(group->coverage));
	pr_json_set(object, "noise", pr_noise_json(board, group));
	return object;
}

static json_t *case_json(const struct pr_board_case *one)
{
	json_t *object = pr_document_case(one->of);
	const struct pr_history_point *point = pr_board_tonight(one);
	char page[40], data[40];

	snprintf(page, sizeof(page), "case-%lld.html", (long long)one->of->id);
	snprintf(data, sizeof(data), "case-%lld.json", (long long)one->of->id);
	pr_json_set(object, "gating", json_boolean(one->gating));
	pr_json_set(object, "standing",
	            one->standing == PR_STANDING_NONE
	                    ? json_null()
	                    : json_string(pr_standing_word(one->standing)));
	pr_json_set(object, "page", json_string(page));
	pr_json_set(object, "series", json_string(data));
	pr_json_set(object, "tonight", point != NULL ? pr_document_point(point) : json_null());
	return object;
}

static json_t *releases_json(const struct pr_board *board)
{
	json_t *array = json_array();

	for (size_t i = 0; i < board->release_count; i++) {
		json_t *object = json_object();

		pr_json_set(object, "name", pr_json_new_string(board->releases[i].name));
		pr_json_set(object, "branch", pr_json_new_string(board->releases[i].branch));
		pr_json_set(object, "time", time_json(board->releases[i].time));
		pr_json_append(array, object);
	}
	return array;
}

static void write_json(const struct pr_board *board, struct pr_buf *out)
{
	json_t *document = json_object(), *groups = json_array(), *cases = json_array();
	char *text;

	for (size_t i = 0; i < board->group_count; i++)
		pr_json_append(groups, group_json(board, &board->groups[i]));
	for (size_t i = 0; i < board->case_count; i++)
		pr_json_append(cases, case_json(&board->cases[i]));
	pr_json_set(document, "format", json_string("proctor.dashboard"));
	pr_json_set(document, "version", json_integer(1));
	pr_json_set(document, "store", pr_json_new_string(board->place));
	pr_json_set(document, "title", pr_json_new_string(board->opts->title));
	pr_json_set(document, "period_s", json_integer(board->opts->period_s));
	pr_json_set(document, "newest", time_json(board->newest));
	pr_json_set(document, "tonight", counts_json(board->counts));
	pr_json_set(document, "groups", groups);
	pr_json_set(document, "changes", json_deep_copy(board->changes));
	pr_json_set(document, "cases", cases);
	pr_json_set(document, "runs", runs_json(board->runs));
	pr_json_set(document, "releases", releases_json(board));
	pr_json_set(document, "reports", json_incref(board->reports));
	text = pr_json_dump(document);
	pr_buf_puts(out, text);
	free(text);
	json_decref(document);
}

const struct pr_page_ops pr_page_json = {
        .file = "dashboard.json", .version = PR_PAGE_OPS_VERSION, .write = write_json};
