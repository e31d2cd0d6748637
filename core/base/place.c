/* SPDX-License-Identifier: MIT */
/* core/base/place.c - where the program keeps what it remembers.  */
#include "core/base/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/buf.h"

enum pr_err pr_place_data(const char *name, const char *what, char **path, struct pr_error *why)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	*path = NULL;
	if (data != NULL && data[0] == '/')
		*path = pr_asprintf("%s/proctor/%s", data, name);
	else if (home != NULL && home[0] == '/')
		*path = pr_asprintf("%s/.local/share/proctor/%s", home, name);
	else
		return pr_error_set(why, PR_FAILED,
		                    "there is no place for %s: set XDG_DATA_HOME or HOME to an "
		                    "absolute path",
		                    what);
	return PR_OK;
}

enum pr_err pr_place_make_parents(const char *path, struct pr_error *why)
{
	char *copy = pr_strdup(path);
	enum pr_err err = PR_OK;

	for (char *slash = strchr(copy + 1, '/'); slash != NULL && err == PR_OK;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST)
			err = pr_error_set(why, PR_FAILED, "%s: cannot make this directory: %s",
			                   copy, strerror(errno));
		*slash = '/';
	}
	free(copy);
	return err;
}
