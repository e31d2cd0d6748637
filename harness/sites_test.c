/* SPDX-License-Identifier: MIT */
/* harness/sites_test.c - the names of places in a library without symbols.  */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/test.h"
#include "harness/sites.h"

#define FILE_NAME "nameless.so"

/* The name of an address, and what else was said.  */
static char *name_of(uintptr_t address, json_t *nameless)
{
	char *text = pr_asprintf("%jx", (uintmax_t)address);
	json_t *addresses = json_pack("[s]", text), *names = pr_sites_name(addresses, nameless);
	char *name = pr_strdup(json_string_value(json_object_get(names, text)));

	json_decref(names);
	json_decref(addresses);
	free(text);
	return name;
}

static void what_a_file_exports_has_a_name_and_the_rest_an_offset(void **state)
{
	void *library = dlopen(PR_BUILD_DIR "/test/" FILE_NAME, RTLD_NOW);
	void *(*place)(void) = (void *(*)(void))(uintptr_t)dlsym(library, "nameless_place");
	void *(**hidden)(void) = dlsym(library, "nameless_hidden");
	json_t *nameless = json_object();
	const char *path;
	char *name;

	(void)state;
	assert_non_null(place);
	assert_non_null(hidden);
	name = name_of((uintptr_t)place(), nameless);
	assert_string_equal(name, "nameless_place in " FILE_NAME);
	assert_int_equal(json_object_size(nameless), 0);
	free(name);
	name = name_of((uintptr_t)*hidden + 1, nameless);
	assert_int_equal(strncmp(name, FILE_NAME "+0x", sizeof(FILE_NAME "+0x") - 1), 0);
	path = json_string_value(json_object_get(nameless, FILE_NAME));
	assert_non_null(path);
	assert_int_equal(*path, '/');
	assert_string_equal(strrchr(path, '/'), "/" FILE_NAME);
	free(name);
	json_decref(nameless);
	dlclose(library);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_a_file_exports_has_a_name_and_the_rest_an_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
