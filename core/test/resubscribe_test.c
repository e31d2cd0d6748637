/* SPDX-License-Identifier: MIT */
/* core/test/resubscribe_test.c - topics between two libraries: ours in one process, Debian's libzmq
 * in the other, which is killed and started again.
 *
 * The other process is this program as well: it is called with a type, "bind" or "connect" and an
 * endpoint, and runs on the library in INTEROP_PEER_PATH, or on the system's when that is not set.
 * A publisher publishes on "a", "b" and "c" in turn: the topic, a number that grows, a body.  A
 * subscriber takes an unbroken row of those on "b".  */
#include "core/test/kit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define BODY_SIZE 300
#define ROW       1000

extern char **environ;

static const char *program;

static const struct {
	const char *name;
	int type;
	bool publishes;
} types[] = {
        {"PUB", ZMQ_PUB, true},
        {"XPUB", ZMQ_XPUB, true},
        {"SUB", ZMQ_SUB, false},
        {"XSUB", ZMQ_XSUB, false},
};

/* ---- What either process does ---- */

static void *make_socket(void *ctx, int type)
{
	void *socket = pr_kit_socket(ctx, type);

	pr_kit_set(socket, ZMQ_RECONNECT_IVL, 10);
	pr_kit_set(socket, ZMQ_SNDHWM, 0);
	pr_kit_set(socket, ZMQ_RCVHWM, 0);
	return socket;
}

static void change(void *socket, bool subscribes, char topic)
{
	const char message[2] = {subscribes, topic};

	if (pr_kit_get(socket, ZMQ_TYPE) == ZMQ_XSUB)
		kit_assert_ok(zmq_send(socket, message, sizeof(message), 0));
	else
		kit_assert_ok(zmq_setsockopt(socket, subscribes ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE,
		                             &topic, 1));
}

/* Until the descriptor has something to say.  The numbers go on where they were: what is under way
 * from the time before comes first.  */
static void publish_until(void *socket, int fd)
{
	static uint32_t number;
	struct pollfd until = {.fd = fd, .events = POLLIN};
	uint8_t body[BODY_SIZE];

	for (; poll(&until, 1, 0) == 0; number++) {
		const char topic = (char)('a' + number % 3);

		pr_kit_fill(body, sizeof(body), number);
		kit_assert_ok(zmq_send(socket, &topic, 1, ZMQ_SNDMORE));
		kit_assert_ok(zmq_send(socket, &number, sizeof(number), ZMQ_SNDMORE));
		kit_assert_ok(zmq_send(socket, body, sizeof(body), 0));
		if (number % 30 == 0)
			pr_kit_pause();
	}
}

static uint32_t take(void *socket, char *topic)
{
	uint8_t body[BODY_SIZE + 1];
	uint32_t number = 0;

	assert_int_equal(zmq_recv(socket, topic, 1, 0), 1);
	assert_int_equal(zmq_recv(socket, &number, sizeof(number), 0), sizeof(number));
	assert_int_equal(zmq_recv(socket, body, sizeof(body), 0), BODY_SIZE);
	assert_true(pr_kit_filled(body, BODY_SIZE, number));
	assert_false(pr_kit_get(socket, ZMQ_RCVMORE));
	return number;
}

/* Nothing else comes, nothing is missing.  Only what was still under way for whoever was there
 * before, or from him, may come first, however late: then the row begins once more.  */
static void take_row(void *socket, char wanted)
{
	char topic;
	uint32_t last = take(socket, &topic);
	bool has_begun = false;

	for (int i = 0; i < ROW; i++) {
		uint32_t number = take(socket, &topic);

		if (!has_begun && (topic != wanted || number != last + 3)) {
			has_begun = topic == wanted;
			i = -1;
		} else {
			assert_int_equal(topic, wanted);
			assert_int_equal(number, last + 3);
		}
		last = number;
	}
}

/* ---- The other process ---- */

static int be_peer(char **argv)
{
	void *ctx = pr_kit_ctx(), *socket = NULL;
	bool publishes = false;

	for (size_t i = 0; i < KIT_COUNT(types); i++)
		if (strcmp(types[i].name, argv[1]) == 0) {
			socket = make_socket(ctx, types[i].type);
			publishes = types[i].publishes;
		}
	if (!publishes)
		change(socket, true, 'b');
	if (strcmp(argv[2], "bind") == 0)
		kit_until(zmq_bind(socket, argv[3]) == 0);
	else
		kit_assert_ok(zmq_connect(socket, argv[3]));
	if (publishes) {
		publish_until(socket, STDIN_FILENO);
	} else {
		take_row(socket, 'b');
		puts(pr_kit_is_proctor() ? "proctor" : "libzmq");
		fflush(stdout);
	}
	/* Until the test kills it, or ends. */
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	poll(&in, 1, -1);
	return 0;
}

