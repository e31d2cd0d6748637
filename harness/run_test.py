#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`proctor run` as a user meets it: what it prints where, what it writes, and the status it ends with."""
import glob
import json
import os
import re
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
FLOOR = ["--phase", "floor", "--workload", "streaming,count=1000", "--probe", "hooks"]


def check_schema(name, *paths, text=None):
    return subprocess.run([sys.executable, os.path.join(SOURCE, "ci/lib/check_schema.py"),
                           os.path.join(SOURCE, f"schemas/{name}.schema.json"), *paths],
                          input=text, capture_output=True, text=True, check=False)


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_it(self, *arguments, text=None):
        return subprocess.run([PROCTOR, "run", *arguments], cwd=self.folder.name, input=text, capture_output=True,
                              text=True, check=False)

    def refuse(self, status, sentence, *arguments):
        answer = self.run_it(*arguments)
        self.assertEqual((answer.returncode, answer.stdout), (status, ""))
        self.assertIn(sentence, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1)

    def document(self, name):
        with open(os.path.join(self.folder.name, name), encoding="utf-8") as file:
            return json.load(file)

    def test_dry_run_prints_a_plan_that_runs(self):
        answer = self.run_it("--dry-run", "-o", "there")
        self.assertEqual(answer.returncode, 0)
        self.assertRegex(answer.stderr, r"^proctor run: 30 blocks will take about .*\n"
                         r"(proctor run: smallest change of .* likely to be seen: .*\n){2}proctor run: it would write there\n$")
        self.assertEqual(os.listdir(self.folder.name), [])
        plan = json.loads(answer.stdout)
        self.assertIn("there/run.json", plan["predicted"]["files"])
        self.assertGreater(plan["predicted"]["seconds"], 0)
        self.assertEqual(check_schema("plan", "-", text=answer.stdout).stdout, "")
        self.assertEqual(plan["predicted"]["blocks_needed"], 8)
        self.assertEqual([item["workload"] for item in plan["predicted"]["detectable"]], ["pingpong", "streaming"])
        again = self.run_it("-", "--dry-run", "-q", "-o", "there", text=answer.stdout)
        self.assertEqual((again.stdout, again.stderr), (answer.stdout, ""))

    def test_good_plans_follow_the_schema(self):
        paths = [path for path in glob.glob(os.path.join(SOURCE, "fixtures/plan/good/*.json"))
                 if not path.endswith("/run.json")]
        self.assertGreaterEqual(len(paths), 4)
        self.assertEqual(check_schema("plan", *paths).stdout, "")

    def test_a_run_writes_a_directory_and_prints_its_name(self):
        answer = self.run_it(*FLOOR, "--blocks", "2", "-o", "my run")
        self.assertEqual((answer.returncode, answer.stdout), (0, "my run\n"))
        self.assertRegex(answer.stderr, r"block 1 of 2 done, about \d+ s left\n.*block 2 of 2 done")
        run = self.document("my run/run.json")
        self.assertEqual(run["argv"], ["proctor", "run", *FLOOR, "--blocks", "2", "-o", "my run"])
        self.assertEqual([trial["status"] for trial in run["trials"]], ["ok", "ok"])
        again = self.run_it("my run/run.json", "-q", "-o", "again")
        self.assertEqual((again.returncode, again.stdout, again.stderr), (0, "again\n", ""))
        self.assertEqual(self.document("again/run.json")["plan"], run["plan"])

    def test_a_curve_begins_with_the_signature_of_each_phase(self):
        answer = self.run_it("curve", "--blocks", "1", "--probe", "hooks", "--workload",
                             "pingpong,count=400,window=1:64", "-q", "-o", "run")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        run = self.document("run/run.json")
        alone = {trial["phase"]: trial for trial in run["trials"]
                 if trial["block"] == 1 and trial["workload"] == "pingpong,count=400,window=1"}
        for phase in ("baseline", "reactive", "reactive-coalesced", "core"):
            hooks = alone[phase]["counters"]["hooks"]
            self.assertEqual(hooks["recv_full"] + hooks["recv_short"], 800, phase)
        for phase in ("reactive", "reactive-coalesced"):
            hooks = alone[phase]["counters"]["hooks"]
            self.assertEqual((hooks["recv_speculative"], hooks["eagain_speculative"]), (0, 0), phase)
        hooks = alone["baseline"]["counters"]["hooks"]
        won = hooks["recv_speculative"] - hooks["eagain_speculative"]
        self.assertEqual(hooks["eagain_speculative"], 800 - won)
        explained = subprocess.run([PROCTOR, "explain", "run", "--format", "json"], cwd=self.folder.name,
                                   capture_output=True, text=True, check=True).stdout
        self.assertEqual(check_schema("explanation", "-", text=explained).stdout, "")
        curve, = json.loads(explained)["curves"]
        self.assertEqual((curve["option"], curve["values"]), ("window", [1, 64]))
        phases = {phase["phase"]: phase for phase in curve["phases"]}
        for label, phase in phases.items():
            if phase["probe"] == "hooks":
                first, last = phase["points"][0], phase["points"][-1]
                self.assertEqual(round(first["receives_per_message"] - first["would_blocks_per_message"], 9), 1, label)
                # How many come at once is up to the scheduler; none needs more than one that finds data.
                self.assertLessEqual(last["receives_per_message"] - last["would_blocks_per_message"], 1.01, label)
        compared = subprocess.run([PROCTOR, "compare", "run", "--format", "json"], cwd=self.folder.name,
                                  capture_output=True, text=True, check=False).stdout
        self.assertEqual(check_schema("comparison", "-", text=compared).stdout, "")
        self.assertEqual(json.loads(compared)["curves"], [curve])

    def test_the_default_directory_has_the_date(self):
        answer = self.run_it(*FLOOR, "--blocks", "1", "-q")
        self.assertRegex(answer.stdout, r"^proctor-run-\d{8}-\d{6}\n$")
        self.assertEqual(os.listdir(self.folder.name), [answer.stdout.strip()])

    def test_a_run_is_never_overwritten(self):
        os.mkdir(os.path.join(self.folder.name, "full"))
        with open(os.path.join(self.folder.name, "full/thing"), "w", encoding="utf-8"):
            pass
        self.refuse(5, "full: this directory is not empty, and a run is never overwritten; give another with -o",
                    *FLOOR, "-q", "-o", "full")
        self.assertEqual(os.listdir(os.path.join(self.folder.name, "full")), ["thing"])

    def test_an_empty_directory_will_do(self):
        os.mkdir(os.path.join(self.folder.name, "empty"))
        self.assertEqual(self.run_it(*FLOOR, "--blocks", "1", "-q", "-o", "empty").returncode, 0)

    def test_a_directory_that_cannot_be_made(self):
        self.refuse(5, "no/such/place: cannot make this directory: No such file or directory", *FLOOR, "-q", "-o",
                    "no/such/place")

    def test_wrong_command_lines(self):
        for sentence, *arguments in (
                ("unknown option '--phse'; did you mean '--phase'?", "--phse", "x"),
                ("unknown plan 'sed'; did you mean 'seed'?", "sed"),
                ("'b' is not expected; name one plan", "seed", "b"),
                ("unknown engine or preset 'reactve'; did you mean 'reactive'?", "--phase", "reactve"),
                ("unknown workload 'stream'; did you mean 'streaming'?", "--workload", "stream"),
                ("unknown option 'cuont'; did you mean 'count'?", "--workload", "streaming,cuont=1"),
                ("unknown probe 'hoks'; did you mean 'hooks'?", "--probe", "hoks"),
                ("--blocks and --time exclude each other", "--blocks", "3", "--time", "5s"),
                ("option '--blocks': '0'", "--blocks", "0"),
                ("roles 'tow' is not one or two", "--roles", "tow"),
                ("transport inproc stays within one process", "--roles", "two", "--workload",
                 "streaming,transport=inproc"),
                ("pin 'tow' is not one, spread or a list", "--pin", "tow"),
        ):
            self.refuse(2, sentence, *arguments)

    def test_an_engine_without_hooks_takes_part_only_once_it_is_built(self):
        for name in ("proctor", "libproctor-interpose.so"):
            shutil.copy2(os.path.join(BUILD, name), self.folder.name)
        first = os.path.join(self.folder.name, "unhooked", "0")
        os.makedirs(first)  # as a build that was configured leaves it
        command = [os.path.join(self.folder.name, "proctor"), "run", "--phase", "baseline", "--workload", "pingpong",
                   "--probe", "hooks", "--probe", "interpose", "--dry-run", "-q"]
        labels = []
        for _ in range(2):
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            labels.append([phase["label"] for phase in json.loads(answer.stdout)["phases"]])
            shutil.copy2(os.path.join(BUILD, "libproctor.so"), first)
        self.assertEqual(labels[0], ["baseline", "baseline+interpose"])
        self.assertEqual(labels[1], labels[0] + ["baseline+unhooked"])

    def test_roles_replace_those_of_the_plan(self):
        plan = json.loads(self.run_it("seed", "--roles", "two", "--dry-run", "-q").stdout)
        self.assertEqual(plan["roles"], "two")
        self.assertEqual([workload["options"]["roles"] for workload in plan["workloads"]], ["two", "two"])

    def test_a_time_gives_blocks(self):
        answer = self.run_it(*FLOOR, "--time", "1ms", "-o", "run")
        self.assertEqual(answer.returncode, 0)
        self.assertRegex(answer.stderr, r"a block takes .* s: 1 blocks fit into the time")
        self.assertEqual(self.document("run/run.json")["plan"]["blocks"], 1)

    def test_nothing_measured_is_status_4(self):
        answer = self.run_it("--phase", f"fake=zmq,lib={BUILD}/test/fake_crash.so", "--workload",
                             "streaming,count=1000", "--probe", "hooks", "--blocks", "1", "-q", "-o", "run")
        self.assertEqual((answer.returncode, answer.stdout), (4, ""))
        self.assertIn("nothing was measured", answer.stderr)

    def test_an_engine_that_is_not_there_is_status_5(self):
        self.refuse(5, "phase 'x': cannot load the engine library", "--phase", "x=zmq,lib=/no/such.so", "-q", "-o",
                    "run")

    def test_ctrl_c_is_status_130(self):
        with subprocess.Popen([PROCTOR, "run", *FLOOR, "--blocks", "10000", "-o", "run"], cwd=self.folder.name,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
            samples = os.path.join(self.folder.name, "run/samples.jsonl")
            while not os.path.exists(samples) or os.path.getsize(samples) == 0:
                time.sleep(0.01)
            run.send_signal(signal.SIGINT)
            _, errors = run.communicate()
        self.assertEqual(run.returncode, 130)
        self.assertTrue(re.search("interrupted; run keeps what was measured", errors))
        self.assertEqual(self.document("run/run.json")["status"], "interrupted")


if __name__ == "__main__":
    unittest.main()
