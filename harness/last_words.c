/* SPDX-License-Identifier: MIT */
/* harness/last_words.c - signal handlers that may only look and write.  */
#include "harness/last_words.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The running slice; bench is NULL between slices.  */
static struct {
	const struct pr_bench *volatile bench;
	uint64_t sent_before, received_before;
	int answers_fd;
} running;

/* Who testifies; woken is -1 when there is nobody.  */
static struct {
	void (*testify)(void *arg);
	void *arg;
	int woken;
} witness = {.woken = -1};

static uint64_t messages_sent(const struct pr_bench *bench)
{
	return bench->stamps[PR_END_A].next + bench->stamps[PR_END_B].next;
}

static uint64_t messages_received(const struct pr_bench *bench)
{
	return bench->ledgers[PR_END_A].received + bench->ledgers[PR_END_B].received;
}

/* Builds the text by hand: nothing else is allowed in a handler.  */
static char *put_number(char *at, uint64_t number)
{
	char digits[20];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (count > 0)
		*at++ = digits[--count];
	return at;
}

static void on_term(int number)
{
	const struct pr_bench *bench = running.bench;
	char text[128] = "";
	char *at = text;

	(void)number;
	if (bench != NULL) {
		at = stpcpy(at, "ended while waiting: ");
		at = put_number(at, messages_sent(bench) - running.sent_before);
		at = stpcpy(at, " messages sent, ");
		at = put_number(at, messages_received(bench) - running.received_before);
		at = stpcpy(at, " received\n");
		if (write(STDERR_FILENO, text, (size_t)(at - text)) < 0)
			_exit(1);
		if (witness.woken >= 0 && eventfd_write(witness.woken, 1) == 0)
			return; /* the witness ends the process */
	}
	_exit(1);
}

static void *stand_by(void *arg)
{
	eventfd_t value;

	while (eventfd_read(witness.woken, &value) < 0 && errno == EINTR)
		continue;
	witness.testify(witness.arg);
	_exit(1);
	return arg;
}

void pr_last_words_watch(void (*testify)(void *arg), void *arg)
{
	sigset_t all, old;
	pthread_t thread;

	witness.testify = testify;
	witness.arg = arg;
	witness.woken = eventfd(0, EFD_CLOEXEC);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (witness.woken >= 0 && pthread_create(&thread, NULL, stand_by, NULL) == 0) {
		pthread_detach(thread);
	} else {
		if (witness.woken >= 0)
			close(witness.woken);
		witness.woken = -1;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* Only while a slice runs: then no answer is being written.  */
static void on_usr1(int number)
{
	const struct pr_bench *bench = running.bench;
	char text[64] = "";
	char *at = text;
	int error = errno;

	(void)number;
	if (bench == NULL)
		return;
	at = stpcpy(at, "{\"progress\":");
	at = put_number(at, messages_sent(bench) + messages_received(bench));
	at = stpcpy(at, "}\n");
	if (write(running.answers_fd, text, (size_t)(at - text)) < 0)
		_exit(1); /* nobody listens any more */
	errno = error;
}

void pr_last_words_init(int answers_fd)
{
	struct sigaction term = {.sa_handler = on_term};
	struct sigaction usr1 = {.sa_handler = on_usr1, .sa_flags = SA_RESTART};

	running.answers_fd = answers_fd;
	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGUSR1, &usr1, NULL);
}

void pr_last_words_begin(const struct pr_bench *bench)
{
	running.sent_before = messages_sent(bench);
	running.received_before = messages_received(bench);
	running.bench = bench;
}

void pr_last_words_end(void)
{
	running.bench = NULL;
}
