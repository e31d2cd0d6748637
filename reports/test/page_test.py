#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The report as a document: the Markdown is the expected one, the page is well formed, names nothing outside
itself, and both survive whatever is missing or hostile in the documents.

To accept a changed Markdown: PR_UPDATE=1 ctest -R reports.page."""
import html.parser
import os
import random
import re
import shutil
import subprocess
import sys
import unittest

import pages

EXPECTED = os.path.join(pages.FIXTURES, "report.md")
VOID = {"meta", "wbr"}
UNSAFE = re.compile(r"^\s*(https?:|//|data:|javascript:|file:)", re.IGNORECASE)


def without_code(markdown):
    """Markdown without its code, which is text whatever it says, and without escaped characters."""
    text, kept, at = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL), [], 0
    while at < len(text):
        ticks = re.match("`*", text[at:]).group()
        end = re.compile(f"(?<!`){ticks}(?!`)").search(text, at + len(ticks)) if ticks else None
        if text[at] == "\\":
            at += 2
        elif end:
            at = end.end()
        else:
            kept.append(ticks or text[at])
            at += len(ticks) or 1
    return "".join(kept)


class Page(html.parser.HTMLParser):
    """Notes what does not fit together."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.problems, self.ids, self.references, self.tags = [], [], [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.problems.append(f"not closed: {self.open}")

    def look(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            elif name in ("href", "src", "xlink:href", "action", "poster", "srcset", "data"):
                if not (value or "").startswith("#"):
                    self.problems.append(f"{tag} refers to {value}")
                else:
                    self.references.append(value[1:])
            elif name in ("aria-labelledby", "aria-describedby", "for"):
                self.references += value.split()
            elif name.startswith("on"):
                self.problems.append(f"{tag} has a handler {name}")
            elif value and (UNSAFE.match(value) and not name.startswith("xmlns")):
                self.problems.append(f"{tag} {name}={value}")
            for target in re.findall(r"url\(([^)]*)\)", value or ""):
                if not target.strip("'\"").startswith("#"):
                    self.problems.append(f"{tag} {name} refers to {target}")
                else:
                    self.references.append(target.strip("'\"")[1:])

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

    def count(self, tag):
        return sum(name == tag for name, _ in self.tags)


class Document(unittest.TestCase):
    maxDiff = None

    def check(self, report):
        self.assertEqual(report.result.returncode, 0, report.result.stderr)
        self.assertEqual(report.result.stderr, "")
        text = report.read("report.html")
        page = Page(text)
        self.assertEqual(page.problems, [])
        self.assertEqual(len(page.ids), len(set(page.ids)), "ids are not unique")
        self.assertEqual(set(page.references) - set(page.ids), set(), "references to nothing")
        self.assertNotRegex(text, r"@import|<link|<img|<iframe|<object|<embed|<base")
        self.assertNotRegex(re.sub(r"http://www\.w3\.org/2000/svg", "", text), r"https?://")
        for tag, attributes in page.tags:
            if tag == "th":
                self.assertIn(attributes.get("scope"), ("row", "col", "rowgroup"))
            if tag == "svg":
                self.assertEqual(attributes.get("role"), "img")
                self.assertTrue(attributes.get("aria-label"))
        self.assertEqual(page.count("table"), page.count("caption"))
        self.assertEqual(page.count("h1"), 1)
        self.assertEqual(page.count("script"), 1)
        self.assertNotRegex(text + report.read("report.md"), r"\bnan\b|\(null\)|-?\binf\b")
        return page

    def test_every_variant_is_well_formed(self):
        for name, make in pages.VARIANTS.items():
            with self.subTest(name):
                self.check(pages.Report(make()))

    def test_mangled_documents_never_end_it(self):
        for seed in range(12):
            with self.subTest(seed):
                report = pages.Report(pages.mangle(pages.load(), random.Random(seed)))
                self.assertEqual((report.result.returncode, report.result.stderr), (0, ""))
                self.assertEqual(Page(report.read("report.html")).problems, [])

    def test_hostile_text_stays_text(self):
        report = pages.Report(pages.hostile(), path="runs/" + pages.HOSTILE)
        self.check(report)
        self.assertFalse(os.path.exists(os.path.join(report.folder, "pwned")))
        for file in os.listdir(report.folder):
            if not file.endswith(".json"):
                text = report.read(file)
                self.assertFalse("<script>alert" in (without_code(text) if file.endswith(".md") else text), file)

    def test_the_markdown_is_the_expected_one(self):
        if not shutil.which("gnuplot"):
            self.skipTest("gnuplot is not installed")
        report = pages.complete()
        text = report.read("report.md")
        if os.environ.get("PR_UPDATE"):
            with open(EXPECTED, "w", encoding="utf-8") as file:
                file.write(text)
        with open(EXPECTED, encoding="utf-8") as file:
            self.assertEqual(text, file.read())

    def test_both_formats_have_the_same_content(self):
        report = pages.complete()
        html, markdown = report.read("report.html"), report.read("report.md")
        self.assertEqual(re.findall(r"<h[23][^>]*>([^<]*)", html), re.findall(r"^##+ (.*)$", markdown, re.MULTILINE))
        self.assertEqual(re.findall(r"<b>Table (\d+)", html), re.findall(r"(?:\*\*|<summary>)Table (\d+)", markdown))
        self.assertEqual(re.findall(r"<b>Figure (\d+)", html), re.findall(r"\*\*Figure (\d+)", markdown))

    def test_the_markdown_is_github_s(self):
        """What GitHub makes of it: every table a table, none left as bars, folded ones inside <details>."""
        if not shutil.which("cmark-gfm"):
            self.skipTest("cmark-gfm is not installed")
        for name, markdown in (("complete", pages.complete().read("report.md")), ("hostile", pages.Report(pages.hostile()).read("report.md"))):
            with self.subTest(name):
                html = subprocess.run(["cmark-gfm", "--unsafe", "-e", "table", "-e", "strikethrough"], input=markdown, capture_output=True,
                                      text=True, check=True).stdout
                tables = len(re.findall(r"^(?:\*\*|<details><summary>)Table \d", markdown, re.MULTILINE))
                self.assertEqual(html.count("<table>"), tables)
                self.assertEqual(html.count("<details>"), html.count("</details>"))
                self.assertNotRegex(html, r"<p>\|")
                self.assertNotRegex(html, r"<script>alert")
                open_rows = max(table.count("<tr>") for table in re.findall(r"</strong>[^<]*</p>\n<table>.*?</table>", html, re.DOTALL))
                self.assertLess(open_rows, 18)
                self.assertNotRegex(re.sub(r"<code>.*?</code>", "", "".join(re.findall("<summary>.*?</summary>", html))), r"\\[_*]")

    def test_every_picture_of_the_markdown_is_there(self):
        report = pages.complete()
        pictures = re.findall(r"\]\(([^)]*\.svg)\)", report.read("report.md"))
        self.assertEqual(len(pictures), 11 if shutil.which("gnuplot") else 0)
        for picture in pictures:
            text = report.read(picture)
            self.assertTrue(text.rstrip().endswith("</svg>"))
            self.assertNotIn("var(", text)

    def test_a_sweep_is_drawn_and_tabulated(self):
        report = pages.Report(pages.curves())
        text = report.read("report.md")
        self.assertIn("What changes the would-blocks", text)
        self.assertIn("- baseline: its would-blocks fall.", text)
        row, = re.findall(r"^\| baseline \| 1\.00<br>.*$", text, re.MULTILINE)
        self.assertIn("0.0150<br>0.0300 reads<br>50.0", row)
        if shutil.which("gnuplot"):
            self.assertEqual(re.findall(r"\((curve-\w+-\d)\.svg\)", text), ["curve-blocks-1", "curve-found-1"])
            self.assertEqual(re.findall(r"\((scale-\w+-\d)\.svg\)", text), ["scale-speed-1", "scale-latency-1", "scale-cpu-1"])
        without = pages.complete().read("report.md")
        self.assertNotIn("What changes the would-blocks", without)

    def test_mangled_curves_never_end_it(self):
        for seed in range(6):
            with self.subTest(seed):
                report = pages.Report(pages.mangle(pages.curves(), random.Random(100 + seed)))
                self.assertEqual((report.result.returncode, report.result.stderr), (0, ""))

    def test_stalls_are_drawn_and_tabulated(self):
        report = pages.Report(pages.stalls())
        self.check(report)
        text = report.read("report.md")
        self.assertIn("- While the reader stalled for 500ms: one lost some.", text)
        self.assertIn("What the size check costs", text)
        row, = re.findall(r"^\| [^|]+ \| 8 \| 159,656 \|.*$", text, re.MULTILINE)
        self.assertIn("| 1 |", row)
        if shutil.which("gnuplot"):
            self.assertEqual(re.findall(r"\(((?:stall-\w+|walk)[-\d]*)\.svg\)", text),
                             ["stall-engine-1", "stall-kernel-1", "stall-window-1", "stall-memory-1", "walk"])
        self.assertNotIn("the size check costs", pages.complete().read("report.md"))

    def test_mangled_stalls_never_end_it(self):
        for seed in range(4):
            with self.subTest(seed):
                report = pages.Report(pages.mangle(pages.stalls(), random.Random(200 + seed)))
                self.assertEqual((report.result.returncode, report.result.stderr), (0, ""))

    def test_the_course_of_a_run_is_drawn_and_tabulated(self):
        report = pages.Report(pages.course())
        self.check(report)
        text, page = report.read("report.md"), report.read("report.html")
        for picture in ("course-speed.svg", "course-fixed.svg", "course-busy.svg"):
            self.assertIn(f"({picture})", text)
        # Three slices of 18 trials in 10 blocks, of which some trials do not count; others use half a CPU.
        self.assertRegex(text, r"540 slices, of which \d+ are left out\.")
        self.assertRegex(text, r"(?m)^\| 2 \| 52 \| 2 \| .* \| .* \| 0\.51 \| 0\.01 \|$")
        self.assertIn("seconds since the first slice", page)
        self.assertIn("does not count: baseline did not sleep", page)

    def test_a_calm_course_is_drawn_too(self):
        report = pages.Report(pages.calm_course())
        self.assertIn("(course-speed.svg)", report.read("report.md"))
        self.assertNotIn("gnuplot failed", report.read("report.md"))

    def test_what_the_command_line_changed_is_named_and_told_once(self):
        text = pages.Report(pages.sweep()).read("report.md").replace("\u00a0", " ")
        self.assertIn("# Performance analysis: 9 phases in 5 workloads, ", text)
        self.assertIn("What ran: plan seed, changed on the command line, ", text)
        self.assertIn("; paced: size 64, rate 5,000 / 10,000 / 20,000, gaps constant; then streaming: size 64", text)
        self.assertRegex(text, r"Nothing follows from this run about speed: of \d+ comparisons that decide none could be decided\.")

    def test_an_older_run_has_its_course_in_order(self):
        report = pages.Report(pages.VARIANTS["course of an older run"]())
        self.check(report)
        self.assertIn("slices in the order in which they ran", report.read("report.html"))
        self.assertNotIn("course-busy", report.read("report.html"))

    def test_what_is_known_and_what_is_not_stands_on_the_first_page(self):
        text = pages.complete().read("report.md").replace("\u00a0", " ").split("**Table 1.**")[0]
        self.assertRegex(text, r"(?m)^Known: of 40 comparisons that decide, 39 are decided: \d+ better, \d+ worse")
        self.assertRegex(text, r"(?m)^Not known: what changed in 1 of 40 comparisons that decide; ")
        stalled = pages.Report(pages.stalls()).read("report.md").split("**Table 1.**")[0]
        self.assertIn("; while the reader stalled for 500ms: one lost some", stalled)
        self.assertNotIn("exercised: backpressure", stalled)

    def test_two_options_at_once_are_a_heat_map(self):
        report = pages.Report(pages.grid())
        page = report.read("report.html").replace("\u00a0", " ")
        self.assertIn("Throughput over two options at once", page)
        for words in ("\u221240.0 %", "(0.0 %)", "+40.0 %", "reactive: change of throughput", "1,024"):
            self.assertIn(words, page)
        self.assertNotIn("Throughput over two options at once", pages.complete().read("report.html"))

    def test_latency_is_shown_block_by_block(self):
        text = pages.complete().read("report.md")
        self.assertIn("(heat-1.svg)", text)
        self.assertIn("fill-opacity", pages.complete().read("heat-1.svg"))
        self.assertIn("How far the blocks of a phase lie apart", text)

    def test_the_gate_has_a_table_what_failed_first(self):
        text = pages.Report(pages.gated()).read("report.md").replace("\u00a0", " ")
        self.assertIn("It does not pass by the usual policy: of 5 checks, 1 failed, 1 refused, 1 undecided, 2 passed.", text)
        results = re.findall(r"(?m)^\| throughput \| reactive \| streaming \| not worse by 2.0 % or more \| (?:.*?) \| (.*?) \| worse", text)
        self.assertEqual([result.split()[0] for result in results], ["fails", "refused:", "cannot", "passes"])
        self.assertNotIn("| messages_lost | reactive |", text)

    def test_steps_and_batches(self):
        report = pages.Report(pages.batched())
        text = report.read("report.md").replace("\u00a0", " ")
        self.assertIn("### 3.2 Where the time of a message goes", text)
        self.assertRegex(text, r"(?m)^\| baseline \| 10\.7 µs<br>100 % \| 240 ns<br>2 % \| 130 ns<br>1 % \|")
        self.assertRegex(text, r"(?m)^\| baseline \| 8 \| 528 \| 50.0 % \| 0.0 % \| 30.0 % \| 20.0 % \| 0.0 % \|$")
        # One message a call needs no picture.
        self.assertIn("(batches-recv-2.svg)", text)
        self.assertNotIn("(batches-recv-1.svg)", text)

    def test_probes_and_doses_are_drawn_and_tabulated(self):
        report = pages.Report(pages.doses())
        self.check(report)
        text = report.read("report.md").replace("\u00a0", " ")
        self.assertIn("### 3.3 Counted by each probe", text)
        self.assertRegex(text, r"\| interpose \| strace \| 4,000 \| 2,000 \| 132,000 \| 2,000 \| 2,004 \| 2,003 \| – \| NO \|")
        self.assertIn("`pr_read in libproctor.so (core/read.c:57)`", text)
        self.assertRegex(text, r"\| perf \| \S+ \| pingpong \| time \| \+12\.0 % \[\+10\.0, \+14\.0\] \| 10 \|")
        self.assertRegex(text, r"\| −5\.0 % \[−6\.0, −4\.0\] \| −3\.5 % \[−5\.0, −2\.0\] \|")
        self.assertIn("one read that finds nothing more costs 180 ns of CPU time per message.", text)
        # A phase that is there to show what watching costs is no phase of the other tables.
        self.assertIn(" phases, and of 1 more that show what watching them costs; ", text)
        self.assertEqual(len(re.findall(r"\w\+perf", text)), 1, "in the table of the engines alone")
        if shutil.which("gnuplot"):
            self.assertEqual(re.findall(r"\((dose-\w+-\d)\.svg\)", text), ["dose-cpu-1"])
        self.assertNotIn("Counted by each probe", pages.complete().read("report.md"))

    def test_mangled_doses_never_end_it(self):
        for seed in range(4):
            with self.subTest(seed):
                report = pages.Report(pages.mangle(pages.doses(), random.Random(300 + seed)))
                self.assertEqual((report.result.returncode, report.result.stderr), (0, ""))

    def test_the_order_of_the_outline(self):
        titles = re.findall(r"^## \d+ (.*)$", pages.complete().read("report.md"), re.MULTILINE)
        self.assertEqual(titles, ["Executive summary", "Benchmark results comparison", "Root cause analysis", "Backpressure",
                                  "Next steps", "Conclusion", "Glossary", "Provenance"])

    def test_every_table_and_figure_has_a_command_before_the_next_section(self):
        markdown = pages.complete().read("report.md")
        for section in re.split(r"^##+ ", markdown, flags=re.MULTILINE)[1:]:
            if re.search(r"Table \d|Figure \d", section) and not section.startswith("8"):
                self.assertIn("```sh\nproctor ", section)

    def test_what_is_not_measured_is_a_dash(self):
        text = pages.Report(pages.nothing_good()).read("report.md")
        for line in re.findall(r"^\| (?:throughput|latency_\w+|cpu_per_message)<br>.*", text, re.MULTILINE):
            cells = [cell.strip() for cell in line.strip("|").split("|")][1:]
            for cell in cells:
                self.assertTrue(cell.startswith("\u2013"), line)

    def test_exact_counts_are_no_doubts(self):
        text = pages.complete().read("report.html")
        rows = re.findall(r"<th [^>]*>eagain_<wbr>per_<wbr>message<span.*?</tr>", text, re.DOTALL)
        self.assertEqual(len(rows), 2)
        for row in rows:
            self.assertIn("counted once", row)
            self.assertNotIn("inconclusive", row)

    def test_the_verdict_is_first_one_sentence_a_paragraph(self):
        text = pages.complete().read("report.html")
        leads = [lead.replace("<wbr>", "") for lead in re.findall(r'<p class="lead">(.*?)</p>', text)]
        self.assertEqual([lead.split()[0] for lead in leads], ["Throughput", "In", "Against", "Would-blocks", "This"])  # "This run did not ..." is the section on backpressure
        self.assertIn("core moves \u00d7", leads[2])

    def test_a_sweep_of_loads_is_a_curve_with_its_knee(self):
        documents = pages.load()
        steps = [{"workload": f"paced,rate={rate}", "offered": rate, "throughput": arrived, "latency_p50": 2e4, "latency_p99": p99,
                  "latency_sent_p50": 1e4, "latency_sent_p99": sent}
                 for rate, arrived, p99, sent in ((5000, 5000, 1e5, 9e4), (10000, 10000, 2e5, 9e4), (20000, 12000, 4e7, 3e5), (40000, None, None, None))]
        documents["comparison"]["knees"] = [{"sweep": "paced", "phase": phase, "knee": 10000, "lo": 5000, "hi": 10000, "limit": "rate", "blocks": 10,
                                             "steps": steps} for phase in ("baseline", "<b>core</b>")]
        report = pages.Report(documents)
        self.check(report)
        text = report.read("report.md")
        for words in ("Knees: baseline 10.0\u00a0K; ", "p99 against offered load", "less than 90 % arrives", "40.0 ms"):
            self.assertIn(words.replace(" ", "\u00a0") if words == "40.0 ms" else words, text)

    def test_what_is_missing_is_said(self):
        alone = pages.Report({"run": pages.load()["run"]}).read("report.md")
        for words in ("There is no verdict: ", "There is no comparison: ", "The would-blocks are not explained: ", "No picture: ",
                      "comparison.json", "explanation.json", "histograms.json"):
            self.assertIn(words, alone)
        text = pages.complete().read("report.md")
        for words in ("180 planned, 177 ok, 2 void, 1 failed", "the worker ended with signal 9 (killed)", "ptrace is not permitted here",
                      "2,001 is not 2,000", "This run did not measure backpressure"):
            self.assertIn(words, text)

    def test_an_interrupted_run_says_so(self):
        documents = pages.load()
        documents["run"].update(status="interrupted", trials=documents["run"]["trials"][:40])
        self.assertIn("The run was interrupted: 40 of 180 planned trials", pages.Report(documents).read("report.md"))

    def test_without_gnuplot_there_is_a_report(self):
        report = pages.Report(pages.load(), environment={"PATH": "/nonexistent"})
        page = self.check(report)
        self.assertEqual(page.count("svg"), 0)
        self.assertEqual(page.count("figure"), 5)
        self.assertIn("install gnuplot-nox", report.read("report.html"))

    def test_commands_quote_the_run(self):
        text = pages.Report(pages.load(), path="my runs/a'b").read("report.md")
        self.assertIn("proctor compare 'my runs/a'\\''b'", text)
        self.assertIn("proctor run 'my runs/a'\\''b/run.json'", text)

    def test_the_same_documents_give_the_same_bytes(self):
        one, two = pages.complete(), pages.Report(pages.load())
        for file in ("report.html", "report.md"):
            self.assertEqual(one.read(file), two.read(file))

    def test_no_run_no_report(self):
        result = pages.Report({"comparison": {}}).result
        self.assertEqual(result.returncode, 5)
        self.assertIn("run.json", result.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
