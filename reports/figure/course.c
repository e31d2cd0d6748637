/* SPDX-License-Identifier: MIT */
/* reports/figure/course.c - the run over time: every slice, the fixed work beside it, and who else
 * used the processors.
 *
 * Of each phase and workload the median slice is 100 %, so that all of them share one axis: what
 * only one phase does stands apart, what the machine does moves all of them, and the fixed work,
 * in which no engine is, moves with it.  */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/company.h"
#include "analyzers/stats.h"
#include "reports/axis.h"
#include "reports/course.h"
#include "reports/figure/figure.h"
#include "reports/words.h"

#define DOTS_MAX 1500 /* more, and there is one for each block of a phase in a workload */
#define LEAST    0.25 /* what lies beyond is drawn at the edge */
#define MOST     4.0
#define FAR      1.25 /* what is as far off as this has a hover text */

struct block {
	double at, end;        /* the middle of its slices, and the start of the last */
	double speed, control; /* medians of the shares; NaN: none */
	double others, stolen; /* CPUs */
	size_t counted, left_out;
};

struct course {
	const struct pr_input *input;
	const struct pr_course_slice *slices;
	size_t count;
	double *speed, *control; /* of each slice, as a share of what is usual; NaN */
	double from;             /* where the axis begins */
	struct block *blocks;    /* by number, from 1 */
	size_t block_count;
};

/* ---- shares -----------------------------------------------------------------------------------
 */

/* The values of slices of a phase (or of any) in a workload (or any) that count.  */
static double find_usual(const struct course *course, size_t phase, size_t workload, bool control,
                         double *room)
{
	size_t count = 0;

	for (size_t i = 0; i < course->count; i++) {
		const struct pr_course_slice *slice = &course->slices[i];
		double value = control ? slice->control_ns : slice->ns;

		if (slice->counted && value > 0 &&
		    (control || (slice->phase == phase && slice->workload == workload)))
			room[count++] = value;
	}
	return count > 0 ? pr_stats_median(room, count) : NAN;
}

static void set_shares(struct course *course)
{
	const struct pr_input *input = course->input;
	double *room = pr_alloc((course->count + 1) * sizeof(*room));
	double control = find_usual(course, 0, 0, true, room);

	for (size_t p = 0; p < input->phases.count; p++)
		for (size_t w = 0; w < input->workloads.count; w++) {
			double usual = find_usual(course, p, w, false, room);

			for (size_t i = 0; i < course->count; i++)
				if (course->slices[i].phase == p && course->slices[i].workload == w)
					course->speed[i] = usual / course->slices[i].ns;
		}
	for (size_t i = 0; i < course->count; i++)
		course->control[i] = course->slices[i].control_ns > 0
		                             ? control / course->slices[i].control_ns
		                             : NAN;
	free(room);
}

/* ---- blocks -----------------------------------------------------------------------------------
 */

/* The median over the slices of a block that count; values are by slice.  */
static double block_median(const struct course *course, uint64_t block, const double *values,
                           double *room)
{
	size_t count = 0;

	for (size_t i = 0; i < course->count; i++)
		if (course->slices[i].block == block && course->slices[i].counted &&
		    !isnan(values[i]))
			room[count++] = values[i];
	return count > 0 ? pr_stats_median(room, count) : NAN;
}

static double busy_stolen(const json_t *before, const json_t *after)
{
	double seconds = pr_input_number(after, "uptime_s") - pr_input_number(before, "uptime_s");
	double stolen =
	        pr_input_number(after, "cpu_steal_ms") - pr_input_number(before, "cpu_steal_ms");

	return seconds > 0 ? fmax(0, stolen / 1000 / seconds) : NAN;
}

/* The noise is recorded at the end of each block.  */
static void set_noise(struct course *course)
{
	const json_t *noise = pr_input_object(course->input->run, "noise");
	const json_t *last = pr_input_object(noise, "before");
	size_t index;
	json_t *now;

	json_array_foreach(pr_input_array(noise, "during"), index, now)
	{
		double block = pr_input_number(now, "block");

		if (block >= 1 && block <= (double)course->block_count) {
			course->blocks[(size_t)block].others = pr_company_others(last, now);
			course->blocks[(size_t)block].stolen = busy_stolen(last, now);
		}
		last = now;
	}
}

