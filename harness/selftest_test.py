#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`proctor selftest`: its statuses, its document, and the parts that do not depend on how busy the machine is."""
import json
import os
import subprocess
import tempfile
import unittest

from jsonschema import Draft202012Validator

SOURCE = os.environ["PR_SOURCE_DIR"]
PROCTOR = os.path.join(os.environ["PR_BUILD_DIR"], "proctor")


def selftest(*arguments):
    return subprocess.run([PROCTOR, "selftest", *arguments], capture_output=True, text=True, encoding="utf-8",
                          check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})


def document(*arguments):
    answer = selftest("--format", "json", *arguments)
    found = json.loads(answer.stdout)
    with open(f"{SOURCE}/schemas/selftest.schema.json", encoding="utf-8") as file:
        errors = [error.message for error in Draft202012Validator(json.load(file)).iter_errors(found)]
    return answer, found, errors


class Selftest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = os.path.join(folder.name, "kept")

    def test_simulated_data_is_judged_rightly(self):
        answer, found, errors = document("--quick", "--part", "simulation")
        self.assertEqual((answer.returncode, errors, found["exit_status"], found["crooked"]), (0, [], 0, 0))

    def test_reads_are_counted_to_the_unit_and_the_run_is_kept(self):
        answer, found, errors = document("--quick", "--part", "reads", "-o", self.dir)
        self.assertEqual((errors, found["crooked"], found["void"]), ([], 0, 0), answer.stdout)
        self.assertIn(answer.returncode, (0, 3))  # a slow machine has too few blocks for a verdict
        for check in found["checks"]:
            self.assertAlmostEqual(check["found"], check["expected"], delta=0.02)
        again = subprocess.run([PROCTOR, "compare", f"{self.dir}/reads/run"], capture_output=True, check=False)
        self.assertIn(again.returncode, (0, 3))

    def test_what_cannot_be_done_is_said(self):
        for status, sentence, arguments in [
                (2, "did you mean 'simulation'?", ["--part", "simulate"]),
                (2, "'now' is not expected", ["now"]),
                (5, "cannot make this folder", ["-o", os.path.dirname(self.dir)])]:
            answer = selftest(*arguments)
            self.assertEqual((answer.returncode, answer.stdout), (status, ""))
            self.assertIn(sentence, answer.stderr)
            self.assertEqual(answer.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
