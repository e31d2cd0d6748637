#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The site as a reader sees it, in headless Chromium and from file://: nothing logged, nothing asked of the network, the
heartbeat by the reader's clock, hover, the comparison of two runs, phones, dark mode, keyboard, and axe-core where it is there.
Skipped (77) without Chromium or gnuplot.  Leaves pictures of the first page and of a case in the build tree
(pictures/); with PR_PICTURES=FOLDER of every page, there."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "test"))
import browser  # noqa: E402
import nights  # noqa: E402

WIDE, NARROW = 1200, 390
NIGHTS = 30
CASE = "case-18.html"  # throughput of m1, which changes its level
PAGES = ("index.html", "changes.html", "cases.html", "compare.html", "coverage.html", "noise.html", "runs.html", "help.html", CASE)
NEWEST = nights.FIRST + nights.DAY * (NIGHTS - 1) + 600


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="proctor-dashboard-")
        cls.site = f"{cls.dir}/a site"
        made = nights.Nights(f"{cls.dir}/history.db", NIGHTS)
        made.db.execute("UPDATE coverage SET failed = 3, reason = 'the worker ended with signal 11' WHERE run_id = 68 AND workload = 'streaming'")
        made.close()
        subprocess.run([nights.PROCTOR, "dashboard", "--store", f"{cls.dir}/history.db", "-o", cls.site, "--release", "v1.0=2025-12-05",
                        "--commit-url", "https://example.org/commit/{}"], check=True, capture_output=True)
        cls.browser = browser.Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        shutil.rmtree(cls.dir, ignore_errors=True)

    def open(self, page, seconds_later=3600, **how):
        """The page, read so long after the newest run."""
        script = f"Date.now = () => {1000 * (NEWEST + seconds_later)};"
        number = self.browser.call("Page.addScriptToEvaluateOnNewDocument", source=script)["identifier"]
        self.browser.open("about:blank")
        self.browser.messages.clear()
        self.browser.requests.clear()
        self.browser.open(f"{self.site}/{page}", **how)
        self.browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=number)

    def run_js(self, expression):
        return self.browser.run(expression)

    def test_every_page(self):
        """Nothing logged, nothing leaves, every link leads to a file, what scrolls can be reached, nothing scrolls sideways."""
        for page in PAGES:
            with self.subTest(page):
                self.open(page)
                self.assertEqual(self.browser.messages, [])
                self.assertEqual([r.replace("%20", " ") for r in self.browser.requests], [f"file://{self.site}/{page}"])
                self.assertLessEqual(self.run_js("document.documentElement.scrollWidth"), WIDE)
                self.assertTrue(self.run_js("[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0)"))
                for link in set(self.run_js("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")):
                    if not link.startswith(("https://example.org/", "#")):
                        self.assertTrue(os.path.exists(f"{self.site}/{link.partition('#')[0]}"), link)
                self.open(page, width=NARROW)
                self.assertLessEqual(self.run_js("document.documentElement.scrollWidth"), NARROW)

    def test_the_heartbeat_is_the_readers(self):
        for later, name, words in ((3600, "alive", "60 minutes ago"), (34 * 3600, "alive", "34 hours ago"), (37 * 3600, "late", "No run has arrived for 2 days"),
                                   (-7200, "late", "a clock is wrong")):
            self.open("index.html", later)
            self.assertEqual(self.run_js("document.getElementById('heartbeat').className"), name, later)
            self.assertIn(words, self.run_js("document.getElementById('heartbeat').textContent"))
        self.open("index.html", 37 * 3600)
        self.assertEqual(self.run_js("document.querySelectorAll('#groups .late').length"), 2)

    def test_a_mark_says_what_it_is(self):
        self.open(CASE)
        count = self.run_js("document.querySelectorAll('figure svg g > title').length")
        self.assertGreaterEqual(count, NIGHTS)
        box = self.run_js("""(() => { const use = [...document.querySelectorAll("figure svg g > title")].filter(t => t.textContent.startsWith("Run 40,"))[0]
          .parentElement.querySelector("use"); use.scrollIntoView({block: "center"});
          const b = use.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; })()""")
        for _ in range(200):  # the page may still be scrolling, which hides it
            self.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
            self.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])
            if not self.run_js("document.getElementById('tip').hidden"):
                break
        self.assertFalse(self.run_js("document.getElementById('tip').hidden"))
        text = self.run_js("document.getElementById('tip').textContent")
        self.assertRegex(text, r"^Run 40, 2025-12-10 03:00, commit [0-9a-f]{12}: .* against baseline, equivalent$")
        for kind in ("mousePressed", "mouseReleased"):
            self.browser.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
        self.assertEqual(self.run_js("[location.hash, document.querySelector('#run-40').closest('details').open]"), ["#run-40", True])

    def test_two_runs_are_compared(self):
        first, second = 10 + 2 * 10, 10 + 2 * 29
        self.open(f"compare.html#first={first}&second={second}")
        row = self.run_js("[...document.querySelectorAll('#result tbody tr')].filter(r => r.textContent.includes('streaming, slower: throughput'))[0].innerText")
        self.assertRegex(row, r"throughput\t.*\tworse\t")
        self.assertIn("1 worse", self.run_js("document.getElementById('sentence').textContent"))
        before = self.run_js("document.querySelectorAll('#result tbody tr').length")
        self.run_js("document.getElementById('every').click()")
        self.assertGreater(self.run_js("document.querySelectorAll('#result tbody tr').length"), before)
        self.run_js(f"(() => {{ const s = document.getElementById('first'); s.value = '{second}'; s.dispatchEvent(new Event('change')); }})()")
        self.assertIn("one run twice", self.run_js("document.getElementById('sentence').textContent"))
        self.assertEqual(self.run_js("location.hash"), f"#first={second}&second={second}")

    def test_cases_can_be_filtered(self):
        self.open("cases.html")
        self.run_js("(() => { const i = document.querySelector('#filter input'); i.value = 'm2 STREAMING throughput'; i.dispatchEvent(new Event('input')); })()")
        self.assertEqual(self.run_js("[...document.querySelectorAll('.grid li')].filter(e => e.checkVisibility()).length"), 1)
        self.assertEqual(self.run_js("document.querySelector('#filter span').textContent"), "1 shown")

    def test_dark_is_dark_and_colours_are_those_of_the_phase(self):
        for dark, ground in ((True, "rgb(20, 23, 26)"), (False, "rgb(255, 255, 255)")):
            self.open(CASE, dark=dark)
            self.assertEqual(self.run_js("getComputedStyle(document.body).backgroundColor"), ground)
            marks = self.run_js("[...document.querySelectorAll('figure svg g > title')].filter(t => t.textContent.startsWith('Run '))"
                                ".map(t => t.parentElement.querySelector('use').getAttribute('color'))")
            self.assertEqual(set(marks), {"var(--p2)"})

    def test_the_keyboard_reaches_everything(self):
        self.open("index.html")
        self.browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        self.assertEqual(self.run_js("document.activeElement.className"), "skip")

    def test_axe_finds_nothing_serious(self):
        axe = browser.find_axe()
        if not axe:
            self.skipTest("axe-core is not there: npm or a network is missing")
        for page in PAGES:
            for dark in (False, True)[:2 if page in ("index.html", CASE) else 1]:
                with self.subTest(page, dark=dark):
                    self.open(page, dark=dark)
                    self.run_js("document.querySelectorAll('details').forEach(d => d.open = true)")
                    self.assertEqual(self.browser.axe(axe), [])

    def test_pictures_to_look_at(self):
        folder = os.environ.get("PR_PICTURES") or os.path.join(os.environ["PR_BUILD_DIR"], "pictures")
        os.makedirs(folder, exist_ok=True)
        for page in PAGES if os.environ.get("PR_PICTURES") else ("index.html", CASE):
            for name, width, dark in (("wide", WIDE, False), ("dark", WIDE, True), ("narrow", NARROW, False)):
                self.open(page, width=width, dark=dark)
                self.browser.picture(os.path.join(folder, f"dashboard-{page.partition('.')[0]}-{name}.png"))


if __name__ == "__main__":
    if not browser.find() or not shutil.which("gnuplot"):
        print("skipped: chromium or gnuplot is not installed")
        sys.exit(77)
    sys.exit(unittest.main(verbosity=1))
