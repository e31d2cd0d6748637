#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""cause_study.py -o DIR [PART[=N]]... - the executions of a study of causes, and their summary.  See ci/cause-study."""
import argparse
import collections
import fnmatch
import json
import os
import shutil
import subprocess
import sys
import tempfile

PRESETS = ("baseline", "true-proactor", "true-proactor-fixed", "reactive", "reactive-coalesced", "adaptive", "libuv", "core")
PINGPONG, STREAMING, HELD = "pingpong,count=1000", "streaming,count=40000", "streaming,count=40000,hwm=200"
SLOW = "streaming,count=24000,size=16384,hwm=100,reader=slow"
LEAVING = "backpressure,peers=4,leave=close,stall=once,hwm=100,stall-time=300ms,flow-time=100ms"

SPECULATING = {"baseline", "true-proactor", "true-proactor-fixed"}
THREADED = set(PRESETS) - {"core"}
DEQUE = {"true-proactor", "true-proactor-fixed"}

# What presets have by definition: (cause, kind of workload): presets.  core serves a calm connection in the calling thread,
# under a lock that both threads may want, and by turns wakes and does not.
BY_DEFINITION = {
    ("speculation", "pingpong"): SPECULATING,
    ("wake-ups", "pingpong"): set(PRESETS),
    ("lock-contention", "pingpong"): {"core"},
    ("speculation", "held"): SPECULATING | {"adaptive", "core"},
    ("copying", "held"): DEQUE,
    ("size-walk", "held"): {"true-proactor"},
}

# The causes that name a fault, each enough; the phase; the workload in which it acts.
FAULTS = {
    "drop-remainder": ({"lost-data"}, "true-proactor,cap=none", HELD),
    "overtake": ({"lost-data"}, "true-proactor,cap=none", HELD),
    "partial-write": ({"lost-data"}, "baseline", SLOW),
    "undrained-wakeup": ({"wake-ups"}, "baseline", PINGPONG),
    "blocking-poll": ({"blocked-loop"}, "baseline", SLOW),
    "lose-on-close": ({"lost-data"}, "true-proactor,cap=none", LEAVING),
    "lost-wakeup": ({"wake-ups"}, "baseline", PINGPONG),
}
# In the evidence: the words that tell faults of one cause apart.
WORDS = {"undrained-wakeup": "nobody drains", "lost-wakeup": "wake-up for the others was lost",
         "drop-remainder": "dropped when they were handed on", "overtake": "overtaken by newer ones",
         "partial-write": "rest of a partial send was dropped", "lose-on-close": "the peer closed while bytes were held back"}
PARTS = {"clean": 20, **{"fault-" + fault: 5 for fault in FAULTS}}
FEWEST = {"clean": 5, "fault": 3}


def kind_of(workload):
    if workload.startswith("pingpong"):
        return "pingpong"
    return "held" if "hwm" in workload else "streaming"


def plan_of(part):
    """What `proctor run` is given.  Each workload has workers of its own: what one fault does ends no other trial."""
    if part == "clean":
        phases, workloads = list(PRESETS), [PINGPONG, STREAMING, HELD]
    else:
        fault = part[len("fault-"):]
        phases, workloads = [f"{name}={FAULTS[fault][1]},fault={value}" for name, value in (("off", "none"), ("on", fault))], [FAULTS[fault][2]]
    return {"format": "proctor.plan", "version": 1, "name": part, "phases": phases, "workloads": workloads, "blocks": 2, "whole": 0,
            "slices": {"streaming": 2} if workloads == [SLOW] else {}, "workers": "workload", "deadline": 3, "probes": ["hooks", "strace"] if part == "clean" else ["hooks"]}


def execute(part, proctor, seed):
    """Causes of one run, [workload, phase, name, verdict, evidence] each."""
    with tempfile.TemporaryDirectory() as folder:
        plan, run = os.path.join(folder, "plan.json"), os.path.join(folder, "run")
        with open(plan, "w", encoding="utf-8") as file:
            json.dump(plan_of(part), file)
        ran = subprocess.run([proctor, "run", plan, "--seed", str(seed), "-q", "--no-libraries", "-o", run], capture_output=True, text=True, check=False)
        answer = subprocess.run([proctor, "explain", run, "--format", "json"], capture_output=True, text=True, check=False)
    if ran.returncode not in (0, 4) or answer.returncode not in (0, 4) or not answer.stdout:
        raise RuntimeError(f"{part}: {ran.stderr}{answer.stderr}")
    return [[cause[key] for key in ("workload", "phase", "name", "verdict", "evidence")] for cause in json.loads(answer.stdout)["causes"]]


