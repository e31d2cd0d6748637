#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""verdict_study.py -o DIR [PART[=N]]... - the executions of a study of verdicts, and their summary.

See ci/verdict-study.  A part is a line of PARTS; what its executions must show is a function of the table GOALS.
"""
import argparse
import contextlib
import fnmatch
import json
import math
import multiprocessing
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import time

STREAMING = ("streaming,count=150000", 50)  # slices of 3,000 messages
PINGPONG = ("pingpong,count=5000", 50)  # slices of 100 round trips
ZMQ = ["a=zmq,lib={a}", "b=zmq,lib={b}"]

# seconds: of a run.  pinned: all threads on one CPU.  times: executions that a whole study has.
PARTS = {
    "aa": {"phases": ZMQ, "workloads": [STREAMING, PINGPONG], "seconds": 15, "pinned": True, "times": 100},
    "mde-30-streaming": {"phases": ZMQ, "workloads": [STREAMING], "seconds": 30, "pinned": True, "times": 5},
    "mde-30-pingpong": {"phases": ZMQ, "workloads": [PINGPONG], "seconds": 30, "pinned": True, "times": 5},
    "mde-120-streaming": {"phases": ZMQ, "workloads": [STREAMING], "seconds": 120, "pinned": True, "times": 5},
    "mde-120-pingpong": {"phases": ZMQ, "workloads": [PINGPONG], "seconds": 120, "pinned": True, "times": 5},
    "mde-60-spread-streaming": {"phases": ZMQ, "workloads": [STREAMING], "seconds": 60, "pinned": False, "times": 5},
    "mde-60-spread-pingpong": {"phases": ZMQ, "workloads": [PINGPONG], "seconds": 60, "pinned": False, "times": 5},
    "planted-5": {"phases": ["a=core", "b=core,slow=5"], "workloads": [STREAMING, PINGPONG], "seconds": 30,
                  "pinned": True, "times": 20},
    "planted-1": {"phases": ["a=core", "b=core,slow=1"], "workloads": [STREAMING, PINGPONG], "seconds": 120,
                  "pinned": True, "times": 20},
    "usual": {"usual": True, "seconds": 60, "pinned": False, "times": 5},
}
PARTS.update({name + "+busy": {**part, "busy": True} for name, part in list(PARTS.items())})


# ---- an unrelated load ------------------------------------------------------------------------------------------


def spin(cpu):
    """Sorts and copies for ever, on one CPU: cache, memory and arithmetic."""
    os.sched_setaffinity(0, {cpu})
    block = bytearray(os.urandom(4 << 20))
    while True:
        sorted(block[: 1 << 16])
        block = block[1:] + block[:1]


def cpus():
    """The CPU that pinned runs use, and another one for the load (the same when there is one only)."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


@contextlib.contextmanager
def load(busy):
    child = multiprocessing.Process(target=spin, args=(cpus()[1],), daemon=True) if busy else None
    if child:
        child.start()
    try:
        yield
    finally:
        if child:
            child.kill()
            child.join()


# ---- one execution ----------------------------------------------------------------------------------------------


