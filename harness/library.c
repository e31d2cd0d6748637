/* SPDX-License-Identifier: MIT */
/* harness/library.c - which file a loaded library really is.
 *
 * A name such as libzmq.so.5 may be a link, may be found in a place the user did not think of, and
 * may be our own drop-in.  So the record holds what dladdr(3) and realpath(3) say about the loaded
 * code, its build id (the ELF note) and the hash of the file.  */
#include "harness/library.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"

static void put_hex(char *text, size_t room, const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size && 2 * i + 2 < room; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* ---- loading ------------------------------------------------------------------------- */

/* The bytes that the file must have for its loadable parts; 0 when it is not such a file.  */
static uint64_t bytes_needed(int fd)
{
	ElfW(Ehdr) header;
	ElfW(Phdr) part;
	uint64_t needed = 0;

	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phentsize != sizeof(part))
		return 0;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		off_t at = (off_t)(header.e_phoff + i * sizeof(part));

		if (pread(fd, &part, sizeof(part), at) != (ssize_t)sizeof(part))
			return UINT64_MAX;
		if (part.p_type == PT_LOAD && part.p_offset + part.p_filesz > needed)
			needed = part.p_offset + part.p_filesz;
	}
	return needed;
}

/* Loading an ELF file whose end is missing ends the process with SIGBUS.  What is no file, or no
 * ELF file, is left to dlopen(3) to refuse.  */
static bool is_cut(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;
	bool cut;

	if (fd < 0)
		return false;
	cut = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
	      bytes_needed(fd) > (uint64_t)info.st_size;
	close(fd);
	return cut;
}

enum pr_err pr_library_open(const char *const *names, void **handle, struct pr_error *why)
{
	struct pr_buf tried;

	pr_buf_init(&tried);
	for (*handle = NULL; *names != NULL && *handle == NULL; names++) {
		bool cut = is_cut(*names);

		*handle = cut ? NULL : dlopen(*names, RTLD_NOW | RTLD_LOCAL);
		if (cut)
			pr_buf_printf(&tried, "%s%s: it was cut short; build or install it again",
			              tried.size > 0 ? "; " : "", *names);
		else if (*handle == NULL)
			pr_buf_printf(&tried, "%s%s", tried.size > 0 ? "; " : "", dlerror());
	}
	if (*handle == NULL)
		pr_error_set(why, PR_FAILED, "cannot load the engine library: %s", tried.text);
	pr_buf_fini(&tried);
	return *handle != NULL ? PR_OK : PR_FAILED;
}

enum pr_err pr_library_refuse_own(void *handle, const char *engine, const char *name,
                                  struct pr_error *why)
{
	const void *own = dlsym(handle, "proctor_version");
	char path[PATH_MAX];
	Dl_info found;

	if (own == NULL)
		return PR_OK;
	if (dladdr(own, &found) == 0 || found.dli_fname == NULL ||
	    realpath(found.dli_fname, path) == NULL)
		snprintf(path, sizeof(path), "%s", name);
	return pr_error_set(
	        why, PR_FAILED,
	        "engine %s: %s is proctor's own engine (%s); use engine core for it, or "
	        "name another library with lib=PATH and look at LD_LIBRARY_PATH",
	        engine, name, path);
}

/* ---- build id ------------------------------------------------------------------------ */

struct search {
	const void *address;
	char *build_id;
	size_t room;
};

static size_t round_up(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static void find_note(const char *notes, size_t size, struct search *search)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)notes;
		size_t whole = sizeof(*note) + round_up(note->n_namesz) + round_up(note->n_descsz);
		const char *name = notes + sizeof(*note);

		if (whole > size)
			return;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
		    memcmp(name, "GNU", 4) == 0)
			put_hex(search->build_id, search->room,
			        (const unsigned char *)name + round_up(note->n_namesz),
			        note->n_descsz);
		notes += whole;
		size -= whole;
	}
}

static bool holds(const struct dl_phdr_info *object, const void *address)
{
	uintptr_t at = (uintptr_t)address;

	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && at >= start && at < start + segment->p_memsz)
			return true;
	}
	return false;
}

static int visit_object(struct dl_phdr_info *object, size_t size, void *arg)
{
	struct search *search = arg;

	(void)size;
	if (!holds(object, search->address))
		return 0;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type == PT_NOTE)
			find_note((const char *)object->dlpi_addr + segment->p_vaddr,
			          segment->p_memsz, search);
	}
	return 1;
}

/* dladdr(3) knows the program by what it was called, which the shell may have found by PATH.  */
static const char *file_of(const Dl_info *found)
{
	Dl_info own;

	if (dladdr((const void *)(uintptr_t)visit_object, &own) != 0 &&
	    own.dli_fbase == found->dli_fbase)
		return "/proc/self/exe";
	return found->dli_fname;
}

enum pr_err pr_library_identify(const void *address, struct pr_engine_info *info,
                                struct pr_error *why)
{
	struct search search = {address, info->build_id, sizeof(info->build_id)};
	Dl_info found;

	if (dladdr(address, &found) == 0 || found.dli_fname == NULL)
		return pr_error_set(why, PR_FAILED,
		                    "cannot tell which file the engine was loaded from");
	info->build_id[0] = '\0';
	dl_iterate_phdr(visit_object, &search);
	if (realpath(file_of(&found), info->path) == NULL)
		return pr_error_set(why, PR_FAILED,
		                    "%s: cannot resolve the path of the loaded library: %s",
		                    found.dli_fname, strerror(errno));
	return PR_OK;
}

/* ---- hash ---------------------------------------------------------------------------- */

enum pr_err pr_library_hash(const char *path, char hash[PR_LIBRARY_HASH_SIZE], struct pr_error *why)
{
	unsigned char digest[SHA256_DIGEST_SIZE];
	unsigned char block[65536];
	struct sha256_ctx sha;
	size_t size;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return pr_error_set(why, PR_FAILED, "%s: cannot read the library to hash it: %s",
		                    path, strerror(errno));
	sha256_init(&sha);
	while ((size = fread(block, 1, sizeof(block), file)) > 0)
		sha256_update(&sha, size, block);
	fclose(file);
	sha256_digest(&sha, sizeof(digest), digest);
	put_hex(hash, PR_LIBRARY_HASH_SIZE, digest, sizeof(digest));
	return PR_OK;
}
