/* SPDX-License-Identifier: MIT */
/* harness/crowd_test.c - clients number their messages, keep within their window, and are told
 * apart.
 */
#include "harness/crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/test.h"
#include "harness/shared.h"

static const struct pr_link_spec spec = {
        .pattern = PR_DEALER_ROUTER, .size = 20, .connections = 1000};

static void messages_are_told_apart(void **state)
{
	struct pr_fan *fan = pr_fan_create(&spec);
	unsigned char body[20] = {0};
	uint64_t client, number;

	(void)state;
	pr_fan_stamp(fan, 999, 123456789, body);
	assert_true(pr_fan_read(fan, body, sizeof(body), &client, &number));
	assert_int_equal(client, 999);
	assert_int_equal(number, 123456789);
	assert_false(pr_fan_read(fan, body, sizeof(body) - 1, &client, &number));
	for (size_t i = 0; i < sizeof(body); i++) {
		body[i] ^= 1; /* the bytes between stamp and seal are not looked at */
		assert_int_equal(pr_fan_read(fan, body, sizeof(body), &client, &number),
		                 i >= 8 && i < 12);
		body[i] ^= 1;
	}
	pr_fan_stamp(fan, 1000, 0, body);
	assert_false(pr_fan_read(fan, body, sizeof(body), &client, &number));
	pr_fan_destroy(&fan);
	assert_null(fan);
}

/* ---- a server that reads little ---------------------------------------------------------- */

static const unsigned char hello[64 + 2 + 27] = "\xff\0\0\0\0\0\0\0\1\x7f\3\1NULL";

struct server {
	int listener;
	size_t most; /* bytes that came before the clients were stopped */
	unsigned char greeting[64 + 2 + 256];
};

static void read_all(int fd, unsigned char *bytes, size_t size)
{
	assert_int_equal(recv(fd, bytes, size, MSG_WAITALL), (ssize_t)size);
}

/* Takes one client and shakes hands as a ROUTER does.  */
static void *serve(void *arg)
{
	struct server *server = arg;
	unsigned char ready[] = "\4\x1c\5READY\13Socket-Type\0\0\0\6ROUTER";
	int fd = accept(server->listener, NULL, NULL);

	assert_true(fd >= 0);
	read_all(fd, server->greeting, 64 + 2);
	read_all(fd, server->greeting + 66, server->greeting[65]);
	assert_int_equal(send(fd, hello, 64, 0), 64);
	assert_int_equal(send(fd, ready, sizeof(ready) - 1, 0), sizeof(ready) - 1);
	server->listener = fd;
	return NULL;
}

static int listen_here(char *endpoint, size_t room)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (void *)&address, size), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (void *)&address, &size), 0);
	snprintf(endpoint, room, "tcp://127.0.0.1:%u", ntohs(address.sin_port));
	return fd;
}

static void not_called(const struct pr_error *why)
{
	fail_msg("%s", why->text);
}

/* Nothing is received by an application here: one window is sent and no message more.  */
static void press_one_client(uint64_t batch, uint64_t window)
{
	struct pr_link_spec one = spec;
	struct pr_fan *fan;
	struct pr_crowd *crowd;
	struct server server = {0};
	char endpoint[64];
	unsigned char frame[22];
	pthread_t thread;
	struct pr_error why;
	uint64_t count = 0, client, number;

	one.connections = 1;
	fan = pr_fan_create(&one);
	assert_ok(pr_crowd_start(1, not_called, &crowd, &why), why);
	server.listener = listen_here(endpoint, sizeof(endpoint));
	assert_int_equal(pthread_create(&thread, NULL, serve, &server), 0);
	assert_ok(pr_crowd_connect(crowd, fan, endpoint, &why), why);
	pthread_join(thread, NULL);
	assert_memory_equal(server.greeting + 66, "\5READY\13Socket-Type\0\0\0\6DEALER", 28);
	pr_crowd_begin(crowd, fan, 400, batch);
	assert_int_equal(fan->window, window);
	for (; count < fan->window / fan->batch * fan->batch; count++) {
		read_all(server.listener, frame, sizeof(frame));
		assert_int_equal(frame[0], 0);
		assert_int_equal(frame[1], 20);
		assert_true(pr_fan_read(fan, frame + 2, 20, &client, &number));
		assert_int_equal(number, count);
	}
	while (atomic_load(&fan->idle_ns) == 0) /* its window is full */
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
	atomic_store(&fan->stop, true);
	assert_ok(pr_crowd_end(crowd, &why), why);
	assert_true(atomic_load(&fan->stopped));
	assert_int_equal(fan->sent[0], count);
	assert_int_equal(recv(server.listener, frame, 1, MSG_DONTWAIT), -1);
	assert_ok(pr_crowd_close(crowd, fan, &why), why);
	assert_int_equal(recv(server.listener, frame, 1, 0), 0);
	close(server.listener);
	pr_crowd_destroy(&crowd);
	pr_fan_destroy(&fan);
}

