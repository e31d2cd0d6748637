/* SPDX-License-Identifier: MIT */
/* harness/sites.h - the names of places in this process.  */
#ifndef PR_SITES_H
#define PR_SITES_H

#include <jansson.h>

/* addresses: an array of texts, hexadecimal, each where a call returns to.  Gives an object with
 * each address as "function in FILE" or, where the file has no name for it, "FILE+0x1234"; with the
 * line of the source behind it where the file has that.  The caller owns it.  nameless is an object
 * that gets the path of each FILE without a name for a place, by FILE.  Reads the symbols of the
 * loaded files: 10 to 100 ms.  */
json_t *pr_sites_name(const json_t *addresses, json_t *nameless);

#endif
