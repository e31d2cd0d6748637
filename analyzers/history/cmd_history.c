/* SPDX-License-Identifier: MIT */
/* analyzers/history/cmd_history.c - `proctor history`: what was found, night after night.  */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/history/entry.h"
#include "analyzers/history/export.h"
#include "analyzers/history/list.h"
#include "core/base/cmd.h"
#include "core/base/json.h"

/* ---- options --------------------------------------------------------------------------------- */

enum verb { ADD, IMPORT, LIST, EXPORT, MARK, PRUNE };

static const char *const verbs[] = {"add", "import", "list", "export", "mark", "prune", NULL};

#define OF(verb) (1u << (verb))

static const char *const directions[] = {"both", "lower", "higher", NULL};

struct history_opts {
	bool help, dry_run;
	const char *store, *baseline, *commit, *branch, *machine, *time, *before, *note;
	const char *workload, *phase, *metric, *format;
	struct pr_opt_list units;
	uint64_t last, run;
	int64_t wait_ns;
	int direction;
};

#define FIELD(name) offsetof(struct history_opts, name)

static const struct pr_opt opts[] = {
        {.name = "store",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(store),
         .argument = "STORE",
         .help = "a SQLite file, or postgresql://HOST/DATABASE"},
        {.name = "baseline",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(baseline),
         .argument = "LABEL",
         .help = "the phase that the others are held against"},
        {.name = "commit",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(commit),
         .argument = "REV",
         .help = "add, import: revision of what was measured"},
        {.name = "branch",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(branch),
         .argument = "NAME",
         .help = "its branch; a series is of one"},
        {.name = "machine",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(machine),
         .argument = "NAME",
         .help = "where it was measured; a series is of one"},
        {.name = "time",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(time),
         .argument = "TIME",
         .help = "add, import: when, if not as the run or file says (2026-11-25T03:00:00Z)"},
        {.name = "unit",
         .kind = PR_OPT_LIST,
         .offset = FIELD(units),
         .argument = "METRIC=UNIT,lower|higher",
         .help = "import: unit of a metric, and which is better"},
        {.name = "workload",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(workload),
         .argument = "PATTERN",
         .help = "list, export: only these (* and ? as in file names)"},
        {.name = "phase",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(phase),
         .argument = "PATTERN",
         .help = "list, export: only these"},
        {.name = "metric",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(metric),
         .argument = "PATTERN",
         .help = "list, export: only these"},
        {.name = "last",
         .kind = PR_OPT_COUNT,
         .offset = FIELD(last),
         .argument = "N",
         .help = "list: so many runs; export: so many points of each case",
         .least = 1,
         .most = 1000000000},
        {.name = "run",
         .kind = PR_OPT_COUNT,
         .offset = FIELD(run),
         .argument = "NUMBER",
         .help = "list coverage, export, prune: this run"},
        {.name = "direction",
         .kind = PR_OPT_CHOICE,
         .offset = FIELD(direction),
         .choices = directions,
         .argument = "both|lower|higher",
         .help = "export: only metrics of which that is better"},
        {.name = "format",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(format),
         .argument = "FORMAT",
         .help = "how to print, see below"},
        {.name = "before",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(before),
         .argument = "TIME",
         .help = "prune: the runs before this"},
        {.name = "note",
         .kind = PR_OPT_TEXT,
         .offset = FIELD(note),
         .argument = "TEXT",
         .help = "mark: why"},
        {.name = "dry-run",
         .kind = PR_OPT_FLAG,
         .offset = FIELD(dry_run),
         .help = "prune: say how many, remove nothing"},
        {.name = "wait",
         .kind = PR_OPT_TIME,
         .offset = FIELD(wait_ns),
         .argument = "TIME",
         .help = "how long to wait for others who write; 30s if not given"},
        {.name = "help",
         .letter = 'h',
         .kind = PR_OPT_FLAG,
         .offset = FIELD(help),
         .help = "show this"},
        {0},
};

/* Which verbs know an option; those that are not here all do.  */
static const struct {
	const char *name;
	size_t offset; /* of a pointer */
	unsigned verbs;
} limits[] = {
        {"commit", FIELD(commit), OF(ADD) | OF(IMPORT)},
        {"time", FIELD(time), OF(ADD) | OF(IMPORT)},
        {"baseline", FIELD(baseline), OF(ADD) | OF(IMPORT) | OF(LIST) | OF(EXPORT)},
        {"branch", FIELD(branch), OF(ADD) | OF(IMPORT) | OF(LIST) | OF(EXPORT)},
        {"machine", FIELD(machine), OF(ADD) | OF(IMPORT) | OF(LIST) | OF(EXPORT)},
        {"workload", FIELD(workload), OF(LIST) | OF(EXPORT)},
        {"phase", FIELD(phase), OF(LIST) | OF(EXPORT)},
        {"metric", FIELD(metric), OF(LIST) | OF(EXPORT)},
        {"format", FIELD(format), OF(LIST) | OF(EXPORT)},
        {"before", FIELD(before), OF(PRUNE)},
        {"note", FIELD(note), OF(MARK)},
};

