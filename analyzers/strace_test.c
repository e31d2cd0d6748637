/* SPDX-License-Identifier: MIT */
/* analyzers/strace_test.c - logs in, counts out.
 *
 * Each NAME.log of fixtures/strace has its counts in NAME.json.  The logs real-*.log are the same
 * program under different options of strace, so they share one: real.json.  Logs in broken/ have
 * the sentence they must be refused with in NAME.txt.  */
#include "analyzers/strace.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/strace_count.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/test.h"

#define FOLDER PR_FIXTURES "/strace"

/* ---- data tests ------------------------------------------------------------------------------ */

static bool has_suffix(const char *name, const char *suffix)
{
	size_t size = strlen(name), part = strlen(suffix);

	return size > part && strcmp(name + size - part, suffix) == 0;
}

static bool is_log(const char *name)
{
	return has_suffix(name, ".log") || has_suffix(name, ".log.zst");
}

static char *expected_path(const char *name)
{
	bool real = strncmp(name, "real-", 5) == 0 && strcmp(name, "real-injected.log") != 0;

	return real ? pr_strdup(FOLDER "/real.json")
	            : pr_asprintf(FOLDER "/%.*s.json", (int)(strlen(name) - 4), name);
}

static int64_t sum_members(const json_t *object)
{
	int64_t sum = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value) sum += json_integer_value(value);
	return sum;
}

static int64_t member(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* calls = ok + end + errors + unfinished, in every object.  */
static void check_law(const char *name, const json_t *stages)
{
	size_t index;
	json_t *stage, *call;
	const char *key;

	json_array_foreach((json_t *)stages, index, stage)
	        json_object_foreach(json_object_get(stage, "strace"), key, call)
	{
		int64_t sum = member(call, "ok") + member(call, "end") +
		              member(call, "unfinished") +
		              sum_members(json_object_get(call, "errors"));

		if (member(call, "calls") != sum)
			fail_msg("%s: %s: calls is %lld, its parts add up to %lld", name, key,
			         (long long)member(call, "calls"), (long long)sum);
	}
}

static void check_equal(const char *name, const json_t *found, const json_t *expected)
{
	char *text;

	if (json_equal(found, expected))
		return;
	text = pr_json_dump(found);
	fail_msg("%s: the counts differ from what is expected; they are %s", name, text);
}

static void check_log(const char *name)
{
	char *log = pr_asprintf(FOLDER "/%s", name), *path = expected_path(name);
	json_t *stages = NULL, *expected = NULL;
	struct pr_error why;

	assert_ok(pr_strace_count_file(log, &stages, &why), why);
	assert_ok(pr_json_read_file(path, &expected, &why), why);
	check_law(name, stages);
	check_equal(name, stages, expected);
	json_decref(stages);
	json_decref(expected);
	free(log);
	free(path);
}

static size_t each_log(const char *folder, void (*check)(const char *name))
{
	DIR *dir = opendir(folder);
	size_t count = 0;

	assert_non_null(dir);
	for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
		if (is_log(entry->d_name)) {
			check(entry->d_name);
			count++;
		}
	closedir(dir);
	return count;
}

static void test_logs(void **state)
{
	(void)state;
	assert_int_equal(each_log(FOLDER, check_log), 27);
}

static void check_broken(const char *name)
{
	char *log = pr_asprintf(FOLDER "/broken/%s", name);
	char *path = pr_asprintf(FOLDER "/broken/%s.txt", name);
	struct pr_error why = {""};
	struct pr_buf expected;
	json_t *stages = NULL;

	pr_buf_init(&expected);
	assert_int_equal(pr_strace_count_file(log, &stages, &why), PR_FAILED);
	assert_null(stages);
	assert_ok(pr_buf_read_file(&expected, path, &why), why);
	assert_int_equal(pr_strace_count_file(log, &stages, &why), PR_FAILED);
	expected.text[strcspn(expected.text, "\n")] = '\0';
	assert_string_equal(why.text + strlen(FOLDER "/broken/"), expected.text);
	pr_buf_fini(&expected);
	free(log);
	free(path);
}

static void test_broken(void **state)
{
	struct pr_error why = {""};
	json_t *stages = NULL;

	(void)state;
	assert_int_equal(each_log(FOLDER "/broken", check_broken), 6);
	assert_int_equal(pr_strace_count_file(FOLDER "/none.log", &stages, &why), PR_FAILED);
	assert_non_null(strstr(why.text, "none.log: cannot be opened"));
	assert_int_equal(pr_strace_count_file(FOLDER, &stages, &why), PR_FAILED);
	assert_non_null(strstr(why.text, "cannot be read"));
}

/* ---- the stream ------------------------------------------------------------------------------ */

/* Counts text given in pieces of one size.  */
static json_t *count_pieces(const char *text, size_t size, size_t piece)
{
	struct pr_strace_count *count = pr_strace_count_create();
	struct pr_strace *strace = pr_strace_create(pr_strace_count_visit, count);
	struct pr_error why;
	json_t *stages = NULL;

	for (size_t at = 0; at < size; at += piece)
		pr_strace_feed(strace, text + at, size - at < piece ? size - at : piece);
	pr_strace_finish(strace);
	assert_ok(pr_strace_count_json(count, &stages, &why), why);
	pr_strace_destroy(&strace);
	pr_strace_count_destroy(&count);
	return stages;
}

static void test_pieces(void **state)
{
	static const size_t pieces[] = {1, 2, 3, 7, 100, 4096};
	struct pr_buf log;
	struct pr_error why;
	json_t *whole, *part;

	(void)state;
	pr_buf_init(&log);
	assert_ok(pr_buf_read_file(&log, FOLDER "/real-stderr.log", &why), why);
	whole = count_pieces(log.text, log.size, log.size);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		part = count_pieces(log.text, log.size, pieces[i]);
		check_equal("pieces", part, whole);
		json_decref(part);
	}
	json_decref(whole);
	pr_buf_fini(&log);
}

