#!/bin/bash
# SPDX-License-Identifier: MIT
# A program that was linked with the system's libzmq, or written for its header, finds everything here: every
# function that libzmq5 exports, and every constant and type of <zmq.h> with the same value and size.
#
#   symbols_test.sh SYSTEM_LIBRARY OUR_LIBRARY COMPILER
set -euo pipefail
system=$1 ours=$2 compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
	echo "$*"
	failed=1
}

# functions LIBRARY: the names that it exports and that a C program can call.
functions() {
	nm -D --defined-only "$1" | awk '$2 == "T" && $3 !~ /^_/ { print $3 }' | sort
}

# constants HEADER: the macros that it defines and that have a value, sorted.
constants() {
	"$compiler" -dM -E "$1" | awk '$1 == "#define" && $2 ~ /^(ZMQ_|E)[A-Z0-9_]+$/ && NF > 2 { print $2 }' |
		grep -vx ZMQ_EXPORT | sort
}

# evaluate HEADER NAMES_FILE: each name with its value, and the sizes of the types.
evaluate() {
	{
		printf '#include "%s"\n#include <stdio.h>\nint main(void)\n{\n' "$1"
		while read -r name; do
			printf '\tprintf("%%s %%lld\\n", "%s", (long long)(%s));\n' "$name" "$name"
		done <"$2"
		for type in zmq_msg_t zmq_pollitem_t zmq_fd_t 'zmq_free_fn *' 'zmq_timer_fn *' 'zmq_thread_fn *'; do
			printf '\tprintf("%%s %%zu\\n", "%s", sizeof(%s));\n' "$type" "$type"
		done
		printf '\treturn 0;\n}\n'
	} >"$work/main.c"
	"$compiler" -o "$work/main" "$work/main.c" && "$work/main"
}

functions "$system" >"$work/system"
functions "$ours" >"$work/ours"
[ -s "$work/system" ] || complain "$system exports nothing"
missing=$(comm -23 "$work/system" "$work/ours")
[ -z "$missing" ] || complain "exported by $system only:" "$missing"
more=$(comm -13 "$work/system" "$work/ours" | grep -v '^proctor_' || true)
[ -z "$more" ] || complain "exported by $ours only:" "$more"

header=$PR_SOURCE_DIR/core/include/proctor/zmq.h
constants /usr/include/zmq.h >"$work/system"
constants "$header" >"$work/ours"
missing=$(comm -23 "$work/system" "$work/ours")
[ -z "$missing" ] || complain "constants of libzmq's header that are missing:" "$missing"
evaluate /usr/include/zmq.h "$work/system" >"$work/system.values"
evaluate "$header" "$work/system" >"$work/our.values"
diff "$work/system.values" "$work/our.values" || complain "constants differ (libzmq's <, ours >)"
exit $failed
