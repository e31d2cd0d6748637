/* SPDX-License-Identifier: MIT */
/* core/pattern/topics_test.c - the set of topics against a plain model.  */
#include "core/pattern/topics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/rng.h"

/* Pipes are only compared here.  */
static struct pr_pipe *pipe_number(size_t i)
{
	return (struct pr_pipe *)(uintptr_t)(0x1000 + i * 64);
}

#define PIPES 5

/* All topics of up to four bytes out of "abc", by number: their own model.  */
#define TOPICS_MAX 200

static size_t make_topics(char topics[TOPICS_MAX][5])
{
	size_t count = 1;

	topics[0][0] = '\0';
	for (size_t i = 0; count + 3 <= TOPICS_MAX && strlen(topics[i]) < 4; i++)
		for (char c = 'a'; c <= 'c'; c++)
			snprintf(topics[count++], 5, "%.3s%c", topics[i], c);
	return count;
}

struct model {
	char topics[TOPICS_MAX][5];
	bool has[TOPICS_MAX][PIPES];
	size_t count;
};

static size_t holders(const struct model *model, size_t topic)
{
	size_t count = 0;

	for (size_t i = 0; i < PIPES; i++)
		count += model->has[topic][i];
	return count;
}

static void change(struct model *model, struct pr_topics *topics, size_t t, size_t p)
{
	const char *text = model->topics[t];
	bool had = model->has[t][p];
	enum pr_topic_change expected;

	if (had) {
		model->has[t][p] = false;
		expected = holders(model, t) == 0 ? PR_TOPIC_ALONE : PR_TOPIC_NOT_ALONE;
		assert_int_equal(pr_topics_remove_pipe(topics, text, strlen(text), pipe_number(p)),
		                 expected);
		assert_int_equal(pr_topics_remove_pipe(topics, text, strlen(text), pipe_number(p)),
		                 PR_TOPIC_NONE);
		return;
	}
	expected = holders(model, t) == 0 ? PR_TOPIC_ALONE : PR_TOPIC_NOT_ALONE;
	model->has[t][p] = true;
	assert_int_equal(pr_topics_add_pipe(topics, text, strlen(text), pipe_number(p)), expected);
	assert_int_equal(pr_topics_add_pipe(topics, text, strlen(text), pipe_number(p)),
	                 PR_TOPIC_NOT_ALONE);
}

/* What a message finds on its way: each holder of each of its prefixes.  */
static void check_match(const struct model *model, const struct pr_topics *topics,
                        const char *message)
{
	bool found[PIPES] = {0}, any = false;
	const uint8_t *data = (const uint8_t *)message;
	size_t size = strlen(message);

	for (struct pr_topic *topic = topics->root; topic;
	     topic = pr_topic_along(topic, &data, &size))
		for (size_t i = 0; i < topic->count; i++)
			for (size_t p = 0; p < PIPES; p++)
				found[p] |= topic->pipes[i] == pipe_number(p);
	for (size_t p = 0; p < PIPES; p++) {
		bool expected = false;

		for (size_t t = 0; t < model->count; t++)
			expected |= model->has[t][p] && strncmp(message, model->topics[t],
			                                        strlen(model->topics[t])) == 0;
		assert_int_equal(found[p], expected);
		any |= expected;
	}
	assert_int_equal(pr_topics_match(topics, (const uint8_t *)message, strlen(message)), any);
}

/* In order, each once, none that nobody holds, and no node that is not needed.  */
static void check_walk(const struct model *model, const struct pr_topics *topics)
{
	char last[8] = "", text[8];
	size_t count = 0, expected = 0;
	struct pr_topic *topic = NULL;

	while ((topic = pr_topics_next(topics, topic))) {
		memset(text, 0, sizeof(text));
		assert_true(pr_topic_size(topic) < sizeof(text));
		pr_topic_copy(topic, (uint8_t *)text);
		assert_true(count == 0 || strcmp(last, text) < 0);
		assert_ptr_equal(pr_topics_find(topics, text, strlen(text)), topic);
		assert_true(!topic->parent || !topic->parent->parent || topic->parent->count > 0 ||
		            topic->parent->branches_count > 1);
		strcpy(last, text);
		count++;
	}
	for (size_t t = 0; t < model->count; t++)
		expected += holders(model, t) > 0;
	assert_int_equal(count, expected);
}

struct leaving {
	struct model *model;
	size_t pipe, last;
};

static void one_left(void *arg, const struct pr_topic *topic, bool was_last)
{
	struct leaving *leaving = arg;
	uint8_t text[5] = "";

	pr_topic_copy(topic, text);
	for (size_t t = 0; t < leaving->model->count; t++) {
		if (strcmp(leaving->model->topics[t], (char *)text) != 0)
			continue;
		assert_true(leaving->model->has[t][leaving->pipe]);
		leaving->model->has[t][leaving->pipe] = false;
		assert_int_equal(was_last, holders(leaving->model, t) == 0);
	}
}

