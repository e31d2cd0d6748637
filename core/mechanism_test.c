/* SPDX-License-Identifier: MIT */
/* core/mechanism_test.c - the security mechanisms: two machines shake hands, byte by byte and in
 * every other split, and all that a peer or a ZAP handler can do wrong.  */
#include "core/mechanism.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/include/proctor/zmq.h"
#include "core/metadata.h"
#include "core/zap.h"

#define PROTOCOL ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
#define AUTH     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH

static const struct pr_options null_plainly = {.mechanism = ZMQ_NULL};
static const struct pr_options null_asking = {
        .mechanism = ZMQ_NULL, .zap_domain = "d", .zap_domain_size = 1};
static const struct pr_options plain_server = {.mechanism = ZMQ_PLAIN, .as_server = 1};
static const struct pr_options plain_client = {.mechanism = ZMQ_PLAIN,
                                               .plain_username = "admin",
                                               .plain_username_size = 5,
                                               .plain_password = "secret",
                                               .plain_password_size = 6,
                                               .routing_id = "me",
                                               .routing_id_size = 2};

/* A machine with what has arrived for it; answer is the ZAP handler's (0: there is none).  */
struct side {
	struct pr_zmtp zmtp;
	uint8_t input[8192];
	size_t input_size;
	int answer;
	unsigned asked;
};

static void open_side(struct side *side, int type, const struct pr_options *options, int answer)
{
	memset(side, 0, sizeof(*side));
	side->answer = answer;
	pr_zmtp_init(&side->zmtp, type, options);
}

static void serve(struct side *side)
{
	struct pr_zmtp *zmtp = &side->zmtp;

	if (zmtp->zap != PR_ZMTP_ZAP_DUE)
		return;
	zmtp->zap = PR_ZMTP_ZAP_ASKED;
	side->asked++;
	if (side->answer)
		pr_zmtp_zap_answer(zmtp, side->answer);
	else
		pr_zmtp_zap_absent(zmtp);
}

static void arrive(struct side *side, const void *data, size_t size)
{
	size_t used;

	memcpy(side->input + side->input_size, data, size);
	side->input_size += size;
	do {
		used = pr_zmtp_feed(&side->zmtp, side->input, side->input_size);
		serve(side);
		side->input_size -= used;
		memmove(side->input, side->input + used, side->input_size);
	} while (used > 0);
}

/* What from has said goes to to, in pieces of step bytes.  False: it has said nothing.  */
static bool carry(struct side *from, struct side *to, size_t step)
{
	uint8_t said[PR_ZMTP_OUT_MAX];
	size_t size = from->zmtp.out_size;

	memcpy(said, from->zmtp.out, size);
	from->zmtp.out_size = 0;
	for (size_t at = 0; at < size; at += step)
		arrive(to, said + at, size - at < step ? size - at : step);
	return size > 0;
}

static void talk(struct side *a, struct side *b, size_t step)
{
	while (carry(a, b, step) | carry(b, a, step))
		;
}

static void close_side(struct side *side)
{
	pr_zmtp_fini(&side->zmtp);
}

static void shake(const struct pr_options *ours, const struct pr_options *theirs, size_t step)
{
	struct side a, b;

	open_side(&a, ZMQ_ROUTER, ours, 200);
	open_side(&b, ZMQ_DEALER, theirs, 200);
	talk(&a, &b, step);
	assert_int_equal(a.zmtp.state, PR_ZMTP_DONE);
	assert_int_equal(b.zmtp.state, PR_ZMTP_DONE);
	assert_int_equal(a.input_size + b.input_size, 0);
	assert_int_equal(a.zmtp.routing_id_size, theirs->routing_id_size);
	assert_memory_equal(a.zmtp.routing_id, theirs->routing_id, theirs->routing_id_size);
	close_side(&a);
	close_side(&b);
}

static void hands_are_shaken_in_any_split(void **state)
{
	(void)state;
	for (size_t step = 1; step <= 160; step++) {
		shake(&null_plainly, &null_plainly, step);
		shake(&null_asking, &null_plainly, step);
		shake(&null_asking, &null_asking, step);
		shake(&plain_server, &plain_client, step);
	}
}