static void set_blocks(struct course *course)
{
	double *room = pr_alloc((course->count + 1) * sizeof(*room));

	course->blocks = pr_alloc((course->block_count + 1) * sizeof(*course->blocks));
	for (size_t b = 0; b <= course->block_count; b++)
		course->blocks[b] = (struct block){.at = NAN, .others = NAN, .stolen = NAN};
	for (size_t i = 0; i < course->count; i++) {
		struct block *block = &course->blocks[course->slices[i].block];
		double at = course->slices[i].at - course->from;

		if (isnan(block->at))
			block->at = at;
		block->end = at;
		block->counted += course->slices[i].counted;
		block->left_out += !course->slices[i].counted;
	}
	for (size_t b = 1; b <= course->block_count; b++) {
		struct block *block = &course->blocks[b];

		block->at = (block->at + block->end) / 2;
		block->speed = block_median(course, b, course->speed, room);
		block->control = block_median(course, b, course->control, room);
	}
	set_noise(course);
	free(room);
}

static bool take_course(struct course *course, const struct pr_input *input)
{
	*course = (struct course){.input = input};
	if (!input->course || input->course->count == 0)
		return false;
	course->slices = input->course->slices;
	course->count = input->course->count;
	course->from = input->course->timed ? course->slices[0].at : 0;
	for (size_t i = 0; i < course->count; i++)
		if (course->slices[i].block > course->block_count)
			course->block_count = course->slices[i].block;
	/* A number far beyond the others is not one of a block.  */
	if (course->block_count > course->count)
		return false;
	course->speed = pr_alloc(course->count * sizeof(*course->speed));
	course->control = pr_alloc(course->count * sizeof(*course->control));
	for (size_t i = 0; i < course->count; i++)
		course->speed[i] = course->control[i] = NAN;
	set_shares(course);
	set_blocks(course);
	return true;
}

static void free_course(struct course *course)
{
	free(course->speed);
	free(course->control);
	free(course->blocks);
}

/* ---- speed and fixed work ----------------------------------------------------------------------
 */

static double fit(double share)
{
	return fmin(fmax(share, LEAST), MOST);
}

/* One dot for each block of a phase in a workload.  */
static void add_condensed(struct pr_plot *plot, const struct course *course, size_t phase)
{
	double *room = pr_alloc(course->count * sizeof(*room));

	for (size_t first = 0; first < course->count;) {
		size_t next = first, count = 0;
		double at = 0;

		for (; next < course->count &&
		       course->slices[next].block == course->slices[first].block &&
		       course->slices[next].workload == course->slices[first].workload;
		     next++)
			if (course->slices[next].phase == phase && course->slices[next].counted) {
				at += course->slices[next].at - course->from;
				room[count++] = course->speed[next];
			}
		if (count > 0)
			pr_plot_add(plot, "%.8g %.6g\n", at / (double)count,
			            fit(pr_stats_median(room, count)));
		first = next;
	}
	free(room);
}

static void add_dots(struct pr_plot *plot, const struct course *course, const double *shares,
                     size_t phase, bool all)
{
	for (size_t i = 0; i < course->count; i++)
		if (course->slices[i].counted && (all || course->slices[i].phase == phase) &&
		    !isnan(shares[i]))
			pr_plot_add(plot, "%.8g %.6g\n", course->slices[i].at - course->from,
			            fit(shares[i]));
}

/* The caller frees it.  */
static char *describe_slice(const struct course *course, size_t i, double share)
{
	const struct pr_course_slice *slice = &course->slices[i];

	return pr_asprintf("%s, %s, block %llu: %s of what is usual%s%.120s",
	                   course->input->phases.items[slice->phase],
	                   course->input->workloads.items[slice->workload],
	                   (unsigned long long)slice->block, pr_words_percent(share).text,
	                   slice->counted ? "" : "; does not count: ",
	                   slice->counted ? ""
	                   : slice->why   ? slice->why
	                                  : "nor does its trial");
}

