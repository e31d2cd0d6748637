/* SPDX-License-Identifier: MIT */
/* analyzers/trace/parts.h - what struct pr_trace is made of.
 *
 * Private to analyzers/trace: trace.c takes the events, tables.c finds the rows, ready.c reads what
 * waits report, block.c classifies would-blocks, wake.c follows wake-ups, finding/ judges.  */
#ifndef PR_TRACE_PARTS_H
#define PR_TRACE_PARTS_H

#include "analyzers/fdtable.h"
#include "analyzers/strace.h"
#include "analyzers/trace.h"
#include "analyzers/trace/calls.h"

/* Limits; what is beyond them is counted together under "others".  */
#define PR_TRACE_THREADS_MAX   1024
#define PR_TRACE_PROCESSES_MAX 1024
#define PR_TRACE_FDS_MAX       8192
#define PR_TRACE_STAGES_MAX    64
#define PR_TRACE_ERRORS_MAX    16
#define PR_TRACE_SITES_MAX     1024
#define PR_TRACE_EDGES_MAX     1024
#define PR_TRACE_CHAINS_MAX    256
#define PR_TRACE_CHAIN_LENGTH  6
#define PR_TRACE_SIZES         32 /* sizes by powers of two */

struct pr_trace_error {
	char name[40];
	uint64_t count;
};

/* A system call in one stage.  */
struct pr_trace_tally {
	uint64_t calls, ok, unfinished, injected, bytes;
	uint64_t timed, time_ns; /* calls with a duration, and their sum */
	int64_t longest_ns;
	uint64_t moved; /* calls that moved bytes or found the end */
	uint64_t least, most;
	uint64_t sizes[PR_TRACE_SIZES]; /* [0]: 0 bytes; [i]: up to 2^i - 1 */
	struct pr_trace_error errors[PR_TRACE_ERRORS_MAX];
	size_t error_count;
};

struct pr_trace_stage {
	char name[64];
	int64_t from_ns, to_ns; /* -1 without stamps */
	struct pr_trace_tally *calls[PR_STRACE_NAMES_MAX];
};

/* A system call of one thread or descriptor.  */
struct pr_trace_count {
	uint16_t call;
	uint64_t calls, errors, blocked, bytes, time_ns;
};

#define PR_TRACE_FD_CALLS 16

enum { PR_TRACE_IN, PR_TRACE_OUT, PR_TRACE_WAYS };

/* What was last seen of one direction of a descriptor.  */
struct pr_trace_way {
	uint64_t used;      /* sequence number of the last call; 0: none */
	uint64_t ready;     /* of the last report of readiness */
	bool moved;         /* the last call moved something */
	uint64_t requested; /* bytes, by the last call */
	uint64_t result;
	struct pr_trace_thread *thread;
};

struct pr_trace_path {
	uint32_t threads[PR_TRACE_CHAIN_LENGTH]; /* row numbers */
	size_t length;
};

struct pr_trace_fd {
	struct pr_trace_process *process;
	int64_t number; /* -1: others */
	enum pr_fd_kind kind;
	char peer[96];    /* what -y shows; "" without */
	uint64_t opened;  /* how often the number was given back */
	uint64_t opens;   /* how often it came from a path */
	uint64_t reopens; /* from the path before */
	char path[128];   /* the last one, with its quotes; "" when it is longer */
	struct pr_trace_count counts[PR_TRACE_FD_CALLS];
	size_t count_count;
	struct pr_trace_way ways[PR_TRACE_WAYS];
	bool edge; /* EPOLLET */
	uint64_t calls, receives, sends, received, sent, blocked;
	uint64_t reported, reported_unread; /* readiness to read; again before any read */
	uint64_t controls;                  /* epoll_ctl beyond the first of each opening */
	uint64_t full, full_large;          /* receives that filled the room they had */
	uint64_t headers;                   /* small full receive, the rest read at once */
	uint64_t header_size, full_size;
	uint64_t repeats, repeated_bytes; /* small sends directly behind another one */
	uint64_t probes; /* polls of this descriptor alone, without waiting, that found nothing */
	uint64_t hidden; /* waits for this descriptor alone on a thread with an epoll loop */
	bool was_added;
	/* wake-ups */
	struct pr_trace_thread *waker;
	struct pr_trace_path waker_path;
	int64_t waker_ns;
};

struct pr_trace_process {
	uint32_t number, pid;
	struct pr_trace_fd **fds; /* by number */
	size_t room;
	struct pr_trace_fd *others;
};

