/* SPDX-License-Identifier: MIT */
/* harness/adapter/zmq.c - any library with the libzmq C API: the system's, or another by lib=PATH.
 *
 * Our own engine has that API too, and a drop-in on LD_LIBRARY_PATH would be measured against
 * itself; so a library that says it is ours is refused here.  */
#include "harness/adapter/zmq_driver.h"
#include "harness/library.h"
#include "harness/options.h"

struct zmq_options {
	const char *lib;
};

static const struct pr_opt zmq_opts[] = {
        {"lib", 0, PR_OPT_TEXT, offsetof(struct zmq_options, lib), NULL, "PATH",
         "the library to load, or several, A:B:C; the system's libzmq.so.5 unless given", 0, 0},
        {0},
};

static enum pr_err zmq_parse(const json_t *options, const char *what, struct zmq_options *parsed,
                             struct pr_error *why)
{
	parsed->lib = "libzmq.so.5";
	return pr_options_apply(zmq_opts, parsed, options, what, why);
}

static enum pr_err zmq_expand(const json_t *options, const char *what, json_t **expanded,
                              struct pr_error *why)
{
	struct zmq_options parsed;
	enum pr_err err = zmq_parse(options, what, &parsed, why);

	if (err != PR_OK)
		return err;
	*expanded = json_object();
	pr_options_expand(zmq_opts, &parsed, false, *expanded);
	return PR_OK;
}

static enum pr_err zmq_load(const json_t *options, struct pr_engine **engine,
                            struct pr_engine_info *info, struct pr_error *why)
{
	struct zmq_options parsed;
	const char *names[2] = {NULL, NULL};
	enum pr_err err = zmq_parse(options, "engine zmq", &parsed, why);

	if (err != PR_OK)
		return err;
	names[0] = parsed.lib;
	err = pr_zmq_driver_load(&pr_adapter_zmq, names, engine, info, why);
	if (err != PR_OK)
		return err;
	err = pr_library_refuse_own((*engine)->handle, "zmq", parsed.lib, why);
	if (err != PR_OK)
		pr_zmq_driver_unload(engine);
	return err;
}

static size_t zmq_counters(struct pr_engine *engine, const struct proctor_counter **list)
{
	(void)engine;
	*list = NULL;
	return 0;
}

static enum pr_err zmq_read_counters(struct pr_link *link, uint64_t *values, size_t count,
                                     struct pr_error *why)
{
	(void)link;
	(void)values;
	(void)count;
	return pr_error_set(why, PR_FAILED, "engine zmq keeps no counters");
}

const struct pr_adapter_ops pr_adapter_zmq = {
        .name = "zmq",
        .summary = "any library with the libzmq C API; the system's libzmq.so.5 unless lib=PATH is "
                   "given",
        .version = PR_ADAPTER_OPS_VERSION,
        .flags = PR_ADAPTER_POLLS,
        .opts = zmq_opts,
        .expand = zmq_expand,
        .load = zmq_load,
        .unload = pr_zmq_driver_unload,
        .open = pr_zmq_driver_open,
        .close = pr_zmq_driver_close,
        .greet = pr_zmq_driver_greet,
        .send = pr_zmq_driver_send,
        .try_send = pr_zmq_driver_try_send,
        .recv = pr_zmq_driver_recv,
        .counters = zmq_counters,
        .read_counters = zmq_read_counters,
};
