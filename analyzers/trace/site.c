/* SPDX-License-Identifier: MIT */
/* analyzers/trace/site.c - a frame of strace -k for people.
 *
 * `/lib/libzmq.so.5(zmq::tcp_read(int)+0x1f) [0x7d4ef]`: the number in brackets is an offset in the
 * file.  libdw turns it into a source line when the file has debug information, also in a file of
 * its own; without, the symbol stays, from strace or from the file.  Where neither has one, the
 * offset stays, and what would help.  A frame is the address behind a call, so the line is that of
 * the byte before.  */
#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/nameless.h"
#include "analyzers/trace/parts.h"
#include "core/base/buf.h"

struct frame {
	char path[512], symbol[256];
	uint64_t offset;
};

static bool read_frame(const char *text, struct frame *frame)
{
	const char *close = strrchr(text, '['), *open = strchr(text, '('), *end;

	memset(frame, 0, sizeof(*frame));
	if (close == NULL)
		return false;
	frame->offset = strtoull(close + 1, NULL, 16);
	end = open != NULL && open < close ? open : close;
	while (end > text && end[-1] == ' ')
		end--;
	snprintf(frame->path, sizeof(frame->path), "%.*s", (int)(end - text), text);
	if (open != NULL && open < close) {
		while (close > open && *close != ')')
			close--;
		if (close > open)
			snprintf(frame->symbol, sizeof(frame->symbol), "%.*s",
			         (int)(close - open - 1), open + 1);
	}
	return frame->path[0] == '/';
}

/* Where a byte of the file is mapped, before relocation.  */
static bool find_address(Elf *elf, uint64_t offset, uint64_t *address)
{
	size_t count;

	if (elf == NULL || elf_getphdrnum(elf, &count) != 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;

		if (gelf_getphdr(elf, (int)i, &header) == NULL || header.p_type != PT_LOAD ||
		    offset < header.p_offset || offset >= header.p_offset + header.p_filesz)
			continue;
		*address = header.p_vaddr + (offset - header.p_offset);
		return true;
	}
	return false;
}

/* What the file itself says of a frame; NULL where it does not.  */
struct found {
	char *source, *symbol;
	bool is_here; /* the file could be read */
};

/* Symbols are those of .symtab, of .gnu_debugdata, or at least of .dynsym.  */
static void look_up(Dwfl *dwfl, const struct frame *frame, struct found *found)
{
	Dwfl_Module *module = dwfl_report_offline(dwfl, "", frame->path, -1);
	Dwfl_Line *line;
	const char *file = NULL, *symbol;
	GElf_Addr bias = 0, address;
	int number = 0;

	dwfl_report_end(dwfl, NULL, NULL);
	if (module == NULL || frame->offset == 0 ||
	    !find_address(dwfl_module_getelf(module, &bias), frame->offset - 1, &address))
		return;
	found->is_here = true;
	line = dwfl_module_getsrc(module, address + bias);
	if (line != NULL)
		file = dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL);
	if (file != NULL)
		found->source = pr_asprintf("%s:%d", file, number);
	symbol = dwfl_module_addrname(module, address + bias);
	if (symbol != NULL)
		found->symbol = pr_strdup(symbol);
}

static struct found find(const struct frame *frame)
{
	static char *no_path;
	static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
	                                         .find_debuginfo = dwfl_standard_find_debuginfo,
	                                         .section_address = dwfl_offline_section_address,
	                                         .debuginfo_path = &no_path};
	struct found found = {.source = NULL};
	Dwfl *dwfl = dwfl_begin(&callbacks);

	if (dwfl != NULL)
		look_up(dwfl, frame, &found);
	dwfl_end(dwfl);
	return found;
}

static char *nameless_site(const struct frame *frame, const char *file)
{
	char *remedy = pr_nameless_remedy(frame->path);
	char *site = pr_asprintf("%s+0x%llx (no symbols: %s)", file,
	                         (unsigned long long)frame->offset, remedy);

	free(remedy);
	return site;
}

char *pr_trace_site(const char *frame_text)
{
	struct frame frame;
	struct found found;
	const char *file, *symbol;
	char *site;

	if (!read_frame(frame_text, &frame))
		return pr_strdup(frame_text);
	file = strrchr(frame.path, '/') + 1;
	found = find(&frame);
	symbol = frame.symbol[0] == '\0' && found.symbol != NULL ? found.symbol : frame.symbol;
	if (found.source != NULL)
		site = pr_asprintf("%s (%s)", found.source, symbol[0] != '\0' ? symbol : file);
	else if (symbol[0] != '\0')
		site = pr_asprintf("%s (%s)", symbol, file);
	else if (!found.is_here)
		site = pr_asprintf("%s+0x%llx", file, (unsigned long long)frame.offset);
	else
		site = nameless_site(&frame, file);
	free(found.source);
	free(found.symbol);
	return site;
}
