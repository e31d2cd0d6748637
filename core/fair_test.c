/* SPDX-License-Identifier: MIT */
/* core/fair_test.c - turns: every active pipe gets one, an inactive one none, whatever comes and
 * goes.  */
#include "core/fair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/rng.h"
#include "core/socket.h"

#define PIPES 40

static struct pr_pipe *make_pipes(void)
{
	struct pr_pipe *pipes = aligned_alloc(PR_CACHE_LINE, PIPES * sizeof(*pipes));

	memset(pipes, 0, PIPES * sizeof(*pipes));
	return pipes;
}

static void everyone_gets_a_turn(void **state)
{
	struct pr_pipe *pipes = make_pipes();
	struct pr_fair fair;
	unsigned turns[PIPES] = {0};

	(void)state;
	pr_fair_init(&fair, PR_FAIR_IN);
	assert_null(pr_fair_current(&fair));
	for (size_t i = 0; i < PIPES; i++)
		assert_true(pr_fair_add(&fair, &pipes[i]));
	for (unsigned i = 0; i < 10 * PIPES; i++) {
		turns[pr_fair_current(&fair) - pipes]++;
		pr_fair_next(&fair);
	}
	for (size_t i = 0; i < PIPES; i++)
		assert_int_equal(turns[i], 10);
	pr_fair_fini(&fair);
	free(pipes);
}

/* Random operations against a plain model of which pipes are in, and which are active.  */
static void the_sets_agree_with_a_model(void **state)
{
	struct pr_pipe *pipes = make_pipes();
	struct pr_fair fair;
	struct pr_rng rng;
	bool in[PIPES] = {0}, active[PIPES] = {0};

	(void)state;
	pr_fair_init(&fair, PR_FAIR_OUT);
	pr_rng_init(&rng, 3);
	for (unsigned step = 0; step < 100000; step++) {
		size_t i = pr_rng_below(&rng, PIPES);
		struct pr_pipe *current = pr_fair_current(&fair);

		switch (pr_rng_below(&rng, 5)) {
		case 0:
			if (!in[i])
				assert_true(pr_fair_add(&fair, &pipes[i]));
			else
				pr_fair_activate(&fair, &pipes[i]);
			in[i] = active[i] = true;
			break;
		case 1:
			pr_fair_remove(&fair, &pipes[i]);
			in[i] = active[i] = false;
			break;
		case 2:
			pr_fair_activate(&fair, &pipes[i]);
			active[i] = in[i];
			break;
		case 3:
			if (current) {
				active[current - pipes] = false;
				pr_fair_deactivate_current(&fair);
			}
			break;
		default:
			if (current)
				pr_fair_next(&fair);
		}
		size_t actives = 0, ins = 0;

		for (size_t k = 0; k < PIPES; k++) {
			actives += active[k];
			ins += in[k];
			assert_int_equal(pr_fair_contains(&fair, &pipes[k]), in[k]);
		}
		assert_int_equal(fair.count, ins);
		assert_int_equal(fair.active, actives);
		current = pr_fair_current(&fair);
		assert_int_equal(current != NULL, actives > 0);
		assert_true(!current || active[current - pipes]);
	}
	pr_fair_fini(&fair);
	free(pipes);
}

/* Takes a message of the current one, with `left` known to be behind it.  Who it was.  */
static size_t take(struct pr_fair *fair, const struct pr_pipe *pipes, uint64_t left)
{
	struct pr_pipe *pipe = pr_fair_current(fair);

	pipe->in.head++;
	pipe->in.seen = pipe->in.head + left;
	pr_socket_count_turn(fair, pipe);
	return (size_t)(pipe - pipes);
}

static void add_pipes(struct pr_fair *fair, struct pr_pipe *pipes, size_t count)
{
	pr_fair_init(fair, PR_FAIR_IN);
	for (size_t i = 0; i < count; i++) {
		assert_true(pr_fair_add(fair, &pipes[i]));
	}
}

static void a_turn_of_few_is_one_message(void **state)
{
	struct pr_pipe *pipes = make_pipes();
	struct pr_fair fair;

	(void)state;
	add_pipes(&fair, pipes, PR_SOCKET_MANY - 1);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(take(&fair, pipes, 100), i % (PR_SOCKET_MANY - 1));
	pr_fair_fini(&fair);
	free(pipes);
}

static void a_turn_of_many_is_what_is_known_to_be_there(void **state)
{
	struct pr_pipe *pipes = make_pipes();
	struct pr_fair fair;

	(void)state;
	add_pipes(&fair, pipes, PIPES);
	for (size_t i = 0; i < 3 * PIPES * PR_SOCKET_TURN; i++)
		assert_int_equal(take(&fair, pipes, 100), i / PR_SOCKET_TURN % PIPES);
	for (size_t i = 0; i < 2 * PIPES; i++) {
		assert_int_equal(take(&fair, pipes, 1), i % PIPES);
		assert_int_equal(take(&fair, pipes, 0), i % PIPES);
	}
	/* Who leaves amid its turn takes nothing from the next one's. */
	assert_int_equal(take(&fair, pipes, 100), 0);
	pr_fair_deactivate_current(&fair);
	for (size_t i = 0; i < PR_SOCKET_TURN; i++)
		assert_int_equal(take(&fair, pipes, 100), PIPES - 1);
	assert_int_equal(take(&fair, pipes, 100), 1);
	pr_fair_fini(&fair);
	free(pipes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(everyone_gets_a_turn),
	        cmocka_unit_test(the_sets_agree_with_a_model),
	        cmocka_unit_test(a_turn_of_few_is_one_message),
	        cmocka_unit_test(a_turn_of_many_is_what_is_known_to_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
