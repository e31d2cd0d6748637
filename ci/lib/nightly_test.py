#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""ci/nightly, night after night.  Everything is real but the measuring: `proctor run` writes runs with planted effects, as fast
as the library says it is, so that a busy machine decides nothing here.  ci/nightly-demo does the same with real runs."""
import fcntl
import json
import os
import subprocess
import sys
import tempfile
import unittest

from jsonschema import Draft202012Validator

SOURCE = os.environ["PR_SOURCE_DIR"]
PROCTOR = os.path.join(os.environ["PR_BUILD_DIR"], "proctor")
sys.path.insert(0, os.path.join(SOURCE, "ci/lib"))
import nightly  # noqa: E402
import nightly_summary  # noqa: E402

with open(f"{SOURCE}/schemas/nightly.schema.json", encoding="utf-8") as opened:
    SCHEMA = Draft202012Validator(json.load(opened))

# Stands for proctor.  A library is a file with a word for each thing: speed=0.9, noise=0.2, status=4.
STAND_IN = '''#!/usr/bin/python3
import os, subprocess, sys, zlib
sys.path.insert(0, "{source}/fixtures/run")
import make, night

def write_run(phases, folder, blocks):
    contents = {{label: open(path, "rb").read() for label, path in phases.items()}}
    words = {{label: dict(word.split("=") for word in text.decode().split() if "=" in word) for label, text in contents.items()}}
    last = list(words.values())[-1]
    if "status" in last:
        print("planted failure", file=sys.stderr)
        sys.exit(int(last["status"]))
    if "again" in words:
        words["again"]["speed"] = last.get("again", "1")
    made = [make.Phase(label, speed=float(w.get("speed", "1")), cpu=1 / float(w.get("speed", "1"))) for label, w in words.items()]
    night.Night(made, contents, blocks=blocks, seed=zlib.crc32(os.path.basename(folder).encode()), **({{"noise": 0.2}} if "noise" in last else {{}})).write(folder)

arguments = sys.argv[1:]
if arguments[0] == "run":
    phases = dict(word.split("=", 1) for word in (b for a, b in zip(arguments, arguments[1:]) if a == "--phase"))
    write_run({{label: text.split("lib=")[1] for label, text in phases.items()}}, arguments[arguments.index("-o") + 1], 10)
elif arguments[0] == "report" or arguments[0] == "dashboard" and "PAGES" not in os.environ:
    pass
elif arguments[:2] == ["history", "confirm"]:
    plan = subprocess.run(["{proctor}", *arguments, "--dry-run"], capture_output=True, text=True)
    if plan.returncode == 0:
        import json
        folder = "{folder}/paired-%d" % len(os.listdir("{folder}"))
        write_run({{p["label"]: p["options"]["lib"] for p in json.loads(plan.stdout)["phases"]}}, folder, 20)
        arguments += ["--from", folder]
    os.execv("{proctor}", ["{proctor}", *arguments])
else:
    os.execv("{proctor}", ["{proctor}", *arguments])
'''


class Nights(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = os.path.realpath(folder.name)
        self.state, self.source, self.day = f"{self.dir}/state", f"{self.dir}/source", 0
        with open(f"{self.dir}/proctor", "w", encoding="utf-8") as file:
            file.write(STAND_IN.format(source=SOURCE, proctor=PROCTOR, folder=self.dir))
        os.chmod(f"{self.dir}/proctor", 0o755)
        os.mkdir(self.source)
        self.git("init", "-q", "-b", "main")
        self.commit("first")

    def git(self, *words):
        who = ["-c", "user.name=tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", "-C", self.source, *who, *words], check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, subject):
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def nightly(self, library, *arguments, **environment):
        """A night; the answer, and what status.json says."""
        self.day += 1
        with open(f"{self.dir}/libproctor.so", "w", encoding="utf-8") as file:
            file.write(library)
        base = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
        answer = subprocess.run([f"{SOURCE}/ci/nightly", "--no-build", "--state", self.state, "--source", self.source, "--library", f"{self.dir}/libproctor.so",
                                 "--date", f"2026-01-{self.day:02}", *arguments], capture_output=True, text=True, check=False,
                                env={**base, "LC_ALL": "C.UTF-8", "PROCTOR": f"{self.dir}/proctor", "XDG_DATA_HOME": f"{self.dir}/data", **environment})
        path = f"{self.state}/tonight/status.json"
        found = json.loads(self.read("status.json")) if os.path.exists(path) else None
        if found:
            self.assertEqual([e.message for e in SCHEMA.iter_errors(found)], [])
        return answer, found

    def good(self, status, library, *arguments, **environment):
        answer, found = self.nightly(library, *arguments, **environment)
        self.assertEqual(answer.returncode, status, answer.stderr)
        self.assertEqual(found["status"], status)
        return found

    def read(self, name):
        with open(f"{self.state}/tonight/{name}", encoding="utf-8") as file:
            return file.read()

    def list(self, what):
        return json.loads(subprocess.run([PROCTOR, "history", "list", what, "--store", f"{self.state}/history.db", "--format", "json"],
                                         check=True, capture_output=True, text=True).stdout)[what]

    # ---- the story ----

    def test_five_nights_and_more(self):
        for _ in range(3):
            found = self.good(0, "speed=1")
            self.assertEqual((found["looked"], found["changes"], found["baseline"]), ([], [], "reference"))
        self.assertEqual({c["points_count"] for c in self.list("cases")}, {3})
        bad = self.commit("read | twice: <slow>")
        found = self.good(1, "speed=0.9")
        self.assertEqual({(c["state"], c["first"]) for c in found["looked"]}, {("confirmed", bad)})
        self.assertIn("fail", {c["result"] for c in found["gate"]["checks"]})
        summary = self.read("summary.md")
        self.assertIn("# ❌ worse", summary)
        self.assertIn(f"throughput of current in streaming is worse since {bad[:12]} (read \\| twice: &lt;slow&gt;)", summary)
        self.commit("nothing")
        found = self.good(0, "speed=0.9 ")
        self.assertEqual((found["looked"], {c["state"] for c in found["changes"]}), ([], {"confirmed"}))
        self.assertRegex(found["sentence"], "nothing new is worse; [0-9]+ checks still worse than the reference, known")
        self.good(1, "speed=0.9  ", "--strict")
        for _ in range(2):
            self.assertEqual(self.good(0, "speed=0.9  ")["looked"], [])
        self.assertEqual({(c["first"], c["state"]) for c in self.list("changes") if c["phase"] == "current"}, {(bad, "confirmed")})

    def test_what_moved_is_not_the_code(self):
        for _ in range(3):
            self.good(0, "speed=1")
        found = self.good(3, "speed=1 noise=1")
        self.assertIn("could not have seen", found["sentence"])
        self.assertIn("# ❔ inconclusive", self.read("summary.md"))
        found = self.good(3, "speed=1 again=0.9")
        self.assertEqual(found["sentence"], "the reference differs from itself tonight, so the machine is too restless to tell")

    def test_the_first_night_may_be_worse_than_a_reference(self):
        with open(f"{self.dir}/pinned.so", "w", encoding="utf-8") as file:
            file.write("speed=1")
        found = self.good(1, "speed=0.9", "--reference", f"{self.dir}/pinned.so")
        self.assertEqual({(c["state"], c["good_run"]) for c in found["looked"]}, {("confirmed", None)})
        self.assertIn("against the reference, since the first night", self.read("summary.md"))
        found = self.good(0, "speed=0.9 ", "--reference", f"{self.dir}/pinned.so")
        self.assertEqual(found["notes"][0], "--reference counts the first time only; --repin changes it")

    # ---- statuses ----

    def test_nothing_measured_and_failures(self):
        found = self.good(4, "status=4")
        self.assertEqual((found["verdict"], found["gate"]), ("nothing measured", None))
        self.assertIn("# ⚠️ nothing measured", self.read("summary.md"))
        self.assertEqual(self.good(5, "status=5")["verdict"], "failed")
        self.assertEqual(self.nightly("speed=1", "--nonsense")[0].returncode, 2)
        self.assertEqual(self.nightly("speed=1", "--budget", "soon")[0].returncode, 2)
        self.assertEqual(self.nightly("speed=1", "--library", "/nowhere.so")[0].returncode, 5)
        self.assertIn("ci/nightly --engine zmq", subprocess.run([f"{SOURCE}/ci/nightly", "-h"], capture_output=True, text=True, check=True).stdout)

    def test_one_at_a_time(self):
        os.makedirs(self.state)
        with open(f"{self.state}/lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            answer, found = self.nightly("speed=1")
            self.assertEqual((answer.returncode, found), (5, None))
            self.assertIn("another ci/nightly is running", answer.stderr)
        self.good(0, "speed=1")

    # ---- for CI ----

    def test_annotations_are_no_more_than_a_step_shows(self):
        change = {"metric": "throughput", "phase": "current", "workload": "w", "better": False, "first": "a", "last_good": "b", "good_run": 1, "margin": 0,
                  "before": 0, "after": -0.1, "confirmation": None}
        found = {"status": 1, "verdict": "worse", "sentence": "so it is", "looked": [{**change, "state": state} for state in ["confirmed"] * 30 + ["open"] * 10]}
        lines = nightly_summary.annotations(found).splitlines()
        self.assertEqual([sum(line.startswith(f"::{level} ") for line in lines) for level in ("error", "warning", "notice")], [10, 10, 0])
        self.assertEqual((lines[0], lines[9]), ("::error title=proctor nightly::worse: so it is", "::error title=proctor nightly::22 more are in the summary"))

    def test_github(self):
        self.good(0, "speed=1")
        bad = self.commit("100% worse:\tyes")
        files = {name: f"{self.dir}/{name}" for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        answer, _ = self.nightly("speed=0.9", GITHUB_ACTIONS="true", **files)
        self.assertEqual(answer.returncode, 1)
        lines = answer.stdout.splitlines()
        self.assertRegex(lines[0], "^::stop-commands::proctor-[0-9a-f]{16}$")
        self.assertEqual(lines[1], lines[0].replace("stop-commands::", "") + "::")
        self.assertRegex(lines[2], "^::error title=proctor nightly::worse: ")
        self.assertIn(f"::error title=proctor%3A confirmed::throughput of current in pingpong is worse since {bad[:12]} (100%25 worse:\tyes)", lines[3])
        with open(files["GITHUB_STEP_SUMMARY"], encoding="utf-8") as file:
            self.assertEqual(file.read(), self.read("summary.md"))
        with open(files["GITHUB_OUTPUT"], encoding="utf-8") as file:
            self.assertEqual(file.read(), f"status=1\nverdict=worse\nworst=throughput of current in pingpong\nstate={self.state}\n")

    def test_files_for_other_programs(self):
        self.good(0, "speed=1", PAGES="1")
        self.assertTrue(os.path.exists(f"{self.state}/dashboard/index.html"))
        self.assertIn("dashboard/index.html", self.read("summary.md"))
        self.assertTrue(self.read("metrics.txt").endswith("# EOF\n"))
        self.assertIn("<testsuites ", self.read("gate.xml"))
        json.loads(self.read("bmf.json"))
        self.assertEqual(json.loads(self.read("changes.json")), [])
        self.assertEqual(os.path.realpath(f"{self.state}/tonight/run"), f"{self.state}/runs/20260101-000000")

    # ---- what is kept ----

    def test_old_runs_go_and_their_libraries_stay(self):
        for number in range(4):
            self.good(0, "speed=1" + " " * number, "--keep", "2")
        runs = sorted(name for name in os.listdir(f"{self.state}/runs") if name != "confirm")
        self.assertEqual(runs, ["20260103-000000", "20260104-000000"])
        self.assertEqual(len(os.listdir(f"{self.state}/libraries")), 2)
        self.assertEqual(len(self.list("runs")), 4)

    def test_another_reference(self):
        self.good(0, "speed=1")
        first = self.commit("new reference")
        self.good(0, "speed=1 ", "--repin")
        self.assertEqual(self.good(0, "speed=1  ")["baseline"], "reference")
        self.assertEqual([(r["baseline"], r["time"][:10]) for r in reversed(self.list("runs"))],
                         [("reference", "2026-01-01"), ("reference-2", "2026-01-02"), ("reference", "2026-01-02"),
                          ("reference-2", "2026-01-03"), ("reference", "2026-01-03")])
        with open(f"{self.state}/reference/references.json", encoding="utf-8") as file:
            references = json.load(file)
        self.assertEqual((references[1]["commit"], references[1]["nights"]), (first, 2))
        references[1]["nights"] = 20
        with open(f"{self.state}/reference/references.json", "w", encoding="utf-8") as file:
            json.dump(references, file)
        self.assertEqual(self.good(0, "speed=1   ")["baseline"], "reference-2")

    def test_tags_are_releases(self):
        self.git("tag", "v1")
        self.good(0, "speed=1")
        self.good(0, "speed=1")
        self.commit("later")
        self.git("tag", "v2")
        self.good(0, "speed=1")
        self.assertEqual([(r["name"], r["branch"], r["time"][:10]) for r in self.list("releases")],
                         [("v1", "main", "2026-01-01"), ("v2", "main", "2026-01-03")])


class Unexplained(unittest.TestCase):
    def test_one_known_change_explains_its_workload(self):
        failed = {"workload": "streaming", "phase": "current", "metric": "throughput", "result": "fail"}
        known = {**failed, "metric": "cpu_per_message", "state": "confirmed", "better": False}
        self.assertEqual(nightly.unexplained([failed], [known]), [])
        self.assertEqual(nightly.unexplained([{**failed, "result": "pass"}], []), [])
        for other in ({"workload": "pingpong"}, {"phase": "before"}, {"state": "rejected"}, {"state": "open"}, {"better": True}):
            self.assertEqual(nightly.unexplained([failed], [{**known, **other}]), [failed])


    def test_a_commit_is_news_once(self):
        seen = {"case": 1, "run": 4, "first": "bad", "state": "confirmed", "better": False}
        late = {**seen, "case": 2}
        self.assertEqual(nightly.fresh([seen], [seen]), [seen])
        self.assertEqual(nightly.fresh([late], [seen, late]), [])
        self.assertEqual(nightly.fresh([{**late, "first": "other"}], [seen]), [{**late, "first": "other"}])
        for other in ({"state": "rejected"}, {"state": "open"}, {"better": True}):
            self.assertEqual(nightly.fresh([late], [{**seen, **other}]), [late])


class Summary(unittest.TestCase):
    def found(self, **changes):
        return {"time": "2026-01-01T00:00:00Z", "commit": "a" * 40, "branch": "main", "baseline": "reference", "status": 0, "verdict": "nothing new is worse",
                "sentence": "nothing new is worse", "gate": None, "same": [], "looked": [], "changes": [], "coverage": [], "notes": [], **changes}

    def test_it_never_grows_beyond_the_limit(self):
        rows = [{"probe": "", "workload": "ä" * 4000, "phase": "current", "ok": 0, "void": 1, "failed": 0, "skipped": 0, "reason": "x|y\n" * 900}] * 3000
        text = nightly_summary.markdown(self.found(coverage=rows), "/nowhere")
        self.assertLessEqual(len(text.encode()), 1000000)
        self.assertTrue(text.endswith("*Cut here: the rest is in `status.json`.*\n"))
        text = nightly_summary.markdown(self.found(coverage=[{**row, "workload": "a", "reason": None} for row in rows]), "/nowhere")
        self.assertIn("*2600 rows more are in `status.json`.*", text)

    def test_numbers(self):
        for fraction, text in ((-0.0634, "−6.3 %"), (0.1234, "+12 %"), (0, "0.0 %"), (-0.0001, "0.0 %"), (None, "–")):
            self.assertEqual(nightly_summary.percent(fraction), text)

    def test_what_was_skipped_has_its_reason(self):
        row = {"probe": "strace", "workload": "", "phase": "current", "ok": 0, "void": 0, "failed": 0, "skipped": 1, "reason": "ptrace is not permitted"}
        self.assertIn("| strace | all | current | 0 | 0 | 0 | 1 | ptrace is not permitted |", nightly_summary.markdown(self.found(coverage=[row]), "/nowhere"))


if __name__ == "__main__":
    unittest.main()
