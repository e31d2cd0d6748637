#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`proctor report` on a run directory made from fixtures/report: what it writes, prints and returns."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROCTOR = os.path.join(os.environ["PR_BUILD_DIR"], "proctor")
FIXTURES = os.path.join(os.environ["PR_FIXTURES"], "report")


# What a browser does with the words that it gets: reads the page, writes the PDF.
RENDERER = """
import sys, urllib.parse
page = urllib.parse.unquote(next(word for word in sys.argv if word.startswith("file://"))[7:])
path = next(word for word in sys.argv if word.startswith("--print-to-pdf="))[15:]
assert open(page, encoding="utf-8").read().rstrip().endswith("</html>")
open(path, "w", encoding="utf-8").write("%PDF-1.4")
"""


def report(*arguments):
    return subprocess.run([PROCTOR, "report", *arguments], capture_output=True, text=True, check=False)


def write_samples(run, path):
    """One line for each slice, as fast as the trial was."""
    slices = run["plan"]["slices"]
    with open(path, "w", encoding="utf-8") as file:
        for trial in run["trials"]:
            if trial["status"] != "ok":
                continue
            count = slices[trial["workload"]]
            messages = trial["messages"] // count
            for number in range(1, count + 1):
                elapsed = messages / trial["metrics"]["throughput"]["value"] * 1e9
                file.write(json.dumps({
                    "phase": trial["phase"], "workload": trial["workload"], "block": trial["block"], "slice": number,
                    "position": trial["position"], "predecessor": None, "messages": messages, "elapsed_ns": round(elapsed),
                    "cpu_ns": round(messages * trial["metrics"]["cpu_per_message"]["value"]), "status": "ok"}) + "\n")


