/* SPDX-License-Identifier: MIT */
/* core/phase.c - the options of a phase, and the presets as a table.
 *
 * The presets replay the steps of the report that started the project.  Where an option cannot act
 * (the cap of a phase that holds nothing) its value is the harmless one, so that switching one
 * option of a preset changes one thing.  */
#include "core/phase.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)

static const char *const speculate_names[] = {"always", "never", "adaptive", NULL};
static const char *const reader_names[] = {"recv", "libuv", NULL};
static const char *const on_full_names[] = {"stop", "hold", NULL};
static const char *const store_names[] = {"none", "deque", "ring", NULL};
static const char *const size_check_names[] = {"walk", "counter", NULL};
static const char *const read_size_max_names[] = {"none", NULL};
static const char *const cap_names[] = {"none", NULL};
static const char *const at_cap_names[] = {"disconnect", "pause", NULL};
static const char *const io_names[] = {"thread", "caller", NULL};
static const char *const drain_names[] = {"once", "short", "eagain", NULL};
/* clang-format off */
static const char *const fault_names[] = {"none", "drop-remainder", "overtake", "partial-write", "undrained-wakeup",
					  "lose-on-close", "lost-wakeup", "blocking-poll", NULL};

#define FIELD(name) offsetof(struct pr_phase, name)

const struct pr_opt pr_phase_opts[] = {
	{"speculate", 0, PR_OPT_CHOICE, FIELD(speculate), speculate_names, NULL,
	 "read without prior readiness, after a completion and after a restart; adaptive: where it pays", 0, 0},
	{"reader", 0, PR_OPT_CHOICE, FIELD(reader), reader_names, NULL,
	 "who receives: we with recv(2), or libuv's own reader with read(2)", 0, 0},
	{"on-full", 0, PR_OPT_CHOICE, FIELD(on_full), on_full_names, NULL,
	 "when the application's queue is full: stop reading, or go on and hold the bytes", 0, 0},
	{"store", 0, PR_OPT_CHOICE, FIELD(store), store_names, NULL,
	 "where held bytes live", 0, 0},
	{"size-check", 0, PR_OPT_CHOICE, FIELD(size_check), size_check_names, NULL,
	 "how held bytes are counted: walk the store, or a counter", 0, 0},
	{"cap", 0, PR_OPT_BYTES, FIELD(cap), cap_names, "BYTES|none",
	 "bytes that may be held for one connection", 1, 0},
	{"cap-partial", 0, PR_OPT_FLAG, FIELD(cap_partial), NULL, NULL,
	 "the input that was read but not decoded counts towards the cap", 0, 0},
	{"at-cap", 0, PR_OPT_CHOICE, FIELD(at_cap), at_cap_names, NULL,
	 "at the cap: disconnect the peer, or pause so that TCP pushes back", 0, 0},
	{"read-size", 0, PR_OPT_BYTES, FIELD(read_size), NULL, "BYTES",
	 "bytes asked of one recv(2)", 64, 16 * MIB},
	{"read-size-max", 0, PR_OPT_BYTES, FIELD(read_size_max), read_size_max_names, "BYTES|none",
	 "up to this many where frames of 32 KiB or more come", 64, 16 * MIB},
	{"drain", 0, PR_OPT_BYTES, FIELD(drain), drain_names, "once|short|eagain|BYTES",
	 "how long one readiness keeps reading", 1, 0},
	{"cork", 0, PR_OPT_BYTES, FIELD(cork), NULL, "BYTES",
	 "most bytes handed to one send(2)", 64, 16 * MIB},
	{"io", 0, PR_OPT_CHOICE, FIELD(io), io_names, NULL,
	 "who makes a connection's system calls: the I/O thread, or the calling thread while it is calm", 0, 0},
	{"fault", 0, PR_OPT_CHOICE, FIELD(fault), fault_names, NULL,
	 "a planted defect, for testing detectors", 0, 0},
	{0},
};

