/* SPDX-License-Identifier: MIT */
/* core/pool.h - large pieces of memory that are not needed are kept for the process.
 *
 * Memory that comes fresh from the system costs a page fault for every 4 KiB, and malloc(3) gives
 * large pieces back to the system soon.  At most PR_POOL_BYTES are kept; small pieces, and those
 * above 4 MiB, are malloc's business.  Any thread.  */
#ifndef PR_POOL_H
#define PR_POOL_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PR_POOL_BYTES ((size_t)0) /* a sanitizer must see each piece end */
#else
#define PR_POOL_BYTES ((size_t)32 << 20)
#endif

/* From this size on pieces are kept.  */
#define PR_POOL_PIECE_MIN ((size_t)16 << 10)

/* Memory of at least *size bytes, aligned as malloc's, with any content; *size becomes what it
 * really has.  NULL when memory ran out.  */
void *pr_pool_take(size_t *size);

/* Keeps or frees it.  size: what pr_pool_take said.  */
void pr_pool_give(void *memory, size_t size);

/* Frees what is kept.  */
void pr_pool_trim(void);

#endif
