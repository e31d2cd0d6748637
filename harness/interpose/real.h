/* SPDX-License-Identifier: MIT */
/* harness/interpose/real.h - the functions of libc behind our own.  */
#ifndef PR_INTERPOSE_REAL_H
#define PR_INTERPOSE_REAL_H

#include <dlfcn.h>

/* The next function of this name after the library's own, found at the first call: NULL when libc
 * has none.  Two threads may both look, and find the same.  */
#define PR_REAL(name)                                                                              \
	__extension__({                                                                            \
		static __typeof__(&name) real_##name;                                              \
                                                                                                   \
		if (__builtin_expect(real_##name == NULL, 0))                                      \
			real_##name = (__typeof__(&name))dlsym(RTLD_NEXT, #name);                  \
		real_##name;                                                                       \
	})

#endif
