#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`proctor history`: one suite, on SQLite and on a PostgreSQL server that it starts for itself."""
import csv
import io
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import server
from jsonschema import Draft202012Validator

SOURCE = os.environ["PR_SOURCE_DIR"]
PROCTOR = os.path.join(os.environ["PR_BUILD_DIR"], "proctor")
RUNS = os.path.join(SOURCE, "fixtures/run")
sys.path.insert(0, RUNS)
import make  # noqa: E402
import night  # noqa: E402

ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8"}
# A process under strace cannot look for leaks.
TRACED = {**ENVIRONMENT, "ASAN_OPTIONS": "detect_leaks=0"}

with open(f"{SOURCE}/schemas/history.schema.json", encoding="utf-8") as opened:
    SCHEMA = Draft202012Validator(json.load(opened))


SERVER = None


def setUpModule():
    global SERVER
    SERVER, _ = server.find()
    if SERVER is not None:
        SERVER.start()
        unittest.addModuleCleanup(SERVER.stop)


class Case(unittest.TestCase):
    """What both kinds of tests need."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = folder.name

    def call(self, *arguments, **environment):
        return subprocess.run([PROCTOR, "history", *arguments], capture_output=True, text=True, encoding="utf-8", check=False,
                              cwd=self.dir, env={**ENVIRONMENT, "XDG_DATA_HOME": f"{self.dir}/data", **environment})

    def check_refused(self, answer, status, sentence):
        self.assertEqual((answer.returncode, answer.stdout), (status, ""), answer.stderr)
        self.assertIn(sentence, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)

    def run_of(self, name, **changes):
        """A copy of a fixture with members of run.json changed."""
        target = f"{self.dir}/{name}-{len(os.listdir(self.dir))}"
        shutil.copytree(f"{RUNS}/{name}", target)
        with open(f"{target}/run.json", encoding="utf-8") as file:
            run = {**json.load(file), **changes}
        with open(f"{target}/run.json", "w", encoding="utf-8") as file:
            json.dump(run, file)
        return target


class Suite:
    """Runs on every backend: store, ask(sql), frozen() (a store that may only be read)."""

    def history(self, *arguments, **environment):
        return self.call(*arguments, "--store", self.store, **environment)

    def good(self, *arguments):
        answer = self.history(*arguments)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        return answer.stdout

    def document(self, *arguments):
        document = json.loads(self.good(*arguments, "--format", "json"))
        self.assertEqual([e.message for e in SCHEMA.iter_errors(document)], [])
        return document

    def refuse(self, status, sentence, *arguments):
        self.check_refused(self.history(*arguments), status, sentence)

    def runs(self):
        return self.document("list")["runs"]

    # ---- what goes in comes out ----

    def test_points_are_the_rows_of_the_comparison(self):
        self.assertRegex(self.good("add", f"{RUNS}/seed", "--commit", "abc", "--branch", "main", "--machine", "m1"), r"run 1 in .*, 155 points\n")
        answer = subprocess.run([PROCTOR, "compare", f"{RUNS}/seed", "--format", "json"], capture_output=True, check=False,
                                env={**ENVIRONMENT, "XDG_DATA_HOME": f"{self.dir}/data"})
        rows = {(r["workload"], r["phase"], r["metric"]): r for r in json.loads(answer.stdout)["rows"]}
        cases = self.document("export")["cases"]
        self.assertEqual(len(cases), len(rows))
        for case in cases:
            (point,) = case["points"]
            row = rows[case["workload"], case["phase"], case["metric"]]
            self.assertEqual((case["unit"], case["direction"], case["baseline"], case["branch"], case["machine"]),
                             (row["unit"], row["direction"], "baseline", "main", "m1"))
            self.assertEqual((point["revision"], point["time"], point["run"]), ("abc", "2026-11-22T08:00:00Z", 1))
            for key in ("effect", "effect_lo", "effect_hi", "p", "mde", "floor", "gating", "verdict"):
                self.same(point[key], row[key])
            for key in ("value", "lo", "hi"):
                self.same(point[key], row["current"][key])
                self.same(point["base_" + key], row["baseline"][key])
        (run,) = self.runs()
        self.assertEqual((run["exit_status"], run["blocks"], run["plan"], run["reference"][:5]), (1, 10, "seed", "core "))

    def same(self, one, other):
        if isinstance(one, float) or isinstance(other, float):
            self.assertAlmostEqual(one, other, delta=1e-12 * abs(other))
        else:
            self.assertEqual(one, other)

    def test_once_is_enough(self):
        self.good("add", f"{RUNS}/few")
        before = self.good("export", "--format", "csv")
        self.assertEqual(self.good("add", f"{RUNS}/few", "--commit", "other"), f"{RUNS}/few: was added before, as run 1\n")
        self.assertEqual(self.good("export", "--format", "csv"), before)
        self.assertIn("run 2 in", self.good("add", f"{RUNS}/few", "--baseline", "slower"))
        self.assertIn("run 3 in", self.good("add", f"{RUNS}/equal", f"{RUNS}/few"))
        self.assertEqual([(r["id"], r["baseline"]) for r in self.runs()], [(3, "baseline"), (2, "slower"), (1, "baseline")])

    def test_a_packed_run_is_the_same_run(self):
        subprocess.run([PROCTOR, "pack", f"{RUNS}/few", "-o", f"{self.dir}/few.tar.zst"], check=True, capture_output=True)
        self.good("add", f"{self.dir}/few.tar.zst")
        self.assertIn("was added before", self.good("add", f"{RUNS}/few"))

    def test_a_series_is_in_order_of_time(self):
        for day in (3, 1, 2):
            self.good("add", self.run_of("few", seed=day), "--time", f"2026-01-0{day}T03:00:00+01:00", "--commit", f"c{day}")
        filters = ("--phase", "slow*", "--metric", "throughput", "--workload", "stream?ng")
        (case,) = self.document("export", *filters)["cases"]
        self.assertEqual([(p["revision"], p["time"]) for p in case["points"]], [(f"c{d}", f"2026-01-0{d}T02:00:00Z") for d in (1, 2, 3)])
        (case,) = self.document("export", *filters, "--last", "2")["cases"]
        self.assertEqual([p["revision"] for p in case["points"]], ["c2", "c3"])
        rows = list(csv.DictReader(io.StringIO(self.good("export", *filters, "--format", "csv"))))
        self.assertEqual([(r["revision"], r["work"]) for r in rows],
                         [(f"c{d}", "router-router, tcp, size 64, hwm 0, count 200,000, pin spread") for d in (1, 2, 3)])
        (case,) = self.document("list", "cases", *filters)["cases"]
        self.assertEqual((case["points_count"], case["newest"]), (3, "2026-01-03T02:00:00Z"))
        self.assertEqual([r["revision"] for r in self.document("list", "--last", "2")["runs"]], ["c3", "c2"])

    def test_machines_and_branches_are_series_of_their_own(self):
        host = {"cpu_model": "AMD EPYC 7763 (64-Core)", "cpus": 2}
        self.good("add", self.run_of("few", host=host))
        self.good("add", self.run_of("few", host={**host, "kernel": "6.2"}, seed=2), "--branch", "next")
        self.good("add", f"{RUNS}/few", "--machine", "b", "--branch", "next")
        machine = "amd-epyc-7763-64-core-2"
        self.assertEqual({(r["machine"], r["branch"]) for r in self.runs()}, {(machine, ""), (machine, "next"), ("b", "next")})
        self.assertEqual(len({r["host"] for r in self.runs()}), 3)
        self.assertEqual(len(self.document("list", "--branch", "next", "--machine", "amd*")["runs"]), 1)
        self.assertEqual(len(self.document("list", "cases", "--metric", "throughput", "--phase", "slower", "--workload", "streaming")["cases"]), 3)

    def test_another_reference_is_told(self):
        def phases(sha256):
            with open(f"{RUNS}/few/run.json", encoding="utf-8") as file:
                found = json.load(file)["phases"]
            found[0]["library"] = {"path": "/x", "sha256": sha256 * 64, "version": "0.1.0", "build_id": None}
            return found

        self.good("add", self.run_of("few", phases=phases("a")), "--time", "2026-01-01")
        self.good("add", self.run_of("few", phases=phases("a"), seed=2), "--time", "2026-01-02")
        answer = self.history("add", self.run_of("few", phases=phases("b")), "--time", "2026-01-03")
        self.assertEqual(answer.returncode, 0)
        self.assertRegex(answer.stderr, "the baseline baseline is 'core 0.1.0 bbbbbbbbbbbb .*', and was 'core 0.1.0 aaaaaaaaaaaa .*' in run 2: effects")
        (case,) = self.document("export", "--metric", "throughput", "--workload", "streaming")["cases"]
        self.assertEqual([p["reference"][:12] for p in case["points"]], ["core 0.1.0 a"] * 2 + ["core 0.1.0 b"])

    def test_what_a_run_covered(self):
        self.good("add", f"{RUNS}/failed")
        rows = {(r["probe"], r["workload"], r["phase"]): r for r in self.document("list", "coverage")["coverage"]}
        crashes = rows["", "pingpong", "crashes"]
        self.assertEqual((crashes["ok"], crashes["failed"], crashes["reason"]), (0, 8, "the worker ended with signal 11"))
        self.good("add", f"{RUNS}/untraced", "--time", "2027-01-01")
        traces = [r for r in self.document("list", "coverage")["coverage"] if r["probe"] == "strace"]
        self.assertTrue(traces and all(r["skipped"] == 1 and r["reason"] for r in traces))
        self.assertEqual(self.document("list", "coverage", "--run", "1")["coverage"][0]["run"], 1)

    def test_tables_are_for_people(self):
        self.good("add", f"{RUNS}/seed", "--commit", "abc")
        self.assertRegex(self.good("list"), r"RUN +TIME.*\n +1 +2026-11-22T08:00:00Z +abc +unknown +baseline +10 +WORSE\n")
        self.assertIn("latency_p50", self.good("list", "cases"))
        self.assertIn("SKIPPED", self.good("list", "coverage"))
        self.assertIn("nothing of that kind", self.good("list", "--machine", "zzz"))

    def test_every_format_comes_out(self):
        self.good("add", f"{RUNS}/seed")
        for form in ("csv", "otava-csv", "bmf", "github", "go", "openmetrics", "junit"):
            self.assertGreater(len(self.good("export", "--format", form, "--direction", "higher" if form == "github" else "both")), 500)

    # ---- changes ----

    def nights(self, case, effects):
        """A point a night for one case, and nothing else."""
        sql = [f"UPDATE points SET effect = NULL WHERE case_id = {case};"]
        for night, effect in enumerate(effects):
            time = 1700000000 + 86400 * night
            sql += ["INSERT INTO runs (key, kind, time, added, source, baseline, branch, machine, status, revision, reference) VALUES "
                    f"('k{night}', 'run', {time}, 0, 'x', 'baseline', '', 'unknown', 'complete', 'r{night}', 'ref');",
                    f"INSERT INTO points (case_id, time, run_id, gating, effect) SELECT {case}, {time}, id, 1, {effect!r} FROM runs WHERE key = 'k{night}';"]
        self.ask("".join(sql))

    def case_of(self, metric):
        (case,) = self.document("list", "cases", "--metric", metric, "--workload", "streaming", "--phase", "slower")["cases"]
        return case["id"]

    def test_a_step_is_found_where_it_was_made(self):
        self.good("add", f"{RUNS}/few")
        rng = random.Random(1)
        self.nights(self.case_of("throughput"), [(0.01 if night < 16 else -0.04) + rng.gauss(0, 0.005) for night in range(26)])
        (change,) = self.document("list", "changes")["changes"]
        self.assertEqual((change["kind"], change["last_good"], change["first"], change["better"], change["nights"], change["same_reference"]),
                         ("level", "r15", "r16", False, 10, True))
        self.assertAlmostEqual(change["before"], 0.01, delta=0.005)
        self.assertAlmostEqual(change["after"], -0.04, delta=0.005)
        self.assertRegex(self.good("list", "changes"), r"2023-11-30T.* streaming +slower +throughput +\+1\.\d %.*no +r15 +r16 +10 open\n")
        self.assertEqual(self.document("list", "changes", "--metric", "latency*")["changes"], [])

    def test_what_people_say_of_a_change(self):
        self.good("add", f"{RUNS}/few")
        case, rng = self.case_of("throughput"), random.Random(1)
        self.nights(case, [(0 if night < 12 else 0.1) + rng.gauss(0, 0.005) for night in range(20)])
        (change,) = self.document("list", "changes")["changes"]
        self.assertEqual((change["case"], change["first"], change["state"], change["note"]), (case, "r12", "open", None))
        near = str(change["run"] + 2)
        self.assertIn(f"the change of case {case} at run {near} is rejected", self.good("mark", str(case), near, "rejected"))
        self.assertEqual(self.document("list", "changes")["changes"][0]["state"], "rejected")
        self.good("mark", str(case), str(change["run"]), "confirmed")
        self.good("mark", str(case), str(change["run"]), "intended", "--note", "larger reads")
        (change,) = self.document("list", "changes")["changes"]
        self.assertEqual((change["state"], change["note"]), ("intended", "larger reads"))
        self.refuse(2, f"case {case} has no point of run 99; `proctor history list changes` shows both numbers", "mark", str(case), "99", "confirmed")
        self.good("prune", "--run", str(change["run"]))
        self.assertEqual(self.document("list", "changes")["changes"][0]["state"], "rejected")

    def test_a_sudden_step(self):
        self.good("add", f"{RUNS}/few")
        rng = random.Random(2)
        self.nights(self.case_of("cpu_per_message"), [rng.gauss(0, 0.005) for _ in range(12)] + [-0.2])
        (change,) = self.document("list", "changes")["changes"]
        self.assertEqual((change["kind"], change["metric"], change["first"], change["better"]), ("sudden", "cpu_per_message", "r12", True))

    # ---- a change is put to the test ----

    GOOD, BAD, REFERENCE = b"good", b"bad", b"reference"

    def night(self, number, library, speed=1.0, **more):
        """Adds a run of a night: the build of that night against the reference; gives its folder."""
        folder = f"{self.dir}/night-{number}"
        phases = [make.Phase("reference"), make.Phase("current", speed=speed, cpu=1 / speed)]
        night.Night(phases, {"reference": self.REFERENCE, "current": library}, seed=number, **more).write(folder)
        self.good("add", folder, "--commit", f"c{number}", "--time", f"2026-01-{number:02}")
        return folder

    def five_nights(self, speed=0.9, **more):
        return [self.night(n, self.GOOD if n < 4 else self.BAD, 1.0 if n < 4 else speed, **more) for n in range(1, 6)]

    def paired(self, speed, **more):
        folder = f"{self.dir}/paired-{len(os.listdir(self.dir))}"
        phases = [make.Phase("last-good"), make.Phase("first-bad", speed=speed, cpu=1 / speed)]
        libraries = more.pop("libraries", {"last-good": self.GOOD, "first-bad": self.BAD})
        return night.Night(phases, libraries, **{"seed": 77, "blocks": 20, **more}).write(folder)

    def confirm(self, status, *arguments):
        answer = self.history("confirm", "--format", "json", *arguments)
        self.assertEqual(answer.returncode, status, answer.stderr)
        document = json.loads(answer.stdout)
        self.assertEqual([e.message for e in SCHEMA.iter_errors(document)], [])
        return document["changes"], answer.stderr

    def test_the_gate_decides_while_there_are_few_nights(self):
        self.five_nights()
        changes = self.document("list", "changes")["changes"]
        self.assertEqual({(c["kind"], c["first"], c["last_good"], c["good_run"], c["run"], c["nights"], c["state"]) for c in changes},
                         {("gate", "c4", "c3", 3, 4, 2, "open")})
        self.assertTrue({("streaming", "throughput"), ("pingpong", "latency_p50")} <= {(c["workload"], c["metric"]) for c in changes})
        self.assertEqual({c["better"] for c in changes}, {False})

    def test_the_plan_of_a_paired_run(self):
        folders = self.five_nights()
        plan = json.loads(self.good("confirm", "--dry-run", "--workload", "streaming"))
        libraries = {p["label"]: p["options"].pop("lib") for p in plan["phases"]}
        self.assertEqual(list(libraries), ["last-good", "first-bad"])
        for label, folder, content in (("last-good", folders[2], b"good"), ("first-bad", folders[3], b"bad")):
            with open(libraries[label], "rb") as file:
                self.assertEqual((file.read(), os.path.commonpath([libraries[label], folder])), (content, folder))
        self.assertEqual(({p["engine"] for p in plan["phases"]}, [w["label"] for w in plan["workloads"]], list(plan["slices"])),
                         ({"core"}, ["streaming"], ["streaming"]))
        self.assertEqual((plan["blocks"] >= 20, plan["traces"], "seed" in plan), (True, 0, False))
        self.assertEqual(json.loads(self.good("confirm", "--dry-run", "--blocks", "33"))["blocks"], 33)
        answer = subprocess.run([PROCTOR, "run", "-", "--dry-run"], input=json.dumps(plan), capture_output=True, text=True, check=False)
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_a_change_is_confirmed_once(self):
        self.five_nights()
        changes, _ = self.confirm(1, "--from", self.paired(0.9))
        self.assertEqual({(c["state"], c["said_by"], c["first"], c["last_good"]) for c in changes}, {("confirmed", "paired run", "c4", "c3")})
        said = {(c["workload"], c["metric"]): c["confirmation"] for c in changes}["streaming", "throughput"]
        self.assertAlmostEqual(said["effect"], -0.1, delta=0.01)
        self.assertEqual((said["blocks"], said["verdict"], said["nights"]), (20, "regressed", 2))
        self.assertEqual(self.good("confirm"), "No change is open.\n")
        self.night(6, self.BAD, 0.9)
        self.assertEqual(self.confirm(0)[0], [])
        self.assertEqual({(c["state"], c["run"]) for c in self.document("list", "changes")["changes"]}, {("confirmed", 4)})
        for number in range(7, 17):
            self.night(number, self.BAD, 0.9)
        changes = self.document("list", "changes")["changes"]
        self.assertEqual({(c["state"], c["first"], c["last_good"]) for c in changes}, {("confirmed", "c4", "c3")})
        self.assertEqual(self.confirm(0)[0], [])
        for table in ("marks", "confirmations"):
            self.ask(f"DELETE FROM {table}")
        changes = self.document("list", "changes")["changes"]
        self.assertEqual({(c["kind"], c["state"], c["first"], c["last_good"]) for c in changes}, {("level", "open", "c4", "c3")})

    def test_a_change_that_is_over_is_another(self):
        self.five_nights()
        self.confirm(1, "--from", self.paired(0.9))
        for number in range(6, 20):
            self.night(number, self.BAD if number < 10 else self.GOOD, 0.9 if number < 10 else 1.0)
        changes = self.document("list", "changes", "--metric", "throughput")["changes"]
        self.assertEqual({(c["better"], c["first"], c["state"]) for c in changes}, {(True, "c10", "open"), (False, "c4", "confirmed")})
        back = self.paired(1 / 0.9, libraries={"last-good": self.BAD, "first-bad": self.GOOD})
        changes, _ = self.confirm(0, "--from", back)
        self.assertEqual({(c["state"], c["better"]) for c in changes}, {("confirmed", True)})

    def test_a_change_is_rejected_and_tried_again(self):
        self.five_nights()
        changes, _ = self.confirm(0, "--from", self.paired(1.0))
        self.assertEqual({c["state"] for c in changes}, {"rejected"})
        self.night(6, self.BAD, 0.9)
        self.assertEqual(self.confirm(0)[0], [])
        self.night(7, self.BAD, 0.9)
        changes, _ = self.confirm(1, "--from", self.paired(0.9))
        self.assertEqual({(c["state"], c["confirmation"]["nights"]) for c in changes}, {("confirmed", 4)})

    def test_a_paired_run_that_cannot_tell(self):
        self.five_nights()
        changes, _ = self.confirm(3, "--from", self.paired(0.9, blocks=4))
        self.assertEqual({(c["state"], c["confirmation"]["verdict"]) for c in changes}, {("open", "inconclusive")})
        self.assertIn("::warning title=proctor history::open: ",
                      self.history("confirm", str(changes[0]["case"]), "4", "--format", "github", "--from", self.paired(0.9, blocks=4)).stdout)

    def test_people_have_the_last_word(self):
        self.five_nights()
        for change in self.document("list", "changes")["changes"]:
            self.good("mark", str(change["case"]), "4", "intended", "--note", "safer")
        self.assertEqual(self.confirm(0)[0], [])
        case = self.document("list", "changes")["changes"][0]["case"]
        ((change,), _) = self.confirm(0, str(case), "4", "--from", self.paired(0.9))
        self.assertEqual((change["state"], change["said_by"], change["confirmation"]["result"]), ("intended", "people", "confirmed"))
        self.good("mark", str(case), "4", "open")
        self.assertEqual(self.document("list", "changes")["changes"][0]["said_by"], "people")
        self.refuse(2, "has no change at run 2", "confirm", str(case), "2")

    def test_libraries_that_are_lost(self):
        folders = self.five_nights()
        os.mkdir(f"{self.dir}/kept")
        os.rename(f"{folders[2]}/libraries", f"{self.dir}/kept/libraries")
        shutil.rmtree(f"{folders[3]}/libraries")
        changes, said = self.confirm(3)
        self.assertEqual({c["state"] for c in changes}, {"open"})
        self.assertIn("is neither in the runs", said)
        night.Night([make.Phase("current")], {"current": self.BAD}).write(f"{self.dir}/other")
        plan = json.loads(self.good("confirm", "--dry-run", "--runs", f"{self.dir}/kept", "--runs", self.dir))
        self.assertEqual([os.path.dirname(os.path.dirname(p["options"]["lib"])) for p in plan["phases"]], [f"{self.dir}/kept", f"{self.dir}/night-5"])
        for folder in folders:
            shutil.rmtree(folder)
        self.refuse(5, "with them the plan is lost", "confirm", "--dry-run")

    def test_where_the_library_is_the_same(self):
        for number in range(1, 6):
            self.night(number, self.GOOD, 1.0 if number < 4 else 0.9)
        answer = self.history("confirm")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("both nights measured the same library, so it is not the code", " ".join(answer.stdout.split()))

    def test_the_first_night_is_against_the_reference(self):
        self.night(1, self.BAD, 0.9)
        changes = self.document("list", "changes")["changes"]
        self.assertEqual({(c["good_run"], c["last_good"], c["first"], c["before"]) for c in changes}, {(None, None, "c1", 0)})
        changes, _ = self.confirm(1, "--from", self.paired(0.9, libraries={"last-good": self.REFERENCE, "first-bad": self.BAD}))
        self.assertEqual({c["state"] for c in changes}, {"confirmed"})

    def test_a_run_of_something_else_confirms_nothing(self):
        self.five_nights()
        self.refuse(2, "measured other libraries than the two nights did", "confirm", "--from", self.paired(0.9, libraries={"last-good": b"x", "first-bad": b"y"}))
        self.refuse(2, "has no phases last-good and first-bad", "confirm", "--from", f"{RUNS}/few")
        self.assertEqual({c["state"] for c in self.document("list", "changes")["changes"]}, {"open"})

    # ---- releases ----

    def test_releases(self):
        self.refuse(5, "there is no history", "release", "v1")
        self.good("add", f"{RUNS}/few")
        self.assertIn("release v2", self.good("release", "v2", "--time", "2026-02-01", "--commit", "abc", "--branch", "main"))
        self.good("release", "v1", "--time", "2026-01-03")
        self.good("release", "v1", "--time", "2026-01-01")
        releases = self.document("list", "releases")["releases"]
        self.assertEqual(releases, [{"name": "v1", "branch": "", "revision": None, "time": "2026-01-01T00:00:00Z"},
                                    {"name": "v2", "branch": "main", "revision": "abc", "time": "2026-02-01T00:00:00Z"}])
        self.assertRegex(self.good("list", "releases"), r"TIME +RELEASE +REVISION +BRANCH\n2026-01-01T00:00:00Z +v1\n")

    # ---- lines of other benchmarks ----

    def lines(self, *lines):
        name = f"{self.dir}/lines-{len(os.listdir(self.dir))}"
        with open(name, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        return name

    def test_the_numbers_of_the_report(self):
        report = f"{SOURCE}/fixtures/history/report.txt"
        answer = self.history("import", report, "--baseline", "baseline", "--time", "2026-01-16", "--commit", "phase-2")
        self.assertEqual((answer.returncode, answer.stderr), (0, f"proctor history: {report}: 2 lines that are no results were left out\n"))
        points = {c["metric"]: (c, *c["points"]) for c in self.document("export")["cases"]}
        case, point = points["throughput"]
        self.assertEqual((case["phase"], case["workload"], case["unit"]), ("true-proactor", "router-router,tcp,64", "msg/s"))
        self.assertEqual((point["value"], point["base_value"], round(point["effect"], 3), point["effect_lo"]), (414000, 442000, -0.063, None))
        self.assertEqual((points["recv_eagain"][1]["base_value"], point["time"], point["revision"]), (2010, "2026-01-16T00:00:00Z", "phase-2"))
        self.assertIn("was added before", self.history("import", report, "--baseline", "baseline", "--time", "2026-01-16", "--commit", "phase-2").stdout)
        self.assertIn("run 2 in", self.history("import", report, "--time", "2026-01-16").stdout)

    def test_repeats_become_their_median(self):
        values = (7, 1, 5, 3, 4, 2, 6)
        name = self.lines(*(f"RESULT,lib,PUB_SUB,ipc,1024,latency,{v}" for v in values), "RESULT,lib,PUB_SUB,ipc,1024,throughput,1e6\r")
        self.good("import", name, "--unit", "latency=us,lower")
        cases = {c["metric"]: c for c in self.document("export")["cases"]}
        (point,) = cases["latency"]["points"]
        self.assertEqual((point["n"], point["value"], point["lo"], point["hi"]), (7, 4, 1, 7))
        self.assertEqual((cases["latency"]["unit"], cases["latency"]["direction"], cases["latency"]["baseline"]), ("us", "lower", ""))
        self.assertEqual((cases["throughput"]["points"][0]["value"], cases["throughput"]["points"][0]["lo"]), (1e6, None))

    def test_bad_lines_add_nothing(self):
        good = "RESULT,a,PAIR,tcp,64,throughput,1"
        for line, sentence in (("RESULT,a,PAIR,tcp,64,throughput", "expected RESULT,lib,pattern,transport,size,metric,value"),
                               (good + ",2", "expected RESULT"), ("RESULTS,a,PAIR,tcp,64,throughput,1", "expected RESULT"),
                               ("RESULT,,PAIR,tcp,64,throughput,1", "a field is empty, too long or no plain text"),
                               ("RESULT,\u00e9,PAIR,tcp,64,throughput,1", "a field is empty, too long or no plain text"),
                               ("RESULT,a,PAIR,tcp,big,throughput,1", "the size must be a number of bytes, not 'big'"),
                               ("RESULT,a,PAIR,tcp,-1,throughput,1", "the size must be"),
                               ("RESULT,a,PAIR,tcp,64,throughput,fast", "the value must be a number of at least 0, not 'fast'"),
                               ("RESULT,a,PAIR,tcp,64,throughput,nan", "the value must be"), ("RESULT,a,PAIR,tcp,64,throughput,1e999", "the value must be"),
                               ("RESULT,a,PAIR,tcp,64,latency,1", "the unit of 'latency' is not known")):
            name = self.lines(good, "", line)
            self.refuse(2, f"{name}:3: {sentence}", "import", name)
        self.refuse(4, "no result is in it", "import", self.lines("hello"))
        self.refuse(2, "no result of the baseline 'b' is in it", "import", self.lines(good), "--baseline", "b")
        self.refuse(2, "write METRIC=UNIT,lower or METRIC=UNIT,higher", "import", self.lines(good), "--unit", "latency=us")
        self.refuse(5, "there is no history", "list")

    # ---- out again ----

    def test_only_prune_removes(self):
        for day in (1, 2, 3):
            self.good("add", self.run_of("few", seed=day), "--time", f"2026-01-0{day}")
        self.good("add", f"{RUNS}/equal", "--time", "2026-01-01")
        self.assertIn("2 runs would go", self.good("prune", "--before", "2026-01-02", "--dry-run"))
        self.assertEqual(len(self.runs()), 4)
        self.assertIn("2 runs removed", self.good("prune", "--before", "2026-01-02"))
        self.assertEqual({c["phase"] for c in self.document("list", "cases")["cases"]}, {"slower"})
        self.assertIn("1 run removed", self.good("prune", "--run", "3"))
        self.assertIn("0 runs removed", self.good("prune", "--run", "3"))
        self.assertEqual([r["id"] for r in self.runs()], [2])
        self.assertEqual([self.ask(f"SELECT count(*) FROM {t} WHERE run_id <> 2") for t in ("points", "phases", "coverage")], ["0"] * 3)
        self.assertIn("run 5 in", self.good("add", f"{RUNS}/few"))

    # ---- several at once, and crashes ----

    def test_many_at_once(self):
        names = [self.run_of("few", seed=seed) for seed in range(6)] * 2
        adding = [subprocess.Popen([PROCTOR, "history", "add", name, "--store", self.store, "--wait", "300s"], cwd=self.dir, env=ENVIRONMENT,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for name in names]
        said = [one.communicate()[0] for one in adding]
        self.assertEqual([one.returncode for one in adding], [0] * 12, said)
        self.assertEqual(sum("was added before" in text for text in said), 6)
        self.assertEqual(len(self.runs()), 6)
        self.assertEqual({c["points_count"] for c in self.document("list", "cases")["cases"]}, {6})

    def test_killed_at_any_moment(self):
        """SIGKILL at the first, second, ... system call that writes to the store: all or nothing."""
        self.good("add", f"{RUNS}/equal")
        whole = len(json.loads(self.good("export"))["cases"])
        trace = ["strace", "-f", "-qq", "-o", f"{self.dir}/trace", "-e", f"trace={self.write_call}"]
        if subprocess.run([*trace, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("strace may not trace here")
        run, step, ends = f"{RUNS}/few", 1, []
        while not ends or ends[-1] != 0:
            inject = ["-e", f"inject={self.write_call}:signal=KILL:when={step}+"]
            ends.append(subprocess.run([*trace, *inject, PROCTOR, "history", "add", run, "--store", self.store], cwd=self.dir,
                                       env=TRACED, capture_output=True, check=False).returncode)
            runs = self.runs()
            self.assertIn(len(runs), (1, 2))
            cases = self.document("export")["cases"]
            points = sum(p["run"] != 1 for c in cases for p in c["points"])
            self.assertEqual((len(cases) - whole, points), (31, 31) if len(runs) == 2 else (0, 0))
            if len(runs) == 2:
                break
            step += max(1, step // 3)
        self.assertGreater(len(ends), 2)

    # ---- versions ----

    def make_version_one(self):
        self.good("add", f"{RUNS}/few")
        self.ask("DROP TABLE latencies")
        for table in ("marks", "confirmations", "releases"):
            self.ask(f"DROP TABLE {table}")
        self.ask("DELETE FROM migrations WHERE version >= 2")

    def test_an_older_store_is_brought_up(self):
        self.make_version_one()
        self.assertEqual(len(self.runs()), 1)
        self.assertEqual(self.ask("SELECT max(version) FROM migrations"), "4")
        self.assertEqual(self.ask("SELECT count(*) FROM latencies"), "0")
        self.good("add", f"{RUNS}/equal")

    def test_a_step_that_fails_changes_nothing(self):
        self.make_version_one()
        self.ask("CREATE TABLE latencies (mine BIGINT)")
        self.refuse(5, "this history has version 1 and could not be brought to version 4: ", "list")
        self.assertEqual(self.ask("SELECT max(version) FROM migrations"), "1")
        self.ask("DROP TABLE latencies")
        self.assertEqual(len(self.runs()), 1)

    def test_a_newer_store_is_refused(self):
        self.good("add", f"{RUNS}/few")
        self.ask("INSERT INTO migrations (version, applied, tool) VALUES (99, 0, '9.9')")
        for arguments in (("list",), ("export",), ("add", f"{RUNS}/equal")):
            self.refuse(5, "a newer proctor wrote this history (version 99; this one knows up to 4)", *arguments)

    # ---- what is wrong ----

    def test_bad_runs_add_nothing(self):
        cut = self.run_of("few")
        with open(f"{cut}/run.json", "r+", encoding="utf-8") as file:
            file.truncate(2000)
        self.refuse(5, "run.json", "add", cut)
        self.refuse(5, "nowhere", "add", f"{self.dir}/nowhere")
        self.refuse(2, "has one phase", "add", f"{RUNS}/alone")
        self.refuse(2, "has no phase 'sloer' to compare with; did you mean 'slower'?", "add", f"{RUNS}/few", "--baseline", "sloer")
        self.refuse(5, "there is no history", "list")
        answer = self.history("add", f"{RUNS}/few", f"{self.dir}/nowhere")
        self.assertEqual((answer.returncode, len(self.runs())), (5, 1))

    def test_a_run_that_lost_files_says_so(self):
        cut = self.run_of("few", files={"samples.jsonl": 10 ** 6})
        answer = self.history("add", cut)
        self.assertEqual(answer.returncode, 0)
        self.assertIn("cut short", answer.stderr)
        self.assertIn("cut short", self.runs()[0]["missing"])

    def test_somebody_else_is_writing(self):
        self.good("add", f"{RUNS}/few")
        with self.writer():
            self.refuse(5, "another program is writing to it; try again, or give it more time with --wait", "add", f"{RUNS}/equal", "--wait", "10ms")
            self.assertEqual(len(self.runs()), 1)
        self.good("add", f"{RUNS}/equal")

    def test_a_store_that_may_only_be_read(self):
        self.good("add", f"{RUNS}/few")
        frozen, environment = self.frozen()
        if frozen is None:
            self.skipTest(environment)
        answer = subprocess.run([*environment, PROCTOR, "history", "list", "--format", "json", "--store", frozen], capture_output=True, text=True,
                                check=False, env=ENVIRONMENT, cwd="/")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertEqual(len(json.loads(answer.stdout)["runs"]), 1)
        answer = subprocess.run([*environment, PROCTOR, "history", "prune", "--before", "2030-01-01", "--store", frozen], capture_output=True, text=True,
                                check=False, env=ENVIRONMENT, cwd="/")
        self.check_refused(answer, 5, "may not be written")


class Transaction:
    """Holds the writer's lock of a SQLite file."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)

    def __enter__(self):
        self.db.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_):
        self.db.close()


