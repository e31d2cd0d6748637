#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""verdict_study.py: what was made is not made again, what was cut is begun anew, and goals are judged rightly.

Nothing is measured: a stand-in for proctor makes empty runs and prints one comparison.
"""
import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest

import verdict_study as study

PROCTOR = """#!/bin/sh
case $1 in
list) echo '{"engines":[{"name":"zmq","library":"%(library)s"}]}' ;;
run) while [ "$1" != -o ]; do shift; done; mkdir "$2"; echo run >> "%(log)s" ;;
compare) echo '{"rows":[%(row)s]}'; exit 3 ;;
esac
"""


def row(**members):
    return {"workload": "streaming", "metric": "throughput", "effect": 0.0, "effect_lo": -0.01, "effect_hi": 0.01,
            "p": 0.5, "p_adjusted": 1.0, "mde": 0.008, "pairs": 20, "verdict": "inconclusive", "gating": True,
            "note": "", "dependent": False, **members}


def judged(judge, rows, wanted, busy=False):
    return [goal.good for goal in judge([{"rows": [item]} for item in rows], wanted, busy)]


class Goals(unittest.TestCase):
    def test_detectable_effects(self):
        self.assertEqual(judged(study.judge_mde(0.01), [row()], 1), [True])
        self.assertEqual(judged(study.judge_mde(0.005), [row()], 1), [False])
        self.assertEqual(judged(study.judge_mde(0.005), [row()], 1, busy=True), [True])

    def test_planted_slowdowns(self):
        seen, unseen = row(effect=-0.048, p_adjusted=0.001), row(effect=-0.01, p_adjusted=0.2)
        wrong = row(effect=0.05, p_adjusted=0.001)
        judge = study.judge_planted(0.05, 0.8)
        self.assertEqual(judged(judge, [seen] * 4 + [unseen], 5), [True])
        self.assertEqual(judged(judge, [seen] * 3 + [unseen] * 2, 5), [False])
        self.assertEqual(judged(judge, [seen] * 3 + [unseen] * 2, 5, busy=True), [True])
        self.assertEqual(judged(judge, [seen] * 4 + [wrong], 5, busy=True), [False])
        self.assertEqual(judged(judge, [seen] * 4, 5), [None])

    def test_the_usual_way_beside_slices(self):
        usual = [{"rows": [row(effect_lo=-0.1, effect_hi=0.1)]}]
        goals = list(study.judge_usual(usual, [{"rows": [row()]}]))
        self.assertIn("10.0 times", goals[0].text)

    def test_parts_are_chosen_by_pattern(self):
        self.assertEqual(study.choose(["aa=3"]), {"aa": 3})
        self.assertEqual(set(study.choose(["planted-*"])),
                         {"planted-1", "planted-5", "planted-1+busy", "planted-5+busy"})
        with self.assertRaises(SystemExit):
            study.choose(["nonsense"])


class Executions(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = folder.name
        self.log = os.path.join(self.dir, "log")
        library = os.path.join(self.dir, "lib")
        with open(library, "w", encoding="utf-8") as file:
            file.write("a library")
        os.mkdir(os.path.join(self.dir, "build"))
        proctor = os.path.join(self.dir, "build/proctor")
        with open(proctor, "w", encoding="utf-8") as file:
            file.write(PROCTOR % {"library": library, "log": self.log, "row": json.dumps(row())})
        os.chmod(proctor, stat.S_IRWXU)

    def make(self, *words):
        return subprocess.run([sys.executable, study.__file__, "-o", f"{self.dir}/out", "--build", f"{self.dir}/build",
                               *words], capture_output=True, text=True, check=False)

    def runs(self):
        with open(self.log, encoding="utf-8") as file:
            return len(file.readlines())

    def test_a_study_goes_on_where_it_was_cut(self):
        self.assertEqual(self.make("mde-30-streaming=2").returncode, 0)
        self.assertEqual(self.runs(), 2)
        os.remove(f"{self.dir}/out/mde-30-streaming/002.json")
        os.mkdir(f"{self.dir}/out/mde-30-streaming/002")  # cut in the middle
        answer = self.make("mde-30-streaming=2")
        self.assertEqual((answer.returncode, self.runs()), (0, 3), answer.stderr)
        self.assertIn("2 of 5 executions", answer.stdout)
        self.assertEqual(sorted(os.listdir(f"{self.dir}/out/mde-30-streaming")), ["001.json", "002.json"])

    def test_a_load_ends_with_its_execution(self):
        answer = self.make("mde-30-streaming+busy=1")
        self.assertEqual((answer.returncode, self.runs()), (0, 1), answer.stderr)

    def test_a_failure_is_told(self):
        os.remove(os.path.join(self.dir, "lib"))
        self.assertNotEqual(self.make("aa=1").returncode, 0)


if __name__ == "__main__":
    unittest.main()
