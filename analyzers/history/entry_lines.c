/* SPDX-License-Identifier: MIT */
/* analyzers/history/entry_lines.c - lines of benchmark output become an entry.
 *
 * The format: RESULT,lib,pattern,transport,size,metric,value.  It says neither units nor which is
 * better, and programs that write it do not agree (one prints latencies in microseconds, another in
 * milliseconds), so a metric that is not in our own list must be explained.  */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "analyzers/history/entry.h"
#include "analyzers/stats.h"
#include "core/base/json.h"
#include "core/base/metrics.h"

#define MARK       "RESULT"
#define FIELDS     7
#define SIZE_MOST  (INT64_C(1) << 40)
#define FIELD_MOST 100

enum { LIB = 1, PATTERN, TRANSPORT, SIZE, METRIC, VALUE };

struct reader {
	const char *name;
	size_t line;
	const struct pr_opt_list *units;
	json_t *groups; /* by "lib\nworkload\nmetric": a point with "values" */
	size_t left_out;
};

/* ---- one line -------------------------------------------------------------------------------- */

static enum pr_err refuse(const struct reader *reader, struct pr_error *why, const char *sentence,
                          const char *text)
{
	return pr_error_set(why, PR_USAGE, "%s:%zu: %s%s%.60s%s; nothing was added", reader->name,
	                    reader->line, sentence, text[0] != '\0' ? " '" : "", text,
	                    text[0] != '\0' ? "'" : "");
}

/* Cuts a line at its commas, in place.  False when there are not as many fields as there must be.
 */
static bool cut(char *line, char *fields[FIELDS])
{
	size_t count = 0;

	for (char *at = line; at != NULL; count++) {
		char *comma = strchr(at, ',');

		if (count < FIELDS)
			fields[count] = at;
		if (comma != NULL)
			*comma++ = '\0';
		at = comma;
	}
	return count == FIELDS;
}

static bool is_word(const char *text)
{
	if (text[0] == '\0' || strlen(text) > FIELD_MOST)
		return false;
	for (; *text != '\0'; text++)
		if (!isgraph((unsigned char)*text) && *text != ' ')
			return false;
	return true;
}

/* ROUTER_ROUTER is our router-router.  */
static void to_our_words(char *text)
{
	for (; *text != '\0'; text++)
		*text = *text == '_' ? '-' : (char)tolower((unsigned char)*text);
}

static bool parse_size(const char *text, int64_t *size)
{
	char *end;

	errno = 0;
	*size = strtoll(text, &end, 10);
	return isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0 && *size <= SIZE_MOST;
}

static bool parse_value(const char *text, double *value)
{
	char *end;

	if (!isdigit((unsigned char)text[0]) && text[0] != '.')
		return false;
	*value = strtod(text, &end);
	return *end == '\0' && isfinite(*value);
}

/* "METRIC=UNIT,lower": whether it is of the metric; if so fills the point.  */
static bool explain(const char *text, const char *metric, json_t *point)
{
	size_t name = strlen(metric);
	const char *comma = strrchr(text, ',');

	if (strncmp(text, metric, name) != 0 || text[name] != '=')
		return false;
	pr_json_set(point, "unit",
	            json_stringn(text + name + 1, (size_t)(comma - text) - name - 1));
	pr_json_set(point, "direction", json_string(comma + 1));
	return true;
}

static enum pr_err set_unit(const struct reader *reader, const char *metric, json_t *point,
                            struct pr_error *why)
{
	const struct pr_metric *known = pr_metrics_find(metric);

	for (size_t i = 0; i < reader->units->count; i++)
		if (explain(reader->units->items[i], metric, point))
			return PR_OK;
	if (known == NULL)
		return pr_error_set(
		        why, PR_USAGE,
		        "%s:%zu: the unit of '%s' is not known, nor which is better; "
		        "say so with --unit %s=UNIT,lower (or higher); nothing was added",
		        reader->name, reader->line, metric, metric);
	pr_json_set(point, "unit", json_string(known->unit));
	pr_json_set(point, "direction", json_string(pr_metrics_direction(known)));
	return PR_OK;
}

static enum pr_err add_value(struct reader *reader, char *fields[FIELDS], int64_t size,
                             double value, struct pr_error *why)
{
	char *workload =
	        pr_asprintf("%s,%s,%lld", fields[PATTERN], fields[TRANSPORT], (long long)size);
	char *key = pr_asprintf("%s\n%s\n%s", fields[LIB], workload, fields[METRIC]);
	json_t *point = json_object_get(reader->groups, key);
	enum pr_err err = PR_OK;

	if (point == NULL) {
		point = json_object();
		pr_json_set(reader->groups, key, point);
		pr_json_set(point, "phase", json_string(fields[LIB]));
		pr_json_set(point, "workload", json_string(workload));
		pr_json_set(point, "work",
		            pr_json_take_string(pr_asprintf("%s, %s, size %lld", fields[PATTERN],
		                                            fields[TRANSPORT], (long long)size)));
		pr_json_set(point, "metric", json_string(fields[METRIC]));
		pr_json_set(point, "gating", json_false());
		pr_json_set(point, "values", json_array());
		err = set_unit(reader, fields[METRIC], point, why);
	}
	if (err == PR_OK)
		pr_json_append(json_object_get(point, "values"), json_real(value));
	free(key);
	free(workload);
	return err;
}

