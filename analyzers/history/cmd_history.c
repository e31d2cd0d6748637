/* SPDX-License-Identifier: MIT */
/* analyzers/history/cmd_history.c - `proctor history`: what was found, night after night.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzers/history/confirm_run.h"
#include "analyzers/history/entry.h"
#include "analyzers/history/export.h"
#include "analyzers/history/history_opts.h"
#include "analyzers/history/list.h"
#include "core/base/cmd.h"
#include "core/base/json.h"

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
	int status = pr_cmd_help(pr_history_options);

	printf("\nadd RUN...: the comparison of each run, which proctor run wrote or pack made, "
	       "against "
	       "--baseline\n  (the first phase if not given); once: adding it again changes "
	       "nothing\n"
	       "import FILE...: lines RESULT,lib,pattern,transport,size,metric,value of other "
	       "benchmarks (- is standard input)\n"
	       "list [runs|cases|coverage|changes|releases]: what is in it, and where series "
	       "change; "
	       "--format table, json or csv\n"
	       "export: points of cases, or of the newest run, for other programs; --format ");
	for (size_t i = 0; pr_export_formats[i] != NULL; i++)
		printf("%s%s", i > 0 ? ", " : "", pr_export_formats[i]);
	printf("\nconfirm [CASE RUN]: measures the last good and the first night of each change "
	       "that "
	       "is open side by side\n  (or of that one), and says what came of it; "
	       "--format table, json or github\n"
	       "release NAME: marks a release in the series, from --time on"
	       "\nmark CASE RUN open|confirmed|rejected|intended: says so of a change, by the "
	       "numbers in its "
	       "list\nprune: removes the runs --before a time, or --run NUMBER; nothing else ever "
	       "does\n"
	       "  0  done    1  confirm: a change is confirmed that is worse    2  usage, or no "
	       "such "
	       "run\n  3  confirm: cannot tell    4  nothing there    5  it could not be done\n");
	return status;
}

static enum pr_err open_store(const struct pr_history_words *given, enum pr_db_mode mode,
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

static enum pr_err entry_opts(const struct pr_history_words *given, struct pr_entry_opts *how,
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

static enum pr_err entry_from_file(const char *name, const struct pr_history_words *given,
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

static enum pr_err entry_of(enum pr_history_verb verb, const char *name,
                            const struct pr_history_words *given, const struct pr_entry_opts *how,
                            json_t **entry, struct pr_error *why)
{
	return verb == PR_HISTORY_ADD ? pr_entry_from_run(name, how, entry, why)
	                              : entry_from_file(name, given, how, entry, why);
}

/* Each is whole or not there; what came before one that fails stays.  */
static enum pr_err put_in(enum pr_history_verb verb, int count, const char **names,
                          const struct pr_history_words *given, struct pr_error *why)
{
	struct pr_entry_opts how;
	struct pr_history *history = NULL;
	enum pr_err err = entry_opts(given, &how, why);

	if (err == PR_OK && count == 0)
		err = pr_error_set(why, PR_USAGE, "say what to %s: %s; see `proctor history -h`",
		                   pr_history_verbs[verb],
		                   verb == PR_HISTORY_ADD ? "add RUN..." : "import FILE...");
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

static struct pr_history_filter filter_of(const struct pr_history_words *given)
{
	return (struct pr_history_filter){.machine = given->machine,
	                                  .branch = given->branch,
	                                  .workload = given->workload,
	                                  .phase = given->phase,
	                                  .metric = given->metric,
	                                  .baseline = given->baseline,
	                                  .last = given->last};
}

static int64_t run_of(const struct pr_history_words *given)
{
	return given->run > 0 ? (int64_t)given->run : -1;
}

static enum pr_err list(int count, const char **words, const struct pr_history_words *given,
                        struct pr_error *why)
{
	const struct pr_history_filter filter = filter_of(given);
	struct pr_history *history = NULL;
	json_t *document = NULL;
	int topic = PR_LIST_RUNS, format = PR_LIST_TABLE;
	enum pr_err err = PR_OK;

	if (count > 1)
		return pr_error_set(
		        why, PR_USAGE,
		        "list takes one word: runs, cases, coverage, changes or releases");
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

static enum pr_err export(int count, const struct pr_history_words *given, struct pr_error *why) {
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

static enum pr_err mark(int count, const char **words, const struct pr_history_words *given,
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

static enum pr_err confirm(int count, const char **words, const struct pr_history_words *given,
                           struct pr_error *why)
{
	struct pr_confirm_how how = {.dir = given->output,
	                             .from = given->from,
	                             .folders = &given->runs,
	                             .blocks = given->blocks,
	                             .budget_ns = given->budget_ns,
	                             .case_id = -1,
	                             .dry_run = given->dry_run};
	const struct pr_history_filter filter = filter_of(given);
	struct pr_history *history = NULL;
	int format = PR_CONFIRM_TABLE;
	enum pr_err err;

	if (count != 0 && (count != 2 || !parse_number(words[0], &how.case_id) ||
	                   !parse_number(words[1], &how.run)))
		return pr_error_set(why, PR_USAGE,
		                    "confirm takes nothing, or one change: CASE RUN, with the "
		                    "numbers that `proctor history list changes` shows");
	if (given->format != NULL)
		format = find_name(given->format, pr_confirm_formats, "format", why);
	if (format < 0)
		return PR_USAGE;
	how.format = (enum pr_confirm_format)format;
	err = open_store(given, PR_DB_READ, &history, why);
	if (err == PR_OK)
		err = pr_confirm_all(history, &filter, &how, why);
	pr_history_close(&history);
	return err;
}

static enum pr_err release(int count, const char **words, const struct pr_history_words *given,
                           struct pr_error *why)
{
	struct pr_history *history = NULL;
	int64_t when = (int64_t)time(NULL);
	enum pr_err err = PR_OK;

	if (count != 1)
		return pr_error_set(why, PR_USAGE,
		                    "say the name: release NAME [--time TIME] [--commit REV]");
	if (given->time != NULL)
		err = pr_history_parse_time(given->time, &when, why);
	if (err == PR_OK)
		err = check_word("commit", given->commit, why);
	if (err == PR_OK)
		err = check_word("branch", given->branch, why);
	if (err == PR_OK)
		err = check_word("release", words[0], why);
	if (err == PR_OK)
		err = open_store(given, PR_DB_READ, &history, why);
	if (err == PR_OK)
		err = pr_history_release(history, words[0],
		                         given->branch != NULL ? given->branch : "", given->commit,
		                         when, why);
	if (err == PR_OK)
		printf("%s: release %s\n", pr_history_place(history), words[0]);
	pr_history_close(&history);
	return err;
}

static enum pr_err prune(int count, const struct pr_history_words *given, struct pr_error *why)
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

static enum pr_err act(int count, const char **words, const struct pr_history_words *given,
                       struct pr_error *why)
{
	int verb = -1;
	enum pr_err err;

	if (count == 0)
		return pr_error_set(
		        why, PR_USAGE,
		        "say what to do: add, import, list, export, confirm, mark, release "
		        "or prune; see "
		        "`proctor history -h`");
	verb = find_name(words[0], pr_history_verbs, "word", why);
	if (verb < 0)
		return PR_USAGE;
	err = pr_history_check_opts((enum pr_history_verb)verb, given, why);
	if (err != PR_OK)
		return err;
	count--;
	words++;
	switch ((enum pr_history_verb)verb) {
	case PR_HISTORY_ADD:
	case PR_HISTORY_IMPORT:
		return put_in((enum pr_history_verb)verb, count, words, given, why);
	case PR_HISTORY_LIST:
		return list(count, words, given, why);
	case PR_HISTORY_EXPORT:
		return export(count, given, why);
	case PR_HISTORY_MARK:
		return mark(count, words, given, why);
	case PR_HISTORY_CONFIRM:
		return confirm(count, words, given, why);
	case PR_HISTORY_RELEASE:
		return release(count, words, given, why);
	case PR_HISTORY_PRUNE:
		return prune(count, given, why);
	}
	return PR_USAGE;
}

int cmd_history(int argc, const char **argv)
{
	struct pr_history_words given = {.wait_ns = PR_HISTORY_WAIT_NS};
	struct pr_error why = {""};
	int operands;
	enum pr_err err = pr_opts_parse(pr_history_options, &given, argc, argv, &operands, &why);

	if (err == PR_OK && given.help)
		return help();
	if (err == PR_OK)
		err = act(operands, argv, &given, &why);
	/* Answers, as PR_OK is.  */
	if (err == PR_OK || err == PR_WORSE || err == PR_INCONCLUSIVE)
		return pr_cmd_check_output(err);
	return pr_cmd_fail(err, &why);
}
