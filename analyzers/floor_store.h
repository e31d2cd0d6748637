/* SPDX-License-Identifier: MIT */
/* analyzers/floor_store.h - the file behind the floor: one JSON line for each A/A execution.
 *
 * Private to floor.c and floor_add.c.  */
#ifndef PR_FLOOR_STORE_H
#define PR_FLOOR_STORE_H

#include <jansson.h>

#include "analyzers/run.h"

#define PR_FLOOR_FORMAT  "proctor.floor"
#define PR_FLOOR_VERSION 1

/* The file for the host and plan of a run; dir NULL: the usual place.  The caller frees *path,
 * which is NULL on failure: PR_USAGE when run.json does not describe its host, PR_FAILED when there
 * is no home.  */
enum pr_err pr_floor_store_path(const char *dir, const struct pr_run *run, char **path,
                                struct pr_error *why) PR_CHECKED;

/* All lines, checked; an empty array when there is no such file.  *lines is NULL on failure.  */
enum pr_err pr_floor_store_read(const char *path, json_t **lines, struct pr_error *why) PR_CHECKED;

/* Adds a line under a lock, unless its "id" is there already; makes the folders.  *count gets the
 * number of lines, 0 when it was there.  A reader sees the file as before or after.  */
enum pr_err pr_floor_store_add(const char *path, const json_t *line, size_t *count,
                               struct pr_error *why) PR_CHECKED;

#endif
