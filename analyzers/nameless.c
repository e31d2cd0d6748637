/* SPDX-License-Identifier: MIT */
/* analyzers/nameless.c - files whose functions have no names, and what would give them some.  */
#include "analyzers/nameless.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/json.h"

extern char **environ;

/* ---- whose file it is ------------------------------------------------------------------------ */

/* Starts dpkg-query for both forms of a path; gives what it prints, NULL when it cannot.  */
static FILE *ask(const char *path, const char *short_path, pid_t *pid)
{
	const char *const argv[] = {"dpkg-query", "-S", path, short_path, NULL};
	posix_spawn_file_actions_t files;
	int ends[2], error;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(pid, argv[0], &files, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	close(ends[1]);
	if (error == 0)
		return fdopen(ends[0], "re");
	close(ends[0]);
	return NULL;
}

/* "libzmq5:amd64: /usr/lib/x86_64-linux-gnu/libzmq.so.5.2.4"; not "diversion by dash from: ...".
 */
static char *read_package(FILE *answer)
{
	char *line = NULL, *package = NULL;
	size_t room = 0;

	while (getline(&line, &room, answer) > 0) {
		size_t size = strcspn(line, ": ,");

		if (package == NULL && line[size] == ':' && strstr(line, ": /") != NULL)
			package = pr_asprintf("%.*s", (int)size, line);
	}
	free(line);
	return package;
}

/* Where /lib is a link to /usr/lib, a package may have the file under either name.  */
static char *find_package(const char *path)
{
	const char *short_path = strncmp(path, "/usr/", 5) == 0 ? path + 4 : path;
	pid_t pid = -1;
	FILE *answer = ask(path, short_path, &pid);
	char *package = NULL;

	if (answer == NULL)
		return NULL;
	package = read_package(answer);
	fclose(answer);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return package;
}

/* ---- what would help ------------------------------------------------------------------------- */

static char *make_remedy(const char *path)
{
	char *real = realpath(path, NULL), *package, *remedy;

	package = real != NULL ? find_package(real) : NULL;
	if (package == NULL)
		remedy = pr_strdup("build it without stripping it");
	else /* the C library is the one that still has the old form */
		remedy = pr_asprintf("install %s%s", package,
		                     strcmp(package, "libc6") == 0 ? "-dbg" : "-dbgsym");
	free(package);
	free(real);
	return remedy;
}

char *pr_nameless_remedy(const char *path)
{
	static char *last_path, *last_remedy;

	if (last_path == NULL || strcmp(last_path, path) != 0) {
		free(last_path);
		free(last_remedy);
		last_path = pr_strdup(path);
		last_remedy = make_remedy(path);
	}
	return pr_strdup(last_remedy);
}

json_t *pr_nameless_remedies(const json_t *paths)
{
	json_t *remedies, *path;
	const char *file;

	if (json_object_size(paths) == 0)
		return NULL;
	remedies = json_object();
	json_object_foreach((json_t *)paths, file, path)
	{
		char *remedy = pr_nameless_remedy(json_string_value(path));

		pr_json_set(remedies, file, json_string(remedy));
		free(remedy);
	}
	return remedies;
}

/* ---- sentences ------------------------------------------------------------------------------- */

bool pr_nameless_is_offset(const char *function)
{
	return function != NULL && strncmp(function, "0x", 2) == 0;
}

static const char *find_remedy(const struct pr_run *run, const char *file)
{
	const char *remedy = NULL;

	for (size_t i = 0; remedy == NULL && i < run->trial_count; i++)
		remedy = json_string_value(json_object_get(run->trials[i].nameless, file));
	return remedy;
}

static void say(json_t *sentences, const struct pr_run *run, const char *file)
{
	const char *remedy = file != NULL ? find_remedy(run, file) : NULL;
	char *sentence;
	json_t *other;
	size_t i;

	if (remedy == NULL)
		return;
	sentence = pr_asprintf("%s has no symbols but those it exports, so its other functions "
	                       "are offsets in the file; for names, %s.",
	                       file, remedy);
	json_array_foreach(sentences, i, other)
	{
		if (strcmp(json_string_value(other), sentence) == 0)
			break;
	}
	if (i == json_array_size(sentences))
		pr_json_append(sentences, pr_json_new_string(sentence));
	free(sentence);
}

static json_t *unless_empty(json_t *sentences)
{
	if (json_array_size(sentences) > 0)
		return sentences;
	json_decref(sentences);
	return NULL;
}

json_t *pr_nameless_in_sites(const struct pr_run *run, const json_t *sites)
{
	json_t *sentences = json_array(), *site;
	size_t i;

	json_array_foreach((json_t *)sites, i, site)
	{
		const char *place = json_string_value(json_object_get(site, "site"));
		const char *plus = place != NULL ? strstr(place, "+0x") : NULL;
		char *file = plus != NULL ? pr_asprintf("%.*s", (int)(plus - place), place) : NULL;

		say(sentences, run, file);
		free(file);
	}
	return unless_empty(sentences);
}

json_t *pr_nameless_in_functions(const struct pr_run *run, const json_t *functions)
{
	json_t *sentences = json_array(), *entry, *row;
	size_t i, r;

	json_array_foreach((json_t *)functions, i, entry)
	{
		json_array_foreach(json_object_get(entry, "rows"), r, row)
		{
			if (pr_nameless_is_offset(
			            json_string_value(json_object_get(row, "function"))))
				say(sentences, run,
				    json_string_value(json_object_get(row, "object")));
		}
	}
	return unless_empty(sentences);
}
