/* SPDX-License-Identifier: MIT */
/* core/pattern/publish.c - see publish.h.  */
#include "core/pattern/publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/include/proctor/zmq.h"
#include "core/socket.h"

/* Drafts of libzmq's API, which its stable library has under these numbers all the same.  */
#define MANUAL_LAST_VALUE    98
#define ONLY_FIRST_SUBSCRIBE 108

void pr_publish_init(struct pr_socket *socket)
{
	struct pr_publisher *publisher = socket->state;

	publisher->end = &publisher->first;
}

static void free_item(struct pr_upstream *item)
{
	if (item)
		pr_metadata_unref(item->metadata, 1);
	free(item);
}

void pr_publish_fini(struct pr_socket *socket)
{
	struct pr_publisher *publisher = socket->state;

	pr_topics_fini(&publisher->topics);
	pr_topics_fini(&publisher->asked);
	pr_dist_fini(&publisher->dist);
	while (publisher->first) {
		struct pr_upstream *next = publisher->first->next;

		free_item(publisher->first);
		publisher->first = next;
	}
	free_item(publisher->current);
	free(publisher->welcome);
}

/* ---- For the application ---- */

/* Without memory the application does not hear of it.  */
static struct pr_upstream *queue(struct pr_publisher *publisher, size_t size)
{
	struct pr_upstream *item = calloc(1, sizeof(*item) + size);

	if (!item)
		return NULL;
	item->size = size;
	*publisher->end = item;
	publisher->end = &item->next;
	return item;
}

static void queue_subscription(struct pr_publisher *publisher, struct pr_pipe *pipe,
                               bool subscribes, const uint8_t *topic, size_t size)
{
	struct pr_upstream *item = queue(publisher, size + 1);

	if (!item)
		return;
	item->pipe = pipe;
	item->metadata = pr_queue_give_metadata(&pipe->in);
	item->is_subscription = true;
	item->data[0] = subscribes;
	memcpy(item->data + 1, topic, size);
}

static void queue_message(struct pr_publisher *publisher, struct pr_pipe *pipe, const uint8_t *data,
                          const struct pr_frame *frame)
{
	struct pr_upstream *item = queue(publisher, frame->size);

	if (!item)
		return;
	item->metadata = pr_queue_give_metadata(&pipe->in);
	item->more = frame->flags & PR_FRAME_MORE;
	memcpy(item->data, data, frame->size);
}

int pr_publish_recv(struct pr_socket *socket, struct pr_view *view)
{
	struct pr_publisher *publisher = socket->state;
	struct pr_upstream *item = publisher->first;

	if (!item)
		return EAGAIN;
	publisher->first = item->next;
	if (!publisher->first)
		publisher->end = &publisher->first;
	free_item(publisher->current);
	publisher->current = item;
	if (publisher->manual && item->is_subscription)
		publisher->last = item->pipe;
	*view = (struct pr_view){.data = item->data,
	                         .size = item->size,
	                         .metadata = item->metadata,
	                         .more = item->more};
	return 0;
}

bool pr_publish_can_recv(struct pr_socket *socket)
{
	return ((struct pr_publisher *)socket->state)->first;
}

/* ---- What subscribers say ---- */

/* Whether the application is told of it.  As libzmq does, it is told when a topic is cancelled to
 * which nobody had subscribed.  */
static bool change_topics(struct pr_publisher *publisher, struct pr_pipe *pipe, bool subscribes,
                          const uint8_t *topic, size_t size)
{
	struct pr_topics *topics = &publisher->topics;

	if (publisher->manual && subscribes)
		pr_topics_add_pipe(&publisher->asked, topic, size, pipe);
	else if (publisher->manual)
		pr_topics_remove_pipe(&publisher->asked, topic, size, pipe);
	else if (subscribes)
		return pr_topics_add_pipe(topics, topic, size, pipe) == PR_TOPIC_ALONE ||
		       publisher->verbose_subscribe;
	else
		return pr_topics_remove_pipe(topics, topic, size, pipe) != PR_TOPIC_NOT_ALONE ||
		       publisher->verbose_cancel;
	return true;
}