/* What does not count, crossed; that and what is far off can be asked for its words.  */
static void add_odd(struct pr_plot *plot, const struct course *course, const double *shares)
{
	struct pr_buf told;
	size_t odd = 0, count = 0;

	pr_buf_init(&told);
	pr_plot_add(plot, "$odd << END\nNaN NaN\n");
	for (size_t i = 0; i < course->count; i++) {
		double x = course->slices[i].at - course->from, y = fit(shares[i]);
		char *text;

		if (isnan(shares[i]) ||
		    (course->slices[i].counted && shares[i] < FAR && shares[i] > 1 / FAR))
			continue;
		if (!course->slices[i].counted)
			pr_plot_add(plot, "%.8g %.6g\n", x, y);
		odd += !course->slices[i].counted;
		text = describe_slice(course, i, shares[i]);
		pr_buf_printf(&told, "%.8g %.6g %s\n", x, y, pr_plot_token(plot, text).text);
		free(text);
		count++;
	}
	pr_plot_add(plot, "END\n$told << END\nNaN NaN none\n%sEND\n", told.text);
	pr_plot_number(plot, "told_count", (double)count);
	pr_plot_number(plot, "odd_count", (double)odd);
	pr_plot_string(plot, "odd_text", "slices that do not count");
	pr_buf_fini(&told);
}

static void add_line(struct pr_plot *plot, const struct course *course, bool control)
{
	pr_plot_add(plot, "$line << END\nNaN NaN none\n");
	for (size_t b = 1; b <= course->block_count; b++) {
		const struct block *block = &course->blocks[b];
		double share = control ? block->control : block->speed;
		char *text;

		if (isnan(share))
			continue;
		text = pr_asprintf("block %zu, median of all slices: %s of what is usual", b,
		                   pr_words_percent(share).text);
		pr_plot_add(plot, "%.8g %.6g %s\n", block->at, fit(share),
		            pr_plot_token(plot, text).text);
		free(text);
	}
	pr_plot_add(plot, "END\n");
}

static double find_end(const struct course *course)
{
	double end = course->slices[course->count - 1].at - course->from;

	return end > 0 ? end : 1;
}

static const char *x_text(const struct course *course)
{
	return course->input->course->timed ? "seconds since the first slice"
	                                    : "slices in the order in which they ran";
}

static void add_x_axis(struct pr_plot *plot, const struct course *course)
{
	struct pr_axis axis = pr_axis_linear(find_end(course));

	pr_plot_string(plot, "x_text", x_text(course));
	pr_plot_number(plot, "x_hi", axis.hi);
	pr_plot_add(plot, "set xtics ()\nset ytics ()\n");
	for (size_t i = 0; i < axis.count; i++)
		pr_plot_tic(plot, "x", axis.marks[i], pr_words_mark(axis.marks[i], NULL).text);
}

static void add_share_axis(struct pr_plot *plot, const struct course *course, const double *shares)
{
	double least = 0.95, most = 1.05;
	struct pr_axis axis;

	for (size_t i = 0; i < course->count; i++)
		if (!isnan(shares[i])) {
			least = fmin(least, fit(shares[i]));
			most = fmax(most, fit(shares[i]));
		}
	axis = pr_axis_log(least, most, 7);
	pr_plot_number(plot, "y_lo", axis.lo);
	pr_plot_number(plot, "y_hi", axis.hi);
	for (size_t i = 0; i < axis.count; i++) {
		char *text = pr_asprintf("%.3g %%", axis.marks[i] * 100);

		pr_plot_tic(plot, "y", axis.marks[i], text);
		free(text);
	}
}

static void add_key(struct pr_plot *plot, const struct pr_names *phases, size_t shown)
{
	pr_plot_add(plot, "names = \"");
	for (size_t i = 0; i < shown; i++)
		pr_plot_add(plot, "%s ", pr_plot_token(plot, phases->items[i]).text);
	pr_plot_add(plot, "\"\n");
	pr_plot_string(plot, "line_text", "median of a block");
	pr_plot_number(plot, "key_rows", (double)(shown + 3) / 2);
}

