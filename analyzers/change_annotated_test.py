#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""change_annotated on the published series: its figures are those of fixtures/change/expected.txt and README.md, and what it says of t
tests is computed here once more, from the definitions alone."""
import json
import math
import os
import statistics
import subprocess
import unittest

SOURCE, BUILD = os.environ["PR_SOURCE_DIR"], os.environ["PR_BUILD_DIR"]
ANNOTATED = os.path.join(SOURCE, "fixtures/change/annotated.json")
MARGIN, WINDOW, SAME = 5, 12, 3
LIMITS = {"t test, p <= 0.01": 2.8188, "t test, p <= 0.001": 3.7921, "t test, t >= 7": 7}


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def student(before, after):
    pooled = (statistics.variance(before) + statistics.variance(after)) / 2
    return abs(statistics.fmean(after) - statistics.fmean(before)) / math.sqrt(2 * pooled / WINDOW)


def claims_of(y, limit):
    """The largest of each stretch; night 0 is claimed too."""
    t = [(student(y[at - WINDOW:at], y[at:at + WINDOW]), -at) for at in range(WINDOW, len(y) - WINDOW + 1)]
    found, stretch = [0], []
    for value in t + [(0, 0)]:
        if value[0] >= limit:
            stretch.append(value)
        elif stretch:
            at = -max(stretch)[1]
            if all(abs(at - known) > SAME for known in found):
                found.append(at)
            stretch = []
    return found


def found(nights, claims):
    """How many nights have a claim of their own near."""
    left, count = list(claims), 0
    for night in sorted(nights):
        near = [claim for claim in left if abs(claim - night) <= MARGIN]
        if near:
            left.remove(min(near, key=lambda claim: abs(claim - night)))
            count += 1
    return count


def scores(one, claims):
    marked = [{0, *nights} for nights in one["annotations"].values()]
    precision = found(set().union(*marked), claims) / len(claims)
    recall = statistics.fmean(found(nights, claims) / len(nights) for nights in marked)
    return precision, recall, 2 * precision * recall / (precision + recall)


class Annotated(unittest.TestCase):
    def test_figures(self):
        expected = read("fixtures/change/expected.txt").splitlines()
        said = subprocess.run([os.path.join(BUILD, "change_annotated"), ANNOTATED, "quick"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(said.splitlines(), [line for line in expected if "each night" not in line])
        told = read("analyzers/README.md")
        for line in expected:
            if line.startswith("| mean "):
                self.assertIn(line.replace("| mean ", "").replace("| | ", "| "), told)

    def test_t_tests_from_their_definition(self):
        expected = read("fixtures/change/expected.txt").splitlines()
        for one in json.loads(read("fixtures/change/annotated.json"))["series"]:
            for name, limit in LIMITS.items():
                claims = claims_of(one["y"], limit)
                figures = " | ".join(f"{value:.2f}" for value in scores(one, claims))
                self.assertIn(f"| {one['name']} | {name} | {len(claims) - 1} | {figures} |", expected)


if __name__ == "__main__":
    unittest.main(verbosity=2)
