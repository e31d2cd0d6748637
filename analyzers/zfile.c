/* SPDX-License-Identifier: MIT */
/* analyzers/zfile.c - reads a file in pieces, plain or compressed by zstd.  */
#include "analyzers/zfile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/base/buf.h"

#define PIECE ((size_t)128 * 1024)

struct zfile {
	const char *path;
	FILE *file;
	pr_zfile_visit *visit;
	void *arg;
	char *in, *out;
	size_t in_size; /* bytes of `in` that are filled */
};

static bool fill(struct zfile *zfile)
{
	zfile->in_size = fread(zfile->in, 1, PIECE, zfile->file);
	return zfile->in_size > 0;
}

static enum pr_err check_read(const struct zfile *zfile, struct pr_error *why)
{
	if (!ferror(zfile->file))
		return PR_OK;
	return pr_error_set(why, PR_FAILED, "%s: cannot be read: %s", zfile->path, strerror(errno));
}

static enum pr_err read_plain(struct zfile *zfile, struct pr_error *why)
{
	do
		zfile->visit(zfile->arg, zfile->in, zfile->in_size);
	while (fill(zfile));
	return check_read(zfile, why);
}

/* One piece of input may become many pieces of output.  *left is 0 at the end of a frame.  */
static enum pr_err expand(struct zfile *zfile, ZSTD_DStream *stream, size_t *left,
                          struct pr_error *why)
{
	ZSTD_inBuffer in = {zfile->in, zfile->in_size, 0};
	bool more = true;

	while (more) {
		ZSTD_outBuffer out = {zfile->out, PIECE, 0};

		*left = ZSTD_decompressStream(stream, &out, &in);
		if (ZSTD_isError(*left))
			return pr_error_set(why, PR_FAILED, "%s: the zstd data is broken (%s)",
			                    zfile->path, ZSTD_getErrorName(*left));
		if (out.pos > 0)
			zfile->visit(zfile->arg, zfile->out, out.pos);
		more = in.pos < in.size || out.pos == out.size;
	}
	return PR_OK;
}

static enum pr_err read_zstd(struct zfile *zfile, struct pr_error *why)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	enum pr_err err = stream == NULL ? pr_error_set(why, PR_FAILED, "out of memory") : PR_OK;
	size_t left = 1;

	do
		if (err == PR_OK)
			err = expand(zfile, stream, &left, why);
	while (err == PR_OK && fill(zfile));
	ZSTD_freeDStream(stream);
	if (err == PR_OK)
		err = check_read(zfile, why);
	if (err == PR_OK && left != 0)
		err = pr_error_set(
		        why, PR_FAILED,
		        "%s: the zstd data ends too early; the file was cut, record it again",
		        zfile->path);
	return err;
}

static enum pr_err read_open(struct zfile *zfile, struct pr_error *why)
{
	static const unsigned char magic[] = {0x28, 0xb5, 0x2f, 0xfd};

	if (!fill(zfile))
		return check_read(zfile, why);
	if (zfile->in_size >= sizeof(magic) && memcmp(zfile->in, magic, sizeof(magic)) == 0)
		return read_zstd(zfile, why);
	return read_plain(zfile, why);
}

enum pr_err pr_zfile_read(const char *path, pr_zfile_visit *visit, void *arg, struct pr_error *why)
{
	struct zfile zfile = {.path = path, .visit = visit, .arg = arg};
	enum pr_err err;

	zfile.file = fopen(path, "rbe");
	if (zfile.file == NULL)
		return pr_error_set(why, PR_FAILED, "%s: cannot be opened: %s", path,
		                    strerror(errno));
	zfile.in = pr_alloc(PIECE);
	zfile.out = pr_alloc(PIECE);
	err = read_open(&zfile, why);
	free(zfile.in);
	free(zfile.out);
	fclose(zfile.file);
	return err;
}
