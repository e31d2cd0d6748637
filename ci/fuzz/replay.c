/* SPDX-License-Identifier: MIT */
/* ci/fuzz/replay.c - a main() for a fuzz target where there is no libFuzzer: gives it each file of
 * a folder, and each file cut short at a few places.  So the targets are built and run by every
 * compiler, and what a fuzzer once found is found again by the ordinary tests.  */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy without spare room, so that a sanitizer sees a read behind the end.  */
static void feed(const char *text, size_t size)
{
	char *exact = pr_alloc(size);

	if (size > 0)
		memcpy(exact, text, size);
	LLVMFuzzerTestOneInput((const uint8_t *)exact, size);
	free(exact);
}

static int replay(const char *folder, const char *name)
{
	char *path = pr_asprintf("%s/%s", folder, name);
	struct pr_buf buf;
	struct pr_error why;
	enum pr_err err;

	pr_buf_init(&buf);
	err = pr_buf_read_file(&buf, path, &why);
	if (err != PR_OK)
		fprintf(stderr, "%s\n", why.text);
	else
		for (size_t part = 0; part <= 8; part++)
			feed(buf.text, buf.size * part / 8);
	pr_buf_fini(&buf);
	free(path);
	return err == PR_OK ? 1 : 0;
}

int main(int argc, char **argv)
{
	int count = 0;
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;

	if (folder == NULL) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
		if (entry->d_type == DT_REG)
			count += replay(argv[1], entry->d_name);
	closedir(folder);
	printf("%d files\n", count);
	return count > 0 ? 0 : 1;
}
