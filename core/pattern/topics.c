/* SPDX-License-Identifier: MIT */
/* core/pattern/topics.c - see topics.h.  */
#include "core/pattern/topics.h"

#include <stdlib.h>

static struct pr_topic *create(struct pr_topic *parent, const uint8_t *label, size_t size)
{
	struct pr_topic *topic = calloc(1, sizeof(*topic) + size);

	if (!topic)
		return NULL;
	topic->parent = parent;
	topic->size = size;
	if (size > 0)
		memcpy(topic->label, label, size);
	return topic;
}

static void destroy(struct pr_topic *topic)
{
	free(topic->pipes);
	free(topic->branches);
	free(topic);
}

/* ---- Branches ---- */

/* Where the branch that begins with this byte is, or would be.  */
static unsigned place_of(const struct pr_topic *topic, uint8_t first)
{
	unsigned low = 0, high = topic->branches_count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (topic->firsts[middle] < first)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct pr_topic *branch_at(const struct pr_topic *topic, uint8_t first)
{
	unsigned at = place_of(topic, first);

	return at < topic->branches_count && topic->firsts[at] == first ? topic->branches[at]
	                                                                : NULL;
}

/* Room for one more branch; the bytes lie behind the pointers in one block.  */
static bool make_room(struct pr_topic *topic)
{
	unsigned count = topic->branches_count;

	if (count < topic->branches_room)
		return true;
	unsigned room = count ? count * 2 : 2;
	struct pr_topic **branches = malloc(room * (sizeof(*branches) + 1));

	if (!branches)
		return false;
	uint8_t *firsts = (uint8_t *)(branches + room);

	if (count > 0) {
		memcpy(branches, topic->branches, count * sizeof(*branches));
		memcpy(firsts, topic->firsts, count);
	}
	free(topic->branches);
	topic->branches = branches;
	topic->firsts = firsts;
	topic->branches_room = room;
	return true;
}

/* There must be room.  */
static void insert(struct pr_topic *topic, struct pr_topic *branch)
{
	unsigned at = place_of(topic, branch->label[0]);
	unsigned behind = topic->branches_count++ - at;

	memmove(topic->branches + at + 1, topic->branches + at, behind * sizeof(branch));
	memmove(topic->firsts + at + 1, topic->firsts + at, behind);
	topic->branches[at] = branch;
	topic->firsts[at] = branch->label[0];
	branch->parent = topic;
}

static void cut_off(struct pr_topic *branch)
{
	struct pr_topic *topic = branch->parent;
	unsigned at = place_of(topic, branch->label[0]);
	unsigned behind = --topic->branches_count - at;

	memmove(topic->branches + at, topic->branches + at + 1, behind * sizeof(branch));
	memmove(topic->firsts + at, topic->firsts + at + 1, behind);
	destroy(branch);
}

/* ---- Adding ---- */

static struct pr_topic *add_leaf(struct pr_topic *topic, const uint8_t *data, size_t size)
{
	struct pr_topic *leaf = make_room(topic) ? create(topic, data, size) : NULL;

	if (leaf)
		insert(topic, leaf);
	return leaf;
}

/* A node in the middle of the branch's label takes its place; the branch hangs below it.  */
static struct pr_topic *split(struct pr_topic *branch, size_t size)
{
	struct pr_topic *topic = branch->parent;
	struct pr_topic *middle = create(topic, branch->label, size);

	if (!middle || !make_room(middle)) {
		free(middle);
		return NULL;
	}
	topic->branches[place_of(topic, branch->label[0])] = middle;
	branch->size -= size;
	memmove(branch->label, branch->label + size, branch->size);
	insert(middle, branch);
	return middle;
}

static size_t common_size(const struct pr_topic *topic, const uint8_t *data, size_t size)
{
	size_t most = topic->size < size ? topic->size : size, same = 0;

	while (same < most && topic->label[same] == data[same])
		same++;
	return same;
}

struct pr_topic *pr_topics_add(struct pr_topics *topics, const void *data, size_t size)
{
	const uint8_t *at = data;

	if (!topics->root)
		topics->root = create(NULL, NULL, 0);
	for (struct pr_topic *topic = topics->root; topic && size > 0;) {
		struct pr_topic *branch = branch_at(topic, *at);

		if (!branch)
			return add_leaf(topic, at, size);
		size_t same = common_size(branch, at, size);

		topic = same < branch->size ? split(branch, same) : branch;
		at += same;
		size -= same;
		if (!topic || size == 0)
			return topic;
	}
	return topics->root;
}

/* ---- Finding ---- */

static struct pr_topic *find_node(const struct pr_topics *topics, const uint8_t *data, size_t size)
{
	struct pr_topic *topic = topics->root;

	while (topic && size > 0)
		topic = pr_topic_along(topic, &data, &size);
	return topic;
}

struct pr_topic *pr_topics_find(const struct pr_topics *topics, const void *data, size_t size)
{
	struct pr_topic *topic = find_node(topics, data, size);

	return topic && topic->count > 0 ? topic : NULL;
}

size_t pr_topic_size(const struct pr_topic *topic)
{
	size_t size = 0;

	for (; topic; topic = topic->parent)
		size += topic->size;
	return size;
}

void pr_topic_copy(const struct pr_topic *topic, uint8_t *to)
{
	to += pr_topic_size(topic);
	for (; topic; topic = topic->parent) {
		to -= topic->size;
		if (topic->size > 0)
			memcpy(to, topic->label, topic->size);
	}
}

/* The branch behind this one; NULL when it is the last.  */
static struct pr_topic *next_branch(const struct pr_topic *topic)
{
	const struct pr_topic *parent = topic->parent;
	unsigned at = place_of(parent, topic->label[0]) + 1;

	return at < parent->branches_count ? parent->branches[at] : NULL;
}

static struct pr_topic *next_node(const struct pr_topic *topic)
{
	if (topic->branches_count > 0)
		return topic->branches[0];
	for (; topic->parent; topic = topic->parent) {
		struct pr_topic *next = next_branch(topic);

		if (next)
			return next;
	}
	return NULL;
}

struct pr_topic *pr_topics_next(const struct pr_topics *topics, const struct pr_topic *topic)
{
	struct pr_topic *next = topic ? next_node(topic) : topics->root;

	while (next && next->count == 0)
		next = next_node(next);
	return next;
}

/* ---- Removing ---- */

/* The only branch takes the place of its parent, which is no topic itself.  Without memory the
 * parent stays: a detour, no error.  */
static void merge(struct pr_topic *topic)
{
	struct pr_topic *branch = topic->branches[0], *parent = topic->parent;
	struct pr_topic *longer = realloc(branch, sizeof(*branch) + topic->size + branch->size);

	if (!longer)
		return;
	memmove(longer->label + topic->size, longer->label, longer->size);
	memcpy(longer->label, topic->label, topic->size);
	longer->size += topic->size;
	longer->parent = parent;
	for (unsigned i = 0; i < longer->branches_count; i++)
		longer->branches[i]->parent = longer;
	parent->branches[place_of(parent, topic->label[0])] = longer;
	destroy(topic);
}

static bool is_needed(const struct pr_topic *topic)
{
	return topic->count > 0 || !topic->parent || topic->branches_count > 1;
}

/* Returns the parent if that may be unneeded now; else NULL.  */
static struct pr_topic *remove_node(struct pr_topic *topic)
{
	struct pr_topic *parent = topic->parent;

	if (topic->branches_count == 1) {
		merge(topic);
		return NULL;
	}
	cut_off(topic);
	return parent;
}

void pr_topics_prune(struct pr_topics *topics, struct pr_topic *topic)
{
	(void)topics;
	while (topic && !is_needed(topic))
		topic = remove_node(topic);
}

/* The node that comes first when branches come before what they branch from.  */
static struct pr_topic *first_leaf(struct pr_topic *topic)
{
	while (topic->branches_count > 0)
		topic = topic->branches[0];
	return topic;
}

static struct pr_topic *next_upwards(const struct pr_topic *topic)
{
	struct pr_topic *next = topic->parent ? next_branch(topic) : NULL;

	return next ? first_leaf(next) : topic->parent;
}

/* Branches come first, so whatever is removed has no place left to go to.  */
static void prune_all(struct pr_topics *topics)
{
	struct pr_topic *topic = first_leaf(topics->root);

	while (topic) {
		struct pr_topic *next = next_upwards(topic);

		if (!is_needed(topic))
			remove_node(topic);
		topic = next;
	}
}

void pr_topics_fini(struct pr_topics *topics)
{
	struct pr_topic *topic = topics->root ? first_leaf(topics->root) : NULL;

	while (topic) {
		struct pr_topic *next = next_upwards(topic);

		destroy(topic);
		topic = next;
	}
	topics->root = NULL;
}

/* ---- A publisher's topics ---- */

/* Where the pipe is in the topic's list, or would be.  */
static size_t pipe_place(const struct pr_topic *topic, const struct pr_pipe *pipe)
{
	size_t low = 0, high = topic->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if ((uintptr_t)topic->pipes[middle] < (uintptr_t)pipe)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool make_pipe_room(struct pr_topic *topic)
{
	if (topic->count < topic->pipes_room)
		return true;
	size_t room = topic->pipes_room ? topic->pipes_room * 2 : 1;
	struct pr_pipe **pipes = realloc(topic->pipes, room * sizeof(struct pr_pipe *));

	if (!pipes)
		return false;
	topic->pipes = pipes;
	topic->pipes_room = room;
	return true;
}

enum pr_topic_change pr_topics_add_pipe(struct pr_topics *topics, const void *data, size_t size,
                                        struct pr_pipe *pipe)
{
	struct pr_topic *topic = pr_topics_add(topics, data, size);

	if (!topic)
		return PR_TOPIC_NONE;
	size_t at = pipe_place(topic, pipe);

	if (at < topic->count && topic->pipes[at] == pipe)
		return PR_TOPIC_NOT_ALONE;
	if (!make_pipe_room(topic)) {
		pr_topics_prune(topics, topic);
		return PR_TOPIC_NONE;
	}
	memmove(topic->pipes + at + 1, topic->pipes + at, (topic->count - at) * sizeof(pipe));
	topic->pipes[at] = pipe;
	return ++topic->count == 1 ? PR_TOPIC_ALONE : PR_TOPIC_NOT_ALONE;
}

/* From one topic, which stays even if it is empty now.  */
static bool take_out(struct pr_topic *topic, struct pr_pipe *pipe)
{
	size_t at = pipe_place(topic, pipe);

	if (at == topic->count || topic->pipes[at] != pipe)
		return false;
	topic->count--;
	memmove(topic->pipes + at, topic->pipes + at + 1, (topic->count - at) * sizeof(pipe));
	return true;
}

enum pr_topic_change pr_topics_remove_pipe(struct pr_topics *topics, const void *data, size_t size,
                                           struct pr_pipe *pipe)
{
	struct pr_topic *topic = find_node(topics, data, size);

	if (!topic || !take_out(topic, pipe))
		return PR_TOPIC_NONE;
	if (topic->count > 0)
		return PR_TOPIC_NOT_ALONE;
	pr_topics_prune(topics, topic);
	return PR_TOPIC_ALONE;
}

void pr_topics_remove_everywhere(struct pr_topics *topics, struct pr_pipe *pipe,
                                 void (*removed)(void *arg, const struct pr_topic *topic,
                                                 bool was_last),
                                 void *arg)
{
	bool any = false;

	for (struct pr_topic *topic = topics->root; topic; topic = next_node(topic)) {
		if (!take_out(topic, pipe))
			continue;
		any = true;
		if (removed)
			removed(arg, topic, topic->count == 0);
	}
	if (any)
		prune_all(topics);
}
