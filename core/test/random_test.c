/* SPDX-License-Identifier: MIT */
/* core/test/random_test.c - random scenes: any options, any marks, any cuts, any reader; the same
 * messages.
 *
 * A scene is made from its number: a phase of random options, a ROUTER with a random high-water
 * mark, one to four peers with streams of random messages and PINGs, cut into random pieces, some
 * of them ending in the middle of a message; and a reader that takes its time and keeps some
 * messages.  What arrives is compared part by part with what the number says.  A failure names the
 * number; PROCTOR_TEST_SCENE=N plays that scene alone, and PROCTOR_TEST_SCENES=N plays so many.  */
#include "core/test/peer.h"
#include "core/test/phases.h"

#include "core/base/rng.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define PEERS_MAX 4
#define KEPT_MAX  8

/* The messages of one peer: written once into bytes, read again when they arrive.  */
struct script {
	struct pr_rng rng;
	uint64_t seed;
	uint32_t part, messages_left;
	bool inside;
};

struct part {
	size_t size;
	uint64_t seed;
	bool more;
};

struct kept {
	zmq_msg_t msg;
	struct part part;
};

struct scene {
	unsigned number;
	char phase[256];
	int rcvhwm;
	size_t peers_count;
	struct script expected[PEERS_MAX];
	struct pr_buf bytes[PEERS_MAX];
	size_t sent[PEERS_MAX];
	struct peer peers[PEERS_MAX];
	struct pr_rng pieces, reader;
	struct kept kept[KEPT_MAX];
	size_t kept_count;
};

static size_t random_size(struct pr_rng *rng)
{
	uint64_t kind = pr_rng_below(rng, 40);

	if (kind < 4)
		return 0;
	if (kind < 28)
		return pr_rng_below(rng, 100);
	if (kind < 36)
		return pr_rng_below(rng, 600);
	if (kind < 39)
		return pr_rng_below(rng, 10000);
	return pr_rng_below(rng, 200000);
}

static void script_init(struct script *script, uint64_t seed, uint32_t messages)
{
	*script = (struct script){.seed = seed, .messages_left = messages};
	pr_rng_init(&script->rng, seed);
}

static bool next_part(struct script *script, struct part *part)
{
	if (script->messages_left == 0)
		return false;
	part->size = random_size(&script->rng);
	part->seed = script->seed * 7919 + script->part++;
	part->more = pr_rng_below(&script->rng, 3) == 0;
	script->inside = part->more;
	script->messages_left -= !part->more;
	return true;
}

static void write_stream(struct script script, const char *id, struct pr_buf *bytes)
{
	static const char unseen[64];
	struct pr_rng rng;
	struct part part;

	pr_rng_init(&rng, script.seed + 1);
	pr_buf_init(bytes);
	pr_peer_add_handshake(bytes, "DEALER", id);
	while (next_part(&script, &part)) {
		void *body = pr_alloc(part.size);

		pr_kit_fill(body, part.size, part.seed);
		pr_peer_add_frame(bytes,
		                  (part.more ? PEER_MORE : 0) |
		                          (pr_rng_below(&rng, 5) == 0 ? PEER_LONG : 0),
		                  body, part.size);
		free(body);
		if (!part.more && pr_rng_below(&rng, 20) == 0)
			pr_peer_add_command(bytes, "PING", "\0\0ping", pr_rng_below(&rng, 5) + 2);
	}
	/* Some are cut off inside a message that nobody will see. */
	if (pr_rng_below(&rng, 3) == 0) {
		pr_peer_add_frame(bytes, PEER_MORE, "never finished", 14);
		pr_peer_add_frame(bytes, 0, unseen, pr_rng_below(&rng, 64));
		bytes->size -= pr_rng_below(&rng, 15) + 1;
	}
}

static const char *one_of(struct pr_rng *rng, const char *const *choices, size_t count)
{
	return choices[pr_rng_below(rng, count)];
}

#define ONE_OF(rng, ...)                                                                           \
	one_of(rng, (const char *const[]){__VA_ARGS__},                                            \
	       KIT_COUNT(((const char *const[]){__VA_ARGS__})))

