/* SPDX-License-Identifier: MIT */
/* analyzers/history/export/csv.c - one line a point, full precision, empty where not measured.  */
#include <math.h>

#include "analyzers/history/export.h"
#include "core/base/escape.h"

static void add_text(struct pr_buf *out, const char *text)
{
	pr_escape_csv(out, text != NULL ? text : "");
	pr_buf_puts(out, ",");
}

static void add_case(struct pr_buf *out, const struct pr_history_case *one)
{
	const char *const texts[] = {one->machine,  one->branch,
	                             one->workload, one->work,
	                             one->phase,    one->metric,
	                             one->unit,     one->higher_is_better ? "higher" : "lower",
	                             one->baseline};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		add_text(out, texts[i]);
}

static void add_point(struct pr_buf *out, const struct pr_history_case *one,
                      const struct pr_history_point *point)
{
	const double reals[] = {point->value,     point->lo,      point->hi,     point->base_value,
	                        point->base_lo,   point->base_hi, point->effect, point->effect_lo,
	                        point->effect_hi, point->p,       point->mde,    point->floor};
	char time[32];

	pr_history_format_time(point->time, time);
	pr_buf_printf(out, "%s,%lld,", time, (long long)point->run);
	add_text(out, point->revision);
	add_case(out, one);
	add_text(out, point->reference);
	pr_buf_printf(out, "%lld,", (long long)point->n);
	for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
		if (!isnan(reals[i]))
			pr_buf_printf(out, "%.15g", reals[i]);
		pr_buf_puts(out, ",");
	}
	add_text(out, point->gating ? "yes" : "no");
	add_text(out, point->verdict);
	pr_buf_printf(out, "%s\n", point->host != NULL ? point->host : "");
}

static enum pr_err put_all(const struct pr_export *export, struct pr_error *why)
{
	struct pr_buf out;
	enum pr_err err = PR_OK;

	pr_buf_init(&out);
	pr_buf_puts(&out, "time,run,revision,machine,branch,workload,work,phase,metric,unit,"
	                  "direction,baseline,reference,n,value,lo,hi,base_value,base_lo,base_hi,"
	                  "effect,effect_lo,effect_hi,p,mde,floor,gating,verdict,host\n");
	for (size_t i = 0; i < export->cases.count && err == PR_OK; i++) {
		const struct pr_history_case *one = &export->cases.items[i];
		struct pr_history_series series;

		err = pr_history_series(export->history, one->id, 0, export->filter->last, &series,
		                        why);
		for (size_t k = 0; err == PR_OK && k < series.count; k++)
			add_point(&out, one, &series.items[k]);
		pr_export_put(export, &out);
		if (err == PR_OK)
			pr_history_series_fini(&series);
	}
	pr_buf_fini(&out);
	return err;
}

const struct pr_export_ops pr_export_csv = {
        .name = "csv",
        .version = PR_EXPORT_OPS_VERSION,
        .scope = PR_EXPORT_SERIES,
        .write = put_all,
};
