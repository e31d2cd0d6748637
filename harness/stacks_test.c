/* SPDX-License-Identifier: MIT */
/* harness/stacks_test.c - threads that wait, run, or cannot be stopped; a process that is gone.  */
#include "harness/stacks.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/test.h"

static int ready[2]; /* a pipe: the process is where the test wants it */

/* Not inlined, and no last call: each is a frame.  */
static __attribute__((noinline)) void *wait_for_ever(void *arg)
{
	char byte;
	int fds[2];

	if (pipe(fds) == 0 && write(ready[1], "r", 1) == 1)
		while (read(fds[0], &byte, 1) < 0)
			continue;
	return arg;
}

static __attribute__((noinline)) void spin_for_ever(void)
{
	volatile unsigned turns = 0;

	for (;;)
		turns++;
}

static void wait_and_spin(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_for_ever, NULL) == 0)
		spin_for_ever();
}

/* Waits for the process that it made, in a way that only an end ends.  */
static void be_stuck(void)
{
	if (vfork() == 0) {
		if (write(ready[1], "r", 1) == 1)
			pause();
		_exit(0);
	}
}

static pid_t start(void (*run)(void))
{
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
		run();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	return pid;
}

static void stop(pid_t pid)
{
	kill(-pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ready[0]);
	close(ready[1]);
}

/* Until a thread sleeps: it has said that it is there, and has one more step to go.  */
static void add_stacks(struct pr_buf *text, pid_t pid, const char *sleeps)
{
	int64_t until_ns = pr_clock_ns() + 100000000000;

	do {
		assert_true(pr_clock_ns() < until_ns);
		usleep(20000);
		pr_buf_clear(text);
		pr_stacks_add(text, pid);
	} while (strstr(text->text, sleeps) == NULL);
}

static void every_thread_is_there(void **state)
{
	pid_t pid = start(wait_and_spin);
	struct pr_buf text, brief;

	(void)state;
	pr_buf_init(&text);
	pr_buf_init(&brief);
	add_stacks(&text, pid, ": asleep");
	pr_stacks_add_brief(&brief, text.text);
	stop(pid);
	assert_non_null(strstr(text.text, ": running"));
	assert_non_null(strstr(text.text, ": asleep"));
	if (strstr(text.text, "cannot be read") != NULL) {
		print_message("attaching is not permitted here\n");
	} else {
		assert_non_null(strstr(text.text, "spin_for_ever in test.harness.stacks\n"));
		assert_non_null(strstr(text.text, "wait_for_ever in test.harness.stacks\n"));
		assert_non_null(strstr(brief.text, "spin_for_ever < wait_and_spin < "));
	}
	pr_buf_fini(&text);
	pr_buf_fini(&brief);
}

/* The process cannot be attached to, and would keep waiting whoever tries.  */
static void a_thread_that_cannot_be_stopped(void **state)
{
	pid_t pid = start(be_stuck);
	struct pr_buf text;

	(void)state;
	pr_buf_init(&text);
	add_stacks(&text, pid, "asleep and not to be woken");
	stop(pid);
	assert_non_null(strstr(text.text, "thread "));
	assert_non_null(strstr(text.text, "asleep and not to be woken"));
	assert_true(strstr(text.text, "could not be read in time") != NULL ||
	            strstr(text.text, "cannot be read") != NULL);
	pr_buf_fini(&text);
}

static void a_process_that_is_gone(void **state)
{
	pid_t pid = fork();
	struct pr_buf text;

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	pr_buf_init(&text);
	pr_stacks_add(&text, pid);
	assert_string_equal(text.text, "");
	pr_stacks_add_brief(&text, text.text);
	assert_string_equal(text.text, "");
	pr_buf_fini(&text);
}

PR_TEST_MAIN(cmocka_unit_test(every_thread_is_there),
             cmocka_unit_test(a_thread_that_cannot_be_stopped),
             cmocka_unit_test(a_process_that_is_gone))