class Study:
    def __init__(self, directory, proctor, keep):
        self.directory, self.proctor, self.keep = directory, proctor, keep
        os.makedirs(directory, exist_ok=True)

    def copies(self):
        """Two copies of libzmq, at paths of equal length: {"a": PATH, "b": PATH}."""
        paths = {name: os.path.abspath(os.path.join(self.directory, f"libzmq-{name}.so.5")) for name in "ab"}
        for path in paths.values():
            if not os.path.exists(path):
                engines = json.loads(self.call("list", "engines", "--format", "json"))
                shutil.copyfile(find_library(engines, "zmq"), path + ".part")
                os.replace(path + ".part", path)
        return paths

    def call(self, *words, accept=(0,), **options):
        answer = subprocess.run([self.proctor, *words], capture_output=True, text=True, check=False, **options)
        if answer.returncode == 130:
            raise KeyboardInterrupt
        if answer.returncode not in accept:
            sys.exit(f"verdict-study: proctor {' '.join(words)}: status {answer.returncode}: {answer.stderr.strip()}")
        return answer.stdout

    def plan(self, part, phases, workloads, folder):
        path = os.path.join(folder, "plan.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"format": "proctor.plan", "version": 1, "name": "verdict-study",
                       "phases": [phase.format(**self.copies()) for phase in phases],
                       "workloads": [text for text, _ in workloads],
                       "slices": {text.split(",")[0]: slices for text, slices in workloads},
                       "pin": str(cpus()[0]) if part["pinned"] else "spread", "probes": ["hooks"], "traces": 0}, file)
        return path

    def run(self, plan, seconds, seed, folder):
        self.call("run", plan, "--time", f"{seconds}s", "--seed", str(seed), "-q", "-o", folder)

    def compare(self, *runs):
        """Rows of what decides.  Statuses 0, 1 and 3 are all answers; delta 0, so that any change counts."""
        document = json.loads(self.call("compare", *runs, "--delta", "0", "--format", "json", accept=(0, 1, 3)))
        keys = ("workload", "metric", "effect", "effect_lo", "effect_hi", "p", "p_adjusted", "mde", "pairs", "verdict",
                "gating", "note", "dependent")
        return [{key: row.get(key) for key in keys} for row in document["rows"]
                if row["metric"] in ("throughput", "cpu_per_message", "latency_p50")]

    def execute(self, part, number, folder):
        """The result of one execution, as it is written."""
        if part.get("usual"):
            return self.usual(part, number, folder)
        plan = self.plan(part, part["phases"], part["workloads"], folder)
        self.run(plan, part["seconds"], number, os.path.join(folder, "run"))
        return {"rows": self.compare(os.path.join(folder, "run"))}

    # The same minute spent the usual way: whole runs in fresh processes, all of A, then all of B.

    def usual(self, part, number, folder):
        result = {}
        runs = []
        for phase in ZMQ:
            name = phase[0]
            os.mkdir(os.path.join(folder, name))
            plan = self.plan(part, ["x" + phase[1:]], [("streaming,count=200000", 1), ("pingpong,count=1000", 1)],
                             os.path.join(folder, name))
            runs.append(os.path.join(folder, "run-" + name))
            self.run(plan, part["seconds"] // 2, number, runs[-1])
        result["rows"] = self.compare(*runs)
        if shutil.which("hyperfine"):
            result["hyperfine"] = self.hyperfine(part["seconds"] / 2, folder)
        return result

    def hyperfine(self, seconds, folder):
        """Seconds of each whole run of A and B, which hyperfine measures as it does any command."""
        times = []
        for name, path in self.copies().items():
            script, out = os.path.join(folder, f"script-{name}"), os.path.join(folder, f"hyperfine-{name}.json")
            with open(script, "w", encoding="utf-8") as file:
                for line in ({"do": "open", "engine": "zmq", "options": {"lib": path},
                              "workloads": [{"label": "s", "name": "streaming", "options": {"count": "200000"}}]},
                             {"do": "slice", "workload": "s", "count": 200000}, {"do": "close"}):
                    file.write(json.dumps(line) + "\n")
            began = time.monotonic()
            with open(script, encoding="utf-8") as file:
                self.call("worker", stdin=file)
            count = max(10, int(seconds / (time.monotonic() - began)))
            command = f"{shlex.quote(self.proctor)} worker < {shlex.quote(script)}"
            subprocess.run(["hyperfine", "-w", "1", "-r", str(count), "--export-json", out, command], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(out, encoding="utf-8") as file:
                times.append(json.load(file)["results"][0]["times"])
        return times

    def result_path(self, name, number):
        return os.path.join(self.directory, name, f"{number:03}.json")

    def make(self, name, number):
        """One execution, unless its result is there.  What was cut short is begun anew."""
        path = self.result_path(name, number)
        if os.path.exists(path):
            return False
        folder = path.removesuffix(".json")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        began, busiest = time.time(), os.getloadavg()[0]
        with load(PARTS[name].get("busy")):
            result = self.execute(PARTS[name], number, folder)
        result.update({"part": name, "number": number, "began": began, "seconds": time.time() - began,
                       "load_before": busiest})
        with open(path + ".part", "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
        os.replace(path + ".part", path)
        if not self.keep:
            shutil.rmtree(folder)
        return True

    def results(self, name):
        folder = os.path.join(self.directory, name)
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        found = []
        for file_name in names:
            if file_name.endswith(".json"):
                with open(os.path.join(folder, file_name), encoding="utf-8") as file:
                    found.append(json.load(file))
        return found


def find_library(engines, name):
    """The file of an engine in the document of `proctor list engines`."""
    items = engines["engines"] if isinstance(engines, dict) else engines
    for item in items:
        if item["name"] == name and item.get("library"):
            return item["library"]
    sys.exit(f"verdict-study: engine {name} has no library here; see `proctor list engines`")


# ---- what was found -----------------------------------------------------------------------------------------------


def rows_of(results, metric="throughput"):
    """{workload: [row of each execution]}"""
    found = {}
    for result in results:
        for row in result["rows"]:
            if row["metric"] == metric and row["effect"] is not None:
                found.setdefault(row["workload"], []).append(row)
    return found


def half_width(row):
    """Of the 95 % interval, as a log-ratio."""
    return (math.log1p(row["effect_hi"]) - math.log1p(row["effect_lo"])) / 2


def percent(value):
    return f"{100 * value:.2f} %"


class Goal:
    """One figure beside what it must be.  good: None when there are too few executions to say.

    While the other CPU is busy, power may be lost; false alarms and wrong signs may not come."""

    def __init__(self, text, good):
        self.text, self.good = text, good


def judge_aa(results, wanted, _busy):
    from scipy import stats  # pylint: disable=import-outside-toplevel; what else is here needs no scipy

    for metric in ("throughput", "cpu_per_message"):
        for workload, rows in rows_of(results, metric).items():
            p = [row["p"] for row in rows if row["p"] is not None]
            alarms = sum(value <= 0.05 for value in p)
            adjusted = sum(row["p_adjusted"] is not None and row["p_adjusted"] <= 0.05 for row in rows)
            uniform = stats.kstest(p, "uniform").pvalue if p else math.nan
            limit = stats.binom.ppf(0.98, len(p), 0.05) if len(p) < 100 else 10
            enough = len(p) >= wanted
            yield Goal(f"{workload} {metric}: {alarms} of {len(p)} significant at 0.05 (at most {limit:.0f}), {adjusted} "
                       f"after Holm", alarms <= limit if enough or alarms > limit else None)
            yield Goal(f"{workload} {metric}: p against uniform, Kolmogorov-Smirnov p = {uniform:.3f} (above 0.05)",
                       uniform > 0.05 if enough else None)
            yield Goal(f"{workload} {metric}: effects {percent(min(r['effect'] for r in rows))} to "
                       f"{percent(max(r['effect'] for r in rows))}, median MDE "
                       f"{percent(statistics.median(r['mde'] for r in rows))}, {rows[0]['pairs']} blocks", True)


def judge_mde(limit):
    def judge(results, _wanted, busy):
        for workload, rows in rows_of(results).items():
            mde = statistics.median(row["mde"] for row in rows)
            yield Goal(f"{workload}: median MDE {percent(mde)} (at most {percent(limit)}; largest "
                       f"{percent(max(row['mde'] for row in rows))}), {rows[0]['pairs']} blocks, {len(rows)} executions",
                       busy or mde <= limit)
    return judge


def judge_planted(size, share):
    truth = 1 / (1 + size) - 1

    def judge(results, wanted, busy):
        for workload, rows in rows_of(results).items():
            found = sum(row["p_adjusted"] <= 0.05 and row["effect"] < 0 for row in rows)
            wrong = sum(row["p_adjusted"] <= 0.05 and row["effect"] > 0 for row in rows)
            held = sum(row["effect_lo"] <= truth <= row["effect_hi"] for row in rows)
            yield Goal(f"{workload}: found in {found} of {len(rows)} (at least {share:.0%}), wrong sign {wrong}, median "
                       f"effect {percent(statistics.median(r['effect'] for r in rows))} (planted {percent(truth)}, in "
                       f"{held} intervals), median MDE {percent(statistics.median(r['mde'] for r in rows))}",
                       (busy or found >= share * len(rows)) and wrong == 0 if len(rows) >= wanted else None)
    return judge


def judge_usual(results, ours):
    """The factor between the interval of the usual way and that of the same minute in slices."""
    ours = {workload: statistics.median(map(half_width, rows)) for workload, rows in rows_of(ours).items()}
    for workload, rows in rows_of(results).items():
        usual = statistics.median(map(half_width, rows))
        factor = f", {usual / ours[workload]:.1f} times that of slices (+-{percent(ours[workload])})" \
            if workload in ours else "; for the factor make mde-60-spread-*"
        yield Goal(f"{workload}: whole runs, A then B: +-{percent(usual)}{factor}; effects "
                   f"{percent(min(r['effect'] for r in rows))} to {percent(max(r['effect'] for r in rows))}", True)
    for result in results:
        if "hyperfine" not in result:
            continue
        a, b = result["hyperfine"]
        ratio = statistics.fmean(b) / statistics.fmean(a)
        width = 1.96 * math.sqrt(sum(statistics.variance(x) / len(x) / statistics.fmean(x) ** 2 for x in (a, b)))
        yield Goal(f"hyperfine, {len(a)} + {len(b)} runs: B / A {ratio:.3f} +-{percent(width)}, CV "
                   f"{percent(statistics.stdev(a) / statistics.fmean(a))}; a run's start and end are in it", True)


GOALS = {
    "aa": judge_aa, "mde-30": judge_mde(0.01), "mde-120": judge_mde(0.005), "mde-60-spread": judge_mde(0.03),
    "planted-5": judge_planted(0.05, 1.0), "planted-1": judge_planted(0.01, 0.8),
}


def goals_of(study, name, results):
    busy = name.endswith("+busy")
    if name.startswith("usual"):
        slices = [part for part in PARTS if part.startswith("mde-60-spread") and part.endswith("+busy") == busy]
        return list(judge_usual(results, sum(map(study.results, slices), [])))
    judge = next(GOALS[key] for key in GOALS if name.startswith(key))
    return list(judge(results, PARTS[name]["times"], busy))


def summarize(study, names):
    status = 0
    for name in names:
        results = study.results(name)
        if not results:
            continue
        print(f"{name}: {len(results)} of {PARTS[name]['times']} executions")
        for goal in goals_of(study, name, results):
            print(f"  {'ok  ' if goal.good else 'FAIL' if goal.good is False else '... '}  {goal.text}")
            status = 1 if goal.good is False or status == 1 else 3 if goal.good is None else status
    return status


# ---- the command line ---------------------------------------------------------------------------------------------


def choose(words):
    """{part: executions} from PART[=N] words; patterns choose parts."""
    chosen = {}
    for word in words or ["*"]:
        pattern, _, count = word.partition("=")
        found = fnmatch.filter(PARTS, pattern)
        if not found or (count and not count.isdigit()):
            sys.exit(f"verdict-study: '{word}' is no part; --list names them")
        chosen.update({name: int(count) if count else PARTS[name]["times"] for name in found})
    return chosen


def parse():
    parser = argparse.ArgumentParser(prog="verdict-study")
    parser.add_argument("parts", nargs="*", metavar="PART[=N]")
    parser.add_argument("-o", "--output", default="verdict-study.out")
    parser.add_argument("--build", default="build")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--summary", action="store_true")
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def main():
    given = parse()
    chosen = choose(given.parts)
    if given.list:
        for name, count in chosen.items():
            print(f"{name:<32} {count:4} x {PARTS[name]['seconds']:4} s = {count * PARTS[name]['seconds'] / 3600:5.2f} h")
        return 0
    study = Study(given.output, os.path.abspath(os.path.join(given.build, "proctor")), given.keep)
    if not given.summary:
        for name, count in chosen.items():
            for number in range(1, count + 1):
                if study.make(name, number):
                    print(f"verdict-study: {name} {number} of {count}", file=sys.stderr)
    return summarize(study, chosen)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("verdict-study: interrupted; the same command goes on", file=sys.stderr)
        sys.exit(130)
