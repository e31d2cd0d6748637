/* SPDX-License-Identifier: MIT */
/* harness/test/nameless.c - a library that is linked without symbols; see sites_test.c.  */

void *nameless_place(void);

static __attribute__((noinline)) void *hidden(void)
{
	return __builtin_return_address(0);
}

/* A place in the exported function.  */
__attribute__((visibility("default"))) void *nameless_place(void)
{
	void *place = hidden();

	__asm__ volatile("" : "+r"(place)); /* no tail call */
	return place;
}

/* A function of which no symbol tells.  */
__attribute__((visibility("default"))) void *(*nameless_hidden)(void) = hidden;
