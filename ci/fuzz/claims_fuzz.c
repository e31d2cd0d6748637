/* SPDX-License-Identifier: MIT */
/* ci/fuzz/claims_fuzz.c - claims: whatever stands in the file, it is refused with a sentence, or it
 * is answered.  */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "analyzers/claims.h"
#include "analyzers/claims_judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Two phases of one block: no intervals, but counts.  */
#define TRIAL(phase, workload, eagain)                                                             \
	"{\"phase\":\"" phase "\",\"workload\":\"" workload                                        \
	"\",\"block\":1,\"status\":\"ok\",\"messages\":2000,\"metrics\":{"                         \
	"\"throughput\":{\"value\":70000},\"recv_eagain\":{\"value\":" eagain                      \
	"},\"messages_lost\":{\"value\":0},\"zero_window_time\":{\"value\":" eagain                \
	"},\"held_bytes_peak\":{\"value\":4096}},\"counters\":{\"hooks\":{\"recv_calls\":4000,"    \
	"\"recv_eagain\":" eagain ",\"recv_speculative\":2000,\"eagain_speculative\":" eagain      \
	",\"stops\":2,\"allocations\":3,\"size_walk_steps\":0}}}"

static const char text[] =
        "{\"format\":\"proctor.run\",\"version\":1,\"status\":\"complete\",\"plan\":{\"workloads\":"
        "["
        "{\"name\":\"pingpong\",\"options\":{\"size\":64,\"window\":1}},{\"name\":\"streaming\","
        "\"options\":{\"size\":64}}]},\"phases\":[{\"label\":\"baseline\",\"engine\":\"core\","
        "\"has_hooks\":true,\"options\":{\"read-size\":\"8K\",\"cap\":\"none\"}},{\"label\":"
        "\"slower\","
        "\"engine\":\"core\",\"has_hooks\":true,\"options\":{\"read-size\":\"8K\",\"cap\":\"4K\"}}]"
        ","
        "\"trials\":[" TRIAL("baseline", "pingpong", "2000") "," TRIAL(
                "slower", "pingpong", "0") "," TRIAL("baseline", "streaming",
                                                     "3") "," TRIAL("slower", "streaming",
                                                                    "2") "]}";

static const struct pr_run *a_run(void)
{
	static struct pr_run *run;
	struct pr_error why;

	if (run == NULL && pr_run_parse("dir", text, sizeof(text) - 1, "", 0, &run, &why) != PR_OK)
		abort();
	return run;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	json_t *answers, *contradictions;
	struct pr_claims *claims = NULL;
	struct pr_error why = {""};

	if (json == NULL)
		return 0;
	if (pr_claims_parse(json, "claims", &claims, &why) == PR_OK) {
		/* Many are no other path, only a longer way.  */
		if (claims->count <= 20) {
			pr_claims_judge(claims, a_run(), NULL, &answers, &contradictions);
			assert(json_array_size(answers) == claims->count);
			json_decref(answers);
			json_decref(contradictions);
		}
	} else {
		assert(claims == NULL && why.text[0] != '\0');
	}
	pr_claims_destroy(&claims);
	json_decref(json);
	return 0;
}