struct pr_trace_thread {
	uint32_t pid, row;
	char name[16]; /* prctl(PR_SET_NAME); "" when not told */
	struct pr_trace_process *process;
	struct pr_trace_count *counts; /* by number of the call */
	size_t room;
	uint64_t calls, errors, waits, zero_waits, time_ns;
	uint64_t loops;                /* epoll_wait calls */
	uint64_t waited;               /* sequence number of the last wait that ended with news */
	bool waited_partly;            /* its list was cut: more descriptors may be ready */
	struct pr_trace_fd *last_send; /* the call before was a send on this; NULL: it was not */
	uint64_t asleep_ns;
	struct pr_trace_path path; /* who woke whom to get here */
	bool path_on, path_went_on;
};

enum pr_trace_class {
	PR_TRACE_SPECULATIVE, /* after a completion, nothing reported since */
	PR_TRACE_READINESS,   /* readiness was reported, and nothing was there */
	PR_TRACE_WAKEUP,      /* the thread was woken by something else */
	PR_TRACE_START,       /* the first call on the descriptor */
	PR_TRACE_RETRY,       /* the call before would have blocked too, no wait between */
	PR_TRACE_CLASSES
};

/* Would-blocks of one class, call, kind of descriptor and call site.  */
struct pr_trace_block {
	enum pr_trace_class class;
	uint16_t call;
	bool sends;
	enum pr_fd_kind kind;
	char *site; /* owned; NULL without -k */
	uint64_t count;
};

/* Who wakes whom.  */
struct pr_trace_edge {
	struct pr_trace_thread *from, *to;
	enum pr_fd_kind via; /* PR_FD_UNKNOWN: futex */
	uint64_t count, timed;
	int64_t latency_ns; /* sum over timed */
};

struct pr_trace_chain {
	struct pr_trace_path path;
	uint64_t count;
};

#define PR_TRACE_FUTEXES 256
#define PR_TRACE_TOKENS  16384

struct pr_trace_futex {
	uint64_t address;
	struct pr_trace_thread *waker;
	struct pr_trace_path path;
	int64_t stamp_ns;
	int64_t left; /* threads woken that were not yet seen to wake */
};

/* epoll_ctl said: this token stands for this descriptor.  */
struct pr_trace_token {
	uint64_t token;
	const struct pr_trace_process *process;
	struct pr_trace_fd *fd;
};

struct pr_trace_counted {
	char name[40];
	uint64_t calls, errors;
	double seconds;
};

struct pr_trace {
	struct pr_trace_options options;
	struct pr_fdtable *table;
	const struct pr_call_facts *facts[PR_STRACE_NAMES_MAX];
	char names[PR_STRACE_NAMES_MAX][40];
	uint64_t sequence; /* of the event under way, from 1 */
	uint64_t calls, unfinished, signals, exits, noise, frames;
	int64_t first_ns, last_ns; /* stamps; -1 without */
	bool relative;             /* -r: each stamp counts from the one before */
	bool strings_cut;
	struct pr_error why; /* of a marker */

	struct pr_trace_stage *stages[PR_TRACE_STAGES_MAX];
	size_t stage_count, stage;
	bool marked;

	struct pr_trace_process *processes[PR_TRACE_PROCESSES_MAX]; /* by number; last: others */
	struct pr_trace_thread *threads[PR_TRACE_THREADS_MAX];      /* by row; last: others */
	size_t thread_count;
	struct pr_trace_thread **live; /* by the parser's number */
	size_t live_room;
	struct pr_trace_fd **fds;
	size_t fd_count, fd_room;

	struct pr_trace_block *blocks;
	size_t block_count;
	struct pr_trace_block pending; /* its call site is still to come */
	bool pending_on;
	char *pending_site; /* the outermost frame so far that is not the C library's */

	struct pr_trace_edge edges[PR_TRACE_EDGES_MAX];
	size_t edge_count;
	struct pr_trace_chain chains[PR_TRACE_CHAINS_MAX];
	size_t chain_count;
	uint64_t chains_dropped;
	struct pr_trace_futex futexes[PR_TRACE_FUTEXES];
	struct pr_trace_token *tokens; /* PR_TRACE_TOKENS; NULL before the first epoll_ctl */
	size_t token_count;

	struct pr_trace_counted *counted; /* what strace itself counted: -c, -C */
	size_t counted_count;
	unsigned char columns[16]; /* of its table; enum in summary.c */
	size_t column_count;
};