/* Options that fit together, without a disconnect at the cap.  */
static void random_phase(struct scene *scene, struct pr_rng *rng)
{
	const struct pr_phase_preset *preset = pr_phase_presets;
	size_t count = 0;

	while (preset[count].name)
		count++;
	preset += pr_rng_below(rng, count);
	bool libuv = pr_rng_below(rng, 4) == 0; /* which reads in one way only */

	snprintf(scene->phase, sizeof(scene->phase),
	         "%s,at-cap=pause,reader=%s,speculate=%s,%s,size-check=%s,cap=%s,cap-partial=%s,"
	         "read-size=%s,drain=%s,cork=%s,io=%s",
	         preset->name, libuv ? "libuv" : "recv",
	         libuv ? "never" : ONE_OF(rng, "always", "never", "adaptive"),
	         ONE_OF(rng, "on-full=stop", "on-full=hold,store=deque", "on-full=hold,store=ring"),
	         ONE_OF(rng, "walk", "counter"), ONE_OF(rng, "none", "1", "100", "4K", "1M"),
	         ONE_OF(rng, "yes", "no"),
	         ONE_OF(rng, "64", "65", "128", "1000", "8K", "64K", "1M"),
	         libuv ? "short" : ONE_OF(rng, "once", "short", "eagain", "100", "10K"),
	         ONE_OF(rng, "64", "8K", "256K"),
	         libuv ? "thread" : ONE_OF(rng, "thread", "caller"));
}

static void scene_init(struct scene *scene, unsigned number)
{
	const int marks[] = {0, 1, 2, 3, 5, 10, 100};
	struct pr_rng rng;

	*scene = (struct scene){.number = number};
	pr_rng_init(&rng, number);
	random_phase(scene, &rng);
	scene->rcvhwm = marks[pr_rng_below(&rng, KIT_COUNT(marks))];
	scene->peers_count = pr_rng_below(&rng, PEERS_MAX) + 1;
	for (size_t i = 0; i < scene->peers_count; i++) {
		char id[2] = {(char)('0' + i), 0};

		script_init(&scene->expected[i], pr_rng_next(&rng),
		            (uint32_t)pr_rng_below(&rng, 150) + 1);
		write_stream(scene->expected[i], id, &scene->bytes[i]);
	}
	pr_rng_init(&scene->pieces, pr_rng_next(&rng));
	pr_rng_init(&scene->reader, pr_rng_next(&rng));
}

/* One piece of one stream, as much as is taken.  False when that stream is done.  */
static bool send_piece(struct scene *scene, size_t i)
{
	static const size_t sizes[] = {1, 7, 64, 500, 8192, 100000};
	size_t left = scene->bytes[i].size - scene->sent[i];
	size_t piece = pr_rng_below(&scene->pieces,
	                            sizes[pr_rng_below(&scene->pieces, KIT_COUNT(sizes))]) +
	               1;
	ssize_t sent;

	if (left == 0)
		return false;
	sent = send(scene->peers[i].fd, scene->bytes[i].text + scene->sent[i],
	            piece < left ? piece : left, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent == -1 && errno == EAGAIN)
		sched_yield();
	else if (sent == -1)
		pr_kit_fail(__FILE__, __LINE__, "scene %u: the engine closed peer %zu: %s",
		            scene->number, i, strerror(errno));
	else
		scene->sent[i] += (size_t)sent;
	if (scene->sent[i] == scene->bytes[i].size)
		shutdown(scene->peers[i].fd, SHUT_WR);
	return true;
}

static void *send_all(void *arg)
{
	struct scene *scene = arg;
	int64_t end = pr_kit_now_ms() + 2 * KIT_DEADLINE_MS;
	bool busy = true;

	while (busy && pr_kit_now_ms() < end) {
		busy = false;
		for (size_t i = 0; i < scene->peers_count; i++)
			busy |= send_piece(scene, i);
	}
	return NULL;
}

static void check_kept(struct scene *scene)
{
	while (scene->kept_count > 0) {
		struct kept *kept = &scene->kept[--scene->kept_count];

		if (!pr_kit_filled(zmq_msg_data(&kept->msg), kept->part.size, kept->part.seed))
			pr_kit_fail(__FILE__, __LINE__,
			            "scene %u: a message changed while it was kept", scene->number);
		zmq_msg_close(&kept->msg);
	}
}

