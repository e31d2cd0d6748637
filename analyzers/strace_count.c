/* SPDX-License-Identifier: MIT */
/* analyzers/strace_count.c - system calls per stage.
 *
 * A tally is one key of one stage.  Which key a call counts under depends on its descriptor, so
 * that a wake-up read from an eventfd is never taken for a receive.
 *
 * A call that a signal interrupted shows as `= ? ERESTARTSYS`.  Then either the kernel runs it
 * again (it is printed again, or resumes under the name restart_syscall), or the handler's
 * rt_sigreturn shows
 * `-1 EINTR` and the program saw that.  One call must count once: the interrupted line is held
 * until one of the two is seen.  */
#include "analyzers/strace_count.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/fdtable.h"
#include "analyzers/strace_marker.h"
#include "analyzers/strace_mover.h"
#include "analyzers/zfile.h"
#include "core/base/buf.h"
#include "core/base/json.h"

/* A log has some 30 names; limits keep a nonsense log from filling the memory.  */
#define TALLIES_MAX 1024
#define ERRORS_MAX  64
#define STAGES_MAX  256

struct error_count {
	char name[40];
	uint64_t count;
};

struct tally {
	char key[64];
	uint64_t calls, ok, end, unfinished, restarted, injected, bytes, wakes;
	uint64_t lock_waits, hidden;
	bool moves_bytes;
	uint64_t kinds[PR_FD_KINDS];
	struct error_count *errors;
	size_t error_count;
};

struct stage {
	char name[64];
	struct tally *tallies;
	size_t tally_count;
};

/* An interrupted call of one thread.  */
struct held {
	bool loops; /* the thread has an epoll loop */
	bool on;
	size_t stage, tally;
	enum pr_fd_kind kind;
	char name[40];
};

struct pr_strace_count {
	struct pr_fdtable *fds;
	struct stage *stages;
	size_t stage_count;
	size_t current;
	struct held *held; /* by thread number */
	size_t held_room;
	uint64_t calls; /* all of them, markers too */
	struct pr_error why;
};

/* ---- tallies --------------------------------------------------------------------------------- */

static size_t find_tally(struct stage *stage, const char *key)
{
	struct tally *tally;

	for (size_t i = 0; i < stage->tally_count; i++)
		if (strcmp(stage->tallies[i].key, key) == 0)
			return i;
	if (stage->tally_count == TALLIES_MAX - 1 && strcmp(key, "other") != 0)
		return find_tally(stage, "other");
	stage->tallies =
	        pr_realloc(stage->tallies, (stage->tally_count + 1) * sizeof(struct tally));
	tally = &stage->tallies[stage->tally_count];
	memset(tally, 0, sizeof(*tally));
	snprintf(tally->key, sizeof(tally->key), "%s", key);
	return stage->tally_count++;
}

static void add_error(struct tally *tally, const char *name)
{
	size_t i = 0;

	while (i < tally->error_count && strcmp(tally->errors[i].name, name) != 0)
		i++;
	if (i == tally->error_count && tally->error_count < ERRORS_MAX) {
		tally->errors = pr_realloc(tally->errors, (i + 1) * sizeof(struct error_count));
		memset(&tally->errors[i], 0, sizeof(struct error_count));
		snprintf(tally->errors[i].name, sizeof(tally->errors[i].name), "%s",
		         i == ERRORS_MAX - 1 ? "other" : name);
		tally->error_count++;
	}
	tally->errors[i < ERRORS_MAX ? i : ERRORS_MAX - 1].count++;
}

/* What rt_sigreturn shows is the result of the call that the signal interrupted, not its own.  */
static void add_outcome(struct tally *tally, const struct pr_strace_mover *mover,
                        enum pr_fd_kind kind, const struct pr_strace_event *event)
{
	tally->calls++;
	tally->injected += event->injected;
	if (mover != NULL)
		tally->kinds[kind]++;
	if (event->end == PR_STRACE_UNKNOWN) {
		tally->unfinished++;
	} else if (event->end == PR_STRACE_ERROR && strcmp(event->name, "rt_sigreturn") != 0) {
		add_error(tally, event->error);
	} else if (mover != NULL && pr_strace_mover_is_end(mover, kind, event)) {
		tally->end++;
	} else {
		tally->ok++;
		if (mover != NULL)
			tally->bytes += pr_strace_mover_bytes(mover, event);
	}
}

