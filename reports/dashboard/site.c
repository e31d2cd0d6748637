/* SPDX-License-Identifier: MIT */
/* reports/dashboard/site.c - the folder of the dashboard (see site.h).  */
#include "reports/dashboard/site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/json.h"
#include "reports/dashboard/chart.h"
#include "reports/dashboard/page.h"
#include "reports/dashboard/twins.h"

const struct pr_page_ops *const pr_pages[] = {
        &pr_page_index,    &pr_page_changes, &pr_page_cases, &pr_page_compare,
        &pr_page_coverage, &pr_page_noise,   &pr_page_runs,  &pr_page_help,
        &pr_page_json,     &pr_page_feed,    &pr_page_badge, &pr_page_shield,
};

const size_t pr_page_count = sizeof(pr_pages) / sizeof(*pr_pages);

struct site {
	struct pr_board *board;
	const char *folder;
	struct pr_cache *cache;
	json_t *files; /* that stand there now */
	struct pr_site_result *result;
};

/* ---- files ----------------------------------------------------------------------------------- */

static bool is_same(const char *path, const struct pr_buf *text)
{
	struct pr_error unused;
	struct pr_buf there;
	bool same = false;

	pr_buf_init(&there);
	if (access(path, R_OK) == 0 && pr_buf_read_file(&there, path, &unused) == PR_OK)
		same = there.size == text->size && memcmp(there.text, text->text, text->size) == 0;
	pr_buf_fini(&there);
	return same;
}

static void note_file(struct site *site, const char *name)
{
	pr_json_set(site->files, name, json_true());
}

/* A file that already says this keeps its time, so that a copy to a server copies little.  */
static enum pr_err put_file(struct site *site, const char *name, const struct pr_buf *text,
                            struct pr_error *why)
{
	char *path = pr_asprintf("%s/%s", site->folder, name);
	enum pr_err err = PR_OK;

	if (is_same(path, text)) {
		site->result->unchanged++;
	} else {
		err = pr_buf_write_file(path, text->text, text->size, why);
		site->result->written++;
	}
	if (err == PR_OK)
		note_file(site, name);
	free(path);
	return err;
}

/* Only names that an earlier dashboard wrote, and only in its own folder.  */
static void remove_old(struct site *site)
{
	const char *name;
	json_t *unused;

	json_object_foreach(site->cache->files, name, unused)
	{
		char *path;

		if (json_object_get(site->files, name) != NULL || strchr(name, '/') != NULL)
			continue;
		path = pr_asprintf("%s/%s", site->folder, name);
		site->result->removed += unlink(path) == 0;
		free(path);
	}
}

/* ---- cases ----------------------------------------------------------------------------------- */

static void name_of(const struct pr_board_case *one, const char *suffix, char *out, size_t room)
{
	snprintf(out, room, "case-%lld.%s", (long long)one->of->id, suffix);
}

static void remember(struct site *site, struct pr_board_case *one, const struct pr_chart *chart)
{
	json_t *known = json_object();
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)one->of->id);
	/* Without its picture it is to be tried again next time.  */
	pr_json_set(known, "print", json_string(chart->spark != NULL ? one->print : ""));
	pr_json_set(known, "changes", json_incref(one->changes));
	pr_json_set(known, "spark", pr_json_new_string(chart->spark));
	pr_json_set(site->cache->cases, key, known);
	one->spark = pr_json_text(known, "spark");
}

static enum pr_err write_case(struct site *site, struct pr_board_case *one,
                              const struct pr_chart *chart, const char *missing,
                              struct pr_error *why)
{
	struct pr_buf text;
	char name[40];
	enum pr_err err;

	pr_buf_init(&text);
	pr_page_case(site->board, chart, missing, &text);
	name_of(one, "html", name, sizeof(name));
	err = put_file(site, name, &text, why);
	pr_buf_clear(&text);
	if (err == PR_OK) {
		pr_page_case_json(site->board, one, &text);
		name_of(one, "json", name, sizeof(name));
		err = put_file(site, name, &text, why);
	}
	pr_buf_fini(&text);
	if (err == PR_OK)
		remember(site, one, chart);
	return err;
}

/* Some cases, with one start of gnuplot.  */
static enum pr_err write_batch(struct site *site, struct pr_chart *charts, size_t count,
                               struct pr_error *why)
{
	struct pr_error reason = {{0}};
	enum pr_err err = PR_OK;

	if (pr_chart_draw(site->board, charts, count, &reason) != PR_OK)
		site->result->no_pictures = reason;
	for (size_t i = 0; i < count; i++) {
		struct pr_board_case *one = (struct pr_board_case *)charts[i].of;

		if (err == PR_OK)
			err = write_case(site, one, &charts[i],
			                 reason.text[0] != '\0' ? reason.text : NULL, why);
		pr_chart_fini(&charts[i]);
	}
	site->result->drawn += count;
	return err;
}

/* Whether both files of a case that is not new stand there still.  */
static bool is_there(const struct site *site, const struct pr_board_case *one)
{
	static const char *const suffixes[] = {"html", "json"};
	bool all = true;

	for (size_t i = 0; i < 2; i++) {
		char name[40], *path;

		name_of(one, suffixes[i], name, sizeof(name));
		path = pr_asprintf("%s/%s", site->folder, name);
		all = all && access(path, F_OK) == 0;
		free(path);
	}
	return all;
}

