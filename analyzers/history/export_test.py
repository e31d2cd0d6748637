#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`proctor history export`: every format read by something that is not ours, and held against the JSON export."""
import csv
import io
import json
import math
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml
from datetime import datetime

SOURCE = os.environ["PR_SOURCE_DIR"]
PROCTOR = os.path.join(os.environ["PR_BUILD_DIR"], "proctor")
RUNS = os.path.join(SOURCE, "fixtures/run")

# Lowest value of a bucket, its count; between 2^13 and 2^14 ns a bucket is 64 ns wide.
BUCKETS = {"baseline": [[100, 5], [13568, 600], [13632, 300], [14016, 94], [900096, 1]], "slower": [[15000, 10]]}


def histograms():
    """Every block has the same; the largest is really a little above the beginning of its bucket."""
    return {"format": "proctor.histograms", "version": 1, "histograms": [
        {"phase": phase, "workload": "pingpong", "block": block, "unit": "ns", "quantity": "one-way latency", "count": sum(n for _, n in buckets),
         "min": buckets[0][0], "max": buckets[-1][0] + 4, "buckets": buckets} for phase, buckets in BUCKETS.items() for block in (1, 2)]}


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        cls.store = f"{cls.dir}/h.db"
        shutil.copytree(f"{RUNS}/few", f"{cls.dir}/few")
        with open(f"{cls.dir}/few/histograms.json", "w", encoding="utf-8") as file:
            json.dump(histograms(), file)
        for day, name, commit in ((1, f"{RUNS}/seed", "c1"), (2, f"{RUNS}/failed", 'c2,"x"'), (3, f"{cls.dir}/few", "c3")):
            answer = cls.call("add", name, "--time", f"2026-01-0{day}T03:00:00Z", "--commit", commit, "--branch", "main", "--machine", "m\\1")
            assert answer.returncode == 0, answer.stderr
        cls.cases = json.loads(cls.call("export").stdout)["cases"]

    @classmethod
    def call(cls, *arguments):
        return subprocess.run([PROCTOR, "history", *arguments, "--store", cls.store], capture_output=True, text=True, encoding="utf-8", check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "XDG_DATA_HOME": cls.dir})

    def export(self, form, *arguments):
        answer = self.call("export", "--format", form, *arguments)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        return answer.stdout

    def refuse(self, status, sentence, *arguments):
        answer = self.call("export", *arguments)
        self.assertEqual((answer.returncode, answer.stdout), (status, ""))
        self.assertIn(sentence, answer.stderr)

    def points(self, run):
        return [(case, point) for case in self.cases for point in case["points"] if point["run"] == run]

    def point(self, run, workload, phase, metric):
        (found,) = [p for c, p in self.points(run) if (c["workload"], c["phase"], c["metric"]) == (workload, phase, metric)]
        return found

    def near(self, one, other):
        self.assertAlmostEqual(one, other, delta=1e-9 * abs(other))

    # ---- series ----

    def test_otava_csv(self):
        """Checked as otava/importer.py reads it: every row as long as the header, every metric a float(), one branch."""
        header, *rows = csv.reader(io.StringIO(self.export("otava-csv"), newline=""))
        self.assertEqual(header[:4], ["time", "run", "commit", "branch"])
        self.assertEqual(len(set(header)), len(header))
        self.assertEqual([(r[1], r[2], r[3]) for r in rows], [("1", "c1", "main"), ("2", 'c2,"x"', "main"), ("3", "c3", "main")])
        for row in rows:
            self.assertEqual(len(row), len(header))
            self.assertIsNotNone(datetime.fromisoformat(row[0].replace("Z", "+00:00")).tzinfo)
            for name, text in zip(header[4:], row[4:]):
                workload, phase, metric = name.removesuffix(":ratio").split("/")
                found = [p for c, p in self.points(int(row[1])) if (c["workload"], c["phase"], c["metric"]) == (workload, phase, metric)]
                value = None if not found else found[0]["value"] if not name.endswith(":ratio") else found[0]["effect"]
                if value is None:
                    self.assertTrue(math.isnan(float(text)))
                else:
                    self.near(float(text), value + name.endswith(":ratio"))
        self.assertEqual(len(self.export("otava-csv", "--last", "1", "--metric", "throughput", "--phase", "slower").splitlines()), 2)

    def test_otava_csv_takes_one_machine_and_branch(self):
        other = f"{self.dir}/two.db"
        for options in (("--machine", "a"), ("--machine", "b"), ("--machine", "b", "--branch", "next")):
            name = f"{self.dir}/run-{len(os.listdir(self.dir))}"
            shutil.copytree(f"{RUNS}/few", name)
            with open(f"{name}/run.json", "a", encoding="utf-8") as file:
                file.write("\n")
            with open(f"{name}/run.json", "r+", encoding="utf-8") as file:
                run = {**json.load(file), "seed": len(name) + len(os.listdir(self.dir))}
                file.seek(0)
                file.truncate()
                json.dump(run, file)
            subprocess.run([PROCTOR, "history", "add", name, "--store", other, *options], check=True, capture_output=True)
        for options, status, sentence in (((), 2, "say which with --machine"), (("--machine", "b"), 2, "say which with --branch"),
                                          (("--machine", "b", "--branch", "next"), 0, "")):
            answer = subprocess.run([PROCTOR, "history", "export", "--format", "otava-csv", "--store", other, *options], capture_output=True, text=True,
                                    check=False)
            self.assertEqual(answer.returncode, status)
            self.assertIn(sentence, answer.stderr)

    def test_go(self):
        """The grammar of golang/proposal 14313: keys, units, and lines of name, iterations, value and unit."""
        keys, units, results = {}, {}, []
        for line in self.export("go").splitlines():
            if match := re.fullmatch(r"([a-z][^\sA-Z]*): (\S.*)", line):
                keys[match[1]] = match[2]
            elif match := re.fullmatch(r"Unit (\S+) better=(lower|higher)", line):
                self.assertNotIn(match[1], units)
                units[match[1]] = match[2]
            else:
                name, count, *pairs = line.split(" ")
                match = re.fullmatch(r"Benchmark[A-Z]\w*/workload=([^/\s=]+)/phase=([^/\s=]+)", name)
                self.assertGreater(int(count), 0)
                results.append((keys["commit"], match[1], match[2], dict(zip(pairs[1::2], map(float, pairs[::2])))))
        self.assertTrue(all(set(values) <= set(units) for *_, values in results))
        self.assertEqual([r[0] for r in results], sorted(r[0] for r in results))
        (values,) = [v for commit, workload, phase, v in results if (commit, workload, phase) == ("c3", "streaming", "slower")]
        point = self.point(3, "streaming", "slower", "throughput")
        self.assertAlmostEqual(values["msg/s"], point["value"], delta=1e-6 * point["value"])
        self.assertAlmostEqual(values["ns/op"], 1e9 / point["value"], delta=1e-3)
        (values,) = [v for commit, workload, phase, v in results if (commit, workload, phase) == ("c3", "streaming", "baseline")]
        self.assertAlmostEqual(values["msg/s"], point["base_value"], delta=1e-6 * point["value"])

    # ---- one run ----

    def test_bmf(self):
        document = json.loads(self.export("bmf", "--run", "1"))
        for benchmark, measures in document.items():
            workload, phase = benchmark.split("/")
            for measure, metric in measures.items():
                self.assertRegex(measure, r"^[a-z0-9_]+(-[A-Za-z0-9-]+)?$")
                self.assertLessEqual(set(metric), {"value", "lower_value", "upper_value"})
                if phase != "baseline":
                    point = self.point(1, workload, phase, measure.split("-")[0])
                    self.assertEqual([metric.get(k) for k in ("value", "lower_value", "upper_value")], [point[k] for k in ("value", "lo", "hi")])
        self.assertEqual(document["pingpong/baseline"]["latency_p50-ns"]["value"], self.point(1, "pingpong", "same", "latency_p50")["base_value"])
        self.assertEqual(list(json.loads(self.export("bmf"))), ["pingpong/slower", "pingpong/baseline", "streaming/slower", "streaming/baseline"])

    def test_github(self):
        self.refuse(2, "give --direction lower (customSmallerIsBetter) or higher (customBiggerIsBetter)", "--format", "github")
        names = set()
        for direction in ("lower", "higher"):
            entries = json.loads(self.export("github", "--direction", direction, "--run", "1"))
            for entry in entries:
                self.assertLessEqual({"name", "unit", "value"}, set(entry))
                self.assertTrue(isinstance(entry["value"], (int, float)) and all(isinstance(entry[k], str) for k in set(entry) - {"value"}))
                path, metric = entry["name"].split(" ")
                (case,) = [c for c, p in self.points(1) if f"{c['workload']}/{c['phase']}" == path and c["metric"] == metric]
                self.assertEqual((case["direction"], case["unit"]), (direction, entry["unit"]))
                names.add(entry["name"])
        self.assertEqual(len(names), sum(p["value"] is not None for _, p in self.points(1)))

    def test_openmetrics(self):
        try:
            from prometheus_client.openmetrics import parser
        except ImportError:
            self.skipTest("there is no python3-prometheus-client")
        families = {f.name: f for f in parser.text_string_to_metric_families(self.export("openmetrics"))}
        self.assertEqual(families["proctor_run"].samples[0].labels, {"machine": "m\\1", "branch": "main", "revision": "c3"})
        samples = {(s.labels["workload"], s.labels["phase"]): s.value for s in families["proctor_latency_p50_seconds"].samples}
        self.near(samples["pingpong", "slower"], self.point(3, "pingpong", "slower", "latency_p50")["value"] * 1e-9)
        self.near(samples["pingpong", "baseline"], self.point(3, "pingpong", "slower", "latency_p50")["base_value"] * 1e-9)
        effects = {(s.labels["workload"], s.labels["metric"]): s.value for s in families["proctor_effect_ratio"].samples}
        self.near(effects["streaming", "throughput"], self.point(3, "streaming", "slower", "throughput")["effect"])
        samples = [s for s in families["proctor_latency_seconds"].samples if s.labels["phase"] == "baseline"]
        buckets = {float(s.labels["le"]): s.value for s in samples if s.name.endswith("_bucket")}
        self.assertEqual((buckets[1.024e-6], buckets[1.6384e-5], buckets[math.inf]), (10, 1998, 2000))
        (total,) = [s.value for s in samples if s.name.endswith("_sum")]
        self.assertAlmostEqual(total, 2e-9 * sum(low * n for low, n in BUCKETS["baseline"]), delta=0.008 * total)
        self.assertNotIn("proctor_latency_seconds", {f.name for f in parser.text_string_to_metric_families(self.export("openmetrics", "--run", "1"))})

    def test_junit(self):
        for run in ("1", "2", "3"):
            root = xml.fromstring(self.export("junit", "--run", run))
            (suite,) = root.findall("testsuite")
            cases = suite.findall("testcase")
            gating = [(c, p) for c, p in self.points(int(run)) if p["gating"]]
            words = {"regressed": "failure", "void": "error", "inconclusive": "skipped"}
            self.assertEqual([(c.get("classname"), c.get("name"), [e.tag for e in c]) for c in cases],
                             [(c["workload"], f"{c['metric']} of {c['phase']}", [words.get(p["verdict"], "system-out")]) for c, p in gating])
            for element in (root, suite):
                self.assertEqual([int(element.get(k)) for k in ("tests", "failures", "errors", "skipped")],
                                 [len(cases), *(len(list(suite.iter(tag))) for tag in ("failure", "error", "skipped"))])
            datetime.strptime(suite.get("timestamp"), "%Y-%m-%dT%H:%M:%S")
            for (_, point), case in zip(gating, cases):
                if point["effect"] is not None:
                    self.assertIn(f"{100 * point['effect']:+.2f}%", case[0].text)
        self.refuse(4, "no metric of this run decides anything", "--format", "junit", "--metric", "recv_calls")

    def test_hgrm(self):
        self.refuse(2, "the run has pingpong/baseline, pingpong/slower; say which with --workload and --phase", "--format", "hgrm")
        self.refuse(4, "this run has no distribution of latency", "--format", "hgrm", "--run", "1")
        text = self.export("hgrm", "--phase", "baseline")
        head, rest = text.split("\n\n", 1)
        self.assertEqual(head.split(), ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"])
        lines = [line.split() for line in rest.splitlines() if not line.startswith("#")]
        values, percentiles, counts = ([float(line[i]) for line in lines] for i in range(3))
        for column in (values, percentiles, counts):
            self.assertEqual(column, sorted(column))
        samples = sorted(low for low, n in BUCKETS["baseline"] for _ in range(2 * n))
        width = {100: 0, 13568: 63, 13632: 63, 14016: 63, 900096: 4}
        for value, percentile in zip(values, percentiles):
            low = samples[max(0, math.ceil(percentile * len(samples) - 1e-6) - 1)]
            self.assertAlmostEqual(value, (low + width[low]) / 1000, places=3)
        self.assertEqual((values[-1], percentiles[0], percentiles[-1], counts[-1]), (900.1, 0, 1, 2000))
        self.assertTrue(all(abs(float(line[3]) - 1 / (1 - float(line[1]))) < 0.01 for line in lines if len(line) == 4))
        self.assertEqual(len(lines[-1]), 3)
        mean, sd, largest, total = (float(n) for n in re.findall(r"= +([\d.]+)", rest.split("#[Buckets")[0]))
        middle = [low + width[low] / 2 for low in samples]
        expected = sum(middle) / len(middle)
        self.assertAlmostEqual(mean * 1000, expected, delta=0.01 * expected)
        self.assertAlmostEqual(sd * 1000, math.sqrt(sum((m - expected) ** 2 for m in middle) / len(middle)), delta=0.01 * sd * 1000)
        self.assertEqual((largest, total), (900.1, 2000))

    # ---- nothing there ----

    def test_nothing_of_that_kind(self):
        for form in ("json", "csv", "otava-csv", "bmf", "go", "openmetrics", "junit"):
            self.refuse(4, "nothing of that kind is in it", "--format", form, "--metric", "nonsense")
        self.refuse(4, "no run of that kind is in it", "--format", "bmf", "--machine", "zzz")
        self.refuse(2, "has no run 99", "--format", "bmf", "--run", "99")


if __name__ == "__main__":
    unittest.main()