class Sqlite(Suite, Case):
    write_call = "pwrite64"

    def setUp(self):
        super().setUp()
        self.store = f"{self.dir}/new/folder/a?b#c%41.db"

    def ask(self, sql):
        db = sqlite3.connect(self.store)
        with db:
            rows = (db.executescript if ";" in sql else db.execute)(sql).fetchall()
        db.close()
        return "\n".join("|".join(map(str, row)) for row in rows)

    def writer(self):
        return Transaction(self.store)

    def frozen(self):
        if os.getuid() != 0:
            os.chmod(os.path.dirname(self.store), 0o555)
            self.addCleanup(os.chmod, os.path.dirname(self.store), 0o755)
            return self.store, []
        if not shutil.which("setpriv"):
            return None, "root may write anything, and there is no setpriv"
        os.chmod(self.dir, 0o755)
        as_nobody = ["setpriv", "--reuid", "nobody", "--clear-groups", "--"]
        if subprocess.run([*as_nobody, PROCTOR, "--version"], capture_output=True, check=False).returncode != 0:
            return None, "nobody but root may run the program here"
        return self.store, as_nobody

    def test_a_paired_run_is_run(self):
        """With real libraries: one block can tell nothing, whatever the machine does."""
        with open(os.path.join(os.environ["PR_BUILD_DIR"], "libproctor.so"), "rb") as file:
            library = file.read()
        for number in (1, 2):
            self.night(number, library + bytes(number), 1.0 if number == 1 else 0.8)
        changes, said = self.confirm(3, "--blocks", "1", "--workload", "streaming", "-o", f"{self.dir}/paired")
        folder = f"{self.dir}/paired/current-2"
        self.assertEqual({(c["state"], c["confirmation"]["folder"]) for c in changes}, {("open", folder)}, said)
        self.assertLessEqual({c["confirmation"]["verdict"] for c in changes}, {"inconclusive", "void"})
        with open(f"{folder}/run.json", encoding="utf-8") as file:
            run = json.load(file)
        self.assertEqual([(p["label"], p["library"]["path"]) for p in run["phases"]],
                         [(f"{label}", os.path.join(f"{self.dir}/night-{n}", night.Night([], {"x": library + bytes(n)}).library("x")["kept"]))
                          for label, n in (("last-good", 1), ("first-bad", 2))])
        self.assertIn("No change is open", self.good("confirm", "--workload", "streaming"))

    def test_no_time_for_a_paired_run(self):
        with open(os.path.join(os.environ["PR_BUILD_DIR"], "libproctor.so"), "rb") as file:
            library = file.read()
        for number in (1, 2):
            self.night(number, library + bytes(number), 1.0 if number == 1 else 0.8)
        changes, said = self.confirm(3, "--budget", "1ms", "-o", f"{self.dir}/paired")
        self.assertIn("the time that is left is too short for 12 blocks; give a larger --budget", said)
        self.assertEqual({c["confirmation"] for c in changes}, {None})

    def test_the_usual_place(self):
        self.assertEqual(self.call("add", f"{RUNS}/few").stdout, f"{RUNS}/few: run 1 in {self.dir}/data/proctor/history.db, 31 points\n")
        self.assertEqual(os.listdir(f"{self.dir}/data/proctor"), ["history.db"])
        self.check_refused(self.call("list", XDG_DATA_HOME="", HOME=""), 5, "there is no place for the history: set XDG_DATA_HOME or HOME")

    def test_what_is_no_store(self):
        other = f"{self.dir}/other.db"
        db = sqlite3.connect(other)
        db.execute("CREATE TABLE t (x)")
        db.commit()
        db.close()
        with open(f"{self.dir}/text", "w", encoding="utf-8") as file:
            file.write("not a database, but long enough to look like one\n" * 100)
        open(f"{self.dir}/empty", "wb").close()
        for store, status, sentence in ((other, 5, "this is a database of something else"), (f"{self.dir}/text", 5, "this is not a history"),
                                        (self.dir, 5, "this is not a file"), ("/dev/null/x.db", 5, "there is no history"),
                                        (f"{self.dir}/empty", 5, "there is no history in it"),
                                        ("mysql://h/db", 2, "no store is known by 'mysql://'"), ("", 2, "the name of the store is empty")):
            self.check_refused(self.call("list", "--store", store), status, sentence)
        for store, status, sentence in ((other, 5, "this is a database of something else"), (f"{self.dir}/text", 5, "this is not a history"),
                                        ("/dev/null/x.db", 5, "unable to open database file")):
            self.check_refused(self.call("add", f"{RUNS}/few", "--store", store), status, sentence)
        self.assertEqual(self.call("add", f"{RUNS}/few", "--store", f"{self.dir}/empty").returncode, 0)

    def test_a_damaged_store(self):
        self.good("add", f"{RUNS}/seed")
        size = os.path.getsize(self.store)
        with open(self.store, "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))
        for arguments in (("list",), ("export",), ("add", f"{RUNS}/few")):
            self.refuse(5, "the database is damaged", *arguments)
        self.assertEqual(os.path.getsize(self.store), size)

    def test_the_disk_is_full(self):
        self.good("add", f"{RUNS}/few")
        trace = ["strace", "-f", "-qq", "-o", f"{self.dir}/trace", "-P", f"{self.store}-wal", "-e", "trace=pwrite64", "-e",
                 "inject=pwrite64:error=ENOSPC"]
        if subprocess.run([*trace, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("strace may not trace here")
        answer = subprocess.run([*trace, PROCTOR, "history", "add", f"{RUNS}/equal", "--store", self.store], capture_output=True, text=True, check=False,
                                env=TRACED)
        self.check_refused(answer, 5, "the disk is full; nothing was changed")
        self.assertEqual(len(self.runs()), 1)

    # ---- of one store is enough ----

    def test_a_small_step_is_compared_from_further_away(self):
        for number in range(1, 17):
            wobble = (0.008, -0.009, 0.001, 0.010, -0.007)[number % 5]
            self.night(number, b"%d" % number, (1.0 if number < 9 else 0.97) * (1 + wobble))
        (change,) = self.document("list", "changes", "--metric", "throughput", "--workload", "streaming")["changes"]
        margin, pair = change["margin"], change["pair"]
        self.assertTrue(0 < margin < 10 and abs(change["run"] - 9) <= 1, change)
        self.assertEqual((pair["good_run"], pair["run"], pair["last_good"], pair["first"]),
                         (change["good_run"] - margin, change["run"] + margin, f"c{change['good_run'] - margin}", f"c{change['run'] + margin}"))
        plan = json.loads(self.good("confirm", "--dry-run", str(change["case"]), str(change["run"])))
        kept = []
        for phase in plan["phases"]:
            with open(phase["options"]["lib"], "rb") as file:
                kept.append(int(file.read()))
        self.assertEqual(kept, [pair["good_run"], pair["run"]])
        libraries = {"last-good": b"%d" % kept[0], "first-bad": b"%d" % kept[1]}
        (said,), _ = self.confirm(1, str(change["case"]), str(change["run"]), "--from", self.paired(0.97, libraries=libraries))
        self.assertEqual((said["state"], said["run"]), ("confirmed", change["run"]))


class Holder:
    """Holds the writers' lock of the server."""

    def __enter__(self):
        self.client = subprocess.Popen([f"{SERVER.programs}/psql", "-h", SERVER.dir, "-U", "tester", "-d", "postgres", "-XAtq"], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.client.stdin.write("BEGIN;\nSELECT pg_advisory_xact_lock(7453007126001), 'held';\n")
        self.client.stdin.flush()
        self.client.stdout.readline()

    def __exit__(self, *_):
        self.client.communicate("")


class Postgresql(Suite, Case):
    write_call = "sendto"

    def setUp(self):
        super().setUp()
        if SERVER is None:
            self.skipTest(server.find()[1])
        self.store = f"postgresql://tester@/postgres?host={SERVER.dir}"
        SERVER.ask("DROP SCHEMA IF EXISTS proctor CASCADE")

    def ask(self, sql):
        return SERVER.ask(f"SET search_path = proctor; {sql}")

    def writer(self):
        return Holder()

    def frozen(self):
        return f"{self.store}&options=-c%20default_transaction_read_only%3Don", []

    def test_where_no_server_is(self):
        for store, sentence in (("postgresql://me:secret@127.0.0.1:1/x?password=secret", "postgresql://127.0.0.1:1/x: cannot be reached: "),
                                (f"postgresql:///nowhere?host={SERVER.dir}&user=tester", 'database "nowhere" does not exist'),
                                ("postgresql://h/db?nonsense=1", "invalid URI query parameter")):
            answer = self.call("list", "--store", store)
            self.check_refused(answer, 5, sentence)
            self.assertNotIn("secret", answer.stderr)

    def test_a_user_without_rights(self):
        self.good("add", f"{RUNS}/few")
        SERVER.ask("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
        self.check_refused(self.call("list", "--store", self.store.replace("tester@", "guest@")), 5, "this user is not permitted to: permission denied")
        SERVER.ask("GRANT USAGE ON SCHEMA proctor TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA proctor TO guest")
        self.assertEqual(self.call("list", "--store", self.store.replace("tester@", "guest@")).returncode, 0)
        self.check_refused(self.call("add", f"{RUNS}/equal", "--store", self.store.replace("tester@", "guest@")), 5, "this user is not permitted to")
        SERVER.ask("DROP OWNED BY guest; DROP ROLE guest")

    def test_a_schema_of_somebody_else(self):
        SERVER.ask("CREATE SCHEMA proctor; CREATE TABLE proctor.runs (x int)")
        self.refuse(5, 'relation "runs" already exists', "add", f"{RUNS}/few")
        self.assertEqual(SERVER.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'proctor'"), "1")


class Words(Case):
    """Command lines that are refused before any store is opened."""

    def test_usage(self):
        for sentence, *arguments in (("say what to do: add, import, list, export, confirm, mark, release or prune",), ("unknown word 'lst'; did you mean 'list'?", "lst"),
                                     ("say what to add: add RUN...", "add"), ("unknown word 'cass'; did you mean 'cases'?", "list", "cass"),
                                     ("unknown format 'xml'; it must be one of table, json, csv", "list", "--format", "xml"),
                                     ("--before means nothing to list", "list", "--before", "2026-01-01"),
                                     ("--commit means nothing to export", "export", "--commit", "x"),
                                     ("--run means nothing to add", "add", "x", "--run", "1"),
                                     ("'2026-02-31' is no time; write it as 2026-11-25 or", "prune", "--before", "2026-02-31"),
                                     ("'yesterday' is no time", "add", "x", "--time", "yesterday"),
                                     ("say of which change: mark CASE RUN STATE", "mark", "1", "x", "confirmed"),
                                     ("unknown state 'confirmd'; did you mean 'confirmed'?", "mark", "1", "1", "confirmd"),
                                     ("--note means nothing to list", "list", "--note", "x"), ("--from means nothing to list", "list", "--from", "x"),
                                     ("--blocks means nothing to add", "add", "x", "--blocks", "3"), ("say the name: release NAME", "release"),
                                     ("confirm takes nothing, or one change: CASE RUN", "confirm", "1"),
                                     ("unknown format 'go'; it must be one of table, json, github", "confirm", "--format", "go"),
                                     ("say which runs to remove: --before TIME, or --run NUMBER", "prune"),
                                     ("--commit holds bytes that are no text", "add", "x", "--commit", "a\nb")):
            self.check_refused(self.call(*arguments), 2, sentence)


if __name__ == "__main__":
    unittest.main()