static void a_client_keeps_within_its_window(void **state)
{
	(void)state;
	press_one_client(0, 100); /* a quarter of what is asked for */
}

static void a_client_has_two_batches_under_way(void **state)
{
	(void)state;
	press_one_client(7, 14);
}

/* ---- clients that receive ---------------------------------------------------------------- */

#define RECEIVERS 2

static const struct pr_link_spec receiving = {
        .pattern = PR_PUB_SUB, .size = 20, .connections = RECEIVERS, .fans_out = true};

struct crowd_of_receivers {
	struct pr_fan *fan;
	struct pr_crowd *crowd;
	struct pr_ledger *ledger;
	int fds[RECEIVERS]; /* of the server */
};

struct doorman {
	int listener;
	struct crowd_of_receivers *crowd;
};

static void *let_in(void *arg)
{
	struct doorman *doorman = arg;

	for (int i = 0; i < RECEIVERS; i++) {
		struct server server = {.listener = doorman->listener};

		serve(&server);
		doorman->crowd->fds[i] = server.listener;
	}
	return NULL;
}

static void open_receivers(struct crowd_of_receivers *crowd, int pattern)
{
	struct pr_link_spec spec_here = receiving;
	struct doorman doorman = {.crowd = crowd};
	char endpoint[64];
	pthread_t thread;
	struct pr_error why;

	spec_here.pattern = pattern;
	crowd->fan = pr_fan_create(&spec_here);
	crowd->fan->ledger = crowd->ledger = pr_shared_alloc(sizeof(*crowd->ledger));
	assert_ok(pr_crowd_start(RECEIVERS, not_called, &crowd->crowd, &why), why);
	doorman.listener = listen_here(endpoint, sizeof(endpoint));
	assert_int_equal(pthread_create(&thread, NULL, let_in, &doorman), 0);
	assert_ok(pr_crowd_connect(crowd->crowd, crowd->fan, endpoint, &why), why);
	pthread_join(thread, NULL);
	close(doorman.listener);
}

static void close_receivers(struct crowd_of_receivers *crowd)
{
	struct pr_error why;

	assert_ok(pr_crowd_close(crowd->crowd, crowd->fan, &why), why);
	for (int i = 0; i < RECEIVERS; i++)
		close(crowd->fds[i]);
	pr_crowd_destroy(&crowd->crowd);
	pr_fan_destroy(&crowd->fan);
	pr_shared_free((void **)&crowd->ledger, sizeof(*crowd->ledger));
}

/* A digit is a message of that number, x one that was changed on the way.  In two pieces, cut where
 * the number of the message is.  */