/* One line, one preset, in the order of struct pr_phase; the fault is always none.  */
#define PRESET(name, speculate, reader, on_full, store, size_check, cap, partial, at_cap, read_size, read_max, drain, cork, io, summary) \
	{name, summary, {PR_SPECULATE_##speculate, PR_READER_##reader, PR_ON_FULL_##on_full, PR_STORE_##store, PR_SIZE_##size_check, \
			 cap, partial, PR_AT_CAP_##at_cap, read_size, read_max, PR_DRAIN_##drain, cork, PR_IO_BY_##io, PR_FAULT_NONE}}

const struct pr_phase_preset pr_phase_presets[] = {
	/*     name                   speculate reader on-full store  size     cap          partial at-cap     read-size -max         drain       cork     io */
	PRESET("baseline",            ALWAYS,   RECV,  STOP, NONE,  COUNTER, PR_OPT_NONE, false, PAUSE,       8 * KIB, PR_OPT_NONE, ONCE,    8 * KIB, THREAD,
	       "speculative reads; stops reading when the application is full (phase 1)"),
	PRESET("true-proactor",       ALWAYS,   RECV,  HOLD, DEQUE, WALK,    10 * MIB,    false, DISCONNECT,  8 * KIB, PR_OPT_NONE, ONCE,    8 * KIB, THREAD,
	       "a read is always pending; held bytes in a deque, as it first landed (phase 2)"),
	PRESET("true-proactor-fixed", ALWAYS,   RECV,  HOLD, DEQUE, COUNTER, 10 * MIB,    true,  DISCONNECT,  8 * KIB, PR_OPT_NONE, ONCE,    8 * KIB, THREAD,
	       "true-proactor with a running counter, and the partial input inside the cap"),
	PRESET("reactive",            NEVER,    RECV,  HOLD, RING,  COUNTER, 10 * MIB,    true,  PAUSE,       8 * KIB, PR_OPT_NONE, ONCE,    8 * KIB, THREAD,
	       "reads only when the socket is readable; holds in a ring, pauses at the cap (phase 3)"),
	PRESET("reactive-coalesced",  NEVER,    RECV,  HOLD, RING,  COUNTER, 10 * MIB,    true,  PAUSE,      64 * KIB, PR_OPT_NONE, SHORT,   8 * KIB, THREAD,
	       "reactive with reads of 64 KiB until a short one: many messages a read"),
	PRESET("adaptive",            ADAPTIVE, RECV,  HOLD, RING,  COUNTER, 10 * MIB,    true,  PAUSE,      64 * KIB, PR_OPT_NONE, SHORT, 256 * KIB, THREAD,
	       "reactive-coalesced that learns where reading without prior readiness finds something; large sends"),
	PRESET("libuv",               NEVER,    LIBUV, HOLD, RING,  COUNTER, 10 * MIB,    true,  PAUSE,      64 * KIB, PR_OPT_NONE, SHORT, 256 * KIB, THREAD,
	       "libuv's own reader: the reference; large sends"),
	PRESET("core",                ADAPTIVE, RECV,  HOLD, RING,  COUNTER, 10 * MIB,    true,  PAUSE,      64 * KIB, 256 * KIB,   SHORT, 256 * KIB, CALLER,
	       "our fastest correct setting: adaptive, and calm connections are served by the calling thread"),
	{0},
};
/* clang-format on */

const struct pr_phase_preset *pr_phase_find(const char *name)
{
	for (const struct pr_phase_preset *preset = pr_phase_presets; preset->name != NULL;
	     preset++)
		if (strcmp(preset->name, name) == 0)
			return preset;
	return NULL;
}

static enum pr_err unknown_preset(const char *name, struct pr_error *why)
{
	const char *names[sizeof(pr_phase_presets) / sizeof(pr_phase_presets[0])];
	const char *nearest;
	size_t count = 0;

	for (; pr_phase_presets[count].name != NULL; count++)
		names[count] = pr_phase_presets[count].name;
	nearest = pr_opts_nearest(name, names, count);
	if (nearest != NULL)
		return pr_error_set(why, PR_USAGE, "unknown preset '%s'; did you mean '%s'?", name,
		                    nearest);
	return pr_error_set(why, PR_USAGE, "unknown preset '%s'; 'proctor list phases' names them",
	                    name);
}

/* Options that cannot work together, whatever the order they were given in.  */
static enum pr_err check(const struct pr_phase *phase, const char *what, struct pr_error *why)
{
	if (phase->on_full == PR_ON_FULL_HOLD && phase->store == PR_STORE_NONE)
		return pr_error_set(why, PR_USAGE,
		                    "%s: on-full=hold needs a store; add store=ring or store=deque",
		                    what);
	if (phase->reader == PR_READER_LIBUV &&
	    (phase->speculate != PR_SPECULATE_NEVER || phase->drain != PR_DRAIN_SHORT))
		return pr_error_set(why, PR_USAGE,
		                    "%s: libuv reads when the socket is readable, until a short "
		                    "read; reader=libuv needs speculate=never,drain=short",
		                    what);
	if (phase->reader == PR_READER_LIBUV && phase->io == PR_IO_BY_CALLER)
		return pr_error_set(why, PR_USAGE,
		                    "%s: libuv reads in its own loop; reader=libuv needs io=thread",
		                    what);
	/* These two go wrong while held buffers are replayed, and only a deque replays. */
	if ((phase->fault == PR_FAULT_DROP_REMAINDER || phase->fault == PR_FAULT_OVERTAKE) &&
	    (phase->on_full != PR_ON_FULL_HOLD || phase->store != PR_STORE_DEQUE))
		return pr_error_set(why, PR_USAGE,
		                    "%s: this fault needs on-full=hold,store=deque; start from "
		                    "true-proactor or add them",
		                    what);
	return PR_OK;
}

/* What stands behind the preset: nothing, or a comma and at least one option.  */
static enum pr_err parse_options(const char *text, struct pr_phase *phase, const char *what,
                                 struct pr_error *why)
{
	if (text[0] == '\0')
		return PR_OK;
	if (text[1] == '\0')
		return pr_error_set(why, PR_USAGE, "%s: an option is missing beside a comma", what);
	return pr_opts_parse_list(pr_phase_opts, phase, text + 1, what, why);
}

enum pr_err pr_phase_parse(const char *spec, struct pr_phase *phase, struct pr_error *why)
{
	const char *comma = strchrnul(spec, ',');
	char name[64], what[128];
	const struct pr_phase_preset *preset;
	struct pr_phase result;
	enum pr_err err;

	snprintf(name, sizeof(name), "%.*s", (int)(comma - spec), spec);
	snprintf(what, sizeof(what), "phase '%s'", spec);
	preset = pr_phase_find(name);
	if (preset == NULL)
		return pr_error_prefix(why, unknown_preset(name, why), "%s", what);
	result = preset->phase;
	err = parse_options(comma, &result, what, why);
	if (err == PR_OK)
		err = check(&result, what, why);
	if (err == PR_OK)
		*phase = result;
	return err;
}
