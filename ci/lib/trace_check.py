#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""trace_check.py PROCTOR FOLDER [SUBJECT...] - see ci/trace-check."""
import json
import os
import subprocess
import sys

import traced

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(traced.HERE, "../../fixtures/trace"))
import oracle  # noqa: E402 pylint: disable=wrong-import-position

# -C: strace's own count behind the log, which is what must be met.
OPTIONS = (["-f", "-C"], ["-f", "-C", "-ttt", "-T", "-yy"])


def differences(trace, log):
    """Sentences about what is not equal, in the eyes of strace and of the oracle."""
    if trace["summary"] is None:
        return ["strace wrote no table"]
    found = list(trace["summary"]["differences"])
    here = {call["name"]: [call["calls"], call["errors"]] for call in trace["syscalls"] if call["calls"] > 0}
    there = {name: counts[:2] for name, counts in oracle.count([log]).items()}
    found += [f"{name}: the oracle counts {there.get(name)}, the program {here.get(name)}"
              for name in sorted({**here, **there}) if here.get(name) != there.get(name)]
    return found


def check(proctor, folder, name, options):
    log = traced.record(name, os.path.join(folder, "-".join([name, *(word.strip("-") for word in options)])), options)
    answer = subprocess.run([proctor, "trace", "--format", "json", log], stdout=subprocess.PIPE, check=True)
    trace = json.loads(answer.stdout)
    failed = sum(sum(call["errors"].values()) for call in trace["syscalls"])
    wrong = differences(trace, log)
    print(f"{name:11} {' '.join(options):22} {trace['log']['calls']:9,} {failed:9,} {trace['log']['unfinished']:10}  "
          f"{'equal' if not wrong else 'DIFFERS'}", flush=True)
    for sentence in wrong:
        print(f"  {sentence}")
    return not wrong


def main():
    proctor, folder, *names = sys.argv[1:]
    print(f"{'PROGRAM':11} {'RECORDED WITH':22} {'CALLS':>9} {'FAILED':>9} {'UNFINISHED':>10}  TOTALS")
    equal = [check(proctor, folder, name, options) for name in names or traced.SUBJECTS for options in OPTIONS]
    return 0 if all(equal) else 1


if __name__ == "__main__":
    sys.exit(main())
