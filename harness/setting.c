/* SPDX-License-Identifier: MIT */
/* harness/setting.c - the accidents of a process, drawn anew in each block.  */
#include "harness/setting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/rng.h"

#define PADDING_NAME "PROCTOR_PADDING"
#define PADDING_MAX  4096
#define NAME_SIZE    8

/* No hole of the heap is so large, and it does not get a mapping of its own.  */
#define HEAP_STEP ((size_t)64 << 10)

/* So that other random numbers of a run are others.  */
#define SEED_STEP 0x9e3779b97f4a7c15u

struct pr_settings {
	const struct pr_plan *plan;
	const char *dir;
	char *files[PR_PLAN_PHASES_MAX][PR_VARIANTS_MAX]; /* NULL: not linked */
	char *links[PR_PLAN_PHASES_MAX]; /* one for each phase, in no order; NULL: not made yet */
	struct pr_setting settings[PR_PLAN_PHASES_MAX];
};

struct pr_settings *pr_settings_create(const struct pr_plan *plan, const char *dir)
{
	struct pr_settings *settings = pr_alloc(sizeof(*settings));

	memset(settings, 0, sizeof(*settings));
	settings->plan = plan;
	settings->dir = dir;
	return settings;
}

/* Removes what path ends in, and then `folders` folders above it.  */
static void remove_link(const char *path)
{
	char *folder = pr_strdup(path);

	unlink(path);
	for (int i = 0; i < 2; i++) {
		char *slash = strrchr(folder, '/');

		*slash = '\0';
		rmdir(folder); /* the last of them leaves the one above empty */
	}
	free(folder);
}

void pr_settings_destroy(struct pr_settings **taken)
{
	struct pr_settings *settings = *taken;

	*taken = NULL;
	if (settings == NULL)
		return;
	for (size_t i = 0; i < PR_PLAN_PHASES_MAX; i++) {
		if (settings->links[i] != NULL)
			remove_link(settings->links[i]);
		free(settings->links[i]);
		pr_settings_unlink(settings, i);
	}
	free(settings);
}

void pr_settings_link(struct pr_settings *settings, size_t phase, size_t variant, const char *file)
{
	free(settings->files[phase][variant]);
	settings->files[phase][variant] = pr_strdup(file);
}

void pr_settings_unlink(struct pr_settings *settings, size_t phase)
{
	for (size_t i = 0; i < PR_VARIANTS_MAX; i++) {
		free(settings->files[phase][i]);
		settings->files[phase][i] = NULL;
	}
}

/* ---- drawing ------------------------------------------------------------------------- */

static enum pr_err make_folder(const char *path, struct pr_error *why)
{
	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return PR_OK;
	return pr_error_set(why, PR_FAILED, "%s: cannot make this directory: %s", path,
	                    strerror(errno));
}

/* DIR/links/NAME/engine.so, with a random NAME.  */
static enum pr_err make_name(struct pr_settings *settings, struct pr_rng *rng, char **link,
                             struct pr_error *why)
{
	char name[NAME_SIZE + 1] = "";
	char *folder = pr_asprintf("%s/links", settings->dir);
	enum pr_err err = make_folder(folder, why);

	for (int i = 0; i < NAME_SIZE; i++)
		name[i] = (char)('a' + pr_rng_below(rng, 26));
	free(folder);
	folder = pr_asprintf("%s/links/%s", settings->dir, name);
	if (err == PR_OK)
		err = make_folder(folder, why);
	if (err == PR_OK)
		*link = pr_asprintf("%s/engine.so", folder);
	free(folder);
	return err;
}

static enum pr_err point(const char *link, const char *file, struct pr_error *why)
{
	unlink(link);
	if (symlink(file, link) == 0)
		return PR_OK;
	return pr_error_set(why, PR_FAILED, "%s: cannot make this link to %s: %s", link, file,
	                    strerror(errno));
}

/* Links of all phases, made once.  */
static enum pr_err make_names(struct pr_settings *settings, struct pr_rng *names,
                              struct pr_error *why)
{
	enum pr_err err = PR_OK;

	for (size_t i = 0; err == PR_OK && i < settings->plan->phase_count; i++)
		if (settings->links[i] == NULL)
			err = make_name(settings, names, &settings->links[i], why);
	return err;
}

static struct pr_setting draw(const struct pr_settings *settings, size_t phase, uint64_t block,
                              struct pr_rng *rng)
{
	const struct pr_variants *variants = &settings->plan->phases[phase].variants;
	size_t turn = pr_variants_turn(variants, settings->plan->seed, block);

	return (struct pr_setting){.padding = pr_rng_below(rng, PADDING_MAX),
	                           .block = block,
	                           .variant = turn,
	                           .variants = variants->count,
	                           .library = variants->count > 1 ? pr_variants_file(variants, turn)
	                                                          : NULL};
}

enum pr_err pr_settings_draw(struct pr_settings *settings, uint64_t block, struct pr_error *why)
{
	size_t count = settings->plan->phase_count, order[PR_PLAN_PHASES_MAX];
	struct pr_rng rng, names;
	enum pr_err err = PR_OK;

	pr_rng_init(&rng, settings->plan->seed + (block + 1) * SEED_STEP);
	pr_rng_init(&names, settings->plan->seed + SEED_STEP);
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	pr_rng_shuffle(&rng, order, count);
	for (size_t i = 0; err == PR_OK && i < count; i++) {
		struct pr_setting *setting = &settings->settings[i];
		const char *file, *other; /* the latter in place of one that changed */

		*setting = draw(settings, i, block, &rng);
		file = settings->files[i][setting->variant];
		if (file == NULL)
			continue;
		other = settings->plan->phases[i].variants.items[setting->variant].file;
		err = make_names(settings, &names, why);
		if (err == PR_OK)
			err = point(settings->links[order[i]], other != NULL ? other : file, why);
		setting->library = settings->links[order[i]];
	}
	return err;
}

const struct pr_setting *pr_settings_get(const struct pr_settings *settings, size_t phase)
{
	return &settings->settings[phase];
}

json_t *pr_setting_dump(const struct pr_setting *setting)
{
	json_t *object = json_object();

	pr_json_set(object, "padding", json_integer((json_int_t)setting->padding));
	pr_json_set(object, "library", pr_json_new_string(setting->library));
	if (setting->variants > 1)
		pr_json_set(object, "build", json_integer((json_int_t)setting->variant + 1));
	return object;
}

void pr_setting_pad(uint64_t bytes)
{
	char text[PADDING_MAX + 1];

	if (bytes == 0 || bytes > PADDING_MAX) {
		unsetenv(PADDING_NAME);
		return;
	}
	memset(text, 'x', bytes);
	text[bytes] = '\0';
	setenv(PADDING_NAME, text, 1);
}

void pr_setting_move_heap(void)
{
	/* Never touched, so it costs no memory; kept, so it is no leak.  */
	static void *volatile moved;
	const char *padding = getenv(PADDING_NAME);

	if (moved == NULL && padding != NULL)
		moved = pr_alloc(HEAP_STEP + strlen(padding));
}