/* ---- trace.c --------------------------------------------------------------------------------- */

/* Adds to the count of an error; those that find no room are "others" together.  */
void pr_trace_add_error(struct pr_trace_tally *tally, const char *name, uint64_t count);

/* ---- tables.c: rows, made when they are first asked for -------------------------------------- */

struct pr_trace_thread *pr_trace_thread_of(struct pr_trace *trace,
                                           const struct pr_strace_event *event);
struct pr_trace_fd *pr_trace_fd_of(struct pr_trace *trace, struct pr_trace_process *process,
                                   int64_t number, enum pr_fd_kind kind);
struct pr_trace_tally *pr_trace_tally_of(struct pr_trace *trace, uint16_t call);
struct pr_trace_count *pr_trace_thread_count(struct pr_trace_thread *thread, uint16_t call);
struct pr_trace_count *pr_trace_fd_count(struct pr_trace_fd *fd, uint16_t call);
void pr_trace_tables_free(struct pr_trace *trace);

/* ---- stage.c --------------------------------------------------------------------------------- */

/* Makes `name` the stage of what follows.  */
void pr_trace_begin_stage(struct pr_trace *trace, const char *name, size_t size);

/* Whether the call is a marker, which is not the program's doing; and what it begins.  */
bool pr_trace_is_marker(const struct pr_strace_event *event);
void pr_trace_take_marker(struct pr_trace *trace, const struct pr_strace_event *event);

/* Notes the time of a call, and begins a stage when the gap before it is long enough.  */
void pr_trace_take_stamp(struct pr_trace *trace, const struct pr_strace_event *event);

/* ---- ready.c: waits -------------------------------------------------------------------------- */

void pr_trace_take_control(struct pr_trace *trace, struct pr_trace_thread *thread,
                           const struct pr_strace_event *event, struct pr_trace_fd *fd);
void pr_trace_take_wait(struct pr_trace *trace, struct pr_trace_thread *thread,
                        const struct pr_strace_event *event, const struct pr_call_facts *facts);

/* ---- move.c: what receives and sends show ---------------------------------------------------- */

void pr_trace_take_move(struct pr_trace *trace, struct pr_trace_thread *thread,
                        const struct pr_strace_event *event, const struct pr_call_facts *facts,
                        struct pr_trace_fd *fd, uint64_t bytes);

/* ---- block.c: would-blocks ------------------------------------------------------------------- */

/* way: PR_TRACE_IN or PR_TRACE_OUT.  Ask before the call is noted in the way.  */
void pr_trace_take_block(struct pr_trace *trace, const struct pr_trace_thread *thread,
                         uint16_t call, const struct pr_trace_fd *fd, int way);
void pr_trace_take_frame(struct pr_trace *trace, struct pr_strace_text frame);
void pr_trace_end_frames(struct pr_trace *trace);
const char *pr_trace_class_name(enum pr_trace_class class);

/* ---- wake.c: wake-ups between threads -------------------------------------------------------- */

void pr_trace_wake_by_fd(struct pr_trace *trace, struct pr_trace_thread *thread,
                         const struct pr_strace_event *event, struct pr_trace_fd *fd);
void pr_trace_woken_by_fd(struct pr_trace *trace, struct pr_trace_thread *thread,
                          struct pr_trace_fd *fd, int64_t stamp_ns);
void pr_trace_take_futex(struct pr_trace *trace, struct pr_trace_thread *thread,
                         const struct pr_strace_event *event);

/* The thread goes to sleep: what it was woken for is done.  */
void pr_trace_end_path(struct pr_trace *trace, struct pr_trace_thread *thread);

/* ---- summary.c: the table of -c and -C ------------------------------------------------------- */

void pr_trace_take_row(struct pr_trace *trace, struct pr_strace_text line);

/* ---- site.c ---------------------------------------------------------------------------------- */

/* A frame of -k for people, with its source line when the file has debug information: a new string.
 * Opens the file that the frame names.  */
char *pr_trace_site(const char *frame);

/* ---- messages -------------------------------------------------------------------------------- */

/* Messages delivered, told or by the frame size; 0 when neither is known.  */
uint64_t pr_trace_messages(const struct pr_trace *trace);

/* Bytes received on stream sockets that are not the other end of one of the log's own: all.  */
uint64_t pr_trace_received(const struct pr_trace *trace);

#endif