/* ---- interrupted calls ----------------------------------------------------------------------- */

static struct held *find_held(struct pr_strace_count *count, uint32_t thread)
{
	size_t room = count->held_room;

	if (thread >= room) {
		count->held_room = (size_t)thread * 2 + 16;
		count->held = pr_realloc(count->held, count->held_room * sizeof(struct held));
		memset(count->held + room, 0, (count->held_room - room) * sizeof(struct held));
	}
	return &count->held[thread];
}

static struct tally *held_tally(struct pr_strace_count *count, const struct held *held)
{
	return &count->stages[held->stage].tallies[held->tally];
}

static void hold(struct pr_strace_count *count, uint32_t thread, const struct held *call)
{
	struct held *held = find_held(count, thread);

	bool loops = held->loops;

	*held = *call;
	held->loops = loops;
	held->on = true;
	held_tally(count, held)->restarted++;
}

static bool begins_with(struct pr_strace_text text, const char *word)
{
	return text.size >= strlen(word) && memcmp(text.at, word, strlen(word)) == 0;
}

static bool is_futex(const struct pr_strace_event *event, const char *word)
{
	struct pr_strace_text operation;

	return strcmp(event->name, "futex") == 0 && pr_strace_event_arg(event, 1, &operation) &&
	       begins_with(operation, word);
}

static bool arg_is(const struct pr_strace_event *event, size_t index, int64_t wanted)
{
	struct pr_strace_text text;
	int64_t value;

	return pr_strace_event_arg(event, index, &text) && pr_strace_number(text, &value, NULL) &&
	       value == wanted;
}

/* A mutex of glibc is 2 while somebody waits for it.  */
static bool waits_for_lock(const struct pr_strace_event *event)
{
	return is_futex(event, "FUTEX_WAIT") && arg_is(event, 2, 2);
}

static bool sleeps_in_epoll(const struct pr_strace_event *event)
{
	return (strcmp(event->name, "epoll_wait") == 0 ||
	        strncmp(event->name, "epoll_pwait", 11) == 0) &&
	       !arg_is(event, 3, 0);
}

/* A poll for one descriptor and without a limit, for room in it or data.  */
static bool polls_for_one(const struct pr_strace_event *event)
{
	struct pr_strace_text limit;

	if (strcmp(event->name, "poll") == 0)
		return arg_is(event, 1, 1) && arg_is(event, 2, -1);
	return strcmp(event->name, "ppoll") == 0 && arg_is(event, 1, 1) &&
	       pr_strace_event_arg(event, 2, &limit) && begins_with(limit, "NULL");
}

/* One call that ended, under its key; or that a signal interrupted.  */
static void add_call(struct pr_strace_count *count, const struct pr_strace_event *event,
                     const struct pr_strace_mover *mover, enum pr_fd_kind kind, const char *name,
                     const char *key)
{
	struct stage *stage = &count->stages[count->current];
	struct held call = {.stage = count->current, .tally = find_tally(stage, key), .kind = kind};
	struct tally *tally = &stage->tallies[call.tally];

	if (mover != NULL)
		tally->moves_bytes = true;
	tally->wakes += is_futex(event, "FUTEX_WAKE");
	tally->lock_waits += waits_for_lock(event);
	if (sleeps_in_epoll(event))
		find_held(count, event->thread)->loops = true;
	tally->hidden += polls_for_one(event) && find_held(count, event->thread)->loops;
	if (event->end == PR_STRACE_RESTART) {
		snprintf(call.name, sizeof(call.name), "%s", name);
		hold(count, event->thread, &call);
	} else {
		add_outcome(tally, mover, kind, event);
	}
}

/* rt_sigreturn shows what the interrupted call returns to the program: EINTR, or anything else when
 * it is run again.  */
static void end_handler(struct pr_strace_count *count, const struct pr_strace_event *event)
{
	struct held *held = find_held(count, event->thread);
	struct tally *tally;

	if (held->on && event->end == PR_STRACE_ERROR && strcmp(event->error, "EINTR") == 0) {
		tally = held_tally(count, held);
		tally->restarted--;
		tally->calls++;
		tally->kinds[held->kind]++;
		add_error(tally, "EINTR");
	}
	held->on = false;
}

