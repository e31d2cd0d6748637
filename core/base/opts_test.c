/* SPDX-License-Identifier: MIT */
/* core/base/opts_test.c - every kind of value, and every sentence that a wrong one gets.
 *
 * The tests are data where they can be: what was typed on the left, what comes of it on the right.
 */
#include "core/base/opts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/test.h"

struct target {
	bool quiet;
	bool help;
	int format;
	uint64_t blocks;
	uint64_t size;
	uint64_t cap;
	int64_t time_ns;
	double delta;
	const char *output;
	struct pr_opt_list phases;
};

static const char *const format_names[] = {"table", "json", "md", NULL};
static const char *const cap_names[] = {"none", "all", NULL};

#define FIELD(name) offsetof(struct target, name)

static const struct pr_opt table[] = {
        {"quiet", 'q', PR_OPT_FLAG, FIELD(quiet), NULL, NULL, "say less", 0, 0},
        {"help", 'h', PR_OPT_FLAG, FIELD(help), NULL, NULL, "show this", 0, 0},
        {"format", 0, PR_OPT_CHOICE, FIELD(format), format_names, NULL, "how to print", 0, 0},
        {"blocks", 'b', PR_OPT_COUNT, FIELD(blocks), NULL, "N", "how many", 2, 100},
        {"size", 0, PR_OPT_BYTES, FIELD(size), NULL, NULL, "bytes", 64, 1 << 20},
        {"cap", 0, PR_OPT_BYTES, FIELD(cap), cap_names, "BYTES|none", "bytes or a word", 0, 0},
        {"time", 0, PR_OPT_TIME, FIELD(time_ns), NULL, "T", "how long", 0, 0},
        {"delta", 0, PR_OPT_PERCENT, FIELD(delta), NULL, "PERCENT", "how much", 0, 0},
        {"output", 'o', PR_OPT_TEXT, FIELD(output), NULL, "DIR", "where", 0, 0},
        {"phase-with-a-long-name", 'p', PR_OPT_LIST, FIELD(phases), NULL, "P", "several", 0, 0},
        {0},
};

