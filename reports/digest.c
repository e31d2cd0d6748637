/* SPDX-License-Identifier: MIT */
/* reports/digest.c - the fingerprint of a file (see digest.h).  */
#include "reports/digest.h"

#include <nettle/sha2.h>
#include <stdio.h>

#include "core/base/buf.h"

char *pr_digest_file(const char *path)
{
	uint8_t chunk[1 << 16], digest[SHA256_DIGEST_SIZE];
	FILE *file = fopen(path, "rbe");
	struct sha256_ctx context;
	struct pr_buf text;
	size_t size;
	int failed;

	if (!file)
		return NULL;
	sha256_init(&context);
	while ((size = fread(chunk, 1, sizeof(chunk), file)) > 0)
		sha256_update(&context, size, chunk);
	failed = ferror(file);
	fclose(file);
	if (failed)
		return NULL;
	sha256_digest(&context, sizeof(digest), digest);
	pr_buf_init(&text);
	for (size_t i = 0; i < sizeof(digest); i++)
		pr_buf_printf(&text, "%02x", digest[i]);
	return text.text; /* the caller frees it */
}
