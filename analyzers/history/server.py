# SPDX-License-Identifier: MIT
"""A PostgreSQL server for tests and measurements."""
import glob
import os
import pwd
import shutil
import subprocess
import tempfile


class Server:
    """A PostgreSQL server in a folder of its own, on a socket there and on no port."""

    def __init__(self, programs):
        self.programs = programs
        self.dir = tempfile.mkdtemp(prefix="pr-pg-")
        self.user = []
        if os.getuid() == 0:  # the server refuses to run as root
            os.chown(self.dir, pwd.getpwnam("postgres").pw_uid, -1)
            self.user = ["runuser", "-u", "postgres", "--"]

    def call(self, program, *arguments):
        subprocess.run([*self.user, f"{self.programs}/{program}", *arguments], cwd=self.dir, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        self.call("initdb", "-D", f"{self.dir}/data", "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        self.call("pg_ctl", "-D", f"{self.dir}/data", "-l", f"{self.dir}/log", "-w", "-o",
                  f"-k {self.dir} -c listen_addresses= -c fsync=off", "start")

    def stop(self):
        self.call("pg_ctl", "-D", f"{self.dir}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.dir)

    def ask(self, sql):
        """The rows of statements, columns with a bar between them."""
        answer = subprocess.run([f"{self.programs}/psql", "-h", self.dir, "-U", "tester", "-d", "postgres", "-XAtq", "-v", "ON_ERROR_STOP=1"],
                                check=True, input=sql, capture_output=True, text=True)
        return answer.stdout.strip()


def find():
    """The server, not started; or None and the reason."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        return None, "PostgreSQL is not installed (package postgresql)"
    if os.getuid() == 0 and not shutil.which("runuser"):
        return None, "root cannot run PostgreSQL, and there is no runuser"
    return Server(os.path.dirname(found[-1])), None