static void the_server_is_told_who_comes(void **state)
{
	struct side server, client;

	(void)state;
	open_side(&server, ZMQ_PULL, &plain_server, 200);
	open_side(&client, ZMQ_PUSH, &plain_client, 200);
	talk(&server, &client, 1);
	assert_int_equal(server.asked, 1);
	assert_int_equal(client.asked, 0);
	assert_int_equal(server.zmtp.username.size, 5);
	assert_memory_equal(server.zmtp.username.data, "admin", 5);
	assert_int_equal(server.zmtp.password.size, 6);
	assert_memory_equal(server.zmtp.password.data, "secret", 6);
	close_side(&server);
	close_side(&client);
}

static void check_failure(const struct side *side, int event, int value)
{
	assert_non_null(side->zmtp.failure.why);
	assert_int_equal(side->zmtp.failure.event, event);
	assert_int_equal(side->zmtp.failure.value, value);
}

/* Who is refused is told so, with the status, and learns that trying again is no use.  */
static void check_refusal(const struct pr_options *ours, const struct pr_options *theirs,
                          int status)
{
	struct side server, client;

	open_side(&server, ZMQ_PAIR, ours, status);
	open_side(&client, ZMQ_PAIR, theirs, status);
	talk(&server, &client, 3);
	assert_true(server.zmtp.is_refused);
	check_failure(&server, AUTH, status);
	assert_int_equal(client.zmtp.state, PR_ZMTP_BAD);
	assert_false(client.zmtp.is_passing);
	check_failure(&client, AUTH, status);
	arrive(&server, "\4\6\5READY", 8);
	assert_int_equal(server.zmtp.state, PR_ZMTP_BAD);
	check_failure(&server, AUTH, status);
	close_side(&server);
	close_side(&client);
}

static void who_is_refused_is_told(void **state)
{
	(void)state;
	check_refusal(&plain_server, &plain_client, 400);
	check_refusal(&plain_server, &plain_client, 500);
	check_refusal(&null_asking, &null_plainly, 400);
	check_refusal(&null_asking, &null_plainly, 500);
}

/* Before the answer nothing is said; a status of 300 is not told either.  */
static void check_trouble(const struct pr_options *ours, const struct pr_options *theirs)
{
	struct side server, client;

	open_side(&server, ZMQ_PAIR, ours, 300);
	open_side(&client, ZMQ_PAIR, theirs, 300);
	talk(&server, &client, 64);
	assert_int_equal(server.zmtp.state, PR_ZMTP_BAD);
	assert_true(server.zmtp.is_passing);
	check_failure(&server, AUTH, 300);
	assert_int_equal(client.zmtp.state, PR_ZMTP_WANT_COMMAND);
	close_side(&server);
	close_side(&client);
}

static void trouble_is_not_told(void **state)
{
	(void)state;
	check_trouble(&plain_server, &plain_client);
	check_trouble(&null_asking, &null_plainly);
}

static void check_absent(const struct pr_options *ours, const struct pr_options *theirs,
                         enum pr_zmtp_state wanted)
{
	struct side server, client;

	open_side(&server, ZMQ_PAIR, ours, 0);
	open_side(&client, ZMQ_PAIR, theirs, 0);
	talk(&server, &client, 64);
	assert_int_equal(server.zmtp.state, wanted);
	if (wanted == PR_ZMTP_BAD)
		check_failure(&server, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, EFAULT);
	close_side(&server);
	close_side(&client);
}

static void without_a_handler_only_null_goes_on(void **state)
{
	struct pr_options enforcing = null_asking;

	(void)state;
	enforcing.zap_enforce_domain = 1;
	check_absent(&plain_server, &plain_client, PR_ZMTP_BAD);
	check_absent(&null_asking, &null_plainly, PR_ZMTP_DONE);
	check_absent(&enforcing, &null_plainly, PR_ZMTP_BAD);
}

static void other_mechanisms_do_not_fit(void **state)
{
	struct side a, b;

	(void)state;
	open_side(&a, ZMQ_PAIR, &plain_server, 200);
	open_side(&b, ZMQ_PAIR, &null_plainly, 200);
	carry(&a, &b, 64);
	check_failure(&b, PROTOCOL, ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH);
	assert_int_equal(b.zmtp.state, PR_ZMTP_BAD);
	close_side(&a);
	close_side(&b);
}

