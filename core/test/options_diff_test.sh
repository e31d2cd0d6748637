#!/bin/bash
# SPDX-License-Identifier: MIT
# Every option of every type of socket, and of a context, answers to every value as it does in the system's libzmq.
#
#   options_diff_test.sh DUMP_PROGRAM DIRECTORY_OF_OUR_LIBRARY
set -euo pipefail
dump=$1 ours=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# On purpose: CURVE and GSSAPI are not there, as in a libzmq that was built without them; an id for the next connect, or
# the address of a proxy, has 255 bytes at most.
deliberate='^[0-9]+ (4[789]|50|6[2345]|90|91) |^[0-9]+ (61|68) set 256 '

env -u LD_LIBRARY_PATH "$dump" >"$work/system"
LD_LIBRARY_PATH=$ours "$dump" >"$work/ours"
[ "$(wc -l <"$work/system")" -gt 50000 ] || { echo "the system's library says too little"; exit 1; }
for answers in system ours; do
	grep -vE "$deliberate" "$work/$answers" >"$work/$answers.compared"
done
diff "$work/system.compared" "$work/ours.compared" >"$work/diff" && exit 0
echo "TYPE OPTION get SIZE:ERROR|SIZE:SIZE=VALUE..., or TYPE OPTION set VALUE ERROR NOW (libzmq's <, ours >)"
head -100 "$work/diff"
exit 1
