/* SPDX-License-Identifier: MIT */
/* core/pattern/routes_test.c - the routing table against a plain model.  */
#include "core/pattern/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/rng.h"
#include "core/pipe.h"

#define PIPES 300

static void the_table_agrees_with_a_model(void **state)
{
	struct pr_pipe *pipes = aligned_alloc(PR_CACHE_LINE, PIPES * sizeof(*pipes));
	uint8_t ids[PIPES][2];
	bool in[PIPES] = {0};
	struct pr_routes routes = {0};
	struct pr_rng rng;

	(void)state;
	memset(pipes, 0, PIPES * sizeof(*pipes));
	pr_rng_init(&rng, 9);
	for (size_t i = 0; i < PIPES; i++) {
		ids[i][0] = (uint8_t)(i & 0xff);
		ids[i][1] = (uint8_t)(i >> 8);
		pipes[i].routing_id = ids[i];
		pipes[i].routing_id_size = 2;
	}
	for (unsigned step = 0; step < 200000; step++) {
		size_t i = pr_rng_below(&rng, PIPES);

		if (in[i])
			pr_routes_remove(&routes, &pipes[i]);
		else
			assert_true(pr_routes_add(&routes, &pipes[i]));
		in[i] = !in[i];
		i = pr_rng_below(&rng, PIPES);
		assert_ptr_equal(pr_routes_find(&routes, ids[i], 2), in[i] ? &pipes[i] : NULL);
		assert_null(pr_routes_find(&routes, (const uint8_t *)"nobody", 6));
	}
	pr_routes_fini(&routes);
	free(pipes);
}

static void an_empty_table_finds_nothing(void **state)
{
	struct pr_routes routes = {0};
	struct pr_pipe *pipe = aligned_alloc(PR_CACHE_LINE, sizeof(*pipe));

	(void)state;
	memset(pipe, 0, sizeof(*pipe));
	assert_null(pr_routes_find(&routes, (const uint8_t *)"x", 1));
	pr_routes_remove(&routes, pipe);
	free(pipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_table_agrees_with_a_model),
	        cmocka_unit_test(an_empty_table_finds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
