/* SPDX-License-Identifier: MIT */
/* analyzers/packed.c - unpacks what `proctor pack` wrote.  */
#include "analyzers/packed.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"

/* A run has tens of files.  Its texts shrink to a tenth or so, and traces and libraries less; what
 * grows by more than this is not a run.  */
#define ENTRIES_MAX 10000
#define GROWTH_MAX  200
#define BYTES_FREE  ((int64_t)64 << 20) /* that any file may become */
#define BYTES_MAX   ((int64_t)32 << 30)

struct unpacked {
	char *path;   /* as the user named it */
	char *place;  /* the temporary directory */
	char *folder; /* the one in it */
};

/* Two are enough for any command, but floor add takes many.  */
static struct unpacked *unpacked;
static size_t unpacked_count;

/* ---- at the end ---------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
	(void)info;
	(void)kind;
	(void)at;
	return remove(path);
}

static void remove_place(const char *place)
{
	nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void remove_all(void)
{
	for (size_t i = 0; i < unpacked_count; i++)
		remove_place(unpacked[i].place);
}

static void remember(const char *path, char *place, char *folder)
{
	if (unpacked_count == 0)
		atexit(remove_all);
	unpacked = pr_realloc(unpacked, (unpacked_count + 1) * sizeof(*unpacked));
	unpacked[unpacked_count++] = (struct unpacked){pr_strdup(path), place, folder};
}

/* ---- names --------------------------------------------------------------------------- */

struct unpacking {
	const char *path;
	const char *place;
	struct archive *archive;
	char *top; /* the name of the one folder; NULL before the first entry */
	int64_t bytes, bytes_max;
	size_t entries;
};

static enum pr_err refuse(const struct unpacking *unpacking, const char *name, const char *reason,
                          struct pr_error *why)
{
	return pr_error_set(why, PR_FAILED,
	                    "%s: '%.200s' in it %s: not what `proctor pack` writes; "
	                    "nothing was unpacked",
	                    unpacking->path, name, reason);
}

static bool has_odd_bytes(const char *name)
{
	for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++)
		if (*at < ' ' || *at == 0x7f || *at == '\\')
			return true;
	return false;
}

/* Every part of a path is a name.  */
static bool has_odd_parts(const char *name)
{
	const char *at = name;

	while (*at != '\0') {
		size_t size = strcspn(at, "/");

		if (size == 0 || (size == 1 && at[0] == '.') ||
		    (size == 2 && at[0] == '.' && at[1] == '.'))
			return true;
		at += size;
		at += *at == '/';
	}
	return *name == '\0';
}

static enum pr_err check_name(struct unpacking *unpacking, const char *name, struct pr_error *why)
{
	size_t size;

	if (name == NULL || has_odd_bytes(name))
		return refuse(unpacking, "a name", "has bytes that no name has", why);
	if (name[0] == '/')
		return refuse(unpacking, name, "is an absolute path", why);
	if (has_odd_parts(name))
		return refuse(unpacking, name, "leads out of its folder or is no name", why);
	size = strcspn(name, "/");
	if (unpacking->top == NULL)
		unpacking->top = strndup(name, size);
	if (strncmp(unpacking->top, name, size) != 0 || unpacking->top[size] != '\0')
		return refuse(unpacking, name, "is beside the folder of the run", why);
	return PR_OK;
}

/* ---- entries ------------------------------------------------------------------------- */

/* The folders of what comes.  Nothing in place is a link, as only we write there.  */
static enum pr_err make_folders(const char *whole, size_t start, struct pr_error *why)
{
	char *copy = pr_strdup(whole);
	enum pr_err err = PR_OK;

	for (char *at = copy + start; err == PR_OK && (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(copy, 0700) != 0 && errno != EEXIST)
			err = pr_error_set(why, PR_FAILED, "%s: cannot make this directory: %s",
			                   copy, strerror(errno));
		*at = '/';
	}
	free(copy);
	return err;
}

static enum pr_err too_large(const struct unpacking *unpacking, const char *name,
                             struct pr_error *why)
{
	return refuse(unpacking, name, "makes it grow beyond all measure when it is unpacked", why);
}

static enum pr_err copy_data(struct unpacking *unpacking, const char *name, int fd,
                             struct pr_error *why)
{
	char piece[65536];
	la_ssize_t size;

	while ((size = archive_read_data(unpacking->archive, piece, sizeof(piece))) > 0) {
		unpacking->bytes += size;
		if (unpacking->bytes > unpacking->bytes_max)
			return too_large(unpacking, name, why);
		for (la_ssize_t done = 0; done < size;) {
			ssize_t wrote = write(fd, piece + done, (size_t)(size - done));

			if (wrote < 0 && errno != EINTR)
				return pr_error_set(why, PR_FAILED,
				                    "%s: cannot unpack it into %s: %s; set TMPDIR "
				                    "to a place with more room",
				                    unpacking->path, unpacking->place,
				                    strerror(errno));
			done += wrote > 0 ? wrote : 0;
		}
	}
	if (size < 0)
		return pr_error_set(why, PR_FAILED,
		                    "%s: it is damaged or was cut short at '%.200s' (%s); copy it "
		                    "again",
		                    unpacking->path, name,
		                    archive_error_string(unpacking->archive));
	return PR_OK;
}

static enum pr_err unpack_file(struct unpacking *unpacking, const char *name, const char *whole,
                               struct pr_error *why)
{
	int fd = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum pr_err err;

