# SPDX-License-Identifier: MIT
"""traced.py - programs that this project did not write, at work under strace.

Each function of SUBJECTS records one log: it takes a folder of its own, the words of strace in front of the program, and how much work
to do (1: some seconds), and returns when the traced program has ended.  Only the one program is traced, never its clients.
"""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    """Until somebody listens; an end of the process before that is told with what it said.  No limit but ten minutes: a machine may be
    very busy, and under strace."""
    for _ in range(12000):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            raise subprocess.CalledProcessError(process.returncode, process.args)
        time.sleep(0.05)
    raise SystemExit(f"nobody listens on port {port}")


def quiet(folder, *command):
    with open(os.path.join(folder, "output"), "ab") as output:
        subprocess.run(command, cwd=folder, stdout=output, stderr=output, check=True)


@contextlib.contextmanager
def started(folder, command, stop):
    """command runs while the body does; then stop(process) makes it end."""
    with open(os.path.join(folder, "output"), "ab") as output, \
            subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, stdin=subprocess.DEVNULL) as process:
        try:
            yield process
            stop(process)
            process.wait(600)
        finally:
            if process.poll() is None:
                process.kill()


def redis(folder, strace, work):
    port = str(free_port())
    server = ["redis-server", "--port", port, "--save", "", "--appendonly", "no"]
    with started(folder, [*strace, *server], lambda _: quiet(folder, "redis-cli", "-p", port, "shutdown", "nosave")) as process:
        wait_for(int(port), process)
        quiet(folder, "redis-benchmark", "-p", port, "-n", str(30000 * work), "-c", "20", "-t", "set,get", "-q")


NGINX = """daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/error.log; user {user};
events {{ worker_connections 256; }}
http {{ access_log {folder}/access.log; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
uwsgi_temp_path {folder}; scgi_temp_path {folder};
server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
"""


def nginx(folder, strace, work):
    port = free_port()
    with open(os.path.join(folder, "conf"), "w", encoding="utf-8") as conf:
        conf.write(NGINX.format(folder=folder, port=port, user="root" if os.geteuid() == 0 else "nobody"))
    with open(os.path.join(folder, "page"), "w", encoding="utf-8") as page:
        page.write("some words\n" * 50)

    def stop(_):
        with open(os.path.join(folder, "pid"), encoding="utf-8") as file:
            os.kill(int(file.read()), signal.SIGQUIT)

    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with started(folder, [*strace, program, "-p", folder, "-e", f"{folder}/error.log", "-c", f"{folder}/conf"], stop) as process:
        wait_for(port, process)
        quiet(folder, "wrk", "-t", "1", "-c", "20", "-d", f"{2 * work}s", f"http://127.0.0.1:{port}/page")


def nng(folder, strace, work):
    """nngcat receives until it is stopped."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"

    def stop(process):
        time.sleep(0.5)
        subprocess.run(["pkill", "-TERM", "-P", str(process.pid)], check=False)

    with started(folder, [*strace, "nngcat", "--pull", "--listen", address, "--quoted"], stop) as process:
        wait_for(port, process)
        quiet(folder, "nngcat", "--push", "--dial", address, "--data", "x" * 64, "--interval", "0", "--count", str(20000 * work))


# Programs that measure, from the sources of Debian's packages (fetch_perf_tools in common.sh).
PERF = os.path.join(HERE, "../../build/perf-tools")


def nng_perf(folder, strace, work):
    """nng's own programs that measure: it receives."""
    port = free_port()
    program, words = os.path.join(PERF, "nng-perf"), [f"tcp://127.0.0.1:{port}", "64", str(20000 * work)]
    with started(folder, [*strace, program, "-m", "local_thr", *words], lambda _: None) as process:
        wait_for(port, process)
        quiet(folder, program, "-m", "remote_thr", *words)


def libzmq_perf(folder, strace, work):
    """libzmq's own programs that measure: it receives."""
    words = [f"tcp://127.0.0.1:{free_port()}", "64", str(100000 * work)]
    with started(folder, [*strace, os.path.join(PERF, "local_thr"), *words], lambda _: None):
        quiet(folder, os.path.join(PERF, "remote_thr"), *words)


def libzmq(folder, strace, work):
    """Our own program on Debian's library: it receives."""
    program = os.path.join(folder, "throughput")
    subprocess.run(["cc", "-O2", "-o", program, os.path.join(HERE, "throughput.c"), "-lzmq"], check=True)
    words = [f"tcp://127.0.0.1:{free_port()}", str(100000 * work), "64"]
    with started(folder, [*strace, program, "receive", *words], lambda _: None):
        quiet(folder, program, "send", *words)


PYZMQ = """
import sys, threading, zmq
context = zmq.Context()
answering = context.socket(zmq.REP)
port = answering.bind_to_random_port("tcp://127.0.0.1")
def answer():
    for _ in range(int(sys.argv[1])):
        answering.send(answering.recv())
    answering.close()
thread = threading.Thread(target=answer)
thread.start()
asking = context.socket(zmq.REQ)
asking.connect(f"tcp://127.0.0.1:{port}")
for _ in range(int(sys.argv[1])):
    asking.send(b"x" * 64)
    asking.recv()
thread.join()
asking.close()
context.term()
"""


def pyzmq(folder, strace, work):
    quiet(folder, *strace, "/usr/bin/python3", "-c", PYZMQ, str(3000 * work))


SUBJECTS = {"redis": redis, "nginx": nginx, "nng": nng, "nng-perf": nng_perf, "libzmq": libzmq, "libzmq-perf": libzmq_perf, "pyzmq": pyzmq}


def record(name, folder, options, work=1):
    """Records SUBJECTS[name] in the new folder; gives the path of the log."""
    folder = os.path.abspath(folder)
    os.makedirs(folder)
    log = os.path.join(folder, "log")
    try:
        SUBJECTS[name](folder, ["strace", *options, "-o", log], work)
    except subprocess.CalledProcessError as error:
        with open(os.path.join(folder, "output"), encoding="utf-8", errors="replace") as output:
            sys.stderr.write(output.read())
        raise SystemExit(5) from error
    return log