static enum pr_err read_result(struct reader *reader, char *line, struct pr_error *why)
{
	char *fields[FIELDS];
	int64_t size;
	double value;

	if (!cut(line, fields) || strcmp(fields[0], MARK) != 0)
		return refuse(reader, why,
		              "expected RESULT,lib,pattern,transport,size,metric,value", "");
	for (size_t i = LIB; i < FIELDS; i++)
		if (!is_word(fields[i]))
			return refuse(reader, why, "a field is empty, too long or no plain text",
			              "");
	to_our_words(fields[PATTERN]);
	to_our_words(fields[TRANSPORT]);
	if (!parse_size(fields[SIZE], &size))
		return refuse(reader, why, "the size must be a number of bytes, not", fields[SIZE]);
	if (!parse_value(fields[VALUE], &value))
		return refuse(reader, why, "the value must be a number of at least 0, not",
		              fields[VALUE]);
	return add_value(reader, fields, size, value, why);
}

/* ---- all lines ------------------------------------------------------------------------------- */

static enum pr_err read_line(struct reader *reader, const char *text, size_t size,
                             struct pr_error *why)
{
	char *line;
	enum pr_err err;

	reader->line++;
	while (size > 0 && isspace((unsigned char)text[size - 1]))
		size--;
	while (size > 0 && isspace((unsigned char)text[0])) {
		text++;
		size--;
	}
	if (size < strlen(MARK) || strncmp(text, MARK, strlen(MARK)) != 0) {
		reader->left_out += size > 0;
		return PR_OK;
	}
	if (memchr(text, '\0', size) != NULL)
		return refuse(reader, why, "a line must be text, not hold a NUL byte", "");
	line = pr_alloc(size + 1);
	memcpy(line, text, size);
	line[size] = '\0';
	err = read_result(reader, line, why);
	free(line);
	return err;
}

static enum pr_err read_lines(struct reader *reader, const char *text, size_t size,
                              struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t at = 0; at < size && err == PR_OK;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t length = end != NULL ? (size_t)(end - text) - at : size - at;

		err = read_line(reader, text + at, length, why);
		at += length + 1;
	}
	return err;
}

/* ---- points ---------------------------------------------------------------------------------- */

static double median_of(const json_t *point, struct pr_stats_interval *interval, size_t *count)
{
	const json_t *values = json_object_get(point, "values");
	double *numbers;
	bool told;

	*count = json_array_size(values);
	numbers = pr_alloc((*count + 1) * sizeof(*numbers));
	for (size_t i = 0; i < *count; i++)
		numbers[i] = json_real_value(json_array_get(values, i));
	told = pr_stats_median_interval(numbers, *count, 0.95, interval);
	if (!told)
		interval->lo = interval->hi = NAN;
	free(numbers);
	return interval->value;
}

static void set_side(json_t *point, const json_t *from, const char *value, const char *lo,
                     const char *hi)
{
	struct pr_stats_interval interval;
	size_t count;

	pr_json_set(point, value, pr_json_new_real(median_of(from, &interval, &count)));
	pr_json_set(point, lo, pr_json_new_real(interval.lo));
	pr_json_set(point, hi, pr_json_new_real(interval.hi));
	if (point == from)
		pr_json_set(point, "n", json_integer((json_int_t)count));
}

/* Without blocks there is no interval for an effect, and no verdict.  */
static void compare(json_t *point, const json_t *baseline)
{
	double value = json_real_value(json_object_get(point, "value")), base;

	set_side(point, baseline, "base_value", "base_lo", "base_hi");
	base = json_real_value(json_object_get(point, "base_value"));
	pr_json_set(point, "effect", pr_json_new_real(base > 0 ? value / base - 1 : NAN));
}

/* Points of the baseline are the other side of the others.  */
static void add_points(const struct reader *reader, const char *baseline, json_t *points)
{
	const char *key;
	json_t *point;

	json_object_foreach(reader->groups, key, point)
	{
		const char *phase = pr_json_text(point, "phase");
		char *other = NULL;
		const json_t *base = NULL;

		if (baseline != NULL) {
			other = pr_asprintf("%s%s", baseline, key + strlen(phase));
			base = json_object_get(reader->groups, other);
			free(other);
		}
		if (base == point)
			continue;
		set_side(point, point, "value", "lo", "hi");
		if (base != NULL)
			compare(point, base);
		pr_json_append(points, json_deep_copy(point));
	}
}

static void add_phases(const struct reader *reader, json_t *phases)
{
	json_t *seen = json_object(), *point;
	const char *key;

	json_object_foreach(reader->groups, key, point)
	{
		const char *label = pr_json_text(point, "phase");

		if (json_object_get(seen, label) != NULL)
			continue;
		pr_json_set(seen, label, json_true());
		pr_json_append(phases, json_pack("{s:s, s:s}", "label", label, "engine", label));
	}
	json_decref(seen);
}

