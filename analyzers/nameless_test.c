/* SPDX-License-Identifier: MIT */
/* analyzers/nameless_test.c - what is said of files without symbols.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzers/nameless.h"
#include "core/base/buf.h"
#include "core/base/test.h"

/* A folder that is alone on PATH, with a dpkg-query that prints `answer` when it is given one;
 * gives the path of a file in it.  */
static char *make_folder(char folder[], const char *answer)
{
	char *program, *file, *text;
	struct pr_error why;

	assert_non_null(mkdtemp(folder));
	file = pr_asprintf("%s/libsome.so.1", folder);
	assert_ok(pr_buf_write_file(file, "", 0, &why), why);
	if (answer != NULL) {
		program = pr_asprintf("%s/dpkg-query", folder);
		text = pr_asprintf("#!/bin/sh\n[ \"$1\" = -S ] || exit 2\n"
		                   "echo \"diversion by other from: $2\"\necho \"%s: $2\"\n",
		                   answer);
		assert_ok(pr_buf_write_file(program, text, strlen(text), &why), why);
		assert_int_equal(chmod(program, 0755), 0);
		free(text);
		free(program);
	}
	assert_int_equal(setenv("PATH", folder, 1), 0);
	return file;
}

static void remove_folder(const char *folder, char *file)
{
	char *program = pr_asprintf("%s/dpkg-query", folder);

	unlink(program);
	unlink(file);
	assert_int_equal(rmdir(folder), 0);
	free(program);
	free(file);
}

static void check_remedy(const char *answer, const char *expected)
{
	char folder[] = "/tmp/proctor-nameless.XXXXXX", *file = make_folder(folder, answer);
	char *remedy = pr_nameless_remedy(file);

	assert_string_equal(remedy, expected);
	free(remedy);
	remove_folder(folder, file);
}

static void the_package_is_asked_for(void **state)
{
	(void)state;
	check_remedy("libzmq5:amd64", "install libzmq5-dbgsym");
	check_remedy("redis-server", "install redis-server-dbgsym");
	check_remedy("libc6:amd64", "install libc6-dbg");
}

static void without_a_package_it_is_a_matter_of_the_build(void **state)
{
	(void)state;
	check_remedy(NULL, "build it without stripping it");
	check_remedy("diversion by some", "build it without stripping it");
}

static void a_trial_without_such_files_says_nothing(void **state)
{
	json_t *none = json_object();

	(void)state;
	assert_null(pr_nameless_remedies(NULL));
	assert_null(pr_nameless_remedies(none));
	json_decref(none);
}

static void each_file_that_is_shown_is_named_once(void **state)
{
	json_t *nameless = json_pack("{s:s,s:s}", "liba.so.1", "install a-dbgsym", "libb.so",
	                             "install b-dbgsym");
	struct pr_run_trial trials[] = {{.nameless = NULL}, {.nameless = nameless}};
	struct pr_run run = {.trials = trials, .trial_count = 2};
	json_t *sites =
	        json_pack("[{s:s},{s:s},{s:s},{s:s}]", "site", "liba.so.1+0x1f", "site",
	                  "liba.so.1+0x2f", "site", "known in libb.so", "site", "libc.so.6+0x3");
	json_t *functions =
	        json_pack("[{s:[{s:s,s:s},{s:s,s:s}]}]", "rows", "function", "0x0001f", "object",
	                  "liba.so.1", "function", "known", "object", "libb.so");
	json_t *in_sites = pr_nameless_in_sites(&run, sites);
	json_t *in_functions = pr_nameless_in_functions(&run, functions);

	(void)state;
	assert_int_equal(json_array_size(in_sites), 1);
	assert_string_equal(json_string_value(json_array_get(in_sites, 0)),
	                    "liba.so.1 has no symbols but those it exports, so its other functions "
	                    "are offsets in the file; for names, install a-dbgsym.");
	assert_true(json_equal(in_sites, in_functions));
	assert_null(pr_nameless_in_sites(&run, NULL));
	assert_null(pr_nameless_in_functions(&run, NULL));
	json_decref(in_functions);
	json_decref(in_sites);
	json_decref(functions);
	json_decref(sites);
	json_decref(nameless);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_package_is_asked_for),
	        cmocka_unit_test(without_a_package_it_is_a_matter_of_the_build),
	        cmocka_unit_test(a_trial_without_such_files_says_nothing),
	        cmocka_unit_test(each_file_that_is_shown_is_named_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
