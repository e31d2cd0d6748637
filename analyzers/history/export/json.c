/* SPDX-License-Identifier: MIT */
/* analyzers/history/export/json.c - everything, as the document "proctor.history".
 *
 * Written case by case: a store may hold more points than fit into memory as JSON.  */
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/document.h"
#include "analyzers/history/export.h"
#include "core/base/json.h"

static void put_json(const struct pr_export *export, json_t *json, size_t flags)
{
	json_dumpf(json, export->out, flags | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY);
	json_decref(json);
}

static enum pr_err put_case(const struct pr_export *export, const struct pr_history_case *one,
                            struct pr_error *why)
{
	struct pr_history_series series;
	enum pr_err err =
	        pr_history_series(export->history, one->id, 0, export->filter->last, &series, why);

	if (err != PR_OK)
		return err;
	fputs(" {", export->out);
	put_json(export, pr_document_case(one), JSON_COMPACT | JSON_EMBED);
	fputs(",\"points\":[", export->out);
	for (size_t i = 0; i < series.count; i++) {
		fputs(i > 0 ? ",\n  " : "\n  ", export->out);
		put_json(export, pr_document_point(&series.items[i]), JSON_COMPACT);
	}
	fputs("\n ]}", export->out);
	pr_history_series_fini(&series);
	return PR_OK;
}

static enum pr_err put_all(const struct pr_export *export, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	fputs("{", export->out);
	put_json(export, pr_document_create(export->history), JSON_COMPACT | JSON_EMBED);
	fputs(",\"cases\":[", export->out);
	for (size_t i = 0; i < export->cases.count && err == PR_OK; i++) {
		fputs(i > 0 ? ",\n" : "\n", export->out);
		err = put_case(export, &export->cases.items[i], why);
	}
	fputs("\n]}\n", export->out);
	return err;
}

const struct pr_export_ops pr_export_json = {
        .name = "json",
        .version = PR_EXPORT_OPS_VERSION,
        .scope = PR_EXPORT_SERIES,
        .write = put_all,
};
