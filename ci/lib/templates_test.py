#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""ci/templates: the files are what GitHub and GitLab take, and their shell steps do what they say, with a night that is played."""
import os
import re
import subprocess
import tempfile
import unittest

import yaml

SOURCE = os.environ["PR_SOURCE_DIR"]

# In the place of ci/nightly: leaves what it leaves, and ends as it was told.
NIGHT = """#!/bin/bash
printf '%s\\n' "$@" >"$WHERE/arguments"
mkdir -p performance/tonight
[ "$PLAYED" = 4 ] || { mkdir -p performance/dashboard && echo page >performance/dashboard/index.html; }
printf 'status=%s\\nverdict=played\\nworst=%s\\nstate=x\\n' "$PLAYED" "throughput of current" >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$PLAYED"
"""


def load(name):
    with open(f"{SOURCE}/ci/templates/{name}.yml", encoding="utf-8") as file:
        return yaml.safe_load(file)


class Template(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = folder.name
        for name in ("work", "home", "temp/proctor/ci", "builds/proctor-7/ci"):
            os.makedirs(f"{self.dir}/{name}")
        for place in ("temp/proctor", "builds/proctor-7"):
            with open(f"{self.dir}/{place}/ci/nightly", "w", encoding="utf-8") as file:
                file.write(NIGHT)
            os.chmod(f"{self.dir}/{place}/ci/nightly", 0o755)

    def shell(self, script, played=0, **environment):
        """As both of them call it: it ends with the first failure."""
        return subprocess.run(["bash", "-eo", "pipefail", "-c", script], capture_output=True, text=True, check=False, cwd=f"{self.dir}/work",
                              env={"PATH": os.environ["PATH"], "HOME": f"{self.dir}/home", "WHERE": self.dir, "PLAYED": str(played),
                                   "RUNNER_TEMP": f"{self.dir}/temp", "CI_BUILDS_DIR": f"{self.dir}/builds", "CI_JOB_ID": "7",
                                   "GITHUB_REF_NAME": "main", "CI_COMMIT_REF_NAME": "main", "BUILD": "mkdir -p build && echo library >build/lib.so",
                                   "LIBRARY": "build/lib.so", "ENGINE": "zmq", "NIGHTLY_OPTIONS": "--budget 5m", **environment})

    def arguments(self):
        with open(f"{self.dir}/arguments", encoding="utf-8") as file:
            return file.read().split()

    EXPECTED = "--engine zmq --library build/lib.so --source . --state performance --branch main --budget 5m".split()


class Github(Template):
    def setUp(self):
        super().setUp()
        self.workflow = load("github")
        self.steps = {step.get("name", step.get("uses")): step for step in self.workflow["jobs"]["nightly"]["steps"]}

    def step(self, name, played=0):
        output = f"{self.dir}/output"
        open(output, "w", encoding="utf-8").close()
        answer = self.shell(self.steps[name]["run"], played, GITHUB_OUTPUT=output)
        with open(output, encoding="utf-8") as file:
            return answer, dict(line.split("=", 1) for line in file.read().splitlines())

    def test_it_is_a_workflow(self):
        self.assertEqual(set(self.workflow), {"name", True, "permissions", "concurrency", "env", "jobs"})  # True: YAML 1.1 for "on"
        self.assertEqual(set(self.workflow[True]), {"schedule", "workflow_dispatch"})
        self.assertRegex(self.workflow[True]["schedule"][0]["cron"], r"^(\S+ ){4}\S+$")
        self.assertEqual(self.workflow["concurrency"]["cancel-in-progress"], False)
        for job in self.workflow["jobs"].values():
            self.assertTrue({"runs-on", "steps"} <= set(job))
            for step in job["steps"]:
                self.assertEqual(("uses" in step) + ("run" in step), 1, step)
                self.assertRegex(step.get("uses", "actions/x@v1"), r"^actions/[a-z-]+(/[a-z]+)?@v\d+$")
                self.assertNotIn("${{", step.get("run", ""), "an expression inside a shell script is a way in")

    def test_what_is_named_is_there(self):
        """Outputs that expressions read are of steps with that id, which write them."""
        with open(f"{SOURCE}/ci/templates/github.yml", encoding="utf-8") as file:
            read = set(re.findall(r"steps\.night\.outputs\.([a-z]+)", file.read()))
        self.shell(self.steps["The library"]["run"])
        _, written = self.step("The night")
        self.assertEqual((self.steps["The night"]["id"], read - set(written)), ("night", set()))

    def test_a_night(self):
        answer = self.shell(self.steps["The library"]["run"])
        self.assertEqual(answer.returncode, 0, answer.stderr)
        for played, code in ((0, 0), (1, 1), (3, 0), (4, 4), (5, 5)):
            subprocess.run(["rm", "-rf", f"{self.dir}/work/performance"], check=True)
            answer, written = self.step("The night", played)
            self.assertEqual((answer.returncode, written["code"], written.get("pages")), (0, str(played), None if played == 4 else "yes"), answer.stderr)
            self.assertEqual(self.arguments(), self.EXPECTED)
            answer = self.shell(self.steps["The verdict"]["run"], CODE=written["code"], VERDICT=written["verdict"], WORST=written["worst"])
            self.assertEqual((answer.returncode, answer.stdout), (code, "played: throughput of current\n"))

    def test_a_library_that_is_not_built(self):
        self.assertNotEqual(self.shell(self.steps["The library"]["run"], LIBRARY="elsewhere.so").returncode, 0)

    def test_nothing_is_kept_of_a_night_that_never_was(self):
        for name in ("Keep the history", "Keep tonight", "The pages", "The verdict"):
            self.assertIn("always() && steps.night.outputs.", self.steps[name]["if"])
        paths = {self.steps[name]["with"]["path"] for name in ("The history so far", "Keep the history")}
        keys = {self.steps[name]["with"]["key"] for name in ("The history so far", "Keep the history")}
        self.assertEqual((paths, len(keys)), ({"performance"}, 1))


class Gitlab(Template):
    def setUp(self):
        super().setUp()
        self.file = load("gitlab")

    def test_it_is_a_pipeline(self):
        self.assertEqual(set(self.file), {"stages", "variables", "nightly", "pages"})
        for job in ("nightly", "pages"):
            self.assertIn(self.file[job]["stage"], self.file["stages"])
        nightly = self.file["nightly"]
        self.assertEqual((nightly["resource_group"], nightly["allow_failure"], nightly["cache"]["when"]), ("performance", {"exit_codes": 3}, "always"))
        self.assertEqual(nightly["artifacts"]["reports"], {"junit": "performance/tonight/gate.xml", "metrics": "performance/tonight/metrics.txt"})
        self.assertEqual(self.file["pages"]["artifacts"], {"paths": ["public"]})

    def test_a_night(self):
        script = [line for line in self.file["nightly"]["script"] if not line.startswith("git clone")]
        self.assertEqual(len(script), 2)
        for played in (0, 1, 3, 5):
            answer = self.shell("\n".join(script), played)
            self.assertEqual(answer.returncode, played, answer.stderr)
            self.assertEqual(self.arguments(), self.EXPECTED)
        self.assertEqual(self.shell("\n".join(self.file["pages"]["script"])).returncode, 0)
        with open(f"{self.dir}/work/public/index.html", encoding="utf-8") as file:
            self.assertEqual(file.read(), "page\n")

    def test_without_pages(self):
        self.assertEqual(self.shell("\n".join(self.file["pages"]["script"])).returncode, 1)


if __name__ == "__main__":
    unittest.main()
