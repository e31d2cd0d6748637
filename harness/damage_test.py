#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What goes wrong around a run: a full disk, a run that is stopped in every way, and run directories that lost files or
ends of files.  Always: the documented status, one sentence with the place, and whatever was measured is kept."""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = os.environ["PR_SOURCE_DIR"]
BUILD = os.environ["PR_BUILD_DIR"]
PROCTOR = os.path.join(BUILD, "proctor")
PLAN = ["--phase", "a=floor", "--phase", "b=floor,batch=8K", "--workload", "pingpong,count=100", "--workload",
        "streaming,count=1000"]
READERS = ("compare", "explain", "report", "gate")


def proctor(folder, *arguments, **how):
    return subprocess.run([PROCTOR, *arguments], cwd=folder, capture_output=True, text=True, check=False, **how)


class Test(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory()
        self.addCleanup(self.holder.cleanup)
        self.folder = self.holder.name

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return json.load(file)

    def check_schemas(self, run):
        for schema, name in (("run", "run.json"), ("samples", "samples.jsonl"), ("histograms", "histograms.json")):
            answer = subprocess.run([sys.executable, os.path.join(SOURCE, "ci/lib/check_schema.py"), os.path.join(
                SOURCE, f"schemas/{schema}.schema.json"), os.path.join(run, name)], capture_output=True, text=True,
                                    check=False)
            self.assertEqual(answer.stdout, "")

    def check_kept(self, name, status="interrupted", least=1):
        """A run that was ended early can be read: what it says is what was measured."""
        run = self.read(f"{name}/run.json")
        self.assertEqual(run["status"], status)
        self.assertGreaterEqual(sum(trial["status"] == "ok" for trial in run["trials"]), least)
        for command in ("compare", "explain"):
            answer = proctor(self.folder, command, name, "--format", "json")
            self.assertIn(answer.returncode, (0, 1, 3), answer.stderr)
            self.assertNotIn("left out", answer.stderr)
        self.assertEqual(json.loads(proctor(self.folder, "compare", name, "--format", "json").stdout)["run"]["status"],
                         status)
        return run


class FullDisk(Test):
    """The place of the run becomes full: first while blocks are written, then with nothing yet."""

    def check_full(self, answer, reason):
        self.assertEqual((answer.returncode, answer.stdout), (5, ""))
        last = answer.stderr.strip().split("\n")[-1]
        self.assertRegex(last, rf"^proctor run: .*run/(run|samples|histograms)\.json.*: {reason}; "
                               "run keeps what was measured before, marked interrupted; mend this and run again$")

    def test_a_limit_on_the_size_of_files(self):
        limit = 60000
        answer = proctor(self.folder, "run", *PLAN, "--blocks", "100", "--probe", "hooks", "-o", "run",
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.check_full(answer, "File too large")
        self.check_kept("run", least=4)
        self.check_schemas(os.path.join(self.folder, "run"))

    def test_a_limit_that_leaves_no_room_at_all(self):
        answer = proctor(self.folder, "run", *PLAN, "--blocks", "2", "--probe", "hooks", "-o", "run",
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))
        self.assertEqual((answer.returncode, answer.stdout), (5, ""))
        self.assertRegex(answer.stderr, "run/samples.jsonl: cannot write: File too large\n$")
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_tmpfs_that_is_full(self):
        place = os.path.join(self.folder, "small")
        os.mkdir(place)
        inside = 'mount -t tmpfs -o size=120k none "$1" && cd "$1" && shift && "$@"; status=$?; cp -r run .. 2>/dev/null; exit $status'
        how = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
        probe = subprocess.run([*how, "sh", "-c", 'mount -t tmpfs none "$1"', "sh", place], capture_output=True, text=True,
                               check=False)
        if probe.returncode != 0:
            self.skipTest(f"a tmpfs cannot be mounted here: {probe.stderr.strip()}")
        answer = subprocess.run([*how, "sh", "-c", inside, "sh", place, PROCTOR, "run", *PLAN, "--blocks", "100", "--probe",
                                 "hooks", "-o", "run"], capture_output=True, text=True, check=False)
        self.check_full(answer, "No space left on device")
        self.check_kept("run", least=4)

    def test_a_report_that_cannot_be_written(self):
        answer = proctor(self.folder, "report", os.path.join(SOURCE, "fixtures/run/equal"), "-o", "report",
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
        self.assertEqual(answer.returncode, 5)
        self.assertIn("File too large", answer.stderr)
        self.assertEqual(os.listdir(os.path.join(self.folder, "report")), [])


class Engines(Test):
    """One that hangs, and files that are no engine: what a user sees of it."""

    def test_one_that_hangs(self):
        fake = os.path.join(BUILD, "test/fake_hang.so")
        plan = {"format": "proctor.plan", "version": 1, "phases": ["floor", f"fake=zmq,lib={fake}"],
                "workloads": ["streaming,count=1000"], "slices": {"streaming": 4}, "blocks": 1, "deadline": 5,
                "probes": ["hooks"]}
        for phases, status in ((plan["phases"], 0), (plan["phases"][1:], 4)):
            name = f"run-{status}"
            answer = proctor(self.folder, "run", "-", "-q", "-o", name, input=json.dumps({**plan, "phases": phases}))
            self.assertEqual(answer.returncode, status)
            self.assertIn("block 1, fake, streaming failed: no answer within 5 s: the engine hangs or lost a message; its last "
                          "words: ended while waiting: 98 messages sent, 97 received", answer.stderr)
            trial = self.read(f"{name}/run.json")["trials"][-1]
            self.assertTrue(any(line.startswith("thread ") for line in trial["stacks"]))
        answer = proctor(self.folder, "compare", "run-0")
        self.assertIn("Trials left out of every time: fake in streaming 0 void, 1 failed.", answer.stdout)
        answer = proctor(self.folder, "compare", "run-4")
        self.assertEqual(answer.returncode, 4)
        self.assertIn("nothing was measured: every trial failed, the first because no answer within 5 s", answer.stderr)

    def test_files_that_are_no_engine(self):
        good = os.path.join(BUILD, "test/fake_good.so")
        cut_short = os.path.join(self.folder, "cut.so")
        shutil.copy(good, cut_short)
        os.truncate(cut_short, 1000)
        text = os.path.join(self.folder, "text.so")
        with open(text, "w", encoding="utf-8") as file:
            file.write("no library\n" * 100)
        for library in (cut_short, text, "/no/such.so", self.folder):
            answer = proctor(self.folder, "run", "--phase", f"x=zmq,lib={library}", *PLAN, "--blocks", "1", "-q", "-o", "run")
            self.assertEqual((answer.returncode, answer.stdout, answer.stderr.count("\n")), (5, "", 1), answer.stderr)
            self.assertIn("phase 'x': cannot load the engine library: ", answer.stderr)
            self.assertIn(library, answer.stderr)
            self.assertFalse(os.path.exists(os.path.join(self.folder, "run")))


class Stopped(Test):
    def start(self):
        run = subprocess.Popen([PROCTOR, "run", *PLAN, "--blocks", "10000", "-q", "-o", "run"], cwd=self.folder,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not os.path.exists(os.path.join(self.folder, "run/run.json")):
            self.assertIsNone(run.poll())
            time.sleep(0.01)
        return run

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.start() as run:
                run.send_signal(number)
                out, errors = run.communicate()
            self.assertEqual((run.returncode, out), (130, ""), number)
            self.assertEqual(errors, "proctor run: interrupted; run keeps what was measured\n")
            self.check_kept("run", least=4)
            self.check_schemas(os.path.join(self.folder, "run"))
            shutil.rmtree(os.path.join(self.folder, "run"))

    def last_block(self):
        return max(trial["block"] for trial in self.read("run/run.json")["trials"])

    def failed(self):
        return [trial for trial in self.read("run/run.json")["trials"] if trial["status"] == "failed"]

    def kill_a_worker(self, run):
        """And waits for two whole blocks.  False when it had ended by itself."""
        with open(f"/proc/{run.pid}/task/{run.pid}/children", encoding="utf-8") as file:
            workers = file.read().split()
        try:
            os.kill(int(workers[0]), signal.SIGKILL)
        except (IndexError, ProcessLookupError):
            return False
        end = self.last_block() + 3
        while self.last_block() < end:
            self.assertIsNone(run.poll())
            time.sleep(0.02)
        return self.failed() != []

    def test_a_worker_is_killed(self):
        with self.start() as run:
            while not self.kill_a_worker(run):
                pass
            run.send_signal(signal.SIGINT)
            errors = run.communicate()[1]
        self.assertEqual(run.returncode, 130)
        self.assertIn("it was ended by signal 9 (Killed)", errors)
        trials = self.check_kept("run")["trials"]
        failed = self.failed()
        self.assertEqual(len({(trial["phase"], trial["block"]) for trial in failed}), 1)
        self.assertTrue(all("signal 9 (Killed)" in trial["reason"] for trial in failed))
        later = [trial for trial in trials if trial["phase"] == failed[0]["phase"] and trial["block"] > failed[0]["block"]]
        self.assertIn("ok", [trial["status"] for trial in later])

    def test_killed(self):
        with self.start() as run:
            run.kill()
            run.communicate()
        self.check_kept("run", least=4)
        self.check_schemas(os.path.join(self.folder, "run"))


def cut(path, size):
    os.truncate(path, size)


class Damaged(Test):
    """Each file of a run removed, and cut at several places."""

    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.made.cleanup)
        answer = proctor(cls.made.name, "run", *PLAN, "--blocks", "7", "-q", "-o", "run")
        assert answer.returncode == 0, answer.stderr
        cls.whole = os.path.join(cls.made.name, "run")
        with open(os.path.join(cls.whole, "run.json"), encoding="utf-8") as file:
            cls.files = json.load(file)["files"]

    def setUp(self):
        super().setUp()
        shutil.copytree(Damaged.whole, os.path.join(self.folder, "run"))

    def path(self, name):
        return os.path.join(self.folder, "run", name)

    def all_say(self, status, sentence, readers=READERS):
        for command in readers:
            answer = proctor(self.folder, command, "run")
            if status is not None:
                self.assertEqual((command, answer.returncode, answer.stdout), (command, status, ""), answer.stderr)
            else:
                self.assertIn(answer.returncode, (0, 1, 3), (command, answer.stderr))
            self.assertIn(sentence, answer.stderr, command)
            for line in answer.stderr.strip().split("\n"):
                self.assertRegex(line, f"^proctor {command}: ")

    def test_the_sizes_are_recorded(self):
        for name, size in self.files.items():
            self.assertEqual(os.path.getsize(self.path(name)), size, name)
        self.assertTrue({"samples.jsonl", "histograms.json"} <= set(self.files))
        for command in READERS:
            self.assertEqual(proctor(self.folder, command, "run").stderr, "", command)

    def test_the_record_is_gone_or_cut(self):
        size = os.path.getsize(self.path("run.json"))
        for left in (size - 2, size // 2, 1000, 1, 0):
            cut(self.path("run.json"), left)
            self.all_say(5, "it ends here, in the middle: it was cut short")
        os.remove(self.path("run.json"))
        self.all_say(5, "run: there is no run.json in it; give a directory that `proctor run` wrote")

    def test_the_samples_are_cut(self):
        whole = self.files["samples.jsonl"]
        for left in (whole - 2, 2 * whole // 3):
            cut(self.path("samples.jsonl"), left)
            self.all_say(None, f"run/samples.jsonl: cut short, {left} of {whole} bytes are left")
            self.all_say(None, "these trials are left out")
        comparison = json.loads(proctor(self.folder, "compare", "run", "--format", "json").stdout)
        self.assertEqual(len(comparison["run"]["missing"]), 2)
        self.assertGreater(sum(row["void"] for row in comparison["trials"]), 0)
        self.assertIn("Missing: run/samples.jsonl: cut short", proctor(self.folder, "compare", "run").stdout)
        with open(self.path("report/report.md"), encoding="utf-8") as file:
            self.assertIn("samples.jsonl: cut short", file.read())

    def test_the_samples_are_gone(self):
        cut(self.path("samples.jsonl"), 0)
        answer = proctor(self.folder, "compare", "run")
        self.assertEqual(answer.returncode, 4)
        self.assertRegex(answer.stderr, "the slices of 28 of the trials are not all there|nothing is left of what was measured")
        os.remove(self.path("samples.jsonl"))
        self.all_say(5, "run/samples.jsonl: there is no such file", ("compare", "explain", "gate"))
        answer = proctor(self.folder, "report", "run")
        self.assertEqual(answer.returncode, 0)
        self.assertIn("run/samples.jsonl: there is no such file", answer.stderr)

    def test_the_other_files_are_gone_or_cut(self):
        for name in sorted(set(self.files) - {"samples.jsonl"}):
            for left in (self.files[name] - 1, self.files[name] // 2, 0):
                cut(self.path(name), left)
                self.all_say(None, f"run/{name}: cut short, {left} of {self.files[name]} bytes are left")
            os.remove(self.path(name))
            self.all_say(None, f"run/{name}: it cannot be read (No such file or directory)")
            shutil.copy(os.path.join(Damaged.whole, name), self.path(name))


if __name__ == "__main__":
    unittest.main()