/* ---- The test's process ---- */

struct process {
	pid_t pid;
	int in, out; /* its standard input and output, our ends */
};

static char **peer_environment(void)
{
	static char path[512], *variables[512];
	const char *other = getenv("INTEROP_PEER_PATH");
	size_t count = 0;

	for (size_t i = 0; environ[i] && count < KIT_COUNT(variables) - 2; i++)
		if (strncmp(environ[i], "LD_LIBRARY_PATH=", 16) != 0)
			variables[count++] = environ[i];
	snprintf(path, sizeof(path), "LD_LIBRARY_PATH=%s", other ? other : "");
	if (other)
		variables[count++] = path;
	variables[count] = NULL;
	return variables;
}

static struct process start_peer(const char *type, bool binds, const char *endpoint)
{
	char *const arguments[] = {(char *)program, (char *)type,
	                           (char *)(binds ? "bind" : "connect"), (char *)endpoint, NULL};
	posix_spawn_file_actions_t actions;
	struct process process;
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	assert_int_equal(
	        posix_spawn(&process.pid, program, &actions, NULL, arguments, peer_environment()),
	        0);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	process.in = in[1];
	process.out = out[0];
	return process;
}

static void kill_peer(struct process *process)
{
	kill(process->pid, SIGKILL);
	assert_int_equal(waitpid(process->pid, NULL, 0), process->pid);
	close(process->in);
	close(process->out);
}

/* The peer says on which library it was right.  */
static void publish_until_right(void *socket, struct process *peer)
{
	const char *expected = getenv("INTEROP_PEER_PATH") ? "proctor\n" : "libzmq\n";
	char answer[16] = "";

	publish_until(socket, peer->out);
	assert_true(read(peer->out, answer, sizeof(answer) - 1) > 0);
	assert_string_equal(answer, expected);
}

/* From "b" to "c" and back, while messages come.  */
static void subscribe_for_a_while(void *socket)
{
	char topic;

	take_row(socket, 'b');
	change(socket, true, 'c');
	change(socket, false, 'b');
	/* An XSUB, which filters nothing itself, still gets what was under way. */
	for (int in_row = 0; in_row < 100;) {
		take(socket, &topic);
		in_row = topic == 'c' ? in_row + 1 : 0;
	}
	change(socket, true, 'b');
	change(socket, false, 'c');
}

static void check(int type, const char *peer_type, bool peer_binds)
{
	bool publishes = type == ZMQ_PUB || type == ZMQ_XPUB;
	void *ctx = pr_kit_ctx(), *socket = make_socket(ctx, type);
	char endpoint[KIT_ENDPOINT_SIZE], nothing[BODY_SIZE];

	if (!publishes)
		change(socket, true, 'b');
	if (peer_binds) {
		pr_kit_unused_endpoint(endpoint);
		kit_assert_ok(zmq_connect(socket, endpoint));
	} else {
		kit_bind(socket, endpoint);
	}
	for (int i = 0; i < 2; i++) {
		struct process peer = start_peer(peer_type, peer_binds, endpoint);

		if (publishes)
			publish_until_right(socket, &peer);
		else
			subscribe_for_a_while(socket);
		kill_peer(&peer);
		/* What it had sent before. */
		while (!publishes && pr_kit_poll(socket, ZMQ_POLLIN, 200))
			kit_assert_ok(zmq_recv(socket, nothing, sizeof(nothing), 0));
	}
	pr_kit_close(socket);
	pr_kit_term(ctx);
}

/* All pairs, either side binding.  */
static void test_topics_survive_a_restart(void **state)
{
	(void)state;
	for (size_t i = 0; i < KIT_COUNT(types); i++)
		for (size_t j = 0; j < KIT_COUNT(types); j++)
			for (int peer_binds = 0; peer_binds < 2; peer_binds++)
				if (types[i].publishes != types[j].publishes)
					check(types[i].type, types[j].name, peer_binds);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_topics_survive_a_restart),
	};

	if (argc == 4)
		return be_peer(argv);
	program = argv[0];
	return KIT_RUN(tests);
}
