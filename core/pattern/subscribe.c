/* SPDX-License-Identifier: MIT */
/* core/pattern/subscribe.c - see subscribe.h.  */
#include "core/pattern/subscribe.h"

#include <errno.h>
#include <stdlib.h>

#include "core/socket.h"
#include "core/zmtp.h"

void pr_subscribe_init(struct pr_socket *socket)
{
	struct pr_subscriber *subscriber = socket->state;

	pthread_mutex_init(&subscriber->lock, NULL);
	socket->options.linger = 0; /* as in libzmq */
}

/* ---- Who is told; under the lock ---- */

/* A pipe is told from its first greeting on, even before the application's thread knows it.  */
static bool enlist(struct pr_subscriber *subscriber, struct pr_pipe *pipe)
{
	if (pipe->told_index > 0)
		return true;
	if (subscriber->told_count == subscriber->told_room) {
		size_t room = subscriber->told_room ? subscriber->told_room * 2 : 4;
		struct pr_pipe **told = realloc(subscriber->told, room * sizeof(struct pr_pipe *));

		if (!told)
			return false;
		subscriber->told = told;
		subscriber->told_room = room;
	}
	pr_pipe_ref(pipe);
	subscriber->told[subscriber->told_count++] = pipe;
	pipe->told_index = subscriber->told_count;
	return true;
}

static void strike_off(struct pr_subscriber *subscriber, struct pr_pipe *pipe)
{
	if (pipe->told_index == 0)
		return;
	struct pr_pipe *last = subscriber->told[--subscriber->told_count];

	subscriber->told[pipe->told_index - 1] = last;
	last->told_index = pipe->told_index;
	pipe->told_index = 0;
	pr_pipe_unref(pipe);
}

/* A connection may still begin: it is told nothing then.  */
void pr_subscribe_fini(struct pr_socket *socket)
{
	struct pr_subscriber *subscriber = socket->state;

	pthread_mutex_lock(&subscriber->lock);
	subscriber->is_closed = true;
	pr_topics_fini(&subscriber->topics);
	while (subscriber->told_count > 0)
		strike_off(subscriber, subscriber->told[0]);
	free(subscriber->told);
	pthread_mutex_unlock(&subscriber->lock);
	pr_dist_fini(&subscriber->dist);
}

/* ---- Telling; under the lock ---- */

/* Neither the high-water mark nor anything else makes a publisher miss a change.  */
static void tell(struct pr_pipe *pipe, bool subscribes, const void *topic, size_t size)
{
	uint8_t begin[PR_ZMTP_SUBSCRIBE_MAX];
	size_t begin_size = pr_zmtp_subscribe(begin, subscribes, pipe->peer_minor, size);
	struct pr_frame frame;

	pr_frame_get(begin, &frame);
	if (pr_pipe_write_joined(pipe, frame.flags & PR_FRAME_COMMAND, begin + frame.header_size,
	                         begin_size - frame.header_size, topic, size) == 0)
		pipe->subscribed_until = pipe->out->write;
}

static void tell_all(struct pr_subscriber *subscriber, bool subscribes, const void *topic,
                     size_t size)
{
	for (size_t i = 0; i < subscriber->told_count; i++) {
		struct pr_pipe *pipe = subscriber->told[i];

		if (atomic_load_explicit(&pipe->is_subscribed, memory_order_relaxed))
			tell(pipe, subscribes, topic, size);
	}
}

/* Raises or lowers the count; *changed: a publisher has to know.  */
static int count(struct pr_topics *topics, bool subscribes, const void *data, size_t size,
                 bool *changed)
{
	struct pr_topic *topic =
	        subscribes ? pr_topics_add(topics, data, size) : pr_topics_find(topics, data, size);

	*changed = subscribes && topic;
	if (!topic)
		return subscribes ? ENOMEM : 0;
	topic->count += subscribes ? 1 : SIZE_MAX;
	if (topic->count > 0)
		return 0;
	*changed = true;
	pr_topics_prune(topics, topic);
	return 0;
}

