/* SPDX-License-Identifier: MIT */
/* harness/probe/callgrind_file.c - reads what callgrind wrote down.  */
#include "harness/probe/callgrind_file.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/nameless.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* Columns of costs that a line may have, positions not counted.  */
#define EVENTS_MAX 32

#define UNKNOWN "?"

enum figure { INSTRUCTIONS, MISSES, CALLS, FIGURES };

/* Names by number: "(12) name" gives one, "(12)" alone means it again.  */
struct names {
	char **list;
	size_t count;
};

struct reader {
	struct names objects, functions;
	const char *object, *function; /* whose costs follow */
	const char *callee_object, *callee;
	int column[2]; /* of Ir and I1mr among the costs; -1 */
	int positions; /* before the costs of a line */
	bool skip;     /* the next costs are the callee's */
	bool found;    /* the totals */
	struct pr_callgrind_part *part;
};

/* ---- names ----------------------------------------------------------------------------------- */

static void keep_name(struct names *names, size_t number, const char *text)
{
	if (number >= names->count) {
		size_t count = number * 2 + 64;

		names->list = pr_realloc(names->list, count * sizeof(*names->list));
		memset(names->list + names->count, 0,
		       (count - names->count) * sizeof(*names->list));
		names->count = count;
	}
	free(names->list[number]);
	names->list[number] = pr_strdup(text);
}

/* The most numbers that a file may use: a damaged one shall not take all memory.  */
#define NUMBER_MAX 10000000

/* The name that text stands for, which lives as long as names.  */
static const char *name_of(struct names *names, const char *text)
{
	unsigned long number = 0;
	char *end;

	if (*text == '(') {
		number = strtoul(text + 1, &end, 10);
		if (*end != ')' || number == 0 || number > NUMBER_MAX)
			return UNKNOWN;
		for (text = end + 1; *text == ' '; text++)
			;
		if (*text == '\0')
			return number < names->count && names->list[number] != NULL
			               ? names->list[number]
			               : UNKNOWN;
	}
	keep_name(names, number, text);
	return names->list[number];
}

static void free_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

/* ---- costs ----------------------------------------------------------------------------------- */

static const char *file_of(const char *object)
{
	const char *slash = strrchr(object, '/');

	if (strcmp(object, "???") == 0)
		return UNKNOWN;
	return slash != NULL ? slash + 1 : object;
}

static void add(struct pr_callgrind_part *part, const char *function, const char *object,
                enum figure figure, int64_t value)
{
	const char *file = file_of(object);
	bool unknown = strcmp(file, UNKNOWN) == 0, nameless = pr_nameless_is_offset(function);
	char *key = pr_asprintf("%s\n%s", unknown && nameless ? UNKNOWN : function, file);
	json_t *functions = part->functions, *figures = json_object_get(functions, key), *there;

	if (figures == NULL) {
		figures = json_pack("[i,i,i]", 0, 0, 0);
		pr_json_set(functions, key, figures);
		if (nameless && !unknown)
			pr_json_set(part->nameless, file, pr_json_new_string(object));
	}
	there = json_array_get(figures, figure);
	json_integer_set(there, json_integer_value(there) + value);
	free(key);
}

/* The costs of a line, behind its positions; columns that it lacks are 0.  */
static void read_costs(struct reader *reader, char *line)
{
	int64_t costs[EVENTS_MAX] = {0};
	char *rest = NULL, *word = strtok_r(line, " \n", &rest);
	int at = -reader->positions;

	for (; word != NULL && at < EVENTS_MAX; word = strtok_r(NULL, " \n", &rest), at++)
		if (at >= 0)
			costs[at] = strtoll(word, NULL, 10);
	for (int i = 0; i < 2; i++)
		if (reader->column[i] >= 0 && costs[reader->column[i]] != 0)
			add(reader->part, reader->function, reader->object, (enum figure)i,
			    costs[reader->column[i]]);
}

/* "events: Ir Dr ...": where the two are.  */
static void read_events(struct reader *reader, char *list)
{
	char *rest = NULL;
	int at = 0;

	for (char *word = strtok_r(list, " \n", &rest); word != NULL && at < EVENTS_MAX;
	     word = strtok_r(NULL, " \n", &rest), at++) {
		if (strcmp(word, "Ir") == 0)
			reader->column[INSTRUCTIONS] = at;
		else if (strcmp(word, "I1mr") == 0)
			reader->column[MISSES] = at;
	}
}

static void read_totals(struct reader *reader, char *list)
{
	int64_t costs[EVENTS_MAX] = {0};
	char *rest = NULL;
	int at = 0;

	for (char *word = strtok_r(list, " \n", &rest); word != NULL && at < EVENTS_MAX;
	     word = strtok_r(NULL, " \n", &rest))
		costs[at++] = strtoll(word, NULL, 10);
	if (reader->column[INSTRUCTIONS] < 0 || reader->column[MISSES] < 0)
		return;
	reader->part->instructions = costs[reader->column[INSTRUCTIONS]];
	reader->part->misses = costs[reader->column[MISSES]];
	reader->found = at > reader->column[INSTRUCTIONS];
}

