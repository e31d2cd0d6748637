/* SPDX-License-Identifier: MIT */
/* core/test/siege_test.c - strangers in thousands, and strangers who claim or begin what never
 * ends.
 *
 * A ROUTER has one healthy peer whose questions are answered all the while.  It is bound twice: at
 * one place strangers may take for ever over their handshake, so that what they cost can be counted
 * while they are there; at the other their time is short, and they have to go by themselves.  */
#include "core/test/peer.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define MIB (1024 * 1024)

/* Under a sanitizer a malloc of its own does not say what is in use, and all is slower.  */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_JUDGED false
#define CROWD            200
#else
#define MEMORY_IS_JUDGED true
#define CROWD            2000
#endif

/* What one stranger may cost before it is known to be a peer, and what any crowd may.  */
#define HALF_OPEN_BYTES 49152
#define SLACK_BYTES     MIB

/* What an engine may keep for the next traffic.  */
#define KEPT_BYTES (16 * MIB)

#define SHORT_IVL 500

/* Sockets may get descriptors for waiting meanwhile.  */
#define SPARE_FDS 8

struct fixture {
	void *ctx, *router, *healthy;
	char patient[KIT_ENDPOINT_SIZE], impatient[KIT_ENDPOINT_SIZE];
	struct pr_buf out;
	struct peer *crowd;
	size_t fds;
	int64_t bytes;
};

/* In use, in all arenas and behind their backs.  */
static int64_t bytes_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return (int64_t)(info.uordblks + info.hblkhd);
}

static void expect_bytes_below(const struct fixture *f, int64_t limit)
{
	int64_t growth = bytes_in_use() - f->bytes;

	if (MEMORY_IS_JUDGED && growth >= limit)
		pr_kit_fail(__FILE__, __LINE__, "%lld bytes more are in use, %lld are allowed",
		            (long long)growth, (long long)limit);
}

/* The healthy peer asks and is answered; nobody else may say anything.  */
static void check_healthy(struct fixture *f)
{
	kit_send_more(f->healthy, "");
	kit_send(f->healthy, "still there?");
	kit_expect_more(f->router, "healthy");
	kit_expect_more(f->router, "");
	kit_expect(f->router, "still there?");
	kit_send_more(f->router, "healthy");
	kit_send_more(f->router, "");
	kit_send(f->router, "still here");
	kit_expect_more(f->healthy, "");
	kit_expect(f->healthy, "still here");
}

static void bind_for(struct fixture *f, int handshake_ivl, char endpoint[KIT_ENDPOINT_SIZE])
{
	pr_kit_set(f->router, ZMQ_HANDSHAKE_IVL, handshake_ivl);
	kit_bind(f->router, endpoint);
}

static int set_up(void **state)
{
	struct fixture *f = pr_alloc(sizeof(*f));

	f->ctx = pr_kit_ctx();
	f->router = pr_kit_socket(f->ctx, ZMQ_ROUTER);
	f->healthy = pr_kit_socket(f->ctx, ZMQ_DEALER);
	pr_kit_set_id(f->healthy, "healthy");
	pr_kit_set(f->router, ZMQ_BACKLOG, CROWD);
	bind_for(f, 0, f->patient);
	bind_for(f, SHORT_IVL, f->impatient);
	kit_assert_ok(zmq_connect(f->healthy, f->patient));
	pr_buf_init(&f->out);
	f->crowd = pr_alloc(CROWD * sizeof(*f->crowd));
	check_healthy(f);
	f->fds = pr_kit_open_fds() + SPARE_FDS;
	f->bytes = bytes_in_use();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->crowd);
	pr_buf_fini(&f->out);
	pr_kit_close(f->healthy);
	pr_kit_close(f->router);
	pr_kit_term(f->ctx);
	free(f);
	return 0;
}

/* ---- The crowd ---- */

static void needs_descriptors(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 2 * CROWD + 256;
	if (limit.rlim_cur > limit.rlim_max || setrlimit(RLIMIT_NOFILE, &limit) != 0)
		skip();
}

/* Everybody comes and has been let in at the door.  */
static void gather(struct fixture *f, const char *endpoint)
{
	for (int i = 0; i < CROWD; i++) {
		f->crowd[i] = pr_peer_connect(endpoint);
		if (i % 100 == 0)
			check_healthy(f);
	}
}

static void say(struct fixture *f, const void *bytes, size_t size)
{
	for (int i = 0; i < CROWD; i++)
		pr_peer_send(&f->crowd[i], bytes, size);
	check_healthy(f);
}

