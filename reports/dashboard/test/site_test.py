#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`proctor dashboard`: facts of a made-up history on the pages and in the documents, what is made again and what is not, and
what is refused."""
import html.parser
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

from jsonschema import Draft202012Validator

sys.dont_write_bytecode = True
import nights  # noqa: E402

SOURCE = nights.TOP
PAGES = ("index", "changes", "cases", "compare", "coverage", "noise", "runs", "help")
VOID = {"meta", "wbr", "link", "input", "br"}


def schema(name):
    with open(f"{SOURCE}/schemas/{name}.schema.json", encoding="utf-8") as file:
        return Draft202012Validator(json.load(file))


class Page(html.parser.HTMLParser):
    """Tags that do not fit, ids, and what is referred to."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.problems, self.ids, self.links, self.tags = [], [], [], [], []
        self.feed(text)
        self.close()
        self.problems += [f"not closed: {tag}" for tag in self.open]

    def look(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "src"):
                self.links.append(value)
            elif name.startswith("on"):
                self.problems.append(f"{tag} has a handler {name}")

    def handle_starttag(self, tag, attrs):
        self.look(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.look(tag, attrs)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:]} at {self.getpos()}")
        else:
            self.open.pop()


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="proctor-dashboard-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.store, self.site = f"{self.dir}/history.db", f"{self.dir}/site"

    def call(self, *arguments, store=None, **environment):
        return subprocess.run([nights.PROCTOR, "dashboard", "--store", store or self.store, *arguments], capture_output=True, text=True,
                              check=False, cwd=self.dir, env={**os.environ, "LC_ALL": "C.UTF-8", **environment})

    def make(self, *arguments):
        """Returns (written, unchanged, removed, drawn)."""
        answer = self.call("-o", self.site, *arguments)
        self.assertEqual((answer.returncode, answer.stdout), (0, f"{self.site}/index.html\n"), answer.stderr)
        return tuple(int(n) for n in re.search(r"(\d+) files written, (\d+) as before, (\d+) removed; (\d+) cases drawn", answer.stderr).groups())

    def read(self, name):
        with open(f"{self.site}/{name}", encoding="utf-8") as file:
            return file.read()

    def text(self, name):
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"<(style|script).*?</\1>", "", self.read(name), flags=re.DOTALL)))

    def document(self):
        document = json.loads(self.read("dashboard.json"))
        self.assertEqual([e.message for e in schema("dashboard").iter_errors(document)], [])
        return document

    def case_of(self, metric, machine="m1", workload="streaming"):
        (found,) = [c for c in self.document()["cases"] if (c["metric"], c["machine"], c["workload"]) == (metric, machine, workload)]
        return found

    def refuse(self, status, sentence, *arguments, **how):
        answer = self.call(*arguments, **how)
        self.assertEqual((answer.returncode, answer.stdout), (status, ""), answer.stderr)
        self.assertIn(sentence, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)


