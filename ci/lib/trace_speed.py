#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""trace_speed.py PROCTOR FOLDER SIZE [LOG] - see ci/trace-speed."""
import os
import statistics
import subprocess
import sys
import time

import traced

ROUNDS = 5
GOAL_MB = 500
GOAL_KIB = 64 * 1024


def enlarge(part, path, size):
    """The same lines again and again, whole ones only."""
    with open(part, "rb") as file:
        lines = file.read()
    with open(path, "wb") as file:
        while file.tell() < size:
            file.write(lines)


def peak_of(pid):
    """KiB so far; what the kernel accounts at the end would include this script, which forked."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return max([int(line.split()[1]) for line in file if line.startswith("VmHWM:")], default=0)
    except OSError:
        return 0


def run(command, output):
    """Seconds by the clock, CPU seconds, peak KiB."""
    start, peak, ended = time.monotonic(), 0, 0
    with open(output, "wb") as file, subprocess.Popen(command, stdout=file) as process:
        while ended == 0:
            peak = max(peak, peak_of(process.pid))
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            time.sleep(0 if ended else 0.005)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(5)
    return time.monotonic() - start, used.ru_utime + used.ru_stime, peak


def main():
    proctor, folder, size, *logs = sys.argv[1:]
    log = os.path.join(folder, "log")
    if logs:
        log = logs[0]
    else:
        part = traced.record("redis", os.path.join(folder, "redis"), ["-f", "-ttt", "-T"])
        enlarge(part, log, int(size))
    commands = {"proctor trace": [proctor, "trace", "--format", "json", log], "grep -c": ["grep", "-c", "EAGAIN", log],
                "mawk": ["mawk", '$3 == "read(5," { n++ } END { print n + 0 }', log]}
    megabytes = os.path.getsize(log) / 1e6
    output = os.path.join(folder, "output")  # not /dev/null, with which grep stops at the first match
    run(commands["grep -c"], output)  # the file is in memory from here on
    taken = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            taken[name].append(run(command, output))
    speeds = {}
    print(f"{megabytes:.0f} MB, {ROUNDS} rounds in turn, medians")
    print(f"{'':14} {'MB/s':>6} {'MB/s OF CPU TIME':>17} {'PEAK MiB':>9}")
    for name, rounds in taken.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*rounds))
        speeds[name] = megabytes / cpu
        print(f"{name:14} {megabytes / wall:6.0f} {megabytes / cpu:17.0f} {memory / 1024:9.1f}")
    print(f"proctor trace takes {speeds['grep -c'] / speeds['proctor trace']:.1f} times the CPU time of grep -c, and "
          f"{speeds['mawk'] / speeds['proctor trace']:.2f} times that of mawk, which compares one field")
    peak = max(round_[2] for round_ in taken["proctor trace"])
    print(f"goals: {GOAL_MB} MB/s of CPU time: {'met' if speeds['proctor trace'] >= GOAL_MB else 'missed'}; below {GOAL_KIB >> 10} MiB: "
          f"{'met' if peak < GOAL_KIB else 'missed'}")
    return 0 if peak < GOAL_KIB else 1


if __name__ == "__main__":
    sys.exit(main())