/* A peer with a good greeting, and then these bytes.  */
static void give(const struct pr_options *options, int answer, const char *bytes, size_t size,
                 int value)
{
	uint8_t greeting[PR_ZMTP_GREETING_SIZE];

	for (size_t step = 1; step <= size; step++) {
		struct side side;

		open_side(&side, ZMQ_PAIR, options, answer);
		pr_zmtp_greeting(greeting, side.zmtp.mechanism->name);
		arrive(&side, greeting, sizeof(greeting));
		for (size_t at = 0; at < size; at += step)
			arrive(&side, bytes + at, size - at < step ? size - at : step);
		assert_int_equal(side.zmtp.state, PR_ZMTP_BAD);
		check_failure(&side, value ? PROTOCOL : 0, value);
		close_side(&side);
	}
}

#define GIVE(options, bytes, value) give(&(options), 200, bytes, sizeof(bytes) - 1, value)

#define UNEXPECTED ZMQ_PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND
#define HELLO      "\4\12\5HELLO\1a\1b"
#define PROPERTIES "\13Socket-Type\0\0\0\4PAIR"

static void a_client_that_breaks_the_rules_is_closed(void **state)
{
	int malformed = ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_HELLO;

	(void)state;
	GIVE(plain_server, "\4\10\7WELCOME", UNEXPECTED);
	GIVE(plain_server, "\4\32\5READY" PROPERTIES, UNEXPECTED);
	GIVE(plain_server, "\4\35\10INITIATE" PROPERTIES, UNEXPECTED);
	GIVE(plain_server, "\4\6\5HELLO", malformed);
	GIVE(plain_server, "\4\10\5HELLO\2a", malformed);
	GIVE(plain_server, "\4\10\5HELLO\1a", malformed);
	GIVE(plain_server, "\4\11\5HELLO\1a\1", malformed);
	GIVE(plain_server, "\4\13\5HELLO\1a\1bc", malformed);
	GIVE(plain_server, "\4\12\5HELLO\377a\1b", malformed);
	GIVE(plain_server, "\4\12\5hello\1a\1b", UNEXPECTED);
	GIVE(plain_server, "\0\12\5HELLO\1a\1b", UNEXPECTED);
	GIVE(plain_server, "\4\0", UNEXPECTED);
	GIVE(plain_server, HELLO HELLO, UNEXPECTED);
	GIVE(plain_server, HELLO "\4\12\5ERROR\003400", UNEXPECTED);
	GIVE(plain_server, HELLO "\4\12\10INITIATE\1", 0);
	GIVE(plain_server, HELLO "\4\35\10INITIATE\13Socket-Type\0\0\0\4PULL", 0);
}

static void a_server_that_breaks_the_rules_is_left(void **state)
{
	int malformed = ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR;

	(void)state;
	GIVE(plain_client, HELLO, UNEXPECTED);
	GIVE(plain_client, "\4\32\5READY" PROPERTIES, UNEXPECTED);
	GIVE(plain_client, "\4\11\7WELCOMEx", ZMQ_PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_WELCOME);
	GIVE(plain_client, "\4\10\7WELCOME\4\10\7WELCOME", UNEXPECTED);
	GIVE(plain_client, "\4\10\7WELCOME\4\7\5READY\1", ZMQ_PROTOCOL_ERROR_ZMTP_INVALID_METADATA);
	GIVE(plain_client, "\4\6\5ERROR", malformed);
	GIVE(plain_client, "\4\7\5ERROR\1", malformed);
	GIVE(plain_client, "\4\11\5ERROR\2no", 0);
	GIVE(plain_client, "\4\12\5ERROR\003401", 0);
	GIVE(plain_client, "\4\5^RROR", malformed);
	GIVE(plain_client, "\4\11^RROR\003401", 0);
	GIVE(plain_client, "\4\12\5ERROR\003200", 0);
}

