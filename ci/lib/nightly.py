#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""nightly.py [OPTION]... - one night: measure, gate, remember, confirm, show.  See ci/nightly."""
import argparse
import datetime
import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time

import nightly_summary

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORSE, USAGE, INCONCLUSIVE, VOID, FAILED, INTERRUPTED = 1, 2, 3, 4, 5, 130
VERDICTS = {0: "nothing new is worse", WORSE: "worse", INCONCLUSIVE: "inconclusive", VOID: "nothing measured", FAILED: "failed"}
OVERLAP = 20  # nights in which an old and a new reference are both measured
GRACE_S = 60  # what a run may take longer than it was given, before it is interrupted and keeps what it has
METRICS = ("throughput", "latency_p50", "cpu_per_message")
TIMES = {"ms": 1e-3, "s": 1, "m": 60, "h": 3600, "": 1}


class Failure(Exception):
    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


def say(sentence):
    print(f"== {sentence}", file=sys.stderr, flush=True)


def write(path, text):
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(f"{path}.tmp", path)


def write_json(path, value):
    write(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path, otherwise):
    if not os.path.exists(path):
        return otherwise
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def seconds(text):
    found = re.fullmatch(r"([0-9.]+)(ms|s|m|h|)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"'{text}' is no time; write it as 90s, 20m or 1h")
    return float(found[1]) * TIMES[found[2]]


def night(text):
    for shape in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"):
        try:
            return datetime.datetime.strptime(text, shape).replace(tzinfo=datetime.timezone.utc)
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"'{text}' is no time; write it as 2026-11-25 or 2026-11-25T03:00:00Z")