static const struct pr_opt *opt(const char *name)
{
	for (const struct pr_opt *o = table; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

/* Splits line at spaces into a command line "cmd ..." and parses it.  */
static enum pr_err parse(const char *line, struct target *target, const char **argv, int *operands,
                         struct pr_error *why)
{
	static char copy[1024];
	char *rest = copy;
	int argc = 1;

	strcpy(copy, line);
	argv[0] = "cmd";
	while (line[0] != '\0' && rest != NULL)
		argv[argc++] = strsep(&rest, " ");
	memset(target, 0, sizeof(*target));
	return pr_opts_parse(table, target, argc, argv, operands, why);
}

static void options_and_operands_mix(void **state)
{
	const char *argv[32];
	struct target t;
	struct pr_error why;
	int operands;

	(void)state;
	assert_ok(parse("a -q --format json b --blocks=7 -o out - -p x -py --delta 2 --time 1.5s "
	                "-- -z",
	                &t, argv, &operands, &why),
	          why);
	assert_int_equal(operands, 4);
	assert_string_equal(argv[0], "a");
	assert_string_equal(argv[1], "b");
	assert_string_equal(argv[2], "-");
	assert_string_equal(argv[3], "-z");
	assert_true(t.quiet);
	assert_false(t.help);
	assert_int_equal(t.format, 1);
	assert_int_equal(t.blocks, 7);
	assert_string_equal(t.output, "out");
	assert_int_equal(t.phases.count, 2);
	assert_string_equal(t.phases.items[0], "x");
	assert_string_equal(t.phases.items[1], "y");
	assert_true(t.delta > 0.0199 && t.delta < 0.0201);
	assert_int_equal(t.time_ns, 1500000000);
}

static void letters_combine(void **state)
{
	const char *argv[8];
	struct target t;
	struct pr_error why;
	int operands;

	(void)state;
	assert_ok(parse("-qhofile", &t, argv, &operands, &why), why);
	assert_true(t.quiet && t.help);
	assert_string_equal(t.output, "file");
	assert_int_equal(operands, 0);
	assert_ok(parse("", &t, argv, &operands, &why), why);
	assert_int_equal(operands, 0);
}

static void wrong_command_lines_get_a_sentence(void **state)
{
	static const struct {
		const char *line, *sentence;
	} cases[] = {
	        {"--blcoks 3", "unknown option '--blcoks'; did you mean '--blocks'?"},
	        {"--fromat=json", "unknown option '--fromat'; did you mean '--format'?"},
	        {"--zzzzzz", "unknown option '--zzzzzz'; -h lists the valid ones"},
	        {"-x", "unknown option '-x'; -h lists the valid ones"},
	        {"-qx", "unknown option '-x'; -h lists the valid ones"},
	        {"--blocks", "option '--blocks' needs a value"},
	        {"-o", "option '-o' needs a value"},
	        {"-b ten", "option '-b': 'ten' is not a whole number"},
	        {"--blocks=ten", "option '--blocks': 'ten' is not a whole number"},
	        {"--blocks=-3", "option '--blocks': '-3' is not a whole number"},
	        {"--blocks=3.5", "option '--blocks': '3.5' is not a whole number"},
	        {"--blocks=99999999999999999999",
	         "option '--blocks': '99999999999999999999' is not a whole number"},
	        {"--blocks=1", "option '--blocks': '1' is not at least 2"},
	        {"--blocks=101", "option '--blocks': '101' is not at most 100"},
	        {"--size=8X", "option '--size': '8X' is not a number of bytes (8192, 64K, 10M)"},
	        {"--size=", "option '--size': '' is not a number of bytes (8192, 64K, 10M)"},
	        {"--size=32", "option '--size': '32' is not at least 64"},
	        {"--size=2M", "option '--size': '2M' is not at most 1M"},
	        {"--size=99999999999G",
	         "option '--size': '99999999999G' is not a number of bytes (8192, 64K, 10M)"},
	        {"--cap=nine", "option '--cap': 'nine' is not a number of bytes (8192, 64K, 10M), "
	                       "none or all; did you mean 'none'?"},
	        {"--cap=zebra",
	         "option '--cap': 'zebra' is not a number of bytes (8192, 64K, 10M), none or all"},
	        {"--format=jsno",
	         "option '--format': 'jsno' is not table, json or md; did you mean 'json'?"},
	        {"--format=zebra", "option '--format': 'zebra' is not table, json or md"},
	        {"--time=soon", "option '--time': 'soon' is not a time (500ms, 2s, 1.5m)"},
	        {"--time=5 ", "option '--time': '5 ' is not a time (500ms, 2s, 1.5m)"},
	        {"--time=9999999999h",
	         "option '--time': '9999999999h' is not a time (500ms, 2s, 1.5m)"},
	        {"--delta=2%%", "option '--delta': '2%%' is not a percentage (2, 2%)"},
	        {"--quiet=maybe", "option '--quiet': 'maybe' is not yes or no"},
	};
	const char *argv[8];
	struct target t;
	struct pr_error why;
	int operands;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[128];
		const char *words[2] = {"cmd", line};

		strcpy(line, cases[i].line);
		if (strchr(line, '=') != NULL) {
			/* One word, spaces and all.  */
			memset(&t, 0, sizeof(t));
			assert_int_equal(pr_opts_parse(table, &t, 2, words, &operands, &why),
			                 PR_USAGE);
		} else {
			assert_int_equal(parse(line, &t, argv, &operands, &why), PR_USAGE);
		}
		assert_string_equal(why.text, cases[i].sentence);
	}
}

static void a_list_has_an_end(void **state)
{
	struct pr_error why;
	struct target t = {0};

	(void)state;
	for (int i = 0; i < 64; i++)
		assert_ok(pr_opts_set(table, &t, "phase-with-a-long-name", "x", "plan", &why), why);
	assert_int_equal(pr_opts_set(table, &t, "phase-with-a-long-name", "x", "plan", &why),
	                 PR_USAGE);
	assert_string_equal(why.text,
	                    "plan: option 'phase-with-a-long-name' is given more than 64 times");
}

static void lists_set_fields(void **state)
{
	struct pr_error why;
	struct target t = {0};
	char text[] = "quiet,format=md,cap=none,size=64K,output=/tmp/x=y,help=yes";

	(void)state;
	assert_ok(pr_opts_parse_list(table, &t, text, "phase 'x'", &why), why);
	memset(text, '!', sizeof(text) - 1); /* nothing may point into it */
	assert_true(t.quiet && t.help);
	assert_int_equal(t.format, 2);
	assert_true(t.cap == PR_OPT_NONE);
	assert_int_equal(t.size, 65536);
	assert_string_equal(t.output, "/tmp/x=y");
	assert_ok(pr_opts_parse_list(table, &t, "", "phase 'x'", &why), why);
	assert_ok(pr_opts_parse_list(table, &t, "quiet=no", "phase 'x'", &why), why);
	assert_false(t.quiet);
}

static void wrong_lists_get_a_sentence(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
	        {"blokcs=3", "phase 'x': unknown option 'blokcs'; did you mean 'blocks'?"},
	        {"zebra=3", "phase 'x': unknown option 'zebra'; valid: quiet, help, format, "
	                    "blocks, size, cap, "
	                    "time, delta, output or phase-with-a-long-name"},
	        {"blocks", "phase 'x': option 'blocks' needs a value"},
	        {"blocks=3,,quiet", "phase 'x': an option is missing beside a comma"},
	        {"quiet,", "phase 'x': an option is missing beside a comma"},
	        {"blocks=200", "phase 'x': option 'blocks': '200' is not at most 100"},
	};
	struct pr_error why;
	struct target t = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(pr_opts_parse_list(table, &t, cases[i].text, "phase 'x'", &why),
		                 PR_USAGE);
		assert_string_equal(why.text, cases[i].sentence);
		assert_int_equal(pr_opts_parse_list(table, &t, cases[i].text, "phase 'x'", NULL),
		                 PR_USAGE);
	}
}

