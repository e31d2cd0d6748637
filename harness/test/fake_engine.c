/* SPDX-License-Identifier: MIT */
/* harness/test/fake_engine.c - a libzmq-API library that misbehaves on purpose.
 *
 * Two sockets of one context and a queue each, in memory.  Compiled once for each defect
 * (FAKE_CRASH, FAKE_HANG, ...); without one it is a correct engine.  The defect strikes at one
 * message, late enough to be past a warm-up of 1,000.  FAKE_OWN only claims to be proctor's own
 * engine.  */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STRIKE_AT 1100

#define EXPORT __attribute__((visibility("default")))

struct message {
	struct message *next;
	size_t size;
	unsigned char bytes[];
};

struct context;

struct fake {
	struct context *context;
	int type;
	bool id_sent, id_taken; /* a ROUTER is between id and body */
	char own_id[16], peer_id[16];
	struct fake *peer;
	struct message *first, **last;
};

struct context {
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	struct fake *bound;
	struct message *held; /* overtaken by the next */
	unsigned long sent;
};

enum { ROUTER = 6, ROUTING_ID = 5, LAST_ENDPOINT = 32, DONTWAIT = 1, SNDMORE = 2 };

EXPORT int zmq_errno(void);
EXPORT const char *zmq_strerror(int error);
EXPORT void zmq_version(int *major, int *minor, int *patch);
EXPORT void *zmq_ctx_new(void);
EXPORT int zmq_ctx_set(void *context, int option, int value);
EXPORT int zmq_ctx_term(void *context);
EXPORT void *zmq_socket(void *context, int type);
EXPORT int zmq_close(void *socket);
EXPORT int zmq_setsockopt(void *socket, int option, const void *value, size_t size);
EXPORT int zmq_getsockopt(void *socket, int option, void *value, size_t *size);
EXPORT int zmq_bind(void *socket, const char *endpoint);
EXPORT int zmq_connect(void *socket, const char *endpoint);
EXPORT int zmq_send(void *socket, const void *data, size_t size, int flags);
EXPORT int zmq_recv(void *socket, void *data, size_t size, int flags);

int zmq_errno(void)
{
	return errno;
}

const char *zmq_strerror(int error)
{
	return strerror(error);
}

void zmq_version(int *major, int *minor, int *patch)
{
	*major = 0;
	*minor = 0;
	*patch = 1;
}

#ifdef FAKE_OWN
EXPORT const char *proctor_version(void);

const char *proctor_version(void)
{
	return "0.0.1";
}
#endif

#ifdef FAKE_SPIN
/* A thread that never sleeps, as long as the process lives.  */
static void *spin(void *arg)
{
	volatile unsigned turns = 0;

	for (;;)
		turns++;
	return arg;
}
#endif

void *zmq_ctx_new(void)
{
	struct context *context = calloc(1, sizeof(*context));
#ifdef FAKE_SPIN
	pthread_t thread;

	pthread_create(&thread, NULL, spin, NULL);
	pthread_detach(thread);
#endif

	pthread_mutex_init(&context->lock, NULL);
	pthread_cond_init(&context->arrived, NULL);
	return context;
}

int zmq_ctx_set(void *context, int option, int value)
{
	(void)context;
	(void)option;
	(void)value;
	return 0;
}

int zmq_ctx_term(void *context)
{
	free(context);
	return 0;
}

void *zmq_socket(void *context, int type)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	fake->context = context;
	fake->type = type;
	fake->last = &fake->first;
	return fake;
}

int zmq_close(void *socket)
{
	free(socket);
	return 0;
}

int zmq_setsockopt(void *socket, int option, const void *value, size_t size)
{
	struct fake *fake = socket;

	if (option == ROUTING_ID && size < sizeof(fake->own_id))
		memcpy(fake->own_id, value, size);
	return 0;
}

int zmq_getsockopt(void *socket, int option, void *value, size_t *size)
{
	(void)socket;
	if (option != LAST_ENDPOINT || *size < 16)
		return -1;
	strcpy(value, "fake");
	*size = 5;
	return 0;
}

int zmq_bind(void *socket, const char *endpoint)
{
	struct fake *fake = socket;

	(void)endpoint;
	fake->context->bound = fake;
	return 0;
}

