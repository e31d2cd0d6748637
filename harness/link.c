/* SPDX-License-Identifier: MIT */
/* harness/link.c - the tables of patterns, transports and interfaces.  */
#include "harness/link.h"

#include <stddef.h>

const struct pr_pattern_facts pr_patterns[PR_PATTERNS] = {
        [PR_ROUTER_ROUTER] = {.answers = true,
                              .streams = true,
                              .gathers = true,
                              .spread = PR_SPREADS_IN_TURN},
        [PR_DEALER_ROUTER] = {.answers = true,
                              .streams = true,
                              .gathers = true,
                              .spread = PR_SPREADS_ANY},
        [PR_DEALER_DEALER] = {.answers = true, .streams = true, .spread = PR_SPREADS_ANY},
        [PR_PAIR] = {.answers = true, .streams = true},
        [PR_PUSH_PULL] = {.streams = true, .gathers = true, .spread = PR_SPREADS_ANY},
        [PR_PUB_SUB] = {.streams = true, .drops = true, .spread = PR_SPREADS_ALL},
        [PR_REQ_REP] = {.answers = true, .delimits = true},
        [PR_REQ_ROUTER] = {.answers = true, .delimits = true},
};

const char *const pr_pattern_names[] = {
        [PR_ROUTER_ROUTER] = "router-router",
        [PR_DEALER_ROUTER] = "dealer-router",
        [PR_DEALER_DEALER] = "dealer-dealer",
        [PR_PAIR] = "pair",
        [PR_PUSH_PULL] = "push-pull",
        [PR_PUB_SUB] = "pub-sub",
        [PR_REQ_REP] = "req-rep",
        [PR_REQ_ROUTER] = "req-router",
        NULL,
};

const char *const pr_transport_names[] = {"tcp", "ipc", "inproc", NULL};
const char *const pr_api_names[] = {"send", "msg", NULL};
const char *const pr_wait_names[] = {"recv", "poll", NULL};
const char *const pr_roles_names[] = {"one", "two", NULL};

bool pr_link_same(const struct pr_link_spec *a, const struct pr_link_spec *b)
{
	return !a->stalls && !b->stalls && a->pattern == b->pattern &&
	       a->transport == b->transport && a->api == b->api && a->wait == b->wait &&
	       a->size == b->size && a->hwm == b->hwm && a->roles == b->roles &&
	       a->window == b->window && a->connections == b->connections &&
	       a->fans_out == b->fans_out;
}

bool pr_link_has_helpers(const struct pr_link_spec *spec)
{
	return spec->roles == PR_ROLES_TWO || spec->connections > 0;
}

bool pr_link_can_watch(const struct pr_link_spec *spec)
{
	return !pr_link_has_helpers(spec);
}

bool pr_link_can_trace(const struct pr_link_spec *spec)
{
	return pr_link_can_watch(spec) && !spec->stalls;
}

bool pr_link_is_stream(const struct pr_link_spec *spec)
{
	return spec->transport != PR_INPROC;
}

void pr_link_client_id(uint64_t client, char id[PR_CLIENT_ID_SIZE])
{
	id[0] = 'c';
	for (int i = PR_CLIENT_ID_SIZE - 1; i > 0; i--, client /= 10)
		id[i] = (char)('0' + client % 10);
}

#define SHORT_HEADER   2 /* flags and a length of one byte */
#define LONG_HEADER    9 /* flags and a length of eight */
#define SHORT_BODY_MAX 255

uint64_t pr_link_wire_bytes(const struct pr_link_spec *spec)
{
	uint64_t header = spec->size <= SHORT_BODY_MAX ? SHORT_HEADER : LONG_HEADER;

	return header + spec->size + (pr_patterns[spec->pattern].delimits ? SHORT_HEADER : 0);
}