static void leave(struct model *model, struct pr_topics *topics, size_t p)
{
	struct leaving leaving = {model, p, 0};

	pr_topics_remove_everywhere(topics, pipe_number(p), one_left, &leaving);
	for (size_t t = 0; t < model->count; t++)
		assert_false(model->has[t][p]);
}

static void the_topics_agree_with_a_model(void **state)
{
	struct model *model = calloc(1, sizeof(*model));
	struct pr_topics topics = {0};
	struct pr_rng rng;
	char message[8];

	(void)state;
	pr_rng_init(&rng, 4);
	model->count = make_topics(model->topics);
	for (unsigned step = 0; step < 40000; step++) {
		/* Few topics now, many then. */
		size_t among = step / 500 % 2 ? model->count : 12;

		change(model, &topics, pr_rng_below(&rng, among), pr_rng_below(&rng, PIPES));
		snprintf(message, sizeof(message), "%.4s%c",
		         model->topics[pr_rng_below(&rng, model->count)],
		         (int)('a' + pr_rng_below(&rng, 4)));
		check_match(model, &topics, message);
		if (step % 97 == 0)
			check_walk(model, &topics);
		if (step % 1009 == 0)
			leave(model, &topics, pr_rng_below(&rng, PIPES));
	}
	for (size_t p = 0; p < PIPES; p++)
		leave(model, &topics, p);
	assert_null(pr_topics_next(&topics, NULL));
	assert_int_equal(topics.root->branches_count, 0);
	pr_topics_fini(&topics);
	free(model);
}

/* Each topic begins with the one before: the tree is as deep as it can get.  */
static void a_deep_tree_is_walked(void **state)
{
	enum { DEPTH = 20000 };
	struct pr_topics topics = {0};
	uint8_t *text = malloc(DEPTH);
	size_t count = 0;

	(void)state;
	memset(text, 'x', DEPTH);
	for (size_t size = 0; size < DEPTH; size++)
		assert_int_equal(pr_topics_add_pipe(&topics, text, size, pipe_number(size % 2)),
		                 PR_TOPIC_ALONE);
	for (struct pr_topic *topic = NULL; (topic = pr_topics_next(&topics, topic));)
		assert_int_equal(topic->count, ++count > 0);
	assert_int_equal(count, DEPTH);
	pr_topics_remove_everywhere(&topics, pipe_number(0), NULL, NULL);
	assert_null(pr_topics_find(&topics, text, 2));
	assert_non_null(pr_topics_find(&topics, text, 3));
	pr_topics_remove_everywhere(&topics, pipe_number(1), NULL, NULL);
	assert_int_equal(topics.root->branches_count, 0);
	for (size_t size = 0; size < DEPTH; size++)
		pr_topics_add_pipe(&topics, text, size, pipe_number(0));
	pr_topics_fini(&topics);
	free(text);
}

static void every_byte_is_a_branch(void **state)
{
	struct pr_topics topics = {0};
	uint8_t text[2];

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		for (unsigned j = 0; j < 256; j += 51) {
			text[0] = (uint8_t)(i * 7);
			text[1] = (uint8_t)j;
			assert_int_equal(pr_topics_add_pipe(&topics, text, 2, pipe_number(i)),
			                 PR_TOPIC_ALONE);
		}
	for (unsigned i = 0; i < 256; i++) {
		text[0] = (uint8_t)i;
		text[1] = 0;
		assert_true(pr_topics_match(&topics, text, 2));
		assert_false(pr_topics_match(&topics, text, 1));
		text[1] = 1;
		assert_false(pr_topics_match(&topics, text, 2));
	}
	pr_topics_fini(&topics);
}

static void nothing_is_found_in_nothing(void **state)
{
	struct pr_topics topics = {0};

	(void)state;
	assert_null(pr_topics_find(&topics, "", 0));
	assert_null(pr_topics_next(&topics, NULL));
	assert_false(pr_topics_match(&topics, (const uint8_t *)"x", 1));
	assert_int_equal(pr_topics_remove_pipe(&topics, "x", 1, pipe_number(0)), PR_TOPIC_NONE);
	pr_topics_remove_everywhere(&topics, pipe_number(0), NULL, NULL);
	pr_topics_fini(&topics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_topics_agree_with_a_model),
	        cmocka_unit_test(a_deep_tree_is_walked),
	        cmocka_unit_test(every_byte_is_a_branch),
	        cmocka_unit_test(nothing_is_found_in_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
