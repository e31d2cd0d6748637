/* SPDX-License-Identifier: MIT */
/* harness/keep.c - the engine libraries of a run, kept in the run directory.  */
#include "harness/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "harness/library.h"

#define PIECE ((size_t)1 << 20)

static bool copy_bytes(int from, int to)
{
	ssize_t sent;

	while ((sent = sendfile(to, from, NULL, PIECE)) > 0)
		continue;
	return sent == 0;
}

static enum pr_err copy_file(const char *from, const char *to, struct pr_error *why)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	bool copied = out >= 0 && copy_bytes(in, out);
	int error = errno;

	if (in >= 0)
		close(in);
	if (out >= 0 && close(out) != 0 && copied) {
		copied = false;
		error = errno;
	}
	if (copied)
		return PR_OK;
	unlink(to);
	return pr_error_set(
	        why, PR_FAILED,
	        "%s: cannot keep a copy of %s: %s; make room, or keep hashes alone with "
	        "--no-libraries",
	        to, from, strerror(error));
}

/* By way of a draft whose hash is checked: what has the name of a hash has that hash.  */
static enum pr_err keep(const char *path, const char *copy, const char *hash, struct pr_error *why)
{
	char found[PR_LIBRARY_HASH_SIZE] = "";
	char *draft;
	enum pr_err err;

	if (access(copy, F_OK) == 0)
		return PR_OK;
	draft = pr_asprintf("%s.tmp", copy);
	err = copy_file(path, draft, why);
	if (err == PR_OK)
		err = pr_library_hash(draft, found, why);
	if (err == PR_OK && strcmp(found, hash) != 0)
		err = pr_error_set(why, PR_FAILED, "%s was replaced while it was copied; run again",
		                   path);
	if (err == PR_OK && rename(draft, copy) != 0)
		err = pr_error_set(why, PR_FAILED, "%s: cannot write: %s", copy, strerror(errno));
	if (err != PR_OK)
		unlink(draft);
	free(draft);
	return err;
}

static enum pr_err make_folder(const char *dir, struct pr_error *why)
{
	char *folder = pr_asprintf("%s/libraries", dir);
	enum pr_err err = PR_OK;

	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		err = pr_error_set(why, PR_FAILED, "%s: cannot make this directory: %s", folder,
		                   strerror(errno));
	free(folder);
	return err;
}

enum pr_err pr_keep_library(const char *dir, json_t *library, bool copy, struct pr_error *why)
{
	char hash[PR_LIBRARY_HASH_SIZE];
	const char *path = pr_json_text(library, "path");
	enum pr_err err = pr_library_hash(path, hash, why);
	char *name, *whole;

	if (err != PR_OK)
		return err;
	pr_json_set(library, "sha256", json_string(hash));
	pr_json_set(library, "kept", json_null());
	if (!copy)
		return PR_OK;
	name = pr_asprintf("libraries/%.16s-%s", hash, basename(path));
	whole = pr_asprintf("%s/%s", dir, name);
	err = make_folder(dir, why);
	if (err == PR_OK)
		err = keep(path, whole, hash, why);
	if (err == PR_OK)
		pr_json_set(library, "kept", pr_json_new_string(name));
	free(name);
	free(whole);
	return err;
}