class Facts(Case):
    def test_every_page_is_well_formed_and_every_link_leads_somewhere(self):
        nights.Nights(self.store, 30).close()
        self.make("--release", "v1.0=2025-12-01")
        files = sorted(os.listdir(self.site))
        for name in files:
            if not name.endswith(".html"):
                continue
            with self.subTest(name):
                text = self.read(name)
                page = Page(text)
                self.assertEqual(page.problems, [])
                self.assertEqual(len(page.ids), len(set(page.ids)))
                for link in page.links:
                    file, _, fragment = link.partition("#")
                    self.assertTrue(file in files or (file == "" and fragment in page.ids), link)
                self.assertNotRegex(re.sub(r"http://www\.w3\.org/2000/svg", "", text), r"https?://|@import|<img|<iframe")
                self.assertNotRegex(re.sub(r"<(style|script).*?</\1>", "", text, flags=re.DOTALL), r"\bnan\b|\(null\)|-?\binf\b")
                self.assertEqual(sum(tag == "h1" for tag, _ in page.tags), 1)
                for tag, attributes in page.tags:
                    if tag == "svg":
                        self.assertTrue(attributes.get("aria-label") or attributes.get("aria-hidden") == "true")
        self.assertTrue({f"{name}.html" for name in PAGES} <= set(files))

    def test_tonight_in_one_line(self):
        nights.Nights(self.store, 30).close()
        self.make()
        document = self.document()
        self.assertEqual(document["tonight"]["worse"], 1)
        self.assertEqual(sum(document["tonight"].values()), 22)
        counts = document["tonight"]
        self.assertIn(f"Tonight (2025-12-24): {counts['better']} better, 1 worse, {counts['unchanged']} unchanged, {counts['noisy']} noisy.", self.text("index.html"))
        self.assertEqual(self.case_of("throughput")["standing"], "worse")
        self.assertEqual(json.loads(self.read("badge.json")), {"schemaVersion": 1, "label": "performance", "message": "1 worse", "color": "red"})
        self.assertIn("1 worse", xml.fromstring(self.read("badge.svg")).get("aria-label"))

    def test_a_change_stands_where_it_was_made_and_a_mark_beside_it(self):
        nights.Nights(self.store, 30).close()
        self.make()
        (change,) = [c for c in self.document()["changes"] if (c["metric"], c["machine"], c["workload"]) == ("throughput", "m1", "streaming")]
        self.assertEqual((change["first"], change["last_good"], change["state"]), (nights.hash_of(18), nights.hash_of(17), "open"))
        page = self.case_of("throughput")["page"]
        for name in ("index.html", "changes.html", page):
            self.assertIn(nights.hash_of(18)[:10], self.read(name))
        self.assertIn("change 1", self.read(page))
        feed = xml.fromstring(self.read("feed.xml"))
        entries = feed.findall("{http://www.w3.org/2005/Atom}entry")
        self.assertEqual(len(entries), len(self.document()["changes"]))
        self.assertIn(page, [e.find("{http://www.w3.org/2005/Atom}link").get("href") for e in entries])
        self.assertIn("open", self.text("index.html"))
        for state in ("confirmed", "intended"):
            subprocess.run([nights.PROCTOR, "history", "mark", str(change["case"]), str(change["run"]), state, "--note", "larger <b>reads</b>",
                            "--store", self.store], check=True, capture_output=True)
            self.make()
            self.assertIn(state, self.text(page))
            self.assertIn("larger &lt;b&gt;reads&lt;/b&gt;", self.read(page))
            self.assertEqual("larger" in self.text("index.html"), state == "confirmed")
            self.assertIn(state, self.text("changes.html"))

    def test_the_series_of_a_case(self):
        nights.Nights(self.store, 30).close()
        self.make("--nights", "20")
        case = self.case_of("cpu_per_message", "m2")
        document = json.loads(self.read(case["series"]))
        self.assertEqual([e.message for e in schema("history").iter_errors(document)], [])
        self.assertEqual([p["revision"] for p in document["cases"][0]["points"]], [nights.hash_of(n) for n in range(10, 30)])
        self.assertEqual(len(re.findall(r'<tr id="run-', self.read(case["page"]))), 20)

    def test_what_was_not_measured_is_missing_and_not_unchanged(self):
        made = nights.Nights(self.store, 29)
        made.add("m1", 29, leave_out=("throughput", "latency_p50"))
        made.db.execute("UPDATE coverage SET failed = 3, ok = 0, reason = 'the worker ended with signal 11' WHERE run_id = 68 AND workload = 'streaming'")
        made.close()
        self.make()
        document = self.document()
        self.assertEqual((document["tonight"]["missing"], self.case_of("throughput")["standing"]), (3, "missing"))
        for words in ("Missing:", "the worker ended with signal 11", "throughput"):
            self.assertIn(words, self.text("coverage.html"))
        self.assertIn("3 missing", self.text("index.html"))

    def test_a_machine_that_no_longer_runs_is_not_tonight(self):
        made = nights.Nights(self.store, 4, steps={})
        made.add("m1", 60)
        made.close()
        self.make()
        document = self.document()
        self.assertEqual([g["retired"] for g in document["groups"]], [False, True])
        self.assertEqual(sum(document["tonight"].values()), 11)
        self.assertIn("no longer runs", self.text("index.html"))

    def test_every_run_that_is_shown_can_be_compared(self):
        nights.Nights(self.store, 110, steps={}).close()
        self.make("--nights", "105")
        data = json.loads(re.search('<script type="application/json" id="data">(.*?)</script>', self.read("compare.html"), re.DOTALL)[1])
        self.assertEqual(([run["id"] for run in data["runs"]], {run["machine"] for run in data["runs"]}), (list(range(229, 19, -1)), {"m1", "m2"}))
        self.assertEqual({len(case["points"]) for case in data["cases"]}, {105})

    def test_the_noise_of_an_engine_beside_itself(self):
        made = nights.Nights(self.store, 12, steps={})
        made.db.execute("UPDATE phases SET sha256 = 'aa', options = 'o', version = 'v', build_id = 'b', engine = 'core'")
        made.close()
        self.make()
        noise = self.document()["groups"][0]["noise"]
        self.assertEqual((noise["twin"], noise["twin_alarms"]), ("slower", 0))
        self.assertGreater(noise["twin_points"], 0)
        self.assertLess(noise["twin_95"], 0.03)
        self.assertEqual(sum(self.document()["tonight"].values()), 0)
        self.assertIn("A/A: unchanged", self.text("index.html"))
        if shutil.which("gnuplot"):
            picture = self.read("noise.html")
            self.assertEqual((picture.count("<figure>"), picture.count("A/A of machine m1")), (2, 1))
            self.make()
            self.assertEqual(self.read("noise.html"), picture)
        self.assertIn("is the baseline once more", self.text(self.case_of("throughput")["page"]))

    def test_hostile_words_stay_words(self):
        made = nights.Nights(self.store, 6, steps={})
        bad = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"&"
        made.db.execute("UPDATE cases SET workload = ? || workload, phase = ?, work = ?", (bad, bad, bad))
        made.db.execute("UPDATE runs SET revision = ?, sentence = ?", (bad, bad))
        made.close()
        self.make("--title", bad, "--commit-url", "https://example.org/commit/{}")
        for name in os.listdir(self.site):
            if name.endswith((".html", ".xml", ".svg")):
                self.assertFalse("<script>alert" in self.read(name) or "<img" in self.read(name), name)
            if name.endswith(".html"):
                self.assertEqual(Page(self.read(name)).problems, [], name)
        xml.fromstring(self.read("feed.xml"))

    def test_lines_of_other_benchmarks_have_pages_too(self):
        subprocess.run([nights.PROCTOR, "history", "import", f"{SOURCE}/fixtures/history/report.txt", "--store", self.store], check=True, capture_output=True)
        self.make()
        self.assertGreater(len(self.document()["cases"]), 2)


    def test_reports_beside_runs_come_along(self):
        nights.Nights(self.store, 3, steps={}).close()
        run = f"{self.dir}/a run"
        shutil.copytree(f"{SOURCE}/fixtures/run/few", run)
        os.mkdir(f"{run}/report")
        with open(f"{run}/report/report.html", "w", encoding="utf-8") as file:
            file.write("the report")
        subprocess.run([nights.PROCTOR, "history", "add", run, "--store", self.store, "--baseline", "slower"], check=True, capture_output=True)
        self.make()
        ((number, file),) = self.document()["reports"].items()
        self.assertEqual((file, self.read(file)), (f"run-{number}.html", "the report"))
        for name in ("index.html", "runs.html"):
            self.assertIn(f'href="{file}"', self.read(name))
        shutil.rmtree(run)
        self.make()
        self.assertEqual(self.read(file), "the report")


