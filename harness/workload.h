/* SPDX-License-Identifier: MIT */
/* harness/workload.h - what an engine is asked to do, in slices.
 *
 * A workload is a loop over the two ends of a link.  It is driven in slices of `count` units (round
 * trips or messages), so that engines in different processes can take turns.  Everything it needs
 * is in struct pr_bench; it knows no engine by name.  Where the ends are in two processes, each
 * runs its half.
 *
 * To add one: write workload/NAME.c, declare it below, add a line to workload/table.c and one to
 * CMakeLists.txt.  */
#ifndef PR_WORKLOAD_H
#define PR_WORKLOAD_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/hist.h"
#include "core/base/opts.h"
#include "harness/adapter.h"
#include "harness/mate.h"
#include "harness/pace.h"
#include "harness/plant.h"
#include "harness/pressure.h"
#include "harness/stamp.h"
#include "harness/usage.h"

#define PR_WORKLOAD_OPS_VERSION 5

enum pr_reader {
	PR_READER_FAST, /* takes messages as they come */
	PR_READER_SLOW, /* pauses now and then, so that every queue fills */
};

/* The options of a workload, with the values of the report as defaults.  */
struct pr_workload_spec {
	struct pr_link_spec link;
	uint64_t count;                   /* units a block */
	int pin;                          /* enum pr_pin: where its workers run */
	int reader;                       /* enum pr_reader; of streaming */
	uint64_t batch;                   /* of fanin: messages that a client sends at once;
	                                     0: as pr_crowd_begin() chooses */
	struct pr_pace_spec pace;         /* of paced */
	struct pr_pressure_spec pressure; /* of backpressure */
};

struct pr_fan;
struct pr_crowd;

/* One link with what the loops need around it.  A stamp belongs to the thread that sends on its
 * end, a ledger to the one that receives.  */
struct pr_bench {
	struct pr_link *link;
	const struct pr_workload_spec *spec; /* of the workload that runs */
	struct pr_stamp *stamps;             /* two, by sending end */
	struct pr_ledger *ledgers;           /* two, by receiving end */
	struct pr_fan *fan;                  /* the clients, where the link has many; else NULL */
	struct pr_crowd *crowd;              /* and their process */
	struct pr_mate *mate;         /* the second application thread, parked between slices */
	struct pr_hist *latency;      /* half of each round trip, or from the intended start; may be
	                                 NULL */
	struct pr_pace *pace;         /* of paced; else NULL */
	struct pr_pressure *pressure; /* of backpressure; else NULL */
	bool warming;                 /* what is done is not counted */
	char endpoint[PR_ENDPOINT_MAX];         /* where B is bound, in the worker; else "" */
	const struct proctor_counter *counters; /* of the engine; NULL where it has none */
	size_t counter_count;
	struct pr_plant
	        *plant; /* what is planted in the worker, on the end it has; ordinarily NULL */

	/* Called on the mate's thread when it cannot go on while the other thread waits for it.
	 * Must not return.  */
	void (*give_up)(const struct pr_error *why);
};

struct pr_workload_slice {
	uint64_t messages; /* one-way messages that were asked for */
	int64_t elapsed_ns;
	int64_t cpu_ns;   /* of the timed part; 0: all of the slice is timed */
	double fairness;  /* messages of the slowest client, of its fair share; 0: not measured */
	bool has_clients; /* many, and so long they had nothing to do: */
	int64_t clients_idle_ns;
};

/* What one end did, in the process that has it.  */
struct pr_workload_half {
	int64_t began_ns, ended_ns; /* the clock of both processes is the same */
	struct pr_usage used;
};

