/* SPDX-License-Identifier: MIT */
/* harness/built.h - how a library was built, by what its ELF file says about itself.
 *
 * Two engines that were built with other flags differ in more than their code, so a record tells:
 *
 *   compiler         the first line of .comment
 *   flags            of all compile units, each once, in the order in which they occur; null when
 *                    the file does not say
 *   flags_from       ".GNU.command.line" (-frecord-gcc-switches), "DW_AT_producer" (debug
 *                    information, in the file or in /usr/lib/debug by its build id), or null
 *   optimisation     the -O levels among them, "-O2" or "-O2, -O3"; null when not known
 *   march            the instruction set, "x86-64"; null when not known
 *   lto              whether -flto is among them; null when not known
 *   relro            "full" (with BIND_NOW), "partial", "none"
 *   bind_now, pic    whether symbols are bound at start; whether it runs at any address (PIE)
 *   stack_protector  whether it calls __stack_chk_fail
 *   fortify          whether it calls any other function NAME_chk of the C library
 *   cf_protection    whether it is marked for IBT or SHSTK (x86)
 *
 * null is "not known", never "no".  */
#ifndef PR_BUILT_H
#define PR_BUILT_H

#include <jansson.h>

/* The object above; the caller owns it.  A file that cannot be read as ELF gives an object in which
 * all is null.  May read the whole file; takes milliseconds, with debug information up to a second.
 */
json_t *pr_built_describe(const char *path);

#endif