	if (fd < 0 && errno == EEXIST)
		return refuse(unpacking, name, "is there twice", why);
	if (fd < 0)
		return pr_error_set(why, PR_FAILED, "%s: cannot write: %s", whole, strerror(errno));
	err = copy_data(unpacking, name, fd, why);
	close(fd);
	return err;
}

static enum pr_err unpack_entry(struct unpacking *unpacking, struct archive_entry *entry,
                                struct pr_error *why)
{
	const char *name = archive_entry_pathname(entry);
	mode_t kind = archive_entry_filetype(entry);
	enum pr_err err = check_name(unpacking, name, why);
	char *whole;

	if (err != PR_OK)
		return err;
	if (archive_entry_symlink(entry) != NULL || archive_entry_hardlink(entry) != NULL)
		return refuse(unpacking, name, "is a link", why);
	if (kind != AE_IFREG && kind != AE_IFDIR)
		return refuse(unpacking, name, "is neither a file nor a folder", why);
	if (++unpacking->entries > ENTRIES_MAX)
		return refuse(unpacking, name, "is one of far too many entries", why);
	if (kind == AE_IFREG && archive_entry_size(entry) > unpacking->bytes_max - unpacking->bytes)
		return too_large(unpacking, name, why);
	whole = pr_asprintf("%s/%s%s", unpacking->place, name, kind == AE_IFDIR ? "/" : "");
	err = make_folders(whole, strlen(unpacking->place) + 1, why);
	if (err == PR_OK && kind == AE_IFREG)
		err = unpack_file(unpacking, name, whole, why);
	free(whole);
	return err;
}

static enum pr_err unpack_entries(struct unpacking *unpacking, struct pr_error *why)
{
	struct archive_entry *entry;
	enum pr_err err = PR_OK;
	int status;

	while ((status = archive_read_next_header(unpacking->archive, &entry)) == ARCHIVE_OK &&
	       err == PR_OK)
		err = unpack_entry(unpacking, entry, why);
	if (err == PR_OK && status != ARCHIVE_EOF)
		err = pr_error_set(why, PR_FAILED,
		                   "%s: it is damaged or was cut short (%s); copy it again",
		                   unpacking->path, archive_error_string(unpacking->archive));
	if (err == PR_OK && unpacking->top == NULL)
		err = pr_error_set(why, PR_FAILED, "%s: there is nothing in it", unpacking->path);
	return err;
}

/* ---- the whole ----------------------------------------------------------------------- */

static enum pr_err unpack(struct unpacking *unpacking, struct pr_error *why)
{
	enum pr_err err;

	unpacking->archive = archive_read_new();
	archive_read_support_format_tar(unpacking->archive);
	archive_read_support_filter_zstd(unpacking->archive);
	if (archive_read_open_filename(unpacking->archive, unpacking->path, 65536) == ARCHIVE_OK)
		err = unpack_entries(unpacking, why);
	else
		err = pr_error_set(why, PR_FAILED,
		                   "%s: it is damaged or was cut short, or is no packed run (%s); "
		                   "copy it again",
		                   unpacking->path, archive_error_string(unpacking->archive));
	archive_read_free(unpacking->archive);
	return err;
}

static enum pr_err unpack_to_place(const char *path, int64_t size, const char **folder,
                                   struct pr_error *why)
{
	const char *tmp = getenv("TMPDIR");
	char *place = pr_asprintf("%s/proctor-XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	struct unpacking unpacking = {.path = path, .place = place};
	enum pr_err err = PR_OK;
	char *whole;

	unpacking.bytes_max = size > (BYTES_MAX - BYTES_FREE) / GROWTH_MAX
	                              ? BYTES_MAX
	                              : BYTES_FREE + size * GROWTH_MAX;
	if (mkdtemp(place) == NULL) {
		err = pr_error_set(why, PR_FAILED,
		                   "%s: cannot make this directory to unpack %s: %s; set TMPDIR",
		                   place, path, strerror(errno));
		free(place);
		return err;
	}
	err = unpack(&unpacking, why);
	if (err == PR_OK) {
		whole = pr_asprintf("%s/%s", place, unpacking.top);
		remember(path, place, whole);
		*folder = whole;
	} else {
		remove_place(place);
		free(place);
	}
	free(unpacking.top);
	return err;
}

bool pr_packed_is(const char *path)
{
	static const unsigned char magic[] = {0x28, 0xb5, 0x2f, 0xfd};
	unsigned char start[sizeof(magic)];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is;

	if (fd < 0)
		return false;
	is = read(fd, start, sizeof(start)) == (ssize_t)sizeof(start) &&
	     memcmp(start, magic, sizeof(magic)) == 0;
	close(fd);
	return is;
}

enum pr_err pr_packed_open(const char *path, const char **folder, struct pr_error *why)
{
	struct stat info;

	if (stat(path, &info) != 0)
		return pr_error_set(why, PR_FAILED, "%s: cannot be read: %s", path,
		                    strerror(errno));
	*folder = path;
	if (S_ISDIR(info.st_mode))
		return PR_OK;
	if (!S_ISREG(info.st_mode) || !pr_packed_is(path))
		return pr_error_set(why, PR_FAILED,
		                    "%s: not a directory; give the directory that `proctor run` "
		                    "wrote, not a file in it, or what `proctor pack` made of it",
		                    path);
	for (size_t i = 0; i < unpacked_count; i++)
		if (strcmp(unpacked[i].path, path) == 0) {
			*folder = unpacked[i].folder;
			return PR_OK;
		}
	return unpack_to_place(path, info.st_size, folder, why);
}
