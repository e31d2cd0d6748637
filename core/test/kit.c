/* SPDX-License-Identifier: MIT */
/* core/test/kit.c - see kit.h.  */
#include "core/test/kit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void pr_kit_fail(const char *file, int line, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	print_error("%s\n", text);
	_fail(file, line);
	abort();
}

static void *checked(void *pointer, const char *what)
{
	if (!pointer)
		pr_kit_fail(__FILE__, __LINE__, "%s: %s", what, zmq_strerror(zmq_errno()));
	return pointer;
}

void *pr_kit_ctx(void)
{
	return checked(zmq_ctx_new(), "zmq_ctx_new");
}

void *pr_kit_socket(void *ctx, int type)
{
	void *socket = checked(zmq_socket(ctx, type), "zmq_socket");

	pr_kit_set(socket, ZMQ_LINGER, 0);
	pr_kit_set(socket, ZMQ_RCVTIMEO, KIT_DEADLINE_MS);
	pr_kit_set(socket, ZMQ_SNDTIMEO, KIT_DEADLINE_MS);
	return socket;
}

void pr_kit_close(void *socket)
{
	kit_assert_ok(zmq_close(socket));
}

void pr_kit_term(void *ctx)
{
	kit_assert_ok(zmq_ctx_term(ctx));
}

void pr_kit_set(void *socket, int option, int value)
{
	if (zmq_setsockopt(socket, option, &value, sizeof(value)) == -1)
		pr_kit_fail(__FILE__, __LINE__, "option %d = %d: %s", option, value,
		            zmq_strerror(zmq_errno()));
}

int pr_kit_get(void *socket, int option)
{
	int value = -12345;
	size_t size = sizeof(value);

	if (zmq_getsockopt(socket, option, &value, &size) == -1)
		pr_kit_fail(__FILE__, __LINE__, "option %d: %s", option, zmq_strerror(zmq_errno()));
	assert_int_equal(size, sizeof(value));
	return value;
}

void pr_kit_set_id(void *socket, const char *id)
{
	kit_assert_ok(zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, strlen(id)));
}

static const char *meeting_address;

const char *pr_kit_address(void)
{
	static _Thread_local char address[INET_ADDRSTRLEN];
	unsigned pid = (unsigned)getpid();

	snprintf(address, sizeof(address), "127.%u.%u.%u", 1 + (pid >> 16) % 250, pid >> 8 & 255,
	         pid & 255);
	return meeting_address ? meeting_address : address;
}

void pr_kit_meet_at(const char *address)
{
	meeting_address = address;
}

int pr_kit_port(const char *endpoint)
{
	return atoi(strrchr(endpoint, ':') + 1);
}

static bool is_transport(const char *name)
{
	const char *transport = getenv("KIT_TRANSPORT");

	return transport && strcmp(transport, name) == 0 && !meeting_address;
}

bool pr_kit_is_ipc(void)
{
	return is_transport("ipc");
}

bool pr_kit_is_inproc(void)
{
	return is_transport("inproc");
}

static void next_name(char endpoint[KIT_ENDPOINT_SIZE])
{
	static _Atomic unsigned count;
	unsigned number = count++;

	if (pr_kit_is_inproc())
		snprintf(endpoint, KIT_ENDPOINT_SIZE, "inproc://kit-%u", number);
	else
		snprintf(endpoint, KIT_ENDPOINT_SIZE, "ipc://@kit-%d-%u", (int)getpid(), number);
}

void pr_kit_bind(const char *file, int line, void *socket, char endpoint[KIT_ENDPOINT_SIZE])
{
	size_t size = KIT_ENDPOINT_SIZE;
	char wildcard[KIT_ENDPOINT_SIZE];

	if (pr_kit_is_ipc() || pr_kit_is_inproc())
		next_name(wildcard);
	else
		snprintf(wildcard, sizeof(wildcard), "tcp://%s:*", pr_kit_address());
	if (zmq_bind(socket, wildcard) == -1)
		pr_kit_fail(file, line, "zmq_bind: %s", zmq_strerror(zmq_errno()));
	if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size) == -1)
		pr_kit_fail(file, line, "ZMQ_LAST_ENDPOINT: %s", zmq_strerror(zmq_errno()));
}

static struct kit_sockaddr unix_sockaddr(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct kit_sockaddr result = {.size = offsetof(struct sockaddr_un, sun_path)};

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	result.size += (socklen_t)strlen(path);
	memcpy(&result.sockaddr, &address, sizeof(address));
	return result;
}

struct kit_sockaddr pr_kit_sockaddr(const char *endpoint)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_port = htons((uint16_t)pr_kit_port(endpoint))};
	struct kit_sockaddr result = {.size = sizeof(address)};
	char host[INET_ADDRSTRLEN] = "";

	if (strncmp(endpoint, "ipc://", 6) == 0)
		return unix_sockaddr(endpoint + 6);
	sscanf(endpoint, "tcp://%15[0-9.]", host);
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		pr_kit_fail(__FILE__, __LINE__, "not an address: %s", endpoint);
	memcpy(&result.sockaddr, &address, sizeof(address));
	return result;
}