static void read_calls(struct reader *reader, const char *text)
{
	add(reader->part, reader->callee,
	    reader->callee_object != NULL ? reader->callee_object : reader->object, CALLS,
	    strtoll(text, NULL, 10));
	reader->callee_object = NULL;
	reader->skip = true;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* What follows a word at the beginning of a line; NULL when it begins otherwise.  */
static char *behind(char *line, const char *word)
{
	size_t size = strlen(word);

	return strncmp(line, word, size) == 0 ? line + size : NULL;
}

static void read_line(struct reader *reader, char *line)
{
	char *rest;

	line[strcspn(line, "\r\n")] = '\0';
	if (isdigit((unsigned char)*line) || strchr("+-*", *line) != NULL) {
		if (*line != '\0' && !reader->skip)
			read_costs(reader, line);
		reader->skip = false;
	} else if ((rest = behind(line, "fn=")) != NULL) {
		reader->function = name_of(&reader->functions, rest);
	} else if ((rest = behind(line, "cfn=")) != NULL) {
		reader->callee = name_of(&reader->functions, rest);
	} else if ((rest = behind(line, "ob=")) != NULL) {
		reader->object = name_of(&reader->objects, rest);
	} else if ((rest = behind(line, "cob=")) != NULL) {
		reader->callee_object = name_of(&reader->objects, rest);
	} else if ((rest = behind(line, "calls=")) != NULL) {
		read_calls(reader, rest);
	} else if ((rest = behind(line, "events:")) != NULL) {
		read_events(reader, rest);
	} else if ((rest = behind(line, "positions:")) != NULL) {
		reader->positions =
		        strstr(rest, "instr") != NULL && strstr(rest, "line") != NULL ? 2 : 1;
	} else if ((rest = behind(line, "totals:")) != NULL) {
		read_totals(reader, rest);
	}
}

void pr_callgrind_forget(struct pr_callgrind_part *part)
{
	json_decref(part->functions);
	json_decref(part->nameless);
	part->functions = part->nameless = NULL;
}

enum pr_err pr_callgrind_read(const char *path, struct pr_callgrind_part *part,
                              struct pr_error *why)
{
	struct reader reader = {.object = UNKNOWN,
	                        .function = UNKNOWN,
	                        .callee = UNKNOWN,
	                        .column = {-1, -1},
	                        .positions = 1,
	                        .part = part};
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	*part = (struct pr_callgrind_part){.functions = json_object(), .nameless = json_object()};
	while (file != NULL && getline(&line, &room, file) > 0)
		read_line(&reader, line);
	if (file != NULL)
		fclose(file);
	free(line);
	free_names(&reader.objects);
	free_names(&reader.functions);
	if (reader.found)
		return PR_OK;
	pr_callgrind_forget(part);
	return pr_error_set(why, PR_FAILED, "%s: callgrind left no count here", path);
}

/* ---- differences ----------------------------------------------------------------------------- */

static int64_t figure_of(const json_t *figures, enum figure figure)
{
	return json_integer_value(json_array_get(figures, figure));
}

static void put_difference(json_t *since, const char *key, const json_t *after,
                           const json_t *before)
{
	int64_t values[FIGURES];
	bool differs = false;

	for (int i = 0; i < FIGURES; i++) {
		values[i] = figure_of(after, (enum figure)i) - figure_of(before, (enum figure)i);
		differs |= values[i] != 0;
	}
	if (differs)
		pr_json_set(since, key,
		            json_pack("[I,I,I]", (json_int_t)values[INSTRUCTIONS],
		                      (json_int_t)values[MISSES], (json_int_t)values[CALLS]));
}

json_t *pr_callgrind_since(const json_t *after, const json_t *before)
{
	json_t *since = json_object(), *figures;
	const char *key;

	json_object_foreach((json_t *)after, key, figures)
	{
		put_difference(since, key, figures, json_object_get(before, key));
	}
	json_object_foreach((json_t *)before, key, figures)
	{
		if (json_object_get(after, key) == NULL)
			put_difference(since, key, NULL, figures);
	}
	return since;
}

/* ---- the record ------------------------------------------------------------------------------ */

struct ranked {
	const char *key;
	int64_t figures[FIGURES];
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->figures[INSTRUCTIONS] != b->figures[INSTRUCTIONS])
		return a->figures[INSTRUCTIONS] < b->figures[INSTRUCTIONS] ? 1 : -1;
	return strcmp(a->key, b->key);
}

static json_t *ranked_json(const struct ranked *one)
{
	const char *object = strchr(one->key, '\n');
	json_t *entry = json_object();

	pr_json_set(entry, "function", json_stringn(one->key, (size_t)(object - one->key)));
	pr_json_set(entry, "object", json_string(object + 1));
	pr_json_set(entry, "instructions", json_integer(one->figures[INSTRUCTIONS]));
	pr_json_set(entry, "misses", json_integer(one->figures[MISSES]));
	pr_json_set(entry, "calls", json_integer(one->figures[CALLS]));
	return entry;
}

/* Of all instructions, in thousandths.  */
#define LEAST 1

json_t *pr_callgrind_rank(const json_t *functions)
{
	size_t count = 0, size = json_object_size(functions);
	struct ranked *list = pr_alloc((size + 1) * sizeof(*list));
	struct ranked others = {.key = "others\n" UNKNOWN};
	json_t *array = json_array(), *figures;
	int64_t all = 0;
	const char *key;

	json_object_foreach((json_t *)functions, key, figures)
	{
		list[count].key = key;
		for (int i = 0; i < FIGURES; i++)
			list[count].figures[i] = figure_of(figures, (enum figure)i);
		all += list[count++].figures[INSTRUCTIONS];
	}
	qsort(list, count, sizeof(*list), compare_ranked);
	for (size_t i = 0; i < count; i++) {
		if (llabs(list[i].figures[INSTRUCTIONS]) * 1000 >= llabs(all) * LEAST) {
			pr_json_append(array, ranked_json(&list[i]));
			continue;
		}
		for (int f = 0; f < FIGURES; f++)
			others.figures[f] += list[i].figures[f];
	}
	if (json_array_size(array) < count)
		pr_json_append(array, ranked_json(&others));
	free(list);
	return array;
}
