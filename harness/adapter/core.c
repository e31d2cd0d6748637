/* SPDX-License-Identifier: MIT */
/* harness/adapter/core.c - our own engine: the libzmq driver, a phase for each context, and
 * counters.
 *
 * The program does not link the engine; the worker loads libproctor.so from beside the program,
 * from
 * ../lib, or from lib=PATH.  */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/phase.h"
#include "harness/adapter/zmq_driver.h"
#include "harness/options.h"

/* ---- options ------------------------------------------------------------------------- */

#define CORE_LIB "libproctor.so"

struct core_options {
	const char *preset;
	const char *lib;
};

static const struct pr_opt core_own_opts[] = {
        {"preset", 0, PR_OPT_TEXT, offsetof(struct core_options, preset), NULL, "NAME",
         "the preset to start from; core unless given", 0, 0},
        {"lib", 0, PR_OPT_TEXT, offsetof(struct core_options, lib), NULL, "PATH",
         "the engine to load, or several, A:B:C; " CORE_LIB " beside the program and the other "
         "links of it unless given",
         0, 0},
        {0},
};

/* Splits options into our own and the phase: "PRESET,option=value,...", a new string.  */
static enum pr_err core_parse(const json_t *options, const char *what, struct core_options *own,
                              char **spec, struct pr_phase *phase, struct pr_error *why)
{
	struct pr_buf text;
	const char *name;
	json_t *value;
	enum pr_err err;

	own->preset = "core";
	own->lib = CORE_LIB;
	value = json_object_get(options, "preset");
	if (value != NULL)
		own->preset = json_string_value(value);
	value = json_object_get(options, "lib");
	if (value != NULL)
		own->lib = json_string_value(value);
	pr_buf_init(&text);
	pr_buf_puts(&text, own->preset);
	json_object_foreach((json_t *)options, name, value)
	{
		if (strcmp(name, "preset") != 0 && strcmp(name, "lib") != 0)
			pr_buf_printf(&text, ",%s=%s", name, json_string_value(value));
	}
	err = pr_phase_parse(text.text, phase, why);
	if (err != PR_OK)
		pr_error_prefix(why, err, "%s", what);
	else
		*spec = pr_buf_take(&text);
	pr_buf_fini(&text);
	return err;
}

static enum pr_err core_expand(const json_t *options, const char *what, json_t **expanded,
                               struct pr_error *why)
{
	struct core_options own;
	struct pr_phase phase;
	char *spec;
	enum pr_err err = core_parse(options, what, &own, &spec, &phase, why);

	if (err != PR_OK)
		return err;
	free(spec);
	*expanded = json_object();
	pr_options_expand(core_own_opts, &own, false, *expanded);
	pr_options_expand(pr_phase_opts, &phase, false, *expanded);
	return PR_OK;
}

static int reads_ahead(const struct pr_phase *phase)
{
	if (phase->drain != PR_DRAIN_ONCE && phase->drain != PR_DRAIN_SHORT)
		return PR_READS_UNKNOWN;
	if (phase->speculate == PR_SPECULATE_ADAPTIVE)
		return PR_READS_WHERE_IT_PAYS;
	return phase->speculate == PR_SPECULATE_ALWAYS ? PR_READS_AHEAD : PR_READS_WHEN_READY;
}

static void core_foretell(const json_t *options, struct pr_habits *habits)
{
	struct core_options own;
	struct pr_phase phase;
	char *spec;

	*habits = (struct pr_habits){0};
	if (core_parse(options, "core", &own, &spec, &phase, NULL) != PR_OK)
		return;
	free(spec);
	*habits = (struct pr_habits){phase.read_size, phase.cork, reads_ahead(&phase), 0, 0};
	if (phase.read_size_max != PR_OPT_NONE && phase.read_size_max > phase.read_size) {
		habits->large_frame = PR_LARGE_FRAME_MIN;
		habits->large_read_bytes = phase.read_size_max;
	}
}

/* ---- loading ------------------------------------------------------------------------- */

/* What our own engine has beside the libzmq API.  */
struct core_engine {
	char *phase;
	int (*set_phase)(void *, const char *, char *, size_t);
	size_t (*list_counters)(const struct proctor_counter **);
	int (*ctx_counters)(void *, uint64_t *, size_t);
};

static struct core_engine *core_of(struct pr_engine *engine)
{
	return engine->own;
}

/* The folder of the running program, or "." when it cannot be told.  */
static char *program_folder(void)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (size < 0)
		return pr_strdup(".");
	path[size] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL)
		*slash = '\0';
	return pr_strdup(path);
}

/* LIB/relinks/1/libproctor.so and so on, as far as they go.  Takes folder.  */
static json_t *find_relinks(char *folder)
{
	json_t *paths = json_array();
	bool found = true;

	for (unsigned number = 1; found; number++) {
		char *path = pr_asprintf("%s/relinks/%u/" CORE_LIB, folder, number);

		found = access(path, R_OK) == 0;
		if (found)
			pr_json_append(paths, pr_json_new_string(path));
		free(path);
	}
	free(folder);
	return paths;
}

/* Of the engine that load_beside_program() finds.  */
static json_t *core_variants(void)
{
	char *folder = program_folder();
	char *beside = pr_asprintf("%s/" CORE_LIB, folder);
	json_t *paths = access(beside, F_OK) == 0
	                        ? find_relinks(pr_strdup(folder))
	                        : find_relinks(pr_asprintf("%s/../lib/proctor", folder));

	free(folder);
	free(beside);
	return paths;
}

