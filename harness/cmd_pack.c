/* SPDX-License-Identifier: MIT */
/* harness/cmd_pack.c - `proctor pack`: a run as one file.  */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/packed.h"
#include "analyzers/run.h"
#include "core/base/buf.h"
#include "core/base/cmd.h"
#include "core/base/json.h"
#include "harness/pack.h"

struct pack_options {
	const char *file;
	bool help;
};

static const struct pr_opt options[] = {
        {"output", 'o', PR_OPT_TEXT, offsetof(struct pack_options, file), NULL, "FILE",
         "the file to write; RUN" PR_PACK_SUFFIX " without it", 0, 0},
        {"help", 'h', PR_OPT_FLAG, offsetof(struct pack_options, help), NULL, NULL, "show this", 0,
         0},
        {0},
};

/* It must be the record of a run; that something of it is lost is told and no more.  */
static enum pr_err check_run(const char *path, struct pr_error *why)
{
	struct pr_error ignored;
	struct pr_run *run = NULL;
	json_t *json = NULL;
	enum pr_err err = pr_run_read_json(path, &json, why);

	if (err == PR_OK)
		err = pr_json_check_format(json, path, "proctor.run", 1, why);
	json_decref(json);
	if (err != PR_OK)
		return PR_FAILED;
	if (pr_run_load(path, &run, &ignored) == PR_OK)
		pr_run_tell_missing(run, pr_cmd_warn);
	pr_run_destroy(&run);
	return PR_OK;
}

/* The last part of the path of the run, without the suffix of a packed one.  */
static char *name_of(const char *path)
{
	char whole[PATH_MAX];
	const char *slash;
	char *name, *suffix;

	slash = realpath(path, whole) != NULL ? strrchr(whole, '/') : NULL;
	name = pr_strdup(slash != NULL && slash[1] != '\0' ? slash + 1 : "run");
	suffix = strstr(name, PR_PACK_SUFFIX);
	if (suffix != NULL && suffix != name && suffix[strlen(PR_PACK_SUFFIX)] == '\0')
		*suffix = '\0';
	return name;
}

static enum pr_err pack(const char *path, const char *file, struct pr_error *why)
{
	const char *folder;
	char *name, *chosen;
	enum pr_err err = pr_packed_open(path, &folder, why);

	if (err == PR_OK)
		err = check_run(path, why);
	if (err != PR_OK)
		return err;
	name = name_of(path);
	chosen = file != NULL ? pr_strdup(file) : pr_asprintf("%s" PR_PACK_SUFFIX, name);
	err = pr_pack_write(folder, name, chosen, why);
	if (err == PR_OK)
		printf("%s\n", chosen);
	free(name);
	free(chosen);
	return err;
}

int cmd_pack(int argc, const char **argv)
{
	struct pack_options given = {0};
	struct pr_error why;
	int operands;
	enum pr_err err = pr_opts_parse(options, &given, argc, argv, &operands, &why);

	if (err == PR_OK && given.help)
		return pr_cmd_help(options);
	if (err == PR_OK && operands != 1)
		err = pr_error_set(&why, PR_USAGE,
		                   "give the directory that `proctor run` wrote, and no more; see "
		                   "`proctor pack -h`");
	if (err == PR_OK)
		err = pack(argv[0], given.file, &why);
	return err == PR_OK ? PR_OK : pr_cmd_fail(err, &why);
}