/* Takes a part; keeps some for later.  */
static void take_part(struct scene *scene, void *router, size_t i)
{
	struct kept taken;
	int size;

	if (!next_part(&scene->expected[i], &taken.part))
		pr_kit_fail(__FILE__, __LINE__, "scene %u: peer %zu sent no more", scene->number,
		            i);
	zmq_msg_init(&taken.msg);
	size = zmq_msg_recv(&taken.msg, router, 0);
	if (size != (int)taken.part.size || zmq_msg_more(&taken.msg) != taken.part.more ||
	    !pr_kit_filled(zmq_msg_data(&taken.msg), taken.part.size, taken.part.seed))
		pr_kit_fail(__FILE__, __LINE__,
		            "scene %u (%s, RCVHWM %d): part %u of peer %zu, %zu bytes, "
		            "came as %d",
		            scene->number, scene->phase, scene->rcvhwm, scene->expected[i].part - 1,
		            i, taken.part.size, size);
	if (pr_rng_below(&scene->reader, 10) != 0) {
		zmq_msg_close(&taken.msg);
		return;
	}
	if (scene->kept_count == KEPT_MAX)
		check_kept(scene);
	scene->kept[scene->kept_count++] = taken;
}

static uint32_t messages_left(const struct scene *scene)
{
	uint32_t left = 0;

	for (size_t i = 0; i < scene->peers_count; i++)
		left += scene->expected[i].messages_left;
	return left;
}

static void take_message(struct scene *scene, void *router)
{
	char id = 0;
	size_t i;
	int size;

	if (pr_rng_below(&scene->reader, 30) == 0)
		pr_kit_pause();
	if (pr_rng_below(&scene->reader, 4) == 0)
		pr_kit_poll(router, ZMQ_POLLIN, KIT_DEADLINE_MS);
	size = zmq_recv(router, &id, 1, 0);
	if (size != 1)
		pr_kit_fail(__FILE__, __LINE__,
		            "scene %u (%s, RCVHWM %d): an id came as %d, %u messages left",
		            scene->number, scene->phase, scene->rcvhwm, size, messages_left(scene));
	i = (size_t)(id - '0');
	assert_true(i < scene->peers_count);
	do {
		take_part(scene, router, i);
	} while (scene->expected[i].inside);
}

static void *scene_ctx(const struct scene *scene)
{
	int (*set_phase)(void *, const char *, char *, size_t) = NULL;
	void *ctx = pr_kit_ctx();
	char error[256];

	*(void **)&set_phase = dlsym(RTLD_DEFAULT, "proctor_ctx_set_phase");
	if (set_phase && set_phase(ctx, scene->phase, error, sizeof(error)) == -1)
		pr_kit_fail(__FILE__, __LINE__, "phase '%s': %s", scene->phase, error);
	return ctx;
}

/* The peers say their handshake in one piece when libzmq is tested, which cannot bear a message in
 * the middle of it.  */
static void open_peers(struct scene *scene, const char *endpoint)
{
	for (size_t i = 0; i < scene->peers_count; i++) {
		scene->peers[i] = pr_peer_connect(endpoint);
		if (pr_kit_is_proctor())
			continue;
		scene->sent[i] = 64 + 2 + 28 + 13 + 1;
		pr_peer_send(&scene->peers[i], scene->bytes[i].text, scene->sent[i]);
		pr_peer_recv_handshake(&scene->peers[i]);
	}
}

static void play(unsigned number)
{
	struct scene scene;
	char endpoint[KIT_ENDPOINT_SIZE];
	void *ctx, *router;
	pthread_t thread;

	scene_init(&scene, number);
	ctx = scene_ctx(&scene);
	router = pr_kit_socket(ctx, ZMQ_ROUTER);
	pr_kit_set(router, ZMQ_RCVHWM, scene.rcvhwm);
	kit_bind(router, endpoint);
	open_peers(&scene, endpoint);
	pr_kit_thread(&thread, send_all, &scene);
	while (messages_left(&scene) > 0)
		take_message(&scene, router);
	pr_kit_join(thread);
	for (size_t i = 0; i < scene.peers_count; i++) {
		pr_peer_expect_end(&scene.peers[i]);
		pr_peer_close(&scene.peers[i]);
		pr_buf_fini(&scene.bytes[i]);
	}
	kit_assert_error(EAGAIN, zmq_recv(router, NULL, 0, ZMQ_DONTWAIT));
	check_kept(&scene);
	pr_kit_close(router);
	pr_kit_term(ctx);
}

static void test_scenes(void **state)
{
	const char *one = getenv("PROCTOR_TEST_SCENE"), *many = getenv("PROCTOR_TEST_SCENES");
	unsigned count = many ? (unsigned)atoi(many) : 400;

	(void)state;
	if (one)
		play((unsigned)atoi(one));
	for (unsigned number = 0; !one && number < count; number++)
		play(number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_scenes),
	};
	return KIT_RUN(tests);
}
