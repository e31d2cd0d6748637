/* SPDX-License-Identifier: MIT */
/* harness/setting_test.c - what is drawn is in range, of one length, and the same for one seed; the
 * heap moves.  */
#include "harness/setting.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/test.h"

static void draws_are_seeded_and_of_one_length(void **state)
{
	static struct pr_plan plan = {.phase_count = 3, .seed = 5};
	struct pr_settings *settings;
	char dir[] = "setting-XXXXXX", first[256] = "", target[256] = "";
	size_t length = 0, moves = 0;
	struct pr_error why;

	(void)state;
	assert_non_null(mkdtemp(dir));
	settings = pr_settings_create(&plan, dir);
	pr_settings_link(settings, 0, 0, "/lib/one.so");
	pr_settings_link(settings, 2, 0, "/lib/another.so.5");
	for (uint64_t block = 1; block <= 8; block++) {
		const struct pr_setting *a = pr_settings_get(settings, 0);
		const struct pr_setting *c = pr_settings_get(settings, 2);

		assert_ok(pr_settings_draw(settings, block, &why), why);
		assert_true(a->padding < 4096);
		assert_true(a->block == block && c->block == block);
		assert_null(pr_settings_get(settings, 1)->library);
		assert_string_not_equal(a->library, c->library);
		length = length == 0 ? strlen(a->library) : length;
		assert_int_equal(strlen(a->library), length);
		assert_int_equal(strlen(c->library), length);
		assert_true(readlink(c->library, target, sizeof(target) - 1) > 0);
		assert_string_equal(target, "/lib/another.so.5");
		moves += first[0] != '\0' && strcmp(first, a->library) != 0;
		snprintf(first, sizeof(first), "%s", a->library);
	}
	assert_true(moves > 0);
	pr_settings_destroy(&settings);
	assert_int_equal(rmdir(dir), 0); /* nothing is left */
}

static void the_environment_is_longer_and_as_it_was(void **state)
{
	(void)state;
	pr_setting_pad(100);
	assert_int_equal(strlen(getenv("PROCTOR_PADDING")), 100);
	pr_setting_pad(0);
	assert_null(getenv("PROCTOR_PADDING"));
}

#define LINE 64
#define PAGE 4096

static uintptr_t place_of_something_large(void)
{
	void *object = aligned_alloc(LINE, 1000 * LINE);
	uintptr_t place = (uintptr_t)object;

	assert_non_null(object);
	free(object);
	return place;
}

/* In a child, so that each begins with the same heap: by how many cache lines something like a
 * socket of the engine moves within a page.  */
static int lines_moved(uint64_t padding)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		uintptr_t before, after;

		pr_setting_pad(padding);
		before = place_of_something_large();
		pr_setting_move_heap();
		after = place_of_something_large();
		_exit((int)((after - before) % PAGE / LINE));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void the_heap_moves_with_the_environment(void **state)
{
	bool seen[PAGE / LINE] = {false};
	int different = 0;

	(void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip(); /* it has a heap of its own */
#endif
	assert_int_equal(lines_moved(100), lines_moved(100));
	for (uint64_t padding = 1; padding < PAGE; padding += LINE) {
		int lines = lines_moved(padding);

		different += !seen[lines];
		seen[lines] = true;
	}
	assert_int_equal(different, PAGE / LINE);
}

PR_TEST_MAIN(cmocka_unit_test(draws_are_seeded_and_of_one_length),
             cmocka_unit_test(the_environment_is_longer_and_as_it_was),
             cmocka_unit_test(the_heap_moves_with_the_environment))
