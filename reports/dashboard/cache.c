/* SPDX-License-Identifier: MIT */
/* reports/dashboard/cache.c - what an earlier dashboard was made from (see cache.h).  */
#include "reports/dashboard/cache.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/place.h"
#include "core/base/version.h"

#define FORMAT  "proctor.dashboard-state"
#define VERSION 1

/* Whether there is anything in a folder that exists.  */
static enum pr_err look_into(const char *folder, bool *is_empty, struct pr_error *why)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	*is_empty = true;
	if (dir == NULL)
		return pr_error_set(why, PR_FAILED,
		                    "%s: cannot read this directory: %s; choose another with -o",
		                    folder, strerror(errno));
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			*is_empty = false;
	closedir(dir);
	return PR_OK;
}

static enum pr_err make_folder(const char *folder, struct pr_error *why)
{
	char *inside = pr_asprintf("%s/x", folder);
	enum pr_err err = pr_place_make_parents(inside, why);

	free(inside);
	return err;
}

static enum pr_err read_state(const char *path, struct pr_cache *cache, struct pr_error *why)
{
	json_t *state = NULL;
	const char *tool;
	enum pr_err err = pr_json_read_file(path, &state, why);

	if (err == PR_OK)
		err = pr_json_check_format(state, path, FORMAT, VERSION, why);
	if (err != PR_OK) {
		json_decref(state);
		return pr_error_prefix(
		        why, PR_FAILED,
		        "the state of the dashboard is damaged; remove the directory or choose "
		        "another with -o");
	}
	tool = pr_json_text(state, "tool");
	if (json_is_object(json_object_get(state, "files")))
		json_object_update(cache->files, json_object_get(state, "files"));
	if (tool != NULL && strcmp(tool, pr_version_git) == 0) {
		if (json_is_object(json_object_get(state, "cases")))
			json_object_update(cache->cases, json_object_get(state, "cases"));
		if (json_is_object(json_object_get(state, "pictures")))
			json_object_update(cache->pictures, json_object_get(state, "pictures"));
	}
	json_decref(state);
	return PR_OK;
}

enum pr_err pr_cache_open(const char *folder, struct pr_cache *cache, struct pr_error *why)
{
	char *path = pr_asprintf("%s/%s", folder, PR_CACHE_FILE);
	bool is_empty;
	enum pr_err err;

	*cache = (struct pr_cache){
	        .files = json_object(), .cases = json_object(), .pictures = json_object()};
	err = make_folder(folder, why);
	if (err == PR_OK)
		err = look_into(folder, &is_empty, why);
	if (err == PR_OK && access(path, F_OK) == 0)
		err = read_state(path, cache, why);
	else if (err == PR_OK && !is_empty)
		err = pr_error_set(
		        why, PR_FAILED,
		        "%s: this directory has files that are no dashboard's; choose an "
		        "empty or a new one with -o",
		        folder);
	free(path);
	return err;
}

enum pr_err pr_cache_save(const char *folder, const struct pr_cache *cache, struct pr_error *why)
{
	char *path = pr_asprintf("%s/%s", folder, PR_CACHE_FILE), *text;
	json_t *state = json_object();
	enum pr_err err;

	pr_json_set(state, "format", json_string(FORMAT));
	pr_json_set(state, "version", json_integer(VERSION));
	pr_json_set(state, "tool", pr_json_new_string(pr_version_git));
	pr_json_set(state, "files", json_incref(cache->files));
	pr_json_set(state, "cases", json_incref(cache->cases));
	pr_json_set(state, "pictures", json_incref(cache->pictures));
	text = pr_json_dump_line(state);
	err = pr_buf_write_file(path, text, strlen(text), why);
	free(text);
	json_decref(state);
	free(path);
	return err;
}

void pr_cache_fini(struct pr_cache *cache)
{
	json_decref(cache->files);
	json_decref(cache->cases);
	json_decref(cache->pictures);
	*cache = (struct pr_cache){0};
}

json_t *pr_cache_case(const struct pr_cache *cache, int64_t id)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)id);
	return json_object_get(cache->cases, key);
}

uint64_t pr_print_bytes(uint64_t print, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		print = (print ^ at[i]) * UINT64_C(0x100000001b3);
	return print;
}

/* With its end, so that "a", "b" is not "ab", "".  */
uint64_t pr_print_text(uint64_t print, const char *text)
{
	return text == NULL ? pr_print_bytes(print, "\1", 1)
	                    : pr_print_bytes(print, text, strlen(text) + 1);
}
