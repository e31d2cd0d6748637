/* SPDX-License-Identifier: MIT */
/* core/zmtp_test.c - the handshake machine: every split, both minors, and what it refuses.  */
#include "core/zmtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/include/proctor/zmq.h"

#define PEER_MAX (PR_ZMTP_GREETING_SIZE + 512)

/* What we have until a test says otherwise.  */
static struct pr_options options;

/* What a NULL peer of that type and id would send.  */
static size_t make_peer(uint8_t *out, int type, const char *id)
{
	struct pr_options peer_options = {.routing_id_size = strlen(id)};
	struct pr_zmtp peer;

	memcpy(peer_options.routing_id, id, strlen(id));
	pr_zmtp_init(&peer, type, &peer_options);
	memcpy(out, peer.out, peer.out_size);
	peer.out_size = 0;
	pr_zmtp_feed(&peer, out, PR_ZMTP_GREETING_SIZE);
	memcpy(out + PR_ZMTP_GREETING_SIZE, peer.out, peer.out_size);
	pr_zmtp_fini(&peer);
	return PR_ZMTP_GREETING_SIZE + peer.out_size;
}

/* Feeds data in pieces of step bytes, keeping what was not used, as the connection does.  Returns
 * the bytes used.  */
static size_t feed(struct pr_zmtp *zmtp, const uint8_t *data, size_t size, size_t step)
{
	size_t used = 0, seen = 0;

	while (seen < size && zmtp->state < PR_ZMTP_DONE) {
		seen = seen + step < size ? seen + step : size;
		for (size_t more = 1; more > 0 && zmtp->state < PR_ZMTP_DONE; used += more)
			more = pr_zmtp_feed(zmtp, data + used, seen - used);
	}
	return used;
}

static void any_split_gives_the_same(void **state)
{
	uint8_t peer[PEER_MAX + 8];
	size_t size = make_peer(peer, ZMQ_DEALER, "somebody");

	(void)state;
	memcpy(peer + size, "\0\4data", 6); /* traffic right behind READY is not touched */
	for (size_t step = 1; step <= size + 6; step++) {
		struct pr_zmtp zmtp;

		pr_zmtp_init(&zmtp, ZMQ_ROUTER, &options);
		assert_int_equal(feed(&zmtp, peer, size + 6, step), size);
		assert_int_equal(zmtp.state, PR_ZMTP_DONE);
		assert_int_equal(zmtp.routing_id_size, 8);
		assert_memory_equal(zmtp.routing_id, "somebody", 8);
		assert_int_equal(zmtp.peer_minor, 1);
		pr_zmtp_fini(&zmtp);
	}
}

static enum pr_zmtp_state state_after(const uint8_t *data, size_t size, int our_type)
{
	struct pr_zmtp zmtp;

	pr_zmtp_init(&zmtp, our_type, &options);
	feed(&zmtp, data, size, size);
	assert_true(zmtp.state != PR_ZMTP_BAD || zmtp.failure.why);
	pr_zmtp_fini(&zmtp);
	return zmtp.state;
}

static void padding_and_as_server_are_not_looked_at(void **state)
{
	uint8_t peer[PEER_MAX];
	size_t size = make_peer(peer, ZMQ_ROUTER, "");

	(void)state;
	memset(peer + 1, 0x5a, 8);
	peer[32] = 1;
	memset(peer + 33, 0x5a, 31);
	assert_int_equal(state_after(peer, size, ZMQ_ROUTER), PR_ZMTP_DONE);
}

static void who_does_not_fit_is_refused(void **state)
{
	uint8_t peer[PEER_MAX];
	size_t size = make_peer(peer, ZMQ_PAIR, "");

	(void)state;
	assert_int_equal(state_after(peer, size, ZMQ_PAIR), PR_ZMTP_DONE);
	assert_int_equal(state_after(peer, size, ZMQ_ROUTER), PR_ZMTP_BAD);
	size = make_peer(peer, ZMQ_REP, "");
	assert_int_equal(state_after(peer, size, ZMQ_DEALER), PR_ZMTP_DONE);
	assert_int_equal(state_after(peer, size, ZMQ_ROUTER), PR_ZMTP_BAD);
}

