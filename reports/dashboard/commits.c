/* SPDX-License-Identifier: MIT */
/* reports/dashboard/commits.c - what a git repository knows of revisions (see commits.h).
 *
 * git is asked three times, whatever the number of revisions: the address of its origin, the
 * commits, the tags.  Only what looks like a hash is asked for, so that a revision can be neither
 * an option nor a command.  */
#include "reports/dashboard/commits.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "reports/tool.h"

#define LIMIT_MS      30000
#define ARGUMENTS_MAX 12

static enum pr_err ask_git(const char *clone, const char *const *arguments, const char *input,
                           struct pr_buf *answer, struct pr_error *why)
{
	/* Which folders of other people git may trust is a setting of the user.  */
	char *home = pr_asprintf("HOME=%s", getenv("HOME") ? getenv("HOME") : "/nonexistent");
	const char *const environment[] = {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", home, NULL};
	const char *argv[ARGUMENTS_MAX] = {"git", "-C", clone};
	const struct pr_tool tool = {
	        .argv = argv, .environment = environment, .package = "git", .limit_ms = LIMIT_MS};

	enum pr_err err;

	for (size_t i = 0; i + 4 < ARGUMENTS_MAX && arguments[i] != NULL; i++)
		argv[i + 3] = arguments[i];
	err = pr_tool_run(&tool, input, strlen(input), answer, why);
	free(home);
	return err;
}

static bool is_hash(const char *revision)
{
	size_t size = revision != NULL ? strspn(revision, "0123456789abcdef") : 0;

	return size >= 7 && size <= 64 && revision[size] == '\0';
}

/* What can stand in an address as it is: hashes and names of tags.  */
static bool is_plain(const char *revision)
{
	if (revision == NULL || *revision == '\0' || strstr(revision, "..") != NULL)
		return false;
	for (; *revision != '\0'; revision++)
		if (!isalnum((unsigned char)*revision) && strchr("._-", *revision) == NULL)
			return false;
	return true;
}

/* ---- the address of commits ------------------------------------------------------------------ */

/* git@host:name.git and https://user@host/name.git as https://host/name.  NULL: none of these.  */
static char *web_address(const char *origin)
{
	const char *rest = NULL, *at, *end;
	char *address = NULL;

	if (strncmp(origin, "https://", 8) == 0 || strncmp(origin, "ssh://", 6) == 0)
		rest = strstr(origin, "://") + 3;
	else if (strncmp(origin, "git@", 4) == 0)
		rest = origin;
	if (rest == NULL)
		return NULL;
	at = strchr(rest, '@');
	if (at != NULL && at < rest + strcspn(rest, "/"))
		rest = at + 1; /* a name, perhaps with a password: neither belongs on a page */
	end = rest + strcspn(rest, " \t\r\n");
	if (end - rest > 4 && strncmp(end - 4, ".git", 4) == 0)
		end -= 4;
	address = pr_asprintf("https://%.*s", (int)(end - rest), rest);
	if (strncmp(origin, "git@", 4) == 0) {
		char *colon = strchr(address + 8, ':');

		if (colon != NULL)
			*colon = '/';
	}
	return address;
}

/* Where GitLab has "/-/commit/", others have "/commit/"; either leads there on GitLab.  */
static void find_address(struct pr_commits *commits, const char *clone)
{
	static const char *const origin[] = {"config", "--get", "remote.origin.url", NULL};
	struct pr_buf answer;
	char *address;

	pr_buf_init(&answer);
	if (ask_git(clone, origin, "", &answer, NULL) == PR_OK) {
		address = web_address(answer.text);
		if (address != NULL)
			commits->url = pr_asprintf("%s/commit/{}", address);
		free(address);
	}
	pr_buf_fini(&answer);
}

static enum pr_err take_address(struct pr_commits *commits, const char *url, struct pr_error *why)
{
	bool is_web = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;

	if (!is_web || strstr(url, "{}") == NULL)
		return pr_error_set(why, PR_USAGE,
		                    "--commit-url must be a web address with {} in place of the "
		                    "commit (https://host/name/commit/{}), not '%s'",
		                    url);
	commits->url = pr_strdup(url);
	return PR_OK;
}

static void put_address(const char *url, const char *middle, struct pr_buf *out)
{
	const char *hole = strstr(url, "{}");

	pr_buf_add(out, url, (size_t)(hole - url));
	pr_buf_puts(out, middle);
	pr_buf_puts(out, hole + 2);
}

void pr_commits_url(const struct pr_commits *commits, const char *revision, const char *after,
                    struct pr_buf *out)
{
	static const char one[] = "/commit/{}";
	const char *hole = commits->url != NULL ? strstr(commits->url, one) : NULL;
	char *url, *range;