static enum pr_err check_options(enum verb verb, const struct history_opts *given,
                                 struct pr_error *why)
{
	const struct {
		const char *name;
		bool given;
		unsigned verbs;
	} others[] = {
	        {"unit", given->units.count > 0, OF(IMPORT)},
	        {"last", given->last > 0, OF(LIST) | OF(EXPORT)},
	        {"run", given->run > 0, OF(LIST) | OF(EXPORT) | OF(PRUNE)},
	        {"direction", given->direction != PR_EXPORT_BOTH, OF(EXPORT)},
	        {"dry-run", given->dry_run, OF(PRUNE)},
	};
	const char *refused = NULL;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const char *text;

		memcpy(&text, (const char *)given + limits[i].offset, sizeof(text));
		if (text != NULL && (limits[i].verbs & OF(verb)) == 0)
			refused = limits[i].name;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].given && (others[i].verbs & OF(verb)) == 0)
			refused = others[i].name;
	if (refused == NULL)
		return PR_OK;
	return pr_error_set(why, PR_USAGE, "--%s means nothing to %s; see `proctor history -h`",
	                    refused, verbs[verb]);
}

/* The place of a name in a table that NULL ends; -1 with a sentence.  */
static int find_name(const char *name, const char *const *names, const char *what,
                     struct pr_error *why)
{
	const char *nearest;
	struct pr_buf all;
	int i;

	for (i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	nearest = pr_opts_nearest(name, names, (size_t)i);
	pr_buf_init(&all);
	for (i = 0; names[i] != NULL; i++)
		pr_buf_printf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
	if (nearest != NULL)
		pr_error_set(why, PR_USAGE, "unknown %s '%s'; did you mean '%s'?", what, name,
		             nearest);
	else
		pr_error_set(why, PR_USAGE, "unknown %s '%s'; it must be one of %s", what, name,
		             all.text);
	pr_buf_fini(&all);
	return -1;
}

static int help(void)
{
	int status = pr_cmd_help(opts);

	printf("\nadd RUN...: the comparison of each run, which proctor run wrote or pack made, "
	       "against "
	       "--baseline\n  (the first phase if not given); once: adding it again changes "
	       "nothing\n"
	       "import FILE...: lines RESULT,lib,pattern,transport,size,metric,value of other "
	       "benchmarks (- is standard input)\n"
	       "list [runs|cases|coverage|changes]: what is in it, and where series change; "
	       "--format table, json or csv\n"
	       "export: points of cases, or of the newest run, for other programs; --format ");
	for (size_t i = 0; pr_export_formats[i] != NULL; i++)
		printf("%s%s", i > 0 ? ", " : "", pr_export_formats[i]);
	printf("\nmark CASE RUN open|confirmed|rejected|intended: says so of a change, by the "
	       "numbers in its "
	       "list\nprune: removes the runs --before a time, or --run NUMBER; nothing else ever "
	       "does\n"
	       "  0  done    2  usage, or no such run    4  nothing there    5  it could not be "
	       "done\n");
	return status;
}

static enum pr_err open_store(const struct history_opts *given, enum pr_db_mode mode,
                              struct pr_history **history, struct pr_error *why)
{
	const struct pr_history_opts how = {.mode = mode, .wait_ns = given->wait_ns};

	return pr_history_open(given->store, &how, history, why);
}

/* ---- add and import -------------------------------------------------------------------------- */

static enum pr_err tell_reference(struct pr_history *history, const char *name, const json_t *entry,
                                  int64_t id, struct pr_error *why)
{
	struct pr_error warning;
	char *sentence;
	enum pr_err err = pr_history_check_reference(history, entry, id, &sentence, why);

	if (err == PR_OK && sentence != NULL) {
		pr_error_set(&warning, PR_OK, "%s: %s", name, sentence);
		pr_cmd_warn(&warning);
	}
	if (err == PR_OK)
		free(sentence);
	return err;
}

static enum pr_err add_entry(struct pr_history *history, const char *name, const json_t *entry,
                             struct pr_error *why)
{
	size_t points = json_array_size(json_object_get(entry, "points"));
	int64_t id;
	bool added;
	enum pr_err err = pr_history_add(history, entry, &added, &id, why);