class Repository(Case):
    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_commits_and_releases(self):
        repo = f"{self.dir}/repo"
        environment = {**os.environ, "GIT_AUTHOR_NAME": "Ada <x>", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "c", "GIT_COMMITTER_EMAIL": "c@x",
                       "GIT_AUTHOR_DATE": "2025-11-27T12:00:00Z", "GIT_COMMITTER_DATE": "2025-11-27T12:00:00Z", "HOME": self.dir}

        def git(*arguments):
            return subprocess.run(["git", "-C", repo, *arguments], check=True, capture_output=True, text=True, env=environment).stdout.strip()

        os.mkdir(repo)
        git("init", "-q")
        git("commit", "-q", "--allow-empty", "-m", "read: larger & faster")
        git("tag", "v0.1")
        git("remote", "add", "origin", "git@example.org:group/engine.git")
        commit = git("rev-parse", "HEAD")
        made = nights.Nights(self.store, 5, steps={})
        made.db.execute("UPDATE runs SET revision = ?", (commit,))
        made.close()
        self.make("--clone", repo)
        index, page = self.read("index.html"), self.read(self.case_of("throughput")["page"])
        self.assertIn(f'href="https://example.org/group/engine/commit/{commit}"', index)
        self.assertIn('title="read: larger &amp; faster (Ada', index)
        self.assertIn("v0.1", page)
        self.assertEqual(self.document()["releases"], [{"name": "v0.1", "branch": "", "time": "2025-11-27T12:00:00Z"}])
        self.make("--clone", repo, "--commit-url", "https://other.org/x/commit/{}")
        self.assertIn(f'href="https://other.org/x/commit/{commit}"', self.read("index.html"))
        self.refuse(5, "--clone", "-o", self.site, "--clone", self.dir)
        self.refuse(2, "--commit-url must be a web address with {}", "-o", self.site, "--commit-url", "javascript:{}")


