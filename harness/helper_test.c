/* SPDX-License-Identifier: MIT */
/* harness/helper_test.c - a forked helper answers, fails in words, and is missed when it dies.  */
#include "harness/helper.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/test.h"
#include "harness/shared.h"

struct sum {
	int left, right, result;
	pid_t pid;
};

static enum pr_err add(void *arg, struct pr_error *why)
{
	struct sum *sum = arg;

	if (sum->left < 0)
		return pr_error_set(why, PR_FAILED, "%d is less than nothing", sum->left);
	sum->result = sum->left + sum->right;
	sum->pid = getpid();
	return PR_OK;
}

static void not_called(const struct pr_error *why)
{
	fail_msg("died: %s", why->text);
}

static struct pr_helper *start(struct sum **sum, void (*on_death)(const struct pr_error *why))
{
	struct pr_helper *helper;
	struct pr_error why;

	*sum = pr_shared_alloc(sizeof(**sum));
	assert_ok(pr_helper_start(&(struct pr_helper_job){"the adder", *sum, add, on_death},
	                          &helper, &why),
	          why);
	return helper;
}

static void a_helper_answers_in_a_process_of_its_own(void **state)
{
	struct sum *sum;
	struct pr_helper *helper = start(&sum, not_called);
	struct pr_error why = {.text = ""};

	(void)state;
	assert_ok(pr_helper_watch(helper, &why), why);
	for (int i = 0; i < 3; i++) {
		sum->left = i;
		sum->right = 40;
		assert_ok(pr_helper_ask(helper, &why), why);
		assert_int_equal(sum->result, 40 + i);
		assert_int_equal(sum->pid, pr_helper_pid(helper));
	}
	assert_int_not_equal(sum->pid, getpid());
	sum->left = -7;
	assert_int_equal(pr_helper_ask(helper, &why), PR_FAILED);
	assert_string_equal(why.text, "the adder: -7 is less than nothing");
	sum->left = 1; /* it is still there */
	assert_ok(pr_helper_ask(helper, &why), why);
	pr_helper_destroy(&helper);
	assert_null(helper);
	pr_shared_free((void **)&sum, sizeof(*sum));
}

static void one_that_is_gone_does_not_answer(void **state)
{
	struct sum *sum;
	struct pr_helper *helper = start(&sum, not_called);
	struct pr_error why = {.text = ""};

	(void)state;
	assert_ok(pr_helper_ask(helper, &why), why);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(kill(pr_helper_pid(helper), SIGKILL), 0);
	assert_int_equal(pr_helper_ask(helper, &why), PR_FAILED);
	assert_string_equal(why.text, "the process of the adder died");
	pr_helper_destroy(&helper);
	pr_shared_free((void **)&sum, sizeof(*sum));
}

static void say_and_end(const struct pr_error *why)
{
	static const char expected[] =
	        "the process of the adder died: it was ended by signal 9 (Killed)";

	_exit(strcmp(why->text, expected) == 0 ? 42 : 1);
}

/* In a process of its own, because on_death must not return.  */
static void a_death_is_told_at_once(void **state)
{
	pid_t worker = fork();
	int status;

	(void)state;
	assert_true(worker >= 0);
	if (worker == 0) {
		struct sum *sum;
		struct pr_helper *helper = start(&sum, say_and_end);
		struct pr_error why;

		if (pr_helper_watch(helper, &why) != PR_OK ||
		    kill(pr_helper_pid(helper), SIGKILL) != 0)
			_exit(2);
		for (;;)
			pause();
	}
	assert_int_equal(waitpid(worker, &status, 0), worker);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

PR_TEST_MAIN(cmocka_unit_test(a_helper_answers_in_a_process_of_its_own),
             cmocka_unit_test(one_that_is_gone_does_not_answer),
             cmocka_unit_test(a_death_is_told_at_once))