def arguments():
    parser = argparse.ArgumentParser(prog="ci/nightly", add_help=False, allow_abbrev=False)
    parser.add_argument("--state", default=os.path.join(ROOT, "nightly"))
    for name in ("store", "library", "reference", "source", "commit", "branch", "machine", "policy"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--plan", default="nightly")
    parser.add_argument("--engine", default="core")
    parser.add_argument("--budget", type=seconds, default=1200)
    parser.add_argument("--blocks", type=int)
    parser.add_argument("--keep", type=int, default=60)
    parser.add_argument("--date", type=night, default=datetime.datetime.now(datetime.timezone.utc))
    parser.add_argument("--repin", action="store_true")
    parser.add_argument("--strict", action="store_true")
    given = parser.parse_args()
    given.state = os.path.abspath(given.state)
    given.source = os.path.abspath(given.source or ROOT)
    given.store = given.store or os.path.join(given.state, "history.db")
    given.library = os.path.realpath(given.library or os.path.join(ROOT, "build/libproctor.so"))
    return given


class Night:
    """One execution.  What is found is gathered in found, for status.json and the summary."""

    def __init__(self, given):
        self.given, self.end = given, time.monotonic() + given.budget
        self.time = given.date.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.proctor = os.environ.get("PROCTOR", os.path.join(ROOT, "build/proctor"))
        self.tonight = os.path.join(given.state, "tonight")
        self.run = self.free_name(os.path.join(given.state, "runs", given.date.strftime("%Y%m%d-%H%M%S")))
        self.commit = given.commit or self.git("rev-parse", "HEAD")
        self.branch = given.branch or self.git("rev-parse", "--abbrev-ref", "HEAD") or ""
        self.references = read_json(self.references_file(), [])
        self.found = {"format": "proctor.nightly", "version": 1, "time": self.time, "commit": self.commit, "branch": self.branch, "baseline": None,
                      "run": None, "number": None, "status": FAILED, "verdict": VERDICTS[FAILED], "sentence": "", "gate": None, "same": [], "looked": [],
                      "changes": [], "coverage": [], "notes": []}

    # ---- small things ----

    @staticmethod
    def free_name(path):
        name, number = path, 1
        while os.path.exists(name):
            number += 1
            name = f"{path}.{number}"
        return name

    def references_file(self):
        return os.path.join(self.given.state, "reference", "references.json")

    def git(self, *words):
        answer = subprocess.run(["git", "-C", self.given.source, *words], capture_output=True, text=True, check=False)
        return answer.stdout.strip() if answer.returncode == 0 else None

    def left(self):
        return max(0.0, self.end - time.monotonic())

    def call(self, *words, accept=(0,), limit=None):
        """Status and standard output of a command of proctor.  What takes too long is asked to stop, and keeps what it has."""
        child = subprocess.Popen([self.proctor, *words], stdout=subprocess.PIPE, text=True, encoding="utf-8")
        try:
            output, _ = child.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)
            output, _ = child.communicate()
        except KeyboardInterrupt:
            child.communicate()
            raise
        if child.returncode not in accept:
            raise Failure(FAILED if child.returncode != VOID else VOID, f"proctor {' '.join(words[:2])} ended with status {child.returncode}; see above")
        return child.returncode, output

    def history(self, *words, accept=(0,), limit=None):
        return self.call("history", *words, "--store", self.given.store, accept=accept, limit=limit)

    def document(self, *words):
        return json.loads(self.history("list", *words, "--format", "json")[1])

    # ---- the reference ----

    def pin(self, file, commit):
        """Keeps a copy: what was pinned must not change when it is built again."""
        number = len(self.references) + 1
        label = "reference" if number == 1 else f"reference-{number}"
        copy = os.path.join(self.given.state, "reference", f"{label}-{os.path.basename(file)}")
        shutil.copyfile(file, copy)
        self.references.append({"label": label, "file": copy, "commit": commit, "since": self.time, "nights": 0})
        write_json(self.references_file(), self.references)
        say(f"{label} is {file}" + (f" of {commit}" if commit else ""))

    def find_references(self):
        given = self.given
        if not os.path.exists(given.library):
            raise Failure(FAILED, f"{given.library} is not there; build it, or say with --library what is measured")
        if not self.references:
            self.pin(os.path.realpath(given.reference or given.library), None if given.reference else self.commit)
        elif given.repin:
            self.pin(given.library, self.commit)
        elif given.reference:
            self.found["notes"].append("--reference counts the first time only; --repin changes it")
        active = self.references[-2:] if self.references[-1]["nights"] < OVERLAP else self.references[-1:]
        self.found["baseline"] = active[0]["label"]
        return active

    # ---- tonight ----

    def phases(self, active):
        """The first reference twice: how far it is apart from itself says what tonight can tell."""
        engine = self.given.engine
        builds = [(active[0]["label"], active[0]["file"]), ("again", active[0]["file"])]
        builds += [(one["label"], one["file"]) for one in active[1:]] + [("current", self.given.library)]
        return [word for label, file in builds for word in ("--phase", f"{label}={engine},lib={file}")]

    def measure(self, active):
        length = ["--blocks", str(self.given.blocks)] if self.given.blocks else ["--time", f"{max(1, int(self.left() / 2))}s"]
        limit = None if self.given.blocks else self.left() / 2 + GRACE_S
        say(f"measuring {self.commit or self.given.library} against {active[0]['commit'] or active[0]['file']} into {self.run}")
        status, _ = self.call("run", self.given.plan, *self.phases(active), *length, "-q", "-o", self.run, accept=(0, VOID, INTERRUPTED), limit=limit)
        self.found["run"] = self.run
        link = os.path.join(self.tonight, "run")
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(os.path.relpath(self.run, self.tonight), link)
        if status == VOID:
            raise Failure(VOID, f"nothing was measured; {self.run}/run.json has the reasons")

    def gate(self):
        policy = self.given.policy
        if policy is None:
            policy = os.path.join(self.tonight, "policy.json")
            rules = [{"metric": metric, "phase": "current"} for metric in METRICS]
            write_json(policy, {"format": "proctor.policy", "version": 1, "baseline": self.found["baseline"], "rules": rules})
        _, text = self.call("gate", self.run, "--policy", policy, "--junit", os.path.join(self.tonight, "gate.xml"), "--format", "json",
                            accept=(0, WORSE, INCONCLUSIVE, VOID))
        write(os.path.join(self.tonight, "gate.json"), text)
        self.found["gate"] = json.loads(text)

    def compare_with_itself(self):
        _, text = self.call("compare", self.run, "--baseline", self.found["baseline"], "--format", "json", accept=(0, WORSE, INCONCLUSIVE, VOID))
        keys = ("workload", "metric", "effect", "effect_lo", "effect_hi", "floor", "verdict")
        self.found["same"] = [{key: row[key] for key in keys} for row in json.loads(text)["rows"] if row["phase"] == "again" and row.get("gating")]

    # ---- the history ----

    def remember(self, active):
        about = ["--time", self.time, "--branch", self.branch]
        about += ["--commit", self.commit] if self.commit else []
        about += ["--machine", self.given.machine] if self.given.machine else []
        for one in reversed(active):
            _, text = self.history("add", self.run, "--baseline", one["label"], *about)
        self.found["number"] = int(re.search(r"\brun (\d+)", text)[1])
        (row,) = [run for run in self.document("runs", "--baseline", self.found["baseline"])["runs"] if run["id"] == self.found["number"]]
        self.machine = row["machine"]
        self.found["coverage"] = self.document("coverage", "--run", str(self.found["number"]))["coverage"]
        self.references[-1]["nights"] += 1
        write_json(self.references_file(), self.references)
        self.release()
        for name, form in (("metrics.txt", "openmetrics"), ("bmf.json", "bmf")):
            write(os.path.join(self.tonight, name), self.history("export", "--format", form, "--run", str(self.found["number"]))[1])

    def release(self):
        """Tags on what was measured are releases, from the first night on that saw them."""
        known = {(one["name"], one["branch"]) for one in self.document("releases")["releases"]}
        for tag in (self.git("tag", "--points-at", self.commit) or "").split() if self.commit else ():
            if (tag, self.branch) not in known:
                self.history("release", tag, "--commit", self.commit, "--branch", self.branch, "--time", self.time)

    def which(self):
        """The series of tonight; names may hold what patterns mean otherwise."""
        exact = {"branch": self.branch, "machine": self.machine, "baseline": self.found["baseline"], "phase": "current"}
        return [word for option, text in exact.items() for word in (f"--{option}", re.sub(r"([*?\[\\])", r"\\\1", text))]

    def confirm(self):
        runs = [word for folder in ("runs", ".") for word in ("--runs", os.path.join(self.given.state, folder))]
        budget = max(1, int(self.left() * 0.9))
        _, text = self.history("confirm", *self.which(), *runs, "-o", os.path.join(self.given.state, "runs", "confirm"), "--budget", f"{budget}s",
                               "--format", "json", accept=(0, WORSE, INCONCLUSIVE), limit=budget + GRACE_S)
        self.found["looked"] = json.loads(text)["changes"]
        self.found["changes"] = self.document("changes", *self.which())["changes"]
        for change in self.found["changes"] + self.found["looked"]:
            change["commits"] = self.commits(change)
        write_json(os.path.join(self.tonight, "changes.json"), self.found["changes"])

    def commits(self, change):
        """Hash and subject of what may have done it, the newest first, as far as git knows."""
        pair = change["pair"]
        if not pair["first"]:
            return []
        span = f"{pair['last_good']}..{pair['first']}" if pair["last_good"] else pair["first"]
        text = self.git("log", "--format=%H %s", "-n", "20" if pair["last_good"] else "1", span, "--")
        return text.splitlines() if text else []

    # ---- pages ----

    def show(self):
        self.call("report", self.run)
        _, text = self.call("-h")
        if not re.search(r"^ +dashboard\b", text, re.MULTILINE):
            self.found["notes"].append("this proctor writes no dashboard yet; `proctor history list` has the nights")
            return
        self.call("dashboard", "--store", self.given.store, "-o", os.path.join(self.given.state, "dashboard"))

    def tidy(self):
        """Old run directories go; the libraries in them stay, because a change may still be asked about."""
        runs, kept = os.path.join(self.given.state, "runs"), os.path.join(self.given.state, "libraries")
        names = sorted(name for name in os.listdir(runs) if re.fullmatch(r"\d{8}-\d{6}(\.\d+)?", name))
        for name in names[:-self.given.keep] if self.given.keep > 0 else []:
            folder = os.path.join(runs, name, "libraries")
            for library in os.listdir(folder) if os.path.isdir(folder) else []:
                os.makedirs(kept, exist_ok=True)
                shutil.move(os.path.join(folder, library), os.path.join(kept, library))
            shutil.rmtree(os.path.join(runs, name))

    # ---- the answer ----

    def unexplained(self):
        """Rows that fail the gate and in which no change is known."""
        return unexplained(self.found["gate"]["checks"], self.found["changes"])

    def judge(self):
        """Status and the sentence that leads the summary."""
        found = self.found
        worse, new = confirmed_worse(found["looked"]), fresh(found["looked"], found["changes"])
        opened = [c for c in found["looked"] if c["state"] == "open"]
        apart = [row for row in found["same"] if row["verdict"] in ("regressed", "improved")]
        failing = [c for c in found["gate"]["checks"] if c["result"] == "fail"]
        if new:
            return WORSE, f"{nightly_summary.count(len(new), 'metric')} became worse with {nightly_summary.short(new[0]['first'])}, confirmed side by side"
        if self.given.strict and failing:
            return WORSE, f"{nightly_summary.count(len(failing), 'check')} failed: worse than the reference"
        if found["gate"]["exit_status"] == VOID:
            return VOID, "nothing that decides was measured"
        if apart:
            return INCONCLUSIVE, "the reference differs from itself tonight, so the machine is too restless to tell"
        if opened:
            return INCONCLUSIVE, f"{nightly_summary.count(len(opened), 'change')} could not be decided by a paired run"
        if self.unexplained():
            return INCONCLUSIVE, "worse than the reference, but no night is known since when"
        if found["gate"]["exit_status"] == INCONCLUSIVE:
            return INCONCLUSIVE, "tonight's run could not have seen a change of the size that matters"
        late = f"; {nightly_summary.count(len(worse), 'more metric')} worse with {nightly_summary.short(worse[0]['first'])}, known" if worse else ""
        known = f"; {nightly_summary.count(len(failing), 'check')} still worse than the reference, known" if failing else ""
        return 0, f"nothing new is worse{late}{known}"

    def go(self):
        active = self.find_references()
        self.measure(active)
        self.gate()
        self.compare_with_itself()
        self.remember(active)
        self.confirm()
        self.show()
        self.tidy()
        return self.judge()

    def tell(self, status, sentence):
        found = self.found
        found.update(status=status, verdict=VERDICTS.get(status, "interrupted"), sentence=sentence)
        write_json(os.path.join(self.tonight, "status.json"), found)
        summary = nightly_summary.markdown(found, self.given.state)
        write(os.path.join(self.tonight, "summary.md"), summary)
        if os.environ.get("GITHUB_STEP_SUMMARY"):
            with open(os.environ["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as file:
                file.write(summary)
        if os.environ.get("GITHUB_OUTPUT"):
            with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:
                file.write(nightly_summary.outputs(found, self.given.state))
        if os.environ.get("GITHUB_ACTIONS"):
            print(nightly_summary.annotations(found), end="")
        say(f"{self.time}: {found['verdict']}: {sentence}")
        say(f"{os.path.join(self.tonight, 'summary.md')} has the rest")


def unexplained(checks, changes):
    """The checks that fail though no change is known in the same workload and phase: one cause worsens several metrics, and
    not each of them is seen in the first night."""
    known = {(c["workload"], c["phase"]) for c in changes if c["state"] in ("confirmed", "intended") and not c["better"]}
    return [c for c in checks if c["result"] == "fail" and (c["workload"], c["phase"]) not in known]


def confirmed_worse(changes):
    return [c for c in changes if c["state"] == "confirmed" and not c["better"]]


def fresh(looked, changes):
    """What tonight confirmed to be worse, with a commit of which nobody knew: noise hides some metrics of a change from its first
    night, and they are confirmed later."""
    tonight = {(c["case"], c["run"]) for c in looked}
    known = {c["first"] for c in changes if (c["case"], c["run"]) not in tonight and c["state"] in ("confirmed", "intended") and not c["better"]}
    return [c for c in confirmed_worse(looked) if c["first"] is None or c["first"] not in known]


def only_one(state):
    """Held as long as the program runs."""
    lock = open(os.path.join(state, "lock"), "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Failure(FAILED, f"another ci/nightly is running on {state}; wait for it, or give another --state") from None
    return lock


def main():
    given = arguments()
    quiet = f"proctor-{secrets.token_hex(8)}" if os.environ.get("GITHUB_ACTIONS") else None
    one = None
    try:
        for folder in ("tonight", "runs", "reference"):
            os.makedirs(os.path.join(given.state, folder), exist_ok=True)
        lock = only_one(given.state)
        one = Night(given)
        if quiet:  # what programs print must not be taken for commands
            print(f"::stop-commands::{quiet}", flush=True)
        status, sentence = one.go()
    except Failure as failure:
        status, sentence = failure.status, str(failure)
    except KeyboardInterrupt:
        status, sentence = INTERRUPTED, "interrupted"
    if quiet and one:
        print(f"::{quiet}::", flush=True)
    if one:
        one.tell(status, sentence)
        lock.close()
    else:
        say(sentence)
    return status


if __name__ == "__main__":
    sys.exit(main())