class Again(Case):
    def times(self):
        return {name: os.stat(f"{self.site}/{name}").st_mtime_ns for name in os.listdir(self.site)}

    def test_only_what_changed_is_made_again(self):
        made = nights.Nights(self.store, 10)
        written, _, _, drawn = self.make()
        self.assertEqual((written, drawn), (64, 26))
        before = self.times()
        self.assertEqual(self.make(), (0, 64, 0, 0))
        changed = {name for name, time in self.times().items() if time != before[name]}
        self.assertTrue(changed <= {".proctor-dashboard.json"})
        made.db.execute("BEGIN")
        made.add("m1", 10)
        made.db.execute("COMMIT")
        written, _, removed, drawn = self.make()
        self.assertEqual((removed, drawn), (0, 13))
        again = self.times()
        ids = {c["id"]: c["machine"] for c in self.document()["cases"]}
        for number, machine in ids.items():
            self.assertEqual(again[f"case-{number}.html"] != before[f"case-{number}.html"], machine == "m1", number)
        made.close()

    def test_the_same_store_gives_the_same_bytes(self):
        made = nights.Nights(self.store, 10)
        self.make()
        made.db.execute("BEGIN")
        made.add("m2", 10)
        made.db.execute("COMMIT")
        made.close()
        self.make()
        other = f"{self.dir}/other"
        self.assertEqual(self.call("-o", other).returncode, 0)
        for name in os.listdir(other):
            with open(f"{other}/{name}", "rb") as one, open(f"{self.site}/{name}", "rb") as two:
                self.assertTrue(json.load(one) == json.load(two) if name == ".proctor-dashboard.json" else one.read() == two.read(), name)

    def test_what_is_gone_goes_and_what_is_not_ours_stays(self):
        made = nights.Nights(self.store, 4, steps={})
        self.make()
        with open(f"{self.site}/mine.txt", "w", encoding="utf-8") as file:
            file.write("x")
        made.db.execute("DELETE FROM points WHERE case_id = 18")
        made.db.execute("DELETE FROM cases WHERE id = 18")
        made.close()
        self.assertEqual(self.make()[2], 2)
        self.assertFalse(os.path.exists(f"{self.site}/case-18.html"))
        self.assertTrue(os.path.exists(f"{self.site}/mine.txt"))

    def test_a_page_that_was_lost_is_made_again(self):
        nights.Nights(self.store, 4, steps={}).close()
        self.make()
        os.remove(f"{self.site}/case-18.html")
        self.assertEqual(self.make()[3], 1)
        self.assertTrue(os.path.exists(f"{self.site}/case-18.html"))

    def test_without_gnuplot_there_are_pages_and_a_sentence(self):
        nights.Nights(self.store, 4, steps={}).close()
        os.mkdir(f"{self.dir}/bin")
        answer = self.call("-o", self.site, PATH=f"{self.dir}/bin")
        self.assertEqual(answer.returncode, 0)
        self.assertIn("gnuplot could not be started", answer.stderr)
        self.assertIn("No picture: gnuplot could not be started", self.text("case-18.html"))
        self.assertEqual(self.make()[3], 26)
        self.assertNotIn("No picture", self.text("case-18.html"))


class Refused(Case):
    def test_bad_input(self):
        self.refuse(5, "there is no history", "-o", self.site)
        self.refuse(2, "say where to write: -o DIR")
        self.refuse(2, "unexpected word 'x'", "x", "-o", self.site)
        nights.Nights(self.store, 2, steps={}).close()
        with open(f"{self.dir}/file", "w", encoding="utf-8") as file:
            file.write("x")
        self.refuse(5, "no dashboard's; choose an empty or a new one with -o", "-o", self.dir)
        self.refuse(5, "file", "-o", f"{self.dir}/file")
        self.refuse(2, "--period", "-o", self.site, "--period", "1s")
        self.refuse(2, "--release must be NAME=TIME", "-o", self.site, "--release", "v1")
        self.refuse(2, "yesterday", "-o", self.site, "--release", "v1=yesterday")
        self.refuse(2, "--nights", "-o", self.site, "--nights", "1")

    def test_a_store_without_runs_and_a_newer_one(self):
        nights.Nights(self.store, 2, steps={}).close()
        db = sqlite3.connect(self.store)
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("DELETE FROM runs")
        db.commit()
        self.refuse(4, "there is no run in it", "-o", self.site)
        db.execute("INSERT INTO migrations (version, applied, tool) VALUES (99, 0, '9.9')")
        db.commit()
        db.close()
        self.refuse(5, "a newer proctor wrote this history", "-o", self.site)

    def test_a_damaged_state(self):
        nights.Nights(self.store, 2, steps={}).close()
        self.make()
        with open(f"{self.site}/.proctor-dashboard.json", "w", encoding="utf-8") as file:
            file.write("{")
        self.refuse(5, "the state of the dashboard is damaged; remove the directory", "-o", self.site)


if __name__ == "__main__":
    if not shutil.which("gnuplot"):
        print("skipped: gnuplot is not installed")
        sys.exit(77)
    sys.exit(unittest.main())
