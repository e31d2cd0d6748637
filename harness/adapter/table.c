/* SPDX-License-Identifier: MIT */
/* harness/adapter/table.c - the engines that exist.  */
#include <assert.h>
#include <string.h>

#include "harness/adapter.h"

const struct pr_adapter_ops *const pr_adapters[] = {
        &pr_adapter_core, &pr_adapter_zmq, &pr_adapter_nng, &pr_adapter_floor, NULL,
};

const struct pr_adapter_ops *pr_adapter_find(const char *name)
{
	for (size_t i = 0; pr_adapters[i] != NULL; i++) {
		assert(pr_adapters[i]->version == PR_ADAPTER_OPS_VERSION);
		if (strcmp(pr_adapters[i]->name, name) == 0)
			return pr_adapters[i];
	}
	return NULL;
}

bool pr_adapter_takes(const struct pr_adapter_ops *ops, const char *option)
{
	for (const struct pr_opt *opt = ops->opts; opt != NULL && opt->name != NULL; opt++)
		if (strcmp(opt->name, option) == 0)
			return true;
	return false;
}

bool pr_adapter_carries(const struct pr_adapter_ops *ops, const struct pr_link_spec *spec)
{
	return pr_adapter_refusal(ops, spec) == NULL;
}

const char *pr_adapter_refusal(const struct pr_adapter_ops *ops, const struct pr_link_spec *spec)
{
	if (spec->wait == PR_WAIT_POLL && !(ops->flags & PR_ADAPTER_POLLS))
		return "wait=poll needs zmq_poll(), which it does not have";
	if (spec->stalls && spec->connections == 0 && ops->try_send == NULL)
		return "its reader stalls, so it needs an engine that can refuse a message";
	return ops->refuses != NULL ? ops->refuses(spec) : NULL;
}