static void nobody_speaks_while_the_handler_thinks(void **state)
{
	struct side side;
	uint8_t greeting[PR_ZMTP_GREETING_SIZE];

	(void)state;
	pr_zmtp_greeting(greeting, "PLAIN");
	open_side(&side, ZMQ_PAIR, &plain_server, 200);
	side.zmtp.out_size = 0;
	pr_zmtp_feed(&side.zmtp, greeting, sizeof(greeting));
	pr_zmtp_feed(&side.zmtp, (const uint8_t *)HELLO, sizeof(HELLO) - 1);
	assert_int_equal(side.zmtp.zap, PR_ZMTP_ZAP_DUE);
	assert_int_equal(side.zmtp.out_size, 0);
	pr_zmtp_feed(&side.zmtp, (const uint8_t *)HELLO, sizeof(HELLO) - 1);
	check_failure(&side, PROTOCOL, ZMQ_PROTOCOL_ERROR_ZMTP_UNSPECIFIED);
	pr_zmtp_zap_answer(&side.zmtp, 200); /* too late */
	assert_int_equal(side.zmtp.state, PR_ZMTP_BAD);
	assert_int_equal(side.zmtp.out_size, 0);
	close_side(&side);

	/* NULL takes READY meanwhile, once.  */
	pr_zmtp_greeting(greeting, "NULL");
	open_side(&side, ZMQ_PAIR, &null_asking, 200);
	side.zmtp.out_size = 0;
	pr_zmtp_feed(&side.zmtp, greeting, sizeof(greeting));
	pr_zmtp_feed(&side.zmtp, (const uint8_t *)"\4\32\5READY" PROPERTIES, 28);
	assert_int_equal(side.zmtp.state, PR_ZMTP_WANT_COMMAND);
	assert_int_equal(side.zmtp.out_size, 0);
	pr_zmtp_zap_answer(&side.zmtp, 200);
	assert_int_equal(side.zmtp.state, PR_ZMTP_DONE);
	assert_true(side.zmtp.out_size > 0);
	close_side(&side);
}

/* ---- What a ZAP handler answers ---- */

struct reply_frame {
	const char *data;
	size_t size;
};

#define FRAME(text)                                                                                \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

/* A good answer of seven frames, of which one is replaced and after which there may be more.  */
static int fault_of(size_t replaced, struct reply_frame by, size_t frames)
{
	struct reply_frame good[] = {FRAME(""),
	                             FRAME("1.0"),
	                             FRAME("1"),
	                             FRAME("200"),
	                             FRAME("OK"),
	                             FRAME("joe"),
	                             FRAME("\5Hello\0\0\0\5World")};
	struct pr_zap_reply reply = {0};

	if (replaced < 7)
		good[replaced] = by;
	for (size_t i = 0; i < frames; i++) {
		const struct reply_frame *frame = &good[i < 7 ? i : 6];

		pr_zap_reply_take(&reply, (const uint8_t *)frame->data, frame->size,
		                  i + 1 < frames);
	}
	int fault = reply.fault;

	if (!fault) {
		assert_int_equal(reply.user_id_size, 3);
		assert_memory_equal(reply.user_id, "joe", 3);
		assert_int_equal(reply.metadata_size, good[6].size);
	}
	pr_zap_reply_fini(&reply);
	return fault;
}

static void answers_are_checked(void **state)
{
	const struct reply_frame none = {NULL, 0};

	(void)state;
	assert_int_equal(fault_of(9, none, 7), 0);
	for (size_t frames = 1; frames < 7; frames++)
		assert_int_equal(fault_of(9, none, frames), ZMQ_PROTOCOL_ERROR_ZAP_MALFORMED_REPLY);
	assert_int_equal(fault_of(9, none, 8), ZMQ_PROTOCOL_ERROR_ZAP_MALFORMED_REPLY);
	assert_int_equal(fault_of(9, none, 300), ZMQ_PROTOCOL_ERROR_ZAP_MALFORMED_REPLY);
	assert_int_equal(fault_of(0, (struct reply_frame)FRAME("x"), 7),
	                 ZMQ_PROTOCOL_ERROR_ZAP_UNSPECIFIED);
	assert_int_equal(fault_of(1, (struct reply_frame)FRAME("2.0"), 7),
	                 ZMQ_PROTOCOL_ERROR_ZAP_BAD_VERSION);
	assert_int_equal(fault_of(1, (struct reply_frame)FRAME("2.0"), 3),
	                 ZMQ_PROTOCOL_ERROR_ZAP_MALFORMED_REPLY);
	assert_int_equal(fault_of(2, (struct reply_frame)FRAME("2"), 7),
	                 ZMQ_PROTOCOL_ERROR_ZAP_BAD_REQUEST_ID);
	assert_int_equal(fault_of(3, (struct reply_frame)FRAME("201"), 7),
	                 ZMQ_PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE);
	assert_int_equal(fault_of(3, (struct reply_frame)FRAME("600"), 7),
	                 ZMQ_PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE);
	assert_int_equal(fault_of(3, (struct reply_frame)FRAME(""), 7),
	                 ZMQ_PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE);
	assert_int_equal(fault_of(3, (struct reply_frame)FRAME("400"), 7), 0);
	assert_int_equal(fault_of(6, (struct reply_frame)FRAME("\5Hello\0\0\0\6World"), 7),
	                 ZMQ_PROTOCOL_ERROR_ZAP_INVALID_METADATA);
	assert_int_equal(fault_of(6, (struct reply_frame)FRAME("x"), 7),
	                 ZMQ_PROTOCOL_ERROR_ZAP_INVALID_METADATA);
	assert_int_equal(fault_of(6, (struct reply_frame)FRAME(""), 7), 0);
}

