#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`proctor gate`: policies, statuses, formats; and `git bisect run` that finds a planted regression.

Nothing is measured: the runs are those of fixtures/run, and ci/bisect-example is given a proctor whose `run` copies one
of them, slowed by what the library of the revision says.
"""
import json
import os
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

from jsonschema import Draft202012Validator

SOURCE = os.environ["PR_SOURCE_DIR"]
PROCTOR = os.path.join(os.environ["PR_BUILD_DIR"], "proctor")
RUNS = os.path.join(SOURCE, "fixtures/run")
POLICY = {"format": "proctor.policy", "version": 1}


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = folder.name

    def path(self, name, text=None):
        path = os.path.join(self.dir, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return path

    def policy(self, **members):
        return self.path("policy.json", json.dumps({**POLICY, **members}))

    def gate(self, *arguments, **environment):
        return subprocess.run([PROCTOR, "gate", *arguments], capture_output=True, text=True, encoding="utf-8", check=False, cwd=RUNS,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "XDG_DATA_HOME": self.dir, **environment})

    def refuse(self, status, sentence, *arguments):
        answer = self.gate(*arguments)
        self.assertEqual((answer.returncode, answer.stdout), (status, ""))
        self.assertIn(sentence, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1)

    def document(self, *arguments):
        answer = self.gate(*arguments, "--format", "json")
        self.assertEqual(answer.stderr, "")
        self.follow("gate", answer.stdout)
        document = json.loads(answer.stdout)
        self.assertEqual(document["exit_status"], answer.returncode)
        return document

    def follow(self, schema, text, status=0):
        with open(f"{SOURCE}/schemas/{schema}.schema.json", encoding="utf-8") as file:
            errors = [error.message for error in Draft202012Validator(json.load(file)).iter_errors(json.loads(text))]
        self.assertEqual(bool(errors), bool(status), errors)


def check_of(document, metric, phase, workload="streaming"):
    return next(c for c in document["checks"] if (c["metric"], c["phase"], c["workload"]) == (metric, phase, workload))


class Gate(Case):
    def test_statuses(self):
        for run, plain, bisecting in (("equal", 0, 0), ("seed", 1, 1), ("noisy", 3, 125), ("few", 3, 125), ("alone", 4, 125),
                                      ("failed", 1, 1), ("versions", 0, 0), ("stall", 1, 1)):
            self.assertEqual((run, self.gate(run).returncode, self.gate(run, "--bisect").returncode), (run, plain, bisecting))
        for arguments in (["nothing"], ["equal", "--polcy", "x"], [], ["equal", "--policy", "/nonexistent"]):
            self.assertEqual(self.gate(*arguments, "--bisect").returncode, 125)

    def test_a_threshold_too_fine_is_refused(self):
        document = self.document("noisy")
        check = check_of(document, "throughput", "again")
        self.assertEqual((check["result"], document["refused"]), ("refused", 5))
        self.assertRegex(check["note"], r"the threshold of 2\.0 % is below what 8 blocks can detect here \(18\.\d %\)")
        document = self.document("equal", "--policy", self.policy(threshold=0.01))
        self.assertIn("below the floor of 2.0 %", check_of(document, "throughput", "again")["note"])
        self.assertIn("the floor is not known", document["floor"]["text"])
        self.assertEqual(document["exit_status"], 3)
        self.assertEqual(self.document("equal", "--policy", self.policy(threshold=0.012), "--floor", "0.5")["exit_status"], 0)

    def test_rules(self):
        rules = [{"metric": "throughput", "workload": "stream*", "phase": "slower", "threshold": 0.10}, {"metric": "cpu_per_message", "phase": "s*"}]
        document = self.document("seed", "--policy", self.policy(rules=rules, threshold=0.03))
        self.assertEqual({(c["metric"], c["phase"], c["threshold"]) for c in document["checks"] if "messages" not in c["metric"]},
                         {("throughput", "slower", 0.10), ("cpu_per_message", "slower", 0.03), ("cpu_per_message", "same", 0.03)})
        self.assertEqual(check_of(document, "throughput", "slower")["verdict"], "changed-below-floor")
        self.assertEqual((check_of(document, "cpu_per_message", "slower")["result"], document["exit_status"]), ("fail", 1))

    def test_a_rule_that_fits_nothing_cannot_tell(self):
        document = self.document("equal", "--policy", self.policy(rules=[{"metric": "throughput"}, {"metric": "latency_p999"}]))
        self.assertEqual(document["checks"][-1]["note"], "no row of this run fits the rule, or an earlier rule took it")
        self.assertEqual(document["exit_status"], 3)

    def test_what_counts_as_a_failure(self):
        self.assertEqual(self.document("noisy", "--policy", self.policy(fail_on=["inconclusive"]))["exit_status"], 1)
        self.assertEqual(self.document("versions", "--policy", self.policy(fail_on=["improved"]))["exit_status"], 1)
        self.assertEqual(self.document("seed", "--policy", self.policy(fail_on=[]))["fail"], 0)
        self.assertEqual(self.document("few", "--policy", self.policy(inconclusive="pass"))["exit_status"], 0)
        self.assertEqual(self.document("few", "--policy", self.policy(inconclusive="fail"))["exit_status"], 1)
        self.assertEqual(self.document("noisy", "--policy", self.policy(inconclusive="pass"))["exit_status"], 3)
        self.assertEqual(self.document("seed", "--policy", self.policy(baseline="slower"))["baseline"], "slower")

    def test_policies_that_are_wrong(self):
        for sentence, members in (("expected a", {"threshold": "2"}), ("threshold is a fraction above 0 and below 1", {"threshold": 2}),
                                  ("did you mean 'throughput'?", {"rules": [{"metric": "troughput"}]}), ("there is no rule", {"rules": []}),
                                  ("cannot-tell, pass or fail", {"inconclusive": "skip"}), ("expected one of improved", {"fail_on": ["worse"]}),
                                  ("did you mean 'threshold'?", {"treshold": 0.02}), ("did you mean 'metric'?", {"rules": [{"metrc": "x"}]}),
                                  ("expected an object", {"rules": [3]}), ("format", {"format": "proctor.plan"})):
            path = self.policy(**members)
            answer = self.gate("equal", "--policy", path)
            self.assertEqual((answer.returncode, answer.stdout), (2, ""), members)
            self.assertIn(sentence, answer.stderr)
            with open(path, encoding="utf-8") as file:
                self.follow("policy", file.read(), 0 if "troughput" in str(members) else 1)
        self.refuse(2, "has no phase 'odl'", "versions", "--policy", self.policy(baseline="odl"))
        self.refuse(2, "--floor must be", "equal", "--floor", "100")
        self.refuse(2, "give one directory", "equal", "seed")
        self.follow("policy", json.dumps({**POLICY, "baseline": "old", "threshold": 0.02, "fail_on": ["regressed"], "inconclusive": "pass",
                                          "rules": [{"metric": "throughput", "workload": "s*", "phase": "new", "threshold": 0.03}]}))

    def test_text(self):
        text = self.gate("seed").stdout
        self.assertTrue(text.startswith("seed: 5 of 33 checks failed, 2 refused against baseline.\n"))
        self.assertLess(text.index("Failed:"), text.index("Refused, because"))
        self.assertLess(text.index("Refused, because"), text.index("Passed:"))
        self.assertIn("messages lost, reordered and duplicated: none (18 checks)", text)
        self.assertTrue(self.gate("seed", LC_ALL="C").stdout.isascii())

    def test_junit(self):
        path = self.path("gate.xml")
        for run in ("seed", "failed", "noisy", "alone"):
            document = self.document(run, "--junit", path)
            root = ElementTree.parse(path).getroot()
            (suite,) = root
            self.assertEqual((root.tag, suite.tag, len(suite)), ("testsuites", "testsuite", len(document["checks"])))
            for name, count in (("failure", document["fail"]), ("skipped", document["refused"] + document["cannot-tell"])):
                self.assertEqual(len(suite.findall(f"testcase/{name}")), count)
                self.assertEqual(int(suite.get({"failure": "failures"}.get(name, name))), count)
        self.refuse_output("--junit", "/nonexistent/gate.xml")

    def refuse_output(self, *arguments):
        answer = self.gate("equal", *arguments)
        self.assertEqual(answer.returncode, 5)
        self.assertIn("/nonexistent/gate.xml", answer.stderr)

    def test_names_are_escaped(self):
        text = open(f"{RUNS}/equal/run.json", encoding="utf-8").read().replace('"again"', '"a<b>&\\"%,:c"')
        samples = open(f"{RUNS}/equal/samples.jsonl", encoding="utf-8").read().replace('"again"', '"a<b>&\\"%,:c"')
        os.mkdir(self.path("odd"))
        self.path("odd/run.json", text)
        self.path("odd/samples.jsonl", samples)
        answer = self.gate(self.path("odd"), "--policy", self.policy(fail_on=["equivalent"]), "--junit", self.path("odd.xml"), "--format", "github")
        self.assertIn('::error title=throughput of a<b>&"%25%2C%3Ac in streaming::', answer.stdout)
        case = ElementTree.parse(self.path("odd.xml")).getroot()[0][0]
        self.assertEqual(case.get("name"), 'throughput of a<b>&"%,:c in pingpong')

    def test_github(self):
        lines = self.gate("seed", "--format", "github").stdout.splitlines()
        self.assertEqual([line.split(" ")[0] for line in lines], ["::error", "::warning", "::error", "::warning"] + ["::error"] * 3 + ["::notice"])
        self.assertRegex(lines[0], r"^::error title=throughput of slower in pingpong::.*worse by at least 3\.9 %25 \(threshold 2\.0 %25\)$")


FAKE = """#!/usr/bin/env python3
import json, os, subprocess, sys
if sys.argv[1] != "run":
    os.execv({proctor!r}, [{proctor!r}, *sys.argv[1:]])
