/* SPDX-License-Identifier: MIT */
/* ci/lib/throughput.c - `throughput send|receive ENDPOINT COUNT SIZE`: messages from a PUSH socket
 * to a PULL socket.  The receiver binds, and ends when it has them all.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

int main(int argc, char **argv)
{
	void *context = zmq_ctx_new(), *socket;
	char buffer[65536] = {0};
	int receives, size, failed;
	long count;

	if (argc != 5)
		return 2;
	receives = strcmp(argv[1], "receive") == 0;
	count = atol(argv[3]);
	size = atoi(argv[4]);
	socket = zmq_socket(context, receives ? ZMQ_PULL : ZMQ_PUSH);
	failed = receives ? zmq_bind(socket, argv[2]) : zmq_connect(socket, argv[2]);
	for (long i = 0; i < count && !failed; i++)
		failed = receives ? zmq_recv(socket, buffer, sizeof(buffer), 0) < 0
		                  : zmq_send(socket, buffer, (size_t)size, 0) < 0;
	if (failed)
		fprintf(stderr, "%s: %s\n", argv[2], zmq_strerror(zmq_errno()));
	zmq_close(socket);
	zmq_ctx_term(context);
	return failed ? 1 : 0;
}