/* ---- Metadata ---- */

static void what_was_said_first_is_found(void **state)
{
	struct pr_metadata *metadata = pr_metadata_create();
	char name[256];

	(void)state;
	assert_null(pr_metadata_get(metadata, "a"));
	assert_true(pr_metadata_add(metadata, "a", 1, "first", 5));
	assert_true(pr_metadata_add(metadata, "a", 1, "second", 6));
	assert_true(pr_metadata_add(metadata, "ab", 2, "", 0));
	assert_true(pr_metadata_add(metadata, "nul", 3, "x\0y", 3));
	for (int i = 0; i < 1000; i++) {
		size_t size = (size_t)snprintf(name, sizeof(name), "name-%d", i);

		assert_true(pr_metadata_add(metadata, name, size, name, size));
	}
	assert_string_equal(pr_metadata_get(metadata, "a"), "first");
	assert_string_equal(pr_metadata_get(metadata, "ab"), "");
	assert_string_equal(pr_metadata_get(metadata, "nul"), "x");
	assert_string_equal(pr_metadata_get(metadata, "name-999"), "name-999");
	assert_null(pr_metadata_get(metadata, "A"));
	assert_null(pr_metadata_get(metadata, ""));
	pr_metadata_ref(metadata, PR_METADATA_MANY);
	pr_metadata_unref(metadata, 1);
	pr_metadata_unref(metadata, PR_METADATA_MANY - 2);
	assert_string_equal(pr_metadata_get(metadata, "a"), "first");
	pr_metadata_unref(metadata, 2);
	pr_metadata_unref(NULL, 1);
}

#define OBJECTS (3 * PR_METADATA_RETURNED)

static void *return_all(void *arg)
{
	struct pr_metadata **objects = arg;

	for (int turn = 0; turn < 100; turn++)
		for (int i = 0; i < OBJECTS; i++)
			pr_metadata_return(objects[turn % 2 ? i : i % 2]);
	return NULL;
}

/* Leaks and early ends are the sanitizers' to see.  */
static void what_threads_return_is_given_back(void **state)
{
	struct pr_metadata *objects[OBJECTS];
	pthread_t threads[3];

	(void)state;
	for (int i = 0; i < OBJECTS; i++) {
		objects[i] = pr_metadata_create();
		assert_non_null(objects[i]);
		pr_metadata_ref(objects[i], PR_METADATA_MANY);
	}
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, return_all, objects), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < OBJECTS; i++) {
		int64_t returned = 3 * (50 + (i < 2 ? 50 * OBJECTS / 2 : 0));

		assert_true(pr_metadata_add(objects[i], "a", 1, "b", 1));
		pr_metadata_unref(objects[i], PR_METADATA_MANY + 1 - returned);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(hands_are_shaken_in_any_split),
	        cmocka_unit_test(the_server_is_told_who_comes),
	        cmocka_unit_test(who_is_refused_is_told),
	        cmocka_unit_test(trouble_is_not_told),
	        cmocka_unit_test(without_a_handler_only_null_goes_on),
	        cmocka_unit_test(other_mechanisms_do_not_fit),
	        cmocka_unit_test(a_client_that_breaks_the_rules_is_closed),
	        cmocka_unit_test(a_server_that_breaks_the_rules_is_left),
	        cmocka_unit_test(nobody_speaks_while_the_handler_thinks),
	        cmocka_unit_test(answers_are_checked),
	        cmocka_unit_test(what_was_said_first_is_found),
	        cmocka_unit_test(what_threads_return_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