/* Of the target "unhooked" of the build.  The build makes its folders before anybody has asked for
 * what goes into them.  */
static char *core_unhooked(void)
{
	char *folder = program_folder();
	char *path = pr_asprintf("%s/unhooked", folder);
	char *first = pr_asprintf("%s/0/" CORE_LIB, path);
	bool built = access(first, R_OK) == 0;

	free(first);
	free(folder);
	if (built)
		return path;
	free(path);
	return NULL;
}

static enum pr_err load_beside_program(struct pr_engine **engine, struct pr_engine_info *info,
                                       struct pr_error *why)
{
	char *folder = program_folder();
	char *beside = pr_asprintf("%s/" CORE_LIB, folder);
	char *installed = pr_asprintf("%s/../lib/" CORE_LIB, folder);
	const char *names[] = {beside, installed, NULL};
	enum pr_err err = pr_zmq_driver_load(&pr_adapter_core, names, engine, info, why);

	free(folder);
	free(beside);
	free(installed);
	return err;
}

static enum pr_err find_extensions(struct pr_engine *engine, struct pr_engine_info *info,
                                   struct pr_error *why)
{
	struct core_engine *core = core_of(engine);
	const char *(*version)(void);

	*(void **)&version = dlsym(engine->handle, "proctor_version");
	*(void **)&core->set_phase = dlsym(engine->handle, "proctor_ctx_set_phase");
	*(void **)&core->list_counters = dlsym(engine->handle, "proctor_counters");
	*(void **)&core->ctx_counters = dlsym(engine->handle, "proctor_ctx_counters");
	if (version == NULL || core->set_phase == NULL)
		return pr_error_set(why, PR_FAILED,
		                    "%s has no function proctor_ctx_set_phase(): it is not "
		                    "proctor's engine; use engine zmq for other libraries",
		                    info->path);
	snprintf(info->version, sizeof(info->version), "%s", version());
	return PR_OK;
}

static enum pr_err prepare(struct pr_engine *engine, void *context, struct pr_error *why)
{
	const struct core_engine *core = core_of(engine);
	char text[512] = "";

	if (core->set_phase(context, core->phase, text, sizeof(text)) == 0)
		return PR_OK;
	return pr_error_set(why, PR_FAILED, "the engine refused phase '%s': %s", core->phase,
	                    text[0] != '\0' ? text : strerror(errno));
}

static void core_unload(struct pr_engine **engine)
{
	struct core_engine *core = *engine != NULL ? core_of(*engine) : NULL;

	if (core != NULL)
		free(core->phase);
	free(core);
	pr_zmq_driver_unload(engine);
}

/* Takes spec.  */
static enum pr_err add_core(struct pr_engine *engine, char *spec, struct pr_engine_info *info,
                            struct pr_error *why)
{
	struct core_engine *core = pr_alloc(sizeof(*core));

	memset(core, 0, sizeof(*core));
	core->phase = spec;
	engine->own = core;
	engine->prepare = prepare;
	return find_extensions(engine, info, why);
}

static enum pr_err core_load(const json_t *options, struct pr_engine **engine,
                             struct pr_engine_info *info, struct pr_error *why)
{
	struct core_options own;
	struct pr_phase phase;
	const char *names[2] = {NULL, NULL};
	char *spec;
	enum pr_err err = core_parse(options, "engine core", &own, &spec, &phase, why);

	if (err != PR_OK)
		return err;
	names[0] = own.lib;
	err = strcmp(own.lib, CORE_LIB) == 0
	              ? load_beside_program(engine, info, why)
	              : pr_zmq_driver_load(&pr_adapter_core, names, engine, info, why);
	if (err != PR_OK) {
		free(spec);
		return err;
	}
	err = add_core(*engine, spec, info, why);
	if (err != PR_OK)
		core_unload(engine);
	return err;
}

/* ---- counters ------------------------------------------------------------------------ */

static size_t core_counters(struct pr_engine *engine, const struct proctor_counter **list)
{
	const struct core_engine *core = core_of(engine);

	if (core->list_counters == NULL || core->ctx_counters == NULL)
		return 0;
	return core->list_counters(list);
}

static enum pr_err core_read_counters(struct pr_link *link, uint64_t *values, size_t count,
                                      struct pr_error *why)
{
	const struct core_engine *core = core_of(pr_zmq_driver_engine(link));
	int got = core->ctx_counters(pr_zmq_driver_context(link), values, count);

	if (got < 0 || (size_t)got != count)
		return pr_error_set(why, PR_FAILED,
		                    "proctor_ctx_counters() gave %d values instead of %zu", got,
		                    count);
	return PR_OK;
}

const struct pr_adapter_ops pr_adapter_core = {
        .name = "core",
        .summary = "proctor's engine, libproctor.so; takes a preset and every option of a phase",
        .version = PR_ADAPTER_OPS_VERSION,
        .flags = PR_ADAPTER_EXACT_WIRE | PR_ADAPTER_POLLS,
        .opts = core_own_opts,
        .expand = core_expand,
        .foretell = core_foretell,
        .load = core_load,
        .unload = core_unload,
        .variants = core_variants,
        .unhooked = core_unhooked,
        .open = pr_zmq_driver_open,
        .close = pr_zmq_driver_close,
        .greet = pr_zmq_driver_greet,
        .send = pr_zmq_driver_send,
        .try_send = pr_zmq_driver_try_send,
        .recv = pr_zmq_driver_recv,
        .counters = core_counters,
        .read_counters = core_read_counters,
};