/* ---- the entry ------------------------------------------------------------------------------- */

/* Of its contents and of what the user said of it: so the same file counts once.  */
static char *key_of(const char *text, size_t size, const struct pr_entry_opts *opts)
{
	const char *const words[] = {opts->baseline, opts->revision, opts->branch, opts->machine};
	char *hash = pr_entry_hash(text, size), *words_hash, *key;
	struct pr_buf said;

	pr_buf_init(&said);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		pr_buf_printf(&said, "%s\n", words[i] != NULL ? words[i] : "");
	pr_buf_printf(&said, "%lld", (long long)opts->time);
	words_hash = pr_entry_hash(said.text, said.size);
	key = pr_asprintf("lines-%s-%s", hash, words_hash);
	pr_buf_fini(&said);
	free(words_hash);
	free(hash);
	return key;
}

static int64_t time_of(const char *name, const struct pr_entry_opts *opts)
{
	struct stat info;

	if (opts->time != PR_ENTRY_NO_TIME)
		return opts->time;
	return stat(name, &info) == 0 ? (int64_t)info.st_mtime : (int64_t)time(NULL);
}

static enum pr_err check_units(const struct pr_opt_list *units, struct pr_error *why)
{
	for (size_t i = 0; i < units->count; i++) {
		const char *text = units->items[i], *equals = strchr(text, '=');
		const char *comma = strrchr(text, ',');

		if (equals == NULL || equals == text || comma == NULL || comma <= equals + 1 ||
		    (strcmp(comma, ",lower") != 0 && strcmp(comma, ",higher") != 0))
			return pr_error_set(why, PR_USAGE,
			                    "--unit %s: write METRIC=UNIT,lower or "
			                    "METRIC=UNIT,higher",
			                    text);
		for (; *text != '\0'; text++)
			if (!isgraph((unsigned char)*text))
				return pr_error_set(why, PR_USAGE,
				                    "--unit must be plain text without blanks");
	}
	return PR_OK;
}

/* Whether there is anything, and of the baseline too.  */
static enum pr_err check_results(const struct reader *reader, const struct pr_entry_opts *opts,
                                 struct pr_error *why)
{
	const char *key;
	json_t *point;

	if (json_object_size(reader->groups) == 0)
		return pr_error_set(why, PR_VOID,
		                    "%s: no result is in it (lines RESULT,lib,pattern,transport,"
		                    "size,metric,value)",
		                    reader->name);
	if (opts->baseline == NULL)
		return PR_OK;
	json_object_foreach(reader->groups, key, point)
	{
		if (strcmp(pr_json_text(point, "phase"), opts->baseline) == 0)
			return PR_OK;
	}
	return pr_error_set(why, PR_USAGE, "%s: no result of the baseline '%s' is in it",
	                    reader->name, opts->baseline);
}

static void fill(json_t *entry, const struct reader *reader, const struct pr_entry_opts *opts)
{
	json_t *points = json_object_get(entry, "points"), *point;
	size_t i;

	pr_json_set(entry, "kind", json_string("lines"));
	pr_json_set(entry, "source", pr_json_new_string(reader->name));
	pr_json_set(entry, "time", json_integer(time_of(reader->name, opts)));
	pr_json_set(entry, "tool", json_null());
	if (opts->baseline != NULL)
		pr_json_set(entry, "baseline", json_string(opts->baseline));
	add_phases(reader, json_object_get(entry, "phases"));
	add_points(reader, opts->baseline, points);
	json_array_foreach(points, i, point) json_object_del(point, "values");
}

enum pr_err pr_entry_from_lines(const char *name, const char *text, size_t size,
                                const struct pr_opt_list *units, const struct pr_entry_opts *opts,
                                json_t **entry, struct pr_error *why)
{
	struct reader reader = {.name = strcmp(name, "-") == 0 ? "standard input" : name,
	                        .units = units,
	                        .groups = json_object()};
	struct pr_error note;
	enum pr_err err = check_units(units, why);

	*entry = NULL;
	if (err == PR_OK)
		err = read_lines(&reader, text, size, why);
	if (err == PR_OK)
		err = check_results(&reader, opts, why);
	if (err == PR_OK && reader.left_out > 0 && opts->warn != NULL) {
		pr_error_set(&note, PR_OK, "%s: %zu line%s that %s no result%s left out",
		             reader.name, reader.left_out, reader.left_out == 1 ? "" : "s",
		             reader.left_out == 1 ? "is" : "are",
		             reader.left_out == 1 ? " was" : "s were");
		opts->warn(&note);
	}
	if (err == PR_OK) {
		char *key = key_of(text, size, opts);

		*entry = pr_entry_create(opts);
		pr_json_set(*entry, "key", json_string(key));
		fill(*entry, &reader, opts);
		free(key);
	}
	json_decref(reader.groups);
	return err;
}