static void leave(struct fixture *f)
{
	for (int i = 0; i < CROWD; i++)
		pr_peer_close(&f->crowd[i]);
	kit_until(pr_kit_open_fds() <= f->fds);
	check_healthy(f);
}

/* All they sent has been read, too.  */
static void expect_all_inside(struct fixture *f)
{
	kit_until(pr_kit_open_fds() >= f->fds - SPARE_FDS + 2 * (size_t)CROWD);
	for (int i = 0; i < 5; i++)
		check_healthy(f);
}

/* How a handshake stops half-way: everything of it but the last byte.  */
static void add_endless_handshake(struct pr_buf *out)
{
	static const char value[4000];
	struct pr_buf properties;

	pr_buf_init(&properties);
	pr_peer_add_property(&properties, "Socket-Type", "DEALER", 6);
	pr_peer_add_property(&properties, "X-Endless", value, sizeof(value));
	pr_peer_add_greeting(out, 1);
	pr_peer_add_command(out, "READY", properties.text, properties.size);
	pr_buf_fini(&properties);
	out->size--;
}

/* The three crowds: silent, with half a greeting, with nearly all of a handshake.  */
static const struct {
	const char *name;
	bool speaks, greets;
} crowds[] = {{"silent", false, false}, {"half a greeting", true, false}, {"endless", true, true}};

static void prepare_speech(struct fixture *f, size_t crowd)
{
	pr_buf_clear(&f->out);
	if (crowds[crowd].greets)
		add_endless_handshake(&f->out);
	else if (crowds[crowd].speaks)
		pr_peer_add_greeting(&f->out, 1);
	if (crowds[crowd].speaks && !crowds[crowd].greets)
		f->out.size /= 2;
}

/* While they are there each costs a bounded amount, whatever it said; nothing is left of them.  */
static void test_half_open_cost(void **state)
{
	struct fixture *f = *state;

	needs_descriptors();
	for (size_t i = 0; i < KIT_COUNT(crowds); i++) {
		prepare_speech(f, i);
		gather(f, f->patient);
		say(f, f->out.text, f->out.size);
		expect_all_inside(f);
		expect_bytes_below(f, (int64_t)CROWD * HALF_OPEN_BYTES + SLACK_BYTES);
		leave(f);
		expect_bytes_below(f, SLACK_BYTES);
	}
}

/* They have to go when their time is over: our ends of the connections stay open.  */
static void test_half_open_time(void **state)
{
	struct fixture *f = *state;

	needs_descriptors();
	for (size_t i = 0; i < KIT_COUNT(crowds); i++) {
		prepare_speech(f, i);
		gather(f, f->impatient);
		say(f, f->out.text, f->out.size);
		kit_until((check_healthy(f), pr_kit_open_fds() <= f->fds + CROWD));
		for (int k = 0; k < CROWD; k += CROWD / 10)
			pr_peer_expect_end(&f->crowd[k]);
		leave(f);
	}
}

/* A byte from each in turn does not buy time.  */
static void test_dripping_handshakes(void **state)
{
	struct fixture *f = *state;

	needs_descriptors();
	add_endless_handshake(&f->out);
	gather(f, f->impatient);
	/* Nobody gets to the end, however slow the engine. */
	for (size_t at = 0; at < f->out.size && pr_kit_open_fds() > f->fds + CROWD; at++)
		say(f, f->out.text + at, 1);
	kit_until(pr_kit_open_fds() <= f->fds + CROWD);
	leave(f);
}

/* People at the door who turn round at once, by the thousand.  */
static void test_come_and_go(void **state)
{
	struct fixture *f = *state;

	needs_descriptors();
	pr_peer_add_handshake(&f->out, "DEALER", NULL);
	for (int i = 0; i < CROWD; i++) {
		struct peer peer = pr_peer_connect(f->patient);

		/* From nothing at all to a whole handshake. */
		pr_peer_send(&peer, f->out.text, (size_t)i % (f->out.size + 1));
		if (i % 2)
			pr_peer_close(&peer);
		else
			pr_peer_reset(&peer);
		if (i % 20 == 0)
			check_healthy(f);
	}
	kit_until(pr_kit_open_fds() <= f->fds);
	for (int i = 0; i < 5; i++)
		check_healthy(f);
	expect_bytes_below(f, SLACK_BYTES);
}

/* ---- Claims ---- */

#define CLAIMERS 100

static const uint64_t claims[] = {INT64_MAX, INT64_MAX - 9, 1ull << 62, 1ull << 40, 1ull << 33};

static void add_claim(struct pr_buf *out, unsigned flags, uint64_t size)
{
	char header[9] = {(char)(PEER_LONG | flags)};

	for (int i = 0; i < 8; i++)
		header[1 + i] = (char)(size >> (56 - 8 * i));
	pr_buf_add(out, header, sizeof(header));
	pr_buf_puts(out, "and this is all");
}