/* The middle of a very long line is dropped; its name and its result are not.  */
static void test_long_line(void **state)
{
	struct pr_buf log;
	json_t *stages;
	json_t *sends;

	(void)state;
	pr_buf_init(&log);
	pr_buf_puts(&log, "1 socket(AF_INET, SOCK_STREAM, 0) = 5\n1 sendto(5, \"");
	for (size_t i = 0; i < 2 * PR_STRACE_LINE_MAX; i++)
		pr_buf_add(&log, i % 7 == 0 ? "\\" : "\"", 1);
	pr_buf_puts(&log, ") = 1\", 1, 0, NULL, 0) = 1234567\n1 sendto(5, \"");
	for (size_t i = 0; i < 2 * PR_STRACE_LINE_MAX; i++)
		pr_buf_add(&log, "x", 1);
	pr_buf_puts(&log,
	            "\", 1, 0, NULL, 0 <unfinished ...>\n"
	            "1 <... sendto resumed>) = -1 EAGAIN (Resource temporarily unavailable)\n");
	stages = count_pieces(log.text, log.size, 5000);
	sends = json_object_get(json_object_get(json_array_get(stages, 0), "strace"), "sendto");
	assert_int_equal(member(sends, "calls"), 2);
	assert_int_equal(member(sends, "bytes"), 1234567);
	assert_int_equal(member(json_object_get(sends, "errors"), "EAGAIN"), 1);
	json_decref(stages);
	pr_buf_fini(&log);
}

/* ---- events ---------------------------------------------------------------------------------- */

static struct pr_strace_event last;
static char last_extra[64];

static void keep_last(void *arg, const struct pr_strace_event *event)
{
	(void)arg;
	last = *event;
	snprintf(last_extra, sizeof(last_extra), "%.*s", (int)event->extra.size, event->extra.at);
}

static void feed_line(const char *line)
{
	struct pr_strace *strace = pr_strace_create(keep_last, NULL);

	memset(&last, 0, sizeof(last));
	pr_strace_feed(strace, line, strlen(line));
	pr_strace_feed(strace, "\n", 1);
	pr_strace_destroy(&strace);
}