struct pr_workload_ops {
	const char *name;
	const char *summary;
	uint32_t version;          /* PR_WORKLOAD_OPS_VERSION */
	const struct pr_opt *opts; /* of struct pr_workload_spec; ended by { 0 } */
	struct pr_workload_spec defaults;
	uint64_t slices;            /* a block, unless the plan says otherwise */
	uint64_t warm_count;        /* units run after open and not counted */
	unsigned messages_per_unit; /* 2 when a unit is a round trip */
	uint64_t block_bytes;       /* of bodies in a block of large messages */
	uint64_t count_min;         /* units of such a block at least */
	uint64_t client_count;      /* units of a block for each client at least, */
	uint64_t client_bytes;      /* but no more than so many bytes; 0: it does not matter */
	bool has_latency;           /* fills bench->latency */
	bool is_paced;    /* works at a rate: counts, warm-up and duration follow from it, not from
	                     the fields here */
	bool stalls;      /* the engine may lose messages: how many is what is measured, and no
	                     count is foretold */
	const char *unit; /* "round trips" */
	double guess_ns;  /* what a message ordinarily takes, to predict durations */
	double guess_traced_ns; /* the same under strace */
	double guess_sd_one; /* SD of the log-ratio of a block on one CPU with the defaults; 0: not
	                      * known
	                      */

	/* Runs count units and waits until the last has arrived or is known to be lost.  What
	 * arrived wrongly is in the ledgers afterwards; only what ends the worker is an error.  */
	enum pr_err (*slice)(struct pr_bench *bench, uint64_t count,
	                     struct pr_workload_slice *slice, struct pr_error *why);

	/* The part of one end, while another process does the other's.  NULL: it cannot be split.
	 */
	enum pr_err (*half)(struct pr_bench *bench, int end, uint64_t count,
	                    struct pr_workload_half *half, struct pr_error *why);
	int last_end; /* the slice is over when this half is */
};

/* Ended by NULL.  */
extern const struct pr_workload_ops *const pr_workloads[];

/* NULL when there is none of that name.  */
const struct pr_workload_ops *pr_workload_find(const char *name);

/* PR_USAGE with a sentence when the workload cannot be done with this pattern.  what names the
 * place.  */
enum pr_err pr_workload_check(const struct pr_workload_ops *ops,
                              const struct pr_workload_spec *spec, const char *what,
                              struct pr_error *why) PR_CHECKED;

/* Units of a block, when nobody says: fewer when messages are large, more where many clients send;
 * of paced, 1.2 s; three stalls where they come periodically.  */
uint64_t pr_workload_count(const struct pr_workload_ops *ops, const struct pr_workload_spec *spec);

/* Units of a warm-up, before any limit.  */
uint64_t pr_workload_warm_count(const struct pr_workload_ops *ops,
                                const struct pr_workload_spec *spec);

/* What a message ordinarily takes.  */
double pr_workload_guess_ns(const struct pr_workload_ops *ops, const struct pr_workload_spec *spec);

/* The options of each workload.  */
extern const struct pr_opt pr_pingpong_opts[];
extern const struct pr_opt pr_streaming_opts[];
extern const struct pr_opt pr_fanin_opts[];
extern const struct pr_opt pr_fanout_opts[];
extern const struct pr_opt pr_paced_opts[];
extern const struct pr_opt pr_backpressure_opts[];

extern const struct pr_workload_ops pr_workload_pingpong;
extern const struct pr_workload_ops pr_workload_streaming;
extern const struct pr_workload_ops pr_workload_fanin;
extern const struct pr_workload_ops pr_workload_fanout;
extern const struct pr_workload_ops pr_workload_paced;
extern const struct pr_workload_ops pr_workload_backpressure;

/* Receives on one end until `count` more messages have arrived or are known to be lost.  A slow
 * reader pauses on the way.  */
enum pr_err pr_workload_receive(struct pr_bench *bench, int end, uint64_t count,
                                struct pr_error *why) PR_CHECKED;

/* Its parts.  True when `count` messages after those in `before` have arrived or are known to be
 * lost.  */
bool pr_workload_is_done(const struct pr_ledger *ledger, const struct pr_ledger *before,
                         uint64_t count);

/* When something is odd: takes what still arrives, so that late and lost are told apart.  */
enum pr_err pr_workload_take_late(struct pr_bench *bench, int end, struct pr_error *why) PR_CHECKED;

#endif
