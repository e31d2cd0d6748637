/* SPDX-License-Identifier: MIT */
/* harness/plan_builtin.c - the built-in plans: JSON texts, which take the same way through the
 * parser as a file.  */
#include "harness/plan_parts.h"

/* The phases of the report's story with its send batch of 8 KiB, our fastest setting, libzmq, and
 * the floors under them.  */
#define SEED_PHASES                                                                                \
	"\"phases\":["                                                                             \
	"\"baseline=core,preset=baseline,cork=8K\","                                               \
	"\"true-proactor=core,preset=true-proactor,cork=8K\","                                     \
	"\"true-proactor-fixed=core,preset=true-proactor-fixed,cork=8K\","                         \
	"\"reactive=core,preset=reactive,cork=8K\","                                               \
	"\"reactive-coalesced=core,preset=reactive-coalesced,cork=8K\","                           \
	"\"core\",\"zmq\",\"floor\",\"floor-8k=floor,pingpong=blocking,batch=8K\"],"

#define SEED_WORKLOADS "\"workloads\":[\"pingpong,count=1000\",\"streaming,count=200000\"],"

/* A block takes about a second.  With fewer than 8 no difference could be shown after the
 * correction for several metrics; a report should see a few per cent, and the differences of single
 * blocks scatter by 5 to 10 %.  */
const struct pr_plan_builtin pr_plan_builtins[] = {
        {"seed",
         "{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"seed\"," SEED_PHASES SEED_WORKLOADS
         "\"blocks\":30}"},
        {"quick",
         "{\"format\":\"proctor.plan\",\"version\":1,\"name\":\"quick\"," SEED_PHASES SEED_WORKLOADS
         "\"blocks\":12}"},
        {NULL, NULL},
};