class Command(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="proctor-report-_")  # an underscore that Markdown would read
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.run_path = os.path.join(self.home, "a run")
        os.mkdir(self.run_path)
        for name in ("run.json", "histograms.json"):
            shutil.copy(os.path.join(FIXTURES, name), self.run_path)
        with open(os.path.join(FIXTURES, "run.json"), encoding="utf-8") as file:
            write_samples(json.load(file), os.path.join(self.run_path, "samples.jsonl"))

    def read(self, *path):
        with open(os.path.join(self.home, *path), encoding="utf-8") as file:
            return file.read()

    def read_markdown(self, *path):
        """What a reader of the rendered text sees: nothing is escaped any more."""
        return re.sub(r"\\([^\w\s])", r"\1", self.read(*path).replace("\\_", "_"))

    def test_claims_and_a_recommendation(self):
        claims = os.path.join(self.home, "claims.json")
        with open(claims, "w", encoding="utf-8") as file:
            json.dump({"format": "proctor.claims", "version": 1, "claims": [
                {"id": "c1", "kind": "goal", "text": "no EAGAIN", "quote": "the words", "place": "page 3", "phase": "reactive",
                 "metric": "recv_eagain", "at_most": 0},
                {"id": "c2", "kind": "property", "text": "correct", "phase": "reactive", "property": "backpressure"}],
                "options": [{"name": "Stay", "phase": "baseline"}, {"name": "Go", "phase": "reactive", "prerequisites": ["c2"]}]}, file)
        answer = report(self.run_path, "--claims", claims)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        text = self.read("a run", "report", "report.md")
        for words in ("no EAGAIN", "the words", "page 3", "Recommendation", "To test c2", "--claims", "The rules", "Go"):
            self.assertIn(words, text)
        answer = report(self.run_path, "--claims", os.path.join(self.home, "none"))
        self.assertEqual((answer.returncode, answer.stdout), (5, ""))

    def test_a_policy_is_the_gate_of_the_report(self):
        policy = os.path.join(self.home, "strict policy.json")
        with open(policy, "w", encoding="utf-8") as file:
            json.dump({"format": "proctor.policy", "version": 1, "rules": [{"metric": "throughput", "phase": "core", "threshold": 0.5}]}, file)
        answer = report(self.run_path, "--policy", policy)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        text = self.read_markdown("a run", "report", "report.md")
        self.assertIn(f"by the policy {policy}", text)
        self.assertIn("not worse by 50.0\u00a0% or more", text)
        self.assertIn(f"proctor gate '{self.run_path}' --policy '{policy}'", text)
        with open(policy, "w", encoding="utf-8") as file:
            json.dump({"format": "proctor.policy", "version": 1, "treshold": 1}, file)
        answer = report(self.run_path, "--policy", policy)
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertIn("treshold", answer.stderr)

    def test_both_formats_beside_the_run(self):
        answer = report(self.run_path)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertEqual(answer.stdout.splitlines(), [f"{self.run_path}/report/report.{suffix}" for suffix in ("html", "md")])
        text = self.read("a run", "report", "report.md")
        self.assertNotIn("There is no verdict", text)
        self.assertNotIn("There is no comparison", text)
        self.assertIn(f"proctor compare '{self.run_path}'", text)

    def test_one_format_in_a_folder_of_ones_own(self):
        folder = os.path.join(self.home, "deep", "er")
        answer = report(self.run_path, "--format", "md", "-o", folder)
        self.assertEqual((answer.returncode, answer.stdout), (0, f"{folder}/report.md\n"))
        self.assertFalse(os.path.exists(os.path.join(folder, "report.html")))
        answer = report(self.run_path, "--format", "html", "-o", folder)
        self.assertEqual(answer.returncode, 0)

    def test_what_is_damaged_is_said_and_the_rest_is_shown(self):
        for file, words in (("samples.jsonl", "There is no comparison: "), ("histograms.json", "No picture: ")):
            with self.subTest(file):
                with open(os.path.join(self.run_path, file), "w", encoding="utf-8") as stream:
                    stream.write("{ not JSON")
                answer = report(self.run_path)
                self.assertEqual(answer.returncode, 0)
                self.assertIn("samples.jsonl:1: this line is not a JSON object", answer.stderr)  # damaged first, and it stays so
                self.assertEqual(len(answer.stderr.splitlines()), 1)
                self.assertIn(words, self.read("a run", "report", "report.md"))

    def test_commands_name_the_run_as_it_was_typed(self):
        for typed in ("a run", "./a run", "../" + os.path.basename(self.home) + "/a run"):
            answer = subprocess.run([PROCTOR, "report", typed, "--format", "md"], capture_output=True, text=True, check=False, cwd=self.home)
            self.assertEqual((answer.returncode, answer.stdout), (0, f"{typed}/report/report.md\n"))
            commands = re.findall(r"```sh\n(.*)\n```", self.read("a run", "report", "report.md"))
            self.assertIn(f"proctor compare '{typed}'", commands)
            self.assertIn(f"proctor run '{typed}/run.json'", commands)
            self.assertFalse([command for command in commands if self.home in command])

    def test_without_the_record_it_cannot_be_done(self):
        os.remove(os.path.join(self.run_path, "run.json"))
        answer = report(self.run_path)
        self.assertEqual((answer.returncode, answer.stdout), (5, ""))
        self.assertIn("run.json", answer.stderr)

    def test_a_folder_that_cannot_be_made(self):
        answer = report(self.run_path, "-o", os.path.join(self.run_path, "run.json", "x"))
        self.assertEqual(answer.returncode, 5)
        self.assertIn("cannot make this directory", answer.stderr)

    def test_another_run_answers_what_this_one_does_not(self):
        stalled = os.path.join(os.environ["PR_FIXTURES"], "claims", "stalled")
        claims = os.path.join(self.home, "claims.json")
        with open(claims, "w", encoding="utf-8") as file:
            json.dump({"format": "proctor.claims", "version": 1, "labels": {"phases": {"new": "loses"}}, "claims": [
                {"id": "kept", "kind": "property", "text": "nothing is lost", "phase": "new", "property": "backpressure"},
                {"id": "few", "kind": "goal", "text": "no EAGAIN", "phase": "reactive", "metric": "recv_eagain", "at_most": 0}],
                "options": [{"name": "Stay", "phase": "baseline"}, {"name": "Go", "phase": "loses", "prerequisites": ["kept"]}]}, file)
        alone = report(self.run_path, "--claims", claims, "--brief")
        self.assertEqual((alone.returncode, alone.stderr), (0, ""))
        self.assertIn("not testable here (2): nothing is lost; no EAGAIN.", alone.stdout)
        joined = report(self.run_path, "--claims", claims, "--with", stalled, "--brief")
        self.assertEqual((joined.returncode, joined.stderr), (0, ""))
        self.assertIn("REFUTED (1): nothing is lost (700 messages lost", joined.stdout)
        text = self.read("a run", "report", "report.md").replace("\\", "")
        self.assertIn(f"measured by {stalled}", text)
        self.assertTrue("What was held" in text)
        self.assertTrue(re.search(r"Go.*\| out \|.*It is not correct: 700 messages lost", text))
        self.assertRegex(text, r"### \d+\.\d+ What differs around the numbers")
        self.assertRegex(text, r"(was measured under other conditions|was measured on the same machine|What differs around the two runs)")
        none = report(self.run_path, "--with", os.path.join(self.home, "none"))
        self.assertEqual((none.returncode, none.stdout), (5, ""))

    def test_raw_data_is_linked_with_its_fingerprint(self):
        path = os.path.join(self.run_path, "run.json")
        with open(path, encoding="utf-8") as file:
            run = json.load(file)
        run["files"] = {"samples.jsonl": 1000, "traces/gone é.zst": 5}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(run, file)
        with open(os.path.join(self.run_path, "samples.jsonl"), "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        self.assertEqual(report(self.run_path).returncode, 0)
        page = self.read("a run", "report", "report.html")
        for target in re.findall(r'<a href="(\.\./[^"]*)"', page)[:1]:
            self.assertTrue(os.path.exists(os.path.join(self.run_path, "report", target)))
        self.assertIn('<a href="../samples.jsonl">', page)
        self.assertIn('<a href="../traces/gone%20%C3%A9.zst">', page)
        self.assertIn(digest, page)
        self.assertIn(digest, self.read("a run", "report", "report.md"))
        self.assertEqual(report(self.run_path, "-o", os.path.join(self.home, "far")).returncode, 0)
        self.assertNotIn("../samples.jsonl", self.read("far", "report.html"))

    def test_a_page_or_two_for_a_terminal(self):
        answer = report(self.run_path, "--brief")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertLess(len(answer.stdout.splitlines()), 80)
        self.assertLess(max(map(len, answer.stdout.splitlines())), 121)
        for words in ("Every phase against the baseline", "EAGAIN/MSG", "Why, and what is not known:", "Not exercised by this run"):
            self.assertIn(words, answer.stdout)

    def renderer(self, script):
        """A program that is called chromium, first on the path."""
        path = os.path.join(self.home, "bin", "chromium")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!{sys.executable}\n{script}")
        os.chmod(path, 0o755)
        return {**os.environ, "PATH": os.path.dirname(path) + ":" + os.environ["PATH"], "TMPDIR": self.home}

    def pdf(self, environment):
        return subprocess.run([PROCTOR, "report", self.run_path, "--format", "pdf"], capture_output=True, text=True, check=False, env=environment)

    def test_pdf_by_what_is_installed(self):
        answer = self.pdf(self.renderer(RENDERER))
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertEqual(answer.stdout, f"{self.run_path}/report/report.pdf\n")
        self.assertEqual(os.listdir(os.path.join(self.run_path, "report")), ["report.pdf"])
        self.assertFalse([name for name in os.listdir(self.home) if name.startswith("proctor-pdf")])

    def test_no_pdf_is_a_sentence(self):
        for script, words in (("import sys; sys.exit('out of order')", "chromium made no PDF: out of order"), ("", "it gave no reason")):
            answer = self.pdf(self.renderer(script))
            self.assertEqual((answer.returncode, answer.stdout), (5, ""))
            self.assertIn(words, answer.stderr)
        answer = self.pdf({**os.environ, "PATH": "/nonexistent"})
        self.assertEqual((answer.returncode, answer.stdout), (5, ""))
        self.assertIn("install chromium or weasyprint", answer.stderr)

    def test_usage(self):
        for arguments in ((), ("a", "b"), (self.run_path, "--format", "ps"), (self.run_path, "--format", ""), (self.run_path, "--colour")):
            answer = report(*arguments)
            self.assertEqual((answer.returncode, answer.stdout), (2, ""), arguments)
            self.assertEqual(answer.stderr.count("\n"), 1, arguments)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
