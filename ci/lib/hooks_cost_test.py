#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hooks_cost.py: the order of a link is shuffled and nothing else; callgrind's file is added up by library."""
import os
import subprocess
import unittest

from hooks_cost import self_cost

LINK = "echo -fPIC -shared -o x.so a.c.o b.c.o c.c.o d.c.o core/libpr_base.a -luv".split()

PROFILE = """\
version: 1
events: Ir
ob=(1) /usr/lib/ld.so
fn=(1) start
1 100
ob=(2) /tmp/on_1.so
fn=(2) zmq_send
10 5
+3 7
cob=(3) /usr/lib/libuv.so
cfn=(1)
calls=2 0
* 900
-1 2
ob=(1)
fn=(1)
* 50
ob=(3)
* 9
ob=(2)
* 1
"""


class HooksCost(unittest.TestCase):
    def test_the_objects_are_shuffled(self):
        def shuffled(seed):
            command = [os.path.join(os.environ["PR_SOURCE_DIR"], "cmake/shuffled_link"), str(seed), *LINK]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

        words = shuffled(1)
        self.assertEqual(words[:4], ["-fPIC", "-shared", "-o", "x.so"])
        self.assertEqual(sorted(words[4:8]), ["a.c.o", "b.c.o", "c.c.o", "d.c.o"])
        self.assertEqual(words[8:], ["core/libpr_base.a", "-luv"])
        self.assertEqual(words, shuffled(1))
        self.assertGreater(len({tuple(shuffled(seed)) for seed in range(9)}), 3)

    def test_own_cost_of_a_library(self):
        self.assertEqual(self_cost(PROFILE.splitlines(keepends=True), "on_1.so"), 15)
        self.assertEqual(self_cost(PROFILE.splitlines(keepends=True), "ld.so"), 150)
        self.assertEqual(self_cost(PROFILE.splitlines(keepends=True), "libuv.so"), 9)


if __name__ == "__main__":
    unittest.main()
