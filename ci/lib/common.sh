# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# ci/lib/common.sh - what the scripts in ci/ share: the packages, the build, messages.  Source it.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 5

# Debian 12 names.  Nothing is fetched from anywhere else, fetch_axe apart.
declare -A packages=(
	[build]="cmake ninja-build gcc libc6-dev pkg-config git libuv1-dev libjansson-dev nettle-dev libsmartcols-dev
		libzstd-dev libarchive-dev libdw-dev libelf-dev libsqlite3-dev libpq-dev systemtap-sdt-dev valgrind"
	[run]="libzmq5 libnng1 strace gnuplot-nox zstd"
	[test]="libcmocka-dev libzmq3-dev clang clang-format-14 libclang-rt-14-dev python3 python3-jsonschema python3-yaml
		mandoc shellcheck chromium cmark-gfm postgresql python3-prometheus-client"
	[pyzmq]="python3-zmq python3-pytest python3-tornado python3-gevent"
	[hooks-cost]="python3 valgrind"
	[trace-check]="python3 python3-zmq redis-server redis-tools nginx-light wrk nng-utils libzmq3-dev libnng-dev g++
		debian-archive-keyring procps mawk"
	[verdict-study]="python3 python3-scipy hyperfine"
	[nightly]="python3"
)

say() {
	printf '== %s\n' "$*" >&2
}

# Ends with the status that the manual gives to "it could not be done".
fail() {
	say "$*"
	exit 5
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]
}

# need_packages GROUP...: installs what is missing of the groups; says what is when it may not.
need_packages() {
	local missing=() group package
	for group in "$@"; do
		for package in ${packages[$group]}; do
			is_installed "$package" || missing+=("$package")
		done
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	local install=(apt-get install -y --no-install-recommends "${missing[@]}")
	[ "$(id -u)" -eq 0 ] || fail "packages are missing; as root: apt-get update && ${install[*]}"
	say "installing: ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	{ apt-get update -q && "${install[@]}"; } >&2 || fail "apt-get could not install: ${missing[*]}"
}

# build FOLDER TARGET [CMAKE OPTION...]: configures (again) and builds; a failure is "could not be done".
build() {
	local folder=$1 target=$2
	shift 2
	say "building $folder"
	cmake -G Ninja -S . -B "$folder" "$@" >"$folder.log" 2>&1 || {
		cat "$folder.log" >&2
		fail "cmake could not configure $folder"
	}
	rm -f "$folder.log"
	cmake --build "$folder" --target "$target" >&2 || fail "$folder could not be built"
}

# fetch_axe: axe-core, which judges how accessible a page is and is no Debian package, into build/axe.  Without npm, or
# without a network, the tests that need it say that they were skipped.
fetch_axe() {
	[ ! -f build/axe/node_modules/axe-core/axe.min.js ] || return 0
	if ! { command -v npm && timeout 60 npm install --silent --no-save --no-audit --no-fund --ignore-scripts \
		--prefix build/axe axe-core@4.10.2; } >/dev/null 2>&1; then
		say "axe-core cannot be had (npm, network): the tests that need it will be skipped"
	fi
}

# fetch_perf_tools: the programs of libzmq and nng that measure are in no package of Debian, but in the sources of two;
# into build/perf-tools, by apt-get, which checks them.
fetch_perf_tools() {
	local folder=$PWD/build/perf-tools
	[ ! -x "$folder/nng-perf" ] || return 0
	mkdir -p "$folder/lists/partial"
	local apt=(apt-get -q -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State::lists=$folder/lists" -o APT::Sandbox::User=root)
	echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main" \
		>"$folder/sources.list"
	(
		cd "$folder" && "${apt[@]}" update && "${apt[@]}" source --download-only zeromq3 nng &&
			for archive in *.orig.tar.gz; do tar -xf "$archive"; done &&
			for program in local_thr remote_thr; do g++ -O2 -w -o $program libzmq-*/perf/$program.cpp -lzmq; done &&
			gcc -O2 -w -DNNG_HAVE_PAIR0 -o nng-perf nng-*/src/tools/perf/perf.c -lnng
	) >&2 || fail "the programs of libzmq and nng that measure could not be built; name the other subjects (ci/trace-check -h)"
}
