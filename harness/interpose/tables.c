/* SPDX-License-Identifier: MIT */
/* harness/interpose/tables.c - the tables in which threads count.
 *
 * A table belongs to one thread at a time; the next thread goes on counting in the table of one
 * that ended.  Only its owner writes to a table, so an increment needs no locked instruction; the
 * atomics are for the reader, that no number is torn.  */
#include "harness/interpose/tables.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#define THREADS_MAX 256
#define SITES_BITS  9
#define SITES_MAX   (1u << SITES_BITS)

/* Beyond, sites share the entry of "anywhere".  */
#define SITES_FULL (SITES_MAX * 3 / 4)

/* One line of the cache: a call touches no other.  */
struct entry {
	_Alignas(64) _Atomic uint32_t what; /* call and kind; 0: the entry is free */
	uintptr_t address;                  /* set before `what` */
	_Atomic uint64_t ok, end, would_block, errors, bytes;
	_Atomic uint64_t special; /* of a futex: wakes; of a poll: hidden */
};

_Static_assert(sizeof(struct entry) == 64, "an entry is one line of the cache");

struct table {
	atomic_bool taken;
	uint32_t used; /* entries */
	struct entry entries[SITES_MAX];
};

static struct table tables[THREADS_MAX];
static _Atomic uint64_t lost_calls;
static pthread_key_t thread_key;
static pthread_once_t thread_once = PTHREAD_ONCE_INIT;

/* Loaded with the program, so its place in the thread is fixed: no call to find it.  */
static __thread struct table *own __attribute__((tls_model("initial-exec")));
static __thread bool taking __attribute__((tls_model("initial-exec")));
static __thread bool memory_muted __attribute__((tls_model("initial-exec")));

static void leave_table(void *arg)
{
	struct table *table = arg;

	own = NULL;
	atomic_store_explicit(&table->taken, false, memory_order_release);
}

static void make_key(void)
{
	pthread_key_create(&thread_key, leave_table);
}

/* NULL when all are taken, or while one is being taken: pthread_setspecific may allocate.  */
static __attribute__((noinline)) struct table *take_table(void)
{
	int error = errno;

	if (taking)
		return NULL;
	taking = true;
	pthread_once(&thread_once, make_key);
	for (size_t i = 0; own == NULL && i < THREADS_MAX; i++) {
		bool free_one = false;

		if (atomic_compare_exchange_strong(&tables[i].taken, &free_one, true))
			own = &tables[i];
	}
	if (own != NULL)
		pthread_setspecific(thread_key, own);
	taking = false;
	errno = error;
	return own;
}

static inline void add(_Atomic uint64_t *counter, uint64_t value)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + value,
	                      memory_order_relaxed);
}

static struct entry *make_entry(struct table *table, struct entry *entry, uint32_t what,
                                uintptr_t address)
{
	table->used++;
	entry->address = address;
	atomic_store_explicit(&entry->what, what, memory_order_release);
	return entry;
}

static inline struct entry *find_entry(struct table *table, uint32_t what, uintptr_t address)
{
	uint64_t hash = (address ^ (uint64_t)what << 40) * 0x9e3779b97f4a7c15u;

	for (uint32_t at = (uint32_t)(hash >> (64 - SITES_BITS));; at++) {
		struct entry *entry = &table->entries[at % SITES_MAX];
		uint32_t there = atomic_load_explicit(&entry->what, memory_order_relaxed);

		if (there == what && entry->address == address)
			return entry;
		if (there == 0 && (table->used < SITES_FULL || address == 0))
			return make_entry(table, entry, what, address);
		if (there == 0)
			return find_entry(table, what, 0);
	}
}

static inline struct entry *entry_of(enum pr_interpose_call call, enum pr_fd_kind kind, void *site)
{
	struct table *table = own != NULL ? own : take_table();

	if (table == NULL) {
		atomic_fetch_add_explicit(&lost_calls, 1, memory_order_relaxed);
		return NULL;
	}
	return find_entry(table, (uint32_t)call << 8 | (uint32_t)kind, (uintptr_t)site);
}

