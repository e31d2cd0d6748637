/* SPDX-License-Identifier: MIT */
/* core/base/opts.c - options are data: one table, and the few functions that read it.  */
#include "core/base/opts.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/units.h"

#define NAME_SIZE_MAX 64 /* longer names are not compared for nearness */

/* ---- names --------------------------------------------------------------------------------------
 */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance: insert, delete, replace, or swap neighbours, each costs 1.  Both at most
 * NAME_SIZE_MAX.  */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][NAME_SIZE_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];
	size_t size = strlen(b);

	for (size_t j = 0; j <= size; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t *reused = before;

		before = above;
		above = row;
		row = reused;
		row[0] = i;
		for (size_t j = 1; j <= size; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1);
			row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[size];
}

const char *pr_opts_nearest(const char *name, const char *const *names, size_t count)
{
	const char *nearest = NULL;
	size_t nearest_distance = SIZE_MAX;

	if (strlen(name) > NAME_SIZE_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t longer = strlen(names[i]) > strlen(name) ? strlen(names[i]) : strlen(name);
		size_t d;

		if (longer > NAME_SIZE_MAX)
			continue;
		d = distance(name, names[i]);
		if (d < nearest_distance && d * 2 <= longer) {
			nearest = names[i];
			nearest_distance = d;
		}
	}
	return nearest;
}

static size_t count_names(const char *const *names)
{
	size_t count = 0;

	while (names[count] != NULL)
		count++;
	return count;
}

