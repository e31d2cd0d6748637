# SPDX-License-Identifier: MIT
"""Histories to make dashboards of: a run of fixtures/run is added for its cases, and nights are made up around it, the same
every time.  As a program: nights.py STORE [NIGHTS]."""
import os
import random
import sqlite3
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PROCTOR = os.path.join(os.environ.get("PR_BUILD_DIR", f"{TOP}/build"), "proctor")
FIRST = 1764039600  # 2025-11-25T03:00:00Z
DAY = 86400


def hash_of(night):
    """What a commit is called."""
    return f"{random.Random(night).getrandbits(160):040x}"


class Nights:
    """A store with `count` nights of each machine.  Steps: (metric, machine) -> (night, factor)."""

    def __init__(self, store, count=40, machines=("m1", "m2"), steps=None, branch="main"):
        self.store, self.count, self.machines, self.branch = store, count, machines, branch
        self.steps = {("throughput", "m1"): (count - 12, 0.93)} if steps is None else steps
        subprocess.run([PROCTOR, "history", "add", f"{TOP}/fixtures/run/few", "--store", store, "--machine", machines[0], "--branch", branch,
                        "--time", str_of(FIRST - DAY), "--commit", hash_of(-1)], check=True, stdout=subprocess.DEVNULL)
        self.db = sqlite3.connect(store, isolation_level=None)
        self.run = dict(zip(*self.rows("SELECT * FROM runs WHERE id = 1")))
        # What decides, and one that does not: enough for every kind of page.
        self.db.execute("DELETE FROM points WHERE NOT gating AND case_id NOT IN (SELECT id FROM cases WHERE metric = 'syscalls_per_message')")
        self.db.execute("DELETE FROM cases WHERE id NOT IN (SELECT case_id FROM points)")
        self.cases = self.db.execute("SELECT * FROM cases ORDER BY id").fetchall()
        self.case_names, _ = self.rows("SELECT * FROM cases WHERE id = 1")
        names, _ = self.rows("SELECT * FROM points")
        self.point_names = names
        self.points = {row[0]: dict(zip(names, row)) for row in self.db.execute("SELECT * FROM points WHERE run_id = 1")}
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.execute("BEGIN")
        for machine in machines[1:]:
            for case in self.cases:
                row = dict(zip(self.case_names, case))
                self.insert("cases", {**row, "id": self.id_of(row["id"], machine), "machine": machine})
        for night in range(count):
            for machine in machines:
                self.add(machine, night)
        self.db.execute("DELETE FROM runs WHERE id = 1")
        self.db.execute("COMMIT")

    def rows(self, sql):
        cursor = self.db.execute(sql)
        return [d[0] for d in cursor.description], cursor.fetchone()

    def insert(self, table, row):
        self.db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))

    def id_of(self, case, machine):
        return case + 1000 * self.machines.index(machine)

    def add(self, machine, night, leave_out=(), **changes):
        """A night of a machine: a run, its phases and coverage, a point of each case."""
        number = 10 + night * len(self.machines) + self.machines.index(machine)
        time = FIRST + DAY * night + 600 * self.machines.index(machine)
        self.insert("runs", {**self.run, "id": number, "key": f"k{number}", "time": time, "machine": machine, "revision": hash_of(night), **changes})
        for table in ("phases", "coverage"):
            cursor = self.db.execute(f"SELECT * FROM {table} WHERE run_id = 1" if night == 0 and machine == self.machines[0] else
                                     f"SELECT * FROM {table} WHERE run_id = 10")
            names = [d[0] for d in cursor.description]
            for row in cursor.fetchall():
                self.insert(table, {**dict(zip(names, row)), "run_id": number})
        for case in self.cases:
            row = dict(zip(self.case_names, case))
            if row["metric"] not in leave_out and row["id"] in self.points:
                self.insert("points", self.point(row, machine, night, number, time))
        return number

    def point(self, case, machine, night, number, time):
        draw = random.Random(f"{case['id']} {machine} {night}")
        at, factor = self.steps.get((case["metric"], machine), (self.count, 1))
        point = dict(self.points[case["id"]])
        effect = (factor if night >= at and case["workload"] == "streaming" else 1) * (1 + draw.gauss(0.003, 0.006)) - 1
        base = point["base_value"]
        drift = 1 + 0.05 * draw.random()
        width = 0.008 + 0.004 * draw.random()
        verdict = "equivalent"
        if abs(effect) > 0.02 + width / 2:
            verdict = "improved" if (effect > 0) == (case["direction"] == "higher") else "regressed"
        elif abs(effect) > 0.015:
            verdict = "inconclusive"
        point.update(case_id=self.id_of(case["id"], machine), run_id=number, time=time)
        if base:
            point.update(base_value=base * drift, base_lo=base * drift * 0.99, base_hi=base * drift * 1.01, value=base * drift * (1 + effect),
                         lo=base * drift * (1 + effect - width), hi=base * drift * (1 + effect + width), effect=effect, effect_lo=effect - width,
                         effect_hi=effect + width, p=0.5, mde=0.012, floor=0.011, verdict=verdict)
        return point

    def close(self):
        self.db.close()


def str_of(time):
    from datetime import datetime, timezone
    return datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    Nights(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 40).close()
