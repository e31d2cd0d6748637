# SPDX-License-Identifier: MIT
"""A pytest plug-in for ci/pyzmq: what became of each test, even when one hangs or crashes.

Appends to the file $PYZMQ_RESULTS "start ID" when a test begins and "passed ID", "failed ID" or "skipped ID"
when it has ended; then "end -" when all have, and "engine PATH" at the very beginning.  Tests that the file already
tells about are left out, so that running the same command again goes on behind a test that hung; those in the
file $PYZMQ_LAST come last, since others may fail because they did.  A test that takes longer than $PYZMQ_LIMIT seconds
ends the process, with the stack of every thread on standard error.

Many tests of NULL, PLAIN and ZAP make CURVE keys that they never use, and skip themselves where that cannot be done;
they get a pair of keys out of libzmq's manual.
"""
import ctypes
import faulthandler
import os

import pytest
import zmq

LIMIT = float(os.environ["PYZMQ_LIMIT"])
RESULTS = os.environ["PYZMQ_RESULTS"]
LAST = os.environ["PYZMQ_LAST"]

KEYS = (b"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", b"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs")


def note(what, name):
    with open(RESULTS, "a", encoding="utf-8") as file:
        file.write(f"{what} {name}\n")


def engine():
    """The libraries of this process that have libzmq's interface, as the kernel tells."""
    with open("/proc/self/maps", encoding="utf-8") as file:
        paths = {line.split()[-1] for line in file}
    found = sorted(path for path in paths if "libzmq" in path or "libproctor" in path)
    proctor = hasattr(ctypes.CDLL("libzmq.so.5"), "proctor_version")
    return f"{'proctor' if proctor else 'libzmq'} {zmq.zmq_version()} {','.join(found)}"


def pytest_configure(config):
    note("engine", engine())


def pytest_collection_modifyitems(config, items):
    with open(RESULTS, encoding="utf-8") as file:
        known = {line.split(" ", 1)[1].rstrip("\n") for line in file}
    with open(LAST, encoding="utf-8") as file:
        last = {line.split("\t")[0] for line in file}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in known])
    items[:] = [item for item in items if item.nodeid not in known]
    items.sort(key=lambda item: item.nodeid in last)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    item.outcomes = []
    note("start", item.nodeid)
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    keypair = zmq.curve_keypair
    if not zmq.has("curve") and "curve" not in item.name and "keypair" not in item.name:
        zmq.curve_keypair = lambda: KEYS
    yield
    zmq.curve_keypair = keypair
    faulthandler.cancel_dump_traceback_later()
    worst = [name for name in ("failed", "skipped", "passed") if name in item.outcomes]
    note(worst[0] if worst else "failed", item.nodeid)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    item.outcomes.append((yield).get_result().outcome)


def pytest_unconfigure(config):
    note("end", "-")
    faulthandler.dump_traceback_later(LIMIT, exit=True)  # the contexts that are left end with the process
