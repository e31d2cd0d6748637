/* SPDX-License-Identifier: MIT */
/* harness/plan_builtin.c - the built-in plans: JSON texts, which take the same way through the
 * parser as a file.  */
#include "harness/plan_parts.h"

/* ---- seed and quick: the report's experiment ---------------------------------------------- */

/* The phases of the report's story with its send batch of 8 KiB, our fastest setting, libzmq, and
 * the floors under them: without a thread between application and socket, and with one.  */
#define SEED_PHASES                                                                                \
	"\"phases\":["                                                                             \
	"\"baseline=core,preset=baseline,cork=8K\","                                               \
	"\"true-proactor=core,preset=true-proactor,cork=8K\","                                     \
	"\"true-proactor-fixed=core,preset=true-proactor-fixed,cork=8K\","                         \
	"\"reactive=core,preset=reactive,cork=8K\","                                               \
	"\"reactive-coalesced=core,preset=reactive-coalesced,cork=8K\","                           \
	"\"core\",\"zmq\",\"floor\",\"floor-thread=floor,kernel=handoff\"],"

#define SEED_WORKLOADS "\"workloads\":[\"pingpong,count=1000\",\"streaming,count=200000\"],"

/* ---- curve: would-blocks against what is under way ----------------------------------------- */

/* The report's root cause: how often a read finds nothing, and what changes that.  With five
 * workloads it takes 10 blocks before a difference can pass the correction.  */
#define CURVE                                                                                      \
	"{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"curve\",\"phases\":["               \
	"\"baseline=core,preset=baseline,cork=8K\","                                               \
	"\"reactive=core,preset=reactive,cork=8K\","                                               \
	"\"reactive-coalesced=core,preset=reactive-coalesced,cork=8K\","                           \
	"\"core\",\"zmq\"],"                                                                       \
	"\"workloads\":[\"pingpong,window=1:2:4:16:64\"],\"blocks\":10}"

/* ---- backpressure: what was argued about ---------------------------------------------------- */

/* The phases of the story with its send batch, the naive proactor that has no cap, our fastest
 * setting and libzmq; one reader that stalls for longer than it takes to fill a cap, the same with
 * senders in another process, senders that are killed, and a thousand peers.  A worker for each
 * workload: what one has held must not count as the next one's.  */
#define BACKPRESSURE                                                                               \
	"{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"backpressure\",\"phases\":["        \
	"\"baseline=core,preset=baseline,cork=8K\","                                               \
	"\"true-proactor=core,preset=true-proactor,cork=8K\","                                     \
	"\"true-proactor-fixed=core,preset=true-proactor-fixed,cork=8K\","                         \
	"\"reactive=core,preset=reactive,cork=8K\","                                               \
	"\"naive=core,preset=true-proactor-fixed,cap=none,cork=8K\","                              \
	"\"core\",\"zmq\"],\"workloads\":["                                                        \
	"{\"label\":\"stall\",\"name\":\"backpressure\"},"                                         \
	"{\"label\":\"stall-two-processes\",\"name\":\"backpressure\","                            \
	"\"options\":{\"roles\":\"two\"}},"                                                        \
	"{\"label\":\"peers-killed\",\"name\":\"backpressure\","                                   \
	"\"options\":{\"peers\":4,\"leave\":\"die\"}},"                                            \
	"{\"label\":\"thousand-peers\",\"name\":\"backpressure\","                                 \
	"\"options\":{\"peers\":1000,\"size\":\"1K\",\"hwm\":10,\"rate\":300000,\"stall\":"        \
	"\"forever\","                                                                             \
	"\"stall-time\":\"1s\"}}],"                                                                \
	"\"workers\":\"workload\",\"probes\":[\"hooks\"],\"traces\":0,\"blocks\":9}"

/* What a read costs while buffers are held: the walk of the first true proactor against a counter,
 * both without a cap, one raw sender in another process.  */
#define WALK                                                                                       \
	"{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"walk\",\"phases\":["                \
	"\"counter=core,preset=true-proactor,size-check=counter,cap=none\","                       \
	"\"walk=core,preset=true-proactor,size-check=walk,cap=none\"],\"workloads\":["             \
	"{\"label\":\"held\",\"name\":\"backpressure\",\"options\":{\"peers\":1,\"sample\":"       \
	"\"2ms\","                                                                                 \
	"\"stall\":\"forever\",\"stall-time\":\"400ms\",\"flow-time\":\"50ms\"}}],"                \
	"\"workers\":\"workload\",\"probes\":[\"hooks\"],\"traces\":0,\"blocks\":10}"