static void test_prefixes(void **state)
{
	static const struct {
		const char *prefix;
		uint32_t pid;
		int64_t stamp_ns;
	} cases[] = {
	        {"", 0, -1},
	        {"1234 ", 1234, -1},
	        {"1234  ", 1234, -1},
	        {"[pid 1234] ", 1234, -1},
	        {"[pid  1234] 12:34:56 ", 1234, 45296000000000},
	        {"1234<a b>c> ", 1234, -1},
	        {"[pid 1234<a]b>] ", 1234, -1},
	        {"12:34:56.000001 ", 0, 45296000001000},
	        {"1700000000.123456 ", 0, 1700000000123456000},
	        {"1700000000 ", 0, 1700000000000000000},
	        {"1234 1700000000.5 ", 1234, 1700000000500000000},
	        {"     0.000123 ", 0, 123000},
	        {"1234      0.000123 ", 1234, 123000},
	        {"1234 12:34:56 (+     0.000122) ", 1234, 45296000000000},
	        {"1234 [   0] [00007f8009b80929] ", 1234, -1},
	        {"[????????????????] ", 0, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *line = pr_asprintf("%srecvfrom(5, \"ab\", 64, 0, NULL, NULL) = 2 <0.000045>",
		                         cases[i].prefix);

		feed_line(line);
		if (last.kind != PR_STRACE_CALL || strcmp(last.name, "recvfrom") != 0)
			fail_msg("not a call: %s", line);
		assert_int_equal(last.pid, cases[i].pid);
		assert_int_equal(last.stamp_ns, cases[i].stamp_ns);
		assert_int_equal(last.duration_ns, 45000);
		assert_int_equal(last.result, 2);
		free(line);
	}
}

static void test_results(void **state)
{
	static const struct {
		const char *text;
		enum pr_strace_end end;
		int64_t result;
		const char *error, *extra;
	} cases[] = {
	        {"3", PR_STRACE_RETURNED, 3, "", ""},
	        {"3<TCP:[1->2]>", PR_STRACE_RETURNED, 3, "", "<TCP:[1->2]>"},
	        {"0 (Timeout)", PR_STRACE_RETURNED, 0, "", "(Timeout)"},
	        {"1 ([{fd=3, revents=POLLIN}])", PR_STRACE_RETURNED, 1, "",
	         "([{fd=3, revents=POLLIN}])"},
	        {"0x1b", PR_STRACE_RETURNED, 27, "", ""},
	        {"0xffffffffff600000", PR_STRACE_RETURNED, -10485760, "", ""},
	        {"?", PR_STRACE_UNKNOWN, 0, "", ""},
	        {"? <unavailable>", PR_STRACE_UNKNOWN, 0, "", "<unavailable>"},
	        {"? ERESTARTNOINTR (To be restarted)", PR_STRACE_RESTART, 0, "ERESTARTNOINTR",
	         "(To be restarted)"},
	        {"-1 EAGAIN (Resource temporarily unavailable)", PR_STRACE_ERROR, -1, "EAGAIN",
	         "(Resource temporarily unavailable)"},
	        {"-1 EAGAIN (Resource temporarily unavailable) (INJECTED)", PR_STRACE_ERROR, -1,
	         "EAGAIN", "(Resource temporarily unavailable) (INJECTED)"},
	        {"-1 (errno 11)", PR_STRACE_ERROR, -1, "EAGAIN", "(errno 11)"},
	        {"-1 (errno 4000)", PR_STRACE_ERROR, -1, "errno 4000", "(errno 4000)"},
	        {"-14 (INJECTED)", PR_STRACE_RETURNED, -14, "", "(INJECTED)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *line = pr_asprintf("1 read(5, \") = 9\", 64) = %s", cases[i].text);

		feed_line(line);
		assert_int_equal(last.end, cases[i].end);
		assert_int_equal(last.result, cases[i].result);
		assert_string_equal(last.error, cases[i].error);
		assert_string_equal(last_extra, cases[i].extra);
		assert_int_equal(last.injected, strstr(line, "INJECTED") != NULL);
		free(line);
	}
}

static void check_arg(const char *args, size_t index, const char *expected)
{
	struct pr_strace_text text = {args, strlen(args)}, out;
	char found[64];

	if (!pr_strace_arg(text, index, &out)) {
		assert_null(expected);
		return;
	}
	assert_non_null(expected);
	snprintf(found, sizeof(found), "%.*s", (int)out.size, out.at);
	assert_string_equal(found, expected);
}

static void test_arguments(void **state)
{
	static const char args[] = "5</a, b>, \"c, \\\" d\", [{e, f}, {g}], h /* i, j */, 1<<2, k";

	(void)state;
	check_arg(args, 0, "5</a, b>");
	check_arg(args, 1, "\"c, \\\" d\"");
	check_arg(args, 2, "[{e, f}, {g}]");
	check_arg(args, 3, "h /* i, j */");
	check_arg(args, 4, "1<<2");
	check_arg(args, 5, "k");
	check_arg(args, 6, NULL);
	check_arg("", 0, NULL);
	check_arg(",", 0, NULL);
	check_arg("\"never closed, ", 0, "\"never closed,");
}

static void test_kinds(void **state)
{
	(void)state;
	feed_line("7 --- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---");
	assert_int_equal(last.kind, PR_STRACE_SIGNAL);
	assert_string_equal(last.name, "SIGALRM");
	feed_line("7 +++ exited with 3 +++");
	assert_int_equal(last.kind, PR_STRACE_EXIT);
	feed_line(" > /lib/libc.so.6(recv+0x1f) [0x11e]");
	assert_int_equal(last.kind, PR_STRACE_STACK);
	feed_line("[ Process PID=7 runs in 32 bit mode. ]");
	assert_int_equal(last.kind, PR_STRACE_OTHER);
	feed_line("7 recvfrom(5,  <unfinished ...>");
	assert_int_equal(last.kind, PR_STRACE_ENTER);
	feed_line("7 <... recvfrom resumed>) = 3");
	assert_int_equal(last.kind, PR_STRACE_CALL);
	assert_true(last.headless);
	feed_line("something else");
	assert_int_equal(last.kind, PR_STRACE_OTHER);
}

PR_TEST_MAIN(cmocka_unit_test(test_logs), cmocka_unit_test(test_broken),
             cmocka_unit_test(test_pieces), cmocka_unit_test(test_long_line),
             cmocka_unit_test(test_prefixes), cmocka_unit_test(test_results),
             cmocka_unit_test(test_arguments), cmocka_unit_test(test_kinds))
