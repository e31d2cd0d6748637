#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What ci/cause-study counts as false and as found."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.environ["PR_SOURCE_DIR"], "ci/lib"))
import cause_study as study  # noqa: E402  pylint: disable=wrong-import-position


OVERTAKEN = "held bytes were overtaken by newer ones"


def cause(name, phase="baseline", workload="pingpong", verdict="yes", evidence="..."):
    return [workload, phase, name, verdict, evidence]


class Study(unittest.TestCase):
    def test_what_a_preset_has_by_definition_is_not_false(self):
        for innocent in (cause("speculation"), cause("wake-ups", "reactive"), cause("noise"), cause("lost-data", verdict="no"),
                         cause("copying", "true-proactor", "streaming,hwm=200,count=40000"), cause("lost-data", verdict="cannot tell")):
            self.assertEqual(study.false_causes([innocent]), [])
        for false in (cause("speculation", "reactive"), cause("speculation", workload="streaming"), cause("lost-data"),
                      cause("copying", "reactive", "streaming,hwm=200,count=40000"), cause("size-walk", "true-proactor-fixed", "streaming,hwm=200")):
            self.assertEqual(study.false_causes([false]), [false])

    def test_a_fault_is_named_by_its_cause_and_its_words(self):
        self.assertTrue(study.named("overtake", [cause("lost-data", "on", evidence=OVERTAKEN)], "on"))
        self.assertFalse(study.named("overtake", [cause("lost-data", "on")], "on"))
        self.assertFalse(study.named("overtake", [cause("lost-data", "off", evidence=OVERTAKEN)], "on"))
        self.assertFalse(study.named("overtake", [cause("lost-data", "on", verdict="cannot tell", evidence=OVERTAKEN)], "on"))
        self.assertFalse(study.named("undrained-wakeup", [cause("wake-ups", "on")], "on"))
        self.assertTrue(study.named("undrained-wakeup", [cause("wake-ups", "on", evidence="a wake-up that nobody drains")], "on"))

    def test_too_few_executions_say_nothing_and_one_miss_says_enough(self):
        good, bad = [cause("lost-data", "on", evidence=OVERTAKEN)], [cause("speculation", "on")]
        self.assertEqual([study.summarize_fault("overtake", runs)[1] for runs in ([good], [good] * 3, [bad])], [None, True, False])
        self.assertEqual([study.summarize_clean(runs)[1] for runs in ([good[:0]], [[]] * 5, [[cause("lost-data")]])], [None, True, False])

    def test_every_fault_has_a_plan(self):
        for part in study.PARTS:
            self.assertEqual(study.plan_of(part)["format"], "proctor.plan")


if __name__ == "__main__":
    unittest.main()
