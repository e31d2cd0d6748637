/* SPDX-License-Identifier: MIT */
/* core/test/options_dump.c - what the library answers to every option of sockets and contexts.
 *
 * Prints one line for each: type of the socket, option, and for every value that is tried what
 * setting it answers and what the option is afterwards; then what getting it into a too small, a
 * fitting and a too large buffer answers.  core/test/options_diff_test.sh compares what two
 * libraries print.  */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#define OPTIONS_END  121
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const int numbers[] = {INT_MIN, -2,     -1,     0,      1,       2,      3,
                              7,       100,    255,    256,    6553,    6554,   65535,
                              65536,   655350, 655399, 655400, 8388607, INT_MAX};
static const size_t get_sizes[] = {0, 1, 3, 4, 5, 8, 31, 32, 33, 40, 41, 64, 255, 256, 257};

static const char text300[] =
        "127.0.0.1/8,abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789"
        "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789"
        "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789"
        "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789";
static const char z85[] = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

/* A value and its size.  */
struct value {
	const void *data;
	size_t size;
	const char *name;
};

static const int64_t wide[] = {INT64_MIN, -2, -1, 0, 1, 1000, INT64_MAX};
static const struct value texts[] = {
        {NULL, 0, "null"},
        {"", 0, "empty"},
        {"", 1, "nul"},
        {"x", 1, "x"},
        {"\0x", 2, "0x"},
        {"abc", 3, "abc"},
        {"lo", 2, "lo"},
        {"127.0.0.1", 9, "ip"},
        {"127.0.0.0/8", 11, "net"},
        {"127.0.0.0/33", 12, "wrongnet"},
        {"::1", 3, "ip6"},
        {"fe80::/10", 9, "net6"},
        {"hello", 5, "hello"},
        {"hello", 6, "hello0"},
        {"a.b:1080", 8, "proxy"},
        {text300, 31, "31"},
        {text300, 32, "32"},
        {text300, 33, "33"},
        {z85, 40, "z85"},
        {z85, 41, "z85-0"},
        {text300, 40, "40"},
        {text300, 41, "41"},
        {text300, 254, "254"},
        {text300, 255, "255"},
        {text300, 256, "256"},
};

/* Their values differ from run to run, or are other people's business.  */
static int is_private(int option)
{
	return option == ZMQ_FD;
}

static void put_bytes(const uint8_t *bytes, size_t size)
{
	unsigned sum = 0;

	if (size == 0)
		printf("empty");
	if (size <= 8) {
		for (size_t i = 0; i < size; i++)
			printf("%02x", bytes[i]);
		return;
	}
	for (size_t i = 0; i < size; i++)
		sum = sum * 31 + bytes[i];
	printf("#%08x", sum);
}

static void dump_get(void *socket, int option, size_t room)
{
	uint8_t value[512];
	size_t size = room;

	memset(value, 0xee, sizeof(value));
	errno = 0;
	if (zmq_getsockopt(socket, option, value, &size) == -1) {
		printf(" %zu:%d", room, errno);
		return;
	}
	printf(" %zu:%zu=", room, size);
	if (!is_private(option))
		put_bytes(value, size);
}

/* The option as it is, however wide it may be.  */
static void dump_value(void *socket, int option)
{
	static const size_t rooms[] = {4, 8, 41, 256, 33};
	uint8_t value[512];

	for (size_t i = 0; i < COUNT(rooms); i++) {
		size_t size = rooms[i];

		if (zmq_getsockopt(socket, option, value, &size) == -1)
			continue;
		if (!is_private(option))
			put_bytes(value, size);
		return;
	}
	printf("-");
}

static void dump_set(void *ctx, int type, int option, const struct value *value)
{
	void *socket = zmq_socket(ctx, type);
	int error = 0, linger = 0;

	errno = 0;
	if (zmq_setsockopt(socket, option, value->data, value->size) == -1)
		error = errno;
	printf("%d %d set %s %d ", type, option, value->name, error);
	dump_value(socket, option);
	printf("\n");
	zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_close(socket);
}

/* With a context of its own: libzmq gives the place of a closed socket back a little later only. */
static void dump_option(int type, int option)
{
	void *ctx = zmq_ctx_new();
	void *socket = zmq_socket(ctx, type);
	char name[64];

	printf("%d %d get", type, option);
	for (size_t i = 0; i < COUNT(get_sizes); i++)
		dump_get(socket, option, get_sizes[i]);
	printf("\n");
	zmq_close(socket);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		snprintf(name, sizeof(name), "int:%d", numbers[i]);
		dump_set(ctx, type, option, &(struct value){&numbers[i], sizeof(int), name});
	}
	for (size_t i = 0; i < COUNT(wide); i++) {
		snprintf(name, sizeof(name), "int64:%lld", (long long)wide[i]);
		dump_set(ctx, type, option, &(struct value){&wide[i], sizeof(int64_t), name});
	}
	for (size_t i = 0; i < COUNT(texts); i++)
		dump_set(ctx, type, option, &texts[i]);
	zmq_ctx_term(ctx);
}

static void dump_type(int type)
{
	void *ctx = zmq_ctx_new();
	void *socket = zmq_socket(ctx, type);

	if (!socket) {
		printf("%d none %d\n", type, errno);
	} else {
		zmq_close(socket);
		for (int option = -1; option < OPTIONS_END; option++)
			dump_option(type, option);
	}
	zmq_ctx_term(ctx);
}

/* IO_THREADS and MAX_SOCKETS are only asked for: no socket is made.  */
static void dump_ctx(void)
{
	for (int option = -1; option < 30; option++)
		for (size_t i = 0; i < COUNT(numbers); i++) {
			void *ctx = zmq_ctx_new();
			int before = (errno = 0, zmq_ctx_get(ctx, option)), before_errno = errno;
			int set = (errno = 0, zmq_ctx_set(ctx, option, numbers[i])),
			    set_errno = errno;
			int after = (errno = 0, zmq_ctx_get(ctx, option));

			printf("ctx %d set %d: %d %d, %d %d, %d %d\n", option, numbers[i], before,
			       before == -1 ? before_errno : 0, set, set == -1 ? set_errno : 0,
			       after, after == -1 ? errno : 0);
			zmq_ctx_term(ctx);
		}
}

int main(void)
{
	dump_ctx();
	for (int type = -1; type <= ZMQ_STREAM; type++)
		dump_type(type);
	return 0;
}