void pr_kit_unused_endpoint(char endpoint[KIT_ENDPOINT_SIZE])
{
	struct kit_sockaddr address;
	struct sockaddr_in seen;
	socklen_t size = sizeof(seen);

	if (pr_kit_is_ipc()) {
		next_name(endpoint);
		return;
	}
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(endpoint, KIT_ENDPOINT_SIZE, "tcp://%s:0", pr_kit_address());
	address = pr_kit_sockaddr(endpoint);
	/* It stays bound for as long as the program lives, or the port would be given to whoever
	 * asks for any next.  Who asks for this one by its number and sets SO_REUSEADDR gets it. */
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address.sockaddr, address.size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&seen, &size), 0);
	snprintf(endpoint, KIT_ENDPOINT_SIZE, "tcp://%s:%d", pr_kit_address(),
	         ntohs(seen.sin_port));
}

void pr_kit_pair_open(struct kit_pair *pair, int type_a, int type_b)
{
	pair->ctx = pr_kit_ctx();
	pair->a = pr_kit_socket(pair->ctx, type_a);
	pair->b = pr_kit_socket(pair->ctx, type_b);
	kit_bind(pair->a, pair->endpoint);
	kit_assert_ok(zmq_connect(pair->b, pair->endpoint));
}

void pr_kit_pair_close(struct kit_pair *pair)
{
	pr_kit_close(pair->a);
	pr_kit_close(pair->b);
	pr_kit_term(pair->ctx);
}

void pr_kit_send(const char *file, int line, void *socket, const char *text, int flags)
{
	int size = (int)strlen(text);
	int sent = zmq_send(socket, text, (size_t)size, flags);

	if (sent == -1)
		pr_kit_fail(file, line, "zmq_send '%s': %s", text, zmq_strerror(zmq_errno()));
	if (sent != size)
		pr_kit_fail(file, line, "zmq_send '%s' returned %d", text, sent);
}

void pr_kit_expect(const char *file, int line, void *socket, const char *text, int more)
{
	char seen[1024];
	int size = zmq_recv(socket, seen, sizeof(seen) - 1, 0);

	if (size == -1)
		pr_kit_fail(file, line, "expected '%s', zmq_recv: %s", text,
		            zmq_strerror(zmq_errno()));
	seen[size < (int)sizeof(seen) ? (size_t)size : sizeof(seen) - 1] = 0;
	if (size != (int)strlen(text) || memcmp(seen, text, (size_t)size) != 0)
		pr_kit_fail(file, line, "expected '%s', received '%s' (%d bytes)", text, seen,
		            size);
	if (pr_kit_get(socket, ZMQ_RCVMORE) != more)
		pr_kit_fail(file, line, "after '%s' ZMQ_RCVMORE is not %d", text, more);
}

size_t pr_kit_recv_id(const char *file, int line, void *socket, uint8_t id[256])
{
	int size = zmq_recv(socket, id, 256, 0);

	if (size == -1)
		pr_kit_fail(file, line, "expected a routing id, zmq_recv: %s",
		            zmq_strerror(zmq_errno()));
	if (size < 1 || size > 255 || !pr_kit_get(socket, ZMQ_RCVMORE))
		pr_kit_fail(file, line, "expected a routing id, received %d bytes", size);
	return (size_t)size;
}

bool pr_kit_poll(void *socket, short events, long timeout_ms)
{
	zmq_pollitem_t item = {.socket = socket, .events = events};

	kit_assert_ok(zmq_poll(&item, 1, timeout_ms));
	return item.revents != 0;
}

void pr_kit_fill(void *body, size_t size, uint64_t seed)
{
	uint8_t *bytes = body;
	uint64_t state = (seed + 1) * 0x9E3779B97F4A7C15u ^ size;

	for (size_t i = 0; i < size; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (uint8_t)(state >> 56);
	}
}

bool pr_kit_filled(const void *body, size_t size, uint64_t seed)
{
	const uint8_t *bytes = body;
	uint64_t state = (seed + 1) * 0x9E3779B97F4A7C15u ^ size;

	for (size_t i = 0; i < size; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		if (bytes[i] != (uint8_t)(state >> 56))
			return false;
	}
	return true;
}

int64_t pr_kit_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void pr_kit_pause(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

size_t pr_kit_open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

void pr_kit_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	assert_int_equal(pthread_create(thread, NULL, run, arg), 0);
}

void pr_kit_join(pthread_t thread)
{
	assert_int_equal(pthread_join(thread, NULL), 0);
}

bool pr_kit_is_proctor(void)
{
	return dlsym(RTLD_DEFAULT, "proctor_version") != NULL;
}
