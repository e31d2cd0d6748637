# SPDX-License-Identifier: MIT
"""A page in headless Chromium, driven through its debugging pipe: no package beyond Python's own."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

# In a container the shared memory may be small.  Keys and clicks before the first picture of a page would be dropped.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
         "--disable-component-update", "--no-first-run", "--hide-scrollbars", "--allow-pre-commit-input",
         "--remote-debugging-pipe"]


def find():
    """The program, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def find_axe():
    """axe-core's file, put there by ci/test, or None."""
    path = os.path.join(os.environ["PR_BUILD_DIR"], "axe", "node_modules", "axe-core", "axe.min.js")
    return path if os.path.isfile(path) else None


# What axe-core finds in the page that opens, without what it calls minor or moderate: "rule: first place".
AXE = """(async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.filter(v => v.impact === "serious" || v.impact === "critical")
    .map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.target.join(" ")).slice(0, 3).join(", ")}`);
})()"""


class Browser:
    """One browser with one page.  Everything the page logs or asks the network for is kept."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="proctor-browser-")
        to_child, self.out = os.pipe()
        self.into, from_child = os.pipe()
        # The browser reads commands from descriptor 3 and answers on 4.  Descriptors above 9 do not collide.
        high = [os.dup2(fd, number, inheritable=True) for fd, number in ((to_child, 60), (from_child, 61))]
        self.child = subprocess.Popen(
            ["bash", "-c", 'exec "$0" "$@" 3<&60 4>&61 60<&- 61>&-', find(), *FLAGS, f"--user-data-dir={self.home}", "about:blank"],
            pass_fds=high, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in (to_child, from_child, *high):
            os.close(fd)
        self.buffer, self.number, self.session = b"", 0, None
        self.messages, self.requests = [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def read(self):
        while b"\0" not in self.buffer:
            chunk = os.read(self.into, 1 << 16)
            if not chunk:
                raise RuntimeError("the browser ended")
            self.buffer += chunk
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def note(self, event):
        method, params = event.get("method"), event.get("params", {})
        if method in ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"):
            self.messages.append(json.dumps(params))
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.note(answer)

    def open(self, path, width=1200, height=900, dark=False, media="screen"):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Page.navigate", url=path if "://" in path else "file://" + os.path.abspath(path))
        for _ in range(2000):
            try:
                if self.run("document.readyState") == "complete":
                    return
            except RuntimeError:
                pass  # between two pages there is nothing that could answer
            time.sleep(0.05)
        raise RuntimeError(f"{path} does not load")

    def run(self, expression):
        """The value of a JavaScript expression."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def axe(self, path):
        """What axe-core finds in the page that is open; path is find_axe()."""
        with open(path, encoding="utf-8") as file:
            self.run(file.read() + "; 0")
        return self.run(AXE)

    def picture(self, file, whole=True):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(file, "wb") as out:
            out.write(base64.b64decode(data))

    def pdf(self):
        self.call("Emulation.setEmulatedMedia", media="print", features=[])
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
        except (RuntimeError, OSError):
            pass
        try:
            self.child.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        os.close(self.out)
        os.close(self.into)
        shutil.rmtree(self.home, ignore_errors=True)