static void old_versions_other_mechanisms_and_garbage_are_refused(void **state)
{
	uint8_t peer[PEER_MAX];
	size_t size = make_peer(peer, ZMQ_ROUTER, "");

	(void)state;
	peer[10] = 1; /* ZMTP 2 says its revision here */
	assert_int_equal(state_after(peer, size, ZMQ_ROUTER), PR_ZMTP_BAD);
	make_peer(peer, ZMQ_ROUTER, "");
	peer[9] = 0x7e;
	assert_int_equal(state_after(peer, size, ZMQ_ROUTER), PR_ZMTP_BAD);
	make_peer(peer, ZMQ_ROUTER, "");
	memcpy(peer + 12, "PLAIN", 5);
	assert_int_equal(state_after(peer, size, ZMQ_ROUTER), PR_ZMTP_BAD);
	assert_int_equal(state_after((const uint8_t *)"GET / HTTP/1.1\r\n", 16, ZMQ_ROUTER),
	                 PR_ZMTP_BAD);
}

/* A READY made by hand behind a good greeting.  */
static enum pr_zmtp_state ready_gives(const char *frame, size_t frame_size)
{
	uint8_t peer[PR_ZMTP_GREETING_SIZE + 64];

	pr_zmtp_greeting(peer, "NULL");
	memcpy(peer + PR_ZMTP_GREETING_SIZE, frame, frame_size);
	return state_after(peer, PR_ZMTP_GREETING_SIZE + frame_size, ZMQ_PAIR);
}

#define READY(text) ready_gives(text, sizeof(text) - 1)

static void malformed_ready_is_refused(void **state)
{
	(void)state;
	assert_int_equal(READY("\4\33\5READY\13Socket-Type\0\0\0\4PAIR"),
	                 PR_ZMTP_WANT_COMMAND); /* a byte is due */
	assert_int_equal(READY("\4\32\5READY\13Socket-Type\0\0\0\4PAIR"), PR_ZMTP_DONE);
	assert_int_equal(READY("\4\32\5READY\13sOCKET-tYPE\0\0\0\4PAIR"), PR_ZMTP_DONE);
	assert_int_equal(READY("\0\32\5READY\13Socket-Type\0\0\0\4PAIR"),
	                 PR_ZMTP_BAD);                        /* not a command */
	assert_int_equal(READY("\4\6\5READY"), PR_ZMTP_DONE); /* no Socket-Type */
	assert_int_equal(READY("\4\6\5ERROR"), PR_ZMTP_BAD);
	assert_int_equal(READY("\4\32\5READY\13Socket-Type\0\0\0\5PAIR"),
	                 PR_ZMTP_BAD); /* longer than READY */
	assert_int_equal(READY("\4\32\5READY\13Socket-Type\377\377\377\377PAIR"), PR_ZMTP_BAD);
	assert_int_equal(READY("\4\10\5READY\13S"), PR_ZMTP_BAD); /* cut short */
	assert_int_equal(READY("\6\377\377\377\377\377\377\377\377"), PR_ZMTP_BAD);
	assert_int_equal(READY("\6\0\0\0\0\0\0\77\377"),
	                 PR_ZMTP_BAD); /* too long for a handshake */
}

static void ping_is_answered_and_checked(void **state)
{
	uint8_t out[PR_ZMTP_PONG_MAX];

	(void)state;
	assert_int_equal(pr_zmtp_command((const uint8_t *)"\4PING\0\12abc", 10, out), 10);
	assert_memory_equal(out, "\4\10\4PONGabc", 10);
	assert_int_equal(pr_zmtp_command((const uint8_t *)"\4PING\0\12", 7, out), 7);
	assert_int_equal(pr_zmtp_command((const uint8_t *)"\4PING", 5, out), -1);
	assert_int_equal(pr_zmtp_command((const uint8_t *)"\4PING\0\0"
	                                                  "0123456789abcdef",
	                                 23, out),
	                 23);
	assert_int_equal(pr_zmtp_command((const uint8_t *)"\4PING\0\0"
	                                                  "0123456789abcdefg",
	                                 24, out),
	                 -1);
	assert_int_equal(pr_zmtp_command((const uint8_t *)"\4PONGxyz", 8, out), 0);
	assert_int_equal(pr_zmtp_command((const uint8_t *)"\7UNKNOWN", 8, out), 0);
	assert_int_equal(pr_zmtp_command((const uint8_t *)"", 0, out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(any_split_gives_the_same),
	        cmocka_unit_test(padding_and_as_server_are_not_looked_at),
	        cmocka_unit_test(who_does_not_fit_is_refused),
	        cmocka_unit_test(old_versions_other_mechanisms_and_garbage_are_refused),
	        cmocka_unit_test(malformed_ready_is_refused),
	        cmocka_unit_test(ping_is_answered_and_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