	if (err == PR_OK && added)
		printf("%s: run %lld in %s, %zu point%s\n", name, (long long)id,
		       pr_history_place(history), points, points == 1 ? "" : "s");
	else if (err == PR_OK)
		printf("%s: was added before, as run %lld\n", name, (long long)id);
	if (err == PR_OK && added)
		err = tell_reference(history, name, entry, id, why);
	return err;
}

/* Words that go into the store as they are.  */
static enum pr_err check_word(const char *option, const char *text, struct pr_error *why)
{
	json_t *utf8 = text != NULL ? json_string(text) : json_null();
	bool good = utf8 != NULL;

	for (const char *at = text; good && at != NULL && *at != '\0'; at++)
		good = (unsigned char)*at >= ' ';
	json_decref(utf8);
	if (good)
		return PR_OK;
	return pr_error_set(why, PR_USAGE,
	                    "--%s holds bytes that are no text in UTF-8; write a plain name",
	                    option);
}

static enum pr_err entry_opts(const struct history_opts *given, struct pr_entry_opts *how,
                              struct pr_error *why)
{
	enum pr_err err = PR_OK;

	*how = (struct pr_entry_opts){.baseline = given->baseline,
	                              .revision = given->commit,
	                              .branch = given->branch,
	                              .machine = given->machine,
	                              .time = PR_ENTRY_NO_TIME,
	                              .warn = pr_cmd_warn};
	if (given->time != NULL)
		err = pr_history_parse_time(given->time, &how->time, why);
	if (err == PR_OK)
		err = check_word("commit", given->commit, why);
	if (err == PR_OK)
		err = check_word("branch", given->branch, why);
	if (err == PR_OK)
		err = check_word("machine", given->machine, why);
	return err;
}

static enum pr_err entry_from_file(const char *name, const struct history_opts *given,
                                   const struct pr_entry_opts *how, json_t **entry,
                                   struct pr_error *why)
{
	struct pr_buf text;
	enum pr_err err;

	pr_buf_init(&text);
	err = pr_buf_read_file(&text, name, why);
	if (err == PR_OK)
		err = pr_entry_from_lines(name, text.text, text.size, &given->units, how, entry,
		                          why);
	pr_buf_fini(&text);
	return err;
}

static enum pr_err entry_of(enum verb verb, const char *name, const struct history_opts *given,
                            const struct pr_entry_opts *how, json_t **entry, struct pr_error *why)
{
	return verb == ADD ? pr_entry_from_run(name, how, entry, why)
	                   : entry_from_file(name, given, how, entry, why);
}

/* Each is whole or not there; what came before one that fails stays.  */
static enum pr_err put_in(enum verb verb, int count, const char **names,
                          const struct history_opts *given, struct pr_error *why)
{
	struct pr_entry_opts how;
	struct pr_history *history = NULL;
	enum pr_err err = entry_opts(given, &how, why);

	if (err == PR_OK && count == 0)
		err = pr_error_set(why, PR_USAGE, "say what to %s: %s; see `proctor history -h`",
		                   verbs[verb], verb == ADD ? "add RUN..." : "import FILE...");
	for (int i = 0; i < count && err == PR_OK; i++) {
		json_t *entry = NULL;

		err = entry_of(verb, names[i], given, &how, &entry, why);
		if (err == PR_OK && history == NULL)
			err = open_store(given, PR_DB_WRITE, &history, why);
		if (err == PR_OK)
			err = add_entry(history, names[i], entry, why);
		json_decref(entry);
	}
	pr_history_close(&history);
	return err;
}

/* ---- list, export, prune --------------------------------------------------------------------- */

static struct pr_history_filter filter_of(const struct history_opts *given)
{
	return (struct pr_history_filter){.machine = given->machine,
	                                  .branch = given->branch,
	                                  .workload = given->workload,
	                                  .phase = given->phase,
	                                  .metric = given->metric,
	                                  .baseline = given->baseline,
	                                  .last = given->last};
}

static int64_t run_of(const struct history_opts *given)
{
	return given->run > 0 ? (int64_t)given->run : -1;
}

static enum pr_err list(int count, const char **words, const struct history_opts *given,
                        struct pr_error *why)
{
	const struct pr_history_filter filter = filter_of(given);
	struct pr_history *history = NULL;
	json_t *document = NULL;
	int topic = PR_LIST_RUNS, format = PR_LIST_TABLE;
	enum pr_err err = PR_OK;

