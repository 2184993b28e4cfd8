"""A real Chromium without a window, for pages that people open; tests are left out where it is
missing.

It is spoken to over two pipes in its own protocol (--remote-debugging-pipe), so that no port and
no library is needed. A page is opened as a file, as readers open it.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)
NUL = b"\0"
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")


class BrowserError(RuntimeError):
    """The browser refused a command, or ended."""


@dataclass
class Browser:
    """One tab. `console` collects what the browser and scripts complain about, `asked` the
    addresses that were loaded.
    """

    _commands: int
    _answers: int
    console: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _session: str = ""
    _last: int = 0
    _unread: bytes = b""
    _loaded: bool = False

    def send(self, method: str, **given: Any) -> Any:
        """Send a command and return its answer."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": given}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + NUL)
        while (answer := self._read()).get("id") != self._last:
            self._note(answer)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']}")
        return answer["result"]

    def attach(self) -> None:
        """Open a tab and listen to it."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = session["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def open(
        self, file: Path, *, width: int = 1280, height: int = 900, scripts: bool = True
    ) -> None:
        """Open a file in a window of this size in pixels, and wait until it is loaded."""
        self.console.clear()
        self.asked.clear()
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.send("Emulation.setDeviceMetricsOverride", **size)
        self.send("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._loaded = False
        self.send("Page.navigate", url=file.as_uri())
        while not self._loaded:
            self._note(self._read())

    def run(self, script: str) -> Any:
        """Run the body of an async function in the page, and return what it returns."""
        wrapped = f"(async()=>{{{script}}})()"
        done = self.send(
            "Runtime.evaluate", expression=wrapped, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in done:
            raise BrowserError(str(done["exceptionDetails"]))
        return done["result"].get("value")

    def press(self, key: str, code: str = "") -> None:
        """Press a key."""
        text = {"Enter": "\r", " ": " "}.get(key, "")
        given = {"key": key, "code": code or key, "text": text}
        number = {"Tab": 9, "Enter": 13, " ": 32}.get(key, 0)
        self.send("Input.dispatchKeyEvent", type="keyDown", windowsVirtualKeyCode=number, **given)
        self.send("Input.dispatchKeyEvent", type="keyUp", windowsVirtualKeyCode=number, **given)

    def printed(self, pdf: Path) -> Path:
        """Print the page as its own styles want it."""
        data = self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"]
        pdf.write_bytes(base64.b64decode(data))
        return pdf

    def picture(self, png: Path) -> Path:
        """Take a picture of the whole page."""
        data = self.send("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        png.write_bytes(base64.b64decode(data))
        return png

    def _read(self) -> dict[str, Any]:
        while NUL not in self._unread:
            more = os.read(self._answers, 1 << 16)
            if not more:
                raise BrowserError("the browser ended")
            self._unread += more
        message, _, self._unread = self._unread.partition(NUL)
        read: dict[str, Any] = json.loads(message)
        return read

    def _note(self, event: dict[str, Any]) -> None:
        method, given = event.get("method", ""), event.get("params", {})
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Network.requestWillBeSent":
            self.asked.append(given["request"]["url"])
        elif method in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"):
            self.console.append(json.dumps(given, ensure_ascii=False))


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start a browser with a profile of its own below a folder, and end it."""
    from_us, to_it = os.pipe()
    from_it, to_us = os.pipe()
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
    told = f'exec "$@" 3<&{from_us} 4>&{to_us}'  # the two places where it looks for its pipes
    with subprocess.Popen(
        ["bash", "-c", told, "bash", *command],
        pass_fds=(from_us, to_us),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(from_us)
        os.close(to_us)
        tab = Browser(to_it, from_it)
        try:
            tab.attach()
            yield tab
        finally:
            tab._session = ""
            with suppress(BrowserError, OSError):
                tab.send("Browser.close")
            os.close(to_it)
            os.close(from_it)
            process.wait()