static void values_are_read_and_printed(void **state)
{
	static const struct {
		const char *name, *typed, *printed;
	} cases[] = {
	        {"quiet", "no", "no"},       {"quiet", "yes", "yes"},    {"format", "md", "md"},
	        {"blocks", "100", "100"},    {"size", "8192", "8K"},     {"size", "1000", "1000"},
	        {"size", "1024k", "1M"},     {"cap", "0", "0"},          {"cap", "10M", "10M"},
	        {"cap", "3g", "3G"},         {"cap", "all", "all"},      {"cap", "none", "none"},
	        {"time", "2", "2s"},         {"time", "500ms", "500ms"}, {"time", "0.5", "500ms"},
	        {"time", "90s", "90s"},      {"time", "120s", "2m"},     {"time", "1.5m", "90s"},
	        {"time", "1h", "1h"},        {"time", "7us", "7us"},     {"time", ".25us", "250ns"},
	        {"time", "0", "0"},          {"delta", "2", "2%"},       {"delta", "7%", "7%"},
	        {"delta", "0.25%", "0.25%"}, {"output", "a b", "a b"},
	};
	struct pr_buf out;

	(void)state;
	pr_buf_init(&out);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pr_error why;
		struct target t = {0};

		assert_ok(pr_opts_set(table, &t, cases[i].name, cases[i].typed, "test", &why), why);
		pr_buf_clear(&out);
		pr_opts_format(opt(cases[i].name), &t, &out);
		assert_string_equal(out.text, cases[i].printed);
	}
	pr_buf_fini(&out);
}

static void a_list_and_an_empty_text_are_printed(void **state)
{
	struct target t = {.phases = {{"a", "b"}, 2}};
	struct pr_buf out;

	(void)state;
	pr_buf_init(&out);
	pr_opts_format(opt("phase-with-a-long-name"), &t, &out);
	pr_opts_format(opt("output"), &t, &out);
	assert_string_equal(out.text, "a,b");
	pr_buf_fini(&out);
}

static void help_is_the_table(void **state)
{
	struct pr_buf out;

	(void)state;
	pr_buf_init(&out);
	pr_opts_help(table, &out);
	assert_string_equal(out.text, "  -q, --quiet                 say less\n"
	                              "  -h, --help                  show this\n"
	                              "      --format table|json|md  how to print\n"
	                              "  -b, --blocks N              how many\n"
	                              "      --size VALUE            bytes\n"
	                              "      --cap BYTES|none        bytes or a word\n"
	                              "      --time T                how long\n"
	                              "      --delta PERCENT         how much\n"
	                              "  -o, --output DIR            where\n"
	                              "  -p, --phase-with-a-long-name P\n"
	                              "                              several\n");
	pr_buf_fini(&out);
}

static void the_nearest_name_is_near(void **state)
{
	static const char *const names[] = {"baseline", "true-proactor", "reactive", "core", "zmq"};
	static const struct {
		const char *typed, *nearest;
	} cases[] = {
	        {"baselin", "baseline"},
	        {"base", "baseline"},
	        {"reactiev", "reactive"},
	        {"croe", "core"},
	        {"zmp", "zmq"},
	        {"xyz", NULL},
	        {"", NULL},
	        {"blue-reactor", "true-proactor"},
	        {"core", "core"},
	};
	char long_name[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *nearest = pr_opts_nearest(cases[i].typed, names, 5);

		if (cases[i].nearest == NULL)
			assert_null(nearest);
		else
			assert_string_equal(nearest, cases[i].nearest);
	}
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_null(pr_opts_nearest(long_name, names, 5));
	assert_null(pr_opts_nearest("core", NULL, 0));
}

PR_TEST_MAIN(cmocka_unit_test(options_and_operands_mix), cmocka_unit_test(letters_combine),
             cmocka_unit_test(wrong_command_lines_get_a_sentence),
             cmocka_unit_test(a_list_has_an_end), cmocka_unit_test(lists_set_fields),
             cmocka_unit_test(wrong_lists_get_a_sentence),
             cmocka_unit_test(values_are_read_and_printed),
             cmocka_unit_test(a_list_and_an_empty_text_are_printed),
             cmocka_unit_test(help_is_the_table), cmocka_unit_test(the_nearest_name_is_near))
