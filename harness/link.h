/* SPDX-License-Identifier: MIT */
/* harness/link.h - what a link must carry: socket types, transport, interface, sizes.
 *
 * A link is two connected ends, A (connects, streams) and B (binds, receives).  The tables here say
 * what the patterns allow, so that plans are refused early, counts are foretold only where they can
 * be, and nobody asks for a pattern by its number.  */
#ifndef PR_LINK_H
#define PR_LINK_H

#include <stdbool.h>
#include <stdint.h>

enum pr_pattern {
	PR_ROUTER_ROUTER,
	PR_DEALER_ROUTER,
	PR_DEALER_DEALER,
	PR_PAIR,
	PR_PUSH_PULL,
	PR_PUB_SUB,
	PR_REQ_REP,
	PR_REQ_ROUTER,
	PR_PATTERNS
};

/* What a sender with many peers does with a message.  */
enum pr_spread {
	PR_SPREADS_NOT,     /* it has one peer */
	PR_SPREADS_ANY,     /* the engine chooses whose it is */
	PR_SPREADS_IN_TURN, /* the application names each peer in turn */
	PR_SPREADS_ALL,     /* each peer gets it */
};

enum pr_transport { PR_TCP, PR_IPC, PR_INPROC };

enum pr_api {
	PR_API_SEND, /* zmq_send() and zmq_recv() */
	PR_API_MSG,  /* zmq_msg_send() and zmq_msg_recv() */
};

/* How the application waits for a message.  */
enum pr_wait {
	PR_WAIT_RECV, /* in the receiving call */
	PR_WAIT_POLL, /* in zmq_poll(), before each message */
};

/* Where the two ends are.  */
enum pr_roles {
	PR_ROLES_ONE, /* in one process */
	PR_ROLES_TWO, /* B in the worker, A in a process of its own */
};

/* Links that compare equal are shared by the workloads of a worker.  */
struct pr_link_spec {
	int pattern;          /* enum pr_pattern */
	int transport;        /* enum pr_transport */
	int api;              /* enum pr_api */
	int wait;             /* enum pr_wait */
	uint64_t size;        /* bytes of a body */
	uint64_t hwm;         /* messages either end may queue; 0 is unlimited */
	int roles;            /* enum pr_roles */
	uint64_t window;      /* requests of one end that may be unanswered; 0: no such bound */
	uint64_t connections; /* 0, or: one end alone, and so many raw clients (crowd.h) */
	bool fans_out;        /* that end is A, bound, and the clients receive; else it is B */
	bool stalls;          /* its reader stalls: no other workload shares it */
};

/* What a pattern allows.  */
struct pr_pattern_facts {
	bool answers;  /* B can send to A */
	bool streams;  /* A may send again before an answer has come */
	bool drops;    /* A drops what does not fit instead of waiting */
	bool delimits; /* an empty frame stands before each body on the wire */
	bool gathers;  /* B takes messages from any number of peers */
	int spread;    /* enum pr_spread: A sends to any number of peers */
};

extern const struct pr_pattern_facts pr_patterns[PR_PATTERNS];

/* The words of the options, by number; ended by NULL.  */
extern const char *const pr_pattern_names[];
extern const char *const pr_transport_names[];
extern const char *const pr_api_names[];
extern const char *const pr_wait_names[];
extern const char *const pr_roles_names[];

bool pr_link_same(const struct pr_link_spec *a, const struct pr_link_spec *b);

/* False when messages stay within the process: no system call carries them.  */
bool pr_link_is_stream(const struct pr_link_spec *spec);

/* True when processes beside the worker take part.  */
bool pr_link_has_helpers(const struct pr_link_spec *spec);

/* True when a tracer can watch it: all of it is in the worker, and it does not matter that it is
 * slower.  */
bool pr_link_can_trace(const struct pr_link_spec *spec);

/* True when who counts within the worker sees all of it, a stall included: such a probe hardly
 * slows it down.  */
bool pr_link_can_watch(const struct pr_link_spec *spec);

/* The routing id of a raw client, where the sender must name it: bytes, not a string.  */
#define PR_CLIENT_ID_SIZE 8
void pr_link_client_id(uint64_t client, char id[PR_CLIENT_ID_SIZE]);

/* Bytes of one message on a stream: ZMTP's headers and the body.  */
uint64_t pr_link_wire_bytes(const struct pr_link_spec *spec);

#endif
