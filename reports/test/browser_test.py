#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page as a reader sees it, in headless Chromium: nothing logged, nothing asked of the network, nothing
clipped or on top of something else, legible in light and dark, usable with a keyboard.  Skipped (77) without
Chromium or gnuplot.  Leaves pictures to look at in the build tree (pictures/) or in PR_PICTURES=FOLDER."""
import os
import shutil
import sys
import unittest

import browser
import pages

WIDE, NARROW = 1200, 390

# Texts of each picture that leave it, or cover each other.
TEXTS = """(() => {
  const found = [];
  for (const svg of document.querySelectorAll("figure svg")) {
    const frame = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll("text")].filter(t => t.textContent.trim()).map(t => [t.textContent, t.getBoundingClientRect()]);
    boxes.forEach(([text, box], i) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        found.push("clipped: " + text);
      for (const [other, area] of boxes.slice(i + 1)) {
        const wide = Math.min(box.right, area.right) - Math.max(box.left, area.left);
        const high = Math.min(box.bottom, area.bottom) - Math.max(box.top, area.top);
        if (wide > 1 && high > 3) found.push(`"${text}" covers "${other}"`);
      }
    });
  }
  return found;
})()"""

# Pairs of text and ground whose contrast is below 4.5 (WCAG AA).
CONTRAST = """(() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
                       return .2126 * r + .7152 * g + .0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
                        if (c.length === 3 || c[3] > .5) return c.slice(0, 3); } return [255, 255, 255]; };
  const bad = new Set();
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || e.closest("script, .hidden")) continue;
    const s = getComputedStyle(e), svg = e.closest("svg");
    const a = light(parse(svg ? getComputedStyle(svg).color : s.color).slice(0, 3)), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.add(`${e.tagName}.${e.className.baseVal ?? e.className} ${ratio.toFixed(2)}`);
  }
  return [...bad];
})()"""

# Marks and bars need 3 to 1 against the ground of the page.
MARKS = """(() => {
  const style = getComputedStyle(document.documentElement), probe = document.createElement("i"), bad = [];
  document.body.append(probe);
  const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
                       return .2126 * r + .7152 * g + .0722 * b; };
  const parse = c => c.match(/[\\d.]+/g).map(Number).slice(0, 3);
  const b = light(parse(getComputedStyle(document.body).backgroundColor));
  for (const name of [...Array(10).keys()].map(i => `--p${i + 1}`).concat(["--c2"])) {
    probe.style.color = `var(${name})`;
    const a = light(parse(getComputedStyle(probe).color)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 3) bad.push(`${name} ${ratio.toFixed(2)}`);
  }
  probe.remove();
  return bad;
})()"""


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()
        cls.reports = {name: pages.Report(make()) for name, make in pages.VARIANTS.items()}

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def each(self, check, *names):
        """Runs check(path) for each variant, or for those named."""
        for name in names or self.reports:
            with self.subTest(name):
                check(self.reports[name].html_path)

    def test_nothing_is_logged_and_nothing_leaves(self):
        def check(path):
            self.browser.messages.clear()
            self.browser.requests.clear()
            self.browser.open(path)
            self.assertEqual(self.browser.messages, [])
            self.assertEqual(self.browser.requests, ["file://" + path])

        self.each(check)

    def test_the_page_never_scrolls_sideways(self):
        def check(path):
            for width in (WIDE, 768, NARROW):
                self.browser.open(path, width)
                self.assertLessEqual(self.browser.run("document.documentElement.scrollWidth"), width)

        self.each(check)

    def test_no_text_of_a_picture_is_clipped_or_covered(self):
        def check(path):
            for width in (WIDE, NARROW):
                self.browser.open(path, width)
                self.assertEqual(self.browser.run(TEXTS), [])

        self.each(check, "complete", "one phase", "many phases", "curves")

    def test_everything_is_legible(self):
        for dark in (False, True):
            self.browser.open(self.reports["complete"].html_path, dark=dark)
            self.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
            self.assertEqual(self.browser.run(CONTRAST), [], f"dark: {dark}")
            self.assertEqual(self.browser.run(MARKS), [], f"dark: {dark}")

    def test_dark_is_dark_and_paper_is_white(self):
        path = self.reports["complete"].html_path
        ground = "getComputedStyle(document.body).backgroundColor"
        self.browser.open(path, dark=True)
        self.assertEqual(self.browser.run(ground), "rgb(20, 23, 26)")
        self.browser.open(path, dark=True, media="print")
        self.assertEqual(self.browser.run(ground), "rgb(255, 255, 255)")

    def test_the_comparison_fits_the_page(self):
        self.browser.open(self.reports["complete"].html_path, WIDE)
        wide = self.browser.run("[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)"
                                ".map(e => e.querySelector('caption').textContent)")
        self.assertEqual(wide, [])

    def test_values_appear_on_hover(self):
        self.browser.open(self.reports["complete"].html_path)
        titles = self.browser.run("[...document.querySelectorAll('figure svg g > title')].map(t => t.textContent)")
        for title in ("baseline, block 1: ", "baseline, 99 %: ", "baseline, would-block: speculative: 1.00 per message"):
            self.assertTrue(any(t.startswith(title) for t in titles), title)

    def test_colours_of_a_phase_are_the_same_everywhere(self):
        self.browser.open(self.reports["complete"].html_path)
        seen = self.browser.run("""(() => { const seen = {};
          for (const g of document.querySelectorAll("#f1 svg g > title, #f2 svg g > title, #f3 svg g > title")) {
            const phase = g.textContent.split(/[,:]/)[0], use = g.parentElement.querySelector("use");
            if (use && g.textContent.includes(":")) (seen[phase] ??= new Set()).add(use.getAttribute("color") + use.getAttribute("href").replace(/.*gpPt/, " "));
          }
          return Object.entries(seen).map(([k, v]) => [k, v.size]); })()""")
        self.assertEqual(len(seen), 9)
        self.assertEqual({count for _, count in seen}, {1})

    def test_the_keyboard_reaches_everything(self):
        self.browser.open(self.reports["complete"].html_path)
        self.browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        self.assertEqual(self.browser.run("document.activeElement.className"), "skip")
        self.assertEqual(self.browser.run("[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0)"), True)

    def test_a_command_can_be_copied(self):
        self.browser.open(self.reports["complete"].html_path)
        count = self.browser.run("[document.querySelectorAll('.command code').length, document.querySelectorAll('.command button').length]")
        self.assertGreater(count[0], 8)
        self.assertEqual(count[0], count[1])
        self.browser.run("document.querySelector('.command button').click()")
        self.browser.run("new Promise(done => { const look = () => document.getElementById('status').textContent ? done()"
                         " : setTimeout(look, 20); look(); })")
        self.assertRegex(self.browser.run("document.getElementById('status').textContent"), "^Command (copied|selected)$")

    def test_a_screen_reader_hears_names(self):
        self.browser.open(self.reports["complete"].html_path)
        self.browser.call("Accessibility.enable")
        nodes = self.browser.call("Accessibility.getFullAXTree")["nodes"]
        shown = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored") and "role" in n]
        for role in ("table", "image", "figure", "region", "heading", "navigation", "main"):
            names = [name for kind, name in shown if kind == role]
            self.assertTrue(names, role)
            if role not in ("main", "figure"):
                self.assertNotIn("", names, role)

    def test_it_prints(self):
        self.browser.open(self.reports["complete"].html_path)
        self.assertTrue(self.browser.pdf().startswith(b"%PDF"))
        self.browser.open(self.reports["complete"].html_path, width=1030, media="print")
        self.assertLessEqual(self.browser.run("document.documentElement.scrollWidth"), 1030)
        self.assertEqual(self.browser.run("getComputedStyle(document.querySelector('nav')).display"), "none")

    def test_axe_finds_nothing_serious(self):
        axe = browser.find_axe()
        if not axe:
            self.skipTest("axe-core is not there: npm or a network is missing")
        for name, dark in (("complete", False), ("complete", True), ("stalls", False)):
            with self.subTest(name, dark=dark):
                self.browser.open(self.reports[name].html_path, dark=dark)
                self.browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
                self.assertEqual(self.browser.axe(axe), [])

    def test_every_link_arrives(self):
        def check(path):
            self.browser.open(path)
            lost = self.browser.run("""(() => [...document.querySelectorAll("a[href]")].filter(a => {
              a.click();
              return location.hash !== a.getAttribute("href") || !document.querySelector(":target");
            }).map(a => a.getAttribute("href")))()""")
            self.assertEqual(lost, [])

        self.each(check, "complete", "run alone", "stalls")

    def test_hover_finds_a_value(self):
        """The pointer on a mark is on an element whose title the browser shows."""
        self.browser.open(self.reports["complete"].html_path)
        for figure in ("f1", "f2", "f3", "f4"):
            marks, found = self.browser.run(f"""(() => {{
              const marks = [...document.querySelectorAll("#{figure} svg g > title")].map(t => t.parentElement).slice(0, 40);
              return [marks.length, marks.filter(mark => {{
                const shape = mark.querySelector("use, path, polygon, rect") ?? mark;
                shape.scrollIntoView({{block: "center", behavior: "instant"}});
                const box = shape.getBoundingClientRect();
                const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
                return hit?.closest("g:has(> title)")?.querySelector("title").textContent.includes(": ");
              }}).length];
            }})()""")
            # Some marks lie under a line or an axis.
            self.assertGreater(found, marks / 4, figure)

    def test_shapes_tell_phases_apart_without_colour(self):
        self.browser.open(self.reports["complete"].html_path)
        shapes = self.browser.run("""(() => { const shapes = {};
          for (const g of document.querySelectorAll("#f2 svg:first-of-type g > title")) {
            const use = g.parentElement.querySelector("use");
            if (use) shapes[g.textContent.split(",")[0]] = use.getAttribute("href").replace(/.*gpPt/, "");
          }
          return Object.values(shapes); })()""")
        self.assertEqual(len(shapes), 9)
        self.assertEqual(len(set(shapes)), 9)

    def test_pictures_to_look_at(self):
        folder = os.environ.get("PR_PICTURES") or os.path.join(os.environ["PR_BUILD_DIR"], "pictures")
        os.makedirs(folder, exist_ok=True)
        for name, width, dark, media in (("wide", WIDE, False, "screen"), ("dark", WIDE, True, "screen"), ("narrow", NARROW, False, "screen"),
                                         ("print", 1030, False, "print")):
            self.browser.open(self.reports["complete"].html_path, width, dark=dark, media=media)
            self.browser.picture(os.path.join(folder, f"report-{name}.png"))
        self.browser.open(self.reports["complete"].html_path)
        with open(os.path.join(folder, "report.pdf"), "wb") as file:
            file.write(self.browser.pdf())


if __name__ == "__main__":
    if not browser.find() or not shutil.which("gnuplot"):
        print("skipped: chromium or gnuplot is not installed")
        sys.exit(77)
    sys.exit(unittest.main(verbosity=1))
