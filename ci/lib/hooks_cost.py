#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""hooks_cost.py [--quick] BUILD_ON BUILD_OFF - time and instructions of hooks, over links in shuffled order.

See ci/hooks-cost.  Time comes from `proctor run`, both ways as phases of one run, pinned to one CPU: what a message
costs.  Instructions come from callgrind and are those inside the engine's library alone; the cost of starting is taken
out by two runs of different length.
"""
import json
import os
import random
import shlex
import statistics
import subprocess
import sys
import tempfile

LINKS = 5
LIMIT = 0.01
WORKLOADS = (("streaming", 20000, 120000), ("pingpong", 2000, 12000))  # name, messages or round trips of both lengths


def shuffled_link(command, seed, output):
    """The words of a link command with its objects in another order and another output file."""
    words = [word for word in shlex.split(command) if word not in (":", "&&")]
    objects = [word for word in words if word.endswith(".o")]
    random.Random(seed).shuffle(objects)
    words[words.index("-o") + 1] = output
    rest = iter(objects)
    return [next(rest) if word.endswith(".o") else word for word in words]


def relink(build, seed, output):
    commands = subprocess.run(["ninja", "-C", build, "-t", "commands", "proctor_engine"], capture_output=True, text=True,
                              check=True).stdout.splitlines()
    command = [line for line in commands if "-o libproctor.so" in line][-1]
    subprocess.run(shuffled_link(command, seed, output), cwd=build, check=True)


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


def measure_time(proctor, libraries, blocks, seed):
    """How much longer a message takes with hooks, by workload, as fractions."""
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run")
        plan = {"format": "proctor.plan", "version": 1, "name": "hooks-cost", "pin": "one", "blocks": blocks, "seed": seed,
                "traces": 0, "probes": ["hooks"], "slices": {"streaming": 40, "pingpong": 20},
                "phases": [{"label": label, "engine": "core", "options": {"lib": libraries[label]}} for label in ("off", "on")],
                "workloads": ["streaming", "pingpong,count=4000"]}
        subprocess.run([proctor, "run", "-", "-q", "-o", run], input=json.dumps(plan), text=True, check=True,
                       stdout=subprocess.DEVNULL)
        text = subprocess.run([proctor, "compare", run, "--format", "json"], capture_output=True, text=True,
                              check=False).stdout
    return {row["workload"]: 1 / (1 + row["effect"]) - 1 for row in json.loads(text)["rows"]
            if row["metric"] == "throughput" and row["effect"] is not None}


def show(name, values, note):
    middle = statistics.median(values)
    verdict = "within" if middle <= LIMIT else "BEYOND"
    print(f"{name:<28} {middle:+7.2%}  [{min(values):+.2%}, {max(values):+.2%}]  {verdict} the limit of {LIMIT:+.0%}{note}")
    return middle <= LIMIT


def main(*arguments):
    quick = "--quick" in arguments
    builds = dict(zip(("on", "off"), [word for word in arguments if word != "--quick"]))
    proctor = os.path.abspath(os.path.join(builds["on"], "proctor"))
    times, counts = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, LINKS + 1):
            # Paths of one length: a path is in the environment of the program and moves its stack.
            libraries = {label: os.path.join(folder, f"{label:_<3}{seed}.so") for label in builds}
            for label, build in builds.items():
                relink(build, seed, libraries[label])
            for workload, value in measure_time(proctor, libraries, 6 if quick else 12, seed).items():
                times.setdefault(workload, []).append(value)
            for workload, few, many in WORKLOADS:
                many *= 1 if quick else 3
                on, off = (instructions_per_message(proctor, libraries[label], workload, few, many) for label in ("on", "off"))
                counts.setdefault(workload, []).append((on, off))
            print(f"link {seed} of {LINKS} done", file=sys.stderr)
    print(f"hooks compiled in against hooks compiled out; median of {LINKS} links each [least, most]")
    for workload, values in times.items():
        show(f"time, {workload}", values, "; never fails")
    good = True
    for workload, pairs in counts.items():
        on, off = (statistics.median(column) for column in zip(*pairs))
        good &= show(f"instructions, {workload}", [pair[0] / pair[1] - 1 for pair in pairs],
                     f"; {on:.1f} against {off:.1f} a message")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
