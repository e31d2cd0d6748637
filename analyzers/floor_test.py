#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`proctor floor` and `proctor compare RUN RUN2`: runs with a host and libraries, made from fixtures/run/equal."""
import copy
import json
import math
import os
import random
import statistics
import subprocess
import tempfile
import unittest

from jsonschema import Draft202012Validator

SOURCE = os.environ["PR_SOURCE_DIR"]
PROCTOR = os.path.join(os.environ["PR_BUILD_DIR"], "proctor")
EQUAL = os.path.join(SOURCE, "fixtures/run/equal")
HOST = {"cpu_model": "Invented CPU", "cpus": 2, "kernel": "6.1.0", "memory_bytes": 8 << 30, "cpu_mhz": 2000, "tcp_rmem": "1 2 3"}
LIBRARY = {"path": "/one/libproctor.so", "sha256": "a" * 64, "version": "0.1.0", "build_id": None}

with open(f"{EQUAL}/run.json", encoding="utf-8") as opened:
    RUN = json.load(opened)
with open(f"{EQUAL}/samples.jsonl", encoding="utf-8") as opened:
    SAMPLES = [json.loads(line) for line in opened]
BASE, OTHER = (phase["label"] for phase in RUN["phases"][:2])


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = folder.name
        self.data = os.path.join(self.dir, "data")

    def proctor(self, *arguments, **environment):
        return subprocess.run([PROCTOR, *arguments], capture_output=True, text=True, encoding="utf-8", check=False, cwd=self.dir,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "XDG_DATA_HOME": self.data, **environment})

    def refuse(self, status, sentence, *arguments, **environment):
        answer = self.proctor(*arguments, **environment)
        self.assertEqual((answer.returncode, answer.stdout), (status, ""))
        self.assertIn(sentence, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1)

    def make(self, name, factor=1.0, seed=0, host=None, library=None, blocks=None, change=None):
        """A run in which the second phase is `factor` as fast as the first, and everything a little different by the seed."""
        run, rng = copy.deepcopy(RUN), random.Random(seed)
        day = math.exp(rng.gauss(0, 0.004)) * factor
        noise = {block: math.exp(rng.gauss(0, 0.01)) for block in range(1, 100)}
        run["host"] = {**HOST, **(host or {})}
        run["created"] = f"2026-11-25T00:00:{seed % 60:02d}Z"
        for phase in run["phases"]:
            phase["library"] = {**LIBRARY, **(library or {})}
        run["phases"][1]["library"]["path"] = "/two/libproctor.so"
        run["trials"] = [t for t in run["trials"] if blocks is None or t["block"] <= blocks]
        os.mkdir(f"{self.dir}/{name}")
        with open(f"{self.dir}/{name}/samples.jsonl", "w", encoding="utf-8") as file:
            for sample in SAMPLES:
                if blocks is None or sample["block"] <= blocks:
                    slow = noise[sample["block"]] / day if sample["phase"] == OTHER else 1
                    file.write(json.dumps({**sample, "elapsed_ns": round(sample["elapsed_ns"] * slow)}) + "\n")
        if change:
            change(run)
        with open(f"{self.dir}/{name}/run.json", "w", encoding="utf-8") as file:
            json.dump(run, file)
        return name

    def compare(self, *arguments):
        answer = self.proctor("compare", *arguments, "--format", "json")
        self.assertEqual(answer.stderr, "")
        document = json.loads(answer.stdout)
        self.follow("comparison", document)
        return document, answer.returncode

    def follow(self, schema, document):
        with open(f"{SOURCE}/schemas/{schema}.schema.json", encoding="utf-8") as file:
            self.assertEqual([error.message for error in Draft202012Validator(json.load(file)).iter_errors(document)], [])


def row_of(document, workload, metric, phase=OTHER):
    return next(r for r in document["rows"] if (r["workload"], r["metric"], r["phase"]) == (workload, metric, phase))


def quantile(values, p):
    values = sorted(values)
    place = p * (len(values) - 1)
    low = int(place)
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