/* What both panels of shares have in common.  */
static void draw_shares(struct pr_figure *figure, const struct course *course, const double *shares,
                        bool control)
{
	const struct pr_names *phases = &course->input->phases;
	size_t shown = control ? 0 : phases->count;
	const char *title = control ? "fixed work beside them, without any engine"
	                            : "speed of every slice, all workloads";
	char *alt =
	        pr_asprintf("Dots over the run: %s, as a share of what is usual; the medians of "
	                    "the blocks are in the table below.",
	                    title);
	struct pr_plot plot;

	pr_plot_init(&plot, control ? "course-fixed" : "course-speed", PR_FIGURE_WIDTH,
	             340 + 11 * (unsigned)(shown + 3));
	pr_plot_string(&plot, "title_text", title);
	pr_plot_number(&plot, "rows", control ? 1 : (double)phases->count);
	add_key(&plot, phases, shown);
	pr_plot_add(&plot, "$dots << END\n");
	for (size_t p = 0; p < (control ? 1 : phases->count); p++) {
		pr_plot_add(&plot, "NaN NaN\n");
		if (!control && course->count > DOTS_MAX)
			add_condensed(&plot, course, p);
		else
			add_dots(&plot, course, shares, p, control);
		pr_plot_add(&plot, "\n\n");
	}
	pr_plot_add(&plot, "END\n");
	add_line(&plot, course, control);
	add_odd(&plot, course, shares);
	add_x_axis(&plot, course);
	add_share_axis(&plot, course, shares);
	pr_figure_draw(figure, &plot, "course.gp", alt);
	pr_plot_fini(&plot);
	free(alt);
}

/* ---- who else used the processors --------------------------------------------------------------
 */

static double busy_most(const struct course *course)
{
	double most = NAN;

	for (size_t b = 1; b <= course->block_count; b++)
		most = fmax(most, fmax(course->blocks[b].others, course->blocks[b].stolen));
	return most;
}

static void add_busy(struct pr_plot *plot, const struct course *course, bool stolen, bool told)
{
	pr_plot_add(plot, told ? "NaN NaN none\n" : "NaN NaN\n");
	for (size_t b = 1; b <= course->block_count; b++) {
		const struct block *block = &course->blocks[b];
		double value = stolen ? block->stolen : block->others;
		char *text = pr_asprintf("block %zu: %.2f CPUs", b, value);

		if (!isnan(value) && !isnan(block->at))
			pr_plot_add(plot, "%.8g %.4g %s\n", block->at, value,
			            told ? pr_plot_token(plot, text).text : "");
		free(text);
	}
	pr_plot_add(plot, "\n\n");
}

static void draw_busy(struct pr_figure *figure, const struct course *course)
{
	struct pr_axis up = pr_axis_linear(fmax(busy_most(course), 0.1));
	struct pr_plot plot;

	pr_plot_init(&plot, "course-busy", PR_FIGURE_WIDTH, 340);
	pr_plot_string(&plot, "title_text", "processors that others used (CPUs)");
	pr_plot_add(&plot, "$lines << END\n");
	add_busy(&plot, course, false, false);
	add_busy(&plot, course, true, false);
	pr_plot_add(&plot, "END\n$marks << END\n");
	add_busy(&plot, course, false, true);
	add_busy(&plot, course, true, true);
	pr_plot_add(&plot, "END\nnames = \"%s ",
	            pr_plot_token(&plot, "all that is not this run").text);
	pr_plot_add(&plot, "%s\"\n", pr_plot_token(&plot, "of that: taken by the host").text);
	add_x_axis(&plot, course);
	pr_plot_number(&plot, "y_hi", up.hi);
	for (size_t i = 0; i < up.count; i++)
		pr_plot_tic(&plot, "y", up.marks[i], pr_words_mark(up.marks[i], NULL).text);
	pr_figure_draw(figure, &plot, "busy.gp",
	               "Line plot over the run of the processors that others used, and of what the "
	               "host of the virtual machine took; the values are in the table below.");
	pr_plot_fini(&plot);
}

