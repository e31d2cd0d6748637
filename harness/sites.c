/* SPDX-License-Identifier: MIT */
/* harness/sites.c - the names of places in this process.  */
#include "harness/sites.h"

#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"

/* The folder and the name: "core/read.c".  */
static const char *short_path(const char *path)
{
	const char *name = basename(path), *at = name;

	if (at > path)
		at--;
	while (at > path && at[-1] != '/')
		at--;
	return at > path ? at : path;
}

static void add_line(struct pr_buf *out, Dwfl_Module *module, Dwarf_Addr address)
{
	Dwfl_Line *line = dwfl_module_getsrc(module, address);
	const char *file;
	int number;

	if (line == NULL)
		return;
	file = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	if (file != NULL)
		pr_buf_printf(out, " (%s:%d)", short_path(file), number);
}

/* The kernel's own file has no path, and nothing would help.  */
static void add_offset(struct pr_buf *out, const char *file, Dwarf_Addr offset, json_t *nameless)
{
	pr_buf_printf(out, "%s+0x%jx", basename(file), (uintmax_t)offset);
	if (*file == '/')
		pr_json_set(nameless, basename(file), pr_json_new_string(file));
}

/* The call is before the place to which it returns, which may be of the next function.  */
static json_t *name_of(Dwfl *dwfl, Dwarf_Addr returns_to, json_t *nameless)
{
	Dwarf_Addr address = returns_to - 1, start = 0;
	Dwfl_Module *module = dwfl != NULL ? dwfl_addrmodule(dwfl, address) : NULL;
	const char *file = NULL, *symbol = NULL;
	struct pr_buf text;
	json_t *name;

	pr_buf_init(&text);
	if (module != NULL) {
		file = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
		symbol = dwfl_module_addrname(module, address);
	}
	if (file == NULL)
		pr_buf_printf(&text, "%s", returns_to == 0 ? "elsewhere" : "?");
	else if (symbol != NULL)
		pr_buf_printf(&text, "%s in %s", symbol, basename(file));
	else
		add_offset(&text, file, address - start, nameless);
	if (module != NULL)
		add_line(&text, module, address);
	name = pr_json_new_string(text.text);
	pr_buf_fini(&text);
	return name;
}

static Dwfl *open_self(void)
{
	static char *no_path = NULL;
	static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
	                                         .find_debuginfo = dwfl_standard_find_debuginfo,
	                                         .debuginfo_path = &no_path};
	Dwfl *dwfl = dwfl_begin(&callbacks);

	if (dwfl == NULL)
		return NULL;
	if (dwfl_linux_proc_report(dwfl, getpid()) == 0 && dwfl_report_end(dwfl, NULL, NULL) == 0)
		return dwfl;
	dwfl_end(dwfl);
	return NULL;
}

json_t *pr_sites_name(const json_t *addresses, json_t *nameless)
{
	json_t *names = json_object(), *address;
	Dwfl *dwfl = open_self();
	size_t i;

	json_array_foreach((json_t *)addresses, i, address)
	{
		const char *text = json_string_value(address);

		if (text != NULL)
			pr_json_set(names, text, name_of(dwfl, strtoull(text, NULL, 16), nameless));
	}
	if (dwfl != NULL)
		dwfl_end(dwfl);
	return names;
}