	if (commits->url == NULL || !is_plain(revision) || (after != NULL && !is_plain(after)))
		return;
	if (after == NULL || hole == NULL) {
		put_address(commits->url, after != NULL ? after : revision, out);
		return;
	}
	url = pr_asprintf("%.*s/compare/{}%s", (int)(hole - commits->url), commits->url,
	                  hole + strlen(one));
	range = pr_asprintf("%s...%s", revision, after);
	put_address(url, range, out);
	free(range);
	free(url);
}

/* ---- commits and tags ------------------------------------------------------------------------ */

/* Lines of three fields, between which is a byte that no name has.  */
static void each_line(char *text, void (*take)(void *arg, char **fields), void *arg)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		char *fields[3] = {0};

		for (size_t i = 0; i < 3; i++)
			fields[i] = strsep(&line, "\x1f");
		if (fields[2] != NULL)
			take(arg, fields);
	}
}

struct commits_visit {
	const json_t *revisions;
	json_t *known;
};

static void take_commit(void *arg, char **fields)
{
	const struct commits_visit *visit = arg;
	json_t *about, *revision;
	size_t i;

	json_array_foreach((json_t *)visit->revisions, i, revision)
	{
		const char *text = json_string_value(revision);

		if (!is_hash(text) || strncmp(fields[0], text, strlen(text)) != 0)
			continue;
		about = json_object();
		pr_json_set(about, "author", pr_json_new_string(fields[1]));
		pr_json_set(about, "subject", pr_json_new_string(fields[2]));
		pr_json_set(visit->known, text, about);
	}
}

static enum pr_err read_commits(struct pr_commits *commits, const char *clone,
                                const json_t *revisions, struct pr_error *why)
{
	static const char *const log[] = {"log",     "--no-walk=unsorted",       "--ignore-missing",
	                                  "--stdin", "--format=%H%x1f%an%x1f%s", NULL};
	struct commits_visit visit = {.revisions = revisions, .known = commits->known};
	struct pr_buf asked, answer;
	enum pr_err err = PR_OK;
	json_t *revision;
	size_t i;

	pr_buf_init(&asked);
	pr_buf_init(&answer);
	json_array_foreach((json_t *)revisions, i, revision)
	{
		if (is_hash(json_string_value(revision)))
			pr_buf_printf(&asked, "%s\n", json_string_value(revision));
	}
	if (asked.size > 0)
		err = ask_git(clone, log, asked.text, &answer, why);
	if (err == PR_OK)
		each_line(answer.text, take_commit, &visit);
	pr_buf_fini(&asked);
	pr_buf_fini(&answer);
	return err;
}

static void take_tag(void *arg, char **fields)
{
	json_t *tag = json_object();

	pr_json_set(tag, "name", pr_json_new_string(fields[0]));
	pr_json_set(tag, "time", json_integer(strtoll(fields[1], NULL, 10)));
	pr_json_append(arg, tag);
}

static enum pr_err read_tags(struct pr_commits *commits, const char *clone, struct pr_error *why)
{
	static const char *const tags[] = {"for-each-ref", "--sort=creatordate",
	                                   "--format=%(refname:short)%1f%(creatordate:unix)%1f",
	                                   "refs/tags", NULL};
	struct pr_buf answer;
	enum pr_err err;

	pr_buf_init(&answer);
	err = ask_git(clone, tags, "", &answer, why);
	if (err == PR_OK)
		each_line(answer.text, take_tag, commits->tags);
	pr_buf_fini(&answer);
	return err;
}

enum pr_err pr_commits_read(const char *clone, const char *url, const json_t *revisions,
                            struct pr_commits *commits, struct pr_error *why)
{
	enum pr_err err = PR_OK;

	*commits = (struct pr_commits){.known = json_object(), .tags = json_array()};
	if (url != NULL)
		err = take_address(commits, url, why);
	if (err != PR_OK || clone == NULL)
		return err;
	err = read_tags(commits, clone, why);
	if (err == PR_OK)
		err = read_commits(commits, clone, revisions, why);
	if (err == PR_OK && url == NULL)
		find_address(commits, clone);
	return err == PR_OK ? PR_OK : pr_error_prefix(why, err, "--clone %s", clone);
}

void pr_commits_fini(struct pr_commits *commits)
{
	free(commits->url);
	json_decref(commits->known);
	json_decref(commits->tags);
	*commits = (struct pr_commits){0};
}

const char *pr_commits_about(const struct pr_commits *commits, const char *revision,
                             const char *key)
{
	if (revision == NULL)
		return NULL;
	return pr_json_text(json_object_get(commits->known, revision), key);
}
