/* SPDX-License-Identifier: MIT */
/* reports/plot.c - pictures, drawn by gnuplot as SVG (see plot.h).  */
#include "reports/plot.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/svg.h"
#include "reports/template.h"
#include "reports/tool.h"

#define LIMIT_MS      30000 /* to start, and a picture */
#define LIMIT_MORE_MS 500   /* for each; it takes a few */

void pr_plot_init(struct pr_plot *plot, const char *name, unsigned width, unsigned height)
{
	*plot = (struct pr_plot){.name = name, .width = width, .height = height};
	pr_buf_init(&plot->script);
	pr_buf_printf(&plot->script,
	              "set terminal svg size %u,%u dynamic noenhanced font \"sans-serif,14\"\n",
	              width, height);
}

void pr_plot_fini(struct pr_plot *plot)
{
	for (size_t i = 0; i < plot->text_count; i++)
		free(plot->texts[i]);
	free(plot->texts);
	pr_buf_fini(&plot->script);
}

void pr_plot_number(struct pr_plot *plot, const char *variable, double value)
{
	pr_buf_printf(&plot->script, "%s = %.17g\n", variable, value);
}

/* Characters, not bytes: what gnuplot should make room for.  */
static size_t length_of(const char *text)
{
	size_t length = 0;

	for (; *text; text++)
		length += ((unsigned char)*text & 0xc0) != 0x80;
	return length;
}

struct pr_token pr_plot_token(struct pr_plot *plot, const char *text)
{
	struct pr_token token;
	size_t length = length_of(text);

	snprintf(token.text, sizeof(token.text), "Z%05zu", plot->text_count);
	for (size_t i = strlen(token.text); i < length && i < sizeof(token.text) - 1; i++) {
		token.text[i] = 'z';
		token.text[i + 1] = '\0';
	}
	plot->texts = pr_realloc(plot->texts, (plot->text_count + 1) * sizeof(*plot->texts));
	plot->texts[plot->text_count++] = pr_strdup(text);
	return token;
}

void pr_plot_string(struct pr_plot *plot, const char *variable, const char *text)
{
	pr_buf_printf(&plot->script, "%s = \"%s\"\n", variable, pr_plot_token(plot, text).text);
}

void pr_plot_add(struct pr_plot *plot, const char *fmt, ...)
{
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) >= 0) {
		pr_buf_puts(&plot->script, text);
		free(text);
	}
	va_end(args);
}

void pr_plot_tic(struct pr_plot *plot, const char *axis, double at, const char *text)
{
	pr_buf_printf(&plot->script, "set %stics add (\"%s\" %.17g)\n", axis,
	              pr_plot_token(plot, text).text, at);
}

/* ---- several pictures, one gnuplot ------------------------------------------------------------
 */

static enum pr_err run_gnuplot(const struct pr_buf *script, size_t count, struct pr_buf *pictures,
                               struct pr_error *why)
{
	/* gnuplot must not find settings of the user or of another locale.  */
	static const char *const argv[] = {"gnuplot", "-d", NULL};
	static const char *const environment[] = {"LC_ALL=C", "HOME=/nonexistent", NULL};
	const struct pr_tool tool = {
	        .argv = argv,
	        .environment = environment,
	        .package = "gnuplot-nox",
	        .limit_ms = LIMIT_MS + (int)count * LIMIT_MORE_MS,
	};

	return pr_tool_run(&tool, script->text, script->size, pictures, why);
}

/* The pictures of a batch, which follow each other.  */
static enum pr_err take_pictures(struct pr_plot_job *jobs, size_t count, const char *raw,
                                 struct pr_error *why)
{
	static const char close[] = "</svg>";
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < count && err == PR_OK; i++) {
		const char *end = strstr(raw, close);
		size_t size = end != NULL ? (size_t)(end - raw) + strlen(close) : strlen(raw);
		char *one = strndup(raw, size);
		struct pr_buf clean;

		pr_buf_init(&clean);
		err = pr_svg_clean(one, jobs[i].plot->name, jobs[i].plot->texts,
		                   jobs[i].plot->text_count, &clean, why);
		if (err == PR_OK)
			jobs[i].svg = pr_buf_take(&clean);
		pr_buf_fini(&clean);
		free(one);
		raw += size;
	}
	return err;
}

static enum pr_err draw_batch(struct pr_plot_job *jobs, size_t count, struct pr_error *why)
{
	struct pr_buf script, pictures;
	enum pr_err err;

	pr_buf_init(&script);
	pr_buf_init(&pictures);
	for (size_t i = 0; i < count; i++) {
		pr_buf_puts(&script, "reset\n");
		pr_buf_puts(&script, jobs[i].plot->script.text);
		pr_buf_puts(&script, pr_template("common.gp"));
		pr_buf_puts(&script, pr_template(jobs[i].template_name));
	}
	err = run_gnuplot(&script, count, &pictures, why);
	if (err == PR_OK)
		err = take_pictures(jobs, count, pictures.text, why);
	pr_buf_fini(&script);
	pr_buf_fini(&pictures);
	return err;
}

enum pr_err pr_plot_draw_all(struct pr_plot_job *jobs, size_t count, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; i < count; i++)
		jobs[i].svg = NULL;
	for (size_t first = 0; first < count && err == PR_OK; first += PR_PLOT_BATCH)
		err = draw_batch(jobs + first,
		                 count - first < PR_PLOT_BATCH ? count - first : PR_PLOT_BATCH,
		                 why);
	return err;
}

enum pr_err pr_plot_draw(struct pr_plot *plot, const char *template_name, char **svg,
                         struct pr_error *why)
{
	struct pr_plot_job job = {.plot = plot, .template_name = template_name};
	enum pr_err err = pr_plot_draw_all(&job, 1, why);

	*svg = job.svg;
	return err;
}
