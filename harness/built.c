/* SPDX-License-Identifier: MIT */
/* harness/built.c - how a library was built, by what its ELF file says about itself.  */
#include "harness/built.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"

/* ---- flags --------------------------------------------------------------------------- */

/* What the compile units say, put together.  */
struct flags {
	struct pr_buf all;    /* " -O2 -g": each once */
	struct pr_buf levels; /* " -O2 -O3" */
	const char *from;     /* NULL: nothing was said */
	bool lto;
};

/* True when the words of text (a blank before each) have this one.  */
static bool has_word(const struct pr_buf *text, const char *word, size_t size)
{
	for (const char *at = text->text; at != NULL && (at = strstr(at, word)) != NULL; at++)
		if (at > text->text && at[-1] == ' ' && (at[size] == ' ' || at[size] == '\0'))
			return true;
	return false;
}

static void add_word(struct pr_buf *text, const char *word, size_t size)
{
	char *copy = strndup(word, size);

	if (copy != NULL && !has_word(text, copy, size))
		pr_buf_printf(text, " %s", copy);
	free(copy);
}

static bool begins(const char *word, const char *with)
{
	return strncmp(word, with, strlen(with)) == 0;
}

/* "GNU C11 12.2.0 -mtune=generic -O2 -g": the options are what begins with a dash; of a compiler's
 * whole command line (clang) those that name files are left out.  */
static void add_producer(struct flags *flags, const char *producer)
{
	const char *level = "-O0";
	size_t level_size = 3;

	for (const char *at = strstr(producer, " -"); at != NULL; at = strstr(at, " -")) {
		size_t size = strcspn(++at, " ");

		if (begins(at, "-I") || begins(at, "-o") || begins(at, "-M") || begins(at, "-c"))
			continue;
		if (begins(at, "-O")) {
			level = at; /* the last one counts */
			level_size = size;
			continue;
		}
		flags->lto |= begins(at, "-flto");
		add_word(&flags->all, at, size);
	}
	add_word(&flags->all, level, level_size);
	add_word(&flags->levels, level, level_size);
}

static bool is_compiler(const char *text)
{
	return strstr(text, "GNU C") != NULL || strstr(text, "clang") != NULL;
}

/* Strings one behind the other, as in .GNU.command.line.  */
static void add_strings(struct flags *flags, const char *text, size_t size, const char *from)
{
	for (size_t at = 0; at < size;) {
		size_t length = strnlen(text + at, size - at);

		if (at + length < size && is_compiler(text + at)) {
			add_producer(flags, text + at);
			flags->from = from;
		}
		at += length + 1;
	}
}

static void add_debug_information(struct flags *flags, Elf *elf)
{
	Dwarf *dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;

	while (dwarf != NULL && dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &die, NULL) == 0) {
		Dwarf_Attribute attribute;
		const char *producer =
		        dwarf_formstring(dwarf_attr_integrate(&die, DW_AT_producer, &attribute));

		if (producer != NULL && is_compiler(producer)) {
			add_producer(flags, producer);
			flags->from = "DW_AT_producer";
		}
	}
	dwarf_end(dwarf);
}

/* Debug information that a distribution keeps apart.  */
static void add_separate(struct flags *flags, Elf *elf)
{
	const unsigned char *id;
	ssize_t size = dwelf_elf_gnu_build_id(elf, (const void **)&id);
	struct pr_buf path;
	Elf *other;
	int fd;

	if (size < 2)
		return;
	pr_buf_init(&path);
	pr_buf_printf(&path, "/usr/lib/debug/.build-id/%02x/", id[0]);
	for (ssize_t i = 1; i < size; i++)
		pr_buf_printf(&path, "%02x", id[i]);
	pr_buf_puts(&path, ".debug");
	fd = open(path.text, O_RDONLY | O_CLOEXEC);
	other = fd >= 0 ? elf_begin(fd, ELF_C_READ, NULL) : NULL;
	if (other != NULL)
		add_debug_information(flags, other);
	elf_end(other);
	if (fd >= 0)
		close(fd);
	pr_buf_fini(&path);
}

/* ---- the file ------------------------------------------------------------------------ */

struct facts {
	struct flags flags;
	const char *compiler;
	bool relro, bind_now, pic, stack_protector, fortify, cf_protection;
};

static void read_dynamic(struct facts *facts, Elf_Data *data, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		GElf_Dyn entry;

		if (gelf_getdyn(data, (int)i, &entry) == NULL)
			return;
		if (entry.d_tag == DT_BIND_NOW ||
		    (entry.d_tag == DT_FLAGS && entry.d_un.d_val & DF_BIND_NOW) ||
		    (entry.d_tag == DT_FLAGS_1 && entry.d_un.d_val & DF_1_NOW))
			facts->bind_now = true;
	}
}

static void read_symbols(struct facts *facts, Elf *elf, const GElf_Shdr *header, Elf_Data *data,
                         size_t count)
{
	for (size_t i = 0; i < count; i++) {
		GElf_Sym symbol;
		const char *name = gelf_getsym(data, (int)i, &symbol) != NULL
		                           ? elf_strptr(elf, header->sh_link, symbol.st_name)
		                           : NULL;
		size_t size = name != NULL ? strlen(name) : 0;

		if (size < 4 || symbol.st_shndx != SHN_UNDEF)
			continue;
		if (strcmp(name, "__stack_chk_fail") == 0)
			facts->stack_protector = true;
		else if (begins(name, "__") && strcmp(name + size - 4, "_chk") == 0)
			facts->fortify = true;
	}
}