words = sys.argv[2:]
out = words[words.index("-o") + 1]
library = next(w for w in words if w.startswith("now=")).split("lib=")[1]
word = open(library).read().split()
if word[0] == "crash":
    sys.exit(5)
slow = float(word[0])
os.makedirs(out)
text = open({run!r} + "/run.json").read()
base, now = [p["label"] for p in json.loads(text)["phases"]][:2]
rename = lambda t: t.replace(f'"{{base}}"', '"good"').replace(f'"{{now}}"', '"now"')
open(out + "/run.json", "w").write(rename(text))
with open(out + "/samples.jsonl", "w") as file:
    for line in open({run!r} + "/samples.jsonl"):
        sample = json.loads(rename(line))
        if sample["phase"] == "now":
            sample["elapsed_ns"] = round(sample["elapsed_ns"] * slow)
        file.write(json.dumps(sample) + "\\n")
"""


class Bisect(Case):
    """A repository of 16 revisions: the library is a number, how much slower than the good one; one does not build, one crashes."""

    def git(self, *arguments, check=True):
        return subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", "-c",
                               "init.defaultBranch=main", *arguments], cwd=self.path("clone"), capture_output=True, text=True, check=check,
                              env={**os.environ, **self.environment})

    def make_clone(self, speeds):
        os.mkdir(self.path("clone"))
        self.git("init", "-q")
        for number, speed in enumerate(speeds):
            self.path("clone/engine.txt", f"{speed}\n{number}\n")
            self.git("add", "engine.txt")
            self.git("commit", "-q", "-m", f"revision {number}")

    def setUp(self):
        super().setUp()
        self.path("good.so", "1.0\n")
        fake = self.path("proctor", FAKE.format(proctor=PROCTOR, run=f"{RUNS}/equal"))
        os.chmod(fake, 0o755)
        self.environment = {"PROCTOR": fake, "BUILD": "! grep -q broken engine.txt && cp engine.txt built.so", "LIBRARY": "built.so",
                            "RUNS": self.path("runs"), "XDG_DATA_HOME": self.dir, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}

    def bisect(self, good):
        self.git("bisect", "start", "HEAD", f"HEAD~{good}")
        return self.git("bisect", "run", f"{SOURCE}/ci/bisect-example", self.path("good.so"), check=False)

    def test_finds_the_planted_regression(self):
        self.make_clone([1.0] * 5 + ["broken"] + [1.0, "crash", 1.0, 1.0] + [1.08] * 6)
        answer = self.bisect(15)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertIn("is the first bad commit", answer.stdout)
        self.assertEqual(self.git("log", "-1", "--format=%s", "refs/bisect/bad").stdout, "revision 10\n")

    def test_a_revision_that_cannot_be_told_is_skipped(self):
        self.make_clone([1.0, "broken", "crash", 1.1])
        answer = self.bisect(3)
        self.assertNotEqual(answer.returncode, 0)
        self.assertIn("only 'skip'ped commits left", answer.stdout)

    def test_a_wrong_call_stops_bisecting(self):
        self.make_clone([1.0, 1.0, 1.1])
        self.git("bisect", "start", "HEAD", "HEAD~2")
        answer = self.git("bisect", "run", f"{SOURCE}/ci/bisect-example", "/nonexistent.so", check=False)
        self.assertIn("does not exist", answer.stdout + answer.stderr)
        self.assertNotIn("first bad commit", answer.stdout)


if __name__ == "__main__":
    unittest.main()
