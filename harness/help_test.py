#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every command answers -h, and the three places that describe it agree: its own -h, the manual's synopsis
and options, and README.md.  Also: what is wrong on a command line ends with status 2 and a sentence."""
import json
import os
import re
import subprocess
import unittest

SOURCE = os.environ["PR_SOURCE_DIR"]
PROCTOR = os.path.join(os.environ["PR_BUILD_DIR"], "proctor")
MANUAL = os.path.join(SOURCE, "harness/proctor.1")


def run(*arguments):
    return subprocess.run([PROCTOR, *arguments], capture_output=True, text=True, check=False)


def squeeze(text):
    return " ".join(text.split())


def manual():
    """The manual as plain text in lines too long to break."""
    text = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=900", MANUAL], capture_output=True, text=True,
                          check=True).stdout
    return re.sub(".\b", "", text)


def commands():
    return re.findall(r"^  ([a-z]+) +[A-Z]", run("-h").stdout, re.MULTILINE)


def usage(command):
    return run(command, "-h").stdout.split("\n", 1)[0].removeprefix("usage: ")


def own_options(command):
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", run(command, "-h").stdout, re.MULTILINE))


def manual_options(command):
    """The options that start a line in the manual's section of the command."""
    section = re.search(rf"^   proctor {command}\n(.*?)^ {{0,3}}\S", manual(), re.MULTILINE | re.DOTALL).group(1)
    return set(re.findall(r"^     (?:-\w, )?(--[a-z-]+)", section, re.MULTILINE))


class Help(unittest.TestCase):
    def test_there_are_commands(self):
        self.assertTrue({"run", "compare", "explain", "report", "list", "env"} <= set(commands()))

    def test_every_command_answers(self):
        for command in commands():
            for flag in ("-h", "--help"):
                answer = run(command, flag)
                self.assertEqual((answer.returncode, answer.stderr), (0, ""), command)
                self.assertIn(f"usage: proctor {command} ", answer.stdout)

    def test_the_manual_has_the_same_synopsis(self):
        synopsis = re.search(r"^SYNOPSIS\n(.*?)^\S", manual(), re.MULTILINE | re.DOTALL).group(1)
        written = {squeeze(line) for line in synopsis.splitlines()}
        for command in commands():
            self.assertIn(squeeze(usage(command)), written)

    def test_the_manual_has_the_same_options(self):
        for command in commands():
            self.assertEqual(manual_options(command), own_options(command) - {"--help"}, command)

    def test_the_readme_has_the_same_synopsis(self):
        with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
            readme = squeeze(file.read())
        for command in commands():
            self.assertIn(squeeze(usage(command)), readme)

    def test_the_manual_is_well_formed(self):
        lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", MANUAL], capture_output=True, text=True, check=False)
        self.assertEqual(lint.stdout, "")


class Usage(unittest.TestCase):
    def refuse(self, arguments, sentence):
        answer = run(*arguments)
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertEqual(answer.stderr.strip(), sentence)

    def test_unknown_commands_name_the_nearest(self):
        self.refuse(["comapre"], "proctor: unknown command 'comapre'; did you mean 'compare'?")
        self.refuse(["xyzzyx"], "proctor: unknown command 'xyzzyx'; 'proctor -h' lists them")

    def test_unknown_options_are_refused_by_every_command(self):
        for command in commands():
            answer = run(command, "--no-such-option-at-all")
            self.assertEqual((answer.returncode, answer.stdout), (2, ""), command)
            self.assertIn("unknown option '--no-such-option-at-all'", answer.stderr)

    def test_without_a_command_the_help_goes_to_standard_error(self):
        answer = run()
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertIn("usage: proctor COMMAND", answer.stderr)

    def test_version(self):
        self.assertRegex(run("--version").stdout, r"^proctor \d+\.\d+\.\d+ \(.+\)\n$")

    def test_output_that_cannot_be_written_is_a_failure(self):
        for arguments in (["-h"], ["--version"], ["list", "metrics"], ["run", "-h"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                status = subprocess.run([PROCTOR, *arguments], stdout=full, stderr=subprocess.DEVNULL,
                                        check=False).returncode
            self.assertEqual(status, 5, arguments)


class List(unittest.TestCase):
    def test_topics(self):
        for topic in ("plans", "engines", "phases", "workloads", "probes", "metrics", "causes"):
            answer = run("list", topic)
            self.assertEqual(answer.returncode, 0)
            self.assertIn(answer.stdout.split()[0], run("list").stdout)
        self.refuse_topic("phase", "proctor list: unknown topic 'phase'; did you mean 'phases'?")

    def test_engines_are_found_when_the_shell_has_found_the_program(self):
        path = os.path.dirname(PROCTOR) + ":" + os.environ.get("PATH", "")
        answer = subprocess.run(["proctor", "list", "engines", "--format", "json"], capture_output=True, text=True, check=False,
                                cwd="/", env=dict(os.environ, PATH=path))
        floor = [engine for engine in json.loads(answer.stdout)["engines"] if engine["name"] == "floor"][0]
        self.assertEqual((floor["found"], floor["library"]), (True, os.path.realpath(PROCTOR)))

    def refuse_topic(self, topic, sentence):
        answer = run("list", topic)
        self.assertEqual((answer.returncode, answer.stderr.strip()), (2, sentence))

    def test_documents_follow_their_schemas(self):
        check = os.path.join(SOURCE, "ci/lib/check_schema.py")
        for command in ("list", "env"):
            schema = os.path.join(SOURCE, f"schemas/{command}.schema.json")
            answer = subprocess.run([check, schema, "-"], input=run(command, "--format", "json").stdout,
                                    capture_output=True, text=True, check=False)
            self.assertEqual((answer.returncode, answer.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()
