#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`proctor trace` as a user meets it: logs in, documents out; errors, exit statuses, the schema."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ["PR_SOURCE_DIR"]
PROCTOR = os.path.join(os.environ["PR_BUILD_DIR"], "proctor")
sys.path.insert(0, os.path.join(SOURCE, "fixtures/trace"))
sys.dont_write_bytecode = True  # the folder is what fuzzing starts from
import oracle  # noqa: E402 pylint: disable=wrong-import-position

STRACE = os.path.join(SOURCE, "fixtures/strace")
AWKWARD = os.path.join(SOURCE, "fixtures/trace")
# Where a reader that takes each line for itself must be wrong: broken lines that have to be put together, a name that is none, and
# more errors than are told apart.
BEYOND_ORACLE = {"stderr.log", "stderr-tt.log", "real-stderr.log", "noise.log", "nonsense.log"}
OPTIONS = {"gaps": ["--idle", "50ms"], "r": ["--idle", "50ms"], "singles": ["--frame-size", "66"], "reactive": ["--messages", "20"]}


def proctor(*arguments, folder=STRACE, data=None):
    return subprocess.run([PROCTOR, "trace", *arguments], cwd=folder, capture_output=True, input=data, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})


def document(*arguments, **more):
    answer = proctor("--format", "json", *arguments, **more)
    if answer.returncode != 0:
        raise AssertionError(answer.stderr.decode())
    return json.loads(answer.stdout)


def counts(trace):
    """{name: (calls, errors, bytes)}"""
    return {call["name"]: (call["calls"], call["errors"], call["bytes"]) for call in trace["syscalls"]}


def against_oracle(trace, paths):
    """How the totals differ from what the oracle counts in the same logs: {call: (here, there)}."""
    here = {call["name"]: [call["calls"], call["errors"], call["bytes"] if call["name"] in oracle.MOVERS else 0]
            for call in trace["syscalls"] if call["calls"] > 0}
    there = oracle.count(paths)
    return {name: (here.get(name), there.get(name)) for name in {**here, **there} if here.get(name) != there.get(name)}


def logs():
    return sorted(name for name in os.listdir(STRACE) if name.endswith((".log", ".log.zst")))


class Logs(unittest.TestCase):
    def test_every_log_obeys_the_law_and_the_schema(self):
        schema = os.path.join(SOURCE, "schemas/trace.schema.json")
        for name in logs():
            trace = document(name)
            for call in trace["syscalls"]:
                self.assertEqual(call["calls"], call["ok"] + sum(call["errors"].values()), (name, call))
            if name not in BEYOND_ORACLE:
                self.assertEqual(against_oracle(trace, [os.path.join(STRACE, name)]), {}, name)
        for name in logs()[::4]:
            answer = subprocess.run([sys.executable, f"{SOURCE}/ci/lib/check_schema.py", schema, "-"],
                                    input=proctor("--format", "json", name).stdout, capture_output=True, check=False)
            self.assertEqual((name, answer.stdout.decode(), answer.returncode), (name, "", 0))

    def test_options_that_change_a_line_change_nothing(self):
        plain = counts(document("real-plain.log"))
        for name in ("y", "yy", "ttt-T", "tt", "r", "r-t", "i-n", "k", "comm", "stderr"):
            found = counts(document(f"real-{name}.log"))
            # How often a wait is interrupted or a lock contended is up to the scheduler.
            for call in ("recvfrom", "sendto", "epoll_wait", "write", "recvmsg", "accept4", "eventfd2"):
                self.assertEqual(found[call], plain[call], (name, call))

    def test_standard_input_and_compression(self):
        with open(os.path.join(STRACE, "real-zstd.log.zst"), "rb") as file:
            data = file.read()
        self.assertEqual(document("-", data=data), document("real-plain.log"))

    def test_sites(self):
        sites = {block["site"] for block in document("real-k.log")["would_block"]}
        self.assertTrue(any(site.startswith("reader+0x") for site in sites), sites)
        self.assertEqual({block["site"] for block in document("real-plain.log")["would_block"]}, {None})

    def test_sites_of_stripped_files(self):
        """By the dynamic symbols, where there is one; else with a next step.  A file that is not here gets no advice."""
        def site(path, offset):
            log = f"recvfrom(3, 0x7f0, 9, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)\n > {path}() [{offset:#x}]\n"
            return document("-", data=log.encode())["would_block"][0]["site"]

        with tempfile.TemporaryDirectory() as folder:
            source, library = os.path.join(folder, "some.c"), os.path.join(folder, "some.so")
            with open(source, "w", encoding="utf-8") as file:
                file.write("int shown(int a) { return a * a + 7; }\n")
            subprocess.run(["cc", "-shared", "-fPIC", "-s", "-o", library, source], check=True)
            names = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
            address = next(int(line.split()[0], 16) for line in names.splitlines() if line.endswith(" shown"))
            self.assertEqual(site(library, address + 2), "shown (some.so)")
            self.assertEqual(site(library, 0x41), "some.so+0x41 (no symbols: build it without stripping it)")
        self.assertEqual(site("/nowhere/some.so", 0x41), "some.so+0x41")

    def test_forms(self):
        for form in ("text", "json", "md"):
            answer = proctor("real-ttt-T.log", "--format", form, "--messages", "5")
            self.assertEqual((answer.returncode, answer.stderr), (0, b""))
            self.assertTrue(answer.stdout.endswith(b"\n"))