static enum pr_err write_cases(struct site *site, struct pr_error *why)
{
	struct pr_chart charts[PR_CHART_CASES];
	enum pr_err err = PR_OK;
	size_t count = 0;

	for (size_t i = 0; i < site->board->case_count && err == PR_OK; i++) {
		const struct pr_board_case *one = &site->board->cases[i];

		if (one->is_fresh || one->spark == NULL || !is_there(site, one)) {
			charts[count++] = (struct pr_chart){.of = one};
		} else {
			char name[40];

			name_of(one, "html", name, sizeof(name));
			note_file(site, name);
			name_of(one, "json", name, sizeof(name));
			note_file(site, name);
			site->result->unchanged += 2;
		}
		if (count == PR_CHART_CASES) {
			err = write_batch(site, charts, count, why);
			count = 0;
		}
	}
	return err == PR_OK && count > 0 ? write_batch(site, charts, count, why) : err;
}

/* What is known of cases that are gone is forgotten.  */
static void forget_cases(struct site *site)
{
	json_t *kept = json_object();

	for (size_t i = 0; i < site->board->case_count; i++) {
		char key[24];
		json_t *known;

		snprintf(key, sizeof(key), "%lld", (long long)site->board->cases[i].of->id);
		known = json_object_get(site->cache->cases, key);
		if (known != NULL)
			pr_json_set(kept, key, json_incref(known));
	}
	json_decref(site->cache->cases);
	site->cache->cases = kept;
}

/* ---- reports of runs ------------------------------------------------------------------------- */

/* Where `proctor report` writes when it is not told: into the run, or beside a packed one.  */
static char *report_of(const char *source)
{
	static const char packed[] = ".tar.zst";
	size_t size = strlen(source), tail = strlen(packed);

	if (size > tail && strcmp(source + size - tail, packed) == 0)
		return pr_asprintf("%.*s-report/report.html", (int)(size - tail), source);
	return pr_asprintf("%s/report/report.html", source);
}

/* A copy stays when the run itself is gone.  One that cannot be read is not there.  */
static enum pr_err copy_report(struct site *site, const json_t *run, struct pr_error *why)
{
	long long id = (long long)json_integer_value(json_object_get(run, "id"));
	const char *source = pr_json_text(run, "source");
	char name[40], *from = report_of(source != NULL ? source : ""), *to, key[24];
	struct pr_buf text;
	struct pr_error unused;
	enum pr_err err = PR_OK;

	snprintf(name, sizeof(name), "run-%lld.html", id);
	snprintf(key, sizeof(key), "%lld", id);
	to = pr_asprintf("%s/%s", site->folder, name);
	pr_buf_init(&text);
	if (json_object_get(site->cache->files, name) != NULL && access(to, F_OK) == 0) {
		note_file(site, name);
		site->result->unchanged++;
	} else if (from[0] == '/' && access(from, R_OK) == 0 &&
	           pr_buf_read_file(&text, from, &unused) == PR_OK) {
		err = put_file(site, name, &text, why);
	}
	if (json_object_get(site->files, name) != NULL)
		pr_json_set(site->board->reports, key, json_string(name));
	pr_buf_fini(&text);
	free(from);
	free(to);
	return err;
}

static enum pr_err copy_reports(struct site *site, struct pr_error *why)
{
	enum pr_err err = PR_OK;
	json_t *run;
	size_t i;

	json_array_foreach(site->board->runs, i, run)
	{
		if (err == PR_OK)
			err = copy_report(site, run, why);
	}
	return err;
}

static enum pr_err write_pages(struct site *site, struct pr_error *why)
{
	enum pr_err err = PR_OK;
	struct pr_buf text;

	pr_buf_init(&text);
	for (size_t i = 0; i < pr_page_count && err == PR_OK; i++) {
		pr_buf_clear(&text);
		pr_pages[i]->write(site->board, &text);
		err = put_file(site, pr_pages[i]->file, &text, why);
	}
	pr_buf_fini(&text);
	return err;
}

/* The folder is marked as ours before anything else is in it, so that one that was left half made
 * can be gone on with.  */
enum pr_err pr_site_write(struct pr_board *board, const char *folder, struct pr_cache *cache,
                          struct pr_site_result *result, struct pr_error *why)
{
	struct site site = {.board = board,
	                    .folder = folder,
	                    .cache = cache,
	                    .files = json_object(),
	                    .result = result};
	struct pr_error reason = {{0}};
	enum pr_err err;

	*result = (struct pr_site_result){0};
	err = pr_cache_save(folder, cache, why);
	if (err == PR_OK)
		err = write_cases(&site, why);
	if (err == PR_OK && pr_twins_draw(board, cache, &reason) != PR_OK)
		result->no_pictures = reason;
	if (err == PR_OK)
		err = copy_reports(&site, why);
	if (err == PR_OK)
		err = write_pages(&site, why);
	if (err == PR_OK) {
		remove_old(&site);
		forget_cases(&site);
		json_decref(cache->files);
		cache->files = json_incref(site.files);
		err = pr_cache_save(folder, cache, why);
	}
	json_decref(site.files);
	return err;
}