/* VmRSS: memory that is reserved and never written to costs nothing.  */
static int64_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long long total, resident;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lld %lld", &total, &resident), 2);
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}

/* Without MAXMSGSIZE a claim is believed, but memory is used for what has really come.  */
static void test_huge_claims(void **state)
{
	struct fixture *f = *state;
	int64_t before = resident_bytes();

	for (size_t i = 0; i < KIT_COUNT(claims); i++) {
		for (int k = 0; k < CLAIMERS; k++) {
			pr_buf_clear(&f->out);
			pr_peer_add_handshake(&f->out, "DEALER", NULL);
			if (k % 2)
				pr_peer_add_text(&f->out, PEER_MORE, "part");
			add_claim(&f->out, k % 2 ? PEER_MORE : 0, claims[i]);
			f->crowd[k] = pr_peer_connect(f->patient);
			pr_peer_send_buf(&f->crowd[k], &f->out);
		}
		for (int k = 0; k < CLAIMERS; k++)
			check_healthy(f);
		if (MEMORY_IS_JUDGED)
			assert_in_range(resident_bytes(), 0,
			                before + (int64_t)CLAIMERS * 4 * HALF_OPEN_BYTES +
			                        SLACK_BYTES);
		for (int k = 0; k < CLAIMERS; k++)
			pr_peer_close(&f->crowd[k]);
		kit_until(pr_kit_open_fds() <= f->fds);
	}
	check_healthy(f);
}

/* With it whoever claims more is shown out at once, and what came before the claim has arrived.  */
static void test_claims_beyond_maxmsgsize(void **state)
{
	struct fixture *f = *state;
	const int64_t most = 1000;
	char endpoint[KIT_ENDPOINT_SIZE];

	assert_int_equal(zmq_setsockopt(f->router, ZMQ_MAXMSGSIZE, &most, sizeof(most)), 0);
	bind_for(f, 0, endpoint);
	for (size_t i = 0; i <= KIT_COUNT(claims); i++) {
		struct peer peer = pr_peer_open(endpoint, "DEALER", "liar");

		pr_buf_clear(&f->out);
		pr_peer_add_text(&f->out, 0, "true");
		assert_true(pr_peer_send_buf(&peer, &f->out));
		kit_expect_more(f->router, "liar");
		kit_expect(f->router, "true");
		pr_buf_clear(&f->out);
		add_claim(&f->out, 0, i < KIT_COUNT(claims) ? claims[i] : (uint64_t)most + 1);
		pr_peer_send_buf(&peer, &f->out);
		pr_peer_expect_end(&peer);
		pr_peer_close(&peer);
		check_healthy(f);
		kit_until(pr_kit_open_fds() <= f->fds + 1); /* the third listener */
	}
	expect_bytes_below(f, SLACK_BYTES);
}

/* ---- Messages without an end ---- */

/* Neither MAXMSGSIZE, which is for a frame, nor RCVHWM, which counts messages, limits a message of
 * ever more parts: it grows until its peer has gone, as in libzmq.  But here it costs the bytes
 * that came, while libzmq has 64 bytes and more for each part.  The application sees nothing of it.
 */
static void test_endless_parts(void **state)
{
	struct fixture *f = *state;

	while (f->out.size < 4 * MIB)
		pr_peer_add_text(&f->out, PEER_MORE, "");
	f->bytes = bytes_in_use();
	for (int i = 0; i < 6; i++) {
		struct peer peer = pr_peer_open(f->patient, "DEALER", "endless");

		assert_true(pr_peer_send_buf(&peer, &f->out));
		check_healthy(f);
		pr_peer_ping(&peer);
		if (pr_kit_is_proctor())
			expect_bytes_below(f, KEPT_BYTES + 3 * 4 * MIB + SLACK_BYTES);
		pr_peer_close(&peer);
		kit_until(pr_kit_open_fds() <= f->fds);
	}
	kit_until((check_healthy(f),
	           !MEMORY_IS_JUDGED || bytes_in_use() - f->bytes < KEPT_BYTES + SLACK_BYTES));
}

#define SIEGE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        SIEGE_TEST(test_half_open_cost),      SIEGE_TEST(test_half_open_time),
	        SIEGE_TEST(test_dripping_handshakes), SIEGE_TEST(test_come_and_go),
	        SIEGE_TEST(test_huge_claims),         SIEGE_TEST(test_claims_beyond_maxmsgsize),
	        SIEGE_TEST(test_endless_parts),
	};
	return KIT_RUN(tests);
}