def reduced(trace):
    """What does not change when a log is recorded anew on another day: no ids, no times."""
    def table(calls):
        return {call["name"]: [call["calls"], call["bytes"], call["unfinished"], call["errors"]] for call in calls}
    return {
        "signals": trace["log"]["signals"],
        "exits": trace["log"]["exits"],
        "agrees": trace["summary"] and trace["summary"]["agrees"],
        "messages": trace["messages"] and trace["messages"]["count"],
        "syscalls": table(trace["syscalls"]),
        "threads": sorted([thread["calls"], thread["errors"], thread["name"]] for thread in trace["threads"])
        if len(trace["threads"]) < 10 else len(trace["threads"]),
        "processes": len(trace["processes"]),
        "descriptors": sorted({fd["kind"] for fd in trace["descriptors"]}),
        "stages": [stage["name"] for stage in trace["stages"]],
        "would_block": [[block["class"], block["calls"], block["call"], block["descriptor"], block["site"]] for block in trace["would_block"]],
        "wakeups": sorted([edge["via"], edge["count"]] for edge in trace["wakeups"]),
        "chains": sorted([len(chain["threads"]), chain["count"]] for chain in trace["chains"]),
        "findings": [finding["name"] for finding in trace["findings"]],
    }


class Awkward(unittest.TestCase):
    """Each log of fixtures/trace has what must come out in NAME.json; record.sh says how it was made.  Its totals are also what
    oracle.py counts, which shares nothing with this program."""

    def test_logs(self):
        names = sorted(name for name in os.listdir(AWKWARD) if ".log" in name or name.endswith(".set"))
        self.assertGreaterEqual(len(names), 70)
        for name in names:
            stem = name.split(".")[0]
            path = os.path.join(AWKWARD, name)
            trace = document(*OPTIONS.get(stem, []), path + "/log" if name.endswith(".set") else path)
            if trace["log"]["calls"] > 0 and name not in BEYOND_ORACLE:
                paths = [os.path.join(path, part) for part in os.listdir(path)] if name.endswith(".set") else [path]
                self.assertEqual(against_oracle(trace, paths), {}, name)
            found = reduced(trace)
            path = os.path.join(AWKWARD, stem + ".json")
            if "PR_WRITE" in os.environ:
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(found, file)
                    file.write("\n")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(found, json.load(file), name)
            # strace's own table is the judge that knows nothing of this program.
            self.assertEqual(found["agrees"] is False, stem == "no-beginning", name)


class Live(unittest.TestCase):
    def setUp(self):
        if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("strace is not permitted here")

    def test_a_command(self):
        answer = proctor("--format", "json", "--", "sh", "-c", "echo to the terminal; exit 3")
        self.assertEqual(answer.returncode, 0)
        self.assertEqual(counts(json.loads(answer.stdout))["write"], (1, {}, 16))
        self.assertIn("to the terminal", answer.stderr.decode())
        self.assertIn("sh ended with status 3", answer.stderr.decode())

    def test_a_process_is_left_to_itself(self):
        with subprocess.Popen(["sleep", "1000"]) as sleeper:
            # On a busy machine a time may be over before strace has attached itself: then there is nothing to tell.
            for limit in ("500ms", "5s", "60s"):
                answer = proctor("--format", "json", "-p", str(sleeper.pid), "--time", limit)
                if sleeper.poll() is not None or b"there is no system call in it" not in answer.stderr:
                    break
            alive = sleeper.poll() is None
            sleeper.kill()
        self.assertEqual((answer.returncode, alive), (0, True), answer.stderr)

    def test_ctrl_c_reports(self):
        with subprocess.Popen([PROCTOR, "trace", "--", "sh", "-c", "echo ready; exec sleep 1000"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as tracer:
            self.assertEqual(tracer.stderr.readline(), b"ready\n")
            tracer.send_signal(signal.SIGINT)
            output = tracer.communicate()[0].decode()
        self.assertEqual(tracer.returncode, 0)
        self.assertIn("System calls", output)

    def test_what_cannot_be_traced(self):
        answer = proctor("-p", "4194303")
        self.assertEqual((answer.returncode, answer.stdout), (5, b""))
        answer = proctor("--", "/no/such/program")
        self.assertEqual((answer.returncode, answer.stdout), (5, b""))
        self.assertIn("strace could not trace it", answer.stderr.decode())
        with tempfile.NamedTemporaryFile() as no_program:
            answer = proctor("--", no_program.name)
        self.assertEqual((answer.returncode, answer.stdout), (5, b""))
        self.assertIn("cannot be executed: Permission denied", answer.stderr.decode())


class Refused(unittest.TestCase):
    def refuse(self, status, sentence, *arguments):
        answer = proctor(*arguments)
        self.assertEqual((answer.returncode, answer.stdout), (status, b""))
        self.assertIn(sentence, answer.stderr.decode())
        self.assertEqual(answer.stderr.count(b"\n"), 1)

    def test_bad_input(self):
        self.refuse(2, "give logs that strace wrote, or -p PID, or -- and a command")
        self.refuse(2, "and only one of the three", "-p", "1", "real-plain.log")
        self.refuse(2, "a log has been recorded already", "--stacks", "real-plain.log")
        self.refuse(5, "there is no such file, and no set none.log.PID", "none.log")
        self.refuse(5, "there is no system call in it", "broken/empty.log")
        self.refuse(5, "there is no system call in it", "broken/not-strace.log")
        self.refuse(5, "line 1: the stage marker is cut short", "broken/marker-cut.log")
        self.refuse(5, "the zstd data ends too early", "broken/cut.log.zst")
        self.refuse(2, "did you mean", "--fromat", "json", "real-plain.log")


if __name__ == "__main__":
    unittest.main()