class Floor(Case):
    def test_twenty_executions_make_a_floor(self):
        run = self.make("run", 0.97, seed=99)
        before, _ = self.compare(run)
        self.assertEqual(row_of(before, "streaming", "throughput")["floor"], 0.02)
        self.assertIn("not known but taken as 2.0 %: 0 A/A executions", before["floor"]["text"])
        for seed in range(20):
            self.assertIn(f"A/A execution {seed + 1} in", self.proctor("floor", "add", self.make(f"aa-{seed}", seed=seed)).stdout)
        document, _ = self.compare(run)
        (name,) = [name for name in os.listdir(f"{self.data}/proctor/floor") if name.endswith(".jsonl")]
        with open(f"{self.data}/proctor/floor/{name}", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        effects, errors = [], []
        for line in lines:
            (entry,) = [e for e in line["effects"] if (e["workload"], e["metric"]) == ("streaming", "throughput")]
            effects.append(entry["effect"])
            errors.append(entry["se"])
        row = row_of(document, "streaming", "throughput")
        self.assertAlmostEqual(row["floor"], math.expm1(quantile([abs(e) for e in effects], 0.95)), 9)
        between = max(0, statistics.variance(effects) - statistics.mean(e * e for e in errors))
        se = (math.log1p(row["effect_hi"]) - math.log1p(row["effect_lo"])) / (2 * 1.959964)
        half = 1.959964 * math.sqrt(2 * (se * se + between))
        for key, sign in (("tomorrow_lo", -1), ("tomorrow_hi", 1)):
            self.assertAlmostEqual(row[key], math.expm1(math.log1p(row["effect"]) + sign * half), 9)
        self.assertEqual((document["floor"]["executions"], os.path.basename(document["floor"]["file"])), (20, name))
        self.assertIn("tomorrow", self.proctor("compare", run).stdout)
        self.assertIn("20", self.proctor("floor", "show", run).stdout)
        self.assertIn("are the same engine, so what differs is this host", self.proctor("compare", "aa-3").stdout)
        for line in lines:
            self.follow("floor", line)

    def test_what_counts(self):
        self.proctor("floor", "add", self.make("aa", seed=1))
        self.assertEqual(self.proctor("floor", "add", "aa").stdout, "aa: was added before\n")
        for name, executions, options in (("same", 1, {}), ("fewer", 0, {"blocks": 7}), ("kernel", 0, {"host": {"kernel": "6.2"}}),
                                          ("clock", 1, {"host": {"cpu_mhz": 2100}}),
                                          ("pin", 0, {"change": lambda run: run["plan"].update(pin="one")})):
            self.assertEqual((name, self.compare(self.make(name, **options))[0]["floor"]["executions"]), (name, executions))

    def test_refused(self):
        def other_hash(run):
            run["phases"][1]["library"]["sha256"] = "b" * 64

        self.refuse(2, "no two phases are the same engine", "floor", "add", self.make("ab", change=other_hash))
        self.refuse(2, "5 blocks are too few", "floor", "add", self.make("short", blocks=5))
        self.refuse(2, "does not describe the host", "floor", "add", self.make("nowhere", change=lambda run: run.pop("host")))
        self.refuse(2, "did you mean 'add'?", "floor", "ad", "aa")
        self.refuse(2, "add RUN... or show RUN", "floor")
        self.refuse(5, "cannot make this directory", "floor", "add", self.make("aa"), XDG_DATA_HOME="/dev/null")

    def test_a_damaged_store_is_told_and_left_out(self):
        self.proctor("floor", "add", self.make("aa"))
        (name,) = [name for name in os.listdir(f"{self.data}/proctor/floor") if name.endswith(".jsonl")]
        with open(f"{self.data}/proctor/floor/{name}", "a", encoding="utf-8") as file:
            file.write('{"format":"proctor.fl')
        answer = self.proctor("compare", "aa", "--format", "json")
        self.assertIn(f"{name}:2: this line is not JSON", answer.stderr)
        self.assertEqual(json.loads(answer.stdout)["floor"]["executions"], 0)
        self.refuse(5, f"{name}:2: this line is not JSON", "floor", "add", self.make("more", seed=2))

    def test_many_at_once(self):
        names = [self.make(f"aa-{seed}", seed=seed) for seed in range(6)]
        adding = [subprocess.Popen([PROCTOR, "floor", "add", name], cwd=self.dir, stdout=subprocess.DEVNULL,
                                   env={**os.environ, "XDG_DATA_HOME": self.data}) for name in names]
        self.assertEqual([one.wait() for one in adding], [0] * 6)
        self.assertEqual(self.compare("aa-0")[0]["floor"]["executions"], 6)


class Unpaired(Case):
    def test_the_same_host(self):
        first, second = self.make("first", seed=1), self.make("second", 0.9, seed=2, library={"sha256": "c" * 64, "version": "0.2.0"})
        document, status = self.compare(first, second)
        self.assertEqual((document["paired"], document["label"], status), (False, "unpaired: machine drift not removed", 1))
        row = row_of(document, "streaming", "throughput")
        self.assertEqual((row["verdict"], row["gating"]), ("regressed", True))
        self.assertTrue(row["effect_lo"] < -0.1 < row["effect_hi"])
        self.assertNotEqual(row_of(document, "streaming", "throughput", BASE)["verdict"], "regressed")
        self.assertIn({"what": f"{OTHER}: library version", "first": "0.1.0", "second": "0.2.0", "host": False}, document["differences"])
        for form in ("table", "md"):
            text = self.proctor("compare", first, second, "--format", form).stdout
            self.assertTrue(text.lstrip("*").startswith("Unpaired: machine drift not removed."), text[:80])
            self.assertLess(text.index("library version: 0.1.0 / 0.2.0"), text.index("METRIC"))
            self.assertIn(f"{OTHER} in first", text)
        self.assertIn("regressed", self.proctor("compare", first, second, "--format", "csv").stdout)

    def multiply(self, name, count):
        """The same workloads again and again, under other labels."""
        with open(f"{self.dir}/{name}/run.json", encoding="utf-8") as file:
            run = json.load(file)
        with open(f"{self.dir}/{name}/samples.jsonl", encoding="utf-8") as file:
            samples = [json.loads(line) for line in file]
        workloads, trials = run["plan"]["workloads"], run["trials"]
        run["plan"]["workloads"] = [{**w, "label": f"{w['name']}-{i}"} for i in range(count) for w in workloads]
        run["trials"] = [{**t, "workload": f"{t['workload']}-{i}"} for i in range(count) for t in trials]
        with open(f"{self.dir}/{name}/run.json", "w", encoding="utf-8") as file:
            json.dump(run, file)
        with open(f"{self.dir}/{name}/samples.jsonl", "w", encoding="utf-8") as file:
            file.writelines(json.dumps({**s, "workload": f"{s['workload']}-{i}"}) + "\n" for i in range(count) for s in samples)

    def test_many_workloads_keep_the_label(self):
        for name in ("first", "second"):
            self.multiply(self.make(name, seed=len(name)), 6)
        text = self.proctor("compare", "first", "second").stdout
        self.assertTrue(text.startswith("Unpaired: machine drift not removed."), text[:80])
        self.assertIn("streaming-5", text)

    def test_p_and_shift_are_those_of_the_blocks(self):
        first, second = self.make("first", seed=3), self.make("second", seed=4)
        row = row_of(self.compare(first, second)[0], "pingpong", "cpu_per_message")
        blocks = {}
        for name in (first, second):
            values = {}
            with open(f"{self.dir}/{name}/samples.jsonl", encoding="utf-8") as file:
                for s in map(json.loads, file):
                    if (s["phase"], s["workload"]) == (OTHER, "pingpong"):
                        values.setdefault(s["block"], []).append(math.log(s["cpu_ns"] / s["messages"]))
            blocks[name] = [statistics.median(v) for v in values.values()]
        shift = statistics.median(b - a for a in blocks[first] for b in blocks[second])
        self.assertAlmostEqual(row["effect"], math.expm1(shift), 9)

    def test_few_blocks(self):
        for blocks, words in ((3, "too few blocks (3) for an interval: at least 4 are needed"), (4, "4 blocks cannot pass the correction for")):
            for name in ("first", "second"):
                self.make(f"{name}-{blocks}", 0.5 if name == "second" else 1, seed=len(name), blocks=blocks)
            row = row_of(self.compare(f"first-{blocks}", f"second-{blocks}")[0], "streaming", "throughput")
            self.assertIn(words, row["note"])
            self.assertEqual(row["verdict"], "inconclusive")

    def test_other_hosts_are_refused_unless_forced(self):
        first, second = self.make("first"), self.make("second", host={"kernel": "6.2", "tcp_rmem": "4 5 6"})
        self.refuse(2, "not made on the same host (kernel: 6.1.0 / 6.2)", "compare", first, second)
        document, status = self.compare(first, second, "--force")
        self.assertEqual([(d["what"], d["host"]) for d in document["differences"]], [("kernel", True), ("tcp_rmem", False)])
        self.assertNotEqual(status, 2)
        self.assertIn("kernel: 6.1.0 / 6.2 (another host)", self.proctor("compare", first, second, "--force").stdout)

    def rename(self, name):
        for file in ("run.json", "samples.jsonl"):
            with open(f"{self.dir}/{name}/{file}", encoding="utf-8") as old:
                text = old.read()
            for label in (BASE, OTHER):
                text = text.replace(f'"{label}"', f'"x-{label}"')
            with open(f"{self.dir}/{name}/{file}", "w", encoding="utf-8") as new:
                new.write(text)

    def test_counterparts(self):
        def resize(run):
            for workload in run["plan"]["workloads"]:
                workload["options"]["size"] = 1024

        first, renamed, resized = self.make("first"), self.make("renamed"), self.make("resized", change=resize)
        self.rename(renamed)
        self.refuse(2, "has no phase with a label of first", "compare", first, renamed)
        self.refuse(2, "no workload with the same label and options", "compare", first, resized)
        self.refuse(2, "has no phase 'zzz'", "compare", first, first, "--baseline", "zzz")
        document, _ = self.compare(first, first, "--baseline", BASE)
        self.assertEqual(document["baseline"], BASE)


if __name__ == "__main__":
    unittest.main()