/* ---- dose: what a failing read, a wake-up or an allocation costs in place ------------------- */

/* clang-format off */

#define DOSES(kind, label, phase)                                     \
	"\"" label "+0=" phase ",dose=" kind ",dose-count=0\","        \
	"\"" label "+1=" phase ",dose=" kind ",dose-count=1\","        \
	"\"" label "+2=" phase ",dose=" kind ",dose-count=2\","        \
	"\"" label "+4=" phase ",dose=" kind ",dose-count=4\""

#define BASE "core,preset=baseline,cork=8K"

/* For reads: what removing speculation from the baseline could earn, foretold; reactive has removed
 * it.  */
#define DOSE(name, kind)                                                                        \
	"{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"" name "\",\"phases\":["         \
	"\"baseline=" BASE "\",\"reactive=core,preset=reactive,cork=8K\",\"zmq\","              \
	DOSES(kind, "baseline", BASE) "," DOSES(kind, "zmq", "zmq") "],"                         \
	"\"workloads\":[\"pingpong,count=1000\"],\"pin\":\"one\",\"blocks\":12}"

/* clang-format on */

/* ---- engine: our engine against the system's libzmq -------------------------------------- */

/* clang-format off */

#define ENGINE_PHASES "\"phases\":[\"zmq\",\"core\",\"floor\",\"floor-thread=floor,kernel=handoff\"],"

#define ROW(label, name, options) \
	"{\"label\":\"" label "\",\"name\":\"" name "\",\"options\":{" options "}},"

#define STREAM(label, options)   ROW("stream-" label, "streaming", options)
#define PINGPONG(label, options) ROW("pingpong-" label, "pingpong", "\"count\":2000," options)
#define FAN_IN(count, options)   ROW("fan-in-" count, "fanin", "\"connections\":" count options)

/* Both interfaces.  */
#define APIS(row, label, options) \
	row(label, options) \
	row(label "-msg", options ",\"api\":\"msg\"")

#define SIZED(name, pattern, transport, size) \
	APIS(STREAM, name "-" transport "-" size, \
	     "\"pattern\":\"" pattern "\",\"transport\":\"" transport "\",\"size\":\"" size "\"")

/* Small messages in slices of 100,000: in those of 10,000 the start of a slice weighs too much (our
 * engine is 5.8 times as fast as libzmq in the former and 4.5 times in the latter).  */
#define SMALL "\"count\":600000,"

#define SMALL_SIZED(name, pattern, transport) \
	APIS(STREAM, name "-" transport "-64", \
	     SMALL "\"pattern\":\"" pattern "\",\"transport\":\"" transport "\"")

/* Most of what varies in large messages varies between slices: 14 blocks of 128 messages see 18 %,
 * 22 blocks of 2,048 see 3 %.  */
#define HUGE_SIZED(name, pattern, transport) \
	APIS(STREAM, name "-" transport "-1M", \
	     "\"count\":2048,\"pattern\":\"" pattern "\",\"transport\":\"" transport \
	     "\",\"size\":\"1M\"")

#define SMALL_SLICES(name) "\"stream-" name "-64\":6,\"stream-" name "-64-msg\":6,"

#define SMALL_PATTERN_SLICES(name) SMALL_SLICES(name "-tcp") SMALL_SLICES(name "-ipc")

#define SIZES(name, pattern, transport) \
	SMALL_SIZED(name, pattern, transport) \
	SIZED(name, pattern, transport, "1K") \
	SIZED(name, pattern, transport, "64K") \
	HUGE_SIZED(name, pattern, transport)

#define PATTERN(name, pattern) \
	SIZES(name, pattern, "tcp") \
	SIZES(name, pattern, "ipc")

