/* SPDX-License-Identifier: MIT */
/* core/test/peer.h - a peer that is nothing but a TCP socket and a script.
 *
 * The engine's other tests see what a well-behaved library sends; this one writes ZMTP (RFC 37)
 * bytes by hand: whole, in pieces, wrong, or not at all, and reads what comes back frame by frame.
 * A stream can be recorded from a real socket and replayed in other pieces.  All calls wait at most
 * KIT_DEADLINE_MS and then fail the test.  The engine under test lives in the same process, so a
 * peer can look up the engine's descriptor of their connection and see whether all it sent has been
 * read: that is how pieces are kept apart without sleeping.  */
#ifndef PR_TEST_PEER_H
#define PR_TEST_PEER_H

#include "core/base/buf.h"
#include "core/test/kit.h"

#define PEER_MORE    1u
#define PEER_LONG    2u
#define PEER_COMMAND 4u

#define PEER_GREETING_SIZE 64

struct peer {
	int fd;
	int other;     /* the engine's descriptor of this connection; -1: not looked up yet */
	uint64_t sent; /* bytes */
};

struct peer_frame {
	unsigned flags;
	size_t size;
	uint8_t *body; /* heap; freed by the next pr_peer_frame_fini */
};

/* ---- Bytes: each function appends to out ---- */

/* A greeting of ZMTP 3.minor with the NULL mechanism.  */
void pr_peer_add_greeting(struct pr_buf *out, int minor);

/* A frame; the long form when size needs it or flags ask for it.  */
void pr_peer_add_frame(struct pr_buf *out, unsigned flags, const void *body, size_t size);
void pr_peer_add_text(struct pr_buf *out, unsigned flags, const char *text);

/* A command: its name with its length in front, then data.  */
void pr_peer_add_command(struct pr_buf *out, const char *name, const void *data, size_t size);

/* READY with Socket-Type, and Identity unless id is NULL.  */
void pr_peer_add_ready(struct pr_buf *out, const char *socket_type, const char *id);
void pr_peer_add_property(struct pr_buf *out, const char *name, const void *value, size_t size);

/* Greeting and READY of a peer that has nothing to say about anything.  */
void pr_peer_add_handshake(struct pr_buf *out, const char *socket_type, const char *id);

/* ---- Connections ---- */

struct peer pr_peer_connect(const char *endpoint);
int pr_peer_listen(char endpoint[KIT_ENDPOINT_SIZE]);

/* The same at an address of pr_kit_unused_endpoint() or pr_peer_listen().  */
int pr_peer_listen_at(const char *endpoint);
struct peer pr_peer_accept(int listener);
void pr_peer_close(struct peer *peer);
void pr_peer_reset(struct peer *peer); /* RST instead of FIN */

/* Sends everything, or returns false when the engine has closed the connection.  */
bool pr_peer_send(struct peer *peer, const void *bytes, size_t size);
bool pr_peer_send_buf(struct peer *peer, const struct pr_buf *buf);

/* Sends in pieces of at most chunk bytes.  With apart, each is read before the next is sent
 * (waiting at most apart_ms for that, so that an engine that has stopped reading is not waited
 * for).  */
bool pr_peer_send_chunks(struct peer *peer, const void *bytes, size_t size, size_t chunk,
                         int apart_ms);

/* Waits until the engine has read everything that was sent: false when timeout_ms passed first.  */
bool pr_peer_wait_read(struct peer *peer, int timeout_ms);

/* Exactly size bytes.  */
void pr_peer_recv(struct peer *peer, void *bytes, size_t size);

/* Whether anything (bytes or the end) is there within timeout_ms.  */
bool pr_peer_has_input(struct peer *peer, int timeout_ms);

/* The next frame; false at the end of the stream, also when it ends inside a frame.  */
bool pr_peer_recv_frame(struct peer *peer, struct peer_frame *frame);
void pr_peer_frame_fini(struct peer_frame *frame);

/* Receives one frame and compares it; commands that come before it are skipped.  */
void pr_peer_expect(struct peer *peer, unsigned more, const char *text);

/* Reads and throws away until the engine closes the connection.  */
void pr_peer_expect_end(struct peer *peer);

/* Reads the engine's greeting and its READY.  */
void pr_peer_recv_handshake(struct peer *peer);

/* Connects and shakes hands.  */
struct peer pr_peer_open(const char *endpoint, const char *socket_type, const char *id);

/* PING, and frames until its PONG (messages are thrown away): when it returns the engine has
 * decoded all that was sent before.  */
void pr_peer_ping(struct peer *peer);

/* Takes everything the engine sends after the handshake until it closes; *stream gets the bytes
 * from the first of the greeting on.  */
void pr_peer_record(struct peer *peer, const char *socket_type, struct pr_buf *stream);

#endif