static inline bool is_receive(enum pr_interpose_call call)
{
	return call >= PR_IP_RECVFROM && call <= PR_IP_READV;
}

static inline bool is_stream(enum pr_fd_kind kind)
{
	return kind == PR_FD_TCP || kind == PR_FD_SOCKET || kind == PR_FD_UNIX;
}

void pr_ip_count(enum pr_interpose_call call, enum pr_fd_kind kind, void *site, ssize_t result,
                 uint64_t bytes)
{
	struct entry *entry = entry_of(call, kind, site);

	if (entry == NULL)
		return;
	if (result < 0)
		add(errno == EAGAIN ? &entry->would_block : &entry->errors, 1);
	else if (result == 0 && is_receive(call) && is_stream(kind))
		add(&entry->end, 1);
	else
		add(&entry->ok, 1);
	if (bytes > 0)
		add(&entry->bytes, bytes);
}

void pr_ip_count_allocations(int counted)
{
	memory_muted = !counted;
}

void pr_ip_count_memory(enum pr_interpose_call call, void *site, size_t bytes)
{
	struct entry *entry = memory_muted ? NULL : entry_of(call, PR_FD_UNKNOWN, site);

	if (entry == NULL)
		return;
	add(&entry->ok, 1);
	add(&entry->bytes, bytes);
}

void pr_ip_count_wake(void *site, ssize_t result)
{
	struct entry *entry = entry_of(PR_IP_FUTEX, PR_FD_UNKNOWN, site);

	if (entry == NULL)
		return;
	add(result < 0 ? &entry->errors : &entry->ok, 1);
	add(&entry->special, 1);
}

void pr_ip_count_hidden(enum pr_interpose_call call, void *site)
{
	struct entry *entry = entry_of(call, PR_FD_UNKNOWN, site);

	if (entry != NULL)
		add(&entry->special, 1);
}

/* ---- reading --------------------------------------------------------------------------------- */

static uint64_t get(_Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static bool is_poll(uint32_t call)
{
	return call == PR_IP_POLL || call == PR_IP_PPOLL;
}

static size_t read_table(struct table *table, struct pr_interpose_site *sites, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < SITES_MAX; i++) {
		struct entry *entry = &table->entries[i];
		uint32_t what = atomic_load_explicit(&entry->what, memory_order_acquire);

		if (what == 0)
			continue;
		if (count++ < room)
			sites[count - 1] = (struct pr_interpose_site){
			        .address = entry->address,
			        .call = (uint16_t)(what >> 8),
			        .kind = (uint16_t)(what & 0xff),
			        .ok = get(&entry->ok),
			        .end = get(&entry->end),
			        .would_block = get(&entry->would_block),
			        .errors = get(&entry->errors),
			        .bytes = get(&entry->bytes),
			        .wakes = is_poll(what >> 8) ? 0 : get(&entry->special),
			        .hidden = is_poll(what >> 8) ? get(&entry->special) : 0,
			};
	}
	return count;
}

static size_t read_sites(struct pr_interpose_site *sites, size_t room)
{
	size_t count = 0;

	/* Tables are taken from the first on, and one that was taken keeps its counts.  */
	for (size_t i = 0; i < THREADS_MAX && tables[i].used > 0; i++)
		count += read_table(&tables[i], sites + (count < room ? count : room),
		                    room > count ? room - count : 0);
	return count;
}

static uint64_t read_lost(void)
{
	return get(&lost_calls);
}

__attribute__((visibility("default"))) const struct pr_interpose_api *proctor_interpose(void)
{
	static const struct pr_interpose_api api = {
	        .version = PR_INTERPOSE_VERSION,
	        .read = read_sites,
	        .lost = read_lost,
	        .allocations = pr_ip_count_allocations,
	        .dose = pr_ip_dose_set,
	        .dosed = pr_ip_dosed,
	};

	return &api;
}