def false_causes(causes):
    """Those that a phase does not have by definition; noise is the machine's."""
    return [cause for cause in causes if cause[3] == "yes" and cause[2] != "noise" and
            cause[1] not in BY_DEFINITION.get((cause[2], kind_of(cause[0])), ())]


def named(fault, causes, phase):
    """Whether a cause that is the fault's is there; the words tell it from what every engine has of that name."""
    return any(cause[1] == phase and cause[3] == "yes" and cause[2] in FAULTS[fault][0] and WORDS.get(fault, "") in cause[4] for cause in causes)


# ---- the summary ------------------------------------------------------------------------------------------------


def summarize_clean(results):
    """Lines, and whether all is well; None: too few executions."""
    false = [cause for causes in results for cause in false_causes(causes)]
    counted = collections.Counter((cause[2], cause[0], cause[1]) for cause in false)
    judged = sum(len(causes) for causes in results)
    noise = sum(cause[2] == "noise" and cause[3] == "yes" for causes in results for cause in causes)
    lines = [f"clean: {len(results)} executions, {judged} verdicts: {len(false)} false causes; noise said of {noise}"]
    lines += [f"  {count} times {name} in {workload}, {phase}" for (name, workload, phase), count in counted.most_common()]
    return lines, (not false if len(results) >= FEWEST["clean"] or false else None)


def summarize_fault(fault, results):
    found = sum(named(fault, causes, "on") for causes in results)
    false = sum(named(fault, causes, "off") for causes in results)
    others = collections.Counter(cause[2] for causes in results for cause in causes if cause[1] == "on" and cause[3] == "yes")
    lines = [f"fault-{fault}: named in {found} of {len(results)} executions by {' or '.join(sorted(FAULTS[fault][0]))}; without it in {false}; "
             f"all that is said of it: {', '.join(f'{name} {count}' for name, count in others.most_common())}"]
    wrong = found < len(results) or false > 0
    return lines, (not wrong if len(results) >= FEWEST["fault"] or wrong else None)


def summarize(directory):
    verdicts = []
    for part in PARTS:
        results = [load(path) for path in paths_of(directory, part)]
        if not results:
            continue
        lines, good = summarize_clean(results) if part == "clean" else summarize_fault(part[len("fault-"):], results)
        print("\n".join(lines))
        verdicts.append(good)
    if False in verdicts:
        return 1
    return 3 if None in verdicts or len(verdicts) < len(PARTS) else 0


# ---- executions -------------------------------------------------------------------------------------------------


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def paths_of(directory, part):
    names = [name for name in os.listdir(directory) if name.startswith(part + ".") and name.endswith(".json")]
    return [os.path.join(directory, name) for name in sorted(names)]


def run_part(directory, part, times, proctor):
    for number in range(1, times + 1):
        path = os.path.join(directory, f"{part}.{number:03}.json")
        if os.path.exists(path):
            continue
        print(f"{part} {number} of {times}", file=sys.stderr, flush=True)
        result = execute(part, proctor, number)
        with open(path + ".tmp", "w", encoding="utf-8") as file:
            json.dump(result, file)
        shutil.move(path + ".tmp", path)


def chosen(words):
    """{part: executions} of PART[=N] words; all parts without any."""
    result = {}
    for word in words or ["*"]:
        pattern, _, times = word.partition("=")
        parts = fnmatch.filter(PARTS, pattern)
        if not parts or (times and not times.isdigit()):
            sys.exit(f"ci/cause-study: there is no part '{word}'; see --list")
        result.update({part: int(times) if times else PARTS[part] for part in parts})
    return result


def main():
    parser = argparse.ArgumentParser(prog="ci/cause-study")
    parser.add_argument("-o", dest="directory")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--summary", action="store_true")
    parser.add_argument("--build", default="build")
    parser.add_argument("parts", nargs="*", metavar="PART[=N]")
    given = parser.parse_args()
    if given.list:
        print("\n".join(f"{part:24} {times:4}" for part, times in PARTS.items()))
        return 0
    if not given.directory:
        parser.error("give -o DIR, where the results are kept")
    os.makedirs(given.directory, exist_ok=True)
    try:
        for part, times in ({} if given.summary else chosen(given.parts)).items():
            run_part(given.directory, part, times, os.path.join(given.build, "proctor"))
    except (OSError, RuntimeError) as error:
        print(f"ci/cause-study: {error}", file=sys.stderr)
        return 5
    return summarize(given.directory)


if __name__ == "__main__":
    sys.exit(main())
