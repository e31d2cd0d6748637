/* SPDX-License-Identifier: MIT */
/* core/base/json.h - reading and writing the project's JSON files, with sentences when something is
 * wrong.
 *
 * jansson does the work.  What is added: a message that names the file, line and column; members
 * fetched by type, where a wrong type or a missing member is a sentence that names the file, the
 * path to the member and what was expected; files written so that a reader never sees half of one.
 *
 * A struct pr_json says where a value stands, for messages.  It lives on the caller's stack and
 * borrows both its parent and the value.  */
#ifndef PR_BASE_JSON_H
#define PR_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* ---- whole files --------------------------------------------------------------------------------
 */

/* Reads one document (path "-": standard input) and owns it to the caller.  Duplicate keys are
 * errors. PR_FAILED when the file cannot be read, PR_USAGE when it is not JSON; NULL in *json then.
 */
enum pr_err pr_json_read_file(const char *path, json_t **json, struct pr_error *why) PR_CHECKED;

/* Checks "format" and "version": PR_USAGE when the format is another or the version is above most.
 */
enum pr_err pr_json_check_format(const json_t *json, const char *path, const char *format, int most,
                                 struct pr_error *why) PR_CHECKED;

/* Writes json, indented by two, ending in a newline, by way of PATH.tmp and rename(2).  */
enum pr_err pr_json_write_file(const char *path, const json_t *json,
                               struct pr_error *why) PR_CHECKED;

/* The text of such a file, for standard output; or one line, for JSON lines and pipes.  Both end in
 * a newline.  Reals have 15 digits, so that 0.1 stays 0.1.  The caller frees.  */
char *pr_json_dump(const json_t *json);
char *pr_json_dump_line(const json_t *json);

/* The same text on standard output.  */
void pr_json_print(const json_t *json);

/* ---- members ------------------------------------------------------------------------------------
 */

struct pr_json {
	const struct pr_json *parent; /* NULL at the top */
	const char *name; /* the file at the top; a key below; NULL for an item of an array */
	size_t index;     /* of an item */
	json_t *value;    /* borrowed */
};

/* The top of a document: a place that messages call file.  */
struct pr_json pr_json_top(const char *file, json_t *value);

/* Item index of an array.  */
struct pr_json pr_json_item(const struct pr_json *array, size_t index);

/* Each fetches member key of object `at` into *out.  PR_USAGE with a sentence when it is missing,
 * null or of another type.  Strings are borrowed from the document.  An integer is fine where a
 * real is asked.  */
enum pr_err pr_json_string(const struct pr_json *at, const char *key, const char **out,
                           struct pr_error *why) PR_CHECKED;
enum pr_err pr_json_integer(const struct pr_json *at, const char *key, int64_t *out,
                            struct pr_error *why) PR_CHECKED;
enum pr_err pr_json_real(const struct pr_json *at, const char *key, double *out,
                         struct pr_error *why) PR_CHECKED;
enum pr_err pr_json_bool(const struct pr_json *at, const char *key, bool *out,
                         struct pr_error *why) PR_CHECKED;
enum pr_err pr_json_object(const struct pr_json *at, const char *key, struct pr_json *out,
                           struct pr_error *why) PR_CHECKED;
enum pr_err pr_json_array(const struct pr_json *at, const char *key, struct pr_json *out,
                          struct pr_error *why) PR_CHECKED;

/* True when member key is there and not null: "not measured" is absent or null.  */
bool pr_json_has(const struct pr_json *at, const char *key);

/* PR_USAGE when the object has a key that is not in the list (ended by NULL), with the nearest one.
 */
enum pr_err pr_json_check_keys(const struct pr_json *at, const char *const *keys,
                               struct pr_error *why) PR_CHECKED;

/* Fails with "FILE: PATH: sentence", for checks of the caller's own.  */
enum pr_err pr_json_error(const struct pr_json *at, struct pr_error *why, const char *fmt, ...)
        PR_PRINTF(3, 4);

/* ---- members that may be absent -----------------------------------------------------------------
 */

/* The text of member key, borrowed from the document: NULL, or otherwise, when object is NULL or no
 * object, and when the member is missing, null or no string.
 * Both object and otherwise may be NULL.  Never an error; no sentence.  */
const char *pr_json_text(const json_t *object, const char *key);
const char *pr_json_text_or(const json_t *object, const char *key, const char *otherwise);

/* ---- making -------------------------------------------------------------------------------------
 */

/* json_object_set_new() and json_array_append_new() that cannot fail quietly: they take value, and
 * end the program when it is NULL or memory is out.  */
void pr_json_set(json_t *object, const char *key, json_t *value);
void pr_json_append(json_t *array, json_t *value);

/* A string, or null for NULL.  Bytes that are not UTF-8 (names of files may hold any) become '?'.
 */
json_t *pr_json_new_string(const char *text);

/* The same of a text that it frees.  */
json_t *pr_json_take_string(char *text);

/* A real number, or null when it is not finite: JSON has no NaN.  */
json_t *pr_json_new_real(double value);

/* A count that is kept as a double, as a whole number; null when it is not finite or above 1e18.
 */
json_t *pr_json_new_count(double value);

#endif
