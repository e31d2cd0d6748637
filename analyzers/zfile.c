/* SPDX-License-Identifier: MIT */
/* analyzers/zfile.c - reads a file in pieces, plain or compressed.
 *
 * libarchive expands; a plain file does not go through it.  */
#include "analyzers/zfile.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"

#define PIECE ((size_t)128 * 1024)

struct pr_zfile {
	const char *path;
	int fd;
	char *in;
	size_t in_size;     /* bytes of `in` that are filled */
	bool fresh;         /* the first piece was not given yet */
	int error;          /* errno of a read that failed; 0 */
	const char *format; /* of compressed data; NULL */
	struct archive *archive;
	char *out;
};

/* Fills the piece as far as the file goes.  A pipe gives less at a time, which is fine except for
 * the first bytes.  */
static void fill(struct pr_zfile *zfile, size_t least)
{
	zfile->in_size = 0;
	while (zfile->in_size < least) {
		ssize_t size = read(zfile->fd, zfile->in + zfile->in_size, PIECE - zfile->in_size);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			zfile->error = errno;
		if (size <= 0)
			return;
		zfile->in_size += (size_t)size;
	}
}

static enum pr_err check_read(const struct pr_zfile *zfile, struct pr_error *why)
{
	if (zfile->error == 0)
		return PR_OK;
	return pr_error_set(why, PR_FAILED, "%s: cannot be read: %s", zfile->path,
	                    strerror(zfile->error));
}

/* ---- compressed ------------------------------------------------------------------------------ */

static const struct magic {
	const char *bytes;
	size_t size;
	const char *format;
} magics[] = {
        {"\x28\xb5\x2f\xfd", 4, "zstd"},
        {"\x1f\x8b", 2, "gzip"},
        {"\xfd\x37\x7a\x58\x5a", 6, "xz"}, /* and the NUL */
        {"BZh", 3, "bzip2"},
        {NULL, 0, NULL},
};

static const char *find_format(const struct pr_zfile *zfile)
{
	for (const struct magic *magic = magics; magic->bytes != NULL; magic++)
		if (zfile->in_size > magic->size &&
		    memcmp(zfile->in, magic->bytes, magic->size) == 0)
			return magic->format;
	return NULL;
}

static la_ssize_t read_more(struct archive *archive, void *arg, const void **text)
{
	struct pr_zfile *zfile = arg;

	if (!zfile->fresh)
		fill(zfile, 1);
	zfile->fresh = false;
	*text = zfile->in;
	if (zfile->error == 0)
		return (la_ssize_t)zfile->in_size;
	archive_set_error(archive, zfile->error, "%s", strerror(zfile->error));
	return -1;
}

/* libarchive's words for a file that was cut.  */
static bool is_cut(const char *words)
{
	return words != NULL &&
	       (strstr(words, "runcated") != NULL || strstr(words, "end of") != NULL);
}

static enum pr_err broken(struct pr_zfile *zfile, struct pr_error *why)
{
	const char *words = archive_error_string(zfile->archive);

	if (zfile->error != 0)
		return check_read(zfile, why);
	if (is_cut(words))
		return pr_error_set(
		        why, PR_FAILED,
		        "%s: the %s data ends too early; the file was cut, record it again",
		        zfile->path, zfile->format);
	return pr_error_set(why, PR_FAILED, "%s: the %s data is broken (%s)", zfile->path,
	                    zfile->format, words != NULL ? words : "no reason given");
}

static enum pr_err open_archive(struct pr_zfile *zfile, struct pr_error *why)
{
	struct archive *archive = zfile->archive = archive_read_new();
	struct archive_entry *entry;

	if (archive == NULL)
		return pr_error_set(why, PR_FAILED, "out of memory");
	zfile->out = pr_alloc(PIECE);
	archive_read_support_filter_zstd(archive);
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	if (archive_read_open(archive, zfile, NULL, read_more, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) < ARCHIVE_WARN)
		return broken(zfile, why);
	return PR_OK;
}

static enum pr_err next_expanded(struct pr_zfile *zfile, const char **text, size_t *size,
                                 struct pr_error *why)
{
	la_ssize_t got = archive_read_data(zfile->archive, zfile->out, PIECE);

	*text = zfile->out;
	*size = got > 0 ? (size_t)got : 0;
	return got < 0 ? broken(zfile, why) : PR_OK;
}

/* ---- all files ------------------------------------------------------------------------------- */

enum pr_err pr_zfile_open(const char *path, struct pr_zfile **zfile, struct pr_error *why)
{
	struct pr_zfile *new = pr_alloc(sizeof(*new));
	enum pr_err err;

	*zfile = NULL;
	memset(new, 0, sizeof(*new));
	new->path = path;
	new->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (new->fd < 0) {
		free(new);
		return pr_error_set(why, PR_FAILED, "%s: cannot be opened: %s", path,
		                    strerror(errno));
	}
	new->in = pr_alloc(PIECE);
	new->fresh = true;
	fill(new, 6);
	err = check_read(new, why);
	new->format = find_format(new);
	if (err == PR_OK && new->format != NULL)
		err = open_archive(new, why);
	if (err != PR_OK)
		pr_zfile_close(&new);
	*zfile = new;
	return err;
}

enum pr_err pr_zfile_next(struct pr_zfile *zfile, const char **text, size_t *size,
                          struct pr_error *why)
{
	if (zfile->archive != NULL)
		return next_expanded(zfile, text, size, why);
	if (!zfile->fresh)
		fill(zfile, 1);
	zfile->fresh = false;
	*text = zfile->in;
	*size = zfile->in_size;
	return check_read(zfile, why);
}

void pr_zfile_close(struct pr_zfile **zfile)
{
	struct pr_zfile *old = *zfile;

	*zfile = NULL;
	if (old == NULL)
		return;
	archive_read_free(old->archive);
	if (old->fd != STDIN_FILENO)
		close(old->fd);
	free(old->in);
	free(old->out);
	free(old);
}

enum pr_err pr_zfile_read(const char *path, pr_zfile_visit *visit, void *arg, struct pr_error *why)
{
	struct pr_zfile *zfile;
	const char *text;
	size_t size = 1;
	enum pr_err err = pr_zfile_open(path, &zfile, why);

	while (err == PR_OK && size > 0) {
		err = pr_zfile_next(zfile, &text, &size, why);
		if (err == PR_OK && size > 0)
			visit(arg, text, size);
	}
	pr_zfile_close(&zfile);
	return err;
}
