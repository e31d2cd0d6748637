/* SPDX-License-Identifier: MIT */
/* harness/pack.c - one file of a run directory.  */
#include "harness/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"

#define DEPTH_MAX 8 /* a run has folders in folders of the report at most */

struct packing {
	struct archive *archive;
	struct stat draft; /* of the file that is being written, which may be below dir */
	const char *file;
};

static enum pr_err fail(const struct packing *packing, struct pr_error *why)
{
	return pr_error_set(why, PR_FAILED, "%s: cannot write: %s", packing->file,
	                    archive_error_string(packing->archive));
}

static enum pr_err write_header(struct packing *packing, const char *name, const struct stat *info,
                                struct pr_error *why)
{
	bool is_folder = S_ISDIR(info->st_mode);
	struct archive_entry *entry = archive_entry_new();
	enum pr_err err = PR_OK;

	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, is_folder ? AE_IFDIR : AE_IFREG);
	archive_entry_set_perm(entry, is_folder ? 0755 : 0644);
	archive_entry_set_mtime(entry, info->st_mtime, 0);
	archive_entry_set_size(entry, is_folder ? 0 : info->st_size);
	if (archive_write_header(packing->archive, entry) != ARCHIVE_OK)
		err = fail(packing, why);
	archive_entry_free(entry);
	return err;
}

/* As many bytes as the header says: a file that grows meanwhile is not half a line longer.  */
static enum pr_err write_data(struct packing *packing, int fd, const char *path, off_t size,
                              struct pr_error *why)
{
	char piece[65536];

	while (size > 0) {
		size_t want = size < (off_t)sizeof(piece) ? (size_t)size : sizeof(piece);
		ssize_t got = read(fd, piece, want);

		if (got <= 0)
			return pr_error_set(why, PR_FAILED, "%s: cannot be read: %s", path,
			                    got == 0 ? "it became shorter meanwhile"
			                             : strerror(errno));
		if (archive_write_data(packing->archive, piece, (size_t)got) != got)
			return fail(packing, why);
		size -= got;
	}
	return PR_OK;
}

static enum pr_err add_file(struct packing *packing, const char *path, const char *name,
                            const struct stat *info, struct pr_error *why)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	enum pr_err err;

	if (fd < 0)
		return pr_error_set(why, PR_FAILED, "%s: cannot be read: %s", path,
		                    strerror(errno));
	err = write_header(packing, name, info, why);
	if (err == PR_OK)
		err = write_data(packing, fd, path, info->st_size, why);
	close(fd);
	return err;
}

static enum pr_err add_folder(struct packing *packing, const char *path, const char *name,
                              int depth, struct pr_error *why);

/* Links and other things are no part of a run.  */
static enum pr_err add(struct packing *packing, const char *path, const char *name, int depth,
                       struct pr_error *why)
{
	struct stat info;

	if (lstat(path, &info) != 0)
		return pr_error_set(why, PR_FAILED, "%s: cannot be read: %s", path,
		                    strerror(errno));
	if (S_ISDIR(info.st_mode) && depth < DEPTH_MAX)
		return add_folder(packing, path, name, depth, why);
	if (!S_ISREG(info.st_mode) ||
	    (info.st_dev == packing->draft.st_dev && info.st_ino == packing->draft.st_ino))
		return PR_OK;
	return add_file(packing, path, name, &info, why);
}

static enum pr_err add_folder(struct packing *packing, const char *path, const char *name,
                              int depth, struct pr_error *why)
{
	struct dirent **entries;
	struct stat info;
	int count = stat(path, &info) == 0 ? scandir(path, &entries, NULL, alphasort) : -1;
	enum pr_err err;

	if (count < 0)
		return pr_error_set(why, PR_FAILED, "%s: cannot be read: %s", path,
		                    strerror(errno));
	err = write_header(packing, name, &info, why);
	for (int i = 0; i < count; i++) {
		const char *own = entries[i]->d_name;
		char *whole = pr_asprintf("%s/%s", path, own);
		char *inside = pr_asprintf("%s/%s", name, own);

		if (err == PR_OK && strcmp(own, ".") != 0 && strcmp(own, "..") != 0)
			err = add(packing, whole, inside, depth + 1, why);
		free(whole);
		free(inside);
		free(entries[i]);
	}
	free(entries);
	return err;
}

static enum pr_err write_draft(const char *dir, const char *name, int fd, const char *file,
                               struct pr_error *why)
{
	struct packing packing = {.archive = archive_write_new(), .file = file};
	enum pr_err err = PR_OK;

	archive_write_set_format_pax_restricted(packing.archive);
	if (fstat(fd, &packing.draft) != 0 ||
	    archive_write_add_filter_zstd(packing.archive) != ARCHIVE_OK ||
	    archive_write_open_fd(packing.archive, fd) != ARCHIVE_OK)
		err = fail(&packing, why);
	if (err == PR_OK)
		err = add_folder(&packing, dir, name, 0, why);
	if (err != PR_OK)
		archive_write_fail(packing.archive);
	else if (archive_write_close(packing.archive) != ARCHIVE_OK)
		err = fail(&packing, why);
	archive_write_free(packing.archive);
	return err;
}

enum pr_err pr_pack_write(const char *dir, const char *name, const char *file, struct pr_error *why)
{
	char *draft = pr_asprintf("%s.tmp", file);
	int fd = -1;
	enum pr_err err = PR_OK;

	if (access(file, F_OK) == 0)
		err = pr_error_set(why, PR_FAILED,
		                   "%s: this file exists; give another with -o or remove it", file);
	if (err == PR_OK) {
		fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (fd < 0)
			err = pr_error_set(why, PR_FAILED, "%s: cannot write: %s", file,
			                   strerror(errno));
	}
	if (err == PR_OK)
		err = write_draft(dir, name, fd, file, why);
	if (fd >= 0 && close(fd) != 0 && err == PR_OK)
		err = pr_error_set(why, PR_FAILED, "%s: cannot write: %s", file, strerror(errno));
	if (err == PR_OK && rename(draft, file) != 0)
		err = pr_error_set(why, PR_FAILED, "%s: cannot write: %s", file, strerror(errno));
	if (err != PR_OK && fd >= 0)
		unlink(draft);
	free(draft);
	return err;
}
