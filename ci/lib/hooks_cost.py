#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hooks_cost.py [--quick] [time] [instructions] BUILD_ON BUILD_OFF - time and instructions of hooks, over links in
shuffled order; both unless one is named.

See ci/hooks-cost.  Time comes from `proctor run`, both ways as phases of one run, pinned to one CPU: what a message
costs.  Instructions come from callgrind and are those inside the engine's library alone; the cost of starting is taken
out by two runs of different length.
"""
import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile

LIMIT = 0.01
WORKLOADS = (("streaming", 20000, 120000), ("pingpong", 2000, 12000))  # name, messages or round trips of both lengths


def links_of(build):
    """Each link of the engine that a build made: with the objects in the order of the build, then in others."""
    found = [os.path.join(build, "libproctor.so"), *sorted(glob.glob(os.path.join(build, "relinks/*/libproctor.so")))]
    return [os.path.abspath(path) for path in found]


def self_cost(lines, library):
    """The instructions that callgrind's file counts inside one library: own cost, not that of what it calls."""
    names, current, total, skip = {}, "", 0, False
    for line in lines:
        if skip:
            skip = False
        elif line.startswith(("ob=", "cob=")):  # a number is named where it first stands, also as a callee's
            number, _, name = line.split("=", 1)[1].strip().partition(" ")
            names.setdefault(number, name)
            current = names[number] if line.startswith("ob=") else current
        elif line.startswith("calls="):
            skip = True  # the next line is the cost of the callee
        elif line[:1].isdigit() or line[:1] in ("+", "-", "*"):
            if os.path.basename(current) == library:
                total += int(line.split()[1])
    return total


def count_once(proctor, library, workload, count, folder):
    out = os.path.join(folder, "callgrind.out")
    asked = [{"do": "open", "engine": "core", "options": {"lib": library},
              "workloads": [{"label": "w", "name": workload, "options": {}}]},
             {"do": "slice", "workload": "w", "count": count}, {"do": "close"}]
    text = "".join(json.dumps(line) + "\n" for line in asked)
    answer = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "-q", proctor, "worker"],
                            input=text, capture_output=True, text=True, check=False)
    if answer.returncode != 0 or answer.stdout.count('"ok":true') != len(asked):
        sys.exit(f"hooks_cost: {workload} failed under callgrind: {answer.stdout}{answer.stderr}")
    with open(out, encoding="utf-8") as file:
        return self_cost(file, os.path.basename(library))


def instructions_per_message(proctor, library, workload, few, many):
    with tempfile.TemporaryDirectory() as folder:
        counts = [count_once(proctor, library, workload, count, folder) for count in (few, many)]
    messages = (many - few) * (2 if workload == "pingpong" else 1)
    return (counts[1] - counts[0]) / messages


def longer(ratio):
    return None if ratio is None else 1 / (1 + ratio) - 1


def measure_time(proctor, links, blocks):
    """How much longer a message takes with hooks, by workload: over the links, each counting once."""
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run")
        plan = {"format": "proctor.plan", "version": 1, "name": "hooks-cost", "pin": "one", "blocks": blocks, "seed": 1,
                "traces": 0, "probes": ["hooks"], "slices": {"streaming": 40, "pingpong": 20},
                "phases": [{"label": label, "engine": "core", "options": {"lib": ":".join(links[label])}}
                           for label in ("off", "on")],
                "workloads": ["streaming", "pingpong,count=4000"]}
        subprocess.run([proctor, "run", "-", "-q", "-o", run], input=json.dumps(plan), text=True, check=True,
                       stdout=subprocess.DEVNULL)
        text = subprocess.run([proctor, "compare", run, "--format", "json"], capture_output=True, text=True,
                              check=False).stdout
    return {row["workload"]: row["builds"] for row in json.loads(text)["rows"]
            if row["metric"] == "throughput" and "builds" in row}


def show(name, middle, least, most, note):
    verdict = "within" if middle <= LIMIT else "BEYOND"
    print(f"{name:<28} {middle:+7.2%}  [{least:+.2%}, {most:+.2%}]  {verdict} the limit of {LIMIT:+.0%}{note}")
    return middle <= LIMIT


def count_links(proctor, links, many_factor):
    """Instructions per message of each link, with hooks and without, by workload."""
    counts = {}
    for number, pair in enumerate(zip(links["on"], links["off"]), 1):
        for workload, few, many in WORKLOADS:
            counts.setdefault(workload, []).append(
                [instructions_per_message(proctor, library, workload, few, many * many_factor) for library in pair])
        print(f"link {number} of {len(links['on'])} counted", file=sys.stderr)
    return counts


def report_time(proctor, links, blocks):
    print(f"hooks compiled in against hooks compiled out, over {len(links['on'])} links of each: "
          "time with its 95 % interval over links")
    for workload, found in measure_time(proctor, links, blocks).items():
        show(f"time, {workload}", longer(found["effect"]), longer(found["effect_hi"]), longer(found["effect_lo"]),
             f"; never fails; links differ by {found['between']:.2%}, blocks of one link by {found['within']:.2%}")


def report_instructions(proctor, links, many_factor):
    counts = count_links(proctor, links, many_factor)
    good = True
    print(f"hooks compiled in against hooks compiled out, over {len(links['on'])} links of each: "
          "instructions of a message with least and most")
    for workload, pairs in counts.items():
        on, off = (statistics.median(column) for column in zip(*pairs))
        parts = [pair[0] / pair[1] - 1 for pair in pairs]
        good &= show(f"instructions, {workload}", statistics.median(parts), min(parts), max(parts),
                     f"; {on:.1f} against {off:.1f} a message")
    return good


def main(*arguments):
    asked = [word for word in arguments if word in ("time", "instructions")] or ["time", "instructions"]
    quick = "--quick" in arguments
    builds = dict(zip(("on", "off"), arguments[-2:]))
    proctor = os.path.abspath(os.path.join(builds["on"], "proctor"))
    links = {label: links_of(build) for label, build in builds.items()}
    good = True
    if "time" in asked:
        report_time(proctor, links, 6 * len(links["on"]) * (1 if quick else 2))
    if "instructions" in asked:
        good = report_instructions(proctor, links, 1 if quick else 3)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
