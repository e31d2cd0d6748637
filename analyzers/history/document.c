/* SPDX-License-Identifier: MIT */
/* analyzers/history/document.c - parts of the document "proctor.history".  */
#include "analyzers/history/document.h"

#include "core/base/json.h"

json_t *pr_document_create(const struct pr_history *history)
{
	json_t *document = json_object();

	pr_json_set(document, "format", json_string(PR_HISTORY_FORMAT));
	pr_json_set(document, "version", json_integer(PR_HISTORY_VERSION));
	pr_json_set(document, "store", pr_json_new_string(pr_history_place(history)));
	return document;
}

static json_t *time_json(int64_t time)
{
	char text[32];

	pr_history_format_time(time, text);
	return json_string(text);
}

void pr_document_tell_time(json_t *object, const char *key)
{
	pr_json_set(object, key, time_json(json_integer_value(json_object_get(object, key))));
}

void pr_document_tell_times(json_t *runs)
{
	size_t i;
	json_t *run;

	json_array_foreach(runs, i, run)
	{
		pr_document_tell_time(run, "time");
		pr_document_tell_time(run, "added");
	}
}

json_t *pr_document_case(const struct pr_history_case *one)
{
	const char *const texts[][2] = {
	        {"machine", one->machine},   {"branch", one->branch}, {"baseline", one->baseline},
	        {"workload", one->workload}, {"work", one->work},     {"phase", one->phase},
	        {"metric", one->metric},     {"unit", one->unit},
	};
	json_t *object = json_object();

	pr_json_set(object, "id", json_integer(one->id));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		pr_json_set(object, texts[i][0], pr_json_new_string(texts[i][1]));
	pr_json_set(object, "direction", json_string(one->higher_is_better ? "higher" : "lower"));
	return object;
}

json_t *pr_document_point(const struct pr_history_point *point)
{
	const struct {
		const char *key;
		double value;
	} reals[] = {
	        {"value", point->value},
	        {"lo", point->lo},
	        {"hi", point->hi},
	        {"base_value", point->base_value},
	        {"base_lo", point->base_lo},
	        {"base_hi", point->base_hi},
	        {"effect", point->effect},
	        {"effect_lo", point->effect_lo},
	        {"effect_hi", point->effect_hi},
	        {"p", point->p},
	        {"mde", point->mde},
	        {"floor", point->floor},
	};
	json_t *object = json_object();

	pr_json_set(object, "run", json_integer(point->run));
	pr_json_set(object, "time", time_json(point->time));
	pr_json_set(object, "n", json_integer(point->n));
	for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++)
		pr_json_set(object, reals[i].key, pr_json_new_real(reals[i].value));
	pr_json_set(object, "gating", json_boolean(point->gating));
	pr_json_set(object, "verdict", pr_json_new_string(point->verdict));
	pr_json_set(object, "revision", pr_json_new_string(point->revision));
	pr_json_set(object, "reference", pr_json_new_string(point->reference));
	pr_json_set(object, "host", pr_json_new_string(point->host));
	return object;
}