/* The last row has no comma behind it.  */
#define ENGINE_WORKLOADS \
	"\"workloads\":[" \
	APIS(STREAM, "router-tcp-64", SMALL "\"hwm\":0") \
	APIS(PINGPONG, "one-thread", "\"roles\":\"one\"") \
	APIS(PINGPONG, "two-processes", "\"roles\":\"two\"") \
	PATTERN("pair", "pair") \
	PATTERN("push", "push-pull") \
	PATTERN("pub", "pub-sub") \
	PATTERN("dealer", "dealer-dealer") \
	PATTERN("dealer-router", "dealer-router") \
	SIZED("pair", "pair", "inproc", "64") \
	FAN_IN("1", "") \
	FAN_IN("64", "") \
	FAN_IN("1000", ",\"count\":1000000") \
	FAN_IN("10000", ",\"count\":2500000") \
	APIS(STREAM, "router-tcp-64-hwm1000", "\"hwm\":1000") \
	"{\"label\":\"stream-router-tcp-64-hwm1000-slow\",\"name\":\"streaming\"," \
	"\"options\":{\"hwm\":1000,\"reader\":\"slow\"}}]," \
	"\"slices\":{" \
	SMALL_SLICES("router-tcp") \
	SMALL_PATTERN_SLICES("pair") \
	SMALL_PATTERN_SLICES("push") \
	SMALL_PATTERN_SLICES("pub") \
	SMALL_PATTERN_SLICES("dealer") \
	SMALL_PATTERN_SLICES("dealer-router") \
	"\"stream-router-tcp-64-hwm1000-slow\":2,\"fan-in-10000\":1},"

/* clang-format on */

/* A worker for each workload: 10,000 idle connections, or memory that a larger workload has left
 * behind, must not be in the way of the next.  With so many rows it takes 13 blocks before one can
 * pass the correction.  */
#define ENGINE                                                                                     \
	"{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"engine\"," ENGINE_PHASES            \
	        ENGINE_WORKLOADS "\"workers\":\"workload\","                                       \
	"\"probes\":[\"hooks\"],\"traces\":0,\"whole\":0,\"deadline\":30,\"blocks\":13}"

/* ---- nightly: a little of everything that moves, night after night -----------------------------
 */

/* ci/nightly puts the pinned reference and tonight's build in the place of the phases.  Pinned:
 * what a message costs moves less from night to night than how fast two CPUs happen to be.  With a
 * row of three metrics for each of three workloads 12 blocks can pass the correction; 20 leave room
 * for voids.  */
#define NIGHTLY                                                                                    \
	"{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"nightly\","                         \
	"\"phases\":[\"reference=zmq\",\"current=core\"],"                                         \
	"\"workloads\":[\"pingpong,count=1000\",\"streaming,count=200000\","                       \
	"{\"label\":\"streaming-1K\",\"name\":\"streaming\","                                      \
	"\"options\":{\"size\":\"1K\",\"count\":100000}}],"                                        \
	"\"pin\":\"one\",\"blocks\":20}"

/* ---- the table ----------------------------------------------------------------------------- */

/* A block takes about a second.  With fewer than 8 no difference could be shown after the
 * correction for several metrics; a report should see a few per cent, and the differences of single
 * blocks scatter by 5 to 10 %.  */
const struct pr_plan_builtin pr_plan_builtins[] = {
        {"seed",
         "the report's experiment: its phases and two more, our fastest, libzmq and the floor",
         "{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"seed\"," SEED_PHASES SEED_WORKLOADS
         "\"blocks\":30}"},
        {"quick", "the same with fewer blocks",
         "{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"quick\"," SEED_PHASES SEED_WORKLOADS
         "\"blocks\":12}"},
        {"engine", "our engine against the system's libzmq: every pattern, transport and size",
         ENGINE},
        {"nightly", "what ci/nightly measures: a reference and tonight's build", NIGHTLY},
        {"dose", "what a failing read costs where it is made", DOSE("dose", "recv")},
        {"dose-wakeups", "the same of a wake-up", DOSE("dose-wakeups", "wakeup")},
        {"dose-allocations", "the same of an allocation", DOSE("dose-allocations", "alloc")},
        {"curve", "would-blocks against the number of requests under way", CURVE},
        {"backpressure", "readers that stall, with one sender and a thousand", BACKPRESSURE},
        {"walk", "what the size check costs while buffers are held", WALK},
        {NULL, NULL, NULL},
};
