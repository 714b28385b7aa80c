"""A headless Chromium, driven over its DevTools protocol."""

from __future__ import annotations

import base64
import fcntl
import io
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # tests run as root in containers
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card
    "--hide-scrollbars",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)


class Browser:
    """One page of a headless Chromium: commands go to its file descriptor 3, answers and events come from 4."""

    def __init__(self, profile: Path) -> None:
        here, there = os.pipe(), os.pipe()
        # Far from 3 and 4, so that taking their places in the child overwrites neither.
        reads, writes = fcntl.fcntl(here[0], fcntl.F_DUPFD, 10), fcntl.fcntl(there[1], fcntl.F_DUPFD, 10)

        def take_places() -> None:
            os.dup2(reads, 3)
            os.dup2(writes, 4)

        self.process = subprocess.Popen(
            [str(BROWSER), *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=take_places,
            pass_fds=(3, 4),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for descriptor in (here[0], there[1], reads, writes):
            os.close(descriptor)
        self.commands, self.answers = os.fdopen(here[1], "wb", 0), os.fdopen(there[0], "rb")
        self.number, self.session, self.events = 0, {}, []
        pages = [target for target in self("Target.getTargets")["targetInfos"] if target["type"] == "page"]
        attached = self("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self.session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")

    def __call__(self, method: str, **parameters: Any) -> dict[str, Any]:
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters, **self.session}
        self.commands.write(json.dumps(command).encode() + b"\0")
        while (message := self._next()).get("id") != self.number:
            self.events.append(message)
        assert "error" not in message, f"{method}: {message['error']}"
        result: dict[str, Any] = message["result"]
        return result

    def _next(self) -> dict[str, Any]:
        message = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            assert byte, "the browser went away"
            message += byte
        parsed: dict[str, Any] = json.loads(message)
        return parsed

    def run(self, script: str) -> Any:
        result = self("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait(self, script: str) -> Any:
        """Until a script gives something true; that value."""
        end = time.monotonic() + 30
        while not (value := self.run(script)):
            assert time.monotonic() < end, f"never came true: {script}"
            time.sleep(0.05)
        return value

    def close(self) -> None:
        self.session = {}
        self("Browser.close")
        self.process.wait(20)
        self.commands.close()
        self.answers.close()

    def complaints(self) -> list[str]:
        """Errors of the page's scripts, what its policy refused, and what its console says; but for the driver's hints."""
        kinds = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        said = [json.dumps(event["params"]) for event in self.events if event["method"] in kinds]
        return [text for text in said if "GPU stall due to ReadPixels" not in text]


def picture(browser: Browser, index: int) -> np.ndarray:
    """What a canvas holds, (H, W, 4) uint8."""
    url = browser.run(f"document.querySelectorAll('canvas')[{index}].toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGBA"))


def mouse(browser: Browser, kind: str, x: float, y: float, **more: Any) -> None:
    browser("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)
