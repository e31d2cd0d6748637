# SPDX-License-Identifier: MIT
"""Reports made from the documents of fixtures/report, as they are or changed: for page_test and browser_test."""
import atexit
import copy
import functools
import json
import os
import random
import shutil
import subprocess
import tempfile

FIXTURES = os.path.join(os.environ["PR_FIXTURES"], "report")
RENDER = os.environ["RENDER"]
NAMES = ("run", "comparison", "explanation", "histograms")
HOSTILE = "</script><script>alert(1)</script>\"'`|*&$(touch pwned)\\"


# Many of the reports that the tests make have the same pictures: gnuplot draws each once.
CACHE = """#!/bin/sh
cat >"{folder}/script.$$"
sum=$(sha256sum <"{folder}/script.$$")
drawn="{folder}/${{sum%% *}}.svg"
if [ ! -f "$drawn" ]; then
	"{gnuplot}" "$@" <"{folder}/script.$$" >"{folder}/new.$$" || exit
	mv "{folder}/new.$$" "$drawn"
fi
rm "{folder}/script.$$"
exec cat "$drawn"
"""


def path_with_cache():
    """PATH with a gnuplot before the real one that remembers what it drew."""
    gnuplot, folder = shutil.which("gnuplot"), tempfile.mkdtemp(prefix="proctor-pictures-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if not gnuplot:
        return os.environ["PATH"]
    os.mkdir(os.path.join(folder, "bin"))
    program = os.path.join(folder, "bin", "gnuplot")
    with open(program, "w", encoding="utf-8") as file:
        file.write(CACHE.format(folder=folder, gnuplot=gnuplot))
    os.chmod(program, 0o755)
    return os.path.join(folder, "bin") + ":" + os.environ["PATH"]


PATH = path_with_cache()


def load():
    """A fresh copy of all documents by name."""
    documents = {}
    for name in NAMES:
        with open(os.path.join(FIXTURES, f"{name}.json"), encoding="utf-8") as file:
            documents[name] = json.load(file)
    return documents


class Report:
    """The documents (None leaves one out; a text is a file as it is) as report.html and report.md in a folder of their own."""

    def __init__(self, documents, path="runs/seed", environment=None):
        self.folder = tempfile.mkdtemp(prefix="proctor-report-")
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        for name, value in documents.items():
            if value is not None:
                with open(os.path.join(self.folder, name if "." in name else f"{name}.json"), "w", encoding="utf-8") as file:
                    file.write(value if isinstance(value, str) else json.dumps(value))
        self.result = subprocess.run([RENDER, self.folder, self.folder, path], capture_output=True, text=True, check=False,
                                     env={**os.environ, "PATH": PATH, **(environment or {})}, cwd=self.folder)

    def read(self, file):
        with open(os.path.join(self.folder, file), encoding="utf-8") as stream:
            return stream.read()

    @property
    def html_path(self):
        return os.path.join(self.folder, "report.html")


@functools.lru_cache(maxsize=None)
def complete():
    """The report of the documents as they are, made once: only to be read."""
    return Report(load())


def rename(value, old, new):
    """Every text `old` of a document becomes `new`."""
    if isinstance(value, dict):
        return {key: rename(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [rename(item, old, new) for item in value]
    return new if value == old else value


def hostile():
    """Markup, shell and gnuplot commands wherever a user or an engine can put text."""
    documents = load()
    for label in ("true-proactor", "pingpong"):
        documents = rename(documents, label, f"{label} {HOSTILE}")
    documents["run"]["plan"]["name"] = HOSTILE
    documents["run"]["argv"].append(HOSTILE)
    documents["run"]["trials"][3].update(status="failed", reason=HOSTILE)
    documents["run"]["host"][HOSTILE] = HOSTILE
    documents["comparison"]["sentence"] = HOSTILE
    for row in documents["comparison"]["rows"]:
        row["note"] = HOSTILE
    return documents


def many_phases():
    """Twelve phases, some with long labels: more than there are colours."""
    documents = load()
    run = documents["run"]
    for number, label in enumerate(("a-phase-with-quite-a-long-label", "b", "c-und-\u00e4\u00f6\u00fc"), 1):
        run["phases"].append({**run["phases"][0], "label": label})
        run["trials"] += [{**copy.deepcopy(t), "phase": label} for t in run["trials"] if t["phase"] == "baseline"]
        for trial in run["trials"]:
            if trial["phase"] == label:
                trial["metrics"]["throughput"]["value"] *= 1 + number / 7
        for name, key in (("explanation", "would_blocks"), ("histograms", "histograms")):
            documents[name][key] += [{**e, "phase": label} for e in documents[name][key] if e["phase"] == "baseline"]
    return documents


def one_phase():
    """A run of one phase and one workload: nothing to compare with."""
    documents = load()
    run = documents["run"]
    run["phases"], run["plan"]["phases"] = run["phases"][:1], run["plan"]["phases"][:1]
    run["plan"]["workloads"] = run["plan"]["workloads"][1:]
    run["trials"] = [t for t in run["trials"] if t["phase"] == "baseline" and t["workload"] == "streaming"]
    run["traces"] = []
    return {"run": run}


def nothing_good():
    """Every trial failed, every number is null."""
    documents = load()
    for trial in documents["run"]["trials"]:
        trial.update(status="failed", reason="the worker ended", metrics={}, checks=[], counters={})
    for trace in documents["run"]["traces"]:
        trace.update(status="failed", reason="strace ended", stages=[], checks=[])
    for row in documents["comparison"]["rows"]:
        row.update(baseline=None, current=None, effect=None, effect_lo=None, effect_hi=None, verdict="void", note="no good block")
    for list_of in (documents["comparison"]["counted"], documents["explanation"]["would_blocks"], documents["comparison"]["witnesses"]):
        for entry in list_of:
            for key, value in entry.items():
                if isinstance(value, (int, float, dict)):
                    entry[key] = None
    documents["histograms"]["histograms"] = []
    return documents


def curves():
    """A sweep: a phase whose would-blocks fall, one that has none, one that was not counted."""
    documents = load()
    points = {"baseline": ((2, 1), (0.5, 0.25), (0.03, 0.015)), "core": ((1, 0), (0.3, 0), (0.02, 0))}
    phases = []
    for phase in documents["run"]["phases"]:
        counted = points.get(phase["label"])
        phases.append({"phase": phase["label"], "probe": "hooks" if counted else None,
                       "text": "its would-blocks fall." if phase["label"] == "baseline" else "the same words.",
                       "points": [{"messages": 2000, "receives_per_message": reads, "would_blocks_per_message": failed,
                                   "found_share": 1 - failed / reads} for reads, failed in counted] if counted else
                                 [{"messages": None, "receives_per_message": None, "would_blocks_per_message": None,
                                   "found_share": None}] * 3})
    documents["explanation"]["curves"] = [{"title": "pingpong", "name": "pingpong", "option": "window", "values": [1, 4, 64],
                                           "workloads": ["pingpong", "streaming", "c"], "phases": phases}]
    return documents


def doses():
    """With probes that watched, what that cost, and a series of doses."""
    documents = load()
    comparison = documents["comparison"]
    phase = documents["run"]["phases"][0]["label"]
    at = {"workload": "pingpong", "phase": phase}
    counts = {"messages": 2000, "receives": 4000, "would_blocks": 2000, "received_bytes": 132000, "sends": 2000,
              "sent_bytes": 132000, "waits": 2004, "wakeups": 2003}
    interval = {"lo": 1.1, "hi": 1.14}
    comparison["probed"] = [{**at, "trial": trial, "probe": probe, **counts, "allocations": allocations, "agree": agree}
                            for trial, probe, allocations, agree in (("strace", "strace", None, None), ("strace", "interpose", 15, True),
                                                                     ("interpose", "strace", None, False))]
    comparison["sites"] = [{**at, "call": "recvfrom", "site": "pr_read in libproctor.so (core/read.c:57)", "calls": 4000,
                            "calls_per_message": 2, "would_blocks_per_message": 1}]
    comparison["disturbance"] = [{**at, "probe": "perf", "metric": "time", "ratio": 1.12, **interval, "blocks": 10}]
    watched = documents["run"]["phases"][0]
    documents["run"]["phases"].append({**watched, "label": phase + "+perf", "options": {**watched["options"], "watch": "perf"}})
    comparison["doses"] = [{"workload": "pingpong", "phases": [phase + "+0", phase + "+1", phase + "+4"], "of": phase, "dose": "recv",
                            "place": "receive", "metric": "cpu", "blocks": 10, "slope_ns": 180, "lo": 160, "hi": 200,
                            "points": [{"phase": f"{phase}+{count}", "count": count, "added": count, "ratio": 1 + 0.05 * count,
                                        "lo": 1 + 0.04 * count, "hi": 1 + 0.06 * count if count < 4 else None}
                                       for count in (0, 1, 4)],
                            "made": 1, "gain": -0.05, "gain_lo": -0.06, "gain_hi": -0.04,
                            "beside": [{"phase": "reactive", "made": 0, "foretold": -0.05, "foretold_lo": -0.06, "foretold_hi": -0.04,
                                        "measured": -0.035, "measured_lo": -0.05, "measured_hi": -0.02}],
                            "text": "one read that finds nothing more costs 180 ns of CPU time per message"}]
    return documents


def stalls():
    """A stalled reader: a phase that loses messages, one whose kernel nobody sees; and what its size check costs."""
    documents = load()
    labels = [phase["label"] for phase in documents["run"]["phases"]]
    workload = documents["run"]["plan"]["workloads"][0]
    workload.update(label="stall", name="backpressure", options={"size": 64, "stall": "once", "stall-time": "500ms", "peers": 1})
    columns = ["at_ns", "stage", "sent", "received", "engine_bytes", "receiver_bytes", "kernel_bytes", "window", "resident", "cpu_ns"]
    phases, walks = [], []
    for number, label in enumerate(labels):
        known = number < 2
        points = [[i * 20_000_000, int(i > 5) + int(i > 30), i * 1000, i * 500, i * 33000, i * 33000 if known else None,
                   i * 1000 if known else None, 65536 if known else None, 10**7 + i * 33000, i * 10**6] for i in range(40)]
        stall = dict.fromkeys(("began_ns", "first_ns", "last_ns", "ended_ns"), 1) | {"stalled_ns": 120_000_000, "released_ns": 620_000_000, "backlog": 3}
        documents["run"]["trials"].append({"phase": label, "workload": "stall", "block": 1, "status": "ok", "reason": None, "probes": ["hooks"],
                                           "metrics": {}, "checks": [], "counters": {},
                                           "pressure": {"stalls": [stall], "line": {"columns": columns, "points": points}}})
        phases.append({"phase": label, "trials": 8, "messages": 100000, "messages_lost": 159656 if number == 1 else 0, "messages_reordered": 0,
                       "messages_duplicated": 0, "disconnects": 1 if number == 1 else 0 if known else None, "absorbed_bytes": 10485760 if known else None,
                       "engine_bytes_peak": 2**20, "zero_window_time": 0 if known else None, "release_to_last": 5e6})
        if known:
            walks.append({"workload": "stall", "phase": label, "size_check": ("walk", "counter")[number], "read_bytes": 8192, "base_ns": 3000.0,
                          "step_ns": 25.0 * number, "step_lo": None, "step_hi": None, "text": f"A read costs {label} something.",
                          "points": [{"buffers": 100.0 * i, "ns": 3000 + 2500.0 * i * number} for i in range(20)]})
    documents["explanation"]["pressure"] = [{"workload": "stall", "texts": ["While the reader stalled for 500ms: one lost some."], "phases": phases}]
    documents["explanation"]["walks"] = walks
    return documents


def samples(times=True, label="baseline"):
    """Slices of every trial: two void, some far off; a line that is cut, and one of a phase that nobody knows."""
    rng, lines, now = random.Random(11), [], 5_000_000_000
    for trial in load()["run"]["trials"]:
        for number in (1, 2, 3):
            elapsed = int(1e6 * (1 + 0.2 * rng.random()) * (3 if rng.random() < 0.02 else 1))
            line = {"phase": trial["phase"], "workload": trial["workload"], "block": trial["block"], "slice": number, "position": 1,
                    "predecessor": None, "start_ns": now, "messages": 100, "elapsed_ns": elapsed, "cpu_ns": elapsed,
                    "control_ns": 80000 + rng.randrange(4000), "status": trial["status"]}
            now += elapsed + 100000
            if not times:
                del line["start_ns"]
            if (trial["block"], number, trial["phase"]) == (2, 3, label):
                line.update(void=f"baseline did not sleep {HOSTILE}", sleeper="baseline")
            lines.append(json.dumps(line))
    lines.insert(3, json.dumps({**json.loads(lines[3]), "phase": "nobody"}))
    return "\n".join(lines) + '\n{"phase": "base'


def calm_course():
    """One workload, nothing far off and nothing void: gnuplot dies of hover texts that are none."""
    lines = [{**json.loads(line), "elapsed_ns": 1000000 + number, "control_ns": 80000} for number, line in enumerate(samples().splitlines()[:-1])]
    for line in lines:
        line.pop("void", None)
    return {**load(), "samples.jsonl": "".join(json.dumps(line) + "\n" for line in lines)}


def sweep():
    """A plan that the command line changed, with a workload at three loads and one that is unlike them."""
    documents = load()
    run = documents["run"]
    run["argv"] = ["proctor", "run", "--phase", "a", "--workload", "paced,rate=sweep"]
    options = {"size": 64, "rate": 5000, "gaps": "constant"}
    run["plan"]["workloads"] = [{"name": "paced", "label": f"paced,rate={rate}", "options": {**options, "rate": rate}}
                                for rate in (5000, 10000, 20000)] + [{"name": "streaming", "label": "streaming", "options": {"size": 64}}]
    documents["comparison"]["workloads"] = [workload["label"] for workload in run["plan"]["workloads"]]
    for row in documents["comparison"]["rows"]:
        row.update(verdict="inconclusive", gating=True)
    return documents


def grid():
    """Sizes times connections, of which one cell is missing; the phase reactive is faster or slower, once undecided."""
    documents = load()
    cells = [(size, connections) for size in (64, 1024) for connections in (1, 8, 64)][:-1]
    documents["run"]["plan"]["workloads"] = [{"name": "fanin", "label": f"f{size}-{connections}", "options": {
        "size": size, "count": size, "connections": connections, "transport": "tcp"}} for size, connections in cells]
    labels = [workload["label"] for workload in documents["run"]["plan"]["workloads"]]
    row = next(row for row in documents["comparison"]["rows"] if row["metric"] == "throughput" and row["phase"] == "reactive")
    side = {"value": 1000000, "lo": 990000, "hi": 1010000, "n": 10}
    documents["comparison"].update(workloads=labels, rows=[{
        **row, "workload": label, "baseline": side, "current": side, "effect": -0.4 + 0.2 * number, "effect_lo": None, "effect_hi": None,
        "verdict": "inconclusive" if number == 2 else "improved"} for number, label in enumerate(labels)])
    documents["run"]["trials"] = [{**trial, "workload": labels[number % len(labels)]} for number, trial in enumerate(documents["run"]["trials"])]
    return documents


def course():
    documents = load()
    before = {"uptime_s": 4.9, "own_cpu_ms": 0, "cpu_steal_ms": 0, "cpu_user_ms": 0, "cpu_nice_ms": 0, "cpu_system_ms": 0, "cpu_irq_ms": 0,
              "cpu_softirq_ms": 0}
    documents["run"]["noise"] = {"before": before, "after": before, "during": [
        {**before, "block": block, "uptime_s": 4.9 + block, "cpu_user_ms": 1500 * block, "own_cpu_ms": 1000 * block, "cpu_steal_ms": 10 * block}
        for block in range(1, 11)]}
    return {**documents, "samples.jsonl": samples()}


def gated():
    """The checks of a gate: one of each result, and one of messages."""
    documents = load()
    check = {"workload": "streaming", "phase": "reactive", "metric": "throughput", "threshold": 0.02, "verdict": "regressed", "effect": -0.063,
             "effect_lo": -0.08, "effect_hi": -0.05, "p_adjusted": 0.001, "mde": 0.01, "floor": None, "note": "worse by at least 5.0 %"}
    lost = {**check, "metric": "messages_lost", "effect": None, "note": "0 messages", "result": "pass"}
    checks = [{**check, "result": result} for result in ("pass", "cannot-tell", "fail", "refused")] + [lost]
    return {**documents, "gate": {"format": "proctor.gate", "version": 1, "baseline": "baseline", "exit_status": 1, "pass": 2, "fail": 1,
                                  "refused": 1, "cannot-tell": 1, "checks": checks}}


def batched():
    """Sizes of receives and sends, and what calls cost."""
    documents = load()
    run = documents["run"]
    run["calibration"] = {name: {"ns": ns} for name, ns in (("recv_small", 240), ("recv_empty", 130), ("send_small", 900), ("epoll_wait", 200),
                                                            ("eventfd", 120), ("switch", 600))}
    classes = ("lt_128", "lt_1k", "lt_8k", "lt_64k", "ge_64k")
    for trial in run["trials"]:
        calls = (50, 0, 30, 20, 0) if trial["workload"] == "streaming" else (100, 0, 0, 0, 0)
        if trial["phase"] in ("baseline", "core"):
            trial["messages"] = 800 if trial["workload"] == "streaming" else 100
            trial["counters"] = {"hooks": {"recv_bytes": 66 * trial["messages"], "send_bytes": 66 * trial["messages"],
                                           **{f"{way}_size_{name}": count for way in ("recv", "send") for name, count in zip(classes, calls)}}}
    return documents


def mangle(value, rng):
    """A twentieth of all leaves becomes something that should not be there."""
    if isinstance(value, dict):
        return {key: mangle(item, rng) for key, item in value.items()}
    if isinstance(value, list):
        return [mangle(item, rng) for item in value]
    return rng.choice([None, "", -1, 0, 1e300, -1e300, 1e-300, [], {}, True, "x"]) if rng.random() < 0.05 else value


VARIANTS = {
    "complete": load,
    "course": course,
    "course of an older run": lambda: {**load(), "samples.jsonl": samples(times=False)},
    "calm course": calm_course,
    "sweep": sweep,
    "grid": grid,
    "mangled grid": lambda: mangle(grid(), random.Random(14)),
    "samples that are none": lambda: {**load(), "samples.jsonl": '{"block": 1}\n[]\n\0\n' + "x" * 5000},
    "gated": gated,
    "mangled gate": lambda: mangle(gated(), random.Random(12)),
    "batched": batched,
    "mangled batches": lambda: mangle(batched(), random.Random(13)),
    "curves": curves,
    "mangled curves": lambda: mangle(curves(), random.Random(8)),
    "stalls": stalls,
    "mangled stalls": lambda: mangle(stalls(), random.Random(9)),
    "hostile": hostile,
    "many phases": many_phases,
    "one phase": one_phase,
    "nothing good": nothing_good,
    "run alone": lambda: {"run": load()["run"]},
    "no histograms": lambda: {**load(), "histograms": None},
    "empty documents": lambda: {"run": {"format": "proctor.run", "version": 1}, "comparison": {}, "explanation": {}, "histograms": {}},
    "mangled": lambda: mangle(load(), random.Random(3)),
    "wrong types": lambda: {"run": {"trials": 3, "phases": {"a": 1}, "plan": [], "created": 7, "argv": "x"}, "comparison": {"rows": [1, None, {}]},
                            "explanation": {"would_blocks": "x", "causes": [[]]}, "histograms": {"histograms": [{"buckets": [1, [2], ["a", "b"]]}]}},
}