	if (count > 1)
		return pr_error_set(why, PR_USAGE,
		                    "list takes one word: runs, cases, coverage or changes");
	if (count == 1)
		topic = find_name(words[0], pr_list_topics, "word", why);
	if (topic >= 0 && given->format != NULL)
		format = find_name(given->format, pr_list_formats, "format", why);
	if (topic < 0 || format < 0)
		return PR_USAGE;
	err = open_store(given, PR_DB_READ, &history, why);
	if (err == PR_OK)
		err = pr_list_document(history, (enum pr_list_topic)topic, &filter, run_of(given),
		                       &document, why);
	if (err == PR_OK)
		pr_list_print(document, (enum pr_list_topic)topic, (enum pr_list_format)format);
	json_decref(document);
	pr_history_close(&history);
	return err;
}

static enum pr_err export(int count, const struct history_opts *given, struct pr_error *why) {
	const struct pr_history_filter filter = filter_of(given);
	struct pr_export export = {.filter = &filter,
	                           .direction = (enum pr_export_direction)given->direction,
	                           .run_id = run_of(given),
	                           .out = stdout};
	int format = 0;
	enum pr_err err;

	if (count >
	    0) return pr_error_set(why, PR_USAGE,
	                           "export takes options alone; --format says how, --workload and "
	                           "others say what");
	if (given->format != NULL)
	        format = find_name(given->format, pr_export_formats, "format", why);
	if (format < 0) return PR_USAGE;
	err = open_store(given, PR_DB_READ, &export.history, why);
	if (err == PR_OK) err = pr_export_write(&export, format, why);
	pr_history_close(&export.history);
	return err;
}

static bool parse_number(const char *text, int64_t *number)
{
	char *end;

	*number = strtoll(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0';
}

static enum pr_err mark(int count, const char **words, const struct history_opts *given,
                        struct pr_error *why)
{
	struct pr_history *history = NULL;
	int64_t case_id, run;
	enum pr_err err = check_word("note", given->note, why);

	if (err != PR_OK)
		return err;
	if (count != 3 || !parse_number(words[0], &case_id) || !parse_number(words[1], &run))
		return pr_error_set(
		        why, PR_USAGE,
		        "say of which change: mark CASE RUN STATE, with the numbers that "
		        "`proctor history list changes` shows");
	if (find_name(words[2], pr_history_states, "state", why) < 0)
		return PR_USAGE;
	err = open_store(given, PR_DB_READ, &history, why);
	if (err == PR_OK)
		err = pr_history_mark(history, case_id, run, words[2], given->note, why);
	if (err == PR_OK)
		printf("%s: the change of case %lld at run %lld is %s\n", pr_history_place(history),
		       (long long)case_id, (long long)run, words[2]);
	pr_history_close(&history);
	return err;
}

static enum pr_err prune(int count, const struct history_opts *given, struct pr_error *why)
{
	struct pr_history *history = NULL;
	int64_t before = 0, removed = 0;
	enum pr_err err = PR_OK;

	if (count > 0 || (given->before == NULL) == (given->run == 0))
		return pr_error_set(why, PR_USAGE,
		                    "say which runs to remove: --before TIME, or --run NUMBER");
	if (given->before != NULL)
		err = pr_history_parse_time(given->before, &before, why);
	if (err == PR_OK) /* reads first: a wrong name must not make a new store */
		err = open_store(given, PR_DB_READ, &history, why);
	if (err == PR_OK)
		err = pr_history_prune(history, before, run_of(given), given->dry_run, &removed,
		                       why);
	if (err == PR_OK)
		printf("%s: %lld run%s %s\n", pr_history_place(history), (long long)removed,
		       removed == 1 ? "" : "s", given->dry_run ? "would go" : "removed");
	pr_history_close(&history);
	return err;
}

static enum pr_err act(int count, const char **words, const struct history_opts *given,
                       struct pr_error *why)
{
	int verb = -1;
	enum pr_err err;

	if (count == 0)
		return pr_error_set(why, PR_USAGE,
		                    "say what to do: add, import, list, export, mark or prune; see "
		                    "`proctor history -h`");
	verb = find_name(words[0], verbs, "word", why);
	if (verb < 0)
		return PR_USAGE;
	err = check_options((enum verb)verb, given, why);
	if (err != PR_OK)
		return err;
	count--;
	words++;
	switch ((enum verb)verb) {
	case ADD:
	case IMPORT:
		return put_in((enum verb)verb, count, words, given, why);
	case LIST:
		return list(count, words, given, why);
	case EXPORT:
		return export(count, given, why);
	case MARK:
		return mark(count, words, given, why);
	case PRUNE:
		return prune(count, given, why);
	}
	return PR_USAGE;
}

int cmd_history(int argc, const char **argv)
{
	struct history_opts given = {.wait_ns = PR_HISTORY_WAIT_NS};
	struct pr_error why = {""};
	int operands;
	enum pr_err err = pr_opts_parse(opts, &given, argc, argv, &operands, &why);

	if (err == PR_OK && given.help)
		return help();
	if (err == PR_OK)
		err = act(operands, argv, &given, &why);
	return err == PR_OK ? pr_cmd_check_output(err) : pr_cmd_fail(err, &why);
}