/* "table, json or md" */
static void list_names(const char *const *names, struct pr_buf *out)
{
	size_t count = count_names(names);

	for (size_t i = 0; i < count; i++)
		pr_buf_printf(out, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", names[i]);
}

static bool find_name(const char *const *names, const char *name, size_t *index)
{
	for (*index = 0; names[*index] != NULL; (*index)++)
		if (strcmp(names[*index], name) == 0)
			return true;
	return false;
}

static const struct pr_opt *find_opt(const struct pr_opt *table, const char *name, size_t size)
{
	for (; table->name != NULL; table++)
		if (strlen(table->name) == size && memcmp(table->name, name, size) == 0)
			return table;
	return NULL;
}

static const struct pr_opt *find_letter(const struct pr_opt *table, char letter)
{
	for (; table->name != NULL; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

/* The sentence for a name that is not in the table; dashes is "--" or "".  */
static enum pr_err unknown(const struct pr_opt *table, const char *name, const char *dashes,
                           struct pr_error *why)
{
	const char *names[64];
	const char *nearest;
	size_t count = 0;
	struct pr_buf all;

	for (; table[count].name != NULL && count < 63; count++)
		names[count] = table[count].name;
	names[count] = NULL;
	nearest = pr_opts_nearest(name, names, count);
	if (nearest != NULL)
		return pr_error_set(why, PR_USAGE, "unknown option '%s%s'; did you mean '%s%s'?",
		                    dashes, name, dashes, nearest);
	if (dashes[0] != '\0')
		return pr_error_set(why, PR_USAGE, "unknown option '%s%s'; -h lists the valid ones",
		                    dashes, name);
	pr_buf_init(&all);
	list_names(names, &all);
	pr_error_set(why, PR_USAGE, "unknown option '%s'; valid: %s", name, all.text);
	pr_buf_fini(&all);
	return PR_USAGE;
}

/* ---- values -------------------------------------------------------------------------------------
 */

/* Where an option was seen, for messages: "option '--blocks'", or "option 'cork'" in a list.  */
struct place {
	const char *dashes;
	const char *name;
};

static enum pr_err bad_value(struct place at, const char *value, const char *expected,
                             struct pr_error *why)
{
	return pr_error_set(why, PR_USAGE, "option '%s%s': '%s' is not %s", at.dashes, at.name,
	                    value, expected);
}

static enum pr_err bad_choice(const struct pr_opt *opt, const char *value, struct place at,
                              const char *or_else, struct pr_error *why)
{
	const char *nearest = pr_opts_nearest(value, opt->choices, count_names(opt->choices));
	struct pr_buf expected;

	pr_buf_init(&expected);
	pr_buf_puts(&expected, or_else);
	list_names(opt->choices, &expected);
	if (nearest != NULL)
		pr_buf_printf(&expected, "; did you mean '%s'?", nearest);
	bad_value(at, value, expected.text, why);
	pr_buf_fini(&expected);
	return PR_USAGE;
}

static enum pr_err check_bounds(const struct pr_opt *opt, uint64_t number, const char *value,
                                struct place at, struct pr_error *why)
{
	struct pr_opt bound = {.kind = opt->kind};
	struct pr_buf text;

	if (number >= opt->least && (opt->most == 0 || number <= opt->most))
		return PR_OK;
	pr_buf_init(&text);
	pr_buf_puts(&text, number < opt->least ? "at least " : "at most ");
	number = number < opt->least ? opt->least : opt->most;
	pr_opts_format(&bound, &number, &text);
	bad_value(at, value, text.text, why);
	pr_buf_fini(&text);
	return PR_USAGE;
}

static enum pr_err set_flag(bool *field, const char *value, struct place at, struct pr_error *why)
{
	if (value == NULL || strcmp(value, "yes") == 0)
		*field = true;
	else if (strcmp(value, "no") == 0)
		*field = false;
	else
		return bad_value(at, value, "yes or no", why);
	return PR_OK;
}

static enum pr_err set_choice(const struct pr_opt *opt, int *field, const char *value,
                              struct place at, struct pr_error *why)
{
	size_t index;

	if (!find_name(opt->choices, value, &index))
		return bad_choice(opt, value, at, "", why);
	*field = (int)index;
	return PR_OK;
}

static enum pr_err set_count(const struct pr_opt *opt, uint64_t *field, const char *value,
                             struct place at, struct pr_error *why)
{
	uint64_t number;
	enum pr_err err;

	if (!pr_units_read_count(value, &number))
		return bad_value(at, value, "a whole number", why);
	err = check_bounds(opt, number, value, at, why);
	if (err == PR_OK)
		*field = number;
	return err;
}

static enum pr_err set_bytes(const struct pr_opt *opt, uint64_t *field, const char *value,
                             struct place at, struct pr_error *why)
{
	uint64_t number;
	size_t index;
	enum pr_err err;

	if (opt->choices != NULL && find_name(opt->choices, value, &index)) {
		*field = PR_OPT_NAMED(index);
		return PR_OK;
	}
	if (!pr_units_read_bytes(value, &number)) {
		if (opt->choices != NULL)
			return bad_choice(opt, value, at, "a number of bytes (8192, 64K, 10M), ",
			                  why);
		return bad_value(at, value, "a number of bytes (8192, 64K, 10M)", why);
	}
	err = check_bounds(opt, number, value, at, why);
	if (err == PR_OK)
		*field = number;
	return err;
}

static enum pr_err set_list(struct pr_opt_list *list, const char *value, struct place at,
                            struct pr_error *why)
{
	size_t most = sizeof(list->items) / sizeof(list->items[0]);

	if (list->count == most)
		return pr_error_set(why, PR_USAGE, "option '%s%s' is given more than %zu times",
		                    at.dashes, at.name, most);
	list->items[list->count++] = value;
	return PR_OK;
}

static enum pr_err set_value(const struct pr_opt *opt, void *target, const char *value,
                             struct place at, struct pr_error *why)
{
	void *field = (char *)target + opt->offset;

	if (value == NULL && opt->kind != PR_OPT_FLAG)
		return pr_error_set(why, PR_USAGE, "option '%s%s' needs a value", at.dashes,
		                    at.name);
	switch (opt->kind) {
	case PR_OPT_FLAG:
		return set_flag(field, value, at, why);
	case PR_OPT_CHOICE:
		return set_choice(opt, field, value, at, why);
	case PR_OPT_COUNT:
		return set_count(opt, field, value, at, why);
	case PR_OPT_BYTES:
		return set_bytes(opt, field, value, at, why);
	case PR_OPT_TIME:
		return pr_units_read_time(value, field)
		               ? PR_OK
		               : bad_value(at, value, "a time (500ms, 2s, 1.5m)", why);
	case PR_OPT_PERCENT:
		return pr_units_read_percent(value, field)
		               ? PR_OK
		               : bad_value(at, value, "a percentage (2, 2%)", why);
	case PR_OPT_TEXT:
		*(const char **)field = value;
		return PR_OK;
	case PR_OPT_LIST:
		return set_list(field, value, at, why);
	}
	assert(!"the table has an option of an unknown kind");
	return PR_FAILED;
}

/* ---- command line -------------------------------------------------------------------------------
 */

/* What is left to read of a command line.  */
struct args {
	const char **argv;
	int count;
	int next;     /* index of the word to look at */
	int operands; /* moved to the front so far; never more than next */
};

/* The value of opt: what stands behind the `=`, or the next word.  */
static const char *take_value(const struct pr_opt *opt, const char *attached, struct args *args)
{
	if (attached != NULL || opt->kind == PR_OPT_FLAG || args->next >= args->count)
		return attached;
	return args->argv[args->next++];
}

/* `--name`, `--name=value`, `--name value`.  word is behind the dashes.  */
static enum pr_err parse_long(const struct pr_opt *table, void *target, const char *word,
                              struct args *args, struct pr_error *why)
{
	size_t size = strcspn(word, "=");
	const char *attached = word[size] == '=' ? word + size + 1 : NULL;
	const struct pr_opt *opt = find_opt(table, word, size);
	char *name;
	enum pr_err err;

	if (opt != NULL)
		return set_value(opt, target, take_value(opt, attached, args),
		                 (struct place){"--", opt->name}, why);
	name = pr_asprintf("%.*s", (int)size, word);
	err = unknown(table, name, "--", why);
	free(name);
	return err;
}

/* `-q`, `-qh`, `-o value`, `-ovalue`.  word is behind the dash.  */
static enum pr_err parse_letters(const struct pr_opt *table, void *target, const char *word,
                                 struct args *args, struct pr_error *why)
{
	for (; *word != '\0'; word++) {
		const struct pr_opt *opt = find_letter(table, *word);
		char letter[2] = {*word, '\0'};
		const char *attached = word[1] != '\0' ? word + 1 : NULL;
		enum pr_err err;

		if (opt == NULL)
			return pr_error_set(why, PR_USAGE,
			                    "unknown option '-%s'; -h lists the valid ones",
			                    letter);
		if (opt->kind == PR_OPT_FLAG)
			attached = NULL;
		err = set_value(opt, target, take_value(opt, attached, args),
		                (struct place){"-", letter}, why);
		if (err != PR_OK || attached != NULL || opt->kind != PR_OPT_FLAG)
			return err;
	}
	return PR_OK;
}

enum pr_err pr_opts_parse(const struct pr_opt *table, void *target, int argc, const char **argv,
                          int *operands, struct pr_error *why)
{
	struct args args = {.argv = argv, .count = argc, .next = 1};
	bool ended = false;

	while (args.next < args.count) {
		const char *word = argv[args.next++];
		enum pr_err err = PR_OK;

		if (ended || word[0] != '-' || word[1] == '\0')
			argv[args.operands++] = word;
		else if (strcmp(word, "--") == 0)
			ended = true;
		else if (word[1] == '-')
			err = parse_long(table, target, word + 2, &args, why);
		else
			err = parse_letters(table, target, word + 1, &args, why);
		if (err != PR_OK)
			return err;
	}
	*operands = args.operands;
	return PR_OK;
}

/* ---- lists --------------------------------------------------------------------------------------
 */

enum pr_err pr_opts_set(const struct pr_opt *table, void *target, const char *name,
                        const char *value, const char *what, struct pr_error *why)
{
	const struct pr_opt *opt = find_opt(table, name, strlen(name));
	enum pr_err err = opt != NULL ? set_value(opt, target, value, (struct place){"", name}, why)
	                              : unknown(table, name, "", why);

	return err == PR_OK ? PR_OK : pr_error_prefix(why, err, "%s", what);
}

/* A copy that is never freed: the target of a list borrows it for good.  The chain keeps it
 * reachable.  */
static const char *keep(const char *text)
{
	struct kept {
		struct kept *next;
		char text[];
	};
	static _Atomic(struct kept *) chain;
	size_t size = strlen(text) + 1;
	struct kept *kept = pr_alloc(sizeof(*kept) + size);

	kept->next = atomic_load(&chain);
	while (!atomic_compare_exchange_weak(&chain, &kept->next, kept))
		;
	return memcpy(kept->text, text, size);
}

/* One `name=value` or `name`; item may be written to.  */
static enum pr_err parse_item(const struct pr_opt *table, void *target, char *item,
                              const char *what, struct pr_error *why)
{
	char *equals = strchr(item, '=');
	const char *value = NULL;
	const struct pr_opt *opt;

	if (item[0] == '\0')
		return pr_error_set(why, PR_USAGE, "%s: an option is missing beside a comma", what);
	if (equals != NULL) {
		*equals = '\0';
		value = equals + 1;
	}
	opt = find_opt(table, item, strlen(item));
	if (value != NULL && opt != NULL && (opt->kind == PR_OPT_TEXT || opt->kind == PR_OPT_LIST))
		value = keep(value);
	return pr_opts_set(table, target, item, value, what, why);
}

enum pr_err pr_opts_parse_list(const struct pr_opt *table, void *target, const char *text,
                               const char *what, struct pr_error *why)
{
	char *copy = pr_strdup(text);
	char *rest = copy;
	enum pr_err err = PR_OK;

	while (text[0] != '\0' && err == PR_OK && rest != NULL)
		err = parse_item(table, target, strsep(&rest, ","), what, why);
	free(copy);
	return err;
}

/* ---- text ---------------------------------------------------------------------------------------
 */

static void format_bytes(const struct pr_opt *opt, uint64_t bytes, struct pr_buf *out)
{
	if (opt->choices != NULL && UINT64_MAX - bytes < count_names(opt->choices))
		pr_buf_puts(out, opt->choices[UINT64_MAX - bytes]);
	else
		pr_units_format_bytes(bytes, out);
}

static void format_list(const struct pr_opt_list *list, struct pr_buf *out)
{
	for (size_t i = 0; i < list->count; i++)
		pr_buf_printf(out, "%s%s", i > 0 ? "," : "", list->items[i]);
}

void pr_opts_format(const struct pr_opt *opt, const void *target, struct pr_buf *out)
{
	const void *field = (const char *)target + opt->offset;
	const char *text;

	switch (opt->kind) {
	case PR_OPT_FLAG:
		pr_buf_puts(out, *(const bool *)field ? "yes" : "no");
		break;
	case PR_OPT_CHOICE:
		pr_buf_puts(out, opt->choices[*(const int *)field]);
		break;
	case PR_OPT_COUNT:
		pr_buf_printf(out, "%llu", (unsigned long long)*(const uint64_t *)field);
		break;
	case PR_OPT_BYTES:
		format_bytes(opt, *(const uint64_t *)field, out);
		break;
	case PR_OPT_TIME:
		pr_units_format_time(*(const int64_t *)field, out);
		break;
	case PR_OPT_PERCENT:
		pr_buf_printf(out, "%.10g%%", *(const double *)field * 100);
		break;
	case PR_OPT_TEXT:
		text = *(const char *const *)field;
		pr_buf_puts(out, text != NULL ? text : "");
		break;
	case PR_OPT_LIST:
		format_list(field, out);
		break;
	}
}

void pr_opts_describe(const struct pr_opt *opt, struct pr_buf *out)
{
	if (opt->argument != NULL) {
		pr_buf_puts(out, opt->argument);
	} else if (opt->choices == NULL) {
		pr_buf_puts(out, opt->kind == PR_OPT_FLAG ? "yes|no" : "VALUE");
	} else {
		for (size_t i = 0; opt->choices[i] != NULL; i++)
			pr_buf_printf(out, "%s%s", i == 0 ? "" : "|", opt->choices[i]);
	}
}

void pr_opts_help(const struct pr_opt *table, struct pr_buf *out)
{
	struct pr_buf line;

	pr_buf_init(&line);
	for (; table->name != NULL; table++) {
		pr_buf_clear(&line);
		if (table->letter != 0)
			pr_buf_printf(&line, "  -%c, --%s", table->letter, table->name);
		else
			pr_buf_printf(&line, "      --%s", table->name);
		if (table->kind != PR_OPT_FLAG) {
			pr_buf_puts(&line, " ");
			pr_opts_describe(table, &line);
		}
		if (line.size > 28)
			pr_buf_printf(&line, "\n%28s", "");
		pr_buf_printf(out, "%-28s  %s\n", line.text, table->help);
	}
	pr_buf_fini(&line);
}