int zmq_connect(void *socket, const char *endpoint)
{
	struct fake *fake = socket;

	(void)endpoint;
	fake->peer = fake->context->bound;
	fake->peer->peer = fake;
	memcpy(fake->peer_id, fake->peer->own_id, sizeof(fake->peer_id));
	memcpy(fake->peer->peer_id, fake->own_id, sizeof(fake->peer_id));
	return 0;
}

static struct message *make_message(const void *data, size_t size)
{
	struct message *message = malloc(sizeof(*message) + size);

	message->next = NULL;
	message->size = size;
	memcpy(message->bytes, data, size);
	return message;
}

static void deliver(struct fake *to, struct message *message)
{
	*to->last = message;
	to->last = &message->next;
	pthread_cond_broadcast(&to->context->arrived);
}

/* The message at which the defect strikes.  */
static void misbehave(struct fake *to, struct message *message)
{
#if defined FAKE_CRASH
	(void)to;
	(void)message;
	if (write(STDERR_FILENO, "fake: about to crash\n", 21) > 0)
		abort();
#elif defined FAKE_HANG
	(void)message;
	pthread_mutex_unlock(&to->context->lock); /* the other end may still take what is there */
	for (;;)
		pause();
#elif defined FAKE_LOSE
	(void)to;
	free(message);
#elif defined FAKE_REORDER
	to->context->held = message;
#elif defined FAKE_DUPLICATE
	deliver(to, make_message(message->bytes, message->size));
	deliver(to, message);
#elif defined FAKE_CORRUPT
	message->bytes[message->size / 2] ^= 1;
	message->bytes[message->size - 1] ^= 1;
	deliver(to, message);
#else
	deliver(to, message);
#endif
}

/* 150 messages take six seconds in all, each of them little.  */
static void dawdle(const struct context *context)
{
#ifdef FAKE_SLOW
	if (context->sent >= STRIKE_AT && context->sent < STRIKE_AT + 150)
		nanosleep(&(struct timespec){.tv_nsec = 40000000}, NULL);
#else
	(void)context;
#endif
}

/* One message keeps the sender for a fifth of a second.  */
static void stall(const struct context *context)
{
#ifdef FAKE_STALL
	if (context->sent == STRIKE_AT)
		nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
#else
	(void)context;
#endif
}

int zmq_send(void *socket, const void *data, size_t size, int flags)
{
	struct fake *fake = socket;
	struct context *context = fake->context;

	if (fake->type == ROUTER && !fake->id_sent) {
		fake->id_sent = (flags & SNDMORE) != 0;
		return (int)size;
	}
	fake->id_sent = false;
	dawdle(context);
	stall(context);
	pthread_mutex_lock(&context->lock);
	if (++context->sent == STRIKE_AT)
		misbehave(fake->peer, make_message(data, size));
	else
		deliver(fake->peer, make_message(data, size));
	if (context->held != NULL && context->sent > STRIKE_AT) {
		deliver(fake->peer, context->held);
		context->held = NULL;
	}
	pthread_mutex_unlock(&context->lock);
	return (int)size;
}

static int take_id(struct fake *fake, void *data)
{
	fake->id_taken = true;
	memcpy(data, fake->peer_id, strlen(fake->peer_id));
	return (int)strlen(fake->peer_id);
}

static int take_body(struct fake *fake, void *data, size_t room)
{
	struct message *message = fake->first;
	int size = (int)message->size;

	memcpy(data, message->bytes, message->size < room ? message->size : room);
	fake->first = message->next;
	if (fake->first == NULL)
		fake->last = &fake->first;
	free(message);
	fake->id_taken = false;
	return size;
}

int zmq_recv(void *socket, void *data, size_t size, int flags)
{
	struct fake *fake = socket;
	struct context *context = fake->context;
	int result = -1;

	pthread_mutex_lock(&context->lock);
	while (fake->first == NULL && !(flags & DONTWAIT))
		pthread_cond_wait(&context->arrived, &context->lock);
	if (fake->first == NULL)
		errno = EAGAIN;
	else
		result = fake->type == ROUTER && !fake->id_taken ? take_id(fake, data)
		                                                 : take_body(fake, data, size);
	pthread_mutex_unlock(&context->lock);
	return result;
}
