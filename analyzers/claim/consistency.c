/* SPDX-License-Identifier: MIT */
/* analyzers/claim/consistency.c - "these figures go together".
 *
 * Nothing is measured: the figures of the claims it names are held against each other and against
 * the numbers they were computed from.  */
#include <string.h>

#include "analyzers/claim.h"
#include "analyzers/claims_judge.h"
#include "core/base/json.h"

static bool has_id(const json_t *ids, const char *id)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)ids, i, item)
	{
		if (strcmp(json_string_value(item), id) == 0)
			return true;
	}
	return false;
}

static bool all_of(const json_t *ids, const json_t *some)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)some, i, item)
	{
		if (!has_id(ids, json_string_value(item)))
			return false;
	}
	return true;
}

/* Whether there is something to compare: two of them speak of a change.  */
static bool is_comparable(const struct pr_claim *claim, const struct pr_claims *claims)
{
	size_t count = 0, i;
	json_t *id;

	json_array_foreach((json_t *)claim->claims, i, id)
	{
		const struct pr_claim *one = pr_claims_find(claims, json_string_value(id));

		count += one->metric != NULL && one->phase != NULL &&
		         (one->change.lo <= one->change.hi || one->ops == &pr_claim_equality);
	}
	return count > 1;
}

static void judge(const struct pr_claim *claim, struct pr_claim_facts *facts,
                  struct pr_claim_answer *answer)
{
	json_t *list = pr_claims_contradictions(facts->claims), *item;
	size_t i, count = 0;

	if (!is_comparable(claim, facts->claims)) {
		pr_claim_lacks(answer, "fewer than two of these claims speak of a change");
		json_decref(list);
		return;
	}
	json_array_foreach(list, i, item)
	{
		if (!all_of(claim->claims, json_object_get(item, "claims")))
			continue;
		pr_buf_printf(&answer->evidence, "%s%s", count++ > 0 ? "; " : "",
		              pr_json_text(item, "text"));
	}
	pr_buf_puts(&answer->evidence,
	            count > 0 ? "." : "No two of these claims speak against each other.");
	answer->verdict = count > 0 ? PR_CLAIM_REFUTED : PR_CLAIM_CONFIRMED;
	answer->brief = pr_asprintf("%zu contradictions", count);
	answer->command = pr_strdup("");
	json_decref(list);
}

const struct pr_claim_ops pr_claim_consistency = {
        .name = "consistency",
        .question = "Can these claims be true together?",
        .version = PR_CLAIM_OPS_VERSION,
        .needs = (const char *const[]){"claims", NULL},
        .may = (const char *const[]){NULL},
        .judge = judge,
};
