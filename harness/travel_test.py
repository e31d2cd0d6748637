#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs that travel: repeated with the libraries that were measured, packed into one file and read from it; and packed
files that nobody honest made, which are refused."""
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

SOURCE = os.environ["PR_SOURCE_DIR"]
BUILD = os.environ["PR_BUILD_DIR"]
PROCTOR = os.path.join(BUILD, "proctor")
GOOD, OTHER, SPIN = (os.path.join(BUILD, f"test/fake_{name}.so") for name in ("good", "stall", "spin"))
WORK = ["--workload", "streaming,count=500", "--probe", "hooks", "--blocks", "2", "-q"]


class Test(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        self.temporary = os.path.join(self.folder, "tmp")
        os.mkdir(self.temporary)

    def proctor(self, *arguments):
        return subprocess.run([PROCTOR, *arguments], cwd=self.folder, capture_output=True, text=True, check=False,
                              env={**os.environ, "TMPDIR": self.temporary, "XDG_DATA_HOME": self.folder + "/data"})

    def good(self, *arguments):
        answer = self.proctor(*arguments)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return answer

    def refuse(self, status, sentence, *arguments):
        answer = self.proctor(*arguments)
        self.assertEqual((answer.returncode, answer.stdout), (status, ""), answer.stderr)
        self.assertIn(sentence, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)
        self.assertEqual(os.listdir(self.temporary), [])

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def record(self, run):
        with open(self.path(run, "run.json"), encoding="utf-8") as file:
            return json.load(file)

    def check_schema(self, run):
        answer = subprocess.run([sys.executable, os.path.join(SOURCE, "ci/lib/check_schema.py"),
                                 os.path.join(SOURCE, "schemas/run.schema.json"), self.path(run, "run.json")],
                                capture_output=True, text=True, check=False)
        self.assertEqual(answer.stdout, "")

    def two_phases(self):
        """A run of one library under two labels, and of the floor."""
        shutil.copy(GOOD, self.path("lib.so"))
        library = self.path("lib.so")
        return self.good("run", "--phase", f"a=zmq,lib={library}", "--phase", f"b=zmq,lib={library}", "--phase", "floor",
                         *WORK, "-o", "run")


class Replay(Test):
    def test_libraries_are_kept_once(self):
        self.two_phases()
        phases = {phase["label"]: phase["library"] for phase in self.record("run")["phases"]}
        kept = os.listdir(self.path("run/libraries"))
        self.assertEqual(len(kept), 1)
        self.assertEqual([phases[label]["kept"] for label in ("a", "b", "floor")],
                         ["libraries/" + kept[0], "libraries/" + kept[0], None])
        with open(self.path("run/libraries", kept[0]), "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).hexdigest(), phases["a"]["sha256"])
        self.assertIn("libraries/" + kept[0], self.record("run")["files"])
        self.check_schema("run")

    def test_hashes_alone(self):
        self.good("run", "--phase", f"a=zmq,lib={GOOD}", *WORK, "--no-libraries", "-o", "run")
        self.assertFalse(os.path.exists(self.path("run/libraries")))
        self.assertIsNone(self.record("run")["phases"][0]["library"]["kept"])
        self.check_schema("run")

    def test_the_same_file_is_loaded_again(self):
        self.two_phases()
        for source in ("run/run.json", "run"):
            answer = self.good("run", source, "-q", "-o", "again")
            self.assertEqual(answer.stderr, "")
            first, again = self.record("run"), self.record("again")
            self.assertEqual(again["plan"], first["plan"])
            self.assertEqual(again["phases"], first["phases"])
            self.assertEqual(again["repeats"], {"run": source, "created": first["created"], "differences": []})
            self.check_schema("again")
            shutil.rmtree(self.path("again"))

    def test_a_replaced_file_gives_way_to_its_copy(self):
        self.two_phases()
        shutil.copy(OTHER, self.path("lib.so"))
        answer = self.good("run", "run/run.json", "-q", "-o", "again")
        for label in ("a", "b"):
            self.assertRegex(answer.stderr, f"phase '{label}': .*/lib.so is not what run/run.json measured any more; its copy "
                                            "of it, libraries/[0-9a-f]{16}-lib.so, is measured")
        first, again = self.record("run"), self.record("again")
        for one, two in zip(first["phases"], again["phases"]):
            self.assertEqual(one["library"]["sha256"], two["library"]["sha256"])
        self.assertEqual(again["plan"], first["plan"])
        # And that one again, with the first run gone.
        shutil.rmtree(self.path("run"))
        self.good("run", "again", "-q", "-o", "third")
        self.assertEqual(self.record("third")["phases"][0]["library"]["sha256"], first["phases"][0]["library"]["sha256"])

    def test_blocks_take_turns_with_builds(self):
        """A list and a folder; the same one for both phases in a block, each in turn; kept, and repeated from the copies."""
        os.mkdir(self.path("builds"))
        for name in "abc":
            shutil.copy(GOOD, self.path("builds", name + ".so"))
            with open(self.path("builds", name + ".so"), "ab") as file:
                file.write(name.encode())
        paths = [self.path("builds", name + ".so") for name in "abc"]
        self.good("run", "--phase", "list=zmq,lib=" + ":".join(paths), "--phase", f"folder=zmq,lib={self.path('builds')}",
                  "--workload", "streaming,count=200", "--probe", "hooks", "--blocks", "6", "-q", "-o", "run")
        first = self.record("run")
        for phase in first["phases"]:
            self.assertEqual([build["path"] for build in phase["builds"]], paths)
            self.assertEqual(phase["library"], phase["builds"][0])
        self.assertEqual(len(os.listdir(self.path("run/libraries"))), 3)
        turns = {(trial["phase"], trial["block"]): trial["setting"]["build"] for trial in first["trials"]}
        listed = [turns["list", block] for block in range(1, 7)]
        self.assertEqual(listed, [turns["folder", block] for block in range(1, 7)])
        self.assertEqual((sorted(listed[:3]), sorted(listed[3:])), ([1, 2, 3], [1, 2, 3]))
        self.check_schema("run")
        shutil.rmtree(self.path("builds"))
        answer = self.good("run", "run", "-q", "-o", "again")
        self.assertEqual(answer.stderr.count("is not what run measured any more"), 2)
        again = self.record("again")
        self.assertEqual([build["sha256"] for build in again["phases"][0]["builds"]],
                         [build["sha256"] for build in first["phases"][0]["builds"]])
        self.assertEqual(turns, {(trial["phase"], trial["block"]): trial["setting"]["build"] for trial in again["trials"]})

    def test_another_phase_is_another_library(self):
        self.two_phases()
        shutil.copy(OTHER, self.path("lib.so"))
        answer = self.good("run", "run/run.json", "--phase", f"a=zmq,lib={self.path('lib.so')}", "-q", "-o", "again")
        self.assertNotIn("any more", answer.stderr)
        self.assertNotEqual(self.record("again")["phases"][0]["library"]["sha256"],
                            self.record("run")["phases"][0]["library"]["sha256"])

    def test_a_library_that_is_nowhere(self):
        self.two_phases()
        os.remove(self.path("lib.so"))
        kept = self.path("run/libraries", os.listdir(self.path("run/libraries"))[0])
        os.truncate(kept, 100)
        sentence = "lib.so is not what run/run.json measured any more"
        self.refuse(5, sentence, "run", "run/run.json", "-q", "-o", "again")
        self.refuse(5, "the copy of it is not whole; put the file back, or measure another with --phase", "run", "run",
                    "-q", "-o", "again")
        self.assertFalse(os.path.exists(self.path("again")))

    def test_a_file_that_is_replaced_during_a_run(self):
        shutil.copy(GOOD, self.path("lib.so"))
        with subprocess.Popen([PROCTOR, "run", "--phase", f"a=zmq,lib={self.path('lib.so')}", "--phase", "floor",
                               "--workload", "streaming,count=500", "--probe", "hooks", "--blocks", "1000", "-o", "run"],
                              cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
            self.wait_for(run, lambda trials: trials)
            shutil.copy(OTHER, self.path("lib.new"))
            os.rename(self.path("lib.new"), self.path("lib.so"))
            self.wait_for(run, lambda trials: trials[-1]["status"] == "ok" and
                          any(trial["status"] == "void" for trial in trials))
            run.send_signal(signal.SIGINT)
            errors = run.communicate()[1]
        self.assertEqual(errors.count("was replaced during the run"), 1)
        self.assertIn("from now on the copy of it is measured", errors)
        bad = [trial for trial in self.record("run")["trials"] if trial["status"] == "void" and trial["reason"] != "interrupted"]
        self.assertEqual([trial["phase"] for trial in bad], ["a"])

    def wait_for(self, run, condition):
        while True:
            self.assertIsNone(run.poll())
            if os.path.exists(self.path("run/run.json")) and condition(self.record("run")["trials"]):
                return
            time.sleep(0.02)

    def test_what_differs_is_said(self):
        self.two_phases()
        run = self.record("run")
        run["host"]["kernel"] = "1.2.3"
        with open(self.path("run/run.json"), "w", encoding="utf-8") as file:
            json.dump(run, file)
        answer = self.good("run", "run/run.json", "-q", "-o", "again")
        self.assertIn("kernel was 1.2.3, is ", answer.stderr)
        self.assertEqual([item["what"] for item in self.record("again")["repeats"]["differences"]], ["kernel"])
        self.check_schema("again")


class Voids(Test):
    def test_latencies_are_of_the_slices_that_count(self):
        """However many slices are void: percentiles, times and histograms are of the others."""
        answer = self.proctor("run", "--phase", "floor", "--phase", f"spin=zmq,lib={SPIN}", "--workload",
                              "pingpong,count=1000", "--probe", "hooks", "--blocks", "1", "-q", "-o", "run")
        self.assertIn(answer.returncode, (0, 4), answer.stderr)  # 4: whoever else is there made all of them void
        with open(self.path("run/samples.jsonl"), encoding="utf-8") as file:
            samples = [json.loads(line) for line in file]
        with open(self.path("run/histograms.json"), encoding="utf-8") as file:
            histograms = {entry["phase"]: entry["count"] for entry in json.load(file)["histograms"]}
        for trial in self.record("run")["trials"]:
            counted = [sample for sample in samples if sample["phase"] == trial["phase"] and
                       "void" not in sample and "whole" not in sample and "pair" not in sample]
            latencies = sum(sample["messages"] for sample in counted) // 2
            self.assertEqual(trial.get("latency_samples", 0), latencies)
            if trial["status"] == "ok":
                self.assertEqual(histograms[trial["phase"]], latencies)


class Pack(Test):
    def test_a_packed_run_is_a_run(self):
        self.two_phases()
        self.good("report", "run")
        self.assertEqual(self.good("pack", "run/").stdout, "run.tar.zst\n")
        wanted = {command: self.proctor(*command) for command in (("compare", "run"), ("explain", "run"), ("gate", "run"),
                                                                  ("floor", "show", "run"))}
        os.rename(self.path("run"), self.path("gone"))
        os.remove(self.path("lib.so"))
        for command, answer in wanted.items():
            packed = self.proctor(*command[:-1], "run.tar.zst")
            self.assertEqual((packed.returncode, packed.stdout.replace("run.tar.zst", "run"), packed.stderr),
                             (answer.returncode, answer.stdout, answer.stderr), command)
        self.assertIn(self.proctor("compare", "run.tar.zst", "gone").returncode, (0, 1, 3))
        self.assertIn("run.tar.zst: 2 blocks are too few", self.proctor("floor", "add", "run.tar.zst").stderr)
        self.assertIn("run-report/report.md", self.good("report", "run.tar.zst").stdout)
        answer = self.good("run", "run.tar.zst", "-q", "-o", "again")
        self.assertIn("is not what run.tar.zst measured any more; its copy", answer.stderr)
        self.assertEqual(self.record("again")["phases"][0]["library"]["sha256"],
                         self.record("gone")["phases"][0]["library"]["sha256"])
        self.assertEqual(os.listdir(self.temporary), [])

    def test_everything_is_in_it_and_tar_opens_it(self):
        self.two_phases()
        self.good("report", "run")
        os.symlink("/etc/passwd", self.path("run/link"))
        self.good("pack", "run", "-o", "run/inside.tar.zst")
        os.mkdir(self.path("out"))
        done = subprocess.run(["tar", "--zstd", "-xf", self.path("run/inside.tar.zst"), "-C", self.path("out")], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"tar cannot: {done.stderr}")
        os.remove(self.path("run/link"))
        os.remove(self.path("run/inside.tar.zst"))
        self.assertEqual(subprocess.run(["diff", "-r", self.path("run"), self.path("out/run")], capture_output=True, text=True,
                                        check=False).stdout, "")

    def test_wrong_uses(self):
        self.two_phases()
        self.good("pack", "run")
        self.refuse(5, "run.tar.zst: this file exists; give another with -o or remove it", "pack", "run")
        self.refuse(5, "nothing: cannot be read: No such file or directory", "pack", "nothing")
        self.refuse(5, "there is no run.json in it", "pack", ".")
        self.refuse(2, "give the directory that `proctor run` wrote, and no more", "pack")
        self.refuse(5, "cannot write: No such file or directory", "pack", "run", "-o", "no/such")
        self.good("pack", "run.tar.zst", "-o", "again.tar.zst")
        self.good("explain", "again.tar.zst")

    def test_a_cut_file(self):
        self.two_phases()
        self.good("pack", "run")
        size = os.path.getsize(self.path("run.tar.zst"))
        for left in (size - 1, size // 2, 100, 5):
            os.truncate(self.path("run.tar.zst"), left)
            self.refuse(5, "it is damaged or was cut short", "explain", "run.tar.zst")
        os.truncate(self.path("run.tar.zst"), 0)
        self.refuse(5, "not a directory; give the directory that `proctor run` wrote", "explain", "run.tar.zst")

    def test_a_full_temporary_place(self):
        self.two_phases()
        self.good("pack", "run")
        self.temporary = self.path("none")
        answer = self.proctor("explain", "run.tar.zst")
        self.assertEqual(answer.returncode, 5)
        self.assertIn("set TMPDIR", answer.stderr)


class Hostile(Test):
    def member(self, name, kind=tarfile.REGTYPE, data=b"x", **members):
        info = tarfile.TarInfo(name)
        info.type = kind
        info.size = len(data) if kind == tarfile.REGTYPE else 0
        for key, value in members.items():
            setattr(info, key, value)
        return info, io.BytesIO(data)

    def refuse_archive(self, sentence, *members):
        with tarfile.open(self.path("bad.tar"), "w") as archive:
            for info, data in members:
                archive.addfile(info, data)
        with open(self.path("bad.tar.zst"), "wb") as file:
            subprocess.run(["zstd", "-q", "-c", self.path("bad.tar")], stdout=file, check=True)
        for command in (["compare"], ["run", "-q", "-o", "x"]):
            self.refuse(5, sentence, *command, "bad.tar.zst")
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad.tar", "bad.tar.zst", "tmp"])

    @classmethod
    def setUpClass(cls):
        if shutil.which("zstd") is None:
            raise unittest.SkipTest("zstd is not installed")

    def test_names(self):
        self.refuse_archive("'/etc/x' in it is an absolute path", self.member("/etc/x"))
        for name in ("../x", "run/../../x", "run/..", "..", "run//x", "./x"):
            self.refuse_archive("in it leads out of its folder or is no name", self.member(name))
        self.refuse_archive("'other/x' in it is beside the folder of the run", self.member("run/x"), self.member("other/x"))
        self.refuse_archive("'run/x' in it is there twice", self.member("run/x"), self.member("run/x"))
        self.refuse_archive("has bytes that no name has", self.member("run/a\nb"))

    def test_kinds(self):
        self.refuse_archive("'run/x' in it is a link", self.member("run/x", tarfile.SYMTYPE, linkname="/etc"),
                            self.member("run/x/passwd"))
        self.refuse_archive("'run/x' in it is a link", self.member("run/x", tarfile.LNKTYPE, linkname="/etc/passwd"))
        self.refuse_archive("is neither a file nor a folder", self.member("run/x", tarfile.FIFOTYPE))
        self.refuse_archive("is neither a file nor a folder", self.member("run/x", tarfile.CHRTYPE))

    def test_bombs(self):
        self.refuse_archive("grow beyond all measure", self.member("run/x", data=bytes(100 << 20)))
        self.refuse_archive("is one of far too many entries",
                            *[self.member(f"run/{number}", data=b"") for number in range(10002)])

    def test_no_run_at_all(self):
        self.refuse_archive("there is nothing in it")
        with open(self.path("bad.tar.zst"), "wb") as file:
            subprocess.run(["zstd", "-q"], input=b"hello" * 1000, stdout=file, check=True)
        self.refuse(5, "bad.tar.zst: ", "compare", "bad.tar.zst")


if __name__ == "__main__":
    unittest.main()
