/* SPDX-License-Identifier: MIT */
/* core/pattern/topics.h - a set of topics, found by the messages that begin with them.
 *
 * A radix tree: the topics below a node share the bytes down to it, and a node without a topic of
 * its own has at least two branches.  So a message finds the topics that are prefixes of it in one
 * walk along its own bytes, however many topics there are, and the tree needs about the memory of
 * the topics' bytes.  No function recurses: the depth of the tree is the peer's choice.
 *
 * A subscriber counts how often it subscribed to a topic, a publisher keeps the pipes that did.
 * One thread at a time.  */
#ifndef PR_TOPICS_H
#define PR_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pr_pipe;

struct pr_topic {
	size_t count;           /* subscriptions, or pipes; 0: only a branch */
	struct pr_pipe **pipes; /* a publisher's, in the order of their addresses */
	size_t pipes_room;
	struct pr_topic *parent;
	struct pr_topic **branches; /* in the order of their first bytes */
	uint8_t *firsts;            /* these bytes, behind the branches */
	unsigned branches_count, branches_room;
	size_t size; /* of the label: the bytes from the parent to here */
	uint8_t label[];
};

struct pr_topics {
	struct pr_topic *root; /* the empty topic; NULL while nothing was ever added */
};

void pr_topics_fini(struct pr_topics *topics);

/* Finds the topic, or adds it with a count of 0, which the caller raises.  NULL when memory ran
 * out.  */
struct pr_topic *pr_topics_add(struct pr_topics *topics, const void *data, size_t size);

/* NULL when nobody subscribed to it.  */
struct pr_topic *pr_topics_find(const struct pr_topics *topics, const void *data, size_t size);

/* The count of the topic is 0 now: removes what is not needed any more.  */
void pr_topics_prune(struct pr_topics *topics, struct pr_topic *topic);

/* All topics in their order, the shorter first: the one after this (NULL: the first); NULL at the
 * end.  */
struct pr_topic *pr_topics_next(const struct pr_topics *topics, const struct pr_topic *topic);

/* The bytes of a topic: how many, and themselves.  */
size_t pr_topic_size(const struct pr_topic *topic);
void pr_topic_copy(const struct pr_topic *topic, uint8_t *to);

/* ---- A publisher's topics ---- */

enum pr_topic_change { PR_TOPIC_NONE, PR_TOPIC_NOT_ALONE, PR_TOPIC_ALONE };

/* Adds the pipe.  ALONE: it is the topic's first; NONE: memory ran out.  Adding a pipe again
 * changes nothing.  */
enum pr_topic_change pr_topics_add_pipe(struct pr_topics *topics, const void *data, size_t size,
                                        struct pr_pipe *pipe);

/* Removes the pipe.  ALONE: it was the topic's last; NONE: it was not there.  */
enum pr_topic_change pr_topics_remove_pipe(struct pr_topics *topics, const void *data, size_t size,
                                           struct pr_pipe *pipe);

/* Removes the pipe from all topics.  removed (may be NULL) is told each, and whether it was the
 * topic's last pipe.  */
void pr_topics_remove_everywhere(struct pr_topics *topics, struct pr_pipe *pipe,
                                 void (*removed)(void *arg, const struct pr_topic *topic,
                                                 bool was_last),
                                 void *arg);

/* ---- Matching ---- */

/* The next node on the way along the data; moves the data on.  NULL: there is none.  */
static inline struct pr_topic *pr_topic_along(const struct pr_topic *topic, const uint8_t **data,
                                              size_t *size)
{
	if (topic->branches_count == 0 || *size == 0)
		return NULL;
	const uint8_t *first = memchr(topic->firsts, **data, topic->branches_count);

	if (!first)
		return NULL;
	struct pr_topic *branch = topic->branches[first - topic->firsts];

	if (*size < branch->size || memcmp(*data, branch->label, branch->size) != 0)
		return NULL;
	*data += branch->size;
	*size -= branch->size;
	return branch;
}

/* Is any topic a prefix of the data?  */
static inline bool pr_topics_match(const struct pr_topics *topics, const uint8_t *data, size_t size)
{
	const struct pr_topic *topic = topics->root;

	while (topic && topic->count == 0)
		topic = pr_topic_along(topic, &data, &size);
	return topic;
}

#endif