int pr_subscribe_change(struct pr_socket *socket, bool subscribes, const void *topic, size_t size,
                        bool tells)
{
	struct pr_subscriber *subscriber = socket->state;
	bool changed;

	pthread_mutex_lock(&subscriber->lock);
	int error = count(&subscriber->topics, subscribes, topic, size, &changed);

	if (changed && tells)
		tell_all(subscriber, subscribes, topic, size);
	pthread_mutex_unlock(&subscriber->lock);
	return error;
}

/* ---- The beginning of a connection ---- */

static size_t greeting_size(const struct pr_topics *topics, uint8_t peer_minor)
{
	uint8_t begin[PR_ZMTP_SUBSCRIBE_MAX];
	const struct pr_topic *topic = NULL;
	size_t total = 0;

	while ((topic = pr_topics_next(topics, topic))) {
		size_t size = pr_topic_size(topic);

		total += pr_zmtp_subscribe(begin, true, peer_minor, size) + size;
	}
	return total;
}

static void write_greeting(const struct pr_topics *topics, uint8_t peer_minor, uint8_t *to)
{
	uint8_t begin[PR_ZMTP_SUBSCRIBE_MAX];
	const struct pr_topic *topic = NULL;

	while ((topic = pr_topics_next(topics, topic))) {
		size_t size = pr_topic_size(topic);
		size_t begin_size = pr_zmtp_subscribe(begin, true, peer_minor, size);

		memcpy(to, begin, begin_size);
		pr_topic_copy(topic, to + begin_size);
		to += begin_size + size;
	}
}

static int greet(struct pr_subscriber *subscriber, struct pr_pipe *pipe, uint8_t **bytes,
                 size_t *size)
{
	if (subscriber->is_closed)
		return 0;
	*size = greeting_size(&subscriber->topics, pipe->peer_minor);
	*bytes = malloc(*size + 1);
	if (!*bytes || !enlist(subscriber, pipe))
		return ENOMEM;
	write_greeting(&subscriber->topics, pipe->peer_minor, *bytes);
	pr_pipe_skip_output(pipe, pipe->subscribed_until);
	atomic_store_explicit(&pipe->is_subscribed, true, memory_order_relaxed);
	return 0;
}

/* All subscriptions.  Changes that were meant for the connection before this one are part of them:
 * what is left of those in the output is dropped.  */
int pr_subscribe_greet(struct pr_socket *socket, struct pr_pipe *pipe, uint8_t **bytes,
                       size_t *size)
{
	struct pr_subscriber *subscriber = socket->state;

	*bytes = NULL;
	*size = 0;
	pthread_mutex_lock(&subscriber->lock);
	int error = greet(subscriber, pipe, bytes, size);

	pthread_mutex_unlock(&subscriber->lock);
	return error;
}

/* To a peer in this process: nobody else will tell it.  */
static int greet_in_process(struct pr_subscriber *subscriber, struct pr_pipe *pipe)
{
	const struct pr_topic *topic = NULL;
	int error = enlist(subscriber, pipe) ? 0 : ENOMEM;

	while (!error && (topic = pr_topics_next(&subscriber->topics, topic))) {
		size_t size = pr_topic_size(topic);
		uint8_t *bytes = malloc(size + 1);

		if (!bytes)
			return ENOMEM;
		bytes[0] = 1;
		pr_topic_copy(topic, bytes + 1);
		error = pr_pipe_write(pipe, bytes, size + 1, false);
		free(bytes);
	}
	atomic_store_explicit(&pipe->is_subscribed, true, memory_order_relaxed);
	return error;
}

int pr_subscribe_add(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_subscriber *subscriber = socket->state;

	if (!pr_dist_make_room(&subscriber->dist, socket->pipes_count + 1) ||
	    !pr_fair_add(&socket->in, pipe))
		return ENOMEM;
	if (!pipe->peer)
		return 0;
	pthread_mutex_lock(&subscriber->lock);
	int error = greet_in_process(subscriber, pipe);

	pthread_mutex_unlock(&subscriber->lock);
	if (error)
		pr_fair_remove(&socket->in, pipe);
	return error;
}

void pr_subscribe_stop_output(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_subscriber *subscriber = socket->state;

	pthread_mutex_lock(&subscriber->lock);
	strike_off(subscriber, pipe);
	pthread_mutex_unlock(&subscriber->lock);
	pr_dist_forget(&subscriber->dist, pipe);
}