/* A subscription is 01 and a topic, its end 00 and the topic.  */
static bool is_subscription(const uint8_t *data, size_t size)
{
	return size > 0 && data[0] <= 1;
}

static void take_part(struct pr_socket *socket, struct pr_pipe *pipe, const struct pr_frame *frame,
                      const uint8_t *data)
{
	struct pr_publisher *publisher = socket->state;
	bool is_first = !publisher->more_in, is_xpub = socket->pattern->type == ZMQ_XPUB;
	bool subscription =
	        (is_first || publisher->is_subscribing) && is_subscription(data, frame->size);

	publisher->more_in = frame->flags & PR_FRAME_MORE;
	if (is_first)
		publisher->is_subscribing = !publisher->only_first || subscription;
	if (!subscription) {
		if (is_xpub)
			queue_message(publisher, pipe, data, frame);
		return;
	}
	if (change_topics(publisher, pipe, data[0] == 1, data + 1, frame->size - 1) && is_xpub)
		queue_subscription(publisher, pipe, data[0] == 1, data + 1, frame->size - 1);
}

void pr_publish_readable(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_frame frame;
	const uint8_t *data;

	while (pr_pipe_read(pipe, &frame, &data))
		take_part(socket, pipe, &frame, data);
}

void pr_publish_writable(struct pr_socket *socket, struct pr_pipe *pipe)
{
	(void)socket, (void)pipe; /* send looks at the pipes itself */
}

/* ---- Pipes come and go ---- */

int pr_publish_add(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_publisher *publisher = socket->state;

	if (!pr_dist_make_room(&publisher->dist, socket->pipes_count + 1))
		return ENOMEM;
	if (publisher->welcome_size > 0) {
		int error = pr_pipe_write(pipe, publisher->welcome, publisher->welcome_size, false);

		if (error)
			return error;
	}
	pr_publish_readable(socket, pipe);
	return 0;
}

/* A pipe that leaves had subscribed to this.  */
static void tell_cancelled(void *arg, const struct pr_topic *topic, bool was_last)
{
	struct pr_socket *socket = arg;
	struct pr_publisher *publisher = socket->state;
	bool tell_all = publisher->manual || publisher->verbose_cancel;

	if (socket->pattern->type != ZMQ_XPUB || !(was_last || tell_all))
		return;
	struct pr_upstream *item = queue(publisher, pr_topic_size(topic) + 1);

	if (!item)
		return;
	item->is_subscription = true;
	pr_topic_copy(topic, item->data + 1);
	publisher->last = NULL;
}

/* What it had said before it went away counts, and then goes with it.  */
void pr_publish_stop_output(struct pr_socket *socket, struct pr_pipe *pipe)
{
	struct pr_publisher *publisher = socket->state;

	pr_publish_readable(socket, pipe);
	pr_dist_forget(&publisher->dist, pipe);
	pr_topics_remove_everywhere(&publisher->asked, pipe, tell_cancelled, socket);
	pr_topics_remove_everywhere(&publisher->topics, pipe,
	                            publisher->manual ? NULL : tell_cancelled, socket);
	if (publisher->last == pipe)
		publisher->last = NULL;
	for (struct pr_upstream *item = publisher->first; item; item = item->next)
		if (item->pipe == pipe)
			item->pipe = NULL;
}

void pr_publish_remove(struct pr_socket *socket, struct pr_pipe *pipe)
{
	(void)socket, (void)pipe; /* all of it was done above */
}

/* ---- Sending ---- */

static void choose_matching(struct pr_publisher *publisher, const uint8_t *data, size_t size)
{
	struct pr_topic *topic = publisher->topics.root;

	for (; topic; topic = pr_topic_along(topic, &data, &size))
		for (size_t i = 0; i < topic->count; i++)
			pr_dist_choose(&publisher->dist, topic->pipes[i]);
}

