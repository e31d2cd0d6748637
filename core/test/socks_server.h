/* SPDX-License-Identifier: MIT */
/* core/test/socks_server.h - a SOCKS5 proxy for tests: a thread that serves one connection after
 * the other, and checks what it is asked.  */
#ifndef PR_TEST_SOCKS_SERVER_H
#define PR_TEST_SOCKS_SERVER_H

#include <stdatomic.h>

#include "core/test/kit.h"

#define SOCKS_REQUEST_MAX 300
#define SOCKS_SUCCESS     "\5\0\0\1\0\0\0\0\0\0"
#define SOCKS_BYTES(text) (text), sizeof(text) - 1

/* A conversation that goes wrong: what the proxy answers to the greeting and (NULL: it hangs up) to
 * the request.  With a reply, or without any choice, it waits for the other side to end it.  */
struct socks_fault {
	const char *choice;
	size_t choice_size;
	const char *reply;
	size_t reply_size;
};

struct socks_server {
	int listener, stop;
	char endpoint[KIT_ENDPOINT_SIZE]; /* "tcp://host:port" */
	struct sockaddr_storage target;
	socklen_t target_size;
	uint8_t request[SOCKS_REQUEST_MAX]; /* the one that is expected */
	size_t request_size;
	bool wants_user;                  /* "user" and "pass" */
	bool is_slow;                     /* says everything byte by byte */
	const struct socks_fault *faults; /* for the first connections */
	int faults_count;
	bool is_forever; /* the last of the faults is for all others, too */
	atomic_int conversations;
	atomic_bool hang_up; /* on who is connected now */
	pthread_t thread;
};

/* Listens; the rest of the fields is filled in before it is started.  */
void pr_socks_server_open(struct socks_server *proxy);
void pr_socks_server_start(struct socks_server *proxy);

/* Ends its thread; who is connected loses the connection.  */
void pr_socks_server_stop(struct socks_server *proxy);

#endif