static void copy_name(const char *at, const char *end, char *name, size_t room)
{
	size_t size = 0;

	while (at + size < end && size < room - 1 &&
	       (isalnum((unsigned char)at[size]) || at[size] == '_'))
		size++;
	memcpy(name, at, size);
	name[size] = '\0';
}

/* restart_syscall(<... resuming interrupted futex ...>) goes on with the held call.  Without one
 * (the log began later) the name still stands in the text.  */
static void resume(struct pr_strace_count *count, const struct pr_strace_event *event)
{
	static const char mark[] = "interrupted ";
	struct held *held = find_held(count, event->thread);
	const char *at = memmem(event->args.at, event->args.size, mark, strlen(mark));
	char name[40] = "restart_syscall";

	if (held->on)
		snprintf(name, sizeof(name), "%s", held->name);
	else if (at != NULL)
		copy_name(at + strlen(mark), event->args.at + event->args.size, name, sizeof(name));
	held->on = false;
	add_call(count, event, NULL, PR_FD_UNKNOWN, name, name);
}

/* ---- stages ---------------------------------------------------------------------------------- */

static enum pr_err begin_stage(struct pr_strace_count *count, const char *name, size_t size,
                               struct pr_error *why)
{
	struct stage *stage;
	size_t i = 0;

	if (size == 0 || size >= sizeof(stage->name))
		return pr_error_set(why, PR_FAILED, "the name of a stage has 1 to %zu characters",
		                    sizeof(stage->name) - 1);
	while (i < count->stage_count && (strlen(count->stages[i].name) != size ||
	                                  memcmp(count->stages[i].name, name, size) != 0))
		i++;
	if (i == STAGES_MAX)
		return pr_error_set(why, PR_FAILED, "there are more than %d stages", STAGES_MAX);
	count->current = i;
	if (i < count->stage_count)
		return PR_OK;
	count->stages = pr_realloc(count->stages, (i + 1) * sizeof(struct stage));
	stage = &count->stages[i];
	memset(stage, 0, sizeof(*stage));
	memcpy(stage->name, name, size);
	count->stage_count++;
	return PR_OK;
}

/* True when the call is a marker, which is not the program's doing and counts nowhere.  */
static bool take_marker(struct pr_strace_count *count, const struct pr_strace_event *event)
{
	static const char begin[] = ":begin";
	struct pr_strace_text text;
	struct pr_error why;
	bool cut;

	if (!pr_strace_marker(event, &text, &cut))
		return false;
	why.text[0] = '\0';
	if (cut)
		pr_error_set(&why, PR_FAILED,
		             "the stage marker is cut short; record with strace -s 48 or more");
	else if (text.size > strlen(begin) &&
	         memcmp(text.at + text.size - strlen(begin), begin, strlen(begin)) == 0 &&
	         begin_stage(count, text.at, text.size - strlen(begin), &why) == PR_OK)
		why.text[0] = '\0';
	if (why.text[0] != '\0' && count->why.text[0] == '\0')
		pr_error_set(&count->why, PR_FAILED, "line %llu: %s",
		             (unsigned long long)event->line, why.text);
	return true;
}

/* ---- events ---------------------------------------------------------------------------------- */

static void count_call(struct pr_strace_count *count, const struct pr_strace_event *event)
{
	const struct pr_strace_mover *mover = pr_strace_mover_find(event->name);
	enum pr_fd_kind kind =
	        mover != NULL ? pr_fdtable_kind(count->fds, event, 0, NULL) : PR_FD_UNKNOWN;
	char key[64];

	pr_strace_mover_key(mover, kind, event->name, key, sizeof(key));
	add_call(count, event, mover, kind, event->name, key);
}

