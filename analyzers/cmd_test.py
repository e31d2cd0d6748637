#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`proctor compare` and `proctor explain` as a user meets them: output, errors, exit statuses, schemas."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ["PR_SOURCE_DIR"]
PROCTOR = os.path.join(os.environ["PR_BUILD_DIR"], "proctor")
CLAIMS = os.path.join(SOURCE, "fixtures/claims/true-proactor-report.json")
RUNS = os.path.join(SOURCE, "fixtures/run")
STATUSES = {"seed": 1, "few": 3, "six": 3, "equal": 0, "noisy": 3, "stall": 1, "failed": 1, "interrupted": 3, "untraced": 3,
            "disagree": 3, "held": 1, "versions": 0, "alone": 4, "strays": 3, "ablated": 0}


def proctor(*arguments, locale="C.UTF-8", **environment):
    plain = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR", "LC_CTYPE", "LANG")}
    return subprocess.run([PROCTOR, *arguments], cwd=RUNS, capture_output=True, text=True, encoding="utf-8", check=False,
                          env={**plain, "LC_ALL": locale, **environment})


class Commands(unittest.TestCase):
    def refuse(self, status, sentence, *arguments):
        answer = proctor(*arguments)
        self.assertEqual((answer.returncode, answer.stdout), (status, ""))
        self.assertIn(sentence, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1)

    def test_statuses(self):
        for name, status in STATUSES.items():
            for form in ("table", "json", "md", "csv", "go"):
                answer = proctor("compare", name, "--format", form)
                self.assertEqual((name, form, answer.returncode, answer.stderr), (name, form, status, ""))
                self.assertTrue(answer.stdout.endswith("\n"))
            for form in ("text", "json", "md"):
                answer = proctor("explain", name, "--format", form)
                self.assertEqual((name, form, answer.returncode, answer.stderr), (name, form, 0, ""))

    def test_documents_follow_the_schemas(self):
        for command, schema in (("compare", "comparison"), ("explain", "explanation")):
            for name in STATUSES:
                answer = subprocess.run([sys.executable, f"{SOURCE}/ci/lib/check_schema.py", f"{SOURCE}/schemas/{schema}.schema.json", "-"],
                                        input=proctor(command, name, "--format", "json").stdout, capture_output=True, text=True, check=False)
                self.assertEqual((name, answer.stdout, answer.returncode), (name, "", 0))

    def test_causes_see_neither_labels_nor_options(self):
        """The same counters under other names, with other options: the same verdicts, shares and (but for names) evidence."""
        with open(os.path.join(RUNS, "seed", "run.json"), encoding="utf-8") as file:
            run = json.load(file)
        names = {phase["label"]: f"x{index}" for index, phase in enumerate(run["phases"])}
        names |= {workload.get("label", workload["name"]): f"y{index}" for index, workload in enumerate(run["plan"]["workloads"])}
        for phase in run["phases"]:
            phase["options"] = {"preset": "reactive", "speculate": "sometimes"}
        for place in run["phases"] + run["plan"]["workloads"]:
            place["label"] = names[place.get("label", place.get("name"))]
        for place in run["trials"] + run["traces"]:
            place.update({key: names[place[key]] for key in ("phase", "workload") if key in place})
        for trace in run["traces"]:
            for stage in trace["stages"]:
                stage["name"] = names.get(stage["name"], stage["name"])
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "run.json"), "w", encoding="utf-8") as file:
                json.dump(run, file)
            with open(os.path.join(RUNS, "seed", "samples.jsonl"), encoding="utf-8") as source, \
                    open(os.path.join(folder, "samples.jsonl"), "w", encoding="utf-8") as file:
                for line in source:
                    sample = json.loads(line)
                    sample.update({key: names.get(sample[key], sample[key]) for key in ("phase", "workload", "predecessor") if key in sample})
                    file.write(json.dumps(sample) + "\n")
            scrambled = json.loads(proctor("explain", folder, "--format", "json").stdout)["causes"]
        plain = json.loads(proctor("explain", "seed", "--format", "json").stdout)["causes"]
        keys = ("name", "verdict", "share", "share_lo", "share_hi", "ns")
        self.assertEqual([[cause[key] for key in keys] for cause in scrambled], [[cause[key] for key in keys] for cause in plain])
        self.assertEqual({cause["verdict"] for cause in plain}, {"yes", "no", "cannot tell"})

    def check(self, schema, text):
        answer = subprocess.run([sys.executable, f"{SOURCE}/ci/lib/check_schema.py", f"{SOURCE}/schemas/{schema}.schema.json", "-"],
                                input=text, capture_output=True, text=True, check=False)
        self.assertEqual((answer.stdout, answer.returncode), ("", 0))

    def test_claims(self):
        with open(CLAIMS, encoding="utf-8") as file:
            claims = json.load(file)
        self.check("claims", json.dumps(claims))
        with open(CLAIMS.replace("-report", "-backpressure"), encoding="utf-8") as file:
            self.check("claims", file.read())
        for form in ("text", "json", "md"):
            answer = proctor("explain", "seed", "--claims", CLAIMS, "--format", form)
            self.assertEqual((answer.returncode, answer.stderr), (1, ""))
            for claim in claims["claims"]:
                self.assertIn(claim["id"], answer.stdout)
        document = proctor("explain", "seed", "--claims", CLAIMS, "--format", "json").stdout
        self.check("explanation", document)
        self.assertEqual([claim["id"] for claim in json.loads(document)["claims"]], [claim["id"] for claim in claims["claims"]])

    def test_a_claim_that_holds_is_no_failure(self):
        claims = {"format": "proctor.claims", "version": 1, "claims": [
            {"id": "fewer", "kind": "goal", "text": "no EAGAIN", "phase": "faster", "metric": "recv_eagain", "at_most": 0}]}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(claims, file)
            file.flush()
            answer = proctor("explain", "seed", "--claims", file.name)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("1 confirmed", answer.stdout)

    def test_another_run_answers(self):
        """A claim about a phase that only the other run has: its answer, and where it is from."""
        claims = {"format": "proctor.claims", "version": 1, "claims": [
            {"id": "versions", "kind": "goal", "text": "no EAGAIN", "phase": "faster", "metric": "recv_eagain", "at_most": 1000000000}]}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(claims, file)
            file.flush()
            alone = json.loads(proctor("explain", "six", "--claims", file.name, "--format", "json").stdout)["claims"][0]
            answer = proctor("explain", "six", "--with", "seed", "--claims", file.name, "--format", "json")
            text = proctor("explain", "six", "--with", "seed", "--claims", file.name, "--format", "md").stdout
        claim = json.loads(answer.stdout)["claims"][0]
        self.assertEqual((alone["verdict"], claim["verdict"], claim["run"], answer.returncode), ("not-testable", "confirmed", "seed", 0))
        self.assertIn("(By seed.)", text)
        answer = proctor("explain", "six", "--with", "seed")
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertIn("--claims", answer.stderr)

    def test_claims_of_several_files(self):
        files = [os.path.join(SOURCE, "fixtures/claims/said", name + ".json") for name in ("report", "commit")]
        for file in files:
            with open(file, encoding="utf-8") as text:
                self.check("claims", text.read())
        words = [word for file in files for word in ("--claims", file)]
        answer = proctor("explain", "seed", *words, "--format", "json")
        self.check("explanation", answer.stdout)
        document = json.loads(answer.stdout)
        self.assertEqual([claim["id"] for claim in document["claims"]], ["throughput", "clean", "commit:throughput"])
        self.assertEqual([item["claims"] for item in document["contradictions"]], [["throughput", "commit:throughput"]])

    def test_ablation(self):
        """What was put into the fixture comes out, within its interval: ns of CPU time, alone, on the path, and the rest."""
        ablation = json.loads(proctor("explain", "ablated", "--format", "json").stdout)["ablation"]
        row = next(row for row in ablation["rows"] if (row["workload"], row["metric"]) == ("pingpong", "cpu_per_message"))
        level = row["level"]
        truth = [(row["parts"][0]["alone"], -0.10), (row["parts"][0]["path"], -0.10), (row["parts"][1]["alone"], -0.05),
                 (row["parts"][1]["path"], -0.10), (row["total"], -0.20), (row["interaction"], -0.05)]
        for estimate, share in truth:
            self.assertTrue(estimate["lo"] - 0.002 * level <= share * level <= estimate["hi"] + 0.002 * level, (estimate, share * level))
            self.assertLess(estimate["hi"] - estimate["lo"], 0.03 * level)
        text = proctor("explain", "ablated").stdout
        self.assertIn("interaction", text)
        self.assertIn("ON THE PATH", text)

    def test_options(self):
        document = json.loads(proctor("compare", "seed", "--format", "json", "--baseline", "faster", "--delta", "5").stdout)
        self.assertEqual((document["baseline"], document["delta"]), ("faster", 0.05))
        self.assertIn("Changes up to 5.0 %", proctor("compare", "seed", "--delta", "5%").stdout)
        self.assertEqual(proctor("compare", "seed", "--delta", "99").returncode, 0)
        rows = json.loads(proctor("compare", "versions", "--format", "json", "--delta", "0", "--floor", "0.1%").stdout)["rows"]
        self.assertEqual({row["floor"] for row in rows}, {0.001})
        self.assertNotIn("equivalent", {row["verdict"] for row in rows if row["p"] is not None and row["effect"]})

    def test_verdict_comes_first(self):
        for form in ("table", "md"):
            first = proctor("compare", "seed", "--format", form).stdout.split("\n")[0]
            self.assertIn("Throughput against baseline", first)

    def test_width(self):
        for columns, most in ((None, 120), ("100", 100), ("200", 200)):
            answer = proctor("compare", "seed", **({"COLUMNS": columns} if columns else {}))
            self.assertLessEqual(max(len(line) for line in answer.stdout.split("\n")), most)

    def test_no_colour_in_a_pipe_and_ascii_without_utf8(self):
        self.assertNotIn("\033", proctor("compare", "seed", TERM="xterm").stdout)
        answer = proctor("compare", "seed", locale="C")
        self.assertTrue(answer.stdout.isascii())
        self.assertIn("-5.6 % [-8.5, -3.9]", answer.stdout)
        self.assertNotIn("\\x", answer.stdout)

    def test_a_terminal_gets_the_short_table_and_markdown_all_of_it(self):
        short, whole = (proctor("compare", "seed", "--format", form).stdout for form in ("table", "md"))
        for word in ("MDE", "bytes\\_per\\_recv<br>bytes<br>higher is better"):
            self.assertIn(word, whole)
            self.assertNotIn(word, short)
        self.assertIn("Left out, the same in every phase: bytes_per_recv 66", short)
        self.assertLess(short.count("\n"), 150)

    def test_csv(self):
        lines = proctor("compare", "seed", "--format", "csv").stdout.split("\n")
        self.assertEqual(lines[0].split(",")[:6], ["workload", "phase", "metric", "unit", "direction", "gating"])
        rows = json.loads(proctor("compare", "seed", "--format", "json").stdout)["rows"]
        self.assertEqual(len(lines), len(rows) + 2)

    def test_errors(self):
        self.refuse(2, "give the directory that `proctor run` wrote", "compare")
        self.refuse(2, "give one run, or two", "compare", "seed", "few", "six")
        self.refuse(2, "were not made on the same host (host: not described", "compare", "seed", "few")
        self.refuse(2, "--format go takes one run", "compare", "seed", "few", "--format", "go")
        self.refuse(2, "did you mean 'slower'?", "compare", "seed", "--baseline", "slow")
        self.refuse(2, "--delta must be at least 0", "compare", "seed", "--delta", "100")
        self.refuse(2, "--floor must be at least 0", "compare", "seed", "--floor", "100")
        self.refuse(2, "json", "compare", "seed", "--format", "jsn")
        self.refuse(2, "unknown option", "compare", "seed", "--basline", "x")
        self.refuse(5, "cannot open 'nothing': No such file or directory", "explain", "seed", "--claims", "nothing")
        self.refuse(2, "the format is 'proctor.run', expected 'proctor.claims'", "explain", "seed", "--claims", "seed/run.json")
        self.refuse(5, "nothing: cannot be read: No such file or directory", "compare", "nothing")
        self.refuse(5, "there is no run.json in it", "explain", ".")

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            answer = subprocess.run([PROCTOR, "compare", "equal"], cwd=RUNS, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(answer.returncode, 5)
        self.assertIn("standard output could not be written", answer.stderr)


if __name__ == "__main__":
    unittest.main()