/* ---- the table --------------------------------------------------------------------------------
 */

static void put_share(struct pr_table *table, double value)
{
	if (isnan(value))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "%s", pr_words_percent(value).text);
}

static void put_cpus(struct pr_table *table, double value)
{
	if (isnan(value))
		pr_table_missing(table, NULL);
	else
		pr_table_text(table, "%.2f", value);
}

static void tabulate(struct pr_model *model, const struct course *course)
{
	struct pr_table *table = pr_model_table(
	        model, "The course of the run, block by block (medians of the slices that count, "
	               "as shares of the medians of the whole run)");

	table->folded = true;
	pr_table_column(table, PR_COLUMN_TEXT, "block", NULL);
	pr_table_column(table, PR_COLUMN_NUMBER, "slices", "that count");
	pr_table_column(table, PR_COLUMN_NUMBER, "left out", "slices");
	pr_table_column(table, PR_COLUMN_NUMBER, "speed", "all phases");
	pr_table_column(table, PR_COLUMN_NUMBER, "speed", "fixed work");
	pr_table_column(table, PR_COLUMN_NUMBER, "others", "CPUs");
	pr_table_column(table, PR_COLUMN_NUMBER, "of that the host", "CPUs");
	for (size_t b = 1; b <= course->block_count; b++) {
		const struct block *block = &course->blocks[b];
		char *label = pr_asprintf("%zu", b);

		if (block->counted + block->left_out > 0) {
			pr_table_row(table, label, NULL);
			pr_table_text(table, "%zu", block->counted);
			pr_table_text(table, "%zu", block->left_out);
			put_share(table, block->speed);
			put_share(table, block->control);
			put_cpus(table, block->others);
			put_cpus(table, block->stolen);
		}
		free(label);
	}
}

static void put_words(struct pr_model *model, const struct course *course)
{
	double least = NAN, most = NAN, control_least = NAN, control_most = NAN;
	size_t odd = 0;

	for (size_t b = 1; b <= course->block_count; b++) {
		least = fmin(least, course->blocks[b].speed);
		most = fmax(most, course->blocks[b].speed);
		control_least = fmin(control_least, course->blocks[b].control);
		control_most = fmax(control_most, course->blocks[b].control);
		odd += course->blocks[b].left_out;
	}
	if (isnan(least))
		return;
	pr_model_paragraph(
	        model, PR_PARAGRAPH_PLAIN,
	        "%s, of which %s left out. All phases together, the slowest block ran at %s of the "
	        "usual speed and the fastest at %s%s%s%s%s.",
	        pr_words_plural((double)course->count, "slice", "slices").text,
	        pr_words_plural((double)odd, "is", "are").text, pr_words_percent(least).text,
	        pr_words_percent(most).text,
	        isnan(control_least) ? "" : "; the fixed work, in which no engine is, between ",
	        isnan(control_least) ? "" : pr_words_percent(control_least).text,
	        isnan(control_least) ? "" : " and ",
	        isnan(control_least) ? "" : pr_words_percent(control_most).text);
}

void pr_figure_course(struct pr_model *model, const struct pr_input *input)
{
	struct pr_figure *figure;
	struct course course;

	if (!take_course(&course, input))
		return;
	put_words(model, &course);
	figure = pr_model_figure(
	        model,
	        "The run from its first slice to its last. A dot is a slice; 100 % is the median "
	        "of its phase in its workload, so that all share one axis; what lies beyond a "
	        "quarter or four times is drawn at the edge. What moves all phases and the fixed "
	        "work alike is the machine; it does not reach the verdict, which compares slices "
	        "side by side.");
	draw_shares(figure, &course, course.speed, false);
	if (!isnan(course.blocks[course.slices[0].block].control))
		draw_shares(figure, &course, course.control, true);
	if (!isnan(busy_most(&course)))
		draw_busy(figure, &course);
	tabulate(model, &course);
	free_course(&course);
}