void pr_strace_count_visit(void *arg, const struct pr_strace_event *event)
{
	struct pr_strace_count *count = arg;
	bool marker = false;

	if (event->kind == PR_STRACE_CALL || event->kind == PR_STRACE_ENTER)
		marker = take_marker(count, event);
	if (event->kind == PR_STRACE_CALL) {
		count->calls++;
		if (strcmp(event->name, "restart_syscall") == 0)
			resume(count, event);
		else if (!marker)
			count_call(count, event);
		if (strcmp(event->name, "rt_sigreturn") == 0)
			end_handler(count, event);
	}
	if (event->kind == PR_STRACE_EXIT)
		find_held(count, event->thread)->on = false;
	pr_fdtable_note(count->fds, event);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *new_count(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static void set_unless_zero(json_t *object, const char *key, uint64_t value)
{
	if (value > 0)
		pr_json_set(object, key, new_count(value));
}

static json_t *kinds_json(const struct tally *tally)
{
	json_t *object = json_object();

	for (size_t kind = 0; kind < PR_FD_KINDS; kind++)
		set_unless_zero(object, pr_fd_kind_name((enum pr_fd_kind)kind), tally->kinds[kind]);
	return object;
}

static json_t *tally_json(const struct tally *tally)
{
	json_t *object = json_object(), *errors = json_object();

	pr_json_set(object, "calls", new_count(tally->calls));
	pr_json_set(object, "ok", new_count(tally->ok));
	set_unless_zero(object, "end", tally->end);
	set_unless_zero(object, "unfinished", tally->unfinished);
	set_unless_zero(object, "restarted", tally->restarted);
	set_unless_zero(object, "injected", tally->injected);
	set_unless_zero(object, "wakes", tally->wakes);
	set_unless_zero(object, "lock_waits", tally->lock_waits);
	set_unless_zero(object, "hidden", tally->hidden);
	if (tally->moves_bytes)
		pr_json_set(object, "bytes", new_count(tally->bytes));
	for (size_t i = 0; i < tally->error_count; i++)
		pr_json_set(errors, tally->errors[i].name, new_count(tally->errors[i].count));
	pr_json_set(object, "errors", errors);
	if (tally->moves_bytes)
		pr_json_set(object, "fds", kinds_json(tally));
	return object;
}

static json_t *stage_json(const struct stage *stage)
{
	json_t *object = json_object(), *calls = json_object();

	pr_json_set(object, "name", pr_json_new_string(stage->name));
	for (size_t i = 0; i < stage->tally_count; i++)
		pr_json_set(calls, stage->tallies[i].key, tally_json(&stage->tallies[i]));
	pr_json_set(object, "strace", calls);
	return object;
}

enum pr_err pr_strace_count_json(const struct pr_strace_count *count, json_t **stages,
                                 struct pr_error *why)
{
	*stages = NULL;
	if (count->why.text[0] != '\0')
		return pr_error_set(why, PR_FAILED, "%s", count->why.text);
	if (count->calls == 0)
		return pr_error_set(why, PR_FAILED,
		                    "there is no system call in it; record it with "
		                    "`strace -f -o FILE ...`, without -c");
	*stages = json_array();
	for (size_t i = 0; i < count->stage_count; i++)
		pr_json_append(*stages, stage_json(&count->stages[i]));
	return PR_OK;
}

struct pr_strace_count *pr_strace_count_create(void)
{
	static const char first[] = "handshake";
	struct pr_strace_count *count = pr_alloc(sizeof(*count));

	memset(count, 0, sizeof(*count));
	count->fds = pr_fdtable_create();
	if (begin_stage(count, first, strlen(first), NULL) != PR_OK)
		abort(); /* the name fits */
	return count;
}

void pr_strace_count_destroy(struct pr_strace_count **count)
{
	struct pr_strace_count *old = *count;

	*count = NULL;
	if (old == NULL)
		return;
	for (size_t i = 0; i < old->stage_count; i++) {
		for (size_t j = 0; j < old->stages[i].tally_count; j++)
			free(old->stages[i].tallies[j].errors);
		free(old->stages[i].tallies);
	}
	free(old->stages);
	free(old->held);
	pr_fdtable_destroy(&old->fds);
	free(old);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void feed(void *arg, const char *text, size_t size)
{
	pr_strace_feed(arg, text, size);
}

enum pr_err pr_strace_count_file(const char *path, json_t **stages, struct pr_error *why)
{
	struct pr_strace_count *count = pr_strace_count_create();
	struct pr_strace *strace = pr_strace_create(pr_strace_count_visit, count);
	enum pr_err err = pr_zfile_read(path, feed, strace, why);

	*stages = NULL;
	if (err == PR_OK) {
		pr_strace_finish(strace);
		err = pr_strace_count_json(count, stages, why);
		if (err != PR_OK)
			pr_error_prefix(why, err, "%s", path);
	}
	pr_strace_destroy(&strace);
	pr_strace_count_destroy(&count);
	return err;
}
