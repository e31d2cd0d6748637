#!/bin/bash
# SPDX-License-Identifier: MIT
# What is installed is complete, and the installed program finds the installed engine.
set -euo pipefail

prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$PR_BUILD_DIR" --prefix "$prefix" >/dev/null

for file in bin/proctor lib/libproctor.so lib/libproctor-interpose.so lib/proctor/libzmq.so.5 include/proctor.h share/man/man1/proctor.1 \
	share/proctor/schemas/env.schema.json; do
	[ -f "$prefix/$file" ] || { echo "$file is not installed" && exit 1; }
done

engines=$(env -C / -u LD_LIBRARY_PATH "$prefix/bin/proctor" list engines)
grep -qF "$prefix/lib/libproctor.so" <<<"$engines" || {
	echo "the installed program does not find the installed engine:"
	echo "$engines"
	exit 1
}