/* x86: the property says what all the code is marked for.  */
static void read_property(struct facts *facts, Elf_Data *data)
{
	const unsigned char *bytes = data->d_buf;

	for (size_t at = 16; at + 12 <= data->d_size; at += 4) {
		uint32_t type, size, value;

		memcpy(&type, bytes + at, 4);
		memcpy(&size, bytes + at + 4, 4);
		memcpy(&value, bytes + at + 8, 4);
		if (type == GNU_PROPERTY_X86_FEATURE_1_AND && size == 4)
			facts->cf_protection = (value & 3) != 0;
	}
}

static void read_section(struct facts *facts, Elf *elf, Elf_Scn *section, const char *name)
{
	GElf_Shdr header;
	Elf_Data *data;

	if (gelf_getshdr(section, &header) == NULL || header.sh_type == SHT_NOBITS)
		return;
	data = elf_getdata(section, NULL);
	if (data == NULL || data->d_buf == NULL)
		return;
	if (header.sh_type == SHT_DYNAMIC)
		read_dynamic(facts, data, header.sh_size / header.sh_entsize);
	else if (header.sh_type == SHT_DYNSYM)
		read_symbols(facts, elf, &header, data, header.sh_size / header.sh_entsize);
	else if (strcmp(name, ".GNU.command.line") == 0)
		add_strings(&facts->flags, data->d_buf, data->d_size, ".GNU.command.line");
	else if (strcmp(name, ".note.gnu.property") == 0)
		read_property(facts, data);
	else if (strcmp(name, ".comment") == 0 && memchr(data->d_buf, '\0', data->d_size) != NULL)
		facts->compiler = data->d_buf;
}

static void read_file(struct facts *facts, Elf *elf)
{
	size_t segments = 0, names = 0;
	Elf_Scn *section = NULL;
	GElf_Ehdr header;

	facts->pic = gelf_getehdr(elf, &header) != NULL && header.e_type == ET_DYN;
	elf_getphdrnum(elf, &segments);
	for (size_t i = 0; i < segments; i++) {
		GElf_Phdr segment;

		if (gelf_getphdr(elf, (int)i, &segment) != NULL)
			facts->relro |= segment.p_type == PT_GNU_RELRO;
	}
	elf_getshdrstrndx(elf, &names);
	while ((section = elf_nextscn(elf, section)) != NULL) {
		GElf_Shdr place;
		const char *name = gelf_getshdr(section, &place) != NULL
		                           ? elf_strptr(elf, names, place.sh_name)
		                           : NULL;

		if (name != NULL)
			read_section(facts, elf, section, name);
	}
	if (facts->flags.from == NULL)
		add_debug_information(&facts->flags, elf);
	if (facts->flags.from == NULL)
		add_separate(&facts->flags, elf);
}

/* ---- the record ---------------------------------------------------------------------- */

/* The words of text, without the first blank, with a comma between them when asked for.  */
static json_t *words(const struct pr_buf *text, bool commas)
{
	struct pr_buf out;
	json_t *value;

	pr_buf_init(&out);
	for (const char *at = text->text != NULL && *text->text != '\0' ? text->text + 1 : "";
	     *at != '\0'; at++)
		pr_buf_printf(&out, *at == ' ' && commas ? ",%c" : "%c", *at);
	value = pr_json_new_string(out.text);
	pr_buf_fini(&out);
	return value;
}

/* What stands behind -march=; null when nothing does.  */
static json_t *march(const struct pr_buf *flags)
{
	const char *at = strstr(flags->text, " -march=");
	char *value;
	json_t *json;

	if (at == NULL)
		return json_null();
	at += strlen(" -march=");
	value = strndup(at, strcspn(at, " "));
	json = pr_json_new_string(value);
	free(value);
	return json;
}

static json_t *describe(const struct facts *facts)
{
	const struct flags *flags = &facts->flags;
	bool told = flags->from != NULL;
	json_t *json = json_object();

	pr_json_set(json, "compiler", pr_json_new_string(facts->compiler));
	pr_json_set(json, "flags", told ? words(&flags->all, false) : json_null());
	pr_json_set(json, "flags_from", pr_json_new_string(flags->from));
	pr_json_set(json, "optimisation", told ? words(&flags->levels, true) : json_null());
	pr_json_set(json, "march", march(&flags->all));
	pr_json_set(json, "lto", told ? json_boolean(flags->lto) : json_null());
	pr_json_set(json, "relro",
	            json_string(!facts->relro     ? "none"
	                        : facts->bind_now ? "full"
	                                          : "partial"));
	pr_json_set(json, "bind_now", json_boolean(facts->bind_now));
	pr_json_set(json, "pic", json_boolean(facts->pic));
	pr_json_set(json, "stack_protector", json_boolean(facts->stack_protector));
	pr_json_set(json, "fortify", json_boolean(facts->fortify));
	pr_json_set(json, "cf_protection", json_boolean(facts->cf_protection));
	return json;
}

static json_t *describe_nothing(void)
{
	static const char *const keys[] = {"compiler",        "flags",    "flags_from",
	                                   "optimisation",    "march",    "lto",
	                                   "relro",           "bind_now", "pic",
	                                   "stack_protector", "fortify",  "cf_protection"};
	json_t *json = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		pr_json_set(json, keys[i], json_null());
	return json;
}

json_t *pr_built_describe(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct facts facts = {.compiler = NULL};
	Elf *elf = NULL;
	json_t *json;

	if (fd >= 0 && elf_version(EV_CURRENT) != EV_NONE)
		elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf != NULL && elf_kind(elf) == ELF_K_ELF) {
		pr_buf_init(&facts.flags.all);
		pr_buf_init(&facts.flags.levels);
		read_file(&facts, elf);
		json = describe(&facts);
		pr_buf_fini(&facts.flags.all);
		pr_buf_fini(&facts.flags.levels);
	} else {
		json = describe_nothing();
	}
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return json;
}