/* MANUAL_LAST_VALUE: to the pipe whose subscription was received last, if it matches.  */
static void choose_last(struct pr_publisher *publisher, const uint8_t *data, size_t size)
{
	struct pr_dist *dist = &publisher->dist;

	choose_matching(publisher, data, size);
	bool matches = publisher->last->chosen == dist->message;

	pr_dist_begin(dist);
	if (matches)
		pr_dist_choose(dist, publisher->last);
	publisher->last = NULL;
}

static void choose(struct pr_socket *socket, const void *data, size_t size)
{
	struct pr_publisher *publisher = socket->state;

	pr_dist_begin(&publisher->dist);
	if (__builtin_expect(publisher->manual && publisher->to_last_only && publisher->last, 0))
		choose_last(publisher, data, size);
	else
		choose_matching(publisher, data, size);
	if (__builtin_expect(socket->options.invert_matching, 0))
		pr_dist_invert(&publisher->dist, socket);
}

/* A message that finds no room in a pipe is not for that pipe; with ZMQ_XPUB_NODROP it waits until
 * all have room.  */
int pr_publish_send(struct pr_socket *socket, const void *data, size_t size, bool more)
{
	struct pr_publisher *publisher = socket->state;
	struct pr_dist *dist = &publisher->dist;

	if (!socket->sndmore) {
		choose(socket, data, size);
		if (!publisher->no_drop)
			pr_dist_drop_full(dist);
		else if (!pr_dist_has_room(dist))
			return EAGAIN;
	}
	pr_dist_write(dist, data, size, more);
	socket->sndmore = more;
	return 0;
}

bool pr_publish_can_send(struct pr_socket *socket)
{
	(void)socket;
	return true;
}

/* ---- Options ---- */

static int set_welcome(struct pr_publisher *publisher, const void *value, size_t size)
{
	uint8_t *welcome = size > 0 ? malloc(size) : NULL;

	if (size > 0 && !welcome)
		return ENOMEM;
	free(publisher->welcome);
	if (welcome)
		memcpy(welcome, value, size);
	publisher->welcome = welcome;
	publisher->welcome_size = size;
	return 0;
}

/* ZMQ_XPUB_MANUAL: the application says to what the subscriber whose wish it received last is
 * subscribed.  */
static int set_manually(struct pr_publisher *publisher, bool subscribes, const void *value,
                        size_t size)
{
	struct pr_pipe *pipe = publisher->last;

	if (!publisher->manual)
		return EINVAL;
	if (pipe && subscribes)
		return pr_topics_add_pipe(&publisher->topics, value, size, pipe) ? 0 : ENOMEM;
	if (pipe)
		pr_topics_remove_pipe(&publisher->topics, value, size, pipe);
	return 0;
}

static int set_flag(struct pr_publisher *publisher, int option, bool on)
{
	switch (option) {
	case ZMQ_XPUB_VERBOSE:
		publisher->verbose_subscribe = on;
		publisher->verbose_cancel = false;
		return 0;
	case ZMQ_XPUB_VERBOSER:
		publisher->verbose_subscribe = on;
		publisher->verbose_cancel = on;
		return 0;
	case ZMQ_XPUB_NODROP:
		publisher->no_drop = on;
		return 0;
	case ZMQ_XPUB_MANUAL:
		publisher->manual = on;
		return 0;
	case MANUAL_LAST_VALUE:
		publisher->manual = on;
		publisher->to_last_only = on;
		return 0;
	case ONLY_FIRST_SUBSCRIBE:
		publisher->only_first = on;
		return 0;
	default:
		return EINVAL;
	}
}

int pr_publish_set_option(struct pr_socket *socket, int option, const void *value, size_t size)
{
	struct pr_publisher *publisher = socket->state;
	int number;

	if (option == ZMQ_XPUB_WELCOME_MSG)
		return set_welcome(publisher, value, size);
	if (option == ZMQ_SUBSCRIBE || option == ZMQ_UNSUBSCRIBE)
		return set_manually(publisher, option == ZMQ_SUBSCRIBE, value, size);
	if (size != sizeof(number) || !value)
		return EINVAL;
	memcpy(&number, value, sizeof(number));
	return number < 0 ? EINVAL : set_flag(publisher, option, number != 0);
}
