/* SPDX-License-Identifier: MIT */
/* core/options.h - socket options as a table.
 *
 * Names, numbers, types, defaults and ranges are libzmq's (zmq_setsockopt(3), zmq_getsockopt(3)).
 * Most options are a field of struct pr_options and one line of the table; the few that do
 * something are functions in the same table.  A connection keeps the options that its socket had
 * when it was bound or connected.  */
#ifndef PR_OPTIONS_H
#define PR_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

struct pr_filter;
struct pr_socket;

#define PR_OPTIONS_METADATA_MAX 2048 /* libzmq has no limit */

struct pr_options {
	int sndhwm, rcvhwm;                   /* messages; 0 = no limit */
	int linger;                           /* ms; -1 = for ever */
	int sndtimeo, rcvtimeo;               /* ms; -1 = for ever */
	int reconnect_ivl, reconnect_ivl_max; /* ms */
	int connect_timeout, handshake_ivl;   /* ms; 0 = none */
	int heartbeat_ivl, heartbeat_ttl;     /* ms; 0 = none */
	int heartbeat_timeout;                /* ms; -1 = heartbeat_ivl */
	int backlog;
	int64_t maxmsgsize; /* bytes; -1 = no limit */
	uint64_t affinity;  /* set of I/O threads; 0 = any */
	int sndbuf, rcvbuf; /* bytes; -1 = the system's */
	int tcp_keepalive, tcp_keepalive_cnt, tcp_keepalive_idle,
	        tcp_keepalive_intvl; /* -1 = the system's */
	int tos;
	int ipv6;
	int immediate;
	int tcp_maxrt; /* ms; 0 = the system's */
	int use_fd;    /* a descriptor that listens already; -1 = none */
	int rate, recovery_ivl, multicast_hops, multicast_maxtpdu, multicast_loop,
	        loopback_fastpath; /* kept only */
	int reconnect_stop;        /* bit 0: a connect that is refused is the last */
	int router_mandatory, router_handover, probe_router;
	int invert_matching; /* to all that did not subscribe */
	int conflate;        /* only the last message is kept */
	int req_correlate, req_relaxed;
	int raw;           /* STREAM, ZMQ_ROUTER_RAW: peers that speak no ZMTP */
	int stream_notify; /* of them: an empty message when one comes or goes */
	_Alignas(size_t) uint8_t routing_id[256]; /* room for 255 and to spare */
	size_t routing_id_size;
	uint8_t connect_routing_id[256]; /* for the next connect only */
	size_t connect_routing_id_size;
	uint8_t bind_to_device[256]; /* texts end with a NUL that their size does not count */
	size_t bind_to_device_size;
	uint8_t socks_proxy[256];
	size_t socks_proxy_size;
	uint8_t socks_username[256];
	size_t socks_username_size;
	uint8_t socks_password[256];
	size_t socks_password_size;
	struct pr_filter *filter; /* a reference (core/filter.h) */

	/* Security (core/options_security.c).  The texts end in a NUL, too.  */
	int mechanism; /* ZMQ_NULL... */
	int as_server; /* of the mechanism */
	uint8_t plain_username[256];
	size_t plain_username_size;
	uint8_t plain_password[256];
	size_t plain_password_size;
	uint8_t zap_domain[256];
	size_t zap_domain_size;
	int zap_enforce_domain;
	uint8_t metadata[PR_OPTIONS_METADATA_MAX]; /* properties for the peer, as on the wire */
	size_t metadata_size;
};

void pr_options_init(struct pr_options *options);

/* zmq_setsockopt and zmq_getsockopt: return 0 or an errno value.  Application thread.  */
int pr_options_set(struct pr_socket *socket, int option, const void *value, size_t size);
int pr_options_get(struct pr_socket *socket, int option, void *value, size_t *size);

/* Those of security.  ENOENT: it is none of them.  */
int pr_options_set_security(struct pr_options *options, int option, const void *value, size_t size);
int pr_options_get_security(const struct pr_options *options, int option, void *value,
                            size_t *size);

#endif