static void send_numbers(int fd, const char *numbers, size_t cut)
{
	struct pr_stamp stamp;
	unsigned char bytes[512];
	size_t size = 0;

	pr_stamp_init(&stamp, 1, 20);
	for (; *numbers != '\0'; numbers++) {
		stamp.next = *numbers == 'x' ? 0 : (uint64_t)(*numbers - '0');
		bytes[size++] = 0;
		bytes[size++] = 20;
		memcpy(bytes + size, pr_stamp_next(&stamp), 20);
		if (*numbers == 'x')
			bytes[size] ^= 1;
		size += 20;
	}
	assert_int_equal(send(fd, bytes, cut, MSG_NOSIGNAL), (ssize_t)cut);
	assert_int_equal(send(fd, bytes + cut, size - cut, MSG_NOSIGNAL), (ssize_t)(size - cut));
	pr_stamp_fini(&stamp);
}

static const struct incident {
	int pattern;
	const char *numbers[RECEIVERS]; /* that the clients get */
	uint64_t end, lost, reordered, duplicated, corrupt;
} incidents[] = {
        {PR_PUB_SUB, {"0123", "0123"}, 4, 0, 0, 0, 0},
        {PR_PUB_SUB, {"3", "0123"}, 4, 0, 0, 0, 0}, /* late to subscribe */
        {PR_PUB_SUB, {"0123", "013"}, 4, 1, 0, 0, 0},
        {PR_PUB_SUB, {"0213", "0123"}, 4, 0, 1, 0, 0},
        {PR_PUB_SUB, {"01123", "0123"}, 4, 0, 0, 1, 0},
        {PR_PUB_SUB, {"01x23", "0123"}, 4, 0, 0, 0, 1},
        {PR_PUB_SUB, {"0123", "01"}, 4, 2, 0, 0, 0}, /* and nothing more */
        {PR_ROUTER_ROUTER, {"024", "135"}, 6, 0, 0, 0, 0},
        {PR_ROUTER_ROUTER, {"04", "135"}, 6, 1, 0, 0, 0},
        {PR_PUSH_PULL, {"0145", "23"}, 6, 0, 0, 0, 0},
        {PR_PUSH_PULL, {"0145", "13"}, 6, 1, 0, 1, 0}, /* as many, but not the same */
        {PR_PUSH_PULL, {"0154", "23"}, 6, 0, 0, 1, 0},
};

/* What each client got is held against what it should have got.  */
static void receivers_are_held_to_account(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(incidents) / sizeof(incidents[0]); i++) {
		const struct incident *incident = &incidents[i];
		struct crowd_of_receivers crowd;
		struct pr_error why;

		open_receivers(&crowd, incident->pattern);
		crowd.fan->end = incident->end;
		crowd.fan->received_at_least = 0;
		for (int j = 0; j < RECEIVERS; j++)
			send_numbers(crowd.fds[j], incident->numbers[j], (i * 5 + 1) % 23);
		pr_crowd_receive(crowd.crowd, crowd.fan);
		atomic_store(&crowd.fan->stop, true);
		assert_ok(pr_crowd_end(crowd.crowd, &why), why);
		print_message("%s, %s\n", incident->numbers[0], incident->numbers[1]);
		assert_int_equal(crowd.ledger->lost, incident->lost);
		assert_int_equal(crowd.ledger->reordered, incident->reordered);
		assert_int_equal(crowd.ledger->duplicated, incident->duplicated);
		assert_int_equal(crowd.ledger->corrupt, incident->corrupt);
		close_receivers(&crowd);
	}
}

static void too_many_connections_get_a_sentence(void **state)
{
	struct pr_crowd *crowd = NULL;
	struct pr_error why = {.text = ""};

	(void)state;
	assert_int_equal(pr_crowd_start((uint64_t)1 << 40, not_called, &crowd, &why), PR_FAILED);
	assert_non_null(strstr(why.text, "connections need"));
	pr_crowd_destroy(&crowd);
}

PR_TEST_MAIN(cmocka_unit_test(messages_are_told_apart),
             cmocka_unit_test(a_client_keeps_within_its_window),
             cmocka_unit_test(a_client_has_two_batches_under_way),
             cmocka_unit_test(receivers_are_held_to_account),
             cmocka_unit_test(too_many_connections_get_a_sentence))
